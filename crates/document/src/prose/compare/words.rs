//! A changed line: its words, and where their marks changed.

use std::collections::VecDeque;

use super::tokens::tokens;
use super::{Inline, Kind, Word};
use crate::prose::differences::differences;
use crate::prose::tree::{Mark, Node};

/// The words of both versions of a line, in order.
pub(super) fn compared(old: &Node, new: &Node) -> Vec<Word> {
    let (before, after) = (Line::of(old), Line::of(new));
    let (old_parts, new_parts) = (before.parts(), after.parts());
    let mut writer = Writer { before: before.runs.clone(), after: after.runs.clone(), words: Vec::new() };
    let mut at = 0;
    for hunk in differences(old_parts.iter().map(Part::key), new_parts.iter().map(Part::key), true) {
        writer.say(Kind::Same, &new_parts[at..hunk.after.start]);
        writer.say(Kind::Removed, &old_parts[hunk.before]);
        writer.say(Kind::Added, &new_parts[hunk.after.clone()]);
        at = hunk.after.end;
    }
    writer.say(Kind::Same, &new_parts[at..]);
    writer.words
}

/// The content of a line: text without regard to its marks, and the nodes in it.
struct Line<'a> {
    pieces: Vec<Piece<'a>>,
    /// The length in bytes and the marks of each stretch; a node has the length 1.
    runs: Runs,
}

type Runs = VecDeque<(usize, Vec<Mark>)>;

enum Piece<'a> {
    Text(String),
    Node(&'a Node),
}

/// A word, a space, a sign, or a node in the line.
enum Part<'a> {
    Text(&'a str),
    Node(&'a Node),
}

#[derive(PartialEq, Eq, Hash)]
enum Key<'a> {
    Text(&'a str),
    Node(String),
}

impl<'a> Line<'a> {
    fn of(line: &'a Node) -> Line<'a> {
        let (mut pieces, mut runs) = (Vec::new(), VecDeque::new());
        for child in line.children() {
            match child {
                Node::Text { text, marks } => {
                    runs.push_back((text.len(), marks.clone()));
                    match pieces.last_mut() {
                        Some(Piece::Text(before)) => before.push_str(text),
                        _ => pieces.push(Piece::Text(text.clone())),
                    }
                }
                Node::Element { .. } => {
                    runs.push_back((1, Vec::new()));
                    pieces.push(Piece::Node(child));
                }
            }
        }
        Line { pieces, runs }
    }

    fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => parts.extend(tokens(text).into_iter().map(Part::Text)),
                Piece::Node(node) => parts.push(Part::Node(node)),
            }
        }
        parts
    }
}

impl Part<'_> {
    fn key(&self) -> Key<'_> {
        match self {
            Part::Text(text) => Key::Text(text),
            Part::Node(node) => Key::Node(node.to_json().to_string()),
        }
    }
}

struct Writer {
    before: Runs,
    after: Runs,
    words: Vec<Word>,
}

impl Writer {
    fn say(&mut self, kind: Kind, parts: &[Part<'_>]) {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(more) => text.push_str(more),
                Part::Node(node) => {
                    self.text(kind, &std::mem::take(&mut text));
                    self.take(kind, 1);
                    self.push(kind, Inline::Node((*node).clone()), Vec::new(), None);
                }
            }
        }
        self.text(kind, &text);
    }

    /// Text, divided where its marks change in either version.
    fn text(&mut self, kind: Kind, text: &str) {
        let mut at = 0;
        for (length, marks, marks_before) in self.take(kind, text.len()) {
            let part = Inline::Text(text[at..at + length].to_owned());
            at += length;
            match marks_before {
                Some(before) if before != marks => self.push(Kind::Formatted, part, marks, Some(before)),
                _ => self.push(kind, part, marks, None),
            }
        }
    }

    fn push(&mut self, kind: Kind, content: Inline, marks: Vec<Mark>, marks_before: Option<Vec<Mark>>) {
        if let (Some(last), Inline::Text(more)) = (self.words.last_mut(), &content)
            && let Inline::Text(text) = &mut last.content
            && (last.kind, &last.marks, &last.marks_before) == (kind, &marks, &marks_before)
        {
            return text.push_str(more);
        }
        self.words.push(Word { kind, content, marks, marks_before, credit: None });
    }

    /// The marks of the next bytes, and those of the earlier version where a word is in both.
    fn take(&mut self, kind: Kind, mut bytes: usize) -> Vec<(usize, Vec<Mark>, Option<Vec<Mark>>)> {
        let mut taken = Vec::new();
        while bytes > 0 {
            let (before, after) = match kind {
                Kind::Removed => (self.before.front(), None),
                Kind::Added => (None, self.after.front()),
                Kind::Same | Kind::Formatted => (self.before.front(), self.after.front()),
            };
            let lengths = [before, after].into_iter().flatten().map(|(length, _)| *length);
            let Some(length) = lengths.chain([bytes]).min().filter(|_| before.is_some() || after.is_some()) else {
                break;
            };
            let marks = after.or(before).map(|(_, marks)| marks.clone()).unwrap_or_default();
            let earlier = before.filter(|_| after.is_some()).map(|(_, marks)| marks.clone());
            let (uses_before, uses_after) = (before.is_some(), after.is_some());
            if uses_before {
                advance(&mut self.before, length);
            }
            if uses_after {
                advance(&mut self.after, length);
            }
            if length > 0 {
                taken.push((length, marks, earlier));
            }
            bytes -= length;
        }
        taken
    }
}

fn advance(runs: &mut Runs, bytes: usize) {
    if let Some((length, _)) = runs.front_mut() {
        *length -= bytes;
        if *length == 0 {
            runs.pop_front();
        }
    }
}
