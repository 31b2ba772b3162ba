//! The outgoing queue of one socket. The thread that has a frame writes it directly; only bytes that the kernel does
//! not accept are queued here, within a limit, for the socket's task.
//!
//! There is no task for each direction and no channel, because a wake takes 5 to 10 µs, and a direct write 2 µs (see
//! bench/).

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSlice};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

use crate::close::Close;
use crate::limits::{OUTBOX_BYTES, STALL_BYTES, STALL_TIME};

/// The result of pushing a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// Written, or queued within the limit.
    Taken,
    /// The queue is full; the frame was dropped. The sender must send it again later: see [`Outbox::owe`].
    Full,
    /// The socket has ended.
    Gone,
}

/// The reason why [`Outbox::flush`] returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlushEvent {
    /// Everything was sent, and a sender called [`Outbox::owe`].
    Drained,
    /// The socket must be closed; the close frame is queued.
    Close(Close),
    /// The peer has disconnected or does not read.
    Broken,
}

/// The sending half of a socket, shared by its task and by every room that it joined.
pub struct Outbox {
    /// `None` for a socket that has ended.
    stream: Option<OwnedWriteHalf>,
    // A mutex instead of a task. It is held for one non-blocking write, never across an await.
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Bytes>,
    bytes: usize,
    owes: bool,
    gone: bool,
    /// Whether the peer has closed, and its close frame was answered.
    finished: bool,
    close: Option<Close>,
    close_seen: bool,
    stalled: Option<Stall>,
}

struct Stall {
    since: Instant,
    written: usize,
}

/// Most frames in one vectored write. The kernel allows 1,024 (`IOV_MAX`), but more than this gains nothing.
const PIECES: usize = 64;

impl Outbox {
    pub fn new(stream: OwnedWriteHalf) -> Arc<Outbox> {
        Arc::new(Outbox { stream: Some(stream), queue: Mutex::default(), wake: Notify::new() })
    }

    /// An outbox that accepts nothing, for a connection that outlives its socket. The stream is closed when its last
    /// outbox is dropped, so the connection must not keep the socket's outbox.
    pub(crate) fn gone() -> Arc<Outbox> {
        let queue = Mutex::new(Queue { gone: true, ..Queue::default() });
        Arc::new(Outbox { stream: None, queue, wake: Notify::new() })
    }

    /// Sends a frame, or queues the part that the kernel does not accept.
    pub fn push(&self, frame: Bytes) -> Push {
        self.push_within(frame, OUTBOX_BYTES)
    }

    /// Like [`Outbox::push`], but without the limit, for the answer or resync that a connection must receive.
    pub fn push_exempt(&self, frame: Bytes) -> Push {
        self.push_within(frame, usize::MAX)
    }

