//! Detects updates that insert the same clocks. If two nodes admitted different content for one client id and clock,
//! they would have equal state vectors and different text for ever.

use std::ops::Range;

use crate::update::{Block, Kind, Update, any_offset};
use crate::{lib0::Reader, refusal::Refusal};

/// The clocks that a batch of updates inserts, by client, without skipped ones.
///
/// # Errors
/// [`Refusal`] when an update is malformed.
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

/// Whether both insert the same clock of the same client.
pub fn overlap(ours: &[(u64, Range<u32>)], theirs: &[(u64, Range<u32>)]) -> bool {
    let meet = |a: &Range<u32>, b: &Range<u32>| a.start < b.end && b.start < a.end;
    theirs.iter().any(|(client, theirs)| ours.iter().any(|(other, ours)| client == other && meet(ours, theirs)))
}

/// Whether two updates have different content for a clock that both insert. Content that was deleted in one of the
/// updates does not count.
///
/// # Errors
/// [`Refusal`] when one is malformed.
pub fn contradict(ours: &[u8], theirs: &[u8]) -> Result<bool, Refusal> {
    let (ours, theirs) = (Update::parse(ours)?, Update::parse(theirs)?);
    for section in &ours.sections {
        let same_client = theirs.sections.iter().filter(|other| other.client == section.client);
        for other in same_client {
            for block in ours.blocks_of(section) {
                for counterpart in theirs.blocks_of(other) {
                    let shared = block.clock.max(counterpart.clock)..block.next_clock().min(counterpart.next_clock());
                    if shared.start < shared.end
                        && !agree(content(&ours, block, &shared)?, content(&theirs, counterpart, &shared)?)
                    {
                        return Ok(true);
                    }
                }
            }
        }
    }
    Ok(false)
}

/// The content of a run of clocks.
#[derive(PartialEq)]
enum Content<'a> {
    /// Deleted, collected, or skipped.
    Nothing,
    Text(Vec<u16>),
    Bytes(Kind, &'a [u8]),
}

fn agree(ours: Content<'_>, theirs: Content<'_>) -> bool {
    ours == Content::Nothing || theirs == Content::Nothing || ours == theirs
}

fn content<'a>(update: &Update<'a>, block: &Block, clocks: &Range<u32>) -> Result<Content<'a>, Refusal> {
    let bytes = &update.bytes[block.content as usize..block.end as usize];
    let (skip, end) = (clocks.start - block.clock, clocks.end - block.clock);
    Ok(match block.kind {
        Kind::Gc | Kind::Skip | Kind::Deleted => Content::Nothing,
        Kind::Text => {
            let units = Reader::new(bytes).string()?.encode_utf16();
            Content::Text(units.skip(skip as usize).take((end - skip) as usize).collect())
        }
        Kind::Any => Content::Bytes(Kind::Any, &bytes[any_offset(bytes, skip)?..any_offset(bytes, end)?]),
        kind => Content::Bytes(kind, bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use yrs::{Array, Doc, ReadTxn, StateVector, Text, Transact, WriteTxn};

    fn typed(client: u64, words: &[&str]) -> Vec<u8> {
        let doc = Doc::with_client_id(client);
        let mut txn = doc.transact_mut();
        let text = txn.get_or_insert_text("text");
        words.iter().for_each(|word| text.push(&mut txn, word));
        let list = txn.get_or_insert_array("list");
        for word in words {
            list.push_back(&mut txn, *word);
        }
        txn.encode_diff_v1(&StateVector::default())
    }

    #[test]
    fn the_same_clocks_may_have_equal_or_different_content() {
        let said = typed(5, &["one ", "two"]);
        assert_eq!(contradict(&said, &typed(5, &["one ", "two"])), Ok(false));
        assert_eq!(contradict(&said, &typed(5, &["one ", "tWo"])), Ok(true));
        assert_eq!(contradict(&said, &typed(6, &["one ", "tWo"])), Ok(false), "another client's clocks");
        assert_eq!(contradict(&said, &typed(5, &["one "])), Ok(true), "its list is where the other text continues");
        assert!(overlap(&inserted([&*said]).expect("sound"), &inserted([&*said]).expect("sound")));
    }

    #[test]
    fn only_the_same_clocks_of_the_same_client_overlap() {
        let ours = [(1, 0..5), (2, 10..12)];
        assert!(overlap(&ours, &[(1, 4..6)]) && overlap(&ours, &[(2, 0..20)]));
        assert!(!overlap(&ours, &[(1, 5..6), (2, 0..10), (3, 0..5)]) && !overlap(&ours, &[]));
    }
}
