//! One document and its connections. A room is a lock that is held briefly, and not a task: the thread that brings work
//! does a turn, and the completion of the append does the next turn. Nothing waits inside a turn.

mod append;
mod asleep;
mod delivery;
mod holds;
mod load;
mod lost_race;
mod missing_updates;
mod other_nodes;
mod panics;
mod passages;
mod presence_relay;
mod reads;
mod slow_readers;
mod snapshots;
mod timeouts;

pub(crate) use load::{LoadFailure, Loaded};
pub use load::{read_log, verify};

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bytes::Bytes;
use document::codec::Reply;
use document::{Author, Document, Level, Presence, Refusal, Roots, SyncStep};
use parking_lot::{Mutex, MutexGuard};
use thiserror::Error;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;
use vocabulary::DocumentId;

use crate::connection::{Connection, ConnectionId, Joining, Status};
use crate::followed::Followed;
use crate::holds::Holds;
use crate::limits::{HELD_BACK, UNLOGGED_BYTES};
use crate::{outbox::Outbox, shared::Shared};
use append::Flight;
use asleep::Asleep;
use presence_relay::Gathering;
use timeouts::Rest;

/// The room closed after it was looked up and before it was joined. Open the document again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the room has closed")]
pub struct RoomClosed;

/// Whether the room accepts more messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Free,
    /// Stop reading this socket and await [`Room::space`].
    Full,
}

/// Figures about a room, for operators and metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Sequence number of the last durable row.
    pub seq: u64,
    pub connections: usize,
    pub present: usize,
    /// Encoded size of the document in memory, an upper bound; 0 while the document is asleep.
    pub encoded_bytes: usize,
    /// Rows after the last snapshot.
    pub tail_rows: u64,
    /// Age of the oldest edit that is not durable yet, in milliseconds.
    pub oldest_unlogged_ms: u64,
}

pub struct Room {
    pub id: DocumentId,
    /// The roots that the application declared for this document.
    roots: Roots,
    pub(crate) shared: Arc<Shared>,
    // A mutex instead of a task, because waking a task would take longer than a turn.
    state: Mutex<State>,
    space: Notify,
    /// Notified when the durable state may be readable.
    readable: Notify,
    snapshotting: AtomicBool,
    /// Whether the passages to follow are not known yet.
    asks_for_passages: AtomicBool,
    rest: Rest,
}

struct State {
    /// `None` while the document is asleep or is being built from the log. Boxed, so that a room without one does not
    /// reserve the space.
    document: Option<Box<Document>>,
    /// Set while the document is not in memory because nobody needs it.
    asleep: Option<Asleep>,
    /// The last durable row that the document contains.
    seq: u64,
    /// The highest row number that is known to be in the log, to which other nodes write, too.
    announced_seq: u64,
    /// Whether rows of other nodes are being read.
    catching_up: bool,
    /// When the last row of another node was applied.
    foreign_at: Option<Instant>,
    /// The time until which the next row is left to another node.
    yields_until: Option<Instant>,
    /// Whether messages wait for an edit by the server.
    holds: Holds,
    /// When the document was last built or edited.
    used_at: Instant,
    /// Running mean of the duration of an append.
    append_takes: Duration,
    // Boxed, because a map reserves space for at least four entries, and most rooms have one or two.
    connections: HashMap<ConnectionId, Box<Connection>>,
    presence: Presence,
    // Boxed, because most documents have none.
    /// The passages that are followed; `None` until they are known.
    followed: Option<Box<Followed>>,
    gathering: Gathering,
    inbox: VecDeque<Inbound>,
    inbox_bytes: usize,
    // Boxed, because it exists for milliseconds only.
    flight: Option<Box<Flight>>,
    /// Edits by the server that wait. Each is written as a row of its own.
    edits: VecDeque<Edit>,
    /// The number of rows since the last snapshot; `tail_bytes` are their bytes.
    tail_rows: u64,
    tail_bytes: usize,
    /// The number of readers that wait for a moment between two appends. While `readers_turn` is set, no append begins.
    readers: usize,
    readers_turn: bool,
    /// Peers whose last socket sent a frame that was too large to be read, and the time until which they may only read.
    held_back: HashMap<Arc<str>, Instant>,
    empty_since: Option<Instant>,
    closed: bool,
}

/// The reason why an edit by the server was not made. The document is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// The last row is not the one that the edit was based on.
    #[error("the document has changed")]
    Changed,
    #[error(transparent)]
    Refused(Refusal),
    #[error("the document is being rebuilt or closed")]
    Interrupted,
}

