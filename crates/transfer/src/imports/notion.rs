//! The peculiarities of Notion's exports: 32 digits in names, properties above the text, and databases as CSV.

use document::prose::{Node, Prose};
use serde_json::{Map, json};

use super::facts::Facts;
use super::report::Report;

/// The maximum numbers of rows and columns of a database that becomes a table. A larger table is unreadable in a page.
const MOST_ROWS: usize = 500;
const MOST_COLUMNS: usize = 30;
const ID_LENGTH: usize = 32;

/// A name without the id at its end: `Plan 0123456789abcdef0123456789abcdef`.
pub fn without_id(name: &str) -> &str {
    let split = name.len().checked_sub(ID_LENGTH).filter(|at| name.is_char_boundary(*at));
    let Some((title, id)) = split.map(|at| name.split_at(at)) else { return name };
    let is_id = id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    match title.strip_suffix([' ', '-']) {
        Some(title) if is_id && !title.is_empty() => title,
        _ => name,
    }
}

/// Takes the title and the properties from the beginning of an exported page, and returns the rest.
///
/// ```text
/// # Title
///
/// Tags: a, b
/// Created: March 1, 2026 10:05 AM
///
/// Text
/// ```
pub fn properties<'a>(text: &'a str, facts: &mut Facts) -> (&'a str, Vec<(String, String)>) {
    let text = text.trim_start_matches('\u{feff}');
    let Some(rest) = text.strip_prefix("# ") else { return (text, Vec::new()) };
    let (title, rest) = rest.split_once('\n').unwrap_or((rest, ""));
    facts.title = Some(title.trim().to_owned());
    let body = rest.trim_start_matches(['\r', '\n']);
    let end = body.find("\n\n").unwrap_or(body.len());
    let pair = |line: &str| {
        let (name, value) = line.trim_end().split_once(": ")?;
        let is_name = !name.is_empty() && name.len() <= 60 && !name.starts_with(['-', '#', '>', '|', '[', '!', ' ']);
        is_name.then(|| (name.to_owned(), value.trim().to_owned()))
    };
    let Some(pairs) = body[..end].lines().map(pair).collect::<Option<Vec<_>>>().filter(|pairs| !pairs.is_empty())
    else {
        return (body, Vec::new());
    };
    let others = pairs.into_iter().filter(|(name, value)| !known(name, value, facts)).collect();
    (body[end..].trim_start(), others)
}

/// Stores a property that pages have here too; `false` for another one.
fn known(name: &str, value: &str, facts: &mut Facts) -> bool {
    match name.to_lowercase().as_str() {
        "tags" | "tag" | "labels" => facts.tags.extend(value.split(',').map(|tag| tag.trim().to_owned())),
        "created" | "created time" | "date created" => facts.created = Some(value.to_owned()),
        "last edited time" | "last edited" | "updated" => facts.modified = Some(value.to_owned()),
        "created by" | "author" | "owner" => facts.authors.push(value.to_owned()),
        _ => return false,
    }
    true
}

fn element(name: &str, children: Vec<Node>) -> Node {
    Node::Element { name: name.into(), attributes: Map::new(), children }
}

fn words(text: &str) -> Node {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let children = match text.is_empty() {
        true => Vec::new(),
        false => vec![Node::Text { text, marks: Vec::new() }],
    };
    element("paragraph", children)
}

/// A table of the properties that pages do not have here.
pub fn table_of(properties: Vec<(String, String)>) -> Option<Node> {
    let row = |(name, value): (String, String)| {
        element("tableRow", vec![element("tableHeader", vec![words(&name)]), element("tableCell", vec![words(&value)])])
    };
    let rows: Vec<Node> = properties.into_iter().map(row).collect();
    (!rows.is_empty()).then(|| element("table", rows))
}

/// A database as a table. `page` finds the page of a row by its name.
pub fn database(csv: &str, file: &str, page: &dyn Fn(&str) -> Option<String>, report: &mut Report) -> Prose {
    report.add(
        file,
        "A database became a table: its views, relations, roll-ups and formulas are not in the export",
        "",
    );
    let mut rows = read_csv(csv.trim_start_matches('\u{feff}'));
    if rows.len() > MOST_ROWS + 1 {
        report.add(file, format!("{} rows of the database were left out of the table", rows.len() - MOST_ROWS - 1), "");
        rows.truncate(MOST_ROWS + 1);
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    if columns > MOST_COLUMNS {
        report.add(file, format!("{} columns of the database were left out of the table", columns - MOST_COLUMNS), "");
    }
    let columns = columns.min(MOST_COLUMNS);
    let rows = rows.into_iter().enumerate().map(|(number, mut cells)| {
        cells.resize(columns, String::new());
        let kind = if number == 0 { "tableHeader" } else { "tableCell" };
        let cells = cells.into_iter().enumerate().map(|(column, text)| {
            let link = page(text.trim()).filter(|_| number > 0 && column == 0);
            let content = link.map_or_else(|| words(&text), |id| element("paragraph", vec![page_link(&id)]));
            element(kind, vec![content])
        });
        element("tableRow", cells.collect())
    });
    let rows: Vec<Node> = rows.collect();
    Prose(if rows.is_empty() { Vec::new() } else { vec![element("table", rows)] })
}

fn page_link(id: &str) -> Node {
    let attributes = Map::from_iter([("document".to_owned(), json!(id))]);
    Node::Element { name: "pageLink".into(), attributes, children: Vec::new() }
}

/// Reads CSV as in RFC 4180: fields with commas, line feeds or quotes are quoted, and quotes in them are doubled.
fn read_csv(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            '\n' => cell.push(' '),
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [IN-6] Names, properties and databases of Notion are read.
    #[test]
    fn conventions_of_notion_are_read() {
        assert_eq!(without_id("Plan 0123456789abcdef0123456789abcdef"), "Plan");
        assert_eq!(without_id("Plan 2027"), "Plan 2027");
        assert_eq!(without_id("é23456789abcdef0123456789abcdef0"), "é23456789abcdef0123456789abcdef0");
        let mut facts = Facts::default();
        let (rest, others) = properties("# Plan\n\nTags: a, b\nBudget: 12\nCreated by: Ann\n\nText: x\n", &mut facts);
        assert_eq!((facts.title.as_deref(), rest), (Some("Plan"), "Text: x\n"));
        assert_eq!((facts.tags, facts.authors), (vec!["a".to_owned(), "b".to_owned()], vec!["Ann".to_owned()]));
        assert_eq!(others, [("Budget".to_owned(), "12".to_owned())]);
        let (rest, others) = properties("# Plan\n\nA sentence.\n\nMore", &mut Facts::default());
        assert_eq!((rest, others.len()), ("A sentence.\n\nMore", 0));
        assert_eq!(read_csv("a,\"b, \"\"c\"\"\nd\"\r\ne,\n"), [vec!["a", "b, \"c\" d"], vec!["e", ""]]);
    }
}
