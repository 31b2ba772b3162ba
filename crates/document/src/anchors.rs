//! Anchors: passages that stay in place while others type, stored as two Yjs relative positions.
//!
//! Offsets are UTF-16 code units in the plain text of the document, [`Prose::to_text`](crate::prose::Prose::to_text),
//! so that a program without Yjs can count them.

use bytes::Bytes;
use yrs::{Assoc, IndexedSequence, ReadTxn, StickyIndex, Text, TextRef, Transact};

use crate::document::Document;
use crate::prose::Draft;
pub use crate::stored_anchor::{Anchor, AnchorError, Position};
use crate::text_map::{Piece, TextMap, units};

/// The current place of a passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The offset of its first unit; `to` is the offset after its last unit.
    pub from: u32,
    pub to: u32,
    /// Index of the top-level block in which it begins.
    pub block: u32,
    pub quote: String,
}

/// A replaced passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The edit, a v1 update.
    pub update: Bytes,
    /// The anchor of the new text; `None` when the passage was deleted.
    pub anchor: Option<Anchor>,
}

impl Document {
    /// The current places of passages, in the given order; `None` for a passage whose text is gone.
    pub fn places(&self, anchors: &[Anchor]) -> Vec<Option<Place>> {
        let txn = self.doc().transact();
        let map = TextMap::read(&txn);
        anchors.iter().map(|anchor| map.place(&txn, anchor).ok()).collect()
    }

    /// The place of a passage that is about to be marked.
    ///
    /// # Errors
    /// [`AnchorError`].
    pub fn place(&self, anchor: &Anchor) -> Result<Place, AnchorError> {
        let txn = self.doc().transact();
        TextMap::read(&txn).place(&txn, anchor)
    }

    /// Marks the passage between two offsets.
    ///
    /// # Errors
    /// [`AnchorError::Empty`] when there is no text between them.
    pub fn anchor(&self, from: u32, to: u32) -> Result<Anchor, AnchorError> {
        let txn = self.doc().transact();
        TextMap::read(&txn).anchor(&txn, from, to)
    }

    /// Marks several passages, in the given order.
    ///
    /// # Errors
    /// As [`Document::anchor`], when one of the passages has no text.
    pub fn anchors(&self, places: &[(u32, u32)]) -> Result<Vec<Anchor>, AnchorError> {
        let txn = self.doc().transact();
        let map = TextMap::read(&txn);
        places.iter().map(|(from, to)| map.anchor(&txn, *from, *to)).collect()
    }

    /// Like [`Document::anchors`], with `None` for a passage without text.
    pub fn known_anchors(&self, places: &[(u32, u32)]) -> Vec<Option<Anchor>> {
        let txn = self.doc().transact();
        let map = TextMap::read(&txn);
        places.iter().map(|(from, to)| map.anchor(&txn, *from, *to).ok()).collect()
    }

    /// The edges of a passage: an anchor that includes the passage and everything that is inserted next to it later, up
    /// to the characters that are its neighbours now.
    ///
    /// # Errors
    /// [`AnchorError`], as for the passage itself.
    pub fn edges(&self, anchor: &Anchor) -> Result<Anchor, AnchorError> {
        let txn = self.doc().transact();
        let map = TextMap::read(&txn);
        let place = map.place(&txn, anchor)?;
        map.edges(&txn, &place)
    }
}

impl Draft {
    /// Replaces a passage in one paragraph with `words`, as the smallest edit. The new text gets the formatting of the
    /// first character. The passage must read `quote`, and there must be no other text between its `edges`.
    ///
    /// # Errors
    /// [`AnchorError`]. After an error, nothing was edited.
    pub fn replace(
        &mut self,
        anchor: &Anchor,
        edges: Option<&Anchor>,
        quote: &str,
        words: &str,
    ) -> Result<Replaced, AnchorError> {
        let doc = self.document().doc();
        let (text, at, attributes) = {
            let txn = doc.transact();
            let map = TextMap::read(&txn);
            let place = map.place(&txn, anchor)?;
            let between = edges.map(|edges| map.place(&txn, edges)).transpose()?;
            if place.quote != quote || between.is_some_and(|between| between.quote != quote) {
                return Err(AnchorError::Changed);
            }
            let piece = map.piece_with(place.from, place.to).ok_or(AnchorError::NotOneText)?;
            let at = piece.at + place.from - piece.start;
            (TextRef::from(piece.branch), at, piece.attributes.clone())
        };
        let (before, after) = common(quote, words);
        let old = units(quote) - before - after;
        let new: Vec<u16> = words.encode_utf16().skip(before as usize).collect();
        let new = String::from_utf16_lossy(&new[..new.len() - after as usize]);
        let mut txn = doc.transact_mut();
        if !new.is_empty() {
            text.insert_with_attributes(&mut txn, at + before, &new, attributes);
        }
        if old > 0 {
            text.remove_range(&mut txn, at + before + units(&new), old);
        }
        let update = Bytes::from(txn.encode_update_v1());
        let anchor = (!words.is_empty()).then(|| anchor_in(&txn, &text, at, at + units(words))).flatten();
        Ok(Replaced { update, anchor })
    }
}

