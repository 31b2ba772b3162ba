//! What outlives a request: the journal of every document, and the relational rows around it.
//! Bytes and ids only: no HTTP, no CRDT.

pub mod documents;
pub mod ids;
pub mod journal;
pub mod sql;

pub use documents::DocumentRow;
pub use ids::{AccountId, DocumentId, SessionId, WorkspaceId};
pub use journal::{Append, Appended, Entry, Journal, JournalError, Log, NewSnapshot, Row, Snapshot};
pub use sql::Db;
