//! One document and everybody attached to it. The room is a short lock, not a task: whoever brings
//! work does a turn, and the journal's completion does the next. Nothing waits inside.

mod asleep;
mod delivery;
mod elsewhere;
mod load;
mod panics;
mod people;
mod time;
mod turn;

pub use load::verify;
pub(crate) use load::{LoadFailure, Loaded};

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
use crate::limits::{HELD_BACK, UNLOGGED_BYTES};
use crate::{outbox::Outbox, shared::Shared};
use asleep::Asleep;
use people::Gathering;
use time::Rest;
use turn::Flight;

/// The room closed between finding and entering it: open the document again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the room has closed")]
pub struct RoomClosed;

/// Whether more may be brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    Free,
    /// Stop reading this socket and await [`Room::space`].
    Full,
}

/// A room as its operator sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Last durable row.
    pub seq: u64,
    pub connections: usize,
    pub present: usize,
    /// Encoded size of what is in memory, an upper bound; 0 while the document is asleep.
    pub encoded_bytes: usize,
    /// Rows that no snapshot holds yet.
    pub tail_rows: u64,
    /// Age of the oldest edit that is not durable yet, in milliseconds.
    pub oldest_unlogged_ms: u64,
}

pub struct Room {
    pub id: DocumentId,
    /// What the application declared of this document.
    roots: Roots,
    pub(crate) shared: Arc<Shared>,
    // A mutex and not a task: a turn is a few lines of work, and a wake would cost more than it.
    state: Mutex<State>,
    space: Notify,
    snapshotting: AtomicBool,
    rest: Rest,
}

struct State {
    /// `None` while it is asleep, or being built from the log. Boxed: a room without one should not keep room for it.
    document: Option<Box<Document>>,
    /// Where it lies when it is not in memory because nobody needs it.
    asleep: Option<Asleep>,
    /// The last durable row that the document holds.
    seq: u64,
    /// How far the log is said to go: other nodes write to it too.
    heard_seq: u64,
    /// Rows of other nodes are being read.
    catching_up: bool,
    /// When the last row of another node came in.
    foreign_at: Option<Instant>,
    /// Until then another node may write the next row.
    yields_until: Option<Instant>,
    /// When the document was last built, edited or joined.
    used_at: Instant,
    /// How long an append takes, a running mean.
    append_takes: Duration,
    // Boxed: a map keeps room for four at least, and most rooms have one or two.
    connections: HashMap<ConnectionId, Box<Connection>>,
    presence: Presence,
    gathering: Gathering,
    inbox: VecDeque<Inbound>,
    inbox_bytes: usize,
    // Boxed, as it is there for milliseconds only.
    flight: Option<Box<Flight>>,
    /// Edits of the server itself, each a row of its own.
    edits: VecDeque<Edit>,
    /// Rows and bytes since the last snapshot.
    tail_rows: u64,
    tail_bytes: usize,
    /// Users whose last socket sent what cannot be read, and until when they only read.
    held_back: HashMap<Arc<str>, Instant>,
    empty_since: Option<Instant>,
    closed: bool,
}

/// Why an edit of the server was not made; the document is what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// The last row is another than the edit was made for.
    #[error("the document has changed")]
    Changed,
    #[error(transparent)]
    Refused(Refusal),
    #[error("the document is being rebuilt or closed")]
    Interrupted,
}

/// An update that the server itself makes, and who waits for the number of its row.
struct Edit {
    /// Of its row.
    op: Uuid,
    update: Bytes,
    author: Author,
    /// The row that it was made for; `None`: it merges with any.
    after: Option<u64>,
    done: oneshot::Sender<Result<u64, EditError>>,
}

