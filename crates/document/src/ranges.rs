//! Sets of clocks per client, as sorted runs: the document's delete set, in a form that can be queried.

use std::collections::HashMap;
use std::ops::Range;

/// `client -> deleted clocks`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClockSet(HashMap<u64, Vec<Range<u32>>>);

impl ClockSet {
    /// Adds a run and merges it with adjacent and overlapping ones.
    pub fn insert(&mut self, client: u64, run: Range<u32>) {
        let runs = self.0.entry(client).or_default();
        let first = runs.partition_point(|known| known.end < run.start);
        let last = runs.partition_point(|known| known.start <= run.end);
        if first == last {
            runs.insert(first, run);
            return;
        }
        let merged = runs[first].start.min(run.start)..runs[last - 1].end.max(run.end);
        runs.splice(first..last, [merged]);
    }

    /// The parts of `run` that are not in the set, in order.
    pub fn missing(&self, client: u64, run: Range<u32>) -> impl Iterator<Item = Range<u32>> {
        let runs = self.0.get(&client).map(Vec::as_slice).unwrap_or_default();
        let mut known = runs[runs.partition_point(|known| known.end <= run.start)..].iter();
        let mut from = run.start;
        std::iter::from_fn(move || {
            while from < run.end {
                match known.next() {
                    Some(known) if known.start < run.end => {
                        let gap = from..known.start;
                        from = known.end;
                        if !gap.is_empty() {
                            return Some(gap);
                        }
                    }
                    _ => return Some(std::mem::replace(&mut from, run.end)..run.end),
                }
            }
            None
        })
    }

    pub fn contains(&self, client: u64, clock: u32) -> bool {
        self.missing(client, clock..clock + 1).next().is_none()
    }

    /// Clients in ascending order with their runs.
    pub fn sorted(&self) -> Vec<(u64, &[Range<u32>])> {
        let mut all: Vec<_> = self.0.iter().map(|(client, runs)| (*client, runs.as_slice())).collect();
        all.sort_unstable_by_key(|(client, _)| *client);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_merge_and_gaps_are_found() {
        let mut set = ClockSet::default();
        set.insert(1, 5..7);
        set.insert(1, 10..12);
        assert_eq!(set.missing(1, 0..20).collect::<Vec<_>>(), [0..5, 7..10, 12..20]);
        set.insert(1, 7..10);
        assert_eq!(format!("{:?}", set.sorted()), "[(1, [5..12])]");
        assert_eq!(set.missing(1, 5..12).count(), 0);
        assert_eq!(set.missing(2, 3..4).collect::<Vec<_>>(), std::iter::once(3..4).collect::<Vec<_>>());
        assert!(set.contains(1, 11) && !set.contains(1, 12));
    }

    #[test]
    fn it_agrees_with_a_plain_set_of_numbers() {
        let mut seed = 7u32;
        let mut next = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % below
        };
        let (mut set, mut plain) = (ClockSet::default(), std::collections::BTreeSet::new());
        for _ in 0..2_000 {
            let start = next(500);
            let end = start + 1 + next(9);
            let missing: Vec<u32> = set.missing(3, start..end).flatten().collect();
            assert_eq!(missing, (start..end).filter(|clock| !plain.contains(clock)).collect::<Vec<_>>());
            if next(4) == 0 {
                set.insert(3, start..end);
                plain.extend(start..end);
            }
        }
    }
}
