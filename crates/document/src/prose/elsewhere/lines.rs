//! A text of lines: from Quill, or plain characters as code editors store them. The attributes of a line feed are the
//! attributes of the line that it ends.

use serde_json::{Map, Value, json};
use yrs::branch::BranchPtr;
use yrs::types::text::YChange;
use yrs::{Any, Out, ReadTxn, Text as _, TextRef};

use super::Form;
use crate::prose::tree::{Mark, Node, attribute, joined, marks, number, plain};

/// Deepest indent that is read. Quill offers eight steps.
const MOST_INDENT: u64 = 16;

struct Line {
    children: Vec<Node>,
    attributes: Map<String, Value>,
}

/// Reads the lines as nodes. Items of lists are not nested, but have an indent.
pub(super) fn read<T: ReadTxn>(txn: &T, root: BranchPtr, left: &mut usize) -> (Form, Vec<Node>) {
    let mut lines = Vec::new();
    let mut children: Vec<Node> = Vec::new();
    let mut form = Form::Plain;
    for chunk in TextRef::from(root).diff(txn, YChange::identity) {
        if *left == 0 {
            break;
        }
        *left -= 1;
        let attributes = chunk.attributes.as_deref().map(marks).unwrap_or_default();
        if !attributes.is_empty() {
            form = Form::Quill;
        }
        match chunk.insert {
            Out::Any(Any::String(run)) => {
                for (index, part) in run.split('\n').enumerate() {
                    if index > 0 {
                        *left = left.saturating_sub(1);
                        let attributes = attributes.iter().map(|mark| (mark.name.clone(), mark.attributes.clone()));
                        let attributes = attributes.collect();
                        lines.push(Line { children: joined(std::mem::take(&mut children)), attributes });
                    }
                    let text = part.replace('\0', "\u{fffd}");
                    children.push(Node::Text { text, marks: attributes.clone() });
                }
            }
            Out::Any(value @ Any::Map(_)) => {
                form = Form::Quill;
                children.push(embed(&plain(&Out::Any(value)), &attributes));
            }
            _ => {}
        }
    }
    let rest = joined(children);
    if !rest.is_empty() {
        lines.push(Line { children: rest, attributes: Map::new() });
    }
    (form, nodes(lines))
}

/// An embed is an object with one key, which names its kind: `{ image: "https://…" }`.
fn embed(value: &Value, marks: &[Mark]) -> Node {
    let of_marks = marks.iter().map(|mark| (mark.name.clone(), mark.attributes.clone()));
    let mut attributes: Map<String, Value> = of_marks.collect();
    let first = value.as_object().and_then(|entries| entries.iter().next());
    let (name, inside) = first.map_or(("embed", &Value::Null), |(name, inside)| (name.as_str(), inside));
    match inside {
        Value::Object(entries) => attributes.extend(entries.clone()),
        Value::Null | Value::Bool(_) => {}
        value if matches!(name, "image" | "video") => drop(attributes.insert("src".into(), value.clone())),
        value => drop(attributes.insert("value".into(), value.clone())),
    }
    Node::Element { name: name.to_owned(), attributes, children: Vec::new() }
}

/// The kind of block that a line belongs to. Adjacent lines with equal values are in one block.
#[derive(Clone, PartialEq)]
enum Block {
    Line,
    Quote,
    Code(Value),
    Table,
}

impl Block {
    fn of(line: &Line) -> Block {
        let has = |name: &str| line.attributes.get(name).is_some_and(|value| *value != json!(false));
        match () {
            () if has("code-block") => Block::Code(line.attributes["code-block"].clone()),
            () if has("blockquote") => Block::Quote,
            () if has("table") => Block::Table,
            () => Block::Line,
        }
    }
}

fn nodes(lines: Vec<Line>) -> Vec<Node> {
    let mut nodes = Vec::new();
    for lines in lines.chunk_by(|a, b| Block::of(a) != Block::Line && Block::of(a) == Block::of(b)) {
        let block = |name: &str, attributes, children| Node::Element { name: name.to_owned(), attributes, children };
        match Block::of(&lines[0]) {
            Block::Line => nodes.extend(lines.iter().map(line)),
            Block::Quote => nodes.push(block("blockquote", Map::new(), lines.iter().map(line).collect())),
            Block::Code(language) => {
                let code = lines.iter().map(|line| line.children.iter().map(Node::text).collect::<String>());
                let text = code.collect::<Vec<_>>().join("\n");
                let language = language.as_str().filter(|language| !matches!(*language, "plain" | "true"));
                let attributes = language.map(|language| ("language".to_owned(), json!(language)));
                let text = Node::Text { text, marks: Vec::new() };
                nodes.push(block("codeBlock", attributes.into_iter().collect(), vec![text]));
            }
            Block::Table => {
                let row = |line: &Line| attribute(&line.attributes, "table").to_owned();
                let cell = |line: &Line| block("tableCell", Map::new(), line.children.clone());
                let rows = lines.chunk_by(|a, b| row(a) == row(b));
                let rows = rows.map(|cells| block("tableRow", Map::new(), cells.iter().map(cell).collect()));
                nodes.push(block("table", Map::new(), rows.collect()));
            }
        }
    }
    nodes
}

/// One line: a heading, an item of a list, or a paragraph.
fn line(line: &Line) -> Node {
    let mut attributes = Map::new();
    let level = number(&line.attributes, "header", 0);
    let name = match attribute(&line.attributes, "list") {
        "bullet" => "bulletListItem",
        "ordered" => "numberedListItem",
        kind @ ("checked" | "unchecked") => {
            attributes.insert("checked".into(), json!(kind == "checked"));
            "checkListItem"
        }
        _ if level > 0 => {
            attributes.insert("level".into(), json!(level));
            "heading"
        }
        _ => "paragraph",
    };
    if name.ends_with("Item") {
        attributes.insert("indent".into(), json!(number(&line.attributes, "indent", 0).min(MOST_INDENT)));
    }
    Node::Element { name: name.to_owned(), attributes, children: line.children.clone() }
}
