//! The last row of each document's log that was announced as an edit, and the time of the last edit.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use database::{Actor, Change, Db, Tx};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{DocumentId, Event, Topic, WorkspaceId};

use crate::recent::rows as recent_rows;

/// The rows of a document's log after `last`, up to and including `seq`.
#[derive(Clone, Debug)]
pub struct Edit {
    pub document: DocumentId,
    pub workspace: WorkspaceId,
    pub last: u64,
    pub seq: u64,
    /// When the last of these rows was written.
    pub at: DateTime<Utc>,
    /// The accounts and guests who wrote these rows.
    pub authors: Vec<Uuid>,
}

/// Starts announcing edits of a document after this row. Has no effect if they are already announced.
pub(crate) async fn begin(tx: &mut Tx, document: DocumentId, seq: u64) -> sqlx::Result<()> {
    tx.query("insert into document_edit (document_id, seq) values ($1, $2) on conflict (document_id) do nothing")
        .bind(document)
        .bind(seq as i64)
        .execute()
        .await
        .map(drop)
}

/// Returns the last announced row of each document that is not headless; `None` for a document without one.
pub async fn last_announced(
    db: &Db,
    documents: impl Iterator<Item = &DocumentId>,
) -> sqlx::Result<Vec<(DocumentId, WorkspaceId, Option<i64>)>> {
    let documents: Vec<String> = documents.map(|document| document.0.simple().to_string()).collect();
    db.pick(
        "select document_id, workspace_id, seq from document left join document_edit using (document_id)
          where name is null and purging_at is null
            and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
          order by document_id",
        "select document_id, workspace_id, seq from document left join document_edit using (document_id)
          where name is null and purging_at is null and document_id in (select unhex(value) from json_each($1))
          order by document_id",
    )
    .bind(Json(json!(documents)))
    .all()
    .await
}

/// How many documents' edits are announced in one transaction. Other events of these documents wait until it ends.
const AT_ONCE: usize = 32;

/// Announces edits and returns their number. The documents are processed in the order of their ids, so that two nodes
/// do not deadlock. Edits that another node has announced meanwhile are left out. For `new` documents, only the row is
/// stored.
pub async fn announce(db: &Db, new: &[(DocumentId, u64)], edits: Vec<Edit>) -> sqlx::Result<usize> {
    let mut tx = db.begin().await?;
    for (document, seq) in new {
        begin(&mut tx, *document, *seq).await?;
    }
    tx.commit().await?;
    let (mut announced, mut edits) = (0, edits);
    while !edits.is_empty() {
        let rest = edits.split_off(edits.len().min(AT_ONCE));
        announced += announce_some(db, std::mem::replace(&mut edits, rest)).await?;
    }
    Ok(announced)
}

async fn announce_some(db: &Db, edits: Vec<Edit>) -> sqlx::Result<usize> {
    let mut announced = 0;
    let mut tx = db.begin().await?;
    for Edit { document, workspace, last, seq, at, authors } in edits {
        let moved = tx
            .query("update document_edit set seq = $2 where document_id = $1 and seq = $3")
            .bind(document)
            .bind(seq as i64)
            .bind(last as i64)
            .execute()
            .await?;
        if moved > 0 {
            announced += 1;
            note_time(&mut tx, document, workspace, at).await?;
            recent_rows::note_edit(&mut tx, workspace, document, &authors, at).await?;
            tx.emit(&Actor::system(workspace), Event::DocumentEdited { document, seq, authors }).await?;
        }
    }
    tx.commit().await?;
    Ok(announced)
}

/// The precision of the time of the last edit. A document that is edited all the time changes its place in lists this
/// often. Each change writes its row, and makes every page that shows the list read the list again.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Stores the time of an edit of a document, at most once a minute. This does not count as a change of the row, so its
/// version stays the same.
async fn note_time(tx: &mut Tx, document: DocumentId, workspace: WorkspaceId, at: DateTime<Utc>) -> sqlx::Result<()> {
    let minute = at.duration_trunc(MINUTE).unwrap_or(at);
    let moved = tx
        .query("update document set updated_at = $2 where document_id = $1 and updated_at < $3")
        .bind(document)
        .bind(at)
        .bind(minute)
        .execute()
        .await?;
    if moved > 0 {
        tx.note(Change::Workspace(workspace, Topic::Documents)).await?;
    }
    Ok(())
}
