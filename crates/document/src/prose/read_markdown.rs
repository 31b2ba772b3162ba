//! Parses Markdown (CommonMark with tables, task lists and strike) into the tree. Markdown that the editor has no node
//! for, above all raw HTML, stays as text.

mod details;
mod footnotes;
mod lists;
mod marks;
mod placing;
mod raw_html;

use pulldown_cmark::{Alignment, BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value, json};

use footnotes::Footnotes;
use lists::lists;
use marks::Marks;
use placing::Placing;
pub use placing::Target;

use super::embeds::{EMBED, EMBEDDED, is_web_address};
use super::markdown::inline::PAGE_TITLE;
use super::schema::ContentError;
use super::tree::{ATTACHMENT, FILE, Mark, Node, PAGE_LINK, Prose, attachment, is_id, is_safe_url, joined, page_at};
use crate::nesting::MAX_NESTING;

impl Prose {
    /// Parses Markdown, as written by [`Prose::to_markdown`] or by people.
    ///
    /// # Errors
    /// [`ContentError`] when the text is nested deeper than a document may be, or repeats long notes too often.
    pub fn from_markdown(text: &str) -> Result<Prose, ContentError> {
        Prose::from_markdown_placed(text, &mut |_, _| None)
    }

    /// Parses Markdown whose addresses have other targets here, such as the page that a file became. `place` is called
    /// with each address, and with whether it is the address of an image. If `place` returns `None`, the address stays.
    ///
    /// # Errors
    /// As [`Prose::from_markdown`].
    pub fn from_markdown_placed(
        text: &str,
        place: &mut dyn FnMut(&str, bool) -> Option<Target>,
    ) -> Result<Prose, ContentError> {
        // A byte order mark would be part of the first word.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let too_deep = || ContentError { at: "doc".into(), reason: "it is nested too deep".into() };
        let mut builder = Builder { footnotes: Footnotes::of(text).ok_or_else(too_deep)?, ..Builder::default() };
        let mut placing = Placing::new(place);
        for event in Parser::new_ext(text, options()) {
            builder.take(placing.placed(event));
            if builder.open.len() + 8 > MAX_NESTING {
                return Err(too_deep());
            }
            if builder.footnotes.repeats_too_much {
                let reason = "its references repeat more text of notes than it has";
                return Err(ContentError { at: "doc".into(), reason: reason.into() });
            }
        }
        builder.end_all_details();
        if builder.done.is_empty() {
            builder.done.push(element("paragraph", Map::new(), Vec::new()));
        }
        Prose(builder.done).checked()
    }
}

/// The extensions of CommonMark that are read.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_FOOTNOTES
}

/// An element that is still open.
struct Open {
    name: &'static str,
    attributes: Map<String, Value>,
    children: Vec<Node>,
    /// Whether it is a paragraph that is implicit in Markdown: in a tight list, or in a cell.
    implied: bool,
}

#[derive(Default)]
struct Builder {
    done: Vec<Node>,
    open: Vec<Open>,
    marks: Marks,
    alignments: Vec<Alignment>,
    image: Option<Image>,
    /// The targets of the open links; `None` for a link that the editor would not keep.
    links: Vec<Option<String>>,
    /// The document of the page link that is open.
    page: Option<String>,
    /// A block of raw HTML that is being read.
    html: Option<String>,
    /// The last thing that was read in a line, if white space or a break after it may have to be dropped.
    after: Option<After>,
    footnotes: Footnotes,
}

/// An image or file whose alternative text is being read.
struct Image {
    name: &'static str,
    attributes: Map<String, Value>,
    alt: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// A comment: the space on one of its sides is dropped.
    Comment,
    /// An image in a cell: the break after it only separates the image from the next line.
    Image,
}

fn element(name: &str, attributes: Map<String, Value>, children: Vec<Node>) -> Node {
    Node::Element { name: name.to_owned(), attributes, children }
}

