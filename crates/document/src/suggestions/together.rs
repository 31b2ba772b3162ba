//! Applies several suggestions as one edit, and returns for each what it changed and what undoes it.
//!
//! The document is read once and written once. Between the two, each suggestion is applied to a part of the text: the
//! blocks that it concerns and their neighbours. So the time grows with the number of suggestions and the length of the
//! text, and not with their product.

use std::ops::Range;

use bytes::Bytes;

use super::base::Base;
use super::lines::Derived;
use super::located::Located;
use super::outline::Outline;
use super::overlap::overlapping;
use super::row::{Refused, Suggestion};
use crate::prose::{Draft, Node, Prose, View};

/// A suggestion, and the places of its passages in the plain text; `None` for a lost passage.
pub type Placed<'a> = (&'a Suggestion, &'a [Option<(u32, u32)>]);

/// What one suggestion has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The whole words that read differently, as a passage of the text in which all suggestions have been applied; `None`
    /// if there are none.
    pub passage: Option<((u32, u32), String)>,
    /// The changes that make this part of the text read as before. Their places are those of the text in which all
    /// suggestions have been applied. `None` if no changes can restore it.
    pub reverse: Option<Vec<Derived>>,
}

/// A text with suggestions, and what each of them changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposed {
    pub prose: Prose,
    /// For each suggestion, the range of the words that it removes from the earlier text, and the range of the words
    /// that it adds to this text; `None` for a suggestion that is not possible together with those before it.
    pub changed: Vec<Option<(Range<u32>, Range<u32>)>>,
    changes: Vec<Change>,
}

impl Proposed {
    /// The place of a passage of the earlier text in this text.
    pub fn moved(&self, passage: &Range<u32>) -> Range<u32> {
        let (from, to) = moved((passage.start, passage.end), &self.changes);
        from..to
    }
}

/// A suggestion that was inserted into a text.
struct PutIn {
    /// The range that it removes from the earlier text.
    taken: Range<u32>,
    /// The whole words that it adds, in the text with the suggestions before it.
    words: Option<(u32, u32)>,
    /// The number of suggestions that were inserted so far, including this one.
    count: usize,
}

impl Prose {
    /// The text with suggestions, which are applied one after the other. A suggestion that is not possible together
    /// with those before it is left out.
    #[must_use]
    pub fn with_suggestions(self, wanted: &[Placed<'_>]) -> Proposed {
        let standing = located(&Base::of(self.clone()), wanted);
        let mut text = Text::of(self);
        let mut changed: Vec<Option<PutIn>> = Vec::new();
        for (located, (suggestion, places)) in standing.into_iter().zip(wanted) {
            let put_in = located.and_then(|located| Ok((located.taken(), text.put_in(suggestion, places)?)));
            let place = |accepted: Accepted| accepted.passage.map(|(place, _)| place);
            let count = text.changes.len();
            changed.push(put_in.ok().map(|(taken, accepted)| PutIn { taken, words: place(accepted), count }));
        }
        let added = |PutIn { taken, words, count }: PutIn| {
            let Change { from, old, new } = text.changes[count - 1];
            let (from, to) = match words {
                // A format leaves the words as they are.
                _ if old == 0 && new == 0 => moved((taken.start, taken.end), &text.changes),
                Some(words) => moved(words, &text.changes[count..]),
                None => moved((from as u32, (from + new) as u32), &text.changes[count..]),
            };
            (taken, from..to)
        };
        let changed = changed.into_iter().map(|one| one.map(added)).collect();
        Proposed { changed, prose: Prose(text.blocks), changes: text.changes }
    }
}

impl Draft {
    /// Applies several suggestions, each to the text with those before it, and returns the edit, if there is one. If
    /// suggestions overlap, the first is applied, and the others are refused as [`Refused::Changed`].
    pub fn accept_together(&mut self, wanted: &[Placed<'_>]) -> (Option<Bytes>, Vec<Result<Accepted, Refused>>) {
        let before = self.prose();
        let standing = standing(&Base::of(before.clone()), wanted);
        let mut text = Text::of(before);
        let both = standing.into_iter().zip(wanted);
        let put_in = both.map(|(located, (suggestion, places))| text.put_in(located.map(|_| suggestion)?, places));
        let mut outcomes: Vec<Result<Accepted, Refused>> = put_in.collect();
        let changes = std::mem::take(&mut text.changes);
        for (change, accepted) in outcomes.iter_mut().flatten().enumerate() {
            accepted.move_with(&changes[change + 1..]);
        }
        let update = outcomes.iter().any(Result::is_ok).then(|| self.write(&Prose(text.blocks), View::Exact)).flatten();
        (update, outcomes)
    }
}

/// The places of the suggestions in the text without them.
fn located(base: &Base, wanted: &[Placed<'_>]) -> Vec<Result<Located, Refused>> {
    wanted.iter().map(|(suggestion, places)| base.locate(suggestion, places)).collect()
}

/// The places of the suggestions that can be applied together; the others are refused.
fn standing(base: &Base, wanted: &[Placed<'_>]) -> Vec<Result<Located, Refused>> {
    let mut found = located(base, wanted);
    let ats: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_ok()).collect();
    let all: Vec<Located> = found.iter().flatten().cloned().collect();
    // The pairs come in the order of their first suggestions: one that has been refused must not exclude others.
    for (first, second) in overlapping(&all) {
        if found[ats[first]].is_ok() {
            found[ats[second]] = Err(Refused::Changed);
        }
    }
    found
}

/// A stretch of the plain text that reads differently: its start, and its length before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    from: usize,
    old: usize,
    new: usize,
}

impl Change {
    /// The place of a passage after the change. Text that is inserted at its edges is outside the passage.
    fn moved(self, (from, to): (usize, usize)) -> (usize, usize) {
        let Change { from: begin, old, new } = self;
        let end = begin + old;
        let start = match from {
            from if from >= end => from - old + new,
            from => from.min(begin),
        };
        let stop = match to {
            to if to <= begin => to,
            to if to >= end => to - old + new,
            _ => begin + new,
        };
        (start, stop.max(start))
    }
}

fn moved(place: (u32, u32), changes: &[Change]) -> (u32, u32) {
    let place = (place.0 as usize, place.1 as usize);
    let (from, to) = changes.iter().fold(place, |place, change| change.moved(place));
    (from as u32, to as u32)
}

impl Accepted {
    fn move_with(&mut self, later: &[Change]) {
        if let Some((place, _)) = &mut self.passage {
            *place = moved(*place, later);
        }
        for place in self.reverse.iter_mut().flatten().flat_map(|one| &mut one.places) {
            *place = moved(*place, later);
        }
    }
}

/// A text with the suggestions that were applied so far.
struct Text {
    blocks: Vec<Node>,
    /// The number of units of each block in the plain text, including the breaks after its lines.
    lens: Vec<usize>,
    changes: Vec<Change>,
}

impl Text {
    fn of(prose: Prose) -> Text {
        Text { lens: prose.0.iter().map(len).collect(), blocks: prose.0, changes: Vec::new() }
    }

