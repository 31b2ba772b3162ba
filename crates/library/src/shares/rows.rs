//! The rows of grants to members: the level, the person who granted it, and its expiry.

use chrono::{DateTime, Utc};
use database::sort_key::sort_by_name;
use database::{Actor, Db, NewNotification};
use serde::Serialize;
use vocabulary::{AccountId, DocumentId, Event, NotificationKind, Right, Stored, WorkspaceId};

/// A member's grant on a document, as the share dialog shows it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Grant {
    pub account_id: AccountId,
    pub name: String,
    pub email: String,
    pub color: String,
    #[schema(value_type = String)]
    pub level: Stored<Right>,
    pub granted_by: Option<AccountId>,
    pub expires_at: Option<DateTime<Utc>>,
}

pub struct NewGrant {
    pub document: DocumentId,
    pub account: AccountId,
    pub level: Right,
    pub granted_by: AccountId,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Lists every grant on a document, including expired ones.
pub async fn list(db: &Db, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Vec<Grant>> {
    let rows: Vec<Grant> = db
        .query(
            "select account_id, name, email, color, level, granted_by, expires_at
           from document_grant join account using (account_id)
          where workspace_id = $1 and document_id = $2 order by name, account_id",
        )
        .bind(workspace)
        .bind(document)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// Grants a level, or changes the granted level.
pub async fn put(db: &Db, by: &Actor, new: NewGrant) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into document_grant (document_id, account_id, workspace_id, level, granted_by, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (document_id, account_id) do update
            set level = excluded.level, granted_by = excluded.granted_by, expires_at = excluded.expires_at",
    )
    .bind(new.document)
    .bind(new.account)
    .bind(by.workspace)
    .bind(new.level)
    .bind(new.granted_by)
    .bind(new.expires_at)
    .bind(Utc::now())
    .execute()
    .await?;
    let notification = NewNotification {
        kind: NotificationKind::Share,
        must_do: false,
        document: new.document,
        thread: None,
        comment: None,
    };
    tx.notify(by, &[new.account], notification).await?;
    let NewGrant { document, account, level, expires_at, .. } = new;
    tx.emit(by, Event::ShareGranted { document, account, level, expires_at }).await?;
    tx.commit().await
}

/// Revokes a grant; `false` when there was none.
pub async fn remove(db: &Db, by: &Actor, document: DocumentId, account: AccountId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from document_grant where workspace_id = $1 and document_id = $2 and account_id = $3")
        .bind(by.workspace)
        .bind(document)
        .bind(account)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::ShareRevoked { document, account }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}
