//! The rows of suggestions. Each has a thread of the same id, with its state, its first passage and its discussion.

use chrono::{DateTime, Utc};
use database::{Actor, Db, Tx};
use document::Anchor;
use document::passages::Surroundings;
use document::suggestions::Suggestion;
use uuid::Uuid;
use vocabulary::{DocumentId, Event, Stored, ThreadId, ThreadState, WorkspaceId};

use crate::comments::rows::{self as comments, NewComment};
use crate::threads::followed::FollowedPassage;

/// Most open suggestions of a document. All of them are located whenever the document is shown, or edited in a
/// suggester's view, and people cannot decide on more.
pub const MOST_OPEN: i64 = 1_000;
/// Most open suggestions by one person in a document, so that a script leaves room for others.
pub const MOST_OF_A_PERSON: i64 = 500;
/// Most characters in the stored open suggestions of a document, because all of them are read whenever one is shown.
pub const MOST_STORED: i64 = 16 << 20;
/// Most characters in the stored open suggestions by one person in a document.
pub const MOST_STORED_OF_A_PERSON: i64 = 4 << 20;

/// Most suggestions of one author in a document that the author withdrew or rejected and nobody discussed. It is enough
/// to open the last ones again, and a script that makes and withdraws suggestions cannot fill the disk.
const MOST_TAKEN_BACK: i64 = 1_000;

/// The number and the size of the open suggestions of a document; `own` are those by one person.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub struct Open {
    pub all: i64,
    pub own: i64,
    pub stored: i64,
    pub own_stored: i64,
}

/// A suggestion, with its thread.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Row {
    pub suggestion_id: ThreadId,
    pub kind: String,
    /// JSON.
    pub change: String,
    pub before_text: String,
    pub after_text: String,
    pub version: i64,
    pub updated_at: DateTime<Utc>,
    pub can_undo: bool,
    pub state: Stored<ThreadState>,
    pub note: Option<String>,
    pub decided_by: Option<Uuid>,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    /// The id of an account or guest.
    pub created_by: Uuid,
    pub author_name: String,
    pub author_color: String,
    pub is_guest: bool,
    pub created_at: DateTime<Utc>,
    /// The number of comments with text in the suggestion's thread.
    pub comments: i64,
    anchor: Option<String>,
    quote: String,
    passage_text: Option<String>,
    around: Option<String>,
    lost_at: Option<DateTime<Utc>>,
    second_anchor: Option<String>,
    second_quote: Option<String>,
    second_text: Option<String>,
    second_around: Option<String>,
    second_lost_at: Option<DateTime<Utc>>,
}

impl Row {
    /// The stored change; `None` if a newer version wrote it.
    pub fn suggestion(&self) -> Option<Suggestion> {
        serde_json::from_str(&self.change).ok()
    }

    /// The suggestion's passages, in the order of the text.
    pub fn passages(&self, document: DocumentId) -> Vec<FollowedPassage> {
        let first = self.anchor.clone().map(|anchor| FollowedPassage {
            thread_id: self.suggestion_id,
            part: 0,
            document_id: document,
            anchor,
            quote: self.quote.clone(),
            passage_text: self.passage_text.clone(),
            around: self.around.clone(),
            lost_at: self.lost_at,
        });
        let second = self.second_anchor.clone().map(|anchor| FollowedPassage {
            thread_id: self.suggestion_id,
            part: 1,
            document_id: document,
            anchor,
            quote: self.second_quote.clone().unwrap_or_default(),
            passage_text: self.second_text.clone(),
            around: self.second_around.clone(),
            lost_at: self.second_lost_at,
        });
        first.into_iter().chain(second).collect()
    }
}

/// A suggestion with its passages in a document.
#[derive(Clone, Debug)]
pub struct Proposal {
    pub suggestion: Suggestion,
    /// One or two; none if it is about the whole document.
    pub passages: Vec<Passage>,
}

#[derive(Clone, Debug)]
pub struct Passage {
    pub anchor: Anchor,
    pub around: Surroundings,
}

