//! The conventions of pages that Confluence and Notion export: where their text is, and the elements around it.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::inline::path_of;
use super::tag::Tag;
use super::{Capture, Ends, MOST_CAPTURED, Reader, What};
use crate::Unreadable;
use crate::document::{Comment, Mark};
use crate::palette::callout_kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Export {
    None,
    Confluence,
    Notion,
}

impl Export {
    pub fn of(html: &str) -> Export {
        if html.contains("id=\"main-content\"") && html.contains("wiki-content") {
            Export::Confluence
        } else if html.contains("class=\"page-body\"") {
            Export::Notion
        } else {
            Export::None
        }
    }
}

/// Where in an exported page the reader is.
pub(super) struct State {
    /// Whether the reader is in the text of the page.
    pub in_text: bool,
    section: Section,
    /// Properties of a Notion page for which a document has no field.
    properties: Vec<(String, String)>,
    property: String,
    kind: String,
    comment: String,
    /// Files that are attached to a page of Confluence: path and name.
    pub attached: Vec<(String, String)>,
    /// The paths of images in the text.
    pub shown: HashSet<String>,
}

#[derive(PartialEq, Eq)]
enum Section {
    Page,
    Properties,
    Attachments,
    Comments,
}

impl State {
    pub fn new(in_text: bool) -> State {
        State {
            in_text,
            section: Section::Page,
            properties: Vec::new(),
            property: String::new(),
            kind: String::new(),
            comment: String::new(),
            attached: Vec::new(),
            shown: HashSet::new(),
        }
    }
}

/// The maximum number of attached files of one page.
const MOST_ATTACHED: usize = 2_000;
const MOST_PROPERTIES: usize = 200;

/// Whether an element is decoration, or only for machines.
pub(super) fn is_decoration(tag: &Tag<'_>) -> bool {
    match tag.name.as_str() {
        "span" => {
            tag.has_class("katex-html") || tag.has_class("property-icon") || tag.has_class("task-list-item-checkbox")
        }
        // The editor shows the kind of a callout itself.
        "p" => tag.has_class("markdown-alert-title"),
        "div" => tag.has_class("toc-macro") || tag.has_class("page-header-icon") || tag.has_class("codeHeader-hidden"),
        _ => false,
    }
}

pub(super) fn is_task_list(tag: &Tag<'_>) -> bool {
    ["to-do-list", "inline-task-list", "contains-task-list"].into_iter().any(|class| tag.has_class(class))
        || tag.is("data-type", "taskList")
}

/// Separates the values of a property that has several, and keeps line breaks.
pub(super) fn within_capture(capture: &mut Capture, tag: &Tag<'_>) {
    if matches!(capture.what, What::PropertyValue(_))
        && tag.has_class("selected-value")
        && !capture.text.trim().is_empty()
    {
        capture.text.push_str(", ");
    }
    if tag.name == "br" && capture.text.len() < MOST_CAPTURED {
        capture.text.push('\n');
    }
}

