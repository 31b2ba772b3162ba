//! The rows of grants to groups.

use chrono::{DateTime, Utc};
use database::sort_key::sort_by_name;
use database::{Actor, Db, NewNotification};
use serde::Serialize;
use vocabulary::{AccountId, DocumentId, Event, GroupId, NotificationKind, Right, Stored, WorkspaceId};

/// A group's grant on a document.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct GroupGrant {
    pub group_id: GroupId,
    pub name: String,
    #[schema(value_type = String)]
    pub level: Stored<Right>,
    pub granted_by: Option<AccountId>,
    pub expires_at: Option<DateTime<Utc>>,
}

pub struct NewGroupGrant {
    pub document: DocumentId,
    pub group: GroupId,
    pub level: Right,
    pub granted_by: AccountId,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Lists every grant to groups on a document, including expired ones.
pub async fn grants(db: &Db, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Vec<GroupGrant>> {
    let rows: Vec<GroupGrant> = db
        .query(
            "select group_id, name, level, granted_by, expires_at
           from group_grant join people_group using (group_id)
          where group_grant.workspace_id = $1 and document_id = $2 order by name, group_id",
        )
        .bind(workspace)
        .bind(document)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// Grants a group a level, or changes its level.
pub async fn put_grant(db: &Db, by: &Actor, new: NewGroupGrant) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into group_grant (document_id, group_id, workspace_id, level, granted_by, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (document_id, group_id) do update
            set level = excluded.level, granted_by = excluded.granted_by, expires_at = excluded.expires_at",
    )
    .bind(new.document)
    .bind(new.group)
    .bind(by.workspace)
    .bind(new.level)
    .bind(new.granted_by)
    .bind(new.expires_at)
    .bind(Utc::now())
    .execute()
    .await?;
    let members: Vec<(AccountId,)> =
        tx.query("select account_id from group_member where group_id = $1").bind(new.group).all().await?;
    let members: Vec<AccountId> = members.into_iter().map(|(account,)| account).collect();
    let notification = NewNotification {
        kind: NotificationKind::Share,
        must_do: false,
        document: new.document,
        thread: None,
        comment: None,
    };
    tx.notify(by, &members, notification).await?;
    let NewGroupGrant { document, group, level, expires_at, .. } = new;
    tx.emit(by, Event::GroupShareGranted { document, group, level, expires_at }).await?;
    tx.commit().await
}

/// Revokes a group's grant; `false` when there was none.
pub async fn remove_grant(db: &Db, by: &Actor, document: DocumentId, group: GroupId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from group_grant where workspace_id = $1 and document_id = $2 and group_id = $3")
        .bind(by.workspace)
        .bind(document)
        .bind(group)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::GroupShareRevoked { document, group }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}
