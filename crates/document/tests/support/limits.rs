//! The limits of Markdown. docs/text.md lists what Markdown cannot express; each line of that list is one function
//! here.

use document::prose::{Mark, Node};
use serde_json::{Map, Value, json};

type Attributes = Map<String, Value>;
type Limit = fn(Vec<Node>) -> Vec<Node>;
/// Changes a cell. Called with the numbers of its row and column, the cells of the first row, and the cell.
type ChangeCell<'a> = &'a dyn Fn(usize, usize, &[Node], Node) -> Node;

/// The limits as the docs list them, each with its effect on a document that is written as Markdown and read back.
pub const LIMITS: [(&str, Limit); 13] = [
    ("alignment of paragraphs and headings", |nodes| without(nodes, &["textAlign"])),
    ("blank lines", without_blank_lines),
    ("blocks in a cell", lines_in_cells),
    ("header cells", header_cells),
    ("rows of different width", equally_wide),
    ("spans and widths of cells", spans),
    ("alignment of a single cell", aligned),
    ("targets of links", targets),
    ("sizes of images", |nodes| without(nodes, &["width", "height"])),
    ("numbering of lists", numbering),
    ("languages of several words", first_word),
    ("carriage returns in code", without_returns),
    ("white space at the edge of marked text", unmarked_edges),
];

/// The content that is left of a document in Markdown.
pub fn expressible(nodes: Vec<Node>) -> Vec<Node> {
    let limited = LIMITS.iter().fold(empty_is_none(nodes), |nodes, (_, limit)| limit(nodes));
    joined(limited)
}

fn element(name: &str, attributes: Attributes, children: Vec<Node>) -> Node {
    Node::Element { name: name.to_owned(), attributes, children }
}

fn blank() -> Node {
    element("paragraph", Map::new(), Vec::new())
}

/// Changes every element, from the leaves up.
fn each(nodes: Vec<Node>, change: &dyn Fn(String, Attributes, Vec<Node>) -> Node) -> Vec<Node> {
    let of = |node| match node {
        Node::Element { name, attributes, children } => change(name, attributes, each(children, change)),
        text => text,
    };
    nodes.into_iter().map(of).collect()
}

fn texts(nodes: Vec<Node>, change: &dyn Fn(String, Vec<Mark>) -> Vec<Node>) -> Vec<Node> {
    let of = |node| match node {
        Node::Text { text, marks } => change(text, marks),
        Node::Element { name, attributes, children } => vec![element(&name, attributes, texts(children, change))],
    };
    nodes.into_iter().flat_map(of).collect()
}

fn marks(nodes: Vec<Node>, change: fn(Mark) -> Mark) -> Vec<Node> {
    texts(nodes, &|text, marks| vec![Node::Text { text, marks: marks.into_iter().map(change).collect() }])
}

/// The editor treats an empty attribute like none.
fn empty_is_none(nodes: Vec<Node>) -> Vec<Node> {
    let filled = |attributes: Attributes| attributes.into_iter().filter(|(_, value)| *value != json!("")).collect();
    let nodes = each(nodes, &|name, attributes, children| element(&name, filled(attributes), children));
    marks(nodes, |Mark { name, attributes }| match attributes {
        Value::Object(all) => {
            Mark { name, attributes: Value::Object(all.into_iter().filter(|(_, value)| *value != json!("")).collect()) }
        }
        attributes => Mark { name, attributes },
    })
}

fn without(nodes: Vec<Node>, names: &[&str]) -> Vec<Node> {
    each(nodes, &|name, mut attributes, children| {
        names.iter().for_each(|name| drop(attributes.remove(*name)));
        element(&name, attributes, children)
    })
}

fn without_marks(mark: Mark, names: &[&str]) -> Mark {
    let Value::Object(mut attributes) = mark.attributes else { return mark };
    names.iter().for_each(|name| drop(attributes.remove(*name)));
    Mark { name: mark.name, attributes: Value::Object(attributes) }
}

