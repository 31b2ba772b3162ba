//! Footnotes as any program writes them: a link to a place further down, whose block has a link back. The words of that
//! block become the note. Notes are found before the page is read, because a number comes before its note.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use html5gum::{Token, Tokenizer};

use super::tag::Tag;

/// The largest note; a larger block with links back and forth is a chapter.
const MOST_NOTE: usize = 20_000;
/// The maximum depth of blocks that are searched for notes.
const MOST_OPEN: usize = 200;
/// The maximum number of links and names of a note. A block with more is a table of contents.
const MOST_NAMES: usize = 20;
/// The longest name of a place, in bytes.
const MOST_NAME: usize = 500;
/// The longest number or sign of a note, in characters.
const MOST_MARK: usize = 6;
/// The texts of blocks that may be notes, which may be nested, are together at most this many times as large as the
/// page.
const MOST_PAGES: usize = 4;

/// The footnotes of a page, by the places of tags: the first start tag has the place 0.
#[derive(Default)]
pub(super) struct Footnotes {
    /// For each link that is a number, the block that is its note.
    notes: HashMap<usize, usize>,
    /// The texts of blocks that are notes.
    blocks: HashMap<usize, String>,
    /// The lists that hold only notes.
    lists: HashSet<usize>,
}

/// A block that may be a note.
#[derive(Default)]
struct Block {
    element: String,
    place: usize,
    names: Vec<Rc<str>>,
    links: Vec<Rc<str>>,
    text: String,
    /// Whether it is larger than a note, or has what a note cannot have.
    is_large: bool,
}

struct Link {
    place: usize,
    to: Rc<str>,
    names: Vec<Rc<str>>,
    words: String,
}

/// A section that is marked as a list of notes.
struct List {
    place: usize,
    /// The place after the section.
    end: usize,
    items: usize,
}

impl Footnotes {
    pub fn of(html: &str) -> Footnotes {
        if !html.contains("href") || !html.contains('#') {
            return Footnotes::default();
        }
        let mut reader = Finder { room: html.len().saturating_mul(MOST_PAGES), ..Finder::default() };
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
        reader.found(html.len())
    }

    pub fn note(&self, place: usize) -> Option<&str> {
        self.blocks.get(self.notes.get(&place)?).map(String::as_str)
    }

    /// Whether a tag begins a block that is a note, or that holds only notes.
    pub fn is_note(&self, place: usize) -> bool {
        self.blocks.contains_key(&place) || self.lists.contains(&place)
    }
}

#[derive(Default)]
struct Finder {
    places: usize,
    open: Vec<Block>,
    /// The number of open blocks beyond the maximum depth.
    beyond: usize,
    closed: Vec<Block>,
    /// For each name, the innermost closed block that has it.
    by_name: HashMap<Rc<str>, usize>,
    /// How many more bytes the texts of closed blocks may take.
    room: usize,
    links: Vec<Link>,
    lists: Vec<List>,
    in_list: bool,
    /// The names of the element around a link, such as a `sup`.
    around: Vec<Rc<str>>,
    /// Whether a link within the page is open, whose words may be the number of a note.
    in_link: bool,
}

fn is_block(name: &str) -> bool {
    matches!(name, "li" | "p" | "div" | "dd" | "td" | "aside")
}

/// Whether an element would be lost in the plain text of a note.
fn is_rich(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "table" | "pre" | "img")
}

fn is_list(tag: &Tag<'_>) -> bool {
    let is_named = || tag.is("role", "doc-endnotes") || tag.has_class("footnotes");
    tag.name == "section" && (is_named() || tag.get("data-footnotes").is_some())
}

/// Whether the words of a link are the number or the sign of a note.
fn is_mark(words: &str) -> bool {
    let words = words.trim();
    if words.is_empty() || words.chars().count() > MOST_MARK {
        return false;
    }
    let sign = words.trim_matches(|c: char| c.is_whitespace() || "*†‡§[]()^".contains(c));
    let is_letter = sign.chars().count() == 1 && sign.chars().all(char::is_alphabetic);
    sign.chars().all(char::is_numeric) || is_letter || is_roman(&sign.to_lowercase())
}

fn is_roman(word: &str) -> bool {
    const HUNDREDS: &[&str] = &["ccc", "cc", "c"];
    const TENS: &[&str] = &["xc", "xl", "lxxx", "lxx", "lx", "l", "xxx", "xx", "x"];
    const ONES: &[&str] = &["ix", "iv", "viii", "vii", "vi", "v", "iii", "ii", "i"];
    let rest = [HUNDREDS, TENS, ONES]
        .iter()
        .fold(word, |rest, digits| digits.iter().find_map(|digit| rest.strip_prefix(digit)).unwrap_or(rest));
    rest.is_empty()
}

impl Block {
    /// Whether a note may have `more` further names or links. If not, the block is too large for a note.
    fn takes(&mut self, more: usize) -> bool {
        self.is_large |= self.names.len() + self.links.len() + more > MOST_NAMES;
        !self.is_large
    }
}

