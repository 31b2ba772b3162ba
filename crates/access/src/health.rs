//! Whether the database answers, and how far remembered rights count while it does not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long rights that were looked up before the database went away still let people edit: long enough for
/// a failover, too short to work on with a right that was taken back.
pub const TRUSTED_FOR: Duration = Duration::from_secs(60);

/// Since when the database does not answer.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Option<Instant>>>);

/// How far rights that were looked up before count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Answers,
    /// It went away a moment ago.
    Away,
    /// It has been away for more than [`TRUSTED_FOR`].
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