fn without_blank_lines(nodes: Vec<Node>) -> Vec<Node> {
    let is_blank = |node: &Node| *node == blank();
    let within = |name: String, attributes, mut children: Vec<Node>| {
        match name.as_str() {
            "listItem" | "taskItem" if !children.is_empty() => {
                let first = children.remove(0);
                children.retain(|child| !is_blank(child));
                children.insert(0, first);
            }
            "blockquote" | "callout" | "detailsContent" | "tableCell" | "tableHeader" => {
                let is_cell = name.starts_with("table");
                // In a cell, each of these is a line, which the next limit covers.
                if !is_cell {
                    children.retain(|child| !is_blank(child));
                }
                if children.is_empty() {
                    children.push(blank());
                }
            }
            _ => {}
        }
        element(&name, attributes, children)
    };
    let mut nodes = each(nodes, &within);
    nodes.retain(|node| !is_blank(node));
    if nodes.is_empty() { vec![blank()] } else { nodes }
}

/// A cell of several blocks becomes lines of text. This function does not state which lines, but every letter is kept.
fn lines_in_cells(nodes: Vec<Node>) -> Vec<Node> {
    each(nodes, &|name, attributes, children| {
        let is_cell = matches!(name.as_str(), "tableCell" | "tableHeader");
        let is_line = matches!(children.as_slice(), [Node::Element { name, .. }] if name == "paragraph");
        let is_image = matches!(children.as_slice(), [Node::Element { name, .. }] if matches!(name.as_str(), "image" | "file" | "embed"));
        match is_cell && !is_line && !is_image {
            true => element(&name, attributes, vec![several_lines(&children)]),
            false => element(&name, attributes, children),
        }
    })
}

/// The document that was read, without defaults. Cells that have several blocks in the written document contain only
/// their words.
pub fn comparable(wanted: &[Node], read: Vec<Node>) -> Vec<Node> {
    joined(like(wanted, spans(targets(read))))
}

fn like(wanted: &[Node], read: Vec<Node>) -> Vec<Node> {
    let of = |(index, node): (usize, Node)| match (wanted.get(index), node) {
        (Some(Node::Element { children: wanted, .. }), Node::Element { name, attributes, children }) => {
            let is_lines = matches!(wanted.as_slice(), [Node::Element { name, .. }] if name == "lines");
            element(&name, attributes, if is_lines { vec![several_lines(&children)] } else { like(wanted, children) })
        }
        (_, node) => node,
    };
    read.into_iter().enumerate().map(of).collect()
}

fn spans(nodes: Vec<Node>) -> Vec<Node> {
    without(nodes, &["colspan", "rowspan", "colwidth"])
}

fn targets(nodes: Vec<Node>) -> Vec<Node> {
    marks(nodes, |mark| without_marks(mark, &["target", "rel", "class"]))
}

/// A node that stands for the lines of a cell.
fn several_lines(nodes: &[Node]) -> Node {
    let text: String = nodes.iter().map(Node::text).collect();
    let word = |part: &str| part.split_once('x').map(|(number, _)| format!("word{number}x"));
    let words: Vec<String> = text.split("word").skip(1).filter_map(word).collect();
    element("lines", Map::new(), vec![Node::Text { text: words.join(" "), marks: Vec::new() }])
}

fn rows(nodes: Vec<Node>, change: ChangeCell<'_>) -> Vec<Node> {
    each(nodes, &|name, attributes, children| {
        if name != "table" {
            return element(&name, attributes, children);
        }
        let first = cells(&children[0]).to_vec();
        let row = |(at, row): (usize, Node)| {
            let cells = cells(&row).iter().cloned().enumerate().map(|(column, cell)| change(at, column, &first, cell));
            element("tableRow", Map::new(), cells.collect())
        };
        element(&name, attributes, children.into_iter().enumerate().map(row).collect())
    })
}

fn cells(row: &Node) -> &[Node] {
    if let Node::Element { children, .. } = row { children } else { &[] }
}

fn header_cells(nodes: Vec<Node>) -> Vec<Node> {
    rows(nodes, &|row, _, _, cell| match cell {
        Node::Element { attributes, children, .. } => {
            element(if row == 0 { "tableHeader" } else { "tableCell" }, attributes, children)
        }
        text => text,
    })
}

