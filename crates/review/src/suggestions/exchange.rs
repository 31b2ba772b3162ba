//! The messages between the server and the editor of a suggester's view.

use document::suggestions::Point;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use vocabulary::ThreadId;

/// The place of a suggestion in a view. Offsets in a line count UTF-16 units, and each node that is not text as one;
/// offsets in other blocks count children.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct ViewMark {
    pub id: ThreadId,
    /// Whether the suggestion is the caller's own; if so, it is already in the content.
    pub mine: bool,
    pub kind: String,
    /// The start: a path of indexes from the root down, and an offset; `to` is the end in the same form.
    #[schema(value_type = Object)]
    pub from: Point,
    #[schema(value_type = Object)]
    pub to: Point,
    /// The content that the suggestion removes at `from`, as the editor's JSON.
    #[schema(value_type = Vec<Object>)]
    pub removed: Vec<Value>,
    /// The content that a suggestion by another person proposes, as the editor's JSON.
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

/// Top-level blocks that replace others.
#[derive(Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockChange {
    /// The index of the first block that is replaced; `to` is the index after the last block that is replaced.
    pub from: usize,
    pub to: usize,
    /// The new blocks, as the editor's JSON.
    #[schema(value_type = Vec<Object>)]
    pub blocks: Vec<Value>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The editor's changes to the content that it last received; absent to only ask for news.
    pub change: Option<BlockChange>,
    /// The number of exchanges so far. A repeated request gets the same answer and is not carried out again.
    pub known: u64,
}

/// A change in the editor that did not become a suggestion.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct RefusedChange {
    pub code: &'static str,
    pub sentence: String,
    /// The words that were typed, as plain text.
    pub words: String,
}

/// The answer to an exchange.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct Answer {
    pub known: u64,
    /// The row of the log up to which the text was read.
    pub seq: u64,
    /// The changes to make to the content that the caller has sent; absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<BlockChange>,
    pub marks: Vec<ViewMark>,
    /// Suggestions that were made or changed.
    pub made: Vec<ThreadId>,
    /// Suggestions that were withdrawn because the content no longer contains them.
    pub withdrawn: Vec<ThreadId>,
    pub refused: Vec<RefusedChange>,
}

/// The result of storing the content that an editor sent.
#[derive(Clone, Default)]
pub struct Taken {
    pub made: Vec<ThreadId>,
    pub withdrawn: Vec<ThreadId>,
    pub refused: Vec<RefusedChange>,
}

impl Taken {
    /// Adds the result of storing the content that was sent next.
    pub fn add(&mut self, more: Taken) {
        let Taken { made, withdrawn, refused } = more;
        self.made.retain(|one| !made.contains(one) && !withdrawn.contains(one));
        self.made.extend(made);
        self.withdrawn.extend(withdrawn);
        self.refused.extend(refused);
    }
}
