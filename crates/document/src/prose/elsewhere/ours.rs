//! Turns a text of another editor into the form of our editor: with our names, items in lists, and lines in items,
//! cells and quotes.

use serde_json::{Map, Value, json};

use super::names::{Kind, List, kind, label, link, marks, url_of};
use crate::prose::schema::has_node;
use crate::prose::tree::{Mark, Node, attribute, joined, number};

/// The blocks of a text of another editor.
pub(super) fn blocks(nodes: Vec<Node>) -> Vec<Node> {
    let mut blocks = Blocks { is_line: nodes.iter().any(is_inline), ..Blocks::default() };
    nodes.into_iter().for_each(|node| blocks.add(node));
    blocks.end()
}

#[derive(Default)]
struct Blocks {
    out: Vec<Node>,
    /// A line without a block around it.
    line: Vec<Node>,
    /// Items without a list around them.
    items: Vec<Item>,
    /// Whether the nodes are in a line of text.
    is_line: bool,
}

struct Item {
    list: List,
    indent: u64,
    start: u64,
    checked: bool,
    children: Vec<Node>,
}

impl Blocks {
    fn add(&mut self, node: Node) {
        let Node::Element { name, attributes, children } = node else { return self.line.push(node) };
        let kind = kind(&name, &attributes);
        let is_atom = matches!(kind, Kind::Image | Kind::Unknown) && !children.iter().any(is_block);
        if matches!(kind, Kind::Break | Kind::Link) || self.is_line && is_atom {
            return self.line.push(Node::Element { name, attributes, children });
        }
        self.end_line();
        if let Kind::Item(list) = kind {
            let list = list.unwrap_or(if attributes.contains_key("checked") { List::Task } else { List::Bullet });
            return self.items.push(item(list, &attributes, children));
        }
        // BlockNote nests blocks under any block. Blocks under an item become part of the item.
        if kind == Kind::Container {
            let mut children = children.into_iter();
            children.by_ref().take(1).for_each(|content| self.add(content));
            let nested = blocks(children.collect());
            return match self.items.last_mut() {
                Some(item) => item.children.extend(nested),
                None => self.out.extend(nested),
            };
        }
        if kind == Kind::Group {
            return children.into_iter().for_each(|child| self.add(child));
        }
        self.end_items();
        self.out.extend(block(kind, name, attributes, children));
    }

    fn end_line(&mut self) {
        let line = inline(std::mem::take(&mut self.line), &[]);
        if !line.is_empty() {
            self.end_items();
            self.out.push(element("paragraph", Map::new(), line));
        }
    }

    fn end_items(&mut self) {
        let items = std::mem::take(&mut self.items);
        self.out.extend(lists(&mut items.into_iter().peekable(), 0));
    }

    fn end(mut self) -> Vec<Node> {
        self.end_line();
        self.end_items();
        self.out
    }
}

fn element(name: &str, attributes: Map<String, Value>, children: Vec<Node>) -> Node {
    Node::Element { name: name.to_owned(), attributes, children }
}

/// Whether a node can only be in a line.
fn is_inline(node: &Node) -> bool {
    match node {
        Node::Text { text, .. } => !text.is_empty(),
        Node::Element { name, attributes, .. } => matches!(kind(name, attributes), Kind::Break | Kind::Link),
    }
}

/// Whether a node is a block, or contains one.
fn is_block(node: &Node) -> bool {
    match node {
        Node::Text { .. } => false,
        Node::Element { name, attributes, children } => match kind(name, attributes) {
            Kind::Break | Kind::Link | Kind::Image => false,
            Kind::Unknown => children.iter().any(is_block),
            _ => true,
        },
    }
}

