//! How a suggestion is shown in the text: its place, by block and character, and the proposed content.

use serde::Serialize;
use serde_json::Value;

use super::base::Base;
use super::edit::Edit;
use super::inline::width;
use super::located::Located;
use super::outline::children_at;
use super::row::{Change, Kind, Shape, Suggestion};
use crate::prose::Node;

/// A place in the tree: a block, as the indexes of children from the root down, and an offset in its content. In a
/// line, the offset counts UTF-16 units, and each node that is not text as one; in other blocks, it counts children.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    pub path: Vec<usize>,
    pub offset: usize,
}

/// What a reader sees of a suggestion: content between two points is marked or struck, and the proposed content is
/// shown at the second point.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decoration {
    pub kind: Kind,
    pub from: Point,
    pub to: Point,
    /// The proposed content, as the editor's JSON.
    pub after: Vec<Value>,
    /// The proposed kind of block, as JSON without content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Value>,
}

impl Base {
    pub fn decoration(&self, suggestion: &Suggestion, located: &Located) -> Decoration {
        let point = |path: &[usize], offset: usize| Point { path: path.to_vec(), offset };
        let child = |parent: &[usize], index: usize| -> Vec<usize> { parent.iter().copied().chain([index]).collect() };
        let end_of = |path: &[usize]| children_at(&self.nodes, path).map_or(0, width);
        let (from, to) = match &located.edit {
            Edit::Inline { path, from, to, .. } => (point(path, *from), point(path, *to)),
            Edit::Marks { path, from, changes } => {
                let len = changes.iter().map(|change| change.len).sum::<usize>();
                (point(path, *from), point(path, from + len))
            }
            Edit::Across { parent, lines, slots, .. } => {
                (point(&child(parent, lines.0), slots.0), point(&child(parent, lines.1), slots.1))
            }
            Edit::Split { path, slot, .. } => (point(path, *slot), point(path, *slot)),
            Edit::Join { parent, first } => {
                let path = child(parent, *first);
                let end = end_of(&path);
                (point(&path, end), point(&child(parent, first + 1), 0))
            }
            Edit::Kind { path, .. } => (point(path, 0), point(path, 0)),
            Edit::Blocks { parent, index, removes, .. } => (point(parent, *index), point(parent, index + removes)),
        };
        let after = match &suggestion.change {
            Change::Words { after, .. } | Change::Insert { after, .. } | Change::Blocks { after, .. } => {
                after.0.iter().map(Node::to_json).collect()
            }
            Change::Split { left, right, .. } if suggestion.adds_words() => {
                let line_break = Shape::named("hardBreak").node(Vec::new());
                left.0.iter().chain([&line_break]).chain(&right.0).map(Node::to_json).collect()
            }
            _ => Vec::new(),
        };
        let block = match &suggestion.change {
            Change::Kind { after, .. } | Change::Split { line: after, .. } => Some(after.node(Vec::new()).to_json()),
            _ => None,
        };
        Decoration { kind: suggestion.kind(), from, to, after, block }
    }
}
