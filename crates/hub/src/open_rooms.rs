//! The open documents. Opening and closing the same document never overlap.

use std::collections::HashMap;
use std::sync::Arc;

use document::Roots;
use document::prose::editor_roots;
use journal::{JournalError, Purge, Signal};
use parking_lot::Mutex;
use thiserror::Error;
use tokio::sync::{oneshot, watch};
use tracing::{error, warn};
use vocabulary::DocumentId;

use crate::close::Close;
use crate::hub::Hub;
use crate::room::{LoadFailure, Room};

/// The reason why a document was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the document cannot be opened: {}", .0.reason())]
pub struct OpenError(pub Close);

/// The state of a document that is not closed.
pub(crate) enum Slot {
    /// The document is being opened or closed. Check again when `moved` changes.
    Moving {
        moved: watch::Receiver<()>,
        /// The highest row number announced meanwhile.
        announced_seq: u64,
    },
    Open(Arc<Room>),
}

// The mutex is held only to look up or replace one slot, never across an await.
pub(crate) type OpenRooms = Mutex<HashMap<DocumentId, Slot>>;

enum Found {
    Room(Arc<Room>),
    Wait(watch::Receiver<()>),
    Load(Moving),
}

/// A document that is being opened or closed. Dropping this frees the slot and wakes the callers that wait for it, even
/// after a panic. Otherwise these callers would wait for ever.
struct Moving {
    hub: Hub,
    document: DocumentId,
    /// Wakes the waiting callers when it is dropped, after the slot was freed.
    moved: watch::Sender<()>,
}

impl Moving {
    fn begin(hub: &Hub, rooms: &mut HashMap<DocumentId, Slot>, document: DocumentId) -> Moving {
        let (sender, moved) = watch::channel(());
        rooms.insert(document, Slot::Moving { moved, announced_seq: 0 });
        Moving { hub: hub.clone(), document, moved: sender }
    }

    /// Puts the opened room into the slot. Returns the highest row number announced meanwhile.
    fn end_in(self, room: &Arc<Room>) -> u64 {
        let mut rooms = self.hub.open_rooms.lock();
        match rooms.insert(self.document, Slot::Open(room.clone())) {
            Some(Slot::Moving { announced_seq, .. }) => announced_seq,
            Some(Slot::Open(_)) | None => 0,
        }
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        let mut rooms = self.hub.open_rooms.lock();
        let is_own = |moved: &watch::Receiver<()>| moved.same_channel(&self.moved.subscribe());
        if matches!(rooms.get(&self.document), Some(Slot::Moving { moved, .. }) if is_own(moved)) {
            // The next opening subscribes after this.
            self.hub.shared.bus.unsubscribe(self.document);
            rooms.remove(&self.document);
        }
    }
}

impl Hub {
    /// The room of a document. If it is not open, it is loaded, with the roots that its application declares.
    ///
    /// # Errors
    /// [`OpenError`] when storage does not answer, the log is damaged, or this server is full or stopping.
    pub async fn open(&self, document: DocumentId, roots: &Roots) -> Result<Arc<Room>, OpenError> {
        loop {
            match self.find(document, roots)? {
                Found::Room(room) => return Ok(room),
                // An error means that the sender was dropped, so the slot has changed.
                Found::Wait(mut moving) => drop(moving.changed().await),
                Found::Load(moving) => return self.load(document, roots.clone(), moving).await,
            }
        }
    }

    fn find(&self, document: DocumentId, roots: &Roots) -> Result<Found, OpenError> {
        if self.closing.is_cancelled() {
            return Err(OpenError(Close::GoingAway));
        }
        let mut rooms = self.open_rooms.lock();
        match rooms.get(&document) {
            Some(Slot::Open(room)) if !room.is_closed() => Ok(Found::Room(room.clone())),
            Some(Slot::Moving { moved, .. }) => Ok(Found::Wait(moved.clone())),
            // There is no room, or it closed itself because its document could not be rebuilt.
            Some(Slot::Open(_)) | None => {
                if self.shared.take_unwritten(document) {
                    self.has_memory(document)?;
                    let room = self.made(Room::unwritten(document, roots.clone(), self.shared.clone()), document)?;
                    rooms.insert(document, Slot::Open(room.clone()));
                    if *roots == editor_roots() {
                        self.shared.passages_due(&room);
                    }
                    return Ok(Found::Room(room));
                }
                Ok(Found::Load(Moving::begin(self, &mut rooms, document)))
            }
        }
    }

