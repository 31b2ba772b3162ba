//! The due dates of requests.

use chrono::{DateTime, Utc};

use crate::approvals::rows::Approval;
use database::{Actor, Db, NewJob};
use vocabulary::{DocumentId, Event};

/// The due dates that a pending request gets.
pub struct Due {
    /// The time by which the whole decision is wanted.
    pub due_at: Option<DateTime<Utc>>,
    /// The time by which the current step should be decided.
    pub current_due_at: Option<DateTime<Utc>>,
    pub reminder: Option<NewJob>,
}

/// Sets the due date of a pending request. The people who are asked are reminded again. `false` when another change
/// came first.
pub async fn set(db: &Db, by: &Actor, document: DocumentId, approval: &Approval, due: Due) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let set = tx
        .query(
            "update approval set due_at = $4, current_due_at = $5, due_told_at = null, overdue_told_at = null,
                    version = version + 1
              where workspace_id = $1 and approval_id = $2 and version = $3 and state = 'pending'",
        )
        .bind(by.workspace)
        .bind(approval.approval_id)
        .bind(approval.version)
        .bind(due.due_at)
        .bind(due.current_due_at)
        .execute()
        .await?;
    if set == 0 {
        return Ok(false);
    }
    if let Some(reminder) = due.reminder {
        tx.enqueue(reminder).await?;
    }
    tx.emit(by, Event::ApprovalDueSet { document, approval: approval.approval_id, due_at: due.due_at }).await?;
    tx.commit().await?;
    Ok(true)
}
