//! Footnotes of any program: a link to a place further down, whose block has a link back. The words there become the
//! note. They are found before the page is read, because a number comes before its note.

use std::collections::{HashMap, HashSet};

use html5gum::{Token, Tokenizer};

use super::tag::Tag;

/// The largest note; a larger block with links back and forth is a chapter.
const MOST_NOTE: usize = 20_000;
/// Blocks within each other that are looked at.
const MOST_OPEN: usize = 200;
/// Links and names of one block: a block with more is a table of contents.
const MOST_NAMES: usize = 20;

/// The footnotes of a page, by the places of tags: the first start tag has the place 0.
#[derive(Default)]
pub(super) struct Footnotes {
    /// The note of a link.
    notes: HashMap<usize, String>,
    /// Blocks that are notes.
    blocks: HashSet<usize>,
}

/// A block that may be a note.
#[derive(Default)]
struct Block {
    element: String,
    place: usize,
    names: Vec<String>,
    links: Vec<String>,
    text: String,
    is_large: bool,
}

struct Link {
    place: usize,
    to: String,
    names: Vec<String>,
}

impl Footnotes {
    pub fn of(html: &str) -> Footnotes {
        if !html.contains("href") || !html.contains('#') {
            return Footnotes::default();
        }
        let mut reader = Finder::default();
        let mut tokenizer = html5gum::emitters::default::DefaultEmitter::default();
        tokenizer.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, tokenizer).flatten() {
            match token {
                Token::StartTag(tag) => reader.start(&Tag::of(&tag)),
                Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name)),
                Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
                _ => {}
            }
        }
        reader.found()
    }

    pub fn note(&self, place: usize) -> Option<&str> {
        self.notes.get(&place).map(String::as_str)
    }

    /// Whether a tag begins a block that is a note, or that holds only notes.
    pub fn is_note(&self, place: usize, tag: &Tag<'_>) -> bool {
        let is_list = tag.name == "section"
            && (tag.is("role", "doc-endnotes") || tag.has_class("footnotes") || tag.get("data-footnotes").is_some());
        self.blocks.contains(&place) || (is_list && !self.blocks.is_empty())
    }
}

#[derive(Default)]
struct Finder {
    places: usize,
    open: Vec<Block>,
    /// Blocks beyond the depth.
    beyond: usize,
    closed: Vec<Block>,
    links: Vec<Link>,
    /// The names of the element around a link, such as a `sup`.
    around: Vec<String>,
    /// Whether a link within the page is open: its words are a number or a sign.
    in_link: bool,
}

fn is_block(name: &str) -> bool {
    matches!(name, "li" | "p" | "div" | "dd" | "td" | "aside")
}

impl Finder {
    fn start(&mut self, tag: &Tag<'_>) {
        let place = self.places;
        self.places += 1;
        let names: Vec<String> =
            ["id", "name"].into_iter().filter_map(|name| tag.get(name)).filter(|name| !name.is_empty()).collect();
        if is_block(&tag.name) {
            match self.open.len() < MOST_OPEN {
                true => self.open.push(Block { element: tag.name.clone(), place, ..Block::default() }),
                false => self.beyond += 1,
            }
        }
        if let Some(block) = self.open.last_mut() {
            block.names.extend(names.iter().cloned());
        }
        if tag.name != "a" {
            if matches!(tag.name.as_str(), "sup" | "span") {
                self.around.clone_from(&names);
            }
            return;
        }
        let to = tag.get("href").and_then(|href| href.strip_prefix('#').map(str::to_owned));
        let Some(to) = to.filter(|to| !to.is_empty() && !to.starts_with("_mso")) else { return };
        self.in_link = true;
        if let Some(block) = self.open.last_mut() {
            block.links.push(to.clone());
        }
        let names = names.into_iter().chain(self.around.iter().cloned()).collect();
        self.links.push(Link { place, to, names });
    }

    fn end(&mut self, name: &str) {
        if name == "a" {
            self.in_link = false;
        }
        if matches!(name, "sup" | "span") {
            self.around.clear();
        }
        if !is_block(name) {
            return;
        }
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        // What was not ended by its own tag is not known to end where it should.
        let Some(at) = self.open.iter().rposition(|block| block.element == name) else { return };
        self.open.truncate(at + 1);
        let Some(block) = self.open.pop() else { return };
        if let Some(outer) = self.open.last_mut() {
            outer.is_large |= block.is_large
                || outer.text.len() + block.text.len() > MOST_NOTE
                || outer.links.len() + block.links.len() + outer.names.len() + block.names.len() > MOST_NAMES;
            if !outer.is_large {
                outer.names.extend(block.names.iter().cloned());
                outer.links.extend(block.links.iter().cloned());
                outer.text.push(' ');
                outer.text.push_str(&block.text);
            }
        }
        if !block.is_large && !block.names.is_empty() && !block.links.is_empty() {
            self.closed.push(block);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(block) = self.open.last_mut().filter(|_| !self.in_link) {
            block.is_large |= block.text.len() + text.len() > MOST_NOTE;
            if !block.is_large {
                block.text.push_str(text);
            }
        }
    }

    fn found(self) -> Footnotes {
        let mut found = Footnotes::default();
        let mut by_name: HashMap<&str, Vec<&Block>> = HashMap::new();
        for block in &self.closed {
            block.names.iter().for_each(|name| by_name.entry(name).or_default().push(block));
        }
        for Link { place, to, names } in &self.links {
            // The innermost block is closed first.
            let blocks = by_name.get(to.as_str()).into_iter().flatten();
            let mut leads_back = blocks.filter(|block| block.links.iter().any(|link| names.contains(link)));
            if let Some(block) = leads_back.next().filter(|block| block.place > *place) {
                found.notes.insert(*place, line_of(&block.text));
                found.blocks.insert(block.place);
            }
        }
        found
    }
}

/// One line, without what is left of the number of the note.
fn line_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_start_matches(['^', '.', ')', ']'])
        .trim_start()
        .trim_end_matches(['↩', '\u{fe0e}', '↑'])
        .trim()
        .to_owned()
}
