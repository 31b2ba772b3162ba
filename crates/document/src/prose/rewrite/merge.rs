//! Changes words that Markdown shows: the difference between the text as shown and the wanted text is applied to the
//! live text. Content that Markdown does not show is not part of the difference, so it stays.

mod flat;
mod letters;

use yrs::types::Attrs;
use yrs::{Text, TransactionMut};

use super::live::There;
use super::shown::{kind, says};
use crate::prose::differences::{Hunk, differences};
use crate::prose::{compare::tokens, tree::Node};
use flat::{Flat, Live, Spot};
use letters::{inserted, reformatted, said};

/// Most edits in a line; a line that differs in more places is replaced. Each edit walks over all text before it.
const MAX_EDITS: usize = 2_000;

/// An edit of one of the live texts.
struct Edit {
    leaf: usize,
    at: u32,
    kind: EditKind,
}

#[derive(PartialEq)]
enum EditKind {
    Format(u32, Attrs),
    Delete(u32),
    Insert(String, Attrs),
}

/// Changes the text in a node that Markdown shows as `shown`. `false`, without a change, if the wanted nodes differ in
/// more than text.
pub(super) fn merge(txn: &mut TransactionMut<'_>, there: &There, shown: &[Node], wanted: &[Node]) -> bool {
    let There::Element(element, node) = there else { return false };
    if !same_structure(shown, wanted) {
        return false;
    }
    let live = Live::of(txn, element, node);
    let (shown, wanted) = (Flat::of(shown), Flat::of(wanted));
    let (shown_lines, wanted_lines) = (shown.lines(), wanted.lines());
    if shown_lines.len() != wanted_lines.len() {
        return false;
    }
    let spots = live.spots_of(&shown);
    let mut edits = Vec::new();
    for (shown_line, wanted_line) in shown_lines.into_iter().zip(wanted_lines) {
        let line = Line { live: &live, spots: &spots[shown_line.clone()], shown: shown.cut(shown_line) };
        if line.edit(&wanted.cut(wanted_line), &mut edits).is_none() {
            return false;
        }
    }
    if edits.len() > MAX_EDITS {
        return false;
    }
    // From the end, so that the places of the other edits stay valid. At the same place, the inserted text comes first.
    edits.sort_by_key(|edit| (edit.leaf, edit.at, !matches!(edit.kind, EditKind::Insert(..))));
    for Edit { leaf, at, kind } in edits.into_iter().rev() {
        let text = &live.leaves[leaf].0;
        match kind {
            EditKind::Format(len, attributes) => text.format(txn, at, len, attributes),
            EditKind::Delete(len) => text.remove_range(txn, at, len),
            EditKind::Insert(words, attributes) => text.insert_with_attributes(txn, at, &words, attributes),
        }
    }
    true
}

/// Whether two lists of nodes differ in nothing but the text of their lines.
fn same_structure(shown: &[Node], wanted: &[Node]) -> bool {
    let elements = |nodes: &[Node]| -> Vec<Node> {
        nodes.iter().filter(|node| matches!(node, Node::Element { .. })).cloned().collect()
    };
    let (shown, wanted) = (elements(shown), elements(wanted));
    shown.len() == wanted.len()
        && shown.iter().zip(&wanted).all(|(shown, wanted)| match (shown, wanted) {
            (
                Node::Element { name: old, attributes: had, children: inside },
                Node::Element { name, attributes, children },
            ) => {
                let said = |key: &&String| says(name, key);
                kind(old) == kind(name)
                    && had.keys().chain(attributes.keys()).filter(said).all(|key| had.get(key) == attributes.get(key))
                    && same_structure(inside, children)
            }
            _ => false,
        })
}

/// A line as it is shown, and the live places of its characters.
struct Line<'a> {
    live: &'a Live,
    /// The live place of each shown character; `None` if the live text does not have the character.
    spots: &'a [Option<Spot>],
    shown: Flat<'a>,
}

