//! Sign-ins and their rotating refresh tokens.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::audit::{Act, Actor};
use crate::changes::Change;
use crate::sql::{Db, Tx};
use vocabulary::{AccountId, Event, SessionId, WorkspaceId};

/// How long a session lasts without use.
pub const REFRESH_LASTS: Duration = Duration::days(30);

/// How long after its first use a refresh token gets another successor, because two tabs that refresh at the same time
/// both send the same token.
const REUSE_ALLOWED: Duration = Duration::seconds(10);

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Session {
    pub session_id: SessionId,
    pub account_id: AccountId,
    pub workspace_id: WorkspaceId,
    pub revoked_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct RefreshToken {
    session_id: SessionId,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// A session, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Device {
    pub session_id: SessionId,
    /// The user agent that the browser sent.
    pub agent: String,
    pub signed_in_at: DateTime<Utc>,
    /// The time at which the device last renewed its sign-in, which it does every 15 minutes while in use.
    pub last_seen_at: DateTime<Utc>,
}

/// The outcome of using a refresh token.
#[derive(Clone, Debug, PartialEq)]
pub enum Refreshed {
    /// The successor was stored.
    Session(Session),
    /// Unknown or expired, or its session has ended.
    Refused,
    /// The token was used before, so somebody has copied it. The whole session is revoked.
    Reused(SessionId),
}

/// Starts a session with its first refresh token.
pub async fn begin(
    db: &Db,
    by: &Actor,
    account: AccountId,
    workspace: WorkspaceId,
    token_hash: Vec<u8>,
) -> sqlx::Result<Session> {
    let session =
        Session { session_id: SessionId::new(), account_id: account, workspace_id: workspace, revoked_at: None };
    let mut tx = db.begin().await?;
    tx.query(
        "insert into session (session_id, account_id, workspace_id, agent, created_at) values ($1, $2, $3, $4, $5)",
    )
    .bind(session.session_id)
    .bind(account)
    .bind(workspace)
    .bind(by.agent.chars().take(200).collect::<String>())
    .bind(Utc::now())
    .execute()
    .await?;
    insert_token(&mut tx, session.session_id, token_hash).await?;
    tx.emit(&by.known_as(workspace, account), Event::SessionBegun { session: session.session_id }).await?;
    tx.commit().await?;
    Ok(session)
}

/// Exchanges a refresh token for its successor.
pub async fn refresh(db: &Db, by: &Actor, token_hash: Vec<u8>, successor_hash: Vec<u8>) -> sqlx::Result<Refreshed> {
    let mut tx = db.begin().await?;
    let now = Utc::now();
    let token: Option<RefreshToken> = tx
        .query("select session_id, expires_at, used_at from refresh_token where token_hash = $1")
        .bind(token_hash.clone())
        .optional()
        .await?;
    let Some(token) = token.filter(|token| token.expires_at > now) else { return Ok(Refreshed::Refused) };
    if token.used_at.is_some_and(|used| now - used > REUSE_ALLOWED) {
        let session = revoke(&mut tx, token.session_id).await?;
        if let Some(session) = session {
            let by = by.known_as(session.workspace_id, session.account_id);
            let act = Act::new("session.refresh", "session", session.session_id).refused("refresh-token-reused");
            tx.record(&by, act).await?;
        }
        tx.commit().await?;
        return Ok(Refreshed::Reused(token.session_id));
    }
    let session: Session = tx
        .query("select session_id, account_id, workspace_id, revoked_at from session where session_id = $1")
        .bind(token.session_id)
        .one()
        .await?;
    if session.revoked_at.is_some() {
        return Ok(Refreshed::Refused);
    }
    tx.query("update refresh_token set used_at = $2 where token_hash = $1 and used_at is null")
        .bind(token_hash)
        .bind(now)
        .execute()
        .await?;
    insert_token(&mut tx, session.session_id, successor_hash).await?;
    tx.commit().await?;
    Ok(Refreshed::Session(session))
}

/// The sessions of an account that were not ended and can still be refreshed, the newest first.
pub async fn of_account(db: &Db, account: AccountId) -> sqlx::Result<Vec<Device>> {
    let rows: Vec<(SessionId, String, DateTime<Utc>, DateTime<Utc>)> = db
        .query(
            "select session_id, agent, session.created_at, max(refresh_token.expires_at)
               from session join refresh_token using (session_id)
              where account_id = $1 and revoked_at is null
              group by session_id, agent, session.created_at
             having max(refresh_token.expires_at) > $2 order by session.created_at desc",
        )
        .bind(account)
        .bind(Utc::now())
        .all()
        .await?;
    let device = |(session_id, agent, signed_in_at, expires_at): (_, _, _, DateTime<Utc>)| Device {
        session_id,
        agent,
        signed_in_at,
        last_seen_at: expires_at - REFRESH_LASTS,
    };
    Ok(rows.into_iter().map(device).collect())
}

/// Ends a session of an account; `false` if it has none with this id.
pub async fn end_of_account(db: &Db, by: &Actor, account: AccountId, session: SessionId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let ended = tx
        .query("update session set revoked_at = $3 where account_id = $1 and session_id = $2 and revoked_at is null")
        .bind(account)
        .bind(session)
        .bind(Utc::now())
        .execute()
        .await?;
    if ended > 0 {
        tx.emit(by, Event::SessionEnded { session }).await?;
    }
    tx.commit().await?;
    Ok(ended > 0)
}

/// Ends every session of an account but one.
pub async fn end_others(db: &Db, by: &Actor, account: AccountId, keep: SessionId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    revoke_all(&mut tx, account, Some(keep)).await?;
    tx.emit(by, Event::OtherSessionsEnded { account }).await?;
    tx.commit().await
}

/// Ends a session and all its tokens.
pub async fn end(db: &Db, by: &Actor, session: SessionId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    if revoke(&mut tx, session).await?.is_some() {
        tx.emit(by, Event::SessionEnded { session }).await?;
    }
    tx.commit().await
}

/// Switches a session to another workspace of its account; `false` if the account is not a member there.
pub async fn move_to_workspace(db: &Db, by: &Actor, session: SessionId, workspace: WorkspaceId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let moved = tx
        .query(
            "update session set workspace_id = $2 where session_id = $1 and revoked_at is null and account_id in
             (select account_id from membership where workspace_id = $2)",
        )
        .bind(session)
        .bind(workspace)
        .execute()
        .await?;
    if moved > 0 {
        tx.emit(&Actor { workspace, ..by.clone() }, Event::SessionEntered { session }).await?;
    }
    tx.commit().await?;
    Ok(moved > 0)
}

/// Ends the sessions of an account, and notifies the sockets of all nodes.
pub async fn revoke_all(tx: &mut Tx, account: AccountId, keep: Option<SessionId>) -> sqlx::Result<()> {
    tx.query("update session set revoked_at = $2 where account_id = $1 and revoked_at is null and session_id <> $3")
        .bind(account)
        .bind(Utc::now())
        .bind(keep.unwrap_or(SessionId(Uuid::nil())))
        .execute()
        .await?;
    tx.note(Change::Account(account)).await
}

async fn insert_token(tx: &mut Tx, session: SessionId, token_hash: Vec<u8>) -> sqlx::Result<()> {
    tx.query("insert into refresh_token (token_hash, session_id, expires_at) values ($1, $2, $3)")
        .bind(token_hash)
        .bind(session)
        .bind(Utc::now() + REFRESH_LASTS)
        .execute()
        .await
        .map(drop)
}

async fn revoke(tx: &mut Tx, session: SessionId) -> sqlx::Result<Option<Session>> {
    let revoked = tx
        .query(
            "update session set revoked_at = $2 where session_id = $1 and revoked_at is null
             returning session_id, account_id, workspace_id, revoked_at",
        )
        .bind(session)
        .bind(Utc::now())
        .optional()
        .await?;
    tx.note(Change::Session(session)).await?;
    Ok(revoked)
}

/// How long an ended session is kept, for people who look at their devices.
const ENDED_FOR: Duration = Duration::days(30);

/// Deletes refresh tokens that have expired, and sessions that ended or can no longer be continued a month ago.
pub async fn forget_old(db: &Db, now: DateTime<Utc>) -> sqlx::Result<()> {
    let before = now - ENDED_FOR;
    db.delete_in_batches("delete from refresh_token where expires_at < $1", &[before]).await?;
    let ended = "delete from session where created_at < $1 and (revoked_at < $1 or session_id not in
                 (select session_id from refresh_token))";
    db.delete_in_batches(ended, &[before]).await.map(drop)
}
