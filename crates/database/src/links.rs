//! Share links, which give their holder access to one document, and the guests who used them.

use chrono::Utc;
use serde::Serialize;
use uuid::Uuid;

use crate::sql::Db;
use vocabulary::{DocumentId, GuestId, WorkspaceId};

/// A guest: a person without an account who used a link.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Guest {
    pub guest_id: GuestId,
    pub name: String,
    pub color: String,
}

/// The guest with this cookie.
pub async fn guest(db: &Db, token_hash: Vec<u8>) -> sqlx::Result<Option<Guest>> {
    db.query("select guest_id, name, color from guest where token_hash = $1").bind(token_hash).optional().await
}

/// The workspace of a document to which a visitor has a valid link, on it or on a page above.
pub async fn workspace_visited(db: &Db, visitor: Uuid, document: DocumentId) -> sqlx::Result<Option<WorkspaceId>> {
    let found: Option<(WorkspaceId,)> = db
        .query(
            "with giver (document_id) as (
                 select document_id from document where document_id = $2
                 union all
                 select ancestor_id from inheritance where document_id = $2)
             select workspace_id from giver join link using (document_id) join link_visitor using (link_id)
              where visitor_id = $1 and (expires_at is null or expires_at > $3) limit 1",
        )
        .bind(visitor)
        .bind(document)
        .bind(Utc::now())
        .optional()
        .await?;
    Ok(found.map(|(workspace,)| workspace))
}
