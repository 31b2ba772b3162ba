//! People, their memberships, and the invitations that make them.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::events::Change;
use crate::ids::{AccountId, SessionId, WorkspaceId};
use crate::sql::{Db, Tx};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Account {
    pub account_id: AccountId,
    /// Lower case; unique on this instance.
    pub email: String,
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// argon2id, in PHC form.
    pub password_hash: String,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// A person as colleagues see them.
#[derive(Clone, Debug, PartialEq, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Member {
    pub account_id: AccountId,
    pub email: String,
    pub name: String,
    pub color: String,
    pub role: String,
    pub is_owner: bool,
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Invite {
    pub invite_id: Uuid,
    pub workspace_id: WorkspaceId,
    pub role: String,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

pub struct NewAccount {
    pub email: String,
    pub name: String,
    pub color: String,
    pub password_hash: String,
}

/// An invitation is used within a week or made again.
const INVITE_LASTS: Duration = Duration::days(7);

impl Db {
    /// Whether nobody has an account yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_new(&self) -> sqlx::Result<bool> {
        let first: Option<(AccountId,)> = self.query("select account_id from account limit 1").optional().await?;
        Ok(first.is_none())
    }

    /// The first account, its workspace, and its ownership of it, in one transaction.
    ///
    /// # Errors
    /// A unique violation when somebody was first.
    pub async fn found_workspace(&self, workspace: &str, owner: NewAccount) -> sqlx::Result<Member> {
        let mut tx = self.begin().await?;
        let workspace_id = WorkspaceId::new();
        tx.query("insert into workspace (workspace_id, name, created_at) values ($1, $2, $3)")
            .bind(workspace_id)
            .bind(workspace.to_owned())
            .bind(Utc::now())
            .execute()
            .await?;
        let member = insert_member(&mut tx, workspace_id, owner, "admin", true).await?;
        tx.commit().await?;
        Ok(member)
    }

    /// # Errors
    /// When the database does not answer.
    pub async fn account_by_email(&self, email: &str) -> sqlx::Result<Option<Account>> {
        self.query("select * from account where email = $1").bind(email.to_lowercase()).optional().await
    }

    /// Sets a password and signs out whoever knew the old one, on every device but this session's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_password(
        &self,
        account: AccountId,
        password_hash: String,
        keep: Option<SessionId>,
    ) -> sqlx::Result<()> {
        let mut tx = self.begin().await?;
        tx.query("update account set password_hash = $2 where account_id = $1")
            .bind(account)
            .bind(password_hash)
            .execute()
            .await?;
        tx.revoke_sessions(account, keep).await?;
        tx.commit().await
    }

    /// # Errors
    /// When the database does not answer.
    pub async fn set_profile(&self, account: AccountId, name: &str, color: &str) -> sqlx::Result<()> {
        self.query("update account set name = $2, color = $3 where account_id = $1")
            .bind(account)
            .bind(name.to_owned())
            .bind(color.to_owned())
            .execute()
            .await
            .map(drop)
    }

    /// Gives a member another role; `false` for the owner, and for somebody who is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_role(&self, workspace: WorkspaceId, account: AccountId, role: &str) -> sqlx::Result<bool> {
        let mut tx = self.begin().await?;
        let set = tx
            .query("update membership set role = $3 where workspace_id = $1 and account_id = $2 and is_owner = false")
            .bind(workspace)
            .bind(account)
            .bind(role.to_owned())
            .execute()
            .await?;
        tx.note(Change::Account(account)).await?;
        tx.commit().await?;
        Ok(set > 0)
    }

    /// Disables a member's account, which ends its sessions, or enables it again; `false` for the owner, and for
    /// somebody who is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_disabled(
        &self,
        workspace: WorkspaceId,
        account: AccountId,
        at: Option<DateTime<Utc>>,
    ) -> sqlx::Result<bool> {
        let mut tx = self.begin().await?;
        let set = tx
            .query(
                "update account set disabled_at = $3 where account_id = $2 and account_id in
                 (select account_id from membership where workspace_id = $1 and is_owner = false)",
            )
            .bind(workspace)
            .bind(account)
            .bind(at)
            .execute()
            .await?;
        if set > 0 && at.is_some() {
            tx.revoke_sessions(account, None).await?;
        }
        tx.commit().await?;
        Ok(set > 0)
    }

    /// The workspaces of an account, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn workspaces_of(&self, account: AccountId) -> sqlx::Result<Vec<WorkspaceId>> {
        let rows: Vec<(WorkspaceId,)> = self
            .query("select workspace_id from membership where account_id = $1 order by created_at")
            .bind(account)
            .all()
            .await?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }

    /// One member of a workspace, unless the account is disabled.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn member(&self, workspace: WorkspaceId, account: AccountId) -> sqlx::Result<Option<Member>> {
        self.query(
            "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
              where workspace_id = $1 and account_id = $2 and disabled_at is null",
        )
        .bind(workspace)
        .bind(account)
        .optional()
        .await
    }

    /// Those of a workspace whose accounts are disabled, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn disabled_members(&self, workspace: WorkspaceId) -> sqlx::Result<Vec<Member>> {
        self.query(
            "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
              where workspace_id = $1 and disabled_at is not null order by name, account_id",
        )
        .bind(workspace)
        .all()
        .await
    }

    /// Everybody in a workspace, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn members(&self, workspace: WorkspaceId) -> sqlx::Result<Vec<Member>> {
        self.query(
            "select account_id, email, name, color, role, is_owner from membership join account using (account_id)
              where workspace_id = $1 and disabled_at is null order by name, account_id",
        )
        .bind(workspace)
        .all()
        .await
    }

    /// Makes an invitation; only the hash of its token is kept.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn add_invite(
        &self,
        workspace: WorkspaceId,
        role: String,
        invited_by: AccountId,
        token_hash: Vec<u8>,
    ) -> sqlx::Result<DateTime<Utc>> {
        let expires_at = Utc::now() + INVITE_LASTS;
        self.query(
            "insert into invite (invite_id, token_hash, workspace_id, role, invited_by, expires_at, created_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(Uuid::now_v7())
        .bind(token_hash)
        .bind(workspace)
        .bind(role)
        .bind(invited_by)
        .bind(expires_at)
        .bind(Utc::now())
        .execute()
        .await?;
        Ok(expires_at)
    }

    /// Makes the account that an invitation is for. `None` when it was used, or is over.
    ///
    /// # Errors
    /// A unique violation when the address has an account.
    pub async fn accept_invite(
        &self,
        token_hash: Vec<u8>,
        account: NewAccount,
    ) -> sqlx::Result<Option<(WorkspaceId, Member)>> {
        let mut tx = self.begin().await?;
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
        let member = insert_member(&mut tx, invite.workspace_id, account, &invite.role, false).await?;
        tx.commit().await?;
        Ok(Some((invite.workspace_id, member)))
    }
}

async fn insert_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    new: NewAccount,
    role: &str,
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
    tx.query(
        "insert into membership (workspace_id, account_id, role, is_owner, created_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(workspace)
    .bind(account_id)
    .bind(role.to_owned())
    .bind(is_owner)
    .bind(Utc::now())
    .execute()
    .await?;
    Ok(Member { account_id, email, name, color, role: role.to_owned(), is_owner })
}
