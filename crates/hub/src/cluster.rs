//! Communication with other nodes: rows, presence, and hints. The bus is only a hint: the heads of open documents are
//! also read from the journal, twice a second while the bus is down, every 10 s while it is up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use journal::{Signal, Signals};
use tracing::{info, warn};
use vocabulary::DocumentId;

use crate::hub::Hub;
use crate::limits::{POLL_DOWN, POLL_UP, PRESENCE_EVERY, TICK};
use crate::room::Room;

/// Documents whose heads are read in one query.
const HEADS_AT_ONCE: usize = 500;
/// The people of a document are published again after this time, before other nodes consider them stale.
const PEOPLE_REFRESH: Duration = Duration::from_secs(10);

impl Hub {
    /// Handles signals of other nodes, until the hub stops.
    pub(crate) async fn listen(self, mut signals: Signals) {
        loop {
            let signal = tokio::select! {
                () = self.stop.cancelled() => return,
                signal = signals.recv() => signal,
            };
            match signal {
                Some(Signal::Row(row)) => match self.peek(row.document) {
                    Some(room) => {
                        tokio::task::block_in_place(|| room.guarded(|room| room.receive_row(row)));
                    }
                    None => self.note_head(row.document, row.seq),
                },
                Some(Signal::Head { document, seq }) => self.receive_head(document, seq),
                Some(Signal::Presence { document, node, update }) => {
                    if let Some(room) = self.peek(document) {
                        room.guarded(|room| room.receive_presence(node, &update));
                    }
                }
                Some(Signal::WhoIsHere { document }) => {
                    if let Some(room) = self.peek(document) {
                        room.repeat_presence();
                    }
                }
                Some(Signal::Changes) => self.shared.changes_pending.notify_one(),
                Some(Signal::Behind) => {
                    self.shared.poll_now.notify_one();
                    self.shared.changes_pending.notify_one();
                    self.rooms().iter().for_each(|room| room.repeat_presence());
                    for room in self.rooms() {
                        self.shared.bus.publish(&Signal::WhoIsHere { document: room.id });
                    }
                }
                None => return,
            }
        }
    }

    fn receive_head(&self, document: DocumentId, seq: u64) {
        match self.peek(document) {
            Some(room) => {
                room.guarded(|room| room.receive_head(seq));
            }
            None => self.note_head(document, seq),
        }
    }