/// Lengths of the common prefix and suffix of two texts, in UTF-16 units, cut between characters.
fn common(a: &str, b: &str) -> (u32, u32) {
    let before: usize = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (rest_a, rest_b) = (&a[before..], &b[before..]);
    let same = rest_a.chars().rev().zip(rest_b.chars().rev()).take_while(|(a, b)| a == b);
    (units(&a[..before]), same.map(|(a, _)| a.len_utf16() as u32).sum())
}

fn anchor_in<T: ReadTxn>(txn: &T, text: &TextRef, from: u32, to: u32) -> Option<Anchor> {
    // Text that is typed at the edges is outside the passage.
    let start = text.sticky_index(txn, from, Assoc::After)?;
    let end = text.sticky_index(txn, to, Assoc::Before)?;
    Some(Anchor { start: Position::of(&start), end: Position::of(&end) })
}

impl TextMap {
    fn place<T: ReadTxn>(&self, txn: &T, anchor: &Anchor) -> Result<Place, AnchorError> {
        let (start, end) = (anchor.start.sticky(&self.vector)?, anchor.end.sticky(&self.vector)?);
        let (start, end) = (self.offset(txn, &start), self.offset(txn, &end));
        let (mut from, mut to) = start.zip(end).ok_or(AnchorError::Empty)?;
        // A break between two blocks at an end of the passage does not belong to the passage.
        let is_break = |at: u32| self.text.get(at as usize) == Some(&u16::from(b'\n'));
        while from < to && is_break(from) {
            from += 1;
        }
        while from < to && is_break(to - 1) {
            to -= 1;
        }
        if from >= to {
            return Err(AnchorError::Empty);
        }
        let quote = String::from_utf16_lossy(self.text.get(from as usize..to as usize).ok_or(AnchorError::Empty)?);
        let block = self.pieces.iter().take_while(|piece| piece.start <= from).last().map_or(0, |piece| piece.block);
        Ok(Place { from, to, block, quote })
    }

    fn offset<T: ReadTxn>(&self, txn: &T, position: &StickyIndex) -> Option<u32> {
        let found = position.get_offset(txn)?;
        let pieces = self.by_branch.get(&found.branch.id())?;
        let piece =
            pieces.iter().map(|index| &self.pieces[*index]).take_while(|piece| piece.at <= found.index).last()?;
        Some(piece.start + (found.index - piece.at).min(piece.len))
    }

    fn anchor<T: ReadTxn>(&self, txn: &T, from: u32, to: u32) -> Result<Anchor, AnchorError> {
        // Line breaks are between the pieces: a passage begins and ends in text.
        let first = self.pieces.iter().find(|piece| piece.len > 0 && from < piece.start + piece.len);
        let last = self.pieces.iter().rev().find(|piece| piece.len > 0 && piece.start < to);
        let (first, last) = first.zip(last).filter(|_| from < to).ok_or(AnchorError::Empty)?;
        if to > self.text.len() as u32 {
            return Err(AnchorError::Empty);
        }
        let index = |piece: &Piece, offset: u32| piece.at + offset.saturating_sub(piece.start).min(piece.len);
        let start = TextRef::from(first.branch).sticky_index(txn, index(first, from), Assoc::After);
        let end = TextRef::from(last.branch).sticky_index(txn, index(last, to), Assoc::Before);
        let (start, end) = start.zip(end).ok_or(AnchorError::Empty)?;
        let anchor = Anchor { start: Position::of(&start), end: Position::of(&end) };
        self.place(txn, &anchor).map(|_| anchor)
    }

    /// Like `anchor`, but bound to the neighbours of the passage: to the character before it and the character after
    /// it.
    fn edges<T: ReadTxn>(&self, txn: &T, place: &Place) -> Result<Anchor, AnchorError> {
        let holds = |piece: &&Piece, at: u32| piece.len > 0 && piece.start <= at && at < piece.start + piece.len;
        let first = self.pieces.iter().find(|piece| holds(piece, place.from)).ok_or(AnchorError::Empty)?;
        let last = self.pieces.iter().find(|piece| holds(piece, place.to - 1)).ok_or(AnchorError::Empty)?;
        let start = TextRef::from(first.branch).sticky_index(txn, first.at + place.from - first.start, Assoc::Before);
        let behind = TextRef::from(last.branch);
        let end = behind
            .sticky_index(txn, last.at + place.to - last.start, Assoc::After)
            // There is no character after the last one of a text.
            .unwrap_or_else(|| StickyIndex::from_type(txn, &behind, Assoc::After));
        let start = start.ok_or(AnchorError::Empty)?;
        Ok(Anchor { start: Position::of(&start), end: Position::of(&end) })
    }

    /// The text that contains a whole passage. If the formatting changes within the passage, the stretch in which the
    /// passage begins.
    fn piece_with(&self, from: u32, to: u32) -> Option<&Piece> {
        let holds = |piece: &&Piece, at: u32| piece.len > 0 && piece.start <= at && at < piece.start + piece.len;
        let first = self.pieces.iter().find(|piece| holds(piece, from))?;
        let last = self.pieces.iter().find(|piece| holds(piece, to - 1))?;
        let together = first.branch.id() == last.branch.id() && last.at - first.at == last.start - first.start;
        together.then_some(first)
    }
}
