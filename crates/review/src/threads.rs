//! Threads of comments on a document: begun on a passage or on the whole document, resolved with an outcome. The
//! comment right is enough to begin one. Nothing here writes the document.

pub mod rows;

use crate::threads::rows as threads;
use crate::{
    comments::CommentView, comments::Remark, comments::check_mentions, comments::rows::Mention,
    comments::rows::NewComment, comments::views, threads::rows::Decision, threads::rows::NewThread,
    threads::rows::Thread, threads::rows::Threads,
};
use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use document::{Anchor, AnchorError, Place};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{CommentId, DocumentId, Outcome, Right, Stored, ThreadId, ThreadState};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list, create)))
        .routes(needs(DOCUMENTS, routes!(read, remove)))
        .routes(needs(DOCUMENTS, routes!(resolve)))
        .routes(needs(DOCUMENTS, routes!(reopen)))
}

/// The web page shows all threads at once.
const MOST: i64 = 5_000;
const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 500;

/// A passage or the text of a suggestion can be several pages long.
pub const MAX_QUOTE_CHARACTERS: usize = 10_000;
const MAX_NOTE_CHARACTERS: usize = 2_000;

/// A passage, given by Yjs relative positions or by offsets.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PassageWish {
    /// The start, as `Y.relativePositionToJSON` returns it; `end` is the end in the same form.
    #[schema(value_type = Option<Object>)]
    start: Option<document::anchors::Position>,
    #[schema(value_type = Option<Object>)]
    end: Option<document::anchors::Position>,
    /// The start, instead, as an offset in `content?format=text`, in UTF-16 units; `to` is the end in the same form.
    from: Option<u32>,
    to: Option<u32>,
    /// The expected text of the passage. If the passage now reads differently, the answer is 409 `changed`.
    quote: Option<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ThreadWish {
    /// Plain text; may be empty if there is a `replacement`.
    #[serde(default)]
    body: String,
    /// The members and groups of the workspace to notify.
    #[serde(default)]
    mentions: Vec<Mention>,
    /// The passage; absent if the thread is about the whole document.
    passage: Option<PassageWish>,
    /// The suggested text for the passage, which must lie within one paragraph; empty to suggest deletion. Makes the
    /// thread a suggestion.
    replacement: Option<String>,
}