impl Reader<'_> {
    /// The kind of an element's content, if it is read separately from the text.
    pub(super) fn captured(&mut self, tag: &Tag<'_>) -> Option<What> {
        let name = tag.name.as_str();
        if name == "title" {
            return Some(What::Title);
        }
        if name == "annotation" && tag.is("encoding", "application/x-tex") {
            return Some(What::Formula);
        }
        match self.export {
            Export::None => None,
            Export::Notion => {
                if name == "h1" && tag.has_class("page-title") {
                    return Some(What::Title);
                }
                if self.state.section != Section::Properties {
                    return None;
                }
                if name == "tr" {
                    let class = tag.get("class").unwrap_or_default();
                    let kind = class.split_ascii_whitespace().find_map(|one| one.strip_prefix("property-row-"));
                    self.state.kind = kind.unwrap_or_default().to_owned();
                }
                match name {
                    "th" => Some(What::PropertyName),
                    "td" => Some(What::PropertyValue(self.state.kind.clone())),
                    _ => None,
                }
            }
            Export::Confluence => {
                match tag.get("id").as_deref() {
                    Some("title-text") => return Some(What::Title),
                    Some("attachments") => self.state.section = Section::Attachments,
                    Some("comments") => self.state.section = Section::Comments,
                    _ => {}
                }
                match (name, &self.state.section) {
                    ("div", Section::Page) if tag.has_class("page-metadata") => Some(What::Facts),
                    ("a", Section::Attachments) => tag.get("href").and_then(|href| path_of(&href)).map(What::Attached),
                    ("font", Section::Comments) if tag.has_class("smallfont") => Some(What::CommentText),
                    ("div", Section::Comments) if tag.has_class("smallfont") => Some(What::CommentFacts),
                    _ => None,
                }
            }
        }
    }

    pub(super) fn take(&mut self, Capture { what, text, .. }: Capture) -> Result<(), Unreadable> {
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match what {
            What::Title if self.export == Export::Confluence => {
                // The heading and the title of the window are "Space : Page".
                let title = line.split_once(" : ").map_or(line.as_str(), |(_, title)| title);
                self.document.title = Some(title.to_owned()).filter(|title| !title.is_empty());
            }
            What::Title => self.document.title = Some(line).filter(|title| !title.is_empty()),
            What::Formula => {
                self.builder.lose("A formula became code");
                self.builder.text(&line, &[Mark::Code])?;
            }
            What::Facts => self.facts(&line),
            What::CommentText => self.state.comment = text.trim().to_owned(),
            What::CommentFacts => {
                let facts = line.trim_start_matches(['\u{2002}', ' ']).trim_start_matches("Posted by ").to_owned();
                let (author, created) = facts.rsplit_once(" at ").unwrap_or((facts.as_str(), ""));
                self.document.comment(Comment {
                    author: author.to_owned(),
                    created: Some(created.to_owned()).filter(|created| !created.is_empty()),
                    text: std::mem::take(&mut self.state.comment),
                    quote: String::new(),
                });
            }
            What::Attached(path) => {
                if self.state.attached.len() < MOST_ATTACHED && !line.is_empty() {
                    self.state.attached.push((path, line));
                }
            }
            What::PropertyName => self.state.property = line,
            What::PropertyValue(kind) => self.property(&kind, line),
        }
        Ok(())
    }

    /// Reads the authors and the time from a line such as "Created by Ann Lee, last modified by Bo on Mar 10, 2026".
    fn facts(&mut self, line: &str) {
        let author = line.split_once("Created by ").map(|(_, rest)| rest);
        let author = author.map(|rest| rest.split(", last modified").next().unwrap_or(rest));
        let author = author.map(|rest| rest.split_once(" on ").map_or(rest, |(author, _)| author).trim().to_owned());
        self.document.authors.extend(author.filter(|author| !author.is_empty()));
        let date = line.rsplit_once(" on ").map(|(_, date)| date.trim().to_owned());
        match line.contains("last modified") {
            true => self.document.modified = date,
            false => self.document.created = date,
        }
    }

    fn property(&mut self, kind: &str, value: String) {
        let name = std::mem::take(&mut self.state.property);
        if value.is_empty() {
            return;
        }
        match kind {
            "created_time" => self.document.created = Some(value),
            "last_edited_time" => self.document.modified = Some(value),
            "created_by" => self.document.authors.push(value),
            "multi_select" | "select" if ["tags", "tag", "labels"].contains(&name.to_lowercase().as_str()) => {
                self.document.tags.extend(value.split(", ").map(str::to_owned));
            }
            _ if self.state.properties.len() < MOST_PROPERTIES => self.state.properties.push((name, value)),
            _ => {}
        }
    }

    /// Begins what a `div`, `figure`, `section`, `article` or `table` stands for, and returns what ends with the
    /// element.
    pub(super) fn ends(&mut self, tag: &Tag<'_>) -> Result<Ends, Unreadable> {
        let is_text = match self.export {
            Export::Confluence => tag.is("id", "main-content"),
            Export::Notion => tag.has_class("page-body"),
            Export::None => false,
        };
        if is_text && !self.state.in_text {
            self.state.in_text = true;
            self.state.section = Section::Page;
            self.write_properties()?;
            return Ok(Ends::Text);
        }
        if self.export == Export::Notion && tag.name == "table" && tag.has_class("properties") {
            self.state.section = Section::Properties;
        }
        if !self.state.in_text || self.pre > 0 {
            return Ok(Ends::Nothing);
        }
        let Some(kind) = callout(tag) else { return Ok(Ends::Nothing) };
        self.builder.open("callout", json!({ "kind": kind }))?;
        Ok(Ends::Callout)
    }

    /// Writes the properties for which a document has no field as a table above the text.
    fn write_properties(&mut self) -> Result<(), Unreadable> {
        let properties = std::mem::take(&mut self.state.properties);
        if properties.is_empty() {
            return Ok(());
        }
        self.builder.open("table", Value::Null)?;
        for (name, value) in properties {
            self.builder.open("tableRow", Value::Null)?;
            self.builder.open("tableHeader", Value::Null)?;
            self.builder.text(&name, &[])?;
            self.builder.open("tableCell", Value::Null)?;
            self.builder.text(&value, &[])?;
        }
        self.builder.close("table")
    }

    pub(super) fn meta(&mut self, tag: &Tag<'_>) -> Result<(), Unreadable> {
        let content = tag.get("content").map(|content| content.trim().to_owned()).filter(|content| !content.is_empty());
        let Some(content) = content else { return Ok(()) };
        let name = tag.get("name").or_else(|| tag.get("property")).unwrap_or_default().to_lowercase();
        match name.as_str() {
            "author" => self.document.authors.push(content),
            "keywords" => self.document.tags.extend(content.split(',').map(|tag| tag.trim().to_owned())),
            "date" | "created" | "dcterms.created" | "article:published_time" => self.document.created = Some(content),
            "modified" | "last-modified" | "dcterms.modified" | "article:modified_time" => {
                self.document.modified = Some(content);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The kind of a callout of ours, of GitHub or of Notion, or of a panel of Confluence.
fn callout(tag: &Tag<'_>) -> Option<&'static str> {
    const CONFLUENCE: [(&str, &str); 4] =
        [("information", "note"), ("tip", "tip"), ("note", "important"), ("warning", "warning")];
    if let Some(kind) = tag.get("data-callout") {
        return Some(callout_kind(&kind));
    }
    if tag.has_class("markdown-alert") {
        let class = tag.get("class").unwrap_or_default();
        return class.split_ascii_whitespace().find_map(|one| one.strip_prefix("markdown-alert-")).map(callout_kind);
    }
    if tag.has_class("confluence-information-macro") {
        let of = |kind: &str| tag.has_class(&format!("confluence-information-macro-{kind}"));
        return Some(CONFLUENCE.into_iter().find(|(kind, _)| of(kind)).map_or("note", |(_, kind)| kind));
    }
    let is_panel = tag.name == "div" && tag.has_class("panel") && !tag.has_class("code");
    (is_panel || tag.has_class("callout")).then_some("note")
}
