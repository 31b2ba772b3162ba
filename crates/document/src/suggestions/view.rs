//! What a suggester's editor shows: the text with their own suggestions, and the place of each suggestion in it.
//! Suggestions of others are shown at their places, but do not change the text.
//!
//! While suggestions are applied, from the end of the text to its beginning, their places move. Therefore each
//! suggestion leaves markers in the tree, which are removed at the end: nodes in a line, and an attribute of a block.

use serde_json::{Map, Value, json};

use super::base::Base;
use super::decorations::Point;
use super::edit::Edit;
use super::inline::{cut, joined, remarked, splice, width};
use super::located::Located;
use super::outline::{children_at, children_at_mut, node_at};
use crate::prose::{Node, Prose};

/// A text with suggestions, and their places in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub prose: Prose,
    /// The marks in the order of the suggestions, own suggestions first. `None` where a place cannot be expressed.
    pub marks: Vec<Option<ShownMark>>,
}

/// The place of a suggestion in a view.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownMark {
    pub from: Point,
    pub to: Point,
    /// The content that the suggestion removes at `from`, as the editor's JSON.
    pub removed: Vec<Value>,
}

/// The name of a marker in a line, and of the attribute with the markers of a block. Neither is part of the schema.
const SIGN: &str = ":sign";

#[derive(Clone, Copy, PartialEq)]
enum End {
    From,
    To,
}

/// The target of a block's marker: the block itself, or the place before or after it.
const ITSELF: &str = "itself";
const BEFORE: &str = "before";
const AFTER: &str = "after";

impl Base {
    /// The text with the suggestions in `own`, which must not overlap, and the places of these and of `others`. `None`
    /// if those in `own` cannot be applied together.
    pub fn shown(&self, own: &[&Located], others: &[&Located]) -> Option<Shown> {
        let mut placed: Vec<(usize, &Located)> = own.iter().copied().enumerate().collect();
        for (index, other) in others.iter().enumerate() {
            // If several suggestions would change the same words, only the first is shown.
            if !placed.iter().any(|(_, there)| there.overlaps(other)) {
                placed.push((own.len() + index, other));
            }
        }
        placed.sort_by_key(|(_, one)| one.order());
        let mut nodes = self.nodes.clone();
        for (index, one) in placed {
            match index < own.len() {
                true => make(&one.edit, &mut nodes, index)?,
                // A place that cannot be expressed is left out.
                false => drop(point_at(&one.edit, &mut nodes, index)),
            }
        }
        let mut ends = vec![(None, None); own.len() + others.len()];
        let prose = Prose(taken_out(nodes, &mut Vec::new(), &mut ends));
        let removed = |index: usize| own.get(index).map(|one| self.removed(&one.edit)).unwrap_or_default();
        let mark = |(index, (from, to)): (usize, (Option<Point>, Option<Point>))| {
            Some(ShownMark { from: from?, to: to?, removed: removed(index) })
        };
        Some(Shown { prose, marks: ends.into_iter().enumerate().map(mark).collect() })
    }

    fn removed(&self, edit: &Edit) -> Vec<Value> {
        let nodes = match edit {
            Edit::Inline { path, from, to, .. } => cut(children_at(&self.nodes, path).unwrap_or_default(), *from, *to),
            Edit::Across { parent, lines: (first, last), slots: (from, to), .. } => {
                let lines = children_at(&self.nodes, parent).and_then(|blocks| blocks.get(*first..=*last));
                let part = |(index, line): (usize, &Node)| {
                    let begin = if index == 0 { *from } else { 0 };
                    let end = if first + index == *last { *to } else { width(line.children()) };
                    with_children(line, cut(line.children(), begin, end))
                };
                lines.unwrap_or_default().iter().enumerate().map(part).collect()
            }
            Edit::Blocks { parent, index, removes, .. } => {
                let blocks = children_at(&self.nodes, parent).and_then(|blocks| blocks.get(*index..index + removes));
                blocks.unwrap_or_default().to_vec()
            }
            _ => Vec::new(),
        };
        nodes.iter().map(Node::to_json).collect()
    }
}

