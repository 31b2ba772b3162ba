//! Computes the smallest edit that turns a document into a wanted text. Unchanged blocks stay untouched, and in a
//! changed block only the changed words are edited, so that concurrent edits of others survive.

mod align;
mod item;
mod live;
mod merge;
mod shown;
mod words;

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Map, Value};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::updates::decoder::Decode;
use yrs::{
    Assoc, IndexedSequence, Out, ReadTxn, Text, TextRef, Transact, TransactionMut, Update, WriteTxn, Xml, XmlElementRef,
};

use super::tree::{Mark, Node, Prose, ROOT};
use crate::anchors::Anchor;
use crate::client_id_owners::Owners;
use crate::document::{Broken, Document, LoadError, Stored};
use crate::passages::Surroundings;
pub use item::View;

use align::steps;
pub(crate) use align::{Step, block_steps};
use item::{Change, Item, any, change_children, items, nodes};
use live::{Entry, Level, There, entries, level_inside};
use merge::merge;
use shown::{blank, says};
use words::rewrite_text;

/// A private copy of a document, which is edited as a new client.
pub struct Draft {
    document: Document,
    /// The root that is read and written.
    root: String,
}

impl Draft {
    /// # Errors
    /// [`LoadError`] when the state is not valid.
    pub fn new(state: &Bytes) -> Result<Draft, LoadError> {
        Document::load([[Stored::from(state)]], Owners::default()).map(Draft::of)
    }

    fn of(document: Document) -> Draft {
        Draft { document, root: ROOT.to_owned() }
    }

    /// The same draft for the text under another root.
    #[must_use]
    pub fn under(self, root: &str) -> Draft {
        Draft { root: root.to_owned(), ..self }
    }

    /// A draft of an empty document.
    pub fn empty() -> Draft {
        Draft::of(Document::empty())
    }

    /// Applies an update of somebody else.
    ///
    /// # Errors
    /// [`Broken`] when the update cannot be applied: the draft must be dropped.
    pub fn take(&mut self, update: &[u8]) -> Result<(), Broken> {
        let update = Update::decode_v1(update).map_err(|error| Broken(error.to_string()))?;
        self.document.doc().transact_mut().apply_update(update).map_err(|error| Broken(error.to_string()))
    }

    /// As [`Document::around`].
    pub fn around(&self, anchor: &Anchor, most: usize) -> Option<Surroundings> {
        self.document.around(anchor, most)
    }

    /// The private copy that is changed.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The client id of the draft's edits.
    pub fn client(&self) -> u64 {
        self.document.doc().client_id().get()
    }

    /// A caret at the end of the text of a top-level block, in the format that presence uses.
    pub fn caret_in(&self, block: usize) -> Option<Value> {
        let txn = self.document.doc().transact();
        let root = txn.get_xml_fragment(self.root.as_str())?;
        let inside = |branch: &Branch| TextRef::from(BranchPtr::from(branch)).diff(&txn, YChange::identity);
        let Out::YXmlElement(element) = inside(root.as_ref()).into_iter().nth(block)?.insert else { return None };
        let Out::YXmlText(text) = inside(element.as_ref()).into_iter().next()?.insert else { return None };
        let caret = text.sticky_index(&txn, text.len(&txn), Assoc::Before)?;
        serde_json::to_value(caret).ok()
    }

    /// Changes the text to `wanted` and returns the edit as a v1 update; `None` if nothing differs.
    pub fn write(&mut self, wanted: &Prose, view: View) -> Option<Bytes> {
        let mut txn = self.document.doc().transact_mut();
        let root = BranchPtr::from(AsRef::<Branch>::as_ref(&txn.get_or_insert_xml_fragment(self.root.as_str())));
        match (view, wanted.0.as_slice()) {
            (View::Exact, nodes) => sync(&mut txn, root, &items(nodes), Level::Exact),
            // Markdown can neither add nor remove blank lines.
            (View::Markdown, [only]) if *only == blank() => sync(&mut txn, root, &[], Level::Document),
            (View::Markdown, nodes) => sync(&mut txn, root, &items(nodes), Level::Document),
        }
        let update = txn.encode_update_v1();
        drop(txn);
        (update != [0, 0]).then(|| Bytes::from(update))
    }

    /// The current text.
    pub fn prose(&self) -> Prose {
        self.document.prose_under(&self.root)
    }
}

/// A change to an entry, or between two entries.
enum Edit {
    Keep(usize),
    Delete(usize),
    /// The shown and the wanted nodes.
    Update(usize, Vec<Node>, Vec<Node>),
    Insert(usize),
}

