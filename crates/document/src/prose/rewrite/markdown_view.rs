//! Equality of blocks: exact, or as far as Markdown shows.

use serde_json::{Map, Value};

use super::{Existing, ExistingKind, Item, Run, View};
use crate::prose::{Mark, Node, Prose, marks};
use crate::{prose::markdown::can_say, prose::schema::joined};

pub(super) fn existing_key(existing: &Existing, view: View) -> Option<String> {
    match &existing.kind {
        ExistingKind::Text(_, runs) if runs.is_empty() => None,
        ExistingKind::Text(_, runs) => {
            let node = |run: &Run| Node::Text { text: run.text.clone(), marks: marks(&run.attributes) };
            Some(key(&joined(runs.iter().map(node).collect()), view))
        }
        ExistingKind::Element(_, node) => match view {
            View::Exact => Some(key(std::slice::from_ref(node), view)),
            View::Markdown => seen(node).map(|node| key(&[node], view)),
        },
        // It is removed: the editor would delete it.
        ExistingKind::Stray => Some("stray".to_owned()),
    }
}

pub(super) fn item_key(item: &Item<'_>, view: View) -> String {
    match item {
        Item::Text(runs) => {
            let node = |(text, marks): &(&str, &[Mark])| Node::Text { text: (*text).to_owned(), marks: marks.to_vec() };
            key(&joined(runs.iter().map(node).collect()), view)
        }
        Item::Element(node) => key(std::slice::from_ref(*node), view),
    }
}

/// Nodes with equal keys are equal in this view.
pub(super) fn key(nodes: &[Node], view: View) -> String {
    let mut out = String::new();
    nodes.iter().for_each(|node| write_key(&mut out, node, view));
    out
}

fn write_key(out: &mut String, node: &Node, view: View) {
    match node {
        Node::Text { text, marks } => {
            out.push('\u{1}');
            for mark in marks.iter().filter(|mark| view == View::Exact || can_say(mark)) {
                out.push_str(&mark.name);
                out.push_str(&match view {
                    View::Exact => without_nulls(&mark.attributes).to_string(),
                    View::Markdown => mark.attributes["href"].as_str().unwrap_or_default().to_owned(),
                });
            }
            out.push('\u{2}');
            out.push_str(text);
        }
        Node::Element { name, attributes, children } => {
            out.push('\u{3}');
            out.push_str(if view == View::Markdown { kind(name) } else { name });
            for (name, value) in attributes.iter().filter(|(key, _)| view == View::Exact || says(name, key)) {
                out.push_str(&format!("\u{1}{name}={value}"));
            }
            out.push('\u{4}');
            children.iter().for_each(|child| write_key(out, child, view));
            out.push('\u{5}');
        }
    }
}

/// Markdown has header cells in the first row only, so header and plain cells count as equal.
pub(super) fn kind(name: &str) -> &str {
    if name == "tableHeader" { "tableCell" } else { name }
}

pub(super) fn without_nulls(attributes: &Value) -> Value {
    match attributes {
        Value::Object(attributes) => {
            Value::Object(attributes.clone().into_iter().filter(|(_, value)| !value.is_null()).collect())
        }
        _ => Value::Object(Map::new()),
    }
}

/// Whether Markdown can express this attribute of this node.
pub(super) fn says(node: &str, attribute: &str) -> bool {
    matches!(
        (node, attribute),
        ("heading", "level")
            | ("orderedList", "start")
            | ("taskItem", "checked")
            | ("codeBlock", "language")
            | ("image", "src" | "alt" | "title")
            | ("tableHeader" | "tableCell", "align")
    )
}

/// A node as Markdown shows it; `None` if it is not visible.
pub(super) fn seen(node: &Node) -> Option<Node> {
    let Node::Element { name, attributes, children } = node else { return Some(node.clone()) };
    let mut shown: Vec<Node> = children.iter().filter_map(seen_child(name)).collect();
    match name.as_str() {
        "bulletList" | "orderedList" | "taskList" if shown.is_empty() => return None,
        "bulletList" | "orderedList" | "taskList" => {}
        "listItem" | "taskItem" => {
            let begins_well = matches!(shown.first(), Some(Node::Element { name, .. }) if name == "paragraph");
            if !begins_well {
                let paragraph =
                    Node::Element { name: "paragraph".into(), attributes: Map::new(), children: Vec::new() };
                shown.insert(0, paragraph);
            }
        }
        "blockquote" if !shown.is_empty() => {}
        "tableRow" | "hardBreak" => {}
        "tableHeader" | "tableCell" => return Some(seen_cell(node)),
        _ => {
            let read = Prose::from_markdown(&Prose(vec![node.clone()]).to_markdown()).ok()?.0;
            return match <[Node; 1]>::try_from(read) {
                Ok([Node::Element { name, children, .. }]) if name == "paragraph" && children.is_empty() => None,
                Ok([only]) => Some(only),
                Err(several) => Some(Node::Element { name: name.clone(), attributes: Map::new(), children: several }),
            };
        }
    }
    Some(Node::Element { name: name.clone(), attributes: attributes.clone(), children: shown })
}

/// A cell can be parsed inside a table only.
fn seen_cell(cell: &Node) -> Node {
    let within =
        |name: &str, child: Node| Node::Element { name: name.into(), attributes: Map::new(), children: vec![child] };
    let table = within("table", within("tableRow", cell.clone()));
    let mut node = Prose::from_markdown(&Prose(vec![table]).to_markdown()).ok().and_then(|mut read| read.0.pop());
    for _ in ["row", "cell"] {
        node = match node {
            Some(Node::Element { mut children, .. }) if !children.is_empty() => Some(children.swap_remove(0)),
            _ => None,
        };
    }
    node.unwrap_or_else(|| cell.clone())
}

fn seen_child(parent: &str) -> impl Fn(&Node) -> Option<Node> {
    let is_container = matches!(
        parent,
        "bulletList" | "orderedList" | "taskList" | "listItem" | "taskItem" | "blockquote" | "tableRow"
    );
    move |child| if is_container { seen(child) } else { None }
}
