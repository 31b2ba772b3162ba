//! The queue of work: claimed by one node, finished, put off, or failed.

use chrono::{DateTime, Duration, Utc};
use database::{Actor, Db};
use serde::Serialize;
use vocabulary::{Event, JobId};

/// Work that waits, is under way, or failed too often.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Job {
    pub job_id: JobId,
    pub kind: String,
    /// JSON. It may hold what is personal: an operator is not shown it.
    #[serde(skip)]
    pub payload: String,
    pub run_at: DateTime<Utc>,
    /// How often it was begun.
    pub attempts: i64,
    /// Why it failed the last time.
    pub last_error: Option<String>,
    /// It failed too often, and is not tried again by itself.
    pub dead_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// How many wait, and how many are dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    pub waiting: i64,
    pub dead: i64,
}

/// Work that is taken side by side: mails wait for a server that may be slow, and hold up nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Mails,
    Rest,
}

/// Takes work that is due. The node that takes it has it for `lease`; then another node may.
pub async fn claim(db: &Db, lane: Lane, most: i64, lease: Duration) -> sqlx::Result<Vec<Job>> {
    let now = Utc::now();
    db.pick(
        "update job set claimed_until = $2, attempts = attempts + 1 where job_id in
                (select job_id from job where dead_at is null and run_at <= $1
                    and (claimed_until is null or claimed_until < $1) and (kind like 'mail-%') = $4
                  order by run_at limit $3 for update skip locked)
         returning job_id, kind, payload, run_at, attempts, last_error, dead_at, created_at",
        "update job set claimed_until = $2, attempts = attempts + 1 where job_id in
                (select job_id from job where dead_at is null and run_at <= $1
                    and (claimed_until is null or claimed_until < $1) and (kind like 'mail-%') = $4
                  order by run_at limit $3)
         returning job_id, kind, payload, run_at, attempts, last_error, dead_at, created_at",
    )
    .bind(now)
    .bind(now + lease)
    .bind(most)
    .bind(lane == Lane::Mails)
    .all()
    .await
}

/// It is done. What was queued anew under the same name meanwhile stays.
///
/// # Errors
/// When the database does not answer: it is done once more.
pub async fn finish(db: &Db, job: &Job) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("delete from job where job_id = $1 and run_at = $2").bind(job.job_id).bind(job.run_at).execute().await?;
    tx.query("update job set claimed_until = null where job_id = $1").bind(job.job_id).execute().await?;
    tx.commit().await
}

/// It is not time yet. What was queued anew under the same name meanwhile stays as it is.
///
/// # Errors
/// When the database does not answer: it is tried again when the lease has ended.
pub async fn put_off(db: &Db, job: &Job, until: DateTime<Utc>) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("update job set run_at = $3, attempts = 0, last_error = null where job_id = $1 and run_at = $2")
        .bind(job.job_id)
        .bind(job.run_at)
        .bind(until)
        .execute()
        .await?;
    tx.query("update job set claimed_until = null where job_id = $1").bind(job.job_id).execute().await?;
    tx.commit().await
}

/// It failed: it is tried again at a time, or never.
///
/// # Errors
/// When the database does not answer: it is tried again when the lease has ended.
pub async fn fail(db: &Db, job: &Job, error: &str, again: Option<DateTime<Utc>>) -> sqlx::Result<()> {
    db.query(
        "update job set claimed_until = null, last_error = $3, run_at = coalesce($4, run_at), dead_at = $5
          where job_id = $1 and run_at = $2",
    )
    .bind(job.job_id)
    .bind(job.run_at)
    .bind(error.to_owned())
    .bind(again)
    .bind(again.is_none().then(Utc::now))
    .execute()
    .await
    .map(drop)
}

/// Work that waits or is dead, the oldest first.
pub async fn list(db: &Db, dead: bool, most: i64) -> sqlx::Result<Vec<Job>> {
    db.query(
        "select job_id, kind, payload, run_at, attempts, last_error, dead_at, created_at
           from job where (dead_at is not null) = $1 order by job_id limit $2",
    )
    .bind(dead)
    .bind(most)
    .all()
    .await
}

pub async fn count(db: &Db) -> sqlx::Result<JobCounts> {
    let (waiting, dead): (i64, i64) =
        db.query("select count(*) - count(dead_at), count(dead_at) from job").one().await?;
    Ok(JobCounts { waiting, dead })
}

/// Does work at once that waits or is dead; `false` when there is none.
///
/// # Errors
/// A unique violation when the same waits already.
pub async fn revive(db: &Db, by: &Actor, job: JobId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let revived = tx
        .query("update job set dead_at = null, attempts = 0, run_at = $2 where job_id = $1")
        .bind(job)
        .bind(Utc::now())
        .execute()
        .await?;
    if revived > 0 {
        tx.emit(by, Event::JobRetried { job }).await?;
    }
    tx.commit().await?;
    Ok(revived > 0)
}

/// Gives dead work up; `false` when there is none.
pub async fn remove(db: &Db, by: &Actor, job: JobId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let dropped = tx.query("delete from job where job_id = $1 and dead_at is not null").bind(job).execute().await?;
    if dropped > 0 {
        tx.emit(by, Event::JobDropped { job }).await?;
    }
    tx.commit().await?;
    Ok(dropped > 0)
}
