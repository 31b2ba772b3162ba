//! HTML: every node and attribute that is written stands here; everything else is text.

use super::{Mark, Node, Prose, attribute, is_safe_url, number};

impl Prose {
    /// An HTML fragment, safe to embed.
    pub fn to_html(&self) -> String {
        let mut out = String::new();
        self.0.iter().for_each(|node| write(&mut out, node));
        out
    }
}

fn write(out: &mut String, node: &Node) {
    let (name, attributes, children) = match node {
        Node::Text { text, marks } => return write_text(out, text, marks),
        Node::Element { name, attributes, children } => (name.as_str(), attributes, children),
    };
    let mut inside = |open: &str, close: &str| {
        out.push_str(open);
        children.iter().for_each(|child| write(out, child));
        out.push_str(close);
    };
    match name {
        "paragraph" => inside("<p>", "</p>"),
        "heading" => {
            let level = number(attributes, "level", 1).clamp(1, 6);
            inside(&format!("<h{level}>"), &format!("</h{level}>"));
        }
        "bulletList" => inside("<ul>", "</ul>"),
        "orderedList" => inside("<ol>", "</ol>"),
        "listItem" => inside("<li>", "</li>"),
        "taskList" => inside("<ul class=\"tasks\">", "</ul>"),
        "taskItem" => {
            let checked = attributes.get("checked").is_some_and(|checked| checked == true);
            let checked = if checked { " checked" } else { "" };
            inside(&format!("<li><input type=\"checkbox\" disabled{checked}> "), "</li>");
        }
        "blockquote" => inside("<blockquote>", "</blockquote>"),
        "codeBlock" => inside("<pre><code>", "</code></pre>"),
        "table" => inside("<table>", "</table>"),
        "tableRow" => inside("<tr>", "</tr>"),
        "tableHeader" => inside(&cell("th", attributes), "</th>"),
        "tableCell" => inside(&cell("td", attributes), "</td>"),
        "horizontalRule" => out.push_str("<hr>"),
        "hardBreak" => out.push_str("<br>"),
        "image" if is_safe_url(attribute(attributes, "src")) => {
            out.push_str("<img src=\"");
            escape(out, attribute(attributes, "src"));
            out.push_str("\" alt=\"");
            escape(out, attribute(attributes, "alt"));
            out.push_str("\">");
        }
        _ => inside("", ""),
    }
}

fn cell(tag: &str, attributes: &serde_json::Map<String, serde_json::Value>) -> String {
    let span = |name: &str| match number(attributes, name, 1) {
        0 | 1 => String::new(),
        span => format!(" {name}=\"{}\"", span.min(1_000)),
    };
    format!("<{tag}{}{}>", span("colspan"), span("rowspan"))
}

fn write_text(out: &mut String, text: &str, marks: &[Mark]) {
    let mut closing = Vec::new();
    for mark in marks {
        let tag = match mark.name.as_str() {
            "bold" => "strong",
            "italic" => "em",
            "strike" => "s",
            "underline" => "u",
            "code" => "code",
            "link" => {
                let href = mark.attributes.get("href").and_then(|href| href.as_str()).unwrap_or_default();
                if !is_safe_url(href) {
                    continue;
                }
                out.push_str("<a rel=\"noopener nofollow\" href=\"");
                escape(out, href);
                out.push_str("\">");
                closing.push("a");
                continue;
            }
            _ => continue,
        };
        out.push_str(&format!("<{tag}>"));
        closing.push(tag);
    }
    escape(out, text);
    for tag in closing.into_iter().rev() {
        out.push_str(&format!("</{tag}>"));
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}
