//! Tracked changes: who made them, when, and what they are about.

use super::xml::Element;
use crate::document::TrackedChange;

/// The maximum number of changes. Further changes are read without their authors.
const MOST_CHANGES: usize = 2_000;
/// The length of the text by which a change is recognised.
const MOST_WORDS: usize = 1_000;
const MOST_AUTHOR_CHARACTERS: usize = 100;

/// The tracked changes of a text.
#[derive(Debug, Default)]
pub struct Changes {
    all: Vec<TrackedChange>,
    /// The changes whose words are being read, as indexes; `None` for one beyond the limit.
    open: Vec<Option<usize>>,
    /// Whether the text has any tracked changes.
    pub are_there: bool,
}

impl Changes {
    /// Begins a change, to which the text that is read from now on belongs.
    pub fn begin(&mut self, element: &Element) {
        self.are_there = true;
        if self.all.len() >= MOST_CHANGES {
            self.open.push(None);
            return;
        }
        self.open.push(Some(self.all.len()));
        self.all.push(TrackedChange {
            author: element.get("author").unwrap_or_default().chars().take(MOST_AUTHOR_CHARACTERS).collect(),
            created: element.get("date").map(|date| date.chars().take(40).collect()),
            text: String::new(),
        });
    }

    /// Ends the change that began last.
    pub fn end(&mut self) {
        self.open.pop();
    }

    pub(super) fn note_text(&mut self, text: &str) {
        for at in self.open.iter().flatten() {
            let words = &mut self.all[*at].text;
            if words.len() < MOST_WORDS {
                words.push_str(text);
            }
        }
    }

    /// The changes that have text.
    pub fn all(self) -> impl Iterator<Item = TrackedChange> {
        self.all.into_iter().filter(|change| !change.text.trim().is_empty())
    }
}
