//! The rows of links to documents, and of the guests who use them.

use chrono::{DateTime, TimeDelta, Utc};
use database::Guest;
use database::{Actor, Db};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Event, GuestId, LinkId, Right, Stored, WorkspaceId};

/// A link, as seen by the people who share the document. Its URL was shown only once.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Link {
    pub link_id: LinkId,
    /// The right that the link gives: `view`, `comment` or `edit`.
    #[schema(value_type = String)]
    pub level: Stored<Right>,
    pub has_password: bool,
    pub expires_at: Option<DateTime<Utc>>,
    /// The number of times the link was used to enter.
    pub views: i64,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
}

/// A link, as the server sees it when a visitor presents its token.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct OpenLink {
    pub link_id: LinkId,
    pub document_id: DocumentId,
    pub workspace_id: WorkspaceId,
    pub level: Stored<Right>,
    pub password_hash: Option<String>,
    pub title: String,
}

pub struct NewLink {
    pub document: DocumentId,
    pub token_hash: Vec<u8>,
    pub level: Right,
    pub password_hash: Option<String>,
    pub expires_at: Option<DateTime<Utc>>,
    pub created_by: AccountId,
}

/// Lists the links to a document, oldest first.
pub async fn list(db: &Db, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Vec<Link>> {
    db.query(
        "select link_id, level, password_hash is not null as has_password, expires_at, views, created_by, created_at
           from link where workspace_id = $1 and document_id = $2 order by created_at, link_id",
    )
    .bind(workspace)
    .bind(document)
    .all()
    .await
}

/// Creates a link. Only the hash of its token is kept.
pub async fn add(db: &Db, by: &Actor, new: NewLink) -> sqlx::Result<LinkId> {
    let (mut tx, link) = (db.begin().await?, LinkId::new());
    let with_password = new.password_hash.is_some();
    tx.query(
        "insert into link (link_id, document_id, workspace_id, token_hash, level, password_hash, expires_at, views,
                           created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)",
    )
    .bind(link)
    .bind(new.document)
    .bind(by.workspace)
    .bind(new.token_hash)
    .bind(new.level)
    .bind(new.password_hash)
    .bind(new.expires_at)
    .bind(new.created_by)
    .bind(Utc::now())
    .execute()
    .await?;
    let (document, level, expires_at) = (new.document, new.level, new.expires_at);
    tx.emit(by, Event::LinkCreated { document, link, level, expires_at, has_password: with_password }).await?;
    tx.commit().await?;
    Ok(link)
}

/// Removes a link and the access of everyone who entered with it; `false` when there is none.
pub async fn remove(db: &Db, by: &Actor, document: DocumentId, link: LinkId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from link where workspace_id = $1 and document_id = $2 and link_id = $3")
        .bind(by.workspace)
        .bind(document)
        .bind(link)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::LinkRemoved { document, link }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// Finds the valid link for a token, unless its document is in the trash or purged.
pub async fn open(db: &Db, token_hash: Vec<u8>) -> sqlx::Result<Option<OpenLink>> {
    db.query(
        "select link_id, link.document_id, link.workspace_id, level, password_hash, title
           from link join document on document.document_id = link.document_id
          where token_hash = $1 and (expires_at is null or expires_at > $2)
            and trashed_at is null and purging_at is null and purged_at is null",
    )
    .bind(token_hash)
    .bind(Utc::now())
    .optional()
    .await
}

/// Records that a visitor entered with a link.
pub async fn enter(db: &Db, by: &Actor, link: &OpenLink, visitor: Uuid) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("update link set views = views + 1 where link_id = $1").bind(link.link_id).execute().await?;
    tx.query("insert into link_visitor (link_id, visitor_id, created_at) values ($1, $2, $3) on conflict do nothing")
        .bind(link.link_id)
        .bind(visitor)
        .bind(Utc::now())
        .execute()
        .await?;
    tx.emit(by, Event::LinkEntered { document: link.document_id, link: link.link_id }).await?;
    tx.commit().await
}

pub async fn add_guest(db: &Db, token_hash: Vec<u8>, name: &str, color: &str) -> sqlx::Result<Guest> {
    let guest = Guest { guest_id: GuestId::new(), name: name.to_owned(), color: color.to_owned() };
    db.query("insert into guest (guest_id, token_hash, name, color, created_at) values ($1, $2, $3, $4, $5)")
        .bind(guest.guest_id)
        .bind(token_hash)
        .bind(guest.name.clone())
        .bind(guest.color.clone())
        .bind(Utc::now())
        .execute()
        .await?;
    Ok(guest)
}

pub async fn rename_guest(db: &Db, guest: GuestId, name: &str) -> sqlx::Result<()> {
    db.query("update guest set name = $2 where guest_id = $1")
        .bind(guest)
        .bind(name.to_owned())
        .execute()
        .await
        .map(drop)
}

/// How long guests whose links have ended are kept, counted from their first visit.
const GUESTS_FOR: TimeDelta = TimeDelta::days(90);

/// Deletes guests whose links have ended and whose names are shown nowhere, because they wrote no comment and no text.
pub async fn forget_guests(db: &Db, now: DateTime<Utc>) -> sqlx::Result<()> {
    // In tables with an index, one row is looked up for each guest; tables without one are read once for each batch.
    let gone = "delete from guest where created_at < $1
                   and not exists (select 1 from link_visitor where visitor_id = guest_id)
                   and not exists (select 1 from comment where author_id = guest_id)
                   and guest_id not in (select created_by from thread)
                   and guest_id not in (select decided_by from thread where decided_by is not null)
                   and guest_id not in (select person_id from reaction)
                   and guest_id not in (select author_id from revision_author)
                   and guest_id not in (select created_by from revision where created_by is not null)";
    db.delete_in_batches(gone, &[now - GUESTS_FOR]).await.map(drop)
}
