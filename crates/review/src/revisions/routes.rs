//! Revisions of a document: listing, naming, reading, comparing and restoring them. Restoring one is an edit that
//! merges with concurrent typing. It can be undone, which keeps everything typed since.

use crate::approvals::rows as approvals;
use crate::revisions::rows as revisions;
use crate::{
    revisions::Reason, revisions::State, revisions::forget, revisions::kept, revisions::rows::Revision,
    revisions::rows::RevisionAuthor,
};
use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use document::prose::Prose;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, RevisionId, RevisionKind, Right, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Binary, Error, Result, input::At, input::Body, input::QueryParams};
use library::{content::Format, content::for_readers, content::rendered};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list, create)))
        .routes(needs(DOCUMENTS, routes!(read, rename, remove)))
        .routes(needs(DOCUMENTS, routes!(content)))
        .merge(crate::revisions::changes::routes())
        .merge(crate::revisions::restores::routes())
}

const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;
const MAX_NAME_CHARACTERS: usize = 200;

#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct RevisionView {
    revision_id: RevisionId,
    /// The version of the text in the revision; see the ETag of the document's content.
    version: i64,
    /// The SHA-256 of the state (`content?format=state`), in hexadecimal digits.
    sha256: String,
    /// The size of that state in bytes.
    size: i64,
    /// The reason for the revision: `automatic` (after a pause in typing), `named`, `submitted`, `before-restore`,
    /// `restored` or `undone`.
    #[schema(value_type = String)]
    kind: Stored<RevisionKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The number of words added since the previous revision; `words_removed` is the number of words removed.
    words_added: i64,
    words_removed: i64,
    /// The first few headings under which something changed since the previous revision.
    sections: Vec<String>,
    /// The people who wrote since the previous revision.
    authors: Vec<RevisionAuthor>,
    /// Whether this restore can still be undone; true only for the kind `restored`.
    can_undo: bool,
    /// The revision that was restored; set only for the kind `restored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    restores: Option<RevisionId>,
    /// The block that was restored, counted from 0; absent if the whole text was restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_block: Option<i64>,
    /// The account or guest who requested the revision; absent if the server made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by_name: Option<String>,
    created_at: DateTime<Utc>,
}

impl RevisionView {
    fn of(revision: Revision, authors: Vec<RevisionAuthor>) -> RevisionView {
        RevisionView {
            revision_id: revision.revision_id,
            version: revision.seq,
            sha256: hex(&revision.sha256),
            size: revision.state_bytes,
            kind: revision.kind,
            name: revision.name,
            words_added: revision.words_added,
            words_removed: revision.words_removed,
            sections: revision.sections.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
            authors,
            can_undo: revision.edit_id.is_some() && revision.undone_at.is_none(),
            restores: revision.restores,
            restored_block: revision.restored_block,
            created_by: revision.created_by,
            created_by_name: revision.created_by_name,
            created_at: revision.created_at,
        }
    }
}

/// Formats bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Page {
    /// The `next` value of the previous page.
    cursor: Option<RevisionId>,
    #[serde(default = "page")]
    limit: i64,
    /// Whether only named revisions are listed.
    #[serde(default)]
    named: bool,
}

const fn page() -> i64 {
    PAGE
}

#[derive(Serialize, utoipa::ToSchema)]
struct RevisionPage {
    items: Vec<RevisionView>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<RevisionId>,
}

/// Lists a document's revisions, newest first.
#[utoipa::path(get, path = "/documents/{id}/revisions", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), Page), responses((status = 200, body = RevisionPage)))]
async fn list(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(page): QueryParams<Page>,
) -> Result<Json<RevisionPage>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    let limit = page.limit.clamp(1, LARGEST_PAGE);
    let workspace = request.actor.workspace;
    let mut found = match page.named {
        true => revisions::named(&app.db, workspace, id, page.cursor, limit + 1).await?,
        false => revisions::list(&app.db, workspace, id, None, page.cursor, limit + 1).await?,
    };
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.revision_id);
    Ok(Json(RevisionPage { items: views(&app, id, found).await?, next }))
}

async fn views(app: &App, document: DocumentId, revisions: Vec<Revision>) -> Result<Vec<RevisionView>> {
    let (Some(newest), Some(oldest)) = (revisions.first(), revisions.last()) else { return Ok(Vec::new()) };
    let mut authors = revisions::authors(&app.db, document, oldest.revision_id, newest.revision_id).await?;
    let view = |revision: Revision| {
        let (own, others) = authors.drain(..).partition(|author| author.revision_id == revision.revision_id);
        authors = others;
        RevisionView::of(revision, own)
    };
    Ok(revisions.into_iter().map(view).collect())
}

