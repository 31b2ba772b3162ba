//! Contents that yrs would not return as they were written: yrs reorders the keys of objects, turns small BigInts into
//! numbers, and re-creates sub-documents with options of its own. The bytes of such contents are kept beside the
//! document, and put back into every update that yrs encodes.
//!
//! yrs never sees a sub-document: it receives an empty binary content in its place. JSON that JavaScript writes and yrs
//! refuses is replaced by JSON with other characters ([`crate::json`]).

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use bytes::Bytes;

use crate::causal_gate::{Admission, Known};
use crate::json;
use crate::lib0::Reader;
use crate::ranges::ClockSet;
use crate::refusal::Refusal;
use crate::update::{Block, Id, Kind, Update, each_block, skip_any};

const BINARY: u8 = 3;
const KIND_MASK: u8 = 0x1f;
/// A binary content without bytes.
const PLACEHOLDER: [u8; 1] = [0];
/// Memory of a kept content besides its bytes: its id, its place in the map, and the allocation.
const CONTENT_BYTES: usize = 80;
/// The smallest number of kept contents at which deleted ones are removed. Later, this happens when the number of kept
/// contents has doubled.
const PRUNED_FROM: usize = 4_096;

/// The kept contents of a document, by the id of each element.
#[derive(Debug, Default)]
pub(crate) struct Verbatim {
    kept: HashMap<Id, Content>,
    /// The total bytes of the contents.
    bytes: usize,
    pruned_at: usize,
}

#[derive(Debug, PartialEq, Eq)]
struct Content {
    kind: Kind,
    bytes: Box<[u8]>,
}

impl Verbatim {
    /// Keeps the new contents of an update, before `known` includes it.
    pub(crate) fn admit(&mut self, update: &Update<'_>, admission: &Admission, known: &Known) {
        for run in &admission.runs {
            let new_from = known.clocks.get(&run.client).copied().unwrap_or(0);
            for block in &update.blocks[run.first..run.end] {
                self.keep(update.bytes, Id { client: run.client, clock: block.clock }, block, new_from);
            }
        }
    }

    /// Keeps the contents of an update from the log. Returns whether it has any that yrs cannot read. Bytes that cannot
    /// be read are left to yrs.
    pub(crate) fn replay(&mut self, update: &[u8]) -> bool {
        let mut is_foreign = false;
        let _ = each_block(update, |at, block| {
            is_foreign |= is_foreign_to_yrs(update, block);
            self.keep(update, at, block, 0);
        });
        is_foreign
    }

    fn keep(&mut self, update: &[u8], at: Id, block: &Block, new_from: u32) {
        let content = &update[block.content as usize..block.end as usize];
        match block.kind {
            Kind::Any => {
                for (at, place, returned) in values(content, at) {
                    if returned == Returned::Changed && at.clock >= new_from {
                        self.insert(at, Kind::Any, &content[place]);
                    }
                }
            }
            _ if at.clock < new_from => {}
            Kind::Document => self.insert(at, Kind::Document, content),
            Kind::Embed | Kind::Format if is_changed_json(content, block.kind) => self.insert(at, block.kind, content),
            _ => {}
        }
    }

    fn insert(&mut self, at: Id, kind: Kind, bytes: &[u8]) {
        if let Entry::Vacant(vacant) = self.kept.entry(at) {
            vacant.insert(Content { kind, bytes: bytes.into() });
            self.bytes += bytes.len();
        }
    }

    /// The memory that the kept contents take.
    pub(crate) fn memory(&self) -> usize {
        self.bytes + self.kept.len() * CONTENT_BYTES
    }

    /// Removes deleted contents, if there are enough kept contents since the last time.
    pub(crate) fn prune(&mut self, deleted: &ClockSet) {
        if self.kept.len() > (2 * self.pruned_at).max(PRUNED_FROM) {
            self.kept.retain(|at, _| !deleted.contains(at.client, at.clock));
            self.pruned_at = self.kept.len();
            self.bytes = self.kept.values().map(|content| content.bytes.len()).sum();
        }
    }

    /// Puts the kept contents into an update that yrs has encoded.
    pub(crate) fn restore(&self, encoded: Vec<u8>) -> Bytes {
        if self.kept.is_empty() {
            return encoded.into();
        }
        let mut out = Vec::with_capacity(encoded.len() + encoded.len() / 8);
        let mut copied = 0;
        let read = each_block(&encoded, |at, block| self.restore_block(&encoded, at, block, &mut out, &mut copied));
        debug_assert!(read.is_ok(), "yrs writes updates that the linter reads");
        out.extend_from_slice(&encoded[copied..]);
        out.into()
    }

