//! The two texts of a comparison.

use super::{Change, Comparison, Inline, Kind, Shape, Word};
use crate::prose::tree::{Node, Prose, joined};

impl Comparison {
    /// The earlier text.
    pub fn before(&self) -> Prose {
        Prose(self.changes.iter().filter_map(Change::before).collect())
    }

    /// The later text.
    pub fn after(&self) -> Prose {
        Prose(self.changes.iter().filter_map(Change::after).collect())
    }
}

impl Change {
    /// The node in the earlier text, at this place.
    pub fn before(&self) -> Option<Node> {
        Some(match self {
            Change::Same(node) | Change::MovedFrom { node, .. } | Change::Replaced { before: node, .. } => node.clone(),
            Change::Removed(whole) => whole.node.clone(),
            Change::Added(_) | Change::MovedTo { .. } => return None,
            Change::Words { before, words, .. } => before.with(line(words, Kind::Added, true)),
            Change::Within { before, changes, .. } => before.with(changes.iter().filter_map(Change::before).collect()),
        })
    }

    /// The node in the later text, at this place.
    pub fn after(&self) -> Option<Node> {
        Some(match self {
            Change::Same(node) | Change::Replaced { after: node, .. } => node.clone(),
            Change::Added(whole) => whole.node.clone(),
            Change::MovedTo { change, .. } => return change.after(),
            Change::Removed(_) | Change::MovedFrom { .. } => return None,
            Change::Words { after, words, .. } => after.with(line(words, Kind::Removed, false)),
            Change::Within { after, changes, .. } => after.with(changes.iter().filter_map(Change::after).collect()),
        })
    }
}

impl Shape {
    pub(super) fn with(&self, children: Vec<Node>) -> Node {
        Node::Element { name: self.name.clone(), attributes: self.attributes.clone(), children }
    }
}

/// A line without the words of one kind.
fn line(words: &[Word], without: Kind, is_before: bool) -> Vec<Node> {
    let node = |word: &Word| match &word.content {
        Inline::Node(node) => node.clone(),
        Inline::Text(text) => {
            let before = word.marks_before.as_ref().filter(|_| is_before);
            Node::Text { text: text.clone(), marks: before.unwrap_or(&word.marks).clone() }
        }
    };
    joined(words.iter().filter(|word| word.kind != without).map(node).collect())
}
