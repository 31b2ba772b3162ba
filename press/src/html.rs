//! Makes documents of HTML pages, including the exports of Confluence and Notion, whose conventions are in
//! `html/exports.rs`. A tokenizer reads the page, and no tree of elements is built, so no resource grows with the depth
//! of a file.

mod embeds;
mod exports;
mod footnotes;
mod inline;
mod tag;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use html5gum::{Token, Tokenizer};
use serde_json::{Value, json};

use crate::Unreadable;
use crate::document::{Builder, Document, Mark, Media, is_web_address};
use exports::Export;
use footnotes::Footnotes;
use inline::{address, is_inline, mark_of, path_of};
use tag::Tag;

/// The largest size of one file: a book has 3 MB. Larger files are refused, because half a page is worse than none.
const MOST_BYTES: u64 = 32 << 20;
/// The maximum depth of elements that are remembered. Deeper ones are only counted.
const MOST_BOXES: usize = 1_000;
/// The maximum depth of marks.
const MOST_MARKS: usize = 32;
/// The largest size of one text that is read separately: a title, a comment, a formula.
const MOST_CAPTURED: usize = 64 << 10;
/// Elements whose content is not text.
const SILENT: [&str; 9] = ["script", "style", "noscript", "template", "svg", "button", "select", "textarea", "nav"];

pub fn read(file: &Path, folder: &Path) -> Result<Document, Unreadable> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Unreadable("HTML of more than 32 MiB is not read".into()));
    }
    read_text(&String::from_utf8_lossy(&bytes), folder)
}

fn read_text(html: &str, folder: &Path) -> Result<Document, Unreadable> {
    let mut reader = Reader::new(Export::of(html), folder);
    reader.footnotes = Footnotes::of(html);
    let mut place = 0;
    let mut tokenizer = html5gum::emitters::default::DefaultEmitter::default();
    tokenizer.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, tokenizer).flatten() {
        match token {
            Token::StartTag(tag) => {
                let tag = Tag::of(&tag);
                if !reader.takes_whole(&tag, place)? {
                    reader.start(&tag)?;
                }
                place += 1;
            }
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name))?,
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text))?,
            _ => {}
        }
    }
    reader.finish()
}

/// What ends with an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Nothing,
    Callout,
    /// The part of a page that is its text.
    Text,
}

/// Text that is read apart from the page.
struct Capture {
    what: What,
    /// The name of the element whose text this is, and how many elements of that name are open within each other.
    element: String,
    depth: usize,
    text: String,
}

/// The kind of a text that is read separately.
enum What {
    Title,
    Formula,
    /// The author of a Confluence page, and when the page was created or last modified.
    Facts,
    CommentText,
    CommentFacts,
    /// The name of an attachment at this path.
    Attached(String),
    PropertyName,
    PropertyValue(String),
}

struct Reader<'a> {
    builder: Builder,
    document: Document,
    media: Media<'a>,
    export: Export,
    /// The open elements that are marks, and open elements of the same names that are not.
    marks: Vec<(String, Option<Mark>)>,
    /// For each open list, whether its items are not items but Notion's toggles.
    lists: Vec<bool>,
    lists_beyond: usize,
    /// The name of an element whose content is left out, and how many elements of that name are open within each other.
    silent: Option<(String, usize)>,
    capture: Option<Capture>,
    boxes: Vec<(String, Ends)>,
    boxes_beyond: usize,
    pre: usize,
    /// Whether white space is due before the next word.
    space: bool,
    state: exports::State,
    footnotes: Footnotes,
}

