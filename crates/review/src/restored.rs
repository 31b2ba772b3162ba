//! Threads and revisions that an operator restores with a workspace, with their original authors, times and outcomes.
//! Nobody is notified and no event is emitted, because everything happened before.

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use database::Tx;
use document::media::Media;
use document::{Anchor, Place};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vocabulary::{CommentId, DocumentId, Outcome, RevisionId, RevisionKind, ThreadId, ThreadState, WorkspaceId};

use access::{App, DocumentRequest, LiveDocument};
use endpoint::{Error, Result};

use crate::comments::rows::{self as comments, Mention};
use crate::revisions::{State, keep_bytes, pack};
use crate::suggestions::rows as suggestions;
use crate::threads::following::{self, Known};
use crate::threads::passages::{AROUND, stored};

/// A person who did something: an account or, if `named` is set, somebody who is not a member.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub named: Option<String>,
}

/// A passage, given by its offsets in the text; without `place`, its words were deleted.
#[derive(Clone, Debug)]
pub struct RestoredPassage {
    /// The text of the passage when it was marked.
    pub quote: String,
    pub place: Option<(u32, u32)>,
    pub text: Option<String>,
}

/// An image, file or card, given by its number among those of the text; without `index`, it was deleted.
#[derive(Clone, Debug)]
pub struct RestoredMedia {
    pub label: String,
    pub index: Option<usize>,
    /// How many images, files and cards the text had. If their number is another now, it is unknown which are missing.
    pub count: usize,
}

#[derive(Clone, Debug)]
pub struct RestoredThread {
    pub passage: Option<RestoredPassage>,
    pub media: Option<RestoredMedia>,
    pub replacement: Option<String>,
    pub suggestion: Option<WholeSuggestion>,
    pub state: ThreadState,
    pub outcome: Option<Outcome>,
    pub note: Option<String>,
    pub decided: Option<(Person, DateTime<Utc>)>,
    pub created_at: DateTime<Utc>,
    pub comments: Vec<RestoredComment>,
}

#[derive(Clone, Debug)]
pub struct RestoredComment {
    pub author: Person,
    /// The text; empty if the comment was deleted.
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub mentions: Vec<Mention>,
    /// The reactions, each with the person who gave it.
    pub reactions: Vec<(Uuid, String)>,
}

/// A suggestion without its thread. The data that would undo its acceptance is left out, because it refers to
/// characters of the original log.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct WholeSuggestion {
    kind: String,
    change: Value,
    before: String,
    updated_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second: Option<SecondPassage>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct SecondPassage {
    quote: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// Suggestions read at a time.
const AT_ONCE: i64 = 1_000;

/// Returns the suggestions of a document, for a complete export of the document.
///
/// # Errors
/// When a store does not answer.
pub async fn suggestions(app: &App, request: &DocumentRequest) -> Result<HashMap<ThreadId, WholeSuggestion>> {
    let rows = suggestions::all(&app.db, request.actor.workspace, request.id(), AT_ONCE).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let second = row.passages(request.id()).into_iter().find(|passage| passage.part == 1);
        let second = match second.as_ref().and_then(Known::of).zip(second.clone()) {
            None => None,
            Some((known, stored)) => {
                let text = request.internal_text(app).await?;
                let place =
                    text.read(move |document, _| following::now(document, std::slice::from_ref(&known))).await?;
                let place = place.into_iter().next().and_then(|(_, place)| place);
                let (from, to) = place.as_ref().map(|place| (place.from, place.to)).unzip();
                Some(SecondPassage { quote: stored.quote, from, to, text: place.map(|place| place.quote) })
            }
        };
        let change = serde_json::from_str(&row.change).unwrap_or_default();
        let whole =
            WholeSuggestion { kind: row.kind, change, before: row.before_text, updated_at: row.updated_at, second };
        found.insert(row.suggestion_id, whole);
    }
    Ok(found)
}

/// A thread whose passages were looked for in the text.
#[derive(Debug)]
pub struct FoundThread {
    thread: RestoredThread,
    first: Option<FoundPassage>,
    second: Option<FoundPassage>,
    /// The image, file or card, as it is stored.
    media: Option<String>,
    /// The last row of the log.
    seq: u64,
}

#[derive(Debug)]
struct FoundPassage {
    anchor: String,
    around: Option<String>,
    is_lost: bool,
}

