//! The author of each passage and the time of writing. Each character carries the id of its insert, and the log names
//! the sender of each id.

mod removals;

use std::collections::HashMap;
use std::sync::Arc;

use yrs::branch::BranchID;
use yrs::types::text::YChange;
use yrs::{Any, Out, ReadTxn, Snapshot, Text, TextRef, Transact};

use crate::document::Document;
use crate::passages::origins::Origins;
use crate::text_map::{TextMap, units};
use crate::update::{Id, Kind, Update};
use crate::{prose::Draft, refusal::Refusal};
pub use removals::Removals;

/// Consecutive characters that one client inserted in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Offsets in the plain text, in UTF-16 units.
    pub from: u32,
    pub to: u32,
    pub client: u64,
    /// Clock of the first character; the clock grows by one with each character.
    pub clock: u32,
}

/// Consecutive characters that one user wrote at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub from: u32,
    pub to: u32,
    pub client: u64,
    /// The sender, and the time in milliseconds since 1970; `None` if no row contains the characters.
    pub by: Option<(Arc<str>, i64)>,
}

/// Clocks that were sent in one row.
#[derive(Clone, Debug)]
struct Line {
    start: u32,
    end: u32,
    user: Arc<str>,
    at: i64,
}

/// The sender and the time of all clocks, by client.
#[derive(Clone, Debug, Default)]
pub struct Ledger(HashMap<u64, Vec<Line>>);

impl Document {
    /// The origins of the characters between two offsets of the plain text, in order. Line breaks have no origin. In a
    /// document that [tracks](Document::track_letters) its letters, text that was deleted and returned has its first
    /// origin.
    pub fn origins(&self, from: u32, to: u32) -> Vec<Origin> {
        let doc = self.doc();
        let map = TextMap::read(&doc.transact());
        let mut txn = doc.transact_mut();
        // yrs reports origins only for a difference, so compare with an empty snapshot.
        let (now, nothing) = (txn.snapshot(), Snapshot::default());
        let mut runs: HashMap<BranchID, Vec<(u32, u32, u64, u32)>> = HashMap::new();
        let mut origins: Vec<Origin> = Vec::new();
        for piece in map.pieces.iter().filter(|piece| piece.start < to && piece.start + piece.len > from) {
            let runs = runs.entry(piece.branch.id()).or_insert_with(|| {
                let text = TextRef::from(piece.branch);
                let (mut at, mut runs) = (0, Vec::new());
                for chunk in text.diff_range(&mut txn, Some(&now), Some(&nothing), YChange::identity) {
                    let len = match &chunk.insert {
                        Out::Any(Any::String(run)) => units(run),
                        _ => 1,
                    };
                    if let Some(change) = &chunk.ychange {
                        runs.push((at, len, change.id.client.get(), change.id.clock));
                    }
                    at += len;
                }
                runs
            });
            let (first, last) = (from.max(piece.start), to.min(piece.start + piece.len));
            let (low, high) = (piece.at + first - piece.start, piece.at + last - piece.start);
            let begin = runs.partition_point(|(at, len, ..)| at + len <= low);
            for (at, len, client, clock) in runs[begin..].iter().take_while(|(at, ..)| *at < high) {
                let (start, end) = (low.max(*at), high.min(at + len));
                let offset = |index: u32| piece.start + index - piece.at;
                let clock = clock + start - at;
                let found = Origin { from: offset(start), to: offset(end), client: *client, clock };
                match origins.last_mut() {
                    Some(last) if last.goes_on(&found) => last.to = found.to,
                    _ => origins.push(found),
                }
            }
        }
        match &self.tracker {
            Some(tracker) => origins.iter().flat_map(|origin| origin.first_written(&tracker.origins)).collect(),
            None => origins,
        }
    }

    /// The plain text, in the units of the offsets.
    pub fn plain_text(&self) -> Vec<u16> {
        TextMap::read(&self.doc().transact()).text
    }
}

impl Draft {
    /// As [`Document::origins`].
    pub fn origins(&mut self, from: u32, to: u32) -> Vec<Origin> {
        self.document().origins(from, to)
    }

    /// The plain text, in the units of the offsets.
    pub fn plain_text(&self) -> Vec<u16> {
        self.document().plain_text()
    }
}

impl Origin {
    /// The same characters, by the ids under which they were first written.
    fn first_written(&self, origins: &Origins) -> Vec<Origin> {
        let mut all = Vec::new();
        let mut done = 0;
        while done < self.to - self.from {
            let id = Id { client: self.client, clock: self.clock + done };
            let left = self.to - self.from - done;
            let (len, first) = match origins.run(id) {
                Some((len, first)) => (len.min(left), first),
                None => (origins.next(id).map_or(left, |next| left.min(next - id.clock)), id),
            };
            let from = self.from + done;
            all.push(Origin { from, to: from + len, client: first.client, clock: first.clock });
            done += len;
        }
        all
    }

    fn goes_on(&self, next: &Origin) -> bool {
        self.client == next.client && self.to == next.from && self.clock + (self.to - self.from) == next.clock
    }
}

impl Ledger {
    /// Whether an update with edits by this client was noted.
    pub fn knows(&self, client: u64) -> bool {
        self.0.contains_key(&client)
    }

    /// Records the sender of an update. Call it in the order of the log: the first sender of a clock is its author.
    ///
    /// # Errors
    /// [`Refusal`] when it is not an update.
    pub fn note(&mut self, update: &[u8], user: &Arc<str>, at: i64) -> Result<(), Refusal> {
        let update = Update::parse(update)?;
        for section in &update.sections {
            let lines = self.0.entry(section.client).or_default();
            for block in update.blocks_of(section).iter().filter(|block| block.kind != Kind::Skip) {
                let end = block.next_clock();
                let start = lines.last().map_or(block.clock, |last| last.end.max(block.clock));
                if start >= end {
                    continue;
                }
                match lines.last_mut() {
                    Some(last) if last.end == start && last.at == at && last.user == *user => last.end = end,
                    _ => lines.push(Line { start, end, user: user.clone(), at }),
                }
            }
        }
        Ok(())
    }

    /// Whether no edits were noted.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }

    /// The authors and times for a stretch of origins.
    pub fn written(&self, origin: &Origin) -> Vec<Written> {
        let Origin { from, to, client, clock } = *origin;
        let none = Vec::new();
        let lines = self.0.get(&client).unwrap_or(&none);
        let (mut at, mut written) = (from, Vec::new());
        let mut next = lines.partition_point(|line| line.end <= clock);
        while at < to {
            let clock = clock + (at - from);
            let line = lines.get(next).filter(|line| line.start <= clock);
            let end = match (line, lines.get(next)) {
                (Some(line), _) => line.end,
                (None, Some(later)) => later.start,
                (None, None) => u32::MAX,
            };
            let until = to.min(at.saturating_add(end - clock));
            let by = line.map(|line| (line.user.clone(), line.at));
            written.push(Written { from: at, to: until, client, by });
            at = until;
            next += usize::from(line.is_some());
        }
        written
    }
}
