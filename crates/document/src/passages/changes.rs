//! What a transaction did to the letters of a document: which letters stayed or moved, which were deleted, and which
//! are new. An id that still exists proves nothing, because editors keep common first and last letters when they
//! rewrite a text, so that ids end up in other words. Therefore the texts are matched first, and ids only where the
//! texts leave a choice.

use std::collections::HashMap;

use yrs::TransactionMut;

use super::align::{Letters, align, is_letter};
use super::lines::{Changed, Line, Lines};
use super::memory::Fresh;
use super::origins::Origins;
use crate::update::Id;

/// The changed lines before and after a transaction.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) old: Letters,
    pub(crate) old_lines: Vec<Id>,
    pub(crate) new: Letters,
    pub(crate) new_lines: Vec<Id>,
    /// For each new letter, the old letter that it is the same as.
    pub(crate) from: Vec<Option<usize>>,
    /// For each old letter, the new letter that it is the same as.
    pub(crate) to: Vec<Option<usize>>,
    /// Pairs of ids of new letters. The first letter counts as inserted under the id of the second.
    pub(crate) inserted_as: Vec<(Id, Id)>,
    /// The lines around the change, before it.
    before: Line,
    after: Line,
}

impl Change {
    /// `begins` returns whether a passage begins with a letter.
    pub(crate) fn new(
        changed: Changed,
        lines: &Lines,
        txn: &TransactionMut<'_>,
        origins: &Origins,
        begins: impl Fn(Id) -> bool,
    ) -> Change {
        let mut change = Change { before: changed.before, after: changed.after, ..Change::default() };
        for (id, line) in &changed.old {
            change.old.push(&line.units, line.ids());
            change.old_lines.push(*id);
        }
        for id in changed.new {
            if let Some(line) = lines.get(id) {
                change.new.push(&line.units, line.ids());
                change.new_lines.push(id);
            }
        }
        let deletes = !txn.delete_set().is_empty();
        change.from = if deletes { align(&change.old, &change.new) } else { vec![None; change.new.len()] };
        change.to = vec![None; change.old.len()];
        for (new, old) in change.from.iter().enumerate() {
            if let Some(old) = old {
                change.to[*old] = Some(new);
            }
        }
        change.keep_the_living(txn);
        if !deletes {
            change.put_before_words(origins, begins);
        }
        change
    }

    /// Editors keep the common first letters of a text: `k` before `kit` arrives as a second letter of `kkit`. Text
    /// that could as well have been inserted before a word or a passage counts as inserted there; so does a letter that
    /// continues the text that its client has just typed before them.
    fn put_before_words(&mut self, origins: &Origins, begins: impl Fn(Id) -> bool) {
        for (from, to) in self.fresh() {
            let units = &self.new.units;
            let most = (0..from).take_while(|step| units[from - 1 - step] == units[to - 1 - step]).count();
            let starts_line = |at: usize| self.new.starts.binary_search(&at).is_ok();
            let most = (0..most).take_while(|step| !starts_line(from - step)).count();
            // A whole word before the new text stays where it is.
            if !units.get(to).is_some_and(|unit| is_letter(*unit)) || starts_line(to) {
                continue;
            }
            let edge = |at: usize| self.new.is_edge(at) || begins(self.new.ids[at]);
            let first = self.new.ids[from];
            let goes_on = |at: usize| {
                let before = at.checked_sub(1).map(|before| origins.of(self.new.ids[before]));
                before.is_some_and(|id| id.client == first.client && id.clock + 1 == first.clock)
            };
            let shift = (0..=most).find(|shift| goes_on(from - shift));
            let shift = shift.or_else(|| (0..=most).find(|shift| edge(from - shift)));
            let Some(shift) = shift.filter(|shift| *shift > 0) else {
                continue;
            };
            let ids = &self.new.ids;
            self.inserted_as.extend((from..to).map(|at| (ids[at - shift], ids[at])));
            for step in 0..shift {
                let old = self.from[from - 1 - step].take();
                self.from[to - 1 - step] = old;
                if let Some(old) = old {
                    self.to[old] = Some(to - 1 - step);
                }
            }
        }
    }

    /// Matches the remaining letters that are in both texts with the same id.
    fn keep_the_living(&mut self, txn: &TransactionMut<'_>) {
        let open: Vec<usize> = (0..self.to.len()).filter(|old| self.to[*old].is_none()).collect();
        if open.is_empty() {
            return;
        }
        let old: HashMap<Id, usize> = open.into_iter().map(|old| (self.old.ids[old], old)).collect();
        for new in 0..self.from.len() {
            if self.from[new].is_none()
                && let Some(old) = old.get(&self.new.ids[new])
            {
                self.from[new] = Some(*old);
                self.to[*old] = Some(new);
            }
        }
        debug_assert!(txn.insert_set().is_empty() || !self.new.units.is_empty() || !self.old.units.is_empty());
    }

