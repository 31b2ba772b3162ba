//! The rows of reading: which files wait, what was made of them, and the text that was found.

use chrono::{TimeDelta, Utc};
use database::Db;
use vocabulary::{AttachmentId, DocumentId, WorkspaceId};

use crate::stored::rows::StoredFile;

/// After this time, the node that was reading a file is gone.
const HELD: TimeDelta = TimeDelta::minutes(3);

/// What was made of an image.
#[derive(Clone, Debug)]
pub struct NewRendition {
    pub kind: &'static str,
    pub bytes: i64,
    pub media_type: &'static str,
    pub width: i64,
    pub height: i64,
}

/// Takes the next file to read; no other node takes it for a while. Pictures first, because somebody looks at them.
pub async fn claim(db: &Db) -> sqlx::Result<Option<StoredFile>> {
    db.pick(
        "update stored_file set state = 'working', attempts = attempts + 1, tried_at = $1
          where (workspace_id, sha256) = (
                select workspace_id, sha256 from stored_file
                 where state = 'waiting' or (state = 'working' and tried_at < $2)
                 order by state desc, (case when media_type like 'image/%' then 0 else 1 end), created_at
                 limit 1 for update skip locked)
          returning *",
        "update stored_file set state = 'working', attempts = attempts + 1, tried_at = $1
          where (workspace_id, sha256) = (
                select workspace_id, sha256 from stored_file
                 where state = 'waiting' or (state = 'working' and tried_at < $2)
                 order by state desc, (case when media_type like 'image/%' then 0 else 1 end), created_at
                 limit 1)
          returning *",
    )
    .bind(Utc::now())
    .bind(Utc::now() - HELD)
    .optional()
    .await
}

/// Lets a file be read once more.
pub async fn again(db: &Db, file: &StoredFile) -> sqlx::Result<()> {
    set_state(db, file, "waiting", "").await
}

/// Records why a file cannot be read.
pub async fn fail(db: &Db, file: &StoredFile, reason: &str) -> sqlx::Result<()> {
    set_state(db, file, "failed", reason).await
}

async fn set_state(db: &Db, file: &StoredFile, state: &'static str, detail: &str) -> sqlx::Result<()> {
    db.query("update stored_file set state = $3, detail = $4 where workspace_id = $1 and sha256 = $2")
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(state)
        .bind(detail.to_owned())
        .execute()
        .await
        .map(drop)
}

/// Records what was made of a file. A file that was deleted meanwhile stays deleted.
pub async fn finish(
    db: &Db,
    file: &StoredFile,
    size: (Option<i64>, Option<i64>),
    made: Vec<NewRendition>,
    text: String,
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let there = tx
        .query(
            "update stored_file set state = 'done', detail = '', width = $3, height = $4
              where workspace_id = $1 and sha256 = $2",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(size.0)
        .bind(size.1)
        .execute()
        .await?;
    if there == 0 {
        return Ok(());
    }
    for rendition in made {
        tx.query(
            "insert into rendition (workspace_id, sha256, kind, bytes, media_type, sealed, width, height)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (workspace_id, sha256, kind) do update
                set bytes = excluded.bytes, media_type = excluded.media_type, width = excluded.width,
                    height = excluded.height",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(rendition.kind)
        .bind(rendition.bytes)
        .bind(rendition.media_type)
        .bind(file.sealed)
        .bind(rendition.width)
        .bind(rendition.height)
        .execute()
        .await?;
    }
    if !text.is_empty() {
        tx.query(
            "insert into file_text (workspace_id, sha256, body) values ($1, $2, $3)
             on conflict (workspace_id, sha256) do update set body = excluded.body",
        )
        .bind(file.workspace_id)
        .bind(file.sha256.clone())
        .bind(text)
        .execute()
        .await?;
    }
    tx.commit().await
}

/// The documents to which a file is attached.
pub async fn documents_with(db: &Db, workspace: WorkspaceId, sha256: &str) -> sqlx::Result<Vec<DocumentId>> {
    let found: Vec<(DocumentId,)> = db
        .query(
            "select distinct document_id from attachment join attachment_version version using (attachment_id)
              where version.workspace_id = $1 and version.sha256 = $2",
        )
        .bind(workspace)
        .bind(sha256.to_owned())
        .all()
        .await?;
    Ok(found.into_iter().map(|(document,)| document).collect())
}

/// The name of an attachment, and the text that was found in its current version.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct AttachmentText {
    pub attachment_id: AttachmentId,
    pub name: String,
    pub media_type: String,
    /// Empty if none was found, or not yet.
    pub body: String,
}

/// The names and texts of a document's attachments, for search.
pub async fn texts_of(db: &Db, document: DocumentId) -> sqlx::Result<Vec<AttachmentText>> {
    db.query(
        "select attachment_id, name, media_type, coalesce(body, '') as body
           from attachment
           join attachment_version version using (attachment_id)
           join stored_file on stored_file.workspace_id = version.workspace_id and stored_file.sha256 = version.sha256
           left join file_text on file_text.workspace_id = version.workspace_id and file_text.sha256 = version.sha256
          where document_id = $1
            and number = (select max(number) from attachment_version newest
                           where newest.attachment_id = attachment.attachment_id)
          order by attachment_id",
    )
    .bind(document)
    .all()
    .await
}
