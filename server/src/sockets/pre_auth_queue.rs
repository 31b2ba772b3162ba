//! The queue for messages that a Hocuspocus client sends about a document before its token. Stock clients send the
//! token first, or a moment later, when their app has fetched it; earlier messages are queued, within limits. A message
//! beyond the limits is not refused but dropped, and the client is asked for everything it has once it is admitted.

use std::time::Instant;

use bytes::Bytes;
use document::lib0::Reader;
use document::{Message, SyncStep};
use tokio::sync::OwnedSemaphorePermit;

use crate::sockets::session::Attached;
use access::PreAuthMemory;
use hub::Space;

/// Messages in the queue of a document: SyncStep1, awareness and a few edits.
const QUEUED_MESSAGES: usize = 64;
/// Bytes in the queues of all documents of a socket.
pub(super) const QUEUED_BYTES: usize = 1 << 20;

/// A SyncStep1 with an empty state vector, used instead of one that was too large: the client gets everything.
pub(super) fn from_nothing() -> SyncStep {
    SyncStep::Step1(Bytes::from_static(&[0]))
}

/// A document whose token has not arrived.
pub(super) struct PreAuthQueue {
    pub since: Instant,
    queued: Vec<Message>,
    pub bytes: usize,
    memory: Option<OwnedSemaphorePermit>,
    /// The client sent SyncStep1. From then on providers count their updates.
    asked: bool,
    /// Updates dropped since then.
    uncounted: u32,
    /// An update was dropped.
    lost: bool,
}

impl PreAuthQueue {
    pub(super) fn new() -> PreAuthQueue {
        let (queued, since) = (Vec::new(), Instant::now());
        PreAuthQueue { since, queued, bytes: 0, memory: None, asked: false, uncounted: 0, lost: false }
    }

    /// Queues a message, or drops it if the `free` bytes of the socket or the memory of all sockets are used up.
    pub(super) fn queue(&mut self, message: Message, bytes: usize, free: usize, budget: &PreAuthMemory) {
        let fits = bytes <= free && self.queued.len() < QUEUED_MESSAGES;
        let Some(memory) = fits.then(|| budget.try_reserve(bytes.max(1))).flatten() else {
            return self.lose(MessageKind::of(&message));
        };
        self.asked |= matches!(message, Message::Sync(SyncStep::Step1(_)));
        self.bytes += bytes;
        match &mut self.memory {
            Some(held) => held.merge(memory),
            none => *none = Some(memory),
        }
        self.queued.push(message);
    }

    /// Records that a message was dropped.
    pub(super) fn lose(&mut self, kind: MessageKind) {
        match kind {
            MessageKind::StateVector if !self.asked => {
                self.asked = true;
                self.queued.push(Message::Sync(from_nothing()));
            }
            MessageKind::Update => {
                self.lost = true;
                self.uncounted += u32::from(self.asked);
            }
            MessageKind::StateVector | MessageKind::Token | MessageKind::Other => {}
        }
    }

    /// Drops all queued messages; the client is asked for them later.
    pub(super) fn lose_all(&mut self) {
        let queued = std::mem::take(&mut self.queued);
        (self.bytes, self.memory, self.asked, self.uncounted) = (0, None, false, 0);
        for message in &queued {
            self.lose(MessageKind::of(message));
        }
    }

    /// The last stateless message in the queue.
    pub(super) fn last_text(self) -> Option<String> {
        self.queued.into_iter().rev().find_map(|message| match message {
            Message::Stateless(text) => Some(text),
            _ => None,
        })
    }

    /// Delivers the queue after the client was admitted.
    pub(super) fn hand_over(self, attached: &Attached, say: impl Fn(&Attached, Message, usize) -> Space) -> Space {
        let mut space = Space::Free;
        for message in self.queued {
            space = say(attached, message, 0);
        }
        if self.lost {
            attached.room.ask_for_lost(attached.connection, self.uncounted);
        }
        space
    }
}

/// The kind of a message, read from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MessageKind {
    StateVector,
    /// SyncStep2 or Update.
    Update,
    Token,
    Other,
}

impl MessageKind {
    fn of(message: &Message) -> MessageKind {
        match message {
            Message::Sync(SyncStep::Step1(_)) => MessageKind::StateVector,
            Message::Sync(SyncStep::Step2(_) | SyncStep::Update(_)) => MessageKind::Update,
            Message::Token { .. } => MessageKind::Token,
            _ => MessageKind::Other,
        }
    }

    /// Reads the address and the kind from the beginning of a frame.
    pub(super) fn read(frame: &[u8]) -> Option<(Bytes, MessageKind)> {
        let mut reader = Reader::new(frame);
        let address = Bytes::copy_from_slice(reader.string().ok()?.as_bytes());
        let beginning = match (reader.varuint().ok()?, reader.varuint().ok()?) {
            (0, 0) => MessageKind::StateVector,
            (0, 1 | 2) => MessageKind::Update,
            (2, 0) => MessageKind::Token,
            _ => MessageKind::Other,
        };
        Some((address, beginning))
    }
}
