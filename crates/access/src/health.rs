//! The health of the database, and how long cached rights are used while it does not answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long cached rights still allow edits: long enough for a failover, too short to continue working with a revoked
/// right.
pub const TRUSTED_FOR: Duration = Duration::from_secs(60);

/// Since when the database has not answered.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Option<Instant>>>);

/// How far cached rights are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Answers,
    /// It stopped answering less than [`TRUSTED_FOR`] ago.
    Away,
    /// It has not answered for more than [`TRUSTED_FOR`].
    Lost,
}

impl Health {
    pub fn database(&self) -> Database {
        match *self.0.lock() {
            None => Database::Answers,
            Some(since) if since.elapsed() < TRUSTED_FOR => Database::Away,
            Some(_) => Database::Lost,
        }
    }

    pub fn set_database(&self, up: bool) {
        let mut since = self.0.lock();
        match (up, *since) {
            (true, _) => *since = None,
            (false, None) => *since = Some(Instant::now()),
            (false, Some(_)) => {}
        }
    }
}