    fn put_in(&mut self, suggestion: &Suggestion, places: &[Option<(u32, u32)>]) -> Result<Accepted, Refused> {
        let places: Vec<_> = places.iter().map(|place| place.map(|place| moved(place, &self.changes))).collect();
        let (range, start) = self.part_with(&places);
        let start_unit = start as u32;
        let inside = |(from, to): (u32, u32)| (from.saturating_sub(start_unit), to.saturating_sub(start_unit));
        let places: Vec<_> = places.iter().map(|place| place.map(inside)).collect();
        let before = Prose(self.blocks[range.clone()].to_vec());
        let base = Base::of(before.clone());
        let located = base.locate(suggestion, &places)?;
        let after = base.with(&[&located]).ok_or(Refused::Changed)?;
        if after == before {
            return Err(Refused::Already);
        }
        let taken = located.taken();
        let (change, words) = difference(base.plain(), &units(&after), taken.start as usize..taken.end as usize);
        let outside = |(from, to): (usize, usize)| ((start + from) as u32, (start + to) as u32);
        let passage = words.map(|(place, words)| (outside(place), words));
        let mut reverse = reverse(before, &after);
        for place in reverse.iter_mut().flatten().flat_map(|one| &mut one.places) {
            *place = (place.0 + start_unit, place.1 + start_unit);
        }
        self.lens.splice(range.clone(), after.0.iter().map(len));
        self.blocks.splice(range, after.0);
        self.changes.push(Change { from: start + change.from, ..change });
        Ok(Accepted { passage, reverse })
    }

