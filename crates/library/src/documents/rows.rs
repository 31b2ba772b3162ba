//! The rows of documents: adding, listing, changing, trashing and purging them.

use crate::edit_events;
use crate::tree;
use crate::tree::inheritance::{self, Page};
use crate::tree::rows::{Misplaced, Place, place_new};
use crate::visibility::{Viewer, is_visible};
use chrono::{DateTime, Utc};
use database::DocumentRow;
use database::{Actor, Db, Query, Tx, sort_key::sort_key};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{AccountId, ApprovalId, DocumentId, Event, RevisionId, Right, Sensitivity, WorkspaceId};

/// The SQL of one page of a list: the rows after the last row of the previous page, ordered by one key and then by id.
macro_rules! page {
    ($key:literal, $direction:literal, $past:literal, $last:literal) => {
        concat!(
            "select * from document
              where workspace_id = $1 and name is null and purged_at is null and purging_at is null
                and ((trashed_at is not null) = $10) and ",
            is_visible!("document"),
            " and ($11 = '' or replace(title_key, $11, '') <> title_key)
                and ($12 = '' or kind = $12)
                and ($13 = '' or category = $13)
                and ($14 = '' or status = $14)
                and ($15 = '' or replace(cast(tags as text), $15, '') <> cast(tags as text))
                and ($17 or ",
            $key,
            " ",
            $past,
            " ",
            $last,
            " or (",
            $key,
            " = ",
            $last,
            " and document_id ",
            $past,
            " $19))
              order by ",
            $key,
            " ",
            $direction,
            ", document_id ",
            $direction,
            " limit $16"
        )
    };
}

/// Creates a document that belongs to its creator, if the place is there.
pub async fn add(db: &Db, by: &Actor, new: NewDocument) -> sqlx::Result<Result<DocumentRow, Misplaced>> {
    let mut tx = db.begin().await?;
    let added = insert(&mut tx, by, DocumentId::new(), new).await?;
    if added.is_ok() {
        tx.commit().await?;
    }
    Ok(added)
}

/// The same, in a transaction.
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
    let row: DocumentRow = tx
        .query(
            "insert into document (document_id, workspace_id, title, kind, category, description, tags, slug,
                               status, open_level, created_by, created_at, updated_at, version, words, sensitivity,
                               title_key, space_id, parent_id, rank, icon, inherits)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10, $11, $11, 1, 0, $12, $13, $14, $15, $16, $17, $18)
         returning *",
        )
        .bind(document)
        .bind(by.workspace)
        .bind(new.title.clone())
        .bind(new.kind)
        .bind(new.category)
        .bind(new.description)
        .bind(Json(new.tags))
        .bind(new.slug.unwrap_or_else(|| slug_of(&new.title)))
        .bind(new.open_level)
        .bind(new.created_by)
        .bind(Utc::now())
        .bind(new.sensitivity)
        .bind(sort_key(&new.title))
        .bind(new.place.space)
        .bind(new.place.parent)
        .bind(rank)
        .bind(new.icon)
        .bind(new.inherits)
        .one()
        .await?;
    if new.place.parent.is_some() || !new.inherits {
        let page = Page {
            document_id: document,
            parent_id: row.parent_id,
            inherits: row.inherits,
            open_level: row.open_level.clone(),
        };
        inheritance::store(tx, row.space_id, above, &[page]).await?;
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

/// Lists a page of the documents that an account may see, in the requested order.
pub async fn visible(db: &Db, filter: DocumentFilter) -> sqlx::Result<Vec<DocumentRow>> {
    bound(db.query(statement(&filter.order)), filter).all().await
}

/// The SQL of a list in this order.
pub fn statement(order: &Order) -> &'static str {
    match order {
        Order::Updated(Direction::Down, _) => page!("updated_at", "desc", "<", "$18"),
        Order::Updated(Direction::Up, _) => page!("updated_at", "asc", ">", "$18"),
        Order::Created(Direction::Down, _) => page!("created_at", "desc", "<", "$18"),
        Order::Created(Direction::Up, _) => page!("created_at", "asc", ">", "$18"),
        Order::Title(Direction::Down, _) => page!("title_key", "desc", "<", "$18"),
        Order::Title(Direction::Up, _) => page!("title_key", "asc", ">", "$18"),
    }
}

/// Binds the parameters of a list.
pub fn bound<'q>(query: Query<'q>, filter: DocumentFilter) -> Query<'q> {
    let query = filter
        .viewer
        .bind(query)
        .bind(filter.trashed)
        .bind(sort_key(&filter.title))
        .bind(filter.kind)
        .bind(filter.category)
        .bind(filter.status)
        // A tag as it is written in the list: letter by letter, with quotes around it.
        .bind(if filter.tag.is_empty() { String::new() } else { json!(filter.tag).to_string() })
        .bind(filter.limit);
    let nobody = DocumentId(Uuid::nil());
    match filter.order {
        Order::Updated(_, None) | Order::Created(_, None) => query.bind(true).bind(Utc::now()).bind(nobody),
        Order::Updated(_, Some((at, id))) | Order::Created(_, Some((at, id))) => query.bind(false).bind(at).bind(id),
        Order::Title(_, None) => query.bind(true).bind(String::new()).bind(nobody),
        Order::Title(_, Some((title, id))) => query.bind(false).bind(sort_key(&title)).bind(id),
    }
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

/// Changes metadata if the row still has this version; `None` otherwise.
pub async fn update(
    db: &Db,
    by: &Actor,
    version: i64,
    row: DocumentRow,
    changes: serde_json::Value,
) -> sqlx::Result<Option<DocumentRow>> {
    let mut tx = db.begin().await?;
    let inheritance_changes = ["open_level", "inherits"].iter().any(|field| changes.get(field).is_some());
    if inheritance_changes {
        tree::rows::lock(&mut tx, row.workspace_id).await?;
    }
    let updated: Option<DocumentRow> = tx
        .query(
            "update document set title = $4, kind = $5, category = $6, description = $7, tags = $8, slug = $9,
                status = $10, open_level = $11, updated_at = $12, sensitivity = $13, title_key = $14, icon = $15, inherits = $16,
                version = version + 1
          where workspace_id = $1 and document_id = $2 and version = $3 returning *",
        )
        .bind(row.workspace_id)
        .bind(row.document_id)
        .bind(version)
        .bind(row.title.clone())
        .bind(row.kind)
        .bind(row.category)
        .bind(row.description)
        .bind(row.tags)
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
        tx.emit(by, Event::DocumentChanged { document: row.document_id, changes }).await?;
    }
    tx.commit().await?;
    Ok(updated)
}

/// Stores word counts. They do not count as a change of the row, so its version stays.
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
    /// `None` to derive the slug from the title.
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

/// The sort key of a list, with ties ordered by id, and the end of the previous page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    Updated(Direction, Option<(DateTime<Utc>, DocumentId)>),
    Created(Direction, Option<(DateTime<Utc>, DocumentId)>),
    /// Ignores case.
    Title(Direction, Option<(String, DocumentId)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

/// The filter of a list of documents. Empty texts match all documents.
pub struct DocumentFilter {
    pub viewer: Viewer,
    /// A part of the title, in any case.
    pub title: String,
    pub kind: String,
    pub category: String,
    pub status: String,
    /// One of the document's tags.
    pub tag: String,
    pub trashed: bool,
    pub order: Order,
    pub limit: i64,
}

/// Returns the form of a title for URLs.
pub fn slug_of(title: &str) -> String {
    let dashed: String = title.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    dashed.split('-').filter(|word| !word.is_empty()).take(12).collect::<Vec<_>>().join("-")
}
