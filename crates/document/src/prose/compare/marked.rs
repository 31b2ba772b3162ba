//! The marks of words in a comparison.

use std::collections::VecDeque;

use super::{Kind, Word};
use crate::prose::tree::{Mark, Node};

/// Divides words where their marks change: bold, a link, code.
pub(super) fn marked(words: Vec<Word>, old: &Node, new: &Node) -> Vec<Word> {
    let (mut before, mut after) = (runs(old), runs(new));
    let mut all: Vec<Word> = Vec::with_capacity(words.len());
    for Word { kind, text, .. } in words {
        let marks = match kind {
            Kind::Removed => take(&mut before, text.len()),
            Kind::Added => take(&mut after, text.len()),
            Kind::Same => {
                take(&mut before, text.len());
                take(&mut after, text.len())
            }
        };
        let mut at = 0;
        for (length, marks) in marks {
            let text = text[at..at + length].to_owned();
            at += length;
            all.push(Word { kind, text, marks });
        }
    }
    all
}

/// The length in bytes and the marks of each stretch of [`Node::inline_text`], first to last.
fn runs(line: &Node) -> VecDeque<(usize, Vec<Mark>)> {
    match line {
        Node::Text { text, marks } => VecDeque::from([(text.len(), marks.clone())]),
        Node::Element { name, .. } if name == "hardBreak" => VecDeque::from([(1, Vec::new())]),
        Node::Element { children, .. } => children.iter().flat_map(runs).collect(),
    }
}

fn take(runs: &mut VecDeque<(usize, Vec<Mark>)>, mut bytes: usize) -> Vec<(usize, Vec<Mark>)> {
    let mut taken: Vec<(usize, Vec<Mark>)> = Vec::new();
    while let Some((length, marks)) = runs.front_mut()
        && bytes > 0
    {
        let part = bytes.min(*length);
        match taken.last_mut() {
            Some((taken, same)) if same == marks => *taken += part,
            _ if part > 0 => taken.push((part, marks.clone())),
            _ => {}
        }
        (*length, bytes) = (*length - part, bytes - part);
        if *length == 0 {
            runs.pop_front();
        }
    }
    taken
}
