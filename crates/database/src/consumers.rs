//! Event consumers. A consumer has a name and a handler, which receives the events after its cursor in order. The
//! handler's writes and the move of the cursor are one transaction: exactly once for its rows, at least once for
//! anything else. The cursor's row is locked meanwhile, so only one node consumes at a time; the lock ends with that
//! node's connection.
//!
//! On Postgres, an event may become visible after later ones. The ids of one subject follow the order of its commits
//! ([`Tx::log_emitted`]); other ids do not, so a cursor MUST NOT pass a missing id while its transaction may still be running.
//! 1. An event's transaction gets its transaction id before it takes the event id, and ids only grow. So if a step
//!    first reads the newest event id n, and only then gets its own transaction id x, every event up to n belongs to a
//!    transaction below x.
//! 2. Once no transaction below x is running, every id missing up to n was rolled back. The pair (n, x) is stored with
//!    the cursor as its barrier, so that it is reached even if some transaction is always running. Ids without a gap
//!    need no barrier.
//! 3. Comparing the transaction ids of rows would not work: of two overlapping transactions, the later one may hold the
//!    earlier event id. Neither would `pg_snapshot_xmax`: it is one past the last transaction that *ended*, and a
//!    running one may be above it.
//! 4. On SQLite, a transaction holds the only write lock from its first statement, so ids become visible in order.
//! 5. A change without an event may take an event id before a transaction id. A cursor may pass it, because no consumer
//!    reads it.
//!
//! A consumer that fills an index on each node is a [`LocalConsumer`], with a cursor for each index. Cursors that no node has
//! used for a week are removed.

mod local;

pub use local::{LocalConsumer, Read, Registered};

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::{DateTime, Duration, Utc};
use tracing::{error, warn};

use crate::event_log::{LogRow, LoggedEvent};
use crate::sql::{Db, Tx};

/// The maximum number of events that a handler gets at once.
pub const BATCH: usize = 100;
/// Rows of the log that are read at once. Some of them are only changes.
const ROWS: i64 = 400;
/// Attempts to handle one event. With their pauses they take about eight minutes.
pub const TRIES: i64 = 10;
/// The pause after the first failure; each further pause is twice as long.
const PAUSE: Duration = Duration::seconds(1);

/// The reason why a handler failed.
pub type Failure = Box<dyn Error + Send + Sync>;
/// The future that a handler returns.
pub type Handled<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;
type Handle = dyn for<'a> Fn(&'a mut Tx, &'a [LoggedEvent]) -> Handled<'a> + Send + Sync;

/// An event consumer, as a feature defines it.
#[derive(Clone)]
pub struct Consumer {
    /// The name of its cursor. A renamed consumer is a new one, and starts at the end of the log.
    pub name: &'static str,
    handle: Arc<Handle>,
    /// Called after a commit.
    committed: Arc<dyn Fn() + Send + Sync>,
}

/// The result of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is nothing to read, or another node is reading it.
    Idle,
    /// The handler processed this number of events. There may be more.
    Consumed(usize),
    /// The next id is missing, and its transaction may still be running.
    Waits,
    /// The handler failed on this number of events. If there was more than one, retry with fewer.
    Failed(usize),
    /// The only event of the step failed too often and was skipped.
    Skipped(i64),
    /// A failed event is not retried before this time.
    Pauses(DateTime<Utc>),
}

#[derive(sqlx::FromRow)]
struct Cursor {
    last_id: i64,
    barrier_id: i64,
    barrier_xid: i64,
    attempts: i64,
    retry_at: Option<DateTime<Utc>>,
    /// The id of this transaction.
    xid: i64,
}

impl Consumer {
    /// `handle` runs within a transaction and writes through it. After a failure it receives the same events again.
    /// `committed` is called after the commit.
    pub fn new(
        name: &'static str,
        handle: impl for<'a> Fn(&'a mut Tx, &'a [LoggedEvent]) -> Handled<'a> + Send + Sync + 'static,
        committed: impl Fn() + Send + Sync + 'static,
    ) -> Consumer {
        Consumer { name, handle: Arc::new(handle), committed: Arc::new(committed) }
    }

