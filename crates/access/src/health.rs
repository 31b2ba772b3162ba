//! The health of the stores as this node last saw it, and how long cached rights are used while the database does not
//! answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long cached rights still allow edits: long enough for a failover, too short to continue working with a revoked
/// right.
pub const TRUSTED_FOR: Duration = Duration::from_secs(60);

/// The health as this node last saw it.
// The mutexes are held only to read or set one value.
#[derive(Clone, Default)]
pub struct Health(Arc<Known>);

#[derive(Default)]
struct Known {
    /// Since when the database has not answered.
    silent_since: Mutex<Option<Instant>>,
    problems: Mutex<Vec<&'static str>>,
}

/// Whether the database answers, which decides how far cached rights are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Answers,
    /// The database stopped answering less than [`TRUSTED_FOR`] ago.
    Away,
    /// The database has not answered for more than [`TRUSTED_FOR`].
    Lost,
}

impl Health {
    pub fn database(&self) -> Database {
        match *self.0.silent_since.lock() {
            None => Database::Answers,
            Some(since) if since.elapsed() < TRUSTED_FOR => Database::Away,
            Some(_) => Database::Lost,
        }
    }

    pub fn set_database(&self, up: bool) {
        let mut since = self.0.silent_since.lock();
        match (up, *since) {
            (true, _) => *since = None,
            (false, None) => *since = Some(Instant::now()),
            (false, Some(_)) => {}
        }
    }

    /// Why edits or sign-ins do not work although the stores answer, as sentences.
    pub fn problems(&self) -> Vec<&'static str> {
        self.0.problems.lock().clone()
    }

    pub fn set_problems(&self, problems: Vec<&'static str>) {
        *self.0.problems.lock() = problems;
    }
}
