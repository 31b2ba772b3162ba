//! Computes the smallest edit that turns a document into a wanted text: unchanged blocks are not touched, and within a
//! changed block only the changed words are. So concurrent edits of others survive.

mod align;
mod markdown_view;
mod words;

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Assoc, IndexedSequence, Out, ReadTxn, Text, TextRef, Transact, TransactionMut, Update, WriteTxn, Xml,
    XmlElementPrelim, XmlElementRef, XmlFragment, XmlTextPrelim, XmlTextRef,
};

use super::{Mark, Node, Prose, ROOT, attributes, children};
use crate::anchors::Anchor;
use crate::client_id_owners::Owners;
use crate::document::{Broken, Document, LoadError, Stored};
use crate::passages::Surroundings;
use align::{Step, steps};
use markdown_view::{says, seen};
use words::rewrite_text;

/// The format of the wanted text, which determines what it cannot express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The editor's JSON, which expresses everything.
    Exact,
    /// Markdown: spans of cells, targets of links, blank lines and other things it cannot express stay unchanged.
    Markdown,
}

/// A private copy of a document, which is edited as a new client.
pub struct Draft(Document);

impl Draft {
    /// # Errors
    /// [`LoadError`] when the state is not valid.
    pub fn new(state: &Bytes) -> Result<Draft, LoadError> {
        Document::load([[Stored::from(state)]], Owners::default()).map(Draft)
    }

    /// A draft of an empty document.
    pub fn empty() -> Draft {
        Draft(Document::empty())
    }

    /// Applies an update of others.
    ///
    /// # Errors
    /// [`Broken`] when it cannot be applied: the draft must be dropped.
    pub fn take(&mut self, update: &[u8]) -> Result<(), Broken> {
        let update = Update::decode_v1(update).map_err(|error| Broken(error.to_string()))?;
        self.0.doc().transact_mut().apply_update(update).map_err(|error| Broken(error.to_string()))
    }

    /// As [`Document::around`].
    pub fn around(&self, anchor: &Anchor, most: usize) -> Option<Surroundings> {
        self.0.around(anchor, most)
    }

    pub(crate) fn document(&self) -> &Document {
        &self.0
    }

    /// The client id of the draft's edits.
    pub fn client(&self) -> u64 {
        self.0.doc().client_id().get()
    }

    /// A caret at the end of the text of a top-level block, in the format that presence uses.
    pub fn caret_in(&self, block: usize) -> Option<Value> {
        let txn = self.0.doc().transact();
        let root = txn.get_xml_fragment(ROOT)?;
        let inside = |branch: &Branch| TextRef::from(BranchPtr::from(branch)).diff(&txn, YChange::identity);
        let Out::YXmlElement(element) = inside(root.as_ref()).into_iter().nth(block)?.insert else { return None };
        let Out::YXmlText(text) = inside(element.as_ref()).into_iter().next()?.insert else { return None };
        let caret = text.sticky_index(&txn, text.len(&txn), Assoc::Before)?;
        serde_json::to_value(caret).ok()
    }

    /// Changes the editor's root to `wanted` and returns the edit as a v1 update; `None` if nothing differs.
    pub fn write(&mut self, wanted: &Prose, view: View) -> Option<Bytes> {
        if view == View::Markdown && wanted.to_markdown() == self.0.prose().to_markdown() {
            return None;
        }
        let doc = self.0.doc();
        let mut txn = doc.transact_mut();
        let root = txn.get_or_insert_xml_fragment(ROOT);
        let wanted = match wanted.0.as_slice() {
            // Markdown can neither add nor remove blank lines.
            [only] if view == View::Markdown && seen(only).is_none() => Vec::new(),
            nodes => items(nodes),
        };
        sync(&mut txn, &root, &wanted, view, Hidden::Anywhere);
        let update = txn.encode_update_v1();
        drop(txn);
        (update != [0, 0]).then(|| Bytes::from(update))
    }

    /// The current text.
    pub fn prose(&self) -> Prose {
        self.0.prose()
    }
}

/// The children of a wanted node: adjacent texts are one shared text.
enum Item<'a> {
    Text(Vec<(&'a str, &'a [Mark])>),
    Element(&'a Node),
}

fn items(nodes: &[Node]) -> Vec<Item<'_>> {
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

/// The current children in the document.
struct Existing {
    len: u32,
    kind: ExistingKind,
}

enum ExistingKind {
    Text(XmlTextRef, Vec<Run>),
    Element(XmlElementRef, Node),
    /// Content that the editor does not know.
    Stray,
}

/// A stretch of text with the same attributes, by their stored keys.
struct Run {
    text: String,
    attributes: Attrs,
}

