//! Presence of the clients in a room. It is not durable. It is passed on at once, or 25 times a second in a busy room.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use document::Refusal;
use document::codec::Reply;
use document::presence::EMPTY;

use super::{Room, State, delivery};
use crate::{connection::ConnectionId, limits::PRESENCE_EVERY, outbox::Push};

/// Most clients in one presence update. Each client that moved gets a message without its own state, so an update with
/// many clients would take quadratic time.
const CLIENTS_PER_UPDATE: usize = 16;

impl Room {
    /// Takes an awareness message. It is passed on at once, or, in a busy room, together with others within
    /// [`PRESENCE_EVERY`].
    ///
    /// # Errors
    /// [`Refusal`] when the message is malformed. The connection stays open.
    pub fn receive_awareness(self: &Arc<Self>, connection: ConnectionId, message: &[u8]) -> Result<(), Refusal> {
        let mut state = self.lock();
        let State { connections, presence, document, gathering, .. } = &mut *state;
        let Some(sender) = connections.get(&connection) else { return Ok(()) };
        let before = presence.client_of(connection);
        let change = presence.receive(connection, sender.joining.identity.as_ref(), message, self.shared.now())?;
        if before != presence.client_of(connection)
            && let Some(document) = document
        {
            let now = presence.client_of(connection);
            [before, now]
                .into_iter()
                .flatten()
                .for_each(|client| document.set_speaker(client, presence.holder(client)));
        }
        // A client that receives nothing for 30 s reconnects, and its own renewals may be the only traffic.
        let Some(change) = change else {
            sender.send(Reply::Awareness(&EMPTY));
            return Ok(());
        };
        self.shared.presence_changed(self.id);
        match presence.client_of(connection) {
            Some(client) if gathering.is_on() => gathering.add(client, self),
            // A client that leaves is reported at once.
            moved => {
                if !change.same_for_sender {
                    sender.send(Reply::Awareness(&EMPTY));
                }
                let except = (!change.same_for_sender).then_some(connection);
                state.send_presence(&change.update, except.as_slice());
                if moved.is_some() {
                    state.gathering.begin();
                }
            }
        }
        Ok(())
    }

    /// Sends the gathered changes: the newest state of each client that moved.
    pub(crate) fn send_gathered(&self) {
        let mut state = self.lock();
        let moved = state.gathering.take();
        moved.chunks(CLIENTS_PER_UPDATE).for_each(|clients| state.send_moved(clients));
    }

    /// Sends all presence to a connection.
    pub fn query_awareness(&self, connection: ConnectionId) {
        let state = self.lock();
        if let Some(asker) = state.connections.get(&connection) {
            let everyone = state.presence.all();
            asker.send(Reply::Awareness(everyone.as_deref().unwrap_or(&EMPTY)));
        }
    }

    /// Sends an awareness update without entries, which shows that the socket is alive.
    pub fn keep_alive(&self, connection: ConnectionId) {
        if let Some(idle) = self.lock().connections.get(&connection) {
            idle.send(Reply::Awareness(&EMPTY));
        }
    }
}

/// Gathers the clients that moved less than [`PRESENCE_EVERY`] after the last update, for the next update. Many moves
/// together take little more time than one, and nobody receives more than 25 updates a second.
#[derive(Default)]
pub(super) struct Gathering {
    sent_at: Option<Instant>,
    moved: Vec<u64>,
}

impl Gathering {
    /// Whether the last update was sent so recently that a new move has to wait.
    fn is_on(&self) -> bool {
        !self.moved.is_empty() || self.sent_at.is_some_and(|sent_at| sent_at.elapsed() < PRESENCE_EVERY)
    }

    fn begin(&mut self) {
        self.sent_at = Some(Instant::now());
    }

    fn add(&mut self, client: u64, room: &Arc<Room>) {
        if self.moved.is_empty() {
            room.shared.gathering.lock().push(Arc::downgrade(room));
            room.shared.gathered_due.notify_one();
        }
        if !self.moved.contains(&client) {
            self.moved.push(client);
        }
    }

    fn take(&mut self) -> Vec<u64> {
        self.begin();
        std::mem::take(&mut self.moved)
    }
}

impl State {
    /// Sends the states of some clients to every connection. None of these clients receives its own state.
    fn send_moved(&mut self, clients: &[u64]) {
        let presence = &self.presence;
        let Some(update) = presence.of(clients) else { return };
        let excluded: Vec<_> = clients.iter().filter_map(|own| Some((*own, presence.excluded_from(*own)?))).collect();
        let without = |own: u64| presence.of(clients.iter().filter(|client| **client != own));
        let others: Vec<_> = excluded.iter().map(|(own, connection)| (*connection, without(*own))).collect();
        let except: Vec<_> = excluded.iter().map(|(_, connection)| *connection).collect();
        self.send_presence(&update, &except);
        for (connection, update) in others {
            if let Some(excluded) = self.connections.get(&connection) {
                excluded.send(Reply::Awareness(update.as_deref().unwrap_or(&EMPTY)));
            }
        }
    }

    pub(super) fn send_presence(&mut self, update: &Bytes, except: &[ConnectionId]) {
        let mut frames = delivery::Frames::new(Reply::Awareness(update));
        for connection in self.connections.values_mut() {
            if except.contains(&connection.id) || connection.departed {
                continue;
            }
            if connection.joining.outbox.push(frames.get(connection)) == Push::Full {
                connection.owes_presence = true;
                connection.joining.outbox.owe();
            }
        }
    }
}
