//! The rows of spaces, of their members and of the groups in them.

use chrono::{DateTime, Utc};
use database::sort_key::sort_by_name;
use database::{Actor, Change, Db, Tx};
use serde::Serialize;
use vocabulary::{AccountId, Event, GroupId, Right, SpaceId, Stored, WorkspaceId};

/// One space's row.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct SpaceRow {
    pub space_id: SpaceId,
    pub workspace_id: WorkspaceId,
    /// Empty for a personal space.
    pub name: String,
    pub icon: String,
    pub description: String,
    /// The member whose personal space it is.
    pub owner_id: Option<AccountId>,
    /// The right of every member of the workspace; `None` for a private space.
    pub open_level: Option<Stored<Right>>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
    /// Counts changes of this row, for ETag and If-Match.
    pub version: i64,
}

/// A member of a space.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct SpaceMember {
    pub account_id: AccountId,
    pub name: String,
    pub email: String,
    pub color: String,
    #[schema(value_type = String)]
    pub level: Stored<Right>,
    pub added_by: Option<AccountId>,
}

/// A group in a space.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct SpaceGroup {
    pub group_id: GroupId,
    pub name: String,
    #[schema(value_type = String)]
    pub level: Stored<Right>,
    pub added_by: Option<AccountId>,
}

pub struct NewSpace {
    pub name: String,
    pub icon: String,
    pub description: String,
    pub open_level: Option<Right>,
    pub created_by: AccountId,
}

