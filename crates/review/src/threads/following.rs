//! Follows the passages of open documents: tells their rooms which passages there are, and stores what happens to them.
//! Each node does so for the rooms that it has open. What happened is stored once: a row of the log changes a passage
//! only if no later one has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use database::Db;
use document::Anchor;
use document::passages::{Key, Mark, Report, Surroundings};
use hub::{Reported, Room};
use tracing::warn;
use vocabulary::{DocumentId, ThreadId};

use access::App;

use super::rows::{self, FollowedThread, Moved, Thread};

/// How long to wait before rooms are seen to again after a failure, or while reports are not due.
const AGAIN: Duration = Duration::from_secs(1);
/// How often to look for threads that were begun at other nodes.
const OTHERS: Duration = Duration::from_secs(5);

/// Follows passages until the server stops.
pub async fn follow(app: App) {
    let mut newest = ThreadId::new();
    let mut looked = tokio::time::Instant::now();
    while !app.is_stopping() {
        let rooms = tokio::select! {
            rooms = app.hub.rooms_with_passages() => rooms,
            () = app.rest(OTHERS) => Vec::new(),
        };
        if let Err(error) = see_to(&app, &rooms).await {
            warn!(%error, "passages are not followed yet");
        }
        if app.hub.bus().has_peers() && looked.elapsed() >= OTHERS {
            match take_others(&app, newest).await {
                Ok(found) => newest = found,
                Err(error) => warn!(%error, "passages marked at other nodes are not followed yet"),
            }
            looked = tokio::time::Instant::now();
        }
        let again: Vec<&Arc<Room>> =
            rooms.iter().filter(|room| !room.is_over() && (room.asks_for_passages() || room.has_reports())).collect();
        if !again.is_empty() {
            app.rest(AGAIN).await;
            again.into_iter().for_each(|room| app.hub.see_to_passages(room));
        }
    }
}

async fn see_to(app: &App, rooms: &[Arc<Room>]) -> sqlx::Result<()> {
    let new: Vec<&Arc<Room>> = rooms.iter().filter(|room| room.asks_for_passages()).collect();
    if !new.is_empty() {
        let ids: Vec<DocumentId> = new.iter().map(|room| room.id).collect();
        let mut marks: BTreeMap<DocumentId, Vec<(Key, Mark)>> = BTreeMap::new();
        for thread in rows::followed(&app.db, &ids).await? {
            marks.entry(thread.document_id).or_default().push(mark_of(&thread));
        }
        for room in new {
            let marks = marks.remove(&room.id).unwrap_or_default();
            tokio::task::block_in_place(|| room.follow_all(marks));
        }
    }
    for room in rooms {
        let reports = room.take_reports();
        if !reports.is_empty()
            && let Err(error) = store(&app.db, room.id, reports.clone()).await
        {
            // Stored when the database answers again.
            room.return_reports(reports);
            return Err(error);
        }
    }
    Ok(())
}

/// Follows the passages that were marked at other nodes in documents that are open here.
async fn take_others(app: &App, since: ThreadId) -> sqlx::Result<ThreadId> {
    let mut newest = since;
    for thread in rows::followed_since(&app.db, since).await? {
        newest = newest.max(thread.thread_id);
        if let Some(room) = app.hub.peek(thread.document_id) {
            tokio::task::block_in_place(|| room.follow(vec![mark_of(&thread)]));
        }
    }
    Ok(newest)
}

/// Stores what happened to the passages of a document.
async fn store(db: &Db, document: DocumentId, reports: Vec<Reported>) -> sqlx::Result<()> {
    let json = |value: serde_json::Result<String>| value.map_err(|error| sqlx::Error::Encode(Box::new(error)));
    let mut moved: BTreeMap<Key, Moved> = BTreeMap::new();
    for Reported { report, seq, .. } in reports {
        let entry = moved.entry(report.key()).or_insert_with(|| Moved::new(thread_of(report.key())));
        entry.seq = seq as i64;
        match report {
            Report::Moved { anchor, text, .. } => {
                entry.anchor = Some(json(serde_json::to_string(&anchor))?);
                (entry.text, entry.moved_at) = (Some(text), Some(Utc::now()));
                entry.is_lost = false;
            }
            Report::Found { anchor, text, .. } => {
                entry.anchor = Some(json(serde_json::to_string(&anchor))?);
                (entry.text, entry.returned_at) = (Some(text), Some(Utc::now()));
                entry.is_lost = false;
            }
            Report::Lost { text, around, .. } => {
                entry.around = Some(json(serde_json::to_string(&around))?);
                (entry.text, entry.is_lost) = (Some(text), true);
            }
        }
    }
    rows::store_moves(db, document, moved.into_values().collect()).await
}

/// The passage of a thread, as it was last stored.
fn mark_of(thread: &FollowedThread) -> (Key, Mark) {
    let stored: Option<Anchor> = serde_json::from_str(&thread.anchor).ok();
    let around: Vec<Surroundings> =
        thread.around.as_deref().and_then(|around| serde_json::from_str(around).ok()).unwrap_or_default();
    let text = thread.passage_text.clone().unwrap_or_else(|| thread.quote.clone());
    let anchor = stored.filter(|_| thread.lost_at.is_none());
    (key_of(thread.thread_id), Mark { anchor, quote: thread.quote.clone(), text: Some(text), around })
}

/// Follows the passages of threads that are about to be shown, if their document has just been opened.
pub fn ensure(app: &App, document: DocumentId, threads: &[Thread]) {
    let followed = |thread: &Thread| {
        let Thread { quote, passage_text, around, lost_at, .. } = thread.clone();
        let anchor = thread.anchor.clone()?;
        let thread_id = thread.thread_id;
        Some(FollowedThread { thread_id, document_id: document, anchor, quote, passage_text, around, lost_at })
    };
    if let Some(room) = app.hub.peek(document)
        && room.asks_for_passages()
    {
        let marks = threads.iter().filter_map(followed).map(|thread| mark_of(&thread)).collect();
        tokio::task::block_in_place(|| room.follow(marks));
    }
}

/// The name of a thread's passage in its room.
pub fn key_of(thread: ThreadId) -> Key {
    thread.0.as_u128()
}

fn thread_of(key: Key) -> ThreadId {
    ThreadId(uuid::Uuid::from_u128(key))
}

/// Follows the passage of a thread at another place: it reads differently on purpose.
pub fn again(room: &Arc<Room>, thread: ThreadId, anchor: Anchor) {
    let key = key_of(thread);
    let mark = Mark { anchor: Some(anchor), ..Mark::default() };
    tokio::task::block_in_place(|| {
        room.unfollow(key);
        room.follow(vec![(key, mark)]);
    });
}

/// Follows the passage of a thread that has just begun.
pub fn begin(app: &App, document: DocumentId, thread: ThreadId, anchor: &Anchor, quote: &str, around: Surroundings) {
    if let Some(room) = app.hub.peek(document) {
        let mark = Mark {
            anchor: Some(anchor.clone()),
            quote: quote.to_owned(),
            text: Some(quote.to_owned()),
            around: vec![around],
        };
        tokio::task::block_in_place(|| room.follow(vec![(key_of(thread), mark)]));
    }
}
