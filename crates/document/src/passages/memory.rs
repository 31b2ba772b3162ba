//! Keeps deleted text for a while, so that its letters are recognised when the text returns.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;

use super::align::{Letters, align};
use super::origins::Origins;
use crate::update::Id;

/// Most deleted letters that are kept; the oldest are dropped first.
const MOST_LETTERS: usize = 1 << 18;
/// From this length on, text that returns in another place counts as the same text and not as a coincidence.
const ELSEWHERE: usize = 12;
/// From this length on, returning text counts as the same text even in a document with few different words.
const SURELY: usize = 30;
/// The number of deletions that new text is compared with, from the last one back ...
const ENTRIES: usize = 512;
/// ... until this many letters have been compared: a paste of a megabyte takes no longer than many short ones.
const COMPARED: usize = 4 << 20;
/// Most letters of deleted text that one transaction may search for stretches from the middle of deleted text: some
/// 20 ms. Otherwise each of a thousand restored words would search all deleted text.
const LOOKED_THROUGH: usize = 16 << 20;
/// Most deletions that are kept. Each takes some 200 bytes besides its letters.
const MOST_DELETIONS: usize = 16_384;
/// For this many transactions after words were cut alone, they are recognised when they are pasted alone.
const PASTED_WITHIN: u64 = 12;
/// The same for a short word.
const PASTED_NEXT: u64 = 3;

/// Letters that one transaction deleted, in a row.
#[derive(Clone, Debug)]
pub(crate) struct Deleted {
    pub(crate) letters: Letters,
    /// The neighbouring letters, by the ids under which they were first written.
    pub(crate) before: Option<Id>,
    pub(crate) after: Option<Id>,
    pub(crate) turn: u64,
    /// The time of the deletion, in milliseconds since 1970.
    pub(crate) at: i64,
    pub(crate) by: Option<Arc<str>>,
}

/// Adjacent letters that were inserted and match no earlier letter.
#[derive(Clone, Debug)]
pub(crate) struct Fresh {
    /// The index of the first of them among the letters after the transaction.
    pub(crate) at: usize,
    pub(crate) letters: Letters,
    pub(crate) before: Option<Id>,
    pub(crate) after: Option<Id>,
}

/// A letter that returned after it had been deleted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Returned {
    /// Its index among the letters after the transaction.
    pub(crate) at: usize,
    /// The id that the letter had when it was deleted.
    pub(crate) was: Id,
    /// The time of the deletion, in milliseconds since 1970.
    pub(crate) deleted_at: i64,
    /// Whether the letter keeps its author.
    pub(crate) keeps_author: bool,
    /// Whether the letter is enough to bring a passage back, which must not be a coincidence even in a text with few
    /// different words.
    pub(crate) is_sure: bool,
}

/// The transaction in which text returns.
#[derive(Debug)]
pub(crate) struct Now<'a> {
    pub(crate) turn: u64,
    pub(crate) by: Option<&'a Arc<str>>,
    /// The letters that were first written under other ids.
    pub(crate) origins: &'a Origins,
    /// The number of letters that may still be searched.
    left: Cell<usize>,
}

