//! A line of text in Markdown: marks, links, images, and the characters that have a meaning.

use serde_json::{Map, Value, json};

use super::footnotes::{ends_with_reference, numbers, reference};
use crate::prose::embeds::{EMBED, EMBEDDED, is_web_address};
use crate::prose::footnotes::FOOTNOTE;
use crate::prose::html::{is_tag, mark_tag};
use crate::prose::palette::color_of;
use crate::prose::tree::{
    ATTACHMENT, FILE, Mark, Node, PAGE_LINK, Prose, attachment, attribute, is_safe_url, joined, page_address,
    page_words,
};

/// The title that a link to a page by its id has in Markdown.
pub(crate) const PAGE_TITLE: &str = "Page";

/// Where a line is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Line,
    Heading,
    /// A cell of a table, in which `|` ends the cell.
    Cell,
}

/// How inline marks such as bold are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signs {
    Markdown,
    /// As HTML tags, where Markdown's signs would be read differently: `a**b**`, `***`, marks that overlap.
    Tags,
}

/// Writes a line. The line reads back the same, except for marks on white space at the edge of marked text.
pub(crate) fn inline(children: &[Node], place: Place) -> String {
    let said = joined(children.iter().map(said).collect());
    let text = inline_with(&said, place, Signs::Markdown);
    let is_plain = |node: &Node| match node {
        Node::Text { text, marks } => {
            marks.is_empty() && text.chars().all(|c| c.is_alphanumeric() || " .,;:?'".contains(c))
        }
        Node::Element { .. } => true,
    };
    match said.iter().all(is_plain) || reads_back(&text, &said, place) {
        true => text,
        false => inline_with(&said, place, Signs::Tags),
    }
}

/// The node with only those marks that Markdown can express.
fn said(node: &Node) -> Node {
    match node {
        Node::Text { text, marks } => Node::Text { text: text.clone(), marks: said_marks(marks) },
        Node::Element { name, attributes, children } => Node::Element {
            name: name.clone(),
            attributes: attributes.clone(),
            children: children.iter().map(said).collect(),
        },
    }
}

pub(crate) fn said_marks(marks: &[Mark]) -> Vec<Mark> {
    let said = |mark: &Mark| {
        let said = |name: &str| mark.attributes.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let attributes = ["href", "title"].into_iter().filter_map(|name| Some((name.to_owned(), json!(said(name)?))));
        let color = color_of(mark).map(|color| ("color".to_owned(), json!(color)));
        let attributes = attributes.filter(|_| mark.name == "link").chain(color);
        Mark { name: mark.name.clone(), attributes: Value::Object(attributes.collect::<Map<_, _>>()) }
    };
    match marks.iter().find(|mark| mark.name == "code") {
        Some(code) => vec![said(code)],
        None => marks.iter().filter(|mark| can_say(mark)).map(said).collect(),
    }
}

/// Whether a mark can be written in Markdown, as a sign or a tag.
pub(crate) fn can_say(mark: &Mark) -> bool {
    match mark.name.as_str() {
        "link" => mark.attributes.get("href").and_then(Value::as_str).is_some_and(is_safe_url),
        name => matches!(name, "bold" | "italic" | "strike" | "code") || is_tag(name),
    }
}

fn inline_with(children: &[Node], place: Place, signs: Signs) -> String {
    let mut lines = vec![String::new()];
    write_line(&mut lines, children, place, signs);
    let mut lines: Vec<String> = lines.into_iter().map(|line| edges(&line)).collect();
    if place == Place::Line {
        lines.iter_mut().for_each(guard_start);
    }
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            // A backslash at the end of a paragraph, or on a line of its own, is literal.
            let is_between = !lines[index - 1].is_empty() && !line.is_empty();
            out.push_str(if place == Place::Line && is_between { "\\\n" } else { "<br>" });
        }
        out.push_str(line);
    }
    // A tag alone would be a block of HTML.
    if place == Place::Line && out == "<br>" {
        out.push_str("<!-- -->");
    }
    out
}

/// Writes to the last of the lines; a break begins another.
fn write_line(lines: &mut Vec<String>, children: &[Node], place: Place, signs: Signs) {
    for (index, child) in children.iter().enumerate() {
        let part = match child {
            Node::Text { text, marks } => {
                let before = lines.last().and_then(|line| line.chars().next_back());
                let after = children.get(index + 1).and_then(begins_with);
                let signs =
                    if signs == Signs::Markdown && are_clear(text, marks, before, after) { signs } else { Signs::Tags };
                inline_text(text, marks, place, signs)
            }
            Node::Element { name, .. } if name == "hardBreak" => {
                lines.push(String::new());
                continue;
            }
            Node::Element { name, attributes, .. } if name == "image" => image(attributes),
            Node::Element { name, attributes, .. } if name == PAGE_LINK => page_link(attributes),
            Node::Element { name, attributes, .. } if name == "file" => file(attributes),
            Node::Element { name, attributes, .. } if name == EMBED => embed(attributes),
            Node::Element { name, attributes, .. } if name == FOOTNOTE => reference(attributes),
            Node::Element { children, .. } => {
                write_line(lines, children, place, signs);
                continue;
            }
        };
        let Some(line) = lines.last_mut() else { return };
        // A link after an exclamation mark would be an image.
        if line.ends_with('!') && part.starts_with('[') {
            line.insert(line.len() - 1, '\\');
        }
        // Before a colon, a reference to a note would be a definition; before a bracket, it would be part of a link.
        if ends_with_reference(line) {
            match part.chars().next() {
                Some(':' | '(') => line.push('\\'),
                Some('[') if !part.starts_with("[^") => line.push_str("<!-- -->"),
                _ => {}
            }
        }
        line.push_str(&part);
    }
}

