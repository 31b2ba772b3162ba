//! Follows passages through the transactions of a document.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use yrs::types::{DeepObservable, Event};
use yrs::{Doc, Transact, TransactionMut, WriteTxn, XmlOut};

use super::changes::{Change, cut};
use super::lines::{Lines, Touched, nested};
use super::memory::{Deleted, Memory, Now, Returned};
use super::origins::Origins;
use super::passage::Passage;
use super::search::{APPEARED, AROUND, Around, COPY, Candidate, best, everywhere, occurrences};
use super::{Key, Mark, Report, Surroundings};
use crate::stored_anchor::Anchor;
use crate::update::Id;

/// Text that returns later than this after its deletion counts as newly written.
const KEEPS_AUTHOR_MS: i64 = 600_000;

/// Most letters that are searched for lost passages when a document is loaded: some 50 ms. Passages beyond this limit
/// stay lost until an edit brings their words back.
const SEARCHED: usize = 20_000_000;

/// The letters of a document and the passages in it.
pub(crate) struct Tracker {
    /// Whether each letter is followed, and not only passages.
    is_exact: bool,
    lines: Lines,
    touched: Arc<Mutex<HashSet<Touched>>>,
    memory: Memory,
    pub(crate) origins: Origins,
    passages: BTreeMap<Key, Passage>,
    by_line: HashMap<Id, BTreeSet<Key>>,
    lost: BTreeSet<Key>,
    reports: Vec<Report>,
    turn: u64,
    at: i64,
    by: Option<Arc<str>>,
    /// The number of letters that were searched for lost passages in the whole text since the last transaction.
    searched: usize,
}

impl Tracker {
    pub(crate) fn new(doc: &Doc, root: &'static str, is_exact: bool) -> Tracker {
        let touched = Arc::new(Mutex::new(HashSet::new()));
        let mut txn = doc.transact_mut();
        let fragment = txn.get_or_insert_xml_fragment(root);
        let noted = touched.clone();
        fragment.observe_deep("passages", move |_, events| {
            let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.extend(events.iter().filter_map(touched_by));
        });
        let lines = Lines::read(&mut txn, root);
        Tracker {
            is_exact,
            lines,
            touched,
            memory: Memory::default(),
            origins: Origins::default(),
            passages: BTreeMap::new(),
            by_line: HashMap::new(),
            lost: BTreeSet::new(),
            reports: Vec::new(),
            turn: 0,
            at: 0,
            by: None,
            searched: 0,
        }
    }

    pub(crate) fn reports(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }

    /// Sets the time of the next transaction (milliseconds since 1970), and the person who makes it, if it is one
    /// person.
    pub(crate) fn begin(&mut self, at: i64, by: Option<Arc<str>>) {
        (self.at, self.by) = (at, by);
    }

    /// Call it before a transaction that deletes anything.
    pub(crate) fn before(&mut self, doc: &Doc) {
        self.lines.refresh(&mut doc.transact_mut());
    }

