//! A document that is not in memory although its room is open. It is built from the log when it is needed. There are
//! two cases:
//!
//! - A large document that has not been edited since its snapshot. The first client gets the stored state unchanged,
//!   while the document is built from it on another thread. A state of 260,000 edits is read and sent within 5 ms;
//!   building and counting it takes another 20 ms.
//! - A document that has not been edited or joined for a while, even if sockets are connected. In memory it would take
//!   some 20 times its encoded size, and at least 3 KiB; reading it again takes a fraction of a millisecond.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use document::SyncStep;
use document::update::Update;
use journal::{Journal, JournalError, Snapshot};
use tracing::error;
use vocabulary::DocumentId;

use super::load::{LoadFailure, load, loaded_from};
use super::{Room, State};
use crate::limits::{SLEEPS_LATER_PER_BYTE, SLEEPS_WITH_ROWS};

/// Documents with a smaller state are built and dropped at once, which takes a millisecond.
const ASLEEP_FROM: usize = 64 << 10;

pub(super) struct Asleep {
    stored_in: StoredIn,
    /// Whether the document is being built.
    waking: bool,
}

enum StoredIn {
    /// The document is entirely in a large snapshot, which is in memory. It is built at the next tick. Boxed, because
    /// thousands of documents have the other variant.
    Snapshot(Box<LargeSnapshot>),
    /// The document is in the log, and is built when it is needed.
    Log,
}

struct LargeSnapshot {
    snapshot: Snapshot,
    state_vector: Bytes,
}

impl Asleep {
    /// `None` if the state is small or incomplete, or if the log has rows after it. Blocks.
    pub(super) fn of(snapshot: &Snapshot, journal: &Journal, id: DocumentId) -> Result<Option<Asleep>, JournalError> {
        if snapshot.state.len() < ASLEEP_FROM || !journal.heads(&[(id, snapshot.seq)])?.is_empty() {
            return Ok(None);
        }
        let state_vector = Update::parse_state(&snapshot.state).ok().and_then(|state| state.state_vector());
        let asleep = |state_vector| {
            let stored_in = StoredIn::Snapshot(Box::new(LargeSnapshot { snapshot: snapshot.clone(), state_vector }));
            Asleep { stored_in, waking: false }
        };
        Ok(state_vector.map(asleep))
    }

    pub(super) fn is_waking(&self) -> bool {
        self.waking
    }

    /// Whether nothing will happen until the document is needed.
    pub(super) fn is_quiet(&self) -> bool {
        !self.waking && matches!(self.stored_in, StoredIn::Log)
    }

    /// Encoded size of the content in memory.
    pub(super) fn encoded_bytes(&self) -> usize {
        match &self.stored_in {
            StoredIn::Snapshot(large) => large.snapshot.state.len(),
            StoredIn::Log => 0,
        }
    }
}

impl State {
    /// Answers clients that have nothing yet from the stored state, if it is in memory; all other messages wait for the
    /// document.
    pub(super) fn answer_asleep(&mut self, room: &Arc<Room>) {
        let Some(asleep) = &self.asleep else { return };
        if let StoredIn::Snapshot(large) = &asleep.stored_in {
            let has_nothing = |step: &SyncStep| matches!(step, SyncStep::Step1(vector) if vector.as_ref() == [0]);
            while self.inbox.front().is_some_and(|first| has_nothing(&first.step))
                && let Some(inbound) = self.inbox.pop_front()
            {
                self.inbox_bytes -= inbound.bytes();
                if let Some(connection) = self.connections.get_mut(&inbound.connection) {
                    connection.answer(&[0], &large.state_vector, &large.snapshot.state, self.seq);
                    connection.send_durable(self.seq);
                }
            }
        }
        if !(self.inbox.is_empty() && self.edits.is_empty()) {
            self.wake(room);
        }
        self.forget_departed();
    }

    /// Starts building the document, unless it is in memory or being built.
    pub(super) fn wake(&mut self, room: &Arc<Room>) {
        let Some(asleep) = &mut self.asleep else { return };
        // A room that has just been retired also builds its document, because a REST request may have found it before.
        if std::mem::replace(&mut asleep.waking, true) {
            return;
        }
        let waking = room.clone();
        match &asleep.stored_in {
            StoredIn::Snapshot(large) => {
                let snapshot = large.snapshot.clone();
                room.shared.spawn_blocking(move || {
                    waking.guarded(|room| room.build(&snapshot));
                });
            }
            StoredIn::Log => room.shared.spawn_reading(move || {
                waking.guarded(Room::wake_from_log);
            }),
        }
    }

    /// Wakes a document whose snapshot was sent before it was built. Called at each tick.
    pub(super) fn wake_in_time(&mut self, room: &Arc<Room>) {
        if self.asleep.as_ref().is_some_and(|asleep| matches!(asleep.stored_in, StoredIn::Snapshot(_))) {
            self.wake(room);
        }
    }

    /// Drops a document that has not been edited or joined for a while.
    pub(super) fn fall_asleep(&mut self, room: &Arc<Room>, now: Instant) {
        let Some(document) = &self.document else { return };
        let quiet = room.shared.limits.quiet_document;
        let since = now.saturating_duration_since(self.used_at);
        if !self.nothing_under_way() || since < quiet {
            return;
        }
        (self.inbox, self.edits) = Default::default();
        let later = SLEEPS_LATER_PER_BYTE * u32::try_from(document.encoded_bytes()).unwrap_or(u32::MAX);
        // A remote journal may be unavailable when the document is needed.
        let is_at_hand = !room.shared.journal.is_shared();
        if is_at_hand && since >= quiet + later && self.tail_rows <= SLEEPS_WITH_ROWS {
            let is_large = document.encoded_bytes() >= ASLEEP_FROM;
            let document = self.document.take();
            self.asleep = Some(Asleep { stored_in: StoredIn::Log, waking: false });
            if is_large {
                // Freeing 250 MiB takes longer than a thread that serves sockets may be blocked.
                room.shared.spawn_blocking(move || drop(document));
            }
        }
    }
}

impl Room {
    fn build(self: &Arc<Self>, snapshot: &Snapshot) {
        let _in_room = self.span().entered();
        match loaded_from(snapshot, &self.roots) {
            Ok(loaded) => {
                let built = Ok(loaded);
                self.shared.note_quarantine(self.id, &built);
                self.finish_rebuild(built);
            }
            Err(failure) => {
                error!(%failure, "a snapshot does not match its log");
                self.rebuild(&mut self.lock());
            }
        }
    }

    /// Builds the document from its log. More documents may be asleep than fit into memory; a document that does not
    /// fit is treated like a document that cannot be opened. Blocks.
    fn wake_from_log(self: &Arc<Self>) {
        if self.shared.is_full() {
            return self.finish_rebuild(Err(LoadFailure::Full));
        }
        self.read_again();
        self.shared.note_growth(self.encoded_bytes());
    }

    /// Reads the document from its log again. Blocks.
    pub(super) fn read_again(self: &Arc<Self>) {
        let _in_room = self.span().entered();
        let outcome = load(&self.shared.journal, self.id, &self.roots);
        self.shared.note_quarantine(self.id, &outcome);
        self.finish_rebuild(outcome);
    }
}
