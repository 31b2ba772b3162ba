//! The text of a document by line, with the id of each letter. A line is one shared text; its neighbours are the lines
//! before and after it in the document, whatever blocks they are in.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use yrs::branch::{Branch, BranchID, BranchPtr};
use yrs::types::text::YChange;
use yrs::{Any, IdSet, Out, ReadTxn, Snapshot, Text, TextRef, TransactionMut};

use crate::nesting::MAX_NESTING;
use crate::update::Id;

/// Most lines that are read on each side of a passage for the text around it.
const LINES_AROUND: usize = 8;

/// The letters of one line, in UTF-16 units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) units: Vec<u16>,
    /// The start of each run of consecutive ids, and its first id.
    runs: Vec<(u32, Id)>,
}

impl Line {
    fn push(&mut self, text: &str, id: Id) {
        let at = self.units.len() as u32;
        let goes_on = self.runs.last().is_some_and(|(start, first)| {
            first.client == id.client && first.clock.checked_add(at - start) == Some(id.clock)
        });
        if !goes_on {
            self.runs.push((at, id));
        }
        self.units.extend(text.encode_utf16());
    }

    /// The id of a letter.
    pub(crate) fn id(&self, at: usize) -> Option<Id> {
        if at >= self.units.len() {
            return None;
        }
        let run = self.runs.partition_point(|(start, _)| *start as usize <= at);
        let (start, first) = self.runs.get(run.checked_sub(1)?)?;
        Some(Id { client: first.client, clock: first.clock + (at as u32 - start) })
    }

    /// The place of a letter.
    pub(crate) fn position(&self, id: Id) -> Option<usize> {
        self.runs.iter().enumerate().find_map(|(index, (start, first))| {
            let end = self.runs.get(index + 1).map_or(self.units.len() as u32, |(next, _)| *next);
            let offset = id.clock.checked_sub(first.clock).filter(|_| id.client == first.client)?;
            (offset < end - start).then_some((start + offset) as usize)
        })
    }

