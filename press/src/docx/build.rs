//! Makes a document of the blocks of a Word file, and joins paragraphs that form one list, quote or block of code.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::blocks::{Block, Parser};
use super::images::Images;
use super::numbering::Numbering;
use super::paragraphs::{Paragraph, Piece};
use super::properties::Remark;
use super::styles::Kind;
use crate::Unreadable;
use crate::document::{Builder, Comment, Document, Loss, Mark, is_web_address};
use crate::palette::callout_kind;

/// An open list.
pub(super) struct OpenList {
    number: String,
    level: usize,
    name: &'static str,
}

/// The open blocks in a cell, in a quote, or in the whole text.
#[derive(Default)]
pub(super) struct Place {
    lists: Vec<OpenList>,
    /// Whether a quote is open, which paragraphs of its style continue.
    in_quote: bool,
    /// Whether this place is within a quote, so that paragraphs with the style of a quote do not begin another.
    is_quote: bool,
    /// The style of the open block of code, which the next line continues if it has the same style.
    code: Option<String>,
}

pub struct Build<'a, 'm> {
    pub(super) builder: Builder,
    numbering: &'a Numbering,
    images: &'a mut Images<'m>,
    places: Vec<Place>,
    title: Option<String>,
    /// The title of the last image. Our own files show it again, as a caption below the image.
    caption: String,
    /// Whether there was a block other than the title.
    has_begun: bool,
    /// The number of items of each list so far, because Word may continue the numbering further down.
    counted: HashMap<(String, usize), u32>,
}

impl<'a, 'm> Build<'a, 'm> {
    pub fn new(numbering: &'a Numbering, images: &'a mut Images<'m>) -> Build<'a, 'm> {
        Build {
            builder: Builder::default(),
            numbering,
            images,
            places: vec![Place::default()],
            title: None,
            caption: String::new(),
            has_begun: false,
            counted: HashMap::new(),
        }
    }

    fn place(&mut self) -> &mut Place {
        self.places.last_mut().expect("the text is a place")
    }

    pub fn block(&mut self, block: Block, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        match block {
            Block::Paragraph(paragraph) => self.paragraph(*paragraph, parser),
            Block::Table(table) => {
                self.end_all()?;
                self.table(table, parser)
            }
            Block::Group { tag, blocks } => self.group(&tag, blocks, parser),
        }
    }

    /// Builds blocks in a place of their own, such as a cell.
    pub(super) fn inside(
        &mut self,
        place: Place,
        blocks: Vec<Block>,
        parser: &mut Parser<'_>,
    ) -> Result<(), Unreadable> {
        self.places.push(place);
        for block in blocks {
            self.block(block, parser)?;
        }
        self.end_all()?;
        self.places.pop();
        Ok(())
    }

    /// Builds blocks that our own files keep together under this tag.
    fn group(&mut self, tag: &str, blocks: Vec<Block>, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        let level = tag.strip_prefix("consilium:item:").and_then(|level| level.parse::<usize>().ok());
        match (tag, level) {
            ("consilium:quote", _) => {
                self.end_all()?;
                self.builder.open("blockquote", Value::Null)?;
                self.inside(Place { is_quote: true, ..Place::default() }, blocks, parser)?;
                self.builder.close("blockquote")
            }
            ("consilium:details", _) => self.details(blocks, parser),
            (tag, _) if tag.starts_with("consilium:callout:") => {
                let kind = callout_kind(tag.trim_start_matches("consilium:callout:"));
                self.end_all()?;
                self.builder.open("callout", json!({ "kind": kind }))?;
                self.inside(Place::default(), blocks, parser)?;
                self.builder.close("callout")
            }
            (_, Some(level)) => {
                self.end_code()?;
                self.end_lists(|list| list.level > level)?;
                self.inside(Place::default(), blocks, parser)
            }
            _ => {
                self.end_code()?;
                for block in blocks {
                    self.block(block, parser)?;
                }
                self.end_code()
            }
        }
    }

    /// Builds a toggle. The first paragraph is the summary.
    fn details(&mut self, blocks: Vec<Block>, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        self.end_all()?;
        self.builder.open("details", Value::Null)?;
        let mut blocks = blocks;
        if let Some(Block::Paragraph(_)) = blocks.first()
            && let Block::Paragraph(summary) = blocks.remove(0)
        {
            self.builder.open("detailsSummary", Value::Null)?;
            self.builder.text(&summary.text(), &[])?;
            self.builder.end_line()?;
        }
        self.builder.open("detailsContent", Value::Null)?;
        self.inside(Place::default(), blocks, parser)?;
        self.builder.close("details")
    }

    fn end_code(&mut self) -> Result<(), Unreadable> {
        self.place().code = None;
        self.builder.end_line()
    }

    fn end_quote(&mut self) -> Result<(), Unreadable> {
        self.end_code()?;
        match std::mem::take(&mut self.place().in_quote) {
            true => self.builder.close("blockquote"),
            false => Ok(()),
        }
    }

