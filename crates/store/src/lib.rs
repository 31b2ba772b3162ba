//! What outlives a request: the journal of every document, and the relational rows around it.
//! Bytes and ids only: no HTTP, no CRDT.

pub mod accounts;
mod answers;
mod copies;
pub mod documents;
pub mod grants;
pub mod ids;
pub mod journal;
pub mod sessions;
pub mod sql;

pub use accounts::{Account, Member, NewAccount};
pub use answers::Answer;
pub use copies::{CopyError, copy_sqlite, sqlite_path};
pub use documents::{Direction, DocumentFilter, DocumentRow, NewDocument, Order, slug_of};
pub use grants::{Grant, NewGrant};
pub use ids::{AccountId, DocumentId, SessionId, WorkspaceId};
pub use journal::{Append, Appended, Entry, Journal, JournalError, Log, NewSnapshot, Purge, Row, Snapshot};
pub use sessions::{Refreshed, Session};
pub use sql::Db;
