//! Finds suggestions that exclude each other: both would change the same place, or one would change the words by which
//! the other is found. After one of two overlapping suggestions was accepted, the other can no longer be accepted.

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
            // One suggestion adds to the end of a list or a table, and the other adds after the list or table.
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
        // The join writes the break between the lines, and the other suggestion writes from the next place on.
        let is_next = self.writes.0 + 1 == other.writes.0;
        is_next && matches!((&self.edit, &other.edit), (Edit::Join { .. }, Edit::Kind { .. }))
    }

    /// The parent and the indexes (from, to) of changed blocks without lines, which have no numbers of their own.
    fn blocks(&self) -> Option<(&[usize], (i64, i64))> {
        match &self.edit {
            Edit::Blocks { parent, index, removes, .. } if self.writes.0 == self.writes.1 => {
                Some((parent, (*index as i64, (index + removes) as i64)))
            }
            _ => None,
        }
    }

    /// The order in which changes are made: from the end of the text to its beginning. Of several changes in one place,
    /// the innermost is made first, because the others would move it.
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

/// The pairs of suggestions that overlap, as indexes with the smaller one first, in time proportional to the number of
/// pairs.
pub fn overlapping(all: &[Located]) -> Vec<(usize, usize)> {
    // First compare the whole stretches that the suggestions read or write.
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

/// The suggestions that a suggester's view shows, as indexes. If several overlap, only the last in the list is shown,
/// because it is the one that the suggester made last.
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
/// indexes. They were hidden by others, which are now gone or in another place. `is_said` states for each suggestion
/// whether it is part of the suggester's content.
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
