//! Changes one line of text into another: edits only the words, and then the marks, that differ.

use std::collections::VecDeque;
use std::sync::Arc;

use yrs::types::Attrs;
use yrs::{Any, Text, TransactionMut, XmlTextRef};

use super::item::{View, any, attrs, keyed, utf16, write_text};
use super::live::Run;
use super::shown::without_nulls;
use crate::prose::differences::differences;
use crate::prose::palette::color_of;
use crate::prose::tree::{Mark, attribute, marks};
use crate::{prose::compare::tokens, prose::markdown::inline::can_say};

/// Most edits in a line; a line that differs in more places is replaced. Each edit walks over all text before it.
const MAX_EDITS: usize = 2_000;

/// A step along a line: lengths are in UTF-16 code units.
enum Delta<'a> {
    /// Text that stays, with the marks to change.
    Retain(u32, Option<Box<Attrs>>),
    Deleted(u32),
    Inserted(&'a str, Attrs),
}

pub(super) fn rewrite_text(
    txn: &mut TransactionMut<'_>,
    text: &XmlTextRef,
    runs: &[Run],
    wanted: &[(&str, &[Mark])],
    view: View,
) {
    let delta = delta(runs, wanted, view);
    if delta.iter().filter(|step| !matches!(step, Delta::Retain(_, None))).count() > MAX_EDITS {
        let length = runs.iter().map(|run| utf16(&run.text)).sum();
        text.remove_range(txn, 0, length);
        return write_text(txn, text, wanted);
    }
    let mut at = 0;
    for step in delta {
        match step {
            Delta::Retain(length, changes) => {
                if let Some(changes) = changes {
                    text.format(txn, at, length, *changes);
                }
                at += length;
            }
            Delta::Deleted(length) => text.remove_range(txn, at, length),
            Delta::Inserted(added, marks) => {
                text.insert_with_attributes(txn, at, added, marks);
                at += utf16(added);
            }
        }
    }
}

