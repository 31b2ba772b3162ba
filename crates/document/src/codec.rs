//! The codecs of both wire families. Reading turns one frame into one message, whose payloads are borrowed from the
//! frame; writing turns one message into one frame. `document` and `presence` interpret the messages.
//!
//! Sources: <https://github.com/yjs/y-protocols/blob/master/PROTOCOL.md> and the message types of
//! `@hocuspocus/provider` 2 to 4.

use bytes::Bytes;

use crate::lib0::{Reader, write_buf, write_varuint};
use crate::refusal::Refusal;

/// The family of the client at the other end of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// y-websocket, @y/websocket: one document for each socket, bare y-protocols messages.
    YWebsocket,
    /// @hocuspocus/provider: many documents on one socket, each frame with an address.
    Hocuspocus,
}

/// A client's message, without its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Sync(SyncStep),
    /// Awareness states, still encoded: see [`crate::presence`].
    Awareness(Bytes),
    QueryAwareness,
    /// Hocuspocus: the token, and the provider's version if it sends one (4.x).
    Token {
        token: String,
        version: Option<String>,
    },
    /// Hocuspocus: a text message of the application.
    Stateless(String),
    /// Hocuspocus: leaves this document; the socket stays open.
    Close,
    /// Hocuspocus 4: keep-alive, a whole frame of one byte without an address.
    Ping,
    Pong,
    /// y-protocols `auth`: only a server sends it; ignored when a client does.
    Auth,
}

/// The three messages of the y-protocols sync protocol, each around its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStep {
    /// An encoded state vector: "send me what I lack".
    Step1(Bytes),
    /// The answer to a step 1: an encoded update.
    Step2(Bytes),
    /// A new edit: an encoded update.
    Update(Bytes),
}

/// A Hocuspocus frame: the address of a document, and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Document name, or `name\0session`; answers carry the same bytes. Empty for Ping and Pong.
    pub address: Bytes,
    pub message: Message,
}

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
const QUERY_AWARENESS: u64 = 3;
const STATELESS: u64 = 5;
const BROADCAST_STATELESS: u64 = 6;
const CLOSE: u64 = 7;
const SYNC_STATUS: u64 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Reads one y-websocket frame.
///
/// # Errors
/// [`Refusal::Malformed`] when the bytes are not exactly one message.
pub fn read_y_websocket(frame: &Bytes) -> Result<Message, Refusal> {
    let mut reader = Reader::new(frame);
    let message = match reader.varuint()? {
        SYNC => Message::Sync(read_sync(&mut reader, frame)?),
        AWARENESS => Message::Awareness(slice(frame, reader.buf()?)),
        AUTH => {
            let rest = reader.remaining();
            reader.take(rest)?;
            Message::Auth
        }
        QUERY_AWARENESS => Message::QueryAwareness,
        _ => return Err(Refusal::Malformed("this message type is unknown")),
    };
    finished(&reader, message)
}

/// Reads one Hocuspocus frame.
///
/// # Errors
/// [`Refusal::Malformed`] when the bytes are not exactly one message that a client may send.
pub fn read_hocuspocus(frame: &Bytes) -> Result<Frame, Refusal> {
    match frame.as_ref() {
        [PING] => {
            return Ok(Frame { address: Bytes::new(), message: Message::Ping });
        }
        [PONG] => {
            return Ok(Frame { address: Bytes::new(), message: Message::Pong });
        }
        _ => {}
    }
    let mut reader = Reader::new(frame);
    let address = slice(frame, reader.string()?.as_bytes());
    let message = match reader.varuint()? {
        SYNC => Message::Sync(read_sync(&mut reader, frame)?),
        AWARENESS => Message::Awareness(slice(frame, reader.buf()?)),
        AUTH => match reader.varuint()? {
            0 => {
                let token = reader.string()?.to_owned();
                let version = if reader.is_empty() { None } else { Some(reader.string()?.to_owned()) };
                Message::Token { token, version }
            }
            _ => return Err(Refusal::Malformed("a client sends only its token here")),
        },
        QUERY_AWARENESS => Message::QueryAwareness,
        STATELESS => Message::Stateless(reader.string()?.to_owned()),
        BROADCAST_STATELESS => return Err(Refusal::Malformed("a client may not broadcast")),
        CLOSE => {
            // Some provider versions add a reason, which is not used.
            let rest = reader.remaining();
            reader.take(rest)?;
            Message::Close
        }
        _ => return Err(Refusal::Malformed("this message type is unknown")),
    };
    Ok(Frame { address, message: finished(&reader, message)? })
}

fn read_sync(reader: &mut Reader<'_>, frame: &Bytes) -> Result<SyncStep, Refusal> {
    let step = reader.varuint()?;
    let payload = slice(frame, reader.buf()?);
    match step {
        0 => Ok(SyncStep::Step1(payload)),
        1 => Ok(SyncStep::Step2(payload)),
        2 => Ok(SyncStep::Update(payload)),
        _ => Err(Refusal::Malformed("this sync step is unknown")),
    }
}

fn finished(reader: &Reader<'_>, message: Message) -> Result<Message, Refusal> {
    if reader.is_empty() { Ok(message) } else { Err(Refusal::Malformed("bytes follow the message")) }
}

fn slice(frame: &Bytes, part: &[u8]) -> Bytes {
    if part.is_empty() { Bytes::new() } else { frame.slice_ref(part) }
}

