//! Following the passages or the letters of a document.

use std::sync::Arc;

use crate::anchors::Anchor;
use crate::document::Document;
use crate::passages::tracker::Tracker;
use crate::passages::{Key, Mark, Report, Surroundings};
use crate::prose::ROOT;

impl Document {
    /// Begins to follow passages. Without this call nothing is followed, which costs no time.
    pub fn track(&mut self) {
        if self.tracker.is_none() {
            self.tracker = Some(Box::new(Tracker::new(self.doc(), ROOT, false)));
        }
    }

    /// Begins to follow each letter, so that its author can be found. Call it before the first turn.
    pub fn track_letters(&mut self) {
        self.tracker = Some(Box::new(Tracker::new(self.doc(), ROOT, true)));
    }

    /// Begins to follow a passage; replaces a passage with the same key. Call it between turns.
    pub fn mark(&mut self, key: Key, mark: Mark) {
        self.track();
        let doc = self.doc().clone();
        if let Some(tracker) = &mut self.tracker {
            tracker.mark(&doc, key, mark);
        }
    }

    /// Stops following a passage.
    pub fn unmark(&mut self, key: Key) {
        if let Some(tracker) = &mut self.tracker {
            tracker.unmark(key);
        }
    }

    /// Sets the time of the next turn, in milliseconds since 1970, and the person who makes it, if it is one person.
    pub fn note_turn(&mut self, at: i64, by: Option<Arc<str>>) {
        if let Some(tracker) = &mut self.tracker {
            tracker.begin(at, by);
        }
    }

    /// Returns the reports since the last call.
    pub fn reports(&mut self) -> Vec<Report> {
        self.tracker.as_mut().map(|tracker| tracker.reports()).unwrap_or_default()
    }

    /// The current anchor of a passage: `None` if the passage is not followed, `Some(None)` if it is lost.
    pub fn followed(&self, key: Key) -> Option<Option<Anchor>> {
        self.tracker.as_ref()?.ends(key)
    }

    /// The letters around a passage, at most `most` UTF-16 units on each side, whichever lines they are in; `None` if
    /// the passage is gone.
    pub fn around(&self, anchor: &Anchor, most: usize) -> Option<Surroundings> {
        let place = self.place(anchor).ok()?;
        Surroundings::of(&self.plain_text(), (place.from, place.to), most)
    }
}
