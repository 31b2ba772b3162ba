//! Decisions on one or several suggestions: accepting, rejecting, withdrawing, opening again and undoing.

use std::collections::BTreeMap;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use axum::Json;
use axum::extract::State;
use endpoint::input::{At, Body};
use endpoint::{Error, Result};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, Right, ThreadId, ThreadState};

use super::accepting;
use super::listing::{SuggestionView, find, view};
use super::making::check_count;
use super::rows::{self, MOST_OPEN, Row, Which};
use super::undoing;
use crate::threads::rows::{self as threads, Decision};
use crate::threads::views::{self as thread_views, ThreadView};
use crate::threads::{checked_note, following};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(accept)))
        .routes(needs(DOCUMENTS, routes!(reject)))
        .routes(needs(DOCUMENTS, routes!(withdraw)))
        .routes(needs(DOCUMENTS, routes!(open_again)))
        .routes(needs(DOCUMENTS, routes!(undo)))
        .routes(needs(DOCUMENTS, routes!(accept_many)))
        .routes(needs(DOCUMENTS, routes!(reject_many)))
        .routes(needs(DOCUMENTS, routes!(accept_thread)))
        .routes(needs(DOCUMENTS, routes!(reject_thread)))
        .routes(needs(DOCUMENTS, routes!(reopen_thread)))
}

const WRONG_STATE: Error = Error::Conflict("the state of the suggestion does not allow this: read it again");

/// Accepts a suggestion: makes its change as an edit by the caller. Answers 409 `gone`, `changed`, `already` or
/// `invalid` if it cannot be accepted (see `stands`); nothing is edited in that case.
#[utoipa::path(post, path = "/documents/{id}/suggestions/{suggestion}/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("suggestion" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = SuggestionView)))]
async fn accept(
    State(app): State<App>,
    visitor: Visitor,
    At((id, suggestion)): At<(DocumentId, ThreadId)>,
) -> Result<Json<SuggestionView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let row = find(&app, &request, suggestion).await?;
    accepting::accept(&app, &request.text_to_edit(&app).await?, &row).await?;
    Ok(Json(view(&app, &request, suggestion).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// The reason for the rejection.
    note: Option<String>,
}

/// Rejects a suggestion and leaves the text unchanged. Requires the edit right, except for the suggestion's author.
#[utoipa::path(post, path = "/documents/{id}/suggestions/{suggestion}/reject", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("suggestion" = Uuid, Path, description = "The suggestion")), request_body = Rejection, responses((status = 200, body = SuggestionView)))]
async fn reject(
    State(app): State<App>,
    visitor: Visitor,
    At((id, suggestion)): At<(DocumentId, ThreadId)>,
    Body(reason): Body<Rejection>,
) -> Result<Json<SuggestionView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let row = find(&app, &request, suggestion).await?;
    may_decide(&request, &row)?;
    end(&app, &request, suggestion, ThreadState::Rejected, checked_note(reason.note)?).await?;
    Ok(Json(view(&app, &request, suggestion).await?))
}

/// Withdraws a suggestion. Only its author can.
#[utoipa::path(post, path = "/documents/{id}/suggestions/{suggestion}/withdraw", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("suggestion" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = SuggestionView)))]
async fn withdraw(
    State(app): State<App>,
    visitor: Visitor,
    At((id, suggestion)): At<(DocumentId, ThreadId)>,
) -> Result<Json<SuggestionView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let row = find(&app, &request, suggestion).await?;
    if row.created_by != request.visitor.id() {
        return Err(Error::Forbidden);
    }
    end(&app, &request, suggestion, ThreadState::Withdrawn, None).await?;
    following::end(&app, id, suggestion);
    Ok(Json(view(&app, &request, suggestion).await?))
}

/// Opens a rejected or withdrawn suggestion again. Requires the edit right, except for the suggestion's author. Only
/// the author can open a withdrawn suggestion.
#[utoipa::path(post, path = "/documents/{id}/suggestions/{suggestion}/reopen", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("suggestion" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = SuggestionView)))]
async fn open_again(
    State(app): State<App>,
    visitor: Visitor,
    At((id, suggestion)): At<(DocumentId, ThreadId)>,
) -> Result<Json<SuggestionView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    reopen(&app, &request, suggestion).await?;
    Ok(Json(view(&app, &request, suggestion).await?))
}

/// Undoes the acceptance of a suggestion, once: makes the reverse edit, and the suggestion is open again. Answers 409
/// `changed` if the place reads differently now; in that case nothing is edited.
#[utoipa::path(post, path = "/documents/{id}/suggestions/{suggestion}/undo", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("suggestion" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = SuggestionView)))]
async fn undo(
    State(app): State<App>,
    visitor: Visitor,
    At((id, suggestion)): At<(DocumentId, ThreadId)>,
) -> Result<Json<SuggestionView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let row = find(&app, &request, suggestion).await?;
    undoing::undo(&app, &request.text_to_edit(&app).await?, &row).await?;
    Ok(Json(view(&app, &request, suggestion).await?))
}

