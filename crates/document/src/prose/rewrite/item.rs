//! What is written: the children of a wanted node as shared types have them, and values.

use std::sync::Arc;

use serde_json::Value;
use yrs::types::Attrs;
use yrs::{Any, Text, TransactionMut, XmlTextRef};

use crate::prose::tree::{Mark, Node};

/// The format of the wanted text, which determines what it cannot express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The editor's JSON, which expresses everything.
    Exact,
    /// Markdown: spans of cells, targets of links, blank lines and other things it cannot express stay unchanged.
    Markdown,
}

/// Adjacent texts are one shared text.
pub(super) enum Item<'a> {
    Text(Vec<(&'a str, &'a [Mark])>),
    Element(&'a Node),
    /// Content that the editor does not know.
    Stray,
}

pub(super) fn items(nodes: &[Node]) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    for node in nodes {
        match (items.last_mut(), node) {
            (Some(Item::Text(runs)), Node::Text { text, marks }) => runs.push((text, marks)),
            (_, Node::Text { text, marks }) => items.push(Item::Text(vec![(text, marks)])),
            (_, Node::Element { .. }) => items.push(Item::Element(node)),
        }
    }
    items
}

pub(super) fn utf16(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

pub(super) fn nodes(item: &Item<'_>) -> Vec<Node> {
    match item {
        Item::Text(runs) => {
            let node = |(text, marks): &(&str, &[Mark])| Node::Text { text: (*text).to_owned(), marks: marks.to_vec() };
            runs.iter().map(node).collect()
        }
        Item::Element(node) => vec![(*node).clone()],
        Item::Stray => Vec::new(),
    }
}

/// Writes into an empty text.
pub(super) fn write_text(txn: &mut TransactionMut<'_>, text: &XmlTextRef, runs: &[(&str, &[Mark])]) {
    let mut at = 0;
    for (run, marks) in runs {
        text.insert_with_attributes(txn, at, run, attrs(marks));
        at += utf16(run);
    }
}

pub(super) fn attrs(marks: &[Mark]) -> Attrs {
    marks.iter().map(|mark| (Arc::from(mark.name.as_str()), any(&mark.attributes))).collect()
}

pub(super) fn any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(value) => Any::Bool(*value),
        Value::Number(number) => Any::Number(number.as_f64().unwrap_or_default().into()),
        Value::String(text) => Any::String(text.as_str().into()),
        Value::Array(values) => Any::Array(values.iter().map(any).collect()),
        Value::Object(map) => Any::Map(Arc::new(map.iter().map(|(key, value)| (key.clone(), any(value))).collect())),
    }
}
