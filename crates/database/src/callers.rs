//! Looks up the caller of a request in one statement: a session or a key together with its member.

use chrono::{DateTime, Duration, Utc};
use sqlx::types::Json;

use crate::members::Member;
use crate::sql::Db;
use vocabulary::{KeyId, SessionId, WorkspaceId};

/// A session that was not ended, and its member.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct SignedIn {
    pub workspace_id: WorkspaceId,
    #[sqlx(flatten)]
    pub member: Member,
}

/// A valid key, and the member on whose behalf it calls.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct KeyHolder {
    pub key_id: KeyId,
    pub workspace_id: WorkspaceId,
    pub scopes: Json<Vec<String>>,
    /// The number of requests allowed per minute.
    pub per_minute: i64,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    pub member: Member,
}

/// How often the last use of a key is stored, because a write for each call would cost more than the call.
const USE_NOTED_EVERY: Duration = Duration::minutes(1);

/// The member of a session, unless the session was ended or the account is disabled.
pub async fn by_session(db: &Db, session: SessionId) -> sqlx::Result<Option<SignedIn>> {
    db.query(
        "select workspace_id, account_id, email, account.name, color, role, is_owner
           from session join membership using (workspace_id, account_id) join account using (account_id)
          where session_id = $1 and revoked_at is null and disabled_at is null",
    )
    .bind(session)
    .optional()
    .await
}

/// The member on whose behalf a key calls, if the key is valid and the account is not disabled. Records the use.
pub async fn by_key(db: &Db, token_hash: Vec<u8>) -> sqlx::Result<Option<KeyHolder>> {
    let now = Utc::now();
    let holder: Option<KeyHolder> = db
        .query(
            "select key_id, workspace_id, scopes, per_minute, expires_at, last_used_at,
                    account_id, email, account.name, color, role, is_owner
               from api_key join membership using (workspace_id, account_id) join account using (account_id)
              where token_hash = $1 and (expires_at is null or expires_at > $2) and disabled_at is null",
        )
        .bind(token_hash)
        .bind(now)
        .optional()
        .await?;
    if let Some(holder) = &holder
        && holder.last_used_at.is_none_or(|used| now - used > USE_NOTED_EVERY)
    {
        let noted = db.query("update api_key set last_used_at = $2 where key_id = $1");
        noted.bind(holder.key_id).bind(now).execute().await?;
    }
    Ok(holder)
}