    fn restore_block(&self, encoded: &[u8], at: Id, block: &Block, out: &mut Vec<u8>, copied: &mut usize) {
        let (content, end) = (block.content as usize, block.end as usize);
        match block.kind {
            Kind::Any => {
                for (at, place, _) in values(&encoded[content..end], at) {
                    if let Some(kept) = self.kept.get(&at).filter(|kept| kept.kind == Kind::Any) {
                        out.extend_from_slice(&encoded[*copied..content + place.start]);
                        out.extend_from_slice(&kept.bytes);
                        *copied = content + place.end;
                    }
                }
            }
            Kind::Embed | Kind::Format | Kind::Binary => {
                let Some(kept) = self.kept.get(&at) else { return };
                if kept.kind == Kind::Document && block.kind == Kind::Binary {
                    out.extend_from_slice(&encoded[*copied..block.start as usize]);
                    out.push(block.info & !KIND_MASK | Kind::DOCUMENT);
                    out.extend_from_slice(&encoded[block.start as usize + 1..content]);
                } else if kept.kind == block.kind {
                    out.extend_from_slice(&encoded[*copied..content]);
                } else {
                    return;
                }
                out.extend_from_slice(&kept.bytes);
                *copied = end;
            }
            _ => {}
        }
    }
}

/// Whether yrs cannot read a block as it is.
pub(crate) fn is_foreign_to_yrs(update: &[u8], block: &Block) -> bool {
    match block.kind {
        Kind::Document => true,
        Kind::Embed | Kind::Format => {
            let content = &update[block.content as usize..block.end as usize];
            json::readable(json_in(content, block.kind).1).is_some()
        }
        _ => false,
    }
}

/// The update in the form that yrs receives: with placeholders instead of sub-documents, and with JSON that yrs can
/// read.
pub(crate) fn for_yrs(update: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    let (mut out, mut copied) = (Vec::new(), 0);
    each_block(update, |_, block| {
        let content = &update[block.content as usize..block.end as usize];
        match block.kind {
            Kind::Document => {
                out.extend_from_slice(&update[copied..block.start as usize]);
                out.push(block.info & !KIND_MASK | BINARY);
                out.extend_from_slice(&update[block.start as usize + 1..block.content as usize]);
                out.extend_from_slice(&PLACEHOLDER);
                copied = block.end as usize;
            }
            Kind::Embed | Kind::Format => {
                let (at, json) = json_in(content, block.kind);
                if let Some(readable) = json::readable(json) {
                    out.extend_from_slice(&update[copied..block.content as usize + at]);
                    out.extend_from_slice(readable.as_bytes());
                    copied = block.end as usize;
                }
            }
            _ => {}
        }
    })?;
    if copied == 0 {
        return Ok(Cow::Borrowed(update));
    }
    out.extend_from_slice(&update[copied..]);
    Ok(Cow::Owned(out))
}

/// The form in which yrs returns a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returned {
    AsWritten,
    Changed,
}

impl Returned {
    #[must_use]
    pub(crate) fn and(self, other: Returned) -> Returned {
        if self == Returned::AsWritten { other } else { Returned::Changed }
    }
}

/// The values of an Any block: the id and the place of each, and the form in which yrs returns it.
fn values(content: &[u8], at: Id) -> impl Iterator<Item = (Id, Range<usize>, Returned)> {
    let mut reader = Reader::new(content);
    let count = reader.varuint().and_then(|count| u32::try_from(count).map_err(|_| Refusal::TooLarge)).unwrap_or(0);
    (0..count).map_while(move |index| {
        let from = reader.position();
        let returned = skip_any(&mut reader, 0).ok()?;
        Some((Id { client: at.client, clock: at.clock + index }, from..reader.position(), returned))
    })
}

/// Whether yrs would write this JSON differently, which is possible for all values except strings, booleans and null.
fn is_changed_json(content: &[u8], kind: Kind) -> bool {
    let (_, json) = json_in(content, kind);
    !json.trim_start().starts_with(['"', 't', 'f', 'n']) || json::readable(json).is_some()
}

/// The start of the JSON at the end of an embed or a format, and the JSON.
fn json_in(content: &[u8], kind: Kind) -> (usize, &str) {
    let mut reader = Reader::new(content);
    let skipped = if kind == Kind::Format { reader.string().map(drop) } else { Ok(()) };
    let json = skipped.and_then(|()| reader.string()).unwrap_or_default();
    (content.len() - json.len(), json)
}

#[cfg(test)]
mod tests {
    use crate::client_id_owners::{Author, Level};
    use crate::document::{Document, Outcome, Stored};
    use crate::{SyncStep, client_id_owners::Owners};
    use bytes::Bytes;
    use yrs::{Any, Array, Doc, Map, ReadTxn, StateVector, Text, Transact, WriteTxn};

    fn receive(document: &mut Document, update: &Bytes) {
        let step = SyncStep::Update(update.clone());
        let outcome = document.receive(&step, Level::Edit, &Author::nobody());
        assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
        document.apply().expect("it can be applied");
    }

