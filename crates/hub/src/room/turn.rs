//! A turn: judge what waits, apply it in one transaction, send one row to the journal; and what
//! happens when that row is durable.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use document::{Accepted, Document, LeftOut, Level, Outcome, Refusal, SyncStep};
use journal::{Append, Appended, Entry, Row, Signal};
use tokio::sync::oneshot;
use tracing::{debug, error, warn};
use uuid::Uuid;

use super::{Edit, EditError, Inbound, Room, State};
use crate::connection::{ConnectionId, Origin, Status};
use crate::limits::BATCH_BYTES;

/// The connection that entries of the server itself name.
const SERVER: ConnectionId = 0;

/// The one append that is under way.
pub(super) struct Flight {
    /// When the batch was closed.
    pub since: Instant,
    /// When it was last sent to the journal.
    launched: Instant,
    pub bytes: usize,
    /// State vector and state from before it, where they were at hand: what a join may be told meanwhile.
    pub durable_state: Option<(Bytes, Bytes)>,
    pub row: Row,
    /// One update that says all of it.
    merged: Option<Bytes>,
    sources: Vec<Source>,
    after: Vec<After>,
}

impl Flight {
    pub(super) fn is_edit(&self) -> bool {
        self.after.iter().any(|told| matches!(told, After::Edited { .. }))
    }

    pub(super) fn into_parts(self) -> (Vec<Source>, Vec<After>) {
        (self.sources, self.after)
    }
}

/// A message of the batch, to be judged again if the batch does not become durable as it is.
pub(super) struct Source {
    inbound: Inbound,
    /// It changed the document.
    accepted: bool,
}

/// What a client is told once everything before it is durable, in the order of its messages.
pub(super) enum After {
    Answer {
        connection: ConnectionId,
        state_vector: Bytes,
    },
    Settle {
        connection: ConnectionId,
        said: Said,
        status: Status,
    },
    /// y-websocket: an update counts as confirmed when it comes back.
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
pub(super) enum Said {
    Step2,
    Update,
}

#[derive(Default)]
struct Batch {
    /// Of the row; `None`: a new one.
    op: Option<Uuid>,
    entries: Vec<Entry>,
    bytes: usize,
    sources: Vec<Source>,
    after: Vec<After>,
}

impl State {
    /// Does as many turns as there is work for, until one is under way to the journal.
    pub(super) fn turn(&mut self, room: &Arc<Room>) {
        self.answer_asleep(room);
        while self.may_turn() && !(self.inbox.is_empty() && self.edits.is_empty()) {
            self.used_at = Instant::now();
            let durable_state = self.document.as_ref().and_then(|document| document.cached_state());
            let batch = match self.edits.pop_front() {
                Some(edit) => self.judge_edit(edit),
                None => self.gather(),
            };
            self.forget_departed();
            let Some(document) = &mut self.document else { return };
            match document.apply() {
                Err(broken) => {
                    error!(parent: &room.span(), %broken, "the document is rebuilt from its log");
                    self.rebuild_without_culprit(room, batch);
                }
                Ok(applied) if batch.entries.is_empty() => {
                    debug_assert!(applied.merged.is_none(), "nothing was accepted");
                    self.conclude(batch.after);
                }
                Ok(applied) => {
                    let row = Row {
                        document: room.id,
                        seq: self.seq + 1,
                        op: batch.op.unwrap_or_else(Uuid::new_v4),
                        at: milliseconds_since_1970(),
                        entries: batch.entries,
                    };
                    let Batch { bytes, sources, after, .. } = batch;
                    let merged = applied.merged;
                    let since = Instant::now();
                    let launched = since;
                    let flight = Flight { since, launched, bytes, durable_state, row, merged, sources, after };
                    self.launch(room, Box::new(flight));
                }
            }
        }
    }

