//! Footnotes in Markdown: references in the text, and definitions at its end.

use serde_json::{Map, Value};

use super::inline::{Place, escape, inline};
use crate::prose::footnotes::{FOOTNOTE, note_number, note_text};
use crate::prose::tree::Node;

/// The reference to a note, which [`definition`] writes.
pub(super) fn reference(attributes: &Map<String, Value>) -> String {
    match note_number(attributes) {
        Some(number) => format!("[^{number}]"),
        None => format!("({})", escape(note_text(attributes))),
    }
}

pub(super) fn ends_with_reference(line: &str) -> bool {
    let before = line.strip_suffix(']').map(|line| line.trim_end_matches(|c: char| c.is_ascii_digit()));
    before.is_some_and(|before| before.ends_with("[^") && before.len() + 1 < line.len())
}

/// The definition of the note with a number.
pub(super) fn definition(number: usize, note: &str) -> String {
    let text = inline(&[Node::Text { text: note.to_owned(), marks: Vec::new() }], Place::Line);
    format!("[^{number}]: {text}").trim_end_matches(' ').to_owned()
}

/// The numbers of the footnotes in a line.
pub(super) fn numbers(nodes: &[Node], found: &mut Vec<u64>) {
    for node in nodes {
        let Node::Element { name, attributes, children } = node else { continue };
        found.extend(note_number(attributes).filter(|_| name == FOOTNOTE));
        numbers(children, found);
    }
}
