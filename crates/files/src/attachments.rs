//! Files attached to documents: routes and rules. People who may view a document may download them, people who may edit
//! it may attach and remove them; a guest has the right that the link gives.

pub mod rows;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{AttachmentId, DocumentId, Right};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Binary, Error, Result, input::At, input::QueryParams};

use crate::Files;
use crate::incoming::Incoming;
use crate::media;
use crate::signed_urls::{Signed, valid_until};
use crate::stored::object_of;
use crate::stored::rows::{self as stored, NewFile};
use rows::{Attached, Attachment, NewVersion};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list, attach)))
        .routes(needs(DOCUMENTS, routes!(remove)))
        .routes(needs(DOCUMENTS, routes!(versions, attach_version)))
}

/// The longest name, in bytes. File systems do not allow longer ones.
const LONGEST_NAME: usize = 255;

/// The form in which a file is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Rendering {
    /// The file as it was uploaded, to be saved.
    #[default]
    Original = 0,
    /// An image to be shown: re-encoded, without metadata.
    Display = 1,
    /// A small image.
    Thumbnail = 2,
}

impl Rendering {
    pub(crate) fn of(byte: u8) -> Option<Rendering> {
        [Rendering::Original, Rendering::Display, Rendering::Thumbnail].into_iter().find(|one| *one as u8 == byte)
    }

    /// The kind of the row.
    pub(crate) fn kind(self) -> Option<&'static str> {
        match self {
            Rendering::Original => None,
            Rendering::Display => Some("display"),
            Rendering::Thumbnail => Some("thumbnail"),
        }
    }
}

/// A file that is attached to a document.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AttachmentView {
    pub id: AttachmentId,
    pub document_id: DocumentId,
    pub name: String,
    /// The number of this version, from 1.
    pub version: i64,
    pub bytes: i64,
    /// The type found in the content.
    pub media_type: String,
    /// Whether the file was read: `waiting`, `working`, `done`, `failed` (see `detail`), or `none` if nothing is read
    /// from files of its type.
    pub state: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The size of an image in pixels.
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// Whether it was uploaded to be shown in the text. If so, it is deleted some time after the text stops showing it.
    pub in_text: bool,
    pub created_at: DateTime<Utc>,
    pub uploaded_at: DateTime<Utc>,
    /// The account or guest who uploaded this version.
    pub uploaded_by: Option<Uuid>,
    /// A path from which the caller, and nobody else, can download the file until `urls_until`.
    pub url: String,
    /// Like `url`, for an image to be shown in a page.
    pub display_url: Option<String>,
    /// Like `url`, for a small version of the image.
    pub thumbnail_url: Option<String>,
    pub urls_until: DateTime<Utc>,
}

impl Files {
    pub(crate) fn view(&self, attachment: Attachment, person: Uuid) -> AttachmentView {
        let until = valid_until(Utc::now());
        let url = |rendering| {
            let (attachment, number) = (attachment.attachment_id, attachment.number);
            let signed = Signed { attachment, number, rendering, person, until };
            format!("/api/v1/files/{}", self.urls.sign(&signed))
        };
        AttachmentView {
            url: url(Rendering::Original),
            display_url: attachment.has_display.then(|| url(Rendering::Display)),
            thumbnail_url: attachment.has_thumbnail.then(|| url(Rendering::Thumbnail)),
            urls_until: until,
            id: attachment.attachment_id,
            document_id: attachment.document_id,
            name: attachment.name,
            version: attachment.number,
            bytes: attachment.bytes,
            media_type: attachment.media_type,
            state: attachment.state,
            detail: attachment.detail,
            width: attachment.width,
            height: attachment.height,
            in_text: attachment.in_text,
            created_at: attachment.created_at,
            uploaded_at: attachment.uploaded_at,
            uploaded_by: attachment.uploaded_by,
        }
    }

