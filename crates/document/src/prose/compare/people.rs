//! Who made a change, and how people and times are written for readers.

use std::collections::HashMap;
use std::sync::Arc;

/// The author of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The id of an account or guest.
    pub by: Arc<str>,
    /// The id of the account or guest who suggested the change, if the author accepted a suggestion.
    pub suggested_by: Option<Arc<str>>,
    /// When the first and the last letter changed, in milliseconds since 1970; `None` if this is unknown.
    pub times: Option<(i64, i64)>,
}

/// What one person changed: offsets in the plain text, in UTF-16 units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    pub from: u32,
    pub to: u32,
    pub credit: Credit,
}

/// How people and times are written for readers.
pub struct People<'a> {
    /// Names by id.
    pub names: &'a HashMap<Arc<str>, String>,
    /// A time in milliseconds since 1970 as RFC 3339.
    pub time: fn(i64) -> String,
}

/// A text, and the known authors of changes to its letters.
pub struct Letters<'a> {
    /// The plain text in which the offsets count.
    pub text: &'a [u16],
    pub letters: &'a [Credited],
}
