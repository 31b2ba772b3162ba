//! Documents as rows: creating, reading, changing, trashing and purging them. `list` has the lists.

mod list;
pub mod rows;

use crate::{documents::rows::NewDocument, documents::rows::slug_of, purge};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::DocumentRow;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json as SqlJson;
use vocabulary::{AccountId, ApprovalId, DocumentId, RevisionId, Right, Role, Scope, Sensitivity, Status, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};

use access::{Access, App, Caller, Visitor};
use endpoint::{Error, Result, input::At, input::Body, versions::etag, versions::if_match};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list::list, create)))
        .routes(needs(DOCUMENTS, routes!(read, change, trash)))
        .routes(needs(DOCUMENTS, routes!(restore)))
        .routes(needs(DOCUMENTS, routes!(purge)))
}

/// The kinds of documents that a strategy team writes.
pub const KINDS: [&str; 8] = [
    "strategy_plan",
    "market_analysis",
    "competitive_analysis",
    "case_study",
    "pitch_deck",
    "operational_guide",
    "research_report",
    "custom",
];

/// The approved text of a document; see `/documents/{id}/approved` and the approvals.
#[derive(Serialize, utoipa::ToSchema)]
struct ApprovedView {
    approval_id: ApprovalId,
    revision_id: RevisionId,
    approved_at: DateTime<Utc>,
    /// Whether the text was edited since that revision. The approval says how much.
    changed_since: bool,
}

/// A document as the REST API shows it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    id: DocumentId,
    title: String,
    kind: String,
    category: String,
    description: String,
    tags: Vec<String>,
    slug: String,
    #[schema(value_type = String)]
    status: Stored<Status>,
    #[schema(value_type = Option<String>)]
    open_level: Option<Stored<Right>>,
    /// The sensitivity: `public`, `internal`, `confidential` or `restricted`.
    #[schema(value_type = String)]
    sensitivity: Stored<Sensitivity>,
    created_by: Option<AccountId>,
    created_at: DateTime<Utc>,
    /// The last change of the metadata or the last edit of the text, whichever is later. An edit is counted within
    /// seconds, and to the minute. It does not change the `version`.
    updated_at: DateTime<Utc>,
    version: i64,
    words: i64,
    /// The reading time in minutes, at 220 words per minute.
    reading_minutes: i64,
    trashed_at: Option<DateTime<Utc>>,
    /// The most recently approved revision, which is the published text if the `status` is `published`; absent if there is
    /// none, and in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    approved: Option<ApprovedView>,
    /// The caller's right; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    right: Option<Right>,
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
            approved: None,
            right: None,
        }
    }
}

/// The fields that a client may set. Absent fields stay unchanged.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Fields {
    title: Option<String>,
    kind: Option<String>,
    category: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    /// The name in links: lower-case letters, digits and dashes. It follows the title until it is set.
    slug: Option<String>,
    /// The right of every member of the workspace; `null` makes the document private.
    #[serde(default, deserialize_with = "present")]
    open_level: Option<Option<Right>>,
    /// The sensitivity: `public`, `internal`, `confidential` or `restricted`. Reads of the last two are recorded in the
    /// audit.
    sensitivity: Option<String>,
}

fn present<'de, D: serde::Deserializer<'de>>(field: D) -> std::result::Result<Option<Option<Right>>, D::Error> {
    Option::<Right>::deserialize(field).map(Some)
}

impl Fields {
    fn check(&self) -> Result<()> {
        let long = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.chars().count() > most);
        if self.title.as_ref().is_some_and(|title| title.trim().is_empty()) || long(&self.title, 300) {
            return Err(Error::Invalid("a title has 1 to 300 characters"));
        }
        if self.kind.as_ref().is_some_and(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(Error::Invalid("this kind of document is unknown"));
        }
        if long(&self.category, 100) || long(&self.description, 2_000) {
            return Err(Error::Invalid("a category may have at most 100 characters, a description 2,000"));
        }
        let too_many = |tags: &Vec<String>| tags.len() > 50 || tags.iter().any(|tag| tag.is_empty() || tag.len() > 100);
        if self.tags.as_ref().is_some_and(too_many) {
            return Err(Error::Invalid("up to 50 tags of 1 to 100 bytes"));
        }
        let speaks = |slug: &String| slug.chars().all(|c| c.is_lowercase() || c.is_numeric() || c == '-');
        if long(&self.slug, 100) || self.slug.as_ref().is_some_and(|slug| slug.is_empty() || !speaks(slug)) {
            return Err(Error::Invalid("a slug has 1 to 100 lower-case letters, digits and dashes"));
        }
        self.sensitivity().map(drop)
    }

    fn sensitivity(&self) -> Result<Option<Sensitivity>> {
        let unknown = Error::Invalid("a sensitivity is public, internal, confidential or restricted");
        self.sensitivity.as_deref().map(|word| Sensitivity::parse(word).ok_or(unknown)).transpose()
    }

    /// The part of a change that the audit records: everything except texts that people wrote.
    fn audited(&self) -> serde_json::Value {
        let texts = [
            ("title", self.title.is_some()),
            ("category", self.category.is_some()),
            ("description", self.description.is_some()),
            ("tags", self.tags.is_some()),
            ("slug", self.slug.is_some()),
        ];
        let texts: Vec<&str> = texts.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect();
        let mut changes = json!({ "texts": texts });
        if let Some(open_level) = self.open_level {
            changes["open_level"] = json!(open_level);
        }
        for (name, value) in [("kind", &self.kind), ("sensitivity", &self.sensitivity)] {
            if let Some(value) = value {
                changes[name] = json!(value);
            }
        }
        changes
    }
}

