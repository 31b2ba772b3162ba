//! The editor's schema: the content that the editor accepts. `schema.json` is the editor's own schema; a test of the
//! web app keeps both equal.
//!
//! The editor deletes content that does not fit its schema, so the server writes nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::embeds::{EMBED, is_web_address};
use super::footnotes::FOOTNOTE;
use super::palette::wrong_word;
use super::tree::{
    Mark, Node, PAGE_LINK, Prose, attachment, attribute, is_id, is_picture, is_safe_url, joined, number,
};
use crate::nesting::MAX_NESTING;

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| serde_json::from_str(include_str!("schema.json")).expect("schema.json is part of this crate"));

/// Content that the editor would delete.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{at}: {reason}")]
pub struct ContentError {
    /// The place, as a path in the JSON: `content[2].content[0]`.
    pub at: String,
    pub reason: String,
}

#[derive(Deserialize)]
struct Schema {
    /// Rises with each change of the schema.
    version: u32,
    nodes: HashMap<String, NodeType>,
    marks: HashMap<String, MarkType>,
}

#[derive(Deserialize)]
struct NodeType {
    /// A ProseMirror content expression.
    content: String,
    group: String,
    /// The marks that the node's text may have: `null` for all, `""` for none.
    marks: Option<String>,
    /// Every attribute and its default.
    attributes: Map<String, Value>,
}

#[derive(Deserialize)]
struct MarkType {
    /// `"_"` if the mark excludes all other marks.
    excludes: Option<String>,
    attributes: Map<String, Value>,
}

/// One term of a content expression: any of these names or groups, with a minimum and a maximum count.
struct Term<'a> {
    names: Vec<&'a str>,
    least: usize,
    many: bool,
}

impl NodeType {
    fn terms(&self) -> impl Iterator<Item = Term<'_>> {
        // Brackets contain alternatives; a term has spaces only inside them.
        let mut rest = self.content.trim();
        std::iter::from_fn(move || {
            let end = match rest.find(')') {
                Some(close) if rest.starts_with('(') => close + rest[close..].find(' ').unwrap_or(rest.len() - close),
                _ => rest.find(' ').unwrap_or(rest.len()),
            };
            let term = &rest[..end];
            rest = rest[end..].trim_start();
            let names = term.trim_end_matches(['+', '*', '?']);
            let (least, many) = match term[names.len()..].chars().next() {
                Some('+') => (1, true),
                Some('*') => (0, true),
                Some(_) => (0, false),
                None => (1, false),
            };
            let names = names.trim_matches(['(', ')']).split('|').map(str::trim).collect();
            (!term.is_empty()).then_some(Term { names, least, many })
        })
    }

    /// Whether children of these names match the expression. Our expressions need no backtracking.
    fn accepts(&self, children: &[&str]) -> bool {
        let mut next = 0;
        for Term { names, least, many } in self.terms() {
            let most = if many { usize::MAX } else { 1 };
            let fits = |name: &&&str| names.iter().any(|wanted| SCHEMA.is_a(name, wanted));
            let count = children[next..].iter().take_while(fits).take(most).count();
            if count < least {
                return false;
            }
            next += count;
        }
        next == children.len()
    }
}

impl Schema {
    fn is_a(&self, name: &str, wanted: &str) -> bool {
        name == wanted || self.nodes.get(name).is_some_and(|node| node.group.split(' ').any(|group| group == wanted))
    }
}

/// The version of the schema. A page whose editor has an earlier version would delete content that it does not know.
pub fn schema_version() -> u32 {
    SCHEMA.version
}

/// Whether our editor has a node of this name.
pub(super) fn has_node(name: &str) -> bool {
    SCHEMA.nodes.contains_key(name)
}

/// Whether our editor has a mark of this name.
pub(super) fn has_mark(name: &str) -> bool {
    SCHEMA.marks.contains_key(name)
}

impl Prose {
    /// Parses the editor's own JSON, as written by [`Prose::to_json`].
    ///
    /// # Errors
    /// [`ContentError`] names the first place that the editor would delete.
    pub fn from_json(value: &Value) -> Result<Prose, ContentError> {
        Prose::from_json_beside(value, &Prose::default())
    }

