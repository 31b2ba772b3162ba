//! The differences between two sequences, in time proportional to their length. Short sequences are compared exactly.
//! Long sequences are compared exactly between landmarks that occur once in both. Words that repeat thousands of times
//! have no landmarks, so they are compared piece by piece.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};

/// Longest sequences that are compared exactly. The time grows with the square of the length; the worst sequences take
/// a millisecond.
const EXACT: usize = 1_024;
/// Lengths of landmarks. A word of a long text often repeats, a sequence of eight words hardly ever.
const LANDMARKS: [usize; 3] = [1, 3, 8];
/// Landmarks are looked for between landmarks to this depth.
const DEEPEST: usize = 6;

/// A range of the first sequence, and the range of the second that replaces it; one of the ranges may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
}

/// The differences in the order of the sequences. With `tidy`, a difference that could begin at several places ends as
/// late as possible.
pub(crate) fn differences<T: Eq + Hash>(
    before: impl IntoIterator<Item = T>,
    after: impl IntoIterator<Item = T>,
    tidy: bool,
) -> Vec<Hunk> {
    let mut names = HashMap::new();
    let mut name = |one| {
        let next = names.len() as u32;
        *names.entry(one).or_insert(next)
    };
    let before: Vec<u32> = before.into_iter().map(&mut name).collect();
    let after: Vec<u32> = after.into_iter().map(&mut name).collect();
    let mut comparison = Comparison { before: &before, after: &after, tidy, hunks: Vec::new(), steps: 0 };
    comparison.compare(0..before.len(), 0..after.len(), 0);
    tracing_steps(comparison.steps);
    comparison.hunks
}

struct Comparison<'a> {
    before: &'a [u32],
    after: &'a [u32],
    tidy: bool,
    hunks: Vec<Hunk>,
    /// An upper bound of the elements that were looked at.
    steps: usize,
}

impl Comparison<'_> {
    fn compare(&mut self, mut old: Range<usize>, mut new: Range<usize>, depth: usize) {
        let common = |pairs: &mut dyn Iterator<Item = (&u32, &u32)>| pairs.take_while(|(a, b)| a == b).count();
        let start = common(&mut self.before[old.clone()].iter().zip(&self.after[new.clone()]));
        (old.start, new.start) = (old.start + start, new.start + start);
        let end = common(&mut self.before[old.clone()].iter().rev().zip(self.after[new.clone()].iter().rev()));
        (old.end, new.end) = (old.end - end, new.end - end);
        self.steps += start + end;
        if old.is_empty() || new.is_empty() {
            if !old.is_empty() || !new.is_empty() {
                self.hunks.push(Hunk { before: old, after: new });
            }
            return;
        }
        if old.len().max(new.len()) <= EXACT {
            return self.exactly(old, new);
        }
        let found = LANDMARKS.into_iter().filter(|_| depth < DEEPEST).find_map(|length| {
            let pairs = self.landmarks(old.clone(), new.clone(), length);
            (!pairs.is_empty()).then_some((pairs, length))
        });
        match found {
            Some((pairs, length)) => self.between(old, new, pairs, length, depth),
            None => self.piece_by_piece(old, new),
        }
    }

    fn exactly(&mut self, old: Range<usize>, new: Range<usize>) {
        self.steps += old.len() * new.len();
        let mut input = InternedInput::default();
        input.update_before(self.before[old.clone()].iter().copied());
        input.update_after(self.after[new.clone()].iter().copied());
        let mut diff = Diff::compute(Algorithm::Histogram, &input);
        if self.tidy {
            diff.postprocess_no_heuristic(&input);
        }
        let at = |range: Range<u32>, start: usize| range.start as usize + start..range.end as usize + start;
        let hunks =
            diff.hunks().map(|hunk| Hunk { before: at(hunk.before, old.start), after: at(hunk.after, new.start) });
        self.hunks.extend(hunks);
    }

    /// The positions of sequences of this length that occur once on each side, in an order common to both sides.
    fn landmarks(&mut self, old: Range<usize>, new: Range<usize>, length: usize) -> Vec<(usize, usize)> {
        self.steps += (old.len() + new.len()) * length;
        // Position, or `None` if there are several.
        let once = |all: &[u32], range: Range<usize>| {
            let mut found: HashMap<u64, Option<usize>> = HashMap::with_capacity(range.len());
            for at in range.start..(range.end + 1).saturating_sub(length) {
                let key = key(&all[at..at + length]);
                found.entry(key).and_modify(|known| *known = None).or_insert(Some(at));
            }
            found
        };
        let (olds, news) = (once(self.before, old), once(self.after, new));
        let pair = |(key, old): (&u64, &Option<usize>)| Some(((*old)?, (*news.get(key)?)?));
        let mut pairs: Vec<(usize, usize)> = olds.iter().filter_map(pair).collect();
        pairs.retain(|(old, new)| self.before[*old..old + length] == self.after[*new..new + length]);
        pairs.sort_unstable();
        increasing(&pairs)
    }

    fn between(
        &mut self,
        old: Range<usize>,
        new: Range<usize>,
        pairs: Vec<(usize, usize)>,
        length: usize,
        depth: usize,
    ) {
        let (mut old_at, mut new_at) = (old.start, new.start);
        for (old_mark, new_mark) in pairs {
            // A landmark may overlap the one before it.
            if old_mark < old_at || new_mark < new_at {
                continue;
            }
            self.compare(old_at..old_mark, new_at..new_mark, depth + 1);
            (old_at, new_at) = (old_mark + length, new_mark + length);
        }
        self.compare(old_at..old.end, new_at..new.end, depth + 1);
    }

    /// Cuts both sides into the same number of pieces.
    fn piece_by_piece(&mut self, old: Range<usize>, new: Range<usize>) {
        let pieces = old.len().max(new.len()).div_ceil(EXACT);
        let cut = |range: &Range<usize>, piece: usize| {
            range.start + range.len() * piece / pieces..range.start + range.len() * (piece + 1) / pieces
        };
        for piece in 0..pieces {
            self.compare(cut(&old, piece), cut(&new, piece), DEEPEST);
        }
    }
}

