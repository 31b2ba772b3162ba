//! What is known about a page besides its text.

use document::prose::Prose;
use review::restored::{RestoredRevision, RestoredThread};
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, Right, Sensitivity, Status};

/// What is known about a page besides its text, in the words of its source.
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
    /// What an operator brings back with the page.
    pub restored: Option<Box<Restored>>,
}

/// A comment, as `consilium-press` reads it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Comment {
    pub author: String,
    pub created: Option<String>,
    pub text: String,
    /// The words that it is about; empty for the whole page.
    pub quote: String,
    #[serde(default)]
    pub replies: Vec<Comment>,
}

/// The text as it would be with the changes that people tracked in the source.
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
    /// The words that it adds, takes away or formats.
    pub text: String,
}

/// The properties of a page besides its text, if an operator brings it back.
#[derive(Debug)]
pub struct Restored {
    pub status: Status,
    pub category: String,
    pub sensitivity: Sensitivity,
    pub open_level: Option<Right>,
    pub inherits: bool,
    pub owner: Option<AccountId>,
    pub threads: Vec<RestoredThread>,
    /// The oldest first.
    pub revisions: Vec<(RestoredRevision, Prose)>,
}
