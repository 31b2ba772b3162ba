//! Snapshots: the state that replaces the rows of a long log, verified before it is stored.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use document::{Document, Owners, Stored};
use journal::{NewSnapshot, Snapshot};
use tracing::{error, info};

use super::load::{LoadFailure, Loaded, replay};
use super::{Room, State};
use crate::limits::{SNAPSHOT_BYTES, SNAPSHOT_ROWS};

impl Room {
    /// Makes a snapshot on another thread, unless one is being made.
    pub(super) fn snapshot_soon(self: &Arc<Self>) {
        if !self.snapshotting.swap(true, Ordering::AcqRel) {
            let room = self.clone();
            self.shared.spawn_putting_away(move || {
                room.guarded(Room::snapshot);
                room.snapshotting.store(false, Ordering::Release);
            });
        }
    }

    /// Builds the state from the log, verifies that the state loads to the same document, compares it with the document
    /// in memory, and only then stores it. Blocks.
    pub(crate) fn snapshot(self: &Arc<Self>) {
        let _in_room = self.span().entered();
        let id = self.id;
        let journal = &self.shared.journal;
        let read = journal.snapshot(id).map_err(LoadFailure::from);
        let Loaded { document, head, .. } = match read.and_then(|from| replay(journal, id, from.as_ref(), &self.roots))
        {
            Ok(loaded) => loaded,
            Err(LoadFailure::Broken { reason, .. }) => return error!(reason, "no snapshot: the log does not replay"),
            Err(failure) => return error!(%failure, "no snapshot: the log cannot be read"),
        };
        let fingerprint = document.fingerprint();
        let state = document.state();
        let proof = Document::load_declared([[Stored::from(&state)]], Owners::default(), self.roots.clone());
        if proof.map(|proof| proof.fingerprint()) != Ok(fingerprint) {
            // A forged pair of origins has no single order (see ARCHITECTURE.md). A document with such a pair keeps its
            // rows.
            return error!("no snapshot: the state does not load to the same document");
        }
        let mut live = self.lock();
        let comparable = live.seq == head && live.flight.is_none();
        if comparable && live.document.as_ref().is_some_and(|live| live.fingerprint() != fingerprint) {
            error!(seq = live.seq, "the document in memory does not match its log: rebuilding it");
            metrics::counter!("consilium_differences_total").increment(1);
            return self.rebuild(&mut live);
        }
        live.tail_rows = live.seq.saturating_sub(head);
        live.tail_bytes = 0;
        drop(live);
        let owners = document.known().owners.encode();
        let snapshot = Snapshot { seq: head, fingerprint, state, owners };
        let span = self.span();
        let done = Box::new(move || {
            metrics::counter!("consilium_snapshots_total").increment(1);
            info!(parent: &span, "a snapshot was stored");
        });
        self.shared.journal.save_snapshot(NewSnapshot { document: id, snapshot, trim: self.shared.limits.trim, done });
    }
}

impl State {
    /// Whether the log has grown enough since the last snapshot.
    pub(super) fn wants_snapshot(&self) -> bool {
        self.flight.is_none() && (self.tail_rows >= SNAPSHOT_ROWS || self.tail_bytes >= SNAPSHOT_BYTES)
    }
}
