//! State that all rooms share.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use document::document::LOADED_FACTOR;
use journal::{Bus, Journal};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;
use vocabulary::DocumentId;

use crate::limits::{Limits, MADE_HERE};
use crate::room::{LoadFailure, Loaded, Room};
use crate::{close::Close, connection::ConnectionId, worker_permits::WorkerPermits};

pub(crate) struct Shared {
    pub journal: Journal,
    pub bus: Bus,
    pub limits: Limits,
    /// Time from a batch to its acknowledgement.
    pub ack_seconds: metrics::Histogram,
    runtime: Handle,
    pub tasks: TaskTracker,
    /// Permits for reading documents, and for closing them.
    opens: WorkerPermits,
    closes: WorkerPermits,
    started: Instant,
    /// The lead of presence when the hub started: the time since the start of 2026, in eighths of a second. It has the
    /// same meaning on all nodes, and is higher after each restart.
    pub presence_lead: u32,
    connections: AtomicU64,
    /// Estimated memory of all documents. It is recounted at each tick, and increased when documents are opened or
    /// grow.
    loaded_bytes: AtomicUsize,
    // The mutex is held only to record one document, never across an await.
    quarantined: Mutex<HashSet<DocumentId>>,
    // The mutex is held only to record or remove one document, never across an await.
    /// Documents that were created here and have not been opened, so their logs are empty.
    unwritten: Mutex<HashSet<DocumentId>>,
    // The mutex is held only to record one document, never across an await.
    /// Documents whose presence must be published to other nodes.
    pub unsent_presence: Mutex<HashSet<DocumentId>>,
    /// Notified when there are documents in `unsent_presence`.
    pub presence_due: Notify,
    // The mutex is held only to record one room, never across an await.
    /// Rooms with gathered presence that has not been sent.
    pub gathering: Mutex<Vec<Weak<Room>>>,
    /// Notified when there are rooms in `gathering`.
    pub gathered_due: Notify,
    // The mutex is held only to record one room, never across an await.
    /// Rooms that have reports about passages, or do not know yet which passages to follow.
    passages: Mutex<Vec<Weak<Room>>>,
    /// Notified when there are rooms in `passages`.
    pub passages_noted: Notify,
    /// Wakes the task that reads the heads of documents.
    pub poll_now: Notify,
    /// Notified when the database has new changes.
    pub changes_pending: Notify,
    // The mutex is held only to read or set the notice, never across an await.
    /// The notice that every page shows while the notice lasts.
    pub notice: Mutex<Option<Arc<str>>>,
}

const BEGIN_OF_2026: Duration = Duration::from_secs(1_767_225_600);

fn presence_lead() -> u32 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since_1970.saturating_sub(BEGIN_OF_2026).as_millis() / 125).unwrap_or_default()
}

impl Shared {
    /// Must be called inside a tokio runtime.
    pub(crate) fn new(journal: Journal, bus: Bus, limits: Limits) -> Shared {
        Shared {
            journal,
            bus,
            limits,
            ack_seconds: metrics::histogram!("consilium_ack_seconds"),
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            opens: WorkerPermits::default(),
            closes: WorkerPermits::default(),
            started: Instant::now(),
            presence_lead: presence_lead(),
            connections: AtomicU64::new(0),
            loaded_bytes: AtomicUsize::new(0),
            quarantined: Mutex::default(),
            unwritten: Mutex::default(),
            unsent_presence: Mutex::default(),
            presence_due: Notify::new(),
            gathering: Mutex::default(),
            gathered_due: Notify::new(),
            passages: Mutex::default(),
            passages_noted: Notify::new(),
            poll_now: Notify::new(),
            changes_pending: Notify::new(),
            notice: Mutex::default(),
        }
    }

    /// Records whether a document could be rebuilt.
    pub(crate) fn note_quarantine(&self, document: DocumentId, loaded: &Result<Loaded, LoadFailure>) {
        let mut quarantined = self.quarantined.lock();
        match loaded {
            Err(failure) if failure.close() == Close::Quarantined => drop(quarantined.insert(document)),
            Err(_) => {}
            Ok(_) => drop(quarantined.remove(&document)),
        }
    }

    pub(crate) fn quarantined(&self) -> usize {
        self.quarantined.lock().len()
    }

    /// Records that a document has just been created here, so that its empty log is not read when it is opened. Does
    /// nothing if other nodes share the journal or the bus, because they may have written to the log by then.
    pub(crate) fn note_made(&self, document: DocumentId) {
        if self.journal.is_shared() || self.bus.has_peers() {
            return;
        }
        let mut unwritten = self.unwritten.lock();
        if unwritten.len() == MADE_HERE {
            unwritten.clear();
        }
        unwritten.insert(document);
    }

    /// Whether the log of the document is known to be empty. Forgets this knowledge, because the caller may be about to
    /// write to the log.
    pub(crate) fn take_unwritten(&self, document: DocumentId) -> bool {
        self.unwritten.lock().remove(&document)
    }

    /// Time since the hub started: the clock of presence.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether the memory for documents is used up.
    pub(crate) fn is_full(&self) -> bool {
        self.loaded_bytes.load(Ordering::Relaxed) >= self.limits.loaded_bytes
    }

    /// Whether more than 90% of the memory for documents is used.
    pub(crate) fn is_crowded(&self) -> bool {
        self.loaded_bytes.load(Ordering::Relaxed) > self.limits.loaded_bytes / 10 * 9
    }

    /// Sets the encoded bytes of all documents in memory.
    pub(crate) fn note_loaded(&self, encoded_bytes: usize) {
        self.loaded_bytes.store(encoded_bytes * LOADED_FACTOR, Ordering::Relaxed);
    }

    /// Adds to the encoded bytes of all documents in memory.
    pub(crate) fn note_growth(&self, encoded_bytes: usize) {
        self.loaded_bytes.fetch_add(encoded_bytes * LOADED_FACTOR, Ordering::Relaxed);
    }

    pub(crate) fn next_connection(&self) -> ConnectionId {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Makes [`Hub::rooms_with_passages`](crate::Hub::rooms_with_passages) return a room.
    pub(crate) fn passages_due(&self, room: &Arc<Room>) {
        self.passages.lock().push(Arc::downgrade(room));
        self.passages_noted.notify_one();
    }

    pub(crate) fn take_passages_due(&self) -> Vec<Weak<Room>> {
        std::mem::take(&mut *self.passages.lock())
    }

    /// Schedules the presence of a document for publication to other nodes.
    pub(crate) fn presence_changed(&self, document: DocumentId) {
        if self.bus.has_peers() {
            self.unsent_presence.lock().insert(document);
            self.presence_due.notify_one();
        }
    }

    pub(crate) fn spawn_after(&self, pause: Duration, work: impl FnOnce() + Send + 'static) {
        self.tasks.spawn_on(
            async move {
                tokio::time::sleep(pause).await;
                work();
            },
            &self.runtime,
        );
    }

    pub(crate) fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        self.tasks.spawn_blocking_on(work, &self.runtime);
    }

    /// Like [`Shared::spawn_blocking`], for work that reads a whole document. Only a few such pieces of work run at a
    /// time.
    pub(crate) fn spawn_reading(&self, work: impl FnOnce() + Send + 'static) {
        self.opens.spawn(&self.tasks, &self.runtime, work);
    }

    /// Like [`Shared::spawn_blocking`], for closing documents, which nobody waits for. Only a few run at a time.
    pub(crate) fn spawn_putting_away(&self, work: impl FnOnce() + Send + 'static) {
        self.closes.spawn(&self.tasks, &self.runtime, work);
    }
}
