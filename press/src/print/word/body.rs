//! `word/document.xml`: the blocks of the text.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write;
use std::path::Path;

use serde_json::{Map, json};

use super::lists::List;
use super::notes::Notes;
use super::pictures::Picture;
use super::xml::{HEADER, NAMESPACES, escape, escaped};
use crate::palette::{callout_kind, callout_title, side};
use crate::print::description::{Mark, Node, Paper, Print};
use crate::print::tracked::Tracked;

/// Word has nine levels of lists and headings.
pub const MOST_LEVELS: usize = 9;
/// The indentation of one level, in twips: a twip is a twentieth of a point, Word's unit of length.
pub const LEVEL_TWIPS: usize = 360;
/// The maximum depth of containers. Deeper ones continue on this level.
const MOST_DEPTH: usize = 40;

pub struct Body<'a> {
    pub(super) print: &'a Print,
    pub(super) folder: &'a Path,
    pub(super) xml: String,
    /// The addresses of links. The first is the relation `link1`.
    pub links: Vec<String>,
    pub pictures: Vec<Picture>,
    /// The lists. The first has the numbering 1.
    pub lists: Vec<List>,
    /// The languages of code, each with a style of its own.
    pub languages: BTreeSet<String>,
    /// How many runs of each thread are still to come, and the threads that have begun.
    pub(super) runs_left: HashMap<u32, usize>,
    pub(super) begun: BTreeSet<u32>,
    pub(super) drawings: usize,
    /// The change of the text or block that is being written, and the number of changes so far.
    pub(super) change: Option<Tracked>,
    pub(super) changes: usize,
    pub notes: Notes,
}

/// Where a block is.
#[derive(Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub depth: usize,
    pub is_quote: bool,
    /// The kind of the callout around the block.
    pub callout: Option<&'a str>,
    pub is_header: bool,
    pub align: &'a str,
    /// The level of the list that the block continues.
    pub level: Option<usize>,
    /// The indentation from the left, in twips.
    pub indent: usize,
    /// The available width, in twips.
    pub width: usize,
    /// By how many levels headings are lowered, as in chapters for pages below the first.
    pub lower: usize,
}