fn sync(txn: &mut TransactionMut<'_>, parent: BranchPtr, wanted: &[Item<'_>], level: Level<'_>) {
    let entries = entries(txn, parent, level);
    let all = edits(&entries, wanted, level);
    // Blocks that are replaced as a whole.
    let replaced: Vec<(usize, Vec<Item<'_>>)> = all
        .iter()
        .enumerate()
        .filter_map(|(at, edit)| match edit {
            Edit::Update(entry, shown, wanted) => {
                (!update(txn, &entries, *entry, shown, wanted, level)).then(|| (at, items(wanted)))
            }
            _ => None,
        })
        .collect();
    let mut replaced = replaced.iter().peekable();
    let mut changes: Vec<(BranchPtr, Vec<Change<'_, '_>>)> = Vec::new();
    let mut start = 0;
    for edits in all.chunk_by(|a, b| a.entry().is_none() && b.entry().is_none()) {
        let (first, after) = (start, start + edits.len());
        start = after;
        let at = |entry: &usize| &entries[*entry];
        let (parent, change) = match &edits[0] {
            Edit::Keep(_) => continue,
            Edit::Delete(entry) => {
                let Entry { parent, index, len, .. } = at(entry);
                (*parent, Change { index: *index, removes: *len, items: Vec::new() })
            }
            Edit::Update(entry, ..) => {
                let Some((_, items)) = replaced.next_if(|(at, _)| *at == first) else { continue };
                let Entry { parent, index, len, .. } = at(entry);
                (*parent, Change { index: *index, removes: *len, items: items.iter().collect() })
            }
            Edit::Insert(_) => {
                let (parent, index) = place(&all[..first], &all[after..], &entries).unwrap_or((parent, 0));
                let new = |edit: &Edit| if let Edit::Insert(new) = edit { Some(&wanted[*new]) } else { None };
                (parent, Change { index, removes: 0, items: edits.iter().filter_map(new).collect() })
            }
        };
        match changes.last_mut() {
            Some((last, changes)) if *last == parent => changes.push(change),
            _ => changes.push((parent, vec![change])),
        }
    }
    // From the end, so that the places of earlier changes stay valid where a parent has several groups.
    for (parent, changes) in changes.iter().rev() {
        change_children(txn, *parent, changes);
    }
}

