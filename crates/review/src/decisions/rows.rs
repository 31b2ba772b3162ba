//! The log of decisions: resolved threads, accepted and rejected suggestions, and approvals.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use database::Db;
use vocabulary::{DocumentId, Sensitivity, Stored, WorkspaceId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct DecisionRow {
    /// The id of the thread or approval.
    pub decision_id: Uuid,
    /// `thread` or `approval`.
    pub kind: String,
    pub document_id: DocumentId,
    pub title: String,
    pub sensitivity: Stored<Sensitivity>,
    /// The text of the passage when it was marked.
    pub quote: String,
    /// The suggested text; set only for a suggestion.
    pub replacement: Option<String>,
    /// The first comment of the thread, or the name of the approval.
    pub question: String,
    /// `resolved`, `accepted`, `approved` or `rejected`.
    pub state: String,
    /// The outcome of a resolved thread: `decided`, `deferred`, `rejected` or `done`.
    pub outcome: Option<String>,
    pub note: Option<String>,
    /// The id of an account or guest.
    pub decided_by: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub decided_at: DateTime<Utc>,
}

/// A selection of decisions.
#[derive(Clone, Copy, Debug)]
pub struct DecisionFilter {
    pub workspace: WorkspaceId,
    pub document: Option<DocumentId>,
    /// The last decision of the previous page.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    pub most: i64,
}

/// Lists the decisions of a workspace or of one document, newest first.
pub async fn list(db: &Db, filter: DecisionFilter) -> sqlx::Result<Vec<DecisionRow>> {
    let (at, last) = filter.before.unzip();
    db.query(
        "select decision_id, decision.kind as kind, decision.document_id as document_id, title, sensitivity, quote,
                replacement, question, state, outcome, note, decided_by,
                coalesce(account.name, guest.name) as decided_by_name, decision.decided_at as decided_at
           from (select thread_id as decision_id, 'thread' as kind, workspace_id, document_id, quote, substr(replacement, 1, 10000) as replacement,
                        coalesce((select body from comment where comment.thread_id = thread.thread_id
                                   order by comment_id limit 1), '') as question,
                        state, outcome, note, decided_by, decided_at
                   from thread where decided_at is not null and state <> 'withdrawn'
                         and (state <> 'resolved' or outcome is not null)
                 union all
                 select approval_id, 'approval', workspace_id, document_id, '', cast(null as text), name, state,
                        cast(null as text),
                        (select act.note from approval_act as act where act.approval_id = approval.approval_id
                          order by act_id desc limit 1),
                        (select act.account_id from approval_act as act where act.approval_id = approval.approval_id
                          order by act_id desc limit 1), decided_at
                   from approval where state in ('approved', 'rejected')) as decision
                join document on document.document_id = decision.document_id
                left join account on account_id = decided_by left join guest on guest_id = decided_by
          where decision.workspace_id = $1 and trashed_at is null and purging_at is null and purged_at is null
            and ($2 is null or decision.document_id = $2)
            and ($3 is null or decision.decided_at < $3 or (decision.decided_at = $3 and decision_id < $4))
          order by decision.decided_at desc, decision_id desc limit $5",
    )
    .bind(filter.workspace)
    .bind(filter.document)
    .bind(at)
    .bind(last)
    .bind(filter.most)
    .all()
    .await
}
