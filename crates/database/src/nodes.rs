//! The processes that use this database, and the values that they share.

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::sql::{Db, Tx};

/// How long a node's row is valid; a running node renews it several times in this period.
pub const NODE_LASTS: Duration = Duration::seconds(15);

/// Another process that uses this database.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Node {
    pub node_id: Uuid,
    /// Whether it runs without a shared bus.
    pub alone: bool,
    pub address: String,
    pub started_at: DateTime<Utc>,
    pub renewed_at: DateTime<Utc>,
}

/// Records that this process uses the database, under the id of its data folder. Returns the other processes. On a
/// database server, these are the processes whose rows are valid by the server's clock. A file has no clock, and the
/// clocks of processes may differ, so there every row counts, and only its renewal shows whether its process is alive.
pub async fn enter(db: &Db, node: Uuid, alone: bool, address: &str) -> sqlx::Result<Vec<Node>> {
    let now = clock(db).await?;
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
    let all: Vec<Node> = db
        .query(
            "select node_id, alone, address, started_at, renewed_at from node where node_id <> $1
              order by started_at, node_id",
        )
        .bind(node)
        .all()
        .await?;
    if !db.is_remote() {
        return Ok(all);
    }
    db.query("delete from node where renewed_at < $1").bind(now - Duration::days(1)).execute().await?;
    Ok(all.into_iter().filter(|other| other.renewed_at > now - NODE_LASTS).collect())
}

/// The time of the database server, on which all processes agree, or that of this machine if there is no server.
async fn clock(db: &Db) -> sqlx::Result<DateTime<Utc>> {
    if !db.is_remote() {
        return Ok(Utc::now());
    }
    let (now,): (DateTime<Utc>,) = db.query("select clock_timestamp()").one().await?;
    Ok(now)
}

pub async fn renew(db: &Db, node: Uuid) -> sqlx::Result<()> {
    let now = clock(db).await?;
    db.query("update node set renewed_at = $2 where node_id = $1").bind(node).bind(now).execute().await?;
    Ok(())
}

pub async fn leave(db: &Db, node: Uuid) -> sqlx::Result<()> {
    db.query("delete from node where node_id = $1").bind(node).execute().await.map(drop)
}

/// The shared secret of this name, which is set to `candidate` if there is none. All nodes get the same secret.
pub async fn shared_secret(db: &Db, name: &str, candidate: Vec<u8>) -> sqlx::Result<Vec<u8>> {
    db.query("insert into shared_value (name, value, created_at) values ($1, $2, $3) on conflict (name) do nothing")
        .bind(name.to_owned())
        .bind(candidate)
        .bind(Utc::now())
        .execute()
        .await?;
    shared(db, name).await?.ok_or(sqlx::Error::RowNotFound)
}

/// The shared value of this name.
pub async fn shared(db: &Db, name: &str) -> sqlx::Result<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> =
        db.query("select value from shared_value where name = $1").bind(name.to_owned()).optional().await?;
    Ok(found.map(|(value,)| value))
}

/// Sets the shared value of this name. Nodes read it when they start.
pub async fn set_shared(db: &Db, name: &str, value: Vec<u8>) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    set_shared_in(&mut tx, name, value).await?;
    tx.commit().await
}

/// Like [`set_shared`], in a transaction.
pub async fn set_shared_in(tx: &mut Tx, name: &str, value: Vec<u8>) -> sqlx::Result<()> {
    tx.query(
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

/// Adds the hash of a setup secret, whose holder becomes the owner of a new instance.
pub async fn add_setup_secret(db: &Db, hash: Vec<u8>) -> sqlx::Result<()> {
    db.query("insert into setup_secret (hash, created_at) values ($1, $2)")
        .bind(hash)
        .bind(Utc::now())
        .execute()
        .await
        .map(drop)
}

/// Whether this is the hash of a valid setup secret.
pub async fn is_setup_secret(db: &Db, hash: Vec<u8>) -> sqlx::Result<bool> {
    let found: Option<(Vec<u8>,)> =
        db.query("select hash from setup_secret where hash = $1").bind(hash).optional().await?;
    Ok(found.is_some())
}

/// Removes all setup secrets, because there is an owner, or the only node is about to print a new one.
pub async fn spend_setup_secrets(db: &Db) -> sqlx::Result<()> {
    db.query("delete from setup_secret").execute().await.map(drop)
}

/// Whether the database answers.
///
/// # Errors
/// The error, if it does not.
pub async fn ping(db: &Db) -> sqlx::Result<()> {
    db.query("select 1").execute().await.map(drop)
}

/// Whether the database answers but accepts no writes, such as a standby.
pub async fn is_read_only(db: &Db) -> sqlx::Result<bool> {
    let (read_only,): (bool,) = db
        .pick("select current_setting('transaction_read_only') = 'on'", "select query_only from pragma_query_only")
        .one()
        .await?;
    Ok(read_only)
}
