//! The rows of comments, mentions and reactions.

use crate::threads::rows as threads;
use database::NewNotification;
use database::{Actor, Db, Tx};
use vocabulary::{AccountId, NotificationKind};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use vocabulary::{CommentId, DocumentId, Event, ThreadId, WorkspaceId};

/// A comment, with its author's current name.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Comment {
    pub comment_id: CommentId,
    pub thread_id: ThreadId,
    /// The id of an account or guest.
    pub author_id: Uuid,
    pub author_name: String,
    pub author_color: String,
    pub is_guest: bool,
    /// The text; empty if the comment was deleted.
    pub body: String,
    pub created_at: DateTime<Utc>,
    pub edited_at: Option<DateTime<Utc>>,
    pub deleted_at: Option<DateTime<Utc>>,
}

/// A person or group that a comment mentions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::FromRow, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mention {
    /// The kind: `account` or `group`.
    pub kind: String,
    #[sqlx(rename = "target_id")]
    pub id: Uuid,
}

#[derive(Clone, Debug)]
pub struct NewComment {
    /// The id of an account or guest.
    pub author: Uuid,
    pub body: String,
    pub mentions: Vec<Mention>,
}

/// One person's reaction to a comment.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Reaction {
    pub comment_id: CommentId,
    pub person_id: Uuid,
    pub emoji: String,
}

#[derive(sqlx::FromRow)]
struct MentionRow {
    comment_id: CommentId,
    #[sqlx(flatten)]
    mention: Mention,
}

/// Finds a comment of a document, deleted or not.
pub async fn find(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    comment: CommentId,
) -> sqlx::Result<Option<Comment>> {
    db.query(
        "select comment_id, thread_id, author_id, coalesce(comment.named, account.name, guest.name, '') as author_name,
                coalesce(account.color, guest.color, '') as author_color, (guest_id is not null or comment.named is not null) as is_guest,
                body, comment.created_at as created_at, edited_at, deleted_at
           from comment left join account on account_id = author_id left join guest on guest_id = author_id
          where workspace_id = $1 and document_id = $2 and comment_id = $3",
    )
    .bind(workspace)
    .bind(document)
    .bind(comment)
    .optional()
    .await
}

/// Lists the comments of a range of a document's threads, including deleted ones, oldest first.
pub async fn list(db: &Db, document: DocumentId, threads: (ThreadId, ThreadId)) -> sqlx::Result<Vec<Comment>> {
    db.query(
        "select comment_id, thread_id, author_id, coalesce(comment.named, account.name, guest.name, '') as author_name,
                coalesce(account.color, guest.color, '') as author_color, (guest_id is not null or comment.named is not null) as is_guest,
                body, comment.created_at as created_at, edited_at, deleted_at
           from comment left join account on account_id = author_id left join guest on guest_id = author_id
          where document_id = $1 and thread_id between $2 and $3 order by comment_id",
    )
    .bind(document)
    .bind(threads.0)
    .bind(threads.1)
    .all()
    .await
}

/// Counts a thread's comments, including deleted ones.
pub async fn count(db: &Db, thread: ThreadId) -> sqlx::Result<i64> {
    let (count,): (i64,) = db.query("select count(*) from comment where thread_id = $1").bind(thread).one().await?;
    Ok(count)
}

/// Lists the mentions in the comments of a range of a document's threads.
pub async fn mentions(
    db: &Db,
    document: DocumentId,
    threads: (ThreadId, ThreadId),
) -> sqlx::Result<Vec<(CommentId, Mention)>> {
    let rows: Vec<MentionRow> = db
        .query(
            "select comment_id, kind, target_id from mention join comment using (comment_id)
              where document_id = $1 and thread_id between $2 and $3 order by comment_id, kind, target_id",
        )
        .bind(document)
        .bind(threads.0)
        .bind(threads.1)
        .all()
        .await?;
    Ok(rows.into_iter().map(|row| (row.comment_id, row.mention)).collect())
}

/// Lists the reactions to the comments of a range of a document's threads, in the order in which they were given.
pub async fn reactions(db: &Db, document: DocumentId, threads: (ThreadId, ThreadId)) -> sqlx::Result<Vec<Reaction>> {
    db.query(
        "select reaction.comment_id, person_id, emoji from reaction join comment using (comment_id)
          where document_id = $1 and thread_id between $2 and $3
          order by reaction.created_at, person_id, emoji",
    )
    .bind(document)
    .bind(threads.0)
    .bind(threads.1)
    .all()
    .await
}

