//! Work that is due by time: outdated presence, due SyncStep1s, appends that take too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use document::SyncStep;
use journal::NodeId;
use uuid::Uuid;

use super::{Inbound, Room, State};
use crate::close::Close;
use crate::connection::ConnectionId;
use crate::limits::{ANSWER_TIME, SKIPPED_TICKS, SLOW_APPEND, UNLOGGED_TIME};

/// The state of a room after a tick.
pub(crate) struct Ticked {
    /// Encoded size of the room's document, an upper bound; 0 while the document is asleep.
    pub encoded_bytes: usize,
    /// The time since which there has been no connection and no unfinished work.
    pub idle_since: Option<Instant>,
    /// Whether the room has closed itself, and its last connection has left.
    pub is_over: bool,
}

/// Skips ticks for a room in which nothing has happened since the last one and nothing is in progress.
#[derive(Default)]
pub(super) struct Rest {
    /// Ticks that are still to be skipped.
    ticks: AtomicU32,
    /// [`Ticked::encoded_bytes`] of the last tick that was not skipped.
    encoded_bytes: AtomicUsize,
}

impl Rest {
    // Call this under the room's lock, like `end`.
    fn begin(&self, encoded_bytes: usize) {
        self.encoded_bytes.store(encoded_bytes, Ordering::Relaxed);
        self.ticks.store(SKIPPED_TICKS, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.ticks.store(0, Ordering::Relaxed);
    }

    /// Skips a tick, without locking the room.
    fn pass(&self) -> Option<Ticked> {
        self.ticks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |ticks| ticks.checked_sub(1)).ok()?;
        let encoded_bytes = self.encoded_bytes.load(Ordering::Relaxed);
        Some(Ticked { encoded_bytes, idle_since: None, is_over: false })
    }
}

impl Room {
    /// Does everything that is due by time, under one lock, because there may be many thousands of rooms, which are in
    /// no CPU cache.
    pub(crate) fn tick(self: &Arc<Self>, now: Instant) -> Ticked {
        if let Some(passed) = self.rest.pass() {
            return passed;
        }
        let mut state = self.lock();
        if let Some(gone) = state.presence.sweep(self.shared.now()) {
            state.send_presence(&gone, &[]);
            self.shared.presence_changed(self.id);
        }
        let is_gone = |node| self.shared.bus.is_gone(NodeId(Uuid::from_u128(node)));
        if let Some(gone) = state.presence.remove_nodes(is_gone, self.shared.now()) {
            state.send_presence(&gone, &[]);
        }
        state.send_due_asks(self, now);
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
    /// Whether the room has connections, and only the end of their presence can become due.
    fn rests(&self, room: &Room) -> bool {
        let asks = self.connections.values().any(|connection| connection.ask.due.is_some());
        let stays = self.document.is_some() && room.shared.journal.is_shared();
        let is_asleep = self.asleep.as_ref().is_some_and(|asleep| asleep.is_quiet());
        self.nothing_under_way()
            && (stays || is_asleep)
            && !(asks || self.catching_up || self.announced_seq > self.seq || self.connections.is_empty())
    }

    /// Answers joins during a slow append from the last durable encoding, if there is one, and closes sockets that have
    /// waited too long.
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
        let waiting = self.inbox.iter().filter_map(|inbound| match &inbound.step {
            SyncStep::Step1(theirs) => Some((inbound.connection, theirs.clone())),
            _ => None,
        });
        let waiting: Vec<(ConnectionId, Bytes)> = waiting.collect();
        if waiting.is_empty() {
            return;
        }
        if let Some((state_vector, state)) = before {
            self.inbox.retain(|inbound| !matches!(inbound.step, SyncStep::Step1(_)));
            self.inbox_bytes = self.inbox.iter().map(Inbound::bytes).sum();
            let seq = self.seq;
            for (id, theirs) in waiting {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.answer(&theirs, &state_vector, &state, seq);
                }
            }
        } else if age > ANSWER_TIME {
            for (id, _) in waiting {
                if let Some(connection) = self.connections.get(&id) {
                    connection.joining.outbox.close(Close::Unavailable);
                }
            }
        }
    }
}
