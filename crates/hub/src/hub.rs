//! Which documents are open. Opening and closing one document never overlap, whoever asks.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use document::Roots;
use document::document::LOADED_FACTOR;
use parking_lot::Mutex;
use store::{Bus, DocumentId, Journal, JournalError, Log, Purge, Signal, Signals};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info, warn};

use crate::close::Close;
use crate::connection::ConnectionId;
use crate::limits::{Limits, MADE_HERE, PRESENCE_EVERY, TICK, TOLD_IN_A_ROW};
use crate::room::{LoadFailure, Loaded, Room};
use crate::turns::Turns;

/// What every room shares.
pub(crate) struct Shared {
    pub journal: Journal,
    pub bus: Bus,
    pub limits: Limits,
    /// From a batch to its acknowledgement.
    pub ack_seconds: metrics::Histogram,
    runtime: Handle,
    tasks: TaskTracker,
    /// Turns at reading documents, and at putting them away.
    opens: Turns,
    closes: Turns,
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
    /// Remembers which documents could not be rebuilt, until they can.
    pub(crate) fn note_quarantine(&self, document: DocumentId, loaded: &Result<Loaded, LoadFailure>) {
        let mut quarantined = self.quarantined.lock();
        match loaded {
            Err(failure) if failure.close() == Close::Quarantined => drop(quarantined.insert(document)),
            Err(_) => {}
            Ok(_) => drop(quarantined.remove(&document)),
        }
    }

