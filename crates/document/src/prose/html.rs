//! HTML output. Only the nodes and attributes listed here are written; everything else becomes text.

use serde_json::{Map, Value};

use super::embeds::{EMBED, card_words, is_web_address};
use super::footnotes::{FOOTNOTE, note_number, note_parts, note_text};
use super::palette::{HIGHLIGHT, callout_kind, color_of, side_of};
use super::tree::{Mark, Node, PAGE_LINK, Prose, attachment, attribute, is_safe_url, number, page_address, page_words};

impl Prose {
    /// An HTML fragment, safe to embed.
    pub fn to_html(&self) -> String {
        let mut out = String::new();
        let notes = self.footnotes();
        if notes.is_empty() {
            self.0.iter().for_each(|node| write(&mut out, node));
            return out;
        }
        self.numbered().0.iter().for_each(|node| write(&mut out, node));
        out.push_str("<section role=\"doc-endnotes\"><ol>");
        notes.into_iter().enumerate().for_each(|(index, note)| write_note(&mut out, index + 1, note));
        out + "</ol></section>"
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
        "paragraph" => around(&aligned("p", attributes), "</p>"),
        "heading" => {
            let levels = [("h1", "</h1>"), ("h2", "</h2>"), ("h3", "</h3>"), ("h4", "</h4>"), ("h5", "</h5>")];
            let level = number(attributes, "level", 1).clamp(1, 6) as usize - 1;
            let (tag, close) = levels.get(level).copied().unwrap_or(("h6", "</h6>"));
            around(&aligned(tag, attributes), close)
        }
        "bulletList" => around("<ul>", "</ul>"),
        "orderedList" => around(&list(attributes), "</ol>"),
        "listItem" => around("<li>", "</li>"),
        // As the editor writes and reads them.
        "taskList" => around("<ul class=\"tasks\" data-type=\"taskList\">", "</ul>"),
        "taskItem" => {
            let checked = attributes.get("checked").is_some_and(|checked| checked == true);
            let input = if checked { "disabled checked" } else { "disabled" };
            let open = format!(
                "<li data-type=\"taskItem\" data-checked=\"{checked}\"><label><input type=\"checkbox\" aria-label=\"Task\" {input}></label><div>"
            );
            around(&open, "</div></li>")
        }
        "blockquote" => around("<blockquote>", "</blockquote>"),
        "callout" => {
            around(&format!("<div role=\"note\"{}>", written("data-callout", callout_kind(attributes))), "</div>")
        }
        "details" => around("<details>", "</details>"),
        "detailsSummary" => around("<summary>", "</summary>"),
        // As the editor writes and reads it.
        "detailsContent" => around("<div data-type=\"detailsContent\">", "</div>"),
        "codeBlock" => match attribute(attributes, "language") {
            "" => around("<pre><code>", "</code></pre>"),
            language => {
                let class = written("class", &format!("language-{language}"));
                around(&format!("<pre><code{class}>"), "</code></pre>")
            }
        },
        "table" => around("<table>", "</table>"),
        "tableRow" => around("<tr>", "</tr>"),
        "tableHeader" => around(&cell("th", attributes), "</th>"),
        "tableCell" => around(&cell("td", attributes), "</td>"),
        "horizontalRule" => leaf("<hr>".to_owned()),
        "hardBreak" => leaf("<br>".to_owned()),
        PAGE_LINK => match page_address(attributes) {
            Some(address) => {
                let mut open = format!(
                    "<a{}{}>",
                    written("href", &address),
                    written("data-page", attribute(attributes, "document"))
                );
                escape(&mut open, page_words(attributes));
                around(&open, "</a>")
            }
            None => around("", ""),
        },
        EMBED if is_web_address(attribute(attributes, "href")) => leaf(card(attributes)),
        FOOTNOTE => leaf(reference(attributes)),
        "image" if attachment(attributes).is_some() || is_safe_url(attribute(attributes, "src")) => {
            leaf(image(attributes))
        }
        "file" => match attachment(attributes) {
            Some(id) => {
                let mut name = String::new();
                escape(&mut name, attribute(attributes, "name"));
                leaf(format!("<figure{}>{name}</figure>", written("data-file", id)))
            }
            None => around("", ""),
        },
        _ => around("", ""),
    }
}

