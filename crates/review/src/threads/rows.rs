//! The rows of threads: their passages and their outcomes.

use crate::comments::rows as comments;
use crate::comments::rows::NewComment;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use database::changes::Change;
use database::{Actor, Db, NewNotification, Tx};
use sqlx::types::Json;

use vocabulary::{AccountId, DocumentId, Event, NotificationKind, Outcome, Stored, ThreadId, ThreadState, WorkspaceId};

/// A thread without its comments.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Thread {
    pub thread_id: ThreadId,
    /// The passage, as JSON; `None` if the thread is about the whole document.
    pub anchor: Option<String>,
    /// The text of the passage when it was marked.
    pub quote: String,
    /// The suggested text, without formatting; set only for a suggestion.
    pub replacement: Option<String>,
    pub state: Stored<ThreadState>,
    pub outcome: Option<Stored<Outcome>>,
    pub note: Option<String>,
    pub decided_by: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    /// The id of an account or guest.
    pub created_by: Uuid,
    pub created_at: DateTime<Utc>,
    /// The last known words of the passage.
    pub passage_text: Option<String>,
    /// What surrounded the passage, when it was marked and lately, as JSON.
    pub around: Option<String>,
    /// When the words of the passage were last found in another place.
    pub moved_at: Option<DateTime<Utc>>,
    /// Since when its words are gone.
    pub lost_at: Option<DateTime<Utc>>,
    /// When its words last came back.
    pub returned_at: Option<DateTime<Utc>>,
}

/// A passage of a thread, as it was last stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct FollowedPassage {
    pub thread_id: ThreadId,
    /// 0; 1 for the second passage of a suggestion.
    pub part: i64,
    pub document_id: DocumentId,
    pub anchor: String,
    pub quote: String,
    /// Its last known words.
    pub passage_text: Option<String>,
    pub around: Option<String>,
    pub lost_at: Option<DateTime<Utc>>,
}

/// What edits did to a passage of a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub thread: ThreadId,
    /// As [`FollowedPassage::part`].
    pub part: i64,
    /// The row of the log that did the last of it.
    pub seq: i64,
    /// The new anchor, as JSON.
    pub anchor: Option<String>,
    pub text: Option<String>,
    pub around: Option<String>,
    pub moved_at: Option<DateTime<Utc>>,
    pub returned_at: Option<DateTime<Utc>>,
    pub is_lost: bool,
}

impl Moved {
    pub fn new((thread, part): (ThreadId, i64)) -> Moved {
        let (anchor, text, around) = (None, None, None);
        Moved { thread, part, seq: 0, anchor, text, around, moved_at: None, returned_at: None, is_lost: false }
    }
}

pub struct NewThread {
    pub document: DocumentId,
    pub anchor: Option<String>,
    /// What surrounds the passage, as JSON.
    pub around: Option<String>,
    pub quote: String,
    pub first: NewComment,
}

/// A change of a thread's state: its end or its reopening.
#[derive(Clone, Debug)]
pub struct Decision {
    pub from: ThreadState,
    pub to: ThreadState,
    pub outcome: Option<Outcome>,
    pub note: Option<String>,
    /// The passage after an accepted suggestion.
    pub anchor: Option<String>,
}

/// A selection of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    All,
    Open,
    Closed,
    One(ThreadId),
}

/// Lists a document's threads after an id, oldest first. Withdrawn suggestions that nobody discussed are not among them.
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    which: Threads,
    after: Option<ThreadId>,
    most: i64,
) -> sqlx::Result<Vec<Thread>> {
    let (which, one) = match which {
        Threads::All => ("all", None),
        Threads::Open => ("open", None),
        Threads::Closed => ("closed", None),
        Threads::One(thread) => ("all", Some(thread)),
    };
    db.query(
        "select thread_id, anchor, quote, replacement, state, outcome, note, decided_by,
                coalesce(decided_named, account.name, guest.name) as decided_by_name, decided_at,
                thread.created_by as created_by, thread.created_at as created_at,
                passage_text, around, moved_at, lost_at, returned_at
           from thread left join account on account_id = decided_by left join guest on guest_id = decided_by
          where workspace_id = $1 and document_id = $2 and thread_id > $3
            and ($4 = 'all' or (state = 'open') = ($4 = 'open')) and ($5 is null or thread_id = $5)
            and (state <> 'withdrawn' or $5 is not null
                 or exists (select 1 from comment where comment.thread_id = thread.thread_id and body <> ''))
          order by thread_id limit $6",
    )
    .bind(workspace)
    .bind(document)
    .bind(after.map_or(Uuid::nil(), |after| after.0))
    .bind(which.to_owned())
    .bind(one)
    .bind(most)
    .all()
    .await
}

