//! Raw HTML in Markdown: the few tags that we write ourselves, comments, and everything else, which is text.

use serde_json::{Map, json};

use super::{After, Builder, element};
use crate::prose::palette::color;
use crate::prose::tree::Mark;

impl Builder {
    /// Reads inline HTML. Only the few tags count that [`Prose::to_markdown`] writes where Markdown's own signs are
    /// ambiguous.
    pub(super) fn inline_html(&mut self, html: &str) {
        let closes = html.starts_with("</");
        let inside = html.trim_matches(['<', '>', '/', ' ']).to_ascii_lowercase();
        let (name, color) = match inside.split_once(' ') {
            None => (inside.as_str(), None),
            Some((name, attribute)) => match colored(attribute) {
                None => ("", None),
                color => (name, color),
            },
        };
        let known = match (name, color) {
            ("u", None) => "underline",
            ("strong", None) => "bold",
            ("em", None) => "italic",
            ("s", None) => "strike",
            ("code", None) => "code",
            ("sub", None) => "subscript",
            ("sup", None) => "superscript",
            ("mark", _) => "highlight",
            ("span", Some(_)) => "textColor",
            ("span", None) if closes => "textColor",
            ("br", None) => return self.inline(element("hardBreak", Map::new(), Vec::new())),
            _ if html.starts_with("<!--") => {
                self.after = Some(After::Comment);
                return;
            }
            _ => return self.text(html),
        };
        if closes {
            // Spans that we did not write are text, and so are their end tags.
            if !self.marks.close_tag(known) && known == "textColor" {
                self.text(html);
            }
            return;
        }
        let attributes = color.map_or_else(|| json!({}), |color| json!({ "color": color }));
        self.marks.open_tag(Mark { name: known.to_owned(), attributes });
    }

    /// Ends a block of HTML, which is read as text without its comments. A block that consists of comments only is a
    /// separator; at the start of an item, it represents a blank line.
    pub(super) fn end_html(&mut self) {
        let html = without_comments(&self.html.take().unwrap_or_default());
        let breaks = html.split_whitespace().all(|word| word == "<br>");
        match html.split_whitespace().count() {
            0 => self.blank_line(),
            count if breaks => (0..count).for_each(|_| self.inline_html("<br>")),
            _ if self.details_html(&html) => {}
            _ => self.words_of_html(&html),
        }
        self.close_paragraph();
    }

    pub(super) fn words_of_html(&mut self, html: &str) {
        let lines = html.lines().map(str::trim).filter(|line| !line.is_empty());
        self.text(&lines.collect::<Vec<_>>().join(" "));
    }

    pub(super) fn blank_line(&mut self) {
        let item = self.open.last_mut().filter(|open| matches!(open.name, "listItem" | "taskItem"));
        if let Some(item) = item.filter(|item| item.children.is_empty()) {
            item.children.push(element("paragraph", Map::new(), Vec::new()));
        }
    }
}

/// The colour in `data-color="red"`.
fn colored(attribute: &str) -> Option<&'static str> {
    color(attribute.strip_prefix("data-color=\"")?.strip_suffix('"')?)
}

fn without_comments(html: &str) -> String {
    let (mut text, mut rest) = (String::new(), html);
    while let Some(start) = rest.find("<!--")
        && let Some(end) = rest[start + 2..].find("-->")
    {
        text.push_str(&rest[..start]);
        rest = &rest[start + 2 + end + 3..];
    }
    text + rest
}