impl<'a> Reader<'a> {
    fn new(export: Export, folder: &'a Path) -> Reader<'a> {
        Reader {
            builder: Builder::default(),
            document: Document::default(),
            media: Media::new(folder),
            export,
            marks: Vec::new(),
            lists: Vec::new(),
            lists_beyond: 0,
            silent: None,
            capture: None,
            boxes: Vec::new(),
            boxes_beyond: 0,
            pre: 0,
            space: false,
            state: exports::State::new(export == Export::None),
            footnotes: Footnotes::default(),
        }
    }

    /// Reads an element that becomes one node whatever its content: the number of a footnote, or a card. Leaves out the
    /// block of a note, whose text is added at its number. `place` is the place of the tag. Returns whether it was such
    /// an element.
    fn takes_whole(&mut self, tag: &Tag<'_>, place: usize) -> Result<bool, Unreadable> {
        if self.silent.is_some() || self.capture.is_some() || !self.state.in_text || tag.tag.self_closing {
            return Ok(false);
        }
        let own = if tag.name == "sup" { tag.get("data-footnote") } else { None };
        let note = own.or_else(|| self.footnotes.note(place).map(str::to_owned));
        let card = if note.is_none() && self.pre == 0 { embeds::card(tag) } else { None };
        if note.is_none() && card.is_none() && !self.footnotes.is_note(place) {
            return Ok(false);
        }
        if let Some(card) = card {
            self.space = false;
            self.builder.leaf("embed", card)?;
        }
        if let Some(note) = note {
            self.space = false;
            self.builder.footnote(&note)?;
        }
        self.silent = Some((tag.name.clone(), 1));
        Ok(true)
    }

    fn start(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        if let Some((element, depth)) = &mut self.silent {
            *depth += usize::from(*element == tag.name);
            return Ok(());
        }
        if let Some(capture) = &mut self.capture {
            capture.depth += usize::from(capture.element == tag.name);
            exports::within_capture(capture, tag);
            return Ok(());
        }
        if SILENT.contains(&tag.name.as_str()) || exports::is_decoration(tag) {
            self.silent = (!tag.tag.self_closing).then(|| (tag.name.clone(), 1));
            return Ok(());
        }
        if tag.name == "meta" {
            return self.meta(tag);
        }
        if let Some(what) = self.captured(tag) {
            self.capture = Some(Capture { what, element: tag.name.clone(), depth: 1, text: String::new() });
            return Ok(());
        }
        if matches!(tag.name.as_str(), "div" | "figure" | "section" | "article" | "table") {
            let ends = self.ends(tag)?;
            match self.boxes.len() < MOST_BOXES {
                true => self.boxes.push((tag.name.clone(), ends)),
                false => self.boxes_beyond += 1,
            }
        }
        if !self.state.in_text {
            return Ok(());
        }
        if self.pre > 0 { self.start_in_code(tag) } else { self.start_shown(tag) }
    }

    fn start_shown(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        if let Some(mark) = mark_of(tag) {
            // The space before a mark is not part of the mark.
            if std::mem::take(&mut self.space) && self.builder.in_line() {
                self.builder.text(" ", &self.marks())?;
            }
            // Files that the text links to are not listed below it as well.
            if let Mark::Link(href) = &mark
                && let Some(path) = path_of(href)
            {
                self.state.shown.insert(path);
            }
            if self.marks.len() < MOST_MARKS {
                self.marks.push((tag.name.clone(), Some(mark)));
            }
            return Ok(());
        }
        if self.marks.iter().any(|(element, _)| *element == tag.name) && self.marks.len() < MOST_MARKS {
            self.marks.push((tag.name.clone(), None));
        }
        match tag.name.as_str() {
            name if is_inline(name) => {}
            "p" => self.open("paragraph", side(tag).map_or(Value::Null, |side| json!({ "textAlign": side })))?,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = u64::from(tag.name.as_bytes()[1] - b'0');
                let mut attributes = json!({ "level": level });
                if let Some(side) = side(tag) {
                    attributes["textAlign"] = json!(side);
                }
                self.open("heading", attributes)?;
            }
            "details" => self.open("details", Value::Null)?,
            "summary" => self.open("detailsSummary", Value::Null)?,
            "blockquote" => self.open("blockquote", Value::Null)?,
            "pre" => {
                self.open("codeBlock", Value::Null)?;
                self.pre = 1;
                self.language(tag);
            }
            "ul" | "ol" | "menu" | "dir" => self.list(tag)?,
            "li" if self.lists.last() == Some(&true) => {}
            "li" => self.item(tag)?,
            "input" if tag.is("type", "checkbox") => self.checkbox(tag.get("checked").is_some())?,
            "div" if tag.has_class("checkbox") => self.builder.check(tag.has_class("checkbox-on")),
            "table" => self.open("table", Value::Null)?,
            "tr" => self.open("tableRow", Value::Null)?,
            "td" => self.open("tableCell", cell(tag))?,
            "th" => self.open("tableHeader", cell(tag))?,
            "br" => {
                self.space = false;
                self.builder.line_break()?;
            }
            "hr" => self.builder.leaf("horizontalRule", Value::Null)?,
            "img" => self.image(tag)?,
            "iframe" | "embed" | "video" | "audio" | "object" => self.embedded(tag)?,
            _ => self.builder.end_line()?,
        }
        Ok(())
    }

    fn start_in_code(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        match tag.name.as_str() {
            "pre" => self.pre += 1,
            "code" => self.language(tag),
            "br" => self.builder.text("\n", &[])?,
            _ => {}
        }
        Ok(())
    }

    fn open(&mut self, name: &'static str, attributes: Value) -> Result<(), Unreadable> {
        self.space = false;
        self.builder.open(name, attributes)
    }