impl Finder {
    fn start(&mut self, tag: &Tag<'_>) {
        let place = self.places;
        self.places += 1;
        let names = ["id", "name"].into_iter().filter_map(|name| tag.get(name));
        let names: Vec<Rc<str>> = names.filter(|name| (1..=MOST_NAME).contains(&name.len())).map(Rc::from).collect();
        if !self.in_list && is_list(tag) {
            self.in_list = true;
            self.lists.push(List { place, end: usize::MAX, items: 0 });
        }
        if let Some(list) = self.lists.last_mut().filter(|_| self.in_list && tag.name == "li") {
            let is_inner = self.open.iter().any(|block| block.element == "li" && block.place > list.place);
            list.items += usize::from(!is_inner);
        }
        if is_block(&tag.name) {
            match self.open.len() < MOST_OPEN {
                true => self.open.push(Block { element: tag.name.clone(), place, ..Block::default() }),
                false => self.beyond += 1,
            }
        }
        if let Some(block) = self.open.last_mut() {
            block.is_large |= is_rich(&tag.name);
            if block.takes(names.len()) {
                block.names.extend(names.iter().cloned());
            }
        }
        if tag.name != "a" {
            if matches!(tag.name.as_str(), "sup" | "span") {
                self.around.clone_from(&names);
            }
            return;
        }
        let to = tag.get("href").and_then(|href| href.strip_prefix('#').map(str::to_owned));
        let to = to.filter(|to| (1..=MOST_NAME).contains(&to.len()) && !to.starts_with("_mso"));
        let Some(to) = to.map(Rc::<str>::from) else { return };
        self.in_link = true;
        if let Some(block) = self.open.last_mut().filter(|block| !block.is_large)
            && block.takes(1)
        {
            block.links.push(to.clone());
        }
        let names = names.into_iter().chain(self.around.iter().cloned()).collect();
        self.links.push(Link { place, to, names, words: String::new() });
    }

    fn end(&mut self, name: &str) {
        if name == "a" {
            self.in_link = false;
        }
        if matches!(name, "sup" | "span") {
            self.around.clear();
        }
        if name == "section"
            && let Some(list) = self.lists.last_mut().filter(|_| self.in_list)
        {
            list.end = self.places;
            self.in_list = false;
        }
        if !is_block(name) {
            return;
        }
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        // A block without its own end tag may not end where it should.
        let Some(at) = self.open.iter().rposition(|block| block.element == name) else { return };
        let is_large = self.open.drain(at + 1..).any(|block| block.is_large);
        let Some(mut block) = self.open.pop() else { return };
        block.is_large |= is_large;
        if let Some(outer) = self.open.last_mut() {
            outer.is_large |= block.is_large || outer.text.len() + block.text.len() > MOST_NOTE;
            if outer.takes(block.links.len() + block.names.len()) {
                outer.names.extend(block.names.iter().cloned());
                outer.links.extend(block.links.iter().cloned());
                outer.text.push(' ');
                outer.text.push_str(&block.text);
            }
        }
        if !block.is_large && !block.links.is_empty() && block.text.len() <= self.room {
            self.keep(block);
        }
    }

    /// Keeps a closed block if it is the innermost with one of its names.
    fn keep(&mut self, block: Block) {
        let mut is_kept = false;
        for name in &block.names {
            if let Entry::Vacant(entry) = self.by_name.entry(name.clone()) {
                entry.insert(self.closed.len());
                is_kept = true;
            }
        }
        if is_kept {
            self.room -= block.text.len();
            self.closed.push(block);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(link) = self.links.last_mut().filter(|link| self.in_link && link.words.len() <= MOST_NAME) {
            link.words.extend(text.chars().take(MOST_NAME));
        }
        if let Some(block) = self.open.last_mut().filter(|_| !self.in_link) {
            block.is_large |= block.text.len() + text.len() > MOST_NOTE;
            if !block.is_large {
                block.text.push_str(text);
            }
        }
    }

    /// Finds the notes. `room` limits what repeated notes, to which several links lead, may add to the page.
    fn found(mut self, mut room: usize) -> Footnotes {
        let mut found = Footnotes::default();
        for Link { place, to, names, words } in &self.links {
            let Some(block) = self.by_name.get(to).and_then(|at| self.closed.get_mut(*at)) else { continue };
            let leads_back = block.place > *place && block.links.iter().any(|link| names.contains(link));
            if !leads_back || !is_mark(words) {
                continue;
            }
            match found.blocks.entry(block.place) {
                Entry::Vacant(entry) => {
                    entry.insert(line_of(&std::mem::take(&mut block.text)));
                }
                Entry::Occupied(entry) if entry.get().len() > room => continue,
                Entry::Occupied(entry) => room -= entry.get().len(),
            }
            found.notes.insert(*place, block.place);
        }
        let mut places: Vec<usize> = found.blocks.keys().copied().collect();
        places.sort_unstable();
        for List { place, end, items } in &self.lists {
            let notes = places.partition_point(|one| one < end) - places.partition_point(|one| one < place);
            // A list that holds something else too is read, and only its notes are left out.
            if notes > 0 && notes >= *items {
                found.lists.insert(*place);
            }
        }
        found
    }
}

/// The text in one line, without the remains of the number of the note and of the link back.
fn line_of(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_start_matches(['^', '.', ')', ']'])
        .trim_start()
        .trim_end_matches(['↩', '\u{fe0e}', '↑'])
        .trim()
        .to_owned()
}
