//! The rows of open questions: pending approvals, and comments that nobody has resolved.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use database::Db;
use vocabulary::{DocumentId, Sensitivity, Stored, WorkspaceId};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct OpenRow {
    /// The id of the approval or thread.
    pub question_id: Uuid,
    pub document_id: DocumentId,
    pub title: String,
    pub sensitivity: Stored<Sensitivity>,
    pub quote: String,
    pub question: String,
    pub asked_by_name: Option<String>,
    pub asked_at: DateTime<Utc>,
    /// JSON; set only for an approval.
    pub steps: Option<String>,
    pub step: i64,
    pub due_at: Option<DateTime<Utc>>,
}

/// A selection of open questions.
#[derive(Clone, Copy, Debug)]
pub struct OpenFilter {
    pub workspace: WorkspaceId,
    pub document: Option<DocumentId>,
    /// `comment` or `approval`; empty for both.
    pub kind: &'static str,
    /// The last question of the previous page.
    pub before: Option<Uuid>,
}

/// Lists the open questions of a workspace or of one document, newest first. Suggestions are not among them.
pub async fn list(db: &Db, filter: OpenFilter, most: i64) -> sqlx::Result<Vec<OpenRow>> {
    db.query(
        "select question_id, question.document_id as document_id, title, sensitivity, quote, question,
                coalesce(account.name, guest.name) as asked_by_name, asked_at, steps, step, due_at
           from (select thread_id as question_id, 'comment' as word, workspace_id, document_id, quote,
                        coalesce((select body from comment where comment.thread_id = thread.thread_id
                                   order by comment_id limit 1), '') as question,
                        created_by as asked_by, created_at as asked_at, cast(null as text) as steps,
                        cast(0 as bigint) as step, cast(null as timestamptz) as due_at
                   from thread where state = 'open' and replacement is null
                 union all
                 select approval_id, 'approval', workspace_id, document_id, '', name, requested_by, created_at, steps,
                        step, current_due_at
                   from approval where state = 'pending') as question
                join document on document.document_id = question.document_id
                left join account on account_id = asked_by left join guest on guest_id = asked_by
          where question.workspace_id = $1 and trashed_at is null and purging_at is null and purged_at is null
            and ($2 is null or question.document_id = $2) and ($3 = '' or word = $3)
            and ($4 is null or question_id < $4)
          order by question_id desc limit $5",
    )
    .bind(filter.workspace)
    .bind(filter.document)
    .bind(filter.kind.to_owned())
    .bind(filter.before)
    .bind(most)
    .all()
    .await
}
