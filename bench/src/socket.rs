//! A WebSocket client with very low cost, so that the load generator is not what is measured: frames are masked with
//! zeros, pings are not answered (no run is long enough), and nothing is copied twice.

use std::io::{Error, ErrorKind, Result};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

pub struct Sender(OwnedWriteHalf);

pub struct Receiver {
    stream: OwnedReadHalf,
    read: BytesMut,
}

/// Connects to a path; `address` is host and port.
pub async fn connect(address: &str, path: &str) -> Result<(Sender, Receiver)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut read = BytesMut::new();
    let end = loop {
        if let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    };
    let answer = read.split_to(end);
    if !answer.starts_with(b"HTTP/1.1 101") {
        return Err(Error::other(String::from_utf8_lossy(&answer).into_owned()));
    }
    let (reader, writer) = stream.into_split();
    Ok((Sender(writer), Receiver { stream: reader, read }))
}

impl Sender {
    /// Sends one binary message.
    pub async fn send(&mut self, payload: &[u8]) -> Result<()> {
        let mut frame = Vec::with_capacity(payload.len() + 14);
        frame.push(0x82);
        match payload.len() {
            len @ 0..126 => frame.push(0x80 | len as u8),
            len @ 126..65_536 => {
                frame.push(0x80 | 126);
                frame.extend((len as u16).to_be_bytes());
            }
            len => {
                frame.push(0x80 | 127);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.0.write_all(&frame).await
    }
}

impl Receiver {
    /// The next binary message; `None` if the server has closed.
    pub async fn next(&mut self) -> Option<Bytes> {
        let mut message = BytesMut::new();
        loop {
            let Some((opcode, last, payload)) = self.frame() else {
                if self.stream.read_buf(&mut self.read).await.ok()? == 0 {
                    return None;
                }
                continue;
            };
            match opcode {
                2 if last && message.is_empty() => return Some(payload),
                0 | 2 => message.extend(&payload),
                8 => return None,
                _ => continue,
            }
            if last {
                return Some(message.freeze());
            }
        }
    }

    /// Takes a complete frame from the input: its opcode, whether it ends its message, its payload.
    fn frame(&mut self) -> Option<(u8, bool, Bytes)> {
        let head = self.read.get(..2)?;
        let (first, short) = (head[0], usize::from(head[1] & 0x7f));
        let (header, len) = match short {
            126 => (4, usize::from(u16::from_be_bytes(self.read.get(2..4)?.try_into().ok()?))),
            127 => (10, u64::from_be_bytes(self.read.get(2..10)?.try_into().ok()?) as usize),
            len => (2, len),
        };
        if self.read.len() < header + len {
            self.read.reserve(header + len - self.read.len());
            return None;
        }
        self.read.advance(header);
        Some((first & 0x0f, first & 0x80 != 0, self.read.split_to(len).freeze()))
    }
}
