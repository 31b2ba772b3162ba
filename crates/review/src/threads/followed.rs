//! The rows of passages that are followed: one for each thread, and a second one for some suggestions.

use chrono::{DateTime, Utc};
use database::changes::Change;
use database::{Db, Tx};
use sqlx::types::Json;
use vocabulary::{DocumentId, ThreadId};

/// A passage of a thread, as it was last stored.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct FollowedPassage {
    pub thread_id: ThreadId,
    /// 0 for the passage of a thread, 1 for the second passage of a suggestion.
    pub part: i64,
    pub document_id: DocumentId,
    pub anchor: String,
    pub quote: String,
    /// The last known words of the passage.
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
    /// The row of the log with the last of these edits.
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

/// Lists the passages in documents. Leaves out the passages of withdrawn or rejected suggestions, which nobody looks
/// for and of which there may be any number.
pub async fn followed(db: &Db, documents: &[DocumentId]) -> sqlx::Result<Vec<FollowedPassage>> {
    db.pick(
        "select thread_id, cast(0 as bigint) as part, document_id, anchor, quote, passage_text, around, lost_at
           from thread
          where document_id in (select jsonb_array_elements_text($1)::uuid) and anchor is not null
            and state not in ('withdrawn', 'rejected')
         union all
         select thread_id, 1, suggestion.document_id, second_anchor, second_quote, second_text, second_around,
                second_lost_at
           from suggestion join thread on thread_id = suggestion_id
          where suggestion.document_id in (select jsonb_array_elements_text($1)::uuid) and second_anchor is not null
            and state not in ('withdrawn', 'rejected')",
        "select thread_id, 0 as part, document_id, anchor, quote, passage_text, around, lost_at from thread
          where document_id in (select unhex(value) from json_each($1)) and anchor is not null
            and state not in ('withdrawn', 'rejected')
         union all
         select thread_id, 1, suggestion.document_id, second_anchor, second_quote, second_text, second_around,
                second_lost_at
           from suggestion join thread on thread_id = suggestion_id
          where suggestion.document_id in (select unhex(value) from json_each($1)) and second_anchor is not null
            and state not in ('withdrawn', 'rejected')",
    )
    .bind(Json(documents.iter().map(|document| document.0.simple().to_string()).collect::<Vec<_>>()))
    .all()
    .await
}

/// The most threads that are read at once.
const NEW_THREADS: i64 = 1_000;

/// Lists the passages of threads that were begun after the thread `since`.
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

/// Stores what edits did to the passages of a document, unless the effects of a later row of the log are already
/// stored. Pages are notified if something was stored.
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

/// Like [`store_moves`], for the second passage of a suggestion.
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
