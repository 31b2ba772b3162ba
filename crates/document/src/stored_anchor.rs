//! The stored form of a passage: two Yjs relative positions.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use yrs::block::ClientID;
use yrs::{Assoc, ID, IndexScope, StateVector, StickyIndex};

/// Name of the root that positions may be bound to.
const ROOT: &str = "default";

/// Number of bits of a Yjs client id.
const CLIENT_BITS: u32 = 53;

/// A marked passage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    pub start: Position,
    pub end: Position,
}

/// A relative position, as `Y.relativePositionToJSON` writes it: beside a letter, or at an end of a shared type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tname: Option<String>,
    /// Negative: text that is inserted here comes after the position.
    #[serde(default)]
    assoc: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Id {
    client: u64,
    clock: u32,
}

/// The reason why a passage was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AnchorError {
    #[error("a position cannot be read")]
    Malformed,
    /// A position names an item that this document does not contain, or does not contain yet.
    #[error("a position refers to text that is not saved")]
    NotSaved,
    #[error("the passage is empty, or outside of the text")]
    Empty,
    #[error("the passage reads differently now")]
    Changed,
    #[error("the passage is more than words of one paragraph")]
    NotOneText,
}

impl Anchor {
    /// The passage from one letter to another, both included.
    pub(crate) fn of_letters(first: crate::update::Id, last: crate::update::Id) -> Anchor {
        let at = |id: crate::update::Id, assoc| Position {
            item: Some(Id { client: id.client, clock: id.clock }),
            r#type: None,
            tname: None,
            assoc,
        };
        Anchor { start: at(first, 0), end: at(last, -1) }
    }

    /// The first and the last letter, if both ends are given by letters.
    pub(crate) fn letters(&self) -> Option<(crate::update::Id, crate::update::Id)> {
        let id = |id: Id| crate::update::Id { client: id.client, clock: id.clock };
        let inside = self.start.assoc >= 0 && self.end.assoc < 0;
        self.start.item.zip(self.end.item).filter(|_| inside).map(|(first, last)| (id(first), id(last)))
    }
}

impl Position {
    pub(crate) fn of(sticky: &StickyIndex) -> Position {
        let id = |id: &ID| Some(Id { client: id.client.get(), clock: id.clock });
        let mut position = Position { item: None, r#type: None, tname: None, assoc: sticky.assoc as i64 };
        match sticky.scope() {
            IndexScope::Relative(item) => position.item = id(item),
            IndexScope::Nested(parent) => position.r#type = id(parent),
            IndexScope::Root(name) => position.tname = Some(name.to_string()),
        }
        position
    }

    /// Converts the position for yrs, if the document contains the item that it names.
    pub(crate) fn sticky(&self, known: &StateVector) -> Result<StickyIndex, AnchorError> {
        let id = |id: Id| {
            if id.client >> CLIENT_BITS != 0 {
                return Err(AnchorError::Malformed);
            }
            let id = ID::new(ClientID::new(id.client), id.clock);
            if id.clock < known.get(&id.client) { Ok(id) } else { Err(AnchorError::NotSaved) }
        };
        let scope = match (self.item, &self.tname, self.r#type) {
            (Some(item), _, _) => IndexScope::Relative(id(item)?),
            (None, Some(name), _) if name == ROOT => IndexScope::Root(ROOT.into()),
            (None, None, Some(parent)) => IndexScope::Nested(id(parent)?),
            _ => return Err(AnchorError::Malformed),
        };
        Ok(StickyIndex::new(scope, if self.assoc < 0 { Assoc::Before } else { Assoc::After }))
    }
}
