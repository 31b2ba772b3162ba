//! How what is durable reaches everybody: each frame encoded once, pushed to every socket, and sent
//! again from the log to those that could not take it.

use std::sync::Arc;

use bytes::Bytes;
use document::Family;
use document::codec::Reply;
use journal::{Entry, JournalError};
use tracing::warn;

use super::{Room, State};
use crate::connection::{Connection, ConnectionId, Origin, Status};
use crate::limits::SLOW_APPEND;
use crate::outbox::{Push, frame};

/// One message as each group of connections gets it: encoded once for y-websocket, once for each
/// Hocuspocus address (nearly always the same), shared by everybody else.
pub(super) struct Frames<'a> {
    reply: Reply<'a>,
    bare: Option<Bytes>,
    addressed: Vec<(Bytes, Bytes)>,
}

impl<'a> Frames<'a> {
    pub(super) fn new(reply: Reply<'a>) -> Self {
        Frames { reply, bare: None, addressed: Vec::new() }
    }

    pub(super) fn get(&mut self, connection: &Connection) -> Bytes {
        let address = &connection.joining.address;
        let encode = |family| frame(&self.reply.encode(family, address).unwrap_or_default());
        match connection.family() {
            Family::YWebsocket => self.bare.get_or_insert_with(|| encode(Family::YWebsocket)).clone(),
            Family::Hocuspocus => {
                if let Some((_, known)) = self.addressed.iter().find(|(known, _)| known == address) {
                    return known.clone();
                }
                let new = encode(Family::Hocuspocus);
                self.addressed.push((address.clone(), new.clone()));
                new
            }
        }
    }
}

impl State {
    /// Tells a durable batch to everybody who knows what came before it.
    pub(super) fn broadcast(&mut self, entries: &[Entry], merged: Option<&Bytes>, origin: Origin) {
        let updates: Vec<&Bytes> = match merged {
            Some(merged) => vec![merged],
            None => entries.iter().map(|entry| &entry.bytes).collect(),
        };
        // One author: a Hocuspocus client is told by its status, a y-websocket client by the echo.
        let only_author = match entries {
            [entry] if origin == Origin::Here => Some(entry.connection),
            _ => None,
        };
        let seq = self.seq;
        let mut messages: Vec<Frames<'_>> =
            updates.into_iter().map(|update| Frames::new(Reply::Update(update))).collect();
        // Once over all of them: what is kept of hundreds lies far apart.
        for connection in self.connections.values_mut() {
            let by_status = Some(connection.id) == only_author && connection.family() == Family::Hocuspocus;
            if connection.is_up_to_date() && !connection.departed && !by_status {
                for frames in &mut messages {
                    if connection.joining.outbox.push(frames.get(connection)) == Push::Full {
                        connection.owing = true;
                        connection.joining.outbox.owe();
                        metrics::counter!("consilium_resyncs_total").increment(1);
                        break;
                    }
                }
            }
            if connection.is_up_to_date() {
                connection.delivered = Some(seq);
            }
            connection.tell_durable(seq);
        }
    }

    pub(super) fn answer(&mut self, id: ConnectionId, state_vector: &Bytes, seq: u64) {
        let (Some(document), Some(connection)) = (&mut self.document, self.connections.get_mut(&id)) else { return };
        match document.answer(state_vector) {
            Ok(missing) => connection.answer(&document.state_vector(), &missing, seq),
            Err(refusal) => connection.refuse(refusal),
        }
        connection.tell_durable(seq);
    }

    pub(super) fn echo(&mut self, id: ConnectionId, update: &Bytes) {
        let Some(connection) = self.connections.get(&id) else { return };
        if connection.family() == Family::YWebsocket {
            connection.send(Reply::Update(update));
        }
    }

    /// Sends the small things that a drained socket is owed; returns from which row a resync must start.
    pub(super) fn pay(&mut self, id: ConnectionId) -> Option<u64> {
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
    /// The rows are gone: sends everything, which it knows in part, once nothing is under way.
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
            // It has drained, and would ask again at once and for ever.
            let outbox = connection.joining.outbox.clone();
            state.wake(self);
            drop(state);
            std::thread::sleep(SLOW_APPEND);
            outbox.owe();
        }
    }

    /// Sends a page of the rows after `delivered` from the log; the next one when that has left. Blocks: it reads the
    /// journal.
    pub(super) fn resync(self: &Arc<Self>, id: ConnectionId, delivered: u64) {
        let rows = match self.shared.journal.page_after(self.id, delivered) {
            Ok(rows) => rows,
            Err(JournalError::Trimmed { .. }) => return self.resync_whole(id),
            Err(error) => {
                warn!(parent: &self.span(), %error, "a slow connection cannot be brought up to date");
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
        // The rest of the log, and what became durable while it was read, is owed again, once this has left.
        connection.owing = connection.delivered.is_some_and(|delivered| delivered < seq);
        if connection.owing {
            connection.joining.outbox.owe();
        }
        connection.tell_durable(seq);
    }
}
