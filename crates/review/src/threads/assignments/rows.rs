//! The rows of assignments: columns of threads.

use chrono::{DateTime, Utc};
use database::{Actor, Db, NewNotification};
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Event, NotificationKind, ThreadId, WorkspaceId};

/// An open thread that is assigned to a person.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Assigned {
    pub thread_id: ThreadId,
    pub document_id: DocumentId,
    pub quote: String,
    /// The first comment of the thread.
    pub body: Option<String>,
    pub assigned_at: DateTime<Utc>,
    pub assigned_by: Option<Uuid>,
    pub assigned_by_name: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
}

/// Assigns a thread; `false` if the thread is not open. The person is notified, unless only the due date changes.
pub async fn assign(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    thread: ThreadId,
    account: AccountId,
    due_at: Option<DateTime<Utc>>,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let before: Option<(Option<Uuid>,)> = tx
        .query("select assigned_to from thread where workspace_id = $1 and document_id = $2 and thread_id = $3")
        .bind(by.workspace)
        .bind(document)
        .bind(thread)
        .optional()
        .await?;
    let assigned = tx
        .query(
            "update thread set assigned_to = $4, assigned_by = $5, assigned_at = $6, due_at = $7
              where workspace_id = $1 and document_id = $2 and thread_id = $3 and state = 'open'",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(thread)
        .bind(account)
        .bind(by.id)
        .bind(Utc::now())
        .bind(due_at)
        .execute()
        .await?;
    if assigned == 0 {
        return Ok(false);
    }
    if before.is_none_or(|(before,)| before != Some(account.0)) {
        let kind = NotificationKind::Assigned;
        let notification = NewNotification { kind, must_do: true, document, thread: Some(thread), comment: None };
        tx.notify(by, &[account], notification).await?;
    }
    tx.emit(by, Event::ThreadAssigned { document, thread, account: Some(account), due_at }).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends an assignment, if there is one.
pub async fn unassign(db: &Db, by: &Actor, document: DocumentId, thread: ThreadId) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let ended = tx
        .query(
            "update thread set assigned_to = null, assigned_by = null, assigned_at = null, due_at = null
              where workspace_id = $1 and document_id = $2 and thread_id = $3 and assigned_to is not null",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(thread)
        .execute()
        .await?;
    if ended > 0 {
        tx.emit(by, Event::ThreadAssigned { document, thread, account: None, due_at: None }).await?;
    }
    tx.commit().await
}

/// Lists the open threads assigned to an account: by due date, then the threads without a due date.
pub async fn of_account(db: &Db, workspace: WorkspaceId, account: AccountId, most: i64) -> sqlx::Result<Vec<Assigned>> {
    db.query(
        "select thread_id, document_id, coalesce(passage_text, quote) as quote, assigned_at, assigned_by,
                account.name as assigned_by_name, due_at,
                (select body from comment where comment.thread_id = thread.thread_id and deleted_at is null
                  order by comment_id limit 1) as body
           from thread left join account on account_id = assigned_by
          where assigned_to = $1 and workspace_id = $2 and state = 'open'
          order by case when due_at is null then 1 else 0 end, due_at, thread_id limit $3",
    )
    .bind(account)
    .bind(workspace)
    .bind(most)
    .all()
    .await
}