    fn end_lists(&mut self, ends: impl Fn(&OpenList) -> bool) -> Result<(), Unreadable> {
        while self.place().lists.last().is_some_and(&ends) {
            if let Some(list) = self.place().lists.pop() {
                self.builder.close(list.name)?;
            }
        }
        Ok(())
    }

    pub(super) fn end_all(&mut self) -> Result<(), Unreadable> {
        self.end_quote()?;
        self.end_lists(|_| true)
    }

    fn paragraph(&mut self, mut paragraph: Paragraph, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        let boxes = std::mem::take(&mut paragraph.boxes);
        let is_empty = paragraph.is_empty();
        match &paragraph.kind {
            Kind::Caption if paragraph.text() == self.caption && !is_empty => {}
            Kind::CalloutTitle if self.builder.inside("callout") => {}
            Kind::Card if card(&paragraph).is_some() => {
                self.end_all()?;
                self.builder.leaf("embed", card(&paragraph).unwrap_or_default())?;
            }
            Kind::Contents => parser.lose("The table of contents was left out: it follows from the headings"),
            Kind::Title if !is_empty && self.title.is_none() && !self.has_begun => {
                self.title = Some(paragraph.text().split_whitespace().collect::<Vec<_>>().join(" "));
            }
            Kind::Title if !is_empty => self.heading(1, &paragraph, parser)?,
            Kind::Heading(level) if !is_empty => {
                if paragraph.numbering.is_some() {
                    parser.lose("The number of a heading was left out");
                }
                self.heading((*level).min(6), &paragraph, parser)?;
            }
            Kind::Code(language) => {
                let language = language.clone();
                self.code(&language, &paragraph)?;
            }
            _ if is_empty && (paragraph.is_ruled || paragraph.kind == Kind::Rule) => {
                self.end_all()?;
                self.builder.leaf("horizontalRule", Value::Null)?;
            }
            _ if paragraph.checkbox.is_some()
                || (paragraph.numbering.is_some() && !matches!(paragraph.kind, Kind::Heading(_) | Kind::Title)) =>
            {
                self.item(&paragraph, parser)?;
            }
            _ if is_empty => self.end_quote()?,
            Kind::ListContinue(level) if !self.place().lists.is_empty() => {
                self.end_quote()?;
                if let Some(level) = *level {
                    self.end_lists(|list| list.level > level)?;
                }
                self.builder.open("paragraph", self.side(&paragraph))?;
                self.pieces(&paragraph.pieces, parser)?;
            }
            Kind::Quote if !self.place().is_quote => {
                self.end_code()?;
                self.end_lists(|_| true)?;
                if !std::mem::replace(&mut self.place().in_quote, true) {
                    self.builder.open("blockquote", Value::Null)?;
                }
                self.builder.open("paragraph", self.side(&paragraph))?;
                self.pieces(&paragraph.pieces, parser)?;
            }
            _ => {
                self.end_all()?;
                self.builder.open("paragraph", self.side(&paragraph))?;
                self.pieces(&paragraph.pieces, parser)?;
            }
        }
        self.has_begun |= !is_empty && paragraph.kind != Kind::Title;
        for block in boxes {
            self.block(block, parser)?;
        }
        Ok(())
    }

    fn heading(&mut self, level: u32, paragraph: &Paragraph, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        self.end_all()?;
        let mut attributes = json!({ "level": level });
        if let Some(side) = self.side(paragraph).get("textAlign") {
            attributes["textAlign"] = side.clone();
        }
        self.builder.open("heading", attributes)?;
        self.pieces(&paragraph.pieces, parser)?;
        self.builder.end_line()
    }

    /// Adds one or more lines of code; consecutive lines of one style form one block.
    fn code(&mut self, language: &str, paragraph: &Paragraph) -> Result<(), Unreadable> {
        let is_same = self.place().code.as_deref() == Some(&paragraph.style) && self.builder.in_code();
        if is_same {
            self.builder.text("\n", &[])?;
        } else if !paragraph.is_empty() {
            self.end_all()?;
            let attributes = if language.is_empty() { Value::Null } else { json!({ "language": language }) };
            self.builder.open("codeBlock", attributes)?;
            self.place().code = Some(paragraph.style.clone());
        } else {
            return Ok(());
        }
        self.builder.text(&paragraph.text(), &[])
    }

