//! Maps headless names to documents, with a cache. Lookups that arrive while another is running are combined into one
//! statement, because hundreds of sockets may connect at once. A name means the same document until that document is
//! moved to the trash.

use database::{Change, Db, DocumentRow, documents};
use std::collections::HashMap;

use hashlink::LruCache;
use hub::{Close, Hub};
use parking_lot::Mutex;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tracing::error;
use vocabulary::{DocumentId, WorkspaceId};

/// The maximum number of names, which take some 3 MiB. The least recently used name is removed first. With 14,336
/// entries or more, removals would make the hash table double in size again.
const MOST: usize = 14_000;
/// The maximum number of names in one statement, which takes some milliseconds.
const AT_ONCE: usize = 200;

pub struct HeadlessDocumentIds {
    // The mutex is held only to look up, add or remove names, and never across an await.
    known: Mutex<Known>,
    // The mutex is held only to add or take waiting lookups, and never across an await.
    waiting: Mutex<Vec<PendingLookup>>,
    /// Held by the caller that queries the database.
    turn: tokio::sync::Mutex<()>,
}

struct PendingLookup {
    name: String,
    answer: oneshot::Sender<Result<DocumentId, Close>>,
}

struct Known {
    names: LruCache<String, DocumentId>,
    changes: u64,
}

impl Default for HeadlessDocumentIds {
    fn default() -> Self {
        let known = Mutex::new(Known { names: LruCache::new(MOST), changes: 0 });
        HeadlessDocumentIds { known, waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

/// A moment in the cache: the number of changes so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf(u64);

impl HeadlessDocumentIds {
    pub fn get(&self, name: &str) -> Option<DocumentId> {
        self.known.lock().names.get(name).copied()
    }

    /// The document of a name, from the cache if possible. It is created if there is none.
    ///
    /// # Errors
    /// [`Close::Deleted`] when it is in the trash, [`Close::Unavailable`] when the database does not answer.
    pub async fn find_or_make(
        &self,
        db: &Db,
        hub: &Hub,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<DocumentId, Close> {
        loop {
            let (answer, mut answered) = oneshot::channel();
            self.waiting.lock().push(PendingLookup { name: name.to_owned(), answer });
            let _turn = self.turn.lock().await;
            loop {
                match answered.try_recv() {
                    Ok(outcome) => return outcome,
                    Err(TryRecvError::Empty) => self.ask(db, hub, workspace).await,
                    // The caller disconnected before the database answered.
                    Err(TryRecvError::Closed) => break,
                }
            }
        }
    }

    /// Looks up the names that have waited longest.
    async fn ask(&self, db: &Db, hub: &Hub, workspace: WorkspaceId) {
        let asked: Vec<PendingLookup> = {
            let mut waiting = self.waiting.lock();
            let some = waiting.len().min(AT_ONCE);
            waiting.drain(..some).collect()
        };
        let as_of = self.as_of();
        let names: Vec<String> = asked.iter().map(|asked| asked.name.clone()).collect();
        let found = documents::find_or_add_by_names(db, workspace, &names).await;
        let found = found.inspect_err(|error| error!(%error, "the database does not answer"));
        let made_here = found.iter().flatten().filter(|(_, made_here)| *made_here);
        made_here.for_each(|(row, _)| hub.note_made(row.document_id));
        let rows: HashMap<Option<&str>, &DocumentRow> =
            found.iter().flatten().map(|(row, _)| (row.name.as_deref(), row)).collect();
        for PendingLookup { name, answer } in asked {
            let outcome = match rows.get(&Some(name.as_str())) {
                Some(document) if document.trashed_at.is_some() => Err(Close::Deleted),
                Some(document) => {
                    self.note(&name, document.document_id, as_of);
                    Ok(document.document_id)
                }
                None => Err(Close::Unavailable),
            };
            // A caller that has disconnected needs no answer.
            let _ = answer.send(outcome);
        }
    }

    /// The present moment. Call this before querying the database.
    pub fn as_of(&self) -> AsOf {
        AsOf(self.known.lock().changes)
    }

    /// Caches an answer of the database, unless a change arrived after `as_of`: the answer may be older than the
    /// change.
    pub fn note(&self, name: &str, document: DocumentId, as_of: AsOf) {
        let mut known = self.known.lock();
        if known.changes != as_of.0 {
            return;
        }
        known.names.insert(name.to_owned(), document);
    }

    /// Removes the names that a change concerns from the cache.
    pub fn forget(&self, change: Change) {
        let mut known = self.known.lock();
        known.changes += 1;
        if let Change::Document(id) = change {
            known.names.retain(|_, document| *document != id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_older_than_a_change_is_not_cached() {
        let (names, document) = (HeadlessDocumentIds::default(), DocumentId::new());
        let before = names.as_of();
        names.note("plan", document, before);
        assert_eq!(names.get("plan"), Some(document));
        names.forget(Change::Document(DocumentId::new()));
        assert_eq!(names.get("plan"), Some(document));
        names.forget(Change::Document(document));
        assert_eq!(names.get("plan"), None);
        names.note("plan", document, before);
        assert_eq!(names.get("plan"), None, "it may have been trashed in between");
    }
}
