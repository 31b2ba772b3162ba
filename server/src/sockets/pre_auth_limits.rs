//! What a socket may send while it is in no document, and what all such sockets hold together. It stands between TCP
//! and tungstenite, which would read a whole frame into memory before anybody could ask who sends it.
//!
//! A large frame is cut: tungstenite is given its beginning, which says whom it concerns, and the rest is thrown away
//! as it comes. A client that is let in later is asked for what that was.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use tokio::io::ReadBuf;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::PollSemaphore;

use crate::sockets::frames::{Frames, Header};
use access::Unadmitted;

/// A message of a client that has not signed in: its token, its awareness, what it has of a small document.
const MESSAGE_BYTES: u64 = 64 << 10;
/// A token of an identity provider has 1 to 2 KiB. So much may always be read: no crowd of strangers can keep somebody
/// from signing in, and each of them costs no more than an idle socket.
const FREE_BYTES: u64 = 4 << 10;
/// Of a document that 50,000 clients wrote. Somebody who has it may ask for the rest before they send a token.
const STATE_VECTOR_BYTES: u64 = 1 << 20;
/// An address has 512 bytes at most, or twice that with a session; the type of the message follows.
const BEGINNING_BYTES: u64 = 1_100;
/// A client that says nothing for so long has nothing to say.
pub(super) const SILENCE: Duration = Duration::from_secs(5);
/// 128 kbit/s: a frame that holds memory comes at least as fast.
const BYTES_PER_SECOND: u64 = 16 << 10;

/// What lies between TCP and tungstenite while the socket is in no document.
pub(super) struct Intake {
    header: Header,
    step: Step,
    /// On its way to tungstenite; so much of it has left.
    out: Vec<u8>,
    left: usize,
    /// What lies in `out` ends a message that was cut.
    ends_cut: bool,
    /// Bytes of the message that is under way, in whole frames.
    message_bytes: u64,
    message_is_text: bool,
    message_is_cut: bool,
    /// tungstenite has had the bytes of this header already.
    header_is_out: bool,
    /// The socket is in a document: everything passes, from the next frame on without us.
    is_open: bool,
    budget: PollSemaphore,
    held: Option<OwnedSemaphorePermit>,
    /// A frame that holds memory must have come by then.
    due: Option<Instant>,
    /// When something of a message came last.
    heard: Instant,
    reads_state_vectors: fn(&[u8]) -> bool,
}

enum Step {
    Header,
    /// The beginning of a large frame, to see what it is.
    Beginning(Vec<u8>),
    /// Its beginning is read, and there is no memory for the rest.
    Waiting(Vec<u8>),
    /// So much of the payload goes on to tungstenite.
    Passing(u64),
    /// So much of it is thrown away.
    Skipping(u64),
}

impl Intake {
    /// Begins where `frames` stands in what tungstenite was given. `reads_state_vectors` tells by the beginning of a
    /// message whether it is a question that may be larger.
    pub(super) fn new(budget: &Unadmitted, frames: &Frames, reads_state_vectors: fn(&[u8]) -> bool) -> Intake {
        let (header, payload) = frames.under_way();
        let header_is_out = payload == 0 && !header.is_empty();
        let step = if payload > 0 { Step::Passing(payload) } else { Step::Header };
        Intake {
            header,
            step,
            out: Vec::new(),
            left: 0,
            ends_cut: false,
            message_bytes: 0,
            message_is_text: false,
            message_is_cut: false,
            header_is_out,
            is_open: false,
            budget: PollSemaphore::new(budget.semaphore()),
            held: None,
            due: None,
            heard: Instant::now(),
            reads_state_vectors,
        }
    }

    /// The socket is in a document.
    pub(super) fn open(&mut self) {
        self.is_open = true;
        (self.held, self.due) = (None, None);
        if let Step::Beginning(beginning) | Step::Waiting(beginning) = &mut self.step {
            let beginning = std::mem::take(beginning);
            self.pass(&beginning);
        }
    }

    /// It is in none any more, before everything that it was let do has passed.
    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// Nothing is left to do.
    pub(super) fn is_over(&self) -> bool {
        self.is_open && self.out.is_empty() && self.header.is_empty()
    }

