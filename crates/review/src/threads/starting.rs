//! Begins threads on a passage, on an image, file or card, or on the whole document. A thread with other words for its
//! passage is a suggestion.

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use endpoint::input::{At, Body};
use endpoint::{Error, Result};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, Right, ThreadId};

use super::following;
use super::media::{self, MediaWish};
use super::passages::{PassageWish, mark, stored};
use super::rows::{self as threads, NewThread};
use super::views::{ThreadView, view};
use crate::comments::rows::{Mention, NewComment};
use crate::comments::{Remark, check_mentions};
use crate::suggestions::making;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(create)))
}

/// Most threads of a document, because the web page shows all of them at once.
pub const MOST: i64 = 5_000;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ThreadWish {
    /// Plain text; may be empty if there is a `replacement`.
    #[serde(default)]
    body: String,
    /// The members and groups of the workspace to notify.
    #[serde(default)]
    mentions: Vec<Mention>,
    /// The passage; absent if the thread is about an image, file or card, or about the whole document.
    passage: Option<PassageWish>,
    /// Instead of a passage, an image, file or card of the text.
    #[schema(inline)]
    media: Option<MediaWish>,
    /// The suggested text for the passage, which must lie within one paragraph; empty to suggest deletion. Makes the
    /// thread a suggestion.
    replacement: Option<String>,
}

/// Begins a thread or makes a suggestion.
#[utoipa::path(post, path = "/documents/{id}/threads", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = ThreadWish, responses((status = 201, body = ThreadView)))]
async fn create(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    Body(input): Body<ThreadWish>,
) -> Result<(StatusCode, Json<ThreadView>)> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let remark = Remark { body: input.body, mentions: input.mentions }.checked(input.replacement.is_some())?;
    check_mentions(&app, request.actor.workspace, &remark.mentions).await?;
    let first = NewComment { author: request.visitor.id(), body: remark.body, mentions: remark.mentions };
    if input.media.is_some() && (input.passage.is_some() || input.replacement.is_some()) {
        return Err(Error::Invalid("a thread is about a passage or about an image or file, not both"));
    }
    let thread = match (input.replacement, input.passage) {
        (Some(_), None) => return Err(Error::Invalid("a suggestion needs a passage")),
        (Some(replacement), Some(passage)) => making::replace(&app, &request, passage, &replacement, first).await?.1,
        (None, passage) => begin(&app, &request, passage, input.media, first).await?,
    };
    Ok((StatusCode::CREATED, Json(view(&request, &app, thread).await?)))
}

async fn begin(
    app: &App,
    request: &DocumentRequest,
    passage: Option<PassageWish>,
    about: Option<MediaWish>,
    first: NewComment,
) -> Result<ThreadId> {
    let marked = match passage {
        Some(passage) => Some(mark(app, request, passage).await?),
        None => None,
    };
    let about = match about {
        Some(wanted) => Some(media::mark(app, request, wanted).await?),
        None => None,
    };
    if threads::count(&app.db, request.id()).await? >= MOST {
        return Err(Error::Conflict("a document may have at most 5,000 threads"));
    }
    let around = marked.as_ref().and_then(|marked| marked.around.clone());
    let followed = marked.as_ref().map(|marked| (marked.anchor.clone(), marked.place.quote.clone()));
    let (media, label) = about.map(|about| (about.media, about.label)).unzip();
    let new = NewThread {
        document: request.id(),
        anchor: marked.as_ref().map(|marked| stored(&marked.anchor)).transpose()?,
        media,
        around: around.as_ref().and_then(|around| serde_json::to_string(&[around]).ok()),
        quote: marked.map(|marked| marked.place.quote).or(label).unwrap_or_default(),
        first,
    };
    let thread = threads::add(&app.db, &request.actor, new).await?;
    if let Some((anchor, quote)) = followed {
        following::begin(app, request.id(), thread, &[(&anchor, &quote, &around.unwrap_or_default())]);
    }
    Ok(thread)
}
