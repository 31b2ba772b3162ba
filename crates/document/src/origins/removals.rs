//! Who deleted letters, and when: the log names the sender of each deletion.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::{Line, Origin, Written};
use crate::refusal::Refusal;
use crate::update::Update;

/// The sender and the time of each deletion, by client and first clock.
#[derive(Clone, Debug, Default)]
pub struct Removals(HashMap<u64, BTreeMap<u32, Line>>);

impl Removals {
    /// Records the deletions of an update. Call it in the order of the log: a client that was offline repeats all
    /// deletions that it knows, so only the first sender of a deletion made it.
    ///
    /// # Errors
    /// [`Refusal`] when it is not an update.
    pub fn note(&mut self, update: &[u8], user: &Arc<str>, at: i64) -> Result<(), Refusal> {
        for deletion in Update::parse(update)?.deletions {
            let lines = self.0.entry(deletion.client).or_default();
            let mut start = deletion.start;
            while start < deletion.end {
                let known = lines.range(..=start).next_back().filter(|(_, line)| line.end > start);
                if let Some((_, line)) = known {
                    start = line.end;
                    continue;
                }
                let next = lines.range(start..).next().map_or(deletion.end, |(next, _)| deletion.end.min(*next));
                lines.insert(start, Line { start, end: next, user: user.clone(), at });
                start = next;
            }
        }
        Ok(())
    }

    /// The people who deleted a stretch, in order; `by` is `None` for letters that no noted update deletes.
    pub fn removed(&self, origin: &Origin) -> Vec<Written> {
        let Origin { from, to, client, clock } = *origin;
        let none = BTreeMap::new();
        let lines = self.0.get(&client).unwrap_or(&none);
        let (mut at, mut removed) = (from, Vec::new());
        while at < to {
            let clock = clock + (at - from);
            let line = lines.range(..=clock).next_back().map(|(_, line)| line).filter(|line| line.end > clock);
            let end = match line {
                Some(line) => line.end,
                None => lines.range(clock..).next().map_or(u32::MAX, |(next, _)| *next),
            };
            let until = to.min(at.saturating_add(end - clock));
            let by = line.map(|line| (line.user.clone(), line.at));
            removed.push(Written { from: at, to: until, client, by });
            at = until;
        }
        removed
    }
}