/// Finds the passages of threads in the text of a document that was written.
///
/// # Errors
/// When the text cannot be read.
pub async fn find(
    app: &App,
    workspace: WorkspaceId,
    document: DocumentId,
    threads: Vec<RestoredThread>,
) -> Result<Vec<FoundThread>> {
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let text = LiveDocument::of_server(app, document, workspace).await?;
    let seq = text.seq().await?;
    let mut found = Vec::with_capacity(threads.len());
    for thread in threads {
        let second = thread.suggestion.as_ref().and_then(|suggestion| suggestion.second.clone());
        let second =
            second.map(|SecondPassage { quote, from, to, text }| RestoredPassage { quote, place: from.zip(to), text });
        let first = match &thread.passage {
            Some(passage) => Some(locate(&text, passage).await?),
            None => None,
        };
        let second = match &second {
            Some(passage) => Some(locate(&text, passage).await?),
            None => None,
        };
        let media = match &thread.media {
            Some(media) => Some(locate_media(&text, media).await?),
            None => None,
        };
        found.push(FoundThread { thread, first, second, media, seq });
    }
    Ok(found)
}

async fn locate(text: &LiveDocument, passage: &RestoredPassage) -> Result<FoundPassage> {
    let place = passage.place;
    let marked = text.read(move |document, _| {
        let anchor = place.and_then(|(from, to)| document.anchor(from, to).ok())?;
        let place: Place = document.places(std::slice::from_ref(&anchor)).pop().flatten()?;
        let around = document.around(&anchor, AROUND);
        Some((anchor, around, place.quote))
    });
    let expected = passage.text.as_ref().unwrap_or(&passage.quote);
    Ok(match marked.await?.filter(|(.., quote)| quote == expected) {
        Some((anchor, around, _)) => FoundPassage {
            anchor: stored(&anchor)?,
            around: around.and_then(|around| serde_json::to_string(&[around]).ok()),
            is_lost: false,
        },
        None => FoundPassage { anchor: stored(&nowhere()?)?, around: None, is_lost: true },
    })
}

async fn locate_media(text: &LiveDocument, restored: &RestoredMedia) -> Result<String> {
    let media = text.read(|document, _| document.media()).await?;
    let index = restored.index.filter(|_| media.len() == restored.count);
    let place = index.and_then(|index| media.into_iter().nth(index));
    // An image, file or card that was deleted gets an address that none has.
    let media = place.map_or_else(|| Media::Src(String::new()), |place| place.media);
    serde_json::to_string(&media).map_err(|error| Error::Internal(error.to_string()))
}

/// An anchor at a character that no text contains, for a passage whose words were deleted.
fn nowhere() -> Result<Anchor> {
    let position = serde_json::json!({ "item": { "client": 1, "clock": 0 }, "assoc": 0 });
    let anchor = serde_json::json!({ "start": position, "end": position });
    serde_json::from_value(anchor).map_err(|error| Error::Internal(error.to_string()))
}

/// Adds threads with their comments to a document whose row already exists.
///
/// # Errors
/// When the database does not answer.
pub async fn add_threads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    found: Vec<FoundThread>,
) -> sqlx::Result<()> {
    for FoundThread { thread, first, second, media, seq } in found {
        let label = thread.media.map(|media| media.label);
        let Some(author) = thread.comments.first().map(|first| first.author.id) else { continue };
        let (id, text) = (ThreadId::new(), thread.passage.as_ref().and_then(|passage| passage.text.clone()));
        let (decided_by, decided_at) = thread.decided.unzip();
        let (decided_id, decided_named) = decided_by.map(|person| (person.id, person.named)).unzip();
        tx.query(
            "insert into thread (thread_id, workspace_id, document_id, anchor, quote, replacement, state, created_by,
                                 created_at, around, outcome, note, decided_by, decided_at, decided_named,
                                 passage_text, lost_at, media)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        )
        .bind(id)
        .bind(workspace)
        .bind(document)
        .bind(first.as_ref().map(|first| first.anchor.clone()))
        .bind(thread.passage.map(|passage| passage.quote).or(label).unwrap_or_default())
        .bind(thread.replacement)
        .bind(thread.state)
        .bind(author)
        .bind(thread.created_at)
        .bind(first.as_ref().and_then(|first| first.around.clone()))
        .bind(thread.outcome)
        .bind(thread.note)
        .bind(decided_id)
        .bind(decided_at)
        .bind(decided_named.flatten())
        .bind(text)
        .bind(first.is_some_and(|first| first.is_lost).then_some(thread.created_at))
        .bind(media)
        .execute()
        .await?;
        if let Some(suggestion) = thread.suggestion {
            add_suggestion(tx, document, id, suggestion, second, seq).await?;
        }
        for comment in thread.comments {
            add_comment(tx, workspace, document, id, comment).await?;
        }
    }
    Ok(())
}

