//! Suggestions: threads that carry other words for their passage. Accepting one is an edit of whoever accepts;
//! the thread names who suggested it.

use crate::threads::rows as threads;
use crate::{
    threads::ThreadView, threads::anchor_of, threads::checked_note, threads::decide, threads::rows::Decision,
    threads::rows::Thread, threads::rows::Threads, threads::stored,
};
use axum::Json;
use axum::extract::State;

use document::prose::Draft;
use document::{Anchor, AnchorError};
use hub::EditError;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, Right, ThreadId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::needs::{DOCUMENTS, needs};

use access::{App, Credentials, Table, Visitor, live_document::durable, live_document::open_to_edit};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(accept)))
        .routes(needs(DOCUMENTS, routes!(reject)))
        .routes(needs(DOCUMENTS, routes!(accept_all)))
}

/// Others type meanwhile: the edit is made anew on what they wrote.
const TRIES: usize = 20;
/// All open ones of a person at once.
const AT_ONCE: i64 = 1_000;

/// Puts the suggested words in. 409 `changed` when the passage does not read as it did.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = ThreadView)))]
async fn accept(
    State(app): State<App>,
    visitor: Visitor,
    credentials: Credentials,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let table = Table::at(&app, visitor, id, Right::Edit).await?;
    let suggestion = crate::threads::find(&table, &app, thread).await?;
    put_in(&app, &table, &credentials, suggestion).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// Why not.
    note: Option<String>,
}

/// Leaves the words as they are: for whoever may edit, and for who suggested it.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/reject", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The suggestion")), request_body = Rejection, responses((status = 200, body = ThreadView)))]
async fn reject(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
    Body(reason): Body<Rejection>,
) -> Result<Json<ThreadView>> {
    let table = Table::at(&app, visitor, id, Right::Comment).await?;
    let suggestion = crate::threads::find(&table, &app, thread).await?;
    crate::threads::may_decide(&table, &suggestion)?;
    if suggestion.replacement.is_none() {
        return Err(NO_SUGGESTION);
    }
    let note = checked_note(reason.note)?;
    let decision =
        Decision { action: "suggestion.reject", from: "open", to: "rejected", outcome: None, note, anchor: None };
    decide(&app, &table, thread, decision).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Suggester {
    /// Account or guest.
    author: Uuid,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AcceptedSuggestions {
    accepted: Vec<ThreadId>,
    /// Their passages do not read as they did.
    changed: Vec<ThreadId>,
}

/// Accepts all open suggestions of one person, the oldest first.
#[utoipa::path(post, path = "/documents/{id}/suggestions/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document")), request_body = Suggester, responses((status = 200, body = AcceptedSuggestions)))]
async fn accept_all(
    State(app): State<App>,
    visitor: Visitor,
    credentials: Credentials,
    At(id): At<DocumentId>,
    Body(from): Body<Suggester>,
) -> Result<Json<AcceptedSuggestions>> {
    let table = Table::at(&app, visitor, id, Right::Edit).await?;
    let open = threads::list(&app.db, table.by.workspace, id, Threads::Open, None, AT_ONCE).await?;
    let mut outcome = AcceptedSuggestions { accepted: Vec::new(), changed: Vec::new() };
    for suggestion in open {
        if suggestion.created_by != from.author || suggestion.replacement.is_none() {
            continue;
        }
        let thread = suggestion.thread_id;
        match put_in(&app, &table, &credentials, suggestion).await {
            Ok(_) => outcome.accepted.push(thread),
            Err(Error::Anchor(_) | Error::Conflict(_)) => outcome.changed.push(thread),
            Err(error) => return Err(error),
        }
    }
    Ok(Json(outcome))
}

const NO_SUGGESTION: Error = Error::Conflict("this thread suggests nothing");

async fn put_in(app: &App, table: &Table, credentials: &Credentials, suggestion: Thread) -> Result<Json<ThreadView>> {
    let thread = suggestion.thread_id;
    let (Some(anchor), Some(words)) = (anchor_of(&suggestion), suggestion.replacement) else {
        return Err(NO_SUGGESTION);
    };
    if suggestion.state != "open" {
        return Err(Error::Conflict("the suggestion was decided already"));
    }
    let stands = edit(app, table, credentials, anchor, suggestion.quote, words).await?;
    let decision = Decision {
        action: "suggestion.accept",
        from: "open",
        to: "accepted",
        outcome: None,
        note: None,
        anchor: stands.as_ref().map(stored).transpose()?,
    };
    decide(app, table, thread, decision).await
}

/// Makes the edit, and says where the new words are.
async fn edit(
    app: &App,
    table: &Table,
    credentials: &Credentials,
    anchor: Anchor,
    quote: String,
    words: String,
) -> Result<Option<Anchor>> {
    let (room, admitted) = open_to_edit(app, &table.document.to_string(), credentials).await?;
    for _ in 0..TRIES {
        let (seq, state) = durable(&room, |document, seq| (seq, document.state())).await?;
        let (anchor, quote, words) = (anchor.clone(), quote.clone(), words.clone());
        let replaced = app.work_out(state.len(), move || {
            let mut draft = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?;
            draft.replace(&anchor, &quote, &words).map_err(changed)
        });
        let replaced = replaced.await?;
        match room.edit(replaced.update, admitted.author.clone(), seq).await {
            Ok(_) => return Ok(replaced.anchor),
            Err(EditError::Changed) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(Error::Unavailable("others write faster than this could be put in: try again"))
}

/// Words that are gone have changed as well.
fn changed(error: AnchorError) -> Error {
    match error {
        AnchorError::Empty => AnchorError::Changed.into(),
        other => other.into(),
    }
}
