//! Sending files: whole or in ranges, and never as something that a browser runs. Only re-encoded images are shown in
//! pages; everything else is saved.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::{BoxStream, StreamExt};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AttachmentId, DocumentId, Right, WorkspaceId};

use access::route_requirements::{DOCUMENTS, PUBLIC, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Binary, Error, Result, input::At, input::QueryParams};

use crate::Files;
use crate::attachments::Rendering;
use crate::attachments::rows::{self, Attachment};
use crate::media;
use crate::store::StoreError;
use crate::stored::rows::{self as stored, Rendition};
use crate::stored::{object_of, rendition_of};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(content))).routes(needs(PUBLIC, routes!(signed)))
}

/// The restrictions on every file, whatever type a browser assumes: no scripts, no forms, nothing from other sites, no
/// origin.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'none'; sandbox");

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Part {
    /// The number of a version; the current one if absent.
    version: Option<i64>,
    /// Which form of an image to send.
    #[serde(default)]
    #[param(inline)]
    rendering: Rendering,
}

/// Downloads an attachment, or the part of it that `Range` names.
#[utoipa::path(get, path = "/documents/{id}/attachments/{attachment}/content", tag = "files", params(("id" = Uuid, Path, description = "The document"), ("attachment" = Uuid, Path, description = "The attachment"), Part, ("Range" = Option<String>, Header, description = "A part, such as `bytes=0-1023`")), responses((status = 200, content_type = "application/octet-stream", body = inline(Binary), headers(("ETag" = String))), (status = 206, content_type = "application/octet-stream", body = inline(Binary)), (status = 304), (status = 416)))]
async fn content(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At((id, attachment)): At<(DocumentId, AttachmentId)>,
    QueryParams(Part { version, rendering }): QueryParams<Part>,
    headers: HeaderMap,
) -> Result<Response> {
    let request = DocumentRequest::at(&app, visitor, id, Right::View).await?;
    request.may_read_text(&app).await?;
    let found = rows::find(&app.db, attachment, version).await?.filter(|found| found.document_id == id);
    files.send(&app, found.ok_or(Error::NotFound("attachment"))?, rendering, &headers).await
}

/// Downloads the file that a signed URL names. The URL stops working after some minutes, or when the person for whom it
/// was signed loses access.
#[utoipa::path(get, path = "/files/{url}", tag = "files", params(("url" = String, Path, description = "The signed part of a URL that another route returned")), responses((status = 200, content_type = "application/octet-stream", body = inline(Binary), headers(("ETag" = String))), (status = 206, content_type = "application/octet-stream", body = inline(Binary)), (status = 304), (status = 416)))]
async fn signed(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    At(url): At<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let ended = || Error::NotFound("file at this URL, or no longer");
    let signed = files.urls.read(&url).ok_or_else(ended)?;
    let found = rows::find(&app.db, signed.attachment, Some(signed.number)).await?.ok_or_else(ended)?;
    let access = app.access_of_person(found.workspace_id, signed.person, found.document_id).await?;
    if access.document.trashed_at.is_some() {
        return Err(ended());
    }
    files.send(&app, found, signed.rendering, &headers).await
}

/// What to send.
struct Sent {
    object: String,
    sealed: bool,
    bytes: u64,
    media_type: String,
    etag: String,
    is_shown: bool,
}

/// The content of a file, piece by piece.
pub struct Content(BoxStream<'static, std::result::Result<Bytes, StoreError>>);

impl Content {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the store does not answer, or the content is damaged.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        Ok(self.0.next().await.transpose()?)
    }
}

