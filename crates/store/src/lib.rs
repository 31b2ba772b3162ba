//! What outlives a request: the journal of every document, the relational rows around it, and the bus
//! on which nodes hear of both.
//! Bytes and ids only: no HTTP, no CRDT.

pub mod accounts;
mod answers;
pub mod bus;
mod copies;
pub mod documents;
pub mod events;
mod flags;
pub mod grants;
pub mod ids;
pub mod journal;
pub mod nodes;
pub mod sessions;
pub mod sql;

pub use accounts::{Account, Member, NewAccount};
pub use answers::Answer;
pub use bus::{Bus, BusError, NodeId, Signal, Signals};
pub use copies::{CopyError, copy_sqlite, fold_sqlite, sqlite_path};
pub use documents::{Direction, DocumentFilter, DocumentRow, NewDocument, Order, slug_of};
pub use events::Change;
pub use grants::{Grant, NewGrant};
pub use ids::{AccountId, DocumentId, SessionId, WorkspaceId};
pub use journal::{
    Append, Appended, Entry, Journal, JournalError, JournalOptions, Log, NewSnapshot, Purge, Row, Snapshot, Trim,
};
pub use nodes::Node;
pub use sessions::{Device, Refreshed, Session};
pub use sql::{Db, DbOptions};
