//! What only time brings: outdated presence, due questions, appends that take too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Instant;

use document::SyncStep;
use document::codec::Reply;
use journal::NodeId;
use uuid::Uuid;

use super::{Inbound, Room, State};
use crate::close::Close;
use crate::connection::{Connection, ConnectionId};
use crate::limits::{ANSWER_TIME, RESTS_FOR, SLOW_APPEND, UNLOGGED_TIME};

/// A room after a tick.
pub(crate) struct Ticked {
    /// Of its document, an upper bound; 0 while it is asleep.
    pub encoded_bytes: usize,
    /// Since when nobody is here and nothing is under way.
    pub idle_since: Option<Instant>,
    /// It closed itself, and the last has left.
    pub is_over: bool,
}

/// Passes ticks over a room in which nothing has happened since the last look and nothing is under way.
#[derive(Default)]
pub(super) struct Rest {
    /// Ticks that pass it over yet.
    ticks: AtomicU32,
    /// [`Ticked::encoded_bytes`] of the last look.
    encoded_bytes: AtomicUsize,
}

impl Rest {
    // Under the room's lock, as `end`.
    fn begin(&self, encoded_bytes: usize) {
        self.encoded_bytes.store(encoded_bytes, Ordering::Relaxed);
        self.ticks.store(RESTS_FOR, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.ticks.store(0, Ordering::Relaxed);
    }

    /// Lets a tick pass, without a look at the room.
    fn pass(&self) -> Option<Ticked> {
        self.ticks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ticks| ticks.checked_sub(1)).ok()?;
        let encoded_bytes = self.encoded_bytes.load(Ordering::Relaxed);
        Some(Ticked { encoded_bytes, idle_since: None, is_over: false })
    }
}

impl Room {
    /// What only time brings. One look at the room for all of it: there may be many thousands, cold in the caches.
    pub(crate) fn tick(self: &Arc<Self>, now: Instant) -> Ticked {
        if let Some(passed) = self.rest.pass() {
            return passed;
        }
        let mut state = self.lock();
        if let Some(gone) = state.presence.sweep(self.shared.now()) {
            state.tell_presence(&gone, &[]);
            self.shared.presence_changed(self.id);
        }
        let is_gone = |node| self.shared.bus.is_gone(NodeId(Uuid::from_u128(node)));
        if let Some(gone) = state.presence.forget_nodes(is_gone, self.shared.now()) {
            state.tell_presence(&gone, &[]);
        }
        state.ask_those_due(self, now);
        state.watch_append(now);
        state.catch_up(self);
        state.turn(self);
        let wants_snapshot = state.wants_snapshot();
        state.wake_in_time(self);
        state.fall_asleep(self, now);
        let rests = state.rests(self);
        let ticked = Ticked {
            encoded_bytes: state.encoded_bytes(),
            idle_since: state.idle_since(),
            is_over: state.closed && state.connections.is_empty(),
        };
        if rests {
            self.rest.begin(ticked.encoded_bytes);
        }
        drop(state);
        if wants_snapshot {
            self.snapshot_soon();
        }
        ticked
    }
}

impl State {
    /// Somebody is here, and time brings nothing but the end of their presence.
    fn rests(&self, room: &Room) -> bool {
        let asks = self.connections.values().any(|connection| connection.ask.due.is_some());
        let stays = self.document.is_some() && room.shared.journal.is_shared();
        let is_asleep = self.asleep.as_ref().is_some_and(|asleep| asleep.is_quiet());
        self.nothing_under_way()
            && (stays || is_asleep)
            && !(asks || self.catching_up || self.heard_seq > self.seq || self.connections.is_empty())
    }

    fn ask_those_due(&mut self, room: &Arc<Room>, now: Instant) {
        let due = |connection: &&mut Box<Connection>| connection.ask.due.is_some_and(|due| due <= now);
        if self.flight.is_some() || !self.connections.values_mut().any(|connection| due(&connection)) {
            return;
        }
        let Some(document) = &self.document else { return self.wake(room) };
        let state_vector = document.state_vector();
        for connection in self.connections.values_mut().filter(due) {
            connection.ask.due = None;
            connection.ask.outstanding = true;
            connection.send(Reply::Step1(&state_vector));
        }
    }

    /// Joins do not wait for a slow disk where the last durable encoding is at hand; nothing waits for ever.
    fn watch_append(&mut self, now: Instant) {
        let Some(flight) = &self.flight else { return };
        let age = now.saturating_duration_since(flight.since);
        if age > UNLOGGED_TIME {
            self.connections.values().for_each(|connection| connection.joining.outbox.close(Close::Unavailable));
            return;
        }
        if age <= SLOW_APPEND {
            return;
        }
        let before = flight.durable_state.clone();
        let waiting = self.inbox.iter().filter(|inbound| matches!(inbound.step, SyncStep::Step1(_)));
        let waiting: Vec<ConnectionId> = waiting.map(|inbound| inbound.connection).collect();
        if waiting.is_empty() {
            return;
        }
        if let Some((state_vector, state)) = before {
            self.inbox.retain(|inbound| !matches!(inbound.step, SyncStep::Step1(_)));
            self.inbox_bytes = self.inbox.iter().map(Inbound::bytes).sum();
            let seq = self.seq;
            for id in waiting {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.answer(&state_vector, &state, seq);
                }
            }
        } else if age > ANSWER_TIME {
            for id in waiting {
                if let Some(connection) = self.connections.get(&id) {
                    connection.joining.outbox.close(Close::Unavailable);
                }
            }
        }
    }
}
