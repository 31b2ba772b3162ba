//! Groups of people, with which documents can be shared.

use chrono::Utc;
use serde::Serialize;

use crate::audit::Actor;
use crate::changes::Change;
use crate::sort_key::sort_by_name;
use crate::sql::{Db, Tx};
use vocabulary::{AccountId, Event, GroupId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Group {
    pub group_id: GroupId,
    pub name: String,
    /// The number of members.
    pub members: i64,
}

/// The groups of a workspace, by name.
pub async fn list(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<Group>> {
    let rows: Vec<Group> = db
        .query(
            "select group_id, name, count(account_id) as members
           from people_group left join group_member using (group_id)
          where people_group.workspace_id = $1 group by group_id, name order by name, group_id",
        )
        .bind(workspace)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// One group of a workspace, without a lock; `None` if there is none.
pub async fn name(db: &Db, workspace: WorkspaceId, group: GroupId) -> sqlx::Result<Option<String>> {
    let found: Option<(String,)> = db
        .query("select name from people_group where workspace_id = $1 and group_id = $2")
        .bind(workspace)
        .bind(group)
        .optional()
        .await?;
    Ok(found.map(|(name,)| name))
}

/// Creates a group.
///
/// # Errors
/// A unique violation when there is one of this name.
pub async fn add(db: &Db, by: &Actor, name: &str) -> sqlx::Result<GroupId> {
    let (mut tx, group) = (db.begin().await?, GroupId::new());
    tx.query("insert into people_group (group_id, workspace_id, name, created_at) values ($1, $2, $3, $4)")
        .bind(group)
        .bind(by.workspace)
        .bind(name.to_owned())
        .bind(Utc::now())
        .execute()
        .await?;
    tx.emit(by, Event::GroupCreated { group, name: name.to_owned() }).await?;
    tx.commit().await?;
    Ok(group)
}

/// # Errors
/// A unique violation when there is one of this name.
pub async fn rename(db: &Db, by: &Actor, group: GroupId, name: &str) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let renamed = tx
        .query("update people_group set name = $3 where workspace_id = $1 and group_id = $2")
        .bind(by.workspace)
        .bind(group)
        .bind(name.to_owned())
        .execute()
        .await?;
    if renamed > 0 {
        tx.emit(by, Event::GroupRenamed { group, name: name.to_owned() }).await?;
    }
    tx.commit().await?;
    Ok(renamed > 0)
}

/// Deletes a group and its shares. Returns its members, or `None` if there is no such group.
pub async fn remove(db: &Db, by: &Actor, group: GroupId) -> sqlx::Result<Option<Vec<AccountId>>> {
    let mut tx = db.begin().await?;
    let members: Vec<(AccountId,)> =
        tx.query("select account_id from group_member where group_id = $1").bind(group).all().await?;
    let removed = tx
        .query("delete from people_group where workspace_id = $1 and group_id = $2")
        .bind(by.workspace)
        .bind(group)
        .execute()
        .await?;
    if removed == 0 {
        return Ok(None);
    }
    for (account,) in &members {
        tx.note(Change::Account(*account)).await?;
    }
    tx.emit(by, Event::GroupRemoved { group }).await?;
    tx.commit().await?;
    Ok(Some(members.into_iter().map(|(account,)| account).collect()))
}

/// The members of a group of this workspace.
pub async fn members(db: &Db, workspace: WorkspaceId, group: GroupId) -> sqlx::Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = db
        .query("select account_id from group_member where workspace_id = $1 and group_id = $2 order by account_id")
        .bind(workspace)
        .bind(group)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// Adds a member to a group; `false` if either is not in this workspace.
pub async fn join(db: &Db, by: &Actor, group: GroupId, account: AccountId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let known: Option<(GroupId,)> = tx
        .query(
            "select group_id from people_group join membership using (workspace_id)
              where workspace_id = $1 and group_id = $2 and account_id = $3",
        )
        .bind(by.workspace)
        .bind(group)
        .bind(account)
        .optional()
        .await?;
    if known.is_none() {
        return Ok(false);
    }
    insert_member(&mut tx, by, group, account).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a member from a group; `false` if the member was not in it.
pub async fn leave(db: &Db, by: &Actor, group: GroupId, account: AccountId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let left = tx
        .query("delete from group_member where workspace_id = $1 and group_id = $2 and account_id = $3")
        .bind(by.workspace)
        .bind(group)
        .bind(account)
        .execute()
        .await?;
    if left > 0 {
        tx.emit(by, Event::GroupLeft { group, account }).await?;
    }
    tx.commit().await?;
    Ok(left > 0)
}

pub async fn insert_member(tx: &mut Tx, by: &Actor, group: GroupId, account: AccountId) -> sqlx::Result<()> {
    let put = tx
        .query(
            "insert into group_member (group_id, account_id, workspace_id) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(group)
        .bind(account)
        .bind(by.workspace)
        .execute()
        .await?;
    if put > 0 {
        tx.emit(by, Event::GroupJoined { group, account }).await?;
    }
    Ok(())
}
