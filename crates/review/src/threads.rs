//! Threads of comments on a document: begun on a passage or on the whole document, resolved with an outcome. The
//! comment right is enough to begin one. Nothing here writes the document.

pub mod assignments;
pub mod followed;
pub mod following;
pub mod imported;
pub mod media;
pub mod passages;
pub mod rows;
pub mod starting;
pub mod views;

use crate::suggestions::rows as suggestions;
use crate::threads::rows as threads;
use crate::{
    threads::rows::Decision, threads::rows::Thread, threads::rows::Threads, threads::views::ThreadView,
    threads::views::thread_views, threads::views::view,
};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use vocabulary::{CommentId, DocumentId, Outcome, Right, ThreadId, ThreadState};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list)))
        .routes(needs(DOCUMENTS, routes!(read, remove)))
        .routes(needs(DOCUMENTS, routes!(resolve)))
}

const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 500;

const MAX_NOTE_CHARACTERS: usize = 2_000;

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Which {
    #[default]
    All,
    Open,
    Closed,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Search {
    #[serde(default)]
    #[param(inline)]
    state: Which,
    /// The `next` value of the previous page.
    cursor: Option<ThreadId>,
    #[serde(default = "page")]
    limit: i64,
}

const fn page() -> i64 {
    PAGE
}

#[derive(Serialize, utoipa::ToSchema)]
struct ThreadPage {
    items: Vec<ThreadView>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<ThreadId>,
}

/// Checks that the caller began the thread, is assigned to it, or has the edit right.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn may_decide(request: &DocumentRequest, thread: &Thread) -> Result<()> {
    let caller = request.visitor.id();
    if request.right >= Right::Edit || thread.created_by == caller || thread.assigned_to == Some(caller) {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// # Errors
/// [`Error::NotFound`].
pub async fn find(request: &DocumentRequest, app: &App, thread: ThreadId) -> Result<Thread> {
    threads::find(&app.db, request.actor.workspace, request.id(), thread).await?.ok_or(Error::NotFound("thread"))
}

/// Lists a document's threads, oldest first, with the positions of their passages in the durable text.
#[utoipa::path(get, path = "/documents/{id}/threads", tag = "comments", params(("id" = Uuid, Path, description = "The document"), Search), responses((status = 200, body = ThreadPage)))]
async fn list(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(search): QueryParams<Search>,
) -> Result<Json<ThreadPage>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    request.note_read(&app).await?;
    let limit = search.limit.clamp(1, LARGEST_PAGE);
    let which = match search.state {
        Which::All => Threads::All,
        Which::Open => Threads::Open,
        Which::Closed => Threads::Closed,
    };
    let mut threads = threads::list(&app.db, request.actor.workspace, id, which, search.cursor, limit + 1).await?;
    let more = threads.len() as i64 > limit;
    threads.truncate(limit as usize);
    let next = threads.last().filter(|_| more).map(|last| last.thread_id);
    Ok(Json(ThreadPage { items: thread_views(&request, &app, threads).await?, next }))
}

/// Returns one thread.
#[utoipa::path(get, path = "/documents/{id}/threads/{thread}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), responses((status = 200, body = ThreadView)))]
async fn read(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    request.note_read(&app).await?;
    Ok(Json(view(&request, &app, thread).await?))
}

/// Removes a thread with all its comments. Requires the admin right to the document.
#[utoipa::path(delete, path = "/documents/{id}/threads/{thread}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<StatusCode> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Admin).await?;
    if !threads::remove(&app.db, &request.actor, id, thread).await? {
        return Err(Error::NotFound("thread"));
    }
    following::end(&app, id, thread);
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    /// What was decided; absent if nothing was. Threads without an outcome are not in the list of decisions.
    outcome: Option<Outcome>,
    /// The reason, for later readers of the decision.
    note: Option<String>,
}

/// Resolves a thread. Requires the edit right, except for the person who began the thread and the person whom it is
/// assigned to.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/resolve", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), request_body = Resolution, responses((status = 200, body = ThreadView)))]
async fn resolve(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
    Body(resolution): Body<Resolution>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let found = find(&request, &app, thread).await?;
    may_decide(&request, &found)?;
    // A suggestion that an older version added during an upgrade has no row in `suggestion`, and nobody can accept it.
    let workspace = request.actor.workspace;
    if found.replacement.is_some() && suggestions::find(&app.db, workspace, id, thread).await?.is_some() {
        return Err(Error::Conflict("a suggestion must be accepted or rejected"));
    }
    let decision = Decision {
        from: ThreadState::Open,
        to: ThreadState::Resolved,
        outcome: resolution.outcome,
        note: checked_note(resolution.note)?,
        anchor: None,
    };
    decide(&app, &request, thread, decision).await
}

/// Changes a thread's state, once, and returns the thread.
///
/// # Errors
/// [`Error::Conflict`] when another change came first.
pub async fn decide(
    app: &App,
    request: &DocumentRequest,
    thread: ThreadId,
    decision: Decision,
) -> Result<Json<ThreadView>> {
    if !threads::decide(&app.db, &request.actor, request.id(), thread, decision).await? {
        return Err(Error::Conflict("the state of the thread does not allow this: read it again"));
    }
    Ok(Json(view(request, app, thread).await?))
}

/// # Errors
/// [`Error::Invalid`] when the note is too long.
pub fn checked_note(note: Option<String>) -> Result<Option<String>> {
    let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
    match &note {
        Some(note) if note.chars().count() > MAX_NOTE_CHARACTERS => {
            Err(Error::Invalid("a note may have at most 2,000 characters"))
        }
        _ => Ok(note),
    }
}

/// The document and the comment that a path names.
pub type CommentAt = (DocumentId, CommentId);
