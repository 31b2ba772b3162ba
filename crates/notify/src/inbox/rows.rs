//! What somebody should hear of, as their inbox and their mails read it.

use chrono::{DateTime, Utc};
use database::{Actor, Change, Db};
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Event, NotificationId, ThreadId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Notification {
    pub notification_id: NotificationId,
    /// mention, reply, decided, share, approval-requested, approval-decided, approval-due or approval-changed.
    pub kind: String,
    /// Somebody waits for them.
    pub must_do: bool,
    pub document_id: DocumentId,
    pub title: String,
    pub thread_id: Option<ThreadId>,
    /// Of the comment, as it reads now.
    pub body: Option<String>,
    /// Account or guest.
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
}

/// What somebody chose to be mailed.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct MailSetting {
    /// JSON: a kind of notification to now, daily or never.
    pub choices: String,
    pub stop_token: Uuid,
}

/// Which notifications of a person.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    pub workspace: WorkspaceId,
    pub account: AccountId,
    pub unread_only: bool,
    /// The last one of the page before.
    pub before: Option<NotificationId>,
    pub most: i64,
}

/// What somebody should hear of: what waits for them first, then the newest first.
pub async fn inbox(db: &Db, inbox: Inbox) -> sqlx::Result<Vec<Notification>> {
    db.query(
        "select notification_id, notification.kind as kind, must_do, notification.document_id as document_id, title,
                notification.thread_id as thread_id, comment.body as body, actor_id,
                coalesce(account.name, guest.name) as actor_name, notification.created_at as created_at, read_at
           from notification join document on document.document_id = notification.document_id
                left join comment on comment.comment_id = notification.comment_id
                left join account on account.account_id = actor_id left join guest on guest_id = actor_id
          where notification.workspace_id = $1 and notification.account_id = $2
            and trashed_at is null and purging_at is null and purged_at is null
            and ($3 = 'all' or read_at is null) and ($4 is null or notification_id < $4)
          order by notification_id desc limit $5",
    )
    .bind(inbox.workspace)
    .bind(inbox.account)
    .bind(if inbox.unread_only { "unread" } else { "all" }.to_owned())
    .bind(inbox.before)
    .bind(inbox.most)
    .all()
    .await
}

/// Marks notifications of a person as read, or all of them; `true`: it changed something.
pub async fn mark_read(
    db: &Db,
    workspace: WorkspaceId,
    account: AccountId,
    some: Option<&[NotificationId]>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let mut read = 0;
    let one = "update notification set read_at = $1 where workspace_id = $2 and account_id = $3 and read_at is null
                  and ($4 is null or notification_id = $4)";
    let all = [None];
    let some: Vec<Option<NotificationId>> = some.map_or(all.to_vec(), |some| some.iter().copied().map(Some).collect());
    for id in some {
        read += tx.query(one).bind(Utc::now()).bind(workspace).bind(account).bind(id).execute().await?;
    }
    if read > 0 {
        tx.note(Change::Inbox(account)).await?;
    }
    tx.commit().await?;
    Ok(read > 0)
}

/// What somebody has not read since a time, and was not mailed; the oldest first.
pub async fn unmailed(
    db: &Db,
    workspace: WorkspaceId,
    account: AccountId,
    since: DateTime<Utc>,
    most: i64,
) -> sqlx::Result<Vec<Notification>> {
    db.query(
        "select notification_id, notification.kind as kind, must_do, notification.document_id as document_id, title,
                notification.thread_id as thread_id, comment.body as body, actor_id,
                coalesce(account.name, guest.name) as actor_name, notification.created_at as created_at, read_at
           from notification join document on document.document_id = notification.document_id
                left join comment on comment.comment_id = notification.comment_id
                left join account on account.account_id = actor_id left join guest on guest_id = actor_id
          where notification.workspace_id = $1 and notification.account_id = $2 and notification.created_at >= $3
            and read_at is null and mailed_at is null
            and trashed_at is null and purging_at is null and purged_at is null
          order by notification_id limit $4",
    )
    .bind(workspace)
    .bind(account)
    .bind(since)
    .bind(most)
    .all()
    .await
}

/// Notes what was mailed, or is not to be.
///
/// # Errors
/// When the database does not answer: it is mailed once more.
pub async fn note_mailed(db: &Db, notifications: &[NotificationId]) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    for id in notifications {
        tx.query("update notification set mailed_at = $2 where notification_id = $1")
            .bind(*id)
            .bind(Utc::now())
            .execute()
            .await?;
    }
    tx.commit().await
}

/// What somebody chose to be mailed; `None`: nothing yet.
pub async fn mail_setting(db: &Db, account: AccountId) -> sqlx::Result<Option<MailSetting>> {
    db.query("select choices, stop_token from mail_setting where account_id = $1").bind(account).optional().await
}

/// Keeps what somebody chose. The token by which they stop all mails stays the same.
pub async fn set_mail_setting(db: &Db, by: &Actor, account: AccountId, choices: String) -> sqlx::Result<MailSetting> {
    let mut tx = db.begin().await?;
    let setting = tx
        .query(
            "insert into mail_setting (account_id, choices, stop_token) values ($1, $2, $3)
             on conflict (account_id) do update set choices = excluded.choices returning choices, stop_token",
        )
        .bind(account)
        .bind(choices)
        .bind(Uuid::new_v4())
        .one()
        .await?;
    tx.emit(by, Event::MailsChosen { account }).await?;
    tx.commit().await?;
    Ok(setting)
}

/// Whose mails a token stops.
pub async fn unsubscribe(db: &Db, token: Uuid) -> sqlx::Result<Option<AccountId>> {
    let found: Option<(AccountId,)> =
        db.query("select account_id from mail_setting where stop_token = $1").bind(token).optional().await?;
    Ok(found.map(|(account,)| account))
}
