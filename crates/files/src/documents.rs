//! A file that becomes a document.

use axum::Extension;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use document::prose::{Node, Prose};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, Role, SpaceId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use endpoint::{Binary, Error, Result, input::QueryParams};
use library::content::MAX_NODES;

use crate::Files;
use crate::attachments::checked_name;
use crate::incoming::Incoming;
use crate::media;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(upload)))
}

/// As for a text that is written over REST.
const MOST_BYTES: u64 = 4 << 20;
const LONGEST_TITLE: usize = 300;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NewPlace {
    /// The name of the file. It becomes the title, unless the text begins with one; `.md` and `.markdown` are read as
    /// Markdown.
    #[serde(default = "unnamed")]
    name: String,
    /// The space; that of `parent` if absent.
    space: Option<SpaceId>,
    /// The page above.
    parent: Option<DocumentId>,
}

fn unnamed() -> String {
    "Untitled".to_owned()
}

/// The document that a file became.
#[derive(Serialize, utoipa::ToSchema)]
struct UploadedDocument {
    id: DocumentId,
    title: String,
}

/// Makes a document of a file: the body is the file, Markdown or plain text of at most 4 MiB. The type is found in the
/// content; other types answer 415 `unsupported-file-type`. If anything fails, there is no document.
#[utoipa::path(post, path = "/documents/upload", tag = "files", params(NewPlace), request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 201, body = UploadedDocument)))]
async fn upload(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    QueryParams(NewPlace { name, space, parent }): QueryParams<NewPlace>,
    request: Request,
) -> Result<Response> {
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    let name = checked_name(&name)?;
    let incoming = files.receive(request.into_body(), MOST_BYTES).await?;
    if !incoming.is_whole || incoming.bytes == 0 {
        return Err(Error::Body("the file did not arrive as a whole".into()));
    }
    let prose = read(&incoming, &name).await?;
    let nodes = prose.nodes();
    if nodes > MAX_NODES {
        return Err(Error::ContentTooLarge);
    }
    let title = title(&prose, &name);
    let id = library::documents::add_with_text(&app, &caller, title.clone(), space, parent, prose).await?;
    let at = [(header::LOCATION, format!("/api/v1/documents/{id}"))];
    Ok((StatusCode::CREATED, at, Json(UploadedDocument { id, title })).into_response())
}

async fn read(incoming: &Incoming, name: &str) -> Result<Prose> {
    let unreadable = |error: std::io::Error| Error::Internal(format!("an upload cannot be read: {error}"));
    let kind = media::of_file(incoming.path(), incoming.bytes).await.map_err(unreadable)?;
    if kind != media::TEXT {
        return Err(Error::UnsupportedFileType("only Markdown and plain text become documents in this version"));
    }
    let bytes = tokio::fs::read(incoming.path()).await.map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| Error::UnsupportedFileType("a text file is UTF-8"))?;
    if text.contains('\0') {
        return Err(Error::UnsupportedFileType("a text file has no U+0000"));
    }
    let lower = name.to_lowercase();
    let is_markdown = lower.ends_with(".md") || lower.ends_with(".markdown");
    tokio::task::spawn_blocking(move || if is_markdown { Ok(Prose::from_markdown(&text)?) } else { Ok(plain(&text)) })
        .await
        .map_err(|panic| Error::Internal(panic.to_string()))?
}

/// A paragraph for each line that is not empty.
fn plain(text: &str) -> Prose {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).filter(|line| !line.is_empty());
    let paragraph = |line: &str| Node::Element {
        name: "paragraph".into(),
        attributes: serde_json::Map::new(),
        children: vec![Node::Text { text: line.to_owned(), marks: Vec::new() }],
    };
    Prose(lines.map(paragraph).collect())
}

/// The heading at the beginning, or the name without its ending.
fn title(prose: &Prose, name: &str) -> String {
    let first = match prose.0.first() {
        Some(heading @ Node::Element { name, .. }) if name == "heading" => heading.text(),
        _ => String::new(),
    };
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let title = if first.trim().is_empty() { stem } else { &first };
    title.trim().chars().filter(|c| !c.is_control()).take(LONGEST_TITLE).collect()
}
