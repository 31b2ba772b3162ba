//! Recovery after a restore from a backup. The last edits may exist only in the browsers of other users, so for a while
//! clients may send edits under any client id.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Db, nodes};

/// How long clients may send edits of others: long enough for users who were away for a week.
const RECOVERY_PERIOD: TimeDelta = TimeDelta::days(7);
/// Key of the shared value: the time of the last restore.
const RESTORED_AT: &str = "restored-at";

/// Determines for which documents client ids are not restricted to their owners.
pub struct RestoreRecovery {
    restored_at: Option<DateTime<Utc>>,
}

impl RestoreRecovery {
    /// The shared value that records that the instance was restored now.
    pub fn mark() -> (&'static str, Vec<u8>) {
        (RESTORED_AT, Utc::now().to_rfc3339().into_bytes())
    }

    pub async fn read(db: &Db) -> sqlx::Result<RestoreRecovery> {
        let noted = nodes::shared(db, RESTORED_AT).await?;
        Ok(RestoreRecovery { restored_at: noted.and_then(|at| String::from_utf8(at).ok()?.parse().ok()) })
    }

    /// When the instance was last restored from a backup.
    pub fn restored_at(&self) -> Option<DateTime<Utc>> {
        self.restored_at
    }

    /// Whether a document created at this time is in the recovery period.
    pub fn covers(&self, created_at: DateTime<Utc>) -> bool {
        self.restored_at.is_some_and(|at| created_at < at && Utc::now() < at + RECOVERY_PERIOD)
    }
}
