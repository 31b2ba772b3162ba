//! Holds: while an edit by the server is computed, the messages of clients wait, so that the row that the edit is based
//! on stays the last row.

use std::sync::Arc;

use super::{Room, State};

/// A hold: the messages of clients wait until it is dropped. Edits by the server are still made.
struct Hold(Arc<Room>);

impl State {
    /// Whether there is work for a turn.
    pub(super) fn has_work(&self) -> bool {
        !self.edits.is_empty() || (!self.inbox.is_empty() && !self.holds.are_on())
    }
}

impl Room {
    /// Makes the messages of clients wait until the result is dropped, for at most a second. Another node may still
    /// write.
    #[must_use]
    pub fn hold(self: &Arc<Self>) -> impl Sized + Send + use<> {
        self.lock().holds.begin();
        Hold(self.clone())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.guarded(|room| {
            let mut state = room.lock();
            state.holds.end();
            state.turn(room);
        });
    }
}
