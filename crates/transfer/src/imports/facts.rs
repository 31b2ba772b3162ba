//! What is known about a page besides its text.

use document::prose::Prose;
use review::restored::{RestoredRevision, RestoredThread};
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, Right, Sensitivity, Status};

/// What is known about a page besides its text, as its source writes it.
#[derive(Debug, Default)]
pub struct Facts {
    pub title: Option<String>,
    pub description: String,
    pub icon: String,
    pub kind: String,
    pub tags: Vec<String>,
    pub created: Option<String>,
    pub modified: Option<String>,
    /// Names or email addresses.
    pub authors: Vec<String>,
    pub comments: Vec<Comment>,
    /// The suggestions in the source.
    pub proposed: Option<Box<Proposed>>,
    pub status: String,
    /// What is restored with the page, in an import by an operator.
    pub restored: Option<Box<Restored>>,
}

/// A comment, as `consilium-press` reads it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Comment {
    pub author: String,
    pub created: Option<String>,
    pub text: String,
    /// The words that the comment is about; empty for the whole page.
    pub quote: String,
    #[serde(default)]
    pub replies: Vec<Comment>,
}

/// The text with the tracked changes of the source accepted, and these changes.
#[derive(Debug)]
pub struct Proposed {
    pub prose: Prose,
    pub changes: Vec<TrackedChange>,
}

/// A tracked change, as `consilium-press` reads it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TrackedChange {
    pub author: String,
    pub created: Option<String>,
    /// The text that the change inserts, deletes or formats.
    pub text: String,
}

/// The properties of a page besides its text, if an operator restores it.
#[derive(Debug)]
pub struct Restored {
    pub status: Status,
    pub category: String,
    pub sensitivity: Sensitivity,
    pub open_level: Option<Right>,
    pub inherits: bool,
    pub owner: Option<AccountId>,
    pub threads: Vec<RestoredThread>,
    /// The kept revisions, the oldest first.
    pub revisions: Vec<(RestoredRevision, Prose)>,
}
