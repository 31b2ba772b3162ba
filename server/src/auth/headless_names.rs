//! Which document a headless name means, where that was looked up before: hundreds of sockets that come back at
//! once need not ask the database each. A name means one document for as long as that is not in the trash.

use hashlink::LruCache;
use parking_lot::Mutex;
use store::{Change, DocumentId};

/// The name that was asked for least recently is forgotten when this many are known: some 4 MiB.
const MOST: usize = 20_000;

// A mutex: held to look up or note one name, or to forget some; never across an await.
pub struct HeadlessNames(Mutex<Known>);

struct Known {
    names: LruCache<String, DocumentId>,
    changes: u64,
}

impl Default for HeadlessNames {
    fn default() -> Self {
        HeadlessNames(Mutex::new(Known { names: LruCache::new(MOST), changes: 0 }))
    }
}

/// A moment between two changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf(u64);

impl HeadlessNames {
    pub fn get(&self, name: &str) -> Option<DocumentId> {
        self.0.lock().names.get(name).copied()
    }

    /// To be asked for before the database is.
    pub fn as_of(&self) -> AsOf {
        AsOf(self.0.lock().changes)
    }

    /// What the database said after `as_of`. If anything has changed since, it may have said it before that.
    pub fn note(&self, name: &str, document: DocumentId, as_of: AsOf) {
        let mut known = self.0.lock();
        if known.changes != as_of.0 {
            return;
        }
        known.names.insert(name.to_owned(), document);
    }

    /// What a change concerns is looked up again.
    pub fn forget(&self, change: Change) {
        let mut known = self.0.lock();
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
