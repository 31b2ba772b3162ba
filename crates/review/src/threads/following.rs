//! Follows the passages of open documents: gives the rooms their passages, and stores what happens to the passages.
//! Each node does so for the rooms that it has open. The effect of a row of the log on a passage is stored once, and
//! only if no later row has changed the passage.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use database::Db;
use document::passages::{Key, Mark, Report, Surroundings};
use document::{Anchor, Document, Place};
use hub::{Reported, Room};
use tracing::warn;
use vocabulary::{DocumentId, ThreadId};

use access::App;

use super::followed::{self, FollowedPassage, Moved};
use super::rows::Thread;

/// How long to wait before trying again with rooms that still need passages or have reports to store.
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
        for passage in followed::followed(&app.db, &ids).await? {
            marks.entry(passage.document_id).or_default().push(mark_of(&passage));
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
            // The reports are stored when the database answers again.
            room.return_reports(reports);
            return Err(error);
        }
    }
    Ok(())
}

/// Follows the passages that were marked at other nodes in documents that are open here.
async fn take_others(app: &App, since: ThreadId) -> sqlx::Result<ThreadId> {
    let mut newest = since;
    for passage in followed::followed_since(&app.db, since).await? {
        newest = newest.max(passage.thread_id);
        if let Some(room) = app.hub.peek(passage.document_id) {
            tokio::task::block_in_place(|| room.follow(vec![mark_of(&passage)]));
        }
    }
    Ok(newest)
}

/// Stores what happened to the passages of a document.
async fn store(db: &Db, document: DocumentId, reports: Vec<Reported>) -> sqlx::Result<()> {
    let json = |value: serde_json::Result<String>| value.map_err(|error| sqlx::Error::Encode(Box::new(error)));
    let mut moved: BTreeMap<Key, Moved> = BTreeMap::new();
    for Reported { report, seq, .. } in reports {
        let entry = moved.entry(report.key()).or_insert_with(|| Moved::new(passage_of(report.key())));
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
    followed::store_moves(db, document, moved.into_values().collect()).await
}

/// A stored passage in the form in which a room follows it.
fn mark_of(passage: &FollowedPassage) -> (Key, Mark) {
    let stored: Option<Anchor> = serde_json::from_str(&passage.anchor).ok();
    let around: Vec<Surroundings> =
        passage.around.as_deref().and_then(|around| serde_json::from_str(around).ok()).unwrap_or_default();
    let text = passage.passage_text.clone().unwrap_or_else(|| passage.quote.clone());
    let anchor = stored.filter(|_| passage.lost_at.is_none());
    (key_of(passage.thread_id, passage.part), Mark { anchor, quote: passage.quote.clone(), text: Some(text), around })
}

/// The passage of a thread.
pub fn passage_of_thread(document: DocumentId, thread: &Thread) -> Option<FollowedPassage> {
    let Thread { thread_id, quote, passage_text, around, lost_at, .. } = thread.clone();
    let anchor = thread.anchor.clone()?;
    Some(FollowedPassage { thread_id, part: 0, document_id: document, anchor, quote, passage_text, around, lost_at })
}

/// Follows passages before a caller looks for them, if their document has just been opened and its passages are not
/// followed yet.
pub fn ensure(app: &App, document: DocumentId, passages: &[FollowedPassage]) {
    if let Some(room) = app.hub.peek(document)
        && room.asks_for_passages()
    {
        let marks = passages.iter().map(mark_of).collect();
        tokio::task::block_in_place(|| room.follow(marks));
    }
}

/// A stored passage to look for in the current text.
#[derive(Clone)]
pub struct Known {
    key: Key,
    anchor: Anchor,
    text: Option<String>,
    is_lost: bool,
}

impl Known {
    /// `None` if a newer version of the server stored the passage.
    pub fn of(passage: &FollowedPassage) -> Option<Known> {
        Some(Known {
            key: key_of(passage.thread_id, passage.part),
            anchor: serde_json::from_str(&passage.anchor).ok()?,
            text: passage.passage_text.clone(),
            is_lost: passage.lost_at.is_some(),
        })
    }
}

/// Finds passages in a document. For passages that are followed, the document's own anchors are used, which are newer
/// than the stored ones.
pub fn now(document: &Document, known: &[Known]) -> Vec<(Anchor, Option<Place>)> {
    let followed: Vec<Option<Option<Anchor>>> = known.iter().map(|one| document.followed(one.key)).collect();
    let anchor = |(one, followed): (&Known, &Option<Option<Anchor>>)| match followed {
        Some(Some(anchor)) => anchor.clone(),
        _ => one.anchor.clone(),
    };
    let anchors: Vec<Anchor> = known.iter().zip(&followed).map(anchor).collect();
    let places = document.places(&anchors);
    let is_there = |index: usize, place: &Place| match &followed[index] {
        Some(Some(_)) => true,
        // Another node has accepted a suggestion here, so the stored anchor is newer.
        Some(None) => !known[index].is_lost && known[index].text.as_ref() == Some(&place.quote),
        None => !known[index].is_lost,
    };
    let seen = anchors.into_iter().zip(places).enumerate();
    seen.map(|(index, (anchor, place))| (anchor, place.filter(|place| is_there(index, place)))).collect()
}

/// The bit that distinguishes the key of a second passage. It belongs to the variant in a UUID, so it has the same
/// value in the ids of all threads.
const SECOND: Key = 1 << 62;

/// The key of a passage in its room.
pub fn key_of(thread: ThreadId, part: i64) -> Key {
    thread.0.as_u128() ^ if part > 0 { SECOND } else { 0 }
}

fn passage_of(key: Key) -> (ThreadId, i64) {
    let is_second = key & SECOND != 0;
    (ThreadId(uuid::Uuid::from_u128(key & !SECOND)), i64::from(is_second))
}

/// Follows the passage of a thread at another place, for example after an accepted suggestion has changed its words.
pub fn again(room: &Arc<Room>, thread: ThreadId, anchor: Anchor) {
    let mark = Mark { anchor: Some(anchor), ..Mark::default() };
    mark_again(room, vec![(key_of(thread, 0), mark)]);
}

/// Follows the passages of a thread again, as they are stored now.
pub fn reopen(app: &App, document: DocumentId, passages: &[FollowedPassage]) {
    if let Some(room) = app.hub.peek(document) {
        mark_again(&room, passages.iter().map(mark_of).collect());
    }
}

/// Ceases to follow the passages of a thread.
pub fn end(app: &App, document: DocumentId, thread: ThreadId) {
    if let Some(room) = app.hub.peek(document) {
        room.unfollow(key_of(thread, 0));
        room.unfollow(key_of(thread, 1));
    }
}

/// Follows the passages of a thread that has just begun or now has other passages.
pub fn begin(app: &App, document: DocumentId, thread: ThreadId, passages: &[(&Anchor, &str, &Surroundings)]) {
    let Some(room) = app.hub.peek(document) else { return };
    let marked = passages.iter().enumerate().map(|(part, (anchor, quote, around))| {
        let mark = Mark {
            anchor: Some((*anchor).clone()),
            quote: (*quote).to_owned(),
            text: Some((*quote).to_owned()),
            around: vec![(*around).clone()],
        };
        (key_of(thread, part as i64), mark)
    });
    mark_again(&room, marked.collect());
}

fn mark_again(room: &Arc<Room>, marks: Vec<(Key, Mark)>) {
    tokio::task::block_in_place(|| {
        marks.iter().for_each(|(key, _)| room.unfollow(*key));
        room.follow(marks);
    });
}
