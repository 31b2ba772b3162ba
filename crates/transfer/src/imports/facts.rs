//! What is known about a page besides its text.

use serde::Deserialize;

/// What is known about a page besides its text, as its source says it.
#[derive(Debug, Default)]
pub struct Facts {
    pub title: Option<String>,
    pub description: String,
    pub icon: String,
    pub kind: String,
    pub tags: Vec<String>,
    pub created: Option<String>,
    pub modified: Option<String>,
    /// Names or addresses of mail.
    pub authors: Vec<String>,
    pub comments: Vec<Comment>,
}

/// A comment, as `consilium-press` reads it.
#[derive(Clone, Debug, Deserialize)]
pub struct Comment {
    pub author: String,
    pub created: Option<String>,
    pub text: String,
    /// The words that it is about; empty for the whole page.
    pub quote: String,
    #[serde(default)]
    pub replies: Vec<Comment>,
}
