//! Suggestions: threads that propose another text for their passage. Accepting one is an edit by the person who accepts
//! it; the thread names the author of the suggestion.

use crate::threads::rows as threads;
use crate::{
    threads::checked_note, threads::decide, threads::following, threads::following::key_of,
    threads::passages::anchor_of, threads::passages::stored, threads::rows::Decision, threads::rows::Thread,
    threads::rows::Threads, threads::views::ThreadView, threads::views::view,
};
use axum::Json;
use axum::extract::State;

use bytes::Bytes;
use database::{Actor, Tx};
use document::passages::Surroundings;
use document::prose::Draft;
use document::{Anchor, AnchorError};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, Right, ThreadId, ThreadState};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, LiveDocument, Made, Purpose, Visitor};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(accept)))
        .routes(needs(DOCUMENTS, routes!(reject)))
        .routes(needs(DOCUMENTS, routes!(accept_all)))
}

/// The number of open suggestions of one person that can be accepted at once.
const AT_ONCE: i64 = 1_000;

/// Accepts a suggestion: replaces the passage with the suggested text. Answers 409 `changed` if the passage has changed
/// since the suggestion was made.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The suggestion")), responses((status = 200, body = ThreadView)))]
async fn accept(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let suggestion = crate::threads::find(&request, &app, thread).await?;
    put_in(&request.text_to_edit(&app).await?, suggestion).await?;
    Ok(Json(view(&request, &app, thread).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// The reason for the rejection.
    note: Option<String>,
}

/// Rejects a suggestion and leaves the text unchanged. Requires the edit right, except for the author of the
/// suggestion.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/reject", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The suggestion")), request_body = Rejection, responses((status = 200, body = ThreadView)))]
async fn reject(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
    Body(reason): Body<Rejection>,
) -> Result<Json<ThreadView>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let suggestion = crate::threads::find(&request, &app, thread).await?;
    crate::threads::may_decide(&request, &suggestion)?;
    if suggestion.replacement.is_none() {
        return Err(NO_SUGGESTION);
    }
    let note = checked_note(reason.note)?;
    let decision = Decision { from: ThreadState::Open, to: ThreadState::Rejected, outcome: None, note, anchor: None };
    decide(&app, &request, thread, decision).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Suggester {
    /// The id of an account or guest.
    author: Uuid,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AcceptedSuggestions {
    accepted: Vec<ThreadId>,
    /// The suggestions that were not accepted because their passages have changed.
    changed: Vec<ThreadId>,
}

/// Accepts all open suggestions by one person, oldest first.
#[utoipa::path(post, path = "/documents/{id}/suggestions/accept", tag = "comments", params(("id" = Uuid, Path, description = "The document")), request_body = Suggester, responses((status = 200, body = AcceptedSuggestions)))]
async fn accept_all(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    Body(from): Body<Suggester>,
) -> Result<Json<AcceptedSuggestions>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let open = threads::list(&app.db, request.actor.workspace, id, Threads::Open, None, AT_ONCE).await?;
    let text = request.text_to_edit(&app).await?;
    let mut outcome = AcceptedSuggestions { accepted: Vec::new(), changed: Vec::new() };
    for suggestion in open {
        if suggestion.created_by != from.author || suggestion.replacement.is_none() {
            continue;
        }
        let thread = suggestion.thread_id;
        match put_in(&text, suggestion).await {
            Ok(_) => outcome.accepted.push(thread),
            Err(Error::Anchor(_) | Error::Conflict(_)) => outcome.changed.push(thread),
            Err(error) => return Err(error),
        }
    }
    Ok(Json(outcome))
}

const NO_SUGGESTION: Error = Error::Conflict("this thread is not a suggestion");

/// A suggestion that becomes an edit.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AcceptSuggestion {
    thread: ThreadId,
    /// The passage after the replacement, as JSON.
    anchor: Option<String>,
}

impl Purpose for AcceptSuggestion {
    const KIND: &'static str = "settle-suggestion";
    type Settled = ();

    fn lock(&self, _: DocumentId) -> Option<Uuid> {
        Some(self.thread.0)
    }

    fn locked() -> Error {
        AnchorError::Changed.into()
    }

    async fn check(&self, tx: &mut Tx, _: &Actor, document: DocumentId) -> Result<()> {
        match threads::state_in(tx, document, self.thread).await?.map(|state| state.known()) {
            Some(Some(ThreadState::Open)) => Ok(()),
            // Its words are in the text.
            Some(Some(ThreadState::Accepted)) => Err(AnchorError::Changed.into()),
            Some(_) => Err(Error::Conflict("the suggestion was already decided")),
            None => Err(Error::NotFound("thread")),
        }
    }

    async fn settle(self, app: &App, made: &Made) -> Result<()> {
        let decision = Decision {
            from: ThreadState::Open,
            to: ThreadState::Accepted,
            outcome: None,
            note: None,
            anchor: self.anchor.clone(),
        };
        let passage = self.anchor.as_deref().and_then(|anchor| serde_json::from_str::<Anchor>(anchor).ok());
        let room = app.hub.peek(made.document);
        let mut tx = app.db.begin().await?;
        let ends = made.end(&mut tx).await?;
        if ends {
            threads::decide_in(&mut tx, &made.by, made.document, self.thread, decision).await?;
            let seq = room.as_ref().map_or(0, |room| room.figures().seq);
            threads::passage_is_replacement(&mut tx, self.thread, seq as i64).await?;
        }
        tx.commit().await?;
        if let (true, Some(room), Some(anchor)) = (ends, room, passage) {
            following::again(&room, self.thread, anchor);
        }
        Ok(())
    }
}

async fn put_in(text: &LiveDocument, suggestion: Thread) -> Result<()> {
    let (Some(anchor), Some(words)) = (anchor_of(&suggestion), suggestion.replacement.clone()) else {
        return Err(NO_SUGGESTION);
    };
    let edges = suggestion.edges.as_deref().and_then(|edges| serde_json::from_str::<Anchor>(edges).ok());
    let key = key_of(suggestion.thread_id);
    let now = text.read(move |document, _| document.followed(key)).await?.unwrap_or_else(|| Some(anchor.clone()));
    let now = now.ok_or(AnchorError::Changed)?;
    // Moved letters have other edges; then the letters around them must be the same.
    let is_moved = suggestion.moved_at.is_some() || suggestion.returned_at.is_some() || now != anchor;
    let (edges, around) = if is_moved { (None, Some(first_around(&suggestion)?)) } else { (edges, None) };
    let anchor = now;
    let (thread, quote, editing) = (suggestion.thread_id, suggestion.quote, text.clone());
    let accepted = async move {
        let after = editing.seq().await?;
        let mut claim = editing.claim(AcceptSuggestion { thread, anchor: None }, after).await?;
        let replace = move |state: &Bytes| {
            let mut draft = Draft::new(state).map_err(|error| Error::Internal(error.to_string()))?;
            if around.as_ref().is_some_and(|around| draft.around(&anchor, EDGE).as_ref() != Some(around)) {
                return Err(AnchorError::Changed.into());
            }
            let replaced = draft.replace(&anchor, edges.as_ref(), &quote, &words).map_err(changed)?;
            let anchor = replaced.anchor.as_ref().map(stored).transpose()?;
            Ok((replaced.update, AcceptSuggestion { thread, anchor }))
        };
        editing.edit_until(&mut claim, replace).await?;
        claim.settle().await
    };
    text.finish(accepted).await
}

/// Letters on each side of a moved passage that must be as they were when the suggestion was made.
const EDGE: usize = 12;

/// What was beside the passage when the suggestion was made.
fn first_around(suggestion: &Thread) -> Result<Surroundings> {
    let stored = suggestion.around.as_deref().and_then(|around| serde_json::from_str::<Vec<Surroundings>>(around).ok());
    let first = stored.and_then(|around| around.into_iter().next()).ok_or(AnchorError::Changed)?;
    let before: Vec<u16> = first.before.encode_utf16().collect();
    let after: Vec<u16> = first.after.encode_utf16().take(EDGE).collect();
    let before = String::from_utf16_lossy(&before[before.len().saturating_sub(EDGE)..]);
    Ok(Surroundings { before, after: String::from_utf16_lossy(&after) })
}

/// Treats a deleted passage as a changed one.
fn changed(error: AnchorError) -> Error {
    match error {
        AnchorError::Empty => AnchorError::Changed.into(),
        other => other.into(),
    }
}
