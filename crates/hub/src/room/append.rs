//! A turn checks the waiting messages, applies them in one transaction, and sends one row to the journal. Also the work
//! after that row is durable.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use document::{Accepted, Level, Outcome, Refusal, SyncStep};
use journal::{Append, Appended, Entry, Row, Signal};
use tokio::sync::oneshot;
use tracing::{debug, error, warn};
use uuid::Uuid;

use super::{Edit, EditError, Inbound, Room, State};
use crate::connection::{ConnectionId, Origin, Status};
use crate::limits::BATCH_BYTES;

/// The connection id of entries made by the server itself.
const SERVER: ConnectionId = 0;

/// The append in progress; there is at most one.
pub(super) struct Flight {
    /// When the batch was closed.
    pub since: Instant,
    /// When the row was last sent to the journal.
    launched: Instant,
    pub bytes: usize,
    /// State vector and state before the batch, if they were cached. Joins can be answered from them during the append.
    pub durable_state: Option<(Bytes, Bytes)>,
    pub row: Row,
    /// One update with the content of all entries.
    merged: Option<Bytes>,
    sources: Vec<Source>,
    on_durable: Vec<OnDurable>,
}

impl Flight {
    pub(super) fn is_edit(&self) -> bool {
        self.on_durable.iter().any(|action| matches!(action, OnDurable::Edited { .. }))
    }

    pub(super) fn into_parts(self) -> (Vec<Source>, Vec<OnDurable>) {
        (self.sources, self.on_durable)
    }
}

/// A message of the batch, kept so that it can be checked again if the batch does not become durable.
pub(super) struct Source {
    inbound: Inbound,
    /// Whether the message changed the document.
    accepted: bool,
}

/// An action that waits until everything before it is durable. A client's actions run in the order of its messages.
pub(super) enum OnDurable {
    Answer {
        connection: ConnectionId,
        state_vector: Bytes,
    },
    Settle {
        connection: ConnectionId,
        kind: Kind,
        status: Status,
    },
    /// y-websocket: the client considers an update saved when it is sent back.
    Echo {
        connection: ConnectionId,
        update: Bytes,
    },
    Ask {
        connection: ConnectionId,
    },
    Edited {
        done: oneshot::Sender<Result<u64, EditError>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Step2,
    Update,
}

#[derive(Default)]
struct Batch {
    /// Op id of the row; `None` for a new one.
    op: Option<Uuid>,
    entries: Vec<Entry>,
    bytes: usize,
    sources: Vec<Source>,
    on_durable: Vec<OnDurable>,
}

impl State {
    /// Does turns while there is work, until a turn has sent a row to the journal.
    pub(super) fn turn(&mut self, room: &Arc<Room>) {
        self.answer_asleep(room);
        while self.may_turn() && self.has_work() {
            self.used_at = Instant::now();
            let durable_state = self.document.as_ref().and_then(|document| document.cached_state());
            let batch = match self.edits.pop_front() {
                Some(edit) => self.judge_edit(edit),
                None => self.gather(),
            };
            self.forget_departed();
            let at = milliseconds_since_1970();
            self.note_turn(at, &batch.entries);
            let Some(document) = &mut self.document else { return };
            match document.apply() {
                Err(broken) => {
                    error!(parent: &room.span(), %broken, "the document is rebuilt from its log");
                    self.rebuild_without_culprit(room, batch);
                }
                Ok(applied) if batch.entries.is_empty() => {
                    debug_assert!(applied.merged.is_none(), "nothing was accepted");
                    self.conclude(batch.on_durable);
                }
                Ok(applied) => {
                    let row = Row {
                        document: room.id,
                        seq: self.seq + 1,
                        op: batch.op.unwrap_or_else(Uuid::new_v4),
                        at,
                        entries: batch.entries,
                    };
                    let Batch { bytes, sources, on_durable, .. } = batch;
                    let merged = applied.merged;
                    let since = Instant::now();
                    let launched = since;
                    let flight = Flight { since, launched, bytes, durable_state, row, merged, sources, on_durable };
                    self.launch(room, Box::new(flight));
                }
            }
        }
    }

    /// Whether a turn may begin. While another node's row is expected, a batch would only lose the race for its number.
    fn may_turn(&self) -> bool {
        let others_turn = self.yields_until.is_some_and(|until| Instant::now() < until);
        !self.readers_turn
            && self.flight.is_none()
            && self.document.is_some()
            && !self.catching_up
            && !self.closed
            && !others_turn
    }

    pub(super) fn launch(&mut self, room: &Arc<Room>, mut flight: Box<Flight>) {
        let row = flight.row.clone();
        room.shared.note_growth(flight.bytes);
        flight.launched = Instant::now();
        self.flight = Some(flight);
        let landing = room.clone();
        let done = Box::new(move |appended| {
            landing.guarded(|room| room.landed(appended));
        });
        room.shared.journal.append(Append { row, done });
    }

