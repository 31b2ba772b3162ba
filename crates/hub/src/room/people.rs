//! Who is here. Presence is not durable: it is passed on at once.

use bytes::Bytes;
use document::Refusal;
use document::codec::Reply;
use document::presence::EMPTY;

use super::{Room, State, delivery};
use crate::connection::ConnectionId;
use crate::outbox::Push;

impl Room {
    /// Takes in an awareness message. Presence is not durable: it is passed on at once.
    ///
    /// # Errors
    /// [`Refusal`] when it is malformed; the connection goes on.
    pub fn receive_awareness(&self, connection: ConnectionId, message: &[u8]) -> Result<(), Refusal> {
        let mut state = self.state.lock();
        let State { connections, presence, document, .. } = &mut *state;
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
        if !heard.same_for_sender {
            sender.send(Reply::Awareness(&EMPTY));
        }
        let except = (!heard.same_for_sender).then_some(connection);
        state.tell_presence(&heard.update, except);
        self.shared.presence_changed(self.id);
        Ok(())
    }

    /// Tells a connection who is here.
    pub fn query_awareness(&self, connection: ConnectionId) {
        let state = self.state.lock();
        if let Some(asker) = state.connections.get(&connection) {
            let everyone = state.presence.all();
            asker.send(Reply::Awareness(everyone.as_deref().unwrap_or(&EMPTY)));
        }
    }

    /// An awareness update without entries: enough to show that the socket lives.
    pub fn keep_alive(&self, connection: ConnectionId) {
        if let Some(idle) = self.state.lock().connections.get(&connection) {
            idle.send(Reply::Awareness(&EMPTY));
        }
    }
}

impl State {
    pub(super) fn tell_presence(&mut self, update: &Bytes, except: Option<ConnectionId>) {
        let mut frames = delivery::Frames::new(Reply::Awareness(update));
        for connection in self.connections.values_mut() {
            if Some(connection.id) == except || connection.departed {
                continue;
            }
            if connection.joining.outbox.push(frames.get(connection)) == Push::Full {
                connection.owes_presence = true;
                connection.joining.outbox.owe();
            }
        }
    }
}
