//! Footnotes in Markdown: references in the text, and definitions anywhere in it. A note is plain text in the editor,
//! so only the words and the addresses of a definition are kept.

use std::collections::{HashMap, HashSet};

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use serde_json::json;

use super::{Builder, MAX_NESTING, PAGE_TITLE, element, map, options};
use crate::prose::footnotes::FOOTNOTE;
use crate::prose::tree::{Node, attribute, is_line_name, is_picture, page_address};

/// The notes that a text defines and the notes that it refers to, by labels in lower case.
#[derive(Default)]
pub(super) struct Footnotes {
    notes: HashMap<String, String>,
    referred: HashSet<String>,
    /// The number of nested definitions that are open while the text is read.
    open: usize,
    /// The bytes of notes that may still be copied, because each reference has a copy of its note.
    left: usize,
    /// Whether the text needed more bytes.
    pub(super) repeats_too_much: bool,
}

/// Notes may be repeated up to this many bytes, or up to the length of the text if that is more. Otherwise a few
/// thousand references to one long note would take all memory.
const REPEATED: usize = 100_000;

impl Footnotes {
    /// Reads the definitions of a text; `None` if a definition is nested too deep.
    pub(super) fn of(text: &str) -> Option<Footnotes> {
        let mut footnotes = Footnotes { left: text.len().max(REPEATED), ..Footnotes::default() };
        if !text.contains("[^") {
            return Some(footnotes);
        }
        let (mut depth, mut plain_words, mut is_page) = (0, 0, false);
        let mut definition: Option<(String, Builder)> = None;
        for event in Parser::new_ext(text, options()) {
            match (event, &mut definition) {
                (Event::Start(Tag::FootnoteDefinition(_)), Some(_)) => depth += 1,
                (Event::Start(Tag::FootnoteDefinition(name)), open) => *open = Some((label(&name), Builder::default())),
                (Event::End(TagEnd::FootnoteDefinition), Some(_)) if depth > 0 => depth -= 1,
                (Event::End(TagEnd::FootnoteDefinition), open) => {
                    if let Some((label, mut builder)) = open.take() {
                        builder.end_all_details();
                        // The first definition of a label counts, as everywhere.
                        footnotes.notes.entry(label).or_insert_with(|| plain(&builder.done));
                    }
                }
                (event, Some((_, builder))) => {
                    builder.take(event);
                    if builder.open.len() + 8 > MAX_NESTING {
                        return None;
                    }
                }
                // The words of an image and of a link to a page are plain text, so a reference in them does not count.
                (Event::Start(Tag::Image { .. }), None) => plain_words += 1,
                (Event::End(TagEnd::Image), None) => plain_words -= 1,
                (Event::Start(Tag::Link { title, .. }), None) if title.as_ref() == PAGE_TITLE => is_page = true,
                (Event::End(TagEnd::Link), None) => is_page = false,
                (Event::FootnoteReference(name), None) if plain_words == 0 && !is_page => {
                    footnotes.referred.insert(label(&name));
                }
                _ => {}
            }
        }
        Some(footnotes)
    }
}

impl Builder {
    /// Takes references and definitions, and returns all other events to the caller.
    pub(super) fn without_footnotes<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        match event {
            Event::Start(Tag::FootnoteDefinition(name)) => {
                self.footnotes.open += 1;
                let label = label(&name);
                // The definition of a note that nothing refers to stays in its place, as text.
                if self.footnotes.open == 1
                    && !self.footnotes.referred.contains(&label)
                    && let Some(note) = self.footnotes.notes.get(&label)
                {
                    let text = format!("[^{name}]: {note}");
                    self.block(element("paragraph", Default::default(), vec![Node::Text { text, marks: Vec::new() }]));
                }
                None
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                self.footnotes.open = self.footnotes.open.saturating_sub(1);
                None
            }
            _ if self.footnotes.open > 0 => None,
            Event::FootnoteReference(name) => {
                match self.footnotes.notes.get(&label(&name)) {
                    Some(note) if note.len() > self.footnotes.left => self.footnotes.repeats_too_much = true,
                    Some(note) => {
                        self.footnotes.left -= note.len();
                        let attributes = if note.is_empty() { Default::default() } else { map("text", json!(note)) };
                        self.inline(element(FOOTNOTE, attributes, Vec::new()));
                    }
                    // No definition is known, as within another note.
                    None => self.text(&format!("[^{name}]")),
                }
                None
            }
            other => Some(other),
        }
    }
}

/// Labels are compared without regard to case.
fn label(name: &str) -> String {
    name.to_lowercase()
}

/// The words of a note, with the addresses of its links, as one line.
fn plain(nodes: &[Node]) -> String {
    let mut lines = Vec::new();
    nodes.iter().for_each(|node| push_lines(node, &mut lines));
    lines.join(" ")
}

fn push_lines(node: &Node, lines: &mut Vec<String>) {
    match node {
        Node::Element { name, children, .. } if is_line_name(name) => lines.push(line(children)),
        Node::Element { name, attributes, .. } if is_picture(name) => {
            let words = ["alt", "name", "title", "src", "href"].map(|name| attribute(attributes, name));
            lines.extend(words.into_iter().find(|words| !words.is_empty()).map(str::to_owned));
        }
        _ => node.children().iter().for_each(|child| push_lines(child, lines)),
    }
}

fn line(nodes: &[Node]) -> String {
    let target = |node: &Node| {
        let (_, marks) = node.as_text()?;
        let link = marks.iter().find(|mark| mark.name == "link")?;
        link.attributes.get("href")?.as_str().map(str::to_owned)
    };
    let (mut out, mut shown) = (String::new(), String::new());
    for (index, node) in nodes.iter().enumerate() {
        match node {
            Node::Text { text, .. } => {
                out.push_str(text);
                let Some(address) = target(node) else { continue };
                shown.push_str(text);
                // Written after the last of the words with this link.
                if nodes.get(index + 1).and_then(target).as_ref() != Some(&address) {
                    if shown != address {
                        out.push_str(&format!(" ({address})"));
                    }
                    shown.clear();
                }
            }
            Node::Element { name, .. } if name == "hardBreak" => out.push(' '),
            Node::Element { attributes, .. } => out.extend(page_address(attributes)),
        }
    }
    out
}
