//! Other nodes write to the same log: their rows come in here, from the bus or from the journal, and here
//! a batch that lost the race for its number goes on.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use document::overlap::{contradict, inserted, overlap};
use document::{Refusal, SyncStep};
use journal::{JournalError, NodeId, Row};
use rand::Rng;
use tracing::{debug, warn};

use super::turn::Flight;
use super::{EditError, Inbound, Room, State};
use crate::limits::{LOST_RACE_READS, YIELDS_FOR};
use crate::{close::Close, connection::Origin};

impl Room {
    /// A row that another node made durable, from the bus.
    pub(crate) fn hear_row(self: &Arc<Self>, row: Row) {
        let mut state = self.lock();
        state.heard_seq = state.heard_seq.max(row.seq);
        let is_next = row.seq == state.seq + 1 && state.flight.is_none() && !state.catching_up;
        if is_next && !state.closed && state.document.is_some() && state.take_row(self, &row) {
            state.turn(self);
        }
        state.catch_up(self);
    }

    /// The log goes at least so far.
    pub(crate) fn hear_head(self: &Arc<Self>, seq: u64) {
        let mut state = self.lock();
        state.heard_seq = state.heard_seq.max(seq);
        state.catch_up(self);
    }

    /// What other nodes say of their clients on this document.
    pub(crate) fn hear_presence(&self, node: NodeId, update: &[u8]) {
        let mut state = self.lock();
        match state.presence.hear(node.0.as_u128(), update, self.shared.now()) {
            Ok(Some(heard)) => {
                state.tell_presence(&heard, &[]);
                state.note_speakers();
                self.shared.presence_changed(self.id);
            }
            Ok(None) => {}
            Err(refusal) => debug!(parent: &self.span(), %refusal, "presence of another node cannot be read"),
        }
    }

    /// Another node asks who is here.
    pub(crate) fn repeat_presence(&self) {
        self.lock().presence.repeat();
        self.shared.presence_changed(self.id);
    }

    pub(crate) fn take_unsaid_presence(&self) -> Option<Bytes> {
        self.lock().presence.take_unsaid()
    }

    /// The `user` of everybody who is here, at this node.
    pub fn people(&self) -> Vec<serde_json::Value> {
        let state = self.lock();
        let user = |state: &Bytes| Some(serde_json::from_slice::<serde_json::Value>(state).ok()?.get("user")?.clone());
        state.presence.here().filter_map(user).collect()
    }

    /// Reads the log as far as it goes, because it was said to go as far as `heard_seq`. Blocks.
    fn read_on(self: &Arc<Self>, seq: u64, heard_seq: u64) {
        let _in_room = self.span().entered();
        let read = self.shared.journal.for_each_after(self.id, seq, |row| {
            let mut state = self.lock();
            if state.closed || state.document.is_none() {
                return ControlFlow::Break(());
            }
            // What came over the bus meanwhile is passed over; an append under way finds out itself.
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
                if state.flight.is_none() && state.heard_seq == heard_seq {
                    // The log is the truth: what was only heard of is not there. What was heard of since is read.
                    state.heard_seq = state.seq;
                }
                state.turn(self);
                state.catch_up(self);
            }
            Err(failure) => state.cannot_catch_up(self, &failure),
        }
        drop(state);
        self.space.notify_waiters();
    }

    /// Another node took the number: reads what it wrote, and goes on after it. Blocks.
    pub(super) fn resolve_lost_race(self: &Arc<Self>) {
        let _in_room = self.span().entered();
        let seq = self.lock().seq;
        // A page of it: if more was written meanwhile, the next number is taken too, and this is done again.
        let mut rows = self.shared.journal.page_after(self.id, seq);
        for pause in LOST_RACE_READS {
            if !rows.as_ref().map_or_else(may_pass, |rows| rows.is_empty()) {
                break;
            }
            std::thread::sleep(pause);
            rows = self.shared.journal.page_after(self.id, seq);
        }
        let mut state = self.lock();
        let Some(flight) = state.flight.take() else { return };
        if state.closed {
            return;
        }
        match rows {
            Ok(rows) if flight.fits_after(&rows) => {
                for row in &rows {
                    if !state.take_row(self, row) {
                        state.give_back(flight);
                        return;
                    }
                }
                state.relaunch(self, flight);
            }
            Ok(rows) => {
                debug!(rows = rows.len(), "other nodes' rows overlap this batch: it is judged again");
                state.give_back(flight);
                state.forget_document();
                drop(state);
                self.refuse_contradictions_after(seq);
                self.read_again();
            }
            Err(failure) => {
                // The document holds a batch that the log may lack: it must not be judged against any more.
                state.give_back(flight);
                match failure {
                    JournalError::Purged(_) => state.cannot_catch_up(self, &failure),
                    _ => self.rebuild(&mut state),
                }
            }
        }
    }

