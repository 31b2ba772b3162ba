//! The id under which each letter was first written. A letter that was deleted and returned has another id, but the
//! same author and time.

use std::collections::{BTreeMap, HashMap};

use crate::update::Id;

/// Letters that are copies of others, in runs: first clock -> length, first original.
#[derive(Debug, Default)]
pub(crate) struct Origins(HashMap<u64, BTreeMap<u32, (u32, Id)>>);

impl Origins {
    pub(crate) fn of(&self, id: Id) -> Id {
        self.run(id).map_or(id, |(_, first)| first)
    }

    /// The original of a letter, and the number of letters from it on that continue in the same order.
    pub(crate) fn run(&self, id: Id) -> Option<(u32, Id)> {
        let (start, (len, first)) = self.0.get(&id.client)?.range(..=id.clock).next_back()?;
        let offset = id.clock - start;
        (offset < *len).then(|| (len - offset, Id { client: first.client, clock: first.clock + offset }))
    }

    /// The first clock after this one from which letters are copies.
    pub(crate) fn next(&self, id: Id) -> Option<u32> {
        let (start, _) = self.0.get(&id.client)?.range(id.clock + 1..).next()?;
        Some(*start)
    }

    /// Records the originals of letters, all at once. Each pair is a letter and its original.
    pub(crate) fn set(&mut self, letters: impl IntoIterator<Item = (Id, Id)>) {
        for (id, origin) in letters {
            self.cut_out(id);
            if id != origin {
                self.put(id, origin);
            }
        }
    }

    fn put(&mut self, id: Id, origin: Id) {
        let runs = self.0.entry(id.client).or_default();
        if let Some((start, (len, first))) = runs.range_mut(..id.clock).next_back()
            && start + *len == id.clock
            && first.client == origin.client
            && first.clock + *len == origin.clock
        {
            *len += 1;
            return;
        }
        runs.insert(id.clock, (1, origin));
    }

    /// Removes the original of a letter.
    fn cut_out(&mut self, id: Id) {
        let Some(runs) = self.0.get_mut(&id.client) else { return };
        let Some((start, (len, first))) = runs.range(..=id.clock).next_back().map(|(start, run)| (*start, *run)) else {
            return;
        };
        let offset = id.clock - start;
        if offset >= len {
            return;
        }
        match offset {
            0 => drop(runs.remove(&start)),
            _ => drop(runs.insert(start, (offset, first))),
        }
        if offset + 1 < len {
            let rest = Id { client: first.client, clock: first.clock + offset + 1 };
            runs.insert(id.clock + 1, (len - offset - 1, rest));
        }
    }
}
