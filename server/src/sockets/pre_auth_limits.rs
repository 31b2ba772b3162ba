//! Limits for sockets that are not admitted to a document yet: what each may send, and the memory of all of them
//! together. This filter is placed between TCP and tungstenite, because tungstenite reads a whole frame into memory
//! before the sender can be checked.
//!
//! A large frame is cut: tungstenite gets its beginning, which names the document, and the rest is discarded as it
//! arrives. If the client is admitted later, it is asked for everything it has, which replaces the lost content.

use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{Buf, Bytes};
use tokio::io::ReadBuf;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::sync::PollSemaphore;

use crate::sockets::frames::{Frames, Header};
use access::PreAuthMemory;

/// Largest message of a client that is not signed in: a token, awareness, or an update of a small document.
const MESSAGE_BYTES: u64 = 64 << 10;
/// Messages up to this size are always read. A token of an identity provider has 1 to 2 KiB, so a flood of unknown
/// clients cannot prevent others from signing in, and each costs no more than an idle socket.
const FREE_BYTES: u64 = 4 << 10;
/// Largest state vector: that of a document with 50,000 clients. A client may send it in its SyncStep1 before its
/// token.
const STATE_VECTOR_BYTES: u64 = 1 << 20;
/// Bytes of a large frame that are read to classify it: an address has at most 512 bytes, or twice that with a session,
/// and the message type follows.
const BEGINNING_BYTES: u64 = 1_100;
/// A client that sends nothing for this long is disconnected.
pub(super) const SILENCE: Duration = Duration::from_secs(5);
/// Slowest allowed speed of a frame for which memory is reserved: 128 kbit/s.
const BYTES_PER_SECOND: u64 = 16 << 10;

/// The filter between TCP and tungstenite while the socket is not admitted to a document.
pub(super) struct PreAuthFilter {
    header: Header,
    step: Step,
    /// Bytes for tungstenite, and the number of those already delivered.
    out: Vec<u8>,
    left: usize,
    /// `out` contains the end of a message that was cut.
    ends_cut: bool,
    /// Bytes of the current message, counted by whole frames.
    message_bytes: u64,
    message_is_text: bool,
    message_is_cut: bool,
    /// tungstenite already got the bytes of this header.
    header_is_out: bool,
    /// The socket is admitted: everything passes, and after the current frame the filter is removed.
    is_open: bool,
    budget: PollSemaphore,
    held: Option<OwnedSemaphorePermit>,
    /// When a frame with reserved memory must be complete.
    due: Option<Instant>,
    /// When the last bytes of a message arrived.
    heard: Instant,
    reads_state_vectors: fn(&[u8]) -> bool,
}

enum Step {
    Header,
    /// The beginning of a large frame is read, to classify it.
    Beginning(Vec<u8>),
    /// The beginning is read, and the filter waits for memory for the rest.
    Waiting(Vec<u8>),
    /// This many payload bytes are still to be passed to tungstenite.
    Passing(u64),
    /// This many payload bytes are still to be discarded.
    Skipping(u64),
}

impl PreAuthFilter {
    /// Starts at the current position of `frames`. `reads_state_vectors` determines from the beginning of a message
    /// whether it is a SyncStep1, which may be larger.
    pub(super) fn new(
        budget: &PreAuthMemory,
        frames: &Frames,
        reads_state_vectors: fn(&[u8]) -> bool,
    ) -> PreAuthFilter {
        let (header, payload) = frames.under_way();
        let header_is_out = payload == 0 && !header.is_empty();
        let step = if payload > 0 { Step::Passing(payload) } else { Step::Header };
        PreAuthFilter {
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

    /// Call it when the socket was admitted to a document.
    pub(super) fn open(&mut self) {
        self.is_open = true;
        (self.held, self.due) = (None, None);
        if let Step::Beginning(beginning) | Step::Waiting(beginning) = &mut self.step {
            let beginning = std::mem::take(beginning);
            self.pass(&beginning);
        }
    }

    /// Call it when the socket left its last document before the filter was removed.
    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// Whether the filter can be removed.
    pub(super) fn is_over(&self) -> bool {
        self.is_open && self.out.is_empty() && self.header.is_empty()
    }

    /// Whether the socket is not read because the filter waits for memory.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.step, Step::Waiting(_))
    }

    /// When the last bytes of a message arrived.
    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// When a frame with reserved memory must be complete.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Call it when tungstenite returned a message.
    pub(super) fn release(&mut self) {
        if self.due.is_none() {
            self.held = None;
        }
    }

    /// Gives available bytes to tungstenite; `false` if there are none.
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

    /// Processes input until there are bytes for tungstenite or the input is used up. Pending while there is no memory.
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
                    let bytes = PreAuthMemory::permits(self.header.payload_len());
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
            // An empty `Bytes` from `split_to` still refers to its allocation: release it.
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
            // Neither family has text messages.
            _ if self.message_is_text => self.cut(&[]),
            some if some <= MESSAGE_BYTES => self.step = Step::Waiting(Vec::new()),
            _ if is_first => self.step = Step::Beginning(Vec::new()),
            _ => self.cut(&[]),
        }
    }

    /// Classifies a large message by its beginning.
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

    /// Passes the frame unchanged, including the part of the payload that was already read.
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

    /// Passes the frame with its beginning as the whole payload.
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