fn existing(txn: &TransactionMut<'_>, parent: BranchPtr) -> Vec<Existing> {
    let chunks = TextRef::from(parent).diff(txn, YChange::identity);
    let existing = |chunk: yrs::types::text::Diff<YChange>| match chunk.insert {
        Out::YXmlElement(element) => {
            let mut left = super::MAX_NODES;
            let attributes = attributes(txn, &element);
            let name = element.tag().to_string();
            let node = Node::Element { name, attributes, children: children(txn, &element, 0, &mut left) };
            Existing { len: 1, kind: ExistingKind::Element(element, node) }
        }
        Out::YXmlText(text) => {
            let kind = match runs(txn, &text) {
                Some(runs) => ExistingKind::Text(text, runs),
                None => ExistingKind::Stray,
            };
            Existing { len: 1, kind }
        }
        Out::Any(Any::String(text)) => Existing { len: utf16(&text), kind: ExistingKind::Stray },
        _ => Existing { len: 1, kind: ExistingKind::Stray },
    };
    chunks.into_iter().map(existing).collect()
}

/// `None` if there is other content between the characters.
fn runs(txn: &TransactionMut<'_>, text: &XmlTextRef) -> Option<Vec<Run>> {
    let run = |chunk: yrs::types::text::Diff<YChange>| match chunk.insert {
        Out::Any(Any::String(text)) => {
            let attributes = chunk.attributes.map(|attributes| *attributes).unwrap_or_default();
            Some(Run { text: text.to_string(), attributes })
        }
        _ => None,
    };
    text.diff(txn, YChange::identity).into_iter().map(run).collect()
}

fn utf16(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

/// The positions of blank paragraphs, which Markdown does not show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hidden {
    Anywhere,
    /// The first child of an item or a cell is visible in Markdown, blank or not.
    NotFirst,
}

fn sync<P: XmlFragment>(txn: &mut TransactionMut<'_>, parent: &P, wanted: &[Item<'_>], view: View, hidden: Hidden) {
    let there = existing(txn, BranchPtr::from(parent.as_ref()));
    let mut index = 0;
    for step in steps(&there, wanted, view, hidden) {
        match step {
            Step::Keep(old) => index += there[old].len,
            Step::Update(old, new) => {
                update(txn, &there[old].kind, &wanted[new], view);
                index += there[old].len;
            }
            Step::Delete(old) => parent.remove_range(txn, index, there[old].len),
            Step::Insert(new) => {
                insert(txn, parent, index, &wanted[new]);
                index += 1;
            }
        }
    }
}

fn update(txn: &mut TransactionMut<'_>, there: &ExistingKind, wanted: &Item<'_>, view: View) {
    match (there, wanted) {
        (ExistingKind::Text(text, runs), Item::Text(wanted)) => rewrite_text(txn, text, runs, wanted, view),
        (ExistingKind::Element(element, node), Item::Element(Node::Element { name, attributes, children })) => {
            let Node::Element { attributes: old, .. } = node else { return };
            set_attributes(txn, element, name, old, attributes, view);
            sync(txn, element, &items(children), view, Hidden::NotFirst);
        }
        _ => {}
    }
}

fn set_attributes(
    txn: &mut TransactionMut<'_>,
    element: &XmlElementRef,
    name: &str,
    old: &Map<String, Value>,
    wanted: &Map<String, Value>,
    view: View,
) {
    let open = |key: &str| view == View::Markdown && !says(name, key);
    for (key, value) in wanted.iter().filter(|(key, value)| !open(key) && old.get(*key) != Some(value)) {
        element.insert_attribute(txn, key.as_str(), any(value));
    }
    for key in old.keys().filter(|key| !open(key) && !wanted.contains_key(*key)) {
        element.remove_attribute(txn, key);
    }
}

fn insert<P: XmlFragment>(txn: &mut TransactionMut<'_>, parent: &P, index: u32, item: &Item<'_>) {
    match item {
        Item::Text(runs) => {
            let text = parent.insert(txn, index, XmlTextPrelim::new(""));
            write_text(txn, &text, runs);
        }
        Item::Element(Node::Element { name, attributes, children }) => {
            let element = parent.insert(txn, index, XmlElementPrelim::empty(name.as_str()));
            for (key, value) in attributes {
                element.insert_attribute(txn, key.as_str(), any(value));
            }
            for (index, item) in items(children).iter().enumerate() {
                insert(txn, &element, index as u32, item);
            }
        }
        Item::Element(Node::Text { .. }) => {}
    }
}

/// Writes into an empty text.
fn write_text(txn: &mut TransactionMut<'_>, text: &XmlTextRef, runs: &[(&str, &[Mark])]) {
    let mut at = 0;
    for (run, marks) in runs {
        text.insert_with_attributes(txn, at, run, attrs(marks));
        at += utf16(run);
    }
}

fn attrs(marks: &[Mark]) -> Attrs {
    marks.iter().map(|mark| (Arc::from(mark.name.as_str()), any(&mark.attributes))).collect()
}

fn any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(value) => Any::Bool(*value),
        Value::Number(number) => Any::Number(number.as_f64().unwrap_or_default().into()),
        Value::String(text) => Any::String(text.as_str().into()),
        Value::Array(values) => Any::Array(values.iter().map(any).collect()),
        Value::Object(map) => Any::Map(Arc::new(map.iter().map(|(key, value)| (key.clone(), any(value))).collect())),
    }
}
