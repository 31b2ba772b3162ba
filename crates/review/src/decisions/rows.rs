//! The log of decisions: resolved threads, accepted and rejected suggestions, and approvals.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use database::Db;
use vocabulary::{AccountId, ApprovalId, ApprovalMove, DocumentId, RevisionId, Sensitivity, Stored, WorkspaceId};

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
    /// The kind of change that a suggestion makes; `removed` is the text that it removes or changes. Set only for a
    /// suggestion.
    pub change: Option<String>,
    pub removed: Option<String>,
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
    /// The revision that an approval decided on.
    pub revision_id: Option<RevisionId>,
    pub revision_name: Option<String>,
    pub revision_created_at: Option<DateTime<Utc>>,
    pub sha256: Option<Vec<u8>>,
    pub is_trashed: bool,
}

/// A selection of decisions.
#[derive(Clone, Debug)]
pub struct DecisionFilter {
    pub workspace: WorkspaceId,
    pub document: Option<DocumentId>,
    /// The person who decided, alone or as one of several approvers.
    pub person: Option<Uuid>,
    /// `comment`, `suggestion` or `approval`; empty for all.
    pub kind: &'static str,
    pub since: Option<DateTime<Utc>>,
    /// Only decisions from before this time.
    pub until: Option<DateTime<Utc>>,
    /// Whether to include decisions about documents in the trash.
    pub trashed: bool,
    /// The last decision of the previous page.
    pub before: Option<(DateTime<Utc>, Uuid)>,
    pub most: i64,
}

/// Lists the decisions of a workspace or of one document, newest first.
pub async fn list(db: &Db, filter: DecisionFilter) -> sqlx::Result<Vec<DecisionRow>> {
    let (at, last) = filter.before.unzip();
    db.query(
        "select decision_id, decision.kind as kind, decision.document_id as document_id, title, sensitivity, quote,
                replacement, suggestion.kind as change, substr(suggestion.before_text, 1, 10000) as removed, question,
                state, outcome, note, decided_by,
                coalesce(account.name, guest.name) as decided_by_name, decision.decided_at as decided_at,
                decision.revision_id as revision_id, revision.name as revision_name,
                revision.created_at as revision_created_at, decision.sha256 as sha256,
                trashed_at is not null as is_trashed
           from (select thread_id as decision_id, 'thread' as kind, workspace_id, document_id, quote, substr(replacement, 1, 10000) as replacement,
                        coalesce((select body from comment where comment.thread_id = thread.thread_id
                                   order by comment_id limit 1), '') as question,
                        state, outcome, note, decided_by, decided_at,
                        cast(null as uuid) as revision_id, cast(null as bytea) as sha256,
                        case when state = 'resolved' then 'comment' else 'suggestion' end as word
                   from thread where decided_at is not null and state <> 'withdrawn'
                         and (state <> 'resolved' or outcome is not null)
                 union all
                 select approval_id, 'approval', workspace_id, document_id, '', cast(null as text), name, state,
                        cast(null as text),
                        (select act.note from approval_act as act where act.approval_id = approval.approval_id
                          order by act_id desc limit 1),
                        (select act.account_id from approval_act as act where act.approval_id = approval.approval_id
                          order by act_id desc limit 1), decided_at, revision_id, sha256, 'approval'
                   from approval where state in ('approved', 'rejected')) as decision
                join document on document.document_id = decision.document_id
                left join account on account_id = decided_by left join guest on guest_id = decided_by
                left join revision on revision.revision_id = decision.revision_id
                left join suggestion on suggestion_id = decision_id and replacement is not null
          where decision.workspace_id = $1 and purging_at is null and purged_at is null
            and ($10 or trashed_at is null)
            and ($2 is null or decision.document_id = $2)
            and ($3 is null or decision.decided_at < $3 or (decision.decided_at = $3 and decision_id < $4))
            and ($6 is null or decided_by = $6
                 or exists (select 1 from approval_act as act
                             where act.approval_id = decision_id and act.account_id = $6 and voided_at is null
                               and act.act in ('approve', 'reject')))
            and ($7 = '' or word = $7)
            and ($8 is null or decision.decided_at >= $8) and ($9 is null or decision.decided_at < $9)
          order by decision.decided_at desc, decision_id desc limit $5",
    )
    .bind(filter.workspace)
    .bind(filter.document)
    .bind(at)
    .bind(last)
    .bind(filter.most)
    .bind(filter.person)
    .bind(filter.kind.to_owned())
    .bind(filter.since)
    .bind(filter.until)
    .bind(filter.trashed)
    .all()
    .await
}

/// One person's part in the decision of an approval.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct VoteRow {
    pub approval_id: ApprovalId,
    pub act: Stored<ApprovalMove>,
    pub account_id: AccountId,
    pub account_name: String,
    pub note: Option<String>,
    pub created_at: DateTime<Utc>,
    pub voided_at: Option<DateTime<Utc>>,
}

/// Lists who approved or rejected, for the approvals that were decided between two times, oldest first.
pub async fn votes(
    db: &Db,
    workspace: WorkspaceId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> sqlx::Result<Vec<VoteRow>> {
    db.query(
        "select approval_act.approval_id as approval_id, act, approval_act.account_id as account_id,
                coalesce(account.name, '') as account_name, approval_act.note as note,
                approval_act.created_at as created_at, voided_at
           from approval_act join approval on approval.approval_id = approval_act.approval_id
                left join account on account.account_id = approval_act.account_id
          where approval.workspace_id = $1 and approval.decided_at >= $2 and approval.decided_at <= $3
            and act in ('approve', 'reject')
          order by act_id",
    )
    .bind(workspace)
    .bind(from)
    .bind(to)
    .all()
    .await
}
