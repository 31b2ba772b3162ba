//! Changes in a comparison. Text has a mark `change`, and blocks have an attribute of that name.

use serde_json::{Map, Value};

use super::description::Node;

/// The change of a run of text or a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    pub how: How,
    /// The name of its author; empty if unknown.
    pub by: String,
    /// The time in RFC 3339; empty if unknown.
    pub at: String,
    /// A description of other changes.
    pub note: String,
    /// The former marks of text, or the former kind and attributes of a block.
    pub before: Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Inserted,
    Deleted,
    MovedTo,
    MovedFrom,
    Formatted,
    /// A block of another kind, or with other attributes.
    Changed,
}

impl How {
    /// Whether the text or block is only in the later version.
    pub fn is_new(self) -> bool {
        matches!(self, How::Inserted | How::MovedTo)
    }

    /// Whether the text or block is only in the earlier version.
    pub fn is_gone(self) -> bool {
        matches!(self, How::Deleted | How::MovedFrom)
    }
}

impl Node {
    /// The change of this node, if it has one.
    pub fn tracked(&self) -> Option<Tracked> {
        let facts: &Map<String, Value> = match self.mark("change") {
            Some(mark) => &mark.attrs,
            None => self.attrs.get("change")?.as_object()?,
        };
        let text = |name: &str| facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let how = match text("kind").as_str() {
            "inserted" => How::Inserted,
            "deleted" => How::Deleted,
            "moved-to" => How::MovedTo,
            "moved-from" => How::MovedFrom,
            "formatted" => How::Formatted,
            "changed" => How::Changed,
            _ => return None,
        };
        let before = facts.get("before").cloned().unwrap_or_default();
        Some(Tracked { how, by: text("by"), at: text("at"), note: text("note"), before })
    }

    /// The description of the changes of a block, other than those of its words.
    pub fn note(&self) -> &str {
        self.string("note")
    }
}