impl Files {
    /// The name and the content of an attachment as it was uploaded, in the given version or the current one. `None` if
    /// the document has no such attachment. The caller has checked the right to the document.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn content_of(
        &self,
        app: &App,
        document: DocumentId,
        attachment: AttachmentId,
        number: Option<i64>,
    ) -> Result<Option<(String, Content)>> {
        let found = rows::find(&app.db, attachment, number).await?.filter(|found| found.document_id == document);
        let Some(found) = found else { return Ok(None) };
        let (name, sent) = (found.name.clone(), sent(app, found, Rendering::Original).await?);
        let pieces = self.store()?.read(&sent.object, sent.bytes, sent.sealed, 0..sent.bytes).await?;
        Ok(Some((name, Content(pieces))))
    }

    /// An attachment as an image that `consilium-press` has made; `None` if the document has no such attachment, or it is
    /// no image. The caller has checked the right to the document.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn image_of(&self, app: &App, document: DocumentId, attachment: AttachmentId) -> Result<Option<Content>> {
        let found = rows::find(&app.db, attachment, None).await?;
        let Some(found) = found.filter(|found| found.document_id == document) else { return Ok(None) };
        // The file may have arrived a moment ago, for example with an import.
        let found = self.when_read(app, found).await?;
        if !found.has_display {
            return Ok(None);
        }
        let sent = sent(app, found, Rendering::Display).await?;
        let pieces = self.store()?.read(&sent.object, sent.bytes, sent.sealed, 0..sent.bytes).await?;
        Ok(Some(Content(pieces)))
    }

    /// Sends an attachment of a published text, in the version that was current when the text was kept: an image to be
    /// shown, or a file to be saved. The caller has checked that the text is public and shows it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; other errors when a store does not answer.
    pub async fn send_published(
        &self,
        app: &App,
        document: DocumentId,
        attachment: AttachmentId,
        at: DateTime<Utc>,
        headers: &HeaderMap,
    ) -> Result<Response> {
        let found = rows::at(&app.db, document, attachment, at).await?.ok_or(Error::NotFound("attachment"))?;
        let rendering = if found.has_display { Rendering::Display } else { Rendering::Original };
        let mut response = self.send(app, found, rendering, headers).await?;
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        Ok(response)
    }

    async fn send(&self, app: &App, file: Attachment, rendering: Rendering, headers: &HeaderMap) -> Result<Response> {
        let (name, sent) = (file.name.clone(), sent(app, file, rendering).await?);
        let etag = header_value(&format!("\"{}\"", sent.etag));
        let mut response = Response::default();
        let said = response.headers_mut();
        said.insert(header::ETAG, etag.clone());
        said.insert(header::CONTENT_SECURITY_POLICY, POLICY);
        said.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // A browser may keep the file, but must ask before it shows it again.
        said.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        said.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        said.insert(header::CONTENT_TYPE, header_value(&sent.media_type));
        said.insert(header::CONTENT_DISPOSITION, disposition(sent.is_shown, &name));
        let same =
            |wanted: &HeaderValue| wanted.to_str().is_ok_and(|list| list.split(',').any(|one| one.trim() == etag));
        if headers.get(header::IF_NONE_MATCH).is_some_and(same) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
        // A part of another version would be useless.
        let range = range.filter(|_| headers.get(header::IF_RANGE).is_none_or(same));
        let range = match range.map_or(Wanted::Whole, |range| wanted(range, sent.bytes)) {
            Wanted::Whole => 0..sent.bytes,
            Wanted::Part(range) => {
                let whole = sent.bytes;
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let place = format!("bytes {}-{}/{whole}", range.start, range.end - 1);
                response.headers_mut().insert(header::CONTENT_RANGE, header_value(&place));
                range
            }
            Wanted::Outside => {
                let size = [(header::CONTENT_RANGE, format!("bytes */{}", sent.bytes))];
                return Ok((StatusCode::RANGE_NOT_SATISFIABLE, size).into_response());
            }
        };
        response.headers_mut().insert(header::CONTENT_LENGTH, (range.end - range.start).into());
        let pieces = self.store()?.read(&sent.object, sent.bytes, sent.sealed, range).await?;
        *response.body_mut() = Body::from_stream(pieces);
        Ok(response)
    }
}

async fn sent(app: &App, file: Attachment, rendering: Rendering) -> Result<Sent> {
    let Attachment { workspace_id, sha256, .. } = file;
    let Some(kind) = rendering.kind() else {
        let object = object_of(workspace_id, &sha256, file.sealed);
        // With the true type of these files, a browser that ignored all other headers would run them.
        let is_run = [media::HTML, media::SVG, "application/xml"].contains(&file.media_type.as_str());
        let media_type = if is_run { media::UNKNOWN.to_owned() } else { file.media_type };
        let bytes = u64::try_from(file.bytes).unwrap_or_default();
        return Ok(Sent { object, sealed: file.sealed, bytes, media_type, etag: sha256, is_shown: false });
    };
    let made = rendition(app, workspace_id, &sha256, kind).await?;
    Ok(Sent {
        object: rendition_of(workspace_id, &sha256, kind, made.sealed),
        sealed: made.sealed,
        bytes: u64::try_from(made.bytes).unwrap_or_default(),
        media_type: made.media_type,
        etag: format!("{sha256}.{kind}"),
        is_shown: true,
    })
}

async fn rendition(app: &App, workspace: WorkspaceId, sha256: &str, kind: &str) -> Result<Rendition> {
    stored::rendition(&app.db, workspace, sha256, kind).await?.ok_or(Error::NotFound("picture of this file"))
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// The characters that RFC 8187 allows in a header.
const IN_HEADERS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

fn disposition(is_shown: bool, name: &str) -> HeaderValue {
    let how = if is_shown { "inline" } else { "attachment" };
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || " .-_()".contains(c) { c } else { '_' }).collect();
    let encoded = utf8_percent_encode(name, IN_HEADERS);
    header_value(&format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"))
}

/// The part of a file that a `Range` header requests.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(std::ops::Range<u64>),
    Outside,
}

/// A single range is answered with that part; several ranges, or one that is not in bytes, with the whole file, as RFC
/// 9110 allows.
fn wanted(range: &str, bytes: u64) -> Wanted {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-')) else {
        return Wanted::Whole;
    };
    let range = match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
        (Ok(first), Err(_)) if last.trim().is_empty() => first..bytes,
        (Err(_), Ok(last)) if first.trim().is_empty() => bytes.saturating_sub(last)..bytes,
        _ => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Outside } else { Wanted::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let cases = [
            ("bytes=0-9", Wanted::Part(0..10)),
            ("bytes=90-", Wanted::Part(90..100)),
            ("bytes=90-1000", Wanted::Part(90..100)),
            ("bytes=-5", Wanted::Part(95..100)),
            ("bytes=-500", Wanted::Part(0..100)),
            ("bytes=0-18446744073709551615", Wanted::Part(0..100)),
            ("bytes=100-", Wanted::Outside),
            ("bytes=-0", Wanted::Outside),
            ("bytes=9-0", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=x-y", Wanted::Whole),
        ];
        for (range, expected) in cases {
            assert_eq!(wanted(range, 100), expected, "{range}");
        }
    }

    #[test]
    fn names_are_quoted() {
        let text = disposition(false, "Plän \"a\".pdf");
        assert_eq!(text, "attachment; filename=\"Pl_n _a_.pdf\"; filename*=UTF-8''Pl%C3%A4n%20%22a%22.pdf");
    }
}
