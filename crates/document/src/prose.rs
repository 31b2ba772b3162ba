//! The document as people read it: the tree of the editor, and its conversions.
//!
//! Anyone who may edit can put any node into a document with a raw client. So trees are read within limits, unknown
//! nodes contribute their text and are never deleted, and the output (HTML above all) contains only allowed nodes and
//! attributes.

mod annotated;
mod compare;
mod differences;
mod elsewhere;
mod embeds;
mod footnotes;
mod html;
mod markdown;
mod palette;
mod read;
mod read_markdown;
mod rewrite;
mod schema;
mod tree;

pub(crate) use compare::tokens;
pub use compare::{Change, Comparison, Credit, Credited, Inline, Kind, Letters, People, Shape, Whole, Word};
pub(crate) use differences::differences;
pub use elsewhere::{Form, NoText, RootText};
pub(crate) use embeds::EMBED;
pub use read_markdown::Target;
pub use rewrite::{Draft, View};
pub(crate) use rewrite::{Step, block_steps};
pub use schema::{ContentError, schema_version};
pub use tree::{LinkTarget, Mark, Node, Prose, ROOT, editor_roots};
pub(crate) use tree::{MAX_NODES, is_line_name, joined};
