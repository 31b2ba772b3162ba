//! A document as the REST API shows it.

use super::rows;
use crate::tags;
use access::{Access, App};
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::DocumentRow;
use endpoint::{Error, Result, versions::etag};
use serde::Serialize;
use vocabulary::{AccountId, ApprovalId, DocumentId, RevisionId, Right, Sensitivity, SpaceId, Status, Stored};

/// The approved text of a document; see `/documents/{id}/approved` and the approvals.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ApprovedView {
    approval_id: ApprovalId,
    revision_id: RevisionId,
    approved_at: DateTime<Utc>,
    /// Whether the text was edited since that revision. The approval says how much.
    changed_since: bool,
}

/// A document as the REST API shows it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    pub id: DocumentId,
    pub title: String,
    pub kind: String,
    pub category: String,
    pub description: String,
    /// In the order in which they were set. Empty for guests who came by a link.
    pub tags: Vec<String>,
    pub slug: String,
    #[schema(value_type = String)]
    pub status: Stored<Status>,
    #[schema(value_type = Option<String>)]
    pub open_level: Option<Stored<Right>>,
    /// The sensitivity: `public`, `internal`, `confidential` or `restricted`.
    #[schema(value_type = String)]
    pub sensitivity: Stored<Sensitivity>,
    pub created_by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
    /// The last change of the metadata or the last edit of the text, whichever is later. An edit is counted within
    /// seconds; its time is precise to the minute. It does not change the `version`.
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    pub words: i64,
    /// The reading time in minutes, at 220 words per minute.
    pub reading_minutes: i64,
    pub trashed_at: Option<DateTime<Utc>>,
    /// The space in whose tree it is.
    pub space_id: Option<SpaceId>,
    /// The page above; `null` at the top of the space. The caller does not necessarily have a right to it.
    pub parent_id: Option<DocumentId>,
    /// An emoji, or empty.
    pub icon: String,
    /// Whether rights that are given on the pages above and by the space apply to it.
    pub inherits: bool,
    /// The most recently approved revision, which is the published text if the `status` is `published`; absent if there is
    /// none, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    pub approved: Option<ApprovedView>,
    /// The caller's right; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<Right>,
}

impl DocumentView {
    pub(crate) fn new(row: DocumentRow, tags: Vec<String>) -> Self {
        DocumentView {
            id: row.document_id,
            title: row.title,
            kind: row.kind,
            category: row.category,
            description: row.description,
            tags,
            slug: row.slug,
            status: row.status,
            open_level: row.open_level,
            sensitivity: row.sensitivity,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            words: row.words,
            reading_minutes: (row.words + 219) / 220,
            trashed_at: row.trashed_at,
            space_id: row.space_id,
            parent_id: row.parent_id,
            icon: row.icon,
            inherits: row.inherits,
            approved: None,
            right: None,
        }
    }
}

/// The answer with one document, its version and the caller's right.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn answer(app: &App, access: Access) -> Result<Response> {
    let tags = tags::rows::of(&app.db, access.document.document_id).await?;
    answer_with(app, access, tags).await
}

/// The answer for a guest, to whom tags are not shown, because with tags the workspace describes its documents for
/// itself.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn answer_to_guest(app: &App, access: Access) -> Result<Response> {
    answer_with(app, access, Vec::new()).await
}

async fn answer_with(app: &App, access: Access, tags: Vec<String>) -> Result<Response> {
    let etag = etag(access.document.version)?;
    let approved = approved(app, access.document.document_id).await?;
    let right = Some(access.right);
    let view = DocumentView { right, approved, ..DocumentView::new(access.document, tags) };
    Ok(([(header::ETAG, etag)], Json(view)).into_response())
}

async fn approved(app: &App, document: DocumentId) -> Result<Option<ApprovedView>> {
    let Some(found) = rows::approved(&app.db, document).await? else { return Ok(None) };
    let (journal, seq) = (app.hub.journal().clone(), u64::try_from(found.seq).unwrap_or_default());
    let later = tokio::task::spawn_blocking(move || journal.heads(&[(document, seq)])).await;
    let later = later.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Some(ApprovedView {
        approval_id: found.approval_id,
        revision_id: found.revision_id,
        approved_at: found.approved_at,
        // While the journal does not answer, nothing is edited. Titles and rights are shown nevertheless.
        changed_since: later.is_ok_and(|rows| !rows.is_empty()),
    }))
}
