//! Writes Markdown (CommonMark with tables, task lists and strike) from the tree. docs/text.md lists what Markdown
//! cannot express.

mod footnotes;
pub(super) mod inline;

use super::embeds::EMBED;
use super::footnotes::FOOTNOTE;
use super::palette::callout_kind;
use super::tree::{Mark, Node, PAGE_LINK, Prose, attribute, is_line_name, joined, number};
use footnotes::definition;
use inline::{Place, edges, embed, file, image, inline, longest_run, push_entity};

impl Prose {
    pub fn to_markdown(&self) -> String {
        let notes = self.footnotes();
        let mut text = if notes.is_empty() { blocks(&self.0) } else { blocks(&self.numbered().0) };
        for (index, note) in notes.into_iter().enumerate() {
            text.push_str(if index == 0 { "\n\n" } else { "\n" });
            text.push_str(&definition(index + 1, note));
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// A separator between two lists that Markdown would otherwise read as one list.
const APART: &str = "<!-- -->";

/// CommonMark reads at most nine digits as the number of an item.
pub(super) const MAX_START: u64 = 999_999_999;

fn blocks(nodes: &[Node]) -> String {
    let nodes = spliced(nodes);
    let texts: Vec<String> = nodes.iter().copied().map(block).collect();
    join(&nodes, &texts, false)
}

/// Joins blocks that are already written. Each block is written only once, because writing it twice on each level would
/// take exponential time.
fn join(nodes: &[&Node], texts: &[String], is_item: bool) -> String {
    let mut out = String::new();
    let mut last: Option<&Node> = None;
    for (node, text) in nodes.iter().zip(texts) {
        if text.is_empty() {
            continue;
        }
        if let Some(last) = last {
            let apart = bullet(last).is_some() && bullet(last) == bullet(node);
            let is_close = is_item && is_paragraph(last) && has_words(last) && follows_directly(node);
            out.push_str(if is_close && !apart { "\n" } else { "\n\n" });
            if apart {
                out.push_str(APART);
                out.push_str("\n\n");
            }
        }
        out.push_str(text);
        last = Some(node);
    }
    out
}

/// Whether a list is ordered, which is all that Markdown distinguishes; `None` if the node is no list.
fn bullet(node: &Node) -> Option<bool> {
    match node {
        Node::Element { name, .. } if name == "orderedList" => Some(true),
        Node::Element { name, .. } if matches!(name.as_str(), "bulletList" | "taskList") => Some(false),
        _ => None,
    }
}

/// The nodes, with each container of an app's own kind replaced by its content, because Markdown shows only that.
pub(super) fn spliced(nodes: &[Node]) -> Vec<&Node> {
    let splice = |node| match inside_unknown(node) {
        Some(children) => spliced(children),
        None => vec![node],
    };
    nodes.iter().flat_map(splice).collect()
}

/// The blocks in a container of an app's own kind.
pub(super) fn inside_unknown(node: &Node) -> Option<&[Node]> {
    match node {
        Node::Element { name, children, .. } if !node.is_line() && !is_known(name) => Some(children),
        _ => None,
    }
}

/// The nodes with a form of their own in Markdown.
pub(super) fn is_known(name: &str) -> bool {
    is_line_name(name)
        || matches!(
            name,
            "bulletList"
                | "orderedList"
                | "taskList"
                | "listItem"
                | "taskItem"
                | "blockquote"
                | "callout"
                | "details"
                | "detailsContent"
                | "table"
                | "tableRow"
                | "tableCell"
                | "tableHeader"
                | "horizontalRule"
                | "image"
                | PAGE_LINK
                | FOOTNOTE
                | "file"
                | EMBED
                | "hardBreak"
        )
}

/// In Markdown, only a bullet list whose first item begins with text may follow a line directly.
fn follows_directly(node: &Node) -> bool {
    let Node::Element { children, .. } = node else { return false };
    bullet(node) == Some(false) && children.first().is_some_and(has_words)
}

fn has_words(node: &Node) -> bool {
    !node.text().trim().is_empty()
}

fn block(node: &Node) -> String {
    let (name, attributes, children) = match node {
        Node::Text { .. } => return inline(std::slice::from_ref(node), Place::Line),
        Node::Element { name, attributes, children } => (name.as_str(), attributes, children),
    };
    match name {
        "heading" => {
            let level = number(attributes, "level", 1).clamp(1, 6) as usize;
            let mut line = inline(children, Place::Heading);
            if line.ends_with('#') {
                line.insert(line.len() - 1, '\\');
            }
            format!("{} {line}", "#".repeat(level)).trim_end_matches(' ').to_owned()
        }
        "bulletList" => items(children, |_, _| "- ".to_owned()),
        "orderedList" => {
            let start = number(attributes, "start", 1);
            items(children, |index, _| format!("{}. ", start.saturating_add(index as u64).min(MAX_START)))
        }
        "taskList" => items(children, |_, item| (if is_checked(item) { "- [x] " } else { "- [ ] " }).to_owned()),
        "blockquote" => prefixed(&quoted(children), "> ", "> "),
        "callout" => {
            let sign = format!("[!{}]", callout_kind(attributes).to_uppercase());
            // Some blocks cannot follow a line directly.
            let is_close = spliced(children).first().is_some_and(|first| is_paragraph(first) && has_words(first));
            let gap = if is_close { "\n" } else { "\n\n" };
            prefixed(format!("{sign}{gap}{}", quoted(children)).trim_end_matches('\n'), "> ", "> ")
        }
        "details" => details(children),
        "codeBlock" => {
            let code = code(node);
            let fence = "`".repeat(longest_run(&code, '`').max(2) + 1);
            format!("{fence}{}\n{code}\n{fence}", info(attribute(attributes, "language")))
        }
        "table" => table(children),
        "horizontalRule" => "---".to_owned(),
        "image" => image(attributes),
        "file" => file(attributes),
        EMBED => embed(attributes),
        _ if node.is_line() => inline(children, Place::Line),
        _ => blocks(children),
    }
}

/// The content of a quote.
fn quoted(children: &[Node]) -> String {
    let text = blocks(children);
    // pulldown-cmark ends the list around a quote whose last item is empty.
    if ends_with_bullet(&text) { format!("{text} {APART}") } else { text }
}

/// A `details` node in the form that GitHub shows: tags as blocks of HTML, with Markdown between them.
fn details(children: &[Node]) -> String {
    let (summary, rest) = match children {
        [first, rest @ ..] if first.name() == "detailsSummary" => (summary(first), rest),
        _ => (String::new(), children),
    };
    let text = blocks(rest);
    let gap = if text.is_empty() { "" } else { "\n\n" };
    format!("<details>\n<summary>{summary}</summary>\n\n{text}{gap}</details>")
}

/// The summary of a `details` node, as HTML, because it is within a block of HTML, where Markdown has no meaning.
fn summary(node: &Node) -> String {
    let mut out = String::new();
    for c in node.text().chars() {
        match c {
            '&' | '<' | '>' | '\n' | '\r' => push_entity(&mut out, c),
            c => out.push(c),
        }
    }
    edges(&out)
}

fn ends_with_bullet(text: &str) -> bool {
    let line = text.rsplit('\n').next().unwrap_or_default().trim_start_matches([' ', '>']);
    line == "-" || line.strip_suffix('.').is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

fn is_checked(item: &Node) -> bool {
    matches!(item, Node::Element { attributes, .. } if attributes.get("checked").is_some_and(|checked| checked == true))
}

/// The text of a code block. In Markdown a carriage return ends a line.
fn code(node: &Node) -> String {
    node.text().replace("\r\n", "\n").replace('\r', "\n")
}

/// The language of a code block, which is the first word after the fence.
fn info(language: &str) -> String {
    let word = language.split(|c: char| c.is_ascii_whitespace()).find(|word| !word.is_empty()).unwrap_or_default();
    word.replace('&', "&amp;").replace('`', "&#96;").replace('\\', "&#92;")
}

fn items(items: &[Node], bullet: impl Fn(usize, &Node) -> String) -> String {
    let item = |(index, node): (usize, &Node)| {
        let bullet = bullet(index, node);
        let Node::Element { children, .. } = node else { return block(node) };
        // A task's checkbox is text: the following lines are indented to the dash only.
        let indent = " ".repeat(if bullet.starts_with("- ") { 2 } else { bullet.len() });
        let children = spliced(children);
        let texts: Vec<String> = children.iter().copied().map(block).collect();
        let text = join(&children, &texts, true);
        // Content after an empty first line or a checkbox would be read as part of that line.
        let begins_with_line = children.first().is_some_and(|first| is_paragraph(first));
        let empty_first = texts.first().is_some_and(String::is_empty) || !begins_with_line;
        let text = match empty_first && (bullet.contains('[') || !text.is_empty()) {
            true => format!("{APART}\n\n{text}").trim_end_matches('\n').to_owned(),
            false => text,
        };
        prefixed(&text, &bullet, &indent)
    };
    items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
}

/// Whether a node is read as a paragraph.
fn is_paragraph(node: &Node) -> bool {
    match node {
        Node::Element { name, .. } => node.is_line() && !matches!(name.as_str(), "heading" | "codeBlock"),
        Node::Text { .. } => true,
    }
}

fn prefixed(text: &str, first: &str, rest: &str) -> String {
    let line = |(index, line): (usize, &str)| match (index, line.is_empty()) {
        (0, _) => format!("{first}{line}"),
        (_, true) => rest.trim_end().to_owned(),
        (_, false) => format!("{rest}{line}"),
    };
    match text.is_empty() {
        true => first.trim_end().to_owned(),
        false => text.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n"),
    }
}

fn table(rows: &[Node]) -> String {
    let cells = |row: &Node| -> Vec<String> {
        let Node::Element { children, .. } = row else { return Vec::new() };
        children.iter().map(|cell| inline(&in_one_line(cell), Place::Cell)).collect()
    };
    let texts: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let width = texts.iter().map(Vec::len).max().unwrap_or(0);
    if width == 0 {
        return String::new();
    }
    let line = |cells: &[String]| {
        let cells: Vec<&str> = (0..width).map(|index| cells.get(index).map_or("", String::as_str)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule: String = (0..width).map(|column| alignment(&rows[0], column)).collect();
    let mut lines = vec![line(&texts[0]), format!("|{rule}")];
    lines.extend(texts[1..].iter().map(|row| line(row)));
    lines.join("\n")
}

fn alignment(row: &Node, column: usize) -> &'static str {
    let Node::Element { children, .. } = row else { return " --- |" };
    match children.get(column) {
        Some(Node::Element { attributes, .. }) => match attribute(attributes, "align") {
            "left" => " :--- |",
            "center" => " :---: |",
            "right" => " ---: |",
            _ => " --- |",
        },
        _ => " --- |",
    }
}

/// A cell as one line, because Markdown allows no more: with a break between blocks, and the signs of lists as text.
fn in_one_line(cell: &Node) -> Vec<Node> {
    let Node::Element { children, .. } = cell else { return vec![cell.clone()] };
    let mut lines = Vec::new();
    children.iter().for_each(|child| push_lines(&mut lines, child, ""));
    let broken =
        || Node::Element { name: "hardBreak".into(), attributes: serde_json::Map::new(), children: Vec::new() };
    let mut line = Vec::new();
    for (index, nodes) in lines.into_iter().enumerate() {
        line.extend((index > 0).then(broken));
        line.extend(nodes);
    }
    joined(line)
}

fn push_lines(lines: &mut Vec<Vec<Node>>, node: &Node, sign: &str) {
    let plain = |text: &str| Node::Text { text: text.to_owned(), marks: Vec::new() };
    let signed = |nodes: Vec<Node>| match sign {
        "" => nodes,
        sign => std::iter::once(plain(sign)).chain(nodes).collect(),
    };
    let Node::Element { name, children, attributes } = node else { return lines.push(signed(vec![node.clone()])) };
    match name.as_str() {
        "image" | "file" | EMBED => lines.push(signed(vec![node.clone()])),
        "horizontalRule" => lines.push(signed(vec![plain("---")])),
        "codeBlock" => {
            let marks = vec![Mark { name: "code".into(), attributes: serde_json::json!({}) }];
            let line = |text: &str| joined(vec![Node::Text { text: text.to_owned(), marks: marks.clone() }]);
            lines.extend(code(node).split('\n').enumerate().map(|(index, text)| match index {
                0 => signed(line(text)),
                _ => line(text),
            }));
        }
        "bulletList" | "orderedList" | "taskList" => {
            let start = number(attributes, "start", 1);
            for (index, item) in children.iter().enumerate() {
                let sign = match name.as_str() {
                    "orderedList" => format!("{}. ", start.saturating_add(index as u64)),
                    "taskList" if is_checked(item) => "[x] ".to_owned(),
                    "taskList" => "[ ] ".to_owned(),
                    _ => "- ".to_owned(),
                };
                push_lines(lines, item, &sign);
            }
        }
        _ if node.is_line() => lines.push(signed(children.clone())),
        _ => children.iter().enumerate().for_each(|(index, child)| {
            push_lines(lines, child, if index == 0 { sign } else { "" });
        }),
    }
}
