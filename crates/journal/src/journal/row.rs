//! Encoding of rows, and checksums.

use std::ops::ControlFlow;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Entry, JournalError, PAGE_BYTES, PAGE_ROWS, Row};
use vocabulary::DocumentId;

/// Replaces the entries in the last row of a purged document; a count of entries is never that large.
pub(super) const CLOSED: [u8; 4] = [0xff; 4];

/// Encodes entries: a count, then user, connection and update of each, with u32 lengths.
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

/// `None` for input that [`encode`] did not write.
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

/// A whole row: document, number, op id, time, checksum, entries.
pub(super) fn encode_whole(row: &Row) -> Bytes {
    let entries = encode(&row.entries);
    let mut out = BytesMut::with_capacity(80 + entries.len());
    out.put_slice(row.document.0.as_bytes());
    out.put_u64(row.seq);
    out.put_slice(row.op.as_bytes());
    out.put_i64(row.at);
    out.put_slice(&checksum(row, &entries));
    out.put_slice(&entries);
    out.freeze()
}

/// `None` for input that [`encode_whole`] did not write, or a part of it.
pub(super) fn decode_whole(mut bytes: Bytes) -> Option<Row> {
    if bytes.len() < 80 {
        return None;
    }
    let document = DocumentId(Uuid::from_slice(&bytes.split_to(16)).ok()?);
    let seq = bytes.get_u64();
    let op = Uuid::from_slice(&bytes.split_to(16)).ok()?;
    let at = bytes.get_i64();
    let expected = bytes.split_to(32);
    let mut row = Row { document, seq, op, at, entries: Vec::new() };
    if *expected != checksum(&row, &bytes) {
        return None;
    }
    row.entries = decode(bytes)?;
    Some(row)
}

/// SHA-256 over the whole content of a row.
pub(super) fn checksum(row: &Row, entries: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(row.document.0.as_bytes());
    hash.update(row.seq.to_be_bytes());
    hash.update(row.op.as_bytes());
    hash.update(row.at.to_be_bytes());
    hash.update(entries);
    hash.finalize().into()
}

/// A row as an engine stores it.
pub(super) struct Stored {
    pub seq: u64,
    pub op: Uuid,
    pub at: i64,
    pub entries: Bytes,
    pub checksum: Vec<u8>,
}

/// A page of rows, read in order, which ends at a row that is missing or damaged.
pub(super) struct Page {
    document: DocumentId,
    next: u64,
    bytes: usize,
    rows: Vec<Row>,
    /// The error that ended the page before it was full.
    failure: Option<JournalError>,
    is_full: bool,
}

/// The rows of a page, and whether more may follow.
pub(super) type PageRead = (Vec<Row>, bool);

impl Page {
    pub(super) fn after(document: DocumentId, seq: u64) -> Page {
        Page { document, next: seq + 1, bytes: 0, rows: Vec::new(), failure: None, is_full: false }
    }

    /// Adds the next row. Breaks when this row fills the page, or when it cannot be read.
    pub(super) fn take(&mut self, stored: Stored) -> ControlFlow<()> {
        let bytes = stored.entries.len();
        match self.read(stored) {
            Ok(row) => {
                self.rows.push(row);
                self.next += 1;
                self.bytes += bytes;
                self.is_full = self.bytes >= PAGE_BYTES || self.rows.len() >= PAGE_ROWS;
                if self.is_full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }
            Err(failure) => self.end(failure),
        }
    }

    /// Ends the page because the columns of the next row cannot be decoded.
    pub(super) fn end_damaged(&mut self, what: &'static str) -> ControlFlow<()> {
        self.end(JournalError::Damaged { document: self.document, seq: self.next, what })
    }

    fn end(&mut self, failure: JournalError) -> ControlFlow<()> {
        self.failure = Some(failure);
        ControlFlow::Break(())
    }

    fn read(&self, stored: Stored) -> Result<Row, JournalError> {
        let Stored { seq, op, at, entries, checksum } = stored;
        let document = self.document;
        let damaged = |what| JournalError::Damaged { document, seq, what };
        if *entries == CLOSED {
            return Err(JournalError::Purged(document));
        }
        if seq != self.next {
            // A log may begin with a snapshot, if it was restored from a trimmed log.
            let first = self.next == 1;
            return Err(match first {
                true => JournalError::Trimmed { document, seq: 1 },
                false => damaged("the row before it is missing"),
            });
        }
        if entries.is_empty() {
            return Err(JournalError::Trimmed { document, seq });
        }
        let mut row = Row { document, seq, op, at, entries: Vec::new() };
        if checksum != self::checksum(&row, &entries) {
            return Err(damaged("its checksum does not match"));
        }
        row.entries = decode(entries).ok_or_else(|| damaged("its entries cannot be read"))?;
        Ok(row)
    }

    /// # Errors
    /// The error, if the page has no row because of it.
    pub(super) fn finish(self) -> Result<PageRead, JournalError> {
        match self.failure {
            Some(failure) if self.rows.is_empty() => Err(failure),
            // The rows before the error are valid; the next page returns the error.
            failure => Ok((self.rows, self.is_full || failure.is_some())),
        }
    }
}

/// SHA-256 over kept bytes, their document and their id.
pub(super) fn kept_checksum(document: DocumentId, id: Uuid, bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(document.0).chain_update(id).chain_update(bytes).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [SAVE-21] A page ends even if its rows are very small.
    #[test]
    fn a_page_of_small_rows_ends() {
        let document = DocumentId::new();
        let mut page = Page::after(document, 7);
        for seq in 8.. {
            let row = Row { document, seq, op: Uuid::new_v4(), at: 0, entries: Vec::new() };
            let (entries, at) = (encode(&row.entries), row.at);
            let checksum = checksum(&row, &entries).to_vec();
            if page.take(Stored { seq, op: row.op, at, entries, checksum }).is_break() {
                break;
            }
        }
        let (rows, may_go_on) = page.finish().expect("sound rows");
        assert!(may_go_on, "it is full");
        assert_eq!((rows.len(), rows.last().map(|row| row.seq)), (PAGE_ROWS, Some(7 + PAGE_ROWS as u64)));
    }

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
