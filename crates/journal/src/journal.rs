//! The log of every document: rows in sequence, and snapshots that make reading them short.
//! The log is the truth. It stores bytes and never looks inside; it never overwrites a row.

mod mongo;
mod postgres;
mod remote;
mod row;
mod sqlite;
mod writer;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use thiserror::Error;
use uuid::Uuid;

use remote::RemoteJournal;
use sqlite::SqliteJournal;
use vocabulary::DocumentId;

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

/// A row on its way to the disk. `done` is called once, from the journal's own thread; it is dropped unheard
/// when the journal is closed while its store does not answer.
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
    pub trim: Trim,
    pub done: Box<dyn FnOnce() + Send>,
}

/// What becomes of the rows that both kept snapshots contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trim {
    #[default]
    Nothing,
    /// Their bytes go; their numbers stay, or somebody who slept could write into the gap.
    BelowSnapshots,
}

/// Bytes that stay as they are beside a log, such as the state of a revision: written once, read whole. `done` is
/// called once they are on the disk, or gone from it.
pub struct Keep {
    pub document: DocumentId,
    pub id: Uuid,
    /// `None`: they go.
    pub bytes: Option<Bytes>,
    pub done: Box<dyn FnOnce() + Send>,
}

/// A document whose content goes for good. `done` is called once it has.
pub struct Purge {
    pub document: DocumentId,
    pub done: Box<dyn FnOnce() + Send>,
}

#[derive(Debug, Error)]
pub enum JournalError {
    #[error("the journal cannot be read or written: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the journal in Postgres cannot be read or written: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("the journal in MongoDB cannot be read or written: {0}")]
    Mongo(Box<mongodb::error::Error>),
    #[error("the journal did not answer within {0:?}")]
    NoAnswer(Duration),
    #[error("the journal does not answer, and is not asked until it does")]
    Down,
    #[error("row {seq} of document {document} is damaged: {what}")]
    Damaged { document: DocumentId, seq: u64, what: &'static str },
    #[error("kept bytes {id} of document {document} are damaged")]
    DamagedKept { document: DocumentId, id: Uuid },
    #[error("row {seq} of document {document} was trimmed: a snapshot holds it")]
    Trimmed { document: DocumentId, seq: u64 },
    #[error("the write-ahead log could not be brought into the database file: {0}")]
    Checkpoint(&'static str),
    #[error("nothing can be acknowledged from this journal: {0}")]
    NotDurable(&'static str),
    #[error("a journal is sqlite:PATH, postgres://… or mongodb://…, not {0}")]
    Unsupported(String),
    #[error("document {0} was purged")]
    Purged(DocumentId),
    #[error("the journal has been closed")]
    Closed,
}

impl JournalError {
    /// Whether the store did not answer, as opposed to answering something bad.
    fn is_outage(&self) -> bool {
        matches!(self, JournalError::Postgres(_) | JournalError::Mongo(_) | JournalError::NoAnswer(_))
    }
}

/// A reader of a log holds this many bytes of it at a time, and one row more ...
pub const PAGE_BYTES: usize = 1 << 20;
/// ... and at most this many rows: the tail that no snapshot holds yet is seldom longer, so most logs are one page.
pub const PAGE_ROWS: usize = 2_000;

/// What an operator may set of a journal on another machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalOptions {
    pub connections: u32,
    /// Refuse a MongoDB that keeps everything on one machine.
    pub require_replica_set: bool,
    /// A question of a reader that takes longer fails; a store that takes this long for one is taken for dead.
    pub answers_within: Duration,
}

impl Default for JournalOptions {
    fn default() -> Self {
        // One writes; the others read when documents open.
        JournalOptions { connections: 8, require_replica_set: false, answers_within: remote::ANSWERS_WITHIN }
    }
}

/// Where logs are kept. Cloning shares the journal.
#[derive(Clone)]
pub enum Journal {
    /// A file of its own, of this process alone.
    Sqlite(SqliteJournal),
    /// A server that other nodes write to as well.
    Remote(RemoteJournal),
}

impl Journal {
    /// Opens the journal that a URL names: `sqlite:PATH`, `postgres://…` or `mongodb://…`. Blocks.
    ///
    /// # Errors
    /// [`JournalError`] when it cannot be reached or opened, or when what is readable there may not be on
    /// the disk: nothing may be served from it then.
    pub fn open(url: &str, options: &JournalOptions) -> Result<Journal, JournalError> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => SqliteJournal::open(Path::new(&url["sqlite:".len()..])).map(Journal::Sqlite),
            "postgres" | "postgresql" | "mongodb" | "mongodb+srv" => {
                RemoteJournal::open(url, options).map(Journal::Remote)
            }
            _ => Err(JournalError::Unsupported(scheme.to_owned())),
        }
    }

    /// Whether other processes may write to it.
    pub fn is_shared(&self) -> bool {
        matches!(self, Journal::Remote(_))
    }

    /// Queues a row. The caller has at most one append of a document in flight, which bounds the queue.
    pub fn append(&self, append: Append) {
        match self {
            Journal::Sqlite(journal) => journal.writer.append(append),
            Journal::Remote(journal) => journal.writer.append(append),
        }
    }

    /// Queues a snapshot; the older of the last two stays.
    pub fn save_snapshot(&self, snapshot: NewSnapshot) {
        match self {
            Journal::Sqlite(journal) => journal.writer.save_snapshot(snapshot),
            Journal::Remote(journal) => journal.writer.save_snapshot(snapshot),
        }
    }

    /// Queues bytes to keep. Keeping the same again is harmless; a purged document keeps none.
    pub fn keep(&self, keep: Keep) {
        match self {
            Journal::Sqlite(journal) => journal.writer.keep(keep),
            Journal::Remote(journal) => journal.writer.keep(keep),
        }
    }

