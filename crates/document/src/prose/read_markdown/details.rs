//! `<details>` in Markdown: its tags are blocks of HTML, with Markdown between them.

use serde_json::Map;

use super::{Builder, Open, element};
use crate::prose::tree::Node;

const END: &str = "</details>";

impl Builder {
    /// Takes a block of HTML that begins with a tag of this element; `false` if the block does not.
    pub(super) fn details_html(&mut self, html: &str) -> bool {
        let mut rest = html.trim();
        let mut is_ours = false;
        while !rest.is_empty() {
            self.close_paragraph();
            if let Some(after) = after_start(rest, END).filter(|_| self.is_in_details()) {
                self.end_details();
                rest = after;
            } else if let Some((summary, after)) = summary_of(rest) {
                self.push("details", Map::new());
                let words = Some(decoded(summary)).filter(|words| !words.is_empty());
                let words = words.map(|text| Node::Text { text, marks: Vec::new() });
                self.block(element("detailsSummary", Map::new(), words.into_iter().collect()));
                self.open.push(Open {
                    name: "detailsContent",
                    attributes: Map::new(),
                    children: Vec::new(),
                    implied: false,
                });
                rest = after;
            } else if is_ours {
                // Anything else in the block is not Markdown.
                let is_open = after_start(rest, "<details").is_none() && self.is_in_details();
                let end = if is_open { find(rest, END) } else { None }.unwrap_or(rest.len());
                self.words_of_html(&rest[..end]);
                rest = &rest[end..];
            } else {
                return false;
            }
            is_ours = true;
            rest = rest.trim_start();
        }
        true
    }

    fn is_in_details(&self) -> bool {
        self.open.last().is_some_and(|open| open.name == "detailsContent")
    }

    fn end_details(&mut self) {
        self.pop();
        self.pop();
    }

    /// Ends the open `details` elements whose container ends.
    pub(super) fn end_all_details(&mut self) {
        self.close_paragraph();
        while self.is_in_details() {
            self.end_details();
            self.close_paragraph();
        }
    }
}

fn after_start<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let is_it = text.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start));
    is_it.then(|| &text[start.len()..])
}

/// The position of a tag, regardless of case.
fn find(text: &str, tag: &str) -> Option<usize> {
    text.match_indices('<').map(|(at, _)| at).find(|at| after_start(&text[*at..], tag).is_some())
}

/// The text after the tag of an element with this name, which may have attributes.
fn after_tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let after = after_start(text, &format!("<{name}"))?;
    let end = after.find('>')?;
    (end == 0 || after.starts_with(|c: char| c.is_ascii_whitespace())).then(|| &after[end + 1..])
}

/// The content of the summary, and the text after it. The content is empty if the element has no summary.
fn summary_of(html: &str) -> Option<(&str, &str)> {
    let inside = after_tag(html, "details")?.trim_start();
    let Some(summary) = after_tag(inside, "summary") else { return Some(("", inside)) };
    let end = find(summary, "</summary>")?;
    Some((&summary[..end], &summary[end + "</summary>".len()..]))
}

/// The words of HTML, without tags.
fn decoded(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html.trim_matches(|c: char| c.is_ascii_whitespace());
    while let Some(c) = rest.chars().next() {
        let (taken, length) = match c {
            '<' => (None, rest.find('>').map_or(rest.len(), |end| end + 1)),
            '&' => entity(rest).map_or((Some('&'), 1), |(c, length)| (Some(c), length)),
            '\n' | '\r' => (Some(' '), 1),
            c => (Some(c), c.len_utf8()),
        };
        text.extend(taken);
        rest = &rest[length..];
    }
    text
}

/// The character of an entity, and the length of the entity. Knows the entities that we write, and a few more that
/// people write.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => match name.strip_prefix('#')? {
            digits if digits.starts_with(['x', 'X']) => number(&digits[1..], 16)?,
            digits => number(digits, 10)?,
        },
    };
    Some((if c == '\0' { '\u{fffd}' } else { c }, end + 1))
}
