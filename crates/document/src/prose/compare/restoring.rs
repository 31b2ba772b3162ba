//! One block of the earlier text put back into the later one.

use super::{Change, Comparison};
use crate::prose::tree::{Node, Prose};

impl Comparison {
    /// The later text with a block of the earlier one, counted from 0: in place of what it became, or where it stood. `None`
    /// when it is there as it was, or there is no such block.
    pub fn with_block(&self, block: usize) -> Option<Prose> {
        let is_before = |change: &&Change| !matches!(change, Change::Added(_) | Change::MovedTo { .. });
        let wanted = self.changes.iter().filter(is_before).nth(block)?;
        let number = match wanted {
            Change::Same(_) => return None,
            // It leaves the place where it stands now.
            Change::MovedFrom { number, .. } => Some(*number),
            _ => None,
        };
        let node = |change: &Change| match std::ptr::eq(change, wanted) {
            true => change.before(),
            false => change.after_without(number),
        };
        Some(Prose(self.changes.iter().filter_map(node).collect()))
    }
}

impl Change {
    /// As [`Change::after`], without the node that was moved here under this number.
    fn after_without(&self, number: Option<usize>) -> Option<Node> {
        match self {
            Change::MovedTo { number: moved, .. } if Some(*moved) == number => None,
            Change::Within { after, changes, .. } if number.is_some() => {
                Some(after.with(changes.iter().filter_map(|change| change.after_without(number)).collect()))
            }
            other => other.after(),
        }
    }
}