/// A passage as it is stored.
#[derive(Default)]
struct StoredPassage {
    anchor: Option<String>,
    quote: Option<String>,
    around: Option<String>,
}

impl Proposal {
    fn stored(&self, part: usize) -> sqlx::Result<StoredPassage> {
        let Some(passage) = self.passages.get(part) else { return Ok(StoredPassage::default()) };
        Ok(StoredPassage {
            anchor: Some(json(&passage.anchor)?),
            quote: self.suggestion.quotes.get(part).cloned(),
            around: Some(json(&[&passage.around])?),
        })
    }
}

fn json(value: &impl serde::Serialize) -> sqlx::Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// A selection of suggestions. A field that is `None` selects all.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// `all`, `open` or `closed`.
    pub state: &'static str,
    pub author: Option<Uuid>,
    pub kind: Option<String>,
    pub one: Option<ThreadId>,
    pub after: Option<ThreadId>,
}

/// Lists a document's suggestions after an id, oldest first.
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    which: Which,
    most: i64,
) -> sqlx::Result<Vec<Row>> {
    db.query(
        "select suggestion_id, suggestion.kind as kind, change, before_text, coalesce(replacement, '') as after_text,
                version, suggestion.updated_at as updated_at, (state = 'accepted' and reverse is not null) as can_undo,
                state, note, decided_by, coalesce(decided_named, decider.name, deciding.name) as decided_by_name, decided_at,
                thread.created_by as created_by, coalesce((select named from comment where comment.thread_id = suggestion_id order by comment_id limit 1),
                         author.name, guest.name, '') as author_name,
                coalesce(author.color, guest.color, '') as author_color, guest.guest_id is not null as is_guest,
                thread.created_at as created_at,
                (select count(*) from comment where comment.thread_id = suggestion_id and body <> '') as comments,
                anchor, quote, passage_text, around, lost_at,
                second_anchor, second_quote, second_text, second_around, second_lost_at
           from suggestion join thread on thread.thread_id = suggestion_id
                left join account as author on author.account_id = thread.created_by
                left join guest on guest.guest_id = thread.created_by
                left join account as decider on decider.account_id = decided_by
                left join guest as deciding on deciding.guest_id = decided_by
          where thread.workspace_id = $1 and suggestion.document_id = $2 and suggestion_id > $3
            and ($4 = 'all' or (state = 'open') = ($4 = 'open')) and ($5 is null or thread.created_by = $5)
            and ($6 is null or suggestion.kind = $6) and ($7 is null or suggestion_id = $7)
          order by suggestion_id limit $8",
    )
    .bind(workspace)
    .bind(document)
    .bind(which.after.map_or(Uuid::nil(), |after| after.0))
    .bind(which.state.to_owned())
    .bind(which.author)
    .bind(which.kind)
    .bind(which.one)
    .bind(most)
    .all()
    .await
}

/// Reads all suggestions of a document, `most` at a time. Includes closed ones, of which there may be any number.
pub async fn all(db: &Db, workspace: WorkspaceId, document: DocumentId, most: i64) -> sqlx::Result<Vec<Row>> {
    let mut found: Vec<Row> = Vec::new();
    loop {
        let after = found.last().map(|row| row.suggestion_id);
        let which = Which { state: "all", after, ..Which::default() };
        let page = list(db, workspace, document, which, most).await?;
        let is_last = (page.len() as i64) < most;
        found.extend(page);
        if is_last {
            return Ok(found);
        }
    }
}

/// Finds one suggestion of a document.
pub async fn find(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    suggestion: ThreadId,
) -> sqlx::Result<Option<Row>> {
    let which = Which { state: "all", one: Some(suggestion), ..Which::default() };
    Ok(list(db, workspace, document, which, 1).await?.pop())
}

/// Counts the open suggestions of a document, and those by one person.
pub async fn count_open(tx: &mut Tx, document: DocumentId, author: Uuid) -> sqlx::Result<Open> {
    tx.query(
        "select count(*) as \"all\", cast(coalesce(sum(case when created_by = $2 then 1 else 0 end), 0) as bigint) as own,
                cast(coalesce(sum(length(change)), 0) as bigint) as stored,
                cast(coalesce(sum(case when created_by = $2 then length(change) else 0 end), 0) as bigint) as own_stored
           from suggestion join thread on thread_id = suggestion_id
          where suggestion.document_id = $1 and state = 'open'",
    )
    .bind(document)
    .bind(author)
    .one()
    .await
}