    fn item(&mut self, paragraph: &Paragraph, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        self.end_quote()?;
        let (number, level) = paragraph.numbering.clone().unwrap_or_else(|| ("tasks".to_owned(), 0));
        let open = self.place().lists.iter().rfind(|list| list.level == level).map(|list| list.number.clone());
        let number = open.filter(|open| self.numbering.continues(open, &number, level)).unwrap_or(number);
        let look = self.numbering.level(&number, level);
        let name = match look.format.as_str() {
            _ if paragraph.checkbox.is_some() => "taskList",
            "bullet" | "none" => "bulletList",
            _ => "orderedList",
        };
        self.end_lists(|list| {
            list.level > level || (list.level == level && (list.number != number || list.name != name))
        })?;
        let key = (number.clone(), level);
        let before = self.counted.get(&key).copied().unwrap_or(0);
        if self.place().lists.last().is_none_or(|list| list.level < level) {
            let mut attributes = Map::new();
            if name == "orderedList" {
                attributes.insert("start".into(), json!(look.start.saturating_add(before)));
                attributes.extend(look.list_type().map(|kind| ("type".to_owned(), json!(kind))));
            }
            self.builder.open(name, Value::Object(attributes))?;
            self.place().lists.push(OpenList { number: number.clone(), level, name });
        }
        self.counted.insert(key, before + 1);
        // Nested lists start again.
        self.counted.retain(|(of, at), _| *of != number || *at <= level);
        match paragraph.checkbox {
            Some(checked) => self.builder.open("taskItem", json!({ "checked": checked }))?,
            None => self.builder.open("listItem", Value::Null)?,
        }
        self.builder.open("paragraph", self.side(paragraph))?;
        let mut pieces = paragraph.pieces.as_slice();
        // Removes the white space between the box and the words.
        if paragraph.checkbox.is_some()
            && let [Piece::Text { text, marks, .. }, rest @ ..] = pieces
        {
            self.builder.text(text.trim_start(), marks)?;
            pieces = rest;
        }
        self.pieces(pieces, parser)
    }

    /// The side to which a paragraph is aligned; none within a cell, which has an attribute for it. `left` counts as
    /// none, because most programs write it for ordinary text.
    fn side(&self, paragraph: &Paragraph) -> Value {
        let side = match paragraph.align.as_str() {
            "center" => "center",
            "right" | "end" => "right",
            _ => return Value::Null,
        };
        if self.builder.inside("tableCell") || self.builder.inside("tableHeader") {
            return Value::Null;
        }
        json!({ "textAlign": side })
    }

    /// Builds the content of a line. An image is a block, so the text after it is another paragraph.
    fn pieces(&mut self, pieces: &[Piece], parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        for piece in pieces {
            match piece {
                Piece::Text { text, marks, .. } => self.builder.text(text, marks)?,
                Piece::Break => self.builder.line_break()?,
                Piece::Footnote(note) => self.builder.footnote(note)?,
                Piece::Image(image) => {
                    self.caption.clone_from(&image.title);
                    match self.images.attributes(image)? {
                        Ok(attributes) => self.builder.leaf("image", attributes)?,
                        Err(reason) => {
                            parser.lose(reason);
                            if !image.alt.is_empty() {
                                self.builder.text(&format!("[{}]", image.alt), &[Mark::Italic])?;
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }

    pub fn finish(
        self,
        document: &mut Document,
        parser: &mut Parser<'_>,
        comments: Vec<Remark>,
    ) -> Result<(), Unreadable> {
        let (doc, losses) = self.builder.finish()?;
        document.doc = doc;
        document.title = self.title.filter(|title| !title.is_empty()).or(document.title.take());
        for Remark { id, author, created, text } in comments {
            let quote = parser.quotes.remove(&id).unwrap_or_default().trim().to_owned();
            // A comment on the title is about the whole document.
            let quote = if Some(&quote) == document.title.as_ref() { String::new() } else { quote };
            document.comment(Comment { author, created, text, quote });
        }
        for (what, times, place) in parser.losses() {
            let what = if times > 1 { format!("{what} ({times} times)") } else { what };
            document.losses.push(Loss { what, place });
        }
        document.losses.extend(losses);
        Ok(())
    }
}

/// The card for a paragraph in which our own files write one as a link.
fn card(line: &Paragraph) -> Option<Value> {
    let [Piece::Text { text, marks, .. }] = line.pieces.as_slice() else { return None };
    let href = marks.iter().find_map(|mark| if let Mark::Link(href) = mark { Some(href) } else { None })?;
    let title = Some(text).filter(|text| *text != href);
    is_web_address(href).then(|| match title {
        Some(title) => json!({ "href": href, "title": title }),
        None => json!({ "href": href }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [WORD-1] A link that the server would refuse as a card stays a link.
    #[test]
    fn only_addresses_on_the_web_are_cards() {
        let card_of = |href: &str| {
            let (text, marks) = ("a".to_owned(), vec![Mark::Link(href.to_owned())]);
            card(&Paragraph { pieces: vec![Piece::Text { text, marks, is_monospace: false }], ..Paragraph::default() })
        };
        assert!(card_of("https://x.example/").is_some());
        assert!(card_of("HTTP://x.example/").is_some());
        for href in ["http-demo/index.html", "https:/maps.example", "httpx://x.example", "mailto:a@x.example"] {
            assert_eq!(card_of(href), None, "{href}");
        }
    }
}
