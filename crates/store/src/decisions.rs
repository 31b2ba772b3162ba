//! The log of decisions: threads that were resolved, and suggestions that were taken or not.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{DocumentId, ThreadId, WorkspaceId};
use crate::sql::Db;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct DecisionRow {
    pub thread_id: ThreadId,
    pub document_id: DocumentId,
    pub title: String,
    pub sensitivity: String,
    /// What the passage said.
    pub quote: String,
    /// Of a suggestion: what it should say instead.
    pub replacement: Option<String>,
    /// The first comment of the thread.
    pub question: String,
    /// `resolved`, `accepted`, `rejected`.
    pub state: String,
    /// Of a resolved one: `decided`, `deferred`, `rejected`, `done`.
    pub outcome: Option<String>,
    pub note: Option<String>,
    /// Account or guest.
    pub decided_by: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub decided_at: DateTime<Utc>,
}

/// Which decisions.
#[derive(Clone, Copy, Debug)]
pub struct DecisionFilter {
    pub workspace: WorkspaceId,
    pub document: Option<DocumentId>,
    /// The last one of the page before.
    pub before: Option<(DateTime<Utc>, ThreadId)>,
    pub most: i64,
}

impl Db {
    /// Decisions of a workspace, or of one document, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn decisions(&self, filter: DecisionFilter) -> sqlx::Result<Vec<DecisionRow>> {
        let (at, thread) = filter.before.unzip();
        self.query(
            "select thread_id, thread.document_id as document_id, title, sensitivity, quote, replacement,
                    coalesce((select body from comment where comment.thread_id = thread.thread_id
                               order by comment_id limit 1), '') as question,
                    state, outcome, note, decided_by, coalesce(account.name, guest.name) as decided_by_name, decided_at
               from thread join document on document.document_id = thread.document_id
                    left join account on account_id = decided_by left join guest on guest_id = decided_by
              where thread.workspace_id = $1 and decided_at is not null
                and trashed_at is null and purging_at is null and purged_at is null
                and ($2 is null or thread.document_id = $2)
                and ($3 is null or decided_at < $3 or (decided_at = $3 and thread_id < $4))
              order by decided_at desc, thread_id desc limit $5",
        )
        .bind(filter.workspace)
        .bind(filter.document)
        .bind(at)
        .bind(thread)
        .bind(filter.most)
        .all()
        .await
    }
}
