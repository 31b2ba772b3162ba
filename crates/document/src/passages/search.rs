//! Finds a passage by its words and the words around it, when its letters are gone.

use super::align::is_letter;
use super::lines::Lines;

/// Most letters that are remembered on each side of a passage.
pub(crate) const AROUND: usize = 32;
/// The fewest letters of the surroundings that must agree if the words have just appeared: two or three words.
pub(crate) const APPEARED: usize = 18;
/// The fewest letters of the surroundings that must agree if the words were in the text all the time, because there may
/// be many copies.
pub(crate) const COPY: usize = 36;
/// The number of letters by which the best place must be better than the next.
const CLEARLY: usize = 4;

/// The letters before and after a passage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Around {
    pub(crate) before: Vec<u16>,
    pub(crate) after: Vec<u16>,
}

/// A place of the words of a passage: the index of the line, and the start of the words in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) line: usize,
    pub(crate) from: usize,
}

/// The places of `quote` in a line, as whole words.
pub(crate) fn occurrences<'a>(units: &'a [u16], quote: &'a [u16]) -> impl Iterator<Item = usize> + 'a {
    let edge = |at: usize| at == 0 || at >= units.len() || !is_letter(units[at]) || !is_letter(units[at - 1]);
    let last = (units.len() + 1).saturating_sub(quote.len());
    let is_at = move |at: &usize| {
        units[*at] == quote[0] && units[*at..*at + quote.len()] == *quote && edge(*at) && edge(at + quote.len())
    };
    (0..if quote.is_empty() { 0 } else { last }).filter(is_at)
}

/// All places of a quote.
pub(crate) fn everywhere(lines: &Lines, quote: &[u16]) -> Vec<Candidate> {
    let in_line = |(line, (_, letters)): (usize, (_, &super::lines::Line))| {
        occurrences(&letters.units, quote).map(|from| Candidate { line, from }).collect::<Vec<_>>()
    };
    lines.in_order().enumerate().flat_map(in_line).collect()
}

/// The candidate whose surroundings agree best with those of the passage; `None` if no candidate is clearly the best.
pub(crate) fn best(
    lines: &Lines,
    quote: &[u16],
    known: &[Around],
    candidates: &[Candidate],
    enough: usize,
) -> Option<Candidate> {
    let mut best: Option<(usize, Candidate)> = None;
    let mut second = 0;
    for candidate in candidates {
        let (before, after) = lines.around(candidate.line, candidate.from, candidate.from + quote.len(), AROUND);
        let score = known.iter().map(|around| agreement(around, &before, &after)).max().unwrap_or(0);
        match best {
            Some((most, _)) if score <= most => second = second.max(score),
            _ => {
                second = second.max(best.map_or(0, |(most, _)| most));
                best = Some((score, *candidate));
            }
        }
    }
    let (score, candidate) = best?;
    (score >= enough && score >= second + CLEARLY).then_some(candidate)
}

fn agreement(around: &Around, before: &[u16], after: &[u16]) -> usize {
    let same = |pair: &(&u16, &u16)| pair.0 == pair.1;
    let left = around.before.iter().rev().zip(before.iter().rev()).take_while(same).count();
    let right = around.after.iter().zip(after).take_while(same).count();
    left + right
}
