//! Threads and revisions that an operator brings back with a workspace, as others have made them: with their authors,
//! times and outcomes. Nobody is told, and no event is emitted: all of it has happened before.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use database::Tx;
use document::{Anchor, Place};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vocabulary::{CommentId, DocumentId, Outcome, RevisionId, RevisionKind, ThreadId, ThreadState, WorkspaceId};

use access::{App, LiveDocument};
use endpoint::{Error, Result};

use crate::comments::rows::{self as comments, Mention};
use crate::revisions::{State, keep_bytes, pack};
use crate::threads::passages::{AROUND, stored};

/// A person who did something: an account or, with a name, somebody who is no member.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: Uuid,
    pub named: Option<String>,
}

/// A passage by its offsets in the text; without them, its words are gone.
#[derive(Clone, Debug)]
pub struct RestoredPassage {
    /// Its text when it was marked.
    pub quote: String,
    pub place: Option<(u32, u32)>,
    pub text: Option<String>,
}

#[derive(Clone, Debug)]
pub struct RestoredThread {
    pub passage: Option<RestoredPassage>,
    pub replacement: Option<String>,
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
    /// Empty if it was deleted.
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub mentions: Vec<Mention>,
    /// Who gave which.
    pub reactions: Vec<(Uuid, String)>,
}

/// A thread whose passage was looked for in the text.
#[derive(Debug)]
pub struct FoundThread {
    thread: RestoredThread,
    anchor: Option<String>,
    edges: Option<String>,
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
    let mut found = Vec::with_capacity(threads.len());
    for thread in threads {
        let Some(passage) = thread.passage.clone() else {
            found.push(FoundThread { thread, anchor: None, edges: None, around: None, is_lost: false });
            continue;
        };
        let place = passage.place;
        let marked = text.read(move |document, _| {
            let anchor = place.and_then(|(from, to)| document.anchor(from, to).ok())?;
            let place: Place = document.places(std::slice::from_ref(&anchor)).pop().flatten()?;
            let (edges, around) = (document.edges(&anchor).ok(), document.around(&anchor, AROUND));
            Some((anchor, edges, around, place.quote))
        });
        let expected = passage.text.as_ref().unwrap_or(&passage.quote);
        let marked = marked.await?.filter(|(.., quote)| quote == expected);
        found.push(match marked {
            Some((anchor, edges, around, _)) => FoundThread {
                anchor: Some(stored(&anchor)?),
                edges: edges.filter(|_| thread.replacement.is_some()).map(|edges| stored(&edges)).transpose()?,
                around: around.and_then(|around| serde_json::to_string(&[around]).ok()),
                is_lost: false,
                thread,
            },
            None => {
                FoundThread { anchor: Some(stored(&nowhere()?)?), edges: None, around: None, is_lost: true, thread }
            }
        });
    }
    Ok(found)
}

/// An anchor beside a letter that no text has: of a passage whose words are gone.
fn nowhere() -> Result<Anchor> {
    let position = serde_json::json!({ "item": { "client": 1, "clock": 0 }, "assoc": 0 });
    let anchor = serde_json::json!({ "start": position, "end": position });
    serde_json::from_value(anchor).map_err(|error| Error::Internal(error.to_string()))
}

/// Adds threads with their comments to a document that has a row.
///
/// # Errors
/// When the database does not answer.
pub async fn add_threads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    found: Vec<FoundThread>,
) -> sqlx::Result<()> {
    for FoundThread { thread, anchor, edges, around, is_lost } in found {
        let Some(author) = thread.comments.first().map(|first| first.author.id) else { continue };
        let (id, text) = (ThreadId::new(), thread.passage.as_ref().and_then(|passage| passage.text.clone()));
        let (decided_by, decided_at) = thread.decided.unzip();
        let (decided_id, decided_named) = decided_by.map(|person| (person.id, person.named)).unzip();
        tx.query(
            "insert into thread (thread_id, workspace_id, document_id, anchor, quote, replacement, state, created_by,
                                 created_at, edges, around, outcome, note, decided_by, decided_at, decided_named,
                                 passage_text, lost_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        )
        .bind(id)
        .bind(workspace)
        .bind(document)
        .bind(anchor)
        .bind(thread.passage.map(|passage| passage.quote).unwrap_or_default())
        .bind(thread.replacement)
        .bind(thread.state)
        .bind(author)
        .bind(thread.created_at)
        .bind(edges)
        .bind(around)
        .bind(thread.outcome)
        .bind(thread.note)
        .bind(decided_id)
        .bind(decided_at)
        .bind(decided_named.flatten())
        .bind(text)
        .bind(is_lost.then_some(thread.created_at))
        .execute()
        .await?;
        for comment in thread.comments {
            add_comment(tx, workspace, document, id, comment).await?;
        }
    }
    Ok(())
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

/// A revision as it was elsewhere.
#[derive(Clone, Debug)]
pub struct RestoredRevision {
    pub kind: RevisionKind,
    pub name: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Nobody: the server.
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

/// Adds the rows of revisions to a document that has a row. One that the server made of the same text as the one before
/// is left out.
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
