//! Rights that were looked up before, for when the database does not answer: whoever was in goes on for a
//! minute, then reads only; nobody new comes in.

use std::time::Instant;

use database::Change;
use document::Level;
use hashlink::LruCache;
use hub::Close;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use vocabulary::SessionId;

use crate::{Credentials, admission::Admitted, health::Database};

/// Whoever asked least recently is forgotten when this many are known: some 4 MiB. The hash table of 14,336 or more
/// doubles once more when some have been forgotten.
const MOST: usize = 14_000;

// A mutex: held to look up or note one, or to forget some; never across an await.
pub struct Remembered(Mutex<LruCache<Key, Known>>);

struct Known {
    session: Option<SessionId>,
    admitted: Admitted,
}

/// Who asks, and for what: a hash, because tokens are not kept, and names may be long.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key([u8; 32]);

impl Key {
    fn new(credentials: &Credentials, name: &str) -> Key {
        let session = credentials.session().map(|session| session.to_string());
        let mut hash = Sha256::new();
        for part in [
            session.as_deref().map(str::as_bytes),
            credentials.token_text().map(str::as_bytes),
            credentials.guest.as_deref(),
            Some(name.as_bytes()),
        ] {
            // With its length, or none: no two callers look the same.
            hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
            hash.update(part.unwrap_or_default());
        }
        Key(hash.finalize().into())
    }
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered(Mutex::new(LruCache::new(MOST)))
    }
}

impl Remembered {
    /// What the database said just now.
    pub fn note(&self, credentials: &Credentials, name: &str, outcome: &Result<Admitted, Close>) {
        let key = Key::new(credentials, name);
        match outcome {
            Ok(admitted) => {
                let known = Known { session: credentials.session(), admitted: admitted.clone() };
                self.0.lock().insert(key, known);
            }
            Err(Close::Unavailable) => {}
            Err(_) => drop(self.0.lock().remove(&key)),
        }
    }

    /// What a change concerns is not remembered: it is looked up again, or refused.
    pub fn forget(&self, change: Change) {
        match change {
            Change::Document(id) => self.keep(|known| known.admitted.document != id),
            Change::Session(session) => self.keep(|known| known.session != Some(session)),
            Change::Account(account) => {
                let account = account.to_string();
                self.keep(|known| *known.admitted.author.user != *account);
            }
            Change::Flags
            | Change::Keys
            | Change::Comments(_)
            | Change::Revisions(_)
            | Change::Inbox(_)
            | Change::Workspace(..)
            | Change::Webhook(_) => {}
        }
    }

    fn keep(&self, stays: impl Fn(&Known) -> bool) {
        self.0.lock().retain(|_, known| stays(known));
    }

    /// What it said last.
    ///
    /// # Errors
    /// [`Close::Unavailable`] for whoever was not in.
    pub fn recall(&self, credentials: &Credentials, name: &str, database: Database) -> Result<Admitted, Close> {
        let key = Key::new(credentials, name);
        let mut admitted = self.0.lock().get(&key).ok_or(Close::Unavailable)?.admitted.clone();
        if admitted.expires.is_some_and(|expires| expires <= Instant::now()) {
            return Err(Close::Unauthorized);
        }
        if database == Database::Lost {
            admitted.level = Level::View;
        }
        Ok(admitted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Who;
    use document::{Author, Ownership, Roots};
    use vocabulary::{ActorKind, DocumentId, WorkspaceId};

    fn admitted(document: DocumentId, expires: Option<Instant>) -> Admitted {
        Admitted {
            document,
            roots: Roots::default(),
            level: Level::Edit,
            author: Author { user: "ana".into(), ownership: Ownership::Enforce },
            identity: None,
            expires,
            who: Who { workspace: WorkspaceId::NONE, kind: ActorKind::Member, id: None, key: None },
            watched: None,
        }
    }

    fn credentials(session: SessionId) -> Credentials {
        Credentials { session: Some(session), ..Credentials::default() }
    }

    /// [NODE-13] Who was in edits for a while and then reads; nobody else comes in, and a right that was taken
    /// back or has run out is not remembered.
    #[test]
    fn rights_are_remembered_for_a_while_and_not_against_a_change() {
        let (remembered, document, session) = (Remembered::default(), DocumentId::new(), SessionId::new());
        let ana = credentials(session);
        let level = |credentials: &Credentials, database| {
            remembered.recall(credentials, "plan", database).map(|admitted| admitted.level)
        };
        assert_eq!(level(&ana, Database::Away), Err(Close::Unavailable));
        remembered.note(&ana, "plan", &Ok(admitted(document, None)));
        assert_eq!(level(&ana, Database::Away), Ok(Level::Edit));
        assert_eq!(level(&ana, Database::Lost), Ok(Level::View));
        assert_eq!(level(&credentials(SessionId::new()), Database::Away), Err(Close::Unavailable));
        assert_eq!(level(&ana.with_token(Some("token".into())), Database::Away), Err(Close::Unavailable));

        for change in [Change::Document(document), Change::Session(session)] {
            remembered.note(&ana, "plan", &Ok(admitted(document, None)));
            remembered.forget(change);
            assert_eq!(level(&ana, Database::Away), Err(Close::Unavailable), "{change:?}");
        }
        remembered.note(&ana, "plan", &Ok(admitted(document, None)));
        remembered.note(&ana, "plan", &Err(Close::NotFound));
        assert_eq!(level(&ana, Database::Away), Err(Close::Unavailable));
        remembered.note(&ana, "plan", &Ok(admitted(document, Some(Instant::now()))));
        assert_eq!(level(&ana, Database::Away), Err(Close::Unauthorized));
    }

    /// A node that runs for a month does not remember everybody who ever came.
    #[test]
    fn whoever_asked_least_recently_is_forgotten() {
        let (remembered, ana) = (Remembered::default(), credentials(SessionId::new()));
        for number in 0..=MOST {
            remembered.note(&ana, &number.to_string(), &Ok(admitted(DocumentId::new(), None)));
        }
        let level = |name: &str| remembered.recall(&ana, name, Database::Away).map(|admitted| admitted.level);
        assert_eq!(level("0"), Err(Close::Unavailable));
        assert_eq!(level("1"), Ok(Level::Edit));
        assert_eq!(remembered.0.lock().len(), MOST);
    }
}