    /// Records that this node runs the consumer. A new one starts at the end of the log.
    pub async fn register(&self, db: &Db) -> sqlx::Result<()> {
        db.query(
            "insert into event_cursor (consumer, last_id, seen_at)
             select $1, coalesce(max(event_id), 0), $2 from event where true
             on conflict (consumer) do update set seen_at = $2",
        )
        .bind(self.name.to_owned())
        .bind(Utc::now())
        .execute()
        .await
        .map(drop)
    }

    /// Passes up to `most` events to the handler.
    ///
    /// # Errors
    /// When the database does not answer. A handler's failure is a [`Step`].
    pub async fn step(&self, db: &Db, most: usize, now: DateTime<Utc>) -> sqlx::Result<Step> {
        if !has_news(db, self.name).await? {
            return Ok(Step::Idle);
        }
        let mut tx = db.begin().await?;
        // Read before the lock, which assigns this transaction its id: see the barrier above.
        let (newest,): (i64,) = tx.query("select coalesce(max(event_id), 0) from event").one().await?;
        let Some(cursor) = lock(&mut tx, self.name).await? else {
            tx.roll_back().await?;
            return Ok(Step::Idle);
        };
        if let Some(at) = cursor.retry_at.filter(|at| *at > now) {
            tx.roll_back().await?;
            return Ok(Step::Pauses(at));
        }
        let rows = rows_after(&mut tx, cursor.last_id).await?;
        let seen = Seen::of(rows, &cursor, newest, if cursor.attempts > 0 { 1 } else { most });
        if seen.last == cursor.last_id && seen.barrier == (cursor.barrier_id, cursor.barrier_xid) {
            tx.roll_back().await?;
            return Ok(Step::Waits);
        }
        if !seen.events.is_empty() {
            let handled = guarded((self.handle)(&mut tx, &seen.events)).await;
            if let Err(failure) = handled {
                tx.roll_back().await?;
                return self.note_failure(db, &cursor, &seen.events, &failure, now).await;
            }
        }
        advance(&mut tx, self.name, &seen).await?;
        tx.commit().await?;
        match seen.events.len() {
            0 if seen.waits => Ok(Step::Waits),
            events => {
                (self.committed)();
                Ok(Step::Consumed(events))
            }
        }
    }

    /// Counts the failure only if there was a single event, because of several any may be the cause.
    async fn note_failure(
        &self,
        db: &Db,
        cursor: &Cursor,
        events: &[LoggedEvent],
        failure: &Failure,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Step> {
        let [event] = events else { return Ok(Step::Failed(events.len())) };
        // A temporary failure, however often it occurs, does not count against the event.
        let attempts = if is_transient(failure) { cursor.attempts.max(1) } else { cursor.attempts + 1 };
        let consumer = self.name;
        let gives_up = attempts >= TRIES;
        let (last, attempts) = if gives_up { (event.event_id, 0) } else { (cursor.last_id, attempts) };
        let pause = PAUSE * 2_i32.pow(u32::try_from(attempts - 1).unwrap_or(0).min(TRIES as u32));
        let retry_at = (!gives_up).then(|| now + pause);
        db.query(
            "update event_cursor set last_id = $3, attempts = $4, retry_at = $5 where consumer = $1 and last_id = $2",
        )
        .bind(consumer.to_owned())
        .bind(cursor.last_id)
        .bind(last)
        .bind(attempts)
        .bind(retry_at)
        .execute()
        .await?;
        if gives_up {
            error!(consumer, event = event.event_id, name = event.name, %failure, "an event failed too often and is skipped");
            return Ok(Step::Skipped(event.event_id));
        }
        warn!(consumer, event = event.event_id, name = event.name, attempts, %failure, "an event failed and will be retried");
        Ok(Step::Failed(1))
    }
}

/// Whether the database is the cause of a failure: it does not answer, is overloaded, or has chosen this transaction to
/// break a deadlock.
fn is_transient(failure: &Failure) -> bool {
    match failure.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(error)) => error.code().is_some_and(|code| {
            // Postgres: cancelled or shut down (57), deadlock and serialization (40), resources (53), locks (55).
            // SQLite: busy (5) and locked (6), failed I/O (10), a full disk (13), with extended codes above the lowest
            // byte.
            let is_sqlites = |code: i64| matches!(code & 0xff, 5 | 6 | 10 | 13);
            match code.len() {
                5 => ["57", "40", "53", "55"].iter().any(|class| code.starts_with(class)),
                _ => code.parse().is_ok_and(is_sqlites),
            }
        }),
        Some(error) => matches!(
            error,
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed
        ),
        None => false,
    }
}