/// The suggestions to decide on: one of `ids`, `author` and `all`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SuggestionChoice {
    ids: Option<Vec<ThreadId>>,
    /// The id of an account or guest, to decide on all of their open suggestions.
    author: Option<Uuid>,
    /// Whether to decide on all open suggestions.
    #[serde(default)]
    all: bool,
    /// The reason for a rejection.
    note: Option<String>,
}

/// A suggestion that was not decided on.
#[derive(Serialize, utoipa::ToSchema)]
struct RefusedSuggestion {
    id: ThreadId,
    /// The code of the error that deciding on this suggestion alone would return.
    code: &'static str,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AcceptedSuggestions {
    accepted: Vec<ThreadId>,
    refused: Vec<RefusedSuggestion>,
    /// Those of `refused` that no longer apply to the text (see `stands`).
    changed: Vec<ThreadId>,
}

/// Accepts several suggestions, oldest first. Each is applied once or not at all; if several overlap, only the first is
/// applied.
#[utoipa::path(post, path = "/documents/{id}/suggestions/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document")), request_body = SuggestionChoice, responses((status = 200, body = AcceptedSuggestions)))]
async fn accept_many(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    Body(choice): Body<SuggestionChoice>,
) -> Result<Json<AcceptedSuggestions>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let text = request.text_to_edit(&app).await?;
    let mut outcome = AcceptedSuggestions { accepted: Vec::new(), refused: Vec::new(), changed: Vec::new() };
    let chosen = chosen(&app, &request, &choice).await?;
    let rows: Vec<Row> = chosen.iter().filter_map(|(_, row)| row.clone()).collect();
    let mut decided = accepting::accept_all(&app, &text, &rows).await?.into_iter();
    for (suggestion, row) in chosen {
        let accepted = row.and_then(|_| decided.next()).unwrap_or(Err(Error::NotFound("suggestion")));
        match accepted {
            Ok(()) => outcome.accepted.push(suggestion),
            Err(error) => {
                if matches!(error, Error::Suggestion(_)) {
                    outcome.changed.push(suggestion);
                }
                outcome.refused.push(RefusedSuggestion { id: suggestion, code: error.code() });
            }
        }
    }
    Ok(Json(outcome))
}

#[derive(Serialize, utoipa::ToSchema)]
struct RejectedSuggestions {
    rejected: Vec<ThreadId>,
    refused: Vec<RefusedSuggestion>,
}

/// Rejects several suggestions. Requires the edit right, unless all of them are the caller's own.
#[utoipa::path(post, path = "/documents/{id}/suggestions/reject", tag = "comments", params(("id" = Uuid, Path, description = "The document")), request_body = SuggestionChoice, responses((status = 200, body = RejectedSuggestions)))]
async fn reject_many(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    Body(choice): Body<SuggestionChoice>,
) -> Result<Json<RejectedSuggestions>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    if request.right < Right::Edit && choice.author != Some(request.visitor.id()) && choice.ids.is_none() {
        return Err(Error::Forbidden);
    }
    let note = checked_note(choice.note.clone())?;
    let mut outcome = RejectedSuggestions { rejected: Vec::new(), refused: Vec::new() };
    for (suggestion, row) in chosen(&app, &request, &choice).await? {
        let rejected = match row.as_ref().map(|row| may_decide(&request, row)) {
            Some(Ok(())) => end(&app, &request, suggestion, ThreadState::Rejected, note.clone()).await,
            Some(Err(error)) => Err(error),
            None => Err(Error::NotFound("suggestion")),
        };
        match rejected {
            Ok(()) => outcome.rejected.push(suggestion),
            Err(error) => outcome.refused.push(RefusedSuggestion { id: suggestion, code: error.code() }),
        }
    }
    Ok(Json(outcome))
}

