//! The rows of documents: adding, listing, changing, trashing and purging them.

use crate::edit_events;
use chrono::{DateTime, Utc};
use database::DocumentRow;
use database::{Actor, Db, Query, sort_key::sort_key};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;
use vocabulary::{AccountId, ApprovalId, DocumentId, Event, RevisionId, Right, Sensitivity, WorkspaceId};

/// The number of levels.
const LEVELS: usize = 5;

/// The SQL of one page of a list: the rows after the last row of the previous page, ordered by one key and then by id.
macro_rules! page {
    ($key:literal, $direction:literal, $past:literal, $last:literal) => {
        concat!(
            "select * from document
              where workspace_id = $1 and name is null and purged_at is null and purging_at is null
                and ((trashed_at is not null) = $2)
                and ($3 or created_by = $4 or open_level in ($15, $16, $17, $18, $19)
                     or document_id in
                     (select document_id from document_grant
                       where account_id = $4 and (expires_at is null or expires_at > $5)
                         and level in ($15, $16, $17, $18, $19))
                     or document_id in
                     (select document_id from group_grant join group_member using (group_id)
                       where account_id = $4 and (expires_at is null or expires_at > $5)
                         and level in ($15, $16, $17, $18, $19))
                     or document_id in
                     (select document_id from link join link_visitor using (link_id)
                       where visitor_id = $4 and (expires_at is null or expires_at > $5)
                         and level in ($15, $16, $17, $18, $19)))
                and ($6 = '' or replace(title_key, $6, '') <> title_key)
                and ($7 = '' or kind = $7)
                and ($8 = '' or category = $8)
                and ($9 = '' or status = $9)
                and ($10 = '' or replace(cast(tags as text), $10, '') <> cast(tags as text))
                and ($12 or ",
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
            " $14))
              order by ",
            $key,
            " ",
            $direction,
            ", document_id ",
            $direction,
            " limit $11"
        )
    };
}

/// Creates a document that belongs to its creator.
pub async fn add(db: &Db, by: &Actor, new: NewDocument) -> sqlx::Result<DocumentRow> {
    let mut tx = db.begin().await?;
    let row: DocumentRow = tx
        .query(
            "insert into document (document_id, workspace_id, title, kind, category, description, tags, slug,
                               status, open_level, created_by, created_at, updated_at, version, words, sensitivity,
                               title_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10, $11, $11, 1, 0, $12, $13) returning *",
        )
        .bind(DocumentId::new())
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
        .one()
        .await?;
    edit_events::rows::begin(&mut tx, row.document_id, 0).await?;
    let created = Event::DocumentCreated {
        document: row.document_id,
        kind: row.kind.clone(),
        open_level: row.open_level.clone(),
        sensitivity: row.sensitivity.clone(),
    };
    tx.emit(by, created).await?;
    tx.commit().await?;
    Ok(row)
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
        Order::Updated(Direction::Down, _) => page!("updated_at", "desc", "<", "$13"),
        Order::Updated(Direction::Up, _) => page!("updated_at", "asc", ">", "$13"),
        Order::Created(Direction::Down, _) => page!("created_at", "desc", "<", "$13"),
        Order::Created(Direction::Up, _) => page!("created_at", "asc", ">", "$13"),
        Order::Title(Direction::Down, _) => page!("title_key", "desc", "<", "$13"),
        Order::Title(Direction::Up, _) => page!("title_key", "asc", ">", "$13"),
    }
}

