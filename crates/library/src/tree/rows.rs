//! The rows of the tree: levels, paths, moves. `inheritance` computes the rights that follow from a place, `ranks` the
//! position of a page among its siblings.

use chrono::{DateTime, Utc};
use database::{Actor, Db, DocumentRow, Tx};
use serde::Serialize;
use vocabulary::{DocumentId, Event, SpaceId, Status, Stored, WorkspaceId};

use super::inheritance::{Inherited, Page, passed_on_by, store};
use super::ranks::{Position, rank_at};
use crate::visibility::{Viewer, is_visible};

/// The deepest level of a page, counted from 1. This bounds what a page inherits.
pub const DEEPEST: usize = 20;

/// A place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub space: Option<SpaceId>,
    pub parent: Option<DocumentId>,
    pub position: Position,
}

/// Why a page cannot have a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplaced {
    /// The page above, or the sibling, does not exist (any more).
    Missing,
    /// The page above is in the trash.
    InTrash,
    /// The page would be below itself.
    Cycle,
    /// The page, or one below it, would be deeper than [`DEEPEST`].
    TooDeep,
}

/// A page in a level of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct PageOfTree {
    pub id: DocumentId,
    pub parent_id: Option<DocumentId>,
    pub title: String,
    /// An emoji, or empty.
    pub icon: String,
    pub kind: String,
    #[schema(value_type = String)]
    pub status: Stored<Status>,
    /// Whether there are pages below it that the caller may see.
    pub has_children: bool,
    pub updated_at: DateTime<Utc>,
    #[serde(skip)]
    pub rank: String,
}

/// A page on the path to another one.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct PageAbove {
    pub id: DocumentId,
    pub title: String,
    pub icon: String,
}

/// A page of a subtree.
#[derive(sqlx::FromRow)]
struct PageBelow {
    #[sqlx(flatten)]
    page: Page,
    /// 0 for the root.
    depth: i64,
}

/// A page below which others may be placed.
#[derive(sqlx::FromRow)]
struct PageToCome {
    #[sqlx(flatten)]
    page: Page,
    trashed_at: Option<DateTime<Utc>>,
}

/// Locks the tree of a workspace until the end of the transaction, so that changes of places, and of what follows from
/// them, are made one after the other. On SQLite, there is only one writing transaction at a time anyway.
pub(crate) async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    let _: Option<(WorkspaceId,)> = tx
        .pick(
            "select workspace_id from workspace where workspace_id = $1 for no key update",
            "select workspace_id from workspace where workspace_id = $1",
        )
        .bind(workspace)
        .optional()
        .await?;
    Ok(())
}

/// The pages of a subtree that are not purged, with the root first, and each page after its parent.
pub(crate) async fn subtree(tx: &mut Tx, root: DocumentId) -> sqlx::Result<Vec<(Page, i64)>> {
    // `union` removes pages that were already found, so that even a cycle would end.
    let rows: Vec<PageBelow> = tx
        .query(
            "with recursive below (document_id, depth) as (
                 select document_id, cast(0 as bigint) from document where document_id = $1
                 union
                 select document.document_id, depth + 1 from document join below on parent_id = below.document_id
                  where purged_at is null and purging_at is null and depth < 100)
             select document_id, parent_id, inherits, open_level, depth from document join below using (document_id)
              order by depth, document_id",
        )
        .bind(root)
        .all()
        .await?;
    Ok(rows.into_iter().map(|below| (below.page, below.depth)).collect())
}

/// A page with its place, for copies and exports.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct PageInTree {
    pub id: DocumentId,
    pub parent_id: Option<DocumentId>,
    pub title: String,
}

/// What is copied or exported.
#[derive(Clone, Copy, Debug)]
pub enum Root {
    /// A page with the pages below it.
    Page(DocumentId),
    Space(SpaceId),
}

/// The pages of a space, or a page with those below it, as far as the viewer may see them, in the order of the tree.
/// Each page comes after its parent.
pub async fn visible_pages(db: &Db, viewer: &Viewer, root: Root, limit: i64) -> sqlx::Result<Vec<PageInTree>> {
    let (page, space) = match root {
        Root::Page(page) => (Some(page), None),
        Root::Space(space) => (None, Some(space)),
    };
    let query = db.query(concat!(
        "with recursive below (document_id, depth) as (
             select document_id, cast(0 as bigint) from document
              where document_id = $10 or (space_id = $11 and parent_id is null)
             union
             select document.document_id, depth + 1 from document join below on parent_id = below.document_id
              where purged_at is null and purging_at is null and trashed_at is null and depth < 100)
         select document_id as id, parent_id, title from document join below using (document_id)
          where workspace_id = $1 and name is null and trashed_at is null and purging_at is null and purged_at is null
            and ",
        is_visible!("document"),
        " order by depth, rank, document_id limit $12"
    ));
    viewer.bind(query).bind(page).bind(space).bind(limit).all().await
}

