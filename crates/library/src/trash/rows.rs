//! The rows of the trash: moving a page there with those below it, restoring, and purging.

use chrono::{DateTime, Utc};
use database::{Actor, Db, DocumentRow, Query, Tx};
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{AccountId, ActorKind, DocumentId, Event, SpaceId, WorkspaceId};

use crate::tags::rows as tag_rows;
use crate::tree::ranks::Position;
use crate::tree::rows::{Misplaced, Place, lock, move_in, subtree};
use crate::visibility::{Viewer, is_visible};

/// The most pages that one deletion moves to the trash. Each page is an event with a row in the audit log, and all are
/// in one transaction.
pub const MOST_AT_ONCE: usize = 1_000;

/// What happens to the pages below one that is moved to the trash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Children {
    /// The request does not say: if there are pages below, the page is not moved.
    Unsaid,
    /// They move to the trash with the page, and are restored with it.
    Trash,
    /// They move up to the place of the page.
    Keep,
}

/// The outcome of moving a page to the trash.
#[derive(Clone, Debug, PartialEq)]
pub enum Trashed {
    Moved(Box<DocumentRow>),
    /// There are pages below it, and the request does not say what to do with them.
    HasChildren,
    /// The member may not delete all pages below it.
    NotAllowed,
    TooMany,
    NotFound,
}

/// Moves a page to the trash. `viewer` sees the documents to which the member has the admin right.
pub async fn trash(
    db: &Db,
    by: &Actor,
    viewer: &Viewer,
    page: DocumentId,
    children: Children,
) -> sqlx::Result<Trashed> {
    let mut tx = db.begin().await?;
    lock(&mut tx, by.workspace).await?;
    let below: Vec<DocumentId> = live_below(&mut tx, page).await?.into_iter().filter(|below| *below != page).collect();
    match children {
        Children::Unsaid if !below.is_empty() => return Ok(Trashed::HasChildren),
        Children::Trash => {
            if below.len() >= MOST_AT_ONCE {
                return Ok(Trashed::TooMany);
            }
            if hides_one(&mut tx, viewer, &below).await? {
                return Ok(Trashed::NotAllowed);
            }
            for page_below in &below {
                set_trashed(&mut tx, by, *page_below, Some(Utc::now()), Some(page)).await?;
            }
        }
        Children::Keep => {
            if let Err(misplaced) = move_up(&mut tx, by, page).await? {
                tracing::debug!(?misplaced, "the pages below cannot move up");
                return Ok(Trashed::NotFound);
            }
        }
        Children::Unsaid => {}
    }
    let Some(moved) = set_trashed(&mut tx, by, page, Some(Utc::now()), None).await? else {
        return Ok(Trashed::NotFound);
    };
    tx.commit().await?;
    Ok(Trashed::Moved(Box::new(moved)))
}

/// The pages of a subtree that are not in the trash.
async fn live_below(tx: &mut Tx, page: DocumentId) -> sqlx::Result<Vec<DocumentId>> {
    let pages: Vec<DocumentId> = subtree(tx, page).await?.into_iter().map(|(page, _)| page.document_id).collect();
    let live: Vec<(DocumentId,)> = tx
        .pick(
            "select document_id from document where trashed_at is null
                and document_id in (select value::uuid from jsonb_array_elements_text($1) as one (value))",
            "select document_id from document where trashed_at is null
                and document_id in (select unhex(value) from json_each($1))",
        )
        .bind(Json(json!(hex(&pages))))
        .all()
        .await?;
    let live: std::collections::HashSet<DocumentId> = live.into_iter().map(|(page,)| page).collect();
    // Kept in the order of the tree.
    Ok(pages.into_iter().filter(|page| live.contains(page)).collect())
}

/// Whether one of these pages is not among those that the viewer sees.
async fn hides_one(tx: &mut Tx, viewer: &Viewer, pages: &[DocumentId]) -> sqlx::Result<bool> {
    let query = tx.pick(
        concat!(
            "select document_id from document
              where document_id in (select value::uuid from jsonb_array_elements_text($10) as one (value))
                and workspace_id = $1 and ",
            is_visible!("document"),
            " is not true limit 1"
        ),
        concat!(
            // The sign is explained in `Viewer::of_those`.
            "select document_id from document
              where document_id in (select unhex(value) from json_each($10)) and +workspace_id = $1 and ",
            is_visible!("document"),
            " is not true limit 1"
        ),
    );
    let hidden: Option<(DocumentId,)> = viewer.bind(query).bind(Json(json!(hex(pages)))).optional().await?;
    Ok(hidden.is_some())
}

fn hex(pages: &[DocumentId]) -> Vec<String> {
    pages.iter().map(|page| page.0.simple().to_string()).collect()
}

