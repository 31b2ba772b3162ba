//! Puts one block of the earlier text back into the later text.

use std::collections::HashSet;

use super::{Change, Comparison};
use crate::prose::tree::{Node, Prose};

impl Comparison {
    /// The later text with a block of the earlier text, counted from 0. The block replaces its changed form, or is
    /// inserted where it used to be. Content that was moved out of the block is removed from its new place, and content
    /// that was moved into the block returns to its old place. `None` when the block is unchanged, or does not exist.
    pub fn with_block(&self, block: usize) -> Option<Prose> {
        let is_before = |change: &&Change| !matches!(change, Change::Added(_) | Change::MovedTo { .. });
        let wanted = self.changes.iter().filter(is_before).nth(block)?;
        if matches!(wanted, Change::Same(_)) {
            return None;
        }
        let mut moved = Moved::default();
        moved.note(wanted);
        let node = |change: &Change| match std::ptr::eq(change, wanted) {
            true => change.before(),
            false => change.after_beside(&moved),
        };
        Some(Prose(self.changes.iter().filter_map(node).collect()))
    }
}

/// The numbers of the nodes that were moved out of a block, and into it.
#[derive(Default)]
struct Moved {
    out: HashSet<usize>,
    into: HashSet<usize>,
}

impl Moved {
    fn note(&mut self, change: &Change) {
        match change {
            Change::MovedFrom { number, .. } => drop(self.out.insert(*number)),
            Change::MovedTo { number, .. } => drop(self.into.insert(*number)),
            Change::Within { changes, .. } => changes.iter().for_each(|change| self.note(change)),
            _ => {}
        }
    }
}

impl Change {
    /// Like [`Change::after`], beside a block that is put back.
    fn after_beside(&self, moved: &Moved) -> Option<Node> {
        match self {
            Change::MovedTo { number, .. } if moved.out.contains(number) => None,
            Change::MovedFrom { number, .. } if moved.into.contains(number) => self.before(),
            Change::Within { after, changes, .. } if !moved.out.is_empty() || !moved.into.is_empty() => {
                Some(after.with(changes.iter().filter_map(|change| change.after_beside(moved)).collect()))
            }
            other => other.after(),
        }
    }
}
