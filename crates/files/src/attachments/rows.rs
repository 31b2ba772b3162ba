//! The rows of attachments and their versions.

use chrono::{DateTime, Utc};
use database::{Actor, Db, Tx};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{AttachmentId, DocumentId, Event, WorkspaceId};

use crate::stored::rows::{self as stored, NewFile, StoredFile};

/// The maximum number of attachments of a document. An app shows them all at once, and a text with more pictures is a
/// book.
pub const MOST: i64 = 2_000;
/// The maximum number of versions of an attachment, enough for a file that is replaced three times a day for a month.
pub const MOST_VERSIONS: i64 = 100;

/// An attachment in its current version, or in an earlier one.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Attachment {
    pub attachment_id: AttachmentId,
    pub workspace_id: WorkspaceId,
    pub document_id: DocumentId,
    pub in_text: bool,
    pub created_at: DateTime<Utc>,
    pub number: i64,
    pub name: String,
    pub sha256: String,
    /// Who uploaded this version: an account or a guest.
    pub uploaded_by: Option<Uuid>,
    pub uploaded_at: DateTime<Utc>,
    pub bytes: i64,
    pub media_type: String,
    pub sealed: bool,
    pub state: String,
    pub detail: String,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub has_display: bool,
    pub has_thumbnail: bool,
}

macro_rules! attachments {
    ($where:literal) => {
        concat!(
            "select attachment_id, attachment.workspace_id, document_id, in_text, attachment.created_at, number, name,
                    version.sha256, version.created_by as uploaded_by, version.created_at as uploaded_at, bytes,
                    media_type, sealed, state, detail, width, height,
                    exists (select 1 from rendition where rendition.workspace_id = version.workspace_id
                                and rendition.sha256 = version.sha256 and kind = 'display') as has_display,
                    exists (select 1 from rendition where rendition.workspace_id = version.workspace_id
                                and rendition.sha256 = version.sha256 and kind = 'thumbnail') as has_thumbnail
               from attachment
               join attachment_version version using (attachment_id)
               join stored_file on stored_file.workspace_id = version.workspace_id and stored_file.sha256 = version.sha256
              where ",
            $where
        )
    };
}

/// A version to add.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub attachment: AttachmentId,
    pub document: DocumentId,
    pub name: String,
    pub in_text: bool,
    pub file: NewFile,
    pub created_by: Uuid,
}

/// The outcome of attaching.
#[derive(Debug)]
pub enum Attached {
    Done(Box<Attachment>, StoredFile),
    /// The workspace has no space left.
    Full,
    TooMany,
}

/// An attachment of a document that does not exist yet.
pub struct NewAttachment {
    pub attachment: AttachmentId,
    pub document: DocumentId,
    pub in_text: bool,
    pub created_at: DateTime<Utc>,
    /// The versions, the oldest first. There is at least one.
    pub versions: Vec<VersionOfNew>,
}

pub struct VersionOfNew {
    pub name: String,
    pub file: NewFile,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
}

