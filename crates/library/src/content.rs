//! The content of a live document in the formats that people and programs read and write.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use document::Document;
use document::prose::{Draft, NoText, Prose, RootText, View};
use serde::Deserialize;

use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use crate::titles;
use crate::writes::{WriteText, settle};
use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Credentials, LiveDocument, Visitor, worked_out};
use endpoint::{
    Error, Result, input::At, input::QueryParams, input::Raw, input::check_json, versions::etag, versions::if_match,
};

pub fn routes() -> OpenApiRouter<App> {
    let most = DefaultBodyLimit::max(MAX_CONTENT_BYTES);
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(read, write).layer(most)))
}

/// The largest body. A long book has 2 MB of text. Comparing takes linear time, but keeps several copies of every word
/// in memory.
const MAX_CONTENT_BYTES: usize = 4 << 20;

/// The maximum number of nodes. Every edit walks over everything before it, so 50,000 new paragraphs take seconds. A
/// book has 10,000.
pub const MAX_NODES: usize = 50_000;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// The root that the text is under, if the document has several; headless documents only.
    root: Option<String>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Written {
    /// The root that the text is under, if the document has several; headless documents only.
    root: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Markdown,
    Html,
    Json,
    Text,
}

/// Returns the document's durable content as Markdown, HTML, JSON or plain text. The ETag is the number of the last
/// durable row. Headless documents of BlockNote, Lexical, Quill, Slate and ProseMirror are read too, under any root.
#[utoipa::path(
    get, path = "/documents/{id}/content", tag = "content", params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded"), Wanted),
    responses(
        (status = 200, headers(("ETag" = String)), content(
            (String = "text/markdown"), (String = "text/html"), (Object = "application/json"), (String = "text/plain"),
        )),
        (status = 304),
    ),
)]
async fn read(
    State(app): State<App>,
    At(name): At<String>,
    QueryParams(Wanted { format, root }): QueryParams<Wanted>,
    credentials: Credentials,
    headers: HeaderMap,
) -> Result<Response> {
    let text = LiveDocument::open(&app, &name, &credentials).await?;
    // One text at a time for each person, because a large one occupies a thread for a while.
    let _turn = app.work_of(text.by()).await?;
    // The tree is copied out between appends; writing it takes no lock.
    let (seq, prose) =
        text.read(|document, seq| root_text(document, root.as_deref()).map(|text| (seq, text.prose))).await??;
    let etag = etag(seq)?;
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return Ok(StatusCode::NOT_MODIFIED.into_response());
    }
    let visitor = app.visitor(&credentials).await.ok();
    let prose = for_readers(&app, visitor.as_ref(), prose, format).await?;
    Ok(([(header::ETAG, etag)], rendered(prose, format).await?).into_response())
}

/// The maximum number of roots that an error names.
const NAMED_ROOTS: usize = 10;

/// Finds the text, under any root. If it is not clear which root has it, the error names the roots, because an empty
/// answer would hide that there is content.
fn root_text(document: &Document, root: Option<&str>) -> Result<RootText> {
    let some = |names: Vec<String>| names.into_iter().take(NAMED_ROOTS).collect::<Vec<_>>().join(", ");
    document.root_text(root).map_err(|no_text| match no_text {
        NoText::Several(names) => Error::OtherRoots("name one with `?root=`; texts are", some(names)),
        NoText::NotText(names) if root.is_some() => {
            Error::OtherRoots("there is no text where you look; content is", some(names))
        }
        NoText::NotText(names) => Error::OtherRoots("there is no text in it; content is", some(names)),
    })
}

/// Adds the titles of linked pages, for formats that people read. They are not added to the editor's JSON, which is
/// exact, or to plain text, in which the offsets of passages are counted.
///
/// # Errors
/// When the database does not answer.
pub async fn for_readers(app: &App, visitor: Option<&Visitor>, prose: Prose, format: Format) -> Result<Prose> {
    match format {
        Format::Markdown | Format::Html => titles::filled(app, visitor, prose).await,
        Format::Json | Format::Text => Ok(prose),
    }
}