/// Lists the spaces of a workspace. Personal ones of other members are not among them.
pub async fn list(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Vec<SpaceRow>> {
    let rows: Vec<SpaceRow> = db
        .query("select * from space where workspace_id = $1 and (owner_id is null or owner_id = $2) order by space_id")
        .bind(workspace)
        .bind(account)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// All spaces of a workspace, for an export of it: id, name, and the name of the owner of a personal one.
pub async fn all(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<(SpaceId, String, String)>> {
    let rows: Vec<(SpaceId, String, String)> = db
        .query(
            "select space_id, space.name as name, coalesce(account.name, '') as owner
               from space left join account on account_id = owner_id where workspace_id = $1 order by space_id",
        )
        .bind(workspace)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.1))
}

pub async fn find(db: &Db, workspace: WorkspaceId, space: SpaceId) -> sqlx::Result<Option<SpaceRow>> {
    db.query("select * from space where workspace_id = $1 and space_id = $2")
        .bind(workspace)
        .bind(space)
        .optional()
        .await
}

/// The levels that an account was given in the spaces of a workspace, by name and through groups.
pub async fn given(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Vec<(SpaceId, Stored<Right>)>> {
    db.query(
        "select space_id, level from space_member where workspace_id = $1 and account_id = $2
         union all
         select space_id, level from space_group join group_member using (group_id)
          where space_group.workspace_id = $1 and account_id = $2",
    )
    .bind(workspace)
    .bind(account)
    .all()
    .await
}

pub async fn count(db: &Db, workspace: WorkspaceId) -> sqlx::Result<i64> {
    let (count,): (i64,) = db
        .query("select count(*) from space where workspace_id = $1 and owner_id is null")
        .bind(workspace)
        .one()
        .await?;
    Ok(count)
}

/// Creates a space, of which the creator becomes a member with every right.
pub async fn add(db: &Db, by: &Actor, new: NewSpace) -> sqlx::Result<SpaceRow> {
    let mut tx = db.begin().await?;
    let row: SpaceRow = tx
        .query(
            "insert into space (space_id, workspace_id, name, icon, description, owner_id, open_level, created_by,
                                created_at, version)
             values ($1, $2, $3, $4, $5, null, $6, $7, $8, 1) returning *",
        )
        .bind(SpaceId::new())
        .bind(by.workspace)
        .bind(new.name)
        .bind(new.icon)
        .bind(new.description)
        .bind(new.open_level)
        .bind(new.created_by)
        .bind(Utc::now())
        .one()
        .await?;
    tx.query(
        "insert into space_member (space_id, account_id, workspace_id, level, added_by, created_at)
         values ($1, $2, $3, 'admin', $2, $4)",
    )
    .bind(row.space_id)
    .bind(new.created_by)
    .bind(by.workspace)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.emit(by, Event::SpaceCreated { space: row.space_id, open_level: new.open_level }).await?;
    tx.commit().await?;
    Ok(row)
}

/// A space, with its members, that is restored from an export.
pub struct RestoredSpace {
    pub name: String,
    pub icon: String,
    pub description: String,
    pub open_level: Option<Right>,
    pub created_by: AccountId,
    pub members: Vec<(AccountId, Right)>,
    pub groups: Vec<(GroupId, Right)>,
}

/// Adds a space with its members, in a transaction.
pub async fn restore(tx: &mut Tx, by: &Actor, new: RestoredSpace) -> sqlx::Result<SpaceId> {
    let (space, now) = (SpaceId::new(), Utc::now());
    tx.query(
        "insert into space (space_id, workspace_id, name, icon, description, owner_id, open_level, created_by,
                            created_at, version)
         values ($1, $2, $3, $4, $5, null, $6, $7, $8, 1)",
    )
    .bind(space)
    .bind(by.workspace)
    .bind(new.name)
    .bind(new.icon)
    .bind(new.description)
    .bind(new.open_level)
    .bind(new.created_by)
    .bind(now)
    .execute()
    .await?;
    for (account, level) in new.members {
        tx.query(
            "insert into space_member (space_id, account_id, workspace_id, level, added_by, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(space)
        .bind(account)
        .bind(by.workspace)
        .bind(level)
        .bind(new.created_by)
        .bind(now)
        .execute()
        .await?;
        tx.note(Change::Account(account)).await?;
    }
    for (group, level) in new.groups {
        tx.query(
            "insert into space_group (space_id, group_id, workspace_id, level, added_by, created_at)
             values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(space)
        .bind(group)
        .bind(by.workspace)
        .bind(level)
        .bind(new.created_by)
        .bind(now)
        .execute()
        .await?;
        note_members(tx, group).await?;
    }
    tx.emit(by, Event::SpaceCreated { space, open_level: new.open_level }).await?;
    Ok(space)
}

/// The personal space of a member, created at its first use.
pub async fn personal(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<SpaceRow> {
    let find = "select * from space where workspace_id = $1 and owner_id = $2";
    if let Some(found) = db.query(find).bind(workspace).bind(account).optional().await? {
        return Ok(found);
    }
    db.query(
        "insert into space (space_id, workspace_id, name, icon, description, owner_id, open_level, created_by,
                            created_at, version)
         values ($1, $2, '', '', '', $3, null, $3, $4, 1) on conflict (workspace_id, owner_id) do nothing",
    )
    .bind(SpaceId::new())
    .bind(workspace)
    .bind(account)
    .bind(Utc::now())
    .execute()
    .await?;
    db.query(find).bind(workspace).bind(account).one().await
}

/// Changes a space if the row still has this version; `None` otherwise.
pub async fn update(
    db: &Db,
    by: &Actor,
    version: i64,
    row: SpaceRow,
    changes: serde_json::Value,
) -> sqlx::Result<Option<SpaceRow>> {
    let mut tx = db.begin().await?;
    let updated = tx
        .query(
            "update space set name = $4, icon = $5, description = $6, open_level = $7, version = version + 1
              where workspace_id = $1 and space_id = $2 and version = $3 returning *",
        )
        .bind(row.workspace_id)
        .bind(row.space_id)
        .bind(version)
        .bind(row.name)
        .bind(row.icon)
        .bind(row.description)
        .bind(row.open_level)
        .optional()
        .await?;
    if updated.is_some() {
        tx.emit(by, Event::SpaceChanged { space: row.space_id, changes }).await?;
    }
    tx.commit().await?;
    Ok(updated)
}

/// Removes a space without pages. `false` if it has pages outside the trash. Pages in the trash lose their place.
pub async fn remove(db: &Db, by: &Actor, space: SpaceId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    crate::tree::rows::lock(&mut tx, by.workspace).await?;
    let (pages,): (i64,) = tx
        .query(
            "select count(*) from document
              where space_id = $1 and trashed_at is null and purging_at is null and purged_at is null",
        )
        .bind(space)
        .one()
        .await?;
    if pages > 0 {
        return Ok(false);
    }
    tx.query("delete from space where workspace_id = $1 and space_id = $2")
        .bind(by.workspace)
        .bind(space)
        .execute()
        .await?;
    tx.emit(by, Event::SpaceRemoved { space }).await?;
    tx.commit().await?;
    Ok(true)
}

pub async fn members(db: &Db, workspace: WorkspaceId, space: SpaceId) -> sqlx::Result<Vec<SpaceMember>> {
    let rows: Vec<SpaceMember> = db
        .query(
            "select account_id, name, email, color, level, added_by
               from space_member join account using (account_id)
              where workspace_id = $1 and space_id = $2 order by account_id",
        )
        .bind(workspace)
        .bind(space)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

pub async fn groups(db: &Db, workspace: WorkspaceId, space: SpaceId) -> sqlx::Result<Vec<SpaceGroup>> {
    let rows: Vec<SpaceGroup> = db
        .query(
            "select group_id, name, level, added_by from space_group join people_group using (group_id)
              where space_group.workspace_id = $1 and space_id = $2 order by group_id",
        )
        .bind(workspace)
        .bind(space)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// Adds a member, or changes the member's level.
pub async fn put_member(
    db: &Db,
    by: &Actor,
    space: SpaceId,
    account: AccountId,
    level: Right,
    added_by: AccountId,
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into space_member (space_id, account_id, workspace_id, level, added_by, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (space_id, account_id) do update set level = excluded.level, added_by = excluded.added_by",
    )
    .bind(space)
    .bind(account)
    .bind(by.workspace)
    .bind(level)
    .bind(added_by)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.emit(by, Event::SpaceGiven { space, account, level }).await?;
    tx.commit().await
}

/// Removes a member; `false` when the account is not a member.
pub async fn remove_member(db: &Db, by: &Actor, space: SpaceId, account: AccountId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from space_member where workspace_id = $1 and space_id = $2 and account_id = $3")
        .bind(by.workspace)
        .bind(space)
        .bind(account)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::SpaceTaken { space, account }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// Adds a group, or changes its level.
pub async fn put_group(
    db: &Db,
    by: &Actor,
    space: SpaceId,
    group: GroupId,
    level: Right,
    added_by: AccountId,
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into space_group (space_id, group_id, workspace_id, level, added_by, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (space_id, group_id) do update set level = excluded.level, added_by = excluded.added_by",
    )
    .bind(space)
    .bind(group)
    .bind(by.workspace)
    .bind(level)
    .bind(added_by)
    .bind(Utc::now())
    .execute()
    .await?;
    note_members(&mut tx, group).await?;
    tx.emit(by, Event::SpaceGivenToGroup { space, group, level }).await?;
    tx.commit().await
}

/// Removes a group; `false` when it is not in the space.
pub async fn remove_group(db: &Db, by: &Actor, space: SpaceId, group: GroupId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from space_group where workspace_id = $1 and space_id = $2 and group_id = $3")
        .bind(by.workspace)
        .bind(space)
        .bind(group)
        .execute()
        .await?;
    if removed > 0 {
        note_members(&mut tx, group).await?;
        tx.emit(by, Event::SpaceTakenFromGroup { space, group }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// Records that the rights of everybody in the group must be checked again.
async fn note_members(tx: &mut Tx, group: GroupId) -> sqlx::Result<()> {
    let members: Vec<(AccountId,)> =
        tx.query("select account_id from group_member where group_id = $1").bind(group).all().await?;
    for (account,) in members {
        tx.note(Change::Account(account)).await?;
    }
    Ok(())
}

/// Gives the documents of earlier versions a place: the personal space of their creator. Documents of creators who are
/// gone stay without one until an admin moves them.
pub async fn place_unplaced(db: &Db) -> sqlx::Result<()> {
    loop {
        let creators: Vec<(WorkspaceId, AccountId)> = db
            .query(
                "select distinct workspace_id, created_by from document join membership using (workspace_id)
                  where space_id is null and parent_id is null and name is null and purged_at is null
                    and trashed_at is null and account_id = created_by limit 200",
            )
            .all()
            .await?;
        if creators.is_empty() {
            return Ok(());
        }
        for (workspace, creator) in creators {
            let space = personal(db, workspace, creator).await?;
            db.query(
                "update document set space_id = $3 where workspace_id = $1 and created_by = $2 and space_id is null
                    and parent_id is null and name is null and purged_at is null and trashed_at is null",
            )
            .bind(workspace)
            .bind(creator)
            .bind(space.space_id)
            .execute()
            .await?;
        }
    }
}
