//! Markdown (CommonMark with tables and task lists), written from the tree.

use super::{Mark, Node, Prose, attribute, is_safe_url, number};

impl Prose {
    pub fn to_markdown(&self) -> String {
        let mut text = blocks(&self.0, |_| "\n\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

/// A separator between two lists that Markdown would read as one.
const APART: &str = "<!-- -->";

fn blocks(nodes: &[Node], between: impl Fn(&Node) -> &'static str) -> String {
    let texts: Vec<String> = nodes.iter().map(block).collect();
    join(nodes, &texts, between)
}

/// Joins blocks that were written before. Each block is written once: twice on each level would take exponential time.
fn join(nodes: &[Node], texts: &[String], between: impl Fn(&Node) -> &'static str) -> String {
    let mut out = String::new();
    let mut last: Option<&Node> = None;
    for (node, text) in nodes.iter().zip(texts) {
        if text.is_empty() {
            continue;
        }
        if let Some(last) = last {
            let apart = bullet(last).is_some() && bullet(last) == bullet(node);
            out.push_str(if apart { "\n\n" } else { between(node) });
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

/// The kind of list as Markdown distinguishes them.
fn bullet(node: &Node) -> Option<bool> {
    match node {
        Node::Element { name, .. } if name == "orderedList" => Some(true),
        Node::Element { name, .. } if matches!(name.as_str(), "bulletList" | "taskList") => Some(false),
        _ => None,
    }
}

/// In Markdown, only a bullet list whose first item begins with text may follow a line directly.
fn follows_directly(node: &Node) -> bool {
    let Node::Element { children, .. } = node else { return false };
    bullet(node) == Some(false) && children.first().is_some_and(|item| !item.text().trim().is_empty())
}

fn block(node: &Node) -> String {
    let (name, attributes, children) = match node {
        Node::Text { text, marks } => return inline_text(text, marks, Signs::Markdown),
        Node::Element { name, attributes, children } => (name.as_str(), attributes, children),
    };
    match name {
        "heading" => {
            let level = number(attributes, "level", 1).clamp(1, 6) as usize;
            let mut line = inline(children).trim().replace("\\\n", "<br>");
            if line.ends_with('#') {
                line.insert(line.len() - 1, '\\');
            }
            format!("{} {line}", "#".repeat(level)).trim_end().to_owned()
        }
        "bulletList" => items(children, |_, _| "- ".to_owned()),
        "orderedList" => {
            let start = number(attributes, "start", 1);
            items(children, |index, _| format!("{}. ", start + index as u64))
        }
        "taskList" => items(children, |_, item| {
            let checked = matches!(item, Node::Element { attributes, .. } if attributes.get("checked").is_some_and(|checked| checked == true));
            if checked { "- [x] ".to_owned() } else { "- [ ] ".to_owned() }
        }),
        "blockquote" => prefixed(&blocks(children, |_| "\n\n"), "> ", "> "),
        "codeBlock" => {
            let code: String = children.iter().map(raw).collect();
            let fence = "`".repeat(longest_run(&code, '`').max(2) + 1);
            format!("{fence}{}\n{code}\n{fence}", attribute(attributes, "language"))
        }
        "table" => table(children),
        "horizontalRule" => "---".to_owned(),
        "image" => image(attributes),
        _ if node.is_line() => lines(&inline(children)),
        _ => blocks(children, |_| "\n\n"),
    }
}

fn items(items: &[Node], bullet: impl Fn(usize, &Node) -> String) -> String {
    let item = |(index, node): (usize, &Node)| {
        let bullet = bullet(index, node);
        let Node::Element { children, .. } = node else { return block(node) };
        // A task's checkbox is text: the following lines are indented to the dash only.
        let indent = " ".repeat(if bullet.starts_with("- ") { 2 } else { bullet.len() });
        let has_words = children.first().is_some_and(|first| !first.text().trim().is_empty());
        let texts: Vec<String> = children.iter().map(block).collect();
        let text = join(children, &texts, |next| if has_words && follows_directly(next) { "\n" } else { "\n\n" });
        // Content after an empty line, or a checkbox, would be read as part of that line.
        let empty_first = texts.first().is_some_and(String::is_empty);
        let text = match empty_first && (bullet.contains('[') || !text.is_empty()) {
            true => format!("{APART}\n\n{text}").trim_end().to_owned(),
            false => text,
        };
        prefixed(&text, &bullet, &indent)
    };
    items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
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
        let cell = |cell: &Node| match cell {
            Node::Element { children, .. } => {
                blocks(children, |_| "<br>").replace("\\\n", "<br>").replace('\n', "<br>")
            }
            Node::Text { text, marks } => inline_text(text, marks, Signs::Markdown),
        };
        children.iter().map(cell).collect()
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

fn image(attributes: &serde_json::Map<String, serde_json::Value>) -> String {
    let source = attribute(attributes, "src");
    match is_safe_url(source) {
        true => {
            format!("![{}]({})", escape(attribute(attributes, "alt")), target(source, attribute(attributes, "title")))
        }
        false => escape(attribute(attributes, "alt")),
    }
}

/// The part of a link or an image in round brackets.
fn target(url: &str, title: &str) -> String {
    let url = url.replace('\\', "%5C").replace('<', "%3C").replace('>', "%3E").replace(['\n', '\r'], "");
    match title {
        "" => format!("<{url}>"),
        title => format!("<{url}> \"{}\"", escape(title).replace('"', "\\\"")),
    }
}

/// How inline marks such as bold are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signs {
    Markdown,
    /// As HTML tags, where Markdown's signs would be read differently: `a**b**`, `***`, marks that overlap.
    Tags,
}

fn inline(children: &[Node]) -> String {
    let text = inline_with(children, Signs::Markdown);
    let marked = |node: &Node| matches!(node, Node::Text { marks, .. } if !marks.is_empty());
    if children.iter().any(marked) && !reads_back(&text, children) {
        return inline_with(children, Signs::Tags);
    }
    text
}

fn inline_with(children: &[Node], signs: Signs) -> String {
    let shows = |node: &Node| !node.text().trim().is_empty();
    let (first, last) = (children.iter().position(shows), children.iter().rposition(shows));
    let part = |(index, child): (usize, &Node)| match child {
        Node::Text { text, marks } => inline_text(text, marks, signs),
        // A backslash at the end of a paragraph is literal.
        Node::Element { name, .. } if name == "hardBreak" => match first < Some(index) && Some(index) < last {
            true => "\\\n".to_owned(),
            false => "<br>".to_owned(),
        },
        Node::Element { name, attributes, .. } if name == "image" => image(attributes),
        Node::Element { children, .. } => inline_with(children, signs),
    };
    children.iter().enumerate().map(part).collect()
}

/// Whether reading the Markdown gives the same marks on the same characters.
fn reads_back(text: &str, children: &[Node]) -> bool {
    let letters = |nodes: &[Node]| -> Vec<(char, Vec<String>)> {
        let of = |node: &Node| match node {
            Node::Text { text, marks } => {
                let names: Vec<String> = match marks.iter().find(|mark| mark.name == "code") {
                    Some(code) => vec![code.name.clone()],
                    None => marks.iter().filter(|mark| can_say(mark)).map(|mark| mark.name.clone()).collect(),
                };
                text.chars().filter(|c| !c.is_whitespace()).map(|c| (c, names.clone())).collect()
            }
            Node::Element { .. } => Vec::new(),
        };
        nodes.iter().flat_map(of).collect()
    };
    match Prose::from_markdown(text).as_ref().map(|prose| prose.0.as_slice()) {
        Ok([Node::Element { name, children: read, .. }]) if name == "paragraph" => letters(read) == letters(children),
        _ => false,
    }
}

/// Marks that can be written in Markdown, as a sign or a tag.
pub(super) fn can_say(mark: &Mark) -> bool {
    match mark.name.as_str() {
        "link" => mark.attributes.get("href").and_then(|href| href.as_str()).is_some_and(is_safe_url),
        name => matches!(name, "bold" | "italic" | "strike" | "underline" | "code"),
    }
}

fn inline_text(text: &str, marks: &[Mark], signs: Signs) -> String {
    let has = |name: &str| marks.iter().any(|mark| mark.name == name);
    let text = text.replace(['\n', '\r'], " ");
    if has("code") {
        let fence = "`".repeat(longest_run(&text, '`') + 1);
        let spaced = text.starts_with(' ') && text.ends_with(' ') && !text.trim().is_empty();
        let pad = if spaced || text.starts_with('`') || text.ends_with('`') { " " } else { "" };
        return format!("{fence}{pad}{text}{pad}{fence}");
    }
    // Marks do not include the space around a word: `** bold**` would be literal.
    let core = text.trim();
    let (before, after) = match text.find(core) {
        Some(start) if !core.is_empty() => (&text[..start], &text[start + core.len()..]),
        _ => return text,
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
    if has("underline") {
        marked = format!("<u>{marked}</u>");
    }
    if let Some(Mark { attributes, .. }) = marks.iter().find(|mark| mark.name == "link" && can_say(mark)) {
        let text = |name: &str| attributes.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        marked = format!("[{marked}]({})", target(text("href"), text("title")));
    }
    format!("{before}{marked}{after}")
}

/// Escapes a line that begins like a heading, a list or a quote, so that it stays a line.
fn lines(text: &str) -> String {
    let line = |line: &str| {
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        match line.as_bytes().get(digits) {
            Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &line[..digits], &line[digits..]),
            Some(b'#' | b'>' | b'-' | b'+' | b'=') if digits == 0 => format!("\\{line}"),
            _ => line.to_owned(),
        }
    };
    text.trim().split('\n').map(|each| line(each.trim_start())).collect::<Vec<_>>().join("\n")
}

fn raw(node: &Node) -> String {
    match node {
        Node::Text { text, .. } => text.clone(),
        Node::Element { children, .. } => children.iter().map(raw).collect(),
    }
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

/// Escapes characters that have a meaning in Markdown with a backslash.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '~' | '&') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