    /// Attaches a file that has arrived, and returns it as the API shows it.
    ///
    /// # Errors
    /// [`Error::QuotaExceeded`], [`Error::Conflict`] when there are too many attachments, and others when a store does
    /// not answer.
    pub(crate) async fn attach(&self, app: &App, request: &DocumentRequest, new: Arrived) -> Result<AttachmentView> {
        let Arrived { attachment, name, in_text, incoming } = new;
        if incoming.bytes == 0 {
            return Err(Error::Invalid("the file is empty"));
        }
        let media_type = media::of_file(incoming.path(), incoming.bytes)
            .await
            .map_err(|error| Error::Internal(format!("an upload cannot be read: {error}")))?;
        self.scan(&incoming).await?;
        let (workspace, store) = (request.document.workspace_id, self.store()?);
        let known = stored::find(&app.db, workspace, &incoming.sha256).await?;
        let sealed = known.as_ref().map_or_else(|| store.seals(), |file| file.sealed);
        let object = object_of(workspace, &incoming.sha256, sealed);
        if known.is_none() {
            store.put(&object, incoming.path(), incoming.bytes, sealed).await?;
        }
        let bytes = i64::try_from(incoming.bytes).map_err(|_| Error::FileTooLarge(i64::MAX as u64))?;
        let file = NewFile { sha256: incoming.sha256.clone(), bytes, media_type, sealed };
        let created_by = request.visitor.id();
        let new = NewVersion { attachment, document: request.id(), name, in_text, file, created_by };
        let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
        let added = rows::add(&app.db, &request.actor, new, quota).await;
        if !matches!(added, Ok(Attached::Done(..)))
            && stored::find(&app.db, workspace, &incoming.sha256).await?.is_none()
        {
            // If an upload of the same content is added meanwhile, it finds that the object is gone.
            store.delete(&object).await?;
        }
        match added? {
            Attached::Full => Err(Error::QuotaExceeded),
            Attached::TooMany => {
                Err(Error::Conflict("at most 2,000 attachments of a document, and 100 versions of one"))
            }
            Attached::Done(attachment, file) => {
                // The same content may have been deleted while it was uploaded again.
                let object = object_of(workspace, &file.sha256, file.sealed);
                if !store.has(&object).await? {
                    store.put(&object, incoming.path(), incoming.bytes, file.sealed).await?;
                }
                self.arrived.notify_one();
                let attachment = self.when_read(app, *attachment).await?;
                Ok(self.view(attachment, created_by))
            }
        }
    }
}

/// A file that has arrived for a document.
pub(crate) struct Arrived {
    pub attachment: AttachmentId,
    pub name: String,
    pub in_text: bool,
    pub incoming: Incoming,
}

/// Checks a name, and returns it without a path and control characters.
///
/// # Errors
/// [`Error::Invalid`] when nothing is left, or it is too long.
pub fn checked_name(name: &str) -> Result<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = last.chars().filter(|c| !c.is_control() && !is_direction(*c)).collect();
    let shown = shown.trim().to_owned();
    if shown.is_empty() || shown.len() > LONGEST_NAME || shown == "." || shown == ".." {
        return Err(Error::Invalid("a file has a name of 1 to 255 bytes (?name=)"));
    }
    Ok(shown)
}

/// Whether a character changes the direction of the text after it, so that `gpj.exe` could be read as `exe.jpg`.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn unnamed() -> String {
    "file".to_owned()
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Named {
    /// The name of the file.
    #[serde(default = "unnamed")]
    name: String,
    /// Whether the file is shown in the text. Such a file is deleted some time after the text stops showing it; any
    /// other file stays until somebody deletes it.
    #[serde(default)]
    in_text: bool,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NamedVersion {
    /// The name of the file.
    #[serde(default = "unnamed")]
    name: String,
}

/// Lists the files attached to a document, each with URLs that a browser can open for five minutes.
#[utoipa::path(get, path = "/documents/{id}/attachments", tag = "files", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [AttachmentView])))]
async fn list(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At(id): At<DocumentId>,
) -> Result<Json<Vec<AttachmentView>>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::View).await?;
    request.may_read_text(&app).await?;
    let found = rows::list(&app.db, id).await?;
    Ok(Json(found.into_iter().map(|attachment| files.view(attachment, request.visitor.id())).collect()))
}

/// Attaches a file to a document: the body is the file. It is streamed; above 8 MiB, an upload in parts
/// (`POST /documents/{id}/uploads`) survives a broken connection.
#[utoipa::path(post, path = "/documents/{id}/attachments", tag = "files", params(("id" = Uuid, Path, description = "The document"), Named), request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 201, body = AttachmentView)))]
async fn attach(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(Named { name, in_text }): QueryParams<Named>,
    request: Request,
) -> Result<Response> {
    let document = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let name = checked_name(&name)?;
    let incoming = files.receive_whole(&app, request).await?;
    let arrived = Arrived { attachment: AttachmentId::new(), name, in_text, incoming };
    created(files.attach(&app, &document, arrived).await?)
}

