//! What becomes of a room when a part of its work panics: it closes, and no other notices.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::error;

use super::Room;
use crate::close::Close;

impl Room {
    /// Does a part of this room's work. If it panics nobody knows what the room holds: the room closes and sends
    /// everybody away (4503), and whoever comes back has the document from its log. `None` then.
    pub(crate) fn guarded<T>(self: &Arc<Self>, work: impl FnOnce(&Arc<Room>) -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(|| work(self))).ok();
        if done.is_none() {
            self.break_off();
        }
        done
    }

    fn break_off(&self) {
        error!(parent: &self.span(), "a part of the room's work panicked: it closes, and is read from its log again");
        let mut state = self.lock();
        // What it was about to tell of is in the log, or was acknowledged to nobody.
        (state.flight, state.document, state.asleep) = (None, None, None);
        state.close();
        state.connections.values().for_each(|connection| connection.joining.outbox.close(Close::Unavailable));
        drop(state);
        self.space.notify_waiters();
    }
}
