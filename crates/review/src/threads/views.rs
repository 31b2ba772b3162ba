//! Threads as people read them: with their comments, and with the current positions of their passages.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use document::passages::Key;
use document::{Anchor, Place};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::{Outcome, Stored, ThreadId, ThreadState};

use access::{App, DocumentRequest};
use endpoint::{Error, Result};

use crate::comments::{CommentView, views};
use crate::threads::following::{ensure, key_of};
use crate::threads::passages::{Passage, anchor_of};
use crate::threads::{find, rows::Thread};

/// A person with their name.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Person {
    id: Uuid,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ThreadView {
    pub thread_id: ThreadId,
    /// The state: `open` or `resolved`; for a suggestion `open`, `accepted` or `rejected`.
    #[schema(value_type = String)]
    pub state: Stored<ThreadState>,
    /// The passage; absent if the thread is about the whole document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passage: Option<Passage>,
    /// The suggested text; set only for a suggestion.
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

/// Returns threads with their comments and the positions of their passages.
pub async fn thread_views(request: &DocumentRequest, app: &App, threads: Vec<Thread>) -> Result<Vec<ThreadView>> {
    let (Some(first), Some(last)) = (threads.first(), threads.last()) else { return Ok(Vec::new()) };
    let mut said: HashMap<ThreadId, Vec<CommentView>> = HashMap::new();
    for (thread, comment) in views(app, request.id(), (first.thread_id, last.thread_id)).await? {
        said.entry(thread).or_default().push(comment);
    }
    let anchors: Vec<Option<Anchor>> = threads.iter().map(anchor_of).collect();
    let mut places = match anchors.iter().any(Option::is_some) {
        true => places_of(request, app, &threads).await?,
        false => Vec::new(),
    }
    .into_iter();
    let view = |(thread, anchor): (Thread, Option<Anchor>)| {
        let comments = said.remove(&thread.thread_id).unwrap_or_default();
        let passage = anchor.and_then(|_| places.next()).map(|(anchor, place)| Passage::of(&thread, &anchor, place));
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

/// The passages of threads that have one, and where they are. Those that are followed are where the room says, which is
/// a moment ahead of the rows.
async fn places_of(request: &DocumentRequest, app: &App, threads: &[Thread]) -> Result<Vec<(Anchor, Option<Place>)>> {
    struct Stored {
        key: Key,
        anchor: Anchor,
        text: Option<String>,
        is_lost: bool,
    }
    let text = request.internal_text(app).await?;
    ensure(app, request.id(), threads);
    let stored = |thread: &Thread| {
        let text = thread.passage_text.clone();
        Some(Stored {
            key: key_of(thread.thread_id),
            anchor: anchor_of(thread)?,
            text,
            is_lost: thread.lost_at.is_some(),
        })
    };
    let stored: Vec<Stored> = threads.iter().filter_map(stored).collect();
    let places = text.read(move |document, _| {
        let followed: Vec<Option<Option<Anchor>>> = stored.iter().map(|one| document.followed(one.key)).collect();
        let anchor = |index: usize| match &followed[index] {
            Some(Some(anchor)) => anchor.clone(),
            _ => stored[index].anchor.clone(),
        };
        let anchors: Vec<Anchor> = (0..stored.len()).map(anchor).collect();
        let places = document.places(&anchors);
        let is_there = |index: usize, place: &Place| match &followed[index] {
            Some(Some(_)) => true,
            // Another node accepted a suggestion here: the row has its place.
            Some(None) => !stored[index].is_lost && stored[index].text.as_ref() == Some(&place.quote),
            None => !stored[index].is_lost,
        };
        let seen = anchors.into_iter().zip(places).enumerate();
        seen.map(|(index, (anchor, place))| (anchor, place.filter(|place| is_there(index, place)))).collect()
    });
    places.await
}
