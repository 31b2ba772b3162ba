//! The job queue: jobs are claimed by one node, then finished, postponed or failed.

use chrono::{DateTime, Duration, Utc};
use database::{Actor, Db, Tx};
use serde::Serialize;
use vocabulary::{AccountId, Event, JobId};

/// A job that is waiting, is running, or failed too often.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Job {
    pub job_id: JobId,
    pub kind: String,
    /// JSON. It may hold personal data, so it is not shown to operators.
    #[serde(skip)]
    pub payload: String,
    pub run_at: DateTime<Utc>,
    /// The number of attempts begun.
    pub attempts: i64,
    /// The reason for the last failure.
    pub last_error: Option<String>,
    /// The time at which the job was given up because it had failed too often. It is not retried automatically.
    pub dead_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// The numbers of waiting and dead jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JobCounts {
    pub waiting: i64,
    pub dead: i64,
}

/// A lane of jobs that runs beside the others. Mails wait for a server that may be slow, and must not delay other jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Mails,
    Rest,
}

/// Claims jobs that are due. The claiming node holds them for `lease`; after that another node may claim them.
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

/// Removes a finished job. A job queued under the same name meanwhile stays.
///
/// # Errors
/// When the database does not answer. The job runs again in that case.
pub async fn finish(db: &Db, job: &Job) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("delete from job where job_id = $1 and run_at = $2").bind(job.job_id).bind(job.run_at).execute().await?;
    tx.query("update job set claimed_until = null where job_id = $1").bind(job.job_id).execute().await?;
    tx.commit().await
}

/// Postpones a job that is not due yet. A job queued under the same name meanwhile stays unchanged.
///
/// # Errors
/// When the database does not answer. The job is retried when the lease has ended.
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

/// Records a failure. The job is retried at the given time, or never.
///
/// # Errors
/// When the database does not answer. The job is retried when the lease has ended.
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

/// Deletes the waiting mails to a person or caused by the person, including those that failed too often. `address` is
/// that of the person, in lower case, as a pattern of `like … escape '!'`.
pub async fn forget_mails_of(tx: &mut Tx, account: AccountId, address: &str) -> sqlx::Result<()> {
    tx.query(
        "delete from job where kind like 'mail-%'
            and (payload like $1 or lower(payload) like $2 escape '!')",
    )
    .bind(format!("%{account}%"))
    .bind(format!("%\"{address}\"%"))
    .execute()
    .await
    .map(drop)
}

/// Lists waiting or dead jobs, oldest first.
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

/// When the job that has been due for the longest time became due; `None` if no job is due.
pub async fn due_since(db: &Db) -> sqlx::Result<Option<DateTime<Utc>>> {
    let oldest: Option<(DateTime<Utc>,)> = db
        .query("select run_at from job where dead_at is null and run_at < $1 order by run_at limit 1")
        .bind(Utc::now())
        .optional()
        .await?;
    Ok(oldest.map(|(at,)| at))
}

/// Makes a waiting or dead job due at once; `false` when there is none.
///
/// # Errors
/// A unique violation when the same job is already waiting.
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

/// Retries dead jobs that settle edits, which for example a node of an older version gave up. The claim of such an edit
/// blocks others until the job is done.
pub async fn revive_settling(db: &Db) -> sqlx::Result<u64> {
    db.query(
        "update job set dead_at = null, attempts = 0, run_at = $1 where kind like 'settle-%' and dead_at is not null",
    )
    .bind(Utc::now())
    .execute()
    .await
}

/// Removes a dead job; `false` when there is none, or when it settles an edit, which must be done.
pub async fn remove(db: &Db, by: &Actor, job: JobId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let dropped = tx
        .query("delete from job where job_id = $1 and dead_at is not null and kind not like 'settle-%'")
        .bind(job)
        .execute()
        .await?;
    if dropped > 0 {
        tx.emit(by, Event::JobDropped { job }).await?;
    }
    tx.commit().await?;
    Ok(dropped > 0)
}