/// Creates a document. Its creator has every right to it.
#[utoipa::path(post, path = "/documents", tag = "documents", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = Fields, responses((status = 201, body = DocumentView, headers(("ETag" = String)))))]
async fn create(State(app): State<App>, caller: Caller, Body(fields): Body<Fields>) -> Result<Response> {
    fields.check()?;
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    let sensitivity = fields.sensitivity()?.unwrap_or(Sensitivity::Internal);
    let new = NewDocument {
        title: fields.title.map_or_else(|| "Untitled".to_owned(), |title| title.trim().to_owned()),
        slug: fields.slug,
        kind: fields.kind.unwrap_or_else(|| "custom".to_owned()),
        category: fields.category.unwrap_or_default(),
        description: fields.description.unwrap_or_default(),
        tags: fields.tags.unwrap_or_default(),
        open_level: fields.open_level.flatten(),
        sensitivity,
        created_by: caller.member.account_id,
    };
    let row = rows::add(&app.db, &caller.actor, new).await?;
    let access = Access { document: row, right: Right::Admin, until: None };
    Ok((StatusCode::CREATED, answer(&app, access).await?).into_response())
}

/// Returns a document's metadata and the caller's right.
#[utoipa::path(get, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn read(State(app): State<App>, visitor: Visitor, At(id): At<DocumentId>) -> Result<Response> {
    answer(&app, app.access_of(&visitor, id).await?).await
}

/// Changes a document's metadata. Requires If-Match with the ETag that was read. Changing `open_level` or `sensitivity`
/// requires the admin right to the document, and `sharing:write` of a key.
#[utoipa::path(patch, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")), request_body = Fields, responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    headers: HeaderMap,
    Body(fields): Body<Fields>,
) -> Result<Response> {
    // Changing the sensitivity needs the same right as sharing.
    let shares = fields.open_level.is_some() || fields.sensitivity.is_some();
    let needed = if shares { Right::Admin } else { Right::Edit };
    if shares {
        caller.with_scope(Scope::SharingWrite)?;
    }
    let Access { mut document, right, until } = app.access(&caller, id).await?.at_least(needed)?.outside_the_trash()?;
    fields.check()?;
    let (version, changes) = (if_match(&headers)?, fields.audited());
    if let Some(sensitivity) = fields.sensitivity()? {
        document.sensitivity = sensitivity.into();
    }
    if let Some(slug) = fields.slug {
        document.slug = slug;
    } else if document.slug == slug_of(&document.title) {
        document.slug = slug_of(fields.title.as_deref().unwrap_or(&document.title));
    }
    document.title = fields.title.map_or(document.title, |title| title.trim().to_owned());
    document.kind = fields.kind.unwrap_or(document.kind);
    document.category = fields.category.unwrap_or(document.category);
    document.description = fields.description.unwrap_or(document.description);
    document.tags = fields.tags.map_or(document.tags, SqlJson);

    if let Some(open) = fields.open_level {
        document.open_level = open.map(Stored::from);
    }
    let document =
        rows::update(&app.db, &caller.actor, version, document, changes).await?.ok_or(Error::PreconditionFailed)?;
    answer(&app, Access { document, right, until }).await
}

/// Moves a document to the trash and closes its open sockets.
#[utoipa::path(delete, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn trash(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Response> {
    move_to(&app, &caller, id, Some(Utc::now())).await
}

/// Restores a document from the trash.
#[utoipa::path(post, path = "/documents/{id}/restore", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn restore(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Response> {
    move_to(&app, &caller, id, None).await
}

/// Moves a document to the trash or out of it. The log is untouched; the announcement closes the sockets.
async fn move_to(app: &App, caller: &Caller, id: DocumentId, at: Option<DateTime<Utc>>) -> Result<Response> {
    let Access { right, until, .. } = app.access(caller, id).await?.at_least(Right::Admin)?;
    let document = rows::set_trashed(&app.db, &caller.actor, id, at).await?.ok_or(Error::NotFound("document"))?;
    answer(app, Access { document, right, until }).await
}

/// Deletes a document in the trash from the disk. This is final.
#[utoipa::path(post, path = "/documents/{id}/purge", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 204)))]
async fn purge(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    if !rows::begin_purge(&app.db, &caller.actor, id).await? {
        return Err(Error::Conflict("only a document in the trash can be purged"));
    }
    purge::finish(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(app: &App, access: Access) -> Result<Response> {
    let etag = etag(access.document.version)?;
    let approved = approved(app, access.document.document_id).await?;
    let view = DocumentView { right: Some(access.right), approved, ..access.document.into() };
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
        // While the journal does not answer, nothing is edited, and titles and rights are shown nevertheless.
        changed_since: later.is_ok_and(|rows| !rows.is_empty()),
    }))
}
