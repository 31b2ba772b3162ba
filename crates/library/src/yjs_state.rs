//! A document's entire CRDT state as bytes, for importing and exporting Yjs data.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use document::document::MAX_DOCUMENT_BYTES;

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::writes::{WriteText, settle};
use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Credentials, LiveDocument};
use endpoint::{Binary, Error, Result, input::At, input::Raw, versions::etag};

pub fn routes() -> OpenApiRouter<App> {
    let most = DefaultBodyLimit::max(MAX_DOCUMENT_BYTES);
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(read, write).layer(most)))
}

/// Returns the document's durable state as one Yjs v1 update. The ETag is the number of the last row.
#[utoipa::path(
    get, path = "/documents/{id}/state", tag = "content", params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded")),
    responses((status = 200, content_type = "application/octet-stream", body = inline(Binary), headers(("ETag" = String)))),
)]
async fn read(State(app): State<App>, At(name): At<String>, credentials: Credentials) -> Result<Response> {
    let text = LiveDocument::open(&app, &name, &credentials).await?;
    let _turn = app.work_of(text.by()).await?;
    let (seq, state) = text.read(|document, seq| (seq, document.state())).await?;
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind), (header::ETAG, etag(seq)?)], state).into_response())
}

/// Imports an existing Yjs document into this one. Refused if this document has content.
#[utoipa::path(
    put, path = "/documents/{id}/state", tag = "content", params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded")),
    request_body(content = inline(Binary), content_type = "application/octet-stream"),
    responses((status = 204, headers(("ETag" = String)))),
)]
async fn write(
    State(app): State<App>,
    At(name): At<String>,
    credentials: Credentials,
    Raw(state): Raw,
) -> Result<Response> {
    let text = LiveDocument::open_to_edit(&app, &name, &credentials).await?;
    let purpose = WriteText::import(&text);
    // Its client ids have no owner: with enforced ownership they are never extended.
    let text = text.by_nobody();
    let importing = text.clone();
    let imported = async move {
        let claim = importing.claim(purpose, 0).await?;
        let seq = importing.edit(&claim, state, 0).await?;
        settle(claim).await;
        Ok(seq)
    };
    let seq = text.finish(imported).await.map_err(|failure| match failure {
        Error::PreconditionFailed => Error::Conflict("the document already has content: import into a new one"),
        other => other,
    })?;
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, etag(seq)?)]).into_response())
}
