//! The address of topics on a Hocuspocus socket, in place of a document.

use std::time::Instant;

use bytes::Bytes;
use hub::Close;
use serde_json::json;
use tracing::info;

use super::{Client, Document};
use crate::sockets::topics::{Checked, Listening, TOPICS, send_message};
use access::{Credentials, Watchable};
use document::{Family, codec::Reply, presence::EMPTY};

pub(super) fn is_topics(address: &[u8]) -> bool {
    address == TOPICS.as_bytes()
}

impl Client {
    /// Handles the sign-in of a member who watches topics, and looks up the topics that they requested meanwhile.
    pub(super) fn note_member(&mut self, address: &Bytes, member: &Watchable, credentials: Credentials) {
        self.send(address, Reply::Authenticated { scope: "readonly" });
        if let Some(Document::Listening(listening)) = self.documents.get_mut(address)
            && listening.is_of(member)
        {
            listening.take_token(member, credentials);
            return self.renew(address.clone());
        }
        if self.app.is_stopping() {
            return self.refuse(address.clone(), Close::GoingAway);
        }
        let waiting = self.documents.remove(address);
        let listening = Listening::new(&self.app, &mut self.socket, member, credentials);
        self.documents.insert(address.clone(), Document::Listening(Box::new(listening)));
        self.note_admitted();
        if let Some(Document::Waiting(waiting)) = waiting
            && let Some(text) = waiting.last_text()
        {
            self.watch(address.clone(), &text);
        }
    }

    /// Handles a message at the address of topics.
    pub(super) fn watch(&mut self, address: Bytes, text: &str) {
        let Some(Document::Listening(listening)) = self.documents.get_mut(&address) else { return };
        match listening.take(text) {
            Ok(true) => self.renew(address),
            Ok(false) => {}
            Err(code) => send_message(&self.socket, &json!({ "t": "refused", "code": code })),
        }
    }

    /// Handles the result of a lookup of topics.
    pub(super) fn note_watchable(&mut self, checked: Checked) {
        if let Some(Document::Listening(listening)) = self.documents.get_mut(&checked.address)
            && listening.is_answer(&checked)
        {
            match checked.outcome {
                Ok(watchable) => listening.settle(watchable, &self.socket),
                // Documents stay open without the database, so the socket stays open too.
                Err(close) if !close.is_permanent() => listening.retry(),
                Err(close) => {
                    info!(user = &*listening.pass.user, reason = close.reason(), "may no longer watch topics");
                    self.refuse(checked.address, close);
                }
            }
        }
        self.renew_next();
    }

    /// Reports changes of watched topics, after handling all earlier changes of rights.
    pub(super) fn note_news(&mut self) {
        while let Some(change) = self.socket.take_change() {
            self.on_change(change);
        }
        if let Some(Document::Listening(listening)) = self.documents.get_mut(TOPICS.as_bytes()) {
            listening.send_news(&self.socket);
            listening.wait(&mut self.socket);
        }
    }

    /// Reports delayed changes of topics, and checks topics again when a right has ended.
    pub(super) fn look_after_topics(&mut self, now: Instant) {
        let address = Bytes::from_static(TOPICS.as_bytes());
        let Some(Document::Listening(listening)) = self.documents.get_mut(&address) else { return };
        listening.send_news(&self.socket);
        if listening.is_due(now) {
            self.renew(address);
        }
    }

    /// Refuses a sign-in for topics while the database does not answer. The client tries again; its documents stay
    /// open.
    pub(super) fn put_off(&mut self, address: Bytes) {
        self.refuse(address, Close::Unavailable);
    }

    /// Sends a message if no document does, because clients consider a silent socket gone.
    pub(super) fn keep_alive(&self) {
        let is_in_none = !self.documents.values().any(|document| matches!(document, Document::Joined(_)));
        if is_in_none && matches!(self.documents.get(TOPICS.as_bytes()), Some(Document::Listening(_))) {
            self.send(TOPICS.as_bytes(), Reply::Awareness(&EMPTY));
        }
    }

    fn send(&self, address: &[u8], reply: Reply<'_>) {
        crate::sockets::session::send_reply(&self.socket.outbox, Family::Hocuspocus, address, reply);
    }
}
