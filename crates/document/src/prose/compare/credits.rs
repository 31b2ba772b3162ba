//! Adds to a comparison who made the changes, and when. Changes without a record in the log have no author.

use std::collections::HashMap;
use std::sync::Arc;

use super::people::{Credit, Credited, Letters};
use super::{Change, Comparison, Inline, Kind, Whole, Word};
use crate::prose::tree::{Node, Prose};
use crate::text_map::units;

impl Comparison {
    /// Adds the people who removed letters of the earlier text, and who wrote letters of the later text. A side whose
    /// plain text differs from that of the comparison is left out.
    pub fn credit(&mut self, removed: &Letters<'_>, written: &Letters<'_>) {
        self.credit_with(removed, written, None);
    }

    /// Like [`Comparison::credit`], but the letters of the later text are credited to the people who changed anything
    /// about them, including formats. `shapes` are the stretches of the later text in which somebody changed the kind
    /// of blocks. Every change has an author: where equal letters are next to each other, the author of a change may be
    /// known from its other letters.
    pub fn credit_all(&mut self, removed: &Letters<'_>, written: &Letters<'_>, shapes: &[Credited]) {
        self.credit_with(removed, written, Some(shapes));
    }

    fn credit_with(&mut self, removed: &Letters<'_>, written: &Letters<'_>, shapes: Option<&[Credited]>) {
        let fits = |side: &Letters<'_>, prose: Prose| plain(&prose.0) == side.text;
        let removed = if fits(removed, self.before()) { removed.letters } else { &[] };
        let written = if fits(written, self.after()) { written.letters } else { &[] };
        let mut starts = HashMap::new();
        let mut place = Place::default();
        self.changes.iter().for_each(|change| find_starts(change, &mut place, &mut starts));
        let mut walk = Walk { removed, written, starts, shapes, before: Place::default(), after: Place::default() };
        self.changes.iter_mut().for_each(|change| walk.change(change));
    }

    /// The ids of all people in the comparison.
    pub fn people(&self) -> Vec<Arc<str>> {
        let mut people: Vec<Arc<str>> = self.only.iter().map(|credit| credit.by.clone()).collect();
        self.changes.iter().for_each(|change| change.people(&mut people));
        people.sort_unstable();
        people.dedup();
        people
    }
}

/// A place in a plain text, whose lines are separated by line feeds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    pub at: u32,
    has_line: bool,
}

impl Place {
    pub(super) fn begin_line(&mut self) {
        self.at += u32::from(self.has_line);
        self.has_line = true;
    }

    /// Moves behind a block.
    fn pass(&mut self, node: &Node) {
        match node {
            Node::Text { text, .. } => {
                self.begin_line();
                self.at += units(text);
            }
            Node::Element { children, .. } if node.is_line() => {
                self.begin_line();
                self.at += children.iter().map(inline_units).sum::<u32>();
            }
            Node::Element { children, .. } => children.iter().for_each(|child| self.pass(child)),
        }
    }

    /// Moves behind a block, and returns the start of the block's own plain text.
    fn pass_whole(&mut self, node: &Node) -> u32 {
        let mut own = Place::default();
        own.pass(node);
        let begins = self.at + u32::from(self.has_line && own.has_line);
        self.pass(node);
        begins
    }
}

/// The length of a node within a line. The title of a linked page is not in the text.
pub(super) fn inline_units(node: &Node) -> u32 {
    match node {
        Node::Text { text, .. } => units(text),
        Node::Element { name, .. } if name == "hardBreak" => 1,
        Node::Element { children, .. } => children.iter().map(inline_units).sum(),
    }
}

fn plain(nodes: &[Node]) -> Vec<u16> {
    fn inline(node: &Node, out: &mut Vec<u16>) {
        match node {
            Node::Text { text, .. } => out.extend(text.encode_utf16()),
            Node::Element { name, .. } if name == "hardBreak" => out.push(u16::from(b'\n')),
            Node::Element { children, .. } => children.iter().for_each(|child| inline(child, out)),
        }
    }
    fn block(node: &Node, out: &mut Vec<u16>, has_line: &mut bool) {
        if !node.is_line() && matches!(node, Node::Element { .. }) {
            return node.children().iter().for_each(|child| block(child, out, has_line));
        }
        if *has_line {
            out.push(u16::from(b'\n'));
        }
        *has_line = true;
        match node {
            Node::Element { children, .. } => children.iter().for_each(|child| inline(child, out)),
            text => inline(text, out),
        }
    }
    let (mut out, mut has_line) = (Vec::new(), false);
    nodes.iter().for_each(|node| block(node, &mut out, &mut has_line));
    out
}

/// Finds the starts of the nodes that were moved in the earlier text.
fn find_starts(change: &Change, place: &mut Place, starts: &mut HashMap<usize, Place>) {
    match change {
        Change::Within { changes, .. } => changes.iter().for_each(|change| find_starts(change, place, starts)),
        Change::MovedFrom { number, node } => {
            starts.insert(*number, *place);
            place.pass(node);
        }
        other => {
            if let Some(node) = other.before() {
                place.pass(&node);
            }
        }
    }
}

struct Walk<'a> {
    removed: &'a [Credited],
    written: &'a [Credited],
    /// The start of each moved node in the earlier text.
    starts: HashMap<usize, Place>,
    /// The people who changed the kinds of blocks; set only if the people who changed formats are known too.
    shapes: Option<&'a [Credited]>,
    before: Place,
    after: Place,
}

