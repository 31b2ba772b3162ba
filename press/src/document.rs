//! Documents of the editor, made from foreign files. In whatever order a reader opens and closes blocks, the builder
//! makes only what the editor's schema allows (`crates/document/src/prose/schema.json`), and it keeps limits of depth
//! and size. The server checks the document again.

use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Unreadable;

/// The maximum depth of containers; a list takes two. Nobody reads deeper nesting, and the server reads JSON to a depth
/// of 128.
const MOST_DEPTH: usize = 24;
/// The server has the same limit for REST.
const MOST_NODES: usize = 50_000;
/// The maximum number of losses that are listed, one a line of the report; the rest is only counted.
const MOST_LOSSES: usize = 100;
const MOST_COMMENTS: usize = 1_000;
/// The length of the text that shows the place of a loss.
const PLACE_CHARS: usize = 60;
/// The largest total size of the images of one file, unpacked.
const MOST_MEDIA_BYTES: usize = 256 << 20;

/// The content of `document.json`.
#[derive(Debug, Default, Serialize)]
pub struct Document {
    pub title: Option<String>,
    /// Names or email addresses, as they are in the file.
    pub authors: Vec<String>,
    /// As in the file: RFC 3339, or words that the server may understand.
    pub created: Option<String>,
    pub modified: Option<String>,
    pub tags: Vec<String>,
    pub comments: Vec<Comment>,
    pub losses: Vec<Loss>,
    /// ProseMirror JSON. `attachment` of an image or file is `media/NAME` beside this file, or a relative path in the
    /// archive that the file came in; links keep their addresses.
    pub doc: Value,
    /// The same document without its tracked changes, if it has any.
    pub before: Option<Value>,
    /// The tracked changes that have text.
    pub changes: Vec<TrackedChange>,
}

/// A tracked change.
#[derive(Debug, Default, Serialize)]
pub struct TrackedChange {
    pub author: String,
    pub created: Option<String>,
    /// The text that the change inserts, deletes or formats.
    pub text: String,
}

#[derive(Debug, Default, Serialize)]
pub struct Comment {
    pub author: String,
    pub created: Option<String>,
    pub text: String,
    /// The words that the comment is about; empty for the whole document.
    pub quote: String,
}

/// Something that could not be carried over.
#[derive(Debug, Serialize)]
pub struct Loss {
    /// A sentence without its full stop.
    pub what: String,
    /// Words near the loss.
    #[serde(rename = "where")]
    pub place: String,
}

impl Document {
    pub fn comment(&mut self, comment: Comment) {
        if self.comments.len() < MOST_COMMENTS && !comment.text.trim().is_empty() {
            self.comments.push(comment);
        }
    }

    /// Writes `document.json`, and returns the line that is printed.
    pub fn write(self, folder: &Path) -> Result<Value, Unreadable> {
        let losses = self.losses.len();
        fs::write(folder.join("document.json"), serde_json::to_vec(&self)?)?;
        Ok(json!({ "document": "document.json", "losses": losses }))
    }
}

/// The images and files that were within a file, written to `media` in the folder.
pub struct Media<'a> {
    folder: &'a Path,
    written: usize,
    bytes: usize,
}