    /// Like [`Prose::from_json`], for a document with the content `live`: nodes, marks and attributes of an app's own
    /// kinds may be written anywhere if the document already has some of the same kind.
    ///
    /// # Errors
    /// [`ContentError`] names the first place that the editor would delete.
    pub fn from_json_beside(value: &Value, live: &Prose) -> Result<Prose, ContentError> {
        match read(value, &Place::top(), 0)? {
            Node::Element { name, children, .. } if name == "doc" => {
                Prose(children).checked_beside(&OwnKinds::of(live))
            }
            _ => Err(Place::top().refuse("the outermost node is a doc")),
        }
    }

    /// The same content with all defaults filled in as the editor does; an error if the editor would not keep all of
    /// it.
    pub(crate) fn checked(self) -> Result<Prose, ContentError> {
        self.checked_beside(&OwnKinds::default())
    }

    fn checked_beside(self, own: &OwnKinds<'_>) -> Result<Prose, ContentError> {
        let doc = Node::Element { name: "doc".into(), attributes: Map::new(), children: self.0 };
        match own.check(doc, &Place::top(), None)? {
            Node::Element { children, .. } => Ok(Prose(children)),
            Node::Text { .. } => Ok(Prose::default()),
        }
    }
}

/// A place in the tree, for messages.
struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    index: usize,
}

impl<'a> Place<'a> {
    const fn top() -> Place<'static> {
        Place { parent: None, index: 0 }
    }

    fn child(&'a self, index: usize) -> Place<'a> {
        Place { parent: Some(self), index }
    }

    fn refuse(&self, reason: impl Into<String>) -> ContentError {
        let mut at = String::new();
        self.write(&mut at);
        let at = if at.is_empty() { "doc".to_owned() } else { at };
        ContentError { at, reason: reason.into() }
    }

    fn write(&self, out: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(out);
            let dot = if out.is_empty() { "" } else { "." };
            out.push_str(&format!("{dot}content[{}]", self.index));
        }
    }
}

fn read(value: &Value, place: &Place<'_>, depth: usize) -> Result<Node, ContentError> {
    if depth >= MAX_NESTING {
        return Err(place.refuse("it is nested too deep"));
    }
    let name = value["type"].as_str().ok_or_else(|| place.refuse("a node has a type"))?;
    if name == "text" {
        let text = value["text"].as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| place.refuse("a text node has text"))?.to_owned();
        let marks = list(&value["marks"]).ok_or_else(|| place.refuse("marks are a list"))?;
        let mark = |mark: &Value| match (&mark["type"], &mark["attrs"]) {
            (Value::String(name), attributes @ Value::Object(_)) => {
                Ok(Mark { name: name.clone(), attributes: attributes.clone() })
            }
            (Value::String(name), Value::Null) => {
                Ok(Mark { name: name.clone(), attributes: Value::Object(Map::new()) })
            }
            _ => Err(place.refuse("a mark has a type, and its attrs are an object")),
        };
        return Ok(Node::Text { text, marks: marks.iter().map(mark).collect::<Result<_, _>>()? });
    }
    let attributes = match &value["attrs"] {
        Value::Null => Map::new(),
        Value::Object(attributes) => attributes.clone(),
        _ => return Err(place.refuse("attrs are an object")),
    };
    let content = list(&value["content"]).ok_or_else(|| place.refuse("content is a list"))?;
    let child = |(index, value)| read(value, &place.child(index), depth + 1);
    let children = content.iter().enumerate().map(child).collect::<Result<_, _>>()?;
    Ok(Node::Element { name: name.to_owned(), attributes, children })
}

fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Null => Some(&[]),
        Value::Array(values) => Some(values),
        _ => None,
    }
}

/// The kinds in a document that our editor does not know, because an app with kinds of its own wrote them.
#[derive(Default)]
struct OwnKinds<'a> {
    nodes: HashSet<&'a str>,
    marks: HashSet<&'a str>,
    /// By the name of the node or mark.
    attributes: HashSet<(&'a str, &'a str)>,
}