/// Moves the pages directly below a page to that page's level, after it, in their order. If the page does not inherit,
/// the moved pages do not either from now on, so that nobody gains access because a page was deleted.
async fn move_up(tx: &mut Tx, by: &Actor, page: DocumentId) -> sqlx::Result<Result<(), Misplaced>> {
    let place: Option<(Option<SpaceId>, Option<DocumentId>, bool)> = tx
        .query("select space_id, parent_id, inherits from document where workspace_id = $1 and document_id = $2")
        .bind(by.workspace)
        .bind(page)
        .optional()
        .await?;
    let Some((space, parent, inherits)) = place else { return Ok(Err(Misplaced::Missing)) };
    let children: Vec<(DocumentId,)> = tx
        .query(
            "select document_id from document
              where parent_id = $1 and trashed_at is null and purging_at is null and purged_at is null
              order by rank, document_id",
        )
        .bind(page)
        .all()
        .await?;
    let mut last = page;
    for (child,) in children {
        if !inherits {
            stop_inheriting(tx, child).await?;
        }
        let position = if space.is_some() || parent.is_some() { Position::After(last) } else { Position::Last };
        if let Some(Err(misplaced)) = move_in(tx, by, child, Place { space, parent, position }).await? {
            return Ok(Err(misplaced));
        }
        last = child;
    }
    Ok(Ok(()))
}

/// Restores a page, and those that were moved to the trash with it. If the page above is gone, the page goes to the end
/// of the top level of its space, or of `home` if the space is gone too. It inherits from the space only if it did so
/// before.
pub async fn restore(db: &Db, by: &Actor, page: DocumentId, home: SpaceId) -> sqlx::Result<Option<DocumentRow>> {
    let mut tx = db.begin().await?;
    lock(&mut tx, by.workspace).await?;
    let Some(mut restored) = set_trashed(&mut tx, by, page, None, None).await? else { return Ok(None) };
    let with_it: Vec<(DocumentId,)> = tx
        .query(
            "select document_id from document
              where workspace_id = $1 and trashed_with = $2 and trashed_at is not null and purging_at is null",
        )
        .bind(by.workspace)
        .bind(page)
        .all()
        .await?;
    for (below,) in with_it {
        set_trashed(&mut tx, by, below, None, None).await?;
    }
    let has_place = match restored.parent_id {
        None => restored.space_id.is_some(),
        Some(parent) => is_live(&mut tx, parent).await?,
    };
    if !has_place {
        if !restored.space_applies {
            stop_inheriting(&mut tx, page).await?;
        }
        let place = Place { space: Some(restored.space_id.unwrap_or(home)), parent: None, position: Position::Last };
        match move_in(&mut tx, by, page, place).await? {
            Some(Ok(moved)) => restored = moved,
            // Unreachable, because the page was not deeper before. If it happened, the page would stay in the trash.
            Some(Err(_)) | None => return Ok(None),
        }
    }
    tx.commit().await?;
    Ok(Some(restored))
}

/// Used before a move that nobody chose, so that the page does not inherit the rights given at its new place.
async fn stop_inheriting(tx: &mut Tx, page: DocumentId) -> sqlx::Result<()> {
    tx.query("update document set inherits = false where document_id = $1").bind(page).execute().await.map(drop)
}

async fn is_live(tx: &mut Tx, page: DocumentId) -> sqlx::Result<bool> {
    let found: Option<(DocumentId,)> = tx
        .query(
            "select document_id from document
              where document_id = $1 and trashed_at is null and purging_at is null and purged_at is null",
        )
        .bind(page)
        .optional()
        .await?;
    Ok(found.is_some())
}

/// Moves one document to the trash, or out of it.
async fn set_trashed(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    at: Option<DateTime<Utc>>,
    with: Option<DocumentId>,
) -> sqlx::Result<Option<DocumentRow>> {
    let moved = tx
        .query(
            "update document set trashed_at = $3, updated_at = $4, trashed_with = $5, trashed_by = $6, version = version + 1
          where workspace_id = $1 and document_id = $2 and purged_at is null and purging_at is null returning *",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(at)
        .bind(Utc::now())
        .bind(with)
        .bind(at.and_then(|_| account_of(by)))
        .optional()
        .await?;
    if moved.is_some() {
        let event = match at {
            Some(_) => Event::DocumentTrashed { document },
            None => Event::DocumentRestored { document },
        };
        tx.emit(by, event).await?;
    }
    Ok(moved)
}

/// The member who acts, by session or key.
fn account_of(by: &Actor) -> Option<AccountId> {
    by.id.filter(|_| by.kind == ActorKind::Member).map(AccountId)
}

/// A document in the trash that was not moved there with a page above it.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct InTrash {
    #[sqlx(flatten)]
    pub document: DocumentRow,
    /// The name of the member who moved the document to the trash.
    pub by_name: Option<String>,
    /// The number of pages that were moved to the trash with it.
    pub pages: i64,
}

