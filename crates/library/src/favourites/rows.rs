//! The rows of favourites.

use chrono::Utc;
use database::{Change, Db};
use serde::Serialize;
use serde_json::json;
use sqlx::types::Json;
use vocabulary::{AccountId, DocumentId, Status, Stored, WorkspaceId};

use crate::visibility::{Viewer, is_visible};

/// The maximum number of favourites. The sidebar shows all of them at once.
pub const MOST: usize = 100;

/// A favourite of the caller.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Favourite {
    pub id: DocumentId,
    pub title: String,
    /// An emoji, or empty.
    pub icon: String,
    pub kind: String,
    #[schema(value_type = String)]
    pub status: Stored<Status>,
}

/// The statement of [`list`], for tests of its query plan.
pub const LIST: &str = concat!(
    "select document.document_id as id, title, icon, kind, status
       from favourite join document on document.document_id = favourite.document_id
      where favourite.account_id = $2 and favourite.workspace_id = $1 and document.workspace_id = $1
        and trashed_at is null and purging_at is null and purged_at is null and ",
    is_visible!("document"),
    " order by favourite.position, favourite.document_id"
);

/// Lists the favourites that their owner may see.
pub async fn list(db: &Db, viewer: &Viewer) -> sqlx::Result<Vec<Favourite>> {
    viewer.bind(db.query(LIST)).all().await
}

/// Adds a favourite, or moves it after another one. Without `after`, it stays where it is, or is added at the end.
/// `false` if there are too many.
pub async fn put(
    db: &Db,
    workspace: WorkspaceId,
    account: AccountId,
    document: DocumentId,
    after: Option<Option<DocumentId>>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    // Locks the person's favourites, so that changes follow one another.
    let _: Option<(AccountId,)> = tx
        .pick(
            "select account_id from membership where workspace_id = $1 and account_id = $2 for no key update",
            "select account_id from membership where workspace_id = $1 and account_id = $2",
        )
        .bind(workspace)
        .bind(account)
        .optional()
        .await?;
    let known: Vec<(DocumentId,)> = tx
        .query(
            "select document_id from favourite where account_id = $1 and workspace_id = $2
              order by position, document_id",
        )
        .bind(account)
        .bind(workspace)
        .all()
        .await?;
    let mut order: Vec<DocumentId> = known.into_iter().map(|(known,)| known).collect();
    let is_new = !order.contains(&document);
    if is_new && order.len() >= MOST {
        return Ok(false);
    }
    let place = match after {
        None if !is_new => return Ok(true),
        None => order.len(),
        Some(after) => {
            order.retain(|known| *known != document);
            // The favourite to follow no longer exists: add it at the end.
            let index = |after| order.iter().position(|known| *known == after).map_or(order.len(), |index| index + 1);
            after.map_or(0, index)
        }
    };
    order.insert(place, document);
    let order: Vec<String> = order.iter().map(|document| document.0.simple().to_string()).collect();
    tx.pick(
        "insert into favourite (account_id, workspace_id, document_id, position, created_at)
         select $1, $2, id::uuid, place, $3 from jsonb_array_elements_text($4) with ordinality as ordered (id, place)
             on conflict (account_id, document_id) do update set position = excluded.position",
        "insert into favourite (account_id, workspace_id, document_id, position, created_at)
         select $1, $2, unhex(value), key + 1, $3 from json_each($4) where true
             on conflict (account_id, document_id) do update set position = excluded.position",
    )
    .bind(account)
    .bind(workspace)
    .bind(Utc::now())
    .bind(Json(json!(order)))
    .execute()
    .await?;
    tx.note(Change::Favourites(account)).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a favourite; `false` if the document is not one.
pub async fn remove(db: &Db, workspace: WorkspaceId, account: AccountId, document: DocumentId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from favourite where account_id = $1 and workspace_id = $2 and document_id = $3")
        .bind(account)
        .bind(workspace)
        .bind(document)
        .execute()
        .await?;
    if removed > 0 {
        tx.note(Change::Favourites(account)).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}
