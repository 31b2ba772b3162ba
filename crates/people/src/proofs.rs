//! What proves who somebody is beside a password: second steps, links in mails, and identity providers.

use chrono::{DateTime, Duration, Utc};
use database::{Account, Actor, Db, NewAccount, Tx, groups, members::insert_member, sessions};

use vocabulary::{AccountId, Event, GroupId, WorkspaceId};

/// A person reads a mail within a day, or asks again.
const MAIL_LINK_LASTS: Duration = Duration::hours(24);
/// Signing in elsewhere takes minutes.
const IDENTITY_REQUEST_LASTS: Duration = Duration::minutes(10);

/// What a link in a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Reset,
    Verify,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Purpose::Reset => "reset",
            Purpose::Verify => "verify",
        }
    }
}

/// A sign-in that came back from the identity provider.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct IdentityRequest {
    pub nonce: String,
    pub verifier: String,
    pub return_to: String,
}

/// Who somebody is at an identity provider, and what it says of them.
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub account: NewAccount,
    /// The provider vouches for the address.
    pub is_verified: bool,
    /// `None`: the provider does not decide it.
    pub role: Option<String>,
    /// For whom it decides nothing; `None`: strangers stay out.
    pub first_role: Option<String>,
    /// By name: those that exist are joined.
    pub groups: Option<Vec<String>>,
}

/// Begins a second step: it is asked for once it was confirmed. `false` when there is one.
pub async fn begin_totp(db: &Db, account: AccountId, secret: Vec<u8>) -> sqlx::Result<bool> {
    let begun = db
        .query("update account set totp_secret = $2, totp_step = 0 where account_id = $1 and totp_at is null")
        .bind(account)
        .bind(secret)
        .execute()
        .await?;
    Ok(begun > 0)
}

/// From now on it is asked for; returns whether it was begun and not confirmed before.
pub async fn confirm_totp(
    db: &Db,
    by: &Actor,
    account: AccountId,
    step: i64,
    recovery_hashes: Vec<Vec<u8>>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let confirmed = tx
        .query(
            "update account set totp_at = $2, totp_step = $3
              where account_id = $1 and totp_secret is not null and totp_at is null",
        )
        .bind(account)
        .bind(Utc::now())
        .bind(step)
        .execute()
        .await?;
    if confirmed == 0 {
        return Ok(false);
    }
    tx.query("delete from recovery_code where account_id = $1").bind(account).execute().await?;
    for hash in recovery_hashes {
        tx.query("insert into recovery_code (code_hash, account_id) values ($1, $2)")
            .bind(hash)
            .bind(account)
            .execute()
            .await?;
    }
    tx.emit(by, Event::TotpEnabled { account }).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends the second step.
pub async fn remove_totp(db: &Db, by: &Actor, account: AccountId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("update account set totp_secret = null, totp_at = null, totp_step = 0 where account_id = $1")
        .bind(account)
        .execute()
        .await?;
    tx.query("delete from recovery_code where account_id = $1").bind(account).execute().await?;
    tx.emit(by, Event::TotpDisabled { account }).await?;
    tx.commit().await
}

/// Uses the code of a time step up; `false` when it, or a later one, was used.
pub async fn use_totp_step(db: &Db, account: AccountId, step: i64) -> sqlx::Result<bool> {
    let used = db
        .query("update account set totp_step = $2 where account_id = $1 and totp_step < $2")
        .bind(account)
        .bind(step)
        .execute()
        .await?;
    Ok(used > 0)
}

/// Uses a recovery code up; `false` when there is none.
pub async fn use_recovery_code(db: &Db, by: &Actor, account: AccountId, hash: Vec<u8>) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let used = tx
        .query("delete from recovery_code where account_id = $1 and code_hash = $2")
        .bind(account)
        .bind(hash)
        .execute()
        .await?;
    if used > 0 {
        tx.emit(by, Event::RecoveryCodeUsed { account }).await?;
    }
    tx.commit().await?;
    Ok(used > 0)
}

/// How many recovery codes are left.
pub async fn recovery_codes_left(db: &Db, account: AccountId) -> sqlx::Result<i64> {
    let (left,): (i64,) =
        db.query("select count(*) from recovery_code where account_id = $1").bind(account).one().await?;
    Ok(left)
}

