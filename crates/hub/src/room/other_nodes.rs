//! Rows and presence of other nodes that write to the same log, received over the bus or read from the journal.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use journal::{JournalError, NodeId, Row};
use rand::Rng;
use tracing::{debug, warn};

use super::{Room, State};
use crate::limits::YIELDS_FOR;
use crate::{close::Close, connection::Origin};

impl Room {
    /// Takes a row that another node made durable, from the bus.
    pub(crate) fn receive_row(self: &Arc<Self>, row: Row) {
        let mut state = self.lock();
        state.announced_seq = state.announced_seq.max(row.seq);
        let is_next = row.seq == state.seq + 1 && state.flight.is_none() && !state.catching_up;
        if is_next && !state.closed && state.document.is_some() && state.take_row(self, &row) {
            state.turn(self);
        }
        state.catch_up(self);
    }

    /// Notes that the log has a row with this number.
    pub(crate) fn receive_head(self: &Arc<Self>, seq: u64) {
        let mut state = self.lock();
        state.announced_seq = state.announced_seq.max(seq);
        state.catch_up(self);
    }

    /// Takes the presence of another node's clients on this document.
    pub(crate) fn receive_presence(&self, node: NodeId, update: &[u8]) {
        let mut state = self.lock();
        match state.presence.receive_from_node(node.0.as_u128(), update, self.shared.now()) {
            Ok(Some(change)) => {
                state.send_presence(&change, &[]);
                state.note_speakers();
                self.shared.presence_changed(self.id);
            }
            Ok(None) => {}
            Err(refusal) => debug!(parent: &self.span(), %refusal, "presence of another node cannot be read"),
        }
    }

    /// Sends the presence of all clients here again, because another node asked for it.
    pub(crate) fn repeat_presence(&self) {
        self.lock().presence.repeat();
        self.shared.presence_changed(self.id);
    }

    pub(crate) fn take_unsent_presence(&self) -> Option<Bytes> {
        self.lock().presence.take_unsent()
    }

    /// The `user` of each client present at this node.
    pub fn people(&self) -> Vec<serde_json::Value> {
        let state = self.lock();
        let user = |state: &Bytes| Some(serde_json::from_slice::<serde_json::Value>(state).ok()?.get("user")?.clone());
        state.presence.here().filter_map(user).collect()
    }

    /// Reads the rest of the log, which should have a row `announced_seq`. Blocks.
    fn read_on(self: &Arc<Self>, seq: u64, announced_seq: u64) {
        let _in_room = self.span().entered();
        let read = self.shared.journal.for_each_after(self.id, seq, |row| {
            let mut state = self.lock();
            if state.closed || state.document.is_none() {
                return ControlFlow::Break(());
            }
            // Rows that arrived over the bus meanwhile are skipped. An append in progress gets the rows when it loses
            // the race for its number.
            let is_next = row.seq == state.seq + 1 && state.flight.is_none();
            if is_next && !state.take_row(self, &row) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let mut state = self.lock();
        state.catching_up = false;
        if state.closed || state.document.is_none() {
            return;
        }
        match read {
            Ok(()) => {
                if state.flight.is_none() && state.announced_seq == announced_seq {
                    // The log is the truth: an announced row that it lacks does not exist. Rows announced since are
                    // read next.
                    state.announced_seq = state.seq;
                }
                state.turn(self);
                state.catch_up(self);
            }
            Err(failure) => state.cannot_catch_up(self, &failure),
        }
        drop(state);
        self.space.notify_waiters();
    }
}

impl State {
    /// Applies the next row of the log and sends it to the connections here. `false` if the document is being rebuilt.
    pub(super) fn take_row(&mut self, room: &Arc<Room>, row: &Row) -> bool {
        self.note_turn(row.at, &row.entries);
        let Some(document) = &mut self.document else { return false };
        let applied = match document.take_row(row.entries.iter().map(|entry| (&entry.user, &entry.bytes))) {
            Ok(applied) => applied,
            Err(broken) => {
                warn!(seq = row.seq, %broken, "the document is rebuilt from its log");
                room.rebuild(self);
                return false;
            }
        };
        self.seq = row.seq;
        self.note_reports_of_others(room, row.seq);
        self.announced_seq = self.announced_seq.max(row.seq);
        self.tail_rows += 1;
        self.tail_bytes += row.entries.iter().map(|entry| entry.bytes.len()).sum::<usize>();
        let now = Instant::now();
        (self.foreign_at, self.used_at) = (Some(now), now);
        self.yields_until = None;
        self.broadcast(&row.entries, applied.merged.as_ref(), Origin::Elsewhere);
        true
    }

    /// Reads the rows that this document lacks, unless work in progress will do so.
    pub(super) fn catch_up(&mut self, room: &Arc<Room>) {
        if self.announced_seq <= self.seq {
            return;
        }
        self.wake(room);
        if self.catching_up || self.flight.is_some() || self.document.is_none() || self.closed {
            return;
        }
        self.catching_up = true;
        let (room, seq, announced_seq) = (room.clone(), self.seq, self.announced_seq);
        room.shared.clone().spawn_blocking(move || {
            room.guarded(|room| room.read_on(seq, announced_seq));
        });
    }

    pub(super) fn cannot_catch_up(&mut self, room: &Arc<Room>, failure: &JournalError) {
        match failure {
            JournalError::Purged(_) => {
                self.close();
                self.connections.values().for_each(|connection| connection.joining.outbox.close(Close::Deleted));
            }
            // Either the rows were trimmed and a snapshot has their content, or they are damaged, which the rebuild
            // will report.
            JournalError::Trimmed { .. } | JournalError::Damaged { .. } => room.rebuild(self),
            outage => {
                // The next tick tries again. Everything in this document is durable, so local edits continue.
                debug!(%outage, "other nodes' edits cannot be read now");
                self.turn(room);
            }
        }
    }

    /// Called after the room's own row. If another node wrote a moment ago, leaves the next number to that node, until
    /// its row arrives or the pause is over. So nodes take turns, and few appends lose the race.
    pub(super) fn yield_to_others(&mut self, room: &Arc<Room>) {
        if self.foreign_at.is_none_or(|at| at.elapsed() > YIELDS_FOR) {
            return;
        }
        let pause = self.append_takes.mul_f64(rand::rng().random_range(1.0..2.0));
        self.yields_until = Some(Instant::now() + pause);
        let waiting = room.clone();
        room.shared.spawn_after(pause, move || {
            waiting.lock().turn(&waiting);
            waiting.space.notify_waiters();
        });
    }

    pub(super) fn note_speakers(&mut self) {
        let State { presence, document, .. } = self;
        if let Some(document) = document {
            presence.speakers().for_each(|(client, user)| document.set_speaker(client, Some(user)));
        }
    }
}
