//! Sockets that read slowly: their queue was full and frames were dropped. After the queue has drained, they get the
//! missed rows from the log.

use std::sync::Arc;

use document::codec::Reply;
use journal::JournalError;
use tracing::warn;

use super::{Room, State};
use crate::connection::{ConnectionId, Status};
use crate::limits::SLOW_APPEND;

impl State {
    /// Sends the acknowledgements and presence that were dropped on a full queue. Returns the row after which a resync
    /// must start, if one is needed.
    pub(super) fn send_owed(&mut self, id: ConnectionId) -> Option<u64> {
        let everyone = self.presence.all();
        let connection = self.connections.get_mut(&id)?;
        for _ in 0..std::mem::take(&mut connection.owed_acks) {
            connection.send_status(Status::Saved);
        }
        if std::mem::take(&mut connection.owes_presence) {
            connection.send(Reply::Awareness(everyone.as_deref().unwrap_or(&document::presence::EMPTY)));
        }
        if connection.owing { connection.delivered } else { None }
    }
}

impl Room {
    /// Sends the whole state because the rows were trimmed, as soon as no append is in progress.
    fn resync_whole(self: &Arc<Self>, id: ConnectionId) {
        let mut state = self.lock();
        let seq = state.seq;
        let between_appends = state.flight.is_none();
        let whole = state.document.as_ref().filter(|_| between_appends).map(|document| document.state());
        let Some(connection) = state.connections.get_mut(&id) else { return };
        if let Some(whole) = whole {
            connection.send_exempt(Reply::Update(&whole));
            (connection.delivered, connection.owing) = (Some(seq), false);
        } else {
            // The outbox has drained, so `owe` would call this again immediately. Wait first.
            let outbox = connection.joining.outbox.clone();
            state.wake(self);
            drop(state);
            std::thread::sleep(SLOW_APPEND);
            outbox.owe();
        }
    }

    /// Sends one page of the rows after `delivered` from the log. The next page follows when this page has been sent.
    /// Blocks while it reads the journal.
    pub(super) fn resync(self: &Arc<Self>, id: ConnectionId, delivered: u64) {
        let rows = match self.shared.journal.page_after(self.id, delivered) {
            Ok(rows) => rows,
            Err(JournalError::Trimmed { .. }) => return self.resync_whole(id),
            Err(error) => {
                warn!(parent: &self.span(), %error, "cannot bring a slow connection up to date");
                if let Some(connection) = self.lock().connections.get(&id) {
                    connection.joining.outbox.close(crate::close::Close::Unavailable);
                }
                return;
            }
        };
        let mut state = self.lock();
        let seq = state.seq;
        let Some(connection) = state.connections.get_mut(&id) else { return };
        for row in rows.iter().filter(|row| row.seq <= seq) {
            for entry in &row.entries {
                connection.send_exempt(Reply::Update(&entry.bytes));
            }
            connection.delivered = Some(row.seq);
        }
        // The rest of the log, and rows that became durable meanwhile, follow once this page has been sent.
        connection.owing = connection.delivered.is_some_and(|delivered| delivered < seq);
        if connection.owing {
            connection.joining.outbox.owe();
        }
        connection.send_durable(seq);
    }
}
