//! Finds a suggestion in the text as it is now, and checks that the place still reads as it did. Each kind of change has
//! its own check: it refuses what would garble the text, and nothing that others may do beside it.

use super::base::Base;
use super::edit::Edit;
use super::located::{Located, units};
use super::outline::{Spot, ends};
use super::row::{Change, Place, Refused, Side, Suggestion};
use crate::prose::Prose;

impl Base {
    /// Finds a suggestion. `places` says where its passages are in the plain text of this base: from, to; `None` for one
    /// that is lost.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn locate(&self, suggestion: &Suggestion, places: &[Option<(u32, u32)>]) -> Result<Located, Refused> {
        if places.len() != suggestion.quotes.len() {
            return Err(Refused::Gone);
        }
        let place = |at: usize| {
            let (from, to) = places[at].ok_or(Refused::Gone)?;
            self.settled((from as usize, to as usize), &suggestion.quotes[at])
        };
        if let Change::Blocks { place: Place::Beside { of }, before, after, list } = &suggestion.change {
            let at = places.iter().position(Option::is_some).filter(|at| *at < of.len()).ok_or(Refused::Gone)?;
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
            return self.fitting(Located { edit, reads: vec![units(passage.0, passage.1)], writes });
        }
        if let Change::Blocks { place: Place::Here, before, after, .. } = &suggestion.change {
            // The whole of them must read the same, so one of two passages is enough.
            let passages: Vec<Option<(usize, usize)>> = (0..places.len()).map(|at| place(at).ok()).collect();
            let spots = |at: usize| passages.get(at).copied().flatten().and_then(|passage| self.spots(passage).ok());
            let lines = (spots(0).map(|spots| spots.0.line), spots(places.len().max(1) - 1).map(|spots| spots.1.line));
            let (edit, writes) = self.here(lines, &before.0, &after.0)?;
            let reads = passages.iter().flatten().map(|(from, to)| units(*from, *to)).collect();
            return match self.fitting(Located { edit, reads, writes }) {
                // Others have put something below a block that goes.
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
            (Change::Split { gap, at, item, line }, [one, two]) => self.split(one.1, two.0, gap, *at, *item, line),
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

    /// A passage that has lost letters, or has others in it, is where its words are again, if they are there once.
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

    /// Whether a passage still begins with the first word of its quote.
    fn begins_as(&self, (from, to): (usize, usize), quote: &str) -> bool {
        let first: String = quote.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        let first: Vec<u16> = first.encode_utf16().collect();
        self.plain().get(from..to).is_some_and(|text| text.starts_with(&first))
    }

    /// Refuses what no editor would keep.
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
