//! Holes: an update builds on edits that the server does not have. The dependent part is left out, and the client is
//! asked for everything it has, a few times and with growing pauses. A client that cannot fill the hole may only read.

use std::sync::Arc;
use std::time::Instant;

use document::codec::Reply;
use document::{Document, LeftOut, Level};

use super::append::{Kind, OnDurable};
use super::{Room, State};
use crate::connection::{Connection, ConnectionId, Status};

impl State {
    pub(super) fn note_left_out(
        &mut self,
        id: ConnectionId,
        kind: Kind,
        left_out: &LeftOut,
        on_durable: &mut Vec<OnDurable>,
    ) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if !left_out.foreign.is_empty() {
            let known = self.document.as_deref().map(Document::known);
            let taken = |client: &u64| known.is_some_and(|known| known.is_taken(*client, &connection.joining.author));
            let (taken, foreign): (Vec<u64>, Vec<u64>) = left_out.foreign.iter().partition(|client| taken(client));
            for (code, clients) in [("client-id-taken", taken), ("foreign-unlogged", foreign)] {
                if !clients.is_empty() {
                    connection.send_left_out(code, &clients);
                }
            }
        }
        // Another user's edits in a SyncStep2 do not count as unsaved edits of this client. What stays unsaved is a
        // hole, or an Update that was accepted in part.
        let complete = !left_out.holes && (left_out.foreign.is_empty() || kind == Kind::Step2);
        let status = if complete { Status::Saved } else { Status::NotSaved };
        on_durable.push(OnDurable::Settle { connection: id, kind, status });
        if left_out.holes {
            self.consider_asking(id, kind, "unhealed-hole", on_durable);
        }
    }

    /// Asks the client for everything it has. If its answer does not help, the client is asked again later, and limited
    /// to reading after the last attempt.
    pub(super) fn consider_asking(
        &mut self,
        id: ConnectionId,
        kind: Kind,
        code: &'static str,
        on_durable: &mut Vec<OnDurable>,
    ) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let answered = kind == Kind::Step2 && connection.ask.outstanding;
        if answered {
            connection.ask.outstanding = false;
            if connection.ask_failed(Instant::now()).is_none() {
                connection.limit_to(Level::Comment);
                connection.send_reason("refused", code, None);
            }
        } else if !connection.ask.outstanding && connection.ask.due.is_none() {
            connection.ask.outstanding = true;
            on_durable.push(OnDurable::Ask { connection: id });
        }
    }

    pub(super) fn send_due_asks(&mut self, room: &Arc<Room>, now: Instant) {
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
}