impl<'a> OwnKinds<'a> {
    fn of(live: &'a Prose) -> OwnKinds<'a> {
        let mut own = OwnKinds::default();
        live.0.iter().for_each(|node| own.note(node));
        own
    }

    fn note(&mut self, node: &'a Node) {
        match node {
            Node::Element { name, attributes, children } => {
                match SCHEMA.nodes.get(name) {
                    Some(node) => self.note_attributes(name, attributes, &node.attributes),
                    None => drop(self.nodes.insert(name)),
                }
                children.iter().for_each(|child| self.note(child));
            }
            Node::Text { marks, .. } => {
                for Mark { name, attributes } in marks {
                    match (SCHEMA.marks.get(name), attributes) {
                        (Some(mark), Value::Object(attributes)) => {
                            self.note_attributes(name, attributes, &mark.attributes);
                        }
                        (Some(_), _) => {}
                        (None, _) => drop(self.marks.insert(name)),
                    }
                }
            }
        }
    }

    fn note_attributes(&mut self, of: &'a str, attributes: &'a Map<String, Value>, known: &Map<String, Value>) {
        let own = attributes.keys().filter(|name| !known.contains_key(*name));
        self.attributes.extend(own.map(|name| (of, name.as_str())));
    }

    fn check(&self, node: Node, place: &Place<'_>, parent: Option<&NodeType>) -> Result<Node, ContentError> {
        let (name, attributes, children) = match node {
            Node::Text { text, marks } => {
                let marks = self.check_marks(marks, place, parent)?;
                return Ok(Node::Text { text, marks });
            }
            Node::Element { name, attributes, children } => (name, attributes, children),
        };
        let node = SCHEMA.nodes.get(&name);
        let attributes = match node {
            Some(node) => self.check_attributes(&name, attributes, node, place)?,
            None if self.nodes.contains(name.as_str()) => attributes,
            None => return Err(place.refuse(format!("the editor has no {name}"))),
        };
        let child = |(index, child)| self.check(child, &place.child(index), node);
        let children = children.into_iter().enumerate().map(child).collect::<Result<Vec<_>, _>>()?;
        if let Some(node) = node {
            let names: Vec<&str> = children.iter().map(Node::name).collect();
            // Only the app knows where its own nodes belong.
            let has_own = names.iter().any(|name| self.nodes.contains(name));
            if !has_own && !node.accepts(&names) {
                return Err(place.refuse(format!("{name} holds {}, not {}", node.content, names.join(", "))));
            }
        }
        Ok(Node::Element { name, attributes, children: joined(children) })
    }

    fn check_attributes(
        &self,
        name: &str,
        attributes: Map<String, Value>,
        node: &NodeType,
        place: &Place<'_>,
    ) -> Result<Map<String, Value>, ContentError> {
        let mut attributes = self.complete(attributes, &node.attributes, name, place)?;
        let is_attached = attachment(&attributes).is_some();
        if is_picture(name) && !is_attached && !attribute(&attributes, "attachment").is_empty() {
            return Err(place.refuse("an attachment is the id of a file"));
        }
        if name == "file" && !is_attached {
            return Err(place.refuse("a file has the id of an attachment"));
        }
        if name == "image" && is_attached {
            attributes.remove("src");
        } else if name == "image" && !is_safe_url(attribute(&attributes, "src")) {
            return Err(place.refuse("an image has an address that starts with https:, http: or /"));
        }
        let target = attribute(&attributes, "href");
        if name == "image" && !target.is_empty() && !is_safe_url(target) {
            return Err(place.refuse("an image links to https:, http:, mailto:, / or #"));
        }
        if name == "heading" && !(1..=6).contains(&number(&attributes, "level", 1)) {
            return Err(place.refuse("a heading has a level from 1 to 6"));
        }
        if name == PAGE_LINK && !is_id(attribute(&attributes, "document")) {
            return Err(place.refuse("a page link has the id of a document"));
        }
        if name == EMBED && !is_web_address(target) {
            return Err(place.refuse("an embed has an address that starts with https: or http:"));
        }
        if name == FOOTNOTE && attributes.get("text").is_some_and(|text| !text.is_string()) {
            return Err(place.refuse("the note of a footnote is text"));
        }
        if let Some(reason) = wrong_word(name, &attributes) {
            return Err(place.refuse(reason));
        }
        Ok(attributes)
    }

    fn check_marks(
        &self,
        marks: Vec<Mark>,
        place: &Place<'_>,
        parent: Option<&NodeType>,
    ) -> Result<Vec<Mark>, ContentError> {
        if !marks.is_empty() && parent.is_some_and(|parent| parent.marks.as_deref() == Some("")) {
            return Err(place.refuse("this text has no marks"));
        }
        let is_own = |mark: &Mark| self.marks.contains(mark.name.as_str());
        let alone =
            |mark: &Mark| SCHEMA.marks.get(&mark.name).is_some_and(|mark| mark.excludes.as_deref() == Some("_"));
        if marks.iter().filter(|mark| !is_own(mark)).count() > 1 && marks.iter().any(alone) {
            return Err(place.refuse("code stands alone"));
        }
        let mark = |mark: Mark| {
            if is_own(&mark) {
                return Ok(mark);
            }
            let Mark { name, attributes } = mark;
            let Some(mark) = SCHEMA.marks.get(&name) else {
                return Err(place.refuse(format!("the editor has no mark {name}")));
            };
            let given = match attributes {
                Value::Object(attributes) => attributes,
                _ => Map::new(),
            };
            let attributes = self.complete(given, &mark.attributes, &name, place)?;
            if name == "link" && !is_safe_url(attribute(&attributes, "href")) {
                return Err(place.refuse("a link goes to https:, http:, mailto:, / or #"));
            }
            if let Some(reason) = wrong_word(&name, &attributes) {
                return Err(place.refuse(reason));
            }
            Ok(Mark { name, attributes: Value::Object(attributes) })
        };
        let mut marks = marks.into_iter().map(mark).collect::<Result<Vec<_>, _>>()?;
        marks.sort_by(|a, b| a.name.cmp(&b.name));
        // Marks of an app's own kinds may overlap each other.
        match marks.windows(2).any(|two| two[0].name == two[1].name && !is_own(&two[0])) {
            true => Err(place.refuse("a mark is there twice")),
            false => Ok(marks),
        }
    }

    /// Normalises attributes like the editor: defaults filled in, `null` left out, whole numbers as integers.
    fn complete(
        &self,
        given: Map<String, Value>,
        defaults: &Map<String, Value>,
        of: &str,
        place: &Place<'_>,
    ) -> Result<Map<String, Value>, ContentError> {
        let is_own = |name: &str| !defaults.contains_key(name) && self.attributes.contains(&(of, name));
        if let Some(unknown) = given.keys().find(|name| !defaults.contains_key(*name) && !is_own(name)) {
            return Err(place.refuse(format!("{of} has no attribute {unknown}")));
        }
        let mut attributes = Map::new();
        for (name, default) in defaults {
            let value = given.get(name).unwrap_or(default);
            let same_kind = default.is_null() || std::mem::discriminant(value) == std::mem::discriminant(default);
            if !same_kind && !value.is_null() {
                return Err(place.refuse(format!("{of}: {name} is a value such as {default}")));
            }
            match value.as_f64() {
                _ if value.is_null() => {}
                Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                    attributes.insert(name.clone(), json!(number as i64));
                }
                _ => drop(attributes.insert(name.clone(), value.clone())),
            }
        }
        attributes.extend(given.into_iter().filter(|(name, value)| is_own(name) && !value.is_null()));
        Ok(attributes)
    }
}

impl Node {
    /// Reads one node of the editor's JSON, whether or not it fits the schema.
    pub(crate) fn from_json(value: &Value) -> Result<Node, ContentError> {
        read(value, &Place::top(), 0)
    }
}
