//! After a restore the last edits may be left in browsers of others only.

use chrono::{DateTime, TimeDelta, Utc};
use database::{Db, nodes};

/// For how long clients may bring back what they hold of others: whoever was away for a week is back.
const HEALING: TimeDelta = TimeDelta::days(7);
/// What all nodes know: when the instance was restored.
const RESTORED_AT: &str = "restored-at";

/// Until when and for which documents client ids are open to everybody after a restore.
pub struct Healing {
    restored_at: Option<DateTime<Utc>>,
}

impl Healing {
    /// Notes that the instance was restored now.
    pub async fn begin(db: &Db) -> sqlx::Result<()> {
        nodes::set_shared(db, RESTORED_AT, Utc::now().to_rfc3339().into_bytes()).await
    }

    pub async fn read(db: &Db) -> sqlx::Result<Healing> {
        let noted = nodes::shared(db, RESTORED_AT).await?;
        Ok(Healing { restored_at: noted.and_then(|at| String::from_utf8(at).ok()?.parse().ok()) })
    }

    /// Whether a document that was made then may still be healed.
    pub fn covers(&self, created_at: DateTime<Utc>) -> bool {
        self.restored_at.is_some_and(|at| created_at < at && Utc::now() < at + HEALING)
    }
}