async fn add_suggestion(
    tx: &mut Tx,
    document: DocumentId,
    id: ThreadId,
    suggestion: WholeSuggestion,
    second: Option<FoundPassage>,
    seq: u64,
) -> sqlx::Result<()> {
    let (quote, text) = suggestion.second.map(|second| (second.quote, second.text)).unzip();
    tx.query(
        "insert into suggestion (suggestion_id, document_id, kind, change, before_text, version, updated_at,
                                 second_anchor, second_quote, second_text, second_around, second_lost_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(id)
    .bind(document)
    .bind(suggestion.kind)
    .bind(suggestion.change.to_string())
    .bind(suggestion.before)
    .bind(seq as i64)
    .bind(suggestion.updated_at)
    .bind(second.as_ref().map(|second| second.anchor.clone()))
    .bind(quote)
    .bind(text.flatten())
    .bind(second.as_ref().and_then(|second| second.around.clone()))
    .bind(second.is_some_and(|second| second.is_lost).then_some(suggestion.updated_at))
    .execute()
    .await
    .map(drop)
}

async fn add_comment(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    thread: ThreadId,
    comment: RestoredComment,
) -> sqlx::Result<()> {
    let id = CommentId::new();
    tx.query(
        "insert into comment (comment_id, thread_id, workspace_id, document_id, author_id, body, created_at, edited_at,
                              deleted_at, named)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id)
    .bind(thread)
    .bind(workspace)
    .bind(document)
    .bind(comment.author.id)
    .bind(comment.body)
    .bind(comment.created_at)
    .bind(comment.edited_at)
    .bind(comment.deleted_at)
    .bind(comment.author.named)
    .execute()
    .await?;
    comments::insert_mentions(tx, id, &comment.mentions).await?;
    for (person, emoji) in comment.reactions {
        tx.query(
            "insert into reaction (comment_id, person_id, emoji, created_at) values ($1, $2, $3, $4) on conflict do nothing",
        )
        .bind(id)
        .bind(person)
        .bind(emoji)
        .bind(comment.created_at)
        .execute()
        .await?;
    }
    Ok(())
}

/// A revision from another instance.
#[derive(Clone, Debug)]
pub struct RestoredRevision {
    pub kind: RevisionKind,
    pub name: Option<String>,
    pub created_at: DateTime<Utc>,
    /// `None` if the server made the revision.
    pub created_by: Option<Person>,
    pub words_added: i64,
    pub words_removed: i64,
    pub authors: Vec<Uuid>,
}

/// A revision whose state is kept in the journal.
#[derive(Debug)]
pub struct KeptRevision {
    id: RevisionId,
    seq: u64,
    sha256: Vec<u8>,
    state_bytes: usize,
    revision: RestoredRevision,
}

/// Keeps the current text of a document as a revision.
///
/// # Errors
/// When a store does not answer.
pub async fn keep(
    app: &App,
    workspace: WorkspaceId,
    document: DocumentId,
    revision: RestoredRevision,
) -> Result<KeptRevision> {
    let text = LiveDocument::of_server(app, document, workspace).await?;
    let State { seq, bytes, .. } = State::now(&text).await?;
    let (id, sha256, state_bytes) = (RevisionId::new(), Sha256::digest(&bytes).to_vec(), bytes.len());
    let packed: Bytes = tokio::task::block_in_place(|| pack(&bytes))?;
    keep_bytes(app, document, id.0, Some(packed)).await?;
    Ok(KeptRevision { id, seq, sha256, state_bytes, revision })
}

/// Adds the rows of revisions to a document whose row already exists. Leaves out an automatic revision with the same
/// text as the revision before it.
///
/// # Errors
/// When the database does not answer.
pub async fn add_revisions(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    kept: Vec<KeptRevision>,
) -> sqlx::Result<()> {
    for KeptRevision { id, seq, sha256, state_bytes, revision } in kept {
        let (by, named) = revision.created_by.map(|person| (person.id, person.named)).unzip();
        let added = tx
            .query(
                "insert into revision (revision_id, workspace_id, document_id, seq, sha256, state_bytes, kind, name,
                                       words_added, words_removed, created_by, created_at, created_named)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing",
            )
            .bind(id)
            .bind(workspace)
            .bind(document)
            .bind(seq as i64)
            .bind(sha256)
            .bind(state_bytes as i64)
            .bind(revision.kind)
            .bind(revision.name)
            .bind(revision.words_added)
            .bind(revision.words_removed)
            .bind(by)
            .bind(revision.created_at)
            .bind(named.flatten())
            .execute()
            .await?;
        for author in revision.authors.iter().filter(|_| added > 0) {
            tx.query("insert into revision_author (revision_id, author_id) values ($1, $2) on conflict do nothing")
                .bind(id)
                .bind(*author)
                .execute()
                .await?;
        }
    }
    Ok(())
}
