//! A document whose passages, or letters, are followed.

use std::sync::Arc;

use crate::anchors::Anchor;
use crate::document::Document;
use crate::passages::tracker::Tracker;
use crate::passages::{Key, Mark, Report, Surroundings};
use crate::prose::ROOT;

impl Document {
    /// Begins to follow passages; without it, nothing is followed and nothing costs anything.
    pub fn track(&mut self) {
        if self.tracker.is_none() {
            self.tracker = Some(Box::new(Tracker::new(self.doc(), ROOT, false)));
        }
    }

    /// Follows each letter from now on, for its author. Call it before the first turn.
    pub fn track_letters(&mut self) {
        self.tracker = Some(Box::new(Tracker::new(self.doc(), ROOT, true)));
    }

    /// Begins to follow a passage, or follows another one under its name. Call it between turns.
    pub fn mark(&mut self, key: Key, mark: Mark) {
        self.track();
        let doc = self.doc().clone();
        if let Some(tracker) = &mut self.tracker {
            tracker.mark(&doc, key, mark);
        }
    }

    /// Ceases to follow a passage.
    pub fn unmark(&mut self, key: Key) {
        if let Some(tracker) = &mut self.tracker {
            tracker.unmark(key);
        }
    }

    /// Says when the next turn happens, in milliseconds since 1970, and who makes it, if it is one person.
    pub fn note_turn(&mut self, at: i64, by: Option<Arc<str>>) {
        if let Some(tracker) = &mut self.tracker {
            tracker.begin(at, by);
        }
    }

    /// Takes the reports since the last call.
    pub fn reports(&mut self) -> Vec<Report> {
        self.tracker.as_mut().map(|tracker| tracker.reports()).unwrap_or_default()
    }

    /// The current anchor of a passage that is followed, or `None` if it is lost; `None` if it is not followed.
    pub fn followed(&self, key: Key) -> Option<Option<Anchor>> {
        self.tracker.as_ref()?.ends(key)
    }

    /// The letters around a passage, at most `most` UTF-16 units on each side, whichever lines they are in; `None` if
    /// the passage is gone.
    pub fn around(&self, anchor: &Anchor, most: usize) -> Option<Surroundings> {
        let place = self.place(anchor).ok()?;
        let text = self.plain_text();
        let is_break = |unit: &&u16| **unit != u16::from(b'\n');
        let before: Vec<u16> = text[..place.from as usize].iter().rev().filter(is_break).take(most).copied().collect();
        let after: Vec<u16> = text[place.to as usize..].iter().filter(is_break).take(most).copied().collect();
        let before: Vec<u16> = before.into_iter().rev().collect();
        Some(Surroundings { before: String::from_utf16_lossy(&before), after: String::from_utf16_lossy(&after) })
    }
}
