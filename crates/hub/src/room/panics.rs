//! Panics in the work of a room: the room closes, and no other room is affected.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::error;

use super::Room;
use crate::close::Close;

impl Room {
    /// Does a part of this room's work. After a panic the room may be in any state, so all its sockets are closed
    /// (4503) and the result is `None`. Clients that reconnect get the document from its log.
    pub(crate) fn guarded<T>(self: &Arc<Self>, work: impl FnOnce(&Arc<Room>) -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(|| work(self))).ok();
        if done.is_none() {
            self.break_off();
        }
        done
    }

    fn break_off(&self) {
        error!(parent: &self.span(), "work in the room panicked: closing the room; the document will be read from its log");
        let mut state = self.lock();
        // Edits that were in progress are either in the log or were never acknowledged.
        (state.flight, state.document, state.asleep) = (None, None, None);
        state.close();
        state.connections.values().for_each(|connection| connection.joining.outbox.close(Close::Unavailable));
        drop(state);
        self.space.notify_waiters();
    }
}
