//! Passages that stay in place while others type: comments, suggestions and authorship need a place in the text that is
//! found again after other people have edited around it.
//!
//! Editors delete text and insert it again on everyday edits (Enter, joins, headings, lists, moves, undo), so a pair of
//! Yjs relative positions is not enough. A [`Tracker`](tracker::Tracker) reads each transaction, matches the text
//! before and after it, and remembers deleted text for a while. It reports passages that moved, were lost, or were
//! found again. If the place of a passage is not clear, the tracker reports it as lost instead of guessing.

mod align;
mod changes;
mod lines;
mod memory;
pub(crate) mod origins;
mod passage;
mod rewritten_words;
mod search;
pub(crate) mod tracker;

use serde::{Deserialize, Serialize};

use crate::stored_anchor::Anchor;

/// The key of a passage, chosen by its owner.
pub type Key = u128;

/// The text around a passage, at most 32 UTF-16 units on each side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    pub before: String,
    pub after: String,
}

impl Surroundings {
    /// The text around a place in a plain text, at most `most` units on each side, across lines. `None` if the text is
    /// shorter.
    pub fn of(text: &[u16], (from, to): (u32, u32), most: usize) -> Option<Surroundings> {
        let is_letter = |unit: &&u16| **unit != u16::from(b'\n');
        let before: Vec<u16> = text.get(..from as usize)?.iter().rev().filter(is_letter).take(most).copied().collect();
        let after: Vec<u16> = text.get(to as usize..)?.iter().filter(is_letter).take(most).copied().collect();
        let before: Vec<u16> = before.into_iter().rev().collect();
        Some(Surroundings { before: String::from_utf16_lossy(&before), after: String::from_utf16_lossy(&after) })
    }
}

impl From<&search::Around> for Surroundings {
    fn from(around: &search::Around) -> Surroundings {
        Surroundings {
            before: String::from_utf16_lossy(&around.before),
            after: String::from_utf16_lossy(&around.after),
        }
    }
}

impl From<&Surroundings> for search::Around {
    fn from(around: &Surroundings) -> search::Around {
        search::Around { before: around.before.encode_utf16().collect(), after: around.after.encode_utf16().collect() }
    }
}

/// A passage to follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// The place of the passage; `None` if it is lost.
    pub anchor: Option<Anchor>,
    /// The words of the passage when it was marked.
    pub quote: String,
    /// The last known words of the passage, if any. If the place reads differently now, these words are searched for.
    pub text: Option<String>,
    /// The text around the passage, when it was marked and most recently.
    pub around: Vec<Surroundings>,
}

/// What happened to a passage.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// The passage has another anchor.
    Moved { key: Key, anchor: Anchor, text: String },
    /// The words of the passage were deleted. `text` and `around` help to find it again.
    Lost { key: Key, text: String, around: Vec<Surroundings> },
    /// The words of the passage have returned.
    Found { key: Key, anchor: Anchor, text: String },
}

impl Report {
    /// The key of the passage.
    pub fn key(&self) -> Key {
        match self {
            Report::Moved { key, .. } | Report::Lost { key, .. } | Report::Found { key, .. } => *key,
        }
    }

    /// Applies the report to a mark, so that the passage can be followed from its new state.
    pub fn note_in(&self, mark: &mut Mark) {
        match self {
            Report::Moved { anchor, text, .. } | Report::Found { anchor, text, .. } => {
                (mark.anchor, mark.text) = (Some(anchor.clone()), Some(text.clone()));
            }
            Report::Lost { text, around, .. } => {
                (mark.anchor, mark.text, mark.around) = (None, Some(text.clone()), around.clone());
            }
        }
    }
}