fn block(kind: Kind, name: String, attributes: Map<String, Value>, children: Vec<Node>) -> Vec<Node> {
    let one = |name: &str, attributes, children| vec![element(name, attributes, children)];
    match kind {
        Kind::Paragraph if children.iter().any(is_block) => blocks(children),
        // An image is a block of its own.
        Kind::Paragraph if !children.is_empty() && children.iter().all(is_image) => blocks(children),
        Kind::Paragraph => one("paragraph", Map::new(), inline(children, &[])),
        Kind::Heading(level) => one("heading", attribute_of("level", json!(level)), inline(children, &[])),
        Kind::Quote => one("blockquote", Map::new(), filled(children)),
        Kind::Code | Kind::CodeLine => {
            let language = attribute(&attributes, "language");
            let attributes = if language.is_empty() { Map::new() } else { attribute_of("language", json!(language)) };
            let text = Node::Text { text: code(&children), marks: Vec::new() };
            one("codeBlock", attributes, joined(vec![text]))
        }
        Kind::List(list) => {
            let items = items(list, &attributes, children);
            lists(&mut items.into_iter().peekable(), 0)
        }
        Kind::Table => one("table", Map::new(), rows(children)),
        Kind::Row | Kind::Cell { .. } => blocks(children),
        Kind::Rule => one("horizontalRule", Map::new(), Vec::new()),
        Kind::Image => vec![image(&attributes)],
        Kind::Unknown if children.is_empty() => {
            let text = said(&attributes, &[]);
            let line = if text.is_empty() { Vec::new() } else { one("paragraph", Map::new(), text) };
            // A node of another editor that has the name of one of our nodes is a different one: a file there has an
            // address, and no id.
            if has_node(&name) { line } else { one(&name, attributes, line) }
        }
        Kind::Unknown => one(&name, attributes, blocks(children)),
        Kind::Item(_) | Kind::Container | Kind::Group | Kind::Break | Kind::Link => blocks(children),
    }
}

fn attribute_of(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}

/// Blocks where our editor needs at least one.
fn filled(children: Vec<Node>) -> Vec<Node> {
    let blocks = blocks(children);
    if blocks.is_empty() { vec![element("paragraph", Map::new(), Vec::new())] } else { blocks }
}

fn code(children: &[Node]) -> String {
    let mut text = String::new();
    for child in children {
        match child {
            Node::Text { text: run, .. } => text.push_str(run),
            Node::Element { name, attributes, children } => match kind(name, attributes) {
                Kind::Break => text.push('\n'),
                _ if is_block(child) => {
                    let gap = if text.is_empty() { "" } else { "\n" };
                    text.push_str(gap);
                    text.push_str(&code(children));
                }
                _ => text.push_str(&code(children)),
            },
        }
    }
    text
}

fn item(list: List, attributes: &Map<String, Value>, children: Vec<Node>) -> Item {
    let mut children = filled(children);
    // An item of our editor begins with a line.
    if !matches!(&children[0], Node::Element { name, .. } if name == "paragraph") {
        children.insert(0, element("paragraph", Map::new(), Vec::new()));
    }
    let checked = attributes.get("checked").is_some_and(|checked| *checked == json!(true));
    let start = number(attributes, "start", 1);
    Item { list, indent: number(attributes, "indent", 0), start, checked, children }
}

/// The items of a list. A list that is directly in a list, or alone in an item, belongs to the item before it.
fn items(list: List, attributes: &Map<String, Value>, children: Vec<Node>) -> Vec<Item> {
    let start = number(attributes, "start", number(attributes, "order", 1));
    let mut items: Vec<Item> = Vec::new();
    for child in children {
        let is_list = |node: &Node| match node {
            Node::Element { name, attributes, .. } => matches!(kind(name, attributes), Kind::List(_)),
            Node::Text { .. } => false,
        };
        let belongs = match &child {
            Node::Element { name, attributes, children } => match kind(name, attributes) {
                Kind::List(_) => true,
                Kind::Item(_) => !children.is_empty() && children.iter().all(is_list),
                _ => false,
            },
            Node::Text { .. } => false,
        };
        let (attributes, children) = match child {
            Node::Element { name, attributes, children } => match kind(&name, &attributes) {
                Kind::Item(_) => (attributes, children),
                _ => (Map::new(), vec![Node::Element { name, attributes, children }]),
            },
            text => (Map::new(), vec![text]),
        };
        match items.last_mut() {
            Some(before) if belongs => before.children.extend(blocks(children)),
            _ => items.push(Item { indent: 0, start, ..item(list, &attributes, children) }),
        }
    }
    items
}

/// Items as lists. Deeper items become part of the item before them.
fn lists(items: &mut std::iter::Peekable<std::vec::IntoIter<Item>>, indent: u64) -> Vec<Node> {
    let mut lists: Vec<(List, Node)> = Vec::new();
    while let Some(item) = items.next_if(|item| item.indent >= indent) {
        let mut inside = item.children;
        inside.extend(self::lists(items, item.indent + 1));
        let (list, name, own) = match item.list {
            List::Bullet => ("bulletList", "listItem", Map::new()),
            List::Ordered => ("orderedList", "listItem", Map::new()),
            List::Task => ("taskList", "taskItem", attribute_of("checked", json!(item.checked))),
        };
        let new = element(name, own, inside);
        match lists.last_mut() {
            Some((kind, Node::Element { children, .. })) if *kind == item.list => children.push(new),
            _ => {
                let is_numbered = item.list == List::Ordered && item.start != 1;
                let attributes = if is_numbered { attribute_of("start", json!(item.start)) } else { Map::new() };
                lists.push((item.list, element(list, attributes, vec![new])));
            }
        }
    }
    lists.into_iter().map(|(_, list)| list).collect()
}