impl<'a> Media<'a> {
    pub fn new(folder: &'a Path) -> Media<'a> {
        Media { folder, written: 0, bytes: 0 }
    }

    /// Writes a file, and returns its address; `None` if it is empty, or the files together are too large.
    pub fn add(&mut self, content: &[u8], ending: &str) -> Result<Option<String>, Unreadable> {
        self.bytes += content.len();
        if self.bytes > MOST_MEDIA_BYTES || content.is_empty() {
            return Ok(None);
        }
        self.written += 1;
        let ending: String = ending.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let name = format!("media/{}.{ending}", self.written);
        fs::create_dir_all(self.folder.join("media"))?;
        fs::write(self.folder.join(&name), content)?;
        Ok(Some(name))
    }
}

/// A mark of text.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    Bold,
    Italic,
    Underline,
    Strike,
    Subscript,
    Superscript,
    /// With the name of its colour.
    Highlight(&'static str),
    Color(&'static str),
    Code,
    Link(String),
}

impl Mark {
    fn json(&self) -> Value {
        match self {
            Mark::Bold => json!({ "type": "bold" }),
            Mark::Italic => json!({ "type": "italic" }),
            Mark::Underline => json!({ "type": "underline" }),
            Mark::Strike => json!({ "type": "strike" }),
            Mark::Subscript => json!({ "type": "subscript" }),
            Mark::Superscript => json!({ "type": "superscript" }),
            Mark::Highlight(color) => json!({ "type": "highlight", "attrs": { "color": color } }),
            Mark::Color(color) => json!({ "type": "textColor", "attrs": { "color": color } }),
            Mark::Code => json!({ "type": "code" }),
            Mark::Link(href) => json!({ "type": "link", "attrs": { "href": href } }),
        }
    }
}

/// The marks of a text, each kind once. Code excludes all other marks, but a link excludes code, because it matters
/// more.
fn marks_of(marks: &[Mark]) -> Vec<Value> {
    let link = marks.iter().rev().find(|mark| matches!(mark, Mark::Link(_)));
    if link.is_none() && marks.contains(&Mark::Code) {
        return vec![Mark::Code.json()];
    }
    let shown = [Mark::Bold, Mark::Italic, Mark::Underline, Mark::Strike, Mark::Subscript, Mark::Superscript];
    let shown = shown.into_iter().filter(|mark| marks.contains(mark));
    let highlight = marks.iter().rev().find(|mark| matches!(mark, Mark::Highlight(_)));
    let color = marks.iter().rev().find(|mark| matches!(mark, Mark::Color(_)));
    shown.chain([highlight, color, link].into_iter().flatten().cloned()).map(|mark| mark.json()).collect()
}

/// Whether an address is on the web, as the server wants it for images and cards.
pub fn is_web_address(href: &str) -> bool {
    let scheme = href.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https"))
}

fn is_list(name: &str) -> bool {
    matches!(name, "bulletList" | "orderedList" | "taskList")
}

fn is_item(name: &str) -> bool {
    matches!(name, "listItem" | "taskItem")
}

fn is_cell(name: &str) -> bool {
    matches!(name, "tableCell" | "tableHeader")
}

fn is_line(name: &str) -> bool {
    matches!(name, "paragraph" | "heading" | "codeBlock" | "detailsSummary")
}

/// Whether readers may nest this container to any depth.
fn nests(name: &str) -> bool {
    is_list(name) || matches!(name, "blockquote" | "callout" | "details" | "table")
}

/// Removes spaces and breaks at the end of a line.
fn trim_end(children: &mut Vec<Value>) {
    while let Some(last) = children.last_mut() {
        if let Some(Value::String(text)) = last.get_mut("text") {
            text.truncate(text.trim_end_matches(' ').len());
            if !text.is_empty() {
                return;
            }
        } else if last["type"] != "hardBreak" {
            return;
        }
        children.pop();
    }
}

#[derive(Debug)]
struct Open {
    name: &'static str,
    attributes: Map<String, Value>,
    children: Vec<Value>,
}

impl Open {
    fn new(name: &'static str, attributes: Map<String, Value>) -> Open {
        Open { name, attributes, children: Vec::new() }
    }
}

/// Builds the tree of a document. Names of blocks are those of the schema.
pub struct Builder {
    /// The open blocks. The first is the doc, which stays open.
    open: Vec<Open>,
    /// The number of open containers beyond the depth, which are left out.
    beyond: usize,
    nodes: usize,
    losses: Vec<Loss>,
    more_losses: usize,
    /// The last words, for the place of a loss.
    last: String,
}

impl Default for Builder {
    fn default() -> Builder {
        let doc = Open::new("doc", Map::new());
        Builder { open: vec![doc], beyond: 0, nodes: 0, losses: Vec::new(), more_losses: 0, last: String::new() }
    }
}

impl Builder {
    fn top(&self) -> &Open {
        self.open.last().expect("the doc stays open")
    }

    /// Whether a block of this name is open around the current place.
    pub fn inside(&self, name: &str) -> bool {
        self.open.iter().rev().take_while(|open| !is_cell(open.name) || is_cell(name)).any(|open| open.name == name)
    }

    /// Whether an open line has content.
    pub fn in_line(&self) -> bool {
        is_line(self.top().name) && !self.top().children.is_empty()
    }

    pub fn in_code(&self) -> bool {
        self.top().name == "codeBlock"
    }

    /// Begins a block, and the blocks that must be around it: an item needs a list, and a list holds only items.
    pub fn open(&mut self, name: &'static str, attributes: Value) -> Result<(), Unreadable> {
        self.end_line()?;
        if self.beyond > 0 && !is_line(name) {
            self.beyond += usize::from(nests(name));
            return Ok(());
        }
        if nests(name) && self.open.len() >= MOST_DEPTH {
            self.lose("What is nested deeper than a document can be became plain paragraphs");
            self.beyond += 1;
            return Ok(());
        }
        let mut name = name;
        if name == "detailsSummary" && self.top().name == "details" && self.top().children.is_empty() {
            return self.push(name, Map::new());
        }
        if name == "detailsContent" {
            return if self.top().name == "details" { self.enter_container(false) } else { Ok(()) };
        }
        if name == "detailsSummary" {
            name = "paragraph";
        }
        if is_item(name) {
            if is_item(self.top().name) {
                self.pop()?;
            }
            match self.top().name {
                "taskList" => name = "taskItem",
                list if is_list(list) => name = "listItem",
                _ => {
                    self.enter_container(false)?;
                    self.push(if name == "taskItem" { "taskList" } else { "bulletList" }, Map::new())?;
                }
            }
        } else if name == "tableRow" || is_cell(name) {
            self.enter_table(name)?;
        } else {
            self.enter_container(name == "paragraph")?;
        }
        let attributes = match attributes {
            Value::Object(attributes) => attributes,
            _ => Map::new(),
        };
        self.push(name, attributes)
    }

    /// Makes the innermost open container a row, or a table for a row.
    fn enter_table(&mut self, name: &str) -> Result<(), Unreadable> {
        if is_cell(self.top().name) || !matches!(self.top().name, "table" | "tableRow") {
            if self.inside_table() {
                while !matches!(self.top().name, "table" | "tableRow") {
                    self.pop()?;
                }
            } else {
                self.enter_container(false)?;
                self.push("table", Map::new())?;
            }
        }
        if name == "tableRow" && self.top().name == "tableRow" {
            self.pop()?;
        }
        if is_cell(name) && self.top().name == "table" {
            self.push("tableRow", Map::new())?;
        }
        Ok(())
    }

    fn inside_table(&self) -> bool {
        self.open.iter().any(|open| open.name == "table")
    }

    /// Makes the innermost open container one that holds blocks.
    fn enter_container(&mut self, for_paragraph: bool) -> Result<(), Unreadable> {
        match self.top().name {
            "taskList" => self.push("taskItem", Map::new())?,
            list if is_list(list) => self.push("listItem", Map::new())?,
            "table" => {
                self.push("tableRow", Map::new())?;
                self.push("tableCell", Map::new())?;
            }
            "tableRow" => self.push("tableCell", Map::new())?,
            "details" => {
                if self.top().children.is_empty() {
                    self.add(json!({ "type": "detailsSummary" }))?;
                }
                self.push("detailsContent", Map::new())?;
            }
            _ => {}
        }
        // An item begins with a paragraph.
        if is_item(self.top().name) && self.top().children.is_empty() && !for_paragraph {
            self.add(json!({ "type": "paragraph" }))?;
        }
        Ok(())
    }

    /// Ends a block, with everything in it that is still open. Has no effect if no block of this name is open around
    /// the current place; within a cell, blocks around the table do not count.
    pub fn close(&mut self, name: &str) -> Result<(), Unreadable> {
        self.end_line()?;
        if self.beyond > 0 {
            self.beyond -= usize::from(nests(name));
            return Ok(());
        }
        // This block ends with its container.
        if name == "detailsContent" {
            return Ok(());
        }
        let is_it = |open: &Open| open.name == name || (is_item(open.name) && is_item(name));
        let within = matches!(name, "table" | "tableRow") || is_cell(name);
        let around = self.open.iter().rposition(|open| !within && is_cell(open.name)).unwrap_or(0);
        let Some(at) = self.open.iter().rposition(is_it).filter(|at| *at > around || within) else { return Ok(()) };
        while self.open.len() > at.max(1) {
            self.pop()?;
        }
        Ok(())
    }

    /// Ends the innermost list, whatever its kind.
    pub fn close_list(&mut self) -> Result<(), Unreadable> {
        let list = self.open.iter().rev().map(|open| open.name).find(|name| is_list(name));
        self.close(list.unwrap_or("bulletList"))
    }

    /// Whether the innermost list has no check boxes.
    pub fn in_plain_list(&self) -> bool {
        let list = self.open.iter().rev().map(|open| open.name).find(|name| is_list(name));
        list.is_some_and(|list| list != "taskList")
    }

    /// Checks or unchecks the box of the innermost task.
    pub fn check(&mut self, checked: bool) {
        if let Some(task) = self.open.iter_mut().rev().find(|open| open.name == "taskItem") {
            task.attributes.insert("checked".into(), json!(checked));
        }
    }

    /// Sets the language of the open code block.
    pub fn set_language(&mut self, language: &str) {
        if let Some(code) = self.open.last_mut().filter(|open| open.name == "codeBlock") {
            code.attributes.insert("language".into(), json!(language));
        }
    }

    /// Ends a code block, and removes the line feed at its end.
    pub fn end_code(&mut self) -> Result<(), Unreadable> {
        let code = self.open.last_mut().filter(|open| open.name == "codeBlock");
        if let Some(text) = code.and_then(|code| code.children.last_mut())
            && let Value::String(text) = &mut text["text"]
        {
            text.truncate(text.trim_end_matches('\n').len());
        }
        let code = self.open.last_mut().filter(|open| open.name == "codeBlock");
        if let Some(code) = code {
            code.children.retain(|child| child["text"] != "");
        }
        self.end_line()
    }

    /// Ends the paragraph, heading or code that is open.
    pub fn end_line(&mut self) -> Result<(), Unreadable> {
        if is_line(self.top().name) { self.pop() } else { Ok(()) }
    }

    fn push(&mut self, name: &'static str, attributes: Map<String, Value>) -> Result<(), Unreadable> {
        self.count()?;
        self.open.push(Open::new(name, attributes));
        Ok(())
    }

    fn count(&mut self) -> Result<(), Unreadable> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Unreadable(format!("it has more than {MOST_NODES} blocks and runs of text: divide it")));
        }
        Ok(())
    }

    /// Ends the innermost block, unless it is the doc. An empty block is left out, or gets the paragraph that it needs.
    fn pop(&mut self) -> Result<(), Unreadable> {
        if self.open.len() < 2 {
            return Ok(());
        }
        let Some(Open { name, attributes, mut children }) = self.open.pop() else { return Ok(()) };
        if is_line(name) && name != "codeBlock" {
            trim_end(&mut children);
        }
        // A toggle has at least one block in it.
        if name == "details" && children.len() == 1 {
            children.push(json!({ "type": "detailsContent", "content": [{ "type": "paragraph" }] }));
        }
        if children.is_empty() && name != "detailsSummary" {
            if !is_item(name) && !is_cell(name) && name != "detailsContent" {
                return Ok(());
            }
            children.push(json!({ "type": "paragraph" }));
        }
        let mut node = Map::from_iter([("type".to_owned(), json!(name))]);
        if !children.is_empty() {
            node.insert("content".into(), json!(children));
        }
        if !attributes.is_empty() {
            node.insert("attrs".into(), Value::Object(attributes));
        }
        self.add(Value::Object(node))
    }

    fn add(&mut self, node: Value) -> Result<(), Unreadable> {
        self.count()?;
        self.open.last_mut().expect("the doc stays open").children.push(node);
        Ok(())
    }

    /// Opens a paragraph if no line is open.
    fn line(&mut self) -> Result<(), Unreadable> {
        if is_line(self.top().name) {
            return Ok(());
        }
        self.enter_container(true)?;
        self.push("paragraph", Map::new())
    }

    /// Adds text to the open line, or begins one.
    pub fn text(&mut self, text: &str, marks: &[Mark]) -> Result<(), Unreadable> {
        let is_code = self.in_code();
        let allowed = |c: &char| !c.is_control() || *c == '\t' || (is_code && *c == '\n');
        let text: String = text.chars().filter(allowed).collect();
        if text.is_empty() {
            return Ok(());
        }
        self.line()?;
        if text.chars().any(char::is_alphanumeric) {
            self.last = text.chars().take(PLACE_CHARS).collect::<String>().trim().to_owned();
        }
        let is_plain = matches!(self.top().name, "codeBlock" | "detailsSummary");
        let marks = if is_plain { Vec::new() } else { marks_of(marks) };
        let children = &mut self.open.last_mut().expect("the doc stays open").children;
        if let Some(last) = children.last_mut().filter(|last| last["type"] == "text")
            && last.get("marks").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) == marks
        {
            if let Value::String(before) = &mut last["text"] {
                before.push_str(&text);
            }
            return Ok(());
        }
        match marks.is_empty() {
            true => self.add(json!({ "type": "text", "text": text })),
            false => self.add(json!({ "type": "text", "text": text, "marks": marks })),
        }
    }

    /// Adds a break within a line.
    pub fn line_break(&mut self) -> Result<(), Unreadable> {
        match self.top().name {
            "codeBlock" => self.text("\n", &[]),
            "detailsSummary" => self.text(" ", &[]),
            name if is_line(name) && self.in_line() => self.add(json!({ "type": "hardBreak" })),
            _ => Ok(()),
        }
    }

    /// Adds a footnote to the open line, or begins one. Where only text is allowed, the note is added as text.
    pub fn footnote(&mut self, note: &str) -> Result<(), Unreadable> {
        if matches!(self.top().name, "codeBlock" | "detailsSummary") {
            return self.text(&format!(" [{note}]"), &[]);
        }
        self.line()?;
        let note: String = note.chars().filter(|c| !c.is_control()).collect();
        match note.is_empty() {
            true => self.add(json!({ "type": "footnote" })),
            false => self.add(json!({ "type": "footnote", "attrs": { "text": note } })),
        }
    }

    /// Adds a block without content, such as an image, a file or a rule, and ends the open line.
    pub fn leaf(&mut self, name: &str, attributes: Value) -> Result<(), Unreadable> {
        self.end_line()?;
        self.enter_container(false)?;
        match attributes {
            Value::Null => self.add(json!({ "type": name })),
            attributes => self.add(json!({ "type": name, "attrs": attributes })),
        }
    }

    /// Records something that is not carried over, once for the same words.
    pub fn lose(&mut self, what: &str) {
        let place = self.last.clone();
        if self.losses.iter().any(|loss| loss.what == what && loss.place == place) {
            return;
        }
        match self.losses.len() < MOST_LOSSES {
            true => self.losses.push(Loss { what: what.to_owned(), place }),
            false => self.more_losses += 1,
        }
    }

    /// Ends all open blocks, and returns the document.
    pub fn finish(mut self) -> Result<(Value, Vec<Loss>), Unreadable> {
        while self.open.len() > 1 {
            self.pop()?;
        }
        let Some(mut doc) = self.open.pop() else { return Err(Unreadable("it has no text".into())) };
        if doc.children.is_empty() {
            doc.children.push(json!({ "type": "paragraph" }));
        }
        if self.more_losses > 0 {
            self.losses.push(Loss { what: format!("{} more were left out", self.more_losses), place: String::new() });
        }
        Ok((json!({ "type": "doc", "content": doc.children }), self.losses))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(doc: &Value) {
        ::document::prose::Prose::from_json(doc).unwrap_or_else(|error| panic!("{error}: {doc}"));
    }

    /// [IN-3] Whatever a reader opens and closes, the editor keeps what was built.
    #[test]
    fn any_order_of_calls_makes_a_document() {
        const NAMES: [&str; 17] = [
            "callout",
            "details",
            "detailsSummary",
            "detailsContent",
            "paragraph",
            "heading",
            "codeBlock",
            "blockquote",
            "bulletList",
            "orderedList",
            "listItem",
            "taskList",
            "taskItem",
            "table",
            "tableRow",
            "tableCell",
            "tableHeader",
        ];
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            (seed % below as u64) as usize
        };
        for _ in 0..2_000 {
            let mut builder = Builder::default();
            for _ in 0..random(80) {
                let name = NAMES[random(NAMES.len())];
                let done = match random(8) {
                    0..3 => builder.open(name, Value::Null),
                    3 => builder.close(name),
                    4 => builder.text(
                        "word",
                        &[Mark::Bold, Mark::Color("red"), Mark::Link("https://x.example".into())][..random(4)],
                    ),
                    5 => builder.line_break(),
                    6 => builder.footnote("note"),
                    _ => builder.leaf("horizontalRule", Value::Null),
                };
                done.expect("few nodes");
            }
            checked(&builder.finish().expect("few nodes").0);
        }
    }

    /// [IN-3] Depth and size are bounded.
    #[test]
    fn a_deep_document_becomes_flat_and_a_huge_one_is_refused() {
        let mut builder = Builder::default();
        for _ in 0..100_000 {
            builder.open("bulletList", Value::Null).expect("it is left out");
            builder.open("listItem", Value::Null).expect("it is left out");
        }
        builder.text("deep", &[]).expect("one text");
        for _ in 0..100_000 {
            builder.close("listItem").expect("it was left out");
            builder.close("bulletList").expect("it was left out");
        }
        builder.text("after", &[]).expect("one text");
        let (doc, losses) = builder.finish().expect("few nodes");
        checked(&doc);
        assert_eq!(doc["content"].as_array().map(Vec::len), Some(2));
        assert_eq!(losses.len(), 1);
        let mut builder = Builder::default();
        let many = (0..MOST_NODES)
            .try_for_each(|_| builder.leaf("horizontalRule", Value::Null).and_then(|()| builder.text("x", &[])));
        assert!(many.is_err());
    }
}