fn mark(name: &str) -> Mark {
    Mark { name: name.to_owned(), attributes: json!({}) }
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        let Some(event) = self.without_footnotes(event) else { return };
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.inline(Node::Text { text: text.into_string(), marks: vec![mark("code")] }),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.inline(element("hardBreak", Map::new(), Vec::new())),
            Event::Rule => self.block(element("horizontalRule", Map::new(), Vec::new())),
            Event::InlineHtml(html) => self.inline_html(&html),
            Event::Html(html) => match &mut self.html {
                Some(block) => block.push_str(&html),
                None => self.text(&html),
            },
            Event::TaskListMarker(checked) => self.mark_task(checked),
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.push("paragraph", Map::new()),
            Tag::Heading { level, .. } => self.push("heading", map("level", json!(level as u8))),
            Tag::BlockQuote(None) => self.push("blockquote", Map::new()),
            Tag::BlockQuote(Some(kind)) => self.push("callout", map("kind", json!(callout(kind)))),
            Tag::CodeBlock(kind) => self.push("codeBlock", map("language", language(&kind))),
            Tag::List(Some(start)) => self.push("orderedList", map("start", json!(start))),
            Tag::List(None) => self.push("bulletList", Map::new()),
            Tag::Item => self.push("listItem", Map::new()),
            Tag::Table(alignments) => {
                self.alignments = alignments;
                self.push("table", Map::new());
            }
            Tag::TableHead | Tag::TableRow => self.push("tableRow", Map::new()),
            Tag::TableCell => self.start_cell(),
            Tag::HtmlBlock => self.html = Some(String::new()),
            Tag::Emphasis => self.mark(Some(mark("italic"))),
            Tag::Strong => self.mark(Some(mark("bold"))),
            Tag::Strikethrough => self.mark(Some(mark("strike"))),
            Tag::Link { dest_url, title, .. } => {
                let mut attributes = map("href", json!(dest_url.as_ref()));
                if !title.is_empty() {
                    attributes.insert("title".into(), json!(title.as_ref()));
                }
                let link = Mark { name: "link".into(), attributes: Value::Object(attributes) };
                let is_safe = is_safe_url(&dest_url);
                self.links.push(is_safe.then(|| dest_url.to_string()));
                self.mark(is_safe.then_some(link));
                if title.as_ref() == PAGE_TITLE {
                    self.page = page_at(&dest_url).map(str::to_owned);
                }
            }
            Tag::Image { dest_url, title, .. } => {
                let attached = |scheme| dest_url.strip_prefix(scheme).filter(|id| is_id(id));
                let embedded = dest_url.strip_prefix(EMBEDDED).filter(|href| is_web_address(href));
                let (name, mut attributes) = match (attached(ATTACHMENT), attached(FILE), embedded) {
                    (Some(id), ..) => ("image", map("attachment", json!(id))),
                    (_, Some(id), _) => ("file", map("attachment", json!(id))),
                    (.., Some(href)) => (EMBED, map("href", json!(href))),
                    _ => ("image", map("src", json!(dest_url.as_ref()))),
                };
                if !title.is_empty() && name == "image" {
                    attributes.insert("title".into(), json!(title.as_ref()));
                }
                self.image = Some(Image { name, attributes, alt: String::new() });
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.pop(),
            TagEnd::CodeBlock => {
                if let Some(Node::Text { text, .. }) = self.open.last_mut().and_then(|code| code.children.last_mut())
                    && text.ends_with('\n')
                {
                    text.pop();
                }
                self.pop();
            }
            TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::TableCell => {
                self.end_all_details();
                self.pop();
            }
            TagEnd::List(_) | TagEnd::Table | TagEnd::TableHead | TagEnd::TableRow => self.pop(),
            TagEnd::HtmlBlock => self.end_html(),
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => self.end_mark(),
            TagEnd::Link => {
                self.links.pop();
                self.end_mark();
                if let Some(document) = self.page.take() {
                    self.inline(element(PAGE_LINK, map("document", json!(document)), Vec::new()));
                }
            }
            TagEnd::Image => self.end_image(),
            _ => {}
        }
    }

    fn push(&mut self, name: &'static str, attributes: Map<String, Value>) {
        self.close_paragraph();
        self.open.push(Open { name, attributes, children: Vec::new(), implied: false });
    }

    fn mark(&mut self, mark: Option<Mark>) {
        self.marks.push(mark);
    }

    fn end_mark(&mut self) {
        self.marks.pop();
    }

    fn start_cell(&mut self) {
        let row = self.open.last().map_or(0, |row| row.children.len());
        let first = self.open.iter().rev().nth(1).is_some_and(|table| table.children.is_empty());
        let align = match self.alignments.get(row) {
            Some(Alignment::Left) => json!("left"),
            Some(Alignment::Center) => json!("center"),
            Some(Alignment::Right) => json!("right"),
            Some(Alignment::None) | None => Value::Null,
        };
        self.push(if first { "tableHeader" } else { "tableCell" }, map("align", align));
    }

    fn close_paragraph(&mut self) {
        if self.open.last().is_some_and(|open| open.implied) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(Open { name, attributes, mut children, .. }) = self.open.pop() else { return };
        let after = self.after.take();
        if matches!(name, "paragraph" | "heading") {
            self.marks.end_tags();
            if let (Some(After::Comment), Some(Node::Text { text, .. })) = (after, children.last_mut()) {
                text.truncate(text.trim_end_matches(' ').len());
            }
        }
        let children = joined(children);
        match name {
            "bulletList" | "orderedList" => {
                lists(name, attributes, children).into_iter().for_each(|list| self.block(list))
            }
            "listItem" | "taskItem" => {
                let begins_well = matches!(children.first(), Some(Node::Element { name, .. }) if name == "paragraph");
                let first = (!begins_well).then(|| element("paragraph", Map::new(), Vec::new()));
                self.block(element(name, attributes, first.into_iter().chain(children).collect()));
            }
            "blockquote" | "callout" | "detailsContent" | "tableCell" | "tableHeader" if children.is_empty() => {
                self.block(element(name, attributes, vec![element("paragraph", Map::new(), Vec::new())]));
            }
            "paragraph" if children.is_empty() && after == Some(After::Comment) => self.blank_line(),
            // The rest of a paragraph that contained only an image.
            "paragraph" if children.is_empty() => {}
            _ => self.block(element(name, attributes, children)),
        }
    }

    fn block(&mut self, node: Node) {
        self.close_paragraph();
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.done.push(node),
        }
    }

    fn inline(&mut self, node: Node) {
        // The words of a page link are the title of the page.
        if self.page.is_some() {
            return;
        }
        if let Some(image) = &mut self.image {
            return image.alt.push_str(if let Node::Text { text, .. } = &node { text } else { " " });
        }
        let is_break = matches!(&node, Node::Element { name, .. } if name == "hardBreak");
        if self.after.take() == Some(After::Image) && is_break {
            return;
        }
        if !self.open.last().is_some_and(|open| matches!(open.name, "paragraph" | "heading" | "codeBlock")) {
            self.open.push(Open { name: "paragraph", attributes: Map::new(), children: Vec::new(), implied: true });
        }
        if let Some(line) = self.open.last_mut() {
            line.children.push(node);
        }
    }

    fn text(&mut self, text: &str) {
        let in_code = self.open.last().is_some_and(|open| open.name == "codeBlock");
        let text = match self.after {
            Some(After::Comment) if self.is_after_space() => text.trim_start_matches(' '),
            _ => text,
        };
        if text.is_empty() {
            return;
        }
        let mut marks = if in_code { Vec::new() } else { self.marks.now() };
        if marks.iter().any(|mark| mark.name == "code") {
            marks.retain(|mark| mark.name == "code");
        }
        self.inline(Node::Text { text: text.to_owned(), marks });
    }

    fn is_after_space(&self) -> bool {
        match self.open.last().and_then(|line| line.children.last()) {
            Some(Node::Text { text, .. }) => text.ends_with(' '),
            _ => true,
        }
    }

    fn mark_task(&mut self, checked: bool) {
        if let Some(item) = self.open.iter_mut().rfind(|open| open.name == "listItem") {
            item.name = "taskItem";
            item.attributes = map("checked", json!(checked));
        }
    }

    /// Ends an image. In the editor an image is a block, so it ends the paragraph around it.
    fn end_image(&mut self) {
        let Some(Image { name: node, mut attributes, alt }) = self.image.take() else { return };
        let is_safe = attributes.get("src").and_then(Value::as_str).is_some_and(is_safe_url);
        if !is_safe && node != EMBED && attachment(&attributes).is_none() {
            return self.text(&alt);
        }
        if !alt.is_empty() {
            let words = if node == "file" { "name" } else { "alt" };
            attributes.insert(if node == EMBED { "title" } else { words }.into(), json!(alt));
        }
        if let Some(Some(href)) = self.links.last().filter(|_| node == "image") {
            attributes.insert("href".into(), json!(href));
        }
        let is_cell = self.open.iter().any(|open| matches!(open.name, "tableCell" | "tableHeader"));
        if let Some(line) = self.open.last_mut().filter(|_| is_cell)
            && matches!(line.children.last(), Some(Node::Element { name, .. }) if name == "hardBreak")
        {
            line.children.pop();
        }
        let line = self.open.last().map(|open| (open.name, open.attributes.clone(), open.implied));
        match line {
            Some((name @ ("paragraph" | "heading"), line_attributes, implied)) => {
                self.pop();
                self.block(element(node, attributes, Vec::new()));
                self.open.push(Open { name, attributes: line_attributes, children: Vec::new(), implied });
            }
            _ => self.block(element(node, attributes, Vec::new())),
        }
        self.after = is_cell.then_some(After::Image);
    }
}

fn map(name: &str, value: Value) -> Map<String, Value> {
    match value {
        Value::Null => Map::new(),
        value => Map::from_iter([(name.to_owned(), value)]),
    }
}

fn callout(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

fn language(kind: &CodeBlockKind<'_>) -> Value {
    match kind {
        CodeBlockKind::Fenced(info) => info.split_ascii_whitespace().next().map_or(Value::Null, |word| json!(word)),
        CodeBlockKind::Indented => Value::Null,
    }
}