impl Line<'_> {
    /// `None` if there is no live text in the line that words could be added to.
    fn edit(&self, wanted: &Flat<'_>, edits: &mut Vec<Edit>) -> Option<()> {
        let (old, new) = (self.shown.text(), wanted.text());
        let (old_tokens, new_tokens) = (tokens(&old), tokens(&new));
        let letters = |tokens: &[&str]| tokens.iter().map(|token| token.chars().count()).sum::<usize>();
        // The indexes before each hunk: of the shown character, the wanted character, and the token.
        let (mut at, mut new_at, mut token) = (0, 0, 0);
        for Hunk { before: gone, after: come } in
            differences(old_tokens.iter().copied(), new_tokens.iter().copied(), true)
        {
            let kept = letters(&old_tokens[token..gone.start]);
            self.keep(at..at + kept, wanted, new_at, edits);
            (at, new_at) = (at + kept, new_at + kept);
            token = gone.end;
            let (old_tokens, new_tokens) = (&old_tokens[gone], &new_tokens[come]);
            let (end, new_end) = (at + letters(old_tokens), new_at + letters(new_tokens));
            match self.is_even(at..end) {
                true => self.replace(at, old_tokens, wanted, new_at, new_tokens, edits)?,
                // Only part of a word has marks. They stay if that part of the word stays.
                false => {
                    let (old, new) = (old_tokens.concat(), new_tokens.concat());
                    let (head, tail) = common(&old, &new);
                    self.keep(at..at + head, wanted, new_at, edits);
                    let (old, new) = (middle(&old, head, tail), middle(&new, head, tail));
                    self.replace(at + head, &tokens(&old), wanted, new_at + head, &tokens(&new), edits)?;
                    self.keep(end - tail..end, wanted, new_end - tail, edits);
                }
            }
            (at, new_at) = (end, new_end);
        }
        self.keep(at..self.shown.len(), wanted, new_at, edits);
        Some(())
    }

    /// Whether all of these characters have the same marks.
    fn is_even(&self, range: std::ops::Range<usize>) -> bool {
        let mut spots = self.spots[range].iter().flatten();
        let first = spots.next().map(|spot| self.live.attributes(*spot));
        spots.all(|spot| Some(self.live.attributes(*spot)) == first)
    }

    /// Keeps words, whose marks may change.
    fn keep(&self, range: std::ops::Range<usize>, wanted: &Flat<'_>, new_at: usize, edits: &mut Vec<Edit>) {
        for (index, at) in range.enumerate() {
            let (had, wants) = (self.shown.marks[at], wanted.marks[new_at + index]);
            let Some(spot) = self.spots[at] else { continue };
            if said(had) == said(wants) {
                continue;
            }
            let changes = reformatted(self.live.attributes(spot), had, wants);
            if !changes.is_empty() {
                push(edits, spot, EditKind::Format(spot.len, changes));
            }
        }
    }

    /// Replaces, removes or adds words.
    fn replace(
        &self,
        start: usize,
        old: &[&str],
        wanted: &Flat<'_>,
        new_start: usize,
        new: &[&str],
        edits: &mut Vec<Edit>,
    ) -> Option<()> {
        let mut starts = Vec::with_capacity(old.len());
        let mut end = start;
        for token in old {
            starts.push(end);
            end += token.chars().count();
        }
        let gone = self.spots[start..end].iter().flatten();
        gone.clone().for_each(|spot| push(edits, *spot, EditKind::Delete(spot.len)));
        if new.is_empty() {
            return Some(());
        }
        let before = (0..start).rev().find(|at| self.spots[*at].is_some());
        let after = (end..self.shown.len()).find(|at| self.spots[*at].is_some());
        let spot = |at: usize| self.spots[at];
        let place = match (gone.clone().next(), before.and_then(spot), after.and_then(spot)) {
            (Some(spot), _, _) => (spot.leaf, spot.at),
            (None, Some(spot), _) => (spot.leaf, spot.at + spot.len),
            (None, None, Some(spot)) => (spot.leaf, spot.at),
            (None, None, None) => return None,
        };
        let mut new_at = new_start;
        for (index, token) in new.iter().enumerate() {
            // A word takes the marks of an app's own kinds from the word that it replaces, or those that both of its
            // neighbours have.
            let from = starts.get(index).or(starts.last());
            let from = from.and_then(|at| (*at..end).chain(start..end).find(|at| self.spots[*at].is_some()));
            let sources: Vec<usize> = match from {
                Some(at) => vec![at],
                None => before.into_iter().chain(after).collect(),
            };
            let is_between = from.is_some() || sources.len() == 2;
            let sources: Vec<_> = sources
                .into_iter()
                .filter_map(|at| Some((self.live.attributes(self.spots[at]?), self.shown.marks[at])))
                .collect();
            for c in token.chars() {
                let attributes = inserted(wanted.marks[new_at], &sources, is_between);
                match edits.last_mut() {
                    Some(Edit { leaf, at, kind: EditKind::Insert(words, same) })
                        if (*leaf, *at) == place && new_at > new_start && *same == attributes =>
                    {
                        words.push(c);
                    }
                    _ => edits.push(Edit { leaf: place.0, at: place.1, kind: EditKind::Insert(c.into(), attributes) }),
                }
                new_at += 1;
            }
        }
        Some(())
    }
}

/// The number of characters that two texts have in common at their start, and then at their end.
fn common(old: &str, new: &str) -> (usize, usize) {
    let same = |(a, b): &(char, char)| a == b;
    let head = old.chars().zip(new.chars()).take_while(same).count();
    let most = old.chars().count().min(new.chars().count()) - head;
    (head, old.chars().rev().zip(new.chars().rev()).take(most).take_while(same).count())
}

fn middle(text: &str, head: usize, tail: usize) -> String {
    text.chars().skip(head).take(text.chars().count() - head - tail).collect()
}

/// Joins edits of adjacent characters.
fn push(edits: &mut Vec<Edit>, spot: Spot, kind: EditKind) {
    if let Some(Edit { leaf, at, kind: last }) = edits.last_mut()
        && *leaf == spot.leaf
    {
        match (last, &kind) {
            (EditKind::Delete(len), EditKind::Delete(more)) if *at + *len == spot.at => return *len += more,
            (EditKind::Format(len, same), EditKind::Format(more, changes))
                if *at + *len == spot.at && same == changes =>
            {
                return *len += more;
            }
            _ => {}
        }
    }
    edits.push(Edit { leaf: spot.leaf, at: spot.at, kind });
}
