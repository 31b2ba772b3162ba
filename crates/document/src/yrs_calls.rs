//! Calls into yrs with untrusted content: they may panic, and the panic is caught here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use yrs::branch::Branch;
use yrs::updates::decoder::Decode;
use yrs::{Assoc, BranchID, Doc, StickyIndex, Transact};

use crate::causal_gate::{self, Admission, CLIENTS_AT_ONCE};
use crate::refusal::Refusal;
use crate::update::{Id, Update};
use crate::verbatim::{for_yrs, is_foreign_to_yrs};

/// Decodes the admitted part of an update: all `bytes` at once, or in pieces if the update names many clients.
pub(crate) fn decode(update: &Update<'_>, admission: &Admission, bytes: &[u8]) -> Result<Vec<yrs::Update>, Refusal> {
    let is_foreign = update.blocks.iter().any(|block| is_foreign_to_yrs(update.bytes, block));
    if admission.causal.len() <= CLIENTS_AT_ONCE {
        return Ok(vec![decode_whole(bytes, is_foreign)?]);
    }
    let pieces = causal_gate::encode_in_pieces(update, admission)?;
    pieces.iter().map(|piece| decode_whole(piece, is_foreign)).collect()
}

/// Decodes an update that names few clients and was checked before. If `is_foreign`, content that yrs cannot read is
/// replaced.
pub(crate) fn decode_whole(bytes: &[u8], is_foreign: bool) -> Result<yrs::Update, Refusal> {
    let bytes = if is_foreign { for_yrs(bytes)? } else { bytes.into() };
    let decoded = guarded(|| yrs::Update::decode_v1(&bytes)).ok().and_then(Result::ok);
    decoded.ok_or(Refusal::Malformed("the update does not decode"))
}

/// The shared type that contains an element; `None` for a child of a root, or an element that does not exist.
pub(crate) fn container(doc: &Doc, id: Id) -> Option<Id> {
    let txn = doc.transact();
    let at = yrs::ID::new(yrs::block::ClientID::new(id.client), id.clock);
    let offset = guarded(|| StickyIndex::from_id(at, Assoc::Before).get_offset(&txn)).ok()??;
    let branch: &Branch = &offset.branch;
    match branch.id() {
        BranchID::Nested(id) => Some(Id { client: id.client.get(), clock: id.clock }),
        BranchID::Root(_) => None,
    }
}

/// Runs code that may panic on hostile content; yrs is not expected to be usable afterwards.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".into())
    })
}
