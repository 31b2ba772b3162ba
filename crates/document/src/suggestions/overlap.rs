//! Which suggestions exclude each other: both would change the same place, or one would change what the other is found
//! by. Of two that overlap, the second cannot be accepted any more.

use super::edit::Edit;
use super::located::Located;

impl Located {
    /// Whether accepting one of the two takes away the place of the other.
    pub fn overlaps(&self, other: &Located) -> bool {
        let formats_a_kind = matches!((&self.edit, &other.edit), (Edit::Marks { .. }, Edit::Kind { .. }));
        let kind_is_formatted = matches!((&self.edit, &other.edit), (Edit::Kind { .. }, Edit::Marks { .. }));
        if formats_a_kind || kind_is_formatted {
            return false;
        }
        let same_place = match (self.blocks(), other.blocks()) {
            (Some((parent, blocks)), Some((same, others))) if parent == same => meet(blocks, others),
            // One adds to the end of a list or a table, and the other adds after it.
            (Some((_, (from, to))), Some((_, (begin, end)))) if from == to && begin == end => false,
            _ => meet(self.writes, other.writes),
        };
        same_place
            || self.takes_words_of(other)
            || other.takes_words_of(self)
            || self.ends_block_of(other)
            || other.ends_block_of(self)
    }

    /// Whether one joins a line to the line before it, while the other makes that line another kind of block.
    fn ends_block_of(&self, other: &Located) -> bool {
        // From the break between the lines to the place before the first letter.
        let is_next = self.writes.0 + 1 == other.writes.0;
        is_next && matches!((&self.edit, &other.edit), (Edit::Join { .. }, Edit::Kind { .. }))
    }

    /// Blocks without lines, which have no numbers of their own: their parent, the first, and the one after the last.
    fn blocks(&self) -> Option<(&[usize], (i64, i64))> {
        match &self.edit {
            Edit::Blocks { parent, index, removes, .. } if self.writes.0 == self.writes.1 => {
                Some((parent, (*index as i64, (index + removes) as i64)))
            }
            _ => None,
        }
    }

    /// From the end of the text to its beginning; among changes in one place, the innermost first, because the others
    /// would move it.
    pub(super) fn order(&self) -> impl Ord + use<> {
        std::cmp::Reverse((self.writes, self.blocks().map(|(parent, blocks)| (parent.len(), blocks))))
    }

    fn takes_words_of(&self, other: &Located) -> bool {
        let changes_letters = !matches!(self.edit, Edit::Marks { .. } | Edit::Kind { .. });
        changes_letters && other.reads.iter().any(|read| meet(self.writes, *read))
    }
}

fn meet(a: (i64, i64), b: (i64, i64)) -> bool {
    a.0.max(b.0) <= a.1.min(b.1)
}

/// The pairs that overlap, as indexes, in time proportional to their number: of two, the first in the list comes first.
pub fn overlapping(all: &[Located]) -> Vec<(usize, usize)> {
    // Compares the whole stretch that each reads or writes.
    let extent = |one: &Located| {
        let ends = one.reads.iter().chain([&one.writes]);
        ends.fold((i64::MAX, i64::MIN), |all, one| (all.0.min(one.0), all.1.max(one.1)))
    };
    let ordered = |(at, one): (usize, &Located)| {
        let (from, to) = extent(one);
        (from, to, at)
    };
    let mut order: Vec<(i64, i64, usize)> = all.iter().enumerate().map(ordered).collect();
    order.sort_unstable();
    let mut open: Vec<(i64, usize)> = Vec::new();
    let mut pairs = Vec::new();
    for (from, to, at) in order {
        open.retain(|(end, _)| *end >= from);
        let met = open.iter().filter(|(_, other)| all[at].overlaps(&all[*other]));
        pairs.extend(met.map(|(_, other)| (at.min(*other), at.max(*other))));
        open.push((to, at));
    }
    pairs.sort_unstable();
    pairs
}

/// The suggestions that a suggester's view shows, as indexes: of those that overlap, the last in the list, which is what
/// the suggester did last.
pub fn shown_together(all: &[Located]) -> Vec<usize> {
    let pairs = overlapping(all);
    let mut shown = vec![true; all.len()];
    for at in (0..all.len()).rev() {
        if shown[at] {
            pairs.iter().filter(|(_, later)| *later == at).for_each(|(earlier, _)| shown[*earlier] = false);
        }
    }
    (0..all.len()).filter(|at| shown[*at]).collect()
}

/// The suggestions that a suggester's view would show although the suggester's content does not contain them, as
/// indexes: they were hidden by others, which are now gone or in another place. `is_said` has for each whether it is
/// part of the suggester's content.
pub fn returning(all: &[Located], is_said: &[bool]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..all.len()).collect();
    let mut returning = Vec::new();
    loop {
        let located: Vec<Located> = left.iter().map(|at| all[*at].clone()).collect();
        let shown: Vec<usize> = shown_together(&located).into_iter().map(|at| left[at]).collect();
        let back: Vec<usize> = shown.into_iter().filter(|at| !is_said[*at]).collect();
        if back.is_empty() {
            returning.sort_unstable();
            return returning;
        }
        left.retain(|at| !back.contains(at));
        returning.extend(back);
    }
}

pub(super) fn any_two(all: &[Located]) -> bool {
    !overlapping(all).is_empty()
}