impl Walk<'_> {
    fn change(&mut self, change: &mut Change) {
        match change {
            Change::Same(node) => {
                self.before.pass(node);
                self.after.pass(node);
            }
            Change::Added(whole) => whole.credit(self.written, &mut self.after),
            Change::Removed(whole) => whole.credit(self.removed, &mut self.before),
            Change::MovedFrom { node, .. } => self.before.pass(node),
            Change::MovedTo { number, change, credit } => {
                let (back, start) = (self.before, self.after.at);
                if let Some(place) = self.starts.get(number) {
                    self.before = *place;
                }
                self.change(change);
                self.before = back;
                *credit = one(self.written, start, self.after.at);
            }
            Change::Within { changes, credit, .. } => {
                let start = self.after.at;
                changes.iter_mut().for_each(|change| self.change(change));
                *credit = self.shapes.and_then(|shapes| one(shapes, start, self.after.at));
            }
            Change::Replaced { before, after } => {
                self.before.pass(before);
                self.after.pass(after);
            }
            Change::Words { words, credit, .. } => {
                self.before.begin_line();
                self.after.begin_line();
                let start = self.after.at;
                *words = std::mem::take(words).into_iter().flat_map(|word| self.word(word)).collect();
                if let Some(shapes) = self.shapes {
                    *credit = one(shapes, start, self.after.at.max(start + 1));
                    fill(words);
                }
            }
        }
    }

    /// The word, divided between the people who wrote or removed it.
    fn word(&mut self, word: Word) -> Vec<Word> {
        let length = match &word.content {
            Inline::Text(text) => units(text),
            Inline::Node(node) => inline_units(node),
        };
        let (letters, at) = match word.kind {
            Kind::Added => (self.written, self.after.at),
            Kind::Removed => (self.removed, self.before.at),
            Kind::Formatted if self.shapes.is_some() => (self.written, self.after.at),
            Kind::Same | Kind::Formatted => (&[][..], 0),
        };
        if word.kind != Kind::Added {
            self.before.at += length;
        }
        if word.kind != Kind::Removed {
            self.after.at += length;
        }
        let Inline::Text(text) = &word.content else {
            let credit = one(letters, at, at + length.max(1));
            return vec![Word { credit, ..word }];
        };
        let pieces = divided(text, at, letters).into_iter();
        pieces
            .map(|(text, credit)| Word { content: Inline::Text(text), credit: credit.cloned(), ..word.clone() })
            .collect()
    }
}

impl Whole {
    fn credit(&mut self, letters: &[Credited], place: &mut Place) {
        let from = place.pass_whole(&self.node);
        let first = letters.partition_point(|one| one.to <= from);
        let of_node = letters[first..].iter().take_while(|one| one.from < place.at);
        let own = of_node.map(|one| Credited {
            from: one.from.saturating_sub(from),
            to: one.to.min(place.at) - from,
            credit: one.credit.clone(),
        });
        self.credits = own.collect();
    }
}

/// Gives a word without a known author the author of the neighbouring words that were added or removed together with
/// it.
fn fill(words: &mut [Word]) {
    for together in words.chunk_by_mut(|one, next| one.kind == next.kind) {
        if !matches!(together[0].kind, Kind::Added | Kind::Removed) {
            continue;
        }
        for at in 1..together.len() {
            if together[at].credit.is_none() {
                together[at].credit = together[at - 1].credit.clone();
            }
        }
        for at in (1..together.len()).rev() {
            if together[at - 1].credit.is_none() {
                together[at - 1].credit = together[at].credit.clone();
            }
        }
    }
}

/// The credit of a stretch; `None` if it has several authors, or none.
fn one(letters: &[Credited], from: u32, to: u32) -> Option<Credit> {
    let first = letters.partition_point(|one| one.to <= from);
    let mut all = letters[first..].iter().take_while(|one| one.from < to).map(|one| &one.credit);
    let mut credit = all.next()?.clone();
    for next in all {
        if (&next.by, &next.suggested_by) != (&credit.by, &credit.suggested_by) {
            return None;
        }
        credit.times = credit.times.zip(next.times).map(|((a, b), (c, d))| (a.min(c), b.max(d)));
    }
    Some(credit)
}

/// Text at a place, divided where its author changes.
pub(super) fn divided<'a>(text: &str, at: u32, letters: &'a [Credited]) -> Vec<(String, Option<&'a Credit>)> {
    let mut pieces: Vec<(String, Option<&Credit>)> = Vec::new();
    let mut next = letters.partition_point(|one| one.to <= at);
    let mut at = at;
    for letter in text.chars() {
        while letters.get(next).is_some_and(|one| one.to <= at) {
            next += 1;
        }
        let credit = letters.get(next).filter(|one| one.from <= at).map(|one| &one.credit);
        match pieces.last_mut() {
            Some((piece, same)) if *same == credit => piece.push(letter),
            _ => pieces.push((letter.to_string(), credit)),
        }
        at += letter.len_utf16() as u32;
    }
    pieces
}

impl Change {
    fn people(&self, people: &mut Vec<Arc<str>>) {
        let mut add = |credit: &Credit| {
            people.push(credit.by.clone());
            people.extend(credit.suggested_by.clone());
        };
        match self {
            Change::Same(_) | Change::MovedFrom { .. } | Change::Replaced { .. } => {}
            Change::Added(whole) | Change::Removed(whole) => whole.credits.iter().for_each(|one| add(&one.credit)),
            Change::MovedTo { change, credit, .. } => {
                credit.iter().for_each(add);
                change.people(people);
            }
            Change::Within { changes, .. } => changes.iter().for_each(|change| change.people(people)),
            Change::Words { words, .. } => words.iter().filter_map(|word| word.credit.as_ref()).for_each(add),
        }
    }
}