/// Finds one thread of a document.
pub async fn find(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    thread: ThreadId,
) -> sqlx::Result<Option<Thread>> {
    Ok(list(db, workspace, document, Threads::One(thread), None, 1).await?.pop())
}

/// Lists the passages in documents. Nobody looks for those of withdrawn suggestions.
pub async fn followed(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<FollowedPassage>> {
    db.pick(
        "select thread_id, cast(0 as bigint) as part, document_id, anchor, quote, passage_text, around, lost_at
           from thread
          where document_id in (select jsonb_array_elements_text($1)::uuid) and anchor is not null
            and state <> 'withdrawn'
         union all
         select thread_id, 1, suggestion.document_id, second_anchor, second_quote, second_text, second_around,
                second_lost_at
           from suggestion join thread on thread_id = suggestion_id
          where suggestion.document_id in (select jsonb_array_elements_text($1)::uuid) and second_anchor is not null
            and state <> 'withdrawn'",
        "select thread_id, 0 as part, document_id, anchor, quote, passage_text, around, lost_at from thread
          where document_id in (select unhex(value) from json_each($1)) and anchor is not null
            and state <> 'withdrawn'
         union all
         select thread_id, 1, suggestion.document_id, second_anchor, second_quote, second_text, second_around,
                second_lost_at
           from suggestion join thread on thread_id = suggestion_id
          where suggestion.document_id in (select unhex(value) from json_each($1)) and second_anchor is not null
            and state <> 'withdrawn'",
    )
    .bind(Json(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
    .all()
    .await
}

/// The most threads that are read at once.
const NEW_THREADS: i64 = 1_000;

/// Lists the passages of threads that were begun after one.
pub async fn followed_since(db: &Db, since: ThreadId) -> sqlx::Result<Vec<FollowedPassage>> {
    db.query(
        "select thread_id, cast(0 as bigint) as part, document_id, anchor, quote, passage_text, around, lost_at
           from thread where thread_id > $1 and anchor is not null
         union all
         select suggestion_id, cast(1 as bigint), document_id, second_anchor, second_quote, second_text, second_around,
                second_lost_at
           from suggestion where suggestion_id > $1 and second_anchor is not null
          order by thread_id limit $2",
    )
    .bind(since)
    .bind(NEW_THREADS)
    .all()
    .await
}

/// Stores what edits did to the passages of a document, unless a later row of the log already did more. Pages are
/// notified if something was stored.
pub async fn store_moves(db: &Db, document: DocumentId, moves: Vec<Moved>) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let mut stored = 0;
    for moved in moves {
        if moved.part > 0 {
            stored += store_second(&mut tx, document, moved).await?;
            continue;
        }
        stored += tx
            .query(
                "update thread set anchor = coalesce($4, anchor), passage_text = coalesce($5, passage_text),
                        around = coalesce($6, around), passage_seq = $3, moved_at = coalesce($7, moved_at),
                        returned_at = coalesce($8, returned_at), lost_at = $9
                  where document_id = $1 and thread_id = $2
                    and (passage_seq is null or passage_seq < $3
                         -- Its words may be found in the row in which they were lost, when the document is loaded.
                         or (passage_seq = $3 and lost_at is not null and $10))",
            )
            .bind(document)
            .bind(moved.thread)
            .bind(moved.seq)
            .bind(moved.anchor)
            .bind(moved.text)
            .bind(moved.around)
            .bind(moved.moved_at)
            .bind(moved.returned_at)
            .bind(moved.is_lost.then(Utc::now))
            .bind(!moved.is_lost && moved.returned_at.is_some())
            .execute()
            .await?;
    }
    if stored > 0 {
        tx.note(Change::Comments(document)).await?;
    }
    tx.commit().await
}

/// The same for the second passage of a suggestion.
async fn store_second(tx: &mut Tx, document: DocumentId, moved: Moved) -> sqlx::Result<u64> {
    tx.query(
        "update suggestion set second_anchor = coalesce($4, second_anchor), second_text = coalesce($5, second_text),
                second_around = coalesce($6, second_around), second_seq = $3, second_lost_at = $7
          where document_id = $1 and suggestion_id = $2
            and (second_seq is null or second_seq < $3 or (second_seq = $3 and second_lost_at is not null and $8))",
    )
    .bind(document)
    .bind(moved.thread)
    .bind(moved.seq)
    .bind(moved.anchor)
    .bind(moved.text)
    .bind(moved.around)
    .bind(moved.is_lost.then(Utc::now))
    .bind(!moved.is_lost && moved.returned_at.is_some())
    .execute()
    .await
}

/// Counts a document's threads, without suggestions.
pub async fn count(db: &Db, document: DocumentId) -> sqlx::Result<i64> {
    let (count,): (i64,) = db
        .query("select count(*) from thread where document_id = $1 and replacement is null")
        .bind(document)
        .one()
        .await?;
    Ok(count)
}

/// Begins a thread with its first comment.
pub async fn add(db: &Db, by: &Actor, new: NewThread) -> sqlx::Result<ThreadId> {
    let (mut tx, thread) = (db.begin().await?, ThreadId::new());
    let author = new.first.author;
    tx.query(
        "insert into thread (thread_id, workspace_id, document_id, anchor, quote, state, created_by, created_at, around)
         values ($1, $2, $3, $4, $5, 'open', $6, $7, $8)",
    )
    .bind(thread)
    .bind(by.workspace)
    .bind(new.document)
    .bind(new.anchor)
    .bind(new.quote)
    .bind(author)
    .bind(Utc::now())
    .bind(new.around)
    .execute()
    .await?;
    let comment = comments::insert(&mut tx, new.document, by.workspace, thread, new.first).await?;
    comments::notify_of_comment(&mut tx, by, new.document, thread, comment).await?;
    tx.emit(by, Event::ThreadCreated { document: new.document, thread, is_suggestion: false }).await?;
    tx.commit().await?;
    Ok(thread)
}

/// Ends or reopens a thread; `false` when it is not in the expected state, or while the edit of an accepted suggestion
/// is in progress.
pub async fn decide(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    thread: ThreadId,
    decision: Decision,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    if !tx.lock(document, thread.0).await? {
        return Ok(false);
    }
    let decided = decide_in(&mut tx, by, document, thread, decision).await?;
    tx.unlock(thread.0).await?;
    tx.commit().await?;
    Ok(decided)
}

/// Ends or reopens a thread in a transaction that holds it.
pub async fn decide_in(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    thread: ThreadId,
    decision: Decision,
) -> sqlx::Result<bool> {
    let ends = decision.to != ThreadState::Open;
    let decided = tx
        .query(
            "update thread set state = $5, outcome = $6, note = $7, decided_by = $8, decided_at = $9,
                    anchor = coalesce($10, anchor)
              where workspace_id = $1 and document_id = $2 and thread_id = $3 and state = $4",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(thread)
        .bind(decision.from)
        .bind(decision.to)
        .bind(decision.outcome)
        .bind(decision.note)
        .bind(by.id.filter(|_| ends))
        .bind(ends.then(Utc::now))
        .bind(decision.anchor)
        .execute()
        .await?;
    if decided > 0 {
        if ends {
            notify_of_decision(tx, by, document, thread).await?;
        }
        let event = match decision.to {
            ThreadState::Open => Event::ThreadReopened { document, thread },
            ThreadState::Resolved => Event::ThreadResolved { document, thread, outcome: decision.outcome },
            ThreadState::Accepted => Event::SuggestionAccepted { document, thread },
            ThreadState::Rejected => Event::SuggestionRejected { document, thread },
            ThreadState::Withdrawn => Event::SuggestionWithdrawn { document, thread },
        };
        tx.emit(by, event).await?;
    }
    Ok(decided > 0)
}

/// Returns the state of a thread, in a transaction.
pub async fn state_in(
    tx: &mut Tx,
    document: DocumentId,
    thread: ThreadId,
) -> sqlx::Result<Option<Stored<ThreadState>>> {
    let found: Option<(Stored<ThreadState>,)> = tx
        .query("select state from thread where document_id = $1 and thread_id = $2")
        .bind(document)
        .bind(thread)
        .optional()
        .await?;
    Ok(found.map(|(state,)| state))
}

/// Removes an entire thread; `false` when there is none.
pub async fn remove(db: &Db, by: &Actor, document: DocumentId, thread: ThreadId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = delete(&mut tx, by.workspace, document, thread).await?;
    if removed {
        tx.emit(by, Event::ThreadRemoved { document, thread }).await?;
    }
    tx.commit().await?;
    Ok(removed)
}

/// Tells the person who began a thread that someone else ended it.
async fn notify_of_decision(tx: &mut Tx, by: &Actor, document: DocumentId, thread: ThreadId) -> sqlx::Result<()> {
    let began: Vec<(AccountId,)> = tx
        .query("select account_id from thread join account on account_id = thread.created_by where thread_id = $1")
        .bind(thread)
        .all()
        .await?;
    let began: Vec<AccountId> = began.into_iter().map(|(account,)| account).collect();
    let notification = NewNotification {
        kind: NotificationKind::Decided,
        must_do: false,
        document,
        thread: Some(thread),
        comment: None,
    };
    tx.notify(by, &began, notification).await
}

pub(crate) async fn delete(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    thread: ThreadId,
) -> sqlx::Result<bool> {
    let removed = tx
        .query("delete from thread where workspace_id = $1 and document_id = $2 and thread_id = $3")
        .bind(workspace)
        .bind(document)
        .bind(thread)
        .execute()
        .await?;
    Ok(removed > 0)
}
