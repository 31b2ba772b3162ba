//! Holds, which make the messages of a room wait, and their end.

use std::time::{Duration, Instant};

/// Messages wait no longer than this, even if the edit takes longer. Typing is acknowledged late, but no page shows a
/// warning yet.
const LONGEST: Duration = Duration::from_secs(1);

/// The holds of a room.
#[derive(Default)]
pub(crate) struct Holds {
    count: u32,
    until: Option<Instant>,
}

impl Holds {
    /// Whether messages wait.
    pub fn are_on(&self) -> bool {
        self.count > 0 && self.until.is_some_and(|until| Instant::now() < until)
    }

    /// Begins a hold. A hold that begins during another one does not prolong the wait, so that messages get their turn.
    pub fn begin(&mut self) {
        if !self.are_on() {
            self.until = Some(Instant::now() + LONGEST);
        }
        self.count += 1;
    }

    pub fn end(&mut self) {
        self.count -= 1;
    }
}
