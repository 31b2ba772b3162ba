//! The rows of an account's second step: its secret, its used codes and its recovery codes.

use chrono::Utc;
use database::{Actor, Db};
use vocabulary::{AccountId, Event};

/// Begins a second step, which is required only after it is confirmed. `false` when there already is one.
pub async fn begin(db: &Db, account: AccountId, secret: Vec<u8>) -> sqlx::Result<bool> {
    let begun = db
        .query("update account set totp_secret = $2, totp_step = 0 where account_id = $1 and totp_at is null")
        .bind(account)
        .bind(secret)
        .execute()
        .await?;
    Ok(begun > 0)
}

/// Confirms the second step, so that signing in requires it. Returns whether it was begun and not yet confirmed.
pub async fn confirm(
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
pub async fn remove(db: &Db, by: &Actor, account: AccountId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("update account set totp_secret = null, totp_at = null, totp_step = 0 where account_id = $1")
        .bind(account)
        .execute()
        .await?;
    tx.query("delete from recovery_code where account_id = $1").bind(account).execute().await?;
    tx.emit(by, Event::TotpDisabled { account }).await?;
    tx.commit().await
}

/// Uses up the code of a time step; `false` when this code or a later one was used.
pub async fn use_step(db: &Db, account: AccountId, step: i64) -> sqlx::Result<bool> {
    let used = db
        .query("update account set totp_step = $2 where account_id = $1 and totp_step < $2")
        .bind(account)
        .bind(step)
        .execute()
        .await?;
    Ok(used > 0)
}

/// Uses up a recovery code; `false` when there is no such code.
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

/// Counts the remaining recovery codes.
pub async fn recovery_codes_left(db: &Db, account: AccountId) -> sqlx::Result<i64> {
    let (left,): (i64,) =
        db.query("select count(*) from recovery_code where account_id = $1").bind(account).one().await?;
    Ok(left)
}
