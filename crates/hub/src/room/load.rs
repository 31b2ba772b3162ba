//! Between the log and the document in memory: opening, rebuilding, snapshots.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use document::{Document, Owners, Presence, Roots, Stored};
use journal::{Journal, JournalError, Log, NewSnapshot, Snapshot};
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::Notify;
use tracing::{Span, error, info, info_span};
use vocabulary::DocumentId;

use super::asleep::Asleep;
use super::time::Rest;
use super::{Room, State};
use crate::limits::{SNAPSHOT_BYTES, SNAPSHOT_ROWS};
use crate::{close::Close, shared::Shared};

/// Why a document could not be opened. It is never replaced by an empty one.
#[derive(Debug, Error)]
pub(crate) enum LoadFailure {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("document {document} cannot be rebuilt from its log: {reason}")]
    Broken { document: DocumentId, reason: String },
    #[error("the memory for documents is used up")]
    Full,
}

impl LoadFailure {
    pub(crate) fn close(&self) -> Close {
        match self {
            LoadFailure::Journal(JournalError::Purged(_)) => Close::Deleted,
            LoadFailure::Journal(JournalError::Damaged { .. } | JournalError::Trimmed { .. })
            | LoadFailure::Broken { .. } => Close::Quarantined,
            LoadFailure::Journal(_) | LoadFailure::Full => Close::Unavailable,
        }
    }
}

/// A document and where its log stands.
pub(crate) struct Loaded {
    document: Document,
    head: u64,
    tail_rows: u64,
    tail_bytes: usize,
}

/// Rebuilds a document: from the newest sound snapshot, or from every row when the snapshot misleads.
pub(super) fn load(journal: &Journal, id: DocumentId, roots: &Roots) -> Result<Loaded, LoadFailure> {
    build(journal.read(id)?, journal, id, roots)
}

fn build(log: Log, journal: &Journal, id: DocumentId, roots: &Roots) -> Result<Loaded, LoadFailure> {
    let failure = match rebuild(&log, roots) {
        Ok(document) => return Ok(loaded(document, &log)),
        Err(reason) => reason,
    };
    if log.snapshot.is_some() {
        error!(%failure, "a snapshot is not what its log says; the whole log is read");
        let log = journal.read_all(id)?;
        if let Ok(document) = rebuild(&log, roots) {
            return Ok(loaded(document, &log));
        }
    }
    Err(LoadFailure::Broken { document: id, reason: failure })
}

pub(super) fn loaded(document: Document, log: &Log) -> Loaded {
    let tail_bytes = log.rows.iter().flat_map(|row| &row.entries).map(|entry| entry.bytes.len()).sum();
    Loaded { document, head: log.head(), tail_rows: log.rows.len() as u64, tail_bytes }
}

pub(super) fn rebuild(log: &Log, roots: &Roots) -> Result<Document, String> {
    let (first, owners) = match &log.snapshot {
        Some(snapshot) => {
            let owners = Owners::decode(&snapshot.owners).map_err(|refusal| refusal.to_string())?;
            (Some(vec![Stored::from(&snapshot.state)]), owners)
        }
        None => (None, Owners::default()),
    };
    let rows = log.rows.iter().map(|row| {
        let stored = |entry: &'_ journal::Entry| -> (Arc<str>, Bytes) { (entry.user.clone(), entry.bytes.clone()) };
        row.entries.iter().map(stored).collect::<Vec<_>>()
    });
    let rows: Vec<Vec<(Arc<str>, Bytes)>> = rows.collect();
    let batches = rows.iter().map(|row| row.iter().map(|(user, bytes)| Stored { user: Some(user), bytes }).collect());
    let loaded = Document::load_declared(first.into_iter().chain(batches), owners, roots.clone());
    let mut document = loaded.map_err(|error| error.to_string())?;
    if let Some(snapshot) = log.snapshot.as_ref().filter(|_| log.rows.is_empty()) {
        document.prime(&snapshot.state);
    }
    Ok(document)
}

/// Rebuilds a document from its log, reads what is kept beside it, and forgets both. Blocks.
///
/// # Errors
/// Why it cannot be rebuilt or read, for people.
pub fn verify(journal: &Journal, document: DocumentId) -> Result<(), String> {
    let roots = Roots::default();
    match journal.read_all(document) {
        Ok(log) => drop(rebuild(&log, &roots)?),
        // Its first rows were trimmed: then its snapshots are all that there is.
        Err(JournalError::Trimmed { .. }) => {}
        Err(failure) => return Err(failure.to_string()),
    }
    load(journal, document, &roots).map(drop).map_err(|failure| failure.to_string())?;
    for id in journal.kept_ids(document).map_err(|failure| failure.to_string())? {
        journal.kept(document, id).map_err(|failure| failure.to_string())?;
    }
    Ok(())
}

/// What is logged of a room says of which. Made when something is: kept, each would take half a KiB.
fn span(document: DocumentId) -> Span {
    info_span!(parent: None, "room", %document)
}

impl Room {
    pub(super) fn span(&self) -> Span {
        span(self.id)
    }