fn rows(children: Vec<Node>) -> Vec<Node> {
    let mut rows = Vec::new();
    for child in children {
        let Node::Element { name, attributes, children } = child else {
            rows.push(element("tableRow", Map::new(), vec![cell(false, &Map::new(), vec![child])]));
            continue;
        };
        match kind(&name, &attributes) {
            Kind::Row => rows.push(element("tableRow", Map::new(), children.into_iter().map(any_cell).collect())),
            Kind::Group => rows.extend(self::rows(children)),
            _ => {
                let cell = any_cell(Node::Element { name, attributes, children });
                rows.push(element("tableRow", Map::new(), vec![cell]));
            }
        }
    }
    rows
}

fn any_cell(node: Node) -> Node {
    match node {
        Node::Element { name, attributes, children } => match kind(&name, &attributes) {
            Kind::Cell { is_header } => cell(is_header, &attributes, children),
            _ => cell(false, &Map::new(), vec![Node::Element { name, attributes, children }]),
        },
        text => cell(false, &Map::new(), vec![text]),
    }
}

fn cell(is_header: bool, attributes: &Map<String, Value>, children: Vec<Node>) -> Node {
    let ours =
        [("colspan", ["colspan", "colSpan"]), ("rowspan", ["rowspan", "rowSpan"]), ("align", ["align", "align"])];
    let ours = ours.iter().filter_map(|(name, others)| {
        let value = others.iter().find_map(|other| attributes.get(*other))?;
        Some(((*name).to_owned(), value.clone()))
    });
    element(if is_header { "tableHeader" } else { "tableCell" }, ours.collect(), filled(children))
}

fn is_image(node: &Node) -> bool {
    matches!(node, Node::Element { name, attributes, .. } if kind(name, attributes) == Kind::Image)
}

fn image(attributes: &Map<String, Value>) -> Node {
    let first = |keys: &[&str]| keys.iter().map(|key| attribute(attributes, key)).find(|text| !text.is_empty());
    let texts = [
        ("src", first(&["src", "url"])),
        ("alt", first(&["alt", "altText", "caption", "name"])),
        ("title", first(&["title"])),
    ];
    let texts = texts.iter().filter_map(|(key, value)| Some(((*key).to_owned(), json!((*value)?))));
    let sizes = ["width", "height"].into_iter().filter_map(|key| Some((key.to_owned(), attributes.get(key)?.clone())));
    element("image", texts.chain(sizes.filter(|(_, size)| size.is_number())).collect(), Vec::new())
}

/// The text for a node of an app's own kind without content.
fn said(attributes: &Map<String, Value>, inherited: &[Mark]) -> Vec<Node> {
    let (text, link) = label(attributes);
    let own: Vec<Mark> = link.into_iter().collect();
    joined(vec![Node::Text { text, marks: marks(&own, inherited) }])
}

/// A line of text. A line feed in it is a break.
fn inline(nodes: Vec<Node>, inherited: &[Mark]) -> Vec<Node> {
    let mut line = Vec::new();
    let break_ = || element("hardBreak", Map::new(), Vec::new());
    for node in nodes {
        let (name, attributes, children) = match node {
            Node::Text { text, marks: own } => {
                let own = marks(&own, inherited);
                for (index, part) in text.split('\n').enumerate() {
                    line.extend((index > 0).then(break_));
                    line.push(Node::Text { text: part.to_owned(), marks: own.clone() });
                }
                continue;
            }
            Node::Element { name, attributes, children } => (name, attributes, children),
        };
        match kind(&name, &attributes) {
            Kind::Break => line.push(break_()),
            Kind::Image => line.push(image(&attributes)),
            Kind::Link => {
                let own = marks(&[link(url_of(&attributes))], inherited);
                match children.is_empty() {
                    true => line.extend(said(&attributes, &own)),
                    false => line.extend(inline(children, &own)),
                }
            }
            _ if children.is_empty() && has_node(&name) => line.extend(said(&attributes, inherited)),
            _ if children.is_empty() => line.push(element(&name, attributes.clone(), said(&attributes, inherited))),
            Kind::Unknown => line.push(element(&name, attributes, inline(children, inherited))),
            _ => line.extend(inline(children, inherited)),
        }
    }
    joined(line)
}
