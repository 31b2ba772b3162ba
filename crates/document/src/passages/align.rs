//! Matches the letters of a text to those of a later one: the longest common runs first, whole words only.

use std::collections::BinaryHeap;

use crate::update::Id;

/// Letters of several lines in a row, without the breaks between them: splitting or joining lines breaks no run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letters {
    pub(crate) units: Vec<u16>,
    pub(crate) ids: Vec<Id>,
    /// Where lines begin.
    pub(crate) starts: Vec<usize>,
}

impl Letters {
    pub(crate) fn push(&mut self, units: &[u16], ids: impl Iterator<Item = Id>) {
        self.starts.push(self.units.len());
        self.units.extend_from_slice(units);
        self.ids.extend(ids);
    }

    pub(crate) fn len(&self) -> usize {
        self.units.len()
    }

    /// The end of the word that a letter is part of.
    pub(crate) fn word_end(&self, at: usize) -> usize {
        (at + 1..self.len()).find(|next| self.is_edge(*next)).unwrap_or(self.len())
    }

    /// Whether a word can begin at an index, or end before it.
    pub(crate) fn is_edge(&self, at: usize) -> bool {
        at == 0
            || at >= self.units.len()
            || !is_letter(self.units[at])
            || !is_letter(self.units[at - 1])
            || self.starts.binary_search(&at).is_ok()
    }
}

/// Whether a unit is part of a word.
pub(crate) fn is_letter(unit: u16) -> bool {
    match char::from_u32(u32::from(unit)) {
        Some(letter) => letter.is_alphanumeric() || matches!(letter, '_' | '\u{e000}'..='\u{f8ff}'),
        // Half of a surrogate pair counts as a letter.
        None => true,
    }
}

/// The shortest run that is looked for.
const GRAM: usize = 4;
/// Most places of one gram that are compared. A repetitive text has more.
const PLACES: usize = 64;
/// The number of letters by which a run is followed back from a gram.
const LOOK_BACK: usize = 64;
/// Most comparisons of letters. Then the search ends with the runs found so far.
const STEPS: usize = 4_000_000;
/// The number of comparisons that a run counts as, because it also takes memory.
const RUN_COST: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    /// Twice the length of the run, plus the number of its letters that have the same id in both texts.
    weight: usize,
    len: usize,
    /// Makes earlier runs win a tie, so that every node gets the same result.
    order: std::cmp::Reverse<(usize, usize)>,
}

impl Run {
    fn new(old: &Letters, new: &Letters, at: (usize, usize), len: usize) -> Run {
        let same = (0..len).filter(|step| old.ids[at.0 + step] == new.ids[at.1 + step]).count();
        Run { weight: 2 * len + same, len, order: std::cmp::Reverse((at.1, at.0)) }
    }

    fn old(&self) -> usize {
        self.order.0.1
    }

    fn new_at(&self) -> usize {
        self.order.0.0
    }
}

/// For each letter of `new`, its index in `old`; each old letter is used at most once.
pub(crate) fn align(old: &Letters, new: &Letters) -> Vec<Option<usize>> {
    let mut taken = vec![false; old.len()];
    let mut matched: Vec<Option<usize>> = vec![None; new.len()];
    let mut heap: BinaryHeap<Run> = runs(old, new).into();
    while let Some(run) = heap.pop() {
        let free = |step: usize| !taken[run.old() + step] && matched[run.new_at() + step].is_none();
        let Some((from, len)) = longest(run.len, free) else { continue };
        let (from, len) = whole_words(old, new, (run.old() + from, run.new_at() + from), len, from);
        if len == 0 {
            continue;
        }
        if len < run.len {
            let rest = Run::new(old, new, (run.old() + from, run.new_at() + from), len);
            if heap.peek().is_some_and(|next| next.weight > rest.weight) {
                heap.push(rest);
                continue;
            }
        }
        for step in from..from + len {
            taken[run.old() + step] = true;
            matched[run.new_at() + step] = Some(run.old() + step);
        }
    }
    matched
}

/// The start and the length of the longest free stretch of `0..len`.
fn longest(len: usize, free: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
    let (mut best, mut from) = ((0, 0), 0);
    for step in 0..=len {
        if step == len || !free(step) {
            if step - from > best.1 {
                best = (from, step - from);
            }
            from = step + 1;
        }
    }
    (best.1 > 0).then_some(best)
}

/// Cuts a run at both ends until it begins and ends with a whole word in both texts. Letters that kept their id stay.
fn whole_words(
    old: &Letters,
    new: &Letters,
    (old_at, new_at): (usize, usize),
    len: usize,
    from: usize,
) -> (usize, usize) {
    let same = |step: usize| old.ids[old_at + step] == new.ids[new_at + step];
    let edge = |step: usize| old.is_edge(old_at + step) && new.is_edge(new_at + step);
    let (mut first, mut end) = (0, len);
    while first < end && !edge(first) && !same(first) {
        first += 1;
    }
    while end > first && !edge(end) && !same(end - 1) {
        end -= 1;
    }
    (from + first, end - first)
}

/// The maximal common runs.
fn runs(old: &Letters, new: &Letters) -> Vec<Run> {
    let (short, long, turned) = if old.len() <= new.len() { (old, new, false) } else { (new, old, true) };
    if short.len() < GRAM {
        return if short.len() == long.len() && short.units == long.units && short.len() > 0 {
            vec![Run::new(old, new, (0, 0), short.len())]
        } else {
            Vec::new()
        };
    }
    let mut grams: Vec<(u64, u32)> = (0..=short.len() - GRAM).map(|at| (gram(&short.units, at), at as u32)).collect();
    grams.sort_unstable();
    let (mut found, mut steps) = (Vec::new(), 0);
    let mut was_common = false;
    for at in 0..=long.len() - GRAM {
        let key = gram(&long.units, at);
        let first = grams.partition_point(|(gram, _)| *gram < key);
        let places = &grams[first..][..grams[first..].partition_point(|(gram, _)| *gram == key)];
        let is_common = places.len() > PLACES;
        for (_, place) in places.iter().take(PLACES) {
            let place = *place as usize;
            let before = long.units[..at].iter().rev().zip(short.units[..place].iter().rev());
            let before = before.take_while(|(a, b)| a == b).take(LOOK_BACK).count();
            // A run is found at its first gram, unless not all places of that gram were compared.
            if before > 0 && !was_common {
                continue;
            }
            let (at, place) = (at - before, place - before);
            let pairs = long.units[at..].iter().zip(&short.units[place..]);
            let len = pairs.take_while(|(a, b)| a == b).count();
            let at = if turned { (at, place) } else { (place, at) };
            found.push(Run::new(old, new, at, len));
            steps += len + RUN_COST;
        }
        was_common = is_common;
        if steps > STEPS {
            break;
        }
    }
    found
}

fn gram(units: &[u16], at: usize) -> u64 {
    units[at..at + GRAM].iter().fold(0, |gram, unit| gram << 16 | u64::from(*unit))
}