    /// Checks messages in the order of arrival, until the batch is full.
    fn gather(&mut self) -> Batch {
        let mut batch = Batch::default();
        while let Some(inbound) = self.inbox.pop_front() {
            let bytes = inbound.bytes();
            let stands_alone = inbound.alone;
            if stands_alone && !batch.sources.is_empty() {
                self.inbox.push_front(inbound);
                break;
            }
            self.inbox_bytes -= bytes;
            if let Some(later) = self.judge(inbound, &mut batch) {
                self.inbox_bytes += bytes;
                self.inbox.push_front(later);
                break;
            }
            if stands_alone || batch.bytes >= BATCH_BYTES {
                break;
            }
        }
        batch
    }

    /// Checks an edit by the server. It is accepted completely, or refused if the last row is not the row that the edit
    /// is based on.
    fn judge_edit(&mut self, Edit { op, update, author, after, done }: Edit) -> Batch {
        let mut batch = Batch::default();
        let Some(document) = &mut self.document else { return batch };
        let outcome = after.is_none_or(|after| self.seq == after).then(|| document.receive_whole(&update, &author));
        let error = match outcome {
            Some(Outcome::Accepted(accepted)) => {
                batch.op = Some(op);
                batch.bytes = accepted.bytes.len();
                batch.entries.push(Entry { user: author.user, connection: SERVER, bytes: accepted.bytes });
                batch.on_durable.push(OnDurable::Edited { done });
                return batch;
            }
            None => EditError::Changed,
            Some(Outcome::Refused(refusal)) => EditError::Refused(refusal),
            Some(Outcome::NothingNew(_) | Outcome::Answer(_) | Outcome::Later) => {
                EditError::Refused(Refusal::Malformed("the update contains nothing new"))
            }
        };
        // The caller may have stopped waiting, which is no error.
        let _ = done.send(Err(error));
        batch
    }

    /// Checks one message; returns it if it must wait for the next turn.
    fn judge(&mut self, inbound: Inbound, batch: &mut Batch) -> Option<Inbound> {
        let State { document, connections, .. } = self;
        let (Some(document), Some(connection)) = (document, connections.get_mut(&inbound.connection)) else {
            return None;
        };
        let id = inbound.connection;
        let (kind, bytes) = match &inbound.step {
            SyncStep::Step1(state_vector) => {
                match document::update::read_state_vector(state_vector) {
                    Ok(_) => {
                        batch.on_durable.push(OnDurable::Answer { connection: id, state_vector: state_vector.clone() })
                    }
                    Err(refusal) => connection.refuse(refusal),
                }
                return None;
            }
            SyncStep::Step2(bytes) => (Kind::Step2, bytes.clone()),
            SyncStep::Update(bytes) => (Kind::Update, bytes.clone()),
        };
        let level = connection.level();
        match document.receive(&inbound.step, level, &connection.joining.author) {
            Outcome::Later => return Some(inbound),
            Outcome::Accepted(Accepted { bytes, left_out }) => {
                let user = connection.joining.author.user.clone();
                batch.bytes += bytes.len();
                batch.entries.push(Entry { user, connection: id, bytes });
                self.note_left_out(id, kind, &left_out, &mut batch.on_durable);
                batch.sources.push(Source { inbound, accepted: true });
                return None;
            }
            Outcome::NothingNew(left_out) => {
                self.note_left_out(id, kind, &left_out, &mut batch.on_durable);
                if kind == Kind::Update && left_out.is_empty() {
                    batch.on_durable.push(OnDurable::Echo { connection: id, update: bytes });
                }
            }
            Outcome::Refused(refusal) => self.note_refused(id, kind, refusal, &mut batch.on_durable),
            Outcome::Answer(_) => {}
        }
        batch.sources.push(Source { inbound, accepted: false });
        None
    }

    fn note_refused(&mut self, id: ConnectionId, kind: Kind, refusal: Refusal, on_durable: &mut Vec<OnDurable>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        debug!(connection = id, %refusal, code = refusal.code(), "refused an update");
        connection.send_reason("refused", refusal.code(), refusal.limit());
        metrics::counter!("consilium_refusals_total", "reason" => refusal.code()).increment(1);
        on_durable.push(OnDurable::Settle { connection: id, kind, status: Status::NotSaved });
        if matches!(refusal, Refusal::Malformed(_)) {
            self.consider_asking(id, kind, refusal.code(), on_durable);
        }
    }

    /// Runs the actions that waited for durability.
    fn conclude(&mut self, on_durable: Vec<OnDurable>) {
        let seq = self.seq;
        for action in on_durable {
            match action {
                OnDurable::Answer { connection, state_vector } => self.answer(connection, &state_vector, seq),
                OnDurable::Settle { connection, kind, status } => self.settle(connection, kind, status),
                OnDurable::Echo { connection, update } => self.echo(connection, &update),
                OnDurable::Edited { done } => drop(done.send(Ok(seq))),
                OnDurable::Ask { connection } => {
                    let (Some(document), Some(asked)) = (&self.document, self.connections.get(&connection)) else {
                        continue;
                    };
                    asked.send_exempt(document::codec::Reply::Step1(&document.state_vector()));
                }
            }
        }
    }