fn with_children(node: &Node, children: Vec<Node>) -> Node {
    match node {
        Node::Element { name, attributes, .. } => {
            Node::Element { name: name.clone(), attributes: attributes.clone(), children }
        }
        text @ Node::Text { .. } => text.clone(),
    }
}

fn sign(index: usize, end: End) -> Node {
    let attributes = Map::from_iter([("of".to_owned(), json!(index)), ("ends".to_owned(), json!(end == End::To))]);
    Node::Element { name: SIGN.to_owned(), attributes, children: Vec::new() }
}

/// Leaves a marker on a block.
fn put(block: &mut Node, index: usize, end: End, side: &str) {
    let Node::Element { attributes, .. } = block else { return };
    let signs = attributes.entry(SIGN).or_insert_with(|| json!([]));
    if let Value::Array(signs) = signs {
        signs.push(json!({ "of": index, "ends": end == End::To, "side": side }));
    }
}

/// Leaves both markers at the place between two blocks.
fn put_between(blocks: &mut [Node], at: usize, index: usize) {
    let (block, side) = match at < blocks.len() {
        true => (blocks.get_mut(at), BEFORE),
        false => (at.checked_sub(1).and_then(|last| blocks.get_mut(last)), AFTER),
    };
    if let Some(block) = block {
        put(block, index, End::From, side);
        put(block, index, End::To, side);
    }
}

fn between(index: usize, content: Vec<Node>) -> Vec<Node> {
    [vec![sign(index, End::From)], content, vec![sign(index, End::To)]].concat()
}

/// Makes a change, and leaves markers around it.
fn make(edit: &Edit, root: &mut Vec<Node>, index: usize) -> Option<()> {
    match edit {
        Edit::Inline { path, from, to, after } => {
            splice(children_at_mut(root, path)?, *from, *to, &between(index, after.clone()));
        }
        Edit::Marks { path, from, changes } => {
            let line = children_at_mut(root, path)?;
            let to = from + changes.iter().map(|change| change.len).sum::<usize>();
            let after = remarked(&cut(line, *from, to), changes);
            splice(line, *from, to, &between(index, after));
        }
        Edit::Across { parent, lines, slots, after } => {
            let after = between(index, after.clone());
            Edit::Across { parent: parent.clone(), lines: *lines, slots: *slots, after }.make(root)?;
        }
        Edit::Split { left, right, .. } => {
            // One marker stays in the line, before the inserted content; the other is in the next line, after it.
            let mut split = edit.clone();
            if let Edit::Split { left: before, right: after, .. } = &mut split {
                *before = [vec![sign(index, End::From)], left.clone()].concat();
                *after = [right.clone(), vec![sign(index, End::To)]].concat();
            }
            split.make(root)?;
        }
        Edit::Join { parent, first } => {
            let blocks = children_at_mut(root, parent)?;
            let Node::Element { children, .. } = blocks.get_mut(*first)? else { return None };
            children.extend(between(index, Vec::new()));
            edit.make(root)?;
        }
        Edit::Kind { path, .. } => {
            let signs = match node_at(root, path)? {
                Node::Element { attributes, .. } => attributes.get(SIGN).cloned(),
                Node::Text { .. } => None,
            };
            edit.make(root)?;
            let (last, parent) = path.split_last()?;
            let block = children_at_mut(root, parent)?.get_mut(*last)?;
            if let (Node::Element { attributes, .. }, Some(signs)) = (&mut *block, signs) {
                attributes.insert(SIGN.to_owned(), signs);
            }
            put(block, index, End::From, ITSELF);
            put(block, index, End::To, ITSELF);
        }
        Edit::Blocks { parent, index: at, removes, after } => {
            let mut after = after.clone();
            if let Some(first) = after.first_mut() {
                put(first, index, End::From, BEFORE);
            }
            if let Some(last) = after.last_mut() {
                put(last, index, End::To, AFTER);
            }
            let stays = children_at(root, parent)?.len() > *removes;
            let is_gone = after.is_empty();
            Edit::Blocks { parent: parent.clone(), index: *at, removes: *removes, after }.make(root)?;
            if is_gone && stays {
                put_between(children_at_mut(root, parent)?, *at, index);
            }
        }
    }
    Some(())
}

