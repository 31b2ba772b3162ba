//! The log of every document, its snapshots, the bytes kept beside it, and the bus that announces new rows to other
//! nodes. Bytes and ids only: no relational rows, no HTTP, no CRDT.

pub mod bus;
pub mod journal;
mod sqlite_copy;

pub use bus::{Bus, BusError, NodeId, Signal, Signals};
pub use journal::{
    Append, Appended, Entry, Journal, JournalError, JournalOptions, Keep, NewSnapshot, PAGE_BYTES, PAGE_ROWS, Purge,
    Row, Snapshot, Trim,
};
pub use sqlite_copy::{CopyError, copy_sqlite, fold_sqlite, sqlite_path};