/// A passage and its current position.
#[derive(Serialize, utoipa::ToSchema)]
struct Passage {
    /// The start as a Yjs relative position; `end` is the end in the same form.
    #[schema(value_type = Object)]
    start: serde_json::Value,
    #[schema(value_type = Object)]
    end: serde_json::Value,
    /// The text of the passage when it was marked.
    quote: String,
    /// Whether the text of the passage was deleted.
    is_orphan: bool,
    /// The start offset in `content?format=text`, in UTF-16 units; `to` is the end offset. Both are absent for an
    /// orphan.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
    /// The index of the top-level block in which the passage begins, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<u32>,
    /// The current text of the passage.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// A person with their name.
#[derive(Serialize, utoipa::ToSchema)]
struct Person {
    id: Uuid,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ThreadView {
    pub thread_id: ThreadId,
    /// The state: `open` or `resolved`; for a suggestion `open`, `accepted` or `rejected`.
    #[schema(value_type = String)]
    state: Stored<ThreadState>,
    /// The passage; absent if the thread is about the whole document.
    #[serde(skip_serializing_if = "Option::is_none")]
    passage: Option<Passage>,
    /// The suggested text; set only for a suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
    /// The outcome of a resolved thread: `decided`, `deferred`, `rejected` or `done`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    outcome: Option<Stored<Outcome>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    comments: Vec<CommentView>,
}

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

/// Checks that the caller began the thread or has the edit right.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn may_decide(request: &DocumentRequest, thread: &Thread) -> Result<()> {
    if request.right >= Right::Edit || thread.created_by == request.visitor.id() {
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

/// Returns a thread in its current state.
///
/// # Errors
/// [`Error::NotFound`] when the thread no longer exists.
pub async fn view(request: &DocumentRequest, app: &App, thread: ThreadId) -> Result<ThreadView> {
    let thread = find(request, app, thread).await?;
    thread_views(request, app, vec![thread]).await?.pop().ok_or(Error::NotFound("thread"))
}

/// Returns threads with their comments and the positions of their passages.
async fn thread_views(request: &DocumentRequest, app: &App, threads: Vec<Thread>) -> Result<Vec<ThreadView>> {
    let (Some(first), Some(last)) = (threads.first(), threads.last()) else { return Ok(Vec::new()) };
    let mut said: HashMap<ThreadId, Vec<CommentView>> = HashMap::new();
    for (thread, comment) in views(app, request.id(), (first.thread_id, last.thread_id)).await? {
        said.entry(thread).or_default().push(comment);
    }
    let anchors: Vec<Option<Anchor>> = threads.iter().map(anchor_of).collect();
    let mut places = match anchors.iter().flatten().cloned().collect::<Vec<_>>() {
        none if none.is_empty() => Vec::new(),
        marked => request.internal_text(app).await?.read(move |document, _| document.places(&marked)).await?,
    }
    .into_iter();
    let view = |(thread, anchor): (Thread, Option<Anchor>)| {
        let comments = said.remove(&thread.thread_id).unwrap_or_default();
        let passage = anchor.map(|anchor| Passage::of(&anchor, &thread.quote, places.next().flatten()));
        ThreadView {
            thread_id: thread.thread_id,
            state: thread.state,
            passage,
            replacement: thread.replacement,
            outcome: thread.outcome,
            note: thread.note,
            decided_by: thread.decided_by.map(|id| Person { id, name: thread.decided_by_name.unwrap_or_default() }),
            decided_at: thread.decided_at,
            created_at: thread.created_at,
            comments,
        }
    };
    Ok(threads.into_iter().zip(anchors).map(view).collect())
}

impl Passage {
    fn of(anchor: &Anchor, quote: &str, place: Option<Place>) -> Passage {
        let json = |position| serde_json::to_value(position).unwrap_or_default();
        Passage {
            start: json(&anchor.start),
            end: json(&anchor.end),
            quote: quote.to_owned(),
            is_orphan: place.is_none(),
            from: place.as_ref().map(|place| place.from),
            to: place.as_ref().map(|place| place.to),
            block: place.as_ref().map(|place| place.block),
            text: place.map(|place| place.quote),
        }
    }
}

/// The stored passage of a thread.
pub fn anchor_of(thread: &Thread) -> Option<Anchor> {
    thread.anchor.as_deref().and_then(|anchor| serde_json::from_str(anchor).ok())
}

/// Serializes a passage for storage.
pub fn stored(anchor: &Anchor) -> Result<String> {
    serde_json::to_string(anchor).map_err(|error| Error::Internal(error.to_string()))
}

/// Lists a document's threads, oldest first, with the positions of their passages in the durable text.
#[utoipa::path(get, path = "/documents/{id}/threads", tag = "comments", params(("id" = Uuid, Path, description = "The document"), Search), responses((status = 200, body = ThreadPage)))]
async fn list(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(search): QueryParams<Search>,
) -> Result<Json<ThreadPage>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::View).await?;
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
    let marked = match input.passage {
        Some(passage) => Some(mark(&app, &request, passage).await?),
        None if input.replacement.is_some() => return Err(Error::Invalid("a suggestion needs a passage")),
        None => None,
    };
    if let (Some(replacement), Some(marked)) = (&input.replacement, &marked) {
        check_replacement(replacement, &marked.place)?;
    }
    if threads::count(&app.db, id).await? >= MOST {
        return Err(Error::Conflict("a document has up to 5,000 threads"));
    }
    let edges = marked.as_ref().filter(|_| input.replacement.is_some()).map(|marked| stored(&marked.edges));
    let new = NewThread {
        document: id,
        anchor: marked.as_ref().map(|marked| stored(&marked.anchor)).transpose()?,
        edges: edges.transpose()?,
        quote: marked.map(|marked| marked.place.quote).unwrap_or_default(),
        replacement: input.replacement,
        first: NewComment { author: request.visitor.id(), body: remark.body, mentions: remark.mentions },
    };
    let thread = threads::add(&app.db, &request.actor, new).await?;
    Ok((StatusCode::CREATED, Json(view(&request, &app, thread).await?)))
}

/// A marked passage, as it is in the durable text.
struct Marked {
    anchor: Anchor,
    edges: Anchor,
    place: Place,
}

/// Finds the passage in the durable text. If it names text that is not saved yet, waits for it.
async fn mark(app: &App, request: &DocumentRequest, input: PassageWish) -> Result<Marked> {
    let text = request.internal_text(app).await?;
    let anchor = match (input.start, input.end, input.from, input.to) {
        (Some(start), Some(end), None, None) => {
            let anchor = Anchor { start, end };
            text.place(&anchor).await?;
            anchor
        }
        (None, None, Some(from), Some(to)) => text.read(|document, _| document.anchor(from, to)).await??,
        _ => return Err(Error::Invalid("a passage needs a start and an end, or from and to")),
    };
    let marked = text.read(|document, _| Ok::<_, AnchorError>((document.place(&anchor)?, document.edges(&anchor)?)));
    let (place, edges) = marked.await??;
    if input.quote.is_some_and(|quote| quote != place.quote) {
        return Err(AnchorError::Changed.into());
    }
    if place.quote.chars().count() > MAX_QUOTE_CHARACTERS {
        return Err(Error::Invalid("a passage has up to 10,000 characters"));
    }
    Ok(Marked { anchor, edges, place })
}

fn check_replacement(replacement: &str, place: &Place) -> Result<()> {
    if place.quote.contains('\n') {
        return Err(AnchorError::NotOneText.into());
    }
    if replacement == place.quote {
        return Err(Error::Invalid("the suggestion is equal to the passage"));
    }
    if replacement.chars().count() > MAX_QUOTE_CHARACTERS || replacement.chars().any(char::is_control) {
        return Err(Error::Invalid("a suggestion has up to 10,000 characters, and no line breaks"));
    }
    Ok(())
}

/// Returns one thread.
#[utoipa::path(get, path = "/documents/{id}/threads/{thread}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), responses((status = 200, body = ThreadView)))]
async fn read(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::View).await?;
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
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Resolution {
    outcome: Outcome,
    /// The reason, for later readers of the decision.
    note: Option<String>,
}

/// Resolves a thread. Requires the edit right, except for the person who began the thread.
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
    if found.replacement.is_some() {
        return Err(Error::Conflict("a suggestion must be accepted or rejected"));
    }
    let decision = Decision {
        from: ThreadState::Open,
        to: ThreadState::Resolved,
        outcome: Some(resolution.outcome),
        note: checked_note(resolution.note)?,
        anchor: None,
    };
    decide(&app, &request, thread, decision).await
}

/// Reopens a resolved thread or a rejected suggestion. Requires the edit right, except for the person who began it.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/reopen", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), responses((status = 200, body = ThreadView)))]
async fn reopen(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let found = find(&request, &app, thread).await?;
    may_decide(&request, &found)?;
    let from = if found.replacement.is_some() { ThreadState::Rejected } else { ThreadState::Resolved };
    let decision = Decision { from, to: ThreadState::Open, outcome: None, note: None, anchor: None };
    decide(&app, &request, thread, decision).await
}

/// Changes a thread's state, once.
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
            Err(Error::Invalid("a note has up to 2,000 characters"))
        }
        _ => Ok(note),
    }
}

/// The document and the comment that a path names.
pub type CommentAt = (DocumentId, CommentId);
