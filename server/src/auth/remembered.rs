//! Rights that were looked up before, for when the database does not answer: whoever was in goes on for a
//! minute, then reads only; nobody new comes in.

use std::time::{Duration, Instant};

use dashmap::DashMap;
use document::Level;
use hub::Close;
use sha2::{Digest, Sha256};
use store::SessionId;

use super::{Admitted, Credentials};
use crate::health::Database;

/// Forgotten when this many are known ...
const MOST: usize = 50_000;
/// ... and they are older than this.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

#[derive(Default)]
pub struct Remembered(DashMap<Key, (Admitted, Instant)>);

/// Who asks, and for what. Tokens are kept as hashes.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    session: Option<SessionId>,
    token: Option<[u8; 32]>,
    name: String,
}

impl Key {
    fn new(credentials: &Credentials, name: &str) -> Key {
        let token = credentials.token_text().map(|token| Sha256::digest(token).into());
        Key { session: credentials.session(), token, name: name.to_owned() }
    }
}

impl Remembered {
    /// What the database said just now.
    pub fn note(&self, credentials: &Credentials, name: &str, outcome: &Result<Admitted, Close>) {
        let key = Key::new(credentials, name);
        match outcome {
            Ok(admitted) => {
                if self.0.len() > MOST {
                    self.0.retain(|_, (_, at)| at.elapsed() < FORGOTTEN_AFTER);
                }
                self.0.insert(key, (admitted.clone(), Instant::now()));
            }
            Err(Close::Unavailable) => {}
            Err(_) => drop(self.0.remove(&key)),
        }
    }

    /// What it said last.
    ///
    /// # Errors
    /// [`Close::Unavailable`] for whoever was not in.
    pub fn recall(&self, credentials: &Credentials, name: &str, database: Database) -> Result<Admitted, Close> {
        let known = self.0.get(&Key::new(credentials, name)).ok_or(Close::Unavailable)?;
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