/// The events that a step may process, and the position after them.
pub(crate) struct Seen {
    events: Vec<LoggedEvent>,
    last: i64,
    waits: bool,
    barrier: (i64, i64),
}

impl Seen {
    fn of(rows: Vec<LogRow>, cursor: &Cursor, newest: i64, most: usize) -> Seen {
        // Transaction ids start again in a restored database.
        let is_of_here = cursor.barrier_xid <= cursor.xid;
        let known = if is_of_here { (cursor.barrier_id, cursor.barrier_xid) } else { (0, 0) };
        let oldest = rows.first().map_or(0, |row| row.oldest);
        let reached = |(id, xid): (i64, i64)| if oldest >= xid { id } else { 0 };
        // Every id missing up to here was rolled back.
        let settled = reached((newest, cursor.xid)).max(reached(known));
        let mut seen = Seen { events: Vec::new(), last: cursor.last_id, waits: false, barrier: known };
        for row in rows {
            if row.event_id > seen.last.max(settled) + 1 {
                seen.waits = true;
                break;
            }
            if seen.events.len() == most {
                break;
            }
            seen.last = row.event_id;
            seen.events.extend(row.event());
        }
        // A barrier that has not been reached stays; replacing it each time would never let one be reached.
        if seen.waits && known.0 <= seen.last {
            seen.barrier = (newest, cursor.xid);
        }
        seen
    }
}

/// Whether there is an unread event. Checked without a lock, because usually there is none.
async fn has_news(db: &Db, consumer: &str) -> sqlx::Result<bool> {
    let next: Option<(i64,)> = db
        .query(
            "select event_id from event
              where event_id > (select last_id from event_cursor where consumer = $1) and name is not null
              order by event_id limit 1",
        )
        .bind(consumer.to_owned())
        .optional()
        .await?;
    Ok(next.is_some())
}

/// Locks and returns the cursor; `None` while another node holds it, or if it was never registered.
async fn lock(tx: &mut Tx, consumer: &str) -> sqlx::Result<Option<Cursor>> {
    tx.pick(
        "select last_id, barrier_id, barrier_xid, attempts, retry_at, pg_current_xact_id()::text::bigint as xid
           from event_cursor where consumer = $1 for update skip locked",
        "select last_id, barrier_id, barrier_xid, attempts, retry_at, 0 as xid from event_cursor where consumer = $1",
    )
    .bind(consumer.to_owned())
    .optional()
    .await
}

/// The rows and the oldest running transaction, from one snapshot.
async fn rows_after(tx: &mut Tx, last: i64) -> sqlx::Result<Vec<LogRow>> {
    tx.pick(
        "select event_id, created_at, name, audience, workspace_id, document_id, subject_kind, subject_id, sequence,
                actor_kind, actor_id, detail, pg_snapshot_xmin(pg_current_snapshot())::text::bigint as oldest
           from event where event_id > $1 order by event_id limit $2",
        "select event_id, created_at, name, audience, workspace_id, document_id, subject_kind, subject_id, sequence,
                actor_kind, actor_id, detail, 0 as oldest
           from event where event_id > $1 order by event_id limit $2",
    )
    .bind(last)
    .bind(ROWS)
    .all()
    .await
}

async fn advance(tx: &mut Tx, consumer: &str, seen: &Seen) -> sqlx::Result<()> {
    tx.query(
        "update event_cursor set last_id = $2, barrier_id = $3, barrier_xid = $4, attempts = 0, retry_at = null
          where consumer = $1",
    )
    .bind(consumer.to_owned())
    .bind(seen.last)
    .bind(seen.barrier.0)
    .bind(seen.barrier.1)
    .execute()
    .await
    .map(drop)
}

/// Runs a handler. A panic counts as a failure.
async fn guarded(mut work: Handled<'_>) -> Result<(), Failure> {
    std::future::poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err("it panicked".into())))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_not_the_fault_of_an_event() {
        let is = |error: sqlx::Error| is_transient(&(Box::new(error) as Failure));
        assert!(is(sqlx::Error::PoolTimedOut));
        assert!(is(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())));
        assert!(!is(sqlx::Error::RowNotFound));
        assert!(!is_transient(&"a handler's own failure".into()));
    }
}
