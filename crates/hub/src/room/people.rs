//! Who is here. Presence is not durable: it is passed on at once; in a busy room 25 times a second.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use document::Refusal;
use document::codec::Reply;
use document::presence::EMPTY;

use super::{Room, State, delivery};
use crate::{connection::ConnectionId, limits::PRESENCE_EVERY, outbox::Push};

/// Who moved is left out of what it is told itself, so a message of its own is made for each: of many clients at
/// once that would be the square of their number.
const TOLD_AT_ONCE: usize = 16;

impl Room {
    /// Takes in an awareness message. Presence is not durable: it is passed on at once, or in a busy room with
    /// what others say within [`PRESENCE_EVERY`].
    ///
    /// # Errors
    /// [`Refusal`] when it is malformed; the connection goes on.
    pub fn receive_awareness(self: &Arc<Self>, connection: ConnectionId, message: &[u8]) -> Result<(), Refusal> {
        let mut state = self.lock();
        let State { connections, presence, document, gathering, .. } = &mut *state;
        let Some(sender) = connections.get(&connection) else { return Ok(()) };
        let before = presence.client_of(connection);
        let heard = presence.receive(connection, sender.joining.identity.as_ref(), message, self.shared.now())?;
        if before != presence.client_of(connection)
            && let Some(document) = document
        {
            let now = presence.client_of(connection);
            [before, now]
                .into_iter()
                .flatten()
                .for_each(|client| document.set_speaker(client, presence.holder(client)));
        }
        // A client that hears nothing for 30 s reconnects, and its own renewal is all that there may be.
        let Some(heard) = heard else {
            sender.send(Reply::Awareness(&EMPTY));
            return Ok(());
        };
        self.shared.presence_changed(self.id);
        match presence.client_of(connection) {
            Some(client) if gathering.is_on() => gathering.add(client, self),
            // Who leaves is told at once.
            moved => {
                if !heard.same_for_sender {
                    sender.send(Reply::Awareness(&EMPTY));
                }
                let except = (!heard.same_for_sender).then_some(connection);
                state.tell_presence(&heard.update, except.as_slice());
                if moved.is_some() {
                    state.gathering.begin();
                }
            }
        }
        Ok(())
    }

    /// Tells what was gathered: the newest state of each client that moved.
    pub(crate) fn tell_gathered(&self) {
        let mut state = self.lock();
        let moved = state.gathering.take();
        moved.chunks(TOLD_AT_ONCE).for_each(|clients| state.tell_moved(clients));
    }

    /// Tells a connection who is here.
    pub fn query_awareness(&self, connection: ConnectionId) {
        let state = self.lock();
        if let Some(asker) = state.connections.get(&connection) {
            let everyone = state.presence.all();
            asker.send(Reply::Awareness(everyone.as_deref().unwrap_or(&EMPTY)));
        }
    }

    /// An awareness update without entries: enough to show that the socket lives.
    pub fn keep_alive(&self, connection: ConnectionId) {
        if let Some(idle) = self.lock().connections.get(&connection) {
            idle.send(Reply::Awareness(&EMPTY));
        }
    }
}

/// Carets that moved shortly after others did wait for the next [`PRESENCE_EVERY`]: many at once cost little more than one,
/// and nobody sees more than 25 a second.
#[derive(Default)]
pub(super) struct Gathering {
    told_at: Option<Instant>,
    moved: Vec<u64>,
}

impl Gathering {
    /// Whether others were told so lately that what comes now waits.
    fn is_on(&self) -> bool {
        !self.moved.is_empty() || self.told_at.is_some_and(|told_at| told_at.elapsed() < PRESENCE_EVERY)
    }

    fn begin(&mut self) {
        self.told_at = Some(Instant::now());
    }

    fn add(&mut self, client: u64, room: &Arc<Room>) {
        if self.moved.is_empty() {
            room.shared.gathering.lock().push(Arc::downgrade(room));
            room.shared.tell_soon.notify_one();
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
    /// Tells everybody where some clients are now, except each of them where it is itself.
    fn tell_moved(&mut self, clients: &[u64]) {
        let presence = &self.presence;
        let Some(update) = presence.of(clients) else { return };
        let deaf: Vec<_> = clients.iter().filter_map(|own| Some((*own, presence.deaf_to(*own)?))).collect();
        let without = |own: u64| presence.of(clients.iter().filter(|client| **client != own));
        let others: Vec<_> = deaf.iter().map(|(own, connection)| (*connection, without(*own))).collect();
        let except: Vec<_> = deaf.iter().map(|(_, connection)| *connection).collect();
        self.tell_presence(&update, &except);
        for (connection, update) in others {
            if let Some(deaf) = self.connections.get(&connection) {
                deaf.send(Reply::Awareness(update.as_deref().unwrap_or(&EMPTY)));
            }
        }
    }

    pub(super) fn tell_presence(&mut self, update: &Bytes, except: &[ConnectionId]) {
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
