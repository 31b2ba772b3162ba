//! A suggestion at its place in one text.

use super::edit::Edit;

/// A suggestion at its place in one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    pub(super) edit: Edit,
    /// The ranges that must stay as they are; `writes` is the range that changes. Both ends are included. The units of
    /// the plain text have odd numbers, and the places between them even numbers.
    pub(super) reads: Vec<(i64, i64)>,
    pub(super) writes: (i64, i64),
}

/// The units of a stretch of the plain text.
pub(super) fn units(from: usize, to: usize) -> (i64, i64) {
    if from < to { (2 * from as i64 + 1, 2 * to as i64 - 1) } else { (2 * from as i64, 2 * from as i64) }
}

impl Located {
    /// The stretch of the plain text that the suggestion changes.
    pub(super) fn taken(&self) -> std::ops::Range<u32> {
        let (from, to) = self.writes;
        let place = |at: i64| u32::try_from(at.max(0)).unwrap_or(u32::MAX);
        place(from / 2)..place(to / 2 + to.rem_euclid(2)).max(place(from / 2))
    }
}
