//! The rows of documents: adding and changing them.

use crate::edit_events;
use crate::tags::rows as tag_rows;
use crate::tree;
use crate::tree::inheritance::{self, Page};
use crate::tree::rows::{Misplaced, Place, place_new};
use chrono::{DateTime, Utc};
use database::DocumentRow;
use database::{Actor, Db, Tx, sort_key::sort_key};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{AccountId, ApprovalId, DocumentId, Event, RevisionId, Right, Sensitivity, Status, WorkspaceId};

/// Creates a document that belongs to its creator, if the place exists.
pub async fn add(db: &Db, by: &Actor, new: NewDocument) -> sqlx::Result<Result<DocumentRow, Misplaced>> {
    let mut tx = db.begin().await?;
    let added = insert(&mut tx, by, DocumentId::new(), new).await?;
    if added.is_ok() {
        tx.commit().await?;
    }
    Ok(added)
}

/// Does what [`add`] does, in a transaction.
pub(crate) async fn insert(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    new: NewDocument,
) -> sqlx::Result<Result<DocumentRow, Misplaced>> {
    let (above, rank) = match place_new(tx, by.workspace, document, new.place).await? {
        Ok(placed) => placed,
        Err(misplaced) => return Ok(Err(misplaced)),
    };
    let row = write_row(tx, by, document, &new, &rank, History::default()).await?;
    if new.place.parent.is_some() || !new.inherits {
        let page = Page {
            document_id: document,
            parent_id: row.parent_id,
            inherits: row.inherits,
            open_level: row.open_level.clone(),
        };
        inheritance::store(tx, row.space_id, above, &[page]).await?;
    }
    if !new.tags.is_empty() {
        tag_rows::set(tx, by.workspace, document, &new.tags).await?;
    }
    edit_events::rows::begin(tx, row.document_id, 0).await?;
    let created = Event::DocumentCreated {
        document: row.document_id,
        kind: row.kind.clone(),
        open_level: row.open_level.clone(),
        sensitivity: row.sensitivity.clone(),
    };
    tx.emit(by, created).await?;
    Ok(Ok(row))
}

/// The history of a new document that existed before elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct History {
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
    pub words: i64,
    /// The status; a draft if absent.
    pub status: Option<Status>,
    /// Whether it is hidden, like one that is being purged, because it is not complete yet.
    pub is_hidden: bool,
}

/// Adds the row of a document, without rows that refer to it, and without an event.
pub(crate) async fn write_row(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    new: &NewDocument,
    rank: &str,
    history: History,
) -> sqlx::Result<DocumentRow> {
    let (now, History { created_at, updated_at, words, status, is_hidden }) = (Utc::now(), history);
    tx.query(
        "insert into document (document_id, workspace_id, title, kind, category, description, tags, slug,
                           status, open_level, created_by, created_at, updated_at, version, words, sensitivity,
                           title_key, space_id, parent_id, rank, icon, inherits, purging_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $22, $9, $10, $11, $19, 1, $20, $12, $13, $14, $15, $16, $17, $18, $21)
     returning *",
    )
    .bind(document)
    .bind(by.workspace)
    .bind(new.title.clone())
    .bind(new.kind.clone())
    .bind(new.category.clone())
    .bind(new.description.clone())
    .bind(Json(Vec::<String>::new()))
    .bind(new.slug.clone().unwrap_or_else(|| slug_of(&new.title)))
    .bind(new.open_level)
    .bind(new.created_by)
    .bind(created_at.or(updated_at).unwrap_or(now).min(now))
    .bind(new.sensitivity)
    .bind(sort_key(&new.title))
    .bind(new.place.space)
    .bind(new.place.parent)
    .bind(rank.to_owned())
    .bind(new.icon.clone())
    .bind(new.inherits)
    .bind(updated_at.or(created_at).unwrap_or(now).min(now))
    .bind(words)
    .bind(is_hidden.then_some(now))
    .bind(status.unwrap_or(Status::Draft))
    .one()
    .await
}

/// Returns those of these ids that belong to a document, or did once.
pub async fn known(db: &Db, ids: &[DocumentId]) -> sqlx::Result<Vec<DocumentId>> {
    let hex: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    let rows: Vec<(DocumentId,)> = db
        .pick(
            "select document_id from document
              where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))
             union select document_id from unfinished_document
              where document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
            "select document_id from document where document_id in (select unhex(value) from json_each($1))
             union select document_id from unfinished_document
              where document_id in (select unhex(value) from json_each($1))",
        )
        .bind(Json(json!(hex)))
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Finds the oldest document with a title.
pub async fn by_title(db: &Db, workspace: WorkspaceId, title: &str) -> sqlx::Result<Option<DocumentRow>> {
    db.query(
        "select * from document where workspace_id = $1 and title = $2 and trashed_at is null
          order by created_at limit 1",
    )
    .bind(workspace)
    .bind(title.to_owned())
    .optional()
    .await
}

