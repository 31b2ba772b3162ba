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
    /// A member has signed in to watch topics; what they asked for meanwhile is looked up.
    pub(super) fn note_member(&mut self, address: &Bytes, member: &Watchable, credentials: Credentials) {
        self.send(address, Reply::Authenticated { scope: "readonly" });
        if let Some(Document::Listening(listening)) = self.documents.get_mut(address)
            && listening.is_of(member)
        {
            listening.take_token(member, credentials);
            return self.renew(address.clone());
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

    /// Takes what a client says at the address of topics.
    pub(super) fn watch(&mut self, address: Bytes, text: &str) {
        let Some(Document::Listening(listening)) = self.documents.get_mut(&address) else { return };
        match listening.take(text) {
            Ok(true) => self.renew(address),
            Ok(false) => {}
            Err(code) => send_message(&self.socket, &json!({ "t": "refused", "code": code })),
        }
    }

    /// What may be watched was looked up.
    pub(super) fn note_watchable(&mut self, checked: Checked) {
        if let Some(Document::Listening(listening)) = self.documents.get_mut(&checked.address)
            && listening.is_answer(&checked)
        {
            match checked.outcome {
                Ok(watchable) => listening.settle(watchable, &self.socket),
                // Documents stay open without the database, so the socket does. All is looked up when it is back.
                Err(close) if !close.is_permanent() => {}
                Err(close) => {
                    info!(user = &*listening.pass.user, reason = close.reason(), "may watch topics no more");
                    self.refuse(checked.address, close);
                }
            }
        }
        self.renew_next();
    }

    /// Something that is watched has changed. Changes of rights that came before it count first.
    pub(super) fn note_news(&mut self) {
        while let Some(change) = self.socket.take_change() {
            self.on_change(change);
        }
        if let Some(Document::Listening(listening)) = self.documents.get_mut(TOPICS.as_bytes()) {
            listening.send_news(&self.socket);
            listening.wait(&mut self.socket);
        }
    }

    /// Tells what waited, and looks again where a right has ended.
    pub(super) fn look_after_topics(&mut self, now: Instant) {
        let address = Bytes::from_static(TOPICS.as_bytes());
        let Some(Document::Listening(listening)) = self.documents.get_mut(&address) else { return };
        listening.send_news(&self.socket);
        if listening.is_due(now) {
            self.renew(address);
        }
    }

    /// The database does not answer: the client tries again, and its documents stay open.
    pub(super) fn put_off(&mut self, address: Bytes) {
        self.refuse(address, Close::Unavailable);
    }

    /// Clients take a socket that says nothing for gone, and a document says something by itself.
    pub(super) fn keep_alive(&self) {
        let is_in_none = !self.documents.values().any(|document| matches!(document, Document::Joined(_)));
        if is_in_none && self.documents.contains_key(TOPICS.as_bytes()) {
            self.send(TOPICS.as_bytes(), Reply::Awareness(&EMPTY));
        }
    }

    fn send(&self, address: &[u8], reply: Reply<'_>) {
        crate::sockets::session::send_reply(&self.socket.outbox, Family::Hocuspocus, address, reply);
    }
}
