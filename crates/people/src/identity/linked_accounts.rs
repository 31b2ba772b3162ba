//! The account to which an identity of the provider is linked: the account bound to the identity, the account with the
//! address, or a new one.

use chrono::Utc;
use database::{Actor, Db, NewAccount, groups, members::insert_member};
use vocabulary::{AccountId, Event, GroupId, Role, WorkspaceId};

/// A person's identity at an identity provider, and the provider's claims about them.
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub account: NewAccount,
    /// Whether the provider vouches for the address.
    pub is_verified: bool,
    /// `None` if the provider does not decide the role.
    pub role: Option<Role>,
    /// The role of new people for whom the provider decides none; `None` to refuse strangers.
    pub first_role: Option<Role>,
    /// The names of the person's groups. The person joins those that exist.
    pub groups: Option<Vec<String>>,
}

/// Returns the account of a person whom the provider authenticated: the account bound to this identity; else the
/// account with the address, if the provider verified it; else a new account with `first_role`. `None` when strangers
/// are refused or the account is disabled.
pub async fn account_of(
    db: &Db,
    by: &Actor,
    identity: Identity,
    workspace: WorkspaceId,
) -> sqlx::Result<Option<AccountId>> {
    let mut tx = db.begin().await?;
    let bound: Option<(AccountId,)> = tx
        .query("select account_id from identity where issuer = $1 and subject = $2")
        .bind(identity.issuer.clone())
        .bind(identity.subject.clone())
        .optional()
        .await?;
    let account = match bound {
        Some((account,)) => account,
        None => {
            let email = identity.account.email.to_lowercase();
            let of_address: Option<(AccountId,)> =
                tx.query("select account_id from account where email = $1").bind(email).optional().await?;
            let account = match (of_address, identity.first_role) {
                (Some((account,)), _) if identity.is_verified => {
                    // The address was never verified, so the account may have been created by somebody else.
                    let squatted = tx
                        .query(
                            "update account set password_hash = '', totp_secret = null, totp_at = null,
                                    email_verified_at = $2
                              where account_id = $1 and email_verified_at is null",
                        )
                        .bind(account)
                        .bind(Utc::now())
                        .execute()
                        .await?;
                    if squatted > 0 {
                        crate::mail_links::rows::take_over(&mut tx, account).await?;
                    }
                    account
                }
                (Some(_), _) | (None, None) => return Ok(None),
                (None, Some(role)) => {
                    let role = identity.role.unwrap_or(role);
                    let member = insert_member(&mut tx, workspace, identity.account, role.into(), false).await?;
                    let (account, issuer) = (member.account_id, identity.issuer.clone());
                    let by = by.known_as(workspace, account);
                    tx.emit(&by, Event::MemberJoinedByProvider { account, issuer, role }).await?;
                    account
                }
            };
            tx.query("insert into identity (issuer, subject, account_id, created_at) values ($1, $2, $3, $4)")
                .bind(identity.issuer)
                .bind(identity.subject)
                .bind(account)
                .bind(Utc::now())
                .execute()
                .await?;
            tx.emit(&by.known_as(workspace, account), Event::IdentityBound { account }).await?;
            account
        }
    };
    let enabled: Option<(AccountId,)> = tx
        .query("select account_id from account where account_id = $1 and disabled_at is null")
        .bind(account)
        .optional()
        .await?;
    if enabled.is_none() {
        return Ok(None);
    }
    let by = by.known_as(workspace, account);
    if let Some(role) = identity.role {
        let changed = tx
            .query(
                "update membership set role = $3
                  where workspace_id = $1 and account_id = $2 and is_owner = false and role <> $3",
            )
            .bind(workspace)
            .bind(account)
            .bind(role)
            .execute()
            .await?;
        if changed > 0 {
            tx.emit(&by, Event::RoleSetByProvider { account, role }).await?;
        }
    }
    for name in identity.groups.into_iter().flatten() {
        let found: Option<(GroupId,)> = tx
            .query("select group_id from people_group where workspace_id = $1 and name = $2")
            .bind(workspace)
            .bind(name)
            .optional()
            .await?;
        if let Some((group,)) = found {
            groups::insert_member(&mut tx, &by, group, account).await?;
        }
    }
    tx.commit().await?;
    Ok(Some(account))
}
