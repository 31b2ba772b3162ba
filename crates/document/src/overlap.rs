//! Whether two updates insert the same clocks. Two nodes that each let in other content for one client id
//! and clock would have equal state vectors and different text for ever.

use std::ops::Range;

use crate::refusal::Refusal;
use crate::update::{Kind, Update};

/// What a batch of updates inserts: `client -> clocks`, without those that it only skips.
///
/// # Errors
/// [`Refusal`] when one is malformed.
pub fn inserted<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<(u64, Range<u32>)>, Refusal> {
    let mut inserted: Vec<(u64, Range<u32>)> = Vec::new();
    for bytes in updates {
        let update = Update::parse(bytes)?;
        for section in &update.sections {
            for block in update.blocks_of(section).iter().filter(|block| block.kind != Kind::Skip) {
                match inserted.last_mut() {
                    Some((client, run)) if *client == section.client && run.end == block.clock => {
                        run.end = block.next_clock();
                    }
                    _ => inserted.push((section.client, block.clock..block.next_clock())),
                }
            }
        }
    }
    Ok(inserted)
}

/// Whether both insert a clock of the same client.
pub fn overlap(ours: &[(u64, Range<u32>)], theirs: &[(u64, Range<u32>)]) -> bool {
    let meet = |a: &Range<u32>, b: &Range<u32>| a.start < b.end && b.start < a.end;
    theirs.iter().any(|(client, theirs)| ours.iter().any(|(other, ours)| client == other && meet(ours, theirs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_clocks_of_the_same_client_overlap() {
        let ours = [(1, 0..5), (2, 10..12)];
        assert!(overlap(&ours, &[(1, 4..6)]) && overlap(&ours, &[(2, 0..20)]));
        assert!(!overlap(&ours, &[(1, 5..6), (2, 0..10), (3, 0..5)]) && !overlap(&ours, &[]));
    }
}
