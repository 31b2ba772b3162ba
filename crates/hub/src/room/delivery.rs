//! Delivery of durable edits: each frame is encoded once and pushed to every socket. See `slow_readers` for sockets
//! whose queue is full.

use bytes::Bytes;
use document::Family;
use document::codec::Reply;
use journal::Entry;

use super::State;
use crate::connection::{Connection, ConnectionId, Origin};
use crate::outbox::{Push, frame};

/// One message in each encoding that connections need: once for y-websocket and once for each Hocuspocus address
/// (nearly always the same). The bytes are shared.
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
    /// Sends a durable batch to every connection that has received everything before the batch.
    pub(super) fn broadcast(&mut self, entries: &[Entry], merged: Option<&Bytes>, origin: Origin) {
        let updates: Vec<&Bytes> = match merged {
            Some(merged) => vec![merged],
            None => entries.iter().map(|entry| &entry.bytes).collect(),
        };
        // If the batch has one author, a Hocuspocus client is acknowledged by a status, a y-websocket client by the
        // echo.
        let only_author = match entries {
            [entry] if origin == Origin::Here => Some(entry.connection),
            _ => None,
        };
        let seq = self.seq;
        let mut messages: Vec<Frames<'_>> =
            updates.into_iter().map(|update| Frames::new(Reply::Update(update))).collect();
        // Only one pass over the connections, because with hundreds of them each one is a cache miss.
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
            connection.send_durable(seq);
        }
    }

    pub(super) fn answer(&mut self, id: ConnectionId, state_vector: &Bytes, seq: u64) {
        let (Some(document), Some(connection)) = (&mut self.document, self.connections.get_mut(&id)) else { return };
        match document.answer(state_vector) {
            Ok(missing) => connection.answer(state_vector, &document.state_vector(), &missing, seq),
            Err(refusal) => connection.refuse(refusal),
        }
        connection.send_durable(seq);
    }

    pub(super) fn echo(&mut self, id: ConnectionId, update: &Bytes) {
        let Some(connection) = self.connections.get(&id) else { return };
        if connection.family() == Family::YWebsocket {
            connection.send(Reply::Update(update));
        }
    }
}
