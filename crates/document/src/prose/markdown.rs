//! Markdown (CommonMark with tables and task lists), written from the tree.

use super::{Mark, Node, Prose, attribute, is_safe_url, number};

impl Prose {
    pub fn to_markdown(&self) -> String {
        let mut text = blocks(&self.0, "\n\n");
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }
}

fn blocks(nodes: &[Node], between: &str) -> String {
    nodes.iter().map(block).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
}

fn block(node: &Node) -> String {
    let (name, attributes, children) = match node {
        Node::Text { text, marks } => return inline_text(text, marks),
        Node::Element { name, attributes, children } => (name.as_str(), attributes, children),
    };
    match name {
        "heading" => {
            let level = number(attributes, "level", 1).clamp(1, 6) as usize;
            format!("{} {}", "#".repeat(level), inline(children))
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
        "blockquote" => prefixed(&blocks(children, "\n\n"), "> ", "> "),
        "codeBlock" => {
            let code: String = children.iter().map(raw).collect();
            let fence = "`".repeat(longest_run(&code, '`').max(2) + 1);
            format!("{fence}{}\n{code}\n{fence}", attribute(attributes, "language"))
        }
        "table" => table(children),
        "horizontalRule" => "---".to_owned(),
        "image" => image(attributes),
        _ if node.is_line() => inline(children),
        _ => blocks(children, "\n\n"),
    }
}

fn items(items: &[Node], bullet: impl Fn(usize, &Node) -> String) -> String {
    let item = |(index, node): (usize, &Node)| {
        let bullet = bullet(index, node);
        let Node::Element { children, .. } = node else { return block(node) };
        // A task's box is text: what follows is indented to the dash only.
        let indent = " ".repeat(if bullet.starts_with("- ") { 2 } else { bullet.len() });
        prefixed(&blocks(children, "\n"), &bullet, &indent)
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
            Node::Element { children, .. } => blocks(children, " ").replace('\n', " "),
            Node::Text { text, marks } => inline_text(text, marks),
        };
        children.iter().map(cell).collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if width == 0 {
        return String::new();
    }
    let line = |cells: &[String]| {
        let cells: Vec<&str> = (0..width).map(|index| cells.get(index).map_or("", String::as_str)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![line(&rows[0]), format!("|{}", " --- |".repeat(width))];
    lines.extend(rows[1..].iter().map(|row| line(row)));
    lines.join("\n")
}

fn image(attributes: &serde_json::Map<String, serde_json::Value>) -> String {
    let source = attribute(attributes, "src");
    match is_safe_url(source) {
        true => format!("![{}](<{}>)", escape(attribute(attributes, "alt")), source.replace(['<', '>', '\n'], "")),
        false => escape(attribute(attributes, "alt")),
    }
}

fn inline(children: &[Node]) -> String {
    let part = |child: &Node| match child {
        Node::Text { text, marks } => inline_text(text, marks),
        Node::Element { name, .. } if name == "hardBreak" => "\\\n".to_owned(),
        Node::Element { name, attributes, .. } if name == "image" => image(attributes),
        Node::Element { children, .. } => inline(children),
    };
    children.iter().map(part).collect()
}

fn inline_text(text: &str, marks: &[Mark]) -> String {
    let has = |name: &str| marks.iter().any(|mark| mark.name == name);
    if has("code") {
        let fence = "`".repeat(longest_run(text, '`') + 1);
        return format!("{fence}{text}{fence}");
    }
    // Marks do not reach over the space around a word: `** bold**` would be literal.
    let core = text.trim();
    let (before, after) = match text.find(core) {
        Some(start) if !core.is_empty() => (&text[..start], &text[start + core.len()..]),
        _ => return text.to_owned(),
    };
    let mut marked = escape(core);
    for (name, sign) in [("bold", "**"), ("italic", "*"), ("strike", "~~")] {
        if has(name) {
            marked = format!("{sign}{marked}{sign}");
        }
    }
    let link = marks.iter().find(|mark| mark.name == "link");
    let href = link.and_then(|link| link.attributes.get("href")).and_then(|href| href.as_str());
    if let Some(href) = href.filter(|href| is_safe_url(href)) {
        marked = format!("[{marked}](<{}>)", href.replace(['<', '>', '\n'], ""));
    }
    format!("{before}{marked}{after}")
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

/// Characters that would begin something are written with a backslash.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, c) in text.char_indices() {
        let at_start = index == 0 && matches!(c, '#' | '>' | '-' | '+');
        if at_start || matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '|' | '~') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
