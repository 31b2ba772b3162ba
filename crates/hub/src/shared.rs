//! What every room shares.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

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

/// What every room shares.
pub(crate) struct Shared {
    pub journal: Journal,
    pub bus: Bus,
    pub limits: Limits,
    /// From a batch to its acknowledgement.
    pub ack_seconds: metrics::Histogram,
    runtime: Handle,
    pub tasks: TaskTracker,
    /// WorkerPermits at reading documents, and at putting them away.
    opens: WorkerPermits,
    closes: WorkerPermits,
    started: Instant,
    connections: AtomicU64,
    /// Estimated memory of all documents: counted at each tick, added to as they are opened and grow.
    loaded_bytes: AtomicUsize,
    // A mutex: held to note one document, never across an await.
    quarantined: Mutex<HashSet<DocumentId>>,
    // A mutex: held to note or take out one document, never across an await.
    /// Documents that were made here and have not been opened: nobody can have written to them.
    unwritten: Mutex<HashSet<DocumentId>>,
    // A mutex: held to note one document, never across an await.
    /// Documents of which other nodes should hear who is here.
    pub unsaid: Mutex<HashSet<DocumentId>>,
    /// There are some.
    pub say_now: Notify,
    // A mutex: held to note one room, never across an await.
    /// Rooms in which people moved that others have not been told of.
    pub gathering: Mutex<Vec<Weak<Room>>>,
    /// There are some.
    pub tell_soon: Notify,
    /// Read the heads of documents now.
    pub poll_now: Notify,
    /// The database has something new.
    pub look: Notify,
    // A mutex: held to read or set it, never across an await.
    /// What every page should know while it is so.
    pub notice: Mutex<Option<Arc<str>>>,
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
            connections: AtomicU64::new(0),
            loaded_bytes: AtomicUsize::new(0),
            quarantined: Mutex::default(),
            unwritten: Mutex::default(),
            unsaid: Mutex::default(),
            say_now: Notify::new(),
            gathering: Mutex::default(),
            tell_soon: Notify::new(),
            poll_now: Notify::new(),
            look: Notify::new(),
            notice: Mutex::default(),
        }
    }

    /// Remembers which documents could not be rebuilt, until they can.
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

    /// A document has just been made here, so its log is empty: that is not read when it is opened. On a journal or a bus
    /// that others share they may have written to it by then.
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

    /// Whether nobody can have written to it. Whoever asks may be about to.
    pub(crate) fn take_unwritten(&self, document: DocumentId) -> bool {
        self.unwritten.lock().remove(&document)
    }

    /// Time since the hub started: the clock of presence.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The memory for documents is used up.
    pub(crate) fn is_full(&self) -> bool {
        self.loaded_bytes.load(Ordering::Relaxed) >= self.limits.loaded_bytes
    }

    /// It nearly is.
    pub(crate) fn is_crowded(&self) -> bool {
        self.loaded_bytes.load(Ordering::Relaxed) > self.limits.loaded_bytes / 10 * 9
    }

    /// So many bytes of documents are in memory, in all.
    pub(crate) fn note_loaded(&self, encoded_bytes: usize) {
        self.loaded_bytes.store(encoded_bytes * LOADED_FACTOR, Ordering::Relaxed);
    }

    /// So many bytes of documents more are in memory.
    pub(crate) fn note_growth(&self, encoded_bytes: usize) {
        self.loaded_bytes.fetch_add(encoded_bytes * LOADED_FACTOR, Ordering::Relaxed);
    }

    pub(crate) fn next_connection(&self) -> ConnectionId {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Other nodes should hear of who is here.
    pub(crate) fn presence_changed(&self, document: DocumentId) {
        if self.bus.has_peers() {
            self.unsaid.lock().insert(document);
            self.say_now.notify_one();
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

    /// The same for what reads a whole document, in turn with others that do.
    pub(crate) fn spawn_reading(&self, work: impl FnOnce() + Send + 'static) {
        self.opens.spawn(&self.tasks, &self.runtime, work);
    }

    /// The same for what nobody waits for, in turn with others of its kind.
    pub(crate) fn spawn_putting_away(&self, work: impl FnOnce() + Send + 'static) {
        self.closes.spawn(&self.tasks, &self.runtime, work);
    }
}
