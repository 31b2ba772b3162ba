//! A document as the REST API shows it.

use access::Access;
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::DocumentRow;
use endpoint::{Result, versions::etag};
use serde::Serialize;
use vocabulary::{AccountId, DocumentId, Right, Sensitivity, SpaceId, Status, Stored};

/// A document as the REST API shows it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    pub id: DocumentId,
    pub title: String,
    pub kind: String,
    pub category: String,
    pub description: String,
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
    pub updated_at: DateTime<Utc>,
    pub version: i64,
    pub words: i64,
    /// The reading time in minutes, at 220 words per minute.
    pub reading_minutes: i64,
    pub trashed_at: Option<DateTime<Utc>>,
    /// The space in whose tree it is.
    pub space_id: Option<SpaceId>,
    /// The page above; `null` at the top of the space. The caller may have no right to it.
    pub parent_id: Option<DocumentId>,
    /// An emoji, or empty.
    pub icon: String,
    /// Whether what is given on the pages above and by the space applies to it.
    pub inherits: bool,
    /// The caller's right; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<Right>,
}

impl From<DocumentRow> for DocumentView {
    fn from(row: DocumentRow) -> Self {
        DocumentView {
            id: row.document_id,
            title: row.title,
            kind: row.kind,
            category: row.category,
            description: row.description,
            tags: row.tags.0,
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
            right: None,
        }
    }
}

/// The answer with one document, its version and the caller's right.
///
/// # Errors
/// Never, in fact.
pub(crate) fn answer(access: Access) -> Result<Response> {
    let etag = etag(access.document.version)?;
    let view = DocumentView { right: Some(access.right), ..access.document.into() };
    Ok(([(header::ETAG, etag)], Json(view)).into_response())
}