    /// The clients that wrote its letters.
    fn clients(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs.iter().map(|(_, first)| first.client)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.runs.iter().enumerate().flat_map(|(index, (start, first))| {
            let end = self.runs.get(index + 1).map_or(self.units.len() as u32, |(next, _)| *next);
            (0..end - start).map(|offset| Id { client: first.client, clock: first.clock + offset })
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Child {
    Line(Id),
    Container(Id),
}

/// A shared type that a transaction changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Touched {
    Line(Id),
    /// `None` is the root.
    Children(Option<Id>),
}

/// All lines of a document.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    root: &'static str,
    lines: HashMap<Id, Line>,
    children: HashMap<Option<Id>, Vec<Child>>,
    /// The lines in the order of the document, and the place of each.
    order: Vec<Id>,
    position: HashMap<Id, u32>,
    /// Lines that were typed in since they were read, and the clients that typed.
    stale: HashSet<Id>,
    typed: HashSet<u64>,
}

/// What a transaction did to the lines.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    /// The changed lines in their order before the transaction; `new` are those after it.
    pub(crate) old: Vec<(Id, Line)>,
    pub(crate) new: Vec<Id>,
    /// The lines before the first and after the last changed line, before the transaction.
    pub(crate) before: Line,
    pub(crate) after: Line,
}

impl Lines {
    pub(crate) fn read(txn: &mut TransactionMut<'_>, root: &'static str) -> Lines {
        let mut lines = Lines { root, ..Lines::default() };
        let reader = Reader::of_all();
        lines.read_children(txn, &reader, None, 0, &mut Vec::new());
        lines.put_in_order();
        lines
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Line> {
        self.lines.get(&id)
    }

    pub(crate) fn in_order(&self) -> impl Iterator<Item = (Id, &Line)> {
        self.order.iter().filter_map(|id| Some((*id, self.lines.get(id)?)))
    }

    /// The number of letters of the document.
    pub(crate) fn units(&self) -> usize {
        self.lines.values().map(|line| line.units.len()).sum()
    }

    /// The index of a line.
    pub(crate) fn index(&self, id: Id) -> Option<usize> {
        self.position.get(&id).map(|at| *at as usize)
    }

    /// The line at an index.
    pub(crate) fn at(&self, index: usize) -> Option<(Id, &Line)> {
        let id = *self.order.get(index)?;
        Some((id, self.lines.get(&id)?))
    }

    /// The letters before and after a stretch of a line, at most `most` on each side, whichever lines they are in.
    pub(crate) fn around(&self, index: usize, from: usize, to: usize, most: usize) -> (Vec<u16>, Vec<u16>) {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let units = |at: usize| self.at(at).map(|(_, line)| line.units.as_slice()).unwrap_or_default();
        before.extend(units(index)[..from].iter().rev().take(most));
        for at in (0..index).rev().take(LINES_AROUND) {
            let left = most - before.len();
            before.extend(units(at).iter().rev().take(left));
        }
        before.reverse();
        after.extend(units(index)[to..].iter().take(most));
        for at in (index + 1..self.order.len()).take(LINES_AROUND) {
            let left = most - after.len();
            after.extend(units(at).iter().take(left));
        }
        (before, after)
    }

    /// Notes that a transaction added letters to a line.
    pub(crate) fn outdated(&mut self, line: Id, txn: &TransactionMut<'_>) {
        if self.lines.contains_key(&line) {
            self.stale.insert(line);
            self.typed.extend(writers(txn));
        }
    }

    /// Reads the lines that were typed in. Call it before a transaction that deletes anything.
    pub(crate) fn refresh(&mut self, txn: &mut TransactionMut<'_>) {
        if self.stale.is_empty() {
            return;
        }
        let reader = Reader::of(std::mem::take(&mut self.typed));
        for id in std::mem::take(&mut self.stale) {
            if let Some(text) = branch(txn, id) {
                self.lines.insert(id, reader.line(txn, text, self.lines.get(&id)));
            }
        }
    }

    /// Reads what a transaction changed.
    pub(crate) fn update(&mut self, txn: &mut TransactionMut<'_>, touched: &HashSet<Touched>) -> Changed {
        let reader = Reader::of(writers(txn).chain(self.typed.iter().copied()).collect());
        let mut old: HashMap<Id, Line> = HashMap::new();
        let mut added = Vec::new();
        let mut moved = false;
        for parent in touched.iter().filter_map(|one| match one {
            Touched::Children(parent) => Some(*parent),
            Touched::Line(_) => None,
        }) {
            if !self.children.contains_key(&parent) {
                continue;
            }
            let before = self.children.get(&parent).cloned().unwrap_or_default();
            let now = self.read_own_children(txn, parent);
            if before == now {
                continue;
            }
            moved = true;
            let (was, is): (HashSet<&Child>, HashSet<&Child>) = (before.iter().collect(), now.iter().collect());
            for gone in before.iter().filter(|child| !is.contains(child)) {
                self.remove(*gone, &mut old, 0);
            }
            for child in now.iter().filter(|child| !was.contains(child)) {
                self.add(txn, &reader, *child, 0, &mut added);
            }
            self.children.insert(parent, now);
        }
        let read: HashSet<Id> = added.iter().copied().collect();
        for line in touched.iter().filter_map(|one| match one {
            Touched::Line(line) => Some(*line),
            Touched::Children(_) => None,
        }) {
            if read.contains(&line) || !self.lines.contains_key(&line) {
                continue;
            }
            if let Some(text) = branch(txn, line) {
                let now = reader.line(txn, text, self.lines.get(&line));
                self.stale.remove(&line);
                if let Some(before) = self.lines.insert(line, now) {
                    old.insert(line, before);
                }
                added.push(line);
            }
        }
        self.changed(old, added, moved)
    }

    fn changed(&mut self, old: HashMap<Id, Line>, mut new: Vec<Id>, moved: bool) -> Changed {
        let mut old: Vec<(Id, Line)> = old.into_iter().collect();
        old.sort_by_key(|(id, _)| self.position.get(id).copied().unwrap_or(u32::MAX));
        let around = |at: usize, step: isize| -> Line {
            let changed = |id: &Id| old.iter().any(|(line, _)| line == id);
            let neighbour = at.checked_add_signed(step).and_then(|at| self.order.get(at)).filter(|id| !changed(id));
            neighbour.and_then(|id| self.lines.get(id)).cloned().unwrap_or_default()
        };
        let place = |one: Option<&(Id, Line)>| one.and_then(|(id, _)| self.index(*id));
        let before = place(old.first()).map(|at| around(at, -1)).unwrap_or_default();
        let after = place(old.last()).map(|at| around(at, 1)).unwrap_or_default();
        if moved {
            self.put_in_order();
        }
        new.retain(|id| self.position.contains_key(id));
        new.sort_by_key(|id| self.position.get(id).copied());
        new.dedup();
        Changed { old, new, before, after }
    }

    fn put_in_order(&mut self) {
        let mut order = Vec::with_capacity(self.order.len() + 1);
        let mut stack: Vec<Child> = self.children.get(&None).cloned().unwrap_or_default();
        stack.reverse();
        while let Some(child) = stack.pop() {
            match child {
                Child::Line(id) => order.push(id),
                Child::Container(id) => {
                    stack.extend(self.children.get(&Some(id)).into_iter().flatten().rev().copied());
                }
            }
        }
        self.position = order.iter().enumerate().map(|(at, id)| (*id, at as u32)).collect();
        self.order = order;
    }

    fn remove(&mut self, child: Child, old: &mut HashMap<Id, Line>, depth: usize) {
        if depth >= MAX_NESTING {
            return;
        }
        match child {
            Child::Line(id) => {
                self.stale.remove(&id);
                if let Some(line) = self.lines.remove(&id) {
                    old.insert(id, line);
                }
            }
            Child::Container(id) => {
                for inner in self.children.remove(&Some(id)).unwrap_or_default() {
                    self.remove(inner, old, depth + 1);
                }
            }
        }
    }

    fn add(&mut self, txn: &mut TransactionMut<'_>, reader: &Reader, child: Child, depth: usize, added: &mut Vec<Id>) {
        match child {
            Child::Line(id) => {
                if let Some(text) = branch(txn, id) {
                    self.lines.insert(id, reader.line(txn, text, None));
                    added.push(id);
                }
            }
            Child::Container(id) if depth < MAX_NESTING => self.read_children(txn, reader, Some(id), depth + 1, added),
            Child::Container(_) => {}
        }
    }

    fn read_children(
        &mut self,
        txn: &mut TransactionMut<'_>,
        reader: &Reader,
        parent: Option<Id>,
        depth: usize,
        added: &mut Vec<Id>,
    ) {
        let children = self.read_own_children(txn, parent);
        for child in &children {
            self.add(txn, reader, *child, depth, added);
        }
        self.children.insert(parent, children);
    }

    fn read_own_children(&self, txn: &TransactionMut<'_>, parent: Option<Id>) -> Vec<Child> {
        let branch = match parent {
            Some(id) => branch(txn, id),
            None => txn.get_xml_fragment(self.root).map(|root| BranchPtr::from(root.as_ref() as &Branch)),
        };
        let Some(branch) = branch else { return Vec::new() };
        let child = |chunk: yrs::types::text::Diff<YChange>| match chunk.insert {
            Out::YXmlText(text) => nested(text.as_ref()).map(Child::Line),
            Out::YXmlElement(element) => nested(element.as_ref()).map(Child::Container),
            Out::YXmlFragment(fragment) => nested(fragment.as_ref()).map(Child::Container),
            _ => None,
        };
        TextRef::from(branch).diff(txn, YChange::identity).into_iter().filter_map(child).collect()
    }
}

/// Reads letters with their ids, which yrs reports only for a difference between two snapshots. yrs looks at each
/// client of a snapshot, and a document can have thousands. Therefore a line is read with the clients that are known to
/// have written in it, and with all clients only if letters are missing.
struct Reader {
    /// The clients that may have written in the lines; `None` if any client may.
    some: Option<HashSet<u64>>,
    all: OnceCell<Snapshot>,
    nothing: Snapshot,
}

impl Reader {
    fn of_all() -> Reader {
        Reader { some: None, all: OnceCell::new(), nothing: Snapshot::default() }
    }

