//! The rows of sign-ins at the identity provider that are in progress.

use chrono::{DateTime, Duration, Utc};
use database::Db;

/// How long a sign-in at the provider may take, which usually takes minutes.
const IDENTITY_REQUEST_LASTS: Duration = Duration::minutes(10);

/// A sign-in that came back from the identity provider.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IdentityRequest {
    pub nonce: String,
    pub verifier: String,
    pub return_to: String,
}

/// Stores a sign-in that was sent to the identity provider.
pub async fn add_request(db: &Db, state_hash: Vec<u8>, request: IdentityRequest) -> sqlx::Result<()> {
    let now = Utc::now();
    db.query("delete from identity_request where expires_at < $1").bind(now).execute().await?;
    db.query(
        "insert into identity_request (state_hash, nonce, verifier, return_to, expires_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(state_hash)
    .bind(request.nonce)
    .bind(request.verifier)
    .bind(request.return_to)
    .bind(now + IDENTITY_REQUEST_LASTS)
    .execute()
    .await
    .map(drop)
}

/// Takes the request of a returning sign-in. Each can return only once.
pub async fn take_request(db: &Db, state_hash: Vec<u8>) -> sqlx::Result<Option<IdentityRequest>> {
    let found: Option<IdentityRequest> = db
        .query(
            "delete from identity_request where state_hash = $1 and expires_at > $2
             returning nonce, verifier, return_to",
        )
        .bind(state_hash)
        .bind(Utc::now())
        .optional()
        .await?;
    Ok(found)
}

/// Deletes sign-ins that never came back.
pub async fn forget_old(db: &Db, before: DateTime<Utc>) -> sqlx::Result<()> {
    db.delete_in_batches("delete from identity_request where expires_at < $1", &[before]).await.map(drop)
}