    fn list(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        if self.lists.len() >= MOST_BOXES {
            self.lists_beyond += 1;
            return Ok(());
        }
        let is_toggle = self.export == Export::Notion && tag.has_class("toggle");
        self.lists.push(is_toggle);
        match tag.name.as_str() {
            _ if is_toggle => self.builder.end_line(),
            "ol" => self.open("orderedList", json!({ "start": tag.number("start").unwrap_or(1) })),
            _ if exports::is_task_list(tag) => self.open("taskList", Value::Null),
            _ => self.open("bulletList", Value::Null),
        }
    }

    fn end_list(&mut self) -> Result<(), Unreadable> {
        if self.lists_beyond > 0 {
            self.lists_beyond -= 1;
            return Ok(());
        }
        match self.lists.pop() {
            Some(false) => self.builder.close_list(),
            _ => self.builder.end_line(),
        }
    }

    fn item(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let checked = tag.is("data-checked", "true") || tag.has_class("checked");
        let is_task = self.builder.inside("taskList") && !self.builder.in_plain_list();
        match is_task {
            true => self.open("taskItem", json!({ "checked": checked })),
            false => self.open("listItem", Value::Null),
        }
    }

    fn checkbox(&mut self, checked: bool) -> Result<(), Unreadable> {
        if self.builder.inside("taskItem") {
            self.builder.check(checked);
            return Ok(());
        }
        self.builder.text(if checked { "☑ " } else { "☐ " }, &[])
    }

    /// Sets the language of a block of code from the class of its element.
    fn language(&mut self, tag: &Tag<'_>) {
        let class = tag.get("class").unwrap_or_default();
        let named = class.split_ascii_whitespace().find_map(|one| one.strip_prefix("language-").map(str::to_owned));
        let brush = tag.get("data-syntaxhighlighter-params").and_then(|parameters| {
            let brush = parameters.split(';').find_map(|one| one.trim().strip_prefix("brush:").map(str::to_owned));
            brush.map(|brush| brush.trim().to_owned())
        });
        if let Some(language) = named.or(brush).filter(|language| !language.is_empty() && language.len() <= 40) {
            self.builder.set_language(&language.to_lowercase());
        }
    }

    fn image(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let alt = tag.get("alt").unwrap_or_default();
        if tag.has_class("emoticon") || tag.has_class("emoji") || tag.has_class("notion-static-icon") {
            let sign = tag.get("data-emoji-fallback").unwrap_or(alt);
            return self.text(&sign);
        }
        let src = tag.get("src").unwrap_or_default();
        let mut attributes = match self.source(&src)? {
            Some(attributes) => attributes,
            None => {
                self.builder.lose("An image without an address that can be read was left out");
                return Ok(());
            }
        };
        if !alt.is_empty() {
            attributes["alt"] = json!(alt);
        }
        if let Some(width) = tag.number("width") {
            attributes["width"] = json!(width);
        }
        let link = self.marks.iter().rev().find_map(|(_, mark)| match mark {
            Some(Mark::Link(href)) if is_web_address(href) => Some(href.clone()),
            _ => None,
        });
        if let Some(link) = link {
            attributes["href"] = json!(link);
        }
        self.space = false;
        self.builder.leaf("image", attributes)
    }

    /// The attribute for the source of an image, which is on the web, within this file, or beside it.
    fn source(&mut self, src: &str) -> Result<Option<Value>, Unreadable> {
        if let Some(data) = src.trim().strip_prefix("data:") {
            let Some((kind, content)) = inline::data(data) else { return Ok(None) };
            return Ok(self.media.add(&content, &kind)?.map(|name| json!({ "attachment": name })));
        }
        Ok(address(src).and_then(|address| match is_web_address(&address) {
            true => Some(json!({ "src": address })),
            false => {
                let path = path_of(&address)?;
                self.state.shown.insert(path.clone());
                Some(json!({ "attachment": path }))
            }
        }))
    }

    fn embedded(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        self.builder.lose("Something embedded became a link, or was left out");
        let Some(href) = tag.get("src").or_else(|| tag.get("data")).and_then(|src| address(&src)) else {
            return Ok(());
        };
        self.builder.end_line()?;
        self.builder.text(&href, &[Mark::Link(href.clone())])?;
        self.builder.end_line()
    }

    fn end(&mut self, name: &str) -> Result<(), Unreadable> {
        if let Some((element, depth)) = &mut self.silent {
            *depth -= usize::from(element == name);
            if *depth == 0 {
                self.silent = None;
            }
            return Ok(());
        }
        if let Some(capture) = &mut self.capture {
            capture.depth -= usize::from(capture.element == name);
            if !is_inline(name) && !capture.text.ends_with('\n') {
                capture.text.push('\n');
            }
            match self.capture.take_if(|capture| capture.depth == 0) {
                Some(capture) => return self.take(capture),
                None => return Ok(()),
            }
        }
        if self.state.in_text {
            self.end_shown(name)?;
        }
        if matches!(name, "div" | "figure" | "section" | "article" | "table") {
            self.end_box(name)?;
        }
        Ok(())
    }