    /// Opens a room from what was read of the log. Blocks if that is much, or damaged.
    pub(crate) fn open(
        id: DocumentId,
        roots: Roots,
        shared: Arc<Shared>,
        log: Result<Log, JournalError>,
    ) -> Result<Room, LoadFailure> {
        let asleep = log.as_ref().ok().and_then(Asleep::of);
        let (document, head, tail_rows, tail_bytes) = match &asleep {
            Some(_) => (None, log.as_ref().map_or(0, Log::head), 0, 0),
            None => {
                let built = || build(log?, &shared.journal, id, &roots);
                let loaded = span(id).in_scope(built);
                shared.note_quarantine(id, &loaded);
                let Loaded { document, head, tail_rows, tail_bytes } = loaded?;
                (Some(Box::new(document)), head, tail_rows, tail_bytes)
            }
        };
        let state = State {
            document,
            asleep,
            seq: head,
            heard_seq: head,
            catching_up: false,
            foreign_at: None,
            yields_until: None,
            append_takes: Duration::ZERO,
            used_at: Instant::now(),
            connections: Default::default(),
            presence: Presence::default(),
            gathering: Default::default(),
            inbox: Default::default(),
            inbox_bytes: 0,
            flight: None,
            edits: Default::default(),
            tail_rows,
            tail_bytes,
            held_back: Default::default(),
            empty_since: Some(Instant::now()),
            closed: false,
        };
        let state = Mutex::new(state);
        Ok(Room {
            id,
            roots,
            shared,
            state,
            space: Notify::new(),
            snapshotting: AtomicBool::new(false),
            rest: Rest::default(),
        })
    }

    /// Drops the document in memory and reads it again; messages wait in the inbox meanwhile.
    pub(super) fn rebuild(self: &Arc<Self>, state: &mut State) {
        (state.document, state.asleep) = (None, None);
        metrics::counter!("consilium_rebuilds_total").increment(1);
        let room = self.clone();
        self.shared.spawn_blocking(move || room.read_again());
    }

    pub(super) fn finish_rebuild(self: &Arc<Self>, outcome: Result<Loaded, LoadFailure>) {
        let mut state = self.lock();
        match outcome {
            Ok(Loaded { mut document, head, tail_rows, tail_bytes }) => {
                state.presence.speakers().for_each(|(client, user)| document.set_speaker(client, Some(user)));
                (state.document, state.asleep) = (Some(Box::new(document)), None);
                state.used_at = Instant::now();
                (state.tail_rows, state.tail_bytes) = (tail_rows, tail_bytes);
                if std::mem::replace(&mut state.seq, head) < head {
                    for connection in state.connections.values_mut().filter(|connection| connection.delivered.is_some())
                    {
                        connection.owing = true;
                        connection.joining.outbox.owe();
                    }
                }
                state.catch_up(self);
                state.turn(self);
            }
            Err(failure) => {
                error!(%failure, "the room closes: its document cannot be rebuilt");
                state.close();
                for connection in state.connections.values() {
                    connection.joining.outbox.close(failure.close());
                }
            }
        }
        drop(state);
        self.space.notify_waiters();
    }

    /// Makes a snapshot off the hot path, unless one is being made.
    pub(super) fn snapshot_soon(self: &Arc<Self>) {
        if !self.snapshotting.swap(true, Ordering::AcqRel) {
            let room = self.clone();
            self.shared.spawn_putting_away(move || {
                room.snapshot();
                room.snapshotting.store(false, Ordering::Release);
            });
        }
    }

    /// Builds the state from the log, proves that it loads to the same, compares it with the document
    /// in memory, and only then has it stored. Blocks.
    pub(crate) fn snapshot(self: &Arc<Self>) {
        let _in_room = self.span().entered();
        let id = self.id;
        let (log, document) = match self.shared.journal.read(id).map(|log| (rebuild(&log, &self.roots), log)) {
            Ok((Ok(document), log)) => (log, document),
            Ok((Err(reason), _)) => return error!(reason, "no snapshot: the log does not replay"),
            Err(failure) => return error!(%failure, "no snapshot: the log cannot be read"),
        };
        let fingerprint = document.fingerprint();
        let state = document.state();
        let proof = Document::load([[Stored::from(&state)]], Owners::default());
        if proof.map(|proof| proof.fingerprint()) != Ok(fingerprint) {
            // A forged pair of origins has no one order (see ARCHITECTURE.md): such a document keeps its rows.
            return error!("no snapshot: the state does not load to what it was made from");
        }
        let mut live = self.lock();
        let comparable = live.seq == log.head() && live.flight.is_none();
        if comparable && live.document.as_ref().is_some_and(|live| live.fingerprint() != fingerprint) {
            error!(seq = live.seq, "the document in memory is not what its log says: it is rebuilt");
            metrics::counter!("consilium_differences_total").increment(1);
            return self.rebuild(&mut live);
        }
        live.tail_rows = live.seq.saturating_sub(log.head());
        live.tail_bytes = 0;
        drop(live);
        let owners = document.known().owners.encode();
        let snapshot = Snapshot { seq: log.head(), fingerprint, state, owners };
        let span = self.span();
        let done = Box::new(move || {
            metrics::counter!("consilium_snapshots_total").increment(1);
            info!(parent: &span, "a snapshot was stored");
        });
        self.shared.journal.save_snapshot(NewSnapshot { document: id, snapshot, trim: self.shared.limits.trim, done });
    }
}

impl State {
    /// Nothing more is taken in.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.inbox.clear();
        self.edits.clear();
        self.inbox_bytes = 0;
        self.forget_departed();
    }

    pub(super) fn wants_snapshot(&self) -> bool {
        self.flight.is_none() && (self.tail_rows >= SNAPSHOT_ROWS || self.tail_bytes >= SNAPSHOT_BYTES)
    }
}
