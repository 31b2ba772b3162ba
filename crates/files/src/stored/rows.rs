//! The rows of stored files.

use chrono::{DateTime, Utc};
use database::{Db, Tx};
use uuid::Uuid;
use vocabulary::WorkspaceId;

use crate::media;
use crate::stored::read_name;

/// A file whose bytes are in the store.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct StoredFile {
    pub workspace_id: WorkspaceId,
    pub sha256: String,
    pub bytes: i64,
    pub media_type: String,
    pub sealed: bool,
    pub created_at: DateTime<Utc>,
    /// The state of reading the file: `waiting`, `working`, `done`, `failed` or `none`.
    pub state: String,
    pub detail: String,
    pub attempts: i64,
    pub tried_at: Option<DateTime<Utc>>,
    pub width: Option<i64>,
    pub height: Option<i64>,
}

/// A file whose row was removed, and the kinds of its renditions, each with whether it is encrypted.
pub type Taken = (StoredFile, Vec<(String, bool)>);

/// A file as it arrived.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub sha256: String,
    pub bytes: i64,
    pub media_type: &'static str,
    pub sealed: bool,
}

/// Adds a stored file, or finds the one with the same content, and locks it until the end of the transaction.
pub async fn add(tx: &mut Tx, workspace: WorkspaceId, new: &NewFile) -> sqlx::Result<StoredFile> {
    tx.query(
        "insert into stored_file (workspace_id, sha256, bytes, media_type, sealed, created_at, state)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (workspace_id, sha256) do update set sha256 = excluded.sha256
         returning *",
    )
    .bind(workspace)
    .bind(new.sha256.clone())
    .bind(new.bytes)
    .bind(new.media_type)
    .bind(new.sealed)
    .bind(Utc::now())
    .bind(if media::is_read(new.media_type) { "waiting" } else { "none" })
    .one()
    .await
}

/// The stored file with this content.
pub async fn find(db: &Db, workspace: WorkspaceId, sha256: &str) -> sqlx::Result<Option<StoredFile>> {
    db.query("select * from stored_file where workspace_id = $1 and sha256 = $2")
        .bind(workspace)
        .bind(sha256.to_owned())
        .optional()
        .await
}

