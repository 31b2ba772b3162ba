//! Deadlines of a Hocuspocus socket: clients that do not sign in are disconnected, rights expire, and before that a new
//! token is requested.

use std::time::{Duration, Instant};

use document::Family;
use document::codec::Reply;
use hub::Close;
use tracing::info;

use super::{Client, Document};
use crate::sockets::{pre_auth_limits::SILENCE, session::tell};

/// How long before the expiry of its token a client is asked for a new one.
const FRESH_TOKEN_BEFORE: Duration = Duration::from_secs(30);
impl Client {
    /// When the next sign-in is overdue or a token expires.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let deadline = |document: &Document| match document {
            Document::Waiting(waiting) => self.until_silent(waiting.since),
            Document::Joined(joined) => joined.attached.expires.map(|expires| {
                let ask = expires.checked_sub(FRESH_TOKEN_BEFORE).unwrap_or(expires);
                if joined.asked { expires } else { ask.max(Instant::now()) }
            }),
            Document::Refused => None,
        };
        let documents = self.documents.values().filter_map(deadline);
        let silence = self.silent_since.and_then(|since| self.until_silent(since));
        let frame = self.socket.intake().map(|intake| intake.due().unwrap_or_else(|| Instant::now() + SILENCE));
        documents.chain(silence).chain(frame).min()
    }

    /// When the client has been silent for too long, given that it could send since `since`. `None` while the socket is
    /// not read.
    fn until_silent(&self, since: Instant) -> Option<Instant> {
        let heard = self.socket.intake().map_or(since, |intake| intake.heard().max(since));
        let waits = self.socket.intake().is_some_and(|intake| intake.is_waiting());
        (self.socket.sign_in.is_none() && !waits).then(|| heard + SILENCE)
    }

    pub(super) fn act_on_deadlines(&mut self) {
        let now = Instant::now();
        let is_late = |due: Option<Instant>| due.is_some_and(|due| due <= now);
        let frame = self.socket.intake().and_then(|intake| intake.due());
        if is_late(frame) || is_late(self.silent_since.and_then(|since| self.until_silent(since))) {
            info!(request = self.cookie.request(), "disconnecting a client that does not sign in");
            return self.socket.outbox.close(Close::Timeout);
        }
        let mut ended = Vec::new();
        for (address, document) in &self.documents {
            match document {
                Document::Waiting(waiting) if is_late(self.until_silent(waiting.since)) => {
                    ended.push((address.clone(), Close::Timeout.reason()));
                }
                Document::Joined(joined) if is_late(joined.attached.expires) => {
                    ended.push((address.clone(), "token-expired"));
                }
                _ => {}
            }
        }
        for (address, reason) in ended {
            self.detach(&address);
            self.documents.insert(address.clone(), Document::Refused);
            self.deny(&address, reason);
        }
        self.ask_for_tokens(now);
    }

    fn ask_for_tokens(&mut self, now: Instant) {
        for (address, document) in &mut self.documents {
            if let Document::Joined(joined) = document
                && !joined.asked
                && joined.attached.expires.is_some_and(|expires| now + FRESH_TOKEN_BEFORE >= expires)
            {
                joined.asked = true;
                tell(&self.socket.outbox, Family::Hocuspocus, address, Reply::TokenSync);
            }
        }
    }
}
