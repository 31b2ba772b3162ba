//! The tree of the editor: nodes, marks and text, as they are read from a document.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{Any, Out, ReadTxn, Text, TextRef, Xml, XmlElementRef};

use super::embeds::EMBED;
use crate::{nesting::MAX_NESTING, roots::Roots};

/// Name of the root that our editor uses.
pub const ROOT: &str = "default";

/// The name of the inline node that links to a page by its id, and shows the page's current title.
pub(crate) const PAGE_LINK: &str = "pageLink";

/// The roots that our own documents declare.
pub fn editor_roots() -> Roots {
    Roots::xml([ROOT.to_owned()])
}

/// Most nodes that are read. An honest document has fewer nodes than blocks; a document with more was built to be slow.
pub(crate) const MAX_NODES: usize = crate::update::MAX_BLOCKS;

/// One node of the editor's schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Element { name: String, attributes: Map<String, Value>, children: Vec<Node> },
    Text { text: String, marks: Vec<Mark> },
}

/// Bold, a link, ...
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub name: String,
    pub attributes: Value,
}

/// The target of a link in the text, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkTarget<'a> {
    /// The address of a link.
    Address(&'a str),
    /// The id of a document, in a node that shows its current title.
    Document(&'a str),
}

/// The tree under the root, top-level blocks first to last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prose(pub Vec<Node>);

/// The content of a shared type, in order. Walked like text: yrs's own iterators over children do not terminate if a
/// root contains content of another type.
pub(crate) fn children<T: ReadTxn>(txn: &T, parent: &impl AsRef<Branch>, depth: usize, left: &mut usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    if depth >= MAX_NESTING {
        return nodes;
    }
    for chunk in TextRef::from(BranchPtr::from(parent.as_ref())).diff(txn, YChange::identity) {
        if *left == 0 {
            break;
        }
        *left -= 1;
        match chunk.insert {
            Out::YXmlElement(element) => nodes.push(Node::Element {
                name: element.tag().to_string(),
                attributes: attributes(txn, &element),
                children: children(txn, &element, depth + 1, left),
            }),
            Out::YXmlText(text) => nodes.extend(children(txn, &text, depth + 1, left)),
            Out::YXmlFragment(fragment) => nodes.extend(children(txn, &fragment, depth + 1, left)),
            Out::Any(Any::String(run)) => {
                let marks = chunk.attributes.as_deref().map(marks).unwrap_or_default();
                // Replaced as in the plain text, whose offsets are the same.
                nodes.push(Node::Text { text: run.replace('\0', "\u{fffd}"), marks });
            }
            _ => {}
        }
    }
    joined(nodes)
}

/// Attributes that are `null` are left out, as the editor does.
pub(crate) fn attributes<T: ReadTxn>(txn: &T, element: &XmlElementRef) -> Map<String, Value> {
    attributes_of(txn, element)
}

/// Like [`attributes`], for any XML node, including texts.
pub(super) fn attributes_of<T: ReadTxn>(txn: &T, node: &impl Xml) -> Map<String, Value> {
    let all = node.attributes(txn).map(|(key, value)| (key.to_owned(), plain(&value)));
    all.filter(|(_, value)| !value.is_null()).collect()
}

pub(crate) fn marks(attributes: &Attrs) -> Vec<Mark> {
    let present = attributes.iter().filter(|(_, value)| !matches!(value, Any::Null | Any::Undefined));
    // y-prosemirror writes `name--hash` for marks that may overlap. yrs keeps them in no particular order, so they are
    // sorted: two readings of a text must give the same order.
    let name = |key: &str| key.split("--").next().unwrap_or(key).to_owned();
    let mut present: Vec<_> = present.map(|(key, value)| (name(key), key, value)).collect();
    present.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    present.into_iter().map(|(name, _, value)| Mark { name, attributes: any(value) }).collect()
}

pub(super) fn plain(value: &Out) -> Value {
    match value {
        Out::Any(value) => any(value),
        _ => Value::Null,
    }
}

fn any(value: &Any) -> Value {
    match value {
        Any::Null | Any::Undefined | Any::Buffer(_) => Value::Null,
        Any::Bool(value) => json!(value),
        // JavaScript has one number type: whole numbers are written as integers.
        Any::Number(_) => {
            let mut text = String::new();
            value.to_json(&mut text);
            match text.parse::<f64>() {
                Ok(number) if number.fract() == 0.0 && number.abs() < 9e15 => json!(number as i64),
                Ok(number) => json!(number),
                Err(_) => Value::Null,
            }
        }
        Any::String(text) => json!(text.as_ref()),
        Any::Array(values) => values.iter().map(any).collect(),
        Any::Map(map) => Value::Object(map.iter().map(|(key, value)| (key.to_string(), any(value))).collect()),
    }
}

impl Prose {
    /// The editor's own JSON: `{type: "doc", content: […]}`.
    pub fn to_json(&self) -> Value {
        json!({ "type": "doc", "content": self.0.iter().map(Node::to_json).collect::<Vec<_>>() })
    }

    /// The ids of the documents that the text's page links name, each once, in the order of the text.
    pub fn page_links(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.0.iter().for_each(|node| node.page_links(&mut found));
        let mut seen = HashSet::new();
        found.retain(|document| seen.insert(*document));
        found
    }

    /// Gives each page link the current title of its document, for formats that people read. A link without a title is
    /// shown only as a link. A document never stores titles, because not everybody who may read a link may read its
    /// target.
    pub fn with_titles(mut self, titles: &HashMap<String, String>) -> Prose {
        self.0.iter_mut().for_each(|node| node.fill_titles(titles));
        self
    }

    /// The ids of the attachments that the text shows, each once.
    pub fn attachments(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.0.iter().for_each(|node| node.attachments(&mut found));
        let mut seen = HashSet::new();
        found.retain(|id| seen.insert(*id));
        found
    }

    /// Replaces the ids of attachments.
    pub fn with_attachments(mut self, ids: &HashMap<String, String>) -> Prose {
        self.0.iter_mut().for_each(|node| node.reattach(ids));
        self
    }

    /// The text without images and files that are attachments, because attachments belong to one document.
    pub fn without_attachments(self) -> Prose {
        Prose(Node::detached(self.0))
    }

    /// Replaces the targets of page links.
    pub fn with_links(mut self, targets: &HashMap<String, String>) -> Prose {
        self.0.iter_mut().for_each(|node| node.retarget(targets));
        self
    }

    /// The number of nodes, including runs of text.
    pub fn nodes(&self) -> usize {
        self.0.iter().map(Node::nodes).sum()
    }

    /// Whether the top level consists of elements only, as an editor writes it, without bare text or values.
    pub fn is_an_editors(&self) -> bool {
        self.0.iter().all(|node| matches!(node, Node::Element { .. }))
    }

    /// The plain text: the lines, separated by line feeds.
    pub fn to_text(&self) -> String {
        self.lines().join("\n")
    }

    /// The plain text of each line: paragraphs, headings and others, in order.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.0.iter().for_each(|node| node.lines(&mut lines));
        lines
    }

    /// The targets of the text's links, in order: addresses of link marks, and ids of documents in `pageLink` nodes.
    pub fn link_targets(&self) -> Vec<LinkTarget<'_>> {
        let mut targets = Vec::new();
        self.0.iter().for_each(|node| node.link_targets(&mut targets));
        targets
    }

    /// The number of words as a reader counts them.
    pub fn words(&self) -> usize {
        self.to_text().split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
    }
}

