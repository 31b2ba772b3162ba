//! A cache of rights for outages of the database: sockets that were admitted before can edit for a minute and then only
//! read; no new ones are admitted.

use std::collections::HashSet;
use std::time::Instant;

use database::Change;
use document::Level;
use hashlink::LruCache;
use hub::Close;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use vocabulary::{DocumentId, SessionId};

use crate::{Credentials, admission::Admitted, health::Database};

/// The maximum number of entries, which take some 4 MiB. The least recently used entry is removed first. With 14,336
/// entries or more, removals would make the hash table double in size again.
const MOST: usize = 14_000;

// The mutex is held only to look up, add or remove entries, and never across an await.
pub struct CachedRights(Mutex<LruCache<Key, Known>>);

struct Known {
    session: Option<SessionId>,
    admitted: Admitted,
}

/// A hash of the caller and the name. It is hashed because tokens must not be stored, and names may be long.
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
            // Each part is prefixed with its length, so that different callers never have the same input.
            hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
            hash.update(part.unwrap_or_default());
        }
        Key(hash.finalize().into())
    }
}

impl Default for CachedRights {
    fn default() -> Self {
        CachedRights(Mutex::new(LruCache::new(MOST)))
    }
}

impl CachedRights {
    /// Stores the outcome of an admission.
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

    /// Removes the entries that a change concerns. These rights are looked up again, or refused.
    pub fn forget(&self, change: Change) {
        match change {
            Change::Document(id) => self.keep(|known| known.admitted.document != id),
            Change::Session(session) => self.keep(|known| known.session != Some(session)),
            Change::Account(account) => {
                let account = account.to_string();
                self.keep(|known| *known.admitted.author.user != *account);
            }
            // These changes were resolved to documents before: see `inherited_changes`.
            Change::Tree(_) | Change::Space(_) => {}
            Change::Flags
            | Change::Keys
            | Change::Comments(_)
            | Change::Revisions(_)
            | Change::Inbox(_)
            | Change::Favourites(_)
            | Change::Workspace(..)
            | Change::Webhook(_) => {}
        }
    }

    /// Removes the entries of these documents.
    pub fn forget_documents(&self, documents: &HashSet<DocumentId>) {
        self.keep(|known| !documents.contains(&known.admitted.document));
    }

    /// Removes every entry, if it is not known which entries a change concerns.
    pub fn forget_all(&self) {
        self.0.lock().clear();
    }

    fn keep(&self, stays: impl Fn(&Known) -> bool) {
        self.0.lock().retain(|_, known| stays(known));
    }

    /// The stored admission.
    ///
    /// # Errors
    /// [`Close::Unavailable`] if there is none.
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
    use crate::admission::Principal;
    use document::{Author, Ownership, Roots};
    use vocabulary::{ActorKind, WorkspaceId};

    fn admitted(document: DocumentId, expires: Option<Instant>) -> Admitted {
        Admitted {
            document,
            roots: Roots::default(),
            level: Level::Edit,
            author: Author { user: "ana".into(), ownership: Ownership::Enforce },
            identity: None,
            expires,
            principal: Principal { workspace: WorkspaceId::NONE, kind: ActorKind::Member, id: None, key: None },
            watched: None,
        }
    }

    fn credentials(session: SessionId) -> Credentials {
        Credentials { session: Some(session), ..Credentials::default() }
    }

    /// [NODE-13] An admitted caller can edit for a while and then read; others are refused. A revoked or expired right
    /// is not used.
    #[test]
    fn cached_rights_are_limited_and_never_outlive_a_change() {
        let (cache, document, session) = (CachedRights::default(), DocumentId::new(), SessionId::new());
        let ana = credentials(session);
        let level = |credentials: &Credentials, database| {
            cache.recall(credentials, "plan", database).map(|admitted| admitted.level)
        };
        assert_eq!(level(&ana, Database::Away), Err(Close::Unavailable));
        cache.note(&ana, "plan", &Ok(admitted(document, None)));
        assert_eq!(level(&ana, Database::Away), Ok(Level::Edit));
        assert_eq!(level(&ana, Database::Lost), Ok(Level::View));
        assert_eq!(level(&credentials(SessionId::new()), Database::Away), Err(Close::Unavailable));
        assert_eq!(level(&ana.with_token(Some("token".into())), Database::Away), Err(Close::Unavailable));

        for change in [Change::Document(document), Change::Session(session)] {
            cache.note(&ana, "plan", &Ok(admitted(document, None)));
            cache.forget(change);
            assert_eq!(level(&ana, Database::Away), Err(Close::Unavailable), "{change:?}");
        }
        cache.note(&ana, "plan", &Ok(admitted(document, None)));
        cache.note(&ana, "plan", &Err(Close::NotFound));
        assert_eq!(level(&ana, Database::Away), Err(Close::Unavailable));
        cache.note(&ana, "plan", &Ok(admitted(document, Some(Instant::now()))));
        assert_eq!(level(&ana, Database::Away), Err(Close::Unauthorized));
    }

    /// The cache stays bounded on a node that runs for months.
    #[test]
    fn the_least_recently_used_entry_is_removed() {
        let (cache, ana) = (CachedRights::default(), credentials(SessionId::new()));
        for number in 0..=MOST {
            cache.note(&ana, &number.to_string(), &Ok(admitted(DocumentId::new(), None)));
        }
        let level = |name: &str| cache.recall(&ana, name, Database::Away).map(|admitted| admitted.level);
        assert_eq!(level("0"), Err(Close::Unavailable));
        assert_eq!(level("1"), Ok(Level::Edit));
        assert_eq!(cache.0.lock().len(), MOST);
    }
}
