//! What outlives a request: the journal of every document, and the relational rows around it.
//! Bytes and ids only: no HTTP, no CRDT.

pub mod ids;
pub mod journal;

pub use ids::DocumentId;
pub use journal::{Append, Appended, Entry, Journal, JournalError, Log, NewSnapshot, Row, Snapshot};
