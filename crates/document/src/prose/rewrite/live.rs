//! The current content of a document, with its place in the shared types.

use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{Any, Out, Text, TextRef, TransactionMut, XmlElementRef, XmlTextRef};

use super::item::{Item, items, utf16};
use super::shown::{blank, is_paragraph, is_regular, shown, shown_item, shown_part, shown_row, width};
use crate::prose::markdown::{inside_unknown, is_known};
use crate::prose::tree::{MAX_NODES, Node, attributes, children, joined, marks};

/// A child of a shared type, and its form in the wanted format.
pub(super) struct Entry {
    pub parent: BranchPtr,
    pub index: u32,
    pub len: u32,
    pub there: There,
    /// The nodes that the wanted format shows for it; empty if it is not visible.
    pub shown: Vec<Node>,
}

pub(super) enum There {
    Text(XmlTextRef, Vec<Run>),
    Element(XmlElementRef, Node),
    /// Content that the editor does not know.
    Stray,
    /// Content that Markdown shows, but that the document does not have: the cells that make all rows equally wide.
    Missing,
}

/// A stretch of text with the same attributes, by their stored keys.
pub(super) struct Run {
    pub text: String,
    pub attributes: Attrs,
}

/// The kind of the children of a shared type, which determines how they are shown.
#[derive(Clone, Copy)]
pub(super) enum Level<'a> {
    /// Any children, in a format that shows everything.
    Exact,
    /// The content of a line, in Markdown. The following levels are in Markdown, too.
    Inline,
    Document,
    /// The blocks of a quote or a cell, which shows a blank line if it has no visible content.
    Blocks,
    Item,
    List,
    /// The summary and the content of a `details` node.
    Details,
    /// The rows of a table.
    Table(&'a [Node]),
    /// The cells of one of these rows.
    Row(&'a [Node], usize),
}

impl Entry {
    pub fn items(&self) -> Vec<Item<'_>> {
        match &self.there {
            There::Stray => vec![Item::Stray],
            _ => items(&self.shown),
        }
    }

    /// Whether it is an element with a form in Markdown, and not of an app's own kind.
    fn has_form(&self) -> bool {
        matches!(&self.there, There::Element(_, node) if inside_unknown(node).is_none())
    }

    fn is_paragraph(&self) -> bool {
        matches!(&self.there, There::Element(_, node) if is_paragraph(node))
    }

    /// Whether an invisible entry is removed together with the block before it. This applies to blank lines, but not to
    /// content of an app's own kinds.
    pub fn is_blank(&self) -> bool {
        match &self.there {
            There::Element(_, Node::Element { name, .. }) => is_known(name),
            There::Element(..) | There::Missing => false,
            There::Text(..) | There::Stray => true,
        }
    }
}

pub(super) fn entries(txn: &TransactionMut<'_>, parent: BranchPtr, level: Level<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, len, there) in existing(txn, parent) {
        if let (Level::Document | Level::Blocks | Level::Item, There::Element(element, node)) = (level, &there)
            && inside_unknown(node).is_some_and(|children| !children.is_empty())
        {
            entries.extend(self::entries(txn, BranchPtr::from(AsRef::<Branch>::as_ref(element)), Level::Document));
            continue;
        }
        let shown = shows(&there, level, entries.len());
        entries.push(Entry { parent, index, len, there, shown });
    }
    let missing = |shown| Entry { parent, index: 0, len: 0, there: There::Missing, shown: vec![shown] };
    match level {
        Level::Blocks if entries.iter().all(|entry| entry.shown.is_empty()) => {
            match entries.iter_mut().find(|entry| entry.is_paragraph()) {
                Some(entry) => entry.shown.push(blank()),
                None => entries.insert(0, missing(blank())),
            }
        }
        Level::Item => {
            let begins = entries.iter().find_map(|entry| entry.shown.first()).is_some_and(is_paragraph);
            match entries.iter_mut().find(|entry| entry.has_form()) {
                Some(entry) if entry.shown.is_empty() && entry.is_paragraph() => entry.shown.push(blank()),
                _ if begins => {}
                _ => entries.insert(0, missing(blank())),
            }
        }
        Level::Row(rows, row) => {
            let end = entries.last().map_or(0, |entry| entry.index + entry.len);
            let more = shown_row(rows, row).into_iter().skip(entries.len());
            entries.extend(more.map(|cell| Entry { index: end, ..missing(cell) }).collect::<Vec<_>>());
        }
        _ => {}
    }
    entries
}

fn shows(there: &There, level: Level<'_>, at: usize) -> Vec<Node> {
    match (there, level) {
        (There::Stray | There::Missing, _) => Vec::new(),
        (There::Text(_, runs), _) => {
            let node = |run: &Run| Node::Text { text: run.text.clone(), marks: marks(&run.attributes) };
            joined(runs.iter().map(node).collect())
        }
        (There::Element(_, node), Level::Exact) => vec![node.clone()],
        (There::Element(_, node @ Node::Element { name, .. }), Level::Inline) => match is_known(name) {
            true => vec![node.clone()],
            false => Vec::new(),
        },
        (There::Element(_, node), Level::List) => vec![shown_item(node)],
        (There::Element(_, node), Level::Details) => vec![shown_part(node)],
        (There::Element(_, Node::Element { name, .. }), Level::Table(rows)) => {
            vec![Node::Element { name: name.clone(), attributes: Default::default(), children: shown_row(rows, at) }]
        }
        (There::Element(..), Level::Row(rows, row)) => shown_row(rows, row).into_iter().skip(at).take(1).collect(),
        (There::Element(_, node), _) => shown(node),
    }
}

/// The level of the children of a container in Markdown; `None` if the container can only be replaced as a whole.
pub(super) fn level_inside(node: &Node) -> Option<Level<'_>> {
    let Node::Element { name, children, .. } = node else { return None };
    match name.as_str() {
        "tableCell" | "tableHeader" => Some(Level::Blocks),
        _ if !is_regular(node) => None,
        "bulletList" | "orderedList" | "taskList" => Some(Level::List),
        "listItem" | "taskItem" => Some(Level::Item),
        "blockquote" | "callout" | "detailsContent" => Some(Level::Blocks),
        "details" => Some(Level::Details),
        "table" if width(children) > 0 => Some(Level::Table(children)),
        _ => None,
    }
}

/// The children of a shared type with their index and length.
pub(super) fn existing(txn: &TransactionMut<'_>, parent: BranchPtr) -> Vec<(u32, u32, There)> {
    let mut at = 0;
    let existing = |chunk: yrs::types::text::Diff<YChange>| {
        let (len, there) = match chunk.insert {
            Out::YXmlElement(element) => {
                let mut left = MAX_NODES;
                let attributes = attributes(txn, &element);
                let name = element.tag().to_string();
                let node = Node::Element { name, attributes, children: children(txn, &element, 0, &mut left) };
                (1, There::Element(element, node))
            }
            Out::YXmlText(text) => match runs(txn, &text) {
                Some(runs) => (1, There::Text(text, runs)),
                None => (1, There::Stray),
            },
            Out::Any(Any::String(text)) => (utf16(&text), There::Stray),
            _ => (1, There::Stray),
        };
        at += len;
        (at - len, len, there)
    };
    TextRef::from(parent).diff(txn, YChange::identity).into_iter().map(existing).collect()
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