    fn of(some: HashSet<u64>) -> Reader {
        Reader { some: Some(some), ..Reader::of_all() }
    }

    /// Reads a line, which was `before` when it was last read.
    fn line(&self, txn: &mut TransactionMut<'_>, text: BranchPtr, before: Option<&Line>) -> Line {
        if let Some(some) = &self.some {
            let known = before.into_iter().flat_map(Line::clients).chain(some.iter().copied());
            // The largest clock, so that all letters of the client are in the snapshot.
            let known = known.map(|client| (yrs::block::ClientID::new(client), u32::MAX)).collect();
            let (line, found) = self.read(txn, text, &Snapshot::new(known, IdSet::default()));
            if found == TextRef::from(text).len(txn) {
                return line;
            }
        }
        tracing_whole_reads();
        // Deleted text is collected at each commit, so the snapshot needs no delete set.
        let all = self.all.get_or_init(|| Snapshot::new(txn.state_vector(), IdSet::default()));
        self.read(txn, text, all).0
    }

    /// The letters in a snapshot, and the number of all units, including those that are not letters.
    fn read(&self, txn: &mut TransactionMut<'_>, text: BranchPtr, now: &Snapshot) -> (Line, u32) {
        let (mut line, mut found) = (Line::default(), 0);
        for chunk in TextRef::from(text).diff_range(txn, Some(now), Some(&self.nothing), YChange::identity) {
            match (&chunk.insert, &chunk.ychange) {
                (Out::Any(Any::String(run)), Some(change)) => {
                    let before = line.units.len();
                    line.push(run, Id { client: change.id.client.get(), clock: change.id.clock });
                    found += (line.units.len() - before) as u32;
                }
                _ => found += 1,
            }
        }
        (line, found)
    }
}

/// The clients that wrote in a transaction.
fn writers(txn: &TransactionMut<'_>) -> impl Iterator<Item = u64> {
    txn.insert_set().iter().map(|(client, _)| client.get()).collect::<Vec<_>>().into_iter()
}

#[cfg(not(test))]
fn tracing_whole_reads() {}

#[cfg(test)]
thread_local! {
    /// The number of lines that were read with all clients of the document.
    pub(crate) static WHOLE_READS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn tracing_whole_reads() {
    WHOLE_READS.set(WHOLE_READS.get() + 1);
}

/// The id of a shared type that is not a root.
pub(crate) fn nested(branch: &Branch) -> Option<Id> {
    match branch.id() {
        BranchID::Nested(id) => Some(Id { client: id.client.get(), clock: id.clock }),
        BranchID::Root(_) => None,
    }
}

fn branch(txn: &TransactionMut<'_>, id: Id) -> Option<BranchPtr> {
    BranchID::Nested(yrs::ID::new(yrs::block::ClientID::new(id.client), id.clock)).get_branch(txn)
}

#[cfg(test)]
mod tests {
    use yrs::updates::decoder::Decode;
    use yrs::{Doc, ReadTxn, StateVector, Transact, Update, XmlElementPrelim, XmlFragment, XmlOut, XmlTextPrelim};

    use super::WHOLE_READS;
    use crate::passages::Mark;
    use crate::{Author, Document, Level, Ownership, SyncStep};

    /// The time to read a line depends on the line, and not on the number of clients that have written in the document.
    /// Only a document that is loaded is read with all clients.
    #[test]
    fn a_line_is_read_with_the_clients_that_wrote_in_it() {
        let whole = Doc::new();
        let root = whole.get_or_insert_xml_fragment("default");
        for n in 0..50 {
            let client = Doc::new();
            client.get_or_insert_xml_fragment("default");
            let state = whole.transact().encode_state_as_update_v1(&StateVector::default());
            client.transact_mut().apply_update(Update::decode_v1(&state).expect("a state")).expect("honest");
            let fragment = client.get_or_insert_xml_fragment("default");
            let paragraph = fragment.push_back(&mut client.transact_mut(), XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut client.transact_mut(), XmlTextPrelim::new(format!("Line {n} of a client")));
            let state = client.transact().encode_state_as_update_v1(&StateVector::default());
            whole.transact_mut().apply_update(Update::decode_v1(&state).expect("a state")).expect("honest");
        }
        let author = Author { user: "ana".into(), ownership: Ownership::Record };
        let mut document = Document::empty();
        let take = |document: &mut Document, update: Vec<u8>| {
            document.receive(&SyncStep::Update(update.into()), Level::Edit, &author);
            document.apply().expect("an honest update");
        };
        take(&mut document, whole.transact().encode_state_as_update_v1(&StateVector::default()));
        let anchor = document.anchor(0, 6).expect("a passage");
        document.mark(1, Mark { anchor: Some(anchor), quote: "Line 0".into(), ..Mark::default() });
        let before = WHOLE_READS.get();
        assert!(before >= 50, "all lines were read");
        // Typed by a new client in the passage's line and elsewhere, split, and deleted.
        for (at, offset) in [(0, 3), (10, 4), (0, 5), (49, 0)] {
            let vector = whole.transact().state_vector();
            {
                let mut txn = whole.transact_mut();
                let Some(XmlOut::Element(paragraph)) = root.get(&txn, at) else { panic!("a paragraph") };
                let Some(XmlOut::Text(text)) = paragraph.get(&txn, 0) else { panic!("its text") };
                yrs::Text::insert(&text, &mut txn, offset, "new ");
                yrs::Text::remove_range(&text, &mut txn, 0, 1);
            }
            take(&mut document, whole.transact().encode_diff_v1(&vector));
        }
        assert_eq!(WHOLE_READS.get(), before, "no line was read with all clients again");
        assert!(document.followed(1).flatten().is_some());
    }
}