fn equally_wide(nodes: Vec<Node>) -> Vec<Node> {
    let nodes = each(nodes, &|name, attributes, mut children| {
        if name == "table" {
            let width = children.iter().map(|row| cells(row).len()).max().unwrap_or(0);
            for (index, row) in children.iter_mut().enumerate() {
                let Node::Element { children, .. } = row else { continue };
                let name = if index == 0 { "tableHeader" } else { "tableCell" };
                children.resize_with(width, || element(name, Map::new(), vec![blank()]));
            }
        }
        element(&name, attributes, children)
    });
    // A table without cells is not visible.
    let is_empty = |node: &Node| matches!(node, Node::Element { name, children, .. } if name == "table" && cells(&children[0]).is_empty());
    let nodes = each(nodes, &|name, attributes, mut children| {
        children.retain(|child| !is_empty(child));
        if children.is_empty() && matches!(name.as_str(), "blockquote" | "callout" | "detailsContent") {
            children.push(blank());
        }
        element(&name, attributes, children)
    });
    let mut nodes = nodes;
    nodes.retain(|node| !is_empty(node));
    if nodes.is_empty() { vec![blank()] } else { nodes }
}

fn aligned(nodes: Vec<Node>) -> Vec<Node> {
    rows(nodes, &|_, column, first, cell| match cell {
        Node::Element { name, mut attributes, children } => {
            attributes.remove("align");
            if let Some(Node::Element { attributes: of_first, .. }) = first.get(column)
                && let Some(align) = of_first.get("align")
            {
                attributes.insert("align".into(), align.clone());
            }
            element(&name, attributes, children)
        }
        text => text,
    })
}

fn numbering(nodes: Vec<Node>) -> Vec<Node> {
    each(nodes, &|name, mut attributes, children| {
        if name == "orderedList" {
            attributes.remove("type");
            let start = attributes.get("start").and_then(Value::as_u64).unwrap_or(1);
            attributes.insert("start".into(), json!(start.min(999_999_999)));
        }
        element(&name, attributes, children)
    })
}

fn first_word(nodes: Vec<Node>) -> Vec<Node> {
    each(nodes, &|name, mut attributes, children| {
        if let Some(Value::String(language)) = attributes.get_mut("language") {
            *language = language.split_ascii_whitespace().next().unwrap_or_default().to_owned();
        }
        element(&name, attributes, children)
    })
}

fn without_returns(nodes: Vec<Node>) -> Vec<Node> {
    each(nodes, &|name, attributes, children| match name.as_str() {
        "codeBlock" => {
            let line_feeds = |text: String, marks| vec![Node::Text { text: text.replace('\r', "\n"), marks }];
            element(&name, attributes, texts(children, &line_feeds))
        }
        _ => element(&name, attributes, children),
    })
}

fn unmarked_edges(nodes: Vec<Node>) -> Vec<Node> {
    texts(nodes, &|text, marks| {
        if marks.iter().any(|mark| mark.name == "code") {
            return vec![Node::Text { text, marks }];
        }
        let core = text.trim();
        let start = text.find(core).unwrap_or(0);
        let plain = |text: &str| Node::Text { text: text.to_owned(), marks: Vec::new() };
        let marked = Node::Text { text: core.to_owned(), marks: if core.is_empty() { Vec::new() } else { marks } };
        match core {
            "" => vec![plain(&text)],
            core => vec![plain(&text[..start]), marked, plain(&text[start + core.len()..])],
        }
    })
}

/// Adjacent texts with the same marks are one.
fn joined(nodes: Vec<Node>) -> Vec<Node> {
    let mut all: Vec<Node> = Vec::new();
    for node in nodes {
        match (all.last_mut(), node) {
            (_, Node::Text { text, .. }) if text.is_empty() => {}
            (Some(Node::Text { text, marks }), Node::Text { text: more, marks: same }) if *marks == same => {
                text.push_str(&more);
            }
            (_, Node::Element { name, attributes, children }) => {
                all.push(element(&name, attributes, joined(children)));
            }
            (_, text) => all.push(text),
        }
    }
    all
}