/// A card as a link. Nothing of the other page is shown.
fn card(attributes: &Map<String, Value>) -> String {
    let (href, named) = (attribute(attributes, "href"), attribute(attributes, "title"));
    let named = if named.is_empty() { String::new() } else { written("data-title", named) };
    let mut card = format!("<figure{}{named}>{}", written("data-embed", href), link(href, "", "_blank", ""));
    escape(&mut card, card_words(attributes));
    card + "</a></figure>"
}

/// A number that links to the note. In a comparison, in which notes have no numbers, the note itself.
fn reference(attributes: &Map<String, Value>) -> String {
    let text = note_text(attributes);
    let Some(number) = note_number(attributes) else {
        let mut note = "<small class=\"footnote\">[".to_owned();
        escape(&mut note, text);
        return note + "]</small>";
    };
    let name = written("aria-label", format!("Footnote {number}: {text}").trim_end_matches([':', ' ']));
    format!(
        "<sup{}><a href=\"#fn-{number}\" id=\"fnref-{number}\" role=\"doc-noteref\"{name}>{number}</a></sup>",
        written("data-footnote", text)
    )
}

/// Writes a note below the text, with a link back to its number.
fn write_note(out: &mut String, number: usize, note: &str) {
    out.push_str(&format!("<li id=\"fn-{number}\">"));
    for (part, is_address) in note_parts(note) {
        if is_address {
            out.push_str(&link(part, "", "", ""));
        }
        escape(out, part);
        out.push_str(if is_address { "</a>" } else { "" });
    }
    out.push_str(&format!(
        " <a href=\"#fnref-{number}\" role=\"doc-backlink\" aria-label=\"Back to footnote {number} in the text\">↩</a></li>"
    ));
}

/// A tag with the alignment as an attribute, which works even on pages whose policy forbids styles.
fn aligned(tag: &str, attributes: &Map<String, Value>) -> String {
    let side = side_of(attributes).map(|side| written("align", side)).unwrap_or_default();
    format!("<{tag}{side}>")
}

fn list(attributes: &Map<String, Value>) -> String {
    let start = match attributes.get("start").and_then(Value::as_i64) {
        None | Some(1) => String::new(),
        Some(start) => written("start", &start.to_string()),
    };
    let kind = match attribute(attributes, "type") {
        kind @ ("a" | "A" | "i" | "I") => written("type", kind),
        _ => String::new(),
    };
    format!("<ol{start}{kind}>")
}

fn image(attributes: &Map<String, Value>) -> String {
    let size = |name: &str| match attributes.get(name) {
        Some(Value::Number(size)) => written(name, &size.to_string()),
        Some(Value::String(size)) if !size.is_empty() => written(name, size),
        _ => String::new(),
    };
    let mut image = "<img".to_owned();
    image.push_str(&match attachment(attributes) {
        Some(id) => written("data-attachment", id),
        None => written("src", attribute(attributes, "src")),
    });
    image.push_str(&written("alt", attribute(attributes, "alt")));
    image.push_str(&title(attribute(attributes, "title")));
    image.push_str(&size("width"));
    image.push_str(&size("height"));
    image.push('>');
    match attribute(attributes, "href") {
        href if is_safe_url(href) => format!("<a rel=\"noopener nofollow\"{}>{image}</a>", written("href", href)),
        _ => image,
    }
}

fn title(title: &str) -> String {
    if title.is_empty() { String::new() } else { written("title", title) }
}

/// An attribute with a space before it.
fn written(name: &str, value: &str) -> String {
    let mut out = format!(" {name}=\"");
    escape(&mut out, value);
    out.push('"');
    out
}

