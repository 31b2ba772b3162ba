//! HTML output. Only the nodes and attributes listed here are written; everything else becomes text.

use serde_json::{Map, Value};

use super::tree::{Mark, Node, Prose, attribute, is_safe_url, number};

impl Prose {
    /// An HTML fragment, safe to embed.
    pub fn to_html(&self) -> String {
        let mut out = String::new();
        self.0.iter().for_each(|node| write(&mut out, node));
        out
    }
}

pub(super) fn write(out: &mut String, node: &Node) {
    match node {
        Node::Text { text, marks } => write_text(out, text, marks),
        Node::Element { name, attributes, children } => {
            let Tags { open, close, is_leaf } = tags(name, attributes);
            out.push_str(&open);
            if !is_leaf {
                children.iter().for_each(|child| write(out, child));
            }
            out.push_str(close);
        }
    }
}

/// The tags around the children of a node.
pub(super) struct Tags {
    pub open: String,
    pub close: &'static str,
    /// The node has no children.
    pub is_leaf: bool,
}

pub(super) fn tags(name: &str, attributes: &Map<String, Value>) -> Tags {
    let around = |open: &str, close| Tags { open: open.to_owned(), close, is_leaf: false };
    let leaf = |open: String| Tags { open, close: "", is_leaf: true };
    match name {
        "paragraph" => around("<p>", "</p>"),
        "heading" => {
            let levels =
                [("<h1>", "</h1>"), ("<h2>", "</h2>"), ("<h3>", "</h3>"), ("<h4>", "</h4>"), ("<h5>", "</h5>")];
            let level = number(attributes, "level", 1).clamp(1, 6) as usize - 1;
            let (open, close) = levels.get(level).copied().unwrap_or(("<h6>", "</h6>"));
            around(open, close)
        }
        "bulletList" => around("<ul>", "</ul>"),
        "orderedList" => around("<ol>", "</ol>"),
        "listItem" => around("<li>", "</li>"),
        "taskList" => around("<ul class=\"tasks\">", "</ul>"),
        "taskItem" => {
            let checked = attributes.get("checked").is_some_and(|checked| checked == true);
            let checked = if checked { " checked" } else { "" };
            around(&format!("<li><input type=\"checkbox\" disabled{checked}> "), "</li>")
        }
        "blockquote" => around("<blockquote>", "</blockquote>"),
        "codeBlock" => around("<pre><code>", "</code></pre>"),
        "table" => around("<table>", "</table>"),
        "tableRow" => around("<tr>", "</tr>"),
        "tableHeader" => around(&cell("th", attributes), "</th>"),
        "tableCell" => around(&cell("td", attributes), "</td>"),
        "horizontalRule" => leaf("<hr>".to_owned()),
        "hardBreak" => leaf("<br>".to_owned()),
        "image" if is_safe_url(attribute(attributes, "src")) => {
            let mut image = "<img src=\"".to_owned();
            escape(&mut image, attribute(attributes, "src"));
            image.push_str("\" alt=\"");
            escape(&mut image, attribute(attributes, "alt"));
            image.push_str("\">");
            leaf(image)
        }
        _ => around("", ""),
    }
}

fn cell(tag: &str, attributes: &Map<String, Value>) -> String {
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

pub(super) fn escape(out: &mut String, text: &str) {
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