/// A hash of a few elements; equal hashes are compared afterwards.
fn key(elements: &[u32]) -> u64 {
    elements.iter().fold(0xcbf2_9ce4_8422_2325, |hash, element| {
        (hash ^ u64::from(*element)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29)
    })
}

/// The longest sequence of pairs whose second positions increase. The pairs are sorted by their first position.
fn increasing(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best sequence of each length, and the pair before each pair.
    let mut ends: Vec<usize> = Vec::new();
    let mut earlier: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, new)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *new);
        earlier.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut best = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        best.push(pairs[index]);
        at = earlier[index];
    }
    best.reverse();
    best
}

#[cfg(not(test))]
fn tracing_steps(_: usize) {}

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn tracing_steps(steps: usize) {
    STEPS.set(steps);
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// The second sequence, from the first and the differences.
    fn patched(before: &[u32], after: &[u32], hunks: &[Hunk]) -> Vec<u32> {
        let (mut patched, mut at) = (Vec::new(), 0);
        for hunk in hunks {
            patched.extend(&before[at..hunk.before.start]);
            patched.extend(&after[hunk.after.clone()]);
            at = hunk.before.end;
        }
        patched.extend(&before[at..]);
        patched
    }

    fn random(length: usize, distinct: u32, seed: u64) -> Vec<u32> {
        let mut random = StdRng::seed_from_u64(seed);
        (0..length).map(|_| random.random_range(0..distinct)).collect()
    }

    /// D2: the steps grow with the length, and not with its square, for every kind of repetition.
    #[test]
    fn steps_grow_with_the_length() {
        let shuffled = |length: usize, seed| {
            use rand::seq::SliceRandom;
            let mut all: Vec<u32> = (0..length as u32).collect();
            all.shuffle(&mut StdRng::seed_from_u64(seed));
            all
        };
        type Pair<'a> = &'a dyn Fn(usize) -> (Vec<u32>, Vec<u32>);
        let pairs: [(&str, Pair<'_>); 7] = [
            ("two words", &|n| (random(n, 2, 1), random(n, 2, 2))),
            ("alternating", &|n| {
                ((0..n as u32).map(|i| i % 2).collect(), (0..n as u32).map(|i| (i + 1) % 3).collect())
            }),
            ("each 60 times", &|n| (random(n, n as u32 / 60, 1), random(n, n as u32 / 60, 2))),
            ("a thousand words", &|n| (random(n, 1_000, 1), random(n, 1_000, 2))),
            ("all different", &|n| (shuffled(n, 1), shuffled(n, 2))),
            ("reversed", &|n| ((0..n as u32).collect(), (0..n as u32).rev().collect())),
            ("nothing in common", &|n| (random(n, 2, 1), random(n, 2, 2).iter().map(|w| w + 2).collect())),
        ];
        for (name, pair) in pairs {
            for length in [20_000, 40_000, 80_000] {
                let (before, after) = pair(length);
                let hunks = differences(&before, &after, true);
                assert_eq!(patched(&before, &after, &hunks), after, "{name}");
                // One exact comparison of each piece, and landmarks at each depth.
                assert!(STEPS.get() <= (EXACT + 150) * length, "{name}: {} steps for {length}", STEPS.get());
            }
        }
    }

    #[test]
    fn differences_lead_from_one_sequence_to_the_other() {
        for seed in 0..300 {
            let (before, after) =
                (random(seed as usize * 11, 5 + seed as u32, seed), random(3_000, 5 + seed as u32, seed + 1));
            let hunks = differences(&before, &after, seed % 2 == 0);
            assert_eq!(patched(&before, &after, &hunks), after);
            assert!(hunks.is_sorted_by(|a, b| a.before.end <= b.before.start && a.after.end <= b.after.start));
        }
    }

    /// One changed word of a long text is one difference, wherever it is.
    #[test]
    fn a_small_change_of_a_long_text_is_small() {
        let before = random(30_000, 800, 5);
        let mut after = before.clone();
        for at in [29_000, 15_000, 1_000] {
            after.splice(at..at + 1, [9_999, 9_998]);
        }
        let hunks = differences(&before, &after, true);
        let changed: usize = hunks.iter().map(|hunk| hunk.before.len() + hunk.after.len()).sum();
        assert_eq!((hunks.len(), changed), (3, 9));
    }
}
