//! Threads as people read them: with their comments, and with the current positions of their passages.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use document::{Anchor, Place};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::{Outcome, Stored, ThreadId, ThreadState};

use access::{App, DocumentRequest};
use endpoint::{Error, Result};

use crate::comments::{CommentView, views};
use crate::threads::{find, passages::anchor_of, rows::Thread};

/// A passage and its current position.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Passage {
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
pub struct Person {
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
