//! Runs of text: marks, links, breaks, and where comments begin and end.

use std::fmt::Write;

use super::body::Body;
use super::comments::ids;
use super::xml::{escape, escaped};
use crate::palette::{highlight, text_color};
use crate::print::description::Node;

impl Body<'_> {
    pub(super) fn inline(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node.kind.as_str() {
                "text" => self.tracked(node, |body| body.threads_around(node, |body| body.marked(node))),
                "hardBreak" => self.tracked(node, |body| {
                    body.begin_change();
                    body.xml.push_str("<w:r><w:br/></w:r>");
                    body.end_change();
                }),
                "pageLink" => {
                    let address = self.print.absolute(&format!("/documents/{}", node.string("document")));
                    self.tracked(node, |body| {
                        body.threads_around(node, |body| {
                            body.linked(address, "", |body, style| body.text_run(node.link_words(), style));
                        });
                    });
                }
                "footnote" => self.tracked(node, |body| body.threads_around(node, |body| body.footnote(node))),
                _ => self.inline(&node.content),
            }
        }
    }

    /// Writes the reference to a footnote, which Word numbers.
    fn footnote(&mut self, node: &Node) {
        let id = self.notes.add(node.string("text"));
        self.begin_change();
        let _ = write!(
            self.xml,
            "<w:r><w:rPr><w:rStyle w:val=\"FootnoteReference\"/></w:rPr><w:footnoteReference w:id=\"{id}\"/></w:r>"
        );
        self.end_change();
    }

    fn marked(&mut self, node: &Node) {
        let mut properties = properties(node);
        properties.push_str(&self.properties_before());
        let Some(link) = node.mark("link") else { return self.text_run(&node.text, &properties) };
        let text = |name: &str| link.attrs.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        let (address, title) = (self.print.absolute(text("href")), text("title"));
        self.linked(address, title, |body, style| body.text_run(&node.text, &format!("{style}{properties}")));
    }

    /// Calls `inside`, and makes what it writes a link if there is an address.
    pub(super) fn linked(&mut self, address: Option<String>, title: &str, inside: impl FnOnce(&mut Self, &str)) {
        let Some(address) = address else { return inside(self, "") };
        let number = self.link_number(address);
        let _ = write!(self.xml, "<w:hyperlink r:id=\"link{number}\" w:history=\"1\"");
        if !title.is_empty() {
            let _ = write!(self.xml, " w:tooltip=\"{}\"", escaped(title));
        }
        self.xml.push('>');
        inside(self, "<w:rStyle w:val=\"Hyperlink\"/>");
        self.xml.push_str("</w:hyperlink>");
    }

    pub(super) fn link_number(&mut self, address: String) -> usize {
        match self.links.iter().position(|link| *link == address) {
            Some(index) => index + 1,
            None => {
                self.links.push(address);
                self.links.len()
            }
        }
    }

    /// Writes a run with these properties.
    pub(super) fn text_run(&mut self, text: &str, properties: &str) {
        self.begin_change();
        let element = self.text_element();
        self.xml.push_str("<w:r>");
        if !properties.is_empty() {
            let _ = write!(self.xml, "<w:rPr>{properties}</w:rPr>");
        }
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.xml.push_str("<w:br/>");
            }
            for (index, words) in line.split('\t').enumerate() {
                if index > 0 {
                    self.xml.push_str("<w:tab/>");
                }
                if !words.is_empty() {
                    let _ = write!(self.xml, "<{element} xml:space=\"preserve\">");
                    escape(&mut self.xml, words);
                    let _ = write!(self.xml, "</{element}>");
                }
            }
        }
        self.xml.push_str("</w:r>");
        self.end_change();
    }

    /// Calls `inside`, and writes the beginning and the end of the passages of the node's threads. A passage begins at
    /// the first of its runs, and ends at the last.
    pub(super) fn threads_around(&mut self, node: &Node, inside: impl FnOnce(&mut Self)) {
        let threads = node.threads();
        let begin: Vec<u32> = threads.iter().copied().filter(|number| self.begun.insert(*number)).collect();
        self.begin_comments(&begin);
        inside(self);
        let mut end = Vec::new();
        for number in threads {
            let left = self.runs_left.entry(number).or_default();
            *left = left.saturating_sub(1);
            if *left == 0 {
                end.push(number);
            }
        }
        self.end_comments(&end);
    }

    pub(super) fn begin_comments(&mut self, threads: &[u32]) {
        for id in ids(self.print, threads) {
            let _ = write!(self.xml, "<w:commentRangeStart w:id=\"{id}\"/>");
        }
    }

    pub(super) fn end_comments(&mut self, threads: &[u32]) {
        for id in ids(self.print, threads) {
            let _ = write!(
                self.xml,
                "<w:commentRangeEnd w:id=\"{id}\"/><w:r><w:rPr><w:rStyle w:val=\"CommentReference\"/></w:rPr>\
                 <w:commentReference w:id=\"{id}\"/></w:r>"
            );
        }
    }
}

/// The properties of a run with the marks of a node, in the order that Word requires.
pub(super) fn properties(node: &Node) -> String {
    let mut properties = String::new();
    let mut simple = |mark: &str, element: &str| {
        if node.mark(mark).is_some() {
            properties.push_str(element);
        }
    };
    simple("code", "<w:rStyle w:val=\"CodeCharacters\"/>");
    simple("bold", "<w:b/>");
    simple("italic", "<w:i/>");
    simple("strike", "<w:strike/>");
    if let Some(ink) = text_color(node) {
        let _ = write!(properties, "<w:color w:val=\"{ink}\"/>");
    }
    if node.mark("underline").is_some() {
        properties.push_str("<w:u w:val=\"single\"/>");
    }
    if let Some(ground) = highlight(node) {
        let _ = write!(properties, "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"{ground}\"/>");
    }
    if let Some(place) = ["superscript", "subscript"].into_iter().find(|place| node.mark(place).is_some()) {
        let _ = write!(properties, "<w:vertAlign w:val=\"{place}\"/>");
    }
    properties
}
