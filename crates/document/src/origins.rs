//! Who wrote a passage, and when: its letters carry the ids of their inserts, and the log says who sent those.

use std::collections::HashMap;
use std::sync::Arc;

use yrs::branch::BranchID;
use yrs::types::text::YChange;
use yrs::{Any, Out, ReadTxn, Snapshot, Text, TextRef, Transact};

use crate::text_map::{TextMap, units};
use crate::update::{Kind, Update};
use crate::{prose::Draft, refusal::Refusal};

/// Letters in a row that one client inserted, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Offsets in the plain text, in UTF-16 units.
    pub from: u32,
    pub to: u32,
    pub client: u64,
    /// Of the first; each next one has the next.
    pub clock: u32,
}

/// Letters in a row that somebody wrote at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub from: u32,
    pub to: u32,
    pub client: u64,
    /// Who sent them, and when, in milliseconds since 1970; `None`: no row tells of it.
    pub by: Option<(Arc<str>, i64)>,
}

/// Clocks that were sent together.
#[derive(Clone, Debug)]
struct Line {
    start: u32,
    end: u32,
    user: Arc<str>,
    at: i64,
}

/// Who sent which clocks, and when, by client.
#[derive(Clone, Debug, Default)]
pub struct Ledger(HashMap<u64, Vec<Line>>);

impl Draft {
    /// Where the letters between two offsets of the plain text come from, in their order. Breaks between lines come
    /// from nowhere.
    pub fn origins(&mut self, from: u32, to: u32) -> Vec<Origin> {
        let doc = self.document().doc();
        let map = TextMap::read(&doc.transact());
        let mut txn = doc.transact_mut();
        // Everything that is visible now was added since nothing: only so does yrs tell where it comes from.
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
        origins
    }

    /// The plain text, as offsets count it.
    pub fn plain_text(&self) -> Vec<u16> {
        TextMap::read(&self.document().doc().transact()).text
    }
}

impl Origin {
    fn goes_on(&self, next: &Origin) -> bool {
        self.client == next.client && self.to == next.from && self.clock + (self.to - self.from) == next.clock
    }
}

impl Ledger {
    /// Notes who sent an update. Rows come in the order of the log: who was first wrote it.
    ///
    /// # Errors
    /// [`Refusal`] when it is no update.
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

    /// Whether anything of a client is in it.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(Vec::is_empty)
    }

    /// Who wrote what comes from somewhere, and when.
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
