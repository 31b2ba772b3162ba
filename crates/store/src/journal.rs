//! The log of every document: rows in sequence, and snapshots that make reading them short.
//! The log is the truth. It stores bytes and never looks inside; it never overwrites a row.

mod row;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use uuid::Uuid;

use crate::ids::DocumentId;
use sqlite::SqliteJournal;

/// One admitted update and who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub user: Arc<str>,
    pub connection: u64,
    /// A v1 update.
    pub bytes: Bytes,
}

/// One batch of a document: what was applied in one transaction and is durable as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub document: DocumentId,
    /// 1, 2, 3, ... without gaps. (document, seq) is unique for ever: that is the fence.
    pub seq: u64,
    /// Made by the room for this batch, so that a retry recognises its own row.
    pub op: Uuid,
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    pub entries: Vec<Entry>,
}

/// A row on its way to the disk. `done` is called exactly once, from the journal's own thread.
pub struct Append {
    pub row: Row,
    pub done: Box<dyn FnOnce(Appended) + Send>,
}

/// What became of an [`Append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is on the disk.
    Durable,
    /// Somebody else's row has this number: read the log, then try the next.
    LostRace,
}

/// A stored state, verified by whoever made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// It contains every row up to and including this one.
    pub seq: u64,
    /// The document's canonical hash at that point.
    pub fingerprint: [u8; 32],
    pub state: Bytes,
    /// The ownership map, in the hub's encoding.
    pub owners: Bytes,
}

/// A snapshot on its way to the disk.
pub struct NewSnapshot {
    pub document: DocumentId,
    pub snapshot: Snapshot,
    pub done: Box<dyn FnOnce() + Send>,
}

/// A document whose content goes for good. `done` is called once it has.
pub struct Purge {
    pub document: DocumentId,
    pub done: Box<dyn FnOnce() + Send>,
}

/// What it takes to rebuild a document: a snapshot, if one is sound, and every row after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    pub snapshot: Option<Snapshot>,
    pub rows: Vec<Row>,
}

impl Log {
    /// The last sequence number that is durable; 0 for a document that was never written.
    pub fn head(&self) -> u64 {
        let snapshot = self.snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        self.rows.last().map_or(snapshot, |row| row.seq)
    }
}

#[derive(Debug, Error)]
pub enum JournalError {
    #[error("the journal cannot be read or written: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("row {seq} of document {document} is damaged: {what}")]
    Damaged { document: DocumentId, seq: u64, what: &'static str },
    #[error("the write-ahead log could not be brought into the database file: {0}")]
    Checkpoint(&'static str),
    #[error("this version keeps its journal in an SQLite file (sqlite:PATH); {0} is not supported yet")]
    Unsupported(String),
    #[error("document {0} was purged")]
    Purged(DocumentId),
    #[error("the journal has been closed")]
    Closed,
}

/// Where logs are kept. Cloning shares the journal.
#[derive(Clone)]
pub enum Journal {
    /// A file of its own, with one writer thread.
    Sqlite(SqliteJournal),
}

impl Journal {
    /// Opens the journal that a URL names: `sqlite:PATH`.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be opened or its write-ahead log not be checkpointed:
    /// what is readable then may not be on the disk, and nothing may be served from it.
    pub fn open(url: &str) -> Result<Journal, JournalError> {
        match url.strip_prefix("sqlite:") {
            Some(path) => SqliteJournal::open(Path::new(path)).map(Journal::Sqlite),
            None => Err(JournalError::Unsupported(url.split(':').next().unwrap_or_default().to_owned())),
        }
    }

    /// Queues a row. The caller has at most one append of a document in flight, which bounds the queue.
    pub fn append(&self, append: Append) {
        match self {
            Journal::Sqlite(journal) => journal.append(append),
        }
    }

    /// Queues a snapshot; the older of the last two stays.
    pub fn save_snapshot(&self, snapshot: NewSnapshot) {
        match self {
            Journal::Sqlite(journal) => journal.save_snapshot(snapshot),
        }
    }

    /// Queues the end of a document: a last row that says so, then every row and snapshot is emptied.
    /// The rows keep their numbers, so that nobody who slept can write into them. Doing it again is harmless.
    pub fn purge(&self, purge: Purge) {
        match self {
            Journal::Sqlite(journal) => journal.purge(purge),
        }
    }

    /// Reads what rebuilds a document. Blocks: call it where blocking is allowed.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] when a row does not have its checksum, or one is missing;
    /// [`JournalError::Purged`] when the document is gone for good.
    pub fn read(&self, document: DocumentId) -> Result<Log, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.read(document, Trust::Snapshots),
        }
    }

    /// Reads the whole log without its snapshots, for when they are in doubt. Blocks.
    ///
    /// # Errors
    /// As [`Journal::read`].
    pub fn read_all(&self, document: DocumentId) -> Result<Log, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.read(document, Trust::RowsOnly),
        }
    }

    /// Rows after `seq`, in order. Blocks.
    ///
    /// # Errors
    /// As [`Journal::read`].
    pub fn rows_after(&self, document: DocumentId, seq: u64) -> Result<Vec<Row>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.rows_after(document, seq),
        }
    }

    /// Every document that has a row and was not purged. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn documents(&self) -> Result<Vec<DocumentId>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.documents(),
        }
    }

    /// Writes what is queued and ends the writer. Blocks.
    pub fn close(&self) {
        match self {
            Journal::Sqlite(journal) => journal.close(),
        }
    }
}

/// What a reader starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    Snapshots,
    RowsOnly,
}
