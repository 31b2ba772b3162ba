//! Jobs: queued in the transaction of the write that needs them, and run at least once, by any node.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::sql::{Db, Tx};
use vocabulary::JobId;

pub struct NewJob {
    pub kind: &'static str,
    /// Only one job of a kind with this name is queued: a later one replaces it.
    pub once: Option<String>,
    pub payload: Value,
    pub run_at: DateTime<Utc>,
}

impl Tx {
    pub async fn enqueue(&mut self, new: NewJob) -> sqlx::Result<()> {
        self.query(
            "insert into job (job_id, kind, once, payload, run_at, attempts, created_at)
             values ($1, $2, $3, $4, $5, 0, $6)
             on conflict (kind, once) where once is not null and dead_at is null
             do update set payload = excluded.payload, run_at = excluded.run_at, attempts = 0, last_error = null",
        )
        .bind(JobId::new())
        .bind(new.kind.to_owned())
        .bind(new.once)
        .bind(new.payload.to_string())
        .bind(new.run_at)
        .bind(Utc::now())
        .execute()
        .await
        .map(drop)
    }
}

impl Db {
    /// Queues jobs, either all or none.
    pub async fn enqueue(&self, work: impl IntoIterator<Item = NewJob>) -> sqlx::Result<()> {
        let mut tx = self.begin().await?;
        for new in work {
            tx.enqueue(new).await?;
        }
        tx.commit().await
    }
}
