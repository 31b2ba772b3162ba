//! Suggestions: changes that are proposed to a document. They are rows beside the document and never part of it.
//!
//! A suggestion is one contiguous change: the replaced content, the proposed content, and one or two passages by which
//! its place is found again ([`crate::passages`]). [`Base::derive`] makes suggestions from the difference between a
//! text and the suggester's version of it. [`Base::locate`] finds a suggestion in the current text, and refuses it if
//! the place reads differently. A located suggestion can be shown, compared with others, and applied.
//!
//! A suggester's view is the text with the suggestions applied ([`Base::with`]). The view is computed each time, and
//! never stored or merged.
//!
//! Nothing here writes a document, except
//! [`Draft::accept_together`](crate::prose::Draft::accept_together), which edits a private copy.

mod accept;
mod base;
mod check_blocks;
mod check_lines;
mod decorations;
mod derive;
mod edit;
mod inline;
mod lines;
mod located;
mod outline;
mod overlap;
mod row;
mod standing;
mod together;
mod view;

pub use base::Base;
pub use decorations::{Decoration, Point};
pub use lines::Derived;
pub use located::Located;
pub use overlap::{overlapping, returning, shown_together};
pub use row::{Kind, Refused, Suggestion};
pub use together::{Accepted, Placed, Proposed};
pub use view::{Shown, ShownMark};