/// Lists the versions of an attachment, newest first.
#[utoipa::path(get, path = "/documents/{id}/attachments/{attachment}/versions", tag = "files", params(("id" = Uuid, Path, description = "The document"), ("attachment" = Uuid, Path, description = "The attachment")), responses((status = 200, body = [AttachmentView])))]
async fn versions(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At((id, attachment)): At<(DocumentId, AttachmentId)>,
) -> Result<Json<Vec<AttachmentView>>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::View).await?;
    request.may_read_text(&app).await?;
    let found = rows::versions(&app.db, id, attachment).await?;
    if found.is_empty() {
        return Err(Error::NotFound("attachment"));
    }
    Ok(Json(found.into_iter().map(|version| files.view(version, request.visitor.id())).collect()))
}

/// Uploads a new version of an attachment: the body is the file. Earlier versions are kept.
#[utoipa::path(post, path = "/documents/{id}/attachments/{attachment}/versions", tag = "files", params(("id" = Uuid, Path, description = "The document"), ("attachment" = Uuid, Path, description = "The attachment"), NamedVersion), request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 201, body = AttachmentView)))]
async fn attach_version(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At((id, attachment)): At<(DocumentId, AttachmentId)>,
    QueryParams(NamedVersion { name }): QueryParams<NamedVersion>,
    request: Request,
) -> Result<Response> {
    let document = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let name = checked_name(&name)?;
    let current = rows::find(&app.db, attachment, None).await?.filter(|found| found.document_id == id);
    let in_text = current.ok_or(Error::NotFound("attachment"))?.in_text;
    let incoming = files.receive_whole(&app, request).await?;
    created(files.attach(&app, &document, Arrived { attachment, name, in_text, incoming }).await?)
}

/// Removes an attachment with all its versions.
#[utoipa::path(delete, path = "/documents/{id}/attachments/{attachment}", tag = "files", params(("id" = Uuid, Path, description = "The document"), ("attachment" = Uuid, Path, description = "The attachment")), responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At((id, attachment)): At<(DocumentId, AttachmentId)>,
) -> Result<StatusCode> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    if !rows::remove(&app.db, &request.actor, id, attachment).await? {
        return Err(Error::NotFound("attachment"));
    }
    files.released.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn created(view: AttachmentView) -> Result<Response> {
    let at = format!("/api/v1/documents/{}/attachments/{}/content", view.document_id, view.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, at)], Json(view)).into_response())
}

impl Files {
    /// Receives the body of a request, which must arrive as a whole.
    ///
    /// # Errors
    /// [`Error::FileTooLarge`], even before anything is read, if the client states the length; [`Error::Body`] when the
    /// connection broke.
    pub(crate) async fn receive_whole(&self, app: &App, request: Request) -> Result<Incoming> {
        self.store()?;
        let most = app.config.largest_file_bytes;
        if announced(request.headers()).is_some_and(|bytes| bytes > most) {
            return Err(Error::FileTooLarge(most));
        }
        let incoming = self.receive(request.into_body(), most).await?;
        if !incoming.is_whole {
            return Err(Error::Body("the file did not arrive as a whole".into()));
        }
        Ok(incoming)
    }

    /// Receives a body of at most `most` bytes. The result may be incomplete, if the connection broke.
    ///
    /// # Errors
    /// [`Error::FileTooLarge`], and when the disk is full.
    pub async fn receive(&self, body: Body, most: u64) -> Result<Incoming> {
        Incoming::receive(&self.folder, body.into_data_stream().into_stream(), most).await
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::checked_name;

    #[test]
    fn names_have_no_path_and_no_tricks() {
        let name = |name: &str| checked_name(name).ok();
        assert_eq!(name("plan.pdf").as_deref(), Some("plan.pdf"));
        assert_eq!(name("../../etc/passwd").as_deref(), Some("passwd"));
        assert_eq!(name("C:\\temp\\plan.pdf").as_deref(), Some("plan.pdf"));
        assert_eq!(name("a\r\nSet-Cookie: x").as_deref(), Some("aSet-Cookie: x"));
        assert_eq!(name("\u{202e}gpj.exe").as_deref(), Some("gpj.exe"));
        for bad in ["", "..", "/", " ", &"x".repeat(256)] {
            assert_eq!(name(bad), None);
        }
    }
}
