//! Workspaces, their members, and invitations.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::NewAccount;
use crate::audit::Actor;
use crate::sort_key::sort_by_name;
use crate::sql::{Db, Tx};
use vocabulary::{AccountId, Event, Role, Stored, WorkspaceId};

/// A member, as other members see them.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Member {
    pub account_id: AccountId,
    pub email: String,
    pub name: String,
    pub color: String,
    #[schema(value_type = String)]
    pub role: Stored<Role>,
    pub is_owner: bool,
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Invite {
    pub invite_id: Uuid,
    pub workspace_id: WorkspaceId,
    pub role: Stored<Role>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// A person who accepts an invitation.
pub enum Joiner {
    New(NewAccount),
    /// An account of this instance, which joins another workspace.
    Known(AccountId),
}

/// A workspace, as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Membership {
    pub workspace_id: WorkspaceId,
    pub name: String,
    #[schema(value_type = String)]
    pub role: Stored<Role>,
    pub is_owner: bool,
}

/// How long an invitation is valid.
const INVITE_LASTS: Duration = Duration::days(7);

/// Creates the first account and its workspace, of which it is the owner, in one transaction.
///
/// # Errors
/// A unique violation when another account was created first.
pub async fn found_workspace(db: &Db, by: &Actor, workspace: &str, owner: NewAccount) -> sqlx::Result<Member> {
    let mut tx = db.begin().await?;
    let workspace_id = WorkspaceId::new();
    tx.query("insert into workspace (workspace_id, name, created_at) values ($1, $2, $3)")
        .bind(workspace_id)
        .bind(workspace.to_owned())
        .bind(Utc::now())
        .execute()
        .await?;
    let member = insert_member(&mut tx, workspace_id, owner, Role::Admin.into(), true).await?;
    let by = by.known_as(workspace_id, member.account_id);
    tx.emit(&by, Event::WorkspaceCreated { workspace: workspace_id }).await?;
    tx.commit().await?;
    Ok(member)
}