pub(super) async fn view(app: &App, document: DocumentId, revision: Revision) -> Result<RevisionView> {
    views(app, document, vec![revision]).await?.pop().ok_or(Error::NotFound("revision"))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RevisionName {
    /// The name of the revision, such as "As sent to the board".
    name: String,
}

impl RevisionName {
    fn checked(self) -> Result<String> {
        let name = self.name.trim().to_owned();
        let good = (1..=MAX_NAME_CHARACTERS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if good { Ok(name) } else { Err(Error::Invalid("a revision's name has 1 to 200 characters")) }
    }
}

/// Keeps the current text as a named revision.
#[utoipa::path(post, path = "/documents/{id}/revisions", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = RevisionName, responses((status = 201, body = RevisionView)))]
async fn create(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    Body(input): Body<RevisionName>,
) -> Result<(StatusCode, Json<RevisionView>)> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let name = Some(input.checked()?);
    let state = State::now(&request.internal_text(&app).await?).await?;
    let reason = Reason { kind: RevisionKind::Named, name, restored: None, settles: None };
    let kept = crate::revisions::keep_revision(&app, &request.actor, id, state, reason)
        .await?
        .ok_or(Error::NotFound("revision"))?;
    Ok((StatusCode::CREATED, Json(view(&app, id, kept).await?)))
}

pub(super) async fn find(app: &App, request: &DocumentRequest, revision: RevisionId) -> Result<Revision> {
    let found = revisions::list(&app.db, request.actor.workspace, request.id(), Some(revision), None, 1).await?.pop();
    found.ok_or(Error::NotFound("revision"))
}

/// Returns the bytes of a revision.
///
/// # Errors
/// [`Error::NotFound`] when retention has removed it meanwhile.
pub async fn state_of(app: &App, request: &DocumentRequest, revision: &Revision) -> Result<Bytes> {
    let kept = kept(app, request.id(), revision);
    app.work_out(&request.actor, kept.encoded_bytes(), move || kept.state()).await
}

/// Returns one revision.
#[utoipa::path(get, path = "/documents/{id}/revisions/{revision}", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "The revision")), responses((status = 200, body = RevisionView)))]
async fn read(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision)): At<(DocumentId, RevisionId)>,
) -> Result<Json<RevisionView>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    let found = find(&app, &request, revision).await?;
    Ok(Json(view(&app, id, found).await?))
}

/// Names a revision. A named revision stays until it is removed explicitly.
#[utoipa::path(patch, path = "/documents/{id}/revisions/{revision}", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "The revision")), request_body = RevisionName, responses((status = 204)))]
async fn rename(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision)): At<(DocumentId, RevisionId)>,
    Body(input): Body<RevisionName>,
) -> Result<StatusCode> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    if !revisions::set_name(&app.db, &request.actor, id, revision, &input.checked()?).await? {
        return Err(Error::NotFound("revision"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a revision. The document's text is unchanged.
#[utoipa::path(delete, path = "/documents/{id}/revisions/{revision}", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "The revision")), responses((status = 204)))]
async fn remove(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision)): At<(DocumentId, RevisionId)>,
) -> Result<StatusCode> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Admin).await?;
    if approvals::is_decided_about(&app.db, revision).await? {
        return Err(Error::Conflict("this revision belongs to an approval and cannot be removed"));
    }
    if !forget(&app, &request.actor, id, revision).await? {
        return Err(Error::NotFound("revision"));
    }
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum KeptFormat {
    #[default]
    Markdown,
    Html,
    Json,
    Text,
    /// The state itself, a Yjs v1 update; the hash is computed from it.
    State,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ContentWish {
    #[serde(default)]
    #[param(inline)]
    format: KeptFormat,
}

/// Returns the text of a revision. The ETag is the hash of the state.
#[utoipa::path(
    get, path = "/documents/{id}/revisions/{revision}/content", tag = "revisions",
    params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "The revision"), ContentWish),
    responses((status = 200, headers(("ETag" = String)), content(
        (String = "text/markdown"), (String = "text/html"), (Object = "application/json"), (String = "text/plain"), (inline(Binary) = "application/octet-stream"),
    ))),
)]
async fn content(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision)): At<(DocumentId, RevisionId)>,
    QueryParams(input): QueryParams<ContentWish>,
) -> Result<Response> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    // Reading a revision counts as reading the text, which may have to be recorded.
    request.may_read_text(&app).await?;
    let found = find(&app, &request, revision).await?;
    let etag = HeaderValue::from_str(&format!("\"{}\"", hex(&found.sha256)));
    let etag = (header::ETAG, etag.map_err(|error| Error::Internal(error.to_string()))?);
    let format = match input.format {
        KeptFormat::Markdown => Format::Markdown,
        KeptFormat::Html => Format::Html,
        KeptFormat::Json => Format::Json,
        KeptFormat::Text => Format::Text,
        KeptFormat::State => {
            let state = state_of(&app, &request, &found).await?;
            let kind = HeaderValue::from_static("application/octet-stream");
            return Ok(([(header::CONTENT_TYPE, kind), etag], state).into_response());
        }
    };
    let kept = kept(&app, id, &found);
    let prose = app.work_out(&request.actor, kept.encoded_bytes(), move || editors(kept.prose()?)).await?;
    let prose = for_readers(&app, Some(&request.visitor), prose, format).await?;
    Ok(([etag], rendered(prose, format).await?).into_response())
}

pub(super) fn editors(prose: Prose) -> Result<Prose> {
    if prose.is_an_editors() { Ok(prose) } else { Err(Error::UndeclaredRoot) }
}