/// A sync message that waits for its turn.
struct Inbound {
    connection: ConnectionId,
    step: SyncStep,
    /// Judged in a batch of its own: one of those that were together when the document broke.
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
    /// Whoever looks in may change something: the room is looked at again at the next tick.
    fn lock(&self) -> MutexGuard<'_, State> {
        let state = self.state.lock();
        self.rest.end();
        state
    }

    /// A connection enters. It hears of edits once its first SyncStep1 is answered, of people at once.
    ///
    /// # Errors
    /// [`RoomClosed`] when the room is on its way out.
    pub fn join(&self, joining: Joining) -> Result<ConnectionId, RoomClosed> {
        let mut state = self.lock();
        if state.closed {
            return Err(RoomClosed);
        }
        let id = self.shared.next_connection();
        let mut connection = Connection::new(id, joining);
        let now = Instant::now();
        state.held_back.retain(|_, until| *until > now);
        if state.held_back.contains_key(&connection.joining.author.user) {
            connection.limit_to(Level::Comment);
            connection.tell("refused", Refusal::MessageTooLarge.code());
        }
        if let Some(everyone) = state.presence.all() {
            connection.send(Reply::Awareness(&everyone));
        }
        state.connections.insert(id, Box::new(connection));
        state.empty_since = None;
        Ok(id)
    }

    /// Takes in a sync message. It is never refused for speed: a full room says so, and its sockets wait.
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

    /// Resolves when the room may have space again; check by sending.
    pub async fn space(&self) {
        loop {
            let notified = self.space.notified();
            if self.lock().space() == Space::Free {
                return;
            }
            notified.await;
        }
    }

    /// Makes an edit of the server: one that somebody asked for over REST, or a whole state from elsewhere.
    /// It is made if `after` is still the last row, as a whole or not at all. Resolves when its row is
    /// durable, with its number.
    ///
    /// # Errors
    /// [`EditError`].
    pub async fn edit(self: &Arc<Self>, update: Bytes, author: Author, after: u64) -> Result<u64, EditError> {
        self.edit_as(Uuid::new_v4(), update, author, Some(after)).await
    }

    /// The same, or with no row after which it must stand: an edit that merges with whatever is there. The row of the log
    /// carries this op id, by which it can be found again after a crash:
    /// [`Journal::row_of`](journal::Journal::row_of).
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
        // Where the room has closed, `done` is dropped unheard.
        self.guarded(|room| {
            let mut state = room.lock();
            if !state.closed {
                state.edits.push_back(Edit { op, update, author, after, done });
                state.turn(room);
            }
        });
        made.await.unwrap_or(Err(EditError::Interrupted))
    }

    /// Tells a connection why a message of it was not taken; it goes on.
    pub fn refuse(&self, connection: ConnectionId, refusal: Refusal) {
        if let Some(refused) = self.lock().connections.get_mut(&connection) {
            refused.refuse(refusal);
        }
    }

    /// A message was larger than any document: what it held is lost to this connection, which can only
    /// read from now on.
    pub fn refuse_large(&self, connection: ConnectionId) {
        if let Some(refused) = self.lock().connections.get_mut(&connection) {
            refused.limit_to(Level::Comment);
            refused.refuse(Refusal::MessageTooLarge);
        }
    }

    /// A frame was so large that the socket had to be closed. Its user comes back with the same one: until
    /// somebody did something about it, they read only.
    pub fn hold_back(&self, connection: ConnectionId) {
        let mut state = self.lock();
        // Where nobody signs in, everybody would be held back.
        let held = state.connections.get(&connection).filter(|held| held.joining.identity.is_some());
        if let Some(user) = held.map(|held| held.joining.author.user.clone()) {
            state.held_back.insert(user, Instant::now() + HELD_BACK);
        }
    }

    /// Marks our own page, which is told the durable sequence number from now on.
    pub fn greet_page(&self, connection: ConnectionId) {
        let mut state = self.lock();
        let seq = state.seq;
        if let Some(page) = state.connections.get_mut(&connection) {
            page.is_page = true;
            page.tell_durable(seq);
            if let Some(notice) = &*self.shared.notice.lock() {
                page.send(Reply::Stateless(notice));
            }
        }
    }

    /// Tells our own pages that something of the document beside its text has changed.
    pub fn tell_pages_of(&self, what: &'static str) {
        self.tell_pages(&format!(r#"{{"t":"{what}"}}"#));
    }

    /// The same for one page.
    pub fn tell_page_of(&self, connection: ConnectionId, what: &'static str) {
        let state = self.lock();
        if let Some(page) = state.connections.get(&connection).filter(|connection| connection.is_page) {
            page.send(Reply::Stateless(&format!(r#"{{"t":"{what}"}}"#)));
        }
    }

    /// Tells our own pages something.
    pub fn tell_pages(&self, text: &str) {
        let state = self.lock();
        for page in state.connections.values().filter(|connection| connection.is_page) {
            page.send(Reply::Stateless(text));
        }
    }

    /// A connection is over. Messages of it that wait still count.
    pub fn leave(self: &Arc<Self>, connection: ConnectionId) {
        let mut state = self.lock();
        let client = state.presence.client_of(connection);
        if let Some(gone) = state.presence.leave(connection, self.shared.now()) {
            state.tell_presence(&gone, &[connection]);
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

    /// Changes what a connection has a right to, from its next message on. Returns what it may do now: a penalty
    /// stays.
    pub fn set_right(&self, connection: ConnectionId, right: Level) -> Level {
        let mut state = self.lock();
        let State { connections, document, .. } = &mut *state;
        let Some(changed) = connections.get_mut(&connection) else { return right };
        let before = changed.level();
        changed.joining.right = right;
        let level = changed.level();
        // What was refused so far is still on the client: ask for it.
        if level > before && level == Level::Edit {
            match document {
                Some(document) => {
                    changed.ask.outstanding = true;
                    changed.send(Reply::Step1(&document.state_vector()));
                }
                // At the next tick, once there is a document again.
                None => changed.ask.due = Some(Instant::now()),
            }
        }
        level
    }

    /// Updates of this connection were dropped before it joined, so many of which its client counts as unsaved: it is
    /// asked for what it has, which makes them good.
    pub fn ask_for_lost(&self, connection: ConnectionId, counted: u32) {
        if let Some(asked) = self.lock().connections.get_mut(&connection) {
            asked.unsettled += counted;
            // At the next tick between appends; an answer to its own question may come first.
            asked.ask.due = Some(Instant::now());
        }
    }

    /// The socket of this connection has room again: send what it is owed.
    pub fn drained(self: &Arc<Self>, connection: ConnectionId) {
        let resync_after = self.lock().pay(connection);
        if let Some(delivered) = resync_after {
            let room = self.clone();
            self.shared.spawn_blocking(move || {
                room.guarded(|room| room.resync(connection, delivered));
            });
        }
    }

    /// The sockets of all connections; one that is attached twice is named twice.
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

    /// Encoded size of its document, an upper bound; 0 while it is asleep.
    pub(crate) fn encoded_bytes(&self) -> usize {
        self.lock().encoded_bytes()
    }

    /// Marks the room closed if it is still idle; from then on nobody can join.
    pub(crate) fn retire(&self) -> Option<Retired> {
        let mut state = self.lock();
        state.idle_since()?;
        state.closed = true;
        Some(Retired { changed: state.tail_rows > 0 })
    }

    /// Ends the room whoever is in it, because its document is about to go.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.close();
        (state.document, state.asleep) = (None, None);
        drop(state);
        self.space.notify_waiters();
    }

    /// Nobody can join any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Nothing is on its way to the journal.
    pub(crate) fn is_settled(&self) -> bool {
        let state = self.lock();
        state.flight.is_none() && state.inbox.is_empty()
    }

    /// Reads from the durable state. `None` while an append is under way or the document is being built, which a
    /// document that was asleep is from now on.
    pub fn read<T>(self: &Arc<Self>, read: impl FnOnce(&Document, u64) -> T) -> Option<T> {
        let mut state = self.lock();
        state.wake(self);
        match (&state.document, &state.flight) {
            (Some(document), None) => Some(read(document, state.seq)),
            _ => None,
        }
    }
}

/// A room that nobody can enter any more.
pub(crate) struct Retired {
    /// It has rows that no snapshot holds.
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

    /// Of an open room; whether the document is in memory or not.
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
    /// Answers a SyncStep1: the server's own question first, as providers expect, then what the client lacks.
    fn answer(&mut self, state_vector: &[u8], missing: &[u8], seq: u64) {
        self.send_together([Reply::Step1(state_vector), Reply::Step2(missing)]);
        self.delivered = Some(seq);
        self.owing = false;
        self.expects_step2 = true;
    }

    fn tell_durable(&self, seq: u64) {
        if self.is_page {
            self.send(Reply::Stateless(&format!(r#"{{"t":"durable","seq":{seq}}}"#)));
        }
    }

    /// A refusal, told once for its code and counted every time.
    fn refuse(&mut self, refusal: Refusal) {
        tracing::debug!(connection = self.id, %refusal, code = refusal.code(), "refused a message");
        self.tell("refused", refusal.code());
        self.send_status(Status::NotSaved);
        metrics::counter!("consilium_refusals_total", "reason" => refusal.code()).increment(1);
    }
}