/// The statement of [`list`], for tests of its query plan.
pub const LIST: &str = concat!(
    "select document.*, account.name as by_name,
            (select count(*) from document as child
              where child.trashed_with = document.document_id and child.trashed_at is not null
                and child.purging_at is null and ",
    is_visible!("child"),
    ") as pages
       from document left join account on account.account_id = document.trashed_by
      where document.workspace_id = $1 and document.name is null and trashed_at is not null
        and purging_at is null and purged_at is null and trashed_with is null
        and ($10 or trashed_at < $11 or (trashed_at = $11 and document_id < $12)) and ",
    is_visible!("document"),
    " order by trashed_at desc, document_id desc limit $13"
);

/// Binds the parameters of [`LIST`].
pub fn bound<'q>(
    query: Query<'q>,
    viewer: &Viewer,
    after: Option<(DateTime<Utc>, DocumentId)>,
    limit: i64,
) -> Query<'q> {
    let (at, id) = after.unwrap_or_else(|| (Utc::now(), DocumentId(uuid::Uuid::nil())));
    viewer.bind(query).bind(after.is_none()).bind(at).bind(id).bind(limit)
}

/// Lists a page of the documents in the trash that the viewer sees, the latest first.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    after: Option<(DateTime<Utc>, DocumentId)>,
    limit: i64,
) -> sqlx::Result<Vec<InTrash>> {
    bound(db.query(LIST), viewer, after, limit).all().await
}

/// The pages that were moved to the trash with this one.
pub async fn trashed_with(db: &Db, page: DocumentId) -> sqlx::Result<Vec<DocumentId>> {
    let pages: Vec<(DocumentId,)> = db
        .query(
            "select document_id from document where trashed_with = $1 and trashed_at is not null and purged_at is null",
        )
        .bind(page)
        .all()
        .await?;
    Ok(pages.into_iter().map(|(page,)| page).collect())
}

/// The documents that have been in the trash since before `before`, oldest first.
pub async fn expired(db: &Db, before: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<DocumentRow>> {
    db.query(
        "select * from document
          where trashed_at < $1 and purging_at is null and purged_at is null and name is null
          order by trashed_at limit $2",
    )
    .bind(before)
    .bind(limit)
    .all()
    .await
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

/// Lists the documents whose purge has begun but not ended. Documents that are hidden because they are still being
/// created are left out.
pub async fn purging(db: &Db) -> sqlx::Result<Vec<DocumentId>> {
    let ids: Vec<(DocumentId,)> = db
        .query(
            "select document_id from document where purging_at is not null and purged_at is null
                and document_id not in (select unfinished_document.document_id from unfinished_document)",
        )
        .all()
        .await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Clears the row after the content was deleted. The id stays, so that it is never used again.
pub async fn end_purge(db: &Db, document: DocumentId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let (workspace,): (WorkspaceId,) =
        tx.query("select workspace_id from document where document_id = $1").bind(document).one().await?;
    lock(&mut tx, workspace).await?;
    for gone in [
        "delete from notification where document_id = $1",
        "delete from reading where document_id = $1",
        "delete from approval where document_id = $1",
        "delete from document_grant where document_id = $1",
        "delete from group_grant where document_id = $1",
        "delete from link where document_id = $1",
        "delete from publication where document_id = $1",
        "delete from thread where document_id = $1",
        "delete from revision where document_id = $1",
        "delete from operation where document_id = $1",
        "delete from document_edit where document_id = $1",
        "delete from favourite where document_id = $1",
        "update import set report = '[]', more = 0, tree = '[]'
          where import_id in (select import_id from import_page where document_id = $1)",
        "delete from import_page where document_id = $1",
        "delete from recent where document_id = $1",
        "delete from watch where document_id = $1",
        "delete from document_tag where document_id = $1",
        "delete from document_text where document_id = $1",
        "delete from document_link where from_id = $1 or to_id = $1",
        "delete from event_order where subject = $1",
        "delete from inheritance where document_id = $1 or ancestor_id = $1",
    ] {
        tx.query(gone).bind(document).execute().await?;
    }
    tag_rows::remove_unused(&mut tx, workspace).await?;
    // Answers that are stored for repeated requests contain titles, comments and quotes.
    tx.query("delete from idempotent_answer where path like $1 or body like $1")
        .bind(format!("%{document}%"))
        .execute()
        .await?;
    tx.query(
        "update document set title = '', title_key = '', category = '', description = '', tags = '[]', slug = '', icon = '', open_level = null,
                words = 0, purged_at = $2, version = version + 1
          where document_id = $1",
    )
    .bind(document)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.commit().await
}
