//! The content of a line, counted in slots: each UTF-16 unit of text is one slot, and so is each other node.

use crate::prose::{Mark, Node, differences, tokens};

/// The character that stands for a node that is not text.
const OBJECT: char = '\u{fffc}';

pub(super) fn width(nodes: &[Node]) -> usize {
    nodes.iter().map(width_of).sum()
}

fn width_of(node: &Node) -> usize {
    match node {
        Node::Text { text, .. } => text.encode_utf16().count(),
        Node::Element { .. } => 1,
    }
}

/// The number of units that a node has in the plain text.
fn units_of(node: &Node) -> usize {
    node.inline_text().encode_utf16().count()
}

/// A part of a line, from slot to slot.
pub(super) fn cut(nodes: &[Node], from: usize, to: usize) -> Vec<Node> {
    let (mut at, mut part) = (0, Vec::new());
    for node in nodes {
        let (start, end) = (at, at + width_of(node));
        at = end;
        if end <= from || start >= to {
            continue;
        }
        match node {
            Node::Text { text, marks } => {
                let mut unit = start;
                let inside = |letter: &char| {
                    unit += letter.len_utf16();
                    (from..to).contains(&(unit - letter.len_utf16()))
                };
                part.push(Node::Text { text: text.chars().filter(inside).collect(), marks: marks.clone() });
            }
            Node::Element { .. } => part.push(node.clone()),
        }
    }
    joined(part)
}

/// Replaces a part of a line.
pub(super) fn splice(nodes: &mut Vec<Node>, from: usize, to: usize, after: &[Node]) {
    let end = width(nodes);
    let parts = [cut(nodes, 0, from), after.to_vec(), cut(nodes, to, end)];
    *nodes = joined(parts.into_iter().flatten().collect());
}

pub(super) fn joined(nodes: Vec<Node>) -> Vec<Node> {
    crate::prose::joined(nodes)
}

/// A text for a part of a line, without its marks. Two parts with the same text differ at most in their marks.
pub(super) fn reading(nodes: &[Node]) -> String {
    let read = |node: &Node| match node {
        Node::Text { text, .. } => text.clone(),
        Node::Element { name, .. } if name == "hardBreak" => "\n".to_owned(),
        other => format!("{OBJECT}{}{OBJECT}", other.to_json()),
    };
    nodes.iter().map(read).collect()
}

/// The slot of a unit of the plain text.
pub(super) fn slot_of(nodes: &[Node], unit: usize) -> usize {
    let (mut slot, mut at) = (0, 0);
    for node in nodes {
        let units = units_of(node);
        if unit < at + units {
            return if matches!(node, Node::Text { .. }) { slot + unit - at } else { slot };
        }
        (slot, at) = (slot + width_of(node), at + units);
    }
    slot
}

/// The number of units of the plain text before a slot.
pub(super) fn unit_of(nodes: &[Node], slot: usize) -> usize {
    let (mut at, mut units) = (0, 0);
    for node in nodes {
        if slot < at + width_of(node) {
            return if matches!(node, Node::Text { .. }) { units + slot - at } else { units };
        }
        (at, units) = (at + width_of(node), units + units_of(node));
    }
    units
}

/// A word, a space, a sign, or a node that is not text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    /// Equal for tokens that read the same.
    pub(super) key: String,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) is_word: bool,
}

pub(super) fn tokens_of(nodes: &[Node]) -> Vec<Token> {
    let (mut all, mut at, mut text) = (Vec::new(), 0, String::new());
    let flush = |text: &mut String, at: &mut usize, all: &mut Vec<Token>| {
        for token in tokens(text) {
            let to = *at + token.encode_utf16().count();
            let is_word = token.chars().all(char::is_alphanumeric);
            all.push(Token { key: token.to_owned(), from: *at, to, is_word });
            *at = to;
        }
        text.clear();
    };
    for node in nodes {
        match node {
            Node::Text { text: more, .. } => text.push_str(more),
            Node::Element { .. } => {
                flush(&mut text, &mut at, &mut all);
                let key = reading(std::slice::from_ref(node));
                all.push(Token { key, from: at, to: at + 1, is_word: false });
                at += 1;
            }
        }
    }
    flush(&mut text, &mut at, &mut all);
    all
}

/// A change of marks: the number of letters, the removed marks, and the added marks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MarkChange {
    pub(super) len: usize,
    pub(super) gone: Vec<Mark>,
    pub(super) new: Vec<Mark>,
}

/// The differences between the marks of two parts that read the same.
pub(super) fn mark_changes(before: &[Node], after: &[Node]) -> Vec<MarkChange> {
    let marks = |nodes: &[Node], at: usize| match cut(nodes, at, at + 1).pop() {
        Some(Node::Text { marks, .. }) => marks,
        _ => Vec::new(),
    };
    let mut edges: Vec<usize> = Vec::new();
    for side in [before, after] {
        let mut at = 0;
        for node in side {
            edges.push(at);
            at += width_of(node);
        }
        edges.push(at);
    }
    edges.sort_unstable();
    edges.dedup();
    let change = |two: &[usize]| {
        let (had, has) = (marks(before, two[0]), marks(after, two[0]));
        let gone = had.iter().filter(|mark| !has.contains(mark)).cloned().collect();
        let new = has.iter().filter(|mark| !had.contains(mark)).cloned().collect();
        MarkChange { len: two[1] - two[0], gone, new }
    };
    edges.windows(2).map(change).collect()
}

/// The same part with other marks.
pub(super) fn remarked(nodes: &[Node], changes: &[MarkChange]) -> Vec<Node> {
    let (mut at, mut result) = (0, Vec::new());
    for MarkChange { len, gone, new } in changes {
        for node in cut(nodes, at, at + len) {
            result.push(match node {
                Node::Text { text, mut marks } => {
                    marks.retain(|mark| !gone.contains(mark) && new.iter().all(|new| new.name != mark.name));
                    marks.extend(new.iter().cloned());
                    marks.sort_by(|a, b| a.name.cmp(&b.name));
                    Node::Text { text, marks }
                }
                other => other,
            });
        }
        at += len;
    }
    joined(result)
}

/// The content for a part that others have formatted as a whole since. Text that had the same marks as the part gets
/// its new marks, too.
pub(super) fn dressed(after: &[Node], was: &[Node], now: &[Node]) -> Vec<Node> {
    let marks = |nodes: &[Node]| match nodes {
        [Node::Text { marks, .. }] => Some(marks.clone()),
        _ => None,
    };
    let (Some(had), Some(has)) = (marks(was), marks(now)) else { return after.to_vec() };
    let dress = |node: &Node| match node {
        Node::Text { text, marks } if *marks == had => Node::Text { text: text.clone(), marks: has.clone() },
        other => other.clone(),
    };
    joined(after.iter().map(dress).collect())
}

/// Tokens that were replaced: ranges of both sides.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) old: std::ops::Range<usize>,
    pub(super) new: std::ops::Range<usize>,
}

pub(super) fn spans(old: &[&str], new: &[&str]) -> Vec<Span> {
    let hunks = differences(old.iter().copied(), new.iter().copied(), true);
    hunks.into_iter().map(|hunk| Span { old: hunk.before, new: hunk.after }).collect()
}