/// Whether a thread has a comment with this text by this person.
pub async fn is_said(db: &Db, thread: ThreadId, author: Uuid, body: &str) -> sqlx::Result<bool> {
    let (count,): (i64,) = db
        .query("select count(*) from comment where thread_id = $1 and author_id = $2 and body = $3")
        .bind(thread)
        .bind(author)
        .bind(body.to_owned())
        .one()
        .await?;
    Ok(count > 0)
}

/// Adds a comment to a thread.
///
/// # Errors
/// A foreign-key violation when the thread no longer exists.
pub async fn add(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    thread: ThreadId,
    new: NewComment,
) -> sqlx::Result<CommentId> {
    let mut tx = db.begin().await?;
    let comment = insert(&mut tx, document, by.workspace, thread, new).await?;
    notify_of_comment(&mut tx, by, document, (thread, comment), Wrote::Comment).await?;
    tx.emit(by, Event::CommentCreated { document, thread, comment }).await?;
    tx.commit().await?;
    Ok(comment)
}

/// Edits a comment; `false` when it was deleted.
pub async fn edit(
    db: &Db,
    by: &Actor,
    document: DocumentId,
    comment: CommentId,
    body: String,
    mentions: &[Mention],
) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let edited = tx
        .query(
            "update comment set body = $4, edited_at = $5
              where workspace_id = $1 and document_id = $2 and comment_id = $3 and deleted_at is null",
        )
        .bind(by.workspace)
        .bind(document)
        .bind(comment)
        .bind(body)
        .bind(Utc::now())
        .execute()
        .await?;
    if edited > 0 {
        tx.query("delete from mention where comment_id = $1").bind(comment).execute().await?;
        insert_mentions(&mut tx, comment, mentions).await?;
        tx.emit(by, Event::CommentEdited { document, comment }).await?;
    }
    tx.commit().await?;
    Ok(edited > 0)
}

/// Removes a comment's text. Removing the last comment of a thread removes the thread.
pub async fn remove(db: &Db, by: &Actor, document: DocumentId, comment: &Comment) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    // The thread is locked first. Otherwise two people who remove the last two comments at the same time would each see
    // the other comment, and the empty thread would stay.
    tx.query("update thread set state = state where thread_id = $1").bind(comment.thread_id).execute().await?;
    let removed = tx
        .query(
            "update comment set body = '', deleted_at = $3
              where workspace_id = $1 and comment_id = $2 and deleted_at is null",
        )
        .bind(by.workspace)
        .bind(comment.comment_id)
        .bind(Utc::now())
        .execute()
        .await?;
    if removed == 0 {
        return Ok(false);
    }
    for also in ["delete from mention where comment_id = $1", "delete from reaction where comment_id = $1"] {
        tx.query(also).bind(comment.comment_id).execute().await?;
    }
    let (left,): (i64,) = tx
        .query(
            "select (select count(*) from comment where thread_id = $1 and deleted_at is null)
                    + (select count(*) from suggestion where suggestion_id = $1)",
        )
        .bind(comment.thread_id)
        .one()
        .await?;
    // A suggestion stays even without comments.
    if left == 0 {
        threads::delete(&mut tx, by.workspace, document, comment.thread_id).await?;
    }
    let (comment, author) = (comment.comment_id, comment.author_id);
    tx.emit(by, Event::CommentRemoved { document, comment, author }).await?;
    tx.commit().await?;
    Ok(true)
}

/// Adds or removes a reaction of the caller.
pub async fn set_reaction(db: &Db, by: &Actor, document: DocumentId, reaction: Reaction, on: bool) -> sqlx::Result<()> {
    let Reaction { comment_id, person_id, emoji } = reaction;
    let mut tx = db.begin().await?;
    let query = match on {
        true => tx.query(
            "insert into reaction (comment_id, person_id, emoji, created_at) values ($1, $2, $3, $4)
             on conflict do nothing",
        ),
        false => tx
            .query("delete from reaction where comment_id = $1 and person_id = $2 and emoji = $3 and created_at <= $4"),
    };
    query.bind(comment_id).bind(person_id).bind(emoji).bind(Utc::now()).execute().await?;
    let comment = comment_id;
    let event = match on {
        true => Event::ReactionAdded { document, comment },
        false => Event::ReactionRemoved { document, comment },
    };
    tx.emit(by, event).await?;
    tx.commit().await
}

