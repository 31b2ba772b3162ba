//! The stream given to tungstenite: it reads from the socket, and writes (pongs, closes) through the same ordered queue
//! as the hub.

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

use crate::sockets::{frames::Frames, pre_auth_limits::PreAuthFilter};
use access::PreAuthMemory;

/// The opcode of a close frame.
const CLOSE: u8 = 8;

pub(super) struct SocketStream {
    tcp: OwnedReadHalf,
    /// Bytes that were read beyond those requested.
    rest: Bytes,
    outbox: Arc<Outbox>,
    frames: Frames,
    /// Set while the socket is not admitted to a document. Boxed, because most sockets are admitted.
    filter: Option<Box<PreAuthFilter>>,
}

/// Bytes read at a time, into a buffer of the thread. tungstenite requests [`super::socket::READ_BUFFER_BYTES`] at a
/// time, so a large message would take a thousand system calls; and a separate buffer would be most of the memory of an
/// idle socket.
const READ_AT_ONCE: usize = 64 << 10;
/// Bytes read at a time before admission.
const READ_OF_STRANGERS: usize = 4 << 10;

thread_local! {
    static BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; READ_AT_ONCE].into());
}

impl SocketStream {
    pub(super) fn new(tcp: OwnedReadHalf, already_read: &[u8], outbox: Arc<Outbox>) -> SocketStream {
        SocketStream {
            tcp,
            rest: Bytes::copy_from_slice(already_read),
            outbox,
            frames: Frames::default(),
            filter: None,
        }
    }

    /// The same stream for a new tungstenite WebSocket, which has read nothing yet.
    pub(super) fn afresh(self) -> SocketStream {
        SocketStream { frames: Frames::default(), ..self }
    }

    pub(super) fn frames(&mut self) -> &mut Frames {
        &mut self.frames
    }

    /// Sets whether the socket is admitted to a document; if not, what it may send is limited. `reads_state_vectors` as
    /// in [`PreAuthFilter::new`].
    pub(super) fn set_admitted(
        &mut self,
        admitted: bool,
        budget: &PreAuthMemory,
        reads_state_vectors: fn(&[u8]) -> bool,
    ) {
        match (&mut self.filter, admitted) {
            (Some(filter), true) => filter.open(),
            (Some(filter), false) => filter.close(),
            (None, true) => {}
            (None, false) => {
                self.filter = Some(Box::new(PreAuthFilter::new(budget, &self.frames, reads_state_vectors)))
            }
        }
        self.drop_spent_filter();
    }

    pub(super) fn filter(&self) -> Option<&PreAuthFilter> {
        self.filter.as_deref()
    }

    /// Notes that tungstenite returned a message. `true` if it was cut short.
    pub(super) fn note_read(&mut self) -> bool {
        if let Some(filter) = &mut self.filter {
            filter.release();
        }
        self.frames.note_read()
    }

    fn drop_spent_filter(&mut self) {
        self.filter.take_if(|filter| filter.is_over());
    }

    fn poll_read_through_filter(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let SocketStream { tcp, rest, frames, filter: Some(filter), .. } = self else { return Poll::Ready(Ok(())) };
        while !filter.drain(buf, frames) {
            if rest.is_empty() && !filter.is_waiting() {
                *rest = ready!(BUFFER.with_borrow_mut(|bytes| {
                    let mut read = ReadBuf::new(&mut bytes[..READ_OF_STRANGERS]);
                    ready!(Pin::new(&mut *tcp).poll_read(cx, &mut read))?;
                    Poll::Ready(io::Result::Ok(Bytes::copy_from_slice(read.filled())))
                }))?;
                if rest.is_empty() {
                    break;
                }
            }
            ready!(filter.poll_take(cx, rest));
        }
        self.drop_spent_filter();
        Poll::Ready(Ok(()))
    }

    /// The underlying TCP stream.
    pub(super) fn tcp(&self) -> &TcpStream {
        self.tcp.as_ref()
    }
}

impl AsyncRead for SocketStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.filter.is_some() {
            return self.poll_read_through_filter(cx, buf);
        }
        if self.rest.is_empty() {
            let SocketStream { tcp, rest, frames, .. } = &mut *self;
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
            // An empty `Bytes` from `split_to` still refers to its allocation: release it.
            self.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SocketStream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let pushed = self.outbox.push(Bytes::copy_from_slice(bytes));
        if bytes.first().is_some_and(|first| first & 0x0f == CLOSE) {
            self.outbox.finish();
        }
        match pushed {
            Push::Taken => Poll::Ready(Ok(bytes.len())),
            // Drop it: a pong for a peer that does not read would only make its queue longer.
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
