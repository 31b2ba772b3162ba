//! The rows of a move: the request gets a newer revision, and earlier decisions no longer count.

use chrono::{DateTime, Utc};

use crate::approvals::rows::{Approval, note_act};
use database::{Actor, Db, NewJob, NewNotification};
use vocabulary::{AccountId, ApprovalMove, DocumentId, Event, NotificationKind, RevisionId};

/// The revision that a pending request is moved to.
pub struct Revised {
    pub account: AccountId,
    pub note: Option<String>,
    pub revision: RevisionId,
    pub sha256: Vec<u8>,
    /// The steps, beginning again with the first.
    pub steps: String,
    pub current_due_at: Option<DateTime<Utc>>,
    /// The people who are asked now.
    pub asked: Vec<AccountId>,
    /// The people who were asked before the move.
    pub before: Vec<AccountId>,
    pub reminder: Option<NewJob>,
}

/// Moves a pending request to another revision; `false` when a decision or another move came first.
pub async fn revise(db: &Db, by: &Actor, document: DocumentId, from: &Approval, to: Revised) -> sqlx::Result<bool> {
    let (mut tx, approval) = (db.begin().await?, from.approval_id);
    let moved = tx
        .query(
            "update approval set revision_id = $4, sha256 = $5, step = 0, steps = $6, current_due_at = $7,
                    due_told_at = null, overdue_told_at = null, version = version + 1
              where workspace_id = $1 and approval_id = $2 and version = $3 and state = 'pending'",
        )
        .bind(by.workspace)
        .bind(approval)
        .bind(from.version)
        .bind(to.revision)
        .bind(to.sha256)
        .bind(to.steps)
        .bind(to.current_due_at)
        .execute()
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    let voided: Vec<(AccountId,)> = tx
        .query(
            "update approval_act set voided_at = $2
              where approval_id = $1 and act = 'approve' and voided_at is null returning account_id",
        )
        .bind(approval)
        .bind(Utc::now())
        .all()
        .await?;
    note_act(&mut tx, from, ApprovalMove::Move, to.account, None, to.note).await?;
    tx.notify(by, &to.asked, moving(document, true)).await?;
    let mut others: Vec<AccountId> = voided.iter().map(|(account,)| *account).chain(to.before).collect();
    others.retain(|account| !to.asked.contains(account));
    others.sort_unstable();
    others.dedup();
    tx.notify(by, &others, moving(document, false)).await?;
    if let Some(reminder) = to.reminder {
        tx.enqueue(reminder).await?;
    }
    let (revision, voided) = (to.revision, voided.len());
    tx.emit(by, Event::ApprovalRevised { document, approval, from: from.revision_id, revision, voided }).await?;
    tx.commit().await?;
    Ok(true)
}

fn moving(document: DocumentId, must_do: bool) -> NewNotification {
    NewNotification { kind: NotificationKind::ApprovalMoved, must_do, document, thread: None, comment: None }
}
