//! Threads as people read them: with their comments, and with the current positions of their passages.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use document::media::MediaPlace;
use document::{Anchor, Document, Place};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::{Outcome, Stored, ThreadId, ThreadState};

use access::{App, DocumentRequest};
use endpoint::{Error, Result};

use crate::comments::{CommentView, views};
use crate::threads::following::{self, Known};
use crate::threads::media::{CommentedMedia, media_of};
use crate::threads::passages::{Passage, anchor_of};
use crate::threads::{find, rows::Thread};

/// A person with their name.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Person {
    id: Uuid,
    name: String,
}

impl Person {
    pub fn of(id: Uuid, name: String) -> Person {
        Person { id, name }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ThreadView {
    pub thread_id: ThreadId,
    /// The state: `open` or `resolved`; for a suggestion `open`, `accepted`, `rejected` or `withdrawn`.
    #[schema(value_type = String)]
    pub state: Stored<ThreadState>,
    /// The passage; absent if the thread is about an image, file or card, or about the whole document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
    /// The image, file or card that the thread is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<CommentedMedia>,
    /// The suggested text, without formatting; set only for a suggestion. `GET /documents/{id}/suggestions` has the
    /// whole change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
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
    /// The member whom the thread is assigned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<Person>,
    /// When the thread is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    pub comments: Vec<CommentView>,
}

/// Returns a thread in its current state.
///
/// # Errors
/// [`Error::NotFound`] when the thread no longer exists.
pub async fn view(request: &DocumentRequest, app: &App, thread: ThreadId) -> Result<ThreadView> {
    let thread = find(request, app, thread).await?;
    thread_views(request, app, vec![thread]).await?.pop().ok_or(Error::NotFound("thread"))
}

type Places = (Vec<(Anchor, Option<Place>)>, Vec<MediaPlace>);

/// Returns threads with their comments and the positions of their passages.
pub async fn thread_views(request: &DocumentRequest, app: &App, threads: Vec<Thread>) -> Result<Vec<ThreadView>> {
    let (Some(first), Some(last)) = (threads.first(), threads.last()) else { return Ok(Vec::new()) };
    let mut said: HashMap<ThreadId, Vec<CommentView>> = HashMap::new();
    for (thread, comment) in views(app, request.id(), (first.thread_id, last.thread_id)).await? {
        said.entry(thread).or_default().push(comment);
    }
    let anchors: Vec<Option<Anchor>> = threads.iter().map(anchor_of).collect();
    let (places, shown) = match threads.iter().any(|thread| thread.anchor.is_some() || thread.media.is_some()) {
        true => places_of(request, app, &threads).await?,
        false => (Vec::new(), Vec::new()),
    };
    let mut places = places.into_iter();
    let view = |(thread, anchor): (Thread, Option<Anchor>)| {
        let comments = said.remove(&thread.thread_id).unwrap_or_default();
        let passage = anchor.and_then(|_| places.next()).map(|(anchor, place)| Passage::of(&thread, &anchor, place));
        let media = media_of(&thread).map(|media| CommentedMedia::of(&thread, media, &shown));
        ThreadView {
            thread_id: thread.thread_id,
            state: thread.state,
            passage,
            media,
            replacement: thread.replacement,
            outcome: thread.outcome,
            note: thread.note,
            decided_by: thread.decided_by.map(|id| Person { id, name: thread.decided_by_name.unwrap_or_default() }),
            decided_at: thread.decided_at,
            assignee: thread.assigned_to.map(|id| Person { id, name: thread.assigned_to_name.unwrap_or_default() }),
            due_at: thread.due_at,
            created_at: thread.created_at,
            comments,
        }
    };
    Ok(threads.into_iter().zip(anchors).map(view).collect())
}

/// Finds the places of the passages of threads, and the images, files and cards of the text if a thread is about one.
async fn places_of(request: &DocumentRequest, app: &App, threads: &[Thread]) -> Result<Places> {
    let text = request.internal_text(app).await?;
    let passages: Vec<_> =
        threads.iter().filter_map(|thread| following::passage_of_thread(request.id(), thread)).collect();
    following::ensure(app, request.id(), &passages);
    let known: Vec<Known> = passages.iter().filter_map(Known::of).collect();
    let has_media = threads.iter().any(|thread| thread.media.is_some());
    let media = |document: &Document| if has_media { document.media() } else { Vec::new() };
    text.read(move |document, _| (following::now(document, &known), media(document))).await
}
