//! The stream that tungstenite sees: it reads from the socket, and what it writes (pongs, closes)
//! goes through the same ordered queue as everything else.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hub::Outbox;
use hub::outbox::Push;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use crate::sockets::frames::Frames;

/// The opcode of a close frame.
const CLOSE: u8 = 8;

pub(super) struct Tap {
    tcp: OwnedReadHalf,
    /// Read already, and more than was asked for.
    rest: Bytes,
    outbox: Arc<Outbox>,
    frames: Frames,
}

/// tungstenite asks for [`super::READ_BUFFER_BYTES`] at a time. A large message would be a thousand system calls;
/// a buffer of its own for each idle socket would be most of its memory.
const READ_AT_ONCE: usize = 64 << 10;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_AT_ONCE].into());
}

impl Tap {
    pub(super) fn new(tcp: OwnedReadHalf, already_read: &[u8], outbox: Arc<Outbox>) -> Tap {
        Tap { tcp, rest: Bytes::copy_from_slice(already_read), outbox, frames: Frames::default() }
    }

    /// The same for another WebSocket, which has read nothing yet.
    pub(super) fn afresh(self) -> Tap {
        Tap { frames: Frames::default(), ..self }
    }

    pub(super) fn frames(&mut self) -> &mut Frames {
        &mut self.frames
    }

    /// What it reads from.
    pub(super) fn tcp(&self) -> &TcpStream {
        self.tcp.as_ref()
    }
}

impl AsyncRead for Tap {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            let Tap { tcp, rest, frames, .. } = &mut *self;
            return BUFFER.with_borrow_mut(|bytes| {
                let mut all = ReadBuf::new(bytes);
                ready!(Pin::new(tcp).poll_read(cx, &mut all))?;
                let (asked_for, more) = all.filled().split_at(all.filled().len().min(buf.remaining()));
                buf.put_slice(asked_for);
                frames.feed(asked_for);
                if !more.is_empty() {
                    *rest = Bytes::copy_from_slice(more);
                }
                Poll::Ready(Ok(()))
            });
        }
        let some = self.rest.len().min(buf.remaining());
        let some = self.rest.split_to(some);
        buf.put_slice(&some);
        self.frames.feed(&some);
        if self.rest.is_empty() {
            // What is split off to the end still holds what it was split from.
            self.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let pushed = self.outbox.push(Bytes::copy_from_slice(bytes));
        if bytes.first().is_some_and(|first| first & 0x0f == CLOSE) {
            self.outbox.finish();
        }
        match pushed {
            Push::Taken => Poll::Ready(Ok(bytes.len())),
            // A pong for a peer that does not read would only make its queue longer.
            Push::Full => Poll::Ready(Ok(bytes.len())),
            Push::Gone => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
