//! Notifies people that a due date is near or has passed.

use chrono::Utc;

use database::{Actor, Db, NewNotification};
use vocabulary::{AccountId, ApprovalId, DocumentId, NotificationKind};

/// Notifies people once that a request is due soon or overdue; `false` when they were notified before, or when another
/// change came first.
pub async fn tell(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    approval: (ApprovalId, i64),
    people: &[AccountId],
    is_overdue: bool,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let (kind, once) = match is_overdue {
        true => (
            NotificationKind::ApprovalOverdue,
            "update approval set overdue_told_at = $3, due_told_at = coalesce(due_told_at, $3)
              where approval_id = $1 and version = $2 and state = 'pending' and overdue_told_at is null",
        ),
        false => (
            NotificationKind::ApprovalDue,
            "update approval set due_told_at = $3
              where approval_id = $1 and version = $2 and state = 'pending' and due_told_at is null",
        ),
    };
    if tx.query(once).bind(approval.0).bind(approval.1).bind(Utc::now()).execute().await? == 0 {
        return Ok(false);
    }
    let notification = NewNotification { kind, must_do: true, document, thread: None, comment: None };
    tx.notify(by, people, notification).await?;
    tx.commit().await?;
    Ok(true)
}
