//! The rows of recent documents.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use database::{Db, DocumentRow, Query, Tx};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{DocumentId, WorkspaceId};

use crate::visibility::{Viewer, is_visible};

/// How long a document counts as recent. What somebody has worked on is not kept for longer than it is useful to them.
const KEPT: TimeDelta = TimeDelta::days(90);
/// The precision of the time, and so how often a row is written while somebody types.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// A document that somebody opened or edited, and when.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct RecentRow {
    pub at: DateTime<Utc>,
    #[sqlx(flatten)]
    pub document: DocumentRow,
}

/// The statement of [`list`], for tests of its query plan.
pub const LIST: &str = concat!(
    "select recent.at as at, document.*
       from recent join document on document.document_id = recent.document_id
      where recent.account_id = $2 and recent.workspace_id = $1 and document.workspace_id = $1
        and trashed_at is null and purging_at is null and purged_at is null and ",
    is_visible!("document"),
    " order by recent.at desc, recent.document_id desc limit $10"
);

/// Lists the documents that the viewer opened or edited last, and may see.
pub async fn list(db: &Db, viewer: &Viewer, limit: i64) -> sqlx::Result<Vec<RecentRow>> {
    viewer.bind(db.query(LIST)).bind(limit).all().await
}

/// The statement of [`changed`], for tests of its query plan. The viewer has read what they wrote, up to the moment at
/// which they left the text.
pub const CHANGED: &str = concat!(
    "select reading.read_at as at, document.*
       from reading join document on document.document_id = reading.document_id
            join document_edit on document_edit.document_id = reading.document_id
      where reading.account_id = $2 and document.workspace_id = $1 and document_edit.seq > reading.seq
        and trashed_at is null and purging_at is null and purged_at is null
        and ",
    is_visible!("document"),
    " order by document.updated_at desc, document.document_id desc limit $10"
);

/// Lists the documents that were edited since the viewer last read them, with the time of that reading.
pub async fn changed(db: &Db, viewer: &Viewer, limit: i64) -> sqlx::Result<Vec<RecentRow>> {
    viewer.bind(db.query(CHANGED)).bind(limit).all().await
}

macro_rules! note {
    ($on:expr) => {
        $on.pick(
            "insert into recent (account_id, workspace_id, document_id, at)
             select account_id, workspace_id, $2, $3 from membership
              where workspace_id = $1 and account_id in (select value::uuid from jsonb_array_elements_text($4) as one (value))
              order by account_id
                 on conflict (account_id, document_id) do update set at = excluded.at where recent.at < excluded.at",
            "insert into recent (account_id, workspace_id, document_id, at)
             select account_id, workspace_id, $2, $3 from membership
              where workspace_id = $1 and account_id in (select unhex(value) from json_each($4))
                 on conflict (account_id, document_id) do update set at = excluded.at where recent.at < excluded.at",
        )
    };
}

fn bound<'q>(
    query: Query<'q>,
    workspace: WorkspaceId,
    document: DocumentId,
    people: &[Uuid],
    at: DateTime<Utc>,
) -> Query<'q> {
    let people: Vec<String> = people.iter().map(|person| person.simple().to_string()).collect();
    query.bind(workspace).bind(document).bind(at.duration_trunc(MINUTE).unwrap_or(at)).bind(Json(json!(people)))
}

/// Records that people opened a document, at most once a minute for each of them. Those who are not members of the
/// workspace, such as guests, are left out.
pub async fn note(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    people: &[Uuid],
    at: DateTime<Utc>,
) -> sqlx::Result<u64> {
    bound(note!(db), workspace, document, people, at).execute().await
}

/// Records that people edited a document, in the transaction that announces the edits.
pub(crate) async fn note_edit(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    people: &[Uuid],
    at: DateTime<Utc>,
) -> sqlx::Result<u64> {
    bound(note!(tx), workspace, document, people, at).execute().await
}

/// Removes what is no longer recent.
pub async fn forget(db: &Db, now: DateTime<Utc>) -> sqlx::Result<u64> {
    db.delete_in_batches("delete from recent where at < $1", &[now - KEPT]).await
}