/// Leaves markers at the place of a change without making the change.
fn point_at(edit: &Edit, root: &mut Vec<Node>, index: usize) -> Option<()> {
    match edit {
        Edit::Inline { path, from, to, .. } => {
            let line = children_at_mut(root, path)?;
            let there = cut(line, *from, *to);
            splice(line, *from, *to, &between(index, there));
        }
        Edit::Marks { path, from, changes } => {
            let line = children_at_mut(root, path)?;
            let to = from + changes.iter().map(|change| change.len).sum::<usize>();
            let there = cut(line, *from, to);
            splice(line, *from, to, &between(index, there));
        }
        Edit::Across { parent, lines: (first, last), slots: (from, to), .. } => {
            let blocks = children_at_mut(root, parent)?;
            for (line, slot, end) in [(last, to, End::To), (first, from, End::From)] {
                let Node::Element { children, .. } = blocks.get_mut(*line)? else { return None };
                splice(children, *slot, *slot, &[sign(index, end)]);
            }
        }
        Edit::Split { path, slot, .. } => {
            splice(children_at_mut(root, path)?, *slot, *slot, &between(index, Vec::new()));
        }
        Edit::Join { parent, first } => {
            let blocks = children_at_mut(root, parent)?;
            let Node::Element { children, .. } = blocks.get_mut(first + 1)? else { return None };
            children.insert(0, sign(index, End::To));
            let Node::Element { children, .. } = blocks.get_mut(*first)? else { return None };
            children.push(sign(index, End::From));
        }
        Edit::Kind { path, .. } => {
            let (last, parent) = path.split_last()?;
            let block = children_at_mut(root, parent)?.get_mut(*last)?;
            put(block, index, End::From, ITSELF);
            put(block, index, End::To, ITSELF);
        }
        Edit::Blocks { parent, index: at, removes, .. } => {
            let blocks = children_at_mut(root, parent)?;
            match *removes {
                0 => put_between(blocks, *at, index),
                removes => {
                    put(blocks.get_mut(*at)?, index, End::From, BEFORE);
                    put(blocks.get_mut(at + removes - 1)?, index, End::To, AFTER);
                }
            }
        }
    }
    Some(())
}

/// Removes the markers from nodes, and stores the places where each suggestion begins and ends. Of several equal
/// markers, the first counts.
fn taken_out(nodes: Vec<Node>, path: &mut Vec<usize>, ends: &mut [(Option<Point>, Option<Point>)]) -> Vec<Node> {
    let mut note = |sign: &Value, point: Point| {
        let Some(ends) = sign["of"].as_u64().and_then(|of| ends.get_mut(of as usize)) else { return };
        let end = if sign["ends"] == true { &mut ends.1 } else { &mut ends.0 };
        end.get_or_insert(point);
    };
    let (mut kept, mut at, mut slot) = (Vec::new(), 0, 0);
    let mut inner = Vec::new();
    for node in nodes {
        match node {
            Node::Element { name, attributes, .. } if name == SIGN => {
                note(&Value::Object(attributes), Point { path: path.clone(), offset: slot });
            }
            Node::Element { name, mut attributes, children } => {
                for sign in attributes.remove(SIGN).as_ref().and_then(Value::as_array).into_iter().flatten() {
                    let point = match sign["side"].as_str() {
                        Some(ITSELF) => Point { path: [path.as_slice(), &[at]].concat(), offset: 0 },
                        Some(AFTER) => Point { path: path.clone(), offset: at + 1 },
                        _ => Point { path: path.clone(), offset: at },
                    };
                    note(sign, point);
                }
                inner.push((kept.len(), at));
                kept.push(Node::Element { name, attributes, children });
                (at, slot) = (at + 1, slot + 1);
            }
            text @ Node::Text { .. } => {
                slot += width(std::slice::from_ref(&text));
                at += 1;
                kept.push(text);
            }
        }
    }
    for (place, at) in inner {
        if let Node::Element { children, .. } = &mut kept[place] {
            path.push(at);
            *children = taken_out(std::mem::take(children), path, ends);
            path.pop();
        }
    }
    joined(kept)
}