    /// The ranges of letters that are gone: from, to.
    pub(crate) fn gone(&self) -> Vec<(usize, usize)> {
        stretches(self.to.len(), |at| self.to[at].is_none())
    }

    /// The ranges of letters that now have other ids: from, to.
    pub(crate) fn moved_away(&self) -> Vec<(usize, usize)> {
        stretches(self.to.len(), |at| self.to[at].is_some_and(|to| self.new.ids[to] != self.old.ids[at]))
    }

    /// The ranges of letters that are new: from, to.
    pub(crate) fn fresh(&self) -> Vec<(usize, usize)> {
        stretches(self.from.len(), |at| self.from[at].is_none())
    }

    /// Stretches of several new words between which only white space and punctuation stayed. They occur where a text is
    /// replaced as a whole, because its words are compared one by one and the spaces between them match.
    pub(crate) fn fresh_words(&self) -> Vec<(usize, usize)> {
        let mut grouped: Vec<(usize, usize)> = Vec::new();
        let mut several = Vec::new();
        for (from, to) in self.fresh() {
            match grouped.last_mut() {
                Some((_, end)) if !self.new.units[*end..from].iter().any(|unit| is_letter(*unit)) => {
                    *end = to;
                    several.push(grouped.len() - 1);
                }
                _ => grouped.push((from, to)),
            }
        }
        several.dedup();
        several.into_iter().map(|at| grouped[at]).collect()
    }

    /// The neighbouring letters of a stretch of the old text, by the ids under which they were first written.
    pub(crate) fn beside_old(&self, origins: &Origins, (from, to): (usize, usize)) -> (Option<Id>, Option<Id>) {
        let before = from.checked_sub(1).map(|at| self.old.ids[at]).or_else(|| last(&self.before));
        let after = self.old.ids.get(to).copied().or_else(|| self.after.id(0));
        (before.map(|id| origins.of(id)), after.map(|id| origins.of(id)))
    }

    /// The neighbouring letters of a stretch of the new text, by the ids under which they were first written.
    pub(crate) fn beside_new(
        &self,
        origins: &Origins,
        lines: &Lines,
        (from, to): (usize, usize),
    ) -> (Option<Id>, Option<Id>) {
        let edge = |line: Option<&Id>, step: isize| {
            let at = lines.index(*line?)?.checked_add_signed(step)?;
            let (_, line) = lines.at(at)?;
            if step < 0 { last(line) } else { line.id(0) }
        };
        let before = from.checked_sub(1).map(|at| self.new.ids[at]).or_else(|| edge(self.new_lines.first(), -1));
        let after = self.new.ids.get(to).copied().or_else(|| edge(self.new_lines.last(), 1));
        (before.map(|id| origins.of(id)), after.map(|id| origins.of(id)))
    }

    /// A stretch of new letters.
    pub(crate) fn stretch(&self, origins: &Origins, lines: &Lines, (from, to): (usize, usize)) -> Fresh {
        let (before, after) = self.beside_new(origins, lines, (from, to));
        Fresh { at: from, letters: cut(&self.new, from, to), before, after }
    }

    /// The line of a new letter, and its place in the line.
    pub(crate) fn place(&self, at: usize) -> Option<(Id, usize)> {
        let line = self.new.starts.partition_point(|start| *start <= at).checked_sub(1)?;
        Some((self.new_lines[line], at - self.new.starts[line]))
    }

    /// The letters around a stretch of the old text.
    pub(crate) fn around_old(&self, from: usize, to: usize, most: usize) -> (Vec<u16>, Vec<u16>) {
        let mut before: Vec<u16> = self.old.units[..from].iter().rev().take(most).copied().collect();
        let left = most - before.len();
        before.extend(self.before.units.iter().rev().take(left));
        before.reverse();
        let mut after: Vec<u16> = self.old.units[to..].iter().take(most).copied().collect();
        let left = most - after.len();
        after.extend(self.after.units.iter().take(left));
        (before, after)
    }
}

/// Some letters of a text.
pub(crate) fn cut(letters: &Letters, from: usize, to: usize) -> Letters {
    let inside = |start: &&usize| (from + 1..to).contains(*start);
    let starts = std::iter::once(0).chain(letters.starts.iter().filter(inside).map(|start| start - from));
    Letters { units: letters.units[from..to].to_vec(), ids: letters.ids[from..to].to_vec(), starts: starts.collect() }
}

fn last(line: &Line) -> Option<Id> {
    line.id(line.units.len().checked_sub(1)?)
}

fn stretches(len: usize, holds: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for at in (0..len).filter(|at| holds(*at)) {
        match stretches.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => stretches.push((at, at + 1)),
        }
    }
    stretches
}