/// A message of the server. [`Reply::encode`] encodes it for either family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply<'a> {
    Step1(&'a [u8]),
    Step2(&'a [u8]),
    Update(&'a [u8]),
    Awareness(&'a [u8]),
    PermissionDenied(&'a str),
    /// Hocuspocus: signed in, with or without the right to write.
    Authenticated {
        scope: &'a str,
    },
    /// Hocuspocus: "send me your token".
    TokenSync,
    /// Hocuspocus: text for the application.
    Stateless(&'a str),
    /// Hocuspocus: an update was saved, or refused.
    SyncStatus {
        saved: u64,
    },
    /// Hocuspocus 4: closes one document of a socket.
    Close(&'a str),
}

impl Reply<'_> {
    /// The frame's payload for `family`, or `None` if that family has no such message.
    pub fn encode(&self, family: Family, address: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(address.len() + self.payload_bytes() + 16);
        if family == Family::Hocuspocus {
            write_buf(&mut out, address);
        }
        match *self {
            Reply::Step1(bytes) => sync(&mut out, 0, bytes),
            Reply::Step2(bytes) => sync(&mut out, 1, bytes),
            Reply::Update(bytes) => sync(&mut out, 2, bytes),
            Reply::Awareness(bytes) => {
                write_varuint(&mut out, AWARENESS);
                write_buf(&mut out, bytes);
            }
            Reply::PermissionDenied(reason) => {
                write_varuint(&mut out, AUTH);
                write_varuint(&mut out, if family == Family::Hocuspocus { 1 } else { 0 });
                write_buf(&mut out, reason.as_bytes());
            }
            _ if family == Family::YWebsocket => return None,
            Reply::Authenticated { scope } => {
                write_varuint(&mut out, AUTH);
                write_varuint(&mut out, 2);
                write_buf(&mut out, scope.as_bytes());
            }
            Reply::TokenSync => {
                write_varuint(&mut out, AUTH);
                write_varuint(&mut out, 0);
            }
            Reply::Stateless(text) => {
                write_varuint(&mut out, STATELESS);
                write_buf(&mut out, text.as_bytes());
            }
            Reply::SyncStatus { saved } => {
                write_varuint(&mut out, SYNC_STATUS);
                write_varuint(&mut out, saved);
            }
            Reply::Close(reason) => {
                write_varuint(&mut out, CLOSE);
                write_buf(&mut out, reason.as_bytes());
            }
        }
        Some(out)
    }

    fn payload_bytes(&self) -> usize {
        match self {
            Reply::Step1(bytes) | Reply::Step2(bytes) | Reply::Update(bytes) | Reply::Awareness(bytes) => bytes.len(),
            Reply::PermissionDenied(text) | Reply::Stateless(text) | Reply::Close(text) => text.len(),
            Reply::Authenticated { scope } => scope.len(),
            Reply::TokenSync | Reply::SyncStatus { .. } => 0,
        }
    }
}

fn sync(out: &mut Vec<u8>, step: u64, payload: &[u8]) {
    write_varuint(out, SYNC);
    write_varuint(out, step);
    write_buf(out, payload);
}

/// The answer to a Hocuspocus 4 ping: one byte, no address.
pub const PONG_FRAME: [u8; 1] = [PONG];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_decodes_what_the_other_side_encodes() {
        let update = Reply::Update(&[0, 0]);
        let bare = Bytes::from(update.encode(Family::YWebsocket, b"").expect("both families have it"));
        assert_eq!(bare.as_ref(), [0, 2, 2, 0, 0]);
        let expected = Message::Sync(SyncStep::Update(Bytes::from_static(&[0, 0])));
        assert_eq!(read_y_websocket(&bare), Ok(expected.clone()));

        let addressed = Bytes::from(update.encode(Family::Hocuspocus, b"plan").expect("both families have it"));
        assert_eq!(read_hocuspocus(&addressed), Ok(Frame { address: Bytes::from_static(b"plan"), message: expected }));
    }

    #[test]
    fn permission_denied_has_its_own_number_in_each_family() {
        let denied = Reply::PermissionDenied("no");
        assert_eq!(denied.encode(Family::YWebsocket, b""), Some(vec![2, 0, 2, b'n', b'o']));
        assert_eq!(denied.encode(Family::Hocuspocus, b"d"), Some(vec![1, b'd', 2, 1, 2, b'n', b'o']));
    }

    #[test]
    fn two_messages_in_one_frame_are_refused() {
        let two = Bytes::from_static(&[3, 3]);
        assert!(read_y_websocket(&two).is_err());
    }

    #[test]
    fn tokens_come_with_and_without_a_version() {
        let old = Bytes::from_static(b"\x01d\x02\x00\x03abc");
        let new = Bytes::from_static(b"\x01d\x02\x00\x03abc\x054.8.0");
        let token = |frame| match read_hocuspocus(frame).map(|frame| frame.message) {
            Ok(Message::Token { token, version }) => (token, version),
            other => panic!("not a token: {other:?}"),
        };
        assert_eq!(token(&old), ("abc".into(), None));
        assert_eq!(token(&new), ("abc".into(), Some("4.8.0".into())));
    }

    #[test]
    fn a_client_may_not_broadcast_or_set_a_status() {
        for kind in [4u8, 6, 8] {
            assert!(read_hocuspocus(&Bytes::from(vec![1, b'd', kind, 1, b'x'])).is_err(), "type {kind}");
        }
    }
}