impl<'a> Body<'a> {
    pub fn new(print: &'a Print, folder: &'a Path) -> Body<'a> {
        Body {
            print,
            folder,
            xml: String::new(),
            links: Vec::new(),
            pictures: Vec::new(),
            lists: Vec::new(),
            languages: BTreeSet::new(),
            runs_left: HashMap::new(),
            begun: BTreeSet::new(),
            drawings: 0,
            change: None,
            changes: 0,
            notes: Notes::default(),
        }
    }

    pub fn chapters(&mut self) {
        let print = self.print;
        for chapter in &print.chapters {
            count_runs(&chapter.doc, &mut self.runs_left);
            let style = match chapter.depth {
                0 => "Title".to_owned(),
                depth => format!("Heading{}", depth.min(MOST_LEVELS)),
            };
            let _ = write!(self.xml, "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/>");
            if chapter.depth > 0 {
                self.xml.push_str("<w:pageBreakBefore/>");
            }
            self.xml.push_str("</w:pPr>");
            // Threads without words in the text are about the whole document.
            let whole = chapter.threads.iter().map(|thread| thread.number);
            let whole: Vec<u32> = whole.filter(|number| !self.runs_left.contains_key(number)).collect();
            self.begin_comments(&whole);
            self.text_run(&chapter.title, "");
            self.end_comments(&whole);
            self.xml.push_str("</w:p>");
            if chapter.depth == 0 && !print.note.is_empty() {
                self.xml.push_str("<w:p><w:pPr><w:pStyle w:val=\"Subtitle\"/></w:pPr>");
                self.text_run(&print.note, "");
                self.xml.push_str("</w:p>");
            }
            let place = Place { width: text_width(print.paper), lower: chapter.depth, ..Place::default() };
            self.blocks(&chapter.doc.content, place);
        }
    }

    /// The whole part.
    pub fn document(&self) -> String {
        let (width, height) = match self.print.paper {
            Paper::A4 => (11_906, 16_838),
            Paper::Letter => (12_240, 15_840),
        };
        format!(
            "{HEADER}<w:document {NAMESPACES}><w:body>{}<w:sectPr><w:footerReference w:type=\"default\" r:id=\"footer\"/>\
             <w:pgSz w:w=\"{width}\" w:h=\"{height}\"/><w:pgMar w:top=\"{MARGIN}\" w:right=\"{MARGIN}\" \
             w:bottom=\"{MARGIN}\" w:left=\"{MARGIN}\" w:header=\"709\" w:footer=\"709\" w:gutter=\"0\"/></w:sectPr>\
             </w:body></w:document>",
            self.xml
        )
    }

    pub(super) fn blocks(&mut self, nodes: &[Node], place: Place<'_>) {
        for (index, node) in nodes.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| &nodes[before]);
            self.tracked(node, |body| body.block(node, before, place));
            // Word would join two tables without anything between them, and text after a table would touch it.
            if node.kind == "table" {
                self.xml.push_str("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>");
            }
        }
    }

    fn block(&mut self, node: &Node, before: Option<&Node>, place: Place<'_>) {
        let same_before = before.is_some_and(|before| before.kind == node.kind);
        match node.kind.as_str() {
            // Blocks of an item other than paragraphs and lists are kept together with it.
            kind if place.level.is_some() && !is_plain_in_item(node, kind) => {
                let tag = format!("consilium:item:{}", place.level.unwrap_or_default());
                self.together(&tag, |body| body.block(node, None, Place { level: None, ..place }));
            }
            "heading" => {
                let level = node.number("level").unwrap_or(1).clamp(1, 6) as usize + place.lower;
                self.paragraph(&format!("Heading{}", level.min(MOST_LEVELS)), &node.content, aligned(node, place));
            }
            "codeBlock" if same_before => self.together("consilium:code", |body| body.code(node, place)),
            "codeBlock" => self.code(node, place),
            "blockquote" => {
                let inside = Place { is_quote: true, callout: None, depth: place.depth + 1, ..place };
                let inside = Place { indent: indent(place.indent, LEVEL_TWIPS, place.depth), ..inside };
                // A quote that has only paragraphs needs only the style.
                let is_plain = node.content.iter().all(|child| child.kind == "paragraph" && !child.content.is_empty());
                match is_plain && !same_before && !place.is_quote {
                    true => self.blocks(&node.content, inside),
                    false => self.together("consilium:quote", |body| body.blocks(&node.content, inside)),
                }
            }
            "callout" => {
                let kind = callout_kind(node.string("kind"));
                self.together(&format!("consilium:callout:{kind}"), |body| body.callout(node, kind, place));
            }
            "details" => self.together("consilium:details", |body| body.details(node, place)),
            "bulletList" | "orderedList" | "taskList" => self.list(node, place),
            "table" => self.table(node, place),
            "horizontalRule" => self.xml.push_str("<w:p><w:pPr><w:pStyle w:val=\"HorizontalLine\"/></w:pPr></w:p>"),
            "image" => self.image(node, place),
            "embed" => self.card(node, place),
            "file" => {
                let words =
                    Node { kind: "text".into(), text: format!("[File: {}]", node.string("name")), ..Node::default() };
                self.paragraph("", &[words], place);
            }
            _ if node.is_line() => self.paragraph("", &node.content, aligned(node, place)),
            _ => self.blocks(&node.content, Place { depth: place.depth + 1, ..place }),
        }
    }

    /// Writes a callout: paragraphs in a box, below the title of its kind.
    fn callout(&mut self, node: &Node, kind: &str, place: Place<'_>) {
        let inside = Place { is_quote: false, is_header: false, callout: Some(kind), depth: place.depth + 1, ..place };
        let title = callout_title(kind, &self.print.language);
        self.begin_paragraph(&callout_style(kind, true), "", inside);
        self.text_run(title, "");
        self.xml.push_str("</w:p>");
        self.blocks(&node.content, inside);
    }

    /// Writes a card as a link to its page.
    fn card(&mut self, node: &Node, place: Place<'_>) {
        let (href, title) = (node.string("href"), node.string("title"));
        let words = if title.is_empty() { href } else { title };
        let link = Mark { kind: "link".into(), attrs: Map::from_iter([("href".to_owned(), json!(href))]) };
        let words = Node { kind: "text".into(), text: words.to_owned(), marks: vec![link], ..Node::default() };
        self.paragraph("Card", &[words], place);
    }

    /// Writes a toggle as its summary, followed by its content, indented.
    fn details(&mut self, node: &Node, place: Place<'_>) {
        let (summary, rest) = match node.content.split_first() {
            Some((first, rest)) if first.kind == "detailsSummary" => (&first.content[..], rest),
            _ => (&[][..], &node.content[..]),
        };
        self.paragraph("Summary", summary, Place { level: None, ..place });
        let inside = Place { indent: indent(place.indent, LEVEL_TWIPS, place.depth), depth: place.depth + 1, ..place };
        self.blocks(rest, inside);
    }

    /// Writes a content control, which Word keeps, around blocks that belong together.
    fn together(&mut self, tag: &str, inside: impl FnOnce(&mut Self)) {
        let _ = write!(self.xml, "<w:sdt><w:sdtPr><w:tag w:val=\"{tag}\"/></w:sdtPr><w:sdtContent>");
        inside(self);
        self.xml.push_str("</w:sdtContent></w:sdt>");
    }

    /// Writes a paragraph. Without a style, it gets the style of its place.
    pub(super) fn paragraph(&mut self, style: &str, content: &[Node], place: Place<'_>) {
        self.begin_paragraph(style, "", place);
        self.inline(content);
        self.xml.push_str("</w:p>");
    }

    /// Begins a paragraph, with `numbering` among its properties.
    pub(super) fn begin_paragraph(&mut self, style: &str, numbering: &str, place: Place<'_>) {
        let own = match place.level {
            _ if !style.is_empty() => style.to_owned(),
            Some(level) => format!("ListContinue{}", level + 1),
            None if place.is_header => "TableHeading".to_owned(),
            None if place.callout.is_some() => callout_style(place.callout.unwrap_or_default(), false),
            None if place.is_quote => "Quote".to_owned(),
            None => String::new(),
        };
        self.xml.push_str("<w:p><w:pPr>");
        if !own.is_empty() {
            let _ = write!(self.xml, "<w:pStyle w:val=\"{}\"/>", escaped(&own));
        }
        self.xml.push_str(numbering);
        if place.indent > 0 && numbering.is_empty() && place.level.is_none() {
            let _ = write!(self.xml, "<w:ind w:left=\"{}\"/>", place.indent);
        }
        if !place.align.is_empty() {
            let _ = write!(self.xml, "<w:jc w:val=\"{}\"/>", place.align);
        }
        self.paragraph_change();
        self.xml.push_str("</w:pPr>");
    }

    /// Writes code as one paragraph with line breaks, so that two blocks of code stay separate.
    fn code(&mut self, node: &Node, place: Place<'_>) {
        let language: String = node.string("language").chars().filter(|c| !c.is_control()).take(40).collect();
        let style = match language.as_str() {
            "" => "Code".to_owned(),
            language => code_style(language),
        };
        if !language.is_empty() {
            self.languages.insert(language);
        }
        self.begin_paragraph(&style, "", place);
        for child in &node.content {
            self.tracked(child, |body| {
                body.threads_around(child, |body| {
                    body.begin_change();
                    let element = body.text_element();
                    body.xml.push_str("<w:r>");
                    for (index, line) in child.text.split('\n').enumerate() {
                        if index > 0 {
                            body.xml.push_str("<w:br/>");
                        }
                        let _ = write!(body.xml, "<{element} xml:space=\"preserve\">");
                        escape(&mut body.xml, line);
                        let _ = write!(body.xml, "</{element}>");
                    }
                    body.xml.push_str("</w:r>");
                    body.end_change();
                });
            });
        }
        self.xml.push_str("</w:p>");
    }
}

