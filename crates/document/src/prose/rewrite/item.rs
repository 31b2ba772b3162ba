//! Writes content: the children of a wanted node and values, in the form that shared types store.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::types::xml::XmlDeltaPrelim;
use yrs::types::{Attrs, Delta};
use yrs::{Any, In, Out, Text, TextRef, TransactionMut, Xml, XmlElementPrelim, XmlElementRef, XmlTextRef};

use crate::prose::tree::{Mark, Node};

/// The format of the wanted text. Content that the format cannot express stays unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The editor's JSON, which expresses everything.
    Exact,
    /// Markdown, which cannot express spans of cells, targets of links, blank lines and other things.
    Markdown,
}

/// A child of a shared type. Adjacent texts are one shared text.
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
    // In one pass: inserting at an index walks over all text before it.
    let run = |(text, marks): &(&str, &[Mark])| {
        Delta::Inserted(In::Any(Any::String((*text).into())), Some(Box::new(attrs(marks))))
    };
    text.apply_delta(txn, runs.iter().filter(|(text, _)| !text.is_empty()).map(run));
}

fn empty(item: &Item<'_>) -> Option<In> {
    match item {
        Item::Element(Node::Element { name, .. }) => Some(In::XmlElement(XmlElementPrelim::empty(name.as_str()))),
        Item::Text(_) => Some(In::XmlText(XmlDeltaPrelim::default())),
        Item::Element(Node::Text { .. }) | Item::Stray => None,
    }
}

/// A change to the children of a shared type: some are removed at an index, then items are inserted there.
pub(super) struct Change<'i, 'a> {
    pub index: u32,
    pub removes: u32,
    pub items: Vec<&'i Item<'a>>,
}

/// Makes changes in the order of their indexes, which count the children before all changes. Makes one pass over the
/// children, because finding the place of each change by its index would take quadratic time.
pub(super) fn change_children(txn: &mut TransactionMut<'_>, parent: BranchPtr, changes: &[Change<'_, '_>]) {
    let (mut places, mut delta) = (HashMap::new(), Vec::new());
    // How far the pass has come, in the old and in the new children.
    let (mut old, mut new) = (0, 0);
    for Change { index, removes, items } in changes {
        let kept = index.saturating_sub(old);
        if kept > 0 {
            delta.push(Delta::Retain(kept, None));
        }
        if *removes > 0 {
            delta.push(Delta::Deleted(*removes));
        }
        (old, new) = (old + kept + removes, new + kept);
        for (item, empty) in items.iter().filter_map(|item| Some((*item, empty(item)?))) {
            delta.push(Delta::Inserted(empty, None));
            places.insert(new, item);
            new += 1;
        }
    }
    let parent = TextRef::from(parent);
    parent.apply_delta(txn, delta);
    tracing_steps(parent.len(txn) as usize);
    if places.is_empty() {
        return;
    }
    let mut at = 0;
    for child in parent.diff(txn, YChange::identity) {
        match (places.get(&at), &child.insert) {
            (Some(Item::Text(runs)), Out::YXmlText(text)) => write_text(txn, text, runs),
            (Some(Item::Element(node)), Out::YXmlElement(element)) => fill(txn, element, node),
            _ => {}
        }
        at += match &child.insert {
            Out::Any(Any::String(text)) => utf16(text),
            _ => 1,
        };
    }
}

#[cfg(not(test))]
fn tracing_steps(_: usize) {}

#[cfg(test)]
thread_local! {
    /// Children that changes have passed.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn tracing_steps(children: usize) {
    STEPS.set(STEPS.get() + children);
}

/// Writes into an empty element.
fn fill(txn: &mut TransactionMut<'_>, element: &XmlElementRef, node: &Node) {
    let Node::Element { attributes, children, .. } = node else { return };
    for (key, value) in attributes {
        element.insert_attribute(txn, key.as_str(), any(value));
    }
    let children = items(children);
    let all = Change { index: 0, removes: 0, items: children.iter().collect() };
    change_children(txn, BranchPtr::from(AsRef::<Branch>::as_ref(element)), &[all]);
}

/// The attributes of text with these marks.
pub(super) fn attrs(marks: &[Mark]) -> Attrs {
    keyed(marks).map(|(key, mark)| (key, any(&mark.attributes))).collect()
}

/// Marks with the keys under which they are stored. As in y-prosemirror, overlapping marks of the same name have
/// different keys: the name, and eight letters that are derived from the mark.
pub(super) fn keyed(marks: &[Mark]) -> impl Iterator<Item = (Arc<str>, &Mark)> {
    let overlaps = |mark: &Mark| marks.iter().filter(|other| other.name == mark.name).count() > 1;
    marks.iter().map(move |mark| match overlaps(mark) {
        true => {
            let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(mark.attributes.to_string()));
            (format!("{}--{a:02x}{b:02x}{c:02x}{d:02x}", mark.name).into(), mark)
        }
        false => (mark.name.as_str().into(), mark),
    })
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