    /// While a row that others wrote is about to come in, what is judged would only lose its number.
    fn may_turn(&self) -> bool {
        let others_turn = self.yields_until.is_some_and(|until| Instant::now() < until);
        self.flight.is_none() && self.document.is_some() && !self.catching_up && !self.closed && !others_turn
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

    /// Judges messages in the order in which they came, until the batch is full.
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

    /// An edit of the server itself: all of it, or nothing where another row than it was made for is the last.
    fn judge_edit(&mut self, Edit { op, update, author, after, done }: Edit) -> Batch {
        let mut batch = Batch::default();
        let Some(document) = &mut self.document else { return batch };
        let outcome = after.is_none_or(|after| self.seq == after).then(|| document.receive_whole(&update, &author));
        let error = match outcome {
            Some(Outcome::Accepted(accepted)) => {
                batch.op = Some(op);
                batch.bytes = accepted.bytes.len();
                batch.entries.push(Entry { user: author.user, connection: SERVER, bytes: accepted.bytes });
                batch.after.push(After::Edited { done });
                return batch;
            }
            None => EditError::Changed,
            Some(Outcome::Refused(refusal)) => EditError::Refused(refusal),
            Some(Outcome::NothingNew(_) | Outcome::Answer(_) | Outcome::Later) => {
                EditError::Refused(Refusal::Malformed("there is nothing new in it"))
            }
        };
        // Whoever asked may have gone: that an answer is not heard is no failure.
        let _ = done.send(Err(error));
        batch
    }

    /// Judges one message; gives it back when it must wait for the next turn.
    fn judge(&mut self, inbound: Inbound, batch: &mut Batch) -> Option<Inbound> {
        let State { document, connections, .. } = self;
        let (Some(document), Some(connection)) = (document, connections.get_mut(&inbound.connection)) else {
            return None;
        };
        let id = inbound.connection;
        let (said, bytes) = match &inbound.step {
            SyncStep::Step1(state_vector) => {
                match document::update::read_state_vector(state_vector) {
                    Ok(_) => batch.after.push(After::Answer { connection: id, state_vector: state_vector.clone() }),
                    Err(refusal) => connection.refuse(refusal),
                }
                return None;
            }
            SyncStep::Step2(bytes) => (Said::Step2, bytes.clone()),
            SyncStep::Update(bytes) => (Said::Update, bytes.clone()),
        };
        let level = connection.level();
        match document.receive(&inbound.step, level, &connection.joining.author) {
            Outcome::Later => return Some(inbound),
            Outcome::Accepted(Accepted { bytes, left_out }) => {
                let user = connection.joining.author.user.clone();
                batch.bytes += bytes.len();
                batch.entries.push(Entry { user, connection: id, bytes });
                self.note_left_out(id, said, &left_out, &mut batch.after);
                batch.sources.push(Source { inbound, accepted: true });
                return None;
            }
            Outcome::NothingNew(left_out) => {
                self.note_left_out(id, said, &left_out, &mut batch.after);
                if said == Said::Update && left_out.is_empty() {
                    batch.after.push(After::Echo { connection: id, update: bytes });
                }
            }
            Outcome::Refused(refusal) => self.note_refused(id, said, refusal, &mut batch.after),
            Outcome::Answer(_) => {}
        }
        batch.sources.push(Source { inbound, accepted: false });
        None
    }

    fn note_left_out(&mut self, id: ConnectionId, said: Said, left_out: &LeftOut, after: &mut Vec<After>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if !left_out.foreign.is_empty() {
            let known = self.document.as_deref().map(Document::known);
            let taken = |client: &u64| known.is_some_and(|known| known.is_taken(*client, &connection.joining.author));
            let (taken, foreign): (Vec<u64>, Vec<u64>) = left_out.foreign.iter().partition(|client| taken(client));
            for (code, clients) in [("client-id-taken", taken), ("foreign-unlogged", foreign)] {
                if !clients.is_empty() {
                    connection.tell_left_out(code, &clients);
                }
            }
        }
        // Another user's edits are not this client's to save: only a hole, or an Update let in in part, is open.
        let complete = !left_out.holes && (left_out.foreign.is_empty() || said == Said::Step2);
        let status = if complete { Status::Saved } else { Status::NotSaved };
        after.push(After::Settle { connection: id, said, status });
        if left_out.holes {
            self.consider_asking(id, said, "unhealed-hole", after);
        }
    }

    fn note_refused(&mut self, id: ConnectionId, said: Said, refusal: Refusal, after: &mut Vec<After>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        debug!(connection = id, %refusal, code = refusal.code(), "refused an update");
        connection.tell("refused", refusal.code());
        metrics::counter!("consilium_refusals_total", "reason" => refusal.code()).increment(1);
        after.push(After::Settle { connection: id, said, status: Status::NotSaved });
        if matches!(refusal, Refusal::Malformed(_)) {
            self.consider_asking(id, said, refusal.code(), after);
        }
    }

    /// Asks the client for what it has, unless that was tried often enough. An answer that is no better
    /// than the last is asked for later, then never again.
    fn consider_asking(&mut self, id: ConnectionId, said: Said, code: &'static str, after: &mut Vec<After>) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let answered = said == Said::Step2 && connection.ask.outstanding;
        if answered {
            connection.ask.outstanding = false;
            if connection.ask_failed(Instant::now()).is_none() {
                connection.limit_to(Level::Comment);
                connection.tell("refused", code);
            }
        } else if !connection.ask.outstanding && connection.ask.due.is_none() {
            connection.ask.outstanding = true;
            after.push(After::Ask { connection: id });
        }
    }

    /// Tells what waited for durability.
    fn conclude(&mut self, after: Vec<After>) {
        let seq = self.seq;
        for told in after {
            match told {
                After::Answer { connection, state_vector } => self.answer(connection, &state_vector, seq),
                After::Settle { connection, said, status } => self.settle(connection, said, status),
                After::Echo { connection, update } => self.echo(connection, &update),
                After::Edited { done } => drop(done.send(Ok(seq))),
                After::Ask { connection } => {
                    let (Some(document), Some(asked)) = (&self.document, self.connections.get(&connection)) else {
                        continue;
                    };
                    asked.send_exempt(document::codec::Reply::Step1(&document.state_vector()));
                }
            }
        }
    }

    /// Hocuspocus counts statuses; see docs/clients.md for the arithmetic.
    fn settle(&mut self, id: ConnectionId, said: Said, status: Status) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match (said, status) {
            (Said::Update, Status::Saved) => connection.send_status(Status::Saved),
            (Said::Update, Status::NotSaved) => {
                connection.unsettled += 1;
                connection.send_status(Status::NotSaved);
            }
            (Said::Step2, Status::Saved) => {
                connection.ask.outstanding = false;
                connection.ask.failures = 0;
                connection.ask.due = None;
                let first = u32::from(std::mem::take(&mut connection.expects_step2));
                for _ in 0..first + std::mem::take(&mut connection.unsettled) {
                    connection.send_status(Status::Saved);
                }
            }
            (Said::Step2, Status::NotSaved) => {
                // The first one stays owed: the one that makes it good settles it.
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
        self.requeue(sources, batch.after, EditError::Refused(Refusal::Quarantined));
        room.rebuild(self);
    }

    /// Puts the messages of a batch back in front, each to be judged in a batch of its own.
    pub(super) fn requeue(&mut self, sources: Vec<Source>, after: Vec<After>, why: EditError) {
        let mut again = Vec::with_capacity(sources.len());
        for told in after {
            match told {
                After::Answer { connection, state_vector } => {
                    again.push(Inbound { connection, step: SyncStep::Step1(state_vector), alone: false });
                }
                After::Ask { connection } => {
                    if let Some(unasked) = self.connections.get_mut(&connection) {
                        unasked.ask.outstanding = false;
                    }
                }
                After::Edited { done } => drop(done.send(Err(why))),
                // Judged again, they are told again.
                After::Settle { .. } | After::Echo { .. } => {}
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
    /// The journal answers, on its own thread.
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
        state.broadcast(&flight.row.entries, flight.merged.as_ref(), Origin::Here);
        if self.shared.bus.has_peers() {
            self.shared.bus.say(&Signal::Row(flight.row));
        }
        state.conclude(flight.after);
        state.yield_to_others(self);
        state.catch_up(self);
        state.turn(self);
        drop(state);
        self.space.notify_waiters();
    }
}

fn milliseconds_since_1970() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
