//! A decision in the list and in an exported log. Both have the same form, so that a log can be compared with the
//! stored decisions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, RevisionId, WorkspaceId};

use super::rows::{DecisionRow, VoteRow, votes};
use crate::revisions::routes::hex;
use database::Db;
use endpoint::Result;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionView {
    /// The id of the thread or approval.
    pub id: Uuid,
    /// The kind of decision: `thread` or `approval`.
    pub kind: String,
    pub document_id: DocumentId,
    pub title: String,
    /// The text of the passage when it was marked; empty for the whole document.
    pub quote: String,
    /// The suggested text; set only for a suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// The kind of change that a suggestion makes: `insert`, `delete`, `replace`, `format`, `split`, `join` or `block`.
    /// Absent in logs that earlier versions exported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<String>,
    /// The text that a suggestion removes or changes; empty if it only adds text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<String>,
    /// The first comment of the thread, or the name of the approval.
    pub question: String,
    /// The outcome: `decided`, `deferred`, `rejected` or `done` for a thread, `accepted` or `rejected` for a
    /// suggestion, `approved` or `rejected` for an approval.
    pub outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The id of an account or guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by_name: Option<String>,
    pub decided_at: DateTime<Utc>,
    /// The revision that was decided on, its name and time, and the SHA-256 of its state; set only for an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<RevisionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_created_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Who approved or rejected, in order; empty for a thread.
    pub votes: Vec<VoteView>,
}

/// One person's part in the decision of an approval.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoteView {
    /// `approve` or `reject`.
    pub act: String,
    pub by: AccountId,
    pub by_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub at: DateTime<Utc>,
    /// When the request was moved to a newer revision; from then on, this vote no longer counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voided_at: Option<DateTime<Utc>>,
}

impl From<DecisionRow> for DecisionView {
    fn from(row: DecisionRow) -> DecisionView {
        DecisionView {
            id: row.decision_id,
            kind: row.kind,
            document_id: row.document_id,
            title: row.title,
            quote: row.quote,
            replacement: row.replacement,
            change: row.change,
            removed: row.removed,
            question: row.question,
            outcome: row.outcome.unwrap_or(row.state),
            note: row.note,
            decided_by: row.decided_by,
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at,
            revision_id: row.revision_id,
            revision_name: row.revision_name,
            revision_created_at: row.revision_created_at,
            sha256: row.sha256.map(|hash| hex(&hash)),
            votes: Vec::new(),
        }
    }
}

impl From<VoteRow> for VoteView {
    fn from(row: VoteRow) -> VoteView {
        VoteView {
            act: row.act.as_str().to_owned(),
            by: row.account_id,
            by_name: row.account_name,
            note: row.note,
            at: row.created_at,
            voided_at: row.voided_at,
        }
    }
}

/// Completes decisions with the people who took part in them. `rows` are in the order of time.
///
/// # Errors
/// When the database does not answer.
pub async fn with_votes(db: &Db, workspace: WorkspaceId, rows: Vec<DecisionRow>) -> Result<Vec<DecisionView>> {
    let approvals = || rows.iter().filter(|row| row.kind == "approval").map(|row| row.decided_at);
    let mut cast: HashMap<Uuid, Vec<VoteView>> = HashMap::new();
    if let (Some(from), Some(to)) = (approvals().min(), approvals().max()) {
        for vote in votes(db, workspace, from, to).await? {
            cast.entry(vote.approval_id.0).or_default().push(vote.into());
        }
    }
    let complete = |row: DecisionRow| {
        let votes = cast.remove(&row.decision_id).unwrap_or_default();
        DecisionView { votes, ..DecisionView::from(row) }
    };
    Ok(rows.into_iter().map(complete).collect())
}
