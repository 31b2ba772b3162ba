//! The rows of documents: everything known about a document without opening it.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::sort_key::sort_key;
use crate::sql::{Db, Tx};
use vocabulary::{AccountId, DocumentId, Right, Sensitivity, SpaceId, Status, Stored, WorkspaceId};

/// One document's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, sqlx::FromRow)]
pub struct DocumentRow {
    pub document_id: DocumentId,
    pub workspace_id: WorkspaceId,
    /// Headless documents have a name; signed-in ones are found by id.
    pub name: Option<String>,
    pub title: String,
    pub kind: String,
    pub category: String,
    pub description: String,
    pub slug: String,
    pub status: Stored<Status>,
    /// The right of every member of the workspace; `None` for a private document.
    pub open_level: Option<Stored<Right>>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Counts changes of this row, for ETag and If-Match.
    pub version: i64,
    pub words: i64,
    pub trashed_at: Option<DateTime<Utc>>,
    /// Set while the document is hidden, because it is being purged or created.
    pub purging_at: Option<DateTime<Utc>>,
    pub purged_at: Option<DateTime<Utc>>,
    pub sensitivity: Stored<Sensitivity>,
    /// The space; `None` for headless documents, and for documents of earlier versions whose creator is gone.
    pub space_id: Option<SpaceId>,
    /// The page above; `None` at the top of the space.
    pub parent_id: Option<DocumentId>,
    /// The position among the pages of one parent, as a fractional key: text that sorts.
    pub rank: String,
    /// An emoji, or empty.
    pub icon: String,
    /// Whether rights that are given on the pages above and in the space apply to this page.
    pub inherits: bool,
    /// Whether the rights that the space gives apply, because neither this page nor one above it stops inheriting.
    pub space_applies: bool,
    /// The highest open level of the pages above that applies to this page.
    pub inherited_open: Option<Stored<Right>>,
    /// The page with which this one was moved to the trash, if it was below one.
    pub trashed_with: Option<DocumentId>,
    pub trashed_by: Option<AccountId>,
}

/// The workspace of headless documents, which is created at its first use.
pub async fn headless_workspace(db: &Db, key: &str) -> sqlx::Result<WorkspaceId> {
    db.query(
        "insert into workspace (workspace_id, name, headless_key, created_at) values ($1, $2, $2, $3)
         on conflict (headless_key) do nothing",
    )
    .bind(Uuid::now_v7())
    .bind(key.to_owned())
    .bind(Utc::now())
    .execute()
    .await?;
    let (id,): (WorkspaceId,) =
        db.query("select workspace_id from workspace where headless_key = $1").bind(key.to_owned()).one().await?;
    Ok(id)
}

/// The document with a headless name, unless it is in the trash.
pub async fn by_name(db: &Db, workspace: WorkspaceId, name: &str) -> sqlx::Result<Option<DocumentRow>> {
    db.query("select * from document where workspace_id = $1 and name = $2 and purged_at is null")
        .bind(workspace)
        .bind(name.to_owned())
        .optional()
        .await
}

/// Stores the sort key of titles that earlier versions of the server have written.
pub(crate) async fn fill_title_keys(db: &Db) -> sqlx::Result<()> {
    loop {
        let rows: Vec<(DocumentId, String)> = db
            .query(
                "select document_id, title from document
                  where name is null and title_key = '' and title <> '' limit 1000",
            )
            .all()
            .await?;
        let mut filled = 0;
        let mut tx = db.begin().await?;
        for (document, title) in rows {
            let key = sort_key(&title);
            // A title that consists only of accents has an empty key.
            filled += u64::from(!key.is_empty());
            tx.query("update document set title_key = $2 where document_id = $1 and title = $3")
                .bind(document)
                .bind(key)
                .bind(title)
                .execute()
                .await?;
        }
        tx.commit().await?;
        if filled == 0 {
            return Ok(());
        }
    }
}

/// The documents with headless names, in any order, and whether this call created them. If none outside the trash has a
/// name, one is created, with one commit for all. Concurrent calls for the same name get the same document.
pub async fn find_or_add_by_names(
    db: &Db,
    workspace: WorkspaceId,
    names: &[String],
) -> sqlx::Result<Vec<(DocumentRow, bool)>> {
    let found = by_names(db, workspace, names).await?;
    // Sorted, because otherwise two nodes could deadlock.
    let mut missing = BTreeSet::from_iter(names.iter().map(String::as_str));
    for row in &found {
        missing.remove(row.name.as_deref().unwrap_or_default());
    }
    if missing.is_empty() {
        return Ok(found.into_iter().map(|row| (row, false)).collect());
    }
    let ids: HashSet<DocumentId> = missing.iter().map(|_| DocumentId::new()).collect();
    let made: Vec<(String, &str)> = ids.iter().map(|id| id.0.simple().to_string()).zip(missing).collect();
    db.pick(
        "insert into document (document_id, workspace_id, name, title, kind, category, description, tags, slug,
                               status, created_at, updated_at, version, words)
         select (made.value ->> 0)::uuid, $1, made.value ->> 1, made.value ->> 1, 'custom', '', '', $2, '', 'draft',
                $3, $3, 1, 0
           from jsonb_array_elements($4) as made (value) on conflict do nothing",
        "insert into document (document_id, workspace_id, name, title, kind, category, description, tags, slug,
                               status, created_at, updated_at, version, words)
         select unhex(made.value ->> 0), $1, made.value ->> 1, made.value ->> 1, 'custom', '', '', $2, '', 'draft',
                $3, $3, 1, 0
           from json_each($4) as made where true on conflict do nothing",
    )
    .bind(workspace)
    .bind(Json(Vec::<String>::new()))
    .bind(Utc::now())
    .bind(Json(json!(made)))
    .execute()
    .await?;
    let made_here = |row: DocumentRow| {
        let made_here = ids.contains(&row.document_id);
        (row, made_here)
    };
    let rows = by_names(db, workspace, names).await?;
    Ok(rows.into_iter().map(made_here).collect())
}

async fn by_names(db: &Db, workspace: WorkspaceId, names: &[String]) -> sqlx::Result<Vec<DocumentRow>> {
    db.pick(
        "select * from document where workspace_id = $1 and purged_at is null
            and name in (select jsonb_array_elements_text($2))",
        "select * from document where workspace_id = $1 and purged_at is null
            and name in (select value from json_each($2))",
    )
    .bind(workspace)
    .bind(Json(names.to_vec()))
    .all()
    .await
}

/// One document of a workspace, even in the trash, but not a purged one.
pub async fn find(db: &Db, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Option<DocumentRow>> {
    db.query(
        "select * from document where workspace_id = $1 and document_id = $2
            and purged_at is null and purging_at is null",
    )
    .bind(workspace)
    .bind(document)
    .optional()
    .await
}

/// Whether pages inherit the rights that are given on this one.
pub(crate) async fn has_heirs(tx: &mut Tx, page: DocumentId) -> sqlx::Result<bool> {
    let found: Option<(DocumentId,)> =
        tx.query("select document_id from inheritance where ancestor_id = $1 limit 1").bind(page).optional().await?;
    Ok(found.is_some())
}

/// The pages that inherit the rights given on this one, without the page itself.
pub async fn heirs(db: &Db, page: DocumentId) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> =
        db.query("select document_id from inheritance where ancestor_id = $1").bind(page).all().await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// The pages that inherit the rights a space gives.
pub async fn heirs_of_space(db: &Db, space: SpaceId) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> =
        db.query("select document_id from document where space_id = $1 and space_applies").bind(space).all().await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}
