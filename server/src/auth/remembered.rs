//! Rights that were looked up before, for when the database does not answer: whoever was in goes on for a
//! minute, then reads only; nobody new comes in.

use std::time::{Duration, Instant};

use dashmap::DashMap;
use document::Level;
use hub::Close;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use store::{Change, SessionId};

use super::{Admitted, Credentials};
use crate::health::Database;

/// When this many are known, those of the last ten minutes stay, ...
const MOST: usize = 50_000;
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);
/// ... and of these, when they are as many, those of the last half minute.
const ALL_FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// It takes some milliseconds to look.
const SWEEP_EVERY: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Remembered {
    known: DashMap<Key, (Admitted, Instant)>,
    swept: Mutex<Option<Instant>>,
}

/// Who asks, and for what. Tokens are kept as hashes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    session: Option<SessionId>,
    token: Option<[u8; 32]>,
    guest: Option<Vec<u8>>,
    name: String,
}

impl Key {
    fn new(credentials: &Credentials, name: &str) -> Key {
        let token = credentials.token_text().map(|token| Sha256::digest(token).into());
        Key { session: credentials.session(), token, guest: credentials.guest.clone(), name: name.to_owned() }
    }
}

impl Remembered {
    /// What the database said just now.
    pub fn note(&self, credentials: &Credentials, name: &str, outcome: &Result<Admitted, Close>) {
        let key = Key::new(credentials, name);
        match outcome {
            Ok(admitted) => {
                if self.known.len() > MOST {
                    self.sweep();
                }
                self.known.insert(key, (admitted.clone(), Instant::now()));
            }
            Err(Close::Unavailable) => {}
            Err(_) => drop(self.known.remove(&key)),
        }
    }

    fn sweep(&self) {
        let mut swept = self.swept.lock();
        if swept.is_some_and(|at| at.elapsed() < SWEEP_EVERY) {
            return;
        }
        *swept = Some(Instant::now());
        for age in [FORGOTTEN_AFTER, ALL_FORGOTTEN_AFTER] {
            if self.known.len() > MOST {
                self.known.retain(|_, (_, at)| at.elapsed() < age);
            }
        }
    }

    /// What a change concerns is not remembered: it is looked up again, or refused.
    pub fn forget(&self, change: Change) {
        match change {
            Change::Document(id) => self.known.retain(|_, (admitted, _)| admitted.document != id),
            Change::Session(session) => self.known.retain(|key, _| key.session != Some(session)),
            Change::Account(account) => {
                let account = account.to_string();
                self.known.retain(|_, (admitted, _)| *admitted.author.user != *account);
            }
            Change::Flags | Change::Keys | Change::Comments(_) | Change::Revisions(_) | Change::Inbox(_) => {}
        }
    }

    /// What it said last.
    ///
    /// # Errors
    /// [`Close::Unavailable`] for whoever was not in.
    pub fn recall(&self, credentials: &Credentials, name: &str, database: Database) -> Result<Admitted, Close> {
        let known = self.known.get(&Key::new(credentials, name)).ok_or(Close::Unavailable)?;
        let (mut admitted, _) = known.clone();
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
    use document::{Author, Ownership, Roots};
    use store::DocumentId;

    fn admitted(document: DocumentId, expires: Option<Instant>) -> Admitted {
        Admitted {
            document,
            roots: Roots::default(),
            level: Level::Edit,
            author: Author { user: "ana".into(), ownership: Ownership::Enforce },
            identity: None,
            expires,
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
}
