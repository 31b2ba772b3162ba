//! Encoding of signals: the sending node (16 bytes), the kind (1), then the content. Integers are big-endian.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use uuid::Uuid;

use super::{NodeId, ROW_BYTES, Signal};
use crate::journal::{decode_row, encode_row};
use vocabulary::DocumentId;

const ROW: u8 = 1;
const HEAD: u8 = 2;
const PRESENCE: u8 = 3;
const WHO_IS_HERE: u8 = 4;
const CHANGES: u8 = 5;
const BEACON: u8 = 6;

/// A message between nodes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Message {
    Signal(Signal),
    Beacon,
}

impl Signal {
    /// The document that the signal concerns; `None` if the signal concerns all nodes.
    pub(super) fn document(&self) -> Option<DocumentId> {
        match self {
            Signal::Row(row) => Some(row.document),
            Signal::Head { document, .. } | Signal::Presence { document, .. } | Signal::WhoIsHere { document } => {
                Some(*document)
            }
            Signal::Changes | Signal::Behind => None,
        }
    }
}

pub(super) fn encode(node: NodeId, message: &Message) -> Bytes {
    let mut out = BytesMut::with_capacity(64);
    out.put_slice(node.0.as_bytes());
    match message {
        Message::Beacon => out.put_u8(BEACON),
        Message::Signal(Signal::Row(row)) => match encode_row(row) {
            encoded if encoded.len() <= ROW_BYTES => {
                out.put_u8(ROW);
                out.put_slice(&encoded);
            }
            _ => {
                out.put_u8(HEAD);
                out.put_slice(row.document.0.as_bytes());
                out.put_u64(row.seq);
            }
        },
        Message::Signal(Signal::Head { document, seq }) => {
            out.put_u8(HEAD);
            out.put_slice(document.0.as_bytes());
            out.put_u64(*seq);
        }
        Message::Signal(Signal::Presence { document, update, .. }) => {
            out.put_u8(PRESENCE);
            out.put_slice(document.0.as_bytes());
            out.put_slice(update);
        }
        Message::Signal(Signal::WhoIsHere { document }) => {
            out.put_u8(WHO_IS_HERE);
            out.put_slice(document.0.as_bytes());
        }
        Message::Signal(Signal::Changes | Signal::Behind) => out.put_u8(CHANGES),
    }
    out.freeze()
}

/// `None` for input that [`encode`] did not write, or a row with a wrong checksum.
pub(super) fn decode(mut bytes: Bytes) -> Option<(NodeId, Message)> {
    let node = NodeId(take_uuid(&mut bytes)?);
    let kind = bytes.try_get_u8().ok()?;
    let signal = match kind {
        BEACON => return bytes.is_empty().then_some((node, Message::Beacon)),
        ROW => Signal::Row(decode_row(bytes)?),
        HEAD => {
            let document = DocumentId(take_uuid(&mut bytes)?);
            Signal::Head { document, seq: bytes.try_get_u64().ok()? }
        }
        PRESENCE => Signal::Presence { document: DocumentId(take_uuid(&mut bytes)?), node, update: bytes },
        WHO_IS_HERE => Signal::WhoIsHere { document: DocumentId(take_uuid(&mut bytes)?) },
        CHANGES => Signal::Changes,
        _ => return None,
    };
    Some((node, Message::Signal(signal)))
}

fn take_uuid(bytes: &mut Bytes) -> Option<Uuid> {
    (bytes.len() >= 16).then(|| bytes.split_to(16)).and_then(|id| Uuid::from_slice(&id).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Entry, Row};

    fn row(bytes: usize) -> Row {
        let entry = Entry { user: "ana".into(), connection: 7, bytes: vec![1; bytes].into() };
        Row { document: DocumentId::new(), seq: 9, op: Uuid::new_v4(), at: 17, entries: vec![entry] }
    }

    #[test]
    fn every_signal_survives_and_no_half_row_does() {
        let node = NodeId(Uuid::now_v7());
        let document = DocumentId::new();
        let signals = [
            Signal::Row(row(100)),
            Signal::Head { document, seq: 3 },
            Signal::Presence { document, node, update: Bytes::from_static(b"states") },
            Signal::WhoIsHere { document },
            Signal::Changes,
        ];
        for signal in signals {
            let bytes = encode(node, &Message::Signal(signal.clone()));
            assert_eq!(decode(bytes), Some((node, Message::Signal(signal))));
        }
        assert_eq!(decode(encode(node, &Message::Beacon)), Some((node, Message::Beacon)));
        let whole = encode(node, &Message::Signal(Signal::Row(row(100))));
        for cut in 0..whole.len() {
            assert!(
                decode(whole.slice(..cut))
                    .is_none_or(|(_, message)| !matches!(message, Message::Signal(Signal::Row(_))))
            );
        }
        let mut flipped = whole.to_vec();
        *flipped.last_mut().expect("bytes") ^= 1;
        assert_eq!(decode(flipped.into()), None);
    }

    #[test]
    fn a_large_row_travels_as_its_number() {
        let row = row(ROW_BYTES);
        let bytes = encode(NodeId(Uuid::nil()), &Message::Signal(Signal::Row(row.clone())));
        let expected = Signal::Head { document: row.document, seq: row.seq };
        assert_eq!(decode(bytes).map(|(_, message)| message), Some(Message::Signal(expected)));
    }
}
