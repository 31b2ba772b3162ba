//! Which document a headless name means. Hundreds of sockets that come at once need not ask the database each: it is
//! remembered, and whoever asks while it is busy with others is answered together with all who do.
//! A name means one document for as long as that is not in the trash.

use database::{Change, Db, DocumentRow, documents};
use std::collections::HashMap;

use hashlink::LruCache;
use hub::{Close, Hub};
use parking_lot::Mutex;
use tokio::sync::oneshot::{self, error::TryRecvError};
use tracing::error;
use vocabulary::{DocumentId, WorkspaceId};

/// The name that was asked for least recently is forgotten when this many are known: some 3 MiB. The hash table of
/// 14,336 or more doubles once more when some have been forgotten.
const MOST: usize = 14_000;
/// So many are asked for in one statement; it takes some milliseconds.
const AT_ONCE: usize = 200;

pub struct HeadlessNames {
    // A mutex: held to look up or note one name, or to forget some; never across an await.
    known: Mutex<Known>,
    // A mutex: held to line up, or to take those who wait; never across an await.
    waiting: Mutex<Vec<Asked>>,
    /// Whose turn it is to ask the database.
    turn: tokio::sync::Mutex<()>,
}

struct Asked {
    name: String,
    answer: oneshot::Sender<Result<DocumentId, Close>>,
}

struct Known {
    names: LruCache<String, DocumentId>,
    changes: u64,
}

impl Default for HeadlessNames {
    fn default() -> Self {
        let known = Mutex::new(Known { names: LruCache::new(MOST), changes: 0 });
        HeadlessNames { known, waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

/// A moment between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf(u64);

impl HeadlessNames {
    pub fn get(&self, name: &str) -> Option<DocumentId> {
        self.known.lock().names.get(name).copied()
    }

    /// The document of a name, made if there is none, and remembered.
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
            self.waiting.lock().push(Asked { name: name.to_owned(), answer });
            let _turn = self.turn.lock().await;
            loop {
                match answered.try_recv() {
                    Ok(outcome) => return outcome,
                    Err(TryRecvError::Empty) => self.ask(db, hub, workspace).await,
                    // Whoever asked for it went away before the database answered.
                    Err(TryRecvError::Closed) => break,
                }
            }
        }
    }

    /// Asks for those who came first.
    async fn ask(&self, db: &Db, hub: &Hub, workspace: WorkspaceId) {
        let asked: Vec<Asked> = {
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
        for Asked { name, answer } in asked {
            let outcome = match rows.get(&Some(name.as_str())) {
                Some(document) if document.trashed_at.is_some() => Err(Close::Deleted),
                Some(document) => {
                    self.note(&name, document.document_id, as_of);
                    Ok(document.document_id)
                }
                None => Err(Close::Unavailable),
            };
            // Who is not there any more needs no answer.
            let _ = answer.send(outcome);
        }
    }

    /// To be asked for before the database is.
    pub fn as_of(&self) -> AsOf {
        AsOf(self.known.lock().changes)
    }

    /// What the database said after `as_of`. If anything has changed since, it may have said it before that.
    pub fn note(&self, name: &str, document: DocumentId, as_of: AsOf) {
        let mut known = self.known.lock();
        if known.changes != as_of.0 {
            return;
        }
        known.names.insert(name.to_owned(), document);
    }

    /// What a change concerns is looked up again.
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
    fn what_was_read_before_a_change_is_not_kept() {
        let (names, document) = (HeadlessNames::default(), DocumentId::new());
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