    fn end_shown(&mut self, name: &str) -> Result<(), Unreadable> {
        if self.pre > 0 {
            match name {
                "pre" => self.pre -= 1,
                "div" | "p" | "li" => self.builder.text("\n", &[])?,
                _ => {}
            }
            return if self.pre == 0 { self.builder.end_code() } else { Ok(()) };
        }
        if let Some(at) = self.marks.iter().rposition(|(element, _)| element == name) {
            self.marks.remove(at);
        }
        match name {
            "blockquote" => self.builder.close("blockquote"),
            "details" => self.builder.close("details"),
            "ul" | "ol" | "menu" | "dir" => self.end_list(),
            "li" if self.lists.last() == Some(&true) => self.builder.end_line(),
            "li" => self.builder.close("listItem"),
            "table" => self.builder.close("table"),
            "tr" => self.builder.close("tableRow"),
            "td" => self.builder.close("tableCell"),
            "th" => self.builder.close("tableHeader"),
            name if is_inline(name) || mark_of_end(name) => Ok(()),
            _ => self.builder.end_line(),
        }
    }

    fn end_box(&mut self, name: &str) -> Result<(), Unreadable> {
        if self.boxes_beyond > 0 {
            self.boxes_beyond -= 1;
            return Ok(());
        }
        let Some(at) = self.boxes.iter().rposition(|(element, _)| element == name) else { return Ok(()) };
        for (_, ends) in self.boxes.split_off(at).into_iter().rev() {
            match ends {
                Ends::Nothing => {}
                Ends::Callout => self.builder.close("callout")?,
                Ends::Text => {
                    self.builder.end_line()?;
                    self.state.in_text = self.export == Export::None;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Unreadable> {
        if self.silent.is_some() {
            return Ok(());
        }
        if let Some(capture) = &mut self.capture {
            if capture.text.len() + text.len() <= MOST_CAPTURED {
                capture.text.push_str(text);
            }
            return Ok(());
        }
        if !self.state.in_text {
            return Ok(());
        }
        if self.pre > 0 {
            let first = text.strip_prefix('\n').filter(|_| !self.builder.in_line());
            return self.builder.text(&first.unwrap_or(text).replace("\r\n", "\n"), &[]);
        }
        let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}');
        let mut shown = String::with_capacity(text.len());
        self.space |= text.starts_with(is_space);
        for word in text.split(is_space).filter(|word| !word.is_empty()) {
            if self.space && (!shown.is_empty() || self.builder.in_line()) {
                shown.push(' ');
            }
            shown.push_str(word);
            self.space = true;
        }
        if !shown.is_empty() {
            self.space = text.ends_with(is_space);
        }
        self.builder.text(&shown, &self.marks())
    }

    fn marks(&self) -> Vec<Mark> {
        self.marks.iter().filter_map(|(_, mark)| mark.clone()).collect()
    }

    fn finish(mut self) -> Result<Document, Unreadable> {
        self.state.attached.retain(|(path, _)| !self.state.shown.contains(path));
        for (path, name) in std::mem::take(&mut self.state.attached) {
            self.builder.leaf("file", json!({ "attachment": path, "name": name }))?;
        }
        (self.document.doc, self.document.losses) = self.builder.finish()?;
        Ok(self.document)
    }
}

/// Whether an end tag is of an element without content.
fn mark_of_end(name: &str) -> bool {
    matches!(name, "br" | "img" | "input")
}

fn cell(tag: &Tag<'_>) -> Value {
    let mut attributes = json!({});
    for name in ["colspan", "rowspan"] {
        if let Some(span) = tag.number(name).filter(|span| (2..=100).contains(span)) {
            attributes[name] = json!(span);
        }
    }
    if let Some(side) = aligned(tag) {
        attributes["align"] = json!(side);
    }
    attributes
}

fn aligned(tag: &Tag<'_>) -> Option<&'static str> {
    let style = tag.get("style").unwrap_or_default().replace(' ', "");
    let is_at = |side: &&str| tag.is("align", side) || style.contains(&format!("text-align:{side}"));
    ["left", "center", "right"].into_iter().find(is_at)
}

/// The side to which a line is aligned. `left` counts as none, because most programs write it for ordinary text.
fn side(tag: &Tag<'_>) -> Option<&'static str> {
    aligned(tag).filter(|side| *side != "left")
}

#[cfg(test)]
mod tests;
