//! Stored responses to requests with an Idempotency-Key, so that a repeated request is not carried out twice.

use chrono::{Duration, Utc};

use crate::sql::Db;
use vocabulary::AccountId;

/// How long a response is stored. A client that was disconnected tries again within a day, or not at all.
const KEPT: Duration = Duration::days(1);

/// The stored response.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Answer {
    pub request_hash: Vec<u8>,
    /// The HTTP status. It is 0 while the request is in progress, and stays 0 if the request was interrupted.
    pub status: i64,
    pub body: String,
    pub etag: Option<String>,
    /// The path of the created object.
    pub location: Option<String>,
}

/// Claims a key for a request to a path. If the key was claimed before, returns the response of that request.
pub async fn take(
    db: &Db,
    account: AccountId,
    key: &str,
    path: &str,
    request_hash: Vec<u8>,
) -> sqlx::Result<Option<Answer>> {
    db.query("delete from idempotent_answer where account_id = $1 and idempotency_key = $2 and created_at < $3")
        .bind(account)
        .bind(key.to_owned())
        .bind(Utc::now() - KEPT)
        .execute()
        .await?;
    let taken = db
        .query(
            "insert into idempotent_answer (account_id, idempotency_key, request_hash, status, body, created_at, path)
             values ($1, $2, $3, 0, '', $4, $5) on conflict do nothing",
        )
        .bind(account)
        .bind(key.to_owned())
        .bind(request_hash)
        .bind(Utc::now())
        .bind(path.to_owned())
        .execute()
        .await?;
    if taken > 0 {
        return Ok(None);
    }
    db.query(
        "select request_hash, status, body, etag, location from idempotent_answer
          where account_id = $1 and idempotency_key = $2",
    )
    .bind(account)
    .bind(key.to_owned())
    .optional()
    .await
}

/// Stores the response to the request that claimed the key.
pub async fn keep(db: &Db, account: AccountId, key: &str, answer: Answer) -> sqlx::Result<()> {
    db.query(
        "update idempotent_answer set status = $3, body = $4, etag = $5, location = $6
          where account_id = $1 and idempotency_key = $2",
    )
    .bind(account)
    .bind(key.to_owned())
    .bind(answer.status)
    .bind(answer.body)
    .bind(answer.etag)
    .bind(answer.location)
    .execute()
    .await
    .map(drop)
}

/// Releases the key of a request that changed nothing.
pub async fn release(db: &Db, account: AccountId, key: &str) -> sqlx::Result<()> {
    db.query("delete from idempotent_answer where account_id = $1 and idempotency_key = $2")
        .bind(account)
        .bind(key.to_owned())
        .execute()
        .await
        .map(drop)
}

/// Deletes responses that are too old to be repeated.
pub async fn forget_old(db: &Db) -> sqlx::Result<()> {
    db.delete_in_batches("delete from idempotent_answer where created_at < $1", &[Utc::now() - KEPT]).await.map(drop)
}
