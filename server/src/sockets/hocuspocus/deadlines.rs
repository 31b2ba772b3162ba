//! Deadlines of a Hocuspocus socket. Clients that do not sign in are disconnected, rights expire, and a new token is
//! requested before they do.

use std::time::Instant;

use bytes::Bytes;
use document::Family;
use document::codec::Reply;
use hub::Close;
use tracing::info;

use super::{Client, Document};
use crate::sockets::{access_expiry::EXPIRED, pre_auth_limits::SILENCE, session::send_reply};

impl Client {
    /// When the next sign-in is overdue or a token expires.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let deadline = |document: &Document| match document {
            Document::Waiting(waiting) => self.until_silent(waiting.since),
            Document::Joined(attached) => attached.pass.deadline(),
            Document::Listening(listening) => listening.pass.deadline().into_iter().chain(listening.deadline()).min(),
            Document::Refused => None,
        };
        let documents = self.documents.values().filter_map(deadline);
        let silence = self.silent_since.and_then(|since| self.until_silent(since));
        let frame = self.socket.filter().map(|filter| filter.due().unwrap_or_else(|| Instant::now() + SILENCE));
        documents.chain(silence).chain(frame).min()
    }

    /// When the client will have been silent for too long, if it could send since `since`. `None` while the socket is
    /// not read.
    fn until_silent(&self, since: Instant) -> Option<Instant> {
        let heard = self.socket.filter().map_or(since, |filter| filter.heard().max(since));
        let waits = self.socket.filter().is_some_and(|filter| filter.is_waiting());
        (self.socket.sign_in.is_none() && !waits).then(|| heard + SILENCE)
    }

    pub(super) fn act_on_deadlines(&mut self) {
        let now = Instant::now();
        let is_late = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        let frame = self.socket.filter().and_then(|filter| filter.due());
        if is_late(frame) || is_late(self.silent_since.and_then(|since| self.until_silent(since))) {
            info!(request = self.cookie.request(), "disconnecting a client that does not sign in");
            return self.socket.outbox.close(Close::Timeout);
        }
        let silent: Vec<Bytes> = self
            .documents
            .iter()
            .filter(|(_, document)| {
                matches!(document, Document::Waiting(waiting) if is_late(self.until_silent(waiting.since)))
            })
            .map(|(address, _)| address.clone())
            .collect();
        let mut ended: Vec<_> = silent.into_iter().map(|address| (address, Close::Timeout.reason())).collect();
        let mut checked = Vec::new();
        for (address, document) in &mut self.documents {
            match document {
                Document::Joined(attached) if is_late(attached.pass.expires) => {
                    match attached.pass.is_to_check(&self.app) {
                        true => checked.push(address.clone()),
                        false => ended.push((address.clone(), EXPIRED)),
                    }
                }
                Document::Listening(listening) if is_late(listening.pass.expires) => {
                    ended.push((address.clone(), EXPIRED));
                }
                _ => {}
            }
        }
        ended.into_iter().for_each(|(address, reason)| self.refuse_because(address, reason));
        checked.into_iter().for_each(|address| self.renew(address));
        self.ask_for_tokens(now);
        self.look_after_topics(now);
    }

    fn ask_for_tokens(&mut self, now: Instant) {
        for (address, document) in &mut self.documents {
            if document.pass().is_some_and(|pass| pass.asks_for_token(now)) {
                send_reply(&self.socket.outbox, Family::Hocuspocus, address, Reply::TokenSync);
            }
        }
    }
}
