//! One attachment of a socket to a document, as the room keeps it. A Hocuspocus socket has many.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use document::codec::Reply;
use document::presence::Identity;
use document::{Author, Family, Level};

use crate::limits::ASKS;
use crate::outbox::{Outbox, Push, frame, frames};

/// Unique within a process.
pub type ConnectionId = u64;

/// What a socket says when it joins a room.
pub struct Joining {
    pub family: Family,
    /// Hocuspocus: the address as the client wrote it; answers repeat it. Empty for y-websocket.
    pub address: Bytes,
    pub outbox: Arc<Outbox>,
    /// What the caller has a right to. A penalty may keep it lower: see [`Connection::level`].
    pub right: Level,
    pub author: Author,
    /// `None` where nobody signs in: the client's own `user` is shown then.
    pub identity: Option<Identity>,
}

pub(crate) struct Connection {
    pub id: ConnectionId,
    pub joining: Joining,
    /// The most that it may do because of what it sent, whatever its right. It ends with the connection.
    penalty: Option<Level>,
    /// The last row that was put on its way; `None` until it was told the state.
    pub delivered: Option<u64>,
    /// Rows were dropped on a full queue: they are sent again when it has drained.
    pub owing: bool,
    /// Presence was dropped on a full queue.
    pub owes_presence: bool,
    /// SyncStatus frames that found no room.
    pub owed_acks: u32,
    /// A SyncStep1 of its own was answered; the SyncStep2 that follows settles it.
    pub expects_step2: bool,
    /// Updates that were refused or let in only in part, until a SyncStep2 makes them good.
    pub unsettled: u32,
    pub ask: Ask,
    /// Our own page: it is told the durable sequence number.
    pub is_page: bool,
    /// Left while messages of its waited; they still count.
    pub departed: bool,
    told: HashSet<&'static str>,
}

/// Where the server stands in asking this client for what it has.
#[derive(Debug, Default)]
pub(crate) struct Ask {
    pub outstanding: bool,
    pub failures: usize,
    /// Ask again then, not before.
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
            is_page: false,
            departed: false,
            told: HashSet::new(),
        }
    }

    /// What it may do: the lower of its right and its penalty.
    pub(crate) fn level(&self) -> Level {
        self.penalty.map_or(self.joining.right, |most| most.min(self.joining.right))
    }

    /// It may do no more than this from now on. A renewed right does not lift it.
    pub(crate) fn limit_to(&mut self, most: Level) {
        self.penalty = Some(self.penalty.map_or(most, |before| before.min(most)));
    }

    /// It was told the state, and everything since.
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

    /// Sends what it is owed, whatever its size.
    pub(crate) fn send_exempt(&self, reply: Reply<'_>) -> Push {
        self.encode(reply).map_or(Push::Taken, |frame| self.joining.outbox.push_exempt(frame))
    }

    /// As [`Connection::send_exempt`], in one write.
    pub(crate) fn send_together(&self, replies: [Reply<'_>; 2]) {
        let payloads = replies.map(|reply| reply.encode(self.joining.family, &self.joining.address));
        self.joining.outbox.push_exempt(frames(payloads.iter().flatten().map(|payload| payload.as_ref())));
    }

    /// Hocuspocus counts these: 1 means saved, 0 means not.
    pub(crate) fn send_status(&mut self, status: Status) {
        let saved = u64::from(status == Status::Saved);
        if self.family() == Family::Hocuspocus && self.send(Reply::SyncStatus { saved }) == Push::Full {
            self.owed_acks += u32::from(status == Status::Saved);
            self.joining.outbox.owe();
        }
    }

    /// Tells a reason once per connection.
    pub(crate) fn tell(&mut self, kind: &'static str, code: &'static str) {
        if !self.told.insert(code) {
            return;
        }
        match self.family() {
            Family::Hocuspocus => {
                let text = serde_json::json!({ "t": kind, "code": code }).to_string();
                self.send(Reply::Stateless(&text));
            }
            Family::YWebsocket => {
                self.send(Reply::PermissionDenied(code));
            }
        }
    }

    /// Tells once for each reason which clients' edits were left out.
    pub(crate) fn tell_left_out(&mut self, code: &'static str, clients: &[u64]) {
        if !self.told.insert(code) {
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

    /// Asking did not help: when to ask again, or `None` when it is enough.
    pub(crate) fn ask_failed(&mut self, now: Instant) -> Option<Instant> {
        let wait = ASKS.get(self.ask.failures)?;
        self.ask.failures += 1;
        self.ask.due = Some(now + *wait);
        self.ask.due
    }
}

/// Where a row was written. Connections are numbered by each node for itself.
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
