//! The stream that tungstenite sees: it reads from the socket, and what it writes (pongs, closes)
//! goes through the same ordered queue as everything else.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hub::Outbox;
use hub::outbox::Push;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The opcode of a close frame.
const CLOSE: u8 = 8;

pub(super) struct Tap {
    tcp: Arc<TcpStream>,
    outbox: Arc<Outbox>,
}

impl Tap {
    pub(super) fn new(tcp: Arc<TcpStream>, outbox: Arc<Outbox>) -> Tap {
        Tap { tcp, outbox }
    }
}

impl AsyncRead for Tap {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.tcp.poll_read_ready(cx))?;
            match self.tcp.try_read(buf.initialize_unfilled()) {
                Ok(read) => {
                    buf.advance(read);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
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
