//! The stored form of a suggestion, and the reasons why a suggestion may be refused.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use super::inline::reading;
use crate::prose::{ContentError, Node, Prose};

/// One proposed change, in the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    #[serde(flatten)]
    pub(crate) change: Change,
    /// The words of the suggestion's passages, in the order of the text.
    pub quotes: Vec<String>,
}

/// The kind of change that a suggestion makes, for people and filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Insert,
    Delete,
    Replace,
    Format,
    Split,
    Join,
    Block,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Insert => "insert",
            Kind::Delete => "delete",
            Kind::Replace => "replace",
            Kind::Format => "format",
            Kind::Split => "split",
            Kind::Join => "join",
            Kind::Block => "block",
        }
    }
}

/// The reason why a suggestion does not apply to a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// A passage is not in the text.
    #[error("the words that the suggestion is about are gone")]
    Gone,
    #[error("the text has changed since the suggestion was made")]
    Changed,
    #[error("the text already says what the suggestion proposes")]
    Already,
    /// The result would not be valid content.
    #[error("the suggestion does not fit here: {0}")]
    Invalid(ContentError),
}

impl Refused {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Refused::Gone => "gone",
            Refused::Changed => "changed",
            Refused::Already => "already",
            Refused::Invalid(_) => "invalid",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "lowercase")]
pub(crate) enum Change {
    /// Replaces a run that is in one line, or reaches from a line into a later sibling line: `before` has the part of
    /// each line. The passage begins `lead` slots after the start of the run, and ends `trail` slots before its end.
    Words { lead: usize, trail: usize, before: Vec<Slice>, after: Slice },
    /// Inserts content beside a word; `gap` lies between the word and the content.
    Insert { side: Side, gap: String, after: Slice },
    /// Splits a line within `gap`, which lies between two words. With `item`, also splits the list item that the line
    /// begins. `left` is inserted before the break, and `right` after it.
    Split {
        gap: String,
        at: usize,
        item: bool,
        line: Shape,
        #[serde(default, skip_serializing_if = "Slice::is_empty")]
        left: Slice,
        #[serde(default, skip_serializing_if = "Slice::is_empty")]
        right: Slice,
    },
    /// Joins the line of the first passage with the line of the second.
    Join,
    /// Changes the kind of the block that begins with the passage and is `up` levels above its line.
    Kind { up: usize, before: Shape, after: Shape },
    /// Replaces adjacent blocks. `list` is the list that contains them, if they are items.
    Blocks { place: Place, before: Slice, after: Slice, list: Option<Shape> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    /// After the word of the passage.
    After,
    /// Before the word of the passage.
    Before,
}

/// The place of blocks, as seen from the passages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
pub(crate) enum Place {
    /// The passages are the first and the last words of the blocks.
    Here,
    /// The blocks are beside the block that has the first passage, or, if that passage is lost, the second one.
    Beside { of: Vec<Beside> },
    /// The blocks are the whole text, which has no words.
    Whole,
}

/// A block beside others. `chain` names that block and those inside it, down to the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Beside {
    pub(crate) side: Side,
    pub(crate) chain: Vec<String>,
}

/// The kind of a block: its name and attributes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Shape {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub(crate) attributes: Map<String, Value>,
}

/// Nodes, stored as the editor's own JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<Value>", try_from = "Vec<Value>")]
pub(crate) struct Slice(pub(crate) Vec<Node>);

impl Slice {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Slice> for Vec<Value> {
    fn from(slice: Slice) -> Vec<Value> {
        slice.0.iter().map(Node::to_json).collect()
    }
}

impl TryFrom<Vec<Value>> for Slice {
    type Error = ContentError;

    fn try_from(values: Vec<Value>) -> Result<Slice, ContentError> {
        values.iter().map(Node::from_json).collect::<Result<_, _>>().map(Slice)
    }
}

impl Shape {
    pub(super) fn of(node: &Node) -> Shape {
        let attributes = match node {
            Node::Element { attributes, .. } => attributes.clone(),
            Node::Text { .. } => Map::new(),
        };
        Shape { name: node.name().to_owned(), attributes }
    }

    pub(super) fn named(name: &str) -> Shape {
        Shape { name: name.to_owned(), attributes: Map::new() }
    }

    pub(super) fn node(&self, children: Vec<Node>) -> Node {
        Node::Element { name: self.name.clone(), attributes: self.attributes.clone(), children }
    }
}

impl Suggestion {
    pub fn kind(&self) -> Kind {
        match &self.change {
            Change::Insert { .. } => Kind::Insert,
            Change::Split { .. } => Kind::Split,
            Change::Join => Kind::Join,
            Change::Kind { .. } => Kind::Block,
            Change::Words { after, .. } if after.0.is_empty() => Kind::Delete,
            Change::Words { before, after, .. } => match before.as_slice() {
                [one] if reading(&one.0) == reading(&after.0) => Kind::Format,
                _ => Kind::Replace,
            },
            Change::Blocks { before, .. } if before.0.is_empty() => Kind::Insert,
            Change::Blocks { after, .. } if after.0.is_empty() => Kind::Delete,
            Change::Blocks { .. } => Kind::Replace,
        }
    }

    /// The text that the suggestion removes or changes, as plain text.
    pub fn before_text(&self) -> String {
        match &self.change {
            Change::Words { before, .. } => {
                before.iter().map(|part| inline_text(&part.0)).collect::<Vec<_>>().join("\n")
            }
            Change::Insert { .. } => String::new(),
            Change::Split { gap, .. } => self.quotes.join(gap),
            Change::Join => self.quotes.join("\n"),
            Change::Kind { .. } => self.quotes.concat(),
            Change::Blocks { before, .. } => Prose(before.0.clone()).to_text(),
        }
    }

    /// The text that the suggestion puts in its place, as plain text.
    pub fn after_text(&self) -> String {
        match &self.change {
            Change::Words { after, .. } | Change::Insert { after, .. } => inline_text(&after.0),
            Change::Split { left, right, .. } => {
                let words = [inline_text(&left.0), inline_text(&right.0)].join("\n");
                self.quotes.join(if self.adds_words() { &words } else { "\n" })
            }
            Change::Join | Change::Kind { .. } => self.quotes.concat(),
            Change::Blocks { after, .. } => Prose(after.0.clone()).to_text(),
        }
    }

    /// Whether the suggestion splits a line and adds words at the break.
    pub(super) fn adds_words(&self) -> bool {
        matches!(&self.change, Change::Split { left, right, .. } if !left.is_empty() || !right.is_empty())
    }

    /// Whether two suggestions propose the same change. If they are in the same place, accepting one settles both.
    pub fn is_twin_of(&self, other: &Suggestion) -> bool {
        self.change == other.change
    }
}

fn inline_text(nodes: &[Node]) -> String {
    nodes.iter().map(Node::inline_text).collect()
}