/// The character with which a node begins in Markdown.
fn begins_with(node: &Node) -> Option<char> {
    let Node::Text { text, marks } = node else { return None };
    let first = text.chars().next();
    let mark = |name: &str| marks.iter().any(|mark| mark.name == name);
    match first {
        Some(c) if marks.is_empty() || c.is_whitespace() => Some(c),
        _ if mark("code") => Some('`'),
        _ if mark("link") => Some('['),
        _ if marks.iter().any(|mark| is_tag(&mark.name)) => Some('<'),
        _ => Some('*'),
    }
}

/// White space as CommonMark knows it.
fn is_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether every parser recognises Markdown's markers around a text. This requires markers at the edge of a word, or
/// within a word and with letters directly inside them.
fn are_clear(text: &str, marks: &[Mark], before: Option<char>, after: Option<char>) -> bool {
    // Code has markers of its own, and the brackets of a link or a tag are edges.
    if marks.iter().any(|mark| matches!(mark.name.as_str(), "code" | "link") || is_tag(&mark.name)) {
        return true;
    }
    let core = text.trim();
    let is_single = marks.len() == 1;
    let clear = |outside: Option<char>, inside: Option<char>| {
        let is_edge = |c: char| is_space(c) || (c.is_ascii_punctuation() && !"*_~\\".contains(c));
        outside.is_none_or(is_edge)
            || (is_single && outside.is_some_and(char::is_alphanumeric) && inside.is_some_and(char::is_alphanumeric))
    };
    let start = text.find(core).unwrap_or(0);
    let before = text[..start].chars().next_back().or(before);
    let after = text[start + core.len()..].chars().next().or(after);
    clear(before, core.chars().next()) && clear(after, core.chars().next_back())
}

/// Whether reading the Markdown gives the same marks on the same characters.
fn reads_back(text: &str, children: &[Node], place: Place) -> bool {
    let mut notes = Vec::new();
    numbers(children, &mut notes);
    let notes: String = notes.into_iter().map(|number| format!("\n\n[^{number}]: x")).collect();
    let read = match place {
        Place::Cell => Prose::from_markdown(&format!("| {text} |\n| --- |{notes}")),
        Place::Heading => Prose::from_markdown(&format!("# {text}{notes}")),
        Place::Line => Prose::from_markdown(&format!("{text}{notes}")),
    };
    let Ok(Prose(read)) = read else { return false };
    let is_one = match (read.as_slice(), place) {
        ([Node::Element { name, .. }], Place::Cell) => name == "table",
        ([Node::Element { name, .. }], Place::Heading) => name == "heading",
        ([Node::Element { name, .. }], Place::Line) => name == "paragraph",
        _ => false,
    };
    is_one && letters(&read) == letters(children)
}

type Letter = (char, Vec<(String, [String; 3])>);

fn letters(nodes: &[Node]) -> Vec<Letter> {
    let of = |node: &Node| -> Vec<Letter> {
        let Node::Text { text, marks } = node else {
            let Node::Element { name, children, .. } = node else { return Vec::new() };
            // A footnote counts as the character that stands for an object.
            return if name == FOOTNOTE { vec![('\u{fffc}', Vec::new())] } else { letters(children) };
        };
        let marks = said_marks(marks);
        let mark = |mark: &Mark| {
            let said = |name: &str| mark.attributes.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            (mark.name.clone(), [said("href"), said("title"), said("color")])
        };
        let of_letters: Vec<_> = marks.iter().map(mark).collect();
        let of_spaces = if marks.iter().any(|mark| mark.name == "code") { of_letters.clone() } else { Vec::new() };
        text.chars().map(|c| (c, if c.is_whitespace() { of_spaces.clone() } else { of_letters.clone() })).collect()
    };
    nodes.iter().flat_map(of).collect()
}

fn inline_text(text: &str, marks: &[Mark], place: Place, signs: Signs) -> String {
    let has = |name: &str| marks.iter().any(|mark| mark.name == name);
    if has("code") {
        return inline_code(text, place, signs);
    }
    // Marks do not include the space around a word: `** bold**` would be literal.
    let core = text.trim();
    let (before, after) = match text.find(core) {
        Some(start) if !core.is_empty() => (&text[..start], &text[start + core.len()..]),
        _ => return escape(text),
    };
    let mut marked = escape(core);
    for (name, sign, tag) in [("bold", "**", "strong"), ("italic", "*", "em"), ("strike", "~~", "s")] {
        if has(name) {
            marked = match signs {
                Signs::Markdown => format!("{sign}{marked}{sign}"),
                Signs::Tags => format!("<{tag}>{marked}</{tag}>"),
            };
        }
    }
    for (open, close) in marks.iter().filter_map(mark_tag) {
        marked = format!("{open}{marked}{close}");
    }
    if let Some(Mark { attributes, .. }) = marks.iter().find(|mark| mark.name == "link") {
        let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
        marked = format!("[{marked}]({})", target(text("href"), text("title")));
    }
    format!("{}{marked}{}", escape(before), escape(after))
}

