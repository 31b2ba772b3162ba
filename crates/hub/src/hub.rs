//! The hub with all open documents: work that concerns all of them, from start to stop.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use journal::{Bus, Journal, Signals};
use tokio_util::sync::CancellationToken;
use vocabulary::DocumentId;

use crate::limits::{Limits, PRESENCE_EVERY, ROOMS_PER_TASK, TICK};
use crate::open_rooms::{OpenRooms, Slot};
use crate::{room::Room, shared::Shared};

/// All open rooms of this process. Clones share them.
#[derive(Clone)]
pub struct Hub {
    pub(crate) shared: Arc<Shared>,
    pub(crate) open_rooms: Arc<OpenRooms>,
    /// Cancelled when no more documents may be opened.
    pub(crate) closing: CancellationToken,
    pub(crate) stop: CancellationToken,
}

impl Hub {
    /// Starts a hub on a journal and one node's end of a bus. Must be called inside a tokio runtime.
    pub fn start(journal: Journal, (bus, signals): (Bus, Signals), limits: Limits) -> Hub {
        let shared = Arc::new(Shared::new(journal, bus, limits));
        let hub = Hub {
            shared,
            open_rooms: Arc::default(),
            closing: CancellationToken::new(),
            stop: CancellationToken::new(),
        };
        hub.shared.tasks.spawn(hub.clone().keep_time());
        hub.shared.tasks.spawn(hub.clone().send_gathered());
        hub.shared.tasks.spawn(hub.clone().listen(signals));
        hub.shared.tasks.spawn(hub.clone().publish_presence());
        if hub.shared.bus.is_shared() {
            hub.shared.tasks.spawn(hub.clone().publish_people());
        }
        if hub.shared.journal.is_shared() {
            hub.shared.tasks.spawn(hub.clone().poll());
        }
        hub
    }

    /// Notes that a document has just been created here, so its log is empty.
    pub fn note_made(&self, document: DocumentId) {
        self.shared.note_made(document);
    }

    /// Every open room.
    pub fn rooms(&self) -> Vec<Arc<Room>> {
        let open = |slot: &Slot| match slot {
            Slot::Open(room) => Some(room.clone()),
            Slot::Moving { .. } => None,
        };
        self.open_rooms.lock().values().filter_map(open).collect()
    }

    /// The room of a document, if it is open now.
    pub fn peek(&self, document: DocumentId) -> Option<Arc<Room>> {
        match self.open_rooms.lock().get(&document) {
            Some(Slot::Open(room)) => Some(room.clone()),
            _ => None,
        }
    }

    /// Waits for rooms that have reports about passages or do not know yet which passages to follow, and returns these
    /// rooms.
    pub async fn rooms_with_passages(&self) -> Vec<Arc<Room>> {
        loop {
            let noted = self.shared.passages_noted.notified();
            let rooms = self.shared.take_passages_due();
            if !rooms.is_empty() {
                let mut rooms: Vec<Arc<Room>> = rooms.iter().filter_map(Weak::upgrade).collect();
                rooms.sort_by_key(|room| room.id);
                rooms.dedup_by_key(|room| room.id);
                return rooms;
            }
            noted.await;
        }
    }

    /// Makes [`Hub::rooms_with_passages`] return a room again.
    pub fn see_to_passages(&self, room: &Arc<Room>) {
        self.shared.passages_due(room);
    }

    /// The number of documents that could not be rebuilt from their logs.
    pub fn quarantined(&self) -> usize {
        self.shared.quarantined()
    }

    /// Sends a notice to all our own pages, and to those that connect until [`Hub::end_notice`].
    pub fn begin_notice(&self, text: &str) {
        *self.shared.notice.lock() = Some(text.into());
        self.rooms().iter().for_each(|room| room.send_to_pages(text));
    }

    /// Ends the notice: sends `text` to all our own pages, but not to those that connect later.
    pub fn end_notice(&self, text: &str) {
        *self.shared.notice.lock() = None;
        self.rooms().iter().for_each(|room| room.send_to_pages(text));
    }

    pub fn bus(&self) -> &Bus {
        &self.shared.bus
    }

    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    async fn keep_time(self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            let now = Instant::now();
            let stays = if self.shared.is_crowded() { Duration::ZERO } else { self.shared.limits.idle_room };
            let mut encoded_bytes = 0;
            for room in self.rooms() {
                let Some(after) = room.guarded(|room| room.tick(now)) else { continue };
                encoded_bytes += after.encoded_bytes;
                if after.idle_since.is_some_and(|since| now.saturating_duration_since(since) >= stays) {
                    self.close_room(&room);
                }
                if after.is_over {
                    self.forget_room(&room);
                }
            }
            self.shared.note_loaded(encoded_bytes);
        }
    }

    /// Sends the gathered presence of busy rooms. One timer serves all rooms, because waking a thread for each room
    /// would take as much time as sending.
    async fn send_gathered(self) {
        let send = |rooms: Vec<Weak<Room>>| {
            rooms.iter().filter_map(Weak::upgrade).for_each(|room| {
                room.guarded(|room| room.send_gathered());
            });
        };
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.shared.gathered_due.notified() => {}
            }
            let since = self.shared.now().as_nanos() % PRESENCE_EVERY.as_nanos();
            tokio::time::sleep(PRESENCE_EVERY - Duration::from_nanos(since as u64)).await;
            let mut rooms = std::mem::take(&mut *self.shared.gathering.lock());
            while rooms.len() > ROOMS_PER_TASK {
                let some = rooms.split_off(rooms.len() - ROOMS_PER_TASK);
                self.shared.tasks.spawn(async move { send(some) });
            }
            send(rooms);
        }
    }
}
