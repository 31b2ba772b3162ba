//! Resumable uploads, with the requests and headers of tus 1.0 (<https://tus.io>, creation and termination): created
//! with a length, sent in parts from an offset, and continued after a broken connection on any node. Parts are in the
//! store until the file is complete. An upload that nobody continues for a day is deleted.

pub mod rows;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{AttachmentId, DocumentId, Right, UploadId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Binary, Error, Result, input::At};

use crate::Files;
use crate::attachments::{Arrived, AttachmentView, checked_name, rows as attachments};
use crate::incoming::Incoming;
use crate::store::StoreError;
use rows::{Begun, NewUpload, Part, Upload};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(begin)))
        .routes(needs(DOCUMENTS, routes!(read, append, cancel)))
}

const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
/// The media type of a part.
const PART: &str = "application/offset+octet-stream";
/// The maximum number of parts of an upload, which allows 80 GB in parts of 8 MiB. Without it, tiny parts would make
/// many rows.
pub const MOST_PARTS: i64 = 10_000;
/// The maximum number of unfinished uploads of one person, for example of a folder dropped into the page.
pub const MOST_UPLOADS: i64 = 100;

/// An upload in progress.
#[derive(Serialize, utoipa::ToSchema)]
struct UploadView {
    id: UploadId,
    /// The attachment that it becomes, or of which it becomes a version.
    attachment_id: AttachmentId,
    bytes: u64,
    /// The bytes that have arrived: the upload continues there.
    offset: u64,
    /// The attachment, when everything has arrived.
    attachment: Option<AttachmentView>,
}

/// Begins an upload in parts. `Upload-Length` is the size of the file; `Upload-Metadata` has `filename`, and may have
/// `in_text` (`true`) and, for a new version of an attachment, `attachment`, each with its value in base64. Send the
/// parts to the `Location` of the response.
#[utoipa::path(post, path = "/documents/{id}/uploads", tag = "files", params(("id" = Uuid, Path, description = "The document"), ("Upload-Length" = u64, Header, description = "The size of the file in bytes"), ("Upload-Metadata" = String, Header, description = "`filename <base64>,in_text <base64>,attachment <base64>`")), responses((status = 201, body = UploadView, headers(("Location" = String), ("Upload-Offset" = u64)))))]
async fn begin(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    headers: HeaderMap,
) -> Result<Response> {
    let document = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let store = files.store()?;
    let bytes = number(&headers, &LENGTH).filter(|bytes| *bytes > 0);
    let bytes = bytes.ok_or(Error::Invalid("Upload-Length is the size of the file in bytes"))?;
    if bytes > app.config.largest_file_bytes {
        return Err(Error::FileTooLarge(app.config.largest_file_bytes));
    }
    let said = |name: &str| metadata(&headers, name);
    let name = checked_name(&said("filename").unwrap_or_default())?;
    let (attachment_id, in_text) = match said("attachment") {
        None => (AttachmentId::new(), said("in_text").as_deref() == Some("true")),
        Some(attachment) => {
            let attachment = attachment.parse().map_err(|_| Error::NotFound("attachment"))?;
            let found = attachments::find(&app.db, attachment, None).await?.filter(|found| found.document_id == id);
            (attachment, found.ok_or(Error::NotFound("attachment"))?.in_text)
        }
    };
    let new = NewUpload {
        document: id,
        attachment_id,
        in_text,
        name,
        bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
        sealed: store.seals(),
        created_by: document.visitor.id(),
    };
    let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
    let upload = match rows::begin(&app.db, document.document.workspace_id, new, quota).await? {
        Begun::Upload(upload) => upload,
        Begun::Full => return Err(Error::QuotaExceeded),
        Begun::TooMany => return Err(Error::Conflict("you have 100 uploads in progress: finish or cancel some")),
    };
    let location = [(header::LOCATION, format!("/api/v1/uploads/{}", upload.upload_id))];
    let (headers, view) = shown(&upload, None);
    Ok((StatusCode::CREATED, location, headers, view).into_response())
}

/// Returns how much of an upload has arrived, also in the header `Upload-Offset`, which HEAD returns too.
#[utoipa::path(get, path = "/uploads/{upload}", tag = "files", params(("upload" = Uuid, Path, description = "The upload")), responses((status = 200, body = UploadView, headers(("Upload-Offset" = u64), ("Upload-Length" = u64)))))]
async fn read(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At(id): At<UploadId>,
) -> Result<Response> {
    let (upload, document) = of_caller(&app, visitor, id).await?;
    let attachment = files.completed(&app, &document, &upload).await?;
    Ok(shown(&upload, attachment).into_response())
}

/// Sends the next part of an upload, from `Upload-Offset` on; tus clients send it with the content type
/// `application/offset+octet-stream`. What arrived before a broken connection is kept. With the last part, the file is
/// attached.
#[utoipa::path(patch, path = "/uploads/{upload}", tag = "files", params(("upload" = Uuid, Path, description = "The upload"), ("Upload-Offset" = u64, Header, description = "The number of bytes that have arrived so far")), request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 200, body = UploadView, headers(("Upload-Offset" = u64)))))]
async fn append(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At(id): At<UploadId>,
    request: Request,
) -> Result<Response> {
    let (mut upload, document) = of_caller(&app, visitor, id).await?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if ![Some(PART), Some("application/octet-stream")].contains(&kind) {
        return Err(Error::UnsupportedMediaType("a part has the content type application/offset+octet-stream"));
    }
    let offset = number(request.headers(), &OFFSET).ok_or(Error::Invalid("Upload-Offset is missing"))?;
    let (received, bytes) = (upload.received as u64, upload.bytes as u64);
    if offset != received {
        return Err(Error::WrongOffset(received));
    }
    let part = files.receive(request.into_body(), bytes - received).await?;
    if part.bytes > 0 {
        let store = files.store()?;
        let object = format!("{}/uploads/{}/{}", upload.workspace_id, id, Uuid::new_v4().simple());
        let length = part.bytes as i64;
        let row = Part { starts_at: upload.received, bytes: length, object: object.clone() };
        store.put(&object, part.path(), part.bytes, upload.sealed).await?;
        match rows::add_part(&app.db, id, row, MOST_PARTS).await? {
            Some(received) => upload.received = received,
            None => {
                store.delete(&object).await?;
                let now = rows::find(&app.db, id).await?.ok_or(Error::NotFound("upload"))?;
                return Err(Error::WrongOffset(now.received as u64));
            }
        }
    }
    if !part.is_whole {
        return Err(Error::Body("the connection broke; what arrived is kept".into()));
    }
    drop(part);
    let attachment = files.completed(&app, &document, &upload).await?;
    Ok(shown(&upload, attachment).into_response())
}

