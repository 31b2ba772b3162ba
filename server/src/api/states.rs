//! A document's whole CRDT state as bytes: how existing Yjs data comes in and goes out.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use database::Act;
use document::document::MAX_DOCUMENT_BYTES;
use document::{Author, Level};
use hub::{EditError, Room};
use tracing::error;

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::version::etag;
use crate::api::input::{At, Raw};
use crate::app::App;
use crate::auth::{Admitted, Credentials, check_site};
use crate::error::{Error, Result};
use crate::names::check_name;

pub fn routes() -> OpenApiRouter<App> {
    let most = DefaultBodyLimit::max(MAX_DOCUMENT_BYTES);
    OpenApiRouter::new().routes(routes!(read, write).layer(most))
}

/// How long a read waits for an append that is under way.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// `GET …/state`: one v1 update that holds everything durable; its ETag is the last row's number.
#[utoipa::path(
    get, path = "/documents/{id}/state", tag = "content", params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>, headers(("ETag" = String)))),
)]
async fn read(State(app): State<App>, At(name): At<String>, credentials: Credentials) -> Result<Response> {
    let (room, _) = open(&app, &name, &credentials).await?;
    let (seq, state) = durable(&room, |document, seq| (seq, document.state())).await?;
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind), (header::ETAG, etag(seq)?)], state).into_response())
}

/// `PUT …/state`: brings an existing Yjs document in, while this one is empty.
#[utoipa::path(
    put, path = "/documents/{id}/state", tag = "content", params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, headers(("ETag" = String)))),
)]
async fn write(
    State(app): State<App>,
    At(name): At<String>,
    credentials: Credentials,
    headers: HeaderMap,
    Raw(state): Raw,
) -> Result<Response> {
    check_site(&app, &Method::PUT, &headers)?;
    let (room, admitted) = open_to_edit(&app, &name, &credentials).await?;
    // Its client ids belong to nobody: where ownership is enforced they are never extended.
    let seq = room.edit(state, Author::nobody(), 0).await.map_err(|failure| match failure {
        EditError::Changed => Error::Conflict("the document has content already: import into a new one"),
        other => other.into(),
    })?;
    note_write(&app, &credentials, &admitted, "document.import").await;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, etag(seq)?)]).into_response())
}

/// The room of a document that the caller may at least read: by id, or by a headless name.
///
/// # Errors
/// Why not.
pub async fn open(app: &App, name: &str, credentials: &Credentials) -> Result<(Arc<Room>, Admitted)> {
    check_name(name)?;
    let admitted = app.admit(credentials, name).await?;
    Ok((app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?, admitted))
}

/// The room of a document that the caller may edit, and who the caller is there.
///
/// # Errors
/// Why not.
pub async fn open_to_edit(app: &App, name: &str, credentials: &Credentials) -> Result<(Arc<Room>, Admitted)> {
    check_name(name)?;
    let admitted = app.admit(credentials, name).await?;
    if app.flags.read_only() {
        return Err(Error::Unavailable("the operator has switched this server to read-only"));
    }
    if admitted.level < Level::Edit {
        return Err(Error::Forbidden);
    }
    let room = app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?;
    Ok((room, admitted))
}

/// A write of a whole content is in the audit; each edit is in the journal, with its author, where nobody can
/// change it unseen.
pub async fn note_write(app: &App, credentials: &Credentials, admitted: &Admitted, action: &'static str) {
    let Ok(visitor) = app.visitor(credentials).await else { return };
    let Ok(access) = app.access_of(&visitor, admitted.document).await else { return };
    let by = visitor.actor(access.document.workspace_id);
    if let Err(error) = app.db.record(&by, Act::document(action, admitted.document)).await {
        error!(%error, "the audit cannot be written");
    }
}

/// Reads between appends, as everything that leaves a room is.
///
/// # Errors
/// [`Error::Unavailable`] when an append takes too long.
pub async fn durable<T>(room: &Arc<Room>, read: impl Fn(&document::Document, u64) -> T) -> Result<T> {
    let deadline = tokio::time::Instant::now() + READ_WITHIN;
    loop {
        // A large document takes a while to encode.
        if let Some(answer) = tokio::task::block_in_place(|| room.read(&read)) {
            return Ok(answer);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(Error::Unavailable("the document cannot be read now"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