    fn push_within(&self, mut frame: Bytes, limit: usize) -> Push {
        let mut queue = self.queue.lock();
        let Some(stream) = &self.stream else { return Push::Gone };
        // Nothing may follow a close frame (RFC 6455, 5.5.1).
        if queue.gone || queue.finished || queue.close.is_some() {
            return Push::Gone;
        }
        if queue.frames.is_empty() {
            match stream.try_write(&frame) {
                Ok(written) if written == frame.len() => return Push::Taken,
                Ok(written) => drop(frame.split_to(written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => {
                    queue.gone = true;
                    self.wake.notify_one();
                    return Push::Gone;
                }
            }
        } else if queue.bytes + frame.len() > limit {
            return Push::Full;
        }
        queue.bytes += frame.len();
        queue.frames.push_back(frame);
        queue.stalled.get_or_insert_with(|| Stall { since: Instant::now(), written: 0 });
        self.wake.notify_one();
        Push::Taken
    }

    /// Requests [`FlushEvent::Drained`] once everything has been sent.
    pub fn owe(&self) {
        self.queue.lock().owes = true;
        self.wake.notify_one();
    }

    /// Queues a close frame, after which the socket's task ends the socket. The first reason wins.
    pub fn close(&self, close: Close) {
        let mut queue = self.queue.lock();
        if queue.close.is_none() && !queue.gone {
            let frame = close_frame(close);
            queue.close = Some(close);
            queue.bytes += frame.len();
            queue.frames.push_back(frame);
        }
        self.wake.notify_one();
    }

    /// Records that the last frame was pushed: the answer to the peer's close frame.
    pub fn finish(&self) {
        self.queue.lock().finished = true;
    }

    /// Bytes in the queue.
    pub fn waiting_bytes(&self) -> usize {
        self.queue.lock().bytes
    }

    /// Drops the queue and refuses new frames, because the socket has ended.
    pub fn abandon(&self) {
        let mut queue = self.queue.lock();
        queue.gone = true;
        queue.frames = VecDeque::new();
        queue.bytes = 0;
    }

    /// Writes the queue until there is an event. Cancel-safe.
    pub async fn flush(&self) -> FlushEvent {
        loop {
            if let Some(event) = self.event() {
                return event;
            }
            let Some(stream) = &self.stream else { return FlushEvent::Broken };
            if self.waiting_bytes() == 0 {
                self.wake.notified().await;
                continue;
            }
            // The timeout detects a stalled socket that never becomes writable. Boxed, because most sockets never
            // stall.
            let writable = Box::pin(tokio::time::timeout(STALL_TIME / 10, stream.writable())).await;
            if matches!(writable, Ok(Err(_))) || !self.write_some() {
                return FlushEvent::Broken;
            }
        }
    }

    fn event(&self) -> Option<FlushEvent> {
        let mut queue = self.queue.lock();
        if queue.gone {
            return Some(FlushEvent::Broken);
        }
        if queue.frames.is_empty() {
            if std::mem::take(&mut queue.owes) {
                return Some(FlushEvent::Drained);
            }
            if let Some(close) = queue.close
                && !std::mem::replace(&mut queue.close_seen, true)
            {
                return Some(FlushEvent::Close(close));
            }
        }
        None
    }

    /// One vectored write. `false` when the socket is broken or has stalled for too long.
    fn write_some(&self) -> bool {
        let Some(stream) = &self.stream else { return false };
        let mut queue = self.queue.lock();
        let slices: Vec<IoSlice<'_>> = queue.frames.iter().take(PIECES).map(|frame| IoSlice::new(frame)).collect();
        let written = match stream.try_write_vectored(&slices) {
            Ok(written) => written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(_) => return false,
        };
        queue.advance(written);
        match &mut queue.stalled {
            Some(stall) => {
                stall.written += written;
                if stall.written >= STALL_BYTES {
                    *stall = Stall { since: Instant::now(), written: 0 };
                }
                stall.since.elapsed() < STALL_TIME
            }
            None => true,
        }
    }
}

impl Queue {
    fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(first) = self.frames.front_mut() {
            if written < first.len() {
                drop(first.split_to(written));
                break;
            }
            written -= first.len();
            self.frames.pop_front();
        }
        if self.frames.is_empty() {
            self.frames.shrink_to(PIECES);
            self.stalled = None;
        }
    }
}

/// A binary WebSocket frame, header included, ready for any number of sockets (RFC 6455, 5.2).
pub fn frame(payload: &[u8]) -> Bytes {
    frames([payload])
}

/// Several frames in one buffer, so that they take one system call.
pub fn frames<'a>(payloads: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>) -> Bytes {
    let payloads = payloads.into_iter();
    let mut out = Vec::with_capacity(payloads.clone().map(|payload| payload.len() + MOST_HEADER_BYTES).sum());
    for payload in payloads {
        write_header(&mut out, 0x82, payload.len());
        out.extend_from_slice(payload);
    }
    out.into()
}

/// Largest header of an unmasked frame.
const MOST_HEADER_BYTES: usize = 10;

fn close_frame(close: Close) -> Bytes {
    let reason = close.reason().as_bytes();
    let mut out = Vec::with_capacity(4 + reason.len());
    write_header(&mut out, 0x88, 2 + reason.len());
    out.extend_from_slice(&close.code().to_be_bytes());
    out.extend_from_slice(reason);
    out.into()
}

fn write_header(out: &mut Vec<u8>, first: u8, len: usize) {
    out.push(first);
    match len {
        0..126 => out.push(len as u8),
        126..65536 => {
            out.push(126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
}
