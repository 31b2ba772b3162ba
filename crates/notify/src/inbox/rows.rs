//! The rows of notifications, as the inbox and the mails read them.

use chrono::{DateTime, Utc};
use database::{Actor, Change, Db};
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Event, NotificationId, NotificationKind, Stored, ThreadId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Notification {
    pub notification_id: NotificationId,
    pub kind: Stored<NotificationKind>,
    /// Whether someone is waiting for the member; for an assignment, whether it is still to be done.
    pub must_do: bool,
    pub document_id: DocumentId,
    pub title: String,
    pub thread_id: Option<ThreadId>,
    /// The current text of the comment, or the note to an action of an approval.
    pub body: Option<String>,
    /// The id of an account or guest.
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    pub created_at: DateTime<Utc>,
    pub read_at: Option<DateTime<Utc>>,
    /// The state of the thread or approval whose decision the notification reports.
    pub result: Option<String>,
    /// When the approval or the assigned thread that waits for the member is due.
    pub due_at: Option<DateTime<Utc>>,
}

/// Selects notifications with what they show. The note of an approval is found by time, because its row was written in
/// the transaction of the notification, just before it.
macro_rules! selected {
    ($rest:literal) => {
        concat!(
            "select notification_id, notification.kind as kind,
                    case when notification.kind = 'assigned' then assignment.thread_id is not null
                         else must_do end as must_do, notification.document_id as document_id, title,
                    notification.thread_id as thread_id, actor_id,
                    coalesce(account.name, guest.name) as actor_name, notification.created_at as created_at, read_at,
                    case when notification.kind in ('approval-decided', 'approval-moved')
                         then (select act.note from approval_act as act
                                      join approval on approval.approval_id = act.approval_id
                                where approval.document_id = notification.document_id
                                  and act.created_at <= notification.created_at
                                order by act.act_id desc limit 1)
                         when notification.kind = 'approval-requested'
                         then (select coalesce((select act.note from approval_act as act
                                                 where act.approval_id = approval.approval_id and act.act = 'delegate'
                                                   and act.to_id = notification.account_id
                                                   and act.created_at <= notification.created_at
                                                 order by act.act_id desc limit 1), approval.note)
                                 from approval where approval.document_id = notification.document_id
                                                 and approval.created_at <= notification.created_at
                                order by approval.approval_id desc limit 1)
                         else comment.body end as body,
                    case notification.kind
                         when 'decided'
                         then (select state from thread where thread.thread_id = notification.thread_id)
                         when 'approval-decided' then (select state from approval
                                                        where approval.document_id = notification.document_id
                                                          and approval.decided_at <= notification.created_at
                                                        order by approval.decided_at desc limit 1)
                    end as result,
                    case when notification.kind in ('approval-requested', 'approval-due', 'approval-overdue',
                                                    'approval-moved') and must_do
                         then (select current_due_at from approval
                                where approval.document_id = notification.document_id and state = 'pending')
                         else assignment.due_at
                    end as due_at
               from notification join document on document.document_id = notification.document_id
                    left join comment on comment.comment_id = notification.comment_id
                    left join thread as assignment on notification.kind = 'assigned'
                         and assignment.thread_id = notification.thread_id and assignment.state = 'open'
                         and assignment.assigned_to = notification.account_id
                    left join account on account.account_id = actor_id left join guest on guest_id = actor_id
              ",
            $rest
        )
    };
}

/// A member's mail settings.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct MailSetting {
    /// JSON: maps kinds of notifications to `now`, `daily` or `never`.
    pub choices: String,
    pub stop_token: Uuid,
}

/// A selection of a member's notifications.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    pub workspace: WorkspaceId,
    pub account: AccountId,
    pub unread_only: bool,
    /// The last notification of the previous page.
    pub before: Option<NotificationId>,
    pub most: i64,
}

/// Lists a member's notifications, newest first.
pub async fn inbox(db: &Db, inbox: Inbox) -> sqlx::Result<Vec<Notification>> {
    db.query(selected!(
        "where notification.workspace_id = $1 and notification.account_id = $2
            and trashed_at is null and purging_at is null and purged_at is null
            and ($3 = 'all' or read_at is null) and ($4 is null or notification_id < $4)
          order by notification_id desc limit $5"
    ))
    .bind(inbox.workspace)
    .bind(inbox.account)
    .bind(if inbox.unread_only { "unread" } else { "all" }.to_owned())
    .bind(inbox.before)
    .bind(inbox.most)
    .all()
    .await
}

/// Marks some or all of a member's notifications as read; `true` when this changed something.
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

/// Lists a member's notifications since `since` that were neither read nor mailed, oldest first.
pub async fn unmailed(
    db: &Db,
    workspace: WorkspaceId,
    account: AccountId,
    since: DateTime<Utc>,
    most: i64,
) -> sqlx::Result<Vec<Notification>> {
    db.query(selected!(
        "where notification.workspace_id = $1 and notification.account_id = $2 and notification.created_at >= $3
            and read_at is null and mailed_at is null
            and trashed_at is null and purging_at is null and purged_at is null
          order by notification_id limit $4"
    ))
    .bind(workspace)
    .bind(account)
    .bind(since)
    .bind(most)
    .all()
    .await
}

/// Records that notifications were mailed, or are not to be mailed.
///
/// # Errors
/// When the database does not answer. The notifications are mailed again in that case.
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

/// Returns a member's mail settings; `None` if the member has not set any.
pub async fn mail_setting(db: &Db, account: AccountId) -> sqlx::Result<Option<MailSetting>> {
    db.query("select choices, stop_token from mail_setting where account_id = $1").bind(account).optional().await
}

/// Stores a member's mail settings. The token that stops all mails stays the same.
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

/// Returns the account whose mails a token stops.
pub async fn unsubscribe(db: &Db, token: Uuid) -> sqlx::Result<Option<AccountId>> {
    let found: Option<(AccountId,)> =
        db.query("select account_id from mail_setting where stop_token = $1").bind(token).optional().await?;
    Ok(found.map(|(account,)| account))
}
