//! Loading a document from its log, and rebuilding it.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use document::{Document, Loading, Owners, Presence, Roots, Stored};
use journal::{Journal, JournalError, Snapshot};
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::Notify;
use tracing::{Span, error, info_span};
use vocabulary::DocumentId;

use super::asleep::Asleep;
use super::timeouts::Rest;
use super::{Room, State};
use crate::{close::Close, holds::Holds, shared::Shared};

/// The reason why a document could not be opened. An empty document never replaces it.
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

/// A document, and the position in its log.
pub(crate) struct Loaded {
    pub(super) document: Document,
    pub(super) head: u64,
    tail_rows: u64,
    tail_bytes: usize,
}

/// Most attempts to load from a snapshot. A load starts again if two newer snapshots were made meanwhile and the rows
/// between were trimmed, which takes thousands of edits.
const STARTS: usize = 3;

/// Rebuilds a document from its newest snapshot and the rows after it, or from every row if the snapshot is wrong.
pub(super) fn load(journal: &Journal, id: DocumentId, roots: &Roots) -> Result<Loaded, LoadFailure> {
    load_from(journal.snapshot(id)?, journal, id, roots)
}

fn load_from(
    mut snapshot: Option<Snapshot>,
    journal: &Journal,
    id: DocumentId,
    roots: &Roots,
) -> Result<Loaded, LoadFailure> {
    let mut starts = 0;
    loop {
        starts += 1;
        let outcome = replay(journal, id, snapshot.as_ref(), roots);
        let Some(tried) = snapshot else { return outcome };
        match outcome {
            Err(LoadFailure::Journal(JournalError::Trimmed { .. })) if starts < STARTS => {}
            Err(failure @ LoadFailure::Broken { .. }) => {
                error!(%failure, seq = tried.seq, "a snapshot does not match its log; reading the whole log");
                return replay(journal, id, None, roots);
            }
            outcome => return outcome,
        }
        snapshot = journal.snapshot(id)?;
    }
}

/// Builds a document from a snapshot, if there is one, and every row after it. Drops each row after applying it.
pub(super) fn replay(
    journal: &Journal,
    id: DocumentId,
    snapshot: Option<&Snapshot>,
    roots: &Roots,
) -> Result<Loaded, LoadFailure> {
    let broken = |reason| LoadFailure::Broken { document: id, reason };
    let mut loading = begin(snapshot, roots).map_err(broken)?;
    let (mut head, mut tail_rows, mut tail_bytes) = (snapshot.map_or(0, |snapshot| snapshot.seq), 0, 0);
    let mut misfit = None;
    journal.for_each_after(id, head, |row| {
        let batch = row.entries.iter().map(|entry| Stored { user: Some(&entry.user), bytes: &entry.bytes });
        if let Err(error) = loading.take(batch) {
            misfit = Some(error);
            return ControlFlow::Break(());
        }
        head = row.seq;
        tail_rows += 1;
        tail_bytes += row.entries.iter().map(|entry| entry.bytes.len()).sum::<usize>();
        ControlFlow::Continue(())
    })?;
    if let Some(error) = misfit {
        return Err(broken(error.to_string()));
    }
    let mut document = loading.finish().map_err(|error| broken(error.to_string()))?;
    if let Some(snapshot) = snapshot.filter(|_| tail_rows == 0) {
        document.prime(&snapshot.state);
    }
    Ok(Loaded { document, head, tail_rows, tail_bytes })
}

fn begin(snapshot: Option<&Snapshot>, roots: &Roots) -> Result<Loading, String> {
    let Some(snapshot) = snapshot else { return Ok(Loading::begin(Owners::default(), roots.clone())) };
    let owners = Owners::decode(&snapshot.owners).map_err(|refusal| refusal.to_string())?;
    let mut loading = Loading::begin(owners, roots.clone());
    loading.take([Stored::from(&snapshot.state)]).map_err(|error| error.to_string())?;
    Ok(loading)
}

/// Builds a document from a snapshot alone.
pub(super) fn loaded_from(snapshot: &Snapshot, roots: &Roots) -> Result<Loaded, String> {
    let mut document = begin(Some(snapshot), roots)?.finish().map_err(|error| error.to_string())?;
    document.prime(&snapshot.state);
    Ok(Loaded { document, head: snapshot.seq, tail_rows: 0, tail_bytes: 0 })
}

/// Checks that a document can be rebuilt from its log and that the states kept beside the log can be read. Blocks.
///
/// # Errors
/// The reason why the document cannot be rebuilt, or a state cannot be read.
pub fn verify(journal: &Journal, document: DocumentId) -> Result<(), String> {
    let roots = Roots::default();
    match replay(journal, document, None, &roots) {
        // The first rows of the log were trimmed, so only its snapshots can be checked.
        Ok(_) | Err(LoadFailure::Journal(JournalError::Trimmed { .. })) => {}
        Err(failure) => return Err(failure.to_string()),
    }
    load(journal, document, &roots).map(drop).map_err(|failure| failure.to_string())?;
    for id in journal.kept_ids(document).map_err(|failure| failure.to_string())? {
        journal.kept(document, id).map_err(|failure| failure.to_string())?;
    }
    Ok(())
}