    /// Takes a transaction that has just been committed.
    pub(crate) fn after(&mut self, txn: &mut TransactionMut<'_>) {
        let touched = std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner));
        self.turn += 1;
        self.searched = 0;
        if touched.is_empty() {
            return;
        }
        let deletes = !txn.delete_set().is_empty();
        let adds = |line: Id| !self.is_exact && !self.by_line.contains_key(&line);
        let skips = |one: &Touched| matches!(one, Touched::Line(line) if adds(*line));
        let nothing_returns = (self.lost.is_empty() && self.memory.is_empty()) || inserts_one_letter(txn);
        if !deletes && nothing_returns && touched.iter().all(skips) {
            for one in &touched {
                if let Touched::Line(line) = one {
                    self.lines.outdated(*line, txn);
                }
            }
            return;
        }
        let changed = self.lines.update(txn, &touched);
        let near = changed.old.iter().filter_map(|(line, _)| self.by_line.get(line)).flatten();
        let begins: HashSet<Id> = near.filter_map(|key| self.passages.get(key)?.letters.first().copied()).collect();
        let change = Change::new(changed, &self.lines, txn, &self.origins, |id| begins.contains(&id));
        let returned = self.follow(&change);
        self.move_passages(&change);
        if !self.lost.is_empty() {
            self.bring_back(&change, &returned);
        }
    }

    /// Records deleted letters, and finds letters that have returned. Returns the latter.
    fn follow(&mut self, change: &Change) -> Vec<Returned> {
        let moved = change.from.iter().enumerate().filter_map(|(new, old)| {
            let (id, was) = (change.new.ids[new], change.old.ids[(*old)?]);
            (id != was).then(|| (id, self.origins.of(was)))
        });
        let moved: Vec<(Id, Id)> = moved.chain(change.inserted_as.iter().copied()).collect();
        for (from, to) in change.gone() {
            let (before, after) = change.beside_old(&self.origins, (from, to));
            let letters = cut(&change.old, from, to);
            self.memory.keep(Deleted { letters, before, after, turn: self.turn, at: self.at, by: self.by.clone() });
        }
        self.origins.set(moved);
        let now = Now::new(self.turn, self.by.as_ref(), &self.origins);
        let mut returned = Vec::new();
        for range in change.fresh() {
            let stretch = change.stretch(&self.origins, &self.lines, range);
            returned.extend(self.memory.recall(&stretch, &now));
        }
        let known: HashSet<usize> = returned.iter().map(|one| one.at).collect();
        let is_open = |at: usize| change.from[at].is_none() && !known.contains(&at);
        for range in change.fresh_words().into_iter().filter(|(from, to)| (*from..*to).any(is_open)) {
            if !now.may_compare(&self.memory) {
                break;
            }
            let stretch = change.stretch(&self.origins, &self.lines, range);
            let found = self.memory.recall(&stretch, &now);
            returned.extend(found.into_iter().filter(|one| is_open(one.at)));
        }
        // Text that moved may be inserted again by somebody who moved it at the same time.
        for (from, to) in change.moved_away() {
            let (before, after) = change.beside_old(&self.origins, (from, to));
            let letters = cut(&change.old, from, to);
            self.memory.keep(Deleted { letters, before, after, turn: self.turn, at: self.at, by: self.by.clone() });
        }
        let kept = |one: &&Returned| one.keeps_author && self.at - one.deleted_at <= KEEPS_AUTHOR_MS;
        let known: Vec<(Id, Id)> =
            returned.iter().filter(kept).map(|one| (change.new.ids[one.at], self.origins.of(one.was))).collect();
        self.origins.set(known);
        let ids = &change.new.ids;
        let together = change.written_over().into_iter().map(|(at, new)| (ids[at], self.origins.of(ids[new])));
        let together: Vec<(Id, Id)> = together.collect();
        self.origins.set(together);
        returned
    }

    /// Moves the passages whose lines changed.
    fn move_passages(&mut self, change: &Change) {
        let keys: BTreeSet<Key> =
            change.old_lines.iter().filter_map(|line| self.by_line.get(line)).flatten().copied().collect();
        if keys.is_empty() {
            return;
        }
        let old: HashMap<Id, usize> = change.old.ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        for key in keys {
            let Some(passage) = self.passages.get(&key) else { continue };
            let known: Vec<Option<usize>> = passage.letters.iter().map(|id| old.get(id).copied()).collect();
            if known.iter().all(|at| at.is_some()) {
                let places: Vec<Option<usize>> = known.iter().map(|at| change.to[(*at)?]).collect();
                match passage.locate(change, &places) {
                    Some(range) => self.put(key, change, range, false),
                    None => self.lose(key, change, &known),
                }
            } else {
                self.move_partly(key, change, &known);
            }
        }
    }

    /// Moves a passage of several lines, of which only some have changed.
    fn move_partly(&mut self, key: Key, change: &Change, known: &[Option<usize>]) {
        let Some(passage) = self.passages.get_mut(&key) else { return };
        let mut left = Vec::new();
        for (offset, at) in known.iter().enumerate() {
            match at {
                None => left.push((passage.text[offset], passage.letters[offset])),
                Some(old) => left.extend(change.to[*old].map(|new| (change.new.units[new], change.new.ids[new]))),
            }
        }
        if 3 * left.len() < passage.letters.len() {
            return self.lose(key, change, known);
        }
        (passage.text, passage.letters) = left.into_iter().unzip();
        let lines = change.new_lines.iter().copied();
        let lines: Vec<Id> =
            passage.lines.iter().copied().filter(|line| self.lines.get(*line).is_some()).chain(lines).collect();
        self.set_lines(key, lines);
        self.report(key, false);
    }

    fn lose(&mut self, key: Key, change: &Change, known: &[Option<usize>]) {
        let Some(passage) = self.passages.get_mut(&key) else { return };
        let (first, last) = (known.iter().flatten().min(), known.iter().flatten().max());
        let mut around = None;
        if let (Some(first), Some(last)) = (first, last) {
            let (before, after) = change.around_old(*first, last + 1, AROUND);
            around = Some(Around { before, after });
        }
        if let Some(around) = around {
            passage.remember(around);
        }
        let copies = everywhere(&self.lines, &passage.text);
        if let Some(copy) = best(&self.lines, &passage.text, &passage.around, &copies, COPY) {
            return self.put_at(key, copy, false);
        }
        passage.lost = Some(copies.len());
        passage.reported = None;
        let around = passage.around.iter().map(Surroundings::from).collect();
        self.reports.push(Report::Lost { key, text: String::from_utf16_lossy(&passage.text), around });
        self.set_lines(key, Vec::new());
        self.lost.insert(key);
    }

    /// Looks for lost passages among the letters that are new.
    fn bring_back(&mut self, change: &Change, returned: &[Returned]) {
        let back: HashMap<Id, usize> = returned.iter().filter(|one| one.is_sure).map(|one| (one.was, one.at)).collect();
        for key in self.lost.clone() {
            let Some(passage) = self.passages.get_mut(&key) else { continue };
            let places: Vec<Option<usize>> = passage.letters.iter().map(|id| back.get(id).copied()).collect();
            if places.iter().any(Option::is_some)
                && let Some(range) = passage.locate(change, &places)
            {
                self.put(key, change, range, true);
                continue;
            }
            let before = occurrences(&change.old.units, &passage.text).count();
            let after = occurrences(&change.new.units, &passage.text).count();
            if after < before {
                passage.lost = passage.lost.map(|copies| copies.saturating_sub(before - after));
            } else if after > before
                && let Some(found) = self.search(key, change)
            {
                self.put_at(key, found, true);
            }
        }
    }

    /// Searches new text for the words of a lost passage.
    fn search(&self, key: Key, change: &Change) -> Option<Candidate> {
        let passage = self.passages.get(&key)?;
        let len = passage.text.len();
        let stayed = |at: usize| {
            (at..at + len - 1).all(|at| {
                let (one, next) = (change.from[at], change.from[at + 1]);
                one.is_some_and(|one| next == Some(one + 1))
            })
        };
        let is_new = |at: usize| change.from[at].is_none() || !stayed(at);
        let mut candidates = Vec::new();
        for (index, line) in change.new_lines.iter().enumerate() {
            let start = change.new.starts[index];
            let end = change.new.starts.get(index + 1).copied().unwrap_or(change.new.len());
            let places = occurrences(&change.new.units[start..end], &passage.text).filter(|at| is_new(start + at));
            let line = self.lines.index(*line)?;
            candidates.extend(places.map(|from| Candidate { line, from }));
        }
        best(&self.lines, &passage.text, &passage.around, &candidates, APPEARED)
    }

    /// Puts a passage where its words are.
    fn put_at(&mut self, key: Key, place: Candidate, found: bool) {
        let Some((id, line)) = self.lines.at(place.line) else { return };
        let Some(passage) = self.passages.get_mut(&key) else { return };
        passage.letters = line.ids().skip(place.from).take(passage.text.len()).collect();
        passage.lost = None;
        self.lost.remove(&key);
        self.set_lines(key, vec![id]);
        self.report(key, found);
    }

    /// Puts a passage on new letters.
    fn put(&mut self, key: Key, change: &Change, (from, to): (usize, usize), found: bool) {
        let Some(passage) = self.passages.get_mut(&key) else { return };
        passage.text = change.new.units[from..to].to_vec();
        passage.letters = change.new.ids[from..to].to_vec();
        passage.lost = None;
        self.lost.remove(&key);
        let lines: BTreeSet<Id> = (from..to).filter_map(|at| Some(change.place(at)?.0)).collect();
        self.set_lines(key, lines.into_iter().collect());
        self.report(key, found);
    }

    fn report(&mut self, key: Key, found: bool) {
        let Some(passage) = self.passages.get_mut(&key) else { return };
        let (Some(first), Some(last)) = (passage.letters.first(), passage.letters.last()) else { return };
        let ends = Some((*first, *last));
        if ends == passage.reported {
            return;
        }
        passage.reported = ends;
        let anchor = Anchor::of_letters(*first, *last);
        let text = String::from_utf16_lossy(&passage.text);
        let report = if found { Report::Found { key, anchor, text } } else { Report::Moved { key, anchor, text } };
        self.reports.push(report);
    }

    fn set_lines(&mut self, key: Key, lines: Vec<Id>) {
        let Some(passage) = self.passages.get_mut(&key) else { return };
        for line in std::mem::take(&mut passage.lines) {
            if let Some(keys) = self.by_line.get_mut(&line) {
                keys.remove(&key);
                if keys.is_empty() {
                    self.by_line.remove(&line);
                }
            }
        }
        for line in &lines {
            self.by_line.entry(*line).or_default().insert(key);
        }
        passage.lines = lines;
    }

    pub(crate) fn unmark(&mut self, key: Key) {
        self.set_lines(key, Vec::new());
        self.passages.remove(&key);
        self.lost.remove(&key);
    }

    /// Begins to follow a passage, wherever it is now.
    pub(crate) fn mark(&mut self, doc: &Doc, key: Key, mark: Mark) {
        self.unmark(key);
        self.lines.refresh(&mut doc.transact_mut());
        let quote: Vec<u16> = mark.quote.encode_utf16().filter(|unit| *unit != u16::from(b'\n')).collect();
        let text: Vec<u16> = match &mark.text {
            Some(text) => text.encode_utf16().filter(|unit| *unit != u16::from(b'\n')).collect(),
            None => quote,
        };
        let place = mark.anchor.as_ref().and_then(Anchor::letters).and_then(|ends| self.between(ends));
        let mut passage = Passage {
            text,
            letters: Vec::new(),
            lines: Vec::new(),
            around: mark.around.iter().map(Around::from).collect(),
            lost: Some(0),
            reported: place.as_ref().and(mark.anchor.as_ref()).and_then(Anchor::letters),
        };
        let reads = place.as_ref().is_some_and(|(units, ..)| mark.text.is_none() || is_much_of(units, &passage.text));
        let mut lines = Vec::new();
        match place {
            Some((units, letters, inside)) if reads => {
                (passage.text, passage.letters, passage.lost) = (units, letters, None);
                lines = inside;
            }
            _ => {}
        }
        if passage.lost.is_none() && passage.around.is_empty() {
            passage.around.extend(self.surroundings(&passage));
        }
        let lost = passage.lost.is_some();
        self.passages.insert(key, passage);
        self.set_lines(key, lines);
        if lost {
            self.lost.insert(key);
            self.find_anywhere(key);
        }
    }

    fn surroundings(&self, passage: &Passage) -> Option<Around> {
        let (first, last) = (*passage.letters.first()?, *passage.letters.last()?);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for (index, (_, line)) in self.lines.in_order().enumerate() {
            if let Some(at) = line.position(first) {
                before = self.lines.around(index, at, at + 1, AROUND).0;
            }
            if let Some(at) = line.position(last) {
                after = self.lines.around(index, at, at + 1, AROUND).1;
            }
        }
        Some(Around { before, after })
    }

    /// The letters from one to another, with the lines that they are in.
    fn between(&self, (first, last): (Id, Id)) -> Option<(Vec<u16>, Vec<Id>, Vec<Id>)> {
        let find =
            |id: Id| self.lines.in_order().enumerate().find_map(|(at, (_, line))| Some((at, line.position(id)?)));
        let (from, to) = (find(first)?, find(last)?);
        let (mut units, mut letters, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        for index in from.0..=to.0 {
            let (id, line) = self.lines.at(index)?;
            let begin = if index == from.0 { from.1 } else { 0 };
            let end = if index == to.0 { to.1 + 1 } else { line.units.len() };
            units.extend_from_slice(line.units.get(begin..end)?);
            letters.extend(line.ids().skip(begin).take(end.saturating_sub(begin)));
            lines.push(id);
        }
        (!units.is_empty()).then_some((units, letters, lines))
    }

    /// Searches the whole text for a passage whose letters are no longer known.
    fn find_anywhere(&mut self, key: Key) {
        let Some(passage) = self.passages.get_mut(&key) else { return };
        if self.searched >= SEARCHED {
            return;
        }
        self.searched += self.lines.units();
        let candidates = everywhere(&self.lines, &passage.text);
        passage.lost = Some(candidates.len());
        if let Some(found) = best(&self.lines, &passage.text, &passage.around, &candidates, COPY) {
            self.put_at(key, found, true);
        }
    }

    /// The place of a passage: `None` if the passage is not followed, `Some(None)` if it is lost.
    pub(crate) fn ends(&self, key: Key) -> Option<Option<Anchor>> {
        let passage = self.passages.get(&key)?;
        let ends = passage.letters.first().zip(passage.letters.last()).filter(|_| passage.lost.is_none());
        Some(ends.map(|(first, last)| Anchor::of_letters(*first, *last)))
    }
}

/// Whether a passage still reads much as before. Not exactly, because people correct words in it.
fn is_much_of(now: &[u16], then: &[u16]) -> bool {
    let head = now.iter().zip(then).take_while(|(a, b)| a == b).count();
    let rest = now.len().min(then.len()) - head;
    let tail = now.iter().rev().zip(then.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    3 * (head + tail) >= 2 * then.len()
}

fn inserts_one_letter(txn: &TransactionMut<'_>) -> bool {
    let runs = txn.insert_set().iter().flat_map(|(_, ranges)| ranges.iter());
    runs.map(|run| run.len()).sum::<usize>() <= 1
}

fn touched_by(event: &Event) -> Option<Touched> {
    match event {
        Event::XmlText(event) => nested(event.target().as_ref()).map(Touched::Line),
        Event::XmlFragment(event) => Some(Touched::Children(match event.target() {
            XmlOut::Element(element) => nested(element.as_ref()),
            XmlOut::Fragment(fragment) => nested(fragment.as_ref()),
            XmlOut::Text(text) => nested(text.as_ref()),
        })),
        _ => None,
    }
}