impl Node {
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Node::Element { name, attributes, children } => {
                let mut node = Map::from_iter([("type".to_owned(), json!(name))]);
                if !attributes.is_empty() {
                    node.insert("attrs".into(), Value::Object(attributes.clone()));
                }
                if !children.is_empty() {
                    node.insert("content".into(), children.iter().map(Node::to_json).collect());
                }
                Value::Object(node)
            }
            Node::Text { text, marks } if marks.is_empty() => json!({ "type": "text", "text": text }),
            Node::Text { text, marks } => {
                let mark = |mark: &Mark| match &mark.attributes {
                    Value::Object(attributes) if !attributes.is_empty() => {
                        json!({ "type": mark.name, "attrs": attributes })
                    }
                    _ => json!({ "type": mark.name }),
                };
                json!({ "type": "text", "text": text, "marks": marks.iter().map(mark).collect::<Vec<_>>() })
            }
        }
    }

    /// A block whose children are text is a line; other blocks are descended into.
    pub(super) fn lines(&self, lines: &mut Vec<String>) {
        match self {
            Node::Text { text, .. } => lines.push(text.clone()),
            Node::Element { children, .. } if self.is_line() => {
                lines.push(children.iter().map(Node::inline_text).collect())
            }
            Node::Element { children, .. } => children.iter().for_each(|child| child.lines(lines)),
        }
    }

    fn link_targets<'a>(&'a self, targets: &mut Vec<LinkTarget<'a>>) {
        match self {
            Node::Text { marks, .. } => {
                let links = marks.iter().filter(|mark| mark.name == "link");
                let addresses = links.filter_map(|mark| mark.attributes.get("href")?.as_str());
                targets.extend(addresses.map(LinkTarget::Address));
            }
            Node::Element { name, attributes, .. } if name == "pageLink" => {
                targets.extend(attributes.get("document").and_then(Value::as_str).map(LinkTarget::Document));
            }
            Node::Element { name, attributes, .. } if name == EMBED => {
                targets.push(LinkTarget::Address(attribute(attributes, "href")));
            }
            Node::Element { children, .. } => children.iter().for_each(|child| child.link_targets(targets)),
        }
    }

    pub(crate) fn is_line(&self) -> bool {
        match self {
            Node::Element { name, children, .. } => {
                is_line_name(name) || children.iter().any(|child| matches!(child, Node::Text { .. }))
            }
            Node::Text { .. } => false,
        }
    }

    pub(crate) fn children(&self) -> &[Node] {
        match self {
            Node::Element { children, .. } => children,
            Node::Text { .. } => &[],
        }
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Node::Element { name, .. } => name,
            Node::Text { .. } => "text",
        }
    }

    fn nodes(&self) -> usize {
        match self {
            Node::Text { .. } => 1,
            Node::Element { children, .. } => 1 + children.iter().map(Node::nodes).sum::<usize>(),
        }
    }

    fn page_links<'a>(&'a self, found: &mut Vec<&'a str>) {
        if let Node::Element { name, attributes, children } = self {
            if name == PAGE_LINK {
                found.push(attribute(attributes, "document"));
            }
            children.iter().for_each(|child| child.page_links(found));
        }
    }

    fn attachments<'a>(&'a self, found: &mut Vec<&'a str>) {
        if let Node::Element { name, attributes, children } = self {
            found.extend(attachment(attributes).filter(|_| is_picture(name)));
            children.iter().for_each(|child| child.attachments(found));
        }
    }

    fn reattach(&mut self, ids: &HashMap<String, String>) {
        if let Node::Element { name, attributes, children } = self {
            if is_picture(name)
                && let Some(id) = ids.get(attribute(attributes, "attachment"))
            {
                attributes.insert("attachment".into(), json!(id));
            }
            children.iter_mut().for_each(|child| child.reattach(ids));
        }
    }

    fn detached(nodes: Vec<Node>) -> Vec<Node> {
        let keep = |node: Node| match node {
            Node::Element { name, attributes, .. } if is_picture(&name) && attachment(&attributes).is_some() => None,
            Node::Element { name, attributes, children } => {
                Some(Node::Element { name, attributes, children: Node::detached(children) })
            }
            text @ Node::Text { .. } => Some(text),
        };
        let mut kept: Vec<Node> = nodes.into_iter().filter_map(keep).collect();
        // A quote, an item or a cell cannot be empty.
        for node in &mut kept {
            if let Node::Element { name, children, .. } = node
                && children.is_empty()
                && matches!(
                    name.as_str(),
                    "blockquote" | "callout" | "detailsContent" | "listItem" | "taskItem" | "tableCell" | "tableHeader"
                )
            {
                children.push(Node::Element { name: "paragraph".into(), attributes: Map::new(), children: Vec::new() });
            }
        }
        kept
    }

    fn retarget(&mut self, targets: &HashMap<String, String>) {
        if let Node::Element { name, attributes, children } = self {
            if name == PAGE_LINK
                && let Some(target) = targets.get(attribute(attributes, "document"))
            {
                attributes.insert("document".into(), json!(target));
            }
            children.iter_mut().for_each(|child| child.retarget(targets));
        }
    }

    fn fill_titles(&mut self, titles: &HashMap<String, String>) {
        if let Node::Element { name, attributes, children } = self {
            if name == PAGE_LINK {
                match titles.get(attribute(attributes, "document")) {
                    Some(title) => attributes.insert("title".into(), json!(title)),
                    None => attributes.remove("title"),
                };
            }
            children.iter_mut().for_each(|child| child.fill_titles(titles));
        }
    }

    pub(crate) fn as_text(&self) -> Option<(&str, &[Mark])> {
        match self {
            Node::Text { text, marks } => Some((text, marks)),
            Node::Element { .. } => None,
        }
    }

    /// A paragraph of plain text.
    pub fn paragraph(text: &str) -> Node {
        let text = Node::Text { text: text.to_owned(), marks: Vec::new() };
        Node::Element { name: "paragraph".into(), attributes: Map::new(), children: vec![text] }
    }

    /// All text under the node, without separators between blocks.
    pub fn text(&self) -> String {
        match self {
            Node::Text { text, .. } => text.clone(),
            Node::Element { children, .. } => children.iter().map(Node::text).collect(),
        }
    }

    pub(crate) fn inline_text(&self) -> String {
        match self {
            Node::Text { text, .. } => text.clone(),
            Node::Element { name, .. } if name == "hardBreak" => "\n".to_owned(),
            Node::Element { name, attributes, .. } if name == PAGE_LINK => attribute(attributes, "title").to_owned(),
            Node::Element { children, .. } => children.iter().map(Node::inline_text).collect(),
        }
    }
}