fn inline_code(text: &str, place: Place, signs: Signs) -> String {
    // Parsers differ in what they take for the end of a line.
    if signs == Signs::Tags || text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return format!("<code>{}</code>", escape(text));
    }
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let spaced = text.starts_with(' ') && text.ends_with(' ') && !text.trim_matches(' ').is_empty();
    let pad = if spaced || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let text = if place == Place::Cell { text.replace('|', "\\|") } else { text.to_owned() };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// An image; within a link, if it leads to an address.
pub(crate) fn image(attributes: &Map<String, Value>) -> String {
    let (alt, source) = (escape(attribute(attributes, "alt")), attribute(attributes, "src"));
    let attached = attachment(attributes).map(|id| format!("{ATTACHMENT}{id}"));
    if attached.is_none() && !is_safe_url(source) {
        return edges(&alt);
    }
    let source = attached.as_deref().unwrap_or(source);
    let image = format!("![{alt}]({})", target(source, attribute(attributes, "title")));
    match attribute(attributes, "href") {
        href if is_safe_url(href) => format!("[{image}]({})", target(href, "")),
        _ => image,
    }
}

/// A link to a page by its id. Its title marks it as such, so that it is read as a page link again.
fn page_link(attributes: &Map<String, Value>) -> String {
    match page_address(attributes) {
        Some(address) => format!("[{}]({})", escape(page_words(attributes).trim()), target(&address, PAGE_TITLE)),
        None => String::new(),
    }
}

/// A file, written in the form of an image, because it is a block of its own, too.
pub(crate) fn file(attributes: &Map<String, Value>) -> String {
    let name = escape(attribute(attributes, "name"));
    match attachment(attributes) {
        Some(id) => format!("![{name}](<{FILE}{id}>)"),
        None => edges(&name),
    }
}

/// A card, also written in the form of an image.
pub(crate) fn embed(attributes: &Map<String, Value>) -> String {
    let title = escape(attribute(attributes, "title"));
    match attribute(attributes, "href") {
        href if is_web_address(href) => format!("![{title}](<{EMBEDDED}{}>)", entities(href)),
        _ => edges(&title),
    }
}

/// The part of a link or an image in round brackets.
fn target(url: &str, title: &str) -> String {
    match title {
        "" => format!("<{}>", entities(url)),
        title => format!("<{}> \"{}\"", entities(url), entities(title)),
    }
}

/// Text in an address or a title, escaped with entities. A backslash would not work: `|` would still end a cell, and a
/// backtick could end code before the link.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '&' if is_entity(&text[at + 1..]) => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\\' | '|' | '`' | '\n' | '\r' => push_entity(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Whether the text after a `&` makes it an entity.
fn is_entity(rest: &str) -> bool {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
    end.is_some_and(|end| end > 0 && rest[end..].starts_with(';'))
}

pub(super) fn push_entity(out: &mut String, c: char) {
    out.push_str(&format!("&#{};", c as u32));
}

/// Escapes characters that have a meaning in Markdown.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        match c {
            '\n' | '\r' => push_entity(&mut out, c),
            // Parsers differ in how they read `\\\|` in a table.
            '|' if last == '\\' => push_entity(&mut out, c),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '~' | '&' => out.extend(['\\', c]),
            c => out.push(c),
        }
        last = c;
    }
    out
}

/// Writes white space at the edges of a line as entities, because parsers drop it. Some parsers drop every kind of
/// white space in Unicode.
pub(super) fn edges(line: &str) -> String {
    // An entity for a control character such as U+0085 would be read as another character.
    let is_space = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{feff}') || (c.is_whitespace() && !c.is_control());
    let core = line.trim_matches(is_space);
    let start = if core.is_empty() { line.len() } else { line.len() - line.trim_start_matches(is_space).len() };
    let mut out = String::with_capacity(line.len());
    line[..start].chars().for_each(|c| push_entity(&mut out, c));
    out.push_str(core);
    line[start + core.len()..].chars().for_each(|c| push_entity(&mut out, c));
    out
}

/// Escapes a line that begins like a heading, a list, a quote or the rule of a table, so that it stays a line.
fn guard_start(line: &mut String) {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut rest = line[digits..].chars();
    match (rest.next(), rest.next()) {
        (Some('.' | ')'), next) if digits > 0 && next.is_none_or(char::is_whitespace) => line.insert(digits, '\\'),
        (Some('#' | '>' | '-' | '+' | '='), _) | (Some(':'), Some('-')) if digits == 0 => line.insert(0, '\\'),
        _ => {}
    }
}

pub(super) fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}