    /// Reads what was kept; `None` where nothing is. Blocks.
    ///
    /// # Errors
    /// [`JournalError::DamagedKept`] when it does not have its checksum.
    pub fn kept(&self, document: DocumentId, id: Uuid) -> Result<Option<Bytes>, JournalError> {
        let found = match self {
            Journal::Sqlite(journal) => journal.kept(document, id)?,
            Journal::Remote(journal) => journal.kept(document, id)?,
        };
        let sound = |(bytes, checksum): KeptBytes| {
            if checksum == row::kept_checksum(document, id, &bytes) {
                Ok(Bytes::from(bytes))
            } else {
                Err(JournalError::DamagedKept { document, id })
            }
        };
        found.map(sound).transpose()
    }

    /// What is kept beside a log. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn kept_ids(&self, document: DocumentId) -> Result<Vec<Uuid>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.kept_ids(document),
            Journal::Remote(journal) => journal.kept_ids(document),
        }
    }

    /// Queues the end of a document: a last row that says so, then every row and snapshot is emptied.
    /// The rows keep their numbers, so that nobody who slept can write into them. Doing it again is harmless.
    pub fn purge(&self, purge: Purge) {
        match self {
            Journal::Sqlite(journal) => journal.writer.purge(purge),
            Journal::Remote(journal) => journal.writer.purge(purge),
        }
    }

    /// The newest snapshot of a document that has its checksum; `None` where there is none. Blocks: call it where
    /// blocking is allowed.
    ///
    /// # Errors
    /// [`JournalError::Purged`] when the document is gone for good.
    pub fn snapshot(&self, document: DocumentId) -> Result<Option<Snapshot>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.snapshot(document),
            Journal::Remote(journal) => journal.snapshot(document),
        }
    }

    /// Gives every row after `seq` to a visitor, in order, until it breaks or the log ends. The log is read in pages,
    /// each when the one before it has been visited; nothing is locked meanwhile. Blocks.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] when a row does not have its checksum, or one is missing;
    /// [`JournalError::Trimmed`] when only a snapshot has it;
    /// [`JournalError::Purged`] when the document is gone for good.
    /// The visitor has had every row before it.
    pub fn for_each_after(
        &self,
        document: DocumentId,
        mut seq: u64,
        mut visit: impl FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        loop {
            let (page, may_go_on) = self.read_page(document, seq)?;
            for row in page {
                seq = row.seq;
                if visit(row).is_break() {
                    return Ok(());
                }
            }
            if !may_go_on {
                return Ok(());
            }
        }
    }

    /// The rows after `seq`, in order, as many as make a page ([`PAGE_BYTES`], [`PAGE_ROWS`]); none where the log ends.
    /// Blocks.
    ///
    /// # Errors
    /// As [`Journal::for_each_after`], for the first row that the page would hold: what comes before a bad one is a
    /// page.
    pub fn page_after(&self, document: DocumentId, seq: u64) -> Result<Vec<Row>, JournalError> {
        Ok(self.read_page(document, seq)?.0)
    }

    fn read_page(&self, document: DocumentId, seq: u64) -> Result<row::PageRead, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.page_after(document, seq),
            Journal::Remote(journal) => journal.page_after(document, seq),
        }
    }

    /// The number of the row after `seq` that carries this op id, also where the log was trimmed; `None` where no row
    /// does. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn row_of(&self, document: DocumentId, seq: u64, op: Uuid) -> Result<Option<u64>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.row_of(document, seq, op),
            Journal::Remote(journal) => journal.row_of(document, seq, op),
        }
    }

    /// Every document that has a row and was not purged. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn documents(&self) -> Result<Vec<DocumentId>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.documents(),
            Journal::Remote(journal) => journal.documents(),
        }
    }

    /// The last row of each of these documents whose log goes further than is known. Blocks.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn heads(&self, known: &[(DocumentId, u64)]) -> Result<Vec<(DocumentId, u64)>, JournalError> {
        match self {
            Journal::Sqlite(journal) => journal.heads(known),
            Journal::Remote(journal) => journal.heads(known),
        }
    }

    /// Asks whether it answers. Blocks, for 2 s at most.
    ///
    /// # Errors
    /// Why it does not.
    pub fn ping(&self) -> Result<(), JournalError> {
        match self {
            // A disk that fails ends the process.
            Journal::Sqlite(_) => Ok(()),
            Journal::Remote(journal) => journal.ping(),
        }
    }

    /// Since when it has not answered.
    pub fn down_since(&self) -> Option<Instant> {
        match self {
            Journal::Sqlite(_) => None,
            Journal::Remote(journal) => journal.down_since(),
        }
    }

    /// What an operator should know of how durable it is.
    pub fn weakness(&self) -> Option<&'static str> {
        match self {
            Journal::Sqlite(_) => None,
            Journal::Remote(journal) => journal.weakness(),
        }
    }

    /// Writes what is queued and ends the writer. Blocks.
    pub fn close(&self) {
        match self {
            Journal::Sqlite(journal) => journal.writer.close(),
            Journal::Remote(journal) => journal.close(),
        }
    }
}

/// A row as one blob with its checksum, as it travels between nodes.
pub(crate) fn encode_row(row: &Row) -> Bytes {
    row::encode_whole(row)
}

/// `None` when it is not, whole and unchanged, what [`encode_row`] wrote.
pub(crate) fn decode_row(bytes: Bytes) -> Option<Row> {
    row::decode_whole(bytes)
}

/// Kept bytes as a store has them, and their checksum.
pub(crate) type KeptBytes = (Vec<u8>, Vec<u8>);
