//! How a row's entries become bytes, and the checksum over all of it.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sha2::{Digest, Sha256};

use super::{Entry, Row};

/// Stands in place of entries in the last row of a purged document; no count of entries is that large.
pub(super) const CLOSED: [u8; 4] = [0xff; 4];

/// Entries as one blob: a count, then user, connection and update of each, behind u32 lengths.
pub(super) fn encode(entries: &[Entry]) -> Bytes {
    let len: usize = entries.iter().map(|entry| 16 + entry.user.len() + entry.bytes.len()).sum();
    let mut out = BytesMut::with_capacity(4 + len);
    out.put_u32(entries.len() as u32);
    for entry in entries {
        out.put_u32(entry.user.len() as u32);
        out.put_slice(entry.user.as_bytes());
        out.put_u64(entry.connection);
        out.put_u32(entry.bytes.len() as u32);
        out.put_slice(&entry.bytes);
    }
    out.freeze()
}

/// `None` when the blob is not what [`encode`] wrote.
pub(super) fn decode(mut blob: Bytes) -> Option<Vec<Entry>> {
    let count = blob.try_get_u32().ok()? as usize;
    let mut entries = Vec::with_capacity(count.min(blob.len() / 16));
    for _ in 0..count {
        let user = take(&mut blob)?;
        let connection = blob.try_get_u64().ok()?;
        let bytes = take(&mut blob)?;
        entries.push(Entry { user: std::str::from_utf8(&user).ok()?.into(), connection, bytes });
    }
    blob.is_empty().then_some(entries)
}

fn take(blob: &mut Bytes) -> Option<Bytes> {
    let len = blob.try_get_u32().ok()? as usize;
    (len <= blob.len()).then(|| blob.split_to(len))
}

/// SHA-256 over everything that a row says.
pub(super) fn checksum(row: &Row, entries: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(row.document.0.as_bytes());
    hash.update(row.seq.to_be_bytes());
    hash.update(row.op.as_bytes());
    hash.update(row.at.to_be_bytes());
    hash.update(entries);
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive_a_round_trip_and_damage_is_seen() {
        let entry = |user: &str, bytes: &'static [u8]| Entry { user: user.into(), connection: 7, bytes: bytes.into() };
        let entries = vec![entry("ana", b"abc"), entry("", b"")];
        let blob = encode(&entries);
        assert_eq!(decode(blob.clone()), Some(entries));
        assert_eq!(decode(blob.slice(..blob.len() - 1)), None);
        assert_eq!(decode(Bytes::from_static(&[0xff, 0xff, 0xff, 0xff])), None);
    }
}
