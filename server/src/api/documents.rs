//! Documents as rows: create, list, read, change, trash.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json as SqlJson;
use store::{AccountId, DocumentFilter, DocumentId, DocumentRow, NewDocument};

use crate::access::{Right, Role};
use crate::api::body::Body;
use crate::app::{App, Change};
use crate::auth::{Access, Caller};
use crate::error::{Error, Result};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents", get(list).post(create))
        .route("/documents/{id}", get(read).patch(change).delete(trash))
        .route("/documents/{id}/restore", post(restore))
}

/// The kinds that a strategy team writes.
const KINDS: [&str; 8] = [
    "strategy_plan",
    "market_analysis",
    "competitive_analysis",
    "case_study",
    "pitch_deck",
    "operational_guide",
    "research_report",
    "custom",
];

/// A document as REST shows it.
#[derive(Serialize)]
struct DocumentView {
    id: DocumentId,
    title: String,
    kind: String,
    category: String,
    description: String,
    tags: Vec<String>,
    slug: String,
    status: String,
    open_level: Option<String>,
    created_by: Option<AccountId>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    version: i64,
    words: i64,
    /// Minutes at 220 words each.
    reading_minutes: i64,
    trashed_at: Option<DateTime<Utc>>,
    /// What the caller may do; absent in lists.
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
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            words: row.words,
            reading_minutes: (row.words + 219) / 220,
            trashed_at: row.trashed_at,
            right: None,
        }
    }
}

/// What a client may set; what is absent stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    title: Option<String>,
    kind: Option<String>,
    category: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    status: Option<String>,
    /// `null` makes it private.
    #[serde(default, deserialize_with = "present")]
    open_level: Option<Option<Right>>,
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
            return Err(Error::Invalid("a category has up to 100 characters, a description up to 2,000"));
        }
        let too_many = |tags: &Vec<String>| tags.len() > 50 || tags.iter().any(|tag| tag.is_empty() || tag.len() > 100);
        if self.tags.as_ref().is_some_and(too_many) {
            return Err(Error::Invalid("up to 50 tags of 1 to 100 bytes"));
        }
        if self.status.as_ref().is_some_and(|status| !["draft", "archived"].contains(&status.as_str())) {
            return Err(Error::Invalid("the status is draft or archived; others come from the review workflow"));
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    trashed: bool,
    cursor: Option<String>,
    limit: Option<i64>,
}

#[derive(Serialize)]
struct Page {
    items: Vec<DocumentView>,
    /// Give it back as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A page that a person scrolls through; a client that wants all follows `next`.
const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

async fn list(State(app): State<App>, caller: Caller, Query(search): Query<Search>) -> Result<Json<Page>> {
    let limit = search.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let filter = DocumentFilter {
        workspace: caller.workspace,
        account: caller.member.account_id,
        sees_all: caller.role == Role::Admin,
        title: search.q,
        kind: search.kind,
        trashed: search.trashed,
        before: search.cursor.as_deref().map(read_cursor).transpose()?,
        limit: limit + 1,
    };
    let mut rows = app.db.visible_documents(filter).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next =
        rows.last().filter(|_| more).map(|last| format!("{}_{}", last.updated_at.to_rfc3339(), last.document_id));
    Ok(Json(Page { items: rows.into_iter().map(Into::into).collect(), next }))
}

fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, DocumentId)> {
    let parts = cursor.split_once('_').and_then(|(time, id)| Some((time.parse().ok()?, id.parse().ok()?)));
    parts.ok_or(Error::Invalid("this cursor did not come from here"))
}

async fn create(State(app): State<App>, caller: Caller, Body(fields): Body<Fields>) -> Result<Response> {
    fields.check()?;
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    let new = NewDocument {
        workspace: caller.workspace,
        title: fields.title.map_or_else(|| "Untitled".to_owned(), |title| title.trim().to_owned()),
        kind: fields.kind.unwrap_or_else(|| "custom".to_owned()),
        category: fields.category.unwrap_or_default(),
        description: fields.description.unwrap_or_default(),
        tags: fields.tags.unwrap_or_default(),
        open_level: fields.open_level.flatten().map(|right| right.as_str().to_owned()),
        created_by: caller.member.account_id,
    };
    let row = app.db.add_document(new).await?;
    let access = Access { document: row, right: Right::Admin, until: None };
    Ok((StatusCode::CREATED, answer(access)?).into_response())
}

async fn read(State(app): State<App>, caller: Caller, Path(id): Path<DocumentId>) -> Result<Response> {
    answer(app.access(&caller, id).await?)
}

async fn change(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<DocumentId>,
    headers: HeaderMap,
    Body(fields): Body<Fields>,
) -> Result<Response> {
    let needed = if fields.open_level.is_some() { Right::Admin } else { Right::Edit };
    let Access { mut document, right, until } = app.access(&caller, id).await?.at_least(needed)?;
    fields.check()?;
    let version = if_match(&headers)?;
    document.title = fields.title.map_or(document.title, |title| title.trim().to_owned());
    document.kind = fields.kind.unwrap_or(document.kind);
    document.category = fields.category.unwrap_or(document.category);
    document.description = fields.description.unwrap_or(document.description);
    document.tags = fields.tags.map_or(document.tags, SqlJson);
    document.status = fields.status.unwrap_or(document.status);
    if let Some(open) = fields.open_level {
        document.open_level = open.map(|right| right.as_str().to_owned());
    }
    let document = app.db.update_document(version, document).await?.ok_or(Error::PreconditionFailed)?;
    app.announce(Change::Document(id));
    answer(Access { document, right, until })
}

async fn trash(State(app): State<App>, caller: Caller, Path(id): Path<DocumentId>) -> Result<Response> {
    move_to(&app, &caller, id, Some(Utc::now())).await
}

async fn restore(State(app): State<App>, caller: Caller, Path(id): Path<DocumentId>) -> Result<Response> {
    move_to(&app, &caller, id, None).await
}

/// Into the trash or out of it. The log is untouched; sockets are ended by the announcement.
async fn move_to(app: &App, caller: &Caller, id: DocumentId, at: Option<DateTime<Utc>>) -> Result<Response> {
    let Access { right, until, .. } = app.access(caller, id).await?.at_least(Right::Admin)?;
    let document = app.db.set_trashed(caller.workspace, id, at).await?.ok_or(Error::NotFound("document"))?;
    app.announce(Change::Document(id));
    answer(Access { document, right, until })
}

/// The version that the caller read.
fn if_match(headers: &HeaderMap) -> Result<i64> {
    let tag = headers.get(header::IF_MATCH).ok_or(Error::PreconditionRequired)?;
    let version = tag.to_str().ok().and_then(|tag| tag.trim_matches('"').parse().ok());
    version.ok_or(Error::PreconditionFailed)
}

fn answer(access: Access) -> Result<Response> {
    let etag = HeaderValue::from_str(&format!("\"{}\"", access.document.version));
    let etag = etag.map_err(|error| Error::Internal(error.to_string()))?;
    let view = DocumentView { right: Some(access.right), ..access.document.into() };
    Ok(([(header::ETAG, etag)], Json(view)).into_response())
}
