//! Runs of text as typst's own elements.

use typst::foundations::{Array, Content, IntoValue, Label, NativeElement, Value};
use typst::model::{Destination, LinkElem, LinkTarget, Url};
use typst::text::{HighlightElem, LinebreakElem, RawContent, RawElem, StrikeElem, SubElem, SuperElem, TextElem};
use typst::utils::PicoStr;
use typst::visualize::{Color, Paint};

use super::blocks::{Blocks, dict};
use crate::palette::{highlight, text_color};
use crate::print::description::Node;
use crate::print::notes;

/// Longer words may be divided anywhere, because they could reach over the edge of the paper.
const LONG_WORD: usize = 40;
const DIVIDED_EVERY: usize = 12;

impl Blocks<'_> {
    /// The content of a line: runs of text, with the numbers of comments between them.
    pub(super) fn inline(&mut self, nodes: &[Node]) -> Value {
        let mut parts = Vec::new();
        self.push(nodes, &mut parts);
        parts.into_iter().collect::<Array>().into_value()
    }

    fn push(&mut self, nodes: &[Node], parts: &mut Vec<Value>) {
        for node in nodes {
            let content = match node.kind.as_str() {
                "text" => self.marked(node),
                "hardBreak" => LinebreakElem::shared().clone(),
                "pageLink" => {
                    let document = node.string("document");
                    let words = TextElem::packed(divisible(node.link_words()));
                    self.linked(words, &format!("/documents/{document}"), document)
                }
                "footnote" => {
                    let how = node.tracked().map_or(Value::None, |change| super::blocks::how(change.how));
                    parts.push(dict("footnote", [("how", how), ("body", self.footnote(node).into_value())]));
                    continue;
                }
                _ => {
                    self.push(&node.content, parts);
                    continue;
                }
            };
            let mut threads = node.threads();
            threads.retain(|thread| self.threads.contains(thread));
            let content = if threads.is_empty() { content } else { HighlightElem::new(content).pack() };
            parts.push(match node.tracked() {
                Some(change) => {
                    dict("change", [("how", super::blocks::how(change.how)), ("body", content.into_value())])
                }
                None => content.into_value(),
            });
            for thread in threads {
                let number = self.note(thread);
                let left = self.runs_left.entry(thread).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    parts.push(dict("mark", [("number", (number as i64).into_value())]));
                }
            }
        }
    }

    /// A footnote, with its addresses as links.
    fn footnote(&self, node: &Node) -> Content {
        let words = |part| TextElem::packed(divisible(part));
        Content::sequence(
            notes::parts(node.string("text"))
                .into_iter()
                .map(|(part, is_address)| if is_address { self.linked(words(part), part, "") } else { words(part) }),
        )
    }

    fn marked(&self, node: &Node) -> Content {
        let has = |mark: &str| node.mark(mark).is_some();
        let mut content = match has("code") {
            true => RawElem::new(RawContent::Text(divisible(&node.text).into())).pack(),
            false => lines(&node.text),
        };
        if has("bold") {
            content = content.strong();
        }
        if has("italic") {
            content = content.emph();
        }
        if has("strike") {
            content = StrikeElem::new(content).pack();
        }
        if has("underline") {
            content = content.underlined();
        }
        if has("superscript") {
            content = SuperElem::new(content).pack();
        } else if has("subscript") {
            content = SubElem::new(content).pack();
        }
        if let Some(paint) = text_color(node).and_then(paint) {
            content = content.set(TextElem::fill, paint);
        }
        if let Some(ground) = highlight(node) {
            content = HighlightElem::new(content).with_fill(paint(ground)).pack();
        }
        let href = node.mark("link").and_then(|mark| mark.attrs.get("href")).and_then(serde_json::Value::as_str);
        match href {
            Some(href) => self.linked(content, href, href.strip_prefix("/documents/").unwrap_or_default()),
            None => content,
        }
    }

    /// Content as a link, to a place in the file if the file contains the linked document.
    pub(super) fn linked(&self, content: Content, href: &str, document: &str) -> Content {
        if self.inside.contains(document) {
            let label = Label::new(PicoStr::intern(&format!("page-{document}")));
            return match label {
                Some(label) => LinkElem::new(LinkTarget::Label(label), content).pack(),
                None => content,
            };
        }
        match self.print.absolute(href).and_then(|address| Url::new(address).ok()) {
            Some(url) => LinkElem::new(LinkTarget::Dest(Destination::Url(url)), content).pack(),
            None => content,
        }
    }

    /// Code without syntax highlighting, because its language can be any text.
    pub(super) fn code(&mut self, node: &Node) -> Value {
        let text: String = node.content.iter().map(|child| child.text.as_str()).collect();
        let text = divisible(&text.replace("\r\n", "\n").replace('\t', "    "));
        RawElem::new(RawContent::Text(text.into())).with_block(true).pack().into_value()
    }
}

/// A colour of the palette.
fn paint(hex: &str) -> Option<Paint> {
    hex.parse::<Color>().ok().map(Paint::Solid)
}

/// Text whose line feeds are breaks.
fn lines(text: &str) -> Content {
    if !text.contains('\n') {
        return TextElem::packed(divisible(text));
    }
    let lines = text.split('\n').enumerate();
    Content::sequence(lines.flat_map(|(index, line)| {
        (index > 0).then(|| LinebreakElem::shared().clone()).into_iter().chain([TextElem::packed(divisible(line))])
    }))
}

/// The text, with invisible spaces in words that are too long for a line.
pub(super) fn divisible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.chars().count() <= LONG_WORD {
            out.push_str(word);
            continue;
        }
        for (index, c) in word.chars().enumerate() {
            if index > 0 && index % DIVIDED_EVERY == 0 {
                out.push('\u{200b}');
            }
            out.push(c);
        }
    }
    out
}