fn cell(tag: &str, attributes: &Map<String, Value>) -> String {
    let span = |name: &str| match number(attributes, name, 1) {
        0 | 1 => String::new(),
        span => written(name, &span.min(1_000).to_string()),
    };
    // As attributes, which work even on pages whose policy forbids styles.
    let align = match attribute(attributes, "align") {
        align @ ("left" | "center" | "right") => written("align", align),
        _ => String::new(),
    };
    let widths: Option<Vec<u64>> = match attributes.get("colwidth") {
        Some(Value::Array(widths)) if !widths.is_empty() => widths.iter().map(Value::as_u64).collect(),
        _ => None,
    };
    let widths = widths.map_or_else(String::new, |widths| {
        let all = widths.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let sum = widths.iter().fold(0u64, |sum, width| sum.saturating_add(*width));
        written("colwidth", &all) + &written("width", &sum.to_string())
    });
    format!("<{tag}{}{}{align}{widths}>", span("colspan"), span("rowspan"))
}

fn write_text(out: &mut String, text: &str, marks: &[Mark]) {
    let mut closing = Vec::new();
    for mark in marks {
        let (open, close) = match mark.name.as_str() {
            "bold" => ("<strong>", "</strong>"),
            "italic" => ("<em>", "</em>"),
            "strike" => ("<s>", "</s>"),
            "code" => ("<code>", "</code>"),
            name if is_tag(name) => {
                let Some((open, close)) = mark_tag(mark) else { continue };
                out.push_str(&open);
                closing.push(close);
                continue;
            }
            "link" => {
                let text = |name: &str| mark.attributes.get(name).and_then(Value::as_str).unwrap_or_default();
                if !is_safe_url(text("href")) {
                    continue;
                }
                out.push_str(&link(text("href"), text("title"), text("target"), text("rel")));
                closing.push("</a>");
                continue;
            }
            _ => continue,
        };
        out.push_str(open);
        closing.push(close);
    }
    escape(out, text);
    closing.into_iter().rev().for_each(|close| out.push_str(close));
}

/// Whether a mark is written as a tag even in Markdown, which has no sign for it.
pub(super) fn is_tag(mark: &str) -> bool {
    matches!(mark, "underline" | "subscript" | "superscript" | "highlight" | "textColor")
}

/// The tags around a text with a mark that [`is_tag`]. Colours are written as names, which the page styles: the policy
/// of many pages would forbid inline styles.
pub(super) fn mark_tag(mark: &Mark) -> Option<(String, &'static str)> {
    let color = color_of(mark).unwrap_or_default();
    let colored = |tag: &str| format!("<{tag}{}>", written("data-color", color));
    match mark.name.as_str() {
        "underline" => Some(("<u>".to_owned(), "</u>")),
        "subscript" => Some(("<sub>".to_owned(), "</sub>")),
        "superscript" => Some(("<sup>".to_owned(), "</sup>")),
        "highlight" if color == HIGHLIGHT => Some(("<mark>".to_owned(), "</mark>")),
        "highlight" => Some((colored("mark"), "</mark>")),
        "textColor" => Some((colored("span"), "</span>")),
        _ => None,
    }
}

/// The opening tag of a link. Whatever relations are stored, the target gets no access to the window, and search
/// engines do not count the link as a recommendation.
fn link(href: &str, title: &str, target: &str, rel: &str) -> String {
    let mut relations: Vec<&str> = rel.split_ascii_whitespace().collect();
    relations.extend(
        ["noopener", "nofollow"].iter().filter(|needed| !rel.split_ascii_whitespace().any(|it| it == **needed)),
    );
    let target = match target {
        target @ ("_blank" | "_self" | "_parent" | "_top") => written("target", target),
        _ => String::new(),
    };
    let rel = written("rel", &relations.join(" "));
    format!("<a{rel}{}{}{target}>", written("href", href), self::title(title))
}

pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Unescaped, a carriage return would be read as a line feed.
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}