/// Attaches a file to a document that does not exist yet. [`announce`] must follow when it does. The caller checks the
/// free space of the workspace and the number of attachments.
pub async fn insert(tx: &mut Tx, by: &Actor, new: NewAttachment) -> sqlx::Result<()> {
    tx.query(
        "insert into attachment (attachment_id, workspace_id, document_id, in_text, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.attachment)
    .bind(by.workspace)
    .bind(new.document)
    .bind(new.in_text)
    .bind(new.versions.first().and_then(|first| first.created_by))
    .bind(new.created_at)
    .execute()
    .await?;
    for (number, version) in (1_i64..).zip(new.versions) {
        stored::add(tx, by.workspace, &version.file).await?;
        tx.query(
            "insert into attachment_version (attachment_id, number, workspace_id, sha256, name, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(new.attachment)
        .bind(number)
        .bind(by.workspace)
        .bind(version.file.sha256)
        .bind(version.name)
        .bind(version.created_by)
        .bind(version.created_at)
        .execute()
        .await?;
    }
    Ok(())
}

/// Emits the events of the attachments of new documents.
pub async fn announce(tx: &mut Tx, by: &Actor, documents: &[DocumentId]) -> sqlx::Result<()> {
    let ids: Vec<String> = documents.iter().map(|document| document.0.simple().to_string()).collect();
    let found: Vec<(DocumentId, AttachmentId, i64)> = tx
        .pick(
            "select document_id, attachment_id, max(number) from attachment join attachment_version using (attachment_id)
              where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
              group by document_id, attachment_id order by document_id, attachment_id",
            "select document_id, attachment_id, max(number) from attachment join attachment_version using (attachment_id)
              where document_id in (select unhex(value) from json_each($1))
              group by document_id, attachment_id order by document_id, attachment_id",
        )
        .bind(Json(json!(ids)))
        .all()
        .await?;
    for (document, attachment, number) in found {
        tx.emit(by, Event::AttachmentAdded { document, attachment, number }).await?;
    }
    Ok(())
}

/// Attaches a file to a document, as a new attachment or as the next version of an existing one. `quota` limits the
/// size of all files of the workspace; 0 means no limit.
pub async fn add(db: &Db, by: &Actor, new: NewVersion, quota: i64) -> sqlx::Result<Attached> {
    let mut tx = db.begin().await?;
    let used = stored::used(&mut tx, by.workspace).await?;
    let known = stored_bytes(&mut tx, by.workspace, &new.file.sha256).await?;
    if quota > 0 && known.is_none() && used + new.file.bytes > quota {
        return Ok(Attached::Full);
    }
    let (attachments, versions): (i64, i64) = tx
        .query(
            "select (select count(*) from attachment where document_id = $1) as attachments,
                    (select coalesce(max(number), 0) from attachment_version where attachment_id = $2) as versions",
        )
        .bind(new.document)
        .bind(new.attachment)
        .one()
        .await?;
    if attachments >= MOST || versions >= MOST_VERSIONS {
        return Ok(Attached::TooMany);
    }
    let file = stored::add(&mut tx, by.workspace, &new.file).await?;
    if versions == 0 {
        tx.query(
            "insert into attachment (attachment_id, workspace_id, document_id, in_text, created_by, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(new.attachment)
        .bind(by.workspace)
        .bind(new.document)
        .bind(new.in_text)
        .bind(new.created_by)
        .bind(Utc::now())
        .execute()
        .await?;
    }
    tx.query(
        "insert into attachment_version (attachment_id, number, workspace_id, sha256, name, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.attachment)
    .bind(versions + 1)
    .bind(by.workspace)
    .bind(new.file.sha256)
    .bind(new.name)
    .bind(new.created_by)
    .bind(Utc::now())
    .execute()
    .await?;
    let added = Event::AttachmentAdded { document: new.document, attachment: new.attachment, number: versions + 1 };
    tx.emit(by, added).await?;
    let attachment = tx
        .query(attachments!("attachment_id = $1 and number = $2"))
        .bind(new.attachment)
        .bind(versions + 1)
        .one()
        .await?;
    tx.commit().await?;
    Ok(Attached::Done(Box::new(attachment), file))
}

async fn stored_bytes(tx: &mut Tx, workspace: WorkspaceId, sha256: &str) -> sqlx::Result<Option<(i64,)>> {
    tx.query("select bytes from stored_file where workspace_id = $1 and sha256 = $2")
        .bind(workspace)
        .bind(sha256.to_owned())
        .optional()
        .await
}

/// The attachments of a document in their current versions, oldest first.
pub async fn list(db: &Db, document: DocumentId) -> sqlx::Result<Vec<Attachment>> {
    db.query(attachments!(
        "document_id = $1 and number = (select max(number) from attachment_version newest
                                         where newest.attachment_id = attachment.attachment_id)
          order by attachment.created_at, attachment_id"
    ))
    .bind(document)
    .all()
    .await
}

/// All versions of an attachment, newest first.
pub async fn versions(db: &Db, document: DocumentId, attachment: AttachmentId) -> sqlx::Result<Vec<Attachment>> {
    db.query(attachments!("document_id = $1 and attachment_id = $2 order by number desc"))
        .bind(document)
        .bind(attachment)
        .all()
        .await
}

/// One version of an attachment, or the current one.
pub async fn find(db: &Db, attachment: AttachmentId, number: Option<i64>) -> sqlx::Result<Option<Attachment>> {
    db.query(attachments!(
        "attachment_id = $1 and number = coalesce($2, (select max(number) from attachment_version newest
                                                        where newest.attachment_id = $1))"
    ))
    .bind(attachment)
    .bind(number)
    .optional()
    .await
}

/// The version of an attachment that was current at a time.
pub async fn at(
    db: &Db,
    document: DocumentId,
    attachment: AttachmentId,
    at: DateTime<Utc>,
) -> sqlx::Result<Option<Attachment>> {
    db.query(attachments!(
        "attachment_id = $1 and document_id = $2
            and number = (select max(number) from attachment_version then_newest
                           where then_newest.attachment_id = $1 and then_newest.created_at <= $3)"
    ))
    .bind(attachment)
    .bind(document)
    .bind(at)
    .optional()
    .await
}

/// Removes an attachment of a document with all its versions.
pub async fn remove(db: &Db, by: &Actor, document: DocumentId, attachment: AttachmentId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from attachment where document_id = $1 and attachment_id = $2")
        .bind(document)
        .bind(attachment)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::AttachmentRemoved { document, attachment }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}
