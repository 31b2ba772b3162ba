//! Assignments of threads, which last until the thread is resolved: the person, the due date, and the list of threads
//! that wait for the caller.

pub mod rows;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use database::members;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AccountId, DocumentId, Right, ThreadId, ThreadState};

use access::route_requirements::{DOCUMENTS, PEOPLE, needs};
use access::{App, Caller, DocumentRequest};
use endpoint::{Error, Result, input::At, input::Body};
use library::visibility::Viewer;

use super::find;
use super::views::{Person, ThreadView, view};
use rows::Assigned;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(assign, unassign))).routes(needs(PEOPLE, routes!(assignments)))
}

/// Most threads in the list of one person.
const MOST: usize = 200;
/// Most threads read for the list, because some may be in documents that the person can no longer see.
const MOST_READ: i64 = 2_000;
const EXCERPT_CHARACTERS: usize = 200;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignmentWish {
    /// A member of the workspace with access to the document.
    account: AccountId,
    /// The due date; absent for none.
    #[serde(default, deserialize_with = "endpoint::input::date")]
    due_at: Option<DateTime<Utc>>,
}

const NO_READER: Error = Error::Invalid("a thread is assigned to a member with access to the document");

/// Assigns an open thread to a member, who is notified and finds the thread among their assignments until it is
/// resolved. Replaces an earlier assignment.
#[utoipa::path(put, path = "/documents/{id}/threads/{thread}/assignee", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), request_body = AssignmentWish, responses((status = 200, body = ThreadView)))]
async fn assign(
    State(app): State<App>,
    caller: Caller,
    At((id, thread)): At<(DocumentId, ThreadId)>,
    Body(wish): Body<AssignmentWish>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::of_member(&app, caller, id, Right::Comment).await?;
    if find(&request, &app, thread).await?.state != ThreadState::Open {
        return Err(Error::Conflict("only an open thread is assigned: reopen it first"));
    }
    if members::find(&app.db, request.actor.workspace, wish.account).await?.is_none() {
        return Err(NO_READER);
    }
    match app.access_of_person(request.actor.workspace, wish.account.0, id).await {
        Ok(_) => {}
        Err(Error::NotFound(_)) => {
            return Err(NO_READER);
        }
        Err(error) => return Err(error),
    }
    if !rows::assign(&app.db, &request.actor, id, thread, wish.account, wish.due_at).await? {
        return Err(Error::Conflict("only an open thread is assigned: reopen it first"));
    }
    Ok(Json(view(&request, &app, thread).await?))
}

/// Ends the assignment of a thread.
#[utoipa::path(delete, path = "/documents/{id}/threads/{thread}/assignee", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread")), responses((status = 204)))]
async fn unassign(
    State(app): State<App>,
    caller: Caller,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<StatusCode> {
    let request = DocumentRequest::of_member(&app, caller, id, Right::Comment).await?;
    find(&request, &app, thread).await?;
    rows::unassign(&app.db, &request.actor, id, thread).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An open thread that waits for the caller.
#[derive(Serialize, utoipa::ToSchema)]
struct AssignmentView {
    thread_id: ThreadId,
    document_id: DocumentId,
    /// The title of the document.
    title: String,
    /// The words that the thread is about; empty if it is about the whole document.
    quote: String,
    /// The beginning of the thread's first comment.
    excerpt: String,
    assigned_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assigned_by: Option<Person>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
}

/// Lists the open threads that are assigned to the caller, in documents that the caller may see: first the threads with
/// a due date, earliest first, and then the others, oldest first.
#[utoipa::path(get, path = "/me/assignments", tag = "comments", responses((status = 200, body = [AssignmentView])))]
async fn assignments(State(app): State<App>, caller: Caller) -> Result<Json<Vec<AssignmentView>>> {
    let found = rows::of_account(&app.db, caller.workspace, caller.member.account_id, MOST_READ).await?;
    let mut documents: Vec<DocumentId> = found.iter().map(|one| one.document_id).collect();
    documents.sort_unstable();
    documents.dedup();
    let visible = Viewer::of(&caller).of_those(&app.db, &documents).await?;
    let titles: HashMap<DocumentId, String> = visible.into_iter().map(|row| (row.document_id, row.title)).collect();
    let view = |one: Assigned| {
        let title = titles.get(&one.document_id)?.clone();
        Some(AssignmentView {
            thread_id: one.thread_id,
            document_id: one.document_id,
            title,
            quote: one.quote,
            excerpt: one.body.unwrap_or_default().chars().take(EXCERPT_CHARACTERS).collect(),
            assigned_at: one.assigned_at,
            assigned_by: one.assigned_by.map(|id| Person::of(id, one.assigned_by_name.unwrap_or_default())),
            due_at: one.due_at,
        })
    };
    Ok(Json(found.into_iter().filter_map(view).take(MOST).collect()))
}
