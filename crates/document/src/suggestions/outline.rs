//! The lines of a text in their order, each with its path in the tree and its place in the plain text.

use serde_json::Value;

use super::inline::{reading, slot_of, unit_of};
use crate::prose::Node;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Indexes of children, from the root down.
    pub(super) path: Vec<usize>,
    /// The line's first unit in the plain text; `len` is its length.
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Line {
    pub(super) fn end(&self) -> usize {
        self.start + self.len
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Outline {
    pub(super) lines: Vec<Line>,
}

impl Outline {
    pub(super) fn of(nodes: &[Node]) -> Outline {
        let (mut outline, mut at) = (Outline::default(), 0);
        outline.walk(nodes, &mut Vec::new(), &mut at);
        outline
    }

    /// Walks in the order of [`Node::lines`], with the same offsets.
    fn walk(&mut self, nodes: &[Node], path: &mut Vec<usize>, at: &mut usize) {
        for (index, node) in nodes.iter().enumerate() {
            path.push(index);
            match node {
                Node::Element { children, .. } if !node.is_line() => self.walk(children, path, at),
                _ => {
                    let len = node.inline_text().encode_utf16().count();
                    self.lines.push(Line { path: path.clone(), start: *at, len });
                    *at += len + 1;
                }
            }
            path.pop();
        }
    }

    /// The index of the line that holds a unit.
    pub(super) fn at(&self, unit: usize) -> Option<usize> {
        let index = self.lines.partition_point(|line| line.start <= unit).checked_sub(1)?;
        (unit < self.lines[index].end()).then_some(index)
    }

    /// The lines under a path, as a range of indexes.
    pub(super) fn under(&self, path: &[usize]) -> std::ops::Range<usize> {
        let first = self.lines.partition_point(|line| line.path.as_slice() < path);
        let count = self.lines[first..].iter().take_while(|line| line.path.starts_with(path)).count();
        first..first + count
    }
}

pub(super) fn node_at<'a>(root: &'a [Node], path: &[usize]) -> Option<&'a Node> {
    let (first, rest) = path.split_first()?;
    let node = root.get(*first)?;
    if rest.is_empty() { Some(node) } else { node_at(node.children(), rest) }
}

pub(super) fn children_at<'a>(root: &'a [Node], path: &[usize]) -> Option<&'a [Node]> {
    if path.is_empty() { Some(root) } else { node_at(root, path).map(Node::children) }
}

pub(super) fn children_at_mut<'a>(root: &'a mut Vec<Node>, path: &[usize]) -> Option<&'a mut Vec<Node>> {
    match path.split_first() {
        None => Some(root),
        Some((first, rest)) => match root.get_mut(*first)? {
            Node::Element { children, .. } => children_at_mut(children, rest),
            Node::Text { .. } => None,
        },
    }
}

/// The content of blocks for comparison: their lines, and their blocks without lines, regardless of kinds of blocks and
/// marks.
pub(super) fn readings(nodes: &[Node]) -> Vec<String> {
    let mut all = Vec::new();
    nodes.iter().for_each(|node| read(node, &mut all));
    all
}

fn read(node: &Node, all: &mut Vec<String>) {
    match node {
        Node::Element { children, .. } if node.is_line() => all.push(reading(children)),
        Node::Element { children, name, attributes } if children.is_empty() => {
            all.push(format!("{name} {}", Value::Object(attributes.clone())));
        }
        Node::Element { children, .. } => children.iter().for_each(|child| read(child, all)),
        Node::Text { text, .. } => all.push(text.clone()),
    }
}

/// A passage in one line, in slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub(super) line: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The spots of the first and the last letter of a passage of the plain text. Both can be in the same line, or in two
/// lines.
pub(super) fn ends(outline: &Outline, root: &[Node], from: usize, to: usize) -> Option<(Spot, Spot)> {
    let (first, last) = (outline.at(from)?, outline.at(to.checked_sub(1)?)?);
    let slot = |line: usize, unit: usize| {
        let at = &outline.lines[line];
        Some(slot_of(node_at(root, &at.path)?.children(), unit - at.start))
    };
    let (begin, end) = (slot(first, from)?, slot(last, to - 1)? + 1);
    Some((Spot { line: first, from: begin, to: begin + 1 }, Spot { line: last, from: end - 1, to: end }))
}

/// The place in the plain text of a slot of a line.
pub(super) fn unit_at(outline: &Outline, root: &[Node], line: usize, slot: usize) -> usize {
    let at = &outline.lines[line];
    at.start + node_at(root, &at.path).map_or(0, |node| unit_of(node.children(), slot))
}
