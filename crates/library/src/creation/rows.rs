//! Texts that were written before the rows of their documents.

use chrono::{DateTime, Utc};
use database::{Db, Tx};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::DocumentId;

fn ids(documents: &[DocumentId]) -> Json<serde_json::Value> {
    Json(json!(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
}

/// Notes that texts are about to be written.
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

/// Notes, in the transaction that adds the rows, that the documents are there. `false` if a text has been deleted.
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

/// The text is deleted.
pub(crate) async fn forget(db: &Db, document: DocumentId) -> sqlx::Result<()> {
    db.query("delete from unfinished_document where document_id = $1").bind(document).execute().await.map(drop)
}

/// Texts that were begun before this time.
pub async fn left(db: &Db, before: DateTime<Utc>) -> sqlx::Result<Vec<DocumentId>> {
    let rows: Vec<(DocumentId,)> =
        db.query("select document_id from unfinished_document where begun_at < $1").bind(before).all().await?;
    Ok(rows.into_iter().map(|(document,)| document).collect())
}
