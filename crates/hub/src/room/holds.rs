//! Pauses between turns: while a server edit is worked out, the messages of clients wait, so that the row that the edit
//! is based on stays the last one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Room, State};

/// Messages wait no longer than this, even if the edit takes longer. Typing is then acknowledged late, but no page shows
/// a warning yet.
const LONGEST: Duration = Duration::from_secs(1);

/// The messages of clients wait until this is dropped. Edits by the server are still made.
pub struct Hold(Arc<Room>);

/// The holds of a room.
#[derive(Default)]
pub(super) struct Holds {
    count: u32,
    until: Option<Instant>,
}

impl Holds {
    /// Whether messages wait.
    fn are_on(&self) -> bool {
        self.count > 0 && self.until.is_some_and(|until| Instant::now() < until)
    }
}

impl State {
    /// Whether there is work for a turn.
    pub(super) fn has_work(&self) -> bool {
        !self.edits.is_empty() || (!self.inbox.is_empty() && !self.holds.are_on())
    }
}

impl Room {
    /// Makes the messages of clients wait for at most a second. Another node may still write.
    pub fn hold(self: &Arc<Self>) -> Hold {
        let mut state = self.lock();
        state.holds.count += 1;
        // Later holds do not prolong the wait: messages get their turn between two of them.
        if !state.holds.are_on() {
            state.holds.until = Some(Instant::now() + LONGEST);
        }
        drop(state);
        Hold(self.clone())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.guarded(|room| {
            let mut state = room.lock();
            state.holds.count -= 1;
            state.turn(room);
        });
    }
}
