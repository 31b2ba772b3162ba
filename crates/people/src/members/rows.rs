//! The rows of members: changing a role, disabling an account, and removing a member from a workspace.

use chrono::Utc;
use database::{Actor, Db, Tx, sessions};
use vocabulary::{AccountId, Event, Role};

/// A change of a member. Absent fields stay unchanged.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemberChange {
    pub role: Option<Role>,
    pub disabled: Option<bool>,
}

/// Changes a member's role, and disables or enables the account, in one transaction. `false`, and nothing changes, for
/// the owner, for an erased account that would be enabled, and when there is no such member.
pub async fn change(db: &Db, by: &Actor, account: AccountId, change: MemberChange) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    if let Some(role) = change.role
        && !set_role(&mut tx, by, account, role).await?
    {
        return Ok(false);
    }
    if let Some(disabled) = change.disabled
        && !set_disabled(&mut tx, by, account, disabled).await?
    {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

async fn set_role(tx: &mut Tx, by: &Actor, account: AccountId, role: Role) -> sqlx::Result<bool> {
    let set = tx
        .query("update membership set role = $3 where workspace_id = $1 and account_id = $2 and is_owner = false")
        .bind(by.workspace)
        .bind(account)
        .bind(role)
        .execute()
        .await?;
    if set > 0 {
        tx.emit(by, Event::RoleSet { account, role }).await?;
    }
    Ok(set > 0)
}

/// Disabling an account ends its sessions.
async fn set_disabled(tx: &mut Tx, by: &Actor, account: AccountId, disabled: bool) -> sqlx::Result<bool> {
    let set = tx
        .query(
            "update account set disabled_at = $3 where account_id = $2 and erased_at is null and account_id in
             (select account_id from membership where workspace_id = $1)
             and account_id not in (select account_id from membership where is_owner = true)",
        )
        .bind(by.workspace)
        .bind(account)
        .bind(disabled.then(Utc::now))
        .execute()
        .await?;
    if set == 0 {
        return Ok(false);
    }
    if disabled {
        sessions::revoke_all(tx, account, None).await?;
        tx.emit(by, Event::AccountDisabled { account }).await?;
    } else {
        tx.emit(by, Event::AccountEnabled { account }).await?;
    }
    Ok(true)
}

/// Removes a member from a workspace: the grants, groups, keys, notifications and sessions there end. Sessions in other
/// workspaces continue. `false` for the owner, and when there is no such member.
pub async fn remove(db: &Db, by: &Actor, account: AccountId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from membership where workspace_id = $1 and account_id = $2 and is_owner = false")
        .bind(by.workspace)
        .bind(account)
        .execute()
        .await?;
    if removed > 0 {
        for gone in [
            "delete from document_grant where workspace_id = $1 and account_id = $2",
            "delete from group_member where workspace_id = $1 and account_id = $2",
            "delete from space_member where workspace_id = $1 and account_id = $2",
            // The personal space becomes a space of the workspace, so that admins can find its pages.
            "update space set owner_id = null, name = (select name from account where account_id = $2)
              where workspace_id = $1 and owner_id = $2",
            "delete from api_key where workspace_id = $1 and account_id = $2",
            "delete from notification where workspace_id = $1 and account_id = $2",
            "delete from link_visitor where visitor_id = $2 and link_id in (select link_id from link where workspace_id = $1)",
        ] {
            tx.query(gone).bind(by.workspace).bind(account).execute().await?;
        }
        // Otherwise these would continue if the person joined again.
        tx.query(
            "update session set revoked_at = $3 where workspace_id = $1 and account_id = $2 and revoked_at is null",
        )
        .bind(by.workspace)
        .bind(account)
        .bind(Utc::now())
        .execute()
        .await?;
        tx.emit(by, Event::MemberRemoved { account }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}