    /// Loads in a separate task, so that a client that disconnects does not leave a half-open slot. The task subscribes
    /// to the document first, so that rows that become durable while the log is read are announced, or read again.
    async fn load(&self, document: DocumentId, roots: Roots, moving: Moving) -> Result<Arc<Room>, OpenError> {
        let hub = self.clone();
        let has_passages = roots == editor_roots();
        let loading = self.shared.tasks.spawn(async move {
            hub.shared.bus.subscribe(document).await;
            let (opened, outcome) = oneshot::channel();
            let reading = hub.clone();
            hub.shared.spawn_reading(move || drop(opened.send(reading.read_room(document, roots))));
            let room = outcome.await.unwrap_or(Err(OpenError(Close::Unavailable)))?;
            if has_passages {
                hub.shared.passages_due(&room);
            }
            let announced_seq = moving.end_in(&room);
            room.guarded(|room| room.receive_head(announced_seq));
            hub.shared.bus.publish(&Signal::WhoIsHere { document });
            Ok(room)
        });
        loading.await.unwrap_or(Err(OpenError(Close::Unavailable)))
    }

    /// Reads the log and builds the room. Blocks.
    fn read_room(&self, document: DocumentId, roots: Roots) -> Result<Arc<Room>, OpenError> {
        self.has_memory(document)?;
        self.made(Room::open(document, roots, self.shared.clone()), document)
    }

    fn has_memory(&self, document: DocumentId) -> Result<(), OpenError> {
        if self.shared.is_full() {
            warn!(%document, "not opened: the memory for documents is used up");
            return Err(OpenError(Close::Unavailable));
        }
        Ok(())
    }

    fn made(&self, room: Result<Room, LoadFailure>, document: DocumentId) -> Result<Arc<Room>, OpenError> {
        let room = room.map_err(|failure| {
            error!(%document, %failure, "not opened");
            OpenError(failure.close())
        })?;
        self.shared.note_growth(room.encoded_bytes());
        Ok(Arc::new(room))
    }

    /// Records that the log of a document that is being opened has a row with this number.
    pub(crate) fn note_head(&self, document: DocumentId, seq: u64) {
        if let Some(Slot::Moving { announced_seq, .. }) = self.open_rooms.lock().get_mut(&document) {
            *announced_seq = seq.max(*announced_seq);
        }
    }

    /// Removes a room that closed itself, unless its document has been opened again.
    pub(crate) fn forget_room(&self, room: &Arc<Room>) {
        let mut rooms = self.open_rooms.lock();
        if matches!(rooms.get(&room.id), Some(Slot::Open(open)) if Arc::ptr_eq(open, room)) {
            // The next opening subscribes after this.
            self.shared.bus.unsubscribe(room.id);
            rooms.remove(&room.id);
        }
    }

    /// Closes an idle room. Opening the document again waits until its snapshot is made.
    pub(crate) fn close_room(&self, room: &Arc<Room>) {
        let (retired, moving) = {
            let mut rooms = self.open_rooms.lock();
            let Some(retired) = room.retire() else { return };
            (retired, Moving::begin(self, &mut rooms, room.id))
        };
        let room = room.clone();
        self.shared.spawn_putting_away(move || {
            // Nobody can open the document until `_moving` is dropped.
            let _moving = moving;
            if retired.changed {
                room.guarded(Room::snapshot);
            }
        });
    }

    /// Purges a document. The caller must notify clients that have the document open before.
    ///
    /// # Errors
    /// When the journal closes before the purge is done. In that case, repeat the purge.
    pub async fn purge(&self, document: DocumentId) -> Result<(), JournalError> {
        if let Some(room) = self.peek(document) {
            room.end();
            self.forget_room(&room);
        }
        let (done, purged) = oneshot::channel();
        let done = Box::new(move || {
            let _ = done.send(());
        });
        self.shared.journal.purge(Purge { document, done });
        purged.await.map_err(|_| JournalError::Closed)
    }
}