    /// Reads the heads of open documents from the journal at intervals.
    pub(crate) async fn poll(self) {
        let mut was_up = true;
        loop {
            let is_up = self.shared.bus.is_up();
            if was_up != is_up {
                match is_up {
                    true => info!("the bus is back"),
                    false => warn!("the bus is down: other nodes' edits are read from the journal"),
                }
            }
            // After the bus has come back, poll soon, because hints were lost.
            let wait = if is_up && was_up { POLL_UP } else { POLL_DOWN };
            was_up = is_up;
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.shared.poll_now.notified() => {}
                () = self.until_bus_turns(is_up, wait) => {}
            }
            self.read_heads().await;
            if !self.shared.bus.is_up() {
                self.shared.changes_pending.notify_one();
            }
        }
    }

    /// Resolves after `wait`, or as soon as the bus goes down or comes back.
    async fn until_bus_turns(&self, is_up: bool, wait: Duration) {
        let since = Instant::now();
        while since.elapsed() < wait && self.shared.bus.is_up() == is_up {
            tokio::time::sleep(POLL_DOWN.min(wait) / 4).await;
        }
    }

    async fn read_heads(&self) {
        let open: Vec<(DocumentId, u64)> = self.rooms().iter().map(|room| (room.id, room.figures().seq)).collect();
        for some in open.chunks(HEADS_AT_ONCE) {
            let (journal, some) = (self.shared.journal.clone(), some.to_vec());
            match tokio::task::spawn_blocking(move || journal.heads(&some)).await {
                Ok(Ok(heads)) => heads.into_iter().for_each(|(document, seq)| self.receive_head(document, seq)),
                Ok(Err(error)) => return warn!(%error, "the heads of documents cannot be read"),
                Err(_) => return,
            }
        }
    }

    /// Publishes changed presence to other nodes: the newest state of each client, every [`PRESENCE_EVERY`].
    pub(crate) async fn publish_presence(self) {
        let node = self.shared.bus.node();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = self.shared.presence_due.notified() => {}
            }
            let unsent_presence = std::mem::take(&mut *self.shared.unsent_presence.lock());
            for document in unsent_presence {
                let room = self.peek(document);
                if let Some(update) = room.and_then(|room| room.take_unsent_presence()) {
                    self.shared.bus.publish(&Signal::Presence { document, node, update });
                }
            }
            tokio::time::sleep(PRESENCE_EVERY).await;
        }
    }

    /// Publishes the people on each document at this node, so that any node can list them.
    pub(crate) async fn publish_people(self) {
        let mut noted = Noted::default();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                () = tokio::time::sleep(4 * TICK) => {}
            }
            let rooms: HashMap<DocumentId, Arc<Room>> = self.rooms().into_iter().map(|room| (room.id, room)).collect();
            for document in noted.take_gone(|document| rooms.contains_key(document)) {
                self.shared.bus.set_people(document, String::new()).await;
            }
            for (document, room) in rooms {
                let people = room.people();
                let people =
                    if people.is_empty() { String::new() } else { serde_json::Value::from(people).to_string() };
                if noted.take_change(document, &people) {
                    self.shared.bus.set_people(document, people).await;
                }
            }
        }
        for document in noted.0.into_keys() {
            self.shared.bus.set_people(document, String::new()).await;
        }
    }

    /// The people on a document, at all nodes: the `user` of each presence. People at other nodes are left out while
    /// the bus is down.
    pub async fn people(&self, document: DocumentId) -> Vec<serde_json::Value> {
        let mut people = self.peek(document).map_or_else(Vec::new, |room| room.people());
        for elsewhere in self.shared.bus.people(document).await.unwrap_or_default() {
            people.extend(serde_json::from_str::<Vec<serde_json::Value>>(&elsewhere).unwrap_or_default());
        }
        let mut seen = HashSet::new();
        people.retain(|person| seen.insert(person.to_string()));
        people
    }

    /// Reads the heads of open documents soon, if other nodes write to the same journal.
    pub fn look_for_rows(&self) {
        self.shared.poll_now.notify_one();
    }

    /// Tells other nodes to read new changes from the database.
    pub fn signal_changes(&self) {
        self.shared.bus.publish(&Signal::Changes);
    }

    /// Makes this node read new changes from the database.
    pub fn wake_changes_reader(&self) {
        self.shared.changes_pending.notify_one();
    }

    /// Resolves when the database may have new changes to read.
    pub async fn until_changes(&self) {
        self.shared.changes_pending.notified().await;
    }
}

/// The people on each document, as last published.
#[derive(Default)]
struct Noted(HashMap<DocumentId, (String, Instant)>);

impl Noted {
    /// Removes and returns the documents that are no longer open. Each is looked up once.
    fn take_gone(&mut self, mut is_open: impl FnMut(&DocumentId) -> bool) -> Vec<DocumentId> {
        self.0.extract_if(|document, _| !is_open(document)).map(|(document, _)| document).collect()
    }

    /// Records the people on a document. Returns whether to publish them, because they changed or were published long
    /// ago.
    fn take_change(&mut self, document: DocumentId, people: &str) -> bool {
        let unchanged = match self.0.get(&document) {
            Some((known, at)) => known == people && at.elapsed() < PEOPLE_REFRESH,
            None => people.is_empty(),
        };
        match people.is_empty() {
            true => drop(self.0.remove(&document)),
            false if !unchanged => drop(self.0.insert(document, (people.to_owned(), Instant::now()))),
            false => {}
        }
        !unchanged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time is linear in the number of documents: each document is looked up, and not compared with every room.
    #[test]
    fn each_noted_document_is_looked_up_once() {
        for count in [1_000, 2_000] {
            let documents: Vec<DocumentId> = (0..count).map(|_| DocumentId::new()).collect();
            let mut noted = Noted::default();
            assert!(documents.iter().all(|document| noted.take_change(*document, "[1]")));
            assert!(!documents.iter().any(|document| noted.take_change(*document, "[1]")), "nothing new");
            let open: HashSet<_> = documents[10..].iter().copied().collect();
            let mut looks = 0;
            let mut gone = noted.take_gone(|document| {
                looks += 1;
                open.contains(document)
            });
            gone.sort_unstable();
            assert_eq!((looks, gone), (count, documents[..10].to_vec()));
            assert!(noted.take_change(documents[10], ""), "nobody is there any more");
            assert_eq!(noted.0.len(), count - 11);
        }
    }
}