pub(crate) async fn insert(
    tx: &mut Tx,
    document: DocumentId,
    workspace: WorkspaceId,
    thread: ThreadId,
    new: NewComment,
) -> sqlx::Result<CommentId> {
    let comment = CommentId::new();
    tx.query(
        "insert into comment (comment_id, thread_id, workspace_id, document_id, author_id, body, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(comment)
    .bind(thread)
    .bind(workspace)
    .bind(document)
    .bind(new.author)
    .bind(new.body)
    .bind(Utc::now())
    .execute()
    .await?;
    insert_mentions(tx, comment, &new.mentions).await?;
    Ok(comment)
}

pub(crate) async fn insert_mentions(tx: &mut Tx, comment: CommentId, mentions: &[Mention]) -> sqlx::Result<()> {
    for mention in mentions {
        tx.query("insert into mention (comment_id, kind, target_id) values ($1, $2, $3) on conflict do nothing")
            .bind(comment)
            .bind(mention.kind.clone())
            .bind(mention.id)
            .execute()
            .await?;
    }
    Ok(())
}

/// What somebody wrote and others are notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrote {
    Comment,
    /// A suggestion; the comment is its reason, and may be empty.
    Suggestion,
}

impl Wrote {
    /// The kinds of notification for the owner of the document, and for the people who watch it.
    fn kinds(self) -> (NotificationKind, NotificationKind) {
        match self {
            Wrote::Comment => (NotificationKind::Comment, NotificationKind::WatchedComment),
            Wrote::Suggestion => (NotificationKind::Suggestion, NotificationKind::WatchedSuggestion),
        }
    }
}

/// Notifies, once each, the people whom a comment mentions, the people who commented in the thread before, the owner of
/// the document, and the people who watch the document.
pub(crate) async fn notify_of_comment(
    tx: &mut Tx,
    by: &Actor,
    document: DocumentId,
    (thread, comment): (ThreadId, CommentId),
    wrote: Wrote,
) -> sqlx::Result<()> {
    let called: Vec<(AccountId,)> = tx
        .query(
            "select target_id as account_id from mention where comment_id = $1 and kind = 'account'
             union
             select account_id from mention join group_member on group_id = target_id
              where comment_id = $1 and kind = 'group'",
        )
        .bind(comment)
        .all()
        .await?;
    let spoke: Vec<(AccountId,)> = tx
        .query(
            "select distinct author_id as account_id from comment join account on account_id = author_id
              where thread_id = $1 and comment_id <> $2",
        )
        .bind(thread)
        .bind(comment)
        .all()
        .await?;
    let owner: Vec<(AccountId,)> = tx
        .query("select created_by as account_id from document where document_id = $1 and created_by is not null")
        .bind(document)
        .all()
        .await?;
    let called: Vec<AccountId> = called.into_iter().map(|(account,)| account).collect();
    let spoke: Vec<AccountId> =
        spoke.into_iter().map(|(account,)| account).filter(|account| !called.contains(account)).collect();
    let notification =
        |kind, must_do| NewNotification { kind, must_do, document, thread: Some(thread), comment: Some(comment) };
    tx.notify(by, &called, notification(NotificationKind::Mention, true)).await?;
    tx.notify(by, &spoke, notification(NotificationKind::Reply, false)).await?;
    let owner: Vec<AccountId> = owner.into_iter().map(|(account,)| account).collect();
    let owner: Vec<AccountId> =
        owner.into_iter().filter(|account| !called.contains(account) && !spoke.contains(account)).collect();
    let (own, watched) = wrote.kinds();
    tx.notify(by, &owner, notification(own, false)).await?;
    let told = [called, spoke, owner].concat();
    let watchers = library::watches::rows::watchers(tx, document).await?;
    let watchers: Vec<AccountId> = watchers.into_iter().filter(|account| !told.contains(account)).collect();
    tx.notify(by, &watchers, notification(watched, false)).await
}