/// Counts the open suggestions of a document.
pub async fn open_of(db: &Db, document: DocumentId) -> sqlx::Result<i64> {
    let (count,): (i64,) = db
        .query(
            "select count(*) from suggestion join thread on thread_id = suggestion_id
              where suggestion.document_id = $1 and state = 'open'",
        )
        .bind(document)
        .one()
        .await?;
    Ok(count)
}

/// Adds a suggestion, with its thread and the reason as its first comment. With `tells`, notifies the people whom a
/// comment would notify.
pub async fn add(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    (version, proposal): (i64, &Proposal),
    reason: NewComment,
    tells: bool,
) -> sqlx::Result<ThreadId> {
    let (thread, now) = (ThreadId::new(), Utc::now());
    let (first, second) = (proposal.stored(0)?, proposal.stored(1)?);
    tx.query(
        "insert into thread (thread_id, workspace_id, document_id, anchor, quote, replacement, state, created_by,
                             created_at, around)
         values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9)",
    )
    .bind(thread)
    .bind(by.workspace)
    .bind(document)
    .bind(first.anchor)
    .bind(first.quote.unwrap_or_default())
    .bind(proposal.suggestion.after_text())
    .bind(reason.author)
    .bind(now)
    .bind(first.around)
    .execute()
    .await?;
    tx.query(
        "insert into suggestion (suggestion_id, document_id, kind, change, before_text, version, updated_at,
                                 second_anchor, second_quote, second_around)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(thread)
    .bind(document)
    .bind(proposal.suggestion.kind().as_str().to_owned())
    .bind(json(&proposal.suggestion)?)
    .bind(proposal.suggestion.before_text())
    .bind(version)
    .bind(now)
    .bind(second.anchor)
    .bind(second.quote)
    .bind(second.around)
    .execute()
    .await?;
    let comment = comments::insert(tx, document, by.workspace, thread, reason).await?;
    if tells {
        comments::notify_of_comment(tx, by, document, (thread, comment), comments::Wrote::Suggestion).await?;
    }
    tx.emit(by, Event::ThreadCreated { document, thread, is_suggestion: true }).await?;
    Ok(thread)
}

/// Replaces the proposal of an open suggestion; `false` if the suggestion was decided, or is being decided.
pub async fn change(
    tx: &mut Tx,
    document: DocumentId,
    suggestion: ThreadId,
    (version, proposal): (i64, &Proposal),
) -> sqlx::Result<bool> {
    if !tx.lock(document, suggestion.0).await? {
        return Ok(false);
    }
    let (first, second) = (proposal.stored(0)?, proposal.stored(1)?);
    let changed = tx
        .query(
            "update thread set anchor = $3, quote = $4, replacement = $5, around = $6, passage_text = null,
                    passage_seq = $7, moved_at = null, returned_at = null, lost_at = null
              where document_id = $1 and thread_id = $2 and state = 'open'",
        )
        .bind(document)
        .bind(suggestion)
        .bind(first.anchor)
        .bind(first.quote.unwrap_or_default())
        .bind(proposal.suggestion.after_text())
        .bind(first.around)
        .bind(version)
        .execute()
        .await?;
    if changed > 0 {
        tx.query(
            "update suggestion set kind = $2, change = $3, before_text = $4, version = $5, updated_at = $6,
                    second_anchor = $7, second_quote = $8, second_around = $9, second_text = null, second_seq = $5,
                    second_lost_at = null
              where suggestion_id = $1",
        )
        .bind(suggestion)
        .bind(proposal.suggestion.kind().as_str().to_owned())
        .bind(json(&proposal.suggestion)?)
        .bind(proposal.suggestion.before_text())
        .bind(version)
        .bind(Utc::now())
        .bind(second.anchor)
        .bind(second.quote)
        .bind(second.around)
        .execute()
        .await?;
    }
    tx.unlock(suggestion.0).await?;
    Ok(changed > 0)
}