/// An update made by the server, and the channel on which its caller waits for the row number.
struct Edit {
    /// Op id of the edit's row.
    op: Uuid,
    update: Bytes,
    author: Author,
    /// The row that the edit is based on; `None` if the edit merges with any state.
    after: Option<u64>,
    done: oneshot::Sender<Result<u64, EditError>>,
}

/// A sync message waiting in the inbox.
struct Inbound {
    connection: ConnectionId,
    step: SyncStep,
    /// Whether the message must be checked in a batch of its own, because it was in a batch that broke the document or
    /// lost its row number.
    alone: bool,
}

impl Inbound {
    fn bytes(&self) -> usize {
        match &self.step {
            SyncStep::Step1(bytes) | SyncStep::Step2(bytes) | SyncStep::Update(bytes) => bytes.len(),
        }
    }
}

impl Room {
    /// Locks the state. The caller may change it, so the next tick of the room is not skipped.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.state.lock();
        self.rest.end();
        state
    }

    /// Adds a connection. It receives presence at once, and edits after its first SyncStep1 was answered.
    ///
    /// # Errors
    /// [`RoomClosed`] when the room is closing.
    pub fn join(&self, joining: Joining) -> Result<ConnectionId, RoomClosed> {
        let mut state = self.lock();
        if state.closed {
            return Err(RoomClosed);
        }
        let id = self.shared.next_connection();
        let mut connection = Connection::new(id, joining);
        let now = Instant::now();
        state.held_back.retain(|_, until| *until > now);
        if state.held_back.contains_key(&connection.joining.peer) {
            // Many people may share an address.
            match connection.joining.identity {
                Some(_) => connection.hold_back(),
                None => connection.is_suspect = true,
            }
        }
        if let Some(everyone) = state.presence.all() {
            connection.send(Reply::Awareness(&everyone));
        }
        state.connections.insert(id, Box::new(connection));
        state.empty_since = None;
        Ok(id)
    }

    /// Queues a sync message. It is always accepted; if the result is [`Space::Full`], the socket must not be read
    /// until [`Room::space`] resolves.
    pub fn receive(self: &Arc<Self>, connection: ConnectionId, step: SyncStep) -> Space {
        self.guarded(|room| room.take_in(connection, step)).unwrap_or(Space::Free)
    }

    fn take_in(self: &Arc<Self>, connection: ConnectionId, step: SyncStep) -> Space {
        let mut state = self.lock();
        if state.closed {
            return Space::Free;
        }
        let inbound = Inbound { connection, step, alone: false };
        state.inbox_bytes += inbound.bytes();
        state.inbox.push_back(inbound);
        state.turn(self);
        state.space()
    }

    /// Resolves when the room may have space again. Only the next [`Room::receive`] shows whether it has.
    pub async fn space(&self) {
        loop {
            let notified = self.space.notified();
            if self.lock().space() == Space::Free {
                return;
            }
            notified.await;
        }
    }

    /// Makes an edit by the server, such as a change requested over REST or an imported state. The edit is made
    /// completely if `after` is still the last row, and otherwise not at all. Resolves with the number of the edit's
    /// row when the row is durable.
    ///
    /// # Errors
    /// [`EditError`].
    pub async fn edit(self: &Arc<Self>, update: Bytes, author: Author, after: u64) -> Result<u64, EditError> {
        self.edit_as(Uuid::new_v4(), update, author, Some(after)).await
    }

    /// Like [`Room::edit`], but `after` may be `None` for an edit that merges with any state. The row in the log
    /// carries this op id, so that it can be found after a crash: [`Journal::row_of`](journal::Journal::row_of).
    ///
    /// # Errors
    /// As [`Room::edit`]. After [`EditError::Interrupted`] only the log knows whether the edit was made.
    pub async fn edit_as(
        self: &Arc<Self>,
        op: Uuid,
        update: Bytes,
        author: Author,
        after: Option<u64>,
    ) -> Result<u64, EditError> {
        let (done, made) = oneshot::channel();
        // If the room has closed, `done` is dropped and the caller gets `Interrupted`.
        self.guarded(|room| {
            let mut state = room.lock();
            if !state.closed {
                state.edits.push_back(Edit { op, update, author, after, done });
                state.turn(room);
            }
        });
        made.await.unwrap_or(Err(EditError::Interrupted))
    }

    /// Sends a connection the reason why its message was refused. The connection stays open.
    pub fn refuse(&self, connection: ConnectionId, refusal: Refusal) {
        if let Some(refused) = self.lock().connections.get_mut(&connection) {
            refused.refuse(refusal);
        }
    }

    /// Refuses a message that is larger than any document may be. Its content is lost, so this connection can only read
    /// from now on.
    pub fn refuse_large(&self, connection: ConnectionId) {
        if let Some(refused) = self.lock().connections.get_mut(&connection) {
            refused.limit_to(Level::Comment);
            refused.refuse(Refusal::MessageTooLarge);
        }
    }

    /// Records that a socket was closed because of an oversized frame. The client will reconnect, and would send the
    /// same frame again when asked for everything it has. Therefore its next connections may only read, and are asked
    /// for nothing, for [`HELD_BACK`].
    pub fn hold_back(&self, connection: ConnectionId) {
        let mut state = self.lock();
        if let Some(peer) = state.connections.get(&connection).map(|held| held.joining.peer.clone()) {
            state.held_back.insert(peer, Instant::now() + HELD_BACK);
        }
    }

    /// Marks the connection as one of our own pages, which receives the durable sequence number from now on.
    pub fn greet_page(&self, connection: ConnectionId) {
        let mut state = self.lock();
        let seq = state.seq;
        if let Some(page) = state.connections.get_mut(&connection) {
            page.is_page = true;
            page.send_durable(seq);
            if let Some(notice) = &*self.shared.notice.lock() {
                page.send(Reply::Stateless(notice));
            }
        }
    }

    /// Notifies our own pages that something about the document other than its text has changed.
    pub fn notify_pages(&self, what: &'static str) {
        self.send_to_pages(&format!(r#"{{"t":"{what}"}}"#));
    }

    /// Like [`Room::notify_pages`], for one page.
    pub fn notify_page(&self, connection: ConnectionId, what: &'static str) {
        let state = self.lock();
        if let Some(page) = state.connections.get(&connection).filter(|connection| connection.is_page) {
            page.send(Reply::Stateless(&format!(r#"{{"t":"{what}"}}"#)));
        }
    }

    /// Sends a stateless message to our own pages.
    pub fn send_to_pages(&self, text: &str) {
        let state = self.lock();
        for page in state.connections.values().filter(|connection| connection.is_page) {
            page.send(Reply::Stateless(text));
        }
    }

    /// Removes a connection. Its queued messages are still processed.
    pub fn leave(self: &Arc<Self>, connection: ConnectionId) {
        let mut state = self.lock();
        let client = state.presence.client_of(connection);
        if let Some(gone) = state.presence.leave(connection, self.shared.now()) {
            state.send_presence(&gone, &[connection]);
            self.shared.presence_changed(self.id);
        }
        let State { presence, document, .. } = &mut *state;
        if let (Some(client), Some(document)) = (client, document) {
            document.set_speaker(client, presence.holder(client));
        }
        if state.inbox.iter().any(|inbound| inbound.connection == connection) {
            if let Some(departing) = state.connections.get_mut(&connection) {
                departing.departed = true;
                departing.joining.outbox = Outbox::gone();
            }
        } else {
            state.connections.remove(&connection);
        }
        state.note_if_empty();
    }

    /// Changes the right of a connection, from its next message on. Returns the resulting level, which a penalty may
    /// still limit.
    pub fn set_right(&self, connection: ConnectionId, right: Level) -> Level {
        let mut state = self.lock();
        let State { connections, document, .. } = &mut *state;
        let Some(changed) = connections.get_mut(&connection) else { return right };
        let before = changed.level();
        changed.joining.right = right;
        let level = changed.level();
        // The client still has the edits that were refused so far: ask for them.
        if level > before && level == Level::Edit {
            match document {
                Some(document) => {
                    changed.ask.outstanding = true;
                    changed.send(Reply::Step1(&document.state_vector()));
                }
                // Asked at the next tick, once the document is loaded.
                None => changed.ask.due = Some(Instant::now()),
            }
        }
        level
    }

    /// Asks a connection for updates that were dropped before it joined. The client counts `counted` of them as
    /// unsaved. It is asked to send everything it has, which replaces the lost updates.
    pub fn ask_for_lost(&self, connection: ConnectionId, counted: u32) {
        if let Some(asked) = self.lock().connections.get_mut(&connection) {
            asked.unsettled += counted;
            if asked.is_held_back || asked.is_suspect {
                return;
            }
            // Asked at the next tick between appends; the answer to the client's own SyncStep1 may come first.
            asked.ask.due = Some(Instant::now());
        }
    }

    /// Called when the socket of this connection has space again. Sends the messages that were dropped.
    pub fn drained(self: &Arc<Self>, connection: ConnectionId) {
        let resync_after = self.lock().send_owed(connection);
        if let Some(delivered) = resync_after {
            let room = self.clone();
            self.shared.spawn_blocking(move || {
                room.guarded(|room| room.resync(connection, delivered));
            });
        }
    }

    /// The outboxes of all connections; a socket with two connections appears twice.
    pub(crate) fn outboxes(&self) -> Vec<Arc<Outbox>> {
        self.lock().connections.values().map(|connection| connection.joining.outbox.clone()).collect()
    }

    pub fn figures(&self) -> Figures {
        let state = self.lock();
        Figures {
            seq: state.seq,
            connections: state.connections.values().filter(|connection| !connection.departed).count(),
            present: state.presence.len(),
            encoded_bytes: state.encoded_bytes(),
            tail_rows: state.tail_rows,
            oldest_unlogged_ms: state.flight.as_ref().map_or(0, |flight| flight.since.elapsed().as_millis() as u64),
        }
    }

    /// Encoded size of the document, an upper bound; 0 while it is asleep.
    pub(crate) fn encoded_bytes(&self) -> usize {
        self.lock().encoded_bytes()
    }

    /// Closes the room if it is still idle. After that, nobody can join.
    pub(crate) fn retire(&self) -> Option<Retired> {
        let mut state = self.lock();
        state.idle_since()?;
        state.closed = true;
        Some(Retired { changed: state.tail_rows > 0 })
    }

    /// Closes the room even if it has connections, because its document is about to be purged.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.close();
        (state.document, state.asleep) = (None, None);
        drop(state);
        self.space.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Whether nothing is queued for the journal or being appended.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.lock();
        state.flight.is_none() && state.inbox.is_empty()
    }
}

/// A room that no longer accepts connections.
pub(crate) struct Retired {
    /// Whether the document has rows after its last snapshot.
    pub changed: bool,
}

impl State {
    fn encoded_bytes(&self) -> usize {
        match (&self.document, &self.asleep) {
            (Some(document), _) => document.encoded_bytes(),
            (None, Some(asleep)) => asleep.encoded_bytes(),
            (None, None) => 0,
        }
    }

    fn space(&self) -> Space {
        let in_flight = self.flight.as_ref().map_or(0, |flight| flight.bytes);
        if self.inbox_bytes + in_flight < UNLOGGED_BYTES { Space::Free } else { Space::Full }
    }

    /// Whether the room is open and has no queued or unfinished work, no matter whether the document is in memory.
    fn nothing_under_way(&self) -> bool {
        self.flight.is_none() && self.inbox.is_empty() && self.edits.is_empty() && !self.closed
    }

    fn idle_since(&self) -> Option<Instant> {
        let idle = self.connections.is_empty() && self.nothing_under_way();
        let sleeps = self.asleep.as_ref().is_some_and(|asleep| !asleep.is_waking());
        (idle && (self.document.is_some() || sleeps)).then_some(self.empty_since).flatten()
    }

    fn note_if_empty(&mut self) {
        if self.connections.is_empty() {
            self.empty_since.get_or_insert_with(Instant::now);
        }
    }
}

impl Connection {
    /// Answers a SyncStep1: first with the server's own SyncStep1, as providers expect, then with the content that the
    /// client lacks.
    fn answer(&mut self, theirs: &[u8], state_vector: &[u8], missing: &[u8], seq: u64) {
        if std::mem::take(&mut self.is_suspect) && has_more(theirs, state_vector) {
            self.hold_back();
        }
        if self.is_held_back {
            self.send_exempt(Reply::Step2(missing));
        } else {
            self.send_together([Reply::Step1(state_vector), Reply::Step2(missing)]);
        }
        self.delivered = Some(seq);
        self.owing = false;
        self.expects_step2 = !self.is_held_back;
    }

    /// Limits the connection to reading. It is not asked for its edits.
    fn hold_back(&mut self) {
        self.is_held_back = true;
        self.limit_to(Level::Comment);
        self.send_reason("refused", Refusal::MessageTooLarge.code(), None);
    }

    fn send_durable(&self, seq: u64) {
        if self.is_page {
            self.send(Reply::Stateless(&format!(r#"{{"t":"durable","seq":{seq}}}"#)));
        }
    }

    /// Reports a refusal. The reason is sent once for each code, but every refusal is counted.
    fn refuse(&mut self, refusal: Refusal) {
        tracing::debug!(connection = self.id, %refusal, code = refusal.code(), "refused a message");
        self.send_reason("refused", refusal.code(), refusal.limit());
        self.send_status(Status::NotSaved);
        metrics::counter!("consilium_refusals_total", "reason" => refusal.code()).increment(1);
    }
}

/// Whether a client's state vector contains clocks that the server's does not.
fn has_more(theirs: &[u8], ours: &[u8]) -> bool {
    let read = |bytes| document::update::read_state_vector(bytes).unwrap_or_default();
    let known: HashMap<u64, u32> = read(ours).into_iter().collect();
    read(theirs).into_iter().any(|(client, clock)| clock > known.get(&client).copied().unwrap_or(0))
}
