//! The rows of threads: their passages and their outcomes.

use crate::comments::rows as comments;
use crate::comments::rows::NewComment;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use database::{Actor, Db, NewNotification, Tx};

use vocabulary::{AccountId, DocumentId, Event, NotificationKind, Outcome, Stored, ThreadId, ThreadState, WorkspaceId};

/// A thread without its comments.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Thread {
    pub thread_id: ThreadId,
    /// The passage, as JSON; `None` if the thread is about an image, file or card, or about the whole document.
    pub anchor: Option<String>,
    /// The image, file or card, as JSON.
    pub media: Option<String>,
    /// The text of the passage when it was marked, or the label of the image, file or card when the thread began.
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
    /// The text around the passage, when it was marked and most recently, as JSON.
    pub around: Option<String>,
    /// When the words of the passage last moved to another place.
    pub moved_at: Option<DateTime<Utc>>,
    /// When the words of the passage were deleted; `None` while the text contains them.
    pub lost_at: Option<DateTime<Utc>>,
    /// When the words of the passage last returned after they had been deleted.
    pub returned_at: Option<DateTime<Utc>>,
    /// The account that the thread is assigned to.
    pub assigned_to: Option<Uuid>,
    pub assigned_to_name: Option<String>,
    pub due_at: Option<DateTime<Utc>>,
}

pub struct NewThread {
    pub document: DocumentId,
    pub anchor: Option<String>,
    /// The image, file or card, as JSON.
    pub media: Option<String>,
    /// The text around the passage, as JSON.
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

/// Lists a document's threads after an id, oldest first. Leaves out withdrawn suggestions that nobody discussed.
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
        "select thread_id, anchor, media, quote, replacement, state, outcome, note, decided_by,
                coalesce(decided_named, account.name, guest.name) as decided_by_name, decided_at,
                thread.created_by as created_by, thread.created_at as created_at,
                passage_text, around, moved_at, lost_at, returned_at, assigned_to,
                (select name from account where account_id = assigned_to) as assigned_to_name, due_at
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
        "insert into thread (thread_id, workspace_id, document_id, anchor, quote, state, created_by, created_at, around,
                             media)
         values ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9)",
    )
    .bind(thread)
    .bind(by.workspace)
    .bind(new.document)
    .bind(new.anchor)
    .bind(new.quote)
    .bind(author)
    .bind(Utc::now())
    .bind(new.around)
    .bind(new.media)
    .execute()
    .await?;
    let comment = comments::insert(&mut tx, new.document, by.workspace, thread, new.first).await?;
    comments::notify_of_comment(&mut tx, by, new.document, (thread, comment), comments::Wrote::Comment).await?;
    tx.emit(by, Event::ThreadCreated { document: new.document, thread, is_suggestion: false }).await?;
    tx.commit().await?;
    Ok(thread)
}

/// Finds a person's thread by its quote and first comment.
pub async fn find_said(
    db: &Db,
    document: DocumentId,
    author: Uuid,
    (quote, body): (&str, &str),
) -> sqlx::Result<Option<ThreadId>> {
    let found: Option<(ThreadId,)> = db
        .query(
            "select thread_id from thread join comment using (thread_id)
              where thread.document_id = $1 and created_by = $2 and quote = $3 and body = $4 limit 1",
        )
        .bind(document)
        .bind(author)
        .bind(quote.to_owned())
        .bind(body.to_owned())
        .optional()
        .await?;
    Ok(found.map(|(thread,)| thread))
}

/// Ends or reopens a thread; `false` when the thread is not in the expected state, or while the suggestion is being
/// accepted.
pub async fn decide(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    thread: ThreadId,
    decision: Decision,
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let decided = lock_and_decide(&mut tx, by, document, thread, decision).await?;
    tx.commit().await?;
    Ok(decided)
}

/// The same in a transaction. While the suggestion is being accepted, the acceptance decides, and nothing is changed.
pub async fn lock_and_decide(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    thread: ThreadId,
    decision: Decision,
) -> sqlx::Result<bool> {
    if !tx.lock(document, thread.0).await? {
        return Ok(false);
    }
    let decided = decide_in(tx, by, document, thread, decision).await?;
    tx.unlock(thread.0).await?;
    Ok(decided)
}

/// Ends or reopens a thread, in a transaction that holds the thread's lock.
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

/// Notifies the person who began a thread that someone else ended it.
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