/// The workspaces of an account, oldest first.
pub async fn workspaces_of(db: &Db, account: AccountId) -> sqlx::Result<Vec<WorkspaceId>> {
    let rows: Vec<(WorkspaceId,)> = db
        .query("select workspace_id from membership where account_id = $1 order by created_at")
        .bind(account)
        .all()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// One member of a workspace, unless the account is disabled.
pub async fn find(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Option<Member>> {
    db.query(
        "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
          where workspace_id = $1 and account_id = $2 and disabled_at is null",
    )
    .bind(workspace)
    .bind(account)
    .optional()
    .await
}

/// One member of a workspace, disabled or not, who is in no other workspace, so that this workspace may decide on the
/// whole account.
pub async fn member_of_this_alone(db: &Db, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Option<Member>> {
    db.query(
        "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
          where workspace_id = $1 and account_id = $2 and account_id not in
                (select account_id from membership where workspace_id <> $1)",
    )
    .bind(workspace)
    .bind(account)
    .optional()
    .await
}

/// The members of a workspace whose accounts are disabled, by name.
pub async fn disabled(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<Member>> {
    let rows: Vec<Member> = db
        .query(
            "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
          where workspace_id = $1 and disabled_at is not null order by name, account_id",
        )
        .bind(workspace)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// All members of a workspace, by name.
pub async fn list(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<Member>> {
    let rows: Vec<Member> = db
        .query(
            "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
          where workspace_id = $1 and disabled_at is null order by name, account_id",
        )
        .bind(workspace)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// Creates an invitation; only the hash of its token is stored. If there is an unused invitation for the address, its
/// token is replaced.
pub async fn add_invite(
    db: &Db,
    by: &Actor,
    invite: Uuid,
    role: Stored<Role>,
    invited_by: AccountId,
    token_hash: Vec<u8>,
) -> sqlx::Result<DateTime<Utc>> {
    let expires_at = Utc::now() + INVITE_LASTS;
    let mut tx = db.begin().await?;
    let known: Option<(Uuid,)> =
        tx.query("select invite_id from invite where invite_id = $1").bind(invite).optional().await?;
    tx.query(
        "insert into invite (invite_id, token_hash, workspace_id, role, invited_by, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (invite_id) do update set token_hash = excluded.token_hash where invite.used_at is null",
    )
    .bind(invite)
    .bind(token_hash)
    .bind(by.workspace)
    .bind(role.clone())
    .bind(invited_by)
    .bind(expires_at)
    .bind(Utc::now())
    .execute()
    .await?;
    if known.is_none() {
        tx.emit(by, Event::InvitationCreated { invitation: invite, role }).await?;
    }
    tx.commit().await?;
    Ok(expires_at)
}

/// An invitation that nobody has used, as managers see it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct OpenInvitation {
    pub invite_id: Uuid,
    #[schema(value_type = String)]
    pub role: Stored<Role>,
    /// The name of its sender.
    pub invited_by: String,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Lists the invitations of a workspace that can still be used, newest first.
pub async fn open_invites(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<OpenInvitation>> {
    db.query(
        "select invite_id, invite.role as role, account.name as invited_by, invite.created_at as created_at, expires_at
           from invite join account on account_id = invited_by
          where workspace_id = $1 and used_at is null and expires_at > $2
          order by invite.created_at desc, invite_id",
    )
    .bind(workspace)
    .bind(Utc::now())
    .all()
    .await
}

/// Removes an invitation that nobody has used; `false` when there is none, or its role is above `most`.
pub async fn revoke_invite(db: &Db, by: &Actor, invite: Uuid, most: Role) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let found: Option<(Stored<Role>,)> = tx
        .query("select role from invite where workspace_id = $1 and invite_id = $2 and used_at is null")
        .bind(by.workspace)
        .bind(invite)
        .optional()
        .await?;
    // A role that this version does not know may be a higher one.
    if found.is_none_or(|(role,)| role.known().is_none_or(|role| role > most)) {
        return Ok(false);
    }
    let removed = tx
        .query("delete from invite where workspace_id = $1 and invite_id = $2 and used_at is null")
        .bind(by.workspace)
        .bind(invite)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::InvitationRevoked { invitation: invite }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// What the holder of an invitation sees before accepting it.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct InvitationPreview {
    /// The name of the workspace.
    pub workspace: String,
    /// The name of the sender.
    pub invited_by: String,
}

/// Finds an invitation that can still be used; `None` otherwise.
pub async fn look_at_invite(db: &Db, token_hash: Vec<u8>) -> sqlx::Result<Option<InvitationPreview>> {
    db.query(
        "select workspace.name as workspace, account.name as invited_by
           from invite join workspace using (workspace_id) join account on account_id = invited_by
          where token_hash = $1 and used_at is null and expires_at > $2",
    )
    .bind(token_hash)
    .bind(Utc::now())
    .optional()
    .await
}

/// Renames a workspace.
pub async fn rename_workspace(db: &Db, by: &Actor, name: &str) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("update workspace set name = $2 where workspace_id = $1")
        .bind(by.workspace)
        .bind(name.to_owned())
        .execute()
        .await?;
    tx.emit(by, Event::WorkspaceRenamed { workspace: by.workspace }).await?;
    tx.commit().await
}

/// Creates the account of an invitation. `None` if the invitation was used or has expired.
///
/// # Errors
/// A unique violation when the address has an account.
pub async fn accept_invite(
    db: &Db,
    by: &Actor,
    token_hash: Vec<u8>,
    joiner: Joiner,
) -> sqlx::Result<Option<(WorkspaceId, AccountId)>> {
    let mut tx = db.begin().await?;
    let now = Utc::now();
    let invite: Option<Invite> = tx
        .query(
            "update invite set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
             returning invite_id, workspace_id, role, expires_at, used_at",
        )
        .bind(token_hash)
        .bind(now)
        .optional()
        .await?;
    let Some(invite) = invite else { return Ok(None) };
    let workspace = invite.workspace_id;
    let account = match joiner {
        Joiner::New(new) => insert_member(&mut tx, workspace, new, invite.role.clone(), false).await?.account_id,
        Joiner::Known(account) => {
            insert_membership(&mut tx, workspace, account, invite.role.clone(), false).await?;
            account
        }
    };
    let joined = Event::MemberJoined { account, invitation: invite.invite_id, role: invite.role };
    tx.emit(&by.known_as(workspace, account), joined).await?;
    tx.commit().await?;
    Ok(Some((workspace, account)))
}

/// Creates another workspace on this instance, owned by an existing account.
pub async fn add_workspace(db: &Db, by: &Actor, name: &str, owner: AccountId) -> sqlx::Result<WorkspaceId> {
    let (mut tx, workspace) = (db.begin().await?, WorkspaceId::new());
    tx.query("insert into workspace (workspace_id, name, created_at) values ($1, $2, $3)")
        .bind(workspace)
        .bind(name.to_owned())
        .bind(Utc::now())
        .execute()
        .await?;
    insert_membership(&mut tx, workspace, owner, Role::Admin.into(), true).await?;
    let by = by.known_as(workspace, owner);
    tx.emit(&by, Event::WorkspaceCreated { workspace }).await?;
    tx.commit().await?;
    Ok(workspace)
}

/// The workspaces that an account is a member of, by name.
pub async fn memberships(db: &Db, account: AccountId) -> sqlx::Result<Vec<Membership>> {
    let rows: Vec<Membership> = db
        .query(
            "select workspace_id, name, role, is_owner from membership join workspace using (workspace_id)
          where account_id = $1 order by name, workspace_id",
        )
        .bind(account)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// The oldest workspace that people sign in to. Actions that concern no workspace are recorded there.
pub async fn first_workspace(db: &Db) -> sqlx::Result<Option<WorkspaceId>> {
    let first: Option<(WorkspaceId,)> = db
        .query("select workspace_id from workspace where headless_key is null order by created_at limit 1")
        .optional()
        .await?;
    Ok(first.map(|(id,)| id))
}

pub async fn insert_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    new: NewAccount,
    role: Stored<Role>,
    is_owner: bool,
) -> sqlx::Result<Member> {
    let account_id = AccountId::new();
    let NewAccount { email, name, color, password_hash } = new;
    let email = email.to_lowercase();
    tx.query(
        "insert into account (account_id, email, name, color, password_hash, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(account_id)
    .bind(email.clone())
    .bind(name.clone())
    .bind(color.clone())
    .bind(password_hash)
    .bind(Utc::now())
    .execute()
    .await?;
    insert_membership(tx, workspace, account_id, role.clone(), is_owner).await?;
    Ok(Member { account_id, email, name, color, role, is_owner })
}

async fn insert_membership(
    tx: &mut Tx,
    workspace: WorkspaceId,
    account: AccountId,
    role: Stored<Role>,
    is_owner: bool,
) -> sqlx::Result<()> {
    tx.query(
        "insert into membership (workspace_id, account_id, role, is_owner, created_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(workspace)
    .bind(account)
    .bind(role)
    .bind(is_owner)
    .bind(Utc::now())
    .execute()
    .await
    .map(drop)
}

/// Deletes invitations that expired a month ago.
pub async fn forget_invitations(db: &Db, now: DateTime<Utc>) -> sqlx::Result<()> {
    db.delete_in_batches("delete from invite where expires_at < $1", &[now - Duration::days(30)]).await.map(drop)
}
