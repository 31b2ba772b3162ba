//! A consumer that fills an index outside the database, on one node. Its writes cannot share a transaction with its
//! cursor, so it reads events, stores its index, and then moves the cursor. It gets each event at least once. No
//! transaction is open while it works.

use chrono::Utc;

use super::{Seen, advance, has_news, lock, rows_after};
use crate::event_log::LoggedEvent;
use crate::sql::Db;

/// How far below the newest event a new cursor starts. Transactions that took their ids earlier may still be running,
/// and their writes are not yet visible to the process that fills the index. Fewer transactions than this run at once.
const AT_START: i64 = 200;

/// A consumer of one node, with its own cursor.
#[derive(Clone, Debug)]
pub struct LocalConsumer {
    name: String,
}

/// Where the cursor of a consumer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    /// The consumer is new. It begins after `after`, some way below the newest event.
    New { after: i64, newest: i64 },
    /// The consumer has consumed the events up to this one.
    Known(i64),
}

/// Events that were read and not yet consumed.
pub struct Read {
    seen: Seen,
}

impl Read {
    pub fn events(&self) -> &[LoggedEvent] {
        &self.seen.events
    }

    /// The last event, to which the cursor will move.
    pub fn last(&self) -> i64 {
        self.seen.last
    }
}

impl LocalConsumer {
    /// The name identifies the index that the consumer fills. An index that is rebuilt has a new name.
    pub fn new(name: String) -> LocalConsumer {
        LocalConsumer { name }
    }

    /// Records that the index exists.
    pub async fn register(&self, db: &Db) -> sqlx::Result<Registered> {
        let known: Option<(i64,)> = db
            .query("update event_cursor set seen_at = $2 where consumer = $1 returning last_id")
            .bind(self.name.clone())
            .bind(Utc::now())
            .optional()
            .await?;
        if let Some((last,)) = known {
            return Ok(Registered::Known(last));
        }
        let (last,): (i64,) = db
            .query(
                "insert into event_cursor (consumer, last_id, seen_at)
                 select $1, coalesce(max(event_id), 0) - $3, $2 from event where true returning last_id",
            )
            .bind(self.name.clone())
            .bind(Utc::now())
            .bind(AT_START)
            .one()
            .await?;
        Ok(Registered::New { after: last, newest: last + AT_START })
    }

    /// Removes the cursor, because the index is gone.
    pub async fn forget(&self, db: &Db) -> sqlx::Result<()> {
        db.query("delete from event_cursor where consumer = $1").bind(self.name.clone()).execute().await.map(drop)
    }

    /// Reads up to `most` events after the cursor. `None` when there is nothing to read now.
    pub async fn read(&self, db: &Db, most: usize) -> sqlx::Result<Option<Read>> {
        if !has_news(db, &self.name).await? {
            return Ok(None);
        }
        let mut tx = db.begin().await?;
        // Read before the lock, which assigns this transaction its id, as in a step of other consumers.
        let (newest,): (i64,) = tx.query("select coalesce(max(event_id), 0) from event").one().await?;
        let Some(cursor) = lock(&mut tx, &self.name).await? else {
            tx.roll_back().await?;
            return Ok(None);
        };
        let rows = rows_after(&mut tx, cursor.last_id).await?;
        tx.roll_back().await?;
        let seen = Seen::of(rows, &cursor, newest, most);
        let is_same = seen.last == cursor.last_id && seen.barrier == (cursor.barrier_id, cursor.barrier_xid);
        Ok((!is_same).then_some(Read { seen }))
    }

    /// Moves the cursor after events whose effects are stored.
    pub async fn advance(&self, db: &Db, read: &Read) -> sqlx::Result<()> {
        let mut tx = db.begin().await?;
        advance(&mut tx, &self.name, &read.seen).await?;
        tx.commit().await
    }
}
