//! Passages that are followed in a room's document. The room knows their keys and reports what happens to them. Only
//! the caller knows their meaning.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use document::passages::{Key, Mark};
use journal::Entry;

use super::{Room, State};
use crate::followed::Reported;

/// How long nodes wait for the reports of a row from the node that wrote it, before they report themselves.
const OTHERS_REPORT: Duration = Duration::from_secs(2);

impl Room {
    /// Follows these passages from now on, like [`Room::follow`]. They are all known passages of the document.
    pub fn follow_all(self: &Arc<Self>, marks: Vec<(Key, Mark)>) {
        self.follow(marks);
        self.asks_for_passages.store(false, Ordering::Relaxed);
    }

    /// Follows passages from now on. Passages that are already followed are not changed.
    pub fn follow(self: &Arc<Self>, marks: Vec<(Key, Mark)>) {
        let mut state = self.lock();
        let State { followed, document, seq, .. } = &mut *state;
        let followed = followed.get_or_insert_default();
        for (key, mark) in marks {
            if followed.marks.contains_key(&key) {
                continue;
            }
            if let Some(document) = document {
                document.mark(key, mark.clone());
            }
            followed.marks.insert(key, mark);
        }
        let seq = *seq;
        state.note_reports(self, seq, Instant::now());
    }

    /// Stops following a passage.
    pub fn unfollow(&self, key: Key) {
        let mut state = self.lock();
        if let Some(followed) = &mut state.followed {
            followed.marks.remove(&key);
        }
        if let Some(document) = &mut state.document {
            document.unmark(key);
        }
    }

    /// Whether the passages to follow are not known yet.
    pub fn asks_for_passages(&self) -> bool {
        self.asks_for_passages.load(Ordering::Relaxed)
    }

    /// Removes and returns the reports that are due.
    pub fn take_reports(&self) -> Vec<Reported> {
        let mut state = self.state.lock();
        let Some(followed) = &mut state.followed else { return Vec::new() };
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut followed.reports).into_iter().partition(|one: &Reported| one.due <= now);
        followed.reports = later;
        due
    }

    /// Puts back reports that could not be stored.
    pub fn return_reports(&self, mut reports: Vec<Reported>) {
        if let Some(followed) = &mut self.state.lock().followed {
            reports.append(&mut followed.reports);
            followed.reports = reports;
        }
    }

    /// Whether the room has closed.
    pub fn is_over(&self) -> bool {
        self.state.lock().closed
    }

    /// Whether there are reports, due or not.
    pub fn has_reports(&self) -> bool {
        self.state.lock().followed.as_ref().is_some_and(|followed| !followed.reports.is_empty())
    }
}

impl State {
    /// Passes the time and the author of the next turn to the document.
    pub(super) fn note_turn(&mut self, at: i64, entries: &[Entry]) {
        if let (Some(document), Some(_)) = (&mut self.document, &self.followed) {
            let first = entries.first().map(|entry| &entry.user);
            let by = first.filter(|user| entries.iter().all(|entry| entry.user == **user));
            document.note_turn(at, by.cloned());
        }
    }

    /// Collects the document's reports on a durable row that another node wrote.
    pub(super) fn note_reports_of_others(&mut self, room: &Arc<Room>, seq: u64) {
        self.note_reports(room, seq, Instant::now() + OTHERS_REPORT);
    }

    /// Collects the document's reports on a durable row.
    pub(super) fn note_reports(&mut self, room: &Arc<Room>, seq: u64, due: Instant) {
        let (Some(followed), Some(document)) = (&mut self.followed, &mut self.document) else { return };
        let reports = document.reports();
        if reports.is_empty() {
            return;
        }
        for report in reports {
            if let Some(mark) = followed.marks.get_mut(&report.key()) {
                report.note_in(mark);
                followed.reports.push(Reported { report, seq, due });
            }
        }
        room.shared.passages_due(room);
    }

    /// Marks the passages in a document that was built again.
    pub(super) fn mark_again(&mut self, room: &Arc<Room>) {
        let State { followed: Some(followed), document: Some(document), seq, .. } = self else { return };
        for (key, mark) in &followed.marks {
            document.mark(*key, mark.clone());
        }
        let seq = *seq;
        self.note_reports(room, seq, Instant::now());
    }
}