/// Builds a document from its log outside a room, and reads it. Returns the result of `read` and the number of the last
/// row. Blocks. Callers must pass the gate [`crate::Builds`].
///
/// # Errors
/// The reason why the document cannot be rebuilt.
pub fn read_log<T>(
    journal: &Journal,
    document: DocumentId,
    roots: &Roots,
    read: impl FnOnce(&Document) -> T,
) -> Result<(T, u64), String> {
    let loaded = load(journal, document, roots).map_err(|failure| failure.to_string())?;
    Ok((read(&loaded.document), loaded.head))
}

/// A span that names the document in log messages. It is made for each message, because a stored span would take half a
/// KiB for each room.
fn span(document: DocumentId) -> Span {
    info_span!(parent: None, "room", %document)
}

impl Room {
    pub(super) fn span(&self) -> Span {
        span(self.id)
    }

    /// Opens a room from its log. Blocks.
    pub(crate) fn open(id: DocumentId, roots: Roots, shared: Arc<Shared>) -> Result<Room, LoadFailure> {
        let snapshot = shared.journal.snapshot(id)?;
        if let Some(snapshot) = &snapshot
            && let Some(asleep) = Asleep::of(snapshot, &shared.journal, id)?
        {
            let head = snapshot.seq;
            return Ok(Room::new(id, roots, shared, None, Some(asleep), head));
        }
        let loaded = span(id).in_scope(|| load_from(snapshot, &shared.journal, id, &roots));
        shared.note_quarantine(id, &loaded);
        Ok(Room::with(id, roots, shared, loaded?))
    }

    /// Opens a room for a document with an empty log.
    pub(crate) fn unwritten(id: DocumentId, roots: Roots, shared: Arc<Shared>) -> Result<Room, LoadFailure> {
        let document = Loading::begin(Owners::default(), roots.clone()).finish();
        let document = document.map_err(|error| LoadFailure::Broken { document: id, reason: error.to_string() })?;
        Ok(Room::with(id, roots, shared, Loaded { document, head: 0, tail_rows: 0, tail_bytes: 0 }))
    }

    fn with(id: DocumentId, roots: Roots, shared: Arc<Shared>, loaded: Loaded) -> Room {
        let Loaded { document, head, tail_rows, tail_bytes } = loaded;
        let mut room = Room::new(id, roots, shared, Some(Box::new(document)), None, head);
        let state = room.state.get_mut();
        (state.tail_rows, state.tail_bytes) = (tail_rows, tail_bytes);
        room
    }

    fn new(
        id: DocumentId,
        roots: Roots,
        shared: Arc<Shared>,
        document: Option<Box<Document>>,
        asleep: Option<Asleep>,
        head: u64,
    ) -> Room {
        let state = State {
            document,
            asleep,
            seq: head,
            announced_seq: head,
            catching_up: false,
            foreign_at: None,
            yields_until: None,
            holds: Holds::default(),
            append_takes: Duration::ZERO,
            used_at: Instant::now(),
            connections: Default::default(),
            presence: Presence::new(shared.presence_lead, shared.limits.presence_bytes),
            followed: None,
            gathering: Default::default(),
            inbox: Default::default(),
            inbox_bytes: 0,
            flight: None,
            edits: Default::default(),
            readers: 0,
            readers_turn: false,
            tail_rows: 0,
            tail_bytes: 0,
            held_back: Default::default(),
            empty_since: Some(Instant::now()),
            closed: false,
        };
        Room {
            id,
            roots,
            shared,
            state: Mutex::new(state),
            space: Notify::new(),
            readable: Notify::new(),
            snapshotting: AtomicBool::new(false),
            asks_for_passages: AtomicBool::new(true),
            rest: Rest::default(),
        }
    }

    /// Drops the document in memory and loads it again. Messages wait in the inbox meanwhile.
    pub(super) fn rebuild(self: &Arc<Self>, state: &mut State) {
        state.forget_document();
        let room = self.clone();
        self.shared.spawn_blocking(move || {
            room.guarded(Room::read_again);
        });
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
                state.mark_again(self);
                state.catch_up(self);
                state.turn(self);
            }
            Err(failure) => {
                error!(%failure, "closing the room: its document cannot be rebuilt");
                state.close();
                for connection in state.connections.values() {
                    connection.joining.outbox.close(failure.close());
                }
            }
        }
        drop(state);
        self.readable.notify_waiters();
        self.space.notify_waiters();
    }
}

impl State {
    /// Drops the document, because it is about to be loaded again.
    pub(super) fn forget_document(&mut self) {
        (self.document, self.asleep) = (None, None);
        metrics::counter!("consilium_rebuilds_total").increment(1);
    }

    /// Closes the room, which then accepts nothing more.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.inbox.clear();
        self.edits.clear();
        self.inbox_bytes = 0;
        self.forget_departed();
    }
}
