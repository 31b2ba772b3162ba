//! A large document that nobody has edited since its snapshot: who comes first gets the stored state as it lies,
//! and the document is built from it meanwhile, on a thread of its own.
//!
//! A state of 260,000 edits is read and on its way in 5 ms; building and counting it takes another 20.

use std::sync::Arc;

use bytes::Bytes;
use document::SyncStep;
use document::update::Update;
use store::{Log, Snapshot};
use tracing::error;

use super::load::{loaded, rebuild};
use super::{Room, State};

/// Smaller ones are built at once: a millisecond.
const ASLEEP_FROM: usize = 64 << 10;

pub(super) struct Asleep {
    snapshot: Snapshot,
    state_vector: Bytes,
    /// The document is being built.
    waking: bool,
}

impl Asleep {
    /// `None` where the log holds more than a large state, or the state is not whole.
    pub(super) fn of(log: &Log) -> Option<Asleep> {
        let snapshot = log.snapshot.as_ref().filter(|_| log.rows.is_empty())?;
        if snapshot.state.len() < ASLEEP_FROM {
            return None;
        }
        let state_vector = Update::parse(&snapshot.state).ok()?.state_vector()?;
        Some(Asleep { snapshot: snapshot.clone(), state_vector, waking: false })
    }

    /// The last row that it holds.
    pub(super) fn head(&self) -> u64 {
        self.snapshot.seq
    }

    pub(super) fn encoded_bytes(&self) -> usize {
        self.snapshot.state.len()
    }
}

impl State {
    /// Answers whoever has nothing; all else waits for the document.
    pub(super) fn answer_asleep(&mut self, room: &Arc<Room>) {
        let Some(asleep) = &self.asleep else { return };
        let has_nothing = |step: &SyncStep| matches!(step, SyncStep::Step1(vector) if vector.as_ref() == [0]);
        while self.inbox.front().is_some_and(|first| has_nothing(&first.step))
            && let Some(inbound) = self.inbox.pop_front()
        {
            self.inbox_bytes -= inbound.bytes();
            if let Some(connection) = self.connections.get_mut(&inbound.connection) {
                connection.answer(&asleep.state_vector, &asleep.snapshot.state, self.seq);
                connection.tell_durable(self.seq);
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
        if !self.closed && !std::mem::replace(&mut asleep.waking, true) {
            let log = Log { snapshot: Some(asleep.snapshot.clone()), rows: Vec::new() };
            let room = room.clone();
            room.shared.clone().spawn_blocking(move || room.build(&log));
        }
    }
}

impl Room {
    fn build(self: &Arc<Self>, log: &Log) {
        let _in_room = self.span.enter();
        match rebuild(log, &self.roots) {
            Ok(document) => {
                let built = Ok(loaded(document, log));
                self.shared.note_quarantine(self.id, &built);
                self.finish_rebuild(built);
            }
            Err(failure) => {
                error!(%failure, "a snapshot is not what its log says");
                self.rebuild(&mut self.state.lock());
            }
        }
    }
}
