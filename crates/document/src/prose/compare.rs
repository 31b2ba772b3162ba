//! The differences between two texts: by block, in tables by row, column and cell, and within a line by word. A block
//! that is now in another place is reported as moved, not as removed and added.

mod comparing;
mod credits;
mod html;
mod json;
mod moves;
mod notes;
mod pairing;
mod people;
mod printed;
mod restoring;
mod sections;
mod sides;
mod tables;
mod tokens;
mod words;

use serde_json::{Map, Value};

use super::footnotes::{FOOTNOTE, note_text};
use super::tree::{Mark, Node};
pub use people::{Credit, Credited, Letters, People};
pub(crate) use tokens::tokens;

/// The comparison of two texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub changes: Vec<Change>,
    pub words_added: usize,
    pub words_removed: usize,
    /// The author of every change, if only one person wrote between the two texts.
    pub only: Option<Credit>,
}

/// What happened to a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Same(Node),
    Added(Whole),
    Removed(Whole),
    /// The earlier place of a node that was moved. Its later place is the [`Change::MovedTo`] with the same number.
    MovedFrom {
        number: usize,
        node: Node,
    },
    MovedTo {
        number: usize,
        /// Other changes to the node.
        change: Box<Change>,
        credit: Option<Credit>,
    },
    /// A line with other words or marks, or of another kind.
    Words {
        before: Shape,
        after: Shape,
        words: Vec<Word>,
        /// The person who changed the kind of line, if known.
        credit: Option<Credit>,
    },
    /// A list, a table or another container in which something changed.
    Within {
        before: Shape,
        after: Shape,
        changes: Vec<Change>,
        /// What happened to each column of a table, left to right; empty for other nodes, and where cells are merged.
        columns: Vec<Kind>,
        /// The person who changed the kind of container, if known.
        credit: Option<Credit>,
    },
    /// A block without text, such as an image or a file, with other attributes.
    Replaced {
        before: Node,
        after: Node,
    },
}

/// A node that was added or removed as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    pub node: Node,
    /// The people who added or removed it, if known; offsets are in the node's own plain text.
    pub credits: Vec<Credited>,
}

/// A node without its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    pub name: String,
    pub attributes: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub kind: Kind,
    pub content: Inline,
    /// The marks in the later text; for a removed word, the marks in the earlier text.
    pub marks: Vec<Mark>,
    /// The marks in the earlier text, if only they differ.
    pub marks_before: Option<Vec<Mark>>,
    pub credit: Option<Credit>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Inline {
    Text(String),
    /// A break, a link to a page or another node within a line.
    Node(Node),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Same,
    Added,
    Removed,
    /// The same text with other marks.
    Formatted,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| matches!(change, Change::Same(_)))
    }
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Kind::Same => "same",
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Formatted => "formatted",
        }
    }
}

impl Whole {
    fn of(node: &Node) -> Whole {
        Whole { node: node.clone(), credits: Vec::new() }
    }
}

impl Shape {
    fn of(node: &Node) -> Shape {
        match node {
            Node::Element { name, attributes, .. } => Shape { name: name.clone(), attributes: attributes.clone() },
            Node::Text { .. } => Shape { name: String::new(), attributes: Map::new() },
        }
    }
}

impl Inline {
    fn text(&self) -> String {
        match self {
            Inline::Text(text) => text.clone(),
            Inline::Node(Node::Element { name, attributes, .. }) if name == FOOTNOTE => {
                note_text(attributes).to_owned()
            }
            Inline::Node(node) => node.inline_text(),
        }
    }
}

/// The text of a node, line by line.
fn text_of(node: &Node) -> String {
    let mut lines = Vec::new();
    node.lines(&mut lines);
    lines.join("\n")
}

fn count_words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

impl Change {
    fn count(&self, added: &mut usize, removed: &mut usize) {
        match self {
            Change::Same(_) | Change::MovedFrom { .. } | Change::Replaced { .. } => {}
            Change::Added(whole) => *added += count_words(&text_of(&whole.node)),
            Change::Removed(whole) => *removed += count_words(&text_of(&whole.node)),
            Change::MovedTo { change, .. } => change.count(added, removed),
            Change::Within { changes, .. } => changes.iter().for_each(|change| change.count(added, removed)),
            Change::Words { words, .. } => {
                for Word { kind, content, .. } in words {
                    match kind {
                        Kind::Same | Kind::Formatted => {}
                        Kind::Added => *added += count_words(&content.text()),
                        Kind::Removed => *removed += count_words(&content.text()),
                    }
                }
            }
        }
    }
}
