//! Finds a suggestion in the current text, and checks that the place still reads as before. Each kind of change has its
//! own check, which refuses a suggestion that would garble the text, but not because of edits beside it.

use super::base::Base;
use super::edit::Edit;
use super::located::{Located, units};
use super::outline::{Spot, ends};
use super::row::{Change, Place, Refused, Side, Suggestion};
use crate::prose::Prose;

/// From this length on, words that are in the text only once count as the words of a lost passage. The tracker of
/// passages keeps the author of returning text from the same length on.
pub(super) const NO_COINCIDENCE: usize = 12;

impl Base {
    /// Finds a suggestion. `places` are the places of its passages in the plain text of this base: from, to; `None` for
    /// a lost passage.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn locate(&self, suggestion: &Suggestion, places: &[Option<(u32, u32)>]) -> Result<Located, Refused> {
        if places.len() != suggestion.quotes.len() {
            return Err(Refused::Gone);
        }
        let place = |at: usize| {
            let quote = &suggestion.quotes[at];
            match places[at] {
                Some((from, to)) => self.settled((from as usize, to as usize), quote),
                None => self.only_place_of(quote).ok_or(Refused::Gone),
            }
        };
        if let Change::Blocks { place: Place::Beside { of }, before, after, list } = &suggestion.change {
            let at = (0..of.len().min(places.len())).find(|at| place(*at).is_ok()).ok_or(Refused::Gone)?;
            let passage = place(at)?;
            let (spot, _) = self.spots(passage)?;
            // The blocks on both sides are one block now.
            if let ([one, two, ..], 0, Some(Some(_))) = (of.as_slice(), at, places.get(1))
                && one.side != two.side
                && self.spots(place(1)?)?.0.line == spot.line
            {
                return Err(Refused::Changed);
            }
            let (edit, writes) = self.beside(spot, &of[at], (&before.0, &after.0), list.as_ref())?;
            let (from, to) = self.edge_word(passage, of[at].side);
            return self.fitting(Located { edit, reads: vec![units(from, to)], writes });
        }
        if let Change::Blocks { place: Place::Here, before, after, .. } = &suggestion.change {
            // All of the blocks must have the same text as before, so one of two passages is enough.
            let passages: Vec<Option<(usize, usize)>> = (0..places.len()).map(|at| place(at).ok()).collect();
            let spots = |at: usize| passages.get(at).copied().flatten().and_then(|passage| self.spots(passage).ok());
            let lines = (spots(0).map(|spots| spots.0.line), spots(places.len().max(1) - 1).map(|spots| spots.1.line));
            let (edit, writes) = self.here(lines, &before.0, &after.0)?;
            let reads = passages.iter().flatten().map(|(from, to)| units(*from, *to)).collect();
            return match self.fitting(Located { edit, reads, writes }) {
                // Others have added something below a block that is to be removed.
                Err(Refused::Invalid(_)) if after.0.is_empty() => Err(Refused::Changed),
                located => located,
            };
        }
        let passages = (0..places.len()).map(place).collect::<Result<Vec<_>, _>>()?;
        let spots = passages.iter().map(|passage| self.spots(*passage)).collect::<Result<Vec<_>, _>>()?;
        let (edit, writes) = match (&suggestion.change, spots.as_slice()) {
            (Change::Words { lead, trail, before, after }, [passage]) => {
                self.words(*passage, (*lead, *trail), before, &after.0)
            }
            (Change::Insert { side, gap, after }, [passage]) => {
                let spot = if *side == Side::After { passage.1 } else { passage.0 };
                self.insert(spot, *side, gap, &after.0)
            }
            (Change::Split { .. }, [one, two]) => self.split(one.1, two.0, &suggestion.change),
            (Change::Join, [one, two]) => self.join(one.1, two.0),
            (Change::Kind { up, before, after }, [passage]) if self.begins_as(passages[0], &suggestion.quotes[0]) => {
                self.kind(passage.0, *up, before, after)
            }
            (Change::Blocks { place: Place::Whole, before, after, .. }, []) if self.nodes == before.0 => {
                let edit = Edit::Blocks { parent: vec![], index: 0, removes: self.nodes.len(), after: after.0.clone() };
                Ok((edit, (i64::MIN, i64::MAX)))
            }
            _ => Err(Refused::Changed),
        }?;
        let reads = passages.iter().map(|(from, to)| units(*from, *to)).collect();
        self.fitting(Located { edit, reads, writes })
    }

    fn spots(&self, (from, to): (usize, usize)) -> Result<(Spot, Spot), Refused> {
        (from < to).then(|| ends(&self.outline, &self.nodes, from, to)).flatten().ok_or(Refused::Gone)
    }

    /// The place of a passage. If the passage has lost letters, or contains other letters, the place where its words
    /// are in the same lines, if there is only one and it meets the passage.
    fn settled(&self, (from, to): (usize, usize), quote: &str) -> Result<(usize, usize), Refused> {
        let text = self.plain();
        let wanted: Vec<u16> = quote.encode_utf16().collect();
        if text.get(from..to).ok_or(Refused::Gone)? == wanted {
            return Ok((from, to));
        }
        let first = self.outline.at(from).ok_or(Refused::Gone)?;
        let last = self.outline.at(to.saturating_sub(1)).unwrap_or(first);
        let (begin, end) = (self.outline.lines[first].start, self.outline.lines[last].end());
        let letter = |at: usize| char::from_u32(u32::from(text[at])).is_none_or(char::is_alphanumeric);
        let is_edge = |at: usize| at == begin || at >= end || !letter(at - 1) || !letter(at);
        let starts = begin..(end + 1).saturating_sub(wanted.len()).max(begin);
        let is_there = |at: &usize| {
            let there = *at..at + wanted.len();
            text[there.clone()] == wanted && is_edge(there.start) && is_edge(there.end)
        };
        let mut found = starts.filter(is_there);
        match (found.next(), found.next()) {
            (Some(at), None) if at < to && from < at + wanted.len() => Ok((at, at + wanted.len())),
            _ => Ok((from, to)),
        }
    }

    /// The word of a passage that is nearest to the blocks beside it. The other words may change.
    fn edge_word(&self, (from, to): (usize, usize), side: Side) -> (usize, usize) {
        let text = self.plain();
        let is_word = |at: &usize| char::from_u32(u32::from(text[*at])).is_none_or(char::is_alphanumeric);
        match side {
            Side::After => (to - (from..to).rev().take_while(is_word).count().max(1), to),
            Side::Before => (from, from + (from..to).take_while(is_word).count().max(1)),
        }
    }

    /// The place of a lost passage whose words are in the text only once, and are too long for a coincidence.
    fn only_place_of(&self, quote: &str) -> Option<(usize, usize)> {
        let wanted: Vec<u16> = quote.encode_utf16().collect();
        if wanted.len() < NO_COINCIDENCE {
            return None;
        }
        let text = self.plain();
        let is_word = |at: usize| char::from_u32(u32::from(text[at])).is_none_or(char::is_alphanumeric);
        let is_edge = |at: usize| at == 0 || at >= text.len() || !is_word(at - 1) || !is_word(at);
        let all = text.windows(wanted.len()).enumerate().filter(|(_, there)| *there == wanted);
        let mut found = all.map(|(at, _)| (at, at + wanted.len())).filter(|(from, to)| is_edge(*from) && is_edge(*to));
        found.next().filter(|_| found.next().is_none())
    }

    /// Whether a passage still begins with the first word of its quote.
    fn begins_as(&self, (from, to): (usize, usize), quote: &str) -> bool {
        let first: String = quote.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        let first: Vec<u16> = first.encode_utf16().collect();
        self.plain().get(from..to).is_some_and(|text| text.starts_with(&first))
    }

    /// Refuses a suggestion whose result no editor would keep.
    fn fitting(&self, located: Located) -> Result<Located, Refused> {
        let (top, edit) = located.edit.cut_out();
        let mut blocks = self.nodes.get(top).ok_or(Refused::Changed)?.to_vec();
        edit.make(&mut blocks).ok_or(Refused::Changed)?;
        if !blocks.is_empty() {
            Prose(blocks).checked().map_err(Refused::Invalid)?;
        }
        Ok(located)
    }
}
