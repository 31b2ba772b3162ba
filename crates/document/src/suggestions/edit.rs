//! One change to a tree, at a place that is known.

use std::ops::Range;

use super::inline::{MarkChange, cut, joined, remarked, splice, width};
use super::outline::children_at_mut;
use super::row::Shape;
use crate::prose::Node;

/// A change at a place that is known. Paths and slots are those of the tree before any change.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// Replaces a part of a line.
    Inline { path: Vec<usize>, from: usize, to: usize, after: Vec<Node> },
    /// Changes the marks of a part of a line.
    Marks { path: Vec<usize>, from: usize, changes: Vec<MarkChange> },
    /// Replaces everything from a place in one line to a place in a later sibling line, and joins the remaining parts.
    Across { parent: Vec<usize>, lines: (usize, usize), slots: (usize, usize), after: Vec<Node> },
    /// Splits a line, or the item that it begins, and inserts content before and after the break.
    Split { path: Vec<usize>, slot: usize, item: bool, line: Shape, left: Vec<Node>, right: Vec<Node> },
    /// Joins a line with the next.
    Join { parent: Vec<usize>, first: usize },
    /// Makes a block another kind of block.
    Kind { path: Vec<usize>, after: Shape },
    /// Replaces some adjacent blocks.
    Blocks { parent: Vec<usize>, index: usize, removes: usize, after: Vec<Node> },
}

impl Edit {
    /// The top-level blocks that the change touches, and the same change to these blocks alone.
    pub(super) fn cut_out(&self) -> (Range<usize>, Edit) {
        let mut edit = self.clone();
        let inside = |path: &mut Vec<usize>| path.first_mut().map(std::mem::take).map(|at| at..at + 1);
        let top = match &mut edit {
            Edit::Inline { path, .. }
            | Edit::Marks { path, .. }
            | Edit::Split { path, .. }
            | Edit::Kind { path, .. } => inside(path),
            Edit::Across { parent, lines, .. } => inside(parent).or_else(|| {
                let (first, last) = std::mem::replace(lines, (0, lines.1 - lines.0));
                Some(first..last + 1)
            }),
            Edit::Join { parent, first } => inside(parent).or_else(|| {
                let first = std::mem::take(first);
                Some(first..first + 2)
            }),
            Edit::Blocks { parent, index, removes, .. } => inside(parent).or_else(|| {
                let index = std::mem::take(index);
                Some(index..index + *removes)
            }),
        };
        (top.unwrap_or(0..0), edit)
    }

    /// Makes the change. If the place does not exist, returns `None` and leaves the tree unfinished.
    pub(super) fn make(&self, root: &mut Vec<Node>) -> Option<()> {
        match self {
            Edit::Inline { path, from, to, after } => splice(children_at_mut(root, path)?, *from, *to, after),
            Edit::Marks { path, from, changes } => {
                let line = children_at_mut(root, path)?;
                let to = from + changes.iter().map(|change| change.len).sum::<usize>();
                let after = remarked(&cut(line, *from, to), changes);
                splice(line, *from, to, &after);
            }
            Edit::Across { parent, lines: (first, last), slots: (from, to), after } => {
                let blocks = children_at_mut(root, parent)?;
                let tail = blocks.get(*last)?.children();
                let tail = cut(tail, *to, width(tail));
                let Node::Element { children, .. } = blocks.get_mut(*first)? else { return None };
                *children = joined([cut(children, 0, *from), after.clone(), tail].into_iter().flatten().collect());
                blocks.drain(first + 1..=*last);
            }
            Edit::Split { path, slot, item, line, left, right } => {
                splice(children_at_mut(root, path)?, *slot, *slot, &[left.as_slice(), right].concat());
                split(root, path, slot + width(left), *item, line)?;
            }
            Edit::Join { parent, first } => {
                let blocks = children_at_mut(root, parent)?;
                let Node::Element { children: more, .. } =
                    (first + 1 < blocks.len()).then(|| blocks.remove(first + 1))?
                else {
                    return None;
                };
                let Node::Element { children, .. } = blocks.get_mut(*first)? else { return None };
                children.extend(more);
                *children = joined(std::mem::take(children));
            }
            Edit::Kind { path, after } => {
                let (last, parent) = path.split_last()?;
                let Node::Element { name, attributes, .. } = children_at_mut(root, parent)?.get_mut(*last)? else {
                    return None;
                };
                (*name, *attributes) = (after.name.clone(), after.attributes.clone());
            }
            Edit::Blocks { parent, index, removes, after } => {
                let blocks = children_at_mut(root, parent)?;
                if index + removes > blocks.len() {
                    return None;
                }
                blocks.splice(*index..index + removes, after.iter().cloned());
                if blocks.is_empty() {
                    close(root, parent)?;
                }
            }
        }
        Some(())
    }
}

fn split(root: &mut Vec<Node>, path: &[usize], slot: usize, item: bool, shape: &Shape) -> Option<()> {
    let (index, parent) = path.split_last()?;
    let blocks = children_at_mut(root, parent)?;
    let Node::Element { children, .. } = blocks.get_mut(*index)? else { return None };
    let tail = cut(children, slot, width(children));
    *children = cut(children, 0, slot);
    let line = shape.node(tail);
    if !item {
        blocks.insert(index + 1, line);
        return Some(());
    }
    let rest = std::iter::once(line).chain(blocks.drain(index + 1..)).collect();
    let (at, list) = parent.split_last()?;
    let items = children_at_mut(root, list)?;
    let Node::Element { name, attributes, .. } = items.get(*at)?.clone() else { return None };
    items.insert(at + 1, Node::Element { name, attributes, children: rest });
    Some(())
}

/// Removes a block that has become empty. A cell, the content of a `details` node and the document keep an empty
/// paragraph.
fn close(root: &mut Vec<Node>, path: &[usize]) -> Option<()> {
    let Some((index, parent)) = path.split_last() else {
        root.push(Shape::named("paragraph").node(Vec::new()));
        return Some(());
    };
    let blocks = children_at_mut(root, parent)?;
    match blocks.get_mut(*index)? {
        Node::Element { name, children, .. }
            if matches!(name.as_str(), "tableCell" | "tableHeader" | "detailsContent") =>
        {
            children.push(Shape::named("paragraph").node(Vec::new()));
        }
        _ => {
            blocks.remove(*index);
            if blocks.is_empty() {
                close(root, parent)?;
            }
        }
    }
    Some(())
}
