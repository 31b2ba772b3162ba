//! The current content of a document, with its place in the shared types.

use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{Any, Out, Text, TextRef, TransactionMut, XmlElementRef, XmlTextRef};

use super::item::{Item, items, utf16};
use super::shown::{blank, is_paragraph, is_regular, shown, shown_item, shown_part, shown_row, width};
use crate::prose::markdown::{inside_unknown, is_known};
use crate::prose::tree::{MAX_NODES, Node, attributes, children, joined, marks};

/// A child of a shared type, and how the wanted format shows it.
pub(super) struct Entry {
    pub parent: BranchPtr,
    pub index: u32,
    pub len: u32,
    pub there: There,
    /// Texts are one item; each element is one. Nothing if it is not visible.
    pub shown: Vec<Node>,
}

pub(super) enum There {
    Text(XmlTextRef, Vec<Run>),
    Element(XmlElementRef, Node),
    /// Content that the editor does not know.
    Stray,
    /// Markdown shows it, but the document has it not: the cells that make all rows equally wide.
    Missing,
}

/// A stretch of text with the same attributes, by their stored keys.
pub(super) struct Run {
    pub text: String,
    pub attributes: Attrs,
}

/// What the children of a shared type are, which determines how they are shown.
#[derive(Clone, Copy)]
pub(super) enum Level<'a> {
    /// In a format that shows everything.
    Exact,
    /// In a line of Markdown.
    Inline,
    /// The following are in Markdown.
    Document,
    /// Of a quote or a cell: one without visible content shows a blank line.
    Blocks,
    Item,
    List,
    /// The summary and the content.
    Details,
    /// The rows.
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

    /// Whether it has a form in Markdown, and is not content of an app's own kinds.
    fn has_form(&self) -> bool {
        matches!(&self.there, There::Element(_, node) if inside_unknown(node).is_none())
    }

    fn is_paragraph(&self) -> bool {
        matches!(&self.there, There::Element(_, node) if is_paragraph(node))
    }

    /// Whether it is removed together with the block before it when it is not visible: blank lines are, and content of
    /// an app's own kinds is not.
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

/// How the children of a container are shown in Markdown; `None` if it can only be replaced as a whole.
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