/// The id of the style of code in a language.
pub fn code_style(language: &str) -> String {
    language
        .chars()
        .fold("Code-".to_owned(), |id, c| if c.is_ascii_alphanumeric() { id + &c.to_string() } else { id + "_" })
}

/// The id of the style of a callout, or of the word above it.
pub fn callout_style(kind: &str, is_title: bool) -> String {
    format!("{}-{kind}", if is_title { "CalloutTitle" } else { "Callout" })
}

/// The place with the alignment of the block, if it has one.
pub(super) fn aligned<'p>(node: &'p Node, place: Place<'p>) -> Place<'p> {
    match side(node) {
        "" => place,
        align => Place { align, ..place },
    }
}

/// A paragraph or a list continues an item by its style or level.
fn is_plain_in_item(node: &Node, kind: &str) -> bool {
    matches!(kind, "paragraph" | "bulletList" | "orderedList" | "taskList")
        || (node.is_line() && !matches!(kind, "heading" | "codeBlock"))
}

/// Increases an indentation, as long as there is room.
pub(super) fn indent(indent: usize, by: usize, depth: usize) -> usize {
    if depth < MOST_DEPTH { (indent + by).min(LEVEL_TWIPS * 12) } else { indent }
}

fn count_runs(node: &Node, runs: &mut HashMap<u32, usize>) {
    for number in node.threads() {
        *runs.entry(number).or_default() += 1;
    }
    node.content.iter().for_each(|child| count_runs(child, runs));
}

const MARGIN: usize = 1_418;

pub(super) fn text_width(paper: Paper) -> usize {
    match paper {
        Paper::A4 => 11_906 - 2 * MARGIN,
        Paper::Letter => 12_240 - 2 * MARGIN,
    }
}