    /// Sends sync statuses. A Hocuspocus client counts them; docs/clients.md explains the arithmetic.
    fn settle(&mut self, id: ConnectionId, kind: Kind, status: Status) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match (kind, status) {
            (Kind::Update, Status::Saved) => connection.send_status(Status::Saved),
            (Kind::Update, Status::NotSaved) => {
                connection.unsettled += 1;
                connection.send_status(Status::NotSaved);
            }
            (Kind::Step2, Status::Saved) => {
                connection.ask.outstanding = false;
                connection.ask.failures = 0;
                connection.ask.due = None;
                let first = u32::from(std::mem::take(&mut connection.expects_step2));
                for _ in 0..first + std::mem::take(&mut connection.unsettled) {
                    connection.send_status(Status::Saved);
                }
            }
            (Kind::Step2, Status::NotSaved) => {
                // The status stays owed, and is sent when a SyncStep2 completes the update.
                if std::mem::take(&mut connection.expects_step2) {
                    connection.unsettled += 1;
                    connection.send_status(Status::NotSaved);
                }
            }
        }
    }

    pub(super) fn forget_departed(&mut self) {
        if self.connections.values().any(|connection| connection.departed) {
            let inbox = &self.inbox;
            let waits = |id: &ConnectionId| inbox.iter().any(|inbound| inbound.connection == *id);
            self.connections.retain(|id, connection| !connection.departed || waits(id));
            self.note_if_empty();
        }
    }

    fn rebuild_without_culprit(&mut self, room: &Arc<Room>, batch: Batch) {
        let mut sources = batch.sources;
        if let [only] = batch.entries.as_slice() {
            let id = only.connection;
            warn!(parent: &room.span(), connection = id, "an update that broke the document is quarantined");
            if let Some(culprit) = self.connections.get_mut(&id) {
                culprit.limit_to(Level::View);
                culprit.refuse(Refusal::Quarantined);
            }
            sources.retain(|source| !source.accepted);
        }
        self.requeue(sources, batch.on_durable, EditError::Refused(Refusal::Quarantined));
        room.rebuild(self);
    }

    /// Puts the messages of a batch back at the front of the inbox, each to be checked in a batch of its own.
    pub(super) fn requeue(&mut self, sources: Vec<Source>, on_durable: Vec<OnDurable>, why: EditError) {
        let mut again = Vec::with_capacity(sources.len());
        for action in on_durable {
            match action {
                OnDurable::Answer { connection, state_vector } => {
                    again.push(Inbound { connection, step: SyncStep::Step1(state_vector), alone: false });
                }
                OnDurable::Ask { connection } => {
                    if let Some(unasked) = self.connections.get_mut(&connection) {
                        unasked.ask.outstanding = false;
                    }
                }
                OnDurable::Edited { done } => drop(done.send(Err(why))),
                // These actions are created again when the messages are checked again.
                OnDurable::Settle { .. } | OnDurable::Echo { .. } => {}
            }
        }
        again.extend(sources.into_iter().map(|source| Inbound { alone: true, ..source.inbound }));
        for inbound in again.into_iter().rev() {
            self.inbox_bytes += inbound.bytes();
            self.inbox.push_front(inbound);
        }
    }
}

impl Room {
    /// Called by the journal, on its own thread, when the append has ended.
    fn landed(self: &Arc<Self>, appended: Appended) {
        let mut state = self.lock();
        let Some(flight) = state.flight.take() else { return };
        if appended == Appended::LostRace {
            debug!(parent: &self.span(), seq = flight.row.seq, "another node took this number");
            metrics::counter!("consilium_lost_races_total").increment(1);
            state.flight = Some(flight);
            let room = self.clone();
            return self.shared.spawn_blocking(move || {
                room.guarded(Room::resolve_lost_race);
            });
        }
        self.shared.ack_seconds.record(flight.since.elapsed().as_secs_f64());
        state.append_takes = (3 * state.append_takes + flight.launched.elapsed()) / 4;
        state.seq = flight.row.seq;
        state.tail_rows += 1;
        state.tail_bytes += flight.bytes;
        let seq = state.seq;
        state.note_reports(self, seq, Instant::now());
        state.broadcast(&flight.row.entries, flight.merged.as_ref(), Origin::Here);
        if self.shared.bus.has_peers() {
            self.shared.bus.publish(&Signal::Row(flight.row));
        }
        state.conclude(flight.on_durable);
        state.yield_to_others(self);
        state.catch_up(self);
        state.readers_turn = state.readers > 0;
        state.turn(self);
        drop(state);
        self.readable.notify_waiters();
        self.space.notify_waiters();
    }
}

fn milliseconds_since_1970() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
