//! Documents that do not exist yet: they have a text but no row, or their row is still hidden.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use database::{Actor, Db, Tx};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{DocumentId, Right, Sensitivity, SpaceId, Stored, WorkspaceId};

use super::CopiedFile;
use crate::tags::rows as tag_rows;

fn ids(documents: &[DocumentId]) -> Json<serde_json::Value> {
    Json(json!(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
}

/// Records that texts are about to be written.
pub async fn begin(db: &Db, documents: &[DocumentId]) -> sqlx::Result<()> {
    if documents.is_empty() {
        return Ok(());
    }
    db.pick(
        "insert into unfinished_document (document_id, begun_at)
         select value::uuid, $2 from jsonb_array_elements_text($1) as one (value)",
        "insert into unfinished_document (document_id, begun_at) select unhex(value), $2 from json_each($1)",
    )
    .bind(ids(documents))
    .bind(Utc::now())
    .execute()
    .await
    .map(drop)
}

/// Records, in the transaction that adds the rows, that the documents exist. `false` if a text was deleted meanwhile.
pub(crate) async fn end(tx: &mut Tx, documents: &[DocumentId]) -> sqlx::Result<bool> {
    if documents.is_empty() {
        return Ok(true);
    }
    let ended = tx
        .pick(
            "delete from unfinished_document
              where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
            "delete from unfinished_document where document_id in (select unhex(value) from json_each($1))",
        )
        .bind(ids(documents))
        .execute()
        .await?;
    Ok(ended == documents.len() as u64)
}

/// Copies the current version of an attachment to a document. Has no effect if the attachment was removed.
pub(crate) async fn copy_file(tx: &mut Tx, by: &Actor, to: DocumentId, file: &CopiedFile) -> sqlx::Result<()> {
    let now = Utc::now();
    tx.query(
        "insert into attachment (attachment_id, workspace_id, document_id, in_text, created_by, created_at)
         select $1, workspace_id, $2, in_text, $3, $4 from attachment
          where attachment_id = $5 and document_id = $6 and workspace_id = $7",
    )
    .bind(file.to)
    .bind(to)
    .bind(by.id)
    .bind(now)
    .bind(file.from)
    .bind(file.of)
    .bind(by.workspace)
    .execute()
    .await?;
    tx.query(
        "insert into attachment_version (attachment_id, number, workspace_id, sha256, name, created_by, created_at)
         select copy.attachment_id, 1, version.workspace_id, sha256, name, version.created_by, $3
           from attachment copy join attachment_version version on version.attachment_id = $2
          where copy.attachment_id = $1
            and number = (select max(number) from attachment_version newest where newest.attachment_id = $2)",
    )
    .bind(file.to)
    .bind(file.from)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Shows hidden documents, which exist from now on.
pub(crate) async fn show(tx: &mut Tx, documents: &[DocumentId]) -> sqlx::Result<()> {
    tx.pick(
        "update document set purging_at = null where purged_at is null
            and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
        "update document set purging_at = null where purged_at is null
            and document_id in (select unhex(value) from json_each($1))",
    )
    .bind(ids(documents))
    .execute()
    .await
    .map(drop)
}

/// Puts hidden documents into a space.
pub(crate) async fn settle(tx: &mut Tx, space: SpaceId, documents: &[DocumentId]) -> sqlx::Result<()> {
    tx.pick(
        "update document set space_id = $2 where purging_at is not null
            and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
        "update document set space_id = $2 where purging_at is not null
            and document_id in (select unhex(value) from json_each($1))",
    )
    .bind(ids(documents))
    .bind(space)
    .execute()
    .await
    .map(drop)
}

/// The details of the event that announces a new document.
#[derive(sqlx::FromRow)]
pub(crate) struct Shown {
    pub document_id: DocumentId,
    pub kind: String,
    pub open_level: Option<Stored<Right>>,
    pub sensitivity: Stored<Sensitivity>,
}

pub(crate) async fn shown(tx: &mut Tx, documents: &[DocumentId]) -> sqlx::Result<Vec<Shown>> {
    tx.pick(
        "select document_id, kind, open_level, sensitivity from document where purged_at is null
            and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
          order by document_id",
        "select document_id, kind, open_level, sensitivity from document where purged_at is null
            and document_id in (select unhex(value) from json_each($1)) order by document_id",
    )
    .bind(ids(documents))
    .all()
    .await
}

/// Deletes the hidden rows of these documents, if there are any, and everything that refers to them, after their texts
/// were deleted.
pub(crate) async fn forget(db: &Db, documents: &[DocumentId]) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let gone: Vec<(WorkspaceId,)> = tx
        .pick(
            "delete from document where purging_at is not null and purged_at is null
                and document_id in (select unfinished_document.document_id from unfinished_document)
                and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
             returning workspace_id",
            "delete from document where purging_at is not null and purged_at is null
                and document_id in (select unfinished_document.document_id from unfinished_document)
                and document_id in (select unhex(value) from json_each($1)) returning workspace_id",
        )
        .bind(ids(documents))
        .all()
        .await?;
    let workspaces: HashSet<WorkspaceId> = gone.into_iter().map(|(workspace,)| workspace).collect();
    for workspace in workspaces {
        tag_rows::remove_unused(&mut tx, workspace).await?;
    }
    tx.pick(
        "delete from unfinished_document
          where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
        "delete from unfinished_document where document_id in (select unhex(value) from json_each($1))",
    )
    .bind(ids(documents))
    .execute()
    .await?;
    tx.commit().await
}

/// The documents whose creation was begun before this time and has not ended.
pub async fn left(db: &Db, before: DateTime<Utc>) -> sqlx::Result<Vec<DocumentId>> {
    let rows: Vec<(DocumentId,)> =
        db.query("select document_id from unfinished_document where begun_at < $1").bind(before).all().await?;
    Ok(rows.into_iter().map(|(document,)| document).collect())
}