/// Binds the parameters of a list.
pub fn bound<'q>(query: Query<'q>, filter: DocumentFilter) -> Query<'q> {
    let query = query
        .bind(filter.workspace)
        .bind(filter.trashed)
        .bind(filter.sees_all)
        .bind(filter.account)
        .bind(Utc::now())
        .bind(sort_key(&filter.title))
        .bind(filter.kind)
        .bind(filter.category)
        .bind(filter.status)
        // A tag as it is written in the list: letter by letter, with quotes around it.
        .bind(if filter.tag.is_empty() { String::new() } else { json!(filter.tag).to_string() })
        .bind(filter.limit);
    let nobody = DocumentId(Uuid::nil());
    let query: Query<'_> = match filter.order {
        Order::Updated(_, None) | Order::Created(_, None) => query.bind(true).bind(Utc::now()).bind(nobody),
        Order::Updated(_, Some((at, id))) | Order::Created(_, Some((at, id))) => query.bind(false).bind(at).bind(id),
        Order::Title(_, None) => query.bind(true).bind(String::new()).bind(nobody),
        Order::Title(_, Some((title, id))) => query.bind(false).bind(sort_key(&title)).bind(id),
    };
    let mut levels = filter.levels.into_iter();
    (0..LEVELS).fold(query, |query, _| query.bind(levels.next().unwrap_or_default().to_owned()))
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
    let updated = tx
        .query(
            "update document set title = $4, kind = $5, category = $6, description = $7, tags = $8, slug = $9,
                status = $10, open_level = $11, updated_at = $12, sensitivity = $13, title_key = $14,
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
        .optional()
        .await?;
    if updated.is_some() {
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

/// Marks a document in the trash as being purged, which hides it everywhere. `false` when it is not in the trash.
pub async fn begin_purge(db: &Db, by: &Actor, document: DocumentId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let begun = tx
        .query(
            "update document set purging_at = $3, version = version + 1
              where workspace_id = $1 and document_id = $2 and trashed_at is not null and purging_at is null",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(Utc::now())
        .execute()
        .await?;
    if begun > 0 {
        tx.emit(by, Event::DocumentPurged { document }).await?;
    }
    tx.commit().await?;
    Ok(begun > 0)
}

/// Lists the documents whose purge has begun but not ended.
pub async fn purging(db: &Db) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> =
        db.query("select document_id from document where purging_at is not null and purged_at is null").all().await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Clears the row after the content was deleted. The id stays, so that it is never used again.
pub async fn end_purge(db: &Db, document: DocumentId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    for gone in [
        "delete from notification where document_id = $1",
        "delete from reading where document_id = $1",
        "delete from approval where document_id = $1",
        "delete from document_grant where document_id = $1",
        "delete from group_grant where document_id = $1",
        "delete from link where document_id = $1",
        "delete from thread where document_id = $1",
        "delete from revision where document_id = $1",
        "delete from operation where document_id = $1",
        "delete from document_edit where document_id = $1",
        "delete from event_order where subject = $1",
    ] {
        tx.query(gone).bind(document).execute().await?;
    }
    // Answers that are kept for a repeated request contain titles, comments and quotes.
    tx.query("delete from idempotent_answer where path like $1 or body like $1")
        .bind(format!("%{document}%"))
        .execute()
        .await?;
    tx.query(
        "update document set title = '', title_key = '', category = '', description = '', tags = $3, slug = '', open_level = null,
                words = 0, purged_at = $2, version = version + 1
          where document_id = $1",
    )
    .bind(document)
    .bind(Utc::now())
    .bind(Json(Vec::<String>::new()))
    .execute()
    .await?;
    tx.commit().await
}

/// Moves a document to the trash, or out of it.
pub async fn set_trashed(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    at: Option<DateTime<Utc>>,
) -> sqlx::Result<Option<DocumentRow>> {
    let mut tx = db.begin().await?;
    let moved = tx
        .query(
            "update document set trashed_at = $3, updated_at = $4, version = version + 1
          where workspace_id = $1 and document_id = $2 and purged_at is null and purging_at is null returning *",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(at)
        .bind(Utc::now())
        .optional()
        .await?;
    if moved.is_some() {
        let event = match at {
            Some(_) => Event::DocumentTrashed { document },
            None => Event::DocumentRestored { document },
        };
        tx.emit(by, event).await?;
    }
    tx.commit().await?;
    Ok(moved)
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
    pub workspace: WorkspaceId,
    pub account: AccountId,
    /// Whether the caller is an admin, who sees every document of the workspace.
    pub sees_all: bool,
    /// The levels of grants that count. The account's own documents always count.
    pub levels: Vec<&'static str>,
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