    /// The client sends, and nobody reads it.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting(_))
    }

    /// When something of a message came last.
    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// When a frame that holds memory must have come.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// tungstenite gave out a message.
    pub(super) fn release(&mut self) {
        if self.due.is_none() {
            self.held = None;
        }
    }

    /// Gives tungstenite what is there; `false`: nothing.
    pub(super) fn drain(&mut self, buf: &mut ReadBuf<'_>, frames: &mut Frames) -> bool {
        let rest = &self.out[self.left..];
        if rest.is_empty() {
            return false;
        }
        let some = &rest[..rest.len().min(buf.remaining())];
        buf.put_slice(some);
        frames.feed(some);
        self.left += some.len();
        if self.left == self.out.len() {
            (self.out, self.left) = (Vec::new(), 0);
            if std::mem::take(&mut self.ends_cut) {
                frames.note_cut();
            }
        }
        true
    }

    /// Takes in bytes until there is something for tungstenite, or none are left. Pending while there is no memory.
    pub(super) fn poll_take(&mut self, cx: &mut Context<'_>, input: &mut Bytes) -> Poll<()> {
        while self.out.is_empty() && (!input.is_empty() || self.is_waiting()) {
            match &mut self.step {
                Step::Header => {
                    let byte = input.get_u8();
                    if self.header_is_out {
                        self.out.push(byte);
                    }
                    if self.header.push(byte) {
                        self.begin_frame();
                    }
                }
                Step::Beginning(beginning) => {
                    let wanted = BEGINNING_BYTES as usize - beginning.len();
                    beginning.extend_from_slice(&input.split_to(wanted.min(input.len())));
                    self.heard = Instant::now();
                    if beginning.len() as u64 == BEGINNING_BYTES {
                        let beginning = std::mem::take(beginning);
                        self.judge(beginning);
                    }
                }
                Step::Waiting(beginning) => {
                    let bytes = Unadmitted::permits(self.header.payload_len());
                    let permit = ready!(self.budget.poll_acquire_many(cx, bytes));
                    let beginning = std::mem::take(beginning);
                    self.hold(permit);
                    self.pass(&beginning);
                }
                Step::Passing(left) => {
                    let some = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= some as u64;
                    let is_over = *left == 0;
                    self.out.extend_from_slice(&input.split_to(some));
                    self.note_progress();
                    if is_over {
                        self.end_frame();
                    }
                }
                Step::Skipping(left) => {
                    let some = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= some as u64;
                    let is_over = *left == 0;
                    input.advance(some);
                    self.note_progress();
                    if is_over {
                        self.end_frame();
                    }
                }
            }
        }
        if input.is_empty() {
            // What is split off to the end still holds what it was split from.
            *input = Bytes::new();
        }
        Poll::Ready(())
    }

    fn begin_frame(&mut self) {
        let payload = self.header.payload_len();
        if self.header_is_out {
            self.header_is_out = false;
            return self.go_on_passing(payload);
        }
        if self.is_open || self.header.is_control() {
            return self.pass(&[]);
        }
        let is_first = self.header.opcode() != 0;
        if is_first {
            (self.message_bytes, self.message_is_cut) = (0, false);
            self.message_is_text = self.header.opcode() == 1;
        }
        self.message_bytes = self.message_bytes.saturating_add(payload);
        match self.message_bytes {
            _ if self.message_is_cut => self.cut(&[]),
            few if few <= FREE_BYTES => self.pass(&[]),
            // No message of either family.
            _ if self.message_is_text => self.cut(&[]),
            some if some <= MESSAGE_BYTES => self.step = Step::Waiting(Vec::new()),
            _ if is_first => self.step = Step::Beginning(Vec::new()),
            _ => self.cut(&[]),
        }
    }

    /// The beginning of a large message has come.
    fn judge(&mut self, beginning: Vec<u8>) {
        let readable = self.header.is_final() && self.header.payload_len() <= STATE_VECTOR_BYTES;
        let key = self.header.key();
        let masks = key.iter().cycle().chain(std::iter::repeat(&0));
        let plain: Vec<u8> = beginning.iter().zip(masks).map(|(byte, mask)| byte ^ mask).collect();
        if readable && (self.reads_state_vectors)(&plain) {
            self.step = Step::Waiting(beginning);
        } else {
            self.cut(&beginning);
        }
    }

    fn hold(&mut self, permit: Option<OwnedSemaphorePermit>) {
        let seconds = self.header.payload_len() / BYTES_PER_SECOND;
        self.heard = Instant::now();
        self.due = Some(self.heard + SILENCE + Duration::from_secs(seconds));
        match (&mut self.held, permit) {
            (Some(held), Some(permit)) => held.merge(permit),
            (held, permit) => *held = permit,
        }
    }

    /// The frame goes on as it is, after what was read of its payload.
    fn pass(&mut self, beginning: &[u8]) {
        self.out.extend_from_slice(self.header.as_bytes());
        self.out.extend_from_slice(beginning);
        self.go_on_passing(self.header.payload_len() - beginning.len() as u64);
    }

    fn go_on_passing(&mut self, left: u64) {
        self.step = Step::Passing(left);
        if left == 0 {
            self.end_frame();
        }
    }

    /// The frame goes on as one that holds no more than its beginning.
    fn cut(&mut self, beginning: &[u8]) {
        self.message_is_cut = true;
        self.ends_cut = self.header.is_final();
        self.out.extend_from_slice(&self.header.with_payload_len(beginning.len() as u16));
        self.out.extend_from_slice(beginning);
        let left = self.header.payload_len() - beginning.len() as u64;
        self.step = Step::Skipping(left);
        if left == 0 {
            self.end_frame();
        }
    }

    fn note_progress(&mut self) {
        if !self.header.is_control() {
            self.heard = Instant::now();
        }
    }

    fn end_frame(&mut self) {
        self.due = None;
        self.header.clear();
        self.step = Step::Header;
    }
}

#[cfg(test)]
mod tests;
