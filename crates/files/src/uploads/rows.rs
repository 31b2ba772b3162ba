//! The rows of uploads in progress, and of their parts.

use chrono::{DateTime, Utc};
use database::Db;
use uuid::Uuid;
use vocabulary::{AttachmentId, DocumentId, UploadId, WorkspaceId};

use super::MOST_UPLOADS;
use crate::stored::rows as stored;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Upload {
    pub upload_id: UploadId,
    pub workspace_id: WorkspaceId,
    pub document_id: DocumentId,
    pub attachment_id: AttachmentId,
    pub in_text: bool,
    pub name: String,
    pub bytes: i64,
    pub received: i64,
    pub sealed: bool,
    pub created_by: Uuid,
}

/// An upload to begin.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub document: DocumentId,
    pub attachment_id: AttachmentId,
    pub in_text: bool,
    pub name: String,
    pub bytes: i64,
    pub sealed: bool,
    pub created_by: Uuid,
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Part {
    pub starts_at: i64,
    pub bytes: i64,
    pub object: String,
}

/// The outcome of beginning.
#[derive(Debug)]
pub enum Begun {
    Upload(Upload),
    Full,
    TooMany,
}

macro_rules! upload {
    () => {
        "upload_id, workspace_id, document_id, attachment_id, in_text, name, bytes, received, sealed, created_by"
    };
}

/// Begins an upload, if the workspace has space for it. A `quota` of 0 means no limit.
pub async fn begin(db: &Db, workspace: WorkspaceId, new: NewUpload, quota: i64) -> sqlx::Result<Begun> {
    let mut tx = db.begin().await?;
    if quota > 0 && stored::used(&mut tx, workspace).await? + new.bytes > quota {
        return Ok(Begun::Full);
    }
    let (begun,): (i64,) = tx
        .query("select count(*) from upload where created_by = $1 and received < bytes")
        .bind(new.created_by)
        .one()
        .await?;
    if begun >= MOST_UPLOADS {
        return Ok(Begun::TooMany);
    }
    let upload = tx
        .query(concat!(
            "insert into upload (upload_id, workspace_id, document_id, attachment_id, in_text, name, bytes, received,
                                 sealed, created_by, created_at, touched_at)
             values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $10) returning ",
            upload!()
        ))
        .bind(UploadId::new())
        .bind(workspace)
        .bind(new.document)
        .bind(new.attachment_id)
        .bind(new.in_text)
        .bind(new.name)
        .bind(new.bytes)
        .bind(new.sealed)
        .bind(new.created_by)
        .bind(Utc::now())
        .one()
        .await?;
    tx.commit().await?;
    Ok(Begun::Upload(upload))
}

pub async fn find(db: &Db, upload: UploadId) -> sqlx::Result<Option<Upload>> {
    db.query(concat!("select ", upload!(), " from upload where upload_id = $1")).bind(upload).optional().await
}

/// Records a part that is in the store, and returns how much has arrived; `None` if another part arrived first, or
/// there are too many parts.
pub async fn add_part(db: &Db, upload: UploadId, part: Part, most: i64) -> sqlx::Result<Option<i64>> {
    let mut tx = db.begin().await?;
    let received: Option<(i64,)> = tx
        .query(
            "update upload set received = received + $3, touched_at = $4
              where upload_id = $1 and received = $2 and received + $3 <= bytes
                and (select count(*) from upload_part where upload_id = $1) < $5
              returning received",
        )
        .bind(upload)
        .bind(part.starts_at)
        .bind(part.bytes)
        .bind(Utc::now())
        .bind(most)
        .optional()
        .await?;
    if received.is_some() {
        tx.query("insert into upload_part (upload_id, starts_at, bytes, object) values ($1, $2, $3, $4)")
            .bind(upload)
            .bind(part.starts_at)
            .bind(part.bytes)
            .bind(part.object)
            .execute()
            .await?;
    }
    tx.commit().await?;
    Ok(received.map(|(received,)| received))
}

/// The parts of an upload, in order.
pub async fn parts(db: &Db, upload: UploadId) -> sqlx::Result<Vec<Part>> {
    db.query("select starts_at, bytes, object from upload_part where upload_id = $1 order by starts_at")
        .bind(upload)
        .all()
        .await
}

/// Records that an upload was attached as this version. Its row stays for a while, for a client that lost the answer.
pub async fn complete(db: &Db, upload: UploadId, number: i64) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("delete from upload_part where upload_id = $1").bind(upload).execute().await?;
    tx.query("update upload set attached_as = $2, touched_at = $3 where upload_id = $1")
        .bind(upload)
        .bind(number)
        .bind(Utc::now())
        .execute()
        .await?;
    tx.commit().await
}

/// The version as which an upload was attached.
pub async fn attached(db: &Db, upload: UploadId) -> sqlx::Result<Option<i64>> {
    let found: Option<(Option<i64>,)> =
        db.query("select attached_as from upload where upload_id = $1").bind(upload).optional().await?;
    Ok(found.and_then(|(number,)| number))
}

pub async fn remove(db: &Db, upload: UploadId) -> sqlx::Result<()> {
    db.query("delete from upload where upload_id = $1").bind(upload).execute().await.map(drop)
}

/// Uploads that nobody continued since `before`, or whose document was purged.
pub async fn abandoned(db: &Db, before: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<Upload>> {
    db.query(concat!(
        "select ",
        upload!(),
        " from upload
          where touched_at < $1 or exists (select 1 from document where document.document_id = upload.document_id
                                              and purging_at is not null)
          limit $2"
    ))
    .bind(before)
    .bind(limit)
    .all()
    .await
}