/// Keeps the hash of a link that goes to an address; the one before it ends.
pub async fn add_mail_link(
    db: &Db,
    by: &Actor,
    account: &Account,
    purpose: Purpose,
    token_hash: Vec<u8>,
) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("delete from mail_link where (account_id = $1 and purpose = $2) or expires_at < $3")
        .bind(account.account_id)
        .bind(purpose.as_str().to_owned())
        .bind(Utc::now())
        .execute()
        .await?;
    tx.query("insert into mail_link (token_hash, account_id, purpose, email, expires_at) values ($1, $2, $3, $4, $5)")
        .bind(token_hash)
        .bind(account.account_id)
        .bind(purpose.as_str().to_owned())
        .bind(account.email.clone())
        .bind(Utc::now() + MAIL_LINK_LASTS)
        .execute()
        .await?;
    tx.emit(by, Event::MailLinkSent { account: account.account_id, purpose: purpose.as_str() }).await?;
    tx.commit().await
}

/// The proven owner of an address takes over an account that somebody else may have made for it: its sessions and its
/// API keys end.
async fn take_over(tx: &mut Tx, account: AccountId) -> sqlx::Result<()> {
    tx.query("delete from api_key where account_id = $1").bind(account).execute().await?;
    sessions::revoke_all(tx, account, None).await
}

/// Uses a link up: whose it is, unless it is over, of another purpose, or for an address that they no longer
/// have. An address that it went to is proven.
pub async fn use_mail_link(
    db: &Db,
    by: &Actor,
    purpose: Purpose,
    token_hash: Vec<u8>,
) -> sqlx::Result<Option<Account>> {
    let mut tx = db.begin().await?;
    let used: Option<(AccountId, String)> = tx
        .query("delete from mail_link where token_hash = $1 and purpose = $2 and expires_at > $3 returning account_id, email")
        .bind(token_hash)
        .bind(purpose.as_str().to_owned())
        .bind(Utc::now())
        .optional()
        .await?;
    let Some((account, email)) = used else { return Ok(None) };
    let unproven: Option<(AccountId,)> = tx
        .query("select account_id from account where account_id = $1 and email_verified_at is null")
        .bind(account)
        .optional()
        .await?;
    if unproven.is_some() && purpose == Purpose::Reset {
        take_over(&mut tx, account).await?;
    }
    let proven: Option<Account> = tx
        .query(
            "update account set email_verified_at = $3
              where account_id = $1 and email = $2 and disabled_at is null returning *",
        )
        .bind(account)
        .bind(email)
        .bind(Utc::now())
        .optional()
        .await?;
    if proven.is_some() {
        let by = Actor { id: Some(account.0), kind: vocabulary::ActorKind::Member, ..by.clone() };
        tx.emit(&by, Event::MailLinkUsed { account, purpose: purpose.as_str() }).await?;
    }
    tx.commit().await?;
    Ok(proven)
}

/// Remembers a sign-in that goes to the identity provider.
pub async fn add_identity_request(db: &Db, state_hash: Vec<u8>, request: IdentityRequest) -> sqlx::Result<()> {
    let now = Utc::now();
    db.query("delete from identity_request where expires_at < $1").bind(now).execute().await?;
    db.query(
        "insert into identity_request (state_hash, nonce, verifier, return_to, expires_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(state_hash)
    .bind(request.nonce)
    .bind(request.verifier)
    .bind(request.return_to)
    .bind(now + IDENTITY_REQUEST_LASTS)
    .execute()
    .await
    .map(drop)
}

/// A sign-in that came back; it can come back once.
pub async fn take_identity_request(db: &Db, state_hash: Vec<u8>) -> sqlx::Result<Option<IdentityRequest>> {
    let found: Option<IdentityRequest> = db
        .query(
            "delete from identity_request where state_hash = $1 and expires_at > $2
             returning nonce, verifier, return_to",
        )
        .bind(state_hash)
        .bind(Utc::now())
        .optional()
        .await?;
    Ok(found)
}

/// The account of somebody whom the provider vouched for: the one that was bound to this identity; else the
/// one of the address, if the provider verified it; else a new one with `first_role`. `None`: strangers stay
/// out, or the account is disabled.
pub async fn account_of_identity(
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
                    // Nobody proved the address to us: whoever made this account may not be who has it.
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
                        take_over(&mut tx, account).await?;
                    }
                    account
                }
                (Some(_), _) | (None, None) => return Ok(None),
                (None, Some(role)) => {
                    let role = identity.role.clone().unwrap_or(role);
                    let member = insert_member(&mut tx, workspace, identity.account, &role, false).await?;
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
            .bind(role.clone())
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

/// Forgets requests and links that are over.
pub async fn forget_proofs(db: &Db, before: DateTime<Utc>) -> sqlx::Result<()> {
    db.query("delete from identity_request where expires_at < $1").bind(before).execute().await?;
    db.query("delete from mail_link where expires_at < $1").bind(before).execute().await.map(drop)
}