fn edits(entries: &[Entry], wanted: &[Item<'_>], level: Level<'_>) -> Vec<Edit> {
    let shown: Vec<Vec<Item<'_>>> = entries.iter().map(Entry::items).collect();
    let owner = |(entry, items): (usize, &Vec<Item<'_>>)| std::iter::repeat_n(entry, items.len());
    let owners: Vec<usize> = shown.iter().enumerate().flat_map(owner).collect();
    let shown: Vec<Item<'_>> = shown.into_iter().flatten().collect();
    let steps = steps(&shown, wanted, view(level));
    let owner = |step: &Step| step.old().map(|old| owners[old]);
    let lasts: HashMap<usize, usize> =
        steps.iter().enumerate().filter_map(|(at, step)| Some((owner(step)?, at))).collect();
    let mut edits = Vec::with_capacity(entries.len().max(wanted.len()));
    let (mut next, mut at) = (0, 0);
    while at < steps.len() {
        let (step, first) = (steps[at], at);
        at += 1;
        let entry = match (step, owner(&step)) {
            (Step::Insert(new), _) => {
                edits.push(Edit::Insert(new));
                continue;
            }
            (_, Some(entry)) => entry,
            (_, None) => continue,
        };
        hidden(&mut edits, entries, next..entry);
        next = entry + 1;
        // An entry that is shown as several blocks can only be kept, changed or replaced as a whole.
        at = lasts.get(&entry).map_or(at, |last| last + 1);
        let steps = &steps[first..at];
        let olds = steps.iter().filter_map(|step| Some(nodes(&shown[step.old()?]))).flatten();
        let news = steps.iter().flat_map(|step| match step {
            Step::Keep(old) => nodes(&shown[*old]),
            Step::Update(_, new) | Step::Insert(new) => nodes(&wanted[*new]),
            Step::Delete(_) => Vec::new(),
        });
        edits.push(match () {
            _ if steps.iter().all(|step| matches!(step, Step::Keep(_))) => Edit::Keep(entry),
            _ if steps.iter().all(|step| matches!(step, Step::Delete(_))) => Edit::Delete(entry),
            _ => Edit::Update(entry, olds.collect(), news.collect()),
        });
    }
    hidden(&mut edits, entries, next..entries.len());
    edits
}

/// Keeps entries that the wanted format does not show, except blank ones after a deleted entry.
fn hidden(edits: &mut Vec<Edit>, entries: &[Entry], range: std::ops::Range<usize>) {
    for entry in range {
        let goes = entries[entry].is_blank() && matches!(edits.last(), Some(Edit::Delete(_)));
        edits.push(if goes { Edit::Delete(entry) } else { Edit::Keep(entry) });
    }
}

impl Edit {
    fn entry(&self) -> Option<usize> {
        match self {
            Edit::Keep(entry) | Edit::Delete(entry) | Edit::Update(entry, ..) => Some(*entry),
            Edit::Insert(_) => None,
        }
    }
}

/// The place to insert something: after the entry before it, or before the entry after it.
fn place(before: &[Edit], after: &[Edit], entries: &[Entry]) -> Option<(BranchPtr, u32)> {
    let entry = |edit: &Edit| edit.entry().map(|entry| &entries[entry]);
    let end = |entry: &Entry| (entry.parent, entry.index + entry.len);
    let start = |entry: &Entry| (entry.parent, entry.index);
    before.iter().rev().find_map(entry).map(end).or_else(|| after.iter().find_map(entry).map(start))
}

/// Changes an entry in place. `false` if it can only be replaced.
fn update(
    txn: &mut TransactionMut<'_>,
    entries: &[Entry],
    index: usize,
    shown: &[Node],
    wanted: &[Node],
    level: Level<'_>,
) -> bool {
    let entry = &entries[index];
    match (&entry.there, shown, wanted) {
        (There::Text(text, runs), _, wanted) => {
            let wanted: Vec<(&str, &[Mark])> = wanted.iter().filter_map(Node::as_text).collect();
            rewrite_text(txn, text, runs, &wanted, view(level));
            true
        }
        (
            There::Element(element, node),
            [Node::Element { name, attributes: had, children: inside }],
            [Node::Element { attributes, children, .. }],
        ) => {
            let exact = matches!(level, Level::Exact);
            let kept = |key: &str| !exact && !says(name, key);
            set_attributes(txn, element, had, attributes, kept);
            let inner = match level {
                Level::Exact | Level::Inline => Some(level),
                Level::Table(rows) => Some(Level::Row(rows, index)),
                _ => level_inside(node),
            };
            let same = Node::Element { name: name.clone(), attributes: attributes.clone(), children: inside.clone() };
            if matches!(inner, None | Some(Level::Blocks)) && merge(txn, &entry.there, &[same], wanted) {
                return true;
            }
            let inner = inner.or_else(|| node.is_line().then_some(Level::Inline));
            if let Some(inner) = inner {
                sync(txn, BranchPtr::from(AsRef::<Branch>::as_ref(element)), &items(children), inner);
            }
            inner.is_some()
        }
        (there, ..) => merge(txn, there, shown, wanted),
    }
}

fn view(level: Level<'_>) -> View {
    if matches!(level, Level::Exact) { View::Exact } else { View::Markdown }
}

/// Changes the attributes that differ between what is shown and what is wanted.
fn set_attributes(
    txn: &mut TransactionMut<'_>,
    element: &XmlElementRef,
    shown: &Map<String, Value>,
    wanted: &Map<String, Value>,
    is_kept: impl Fn(&str) -> bool,
) {
    for (key, value) in wanted.iter().filter(|(key, value)| !is_kept(key) && shown.get(*key) != Some(value)) {
        element.insert_attribute(txn, key.as_str(), any(value));
    }
    for key in shown.keys().filter(|key| !is_kept(key) && !wanted.contains_key(*key)) {
        element.remove_attribute(txn, key);
    }
}

#[cfg(test)]
mod tests {
    use super::item::STEPS;
    use super::{Draft, View};
    use crate::prose::Prose;

    /// The number of children that are passed to turn one text into another, by the number of lines.
    fn steps(lines: usize, before: &str, after: &str) -> usize {
        let text = |line: &str| Prose::from_markdown(&line.repeat(lines)).expect("Markdown");
        let mut draft = Draft::empty();
        draft.write(&text(before), View::Markdown);
        STEPS.set(0);
        draft.write(&text(after), View::Markdown).expect("an edit");
        assert_eq!(draft.prose(), text(after));
        STEPS.get()
    }

    /// [LIMIT-17] D2: the steps grow with the number of blocks, and not with its square, whatever happens to each
    /// block.
    #[test]
    fn steps_grow_with_the_number_of_blocks() {
        let cases = [
            ("made headings", "a line\n\n", "# a line\n\n"),
            ("replaced", "a line\n\n", "```\ncode\n```\n\n"),
            ("inserted", "a line\n\n", "a line\n\nnew\n\n"),
            ("deleted", "a line\n\nold\n\n", "a line\n\n"),
            ("every second", "a line\n\nanother\n\n", "# a line\n\nanother\n\n"),
        ];
        for (name, before, after) in cases {
            let (half, whole) = (steps(1_000, before, after), steps(2_000, before, after));
            assert!(10 * whole <= 23 * half && whole <= 20_000, "{name}: {half} and {whole} steps");
        }
    }
}