/// Renders a text in the requested format.
///
/// # Errors
/// When rendering panics.
pub async fn rendered(prose: Prose, format: Format) -> Result<Response> {
    access::apart(move || match format {
        Format::Markdown => shown("text/markdown; charset=utf-8", prose.to_markdown()),
        Format::Html => as_html(prose.to_html()),
        Format::Json => shown("application/json", prose.to_json().to_string()),
        Format::Text => shown("text/plain; charset=utf-8", prose.to_text()),
    })
    .await
}

/// A fragment of HTML.
pub fn as_html(body: String) -> Response {
    shown("text/html; charset=utf-8", body)
}

fn shown(kind: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        // Sandboxed, so that the content never runs as one of our pages.
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, body).into_response()
}

/// Replaces the document's content with the body, in Markdown or the editor's JSON. It is applied as an edit by the
/// caller, with the smallest difference in blocks and words. Requires If-Match with the ETag that was read.
#[utoipa::path(
    put, path = "/documents/{id}/content", tag = "content", params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded"), ("If-Match" = String, Header, description = "The ETag that was read"), Written),
    request_body(content((String = "text/markdown"), (Object = "application/json"))),
    responses((status = 204, headers(("ETag" = String)))),
)]
async fn write(
    State(app): State<App>,
    At(name): At<String>,
    QueryParams(Written { root }): QueryParams<Written>,
    credentials: Credentials,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Response> {
    let text = LiveDocument::open_to_edit(&app, &name, &credentials).await?;
    let read: u64 = if_match(&headers)?;
    let turn = app.work_of(text.by()).await?;
    let (seq, state, root) = text
        .read(|document, seq| {
            let RootText { root, form, is_writable, prose } = root_text(document, root.as_deref())?;
            match is_writable {
                true => Ok((seq, document.state(), root)),
                false if prose.0.is_empty() => Err(Error::ReadOnlyForm("nothing yet", root)),
                false => Err(Error::ReadOnlyForm(form.name(), root)),
            }
        })
        .await??;
    if seq != read {
        return Err(Error::PreconditionFailed);
    }
    let update = worked_out(turn, state.len() + body.len(), move || {
        let draft = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?;
        let mut draft = draft.under(&root);
        let current = draft.prose();
        let (prose, view) = parse(&headers, &body, &current)?;
        if prose.nodes() > MAX_NODES || current.nodes() > MAX_NODES {
            return Err(Error::ContentTooLarge);
        }
        Ok(draft.write(&prose, view))
    });
    let seq = match update.await? {
        Some(update) => {
            let writing = text.clone();
            let written = async move {
                let claim = writing.claim(WriteText::content(&writing), seq).await?;
                let seq = writing.edit(&claim, update, seq).await?;
                settle(claim).await;
                Ok(seq)
            };
            text.finish(written).await?
        }
        None => seq,
    };
    Ok((StatusCode::NO_CONTENT, [(header::ETAG, etag(seq)?)]).into_response())
}

/// Parses the content that was sent, and returns it with what its format can express. JSON may also have the node types
/// that an app uses in this document.
fn parse(headers: &HeaderMap, body: &[u8], current: &Prose) -> Result<(Prose, View)> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            check_json(body)?;
            let json = serde_json::from_slice(body).map_err(|error| Error::Body(error.to_string()))?;
            Ok((Prose::from_json_beside(&json, current)?, View::Exact))
        }
        "text/markdown" => {
            let text = std::str::from_utf8(body).map_err(|error| Error::Body(error.to_string()))?;
            Ok((Prose::from_markdown(text)?, View::Markdown))
        }
        _ => Err(Error::UnsupportedMediaType("the content type must be text/markdown or application/json")),
    }
}