    /// Time since the hub started: the clock of presence.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The memory for documents is used up.
    pub(crate) fn is_full(&self) -> bool {
        self.loaded_bytes.load(Ordering::Relaxed) >= self.limits.loaded_bytes
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

/// Why a document was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the document cannot be opened: {}", .0.reason())]
pub struct OpenError(pub Close);

enum Slot {
    /// Being loaded, or on its way out: look again when this changes.
    Moving {
        moved: watch::Receiver<()>,
        /// How far its log was said to go meanwhile.
        heard_seq: u64,
    },
    Open(Arc<Room>),
}

/// All open rooms of this process. Cloning shares them.
#[derive(Clone)]
pub struct Hub {
    pub(crate) shared: Arc<Shared>,
    // A mutex: held to look up or replace one slot, never across an await.
    rooms: Arc<Mutex<HashMap<DocumentId, Slot>>>,
    /// Nothing is opened any more.
    closing: CancellationToken,
    pub(crate) stop: CancellationToken,
}

enum Found {
    Room(Arc<Room>),
    Wait(watch::Receiver<()>),
    Load(watch::Sender<()>),
}

impl Hub {
    /// Starts a hub over a journal and one node's end of a bus. Must be called inside a tokio runtime.
    pub fn start(journal: Journal, (bus, signals): (Bus, Signals), limits: Limits) -> Hub {
        let shared = Arc::new(Shared {
            journal,
            bus,
            limits,
            ack_seconds: metrics::histogram!("consilium_ack_seconds"),
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
            opens: Turns::default(),
            closes: Turns::default(),
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
        });
        let hub =
            Hub { shared, rooms: Arc::default(), closing: CancellationToken::new(), stop: CancellationToken::new() };
        hub.shared.tasks.spawn(hub.clone().keep_time());
        hub.shared.tasks.spawn(hub.clone().tell_gathered());
        hub.shared.tasks.spawn(hub.clone().listen(signals));
        hub.shared.tasks.spawn(hub.clone().say_presence());
        if hub.shared.bus.is_shared() {
            hub.shared.tasks.spawn(hub.clone().note_people());
        }
        if hub.shared.journal.is_shared() {
            hub.shared.tasks.spawn(hub.clone().poll());
        }
        hub
    }

    /// A document has just been made here, so its log is empty: that is not read when it is opened. On a journal or a bus
    /// that others share they may have written to it by then.
    pub fn note_made(&self, document: DocumentId) {
        if self.shared.journal.is_shared() || self.shared.bus.has_peers() {
            return;
        }
        let mut unwritten = self.shared.unwritten.lock();
        if unwritten.len() == MADE_HERE {
            unwritten.clear();
        }
        unwritten.insert(document);
    }

    /// The room of a document, loaded if it is not open; then with the roots that its application declares.
    ///
    /// # Errors
    /// [`OpenError`] when storage does not answer, the log is damaged, or this server is full or stopping.
    pub async fn open(&self, document: DocumentId, roots: &Roots) -> Result<Arc<Room>, OpenError> {
        loop {
            match self.find(document, roots)? {
                Found::Room(room) => return Ok(room),
                // An error means that the sender is gone, which is the change.
                Found::Wait(mut moving) => drop(moving.changed().await),
                Found::Load(moved) => return self.load(document, roots.clone(), moved).await,
            }
        }
    }

    fn find(&self, document: DocumentId, roots: &Roots) -> Result<Found, OpenError> {
        if self.closing.is_cancelled() {
            return Err(OpenError(Close::GoingAway));
        }
        let mut rooms = self.rooms.lock();
        match rooms.get(&document) {
            Some(Slot::Open(room)) if !room.is_closed() => Ok(Found::Room(room.clone())),
            Some(Slot::Moving { moved, .. }) => Ok(Found::Wait(moved.clone())),
            // None, or one that closed itself because its document could not be rebuilt.
            Some(Slot::Open(_)) | None => {
                if self.shared.unwritten.lock().remove(&document) {
                    self.has_memory(document)?;
                    let room = self.make_room(document, roots.clone(), Ok(Log::default()))?;
                    rooms.insert(document, Slot::Open(room.clone()));
                    return Ok(Found::Room(room));
                }
                let (sender, moved) = watch::channel(());
                rooms.insert(document, Slot::Moving { moved, heard_seq: 0 });
                Ok(Found::Load(sender))
            }
        }
    }

    /// Loads on a task of its own: an impatient client that hangs up does not leave a half-open slot. It hears
    /// of the document first: what becomes durable while the log is read is heard, or read again.
    async fn load(&self, document: DocumentId, roots: Roots, moved: watch::Sender<()>) -> Result<Arc<Room>, OpenError> {
        let hub = self.clone();
        let loading = self.shared.tasks.spawn(async move {
            hub.shared.bus.subscribe(document).await;
            let (opened, outcome) = oneshot::channel();
            let reading = hub.clone();
            hub.shared.spawn_reading(move || drop(opened.send(reading.read_room(document, roots))));
            let outcome = outcome.await.unwrap_or(Err(OpenError(Close::Unavailable)));
            let mut rooms = hub.rooms.lock();
            let heard_seq = match rooms.remove(&document) {
                Some(Slot::Moving { heard_seq, .. }) => heard_seq,
                Some(Slot::Open(_)) | None => 0,
            };
            match &outcome {
                Ok(room) => {
                    rooms.insert(document, Slot::Open(room.clone()));
                    drop(rooms);
                    room.hear_head(heard_seq);
                    hub.shared.bus.say(&Signal::WhoIsHere { document });
                }
                Err(_) => hub.shared.bus.unsubscribe(document),
            }
            drop(moved);
            outcome
        });
        loading.await.unwrap_or(Err(OpenError(Close::Unavailable)))
    }

    /// Blocks.
    fn read_room(&self, document: DocumentId, roots: Roots) -> Result<Arc<Room>, OpenError> {
        self.has_memory(document)?;
        let log = self.shared.journal.read(document);
        self.make_room(document, roots, log)
    }

    fn has_memory(&self, document: DocumentId) -> Result<(), OpenError> {
        if self.shared.is_full() {
            warn!(%document, "not opened: the memory for documents is used up");
            return Err(OpenError(Close::Unavailable));
        }
        Ok(())
    }

    fn make_room(
        &self,
        document: DocumentId,
        roots: Roots,
        log: Result<Log, JournalError>,
    ) -> Result<Arc<Room>, OpenError> {
        let room = Room::open(document, roots, self.shared.clone(), log).map_err(|failure| {
            error!(%document, %failure, "not opened");
            OpenError(failure.close())
        })?;
        self.shared.note_growth(room.encoded_bytes());
        Ok(Arc::new(room))
    }

    /// Remembers how far a log is said to go that is just being read.
    pub(crate) fn note_head(&self, document: DocumentId, seq: u64) {
        if let Some(Slot::Moving { heard_seq, .. }) = self.rooms.lock().get_mut(&document) {
            *heard_seq = seq.max(*heard_seq);
        }
    }

    /// Every open room.
    pub fn rooms(&self) -> Vec<Arc<Room>> {
        let open = |slot: &Slot| match slot {
            Slot::Open(room) => Some(room.clone()),
            Slot::Moving { .. } => None,
        };
        self.rooms.lock().values().filter_map(open).collect()
    }

    /// The room of a document, if it is open now.
    pub fn peek(&self, document: DocumentId) -> Option<Arc<Room>> {
        match self.rooms.lock().get(&document) {
            Some(Slot::Open(room)) => Some(room.clone()),
            _ => None,
        }
    }

    /// How many documents were asked for and could not be rebuilt from their logs.
    pub fn quarantined(&self) -> usize {
        self.shared.quarantined.lock().len()
    }

    /// Tells all our own pages something, and those that come from now on.
    pub fn begin_notice(&self, text: &str) {
        *self.shared.notice.lock() = Some(text.into());
        self.rooms().iter().for_each(|room| room.tell_pages(text));
    }

    /// Tells all our own pages, for the last time, what makes an end of the notice.
    pub fn end_notice(&self, text: &str) {
        *self.shared.notice.lock() = None;
        self.rooms().iter().for_each(|room| room.tell_pages(text));
    }

    pub fn bus(&self) -> &Bus {
        &self.shared.bus
    }

    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    async fn keep_time(self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            let now = Instant::now();
            let crowded = self.shared.loaded_bytes.load(Ordering::Relaxed) > self.shared.limits.loaded_bytes / 10 * 9;
            let stays = if crowded { Duration::ZERO } else { self.shared.limits.idle_room };
            let mut loaded_bytes = 0;
            for room in self.rooms() {
                let after = room.tick(now);
                loaded_bytes += after.encoded_bytes * LOADED_FACTOR;
                if after.idle_since.is_some_and(|since| now.saturating_duration_since(since) >= stays) {
                    self.close_room(&room);
                }
                if after.is_over {
                    self.forget_room(&room);
                }
            }
            self.shared.loaded_bytes.store(loaded_bytes, Ordering::Relaxed);
        }
    }

    /// Tells busy rooms who moved. One clock for all of them: to wake a thread for each costs as much as the telling.
    async fn tell_gathered(self) {
        let tell =
            |rooms: Vec<Weak<Room>>| rooms.iter().filter_map(Weak::upgrade).for_each(|room| room.tell_gathered());
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.shared.tell_soon.notified() => {}
            }
            let since = self.shared.now().as_nanos() % PRESENCE_EVERY.as_nanos();
            tokio::time::sleep(PRESENCE_EVERY - Duration::from_nanos(since as u64)).await;
            let mut rooms = std::mem::take(&mut *self.shared.gathering.lock());
            while rooms.len() > TOLD_IN_A_ROW {
                let some = rooms.split_off(rooms.len() - TOLD_IN_A_ROW);
                self.shared.tasks.spawn(async move { tell(some) });
            }
            tell(rooms);
        }
    }

    /// Takes a room out that closed itself, unless its document has been opened again.
    fn forget_room(&self, room: &Arc<Room>) {
        let mut rooms = self.rooms.lock();
        if matches!(rooms.get(&room.id), Some(Slot::Open(there)) if Arc::ptr_eq(there, room)) {
            // Whoever opens it subscribes after this.
            self.shared.bus.unsubscribe(room.id);
            rooms.remove(&room.id);
        }
    }

    /// Takes an idle room out. Whoever opens it again waits until its snapshot is made.
    fn close_room(&self, room: &Arc<Room>) {
        let (sender, moved) = watch::channel(());
        let retired = {
            let mut rooms = self.rooms.lock();
            let Some(retired) = room.retire() else { return };
            rooms.insert(room.id, Slot::Moving { moved, heard_seq: 0 });
            retired
        };
        let (hub, room) = (self.clone(), room.clone());
        self.shared.spawn_putting_away(move || {
            if retired.changed {
                room.snapshot();
            }
            hub.shared.bus.unsubscribe(room.id);
            hub.rooms.lock().remove(&room.id);
            drop(sender);
        });
    }

    /// Makes a document go for good. Who has it open must have been told that they lost it.
    ///
    /// # Errors
    /// When the journal is closed before it is done: do it again.
    pub async fn purge(&self, document: DocumentId) -> Result<(), JournalError> {
        if let Some(room) = self.peek(document) {
            room.end();
            self.shared.bus.unsubscribe(document);
            self.rooms.lock().remove(&document);
        }
        let (done, purged) = oneshot::channel();
        let done = Box::new(move || {
            let _ = done.send(());
        });
        self.shared.journal.purge(Purge { document, done });
        purged.await.map_err(|_| JournalError::Closed)
    }

    /// Sends every client away, spread over a time: all at once they would all come back at once. Nothing is
    /// opened from then on.
    pub async fn close_connections(&self, over: Duration) {
        self.closing.cancel();
        let outboxes: Vec<_> = self.rooms().iter().flat_map(|room| room.outboxes()).collect();
        let pause = over / u32::try_from(outboxes.len().max(1)).unwrap_or(u32::MAX);
        for outbox in outboxes {
            outbox.close(Close::GoingAway);
            if pause > Duration::from_micros(50) {
                tokio::time::sleep(pause.min(Duration::from_millis(20))).await;
            }
        }
        // Who was on the way in when it began is in by now.
        self.rooms().iter().flat_map(|room| room.outboxes()).for_each(|outbox| outbox.close(Close::GoingAway));
    }

    /// Stops: no room opens any more, what was accepted reaches the journal, which is then closed.
    pub async fn stop(&self, deadline: Duration) {
        self.closing.cancel();
        self.stop.cancel();
        let settled = async {
            while !self.rooms().iter().all(|room| room.is_settled()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(deadline, settled).await.is_err() {
            warn!("stopped before everything was in the journal; its authors were not acknowledged");
        }
        self.shared.tasks.close();
        if tokio::time::timeout(deadline, self.shared.tasks.wait()).await.is_err() {
            warn!("stopped while the journal was being read");
        }
        let journal = self.shared.journal.clone();
        if tokio::task::spawn_blocking(move || journal.close()).await.is_err() {
            error!("the journal did not close");
        }
        info!("the hub has stopped");
    }
}
