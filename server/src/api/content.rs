//! A live document as people and programs read it.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use super::states::{durable, open};
use crate::app::App;
use crate::error::{Error, Result};

pub fn routes() -> Router<App> {
    Router::new().route("/documents/{id}/content", get(read))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Markdown,
    Html,
    Json,
    Text,
}

/// `GET …/content?format=markdown|html|json|text`, from the durable state; its ETag is that row's number.
async fn read(
    State(app): State<App>,
    Path(name): Path<String>,
    wanted: std::result::Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response> {
    let Query(Wanted { format }) = wanted.map_err(|_| Error::Invalid("format is markdown, html, json or text"))?;
    let room = open(&app, &name, &headers).await?;
    // The tree is copied out between appends; writing it takes no lock.
    let (seq, prose) = durable(&room, |document, seq| (seq, document.prose())).await?;
    let etag = format!("\"{seq}\"");
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let (kind, body) = match format {
        Format::Markdown => ("text/markdown; charset=utf-8", prose.to_markdown()),
        Format::Html => ("text/html; charset=utf-8", prose.to_html()),
        Format::Json => ("application/json", prose.to_json().to_string()),
        Format::Text => ("text/plain; charset=utf-8", prose.to_text()),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::ETAG, HeaderValue::from_str(&etag).map_err(|error| Error::Internal(error.to_string()))?),
        // It is shown as what it is, never run as a page of ours.
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, body).into_response())
}
