//! Stored snapshots: their checksums, and the choice between the two that are kept. If the newer snapshot is damaged,
//! the older one is read; if both are damaged, the whole log is read.

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tracing::error;

use vocabulary::DocumentId;

/// A stored state, verified by the room that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The number of the last row that the snapshot contains.
    pub seq: u64,
    /// The document's canonical hash at that point.
    pub fingerprint: [u8; 32],
    pub state: Bytes,
    /// The ownership map, in the hub's encoding.
    pub owners: Bytes,
}

/// SHA-256 over a snapshot's state and owners.
pub(super) fn checksum(state: &[u8], owners: &[u8]) -> [u8; 32] {
    let length = (state.len() as u64).to_be_bytes();
    Sha256::new().chain_update(length).chain_update(state).chain_update(owners).finalize().into()
}

/// A stored snapshot, or `None` if its checksum is wrong.
pub(super) fn sound(
    document: DocumentId,
    seq: u64,
    fingerprint: &[u8],
    state: Bytes,
    owners: Bytes,
    expected: &[u8],
) -> Option<Snapshot> {
    match fingerprint.try_into() {
        Ok(fingerprint) if expected == checksum(&state, &owners) => Some(Snapshot { seq, fingerprint, state, owners }),
        _ => {
            error!(%document, seq, "a snapshot is damaged: ignoring it");
            None
        }
    }
}