/// The pages from the top of the space down to this page. The query goes upwards, so it ends at a parent that is gone.
async fn line_above(tx: &mut Tx, page: DocumentId) -> sqlx::Result<Vec<DocumentId>> {
    let rows: Vec<(DocumentId, i64)> = tx
        .query(
            "with recursive above (document_id, parent_id, depth) as (
                 select document_id, parent_id, cast(0 as bigint) from document where document_id = $1
                 union
                 select document.document_id, document.parent_id, depth + 1
                   from document join above on document.document_id = above.parent_id where depth < 100)
             select document_id, depth from above order by depth desc",
        )
        .bind(page)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(page, _)| page).collect())
}

/// How many pages are above a page.
pub async fn depth(db: &Db, page: DocumentId) -> sqlx::Result<usize> {
    let mut tx = db.begin().await?;
    Ok(line_above(&mut tx, page).await?.len().saturating_sub(1))
}

/// What a new page inherits at a place, and its rank there. Locks the tree if the place has a parent.
pub(crate) async fn place_new(
    tx: &mut Tx,
    workspace: WorkspaceId,
    page: DocumentId,
    place: Place,
) -> sqlx::Result<Result<(Inherited, String), Misplaced>> {
    let above = match place.parent {
        None => Inherited::at_the_top(),
        Some(parent) => {
            lock(tx, workspace).await?;
            match parent_for(tx, workspace, parent).await? {
                Err(misplaced) => return Ok(Err(misplaced)),
                Ok(parent) if line_above(tx, parent.document_id).await?.len() >= DEEPEST => {
                    return Ok(Err(Misplaced::TooDeep));
                }
                Ok(parent) => passed_on_by(tx, &parent).await?,
            }
        }
    };
    match rank_at(tx, place.space, place.parent, place.position, page).await? {
        None => Ok(Err(Misplaced::Missing)),
        Some(rank) => Ok(Ok((above, rank))),
    }
}

/// Whether a space exists and contains the parent, if there is one.
pub(crate) async fn is_at(tx: &mut Tx, workspace: WorkspaceId, place: Place) -> sqlx::Result<bool> {
    let query = match place.parent {
        Some(_) => {
            tx.query("select document_id from document where workspace_id = $1 and space_id = $2 and document_id = $3")
        }
        None => tx.query("select space_id from space where workspace_id = $1 and space_id = $2 and $3 is null"),
    };
    let found: Option<(uuid::Uuid,)> = query.bind(workspace).bind(place.space).bind(place.parent).optional().await?;
    Ok(found.is_some())
}

async fn parent_for(tx: &mut Tx, workspace: WorkspaceId, parent: DocumentId) -> sqlx::Result<Result<Page, Misplaced>> {
    let found: Option<PageToCome> = tx
        .query(
            "select document_id, parent_id, inherits, open_level, trashed_at from document
              where workspace_id = $1 and document_id = $2 and purged_at is null and purging_at is null",
        )
        .bind(workspace)
        .bind(parent)
        .optional()
        .await?;
    Ok(match found {
        None => Err(Misplaced::Missing),
        Some(above) if above.trashed_at.is_some() => Err(Misplaced::InTrash),
        Some(above) => Ok(above.page),
    })
}

/// Moves a page with everything below it. `None` if the page does not exist.
pub async fn move_page(
    db: &Db,
    by: &Actor,
    page: DocumentId,
    place: Place,
) -> sqlx::Result<Option<Result<DocumentRow, Misplaced>>> {
    let mut tx = db.begin().await?;
    lock(&mut tx, by.workspace).await?;
    let outcome = move_in(&mut tx, by, page, place).await?;
    if let Some(Ok(_)) = outcome {
        tx.commit().await?;
    }
    Ok(outcome)
}

