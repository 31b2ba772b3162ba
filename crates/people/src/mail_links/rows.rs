//! The rows of mailed links, each for one purpose and one use.

use chrono::{DateTime, Duration, Utc};
use database::{Account, Actor, Db, Tx, sessions};
use vocabulary::{AccountId, Event};

/// How long a link is valid.
const MAIL_LINK_LASTS: Duration = Duration::hours(24);

/// The purpose of a link in a mail.
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

/// Stores the hash of a link that is sent to an address. The previous link becomes invalid.
pub async fn add(db: &Db, by: &Actor, account: &Account, purpose: Purpose, token_hash: Vec<u8>) -> sqlx::Result<()> {
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

/// Lets the verified owner of an address take over an account that someone else may have created for it, by ending its
/// sessions and API keys.
pub(crate) async fn take_over(tx: &mut Tx, account: AccountId) -> sqlx::Result<()> {
    tx.query("delete from api_key where account_id = $1").bind(account).execute().await?;
    sessions::revoke_all(tx, account, None).await
}

/// Uses a link up and returns its account, unless the link has expired, has another purpose, or was sent to an address
/// that the account no longer has. Verifies the address that the link was sent to.
pub async fn use_up(db: &Db, by: &Actor, purpose: Purpose, token_hash: Vec<u8>) -> sqlx::Result<Option<Account>> {
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

/// Deletes expired links.
pub async fn forget_old(db: &Db, before: DateTime<Utc>) -> sqlx::Result<()> {
    db.delete_in_batches("delete from mail_link where expires_at < $1", &[before]).await.map(drop)
}