impl<'a> Now<'a> {
    pub(crate) fn new(turn: u64, by: Option<&'a Arc<str>>, origins: &'a Origins) -> Now<'a> {
        Now { turn, by, origins, left: Cell::new(LOOKED_THROUGH) }
    }

    /// Whether this number of letters may still be searched. Subtracts it from the number that is left.
    fn may_look_through(&self, letters: usize) -> bool {
        let left = self.left.get().checked_sub(letters);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    /// Whether one more stretch may be compared with all deleted text, which takes about eight times as long as a
    /// search for it.
    pub(crate) fn may_compare(&self, memory: &Memory) -> bool {
        self.may_look_through(8 * memory.letters)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    deleted: VecDeque<Deleted>,
    letters: usize,
}

impl Memory {
    pub(crate) fn is_empty(&self) -> bool {
        self.deleted.is_empty()
    }

    pub(crate) fn keep(&mut self, deleted: Deleted) {
        self.letters += deleted.letters.len();
        self.deleted.push_back(deleted);
        while (self.letters > MOST_LETTERS || self.deleted.len() > MOST_DELETIONS)
            && let Some(oldest) = self.deleted.pop_front()
        {
            self.letters -= oldest.letters.len();
        }
    }

    /// The letters of a stretch that were deleted before, each with its last deletion.
    pub(crate) fn recall(&self, fresh: &Fresh, now: &Now<'_>) -> Vec<Returned> {
        let mut returned = Vec::new();
        let mut open: Vec<bool> = vec![true; fresh.letters.len()];
        let each = fresh.letters.len().max(1);
        let entries = || self.deleted.iter().rev().take(ENTRIES.min(COMPARED / each));
        for entry in entries() {
            if !open.contains(&true) {
                return returned;
            }
            if !open.contains(&false)
                && now.may_look_through(entry.letters.len())
                && let Some(old) = among(entry, fresh, now.origins)
            {
                take(entry, fresh, (old, 0, fresh.letters.len()), (true, true), &mut open, &mut returned);
                return returned;
            }
            let here = is_here(entry, fresh, now);
            let next =
                now.turn - entry.turn <= if entry.letters.len() < ELSEWHERE { PASTED_NEXT } else { PASTED_WITHIN };
            for run in common(entry, fresh, now, &open) {
                let keeps_author = here || run.2 >= ELSEWHERE;
                let is_sure = here || run.2 >= SURELY || (next && run.2 == fresh.letters.len());
                take(entry, fresh, run, (keeps_author, is_sure), &mut open, &mut returned);
            }
        }
        if fresh.letters.len() >= ELSEWHERE {
            let mut left = open.clone();
            let mut pieces = Vec::new();
            for entry in entries() {
                let runs = runs(&entry.letters, &fresh.letters, &left);
                runs.iter().for_each(|(_, new, len)| left[*new..new + len].fill(false));
                pieces.extend(runs.into_iter().map(|run| (entry, run)));
            }
            // Text that was deleted piece by piece may return in one piece.
            if 4 * left.iter().filter(|left| !**left).count() >= 3 * fresh.letters.len() {
                for (entry, run) in pieces {
                    take(entry, fresh, run, (true, false), &mut open, &mut returned);
                }
            }
        }
        returned
    }
}

fn take(
    entry: &Deleted,
    fresh: &Fresh,
    (old, new, len): (usize, usize, usize),
    (keeps_author, is_sure): (bool, bool),
    open: &mut [bool],
    returned: &mut Vec<Returned>,
) {
    for step in 0..len {
        open[new + step] = false;
        let (at, was) = (fresh.at + new + step, entry.letters.ids[old + step]);
        returned.push(Returned { at, was, deleted_at: entry.at, keeps_author, is_sure });
    }
}

/// Whether a stretch is one letter that somebody typed. A single letter is the deleted one only between the same
/// neighbours.
fn is_typed(entry: &Deleted, fresh: &Fresh) -> bool {
    fresh.letters.len() == 1 && (entry.before, entry.after) != (fresh.before, fresh.after)
}

/// Whether text returns in the place, or in the transaction, in which it was deleted.
fn is_here(entry: &Deleted, fresh: &Fresh, now: &Now<'_>) -> bool {
    let same = |a: Option<Id>, b: Option<Id>| a.is_some() && a == b;
    entry.turn == now.turn || same(entry.before, fresh.before) || same(entry.after, fresh.after)
}

/// The place of a stretch in the middle of deleted text, as whole words beside the same letter as now. A restored
/// revision brings back letters whose neighbours stayed, or return together with them.
fn among(entry: &Deleted, fresh: &Fresh, origins: &Origins) -> Option<usize> {
    let (old, new, len) = (&entry.letters, &fresh.letters.units, fresh.letters.len());
    let is_beside = |at: usize| {
        let before = if at == 0 { entry.before } else { Some(origins.of(old.ids[at - 1])) };
        let after = if at + len == old.len() { entry.after } else { Some(origins.of(old.ids[at + len])) };
        let (left, right) = (before.is_some() && before == fresh.before, after.is_some() && after == fresh.after);
        (left && right) || (len > 1 && (left || right))
    };
    let whole = |at: &usize| old.units[*at..*at + len] == **new && old.is_edge(*at) && old.is_edge(*at + len);
    let mut places = 0..(old.len() + 1).saturating_sub(len);
    places.find(|at| whole(at) && is_beside(*at))
}

/// The runs of a stretch that are letters of this entry: index in the entry, index in the stretch, length.
fn common(entry: &Deleted, fresh: &Fresh, now: &Now<'_>, open: &[bool]) -> Vec<(usize, usize, usize)> {
    if is_typed(entry, fresh) {
        return Vec::new();
    }
    let here = is_here(entry, fresh, now);
    let whole = entry.letters.units == fresh.letters.units && open.iter().all(|open| *open);
    let pasted = now.turn - entry.turn <= PASTED_WITHIN && entry.by.as_ref() == now.by;
    if whole && (here || pasted || entry.letters.len() >= ELSEWHERE) {
        return vec![(0, 0, entry.letters.len())];
    }
    let mut runs = ends(entry, fresh, open);
    if !runs.is_empty() {
        return runs;
    }
    let short = entry.letters.len().min(fresh.letters.len()) < ELSEWHERE;
    if short && !here {
        return Vec::new();
    }
    runs = self::runs(&entry.letters, &fresh.letters, open);
    runs.retain(|(.., len)| here || *len >= ELSEWHERE);
    runs
}

/// The common beginning and end of text that returns in part, between the same letters.
fn ends(entry: &Deleted, fresh: &Fresh, open: &[bool]) -> Vec<(usize, usize, usize)> {
    let (old, new) = (&entry.letters.units, &fresh.letters.units);
    let same = |a: Option<Id>, b: Option<Id>| a.is_some() && a == b;
    let mut runs = Vec::new();
    if open.iter().any(|open| !open) {
        return runs;
    }
    let mut head = 0;
    if same(entry.before, fresh.before) {
        head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    }
    let mut tail = 0;
    if same(entry.after, fresh.after) {
        let rest = old.len().min(new.len()) - head;
        tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    }
    if 4 * (head + tail) >= 3 * new.len() {
        runs.extend((head > 0).then_some((0, 0, head)));
        runs.extend((tail > 0).then_some((old.len() - tail, new.len() - tail, tail)));
    }
    runs
}

/// The common runs of whole words among the letters that are open.
fn runs(old: &Letters, new: &Letters, open: &[bool]) -> Vec<(usize, usize, usize)> {
    let mut runs: Vec<(usize, usize, usize)> = Vec::new();
    for (new, old) in align(old, new).iter().enumerate().filter(|(new, _)| open[*new]) {
        match (runs.last_mut(), old) {
            (Some((from, at, len)), Some(old)) if *from + *len == *old && *at + *len == new => *len += 1,
            (_, Some(old)) => runs.push((*old, new, 1)),
            (_, None) => {}
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str, client: u64) -> Letters {
        let units: Vec<u16> = text.encode_utf16().collect();
        let ids = (0..units.len() as u32).map(|clock| Id { client, clock });
        let mut letters = Letters::default();
        letters.push(&units, ids);
        letters
    }

    /// [LIMIT-17] [REV-6] A word from the middle of deleted text is found, but one transaction with many words does not
    /// search all deleted text for each of them.
    #[test]
    fn one_transaction_looks_through_a_bounded_amount() {
        let mut memory = Memory::default();
        let text = "the first of the words kivile and the last of them ".repeat(10);
        for client in 0..ENTRIES as u64 {
            let letters = letters(&text, client);
            memory.keep(Deleted { letters, before: None, after: None, turn: 1, at: 0, by: None });
        }
        let beside = Id { client: ENTRIES as u64 - 1, clock: 22 };
        let word = Fresh { at: 0, letters: letters("kivile", 10_000), before: Some(beside), after: None };
        let other = Fresh { letters: letters("dotana", 10_001), ..word.clone() };
        let origins = Origins::default();
        let now = Now::new(100, None, &origins);
        assert_eq!(memory.recall(&word, &now).len(), 6);
        let times = LOOKED_THROUGH / memory.letters;
        for _ in 0..=times {
            assert!(memory.recall(&other, &now).is_empty());
        }
        assert!(memory.recall(&word, &now).is_empty(), "it is looked for after all was spent");
        assert!(!now.may_compare(&memory));
    }
}