/// The size of all files of a workspace, and of the uploads that were begun.
pub async fn used(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<i64> {
    // Locks the workspace, so that two uploads do not both take the last free space.
    let _: Option<(WorkspaceId,)> = tx
        .pick(
            "select workspace_id from workspace where workspace_id = $1 for no key update",
            "select workspace_id from workspace where workspace_id = $1",
        )
        .bind(workspace)
        .optional()
        .await?;
    let (stored, coming): (i64, i64) = tx
        .query(
            "select (select cast(coalesce(sum(bytes), 0) as bigint) from stored_file where workspace_id = $1) as stored,
                    (select cast(coalesce(sum(bytes), 0) as bigint) from upload
                      where workspace_id = $1 and received < bytes) as coming",
        )
        .bind(workspace)
        .one()
        .await?;
    Ok(stored + coming)
}

/// Lists stored files to which no attachment refers.
pub async fn unreferenced(db: &Db, limit: i64) -> sqlx::Result<Vec<(WorkspaceId, String)>> {
    db.query(
        "select workspace_id, sha256 from stored_file
          where not exists (select 1 from attachment_version
                             where attachment_version.workspace_id = stored_file.workspace_id
                               and attachment_version.sha256 = stored_file.sha256)
          limit $1",
    )
    .bind(limit)
    .all()
    .await
}

/// Removes the row of a file if nothing refers to it, and returns the kinds of its renditions. The file stays locked
/// until the end of the transaction.
pub async fn take_unreferenced(tx: &mut Tx, workspace: WorkspaceId, sha256: &str) -> sqlx::Result<Option<Taken>> {
    let locked: Option<StoredFile> = tx
        .pick(
            "select * from stored_file where workspace_id = $1 and sha256 = $2 for update",
            "select * from stored_file where workspace_id = $1 and sha256 = $2",
        )
        .bind(workspace)
        .bind(sha256.to_owned())
        .optional()
        .await?;
    // A separate statement, because it sees what others committed while this transaction waited for the lock.
    let referred: Option<(Uuid,)> = tx
        .query("select attachment_id from attachment_version where workspace_id = $1 and sha256 = $2 limit 1")
        .bind(workspace)
        .bind(sha256.to_owned())
        .optional()
        .await?;
    let Some(file) = locked.filter(|_| referred.is_none()) else { return Ok(None) };
    let renditions: Vec<(String, bool)> = tx
        .query("select kind, sealed from rendition where workspace_id = $1 and sha256 = $2")
        .bind(workspace)
        .bind(sha256.to_owned())
        .all()
        .await?;
    tx.query("delete from stored_file where workspace_id = $1 and sha256 = $2")
        .bind(workspace)
        .bind(sha256.to_owned())
        .execute()
        .await?;
    Ok(Some((file, renditions)))
}

/// Whether a row names an object of the store. Objects that do not look like ours are left alone.
pub async fn is_named(db: &Db, object: &str) -> sqlx::Result<bool> {
    let parts: Vec<&str> = object.split('/').collect();
    let (workspace, kind, name) = match parts.as_slice() {
        [workspace, kind, name, ..] => match workspace.parse() {
            Ok(workspace) => (WorkspaceId(workspace), *kind, *name),
            Err(_) => return Ok(true),
        },
        _ => return Ok(true),
    };
    let found: Option<(i64,)> = match kind {
        "uploads" => {
            let part = db.query("select starts_at from upload_part where object = $1");
            part.bind(object.to_owned()).optional().await?
        }
        "transfers" => {
            let kept = db.query(
                "select bytes from import_file where object = $1 union all select bytes from export where object = $1",
            );
            kept.bind(object.to_owned()).optional().await?
        }
        _ => {
            let (sha256, rendition, sealed) = read_name(name);
            let file = db.query(
                "select bytes from stored_file where $3 = '' and workspace_id = $1 and sha256 = $2 and sealed = $4
                 union all
                 select bytes from rendition where kind = $3 and workspace_id = $1 and sha256 = $2 and sealed = $4",
            );
            let file = file.bind(workspace).bind(sha256.to_owned()).bind(rendition.to_owned()).bind(sealed);
            file.optional().await?
        }
    };
    Ok(found.is_some())
}

/// Every stored file after this one, in order, for backups and checks.
pub async fn after(db: &Db, after: &(WorkspaceId, String), limit: i64) -> sqlx::Result<Vec<StoredFile>> {
    db.query(
        "select * from stored_file where workspace_id > $1 or (workspace_id = $1 and sha256 > $2)
          order by workspace_id, sha256 limit $3",
    )
    .bind(after.0)
    .bind(after.1.clone())
    .bind(limit)
    .all()
    .await
}

/// The encrypted file that was stored last.
pub async fn newest_sealed(db: &Db) -> sqlx::Result<Option<StoredFile>> {
    db.query("select * from stored_file where sealed = $1 order by created_at desc limit 1").bind(true).optional().await
}

/// An image that was made from a file.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Rendition {
    pub bytes: i64,
    pub media_type: String,
    pub sealed: bool,
    pub width: i64,
    pub height: i64,
}

pub async fn rendition(db: &Db, workspace: WorkspaceId, sha256: &str, kind: &str) -> sqlx::Result<Option<Rendition>> {
    db.query(
        "select bytes, media_type, sealed, width, height from rendition
          where workspace_id = $1 and sha256 = $2 and kind = $3",
    )
    .bind(workspace)
    .bind(sha256.to_owned())
    .bind(kind.to_owned())
    .optional()
    .await
}

/// The kinds of images that were made from a file, each with whether it is encrypted.
pub async fn renditions(db: &Db, workspace: WorkspaceId, sha256: &str) -> sqlx::Result<Vec<(String, bool)>> {
    db.query("select kind, sealed from rendition where workspace_id = $1 and sha256 = $2 order by kind")
        .bind(workspace)
        .bind(sha256.to_owned())
        .all()
        .await
}
