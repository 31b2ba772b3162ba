//! Recovery after a restore from a backup. The last edits may exist only in the browsers of other users, so for a while
//! clients may send edits under any client id.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Db, nodes};

/// How long clients may send edits of others: long enough for users who were away for a week.
const RECOVERY_PERIOD: TimeDelta = TimeDelta::days(7);
/// Key of the shared value: the time of the last restore and, after a space, the id of the backup. Earlier versions
/// stored only the time.
const RESTORED_AT: &str = "restored-at";

/// When the instance was restored, which determines the documents whose client ids are not restricted to their owners.
pub struct RestoreRecovery {
    restored_at: Option<DateTime<Utc>>,
    backup: Option<String>,
}

impl RestoreRecovery {
    /// The shared value that records that the instance was restored now from this backup.
    pub fn mark(backup: &str) -> (&'static str, Vec<u8>) {
        (RESTORED_AT, format!("{} {backup}", Utc::now().to_rfc3339()).into_bytes())
    }

    pub async fn read(db: &Db) -> sqlx::Result<RestoreRecovery> {
        let noted = nodes::shared(db, RESTORED_AT).await?.and_then(|noted| String::from_utf8(noted).ok());
        let noted = noted.unwrap_or_default();
        let (at, backup) = noted.split_once(' ').unwrap_or((&noted, ""));
        Ok(RestoreRecovery {
            restored_at: at.parse().ok(),
            backup: Some(backup.to_owned()).filter(|backup| !backup.is_empty()),
        })
    }

    /// When the instance was restored, if it was from this backup.
    pub fn restored_from(&self, backup: &str) -> Option<DateTime<Utc>> {
        self.restored_at.filter(|_| self.backup.as_deref() == Some(backup))
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
