//! Remembers permanent refusals on `/sync`. Clients read the reason from the close code, but versions before 3.1
//! reconnect after any code, so the server must recognise a client that returns with the same credentials.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::{Duration, Instant};

use hashlink::LruCache;
use hub::Close;
use parking_lot::Mutex;

/// How long a refusal is remembered. A client that returns later is refused like a new one.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);
/// The maximum number of remembered refusals, of some 50 bytes each. The least recent one is forgotten first.
const MOST: usize = 20_000;

/// The refusals of the last ten minutes, as hashes.
pub struct RefusedClients {
    hashes: RandomState,
    refused: Mutex<LruCache<u64, Instant>>,
}

impl Default for RefusedClients {
    fn default() -> RefusedClients {
        RefusedClients { hashes: RandomState::new(), refused: Mutex::new(LruCache::new(MOST)) }
    }
}

impl RefusedClients {
    /// Records the refusal of a client, as identified by [`crate::Credentials::client`]. Returns whether the same
    /// client was refused at the same document for the same reason a short time ago.
    pub fn note(&self, client: &impl Hash, document: &str, reason: Close) -> bool {
        let hash = self.hashes.hash_one((document, reason, client));
        let before = self.refused.lock().insert(hash, Instant::now());
        before.is_some_and(|before| before.elapsed() < REMEMBERED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_remembered_for_the_same_credentials_document_and_reason() {
        let refused = RefusedClients::default();
        let (old, fresh) = ("old token", "fresh token");
        assert!(!refused.note(&old, "plan", Close::Unauthorized));
        assert!(refused.note(&old, "plan", Close::Unauthorized));
        assert!(!refused.note(&old, "plan", Close::Forbidden));
        assert!(!refused.note(&old, "other", Close::Unauthorized));
        assert!(!refused.note(&fresh, "plan", Close::Unauthorized));
        assert!(refused.note(&fresh, "plan", Close::Unauthorized));
    }
}