/// Moves a page within a transaction that has locked the tree.
pub(crate) async fn move_in(
    tx: &mut Tx,
    by: &Actor,
    page: DocumentId,
    place: Place,
) -> sqlx::Result<Option<Result<DocumentRow, Misplaced>>> {
    let pages = subtree(tx, page).await?;
    let height = pages.iter().map(|(_, depth)| *depth as usize + 1).max().unwrap_or_default();
    let above = match place.parent {
        None if height > DEEPEST => return Ok(Some(Err(Misplaced::TooDeep))),
        None => Inherited::at_the_top(),
        Some(parent) => {
            let line = line_above(tx, parent).await?;
            if line.contains(&page) {
                return Ok(Some(Err(Misplaced::Cycle)));
            }
            if line.len() + height > DEEPEST {
                return Ok(Some(Err(Misplaced::TooDeep)));
            }
            match parent_for(tx, by.workspace, parent).await? {
                Err(misplaced) => return Ok(Some(Err(misplaced))),
                Ok(parent) => passed_on_by(tx, &parent).await?,
            }
        }
    };
    let Some(rank) = rank_at(tx, place.space, place.parent, place.position, page).await? else {
        return Ok(Some(Err(Misplaced::Missing)));
    };
    let moved: Option<DocumentRow> = tx
        .query(
            "update document set space_id = $3, parent_id = $4, rank = $5, version = version + 1
              where workspace_id = $1 and document_id = $2 and purged_at is null and purging_at is null returning *",
        )
        .bind(by.workspace)
        .bind(page)
        .bind(place.space)
        .bind(place.parent)
        .bind(rank)
        .optional()
        .await?;
    let Some(moved) = moved else { return Ok(None) };
    let pages: Vec<Page> = pages.into_iter().map(|(page, _)| page).collect();
    store(tx, place.space, above, &pages).await?;
    let (space, parent, below) = (place.space, place.parent, pages.len().saturating_sub(1));
    tx.emit(by, Event::DocumentMoved { document: page, space, parent, pages: below }).await?;
    Ok(Some(Ok(moved)))
}

/// Computes and stores again what the pages below inherit, after the open level of a page, or what it inherits, has
/// changed. The caller has locked the tree.
pub(crate) async fn store_below(tx: &mut Tx, page: &DocumentRow) -> sqlx::Result<()> {
    let pages: Vec<Page> = subtree(tx, page.document_id).await?.into_iter().map(|(page, _)| page).collect();
    let above = match page.parent_id {
        None => Inherited::at_the_top(),
        Some(parent) => match parent_for(tx, page.workspace_id, parent).await? {
            Ok(parent) => passed_on_by(tx, &parent).await?,
            // The page above is gone or in the trash, so a restored page would go to the top level.
            Err(_) => Inherited::at_the_top(),
        },
    };
    store(tx, page.space_id, above, &pages).await
}

macro_rules! level {
    ($parent:literal) => {
        concat!(
            // The page of rows is read first, in the order of its index, so that both engines look only for the
            // children of these rows.
            "select page.*, exists (select 1 from document as child
                                     where child.parent_id = page.id and child.trashed_at is null
                                       and child.purging_at is null and ($15 or child.status <> 'archived') and ",
            is_visible!("child"),
            ") as has_children
               from (select document_id as id, parent_id, title, icon, kind, status, updated_at, rank
                       from document
                      where workspace_id = $1 and space_id = $10 and name is null and trashed_at is null
                        and purging_at is null and purged_at is null and ",
            $parent,
            " and ($15 or status <> 'archived') and (rank, document_id) > ($12, $13) and ",
            is_visible!("document"),
            " order by parent_id, rank, document_id limit $14) as page
              order by rank, id"
        )
    };
}

/// Reads a page of one level of the tree of a space: what the member may see below a parent, or at the top. A page
/// below one that the member may not see, or below an archived one (unless `archived` is set), is in no level. Such
/// pages are found by search and in the lists of documents.
pub async fn level(
    db: &Db,
    viewer: &Viewer,
    space: SpaceId,
    parent: Option<DocumentId>,
    archived: bool,
    after: Option<(String, DocumentId)>,
    limit: i64,
) -> sqlx::Result<Vec<PageOfTree>> {
    let query = match parent {
        Some(_) => db.query(level!("parent_id = $11")),
        None => db.query(level!("parent_id is null and $11 is null")),
    };
    // Only pages that are older than spaces have an empty rank.
    let (rank, id) = after.unwrap_or_else(|| (String::new(), DocumentId(uuid::Uuid::nil())));
    viewer.bind(query).bind(space).bind(parent).bind(rank).bind(id).bind(limit).bind(archived).all().await
}

/// Reads the pages above one, from the top of the space downwards, as far as the member may see them.
pub async fn path(db: &Db, viewer: &Viewer, page: DocumentId) -> sqlx::Result<Vec<PageAbove>> {
    let query = db.query(concat!(
        "with recursive above (above_id, next_id, depth) as (
             select document_id, parent_id, 0 from document where document_id = $10
             union
             select document.document_id, document.parent_id, depth + 1
               from document join above on document.document_id = next_id where depth < 100)
         select document_id as id, title, icon from document join above on document_id = above_id
          where depth > 0 and workspace_id = $1 and trashed_at is null and ",
        is_visible!("document"),
        " order by depth desc"
    ));
    viewer.bind(query).bind(page).all().await
}
