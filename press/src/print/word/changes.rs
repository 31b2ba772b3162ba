//! Tracked changes: insertions and deletions, which Word and other programs can accept and reject, and the former
//! formatting of text and paragraphs. A moved block is written as deleted at its old place and inserted at its new one,
//! because Word itself tracks moves only within its own edits.

use std::fmt::Write;

use serde_json::Value;

use super::body::Body;
use super::runs::properties;
use super::xml::escaped;
use crate::print::description::Node;
use crate::print::tracked::{How, Tracked};

/// The author of a change whose author is unknown, because Word requires one.
const UNKNOWN: &str = "Unknown author";

impl Body<'_> {
    /// Calls `inside`, and marks what it writes with the change of the node, or with that of its container.
    pub(super) fn tracked(&mut self, node: &Node, inside: impl FnOnce(&mut Self)) {
        // A block inside a block that is now of another kind has not changed itself.
        let is_same = !node.is_inline() && self.change.as_ref().is_some_and(|change| change.how == How::Changed);
        let change = match node.tracked() {
            None if !is_same => return inside(self),
            change => change,
        };
        let outer = std::mem::replace(&mut self.change, change);
        inside(self);
        self.change = outer;
    }

    /// Begins the element for inserted or deleted runs.
    pub(super) fn begin_change(&mut self) {
        let Some(change) = self.change.clone() else { return };
        let element = match change.how {
            how if how.is_new() => "<w:ins",
            how if how.is_gone() => "<w:del",
            _ => return,
        };
        let about = self.about(&change);
        let _ = write!(self.xml, "{element}{about}>");
    }

    pub(super) fn end_change(&mut self) {
        match self.change.as_ref().map(|change| change.how) {
            Some(how) if how.is_new() => self.xml.push_str("</w:ins>"),
            Some(how) if how.is_gone() => self.xml.push_str("</w:del>"),
            _ => {}
        }
    }

    /// The name of the element for text.
    pub(super) fn text_element(&self) -> &'static str {
        if self.change.as_ref().is_some_and(|change| change.how.is_gone()) { "w:delText" } else { "w:t" }
    }

    /// Writes the last properties of a paragraph: whether its mark was inserted or deleted, or its former properties.
    pub(super) fn paragraph_change(&mut self) {
        let Some(change) = self.change.clone() else { return };
        match change.how {
            how if how.is_new() || how.is_gone() => {
                self.xml.push_str("<w:rPr>");
                self.empty_change(if how.is_new() { "<w:ins" } else { "<w:del" }, &change);
                self.xml.push_str("</w:rPr>");
            }
            How::Changed => {
                let style = style_before(&change.before);
                let about = self.about(&change);
                let _ = write!(self.xml, "<w:pPrChange{about}><w:pPr>{style}</w:pPr></w:pPrChange>");
            }
            _ => {}
        }
    }

    /// The last of the properties of a run: its former properties.
    pub(super) fn properties_before(&mut self) -> String {
        let Some(change) = self.change.clone().filter(|change| change.how == How::Formatted) else {
            return String::new();
        };
        let marks = serde_json::from_value(change.before.clone()).unwrap_or_default();
        let before = properties(&Node { marks, ..Node::default() });
        format!("<w:rPrChange{}><w:rPr>{before}</w:rPr></w:rPrChange>", self.about(&change))
    }

    /// Writes a change as an element without content.
    pub(super) fn empty_change(&mut self, element: &str, change: &Tracked) {
        let about = self.about(change);
        let _ = write!(self.xml, "{element}{about}/>");
    }

    /// The attributes of a change. Every change has its own number.
    fn about(&mut self, change: &Tracked) -> String {
        self.changes += 1;
        let by = if change.by.is_empty() { UNKNOWN } else { &change.by };
        let mut about = format!(" w:id=\"{}\" w:author=\"{}\"", self.changes, escaped(by));
        if !change.at.is_empty() {
            let _ = write!(about, " w:date=\"{}\"", escaped(&to_seconds(&change.at)));
        }
        about
    }
}

/// The time without fractions of a second, which Word does not read.
fn to_seconds(at: &str) -> String {
    match at.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => at.to_owned(),
    }
}

/// The former style of a paragraph that was of another kind.
fn style_before(before: &Value) -> String {
    let level = before["attrs"]["level"].as_u64().unwrap_or(1);
    match before["type"].as_str() {
        Some("heading") => format!("<w:pStyle w:val=\"Heading{}\"/>", level.clamp(1, 9)),
        Some("codeBlock") => "<w:pStyle w:val=\"Code\"/>".to_owned(),
        _ => String::new(),
    }
}