    /// Compares what waits with every row that others wrote, before the document is read again with them. Blocks.
    fn refuse_contradictions_after(&self, seq: u64) {
        let read = self.shared.journal.for_each_after(self.id, seq, |row| {
            self.lock().refuse_contradictions(&row);
            ControlFlow::Continue(())
        });
        if let Err(failure) = read {
            // The rebuild, which reads the same, says what is the matter.
            debug!(%failure, "other nodes' rows cannot be read");
        }
    }
}

/// Whether a reading may succeed a moment later.
fn may_pass(failure: &JournalError) -> bool {
    !matches!(failure, JournalError::Purged(_) | JournalError::Trimmed { .. } | JournalError::Damaged { .. })
}

impl Flight {
    /// Whether the batch, which the document holds already, may stand after these rows: they come next, and
    /// none inserts what it inserts. An edit of the server was made for one row and stands after no other.
    fn fits_after(&self, rows: &[Row]) -> bool {
        let next = rows.iter().zip(self.row.seq..).all(|(row, seq)| row.seq == seq) && !rows.is_empty();
        let of = |row: &Row| inserted(row.entries.iter().map(|entry| &*entry.bytes));
        let ours = of(&self.row);
        let theirs: Result<Vec<_>, _> = rows.iter().map(of).collect();
        next && !self.is_edit() && matches!((ours, theirs), (Ok(ours), Ok(theirs)) if !overlap(&ours, &theirs.concat()))
    }
}

impl State {
    /// Takes in the next row of the log and tells everybody here. `false`: the document is being rebuilt.
    fn take_row(&mut self, room: &Arc<Room>, row: &Row) -> bool {
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
        self.heard_seq = self.heard_seq.max(row.seq);
        self.tail_rows += 1;
        self.tail_bytes += row.entries.iter().map(|entry| entry.bytes.len()).sum::<usize>();
        let now = Instant::now();
        (self.foreign_at, self.used_at) = (Some(now), now);
        self.yields_until = None;
        self.broadcast(&row.entries, applied.merged.as_ref(), Origin::Elsewhere);
        true
    }

    /// Reads the log where it goes further than this document, unless something is under way that will.
    pub(super) fn catch_up(&mut self, room: &Arc<Room>) {
        if self.heard_seq <= self.seq {
            return;
        }
        self.wake(room);
        if self.catching_up || self.flight.is_some() || self.document.is_none() || self.closed {
            return;
        }
        self.catching_up = true;
        let (room, seq, heard_seq) = (room.clone(), self.seq, self.heard_seq);
        room.shared.clone().spawn_blocking(move || {
            room.guarded(|room| room.read_on(seq, heard_seq));
        });
    }

    fn cannot_catch_up(&mut self, room: &Arc<Room>, failure: &JournalError) {
        match failure {
            JournalError::Purged(_) => {
                self.close();
                self.connections.values().for_each(|connection| connection.joining.outbox.close(Close::Deleted));
            }
            // The rows are gone, a snapshot has what they said; or they are damaged, which the rebuild will say.
            JournalError::Trimmed { .. } | JournalError::Damaged { .. } => room.rebuild(self),
            outage => {
                // The next tick tries again; what this document holds is durable, so its own go on.
                debug!(%outage, "other nodes' edits cannot be read now");
                self.turn(room);
            }
        }
    }

    /// Sends a batch that lost its number on its way with the next one.
    fn relaunch(&mut self, room: &Arc<Room>, mut flight: Box<Flight>) {
        flight.row.seq = self.seq + 1;
        // It was the state before the rows that have come in.
        flight.durable_state = None;
        self.launch(room, flight);
    }

    /// Puts the messages of a batch back, to be judged again.
    fn give_back(&mut self, flight: Box<Flight>) {
        let (sources, after) = flight.into_parts();
        self.requeue(sources, after, EditError::Changed);
    }

    /// Takes messages out of the inbox that say something else than this row for the same client and clock.
    /// Judged against the log they would pass for known, and be acknowledged.
    fn refuse_contradictions(&mut self, row: &Row) {
        let theirs: Vec<&Bytes> = row.entries.iter().map(|entry| &entry.bytes).collect();
        let contradicts = |inbound: &Inbound| match &inbound.step {
            SyncStep::Step2(ours) | SyncStep::Update(ours) => {
                theirs.iter().any(|theirs| contradict(ours, theirs).unwrap_or(true))
            }
            SyncStep::Step1(_) => false,
        };
        let (refused, stay): (VecDeque<Inbound>, VecDeque<Inbound>) = self.inbox.drain(..).partition(contradicts);
        self.inbox = stay;
        self.inbox_bytes = self.inbox.iter().map(Inbound::bytes).sum();
        for inbound in refused {
            warn!(connection = inbound.connection, "two nodes were given different edits under one client id");
            if let Some(connection) = self.connections.get_mut(&inbound.connection) {
                connection.refuse(Refusal::ClientIdTaken);
            }
        }
    }

    /// After a row of its own a room leaves the next number to another node that wrote a moment ago, until its
    /// row comes or the time for one is over. So nodes take turns, and few appends lose.
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
