//! The messages between the server and the editor of a suggester's view.

use document::suggestions::Point;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use vocabulary::ThreadId;

/// Where a suggestion is in a view. Offsets in a line count UTF-16 units, and each other node as one; offsets in other
/// blocks count children.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct ViewMark {
    pub id: ThreadId,
    /// Whether it is the caller's own suggestion; if so, it is already in the content.
    pub mine: bool,
    pub kind: String,
    /// A path of indexes from the root down, and an offset; `to` in the same form.
    #[schema(value_type = Object)]
    pub from: Point,
    #[schema(value_type = Object)]
    pub to: Point,
    /// What it takes away at `from`, as the editor's JSON.
    #[schema(value_type = Vec<Object>)]
    pub removed: Vec<Value>,
    /// What a suggestion by another person proposes, as the editor's JSON.
    #[schema(value_type = Vec<Object>)]
    pub after: Vec<Value>,
    /// The kind of block that a suggestion by another person proposes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub block: Option<Value>,
    pub author: Uuid,
    pub author_name: String,
    pub color: String,
}

/// A view of a document.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SuggesterView {
    /// The id of the view, for its exchanges.
    pub view: Uuid,
    /// The row of the log up to which the text was read.
    pub seq: u64,
    /// The text with the caller's own suggestions, as the editor's JSON.
    #[schema(value_type = Object)]
    pub content: Value,
    pub marks: Vec<ViewMark>,
}

/// Blocks of the top level that replace others.
#[derive(Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockChange {
    /// The first block that is replaced; `to` is the block after the last one that is replaced.
    pub from: usize,
    pub to: usize,
    /// The editor's JSON.
    #[schema(value_type = Vec<Object>)]
    pub blocks: Vec<Value>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The editor's changes to the content that it last received; absent to only ask what is new.
    pub change: Option<BlockChange>,
    /// The number of exchanges so far. A repeated request gets the same answer and is not carried out again.
    pub known: u64,
}

/// Something typed that did not become a suggestion.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct RefusedChange {
    pub code: &'static str,
    pub sentence: String,
    /// The words, as plain text.
    pub words: String,
}

/// The answer to an exchange.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Answer {
    pub known: u64,
    /// The row of the log up to which the text was read.
    pub seq: u64,
    /// What is new in the content that the caller has sent; absent if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<BlockChange>,
    pub marks: Vec<ViewMark>,
    /// Suggestions that were made or changed.
    pub made: Vec<ThreadId>,
    /// Suggestions that were withdrawn because the content no longer contains them.
    pub withdrawn: Vec<ThreadId>,
    pub refused: Vec<RefusedChange>,
}

/// The result of taking over the content that an editor sent.
#[derive(Clone, Default)]
pub struct Taken {
    pub made: Vec<ThreadId>,
    pub withdrawn: Vec<ThreadId>,
    pub refused: Vec<RefusedChange>,
}

impl Taken {
    /// Adds the result of the content that was sent next.
    pub fn add(&mut self, more: Taken) {
        let Taken { made, withdrawn, refused } = more;
        self.made.retain(|one| !made.contains(one) && !withdrawn.contains(one));
        self.made.extend(made);
        self.withdrawn.extend(withdrawn);
        self.refused.extend(refused);
    }
}
