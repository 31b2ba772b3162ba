//! What Markdown shows of a node, and equality of blocks: exact, or ignoring differences that Markdown cannot show.

use serde_json::{Map, Value, json};

use super::item::{Item, View};
use crate::prose::embeds::EMBED;
use crate::prose::footnotes::FOOTNOTE;
use crate::prose::markdown::inline::said_marks;
use crate::prose::markdown::{MAX_START, is_known, spliced};
use crate::prose::palette::callout_kind;
use crate::prose::tree::{Mark, Node, PAGE_LINK, Prose, attribute, joined, number};

pub(super) fn item_key(item: &Item<'_>, view: View) -> String {
    match item {
        Item::Text(runs) => {
            let node = |(text, marks): &(&str, &[Mark])| Node::Text { text: (*text).to_owned(), marks: marks.to_vec() };
            key(&joined(runs.iter().map(node).collect()), view)
        }
        Item::Element(node) => key(std::slice::from_ref(*node), view),
        Item::Stray => "stray".to_owned(),
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
            let said = if view == View::Markdown { said_marks(marks) } else { marks.clone() };
            for mark in said {
                out.push_str(&mark.name);
                out.push_str(&without_nulls(&mark.attributes).to_string());
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
            | ("callout", "kind")
            | ("codeBlock", "language")
            | (PAGE_LINK, "document")
            | (FOOTNOTE, "text")
            | (EMBED, "href" | "title")
            | ("image", "src" | "attachment" | "alt" | "title" | "href")
            | ("file", "attachment" | "name")
            | ("tableHeader" | "tableCell", "align")
    )
}

pub(super) fn element(name: &str, attributes: Map<String, Value>, children: Vec<Node>) -> Node {
    Node::Element { name: name.to_owned(), attributes, children }
}

pub(super) fn blank() -> Node {
    element("paragraph", Map::new(), Vec::new())
}

/// A block as it is read from its Markdown: several blocks if an image divides it, none if it is not visible.
pub(super) fn shown(node: &Node) -> Vec<Node> {
    let Node::Element { name, attributes, children } = node else { return read(node) };
    match name.as_str() {
        "bulletList" | "orderedList" | "taskList" | "blockquote" | "callout" | "details" | "table"
            if !is_regular(node) =>
        {
            read(node)
        }
        "bulletList" | "taskList" => {
            let items = children.iter().map(shown_item).collect();
            vec![element(name, Map::new(), items)]
        }
        "orderedList" => {
            let start = number(attributes, "start", 1).min(MAX_START);
            let attributes = Map::from_iter([("start".to_owned(), json!(start))]);
            vec![element(name, attributes, children.iter().map(shown_item).collect())]
        }
        "blockquote" => vec![element(name, Map::new(), shown_inside(children))],
        "callout" => {
            let kind = Map::from_iter([("kind".to_owned(), json!(callout_kind(attributes)))]);
            vec![element(name, kind, shown_inside(children))]
        }
        "details" => vec![element(name, Map::new(), children.iter().map(shown_part).collect())],
        "table" => shown_table(children),
        _ if node.is_line() || is_known(name) => read(node),
        _ => shown_blocks(children),
    }
}

/// Whether a container has the children that Markdown has a form for. A raw client may have written others.
pub(super) fn is_regular(node: &Node) -> bool {
    let Node::Element { name, children, .. } = node else { return false };
    let all = |names: &[&str]| {
        let is = |child: &Node| matches!(child, Node::Element { name, .. } if names.contains(&name.as_str()));
        !children.is_empty() && children.iter().all(is)
    };
    match name.as_str() {
        "bulletList" | "orderedList" => all(&["listItem"]),
        "taskList" => all(&["taskItem"]),
        "blockquote" | "callout" | "detailsContent" => {
            children.iter().all(|child| matches!(child, Node::Element { .. }))
        }
        "details" => {
            matches!(children.as_slice(), [summary, content] if summary.name() == "detailsSummary" && content.name() == "detailsContent" && is_regular(content))
        }
        "listItem" | "taskItem" => true,
        "tableRow" => children.is_empty() || all(&["tableCell", "tableHeader"]),
        "table" => all(&["tableRow"]) && children.iter().all(is_regular) && width(children) > 0,
        _ => false,
    }
}

fn read(node: &Node) -> Vec<Node> {
    let read = Prose::from_markdown(&Prose(vec![node.clone()]).to_markdown()).map(|read| read.0).unwrap_or_default();
    if read.len() == 1 && read[0] == blank() { Vec::new() } else { read }
}

fn shown_blocks(nodes: &[Node]) -> Vec<Node> {
    nodes.iter().flat_map(shown).collect()
}

/// The content of a quote; a blank line if there is none.
fn shown_inside(nodes: &[Node]) -> Vec<Node> {
    let shown = shown_blocks(nodes);
    if shown.is_empty() { vec![blank()] } else { shown }
}

/// The summary of a `details`, or its content.
pub(super) fn shown_part(part: &Node) -> Node {
    let Node::Element { name, children, .. } = part else { return part.clone() };
    let text = Node::Text { text: part.text(), marks: Vec::new() };
    let inside = if name == "detailsSummary" { joined(vec![text]) } else { shown_inside(children) };
    element(name, Map::new(), inside)
}

pub(super) fn shown_item(item: &Node) -> Node {
    let Node::Element { name, attributes, children } = item else { return item.clone() };
    let checked = attributes.get("checked").is_some_and(|checked| checked == true);
    let attributes = match name.as_str() {
        "taskItem" => Map::from_iter([("checked".to_owned(), json!(checked))]),
        _ => Map::new(),
    };
    let mut shown = shown_blocks(children);
    // In an item, a blank line is visible if it is the first.
    let first = spliced(children).first().copied();
    let is_blank = first.is_some_and(|first| is_paragraph(first) && self::shown(first).is_empty());
    if is_blank || !shown.first().is_some_and(is_paragraph) {
        shown.insert(0, blank());
    }
    element(name, attributes, shown)
}

pub(super) fn is_paragraph(node: &Node) -> bool {
    matches!(node, Node::Element { name, .. } if name == "paragraph")
}

pub(super) fn width(rows: &[Node]) -> usize {
    rows.iter().map(|row| if let Node::Element { children, .. } = row { children.len() } else { 0 }).max().unwrap_or(0)
}

fn shown_table(rows: &[Node]) -> Vec<Node> {
    let row = |(index, _)| element("tableRow", Map::new(), shown_row(rows, index));
    vec![element("table", Map::new(), rows.iter().enumerate().map(row).collect())]
}

/// The cells of a row in Markdown, where the rows of a table are equally wide, and a column is aligned like its first
/// cell.
pub(super) fn shown_row(rows: &[Node], index: usize) -> Vec<Node> {
    let cell = |column: usize| {
        let at = |row: usize| match rows.get(row) {
            Some(Node::Element { children, .. }) => children.get(column),
            _ => None,
        };
        let align = match at(0) {
            Some(Node::Element { attributes, .. }) => attribute(attributes, "align"),
            _ => "",
        };
        let align = Some(align).filter(|align| matches!(*align, "left" | "center" | "right"));
        let attributes = align.map(|align| ("align".to_owned(), json!(align))).into_iter().collect();
        let name = if index == 0 { "tableHeader" } else { "tableCell" };
        element(name, attributes, at(index).map_or_else(|| vec![blank()], read_cell))
    };
    (0..width(rows)).map(cell).collect()
}

/// The content of a cell, which can be parsed inside a table only.
fn read_cell(cell: &Node) -> Vec<Node> {
    let table = element("table", Map::new(), vec![element("tableRow", Map::new(), vec![cell.clone()])]);
    let mut node = Prose::from_markdown(&Prose(vec![table]).to_markdown()).ok().and_then(|mut read| read.0.pop());
    for _ in ["row", "cell"] {
        node = match node {
            Some(Node::Element { mut children, .. }) if !children.is_empty() => Some(children.swap_remove(0)),
            _ => None,
        };
    }
    match node {
        Some(Node::Element { children, .. }) => children,
        _ => vec![blank()],
    }
}