/// The suggestions of a choice, oldest first; `None` for one that does not exist.
async fn chosen(
    app: &App,
    request: &DocumentRequest,
    choice: &SuggestionChoice,
) -> Result<Vec<(ThreadId, Option<Row>)>> {
    let author = match (&choice.ids, choice.author, choice.all) {
        (Some(ids), None, false) => {
            if ids.len() as i64 > MOST_OPEN {
                return Err(Error::Invalid("up to 1,000 suggestions are decided on at once"));
            }
            let mut ids = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let which = Which { state: "open", ..Which::default() };
            let open = rows::list(&app.db, request.actor.workspace, request.id(), which, MOST_OPEN).await?;
            let mut open: BTreeMap<ThreadId, Row> = open.into_iter().map(|row| (row.suggestion_id, row)).collect();
            let mut found = Vec::new();
            for id in ids {
                let row = match open.remove(&id) {
                    Some(row) => Some(row),
                    None => rows::find(&app.db, request.actor.workspace, request.id(), id).await?,
                };
                found.push((id, row));
            }
            return Ok(found);
        }
        (None, Some(author), false) => Some(author),
        (None, None, true) => None,
        _ => return Err(Error::Invalid("choose suggestions by `ids`, by `author`, or `all`")),
    };
    let which = Which { state: "open", author, ..Which::default() };
    let open = rows::list(&app.db, request.actor.workspace, request.id(), which, MOST_OPEN).await?;
    Ok(open.into_iter().map(|row| (row.suggestion_id, Some(row))).collect())
}

/// Accepts a suggestion, like `/suggestions/{suggestion}/accept`, and returns its thread.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = ThreadView)))]
async fn accept_thread(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let row = of_thread(&app, &request, thread).await?;
    accepting::accept(&app, &request.text_to_edit(&app).await?, &row).await?;
    Ok(Json(thread_views::view(&request, &app, thread).await?))
}

/// Rejects a suggestion, like `/suggestions/{suggestion}/reject`, and returns its thread.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/reject", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The suggestion")), request_body = Rejection, responses((status = 200, body = ThreadView)))]
async fn reject_thread(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
    Body(reason): Body<Rejection>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let row = of_thread(&app, &request, thread).await?;
    may_decide(&request, &row)?;
    end(&app, &request, thread, ThreadState::Rejected, checked_note(reason.note)?).await?;
    Ok(Json(thread_views::view(&request, &app, thread).await?))
}

/// Reopens a resolved thread or a rejected suggestion. Requires the edit right, except for the person who began the
/// thread and the person whom it is assigned to.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/reopen", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), responses((status = 200, body = ThreadView)))]
async fn reopen_thread(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let found = crate::threads::find(&request, &app, thread).await?;
    if found.replacement.is_some() {
        reopen(&app, &request, thread).await?;
        return Ok(Json(thread_views::view(&request, &app, thread).await?));
    }
    crate::threads::may_decide(&request, &found)?;
    let (from, to) = (ThreadState::Resolved, ThreadState::Open);
    let decision = Decision { from, to, outcome: None, note: None, anchor: None };
    crate::threads::decide(&app, &request, thread, decision).await
}

/// The suggestion of a thread.
async fn of_thread(app: &App, request: &DocumentRequest, thread: ThreadId) -> Result<Row> {
    crate::threads::find(request, app, thread).await?;
    let found = rows::find(&app.db, request.actor.workspace, request.id(), thread).await?;
    found.ok_or(Error::Conflict("this thread is not a suggestion"))
}

fn may_decide(request: &DocumentRequest, row: &Row) -> Result<()> {
    match request.right >= Right::Edit || row.created_by == request.visitor.id() {
        true => Ok(()),
        false => Err(Error::Forbidden),
    }
}

/// Ends an open suggestion without an edit.
async fn end(
    app: &App,
    request: &DocumentRequest,
    suggestion: ThreadId,
    to: ThreadState,
    note: Option<String>,
) -> Result<()> {
    let decision = Decision { from: ThreadState::Open, to, outcome: None, note, anchor: None };
    let mut tx = app.db.begin().await?;
    if !threads::lock_and_decide(&mut tx, &request.actor, request.id(), suggestion, decision).await? {
        return Err(WRONG_STATE);
    }
    rows::forget_taken_back(&mut tx, request.id(), request.visitor.id()).await?;
    tx.commit().await?;
    Ok(())
}

/// Opens a rejected or withdrawn suggestion again.
///
/// # Errors
/// [`Error::Conflict`] when the suggestion is open or accepted.
async fn reopen(app: &App, request: &DocumentRequest, suggestion: ThreadId) -> Result<()> {
    let row = find(app, request, suggestion).await?;
    may_decide(request, &row)?;
    let is_withdrawn = row.state == ThreadState::Withdrawn;
    if is_withdrawn && row.created_by != request.visitor.id() {
        return Err(Error::Forbidden);
    }
    let from = if is_withdrawn { ThreadState::Withdrawn } else { ThreadState::Rejected };
    let decision = Decision { from, to: ThreadState::Open, outcome: None, note: None, anchor: None };
    let mut tx = app.db.begin().await?;
    check_count(&mut tx, request.id(), row.created_by, 1).await?;
    if !threads::decide_in(&mut tx, &request.actor, request.id(), suggestion, decision).await? {
        return Err(WRONG_STATE);
    }
    tx.commit().await?;
    following::reopen(app, request.id(), &row.passages(request.id()));
    Ok(())
}
