//! Copies of files from other sites, which the server fetches on request, and never from a private network.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use notify::webhooks::Outside;
use reqwest::{Url, header};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AttachmentId, DocumentId, Right};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Error, Result, input::At, input::Body};

use crate::Files;
use crate::attachments::{Arrived, AttachmentView, checked_name, created};
use crate::incoming::Incoming;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(fetch)))
}

/// The most redirects that are followed. Each is checked like the first address.
const REDIRECTS: usize = 3;
/// The time within which an answer must begin.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);
/// The time within which the whole file must arrive.
const WITHIN: Duration = Duration::from_secs(120);

/// What to fetch.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FileElsewhere {
    /// The address; it must be reachable on the public internet.
    url: String,
    /// As `in_text` of an uploaded attachment.
    #[serde(default)]
    in_text: bool,
}

/// Fetches a file from another site and attaches it. Addresses in private networks are refused.
#[utoipa::path(post, path = "/documents/{id}/attachments/fetch", tag = "files", params(("id" = Uuid, Path, description = "The document")), request_body = FileElsewhere, responses((status = 201, body = AttachmentView)))]
async fn fetch(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    Extension(outside): Extension<Outside>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    Body(FileElsewhere { url, in_text }): Body<FileElsewhere>,
) -> Result<Response> {
    let document = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    files.store()?;
    // One file at a time for each person.
    let _turn = app.work_of(&document.actor).await?;
    let fetching = fetched(&app, &files, &outside, url);
    let (at, incoming) = tokio::time::timeout(WITHIN, fetching).await.map_err(|_| NO_ANSWER)??;
    let last = at.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let last = percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned();
    let name = checked_name(&last).or_else(|_| checked_name(at.host_str().unwrap_or_default()))?;
    let arrived = Arrived { attachment: AttachmentId::new(), name, in_text, incoming };
    created(files.attach(&app, &document, arrived).await?)
}

const NO_ANSWER: Error = Error::Conflict("the other site did not send the file");

async fn fetched(app: &App, files: &Files, outside: &Outside, url: String) -> Result<(Url, Incoming)> {
    let mut url = url;
    for _ in 0..=REDIRECTS {
        let at = outside.check(&url).await.map_err(|refusal| Error::Body(refusal.to_string()))?;
        let request = outside.client().get(at.clone()).send();
        let answer = tokio::time::timeout(ANSWERS_WITHIN, request).await.map_err(|_| NO_ANSWER)?;
        let answer = answer.map_err(|_| NO_ANSWER)?;
        if answer.status().is_redirection() {
            let location = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).ok_or(NO_ANSWER)?;
            url = at.join(location).map_err(|_| NO_ANSWER)?.into();
            continue;
        }
        if !answer.status().is_success() {
            return Err(NO_ANSWER);
        }
        let most = app.config.largest_file_bytes;
        if answer.content_length().is_some_and(|bytes| bytes > most) {
            return Err(Error::FileTooLarge(most));
        }
        let incoming = Incoming::receive(&files.folder, answer.bytes_stream(), most).await?;
        return if incoming.is_whole { Ok((at, incoming)) } else { Err(NO_ANSWER) };
    }
    Err(NO_ANSWER)
}
