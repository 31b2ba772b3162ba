//! Accounts of people on this instance, independent of their workspaces.

use crate::{sessions, sql::Db, sql::Tx};
use chrono::{DateTime, Utc};

use crate::audit::Actor;
use vocabulary::{AccountId, Event, SessionId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Account {
    pub account_id: AccountId,
    /// The email address, in lower case; unique on this instance.
    pub email: String,
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    /// The argon2id hash, in PHC form.
    pub password_hash: String,
    pub disabled_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub department: String,
    /// The IANA name of the time zone; if empty, that of the browser applies.
    pub time_zone: String,
    /// The language as a BCP 47 tag; if empty, that of the browser applies.
    pub locale: String,
    pub email_verified_at: Option<DateTime<Utc>>,
    /// The TOTP secret, which is active once `totp_at` is set.
    pub totp_secret: Option<Vec<u8>>,
    pub totp_at: Option<DateTime<Utc>>,
    /// The last time step that was used.
    pub totp_step: i64,
    pub erased_at: Option<DateTime<Utc>>,
}

/// The fields that a person may change in their own account.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: String,
    pub color: String,
    pub department: String,
    pub time_zone: String,
    pub locale: String,
}

pub struct NewAccount {
    pub email: String,
    pub name: String,
    pub color: String,
    pub password_hash: String,
}

/// Whether nobody has an account yet.
pub async fn is_new(db: &Db) -> sqlx::Result<bool> {
    let first: Option<(AccountId,)> = db.query("select account_id from account limit 1").optional().await?;
    Ok(first.is_none())
}

pub async fn by_email(db: &Db, email: &str) -> sqlx::Result<Option<Account>> {
    db.query("select * from account where email = $1").bind(email.to_lowercase()).optional().await
}

/// Sets a password and ends all other sessions, which may belong to somebody who knew the old password.
pub async fn set_password(
    db: &Db,
    by: &Actor,
    account: AccountId,
    password_hash: String,
    keep: Option<SessionId>,
) -> sqlx::Result<()> {
    let mut tx = begin_to_add(db, account).await?;
    tx.query("update account set password_hash = $2 where account_id = $1")
        .bind(account)
        .bind(password_hash)
        .execute()
        .await?;
    tx.query("delete from mail_link where account_id = $1 and purpose = 'reset'").bind(account).execute().await?;
    sessions::revoke_all(&mut tx, account, keep).await?;
    tx.emit(by, Event::PasswordSet { account }).await?;
    tx.commit().await
}

/// Locks an account before something is added of which it may have only a limited number, so that other transactions
/// that add one wait.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`] if the account has been erased meanwhile.
pub async fn begin_to_add(db: &Db, account: AccountId) -> sqlx::Result<Tx> {
    let mut tx = db.begin().await?;
    let there: Option<(AccountId,)> = tx
        .pick(
            "select account_id from account where account_id = $1 and erased_at is null for no key update",
            "select account_id from account where account_id = $1 and erased_at is null",
        )
        .bind(account)
        .optional()
        .await?;
    there.map(|_| tx).ok_or(sqlx::Error::RowNotFound)
}

pub async fn set_profile(db: &Db, by: &Actor, account: AccountId, profile: Profile) -> sqlx::Result<()> {
    let mut tx = begin_to_add(db, account).await?;
    tx.query(
        "update account set name = $2, color = $3, department = $4, time_zone = $5, locale = $6
          where account_id = $1",
    )
    .bind(account)
    .bind(profile.name.clone())
    .bind(profile.color)
    .bind(profile.department)
    .bind(profile.time_zone)
    .bind(profile.locale)
    .execute()
    .await?;
    tx.emit(by, Event::ProfileChanged { account, name: profile.name }).await?;
    tx.commit().await
}

pub async fn find(db: &Db, account: AccountId) -> sqlx::Result<Option<Account>> {
    db.query("select * from account where account_id = $1").bind(account).optional().await
}

/// An account that is not disabled.
pub async fn find_enabled(db: &Db, account: AccountId) -> sqlx::Result<Option<Account>> {
    Ok(find(db, account).await?.filter(|account| account.disabled_at.is_none()))
}
