//! Compares two texts.

use super::{Comparison, moves, pairing};
use crate::prose::tree::Prose;

impl Prose {
    /// The changes from this text to `later`.
    pub fn compare(&self, later: &Prose) -> Comparison {
        let changes = moves::found(pairing::siblings(&self.0, &later.0));
        let (mut words_added, mut words_removed) = (0, 0);
        changes.iter().for_each(|change| change.count(&mut words_added, &mut words_removed));
        Comparison { changes, words_added, words_removed, only: None }
    }
}
