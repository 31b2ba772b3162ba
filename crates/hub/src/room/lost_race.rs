//! A lost race: two nodes wrote a row with the same number to the log of one document, and this node's append was
//! refused. The winner's rows are read and applied first. Then this node's batch is appended with the next number, or
//! checked again.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use document::overlap::{contradict, inserted, overlap};
use document::{Refusal, SyncStep};
use journal::{JournalError, Row};
use tracing::{debug, warn};

use super::append::Flight;
use super::{EditError, Inbound, Room, State};
use crate::limits::LOST_RACE_READS;

impl Room {
    /// Reads the rows of the node that won the race, and continues after these rows. Blocks.
    pub(super) fn resolve_lost_race(self: &Arc<Self>) {
        let _in_room = self.span().entered();
        let seq = self.lock().seq;
        // One page is enough: if more rows were written meanwhile, the next append loses its race too, and this runs
        // again.
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
                debug!(rows = rows.len(), "other nodes' rows overlap this batch: it is checked again");
                state.give_back(flight);
                state.forget_document();
                drop(state);
                self.refuse_contradictions_after(seq);
                self.read_again();
            }
            Err(failure) => {
                // The document contains a batch that the log may lack, so nothing may be checked against it any more.
                state.give_back(flight);
                match failure {
                    JournalError::Purged(_) => state.cannot_catch_up(self, &failure),
                    _ => self.rebuild(&mut state),
                }
            }
        }
    }

    /// Compares the inbox with every row that other nodes wrote, before the document is reloaded with these rows.
    /// Blocks.
    fn refuse_contradictions_after(&self, seq: u64) {
        let read = self.shared.journal.for_each_after(self.id, seq, |row| {
            self.lock().refuse_contradictions(&row);
            ControlFlow::Continue(())
        });
        if let Err(failure) = read {
            // The rebuild reads the same rows and reports the problem.
            debug!(%failure, "other nodes' rows cannot be read");
        }
    }
}

/// Whether reading again a moment later may succeed.
fn may_pass(failure: &JournalError) -> bool {
    !matches!(failure, JournalError::Purged(_) | JournalError::Trimmed { .. } | JournalError::Damaged { .. })
}

impl Flight {
    /// Whether the batch, which the document already contains, can follow these rows: they are the next rows, and none
    /// of them inserts a clock that the batch inserts. An edit by the server is valid after one row only.
    fn fits_after(&self, rows: &[Row]) -> bool {
        let next = rows.iter().zip(self.row.seq..).all(|(row, seq)| row.seq == seq) && !rows.is_empty();
        let of = |row: &Row| inserted(row.entries.iter().map(|entry| &*entry.bytes));
        let ours = of(&self.row);
        let theirs: Result<Vec<_>, _> = rows.iter().map(of).collect();
        next && !self.is_edit() && matches!((ours, theirs), (Ok(ours), Ok(theirs)) if !overlap(&ours, &theirs.concat()))
    }
}

impl State {
    /// Appends a batch again, with the next row number.
    fn relaunch(&mut self, room: &Arc<Room>, mut flight: Box<Flight>) {
        flight.row.seq = self.seq + 1;
        // The cached state does not include the rows that were applied since.
        flight.durable_state = None;
        self.launch(room, flight);
    }

    /// Puts the messages of a batch back into the inbox, to be checked again.
    fn give_back(&mut self, flight: Box<Flight>) {
        let (sources, after) = flight.into_parts();
        self.requeue(sources, after, EditError::Changed);
    }

    /// Removes messages from the inbox that have different content than this row for the same client and clock. If they
    /// were checked against the log, they would count as known and be acknowledged.
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
            warn!(connection = inbound.connection, "two nodes received different edits under one client id");
            if let Some(connection) = self.connections.get_mut(&inbound.connection) {
                connection.refuse(Refusal::ClientIdTaken);
            }
        }
    }
}
