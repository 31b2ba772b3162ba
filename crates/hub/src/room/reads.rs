//! Reading the durable state, between two appends. In a document that is written all the time, the next append would
//! begin as soon as the last one ends. Therefore waiting readers have a turn of their own before it.

use std::sync::Arc;
use std::time::Duration;

use document::Document;
use tokio::time::{Instant, timeout_at};

use super::Room;

/// How often a waiting reader tries again, because building a document, or an append that another node overtook, may
/// end without notice to readers.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A reader that waits. After the current append, the next one waits for this reader.
struct Waiting(Arc<Room>);

impl Waiting {
    fn of(room: &Arc<Room>) -> Waiting {
        room.lock().readers += 1;
        Waiting(room.clone())
    }
}

impl Drop for Waiting {
    /// Ends the reader's turn, after it has read or stopped waiting.
    fn drop(&mut self) {
        self.0.guarded(|room| {
            let mut state = room.lock();
            state.readers -= 1;
            if state.readers == 0 && std::mem::take(&mut state.readers_turn) {
                state.turn(room);
            }
        });
    }
}

impl Room {
    /// Reads from the durable state. `None` while an append is in progress or the document is being built. Starts
    /// building a document that is asleep.
    pub fn read<T>(self: &Arc<Self>, read: impl FnOnce(&Document, u64) -> T) -> Option<T> {
        let mut state = self.lock();
        state.wake(self);
        match (&state.document, &state.flight) {
            (Some(document), None) => Some(read(document, state.seq)),
            _ => None,
        }
    }

    /// Like [`Room::read`], but waits for the append in progress or for the document. `None` if that takes longer than
    /// `within`. Blocks the thread while reading, because encoding a large document takes a while.
    pub async fn read_durable<T>(self: &Arc<Self>, within: Duration, read: impl Fn(&Document, u64) -> T) -> Option<T> {
        let deadline = Instant::now() + within;
        let mut waiting = None;
        loop {
            let mut readable = std::pin::pin!(self.readable.notified());
            // From here on, the end of an append is not missed.
            readable.as_mut().enable();
            if let Some(answer) = tokio::task::block_in_place(|| self.read(&read)) {
                return Some(answer);
            }
            if Instant::now() >= deadline {
                return None;
            }
            waiting.get_or_insert_with(|| Waiting::of(self));
            let _ = timeout_at(deadline.min(Instant::now() + LOOK_AGAIN), readable).await;
        }
    }
}