    /// The blocks with some passages, and their neighbours up to a block with words on each side; also the start of
    /// these blocks in the plain text. If a passage is lost, all blocks, because its words may be anywhere.
    fn part_with(&self, places: &[Option<(u32, u32)>]) -> (Range<usize>, usize) {
        let all = 0..self.blocks.len();
        if places.is_empty() || places.iter().any(Option::is_none) {
            return (all, 0);
        }
        let from = places.iter().flatten().map(|place| place.0 as usize).min().unwrap_or(0);
        let to = places.iter().flatten().map(|place| place.1 as usize).max().unwrap_or(0);
        let (mut first, mut start) = (0, 0);
        while first + 1 < self.lens.len() && start + self.lens[first] <= from {
            start += self.lens[first];
            first += 1;
        }
        let (mut last, mut end) = (first, start + self.lens.get(first).copied().unwrap_or(0));
        while last + 1 < self.lens.len() && end < to {
            last += 1;
            end += self.lens[last];
        }
        let has_words = |len: &usize| *len > 1;
        let before = self.lens[..first].iter().rposition(has_words).unwrap_or(0);
        let after = self.lens.iter().skip(last + 1).position(has_words).map_or(self.lens.len(), |next| last + next + 2);
        (before..after, start - self.lens[before..first].iter().sum::<usize>())
    }
}

fn len(block: &Node) -> usize {
    Outline::of(std::slice::from_ref(block)).lines.iter().map(|line| line.len + 1).sum()
}

fn units(prose: &Prose) -> Vec<u16> {
    prose.to_text().encode_utf16().collect()
}

/// Words and their place.
type Words = ((usize, usize), String);

/// The difference between two texts, and the whole words of the second text in it. `taken` is the range that was
/// changed in the first text. If the same word occurs several times, it shows which one was meant.
fn difference(before: &[u16], after: &[u16], taken: Range<usize>) -> (Change, Option<Words>) {
    let outside = before.get(..taken.start).zip(before.get(taken.end..));
    let is_all = |(head, tail): (&[u16], &[u16])| {
        head.len() + tail.len() <= after.len() && after.starts_with(head) && after.ends_with(tail)
    };
    // The text outside `taken` may differ, too, because another kind of block can change how the text around it reads.
    let (first, rest) = if outside.is_some_and(is_all) { (taken.start, before.len() - taken.end) } else { (0, 0) };
    let (old, new) = (&before[first..before.len() - rest], &after[first..after.len() - rest]);
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let shorter = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(shorter).take_while(|(a, b)| a == b).count();
    let is_word = |at: usize| char::from_u32(u32::from(after[at])).is_none_or(char::is_alphanumeric);
    let (mut from, mut to) = (first + head, after.len() - rest - tail);
    let change = Change { from, old: old.len() - tail - head, new: to - from };
    while from > 0 && from < after.len() && is_word(from - 1) && is_word(from) {
        from -= 1;
    }
    while to > 0 && to < after.len() && is_word(to - 1) && is_word(to) {
        to += 1;
    }
    let words = String::from_utf16_lossy(&after[from..to]);
    (change, (!words.trim().is_empty()).then_some(((from, to), words)))
}

/// The changes that turn the second text back into the first; `None` if no changes do.
fn reverse(before: Prose, after: &Prose) -> Option<Vec<Derived>> {
    let base = Base::of(after.clone());
    let derived = base.derive(&before);
    let locate = |one: &Derived| {
        let places: Vec<_> = one.places.iter().copied().map(Some).collect();
        base.locate(&one.suggestion, &places).ok()
    };
    let located: Vec<Located> = derived.iter().map(locate).collect::<Option<_>>()?;
    let back = base.with(&located.iter().collect::<Vec<_>>())?;
    (back.as_an_editor_has_it() == before.as_an_editor_has_it()).then_some(derived)
}

#[cfg(test)]
mod tests {
    use crate::prose::{Draft, Prose, View};
    use crate::suggestions::Base;
    use crate::suggestions::base::STEPS;

    /// The number of blocks that are read to accept a suggestion in each line.
    fn steps(lines: usize) -> usize {
        let text = |word: &str| -> String { (0..lines).map(|at| format!("Line {at} has {word} in it.\n\n")).collect() };
        let wanted = Prose::from_markdown(&text("better")).expect("Markdown");
        let mut draft = Draft::empty();
        draft.write(&Prose::from_markdown(&text("words")).expect("Markdown"), View::Exact);
        let derived = Base::of(draft.prose()).derive(&wanted);
        let places: Vec<Vec<_>> = derived.iter().map(|one| one.places.iter().copied().map(Some).collect()).collect();
        let all: Vec<_> = derived.iter().map(|one| &one.suggestion).zip(places.iter().map(Vec::as_slice)).collect();
        STEPS.set(0);
        let (update, outcomes) = draft.accept_together(&all);
        assert!(update.is_some() && outcomes.len() == lines);
        assert!(outcomes.iter().all(|one| one.as_ref().is_ok_and(|one| one.reverse.is_some())), "{outcomes:?}");
        assert_eq!(draft.prose().to_markdown(), wanted.to_markdown());
        STEPS.get()
    }

    /// [SUG-10] Accepting many costs in proportion to their number.
    #[test]
    fn the_blocks_that_are_read_grow_with_the_number_of_suggestions() {
        let (some, twice, four) = (steps(100), steps(200), steps(400));
        assert!(10 * twice <= 23 * some && 10 * four <= 23 * twice, "{some}, {twice} and {four} steps");
    }
}