/// Whether a node is a block that contains a line of text, empty or not.
pub(crate) fn is_line_name(name: &str) -> bool {
    matches!(name, "paragraph" | "heading" | "codeBlock" | "detailsSummary")
}

pub(crate) fn attribute<'a>(attributes: &'a Map<String, Value>, name: &str) -> &'a str {
    attributes.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn number(attributes: &Map<String, Value>, name: &str, default: u64) -> u64 {
    attributes.get(name).and_then(Value::as_u64).unwrap_or(default)
}

/// The prefix of the address of an attachment in Markdown, for an image; the next one is for a file.
pub(crate) const ATTACHMENT: &str = "attachment:";
pub(crate) const FILE: &str = "file:";

/// The id of the attachment that an image or file shows. A text never contains the address of an attachment.
pub(crate) fn attachment(attributes: &Map<String, Value>) -> Option<&str> {
    Some(attribute(attributes, "attachment")).filter(|id| is_id(id))
}

/// Whether a text is a UUID in its usual form.
pub(crate) fn is_id(text: &str) -> bool {
    let is_part = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_part)
}

/// Whether a node of this name is shown as a block of its own, without text in it.
pub(crate) fn is_picture(name: &str) -> bool {
    matches!(name, "image" | "file" | EMBED)
}

/// Whether an address is allowed in a link or an image: it must not have a scheme that runs code.
pub(crate) fn is_safe_url(url: &str) -> bool {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.trim().to_lowercase());
    match scheme {
        Some(scheme) => matches!(scheme.as_str(), "http" | "https" | "mailto"),
        None => url.starts_with('/') || url.starts_with('#'),
    }
}

/// The address of a page link; `None` if the link names no document.
pub(crate) fn page_address(attributes: &Map<String, Value>) -> Option<String> {
    let document = attribute(attributes, "document");
    is_id(document).then(|| format!("/documents/{document}"))
}

/// The words that a page link shows: the title, or words for any page.
pub(crate) fn page_words(attributes: &Map<String, Value>) -> &str {
    match attribute(attributes, "title") {
        title if title.trim().is_empty() => "Page",
        title => title,
    }
}

/// The document at an address that [`page_address`] wrote.
pub(crate) fn page_at(address: &str) -> Option<&str> {
    address.strip_prefix("/documents/").filter(|document| is_id(document))
}

/// Merges adjacent texts with the same marks.
pub(crate) fn joined(nodes: Vec<Node>) -> Vec<Node> {
    let mut joined: Vec<Node> = Vec::with_capacity(nodes.len());
    for node in nodes {
        match (joined.last_mut(), node) {
            (_, Node::Text { text, .. }) if text.is_empty() => {}
            (Some(Node::Text { text, marks }), Node::Text { text: more, marks: same }) if *marks == same => {
                text.push_str(&more);
            }
            (_, node) => joined.push(node),
        }
    }
    joined
}
