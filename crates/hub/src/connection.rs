//! The connection of a socket to one document, as the room stores it. A Hocuspocus socket can have many connections.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use document::codec::Reply;
use document::presence::Identity;
use document::{Author, Family, Level};

use crate::limits::ASK_PAUSES;
use crate::outbox::{Outbox, Push, frame, frames};

/// Unique within a process.
pub type ConnectionId = u64;

/// The data of a socket that joins a room.
pub struct Joining {
    pub family: Family,
    /// Hocuspocus: the address as the client wrote it, repeated in answers. Empty for y-websocket.
    pub address: Bytes,
    pub outbox: Arc<Outbox>,
    /// The level that the caller has a right to. A penalty may lower it: see [`Connection::level`].
    pub right: Level,
    pub author: Author,
    /// `None` without sign-in. In that case, others see the `user` that the client sends.
    pub identity: Option<Identity>,
    /// Identifies a client that reconnects: its user or, without sign-in, its address.
    pub peer: Arc<str>,
}

pub(crate) struct Connection {
    pub id: ConnectionId,
    pub joining: Joining,
    /// Upper limit of the level, set because of messages of the connection. It applies regardless of the right, until
    /// the connection ends.
    penalty: Option<Level>,
    /// The last row that was queued for the connection; `None` until the state was sent to it.
    pub delivered: Option<u64>,
    /// Whether rows were dropped because the queue was full. They are sent again when the queue has drained.
    pub owing: bool,
    /// Whether presence was dropped because the queue was full.
    pub owes_presence: bool,
    /// The number of SyncStatus frames that were dropped because the queue was full.
    pub owed_acks: u32,
    /// Whether the client's SyncStep1 was answered, and its SyncStep2 is still expected and will be acknowledged.
    pub expects_step2: bool,
    /// The number of updates that were refused or accepted only in part, until a SyncStep2 replaces them.
    pub unsettled: u32,
    pub ask: Ask,
    /// Whether the client sent a frame that was too large to be read. The client still has that content, so it is never
    /// asked for its edits.
    pub is_held_back: bool,
    /// Whether a client at the same address sent such a frame. The SyncStep1 shows whether it was this client: that
    /// client has content that the server lacks.
    pub is_suspect: bool,
    /// Whether the client is one of our own pages, which receives the durable sequence number.
    pub is_page: bool,
    /// Whether the connection has ended while its messages were queued. They are still processed.
    pub departed: bool,
    sent_reasons: HashSet<&'static str>,
}

/// The state of asking this client for everything it has.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    pub outstanding: bool,
    pub failures: usize,
    /// When to ask again.
    pub due: Option<Instant>,
}

impl Connection {
    pub(crate) fn new(id: ConnectionId, joining: Joining) -> Connection {
        Connection {
            id,
            joining,
            penalty: None,
            delivered: None,
            owing: false,
            owes_presence: false,
            owed_acks: 0,
            expects_step2: false,
            unsettled: 0,
            ask: Ask::default(),
            is_held_back: false,
            is_suspect: false,
            is_page: false,
            departed: false,
            sent_reasons: HashSet::new(),
        }
    }

    /// The effective level: the lower of right and penalty.
    pub(crate) fn level(&self) -> Level {
        self.penalty.map_or(self.joining.right, |most| most.min(self.joining.right))
    }

    /// Limits the level from now on. A renewed right does not lift the limit.
    pub(crate) fn limit_to(&mut self, most: Level) {
        self.penalty = Some(self.penalty.map_or(most, |before| before.min(most)));
    }

    /// Whether the state and all later rows were sent to the connection.
    pub(crate) fn is_up_to_date(&self) -> bool {
        self.delivered.is_some() && !self.owing
    }

    pub(crate) fn family(&self) -> Family {
        self.joining.family
    }

    /// Encodes a message for this connection alone.
    pub(crate) fn encode(&self, reply: Reply<'_>) -> Option<Bytes> {
        reply.encode(self.joining.family, &self.joining.address).map(|payload| frame(&payload))
    }

    /// Sends a small message within the limit.
    pub(crate) fn send(&self, reply: Reply<'_>) -> Push {
        self.encode(reply).map_or(Push::Taken, |frame| self.joining.outbox.push(frame))
    }

    /// Sends an answer or a resync that may exceed the limit.
    pub(crate) fn send_exempt(&self, reply: Reply<'_>) -> Push {
        self.encode(reply).map_or(Push::Taken, |frame| self.joining.outbox.push_exempt(frame))
    }

    /// Like [`Connection::send_exempt`], with both messages in one write.
    pub(crate) fn send_together(&self, replies: [Reply<'_>; 2]) {
        let payloads = replies.map(|reply| reply.encode(self.joining.family, &self.joining.address));
        self.joining.outbox.push_exempt(frames(payloads.iter().flatten().map(|payload| payload.as_ref())));
    }

    /// Sends a SyncStatus. Hocuspocus counts these: 1 means saved, 0 means not saved.
    pub(crate) fn send_status(&mut self, status: Status) {
        let saved = u64::from(status == Status::Saved);
        if self.family() == Family::Hocuspocus && self.send(Reply::SyncStatus { saved }) == Push::Full {
            self.owed_acks += u32::from(status == Status::Saved);
            self.joining.outbox.owe();
        }
    }

    /// Sends a reason, perhaps with the limit that was exceeded, once for each connection and code.
    pub(crate) fn send_reason(&mut self, kind: &'static str, code: &'static str, limit: Option<usize>) {
        if !self.sent_reasons.insert(code) {
            return;
        }
        match self.family() {
            Family::Hocuspocus => {
                let mut reason = serde_json::json!({ "t": kind, "code": code });
                if let Some(limit) = limit {
                    reason["limit"] = limit.into();
                }
                self.send(Reply::Stateless(&reason.to_string()));
            }
            Family::YWebsocket => {
                self.send(Reply::PermissionDenied(code));
            }
        }
    }

    /// Sends the client ids whose edits were left out, once for each connection and code.
    pub(crate) fn send_left_out(&mut self, code: &'static str, clients: &[u64]) {
        if !self.sent_reasons.insert(code) {
            return;
        }
        match self.family() {
            Family::Hocuspocus => {
                let text = serde_json::json!({ "t": "left-out", "code": code, "clients": clients });
                self.send(Reply::Stateless(&text.to_string()));
            }
            Family::YWebsocket => {
                self.send(Reply::PermissionDenied(code));
            }
        }
    }

    /// Records that asking did not help. Returns the time to ask again, or `None` after the last attempt.
    pub(crate) fn ask_failed(&mut self, now: Instant) -> Option<Instant> {
        let wait = ASK_PAUSES.get(self.ask.failures)?;
        self.ask.failures += 1;
        self.ask.due = Some(now + *wait);
        self.ask.due
    }
}

/// The node that wrote a row. Connection ids are unique only within one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Here,
    Elsewhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Saved,
    NotSaved,
}
