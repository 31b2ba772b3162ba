//! Changes other than words: kinds of blocks, attributes and marks, as facts that a page can express in its language,
//! and in English.

use serde_json::{Map, Value, json};

use super::Shape;
use crate::prose::tree::{Mark, Node, attribute, is_picture, number};

/// A change of one attribute, mark or kind, with the earlier and the later value. `null` means none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Note {
    /// `type`, the name of a mark or of an attribute, `file` for what an image or file shows, or `moved`.
    pub what: String,
    pub before: Value,
    pub after: Value,
}

/// Attributes that are not reported. Readers do not see them, except `checked`: the page shows the box of a task
/// itself.
const UNSEEN: [&str; 6] = ["colwidth", "class", "rel", "target", "checked", "attachment"];

impl Note {
    fn new(what: &str, before: Value, after: Value) -> Note {
        Note { what: what.to_owned(), before, after }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ "what": self.what, "before": self.before, "after": self.after })
    }

    /// The note in English.
    pub(super) fn words(&self) -> String {
        let what = match self.what.as_str() {
            "file" if self.before == self.after => return "Replaced".to_owned(),
            "moved" => return if self.after.is_null() { "Moved from here" } else { "Moved here" }.to_owned(),
            "type" => String::new(),
            "alt" => "Description".to_owned(),
            "title" => "Caption".to_owned(),
            "href" => "Link".to_owned(),
            other => {
                let mut letters = other.chars();
                letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
            }
        };
        let said = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let what = if what.is_empty() { what } else { format!("{what}: ") };
        match (&self.before, &self.after) {
            (Value::Bool(false) | Value::Null, Value::Bool(true)) => format!("{what}on"),
            (Value::Bool(true), Value::Bool(false) | Value::Null) => format!("{what}off"),
            (Value::Null, now) => format!("{what}{}", said(now)),
            (then, Value::Null) => format!("{what}{} → none", said(then)),
            (then, now) => format!("{what}{} → {}", said(then), said(now)),
        }
    }
}

/// The notes as the value of an attribute of HTML, before it is escaped.
pub(super) fn encoded(notes: &[Note]) -> String {
    Value::Array(notes.iter().map(Note::to_json).collect()).to_string()
}

pub(super) fn in_words(notes: &[Note]) -> String {
    notes.iter().map(Note::words).collect::<Vec<_>>().join(", ")
}

/// The changes of a node, without those of its content.
pub(super) fn of_shapes(before: &Shape, after: &Shape) -> Vec<Note> {
    if before.name != after.name {
        return vec![Note::new("type", json!(kind(before)), json!(kind(after)))];
    }
    if before.name == "heading" {
        let (then, now) = (kind(before), kind(after));
        return if then == now { Vec::new() } else { vec![Note::new("type", json!(then), json!(now))] };
    }
    let mut notes = Vec::new();
    let shows =
        |shape: &Shape| [attribute(&shape.attributes, "attachment"), attribute(&shape.attributes, "src")].concat();
    if is_picture(&before.name) && shows(before) != shows(after) {
        notes.push(Note::new("file", Value::Null, Value::Null));
    }
    let is_unseen = |name: &str| UNSEEN.contains(&name) || (name == "src" && is_picture(&before.name));
    notes.extend(differing(&before.attributes, &after.attributes).into_iter().filter(|note| !is_unseen(&note.what)));
    notes
}

/// Like [`of_shapes`], for blocks without content.
pub(super) fn of_nodes(before: &Node, after: &Node) -> Vec<Note> {
    of_shapes(&Shape::of(before), &Shape::of(after))
}

/// The kind of a block; a heading with its level.
fn kind(shape: &Shape) -> String {
    match shape.name.as_str() {
        "heading" => format!("heading {}", number(&shape.attributes, "level", 1)),
        name => name.to_owned(),
    }
}

fn differing(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Note> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let value = |attributes: &Map<String, Value>, name: &str| attributes.get(name).cloned().unwrap_or_default();
    let notes = names.into_iter().map(|name| Note::new(name, value(before, name), value(after, name)));
    notes.filter(|note| note.before != note.after).collect()
}

/// The changes of a text's marks: each mark that was added or removed, or has another value, such as the target of a
/// link.
pub(super) fn of_marks(before: &[Mark], after: &[Mark]) -> Vec<Note> {
    let find =
        |marks: &[Mark], name: &str| marks.iter().find(|mark| mark.name == name).map(|mark| mark.attributes.clone());
    let mut names: Vec<&str> = before.iter().chain(after).map(|mark| mark.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut notes = Vec::new();
    for name in names {
        let (then, now) = (find(before, name), find(after, name));
        if then == now {
            continue;
        }
        let (then_value, now_value) = (value(then.as_ref()), value(now.as_ref()));
        notes.push(Note::new(name, then_value, now_value));
    }
    notes
}

/// The value of a mark: the target of a link, a colour, or only that the mark is there.
fn value(mark: Option<&Value>) -> Value {
    match mark {
        None => Value::Null,
        Some(attributes) => {
            ["href", "color"].iter().find_map(|name| attributes.get(name)).cloned().unwrap_or(json!(true))
        }
    }
}

/// The note for a block that is now in another place.
pub(super) fn moved(is_here: bool) -> Note {
    Note::new("moved", Value::Null, if is_here { json!(true) } else { Value::Null })
}