fn delta<'a>(runs: &'a [Run], wanted: &[(&'a str, &[Mark])], view: View) -> Vec<Delta<'a>> {
    let old: String = runs.iter().map(|run| run.text.as_str()).collect();
    let new: String = wanted.iter().map(|(text, _)| *text).collect();
    let (old_tokens, new_tokens) = (tokens(&old), tokens(&new));
    let bytes = |tokens: &[&str]| tokens.iter().map(|token| token.len()).sum::<usize>();
    let mut old_side = Marked::of(runs.iter().map(|run| (run.text.as_str(), &run.attributes)));
    let mut new_side = Marked::of(wanted.iter().map(|(text, marks)| (*text, *marks)));
    let (mut delta, mut before) = (Vec::new(), 0);
    for hunk in differences(old_tokens.iter().copied(), new_tokens.iter().copied(), true) {
        let kept = bytes(&old_tokens[before..hunk.before.start]);
        reformat(&mut delta, kept, &mut old_side, &mut new_side, view);
        before = hunk.before.end;
        let removed = old_side.take(bytes(&old_tokens[hunk.before]));
        let own = if view == View::Markdown { own(&removed) } else { Attrs::new() };
        delta.extend(removed.iter().map(|(removed, _)| Delta::Deleted(utf16(removed))));
        for (added, marks) in new_side.take(bytes(&new_tokens[hunk.after])) {
            let mut attributes = own.clone();
            attributes.extend(attrs(marks).into_iter().map(|(name, value)| (stored_key(runs, &name, &value), value)));
            delta.push(Delta::Inserted(added, attributes));
        }
    }
    reformat(&mut delta, bytes(&old_tokens[before..]), &mut old_side, &mut new_side, view);
    delta
}

/// The marks of an app's own kinds that a whole stretch of text has, by their stored keys. Text that replaces the
/// stretch gets them.
fn own(removed: &[(&str, &Attrs)]) -> Attrs {
    let Some(((_, first), others)) = removed.split_first() else { return Attrs::new() };
    let is_own = |key: &Arc<str>, value: &Any| {
        let mark = marks(&Attrs::from([(key.clone(), value.clone())])).pop();
        mark.is_some_and(|mark| !can_say(&mark)) && others.iter().all(|(_, other)| other.get(key) == Some(value))
    };
    first.iter().filter(|(key, value)| is_own(key, value)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The key under which the line already has this mark. For marks that may overlap, the key is longer than the name.
fn stored_key(runs: &[Run], name: &Arc<str>, value: &Any) -> Arc<str> {
    let is_named = |key: &&Arc<str>| key.strip_prefix(&**name).is_some_and(|rest| rest.starts_with("--"));
    let keys = runs.iter().flat_map(|run| run.attributes.iter()).filter(|(_, stored)| *stored == value);
    keys.map(|(key, _)| key).find(is_named).unwrap_or(name).clone()
}

/// Walks over text with marks, a given number of bytes at a time.
struct Marked<'a, M> {
    parts: VecDeque<(&'a str, M)>,
}

impl<'a, M: Copy> Marked<'a, M> {
    fn of(parts: impl Iterator<Item = (&'a str, M)>) -> Self {
        Marked { parts: parts.filter(|(text, _)| !text.is_empty()).collect() }
    }

    /// The next part, of at most the given number of bytes.
    fn next(&mut self, most: usize) -> Option<(&'a str, M)> {
        let (text, marks) = self.parts.pop_front()?;
        let (head, tail) = text.split_at(most.min(text.len()));
        if !tail.is_empty() {
            self.parts.push_front((tail, marks));
        }
        Some((head, marks))
    }

    fn take(&mut self, mut bytes: usize) -> Vec<(&'a str, M)> {
        let mut taken = Vec::new();
        while bytes > 0
            && let Some(part) = self.next(bytes)
        {
            bytes -= part.0.len();
            taken.push(part);
        }
        taken
    }
}

/// Changes the marks of text that stays.
fn reformat(
    delta: &mut Vec<Delta<'_>>,
    mut bytes: usize,
    old: &mut Marked<'_, &Attrs>,
    new: &mut Marked<'_, &[Mark]>,
    view: View,
) {
    while bytes > 0 {
        // The stretch ends at the next change of marks in either text.
        let stretch = |parts: Option<usize>| parts.unwrap_or(bytes).min(bytes);
        let len = stretch(old.parts.front().map(|part| part.0.len()))
            .min(stretch(new.parts.front().map(|part| part.0.len())));
        let (Some((letters, have)), Some((_, want))) = (old.next(len), new.next(len)) else { return };
        let changes = changes(have, want, view);
        delta.push(Delta::Retain(utf16(letters), (!changes.is_empty()).then(|| Box::new(changes))));
        bytes -= len;
    }
}

/// The attributes to set; `null` removes one.
fn changes(have: &Attrs, want: &[Mark], view: View) -> Attrs {
    let have_marks = marks(have);
    let same = |mine: &Mark, theirs: &Mark| match view {
        View::Exact => without_nulls(&mine.attributes) == without_nulls(&theirs.attributes),
        View::Markdown => {
            attribute_of(mine, "href") == attribute_of(theirs, "href") && color_of(mine) == color_of(theirs)
        }
    };
    let mut changes = Attrs::new();
    for (stored, value) in have.iter().filter(|(_, value)| !matches!(value, Any::Null | Any::Undefined)) {
        let only = Attrs::from([(stored.clone(), value.clone())]);
        let Some(mark) = marks(&only).pop() else { continue };
        let overlaps = &**stored != mark.name.as_str();
        let is_wanted = |wanted: &Mark| wanted.name == mark.name && (!overlaps || same(&mark, wanted));
        let stays = want.iter().any(is_wanted) || (view == View::Markdown && !can_say(&mark));
        if !stays {
            changes.insert(stored.clone(), Any::Null);
        }
    }
    for (key, wanted) in keyed(want) {
        if !have_marks.iter().any(|mark| mark.name == wanted.name && same(mark, wanted)) {
            changes.insert(key, any(&wanted.attributes));
        }
    }
    changes
}

fn attribute_of<'a>(mark: &'a Mark, name: &str) -> &'a str {
    mark.attributes.as_object().map_or("", |attributes| attribute(attributes, name))
}
