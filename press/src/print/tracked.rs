//! Changes of a comparison: the mark and the attribute `change` say what happened to text and to blocks.

use serde_json::{Map, Value};

use super::description::Node;

/// What happened to a run of text or a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracked {
    pub how: How,
    /// The name of its author; empty if unknown.
    pub by: String,
    /// RFC 3339; empty if unknown.
    pub at: String,
    /// Other changes, in words.
    pub note: String,
    /// The marks that text had, and the kind and the attributes that a block had.
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
    /// Whether it is in the later text only.
    pub fn is_new(self) -> bool {
        matches!(self, How::Inserted | How::MovedTo)
    }

    /// Whether it is in the earlier text only.
    pub fn is_gone(self) -> bool {
        matches!(self, How::Deleted | How::MovedFrom)
    }
}

impl Node {
    /// What happened to it, if it is part of a comparison.
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

    /// The changes of a block besides those of its words.
    pub fn note(&self) -> &str {
        self.string("note")
    }
}
