//! Tracked changes: insertions and deletions that Word and others can accept and reject, and what text and paragraphs were
//! before. A moved block is deleted where it was and inserted where it is: Word keeps moves only within its own edits.

use std::fmt::Write;

use serde_json::Value;

use super::body::Body;
use super::runs::properties;
use super::xml::escaped;
use crate::print::description::Node;
use crate::print::tracked::{How, Tracked};

/// Word wants an author for every change.
const UNKNOWN: &str = "Unknown author";

impl Body<'_> {
    /// What `inside` writes gets the change of the node, or that of its container.
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

    /// Begins what was inserted or deleted around runs.
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

    /// The last of the properties of a paragraph: that its mark was inserted or deleted, or what it was before.
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

    /// A change as an element without content.
    pub(super) fn empty_change(&mut self, element: &str, change: &Tracked) {
        let about = self.about(change);
        let _ = write!(self.xml, "{element}{about}/>");
    }

    /// The attributes of a change. Every one has a number of its own.
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

/// Without fractions of a second, which Word does not read.
fn to_seconds(at: &str) -> String {
    match at.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => at.to_owned(),
    }
}

/// The style of a paragraph that was of another kind.
fn style_before(before: &Value) -> String {
    let level = before["attrs"]["level"].as_u64().unwrap_or(1);
    match before["type"].as_str() {
        Some("heading") => format!("<w:pStyle w:val=\"Heading{}\"/>", level.clamp(1, 9)),
        Some("codeBlock") => "<w:pStyle w:val=\"Code\"/>".to_owned(),
        _ => String::new(),
    }
}