/// Removes the suggestions of an author that the author withdrew or rejected and nobody discussed, except for the last
/// `MOST_TAKEN_BACK` in the document.
pub async fn forget_taken_back(tx: &mut Tx, document: DocumentId, author: Uuid) -> sqlx::Result<u64> {
    tx.query(
        "delete from thread where thread_id in (
           select thread_id from thread
            where document_id = $1 and created_by = $2 and replacement is not null and state in ('withdrawn', 'rejected')
              and decided_by = created_by
              and not exists (select 1 from comment where comment.thread_id = thread.thread_id and body <> '')
            order by decided_at desc, thread_id desc limit $3 offset $3)",
    )
    .bind(document)
    .bind(author)
    .bind(MOST_TAKEN_BACK)
    .execute()
    .await
}

/// Stores the data that undoes an accepted suggestion, and the words of its passage as of a row of the log.
pub async fn note_accepted(
    tx: &mut Tx,
    suggestion: ThreadId,
    (reverse, client): (Option<String>, Option<u64>),
    (text, seq): (Option<String>, i64),
) -> sqlx::Result<()> {
    tx.query("update suggestion set reverse = $2, edited_as = $3 where suggestion_id = $1")
        .bind(suggestion)
        .bind(reverse)
        .bind(client.map(|client| client as i64))
        .execute()
        .await?;
    tx.query(
        "update thread set passage_text = coalesce($2, passage_text), lost_at = null, passage_seq = $3
          where thread_id = $1 and $2 is not null",
    )
    .bind(suggestion)
    .bind(text)
    .bind(seq)
    .execute()
    .await
    .map(drop)
}

/// Lists who suggested the edits of accepted suggestions, by the client ids of these edits.
pub async fn suggesters(db: &Db, document: DocumentId) -> sqlx::Result<Vec<(i64, Uuid)>> {
    db.query(
        "select edited_as, created_by from suggestion join thread on thread_id = suggestion_id
          where suggestion.document_id = $1 and edited_as is not null",
    )
    .bind(document)
    .all()
    .await
}

/// The data that undoes an accepted suggestion, as JSON; `None` if the suggestion was not accepted, or its acceptance
/// was undone.
pub async fn reverse_in(tx: &mut Tx, document: DocumentId, suggestion: ThreadId) -> sqlx::Result<Option<String>> {
    let found: Option<(Option<String>,)> = tx
        .query(
            "select reverse from suggestion join thread on thread_id = suggestion_id
              where suggestion.document_id = $1 and suggestion_id = $2 and state = 'accepted'",
        )
        .bind(document)
        .bind(suggestion)
        .optional()
        .await?;
    Ok(found.and_then(|(reverse,)| reverse))
}

/// Opens an accepted suggestion again, after its acceptance was undone. Stores its passages as of a row of the log, so
/// that late reports from earlier rows, in which the accepted words are missing, are ignored.
pub async fn reopen_undone(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    suggestion: ThreadId,
    (passages, seq): (&[Anchor], i64),
) -> sqlx::Result<bool> {
    let anchor = |part: usize| passages.get(part).map(json).transpose();
    let opened = tx
        .query(
            "update thread set state = 'open', note = null, decided_by = null, decided_at = null, passage_text = null,
                    lost_at = null, anchor = coalesce($3, anchor), passage_seq = $4
              where document_id = $1 and thread_id = $2 and state = 'accepted'",
        )
        .bind(document)
        .bind(suggestion)
        .bind(anchor(0)?)
        .bind(seq)
        .execute()
        .await?;
    tx.query(
        "update suggestion set reverse = null, second_text = null, second_lost_at = null,
                second_anchor = coalesce($2, second_anchor), second_seq = $3
          where suggestion_id = $1",
    )
    .bind(suggestion)
    .bind(anchor(1)?)
    .bind(seq)
    .execute()
    .await?;
    if opened > 0 {
        tx.emit(by, Event::SuggestionUndone { document, thread: suggestion }).await?;
    }
    Ok(opened > 0)
}
