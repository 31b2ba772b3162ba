//! The rows of watches.

use chrono::Utc;
use database::{Change, Db, Tx};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, NotificationKind, SpaceId, WorkspaceId};

use crate::visibility::{Viewer, is_visible};

/// The maximum number of watches of a member. More would fill an inbox that nobody reads. The limit also bounds the
/// list.
pub const MOST: i64 = 1_000;

/// What somebody watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Document(DocumentId),
    Space(SpaceId),
}

impl Target {
    fn ids(self) -> (Option<DocumentId>, Option<SpaceId>) {
        match self {
            Target::Document(document) => (Some(document), None),
            Target::Space(space) => (None, Some(space)),
        }
    }
}

/// A document or space that the caller watches.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
#[schema(as = WatchedTarget)]
pub struct Watched {
    pub id: Uuid,
    pub title: String,
    /// An emoji, or empty.
    pub icon: String,
}

/// The statement of [`documents`], for tests of its query plan.
pub const DOCUMENTS: &str = concat!(
    "select document.document_id as id, title, icon
       from watch join document on document.document_id = watch.document_id
      where watch.account_id = $2 and watch.workspace_id = $1 and document.workspace_id = $1
        and trashed_at is null and purging_at is null and purged_at is null and ",
    is_visible!("document"),
    " order by title, document.document_id"
);

/// Lists the documents that the viewer watches, and may see.
pub async fn documents(db: &Db, viewer: &Viewer) -> sqlx::Result<Vec<Watched>> {
    viewer.bind(db.query(DOCUMENTS)).all().await
}

/// Lists the spaces that the viewer watches, including those that they may no longer see.
pub async fn spaces(db: &Db, viewer: &Viewer) -> sqlx::Result<Vec<Watched>> {
    db.query(
        "select space.space_id as id, space.name as title, space.icon as icon
           from watch join space on space.space_id = watch.space_id
          where watch.account_id = $2 and watch.workspace_id = $1 and space.workspace_id = $1
          order by name, space.space_id",
    )
    .bind(viewer.workspace)
    .bind(viewer.account)
    .all()
    .await
}

/// Adds a watch; `false` if there are too many. Has no effect if there is one already.
pub async fn add(db: &Db, workspace: WorkspaceId, account: AccountId, target: Target) -> sqlx::Result<bool> {
    let (document, space) = target.ids();
    let mut tx = db.begin().await?;
    let (count,): (i64,) = tx
        .query(
            "select count(*) from watch where workspace_id = $1 and account_id = $2
                and (document_id is null or $3 is null or document_id <> $3)
                and (space_id is null or $4 is null or space_id <> $4)",
        )
        .bind(workspace)
        .bind(account)
        .bind(document)
        .bind(space)
        .one()
        .await?;
    if count >= MOST {
        return Ok(false);
    }
    tx.query(
        "insert into watch (account_id, workspace_id, document_id, space_id, created_at) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
    )
    .bind(account)
    .bind(workspace)
    .bind(document)
    .bind(space)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a watch; `false` if there is none.
pub async fn remove(db: &Db, workspace: WorkspaceId, account: AccountId, target: Target) -> sqlx::Result<bool> {
    let (document, space) = target.ids();
    let removed = db
        .query("delete from watch where account_id = $1 and workspace_id = $2 and (document_id = $3 or space_id = $4)")
        .bind(account)
        .bind(workspace)
        .bind(document)
        .bind(space)
        .execute()
        .await?;
    Ok(removed > 0)
}

/// The people who watch a document, or its space. Whether they may see the document is checked when they read the
/// notification.
pub async fn watchers(tx: &mut Tx, document: DocumentId) -> sqlx::Result<Vec<AccountId>> {
    let found: Vec<(AccountId,)> = tx
        .query(
            "select account_id from watch where document_id = $1
             union
             select account_id from watch join document on document.space_id = watch.space_id
              where document.document_id = $1",
        )
        .bind(document)
        .all()
        .await?;
    Ok(found.into_iter().map(|(account,)| account).collect())
}

/// The people who watch a document, without those who have an unread notification of this kind about it.
pub async fn watchers_without(
    tx: &mut Tx,
    document: DocumentId,
    kind: NotificationKind,
) -> sqlx::Result<Vec<AccountId>> {
    let watchers = watchers(tx, document).await?;
    if watchers.is_empty() {
        return Ok(watchers);
    }
    let told: Vec<(AccountId,)> = tx
        .query("select account_id from notification where document_id = $1 and kind = $2 and read_at is null")
        .bind(document)
        .bind(kind)
        .all()
        .await?;
    Ok(watchers.into_iter().filter(|watcher| !told.iter().any(|(account,)| account == watcher)).collect())
}

/// Marks the person's notification of edits as read, because the person reads the text.
pub async fn note_seen(db: &Db, workspace: WorkspaceId, account: AccountId, document: DocumentId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let read = tx
        .query(
            "update notification set read_at = $4
              where workspace_id = $1 and account_id = $2 and document_id = $3 and kind = $5 and read_at is null",
        )
        .bind(workspace)
        .bind(account)
        .bind(document)
        .bind(Utc::now())
        .bind(NotificationKind::WatchedEdited)
        .execute()
        .await?;
    if read > 0 {
        tx.note(Change::Inbox(account)).await?;
    }
    tx.commit().await
}
