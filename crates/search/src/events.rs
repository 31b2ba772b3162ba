//! Which documents an event concerns.

use database::event_log::LoggedEvent;
use serde_json::Value;
use vocabulary::{DocumentId, WorkspaceId};

/// What must be indexed again because of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    Document(DocumentId),
    /// The document and the pages below it.
    Subtree(DocumentId),
    /// The document was purged, so its words must be removed.
    Purged(DocumentId),
    /// All documents of a workspace.
    Workspace(WorkspaceId),
    /// Everything, because an operator requested a rebuild.
    Everything,
}

/// The nouns of events about something that is indexed.
const NOUNS: [&str; 6] = ["document", "thread", "comment", "suggestion", "approval", "attachment"];

/// What must be indexed again because of an event. Events whose name this version does not know concern their document.
pub fn concerns(event: &LoggedEvent) -> Option<Concern> {
    let noun = event.name.split('.').next().unwrap_or_default();
    match (event.name.as_str(), event.document) {
        ("search.rebuild", _) => Some(Concern::Everything),
        // There is another event once the text is stored.
        ("document.edit" | "comment.react" | "comment.unreact", _) => None,
        ("document.purge", Some(document)) => Some(Concern::Purged(document)),
        ("document.move", Some(document)) => Some(Concern::Subtree(document)),
        ("document.change", Some(document)) if changes_rights(&event.detail) => Some(Concern::Subtree(document)),
        (_, Some(document)) if NOUNS.contains(&noun) => Some(Concern::Document(document)),
        // A tag was renamed or merged.
        (_, None) if noun == "tag" => Some(Concern::Workspace(event.workspace)),
        _ => None,
    }
}

fn changes_rights(changes: &Value) -> bool {
    ["open_level", "inherits"].iter().any(|field| changes.get(field).is_some())
}