    fn object(keys: usize) -> Any {
        let entries = (0..keys).map(|key| (format!("key {key}"), Any::from(key as f64)));
        Any::from(entries.collect::<std::collections::HashMap<_, _>>())
    }

    /// An update whose objects have a fixed order of keys.
    fn written() -> Bytes {
        let doc = Doc::with_client_id(7);
        let mut txn = doc.transact_mut();
        let list = txn.get_or_insert_array("list");
        list.insert_range(&mut txn, 0, ["plain".into(), object(9), Any::Array([object(8), Any::Undefined].into())]);
        txn.get_or_insert_map("map").insert(&mut txn, "options", object(12));
        let text = txn.get_or_insert_text("text");
        text.insert(&mut txn, 0, "some words");
        text.format(&mut txn, 0, 4, [("link".into(), object(6))].into());
        text.insert_embed(&mut txn, 5, object(10));
        txn.encode_diff_v1(&StateVector::default()).into()
    }

    /// [F6] [SYNC-25] Whatever the order of its keys, an object is returned as it was written, also after a reload.
    #[test]
    fn objects_keep_the_order_of_their_keys() {
        // Tried several times, because a hash map may have the order of the update by chance.
        for _ in 0..20 {
            let update = written();
            let mut document = Document::empty();
            receive(&mut document, &update);
            assert_eq!(document.state(), update);
            let again = Document::load([[Stored::from(&update)]], Owners::default()).expect("it loads");
            assert_eq!(again.state(), update);
        }
    }

    /// [SYNC-25] JSON that JavaScript writes and yrs refuses is returned as it was written, also after a reload: half
    /// an emoji, and a whole number that no `i64` holds.
    #[test]
    fn json_of_javascript_is_returned() {
        let doc = Doc::with_client_id(7);
        let mut txn = doc.transact_mut();
        let text = txn.get_or_insert_text("text");
        text.insert(&mut txn, 0, "some words");
        text.format(&mut txn, 0, 4, [("comment".into(), "HALF--".into())].into());
        text.insert_embed(
            &mut txn,
            5,
            Any::from(std::collections::HashMap::from([("id".to_owned(), Any::from("LARGE-------------"))])),
        );
        let mut update = txn.encode_diff_v1(&StateVector::default());
        for (from, to) in [(&b"HALF--"[..], &b"\\ud83d"[..]), (b"\"LARGE-------------\"", b"10000000000000000000")] {
            assert_eq!(from.len(), to.len());
            let at = update.windows(from.len()).position(|part| part == from).expect("it is there");
            update[at..at + from.len()].copy_from_slice(to);
        }
        let update = Bytes::from(update);
        let mut document = Document::empty();
        receive(&mut document, &update);
        assert_eq!(document.state(), update);
        let again = Document::load([[Stored::from(&update)]], Owners::default()).expect("it loads");
        assert_eq!(again.state(), update);
    }

    /// [F1] [SYNC-26] A sub-document is returned with its guid and options; what follows it is kept.
    #[test]
    fn sub_documents_are_returned() {
        let doc = Doc::with_client_id(7);
        let mut txn = doc.transact_mut();
        let map = txn.get_or_insert_map("map");
        let child = Doc::with_options(yrs::Options { guid: "child".into(), ..yrs::Options::default() });
        map.insert(&mut txn, "child", child);
        map.insert(&mut txn, "after", "words");
        let update = Bytes::from(txn.encode_diff_v1(&StateVector::default()));
        let mut document = Document::empty();
        receive(&mut document, &update);
        assert_eq!(document.state(), update);
        let again = Document::load([[Stored::from(&update)]], Owners::default()).expect("it loads");
        assert_eq!(again.state(), update);

        // A sub-document that is replaced leaves nothing behind.
        map.insert(&mut txn, "child", "none");
        receive(&mut document, &txn.encode_update_v1().into());
        assert!(!document.state().windows(5).any(|bytes| bytes == b"child\x76"), "the guid is gone");
        let again = Document::load([[Stored::from(&document.state())]], Owners::default()).expect("it loads");
        assert_eq!(again.state(), document.state());
    }

    /// An update that repeats known clocks with other content does not change kept contents.
    #[test]
    fn known_contents_are_not_replaced() {
        let edit = |words: Any| {
            let doc = Doc::with_client_id(7);
            let mut txn = doc.transact_mut();
            let list = txn.get_or_insert_array("list");
            list.insert_range(&mut txn, 0, [words, "more".into()]);
            txn.encode_diff_v1(&StateVector::default())
        };
        let (first, other) = (Bytes::from(edit("plain".into())), Bytes::from(edit(object(5))));
        let mut document = Document::empty();
        receive(&mut document, &first);
        let step = SyncStep::Update(other);
        document.receive(&step, Level::Edit, &Author::nobody());
        document.apply().expect("it can be applied");
        assert_eq!(document.state(), first);
    }
}
