//! API keys, with which apps call on behalf of a member, and the keys that sign access tokens.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;

use crate::accounts;
use crate::audit::Actor;
use crate::{changes::Change, sql::Db};
use vocabulary::{AccountId, Event, KeyId, WorkspaceId};

/// An API key, as its owner sees it. Its secret was shown only once.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct ApiKey {
    pub key_id: KeyId,
    /// The account on whose behalf the key calls.
    pub account_id: AccountId,
    pub name: String,
    #[schema(value_type = Vec<String>)]
    pub scopes: Json<Vec<String>>,
    /// The number of requests allowed per minute.
    pub per_minute: i64,
    pub expires_at: Option<DateTime<Utc>>,
    /// The time of the last use, to the minute; null if never used.
    pub last_used_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    #[serde(skip)]
    pub workspace_id: WorkspaceId,
}

pub struct NewKey {
    pub account: AccountId,
    pub name: String,
    pub token_hash: Vec<u8>,
    pub scopes: Vec<String>,
    pub per_minute: i64,
    pub expires_at: Option<DateTime<Utc>>,
}

/// One key that signs access tokens.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct SigningKey {
    pub key_id: String,
    pub secret: Vec<u8>,
    pub created_at: DateTime<Utc>,
}

/// The API keys of one member, or of all.
pub async fn list(db: &Db, workspace: WorkspaceId, of: Option<AccountId>) -> sqlx::Result<Vec<ApiKey>> {
    db.query(
        "select key_id, account_id, name, scopes, per_minute, expires_at, last_used_at, created_at, workspace_id
           from api_key where workspace_id = $1 and ($2 or account_id = $3) order by created_at, key_id",
    )
    .bind(workspace)
    .bind(of.is_none())
    .bind(of.unwrap_or(AccountId(uuid::Uuid::nil())))
    .all()
    .await
}

/// Creates an API key; only its hash is stored.
pub async fn add(db: &Db, by: &Actor, new: NewKey) -> sqlx::Result<KeyId> {
    let (mut tx, key) = (accounts::begin_to_add(db, new.account).await?, KeyId::new());
    let created =
        Event::KeyCreated { key, scopes: new.scopes.clone(), expires_at: new.expires_at, per_minute: new.per_minute };
    tx.query(
        "insert into api_key (key_id, workspace_id, account_id, name, token_hash, scopes, per_minute, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(key)
    .bind(by.workspace)
    .bind(new.account)
    .bind(new.name)
    .bind(new.token_hash)
    .bind(Json(new.scopes))
    .bind(new.per_minute)
    .bind(new.expires_at)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.emit(by, created).await?;
    tx.commit().await?;
    Ok(key)
}

/// Revokes a key of one member, or of any. Returns the owner; `None` if there is no such key.
pub async fn remove(db: &Db, by: &Actor, key: KeyId, of: Option<AccountId>) -> sqlx::Result<Option<AccountId>> {
    let mut tx = db.begin().await?;
    let removed: Option<(AccountId,)> = tx
        .query(
            "delete from api_key where workspace_id = $1 and key_id = $2 and ($3 or account_id = $4)
             returning account_id",
        )
        .bind(by.workspace)
        .bind(key)
        .bind(of.is_none())
        .bind(of.unwrap_or(AccountId(uuid::Uuid::nil())))
        .optional()
        .await?;
    if let Some((account,)) = removed {
        tx.note(Change::Account(account)).await?;
        tx.emit(by, Event::KeyRemoved { key }).await?;
    }
    tx.commit().await?;
    Ok(removed.map(|(account,)| account))
}

/// The keys that sign access tokens, the newest first.
pub async fn signing_keys(db: &Db) -> sqlx::Result<Vec<SigningKey>> {
    db.query("select key_id, secret, created_at from signing_key order by created_at desc, key_id").all().await
}

/// Adds a signing key, unless there is one newer than `newer_than`. Of the older ones only the two newest are kept.
pub async fn add_signing_key(db: &Db, key: SigningKey, newer_than: DateTime<Utc>) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into signing_key (key_id, secret, created_at)
         select $1, $2, $3 where not exists (select 1 from signing_key where created_at > $4)
         on conflict (key_id) do nothing",
    )
    .bind(key.key_id)
    .bind(key.secret)
    .bind(key.created_at)
    .bind(newer_than)
    .execute()
    .await?;
    tx.query(
        "delete from signing_key where key_id not in
         (select key_id from signing_key order by created_at desc, key_id limit 3)",
    )
    .execute()
    .await?;
    tx.note(Change::Keys).await?;
    tx.commit().await
}
