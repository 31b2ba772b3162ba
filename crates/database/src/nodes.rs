//! Which processes use this database, and the keys that they have in common.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::sql::Db;

/// A node renews its row several times in this; one that did not has ended.
pub const NODE_LASTS: Duration = Duration::seconds(15);

/// A process beside this one.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Node {
    pub node_id: Uuid,
    /// It has no bus.
    pub alone: bool,
    pub address: String,
    pub started_at: DateTime<Utc>,
}

/// Notes that this process uses the database, under the id of its data folder; returns who else does.
pub async fn enter(db: &Db, node: Uuid, alone: bool, address: &str) -> sqlx::Result<Vec<Node>> {
    let now = Utc::now();
    db.query(
        "insert into node (node_id, alone, address, started_at, renewed_at) values ($1, $2, $3, $4, $4)
         on conflict (node_id) do update set alone = excluded.alone, address = excluded.address,
            started_at = excluded.started_at, renewed_at = excluded.renewed_at",
    )
    .bind(node)
    .bind(alone)
    .bind(address.to_owned())
    .bind(now)
    .execute()
    .await?;
    db.query("delete from node where renewed_at < $1").bind(now - Duration::days(1)).execute().await?;
    db.query(
        "select node_id, alone, address, started_at from node where node_id <> $1 and renewed_at > $2
          order by started_at, node_id",
    )
    .bind(node)
    .bind(now - NODE_LASTS)
    .all()
    .await
}

pub async fn renew(db: &Db, node: Uuid) -> sqlx::Result<()> {
    db.query("update node set renewed_at = $2 where node_id = $1").bind(node).bind(Utc::now()).execute().await?;
    Ok(())
}

pub async fn leave(db: &Db, node: Uuid) -> sqlx::Result<()> {
    db.query("delete from node where node_id = $1").bind(node).execute().await.map(drop)
}

/// Forgets all nodes: this database is a copy, and they use the original.
pub async fn forget_silent(db: &Db) -> sqlx::Result<()> {
    db.query("delete from node").execute().await.map(drop)
}

/// The secret of this name; `candidate` becomes it if there is none. All nodes get the same.
pub async fn shared_secret(db: &Db, name: &str, candidate: Vec<u8>) -> sqlx::Result<Vec<u8>> {
    db.query("insert into shared_value (name, value, created_at) values ($1, $2, $3) on conflict (name) do nothing")
        .bind(name.to_owned())
        .bind(candidate)
        .bind(Utc::now())
        .execute()
        .await?;
    shared(db, name).await?.ok_or(sqlx::Error::RowNotFound)
}

/// What all nodes know under this name.
pub async fn shared(db: &Db, name: &str) -> sqlx::Result<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> =
        db.query("select value from shared_value where name = $1").bind(name.to_owned()).optional().await?;
    Ok(found.map(|(value,)| value))
}

/// Makes all nodes know something else under this name, from their next start on.
pub async fn set_shared(db: &Db, name: &str, value: Vec<u8>) -> sqlx::Result<()> {
    db.query(
        "insert into shared_value (name, value, created_at) values ($1, $2, $3)
         on conflict (name) do update set value = excluded.value, created_at = excluded.created_at",
    )
    .bind(name.to_owned())
    .bind(value)
    .bind(Utc::now())
    .execute()
    .await
    .map(drop)
}

/// Whether anything of ours was ever made in this database.
pub async fn has_schema(db: &Db) -> sqlx::Result<bool> {
    let found: Option<(String,)> = db
        .pick(
            "select table_name::text from information_schema.tables
              where table_schema = current_schema() and table_name = 'workspace'",
            "select name from sqlite_master where type = 'table' and name = 'workspace'",
        )
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Adds the hash of a secret that makes its holder the owner of a new instance.
pub async fn add_setup_secret(db: &Db, hash: Vec<u8>) -> sqlx::Result<()> {
    db.query("insert into setup_secret (hash, created_at) values ($1, $2)")
        .bind(hash)
        .bind(Utc::now())
        .execute()
        .await
        .map(drop)
}

/// Whether it is one of those that were printed and not used.
pub async fn is_setup_secret(db: &Db, hash: Vec<u8>) -> sqlx::Result<bool> {
    let found: Option<(Vec<u8>,)> =
        db.query("select hash from setup_secret where hash = $1").bind(hash).optional().await?;
    Ok(found.is_some())
}

/// Ends all of them: there is an owner, or a new one was printed by the only node.
pub async fn spend_setup_secrets(db: &Db) -> sqlx::Result<()> {
    db.query("delete from setup_secret").execute().await.map(drop)
}

/// Whether the database answers.
///
/// # Errors
/// Why it does not.
pub async fn ping(db: &Db) -> sqlx::Result<()> {
    db.query("select 1").execute().await.map(drop)
}
