//! A document that is not in memory while its room is open: it lies in the log, and is built when it is asked for.
//!
//! - A large one that nobody has edited since its snapshot: who comes first gets the stored state as it lies, and the
//!   document is built from it meanwhile, on a thread of its own. A state of 260,000 edits is read and on its way in
//!   5 ms; building and counting it takes another 20.
//! - One that nobody has edited or joined for a while, however many look on. In memory it would take some 20 times
//!   what it says, and 3 KiB if that is little; reading it again takes a fraction of a millisecond.

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

/// Smaller ones are built, and let go of, at once: a millisecond.
const ASLEEP_FROM: usize = 64 << 10;

pub(super) struct Asleep {
    lies: Lies,
    /// The document is being built.
    waking: bool,
}

enum Lies {
    /// In a large snapshot and nowhere else. It is built at the next tick. Boxed: thousands lie in the log.
    InSnapshot(Box<InSnapshot>),
    /// In the log. It is built when it is asked for.
    InLog,
}

struct InSnapshot {
    snapshot: Snapshot,
    state_vector: Bytes,
}

impl Asleep {
    /// `None` where the log holds more than a large state, or the state is not whole. Blocks.
    pub(super) fn of(snapshot: &Snapshot, journal: &Journal, id: DocumentId) -> Result<Option<Asleep>, JournalError> {
        if snapshot.state.len() < ASLEEP_FROM || !journal.heads(&[(id, snapshot.seq)])?.is_empty() {
            return Ok(None);
        }
        let state_vector = Update::parse(&snapshot.state).ok().and_then(|state| state.state_vector());
        let asleep = |state_vector| {
            let lies = Lies::InSnapshot(Box::new(InSnapshot { snapshot: snapshot.clone(), state_vector }));
            Asleep { lies, waking: false }
        };
        Ok(state_vector.map(asleep))
    }

    pub(super) fn is_waking(&self) -> bool {
        self.waking
    }

    /// Until somebody asks for it.
    pub(super) fn is_quiet(&self) -> bool {
        !self.waking && matches!(self.lies, Lies::InLog)
    }

    /// Of what is in memory.
    pub(super) fn encoded_bytes(&self) -> usize {
        match &self.lies {
            Lies::InSnapshot(there) => there.snapshot.state.len(),
            Lies::InLog => 0,
        }
    }
}

impl State {
    /// Answers whoever has nothing, where that is at hand; all else waits for the document.
    pub(super) fn answer_asleep(&mut self, room: &Arc<Room>) {
        let Some(asleep) = &self.asleep else { return };
        if let Lies::InSnapshot(there) = &asleep.lies {
            let has_nothing = |step: &SyncStep| matches!(step, SyncStep::Step1(vector) if vector.as_ref() == [0]);
            while self.inbox.front().is_some_and(|first| has_nothing(&first.step))
                && let Some(inbound) = self.inbox.pop_front()
            {
                self.inbox_bytes -= inbound.bytes();
                if let Some(connection) = self.connections.get_mut(&inbound.connection) {
                    connection.answer(&there.state_vector, &there.snapshot.state, self.seq);
                    connection.tell_durable(self.seq);
                }
            }
        }
        if !(self.inbox.is_empty() && self.edits.is_empty()) {
            self.wake(room);
        }
        self.forget_departed();
    }

    /// Has the document built, unless it is or is being.
    pub(super) fn wake(&mut self, room: &Arc<Room>) {
        let Some(asleep) = &mut self.asleep else { return };
        // Also in a room that has just been retired: whoever reads over REST may have found it before.
        if std::mem::replace(&mut asleep.waking, true) {
            return;
        }
        let waking = room.clone();
        match &asleep.lies {
            Lies::InSnapshot(there) => {
                let snapshot = there.snapshot.clone();
                room.shared.spawn_blocking(move || {
                    waking.guarded(|room| room.build(&snapshot));
                });
            }
            Lies::InLog => room.shared.spawn_reading(move || {
                waking.guarded(Room::wake_from_log);
            }),
        }
    }

    /// The same for one that would stay asleep otherwise: a tick has come.
    pub(super) fn wake_in_time(&mut self, room: &Arc<Room>) {
        if self.asleep.as_ref().is_some_and(|asleep| matches!(asleep.lies, Lies::InSnapshot(_))) {
            self.wake(room);
        }
    }

    /// Lets go of a document that nobody has edited or asked for in a while.
    pub(super) fn fall_asleep(&mut self, room: &Arc<Room>, now: Instant) {
        let Some(document) = &self.document else { return };
        let quiet = room.shared.limits.quiet_document;
        let since = now.saturating_duration_since(self.used_at);
        if !self.nothing_under_way() || since < quiet {
            return;
        }
        (self.inbox, self.edits) = Default::default();
        let later = SLEEPS_LATER_PER_BYTE * u32::try_from(document.encoded_bytes()).unwrap_or(u32::MAX);
        // A journal elsewhere may be away when the document is asked for.
        let is_at_hand = !room.shared.journal.is_shared();
        if is_at_hand && since >= quiet + later && self.tail_rows <= SLEEPS_WITH_ROWS {
            let is_large = document.encoded_bytes() >= ASLEEP_FROM;
            let document = self.document.take();
            self.asleep = Some(Asleep { lies: Lies::InLog, waking: false });
            if is_large {
                // Giving back 250 MiB takes longer than those who serve sockets may be held up.
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
                error!(%failure, "a snapshot is not what its log says");
                self.rebuild(&mut self.lock());
            }
        }
    }

    /// Blocks. Many more documents may sleep than there is memory for: what does not fit is as one that cannot be opened.
    fn wake_from_log(self: &Arc<Self>) {
        if self.shared.is_full() {
            return self.finish_rebuild(Err(LoadFailure::Full));
        }
        self.read_again();
        self.shared.note_growth(self.encoded_bytes());
    }

    /// Blocks.
    pub(super) fn read_again(self: &Arc<Self>) {
        let _in_room = self.span().entered();
        let outcome = load(&self.shared.journal, self.id, &self.roots);
        self.shared.note_quarantine(self.id, &outcome);
        self.finish_rebuild(outcome);
    }
}