/// Cancels an upload: what arrived is deleted.
#[utoipa::path(delete, path = "/uploads/{upload}", tag = "files", params(("upload" = Uuid, Path, description = "The upload")), responses((status = 204)))]
async fn cancel(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    visitor: Visitor,
    At(id): At<UploadId>,
) -> Result<Response> {
    let (upload, _) = of_caller(&app, visitor, id).await?;
    files.forget(&app, &upload).await?;
    Ok((StatusCode::NO_CONTENT, [(RESUMABLE, VERSION)]).into_response())
}

/// The upload, if the caller began it and may still edit its document.
async fn of_caller(app: &App, visitor: Visitor, id: UploadId) -> Result<(Upload, DocumentRequest)> {
    let upload = rows::find(&app.db, id).await?.filter(|upload| upload.created_by == visitor.id());
    let upload = upload.ok_or(Error::NotFound("upload"))?;
    let document = DocumentRequest::at(app, visitor, upload.document_id, Right::Edit).await?;
    Ok((upload, document))
}

impl Files {
    /// The attachment of an upload that has arrived completely. It is attached now, unless it was before.
    async fn completed(
        &self,
        app: &App,
        document: &DocumentRequest,
        upload: &Upload,
    ) -> Result<Option<AttachmentView>> {
        if upload.received < upload.bytes {
            return Ok(None);
        }
        // One at a time, because a client may ask for the upload while its last part is still being answered.
        let _turn = self.completing.lock().await;
        if let Some(number) = rows::attached(&app.db, upload.upload_id).await? {
            let found = attachments::find(&app.db, upload.attachment_id, Some(number)).await?;
            return Ok(found.map(|found| self.view(found, document.visitor.id())));
        }
        let incoming = self.assembled(app, upload).await?;
        let (attachment, name) = (upload.attachment_id, upload.name.clone());
        let view = self.attach(app, document, Arrived { attachment, name, in_text: upload.in_text, incoming }).await;
        if let Err(Error::Infected(_) | Error::QuotaExceeded) = view {
            self.forget(app, upload).await?;
        }
        let view = view?;
        let parts = rows::parts(&app.db, upload.upload_id).await?;
        rows::complete(&app.db, upload.upload_id, view.version).await?;
        for part in parts {
            self.store()?.delete(&part.object).await?;
        }
        Ok(Some(view))
    }

    async fn assembled(&self, app: &App, upload: &Upload) -> Result<Incoming> {
        let store = self.store()?.clone();
        let (parts, sealed) = (rows::parts(&app.db, upload.upload_id).await?, upload.sealed);
        let pieces = stream::iter(parts)
            .then(move |Part { bytes, object, .. }| {
                let (store, bytes) = (store.clone(), bytes as u64);
                async move { store.read(&object, bytes, sealed, 0..bytes).await }.boxed()
            })
            .try_flatten()
            .boxed();
        // An error of the store is kept here, because the receiver only notices that the stream broke.
        let failure = Arc::new(parking_lot::Mutex::new(None::<StoreError>));
        let noted = failure.clone();
        let pieces = pieces.map_err(move |error| *noted.lock() = Some(error));
        let incoming = Incoming::receive(&self.folder, pieces, upload.bytes as u64).await?;
        if let Some(failure) = failure.lock().take() {
            return Err(failure.into());
        }
        if incoming.bytes != upload.bytes as u64 {
            return Err(Error::Internal("the parts of an upload are not the whole".into()));
        }
        Ok(incoming)
    }

    /// Deletes an upload and its parts.
    pub(crate) async fn forget(&self, app: &App, upload: &Upload) -> Result<()> {
        for part in rows::parts(&app.db, upload.upload_id).await? {
            self.store()?.delete(&part.object).await?;
        }
        Ok(rows::remove(&app.db, upload.upload_id).await?)
    }
}

type Shown = ([(HeaderName, HeaderValue); 4], Json<UploadView>);

fn shown(upload: &Upload, attachment: Option<AttachmentView>) -> Shown {
    let (bytes, offset) = (upload.bytes as u64, upload.received as u64);
    let headers = [
        (OFFSET, offset.into()),
        (LENGTH, bytes.into()),
        (RESUMABLE, VERSION),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let (id, attachment_id) = (upload.upload_id, upload.attachment_id);
    (headers, Json(UploadView { id, attachment_id, bytes, offset, attachment }))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// A value of `Upload-Metadata`: pairs of a name and a value in base64, separated by commas.
fn metadata(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let pairs = headers.get(METADATA)?.to_str().ok()?;
    let value = pairs.split(',').find_map(|pair| {
        let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        (name == wanted).then_some(value)
    })?;
    String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()
}
