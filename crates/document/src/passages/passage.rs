//! One passage, and the places of its letters after a transaction.

use std::collections::HashMap;

use super::align::is_letter;
use super::changes::Change;
use super::search::Around;
use crate::update::Id;

/// Most surroundings of a passage that are remembered, besides the first.
const PLACES: usize = 5;

#[derive(Clone, Debug)]
pub(crate) struct Passage {
    /// The current or last words of the passage; `letters` are their ids.
    pub(crate) text: Vec<u16>,
    pub(crate) letters: Vec<Id>,
    /// The lines that contain the passage.
    pub(crate) lines: Vec<Id>,
    /// The text around the passage when it was marked, and most recently.
    pub(crate) around: Vec<Around>,
    /// The number of copies of its words that were left when the passage was lost; `None` while it is in the text.
    pub(crate) lost: Option<usize>,
    /// The first and the last letter in the last report.
    pub(crate) reported: Option<(Id, Id)>,
}

impl Passage {
    pub(crate) fn remember(&mut self, around: Around) {
        if self.around.contains(&around) {
            return;
        }
        if self.around.len() > PLACES {
            self.around.remove(1);
        }
        self.around.push(around);
    }

    /// The place of the passage after a change, as a range of the new letters. `places` are the places of its letters.
    pub(crate) fn locate(&self, change: &Change, places: &[Option<usize>]) -> Option<(usize, usize)> {
        self.as_it_read(change, places).or_else(|| self.survivors(places))
    }

    /// The place where the passage reads as before, if at least half of its letters are there.
    fn as_it_read(&self, change: &Change, places: &[Option<usize>]) -> Option<(usize, usize)> {
        let mut votes: HashMap<usize, usize> = HashMap::new();
        for (offset, place) in places.iter().enumerate() {
            if let Some(start) = place.and_then(|place| place.checked_sub(offset)) {
                *votes.entry(start).or_default() += 1;
            }
        }
        let (start, votes) = votes.into_iter().max_by_key(|(start, votes)| (*votes, usize::MAX - start))?;
        let end = start + self.text.len();
        let reads = change.new.units.get(start..end)? == self.text.as_slice();
        let whole = |edge: usize, at: usize| {
            // The edge must be an edge of a word, unless the passage has no letter there, or all of its letters are in
            // this place.
            let is_no_letter = self.text.get(at).is_some_and(|unit| !is_letter(*unit));
            is_no_letter || change.new.is_edge(edge) || votes == self.text.len()
        };
        let is_whole = whole(start, 0) && whole(end, self.text.len().saturating_sub(1));
        (reads && is_whole && 2 * votes >= self.text.len()).then_some((start, end))
    }

    /// The place of the letters that are left, if enough of them are left in their order.
    fn survivors(&self, places: &[Option<usize>]) -> Option<(usize, usize)> {
        let mut run: Vec<(usize, usize)> = Vec::new();
        for (offset, place) in places.iter().enumerate() {
            if let Some(place) = place
                && run.last().is_none_or(|(_, last)| last < place)
            {
                run.push((offset, *place));
            }
        }
        let (first, last) = (run.first()?.1, run.last()?.1);
        let near = last - first < 2 * self.text.len() + MOST_INSIDE;
        let most = 3 * run.len() >= 2 * self.text.len();
        (near && (most || self.whole_words(&run) >= A_WORD)).then_some((first, last + 1))
    }

    /// The number of letters in words that survived entirely, without anything written in them.
    fn whole_words(&self, run: &[(usize, usize)]) -> usize {
        let places: HashMap<usize, usize> = run.iter().copied().collect();
        let words = self.text.split(|unit| !is_letter(*unit));
        let (mut at, mut left, mut count) = (0, 0, 0);
        for word in words {
            count += usize::from(!word.is_empty());
            let survived = |offset: usize| {
                let place = places.get(&offset)?;
                let next = places.get(&(offset + 1));
                (offset + 1 == at + word.len() || next == Some(&(place + 1))).then_some(())
            };
            if (at..at + word.len()).all(|offset| survived(offset).is_some()) {
                left += word.len();
            }
            at += word.len() + 1;
        }
        if count > 1 { left } else { 0 }
    }
}

/// The fewest letters of surviving whole words that prove the place of a passage of which less than two thirds is left.
const A_WORD: usize = 3;
/// Most letters that may be written into a passage in one transaction.
const MOST_INSIDE: usize = 2_000;