/// The most recently approved revision of a document.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Approved {
    pub approval_id: ApprovalId,
    pub revision_id: RevisionId,
    pub approved_at: DateTime<Utc>,
    /// The last row of the log that the revision holds.
    pub seq: i64,
}

pub async fn approved(db: &Db, document: DocumentId) -> sqlx::Result<Option<Approved>> {
    db.query(
        "select approval_id, revision.revision_id as revision_id, decided_at as approved_at, revision.seq as seq
           from approval join revision on revision.revision_id = approval.revision_id
          where approval.document_id = $1 and state = 'approved' and decided_at is not null
          order by approval_id desc limit 1",
    )
    .bind(document)
    .optional()
    .await
}

/// Changes metadata if the row still has this version; `None` otherwise. Without `tags`, the tags stay unchanged.
pub async fn update(
    db: &Db,
    by: &Actor,
    version: i64,
    row: DocumentRow,
    tags: Option<&[String]>,
    changes: serde_json::Value,
) -> sqlx::Result<Option<DocumentRow>> {
    let mut tx = db.begin().await?;
    let inheritance_changes = ["open_level", "inherits"].iter().any(|field| changes.get(field).is_some());
    // The tree is locked before the row, because other transactions lock in this order.
    if inheritance_changes || tags.is_some() {
        tree::rows::lock(&mut tx, row.workspace_id).await?;
    }
    let updated: Option<DocumentRow> = tx
        .query(
            "update document set title = $4, kind = $5, category = $6, description = $7, slug = $8,
                status = $9, open_level = $10, updated_at = $11, sensitivity = $12, title_key = $13, icon = $14,
                inherits = $15, version = version + 1
          where workspace_id = $1 and document_id = $2 and version = $3 returning *",
        )
        .bind(row.workspace_id)
        .bind(row.document_id)
        .bind(version)
        .bind(row.title.clone())
        .bind(row.kind)
        .bind(row.category)
        .bind(row.description)
        .bind(row.slug)
        .bind(row.status)
        .bind(row.open_level)
        .bind(Utc::now())
        .bind(row.sensitivity)
        .bind(sort_key(&row.title))
        .bind(row.icon)
        .bind(row.inherits)
        .optional()
        .await?;
    if let Some(updated) = &updated {
        if inheritance_changes {
            tree::rows::store_below(&mut tx, updated).await?;
        }
        if let Some(names) = tags {
            tag_rows::set(&mut tx, row.workspace_id, row.document_id, names).await?;
        }
        tx.emit(by, Event::DocumentChanged { document: row.document_id, changes }).await?;
    }
    tx.commit().await?;
    Ok(updated)
}

/// Stores word counts. This does not count as a change of the row, so its version stays the same.
pub async fn set_word_counts(db: &Db, counts: &[(DocumentId, i64)]) -> sqlx::Result<()> {
    let counts: Vec<(String, i64)> =
        counts.iter().map(|(document, words)| (document.0.simple().to_string(), *words)).collect();
    db.pick(
        "update document set words = (counted.value ->> 1)::bigint from jsonb_array_elements($1) as counted (value)
          where document_id = (counted.value ->> 0)::uuid and words <> (counted.value ->> 1)::bigint",
        "update document set words = counted.value ->> 1 from json_each($1) as counted
          where document_id = unhex(counted.value ->> 0) and words <> counted.value ->> 1",
    )
    .bind(Json(json!(counts)))
    .execute()
    .await
    .map(drop)
}

pub struct NewDocument {
    pub title: String,
    /// The slug; `None` to derive it from the title.
    pub slug: Option<String>,
    pub kind: String,
    pub category: String,
    pub description: String,
    pub tags: Vec<String>,
    pub open_level: Option<Right>,
    pub sensitivity: Sensitivity,
    pub created_by: AccountId,
    pub icon: String,
    pub inherits: bool,
    pub place: Place,
}

/// Returns the form of a title for URLs.
pub fn slug_of(title: &str) -> String {
    let dashed: String = title.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    dashed.split('-').filter(|word| !word.is_empty()).take(12).collect::<Vec<_>>().join("-")
}
