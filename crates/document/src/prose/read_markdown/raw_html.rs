//! Raw HTML in Markdown: the few tags that we write ourselves, comments, and everything else, which is text.

use serde_json::Map;

use super::{After, Builder, element};

impl Builder {
    /// The few tags that [`Prose::to_markdown`] writes where Markdown's own signs are ambiguous.
    pub(super) fn inline_html(&mut self, html: &str) {
        let name = html.trim_matches(['<', '>', '/', ' ']).to_ascii_lowercase();
        let known = match name.as_str() {
            "u" => "underline",
            "strong" => "bold",
            "em" => "italic",
            "s" => "strike",
            "code" => "code",
            "br" => return self.inline(element("hardBreak", Map::new(), Vec::new())),
            _ if html.starts_with("<!--") => {
                self.after = Some(After::Comment);
                return;
            }
            _ => return self.text(html),
        };
        self.marks.tag(known, html.starts_with("</"));
    }

    /// A block of HTML is text without its comments. One of comments only is a separator; at the start of an item it
    /// represents a blank line.
    pub(super) fn end_html(&mut self) {
        let html = without_comments(&self.html.take().unwrap_or_default());
        let breaks = html.split_whitespace().all(|word| word == "<br>");
        match html.split_whitespace().count() {
            0 => self.blank_line(),
            count if breaks => (0..count).for_each(|_| self.inline_html("<br>")),
            _ => {
                let lines = html.lines().map(str::trim).filter(|line| !line.is_empty());
                self.text(&lines.collect::<Vec<_>>().join(" "));
            }
        }
        self.close_paragraph();
    }

    pub(super) fn blank_line(&mut self) {
        let item = self.open.last_mut().filter(|open| matches!(open.name, "listItem" | "taskItem"));
        if let Some(item) = item.filter(|item| item.children.is_empty()) {
            item.children.push(element("paragraph", Map::new(), Vec::new()));
        }
    }
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
