//! Consumers of events. A consumer has a name and a handler, which is given the events after its cursor in order. What
//! the handler writes and the cursor move in one transaction: exactly once for its rows, at least once for anything
//! else. The cursor's row is locked meanwhile, so one node at a time consumes, and the lock ends with its connection.
//!
//! On Postgres, an event may become visible after later ones. The ids of one subject follow the order of its commits
//! ([`Tx::log`]); other ids do not, so a cursor MUST NOT pass an id that is missing and whose transaction still runs.
//! 1. The transaction of an event has its number before it takes the id. Ids only grow. So if a step first reads the
//!    newest id n, and only then gets its own number x, every event up to n belongs to a transaction below x.
//! 2. Once no transaction below x runs, what is missing up to n was rolled back. (n, x) is kept beside the cursor as the
//!    barrier, so that it is reached even if some transaction is always running. Ids without a gap need no barrier.
//! 3. Comparing numbers of rows would not do: of two that overlap, the later number may hold the earlier id. Nor would
//!    `pg_snapshot_xmax`: it is one after the last transaction that *ended*, and a running one may be beyond it.
//! 4. On SQLite, a transaction has the only write lock from its first statement: ids become visible in their order.
//! 5. Changes without an event may take an id before a number. A cursor may pass them; no consumer reads them.
//!
//! A consumer that fills an index of its own on every node would have one cursor for each: its name with the node's id.
//! Cursors that no node has run for a week are removed.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::{DateTime, Duration, Utc};
use tracing::{error, warn};

use crate::event_log::{LogRow, LoggedEvent};
use crate::sql::{Db, Tx};

/// The most events that a handler is given at once.
pub const BATCH: usize = 100;
/// Rows of the log that are read at once; some of them are no events.
const ROWS: i64 = 400;
/// The attempts at one event. With their pauses they take about eight minutes.
pub const TRIES: i64 = 10;
/// The first pause after a failure; each further one is twice as long.
const PAUSE: Duration = Duration::seconds(1);

/// Why a handler could not do its work.
pub type Failure = Box<dyn Error + Send + Sync>;
/// What a handler returns.
pub type Handled<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;
type Handle = dyn for<'a> Fn(&'a mut Tx, &'a [LoggedEvent]) -> Handled<'a> + Send + Sync;

/// One consumer; a feature gives one for each that it has.
#[derive(Clone)]
pub struct Consumer {
    /// Names its cursor. Another name is another consumer, which starts at the end of the log.
    pub name: &'static str,
    handle: Arc<Handle>,
    /// Called after a commit.
    committed: Arc<dyn Fn() + Send + Sync>,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There is nothing to read, or another node is reading it.
    Idle,
    /// The handler was given events, and succeeded. There may be more.
    Consumed(usize),
    /// The next id is missing, and a transaction that began before it was seen still runs.
    Waits,
    /// The handler failed with this number of events. With more than one, fewer should be tried at once.
    Failed(usize),
    /// The only event of the step failed too often and was passed over.
    Skipped(i64),
    /// A failed event is not tried before this time.
    Pauses(DateTime<Utc>),
}

#[derive(sqlx::FromRow)]
struct Cursor {
    last_id: i64,
    barrier_id: i64,
    barrier_xid: i64,
    attempts: i64,
    retry_at: Option<DateTime<Utc>>,
    /// The number of this transaction.
    xid: i64,
}

impl Consumer {
    /// `handle` is called within a transaction and writes through it. It may be given an event again when it has
    /// failed. `committed` is called once its rows are there for others.
    pub fn new(
        name: &'static str,
        handle: impl for<'a> Fn(&'a mut Tx, &'a [LoggedEvent]) -> Handled<'a> + Send + Sync + 'static,
        committed: impl Fn() + Send + Sync + 'static,
    ) -> Consumer {
        Consumer { name, handle: Arc::new(handle), committed: Arc::new(committed) }
    }

    /// Says that this node runs the consumer. A new one starts at the end of the log.
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

    /// Gives the handler up to `most` events.
    ///
    /// # Errors
    /// When the database does not answer. A handler's failure is a [`Step`].
    pub async fn step(&self, db: &Db, most: usize, now: DateTime<Utc>) -> sqlx::Result<Step> {
        if !has_news(db, self.name).await? {
            return Ok(Step::Idle);
        }
        let mut tx = db.begin().await?;
        // Before the lock, which gives this transaction its number: see the barrier above.
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

    /// Only a single event is to blame for a failure; of several, any may be.
    async fn note_failure(
        &self,
        db: &Db,
        cursor: &Cursor,
        events: &[LoggedEvent],
        failure: &Failure,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Step> {
        let [event] = events else { return Ok(Step::Failed(events.len())) };
        let (consumer, attempts) = (self.name, cursor.attempts + 1);
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
            error!(consumer, event = event.event_id, name = event.name, %failure, "an event failed too often: it is skipped");
            return Ok(Step::Skipped(event.event_id));
        }
        warn!(consumer, event = event.event_id, name = event.name, attempts, %failure, "an event is tried again");
        Ok(Step::Failed(1))
    }
}

/// What a step may pass of the rows that it has read.
struct Seen {
    events: Vec<LoggedEvent>,
    last: i64,
    waits: bool,
    barrier: (i64, i64),
}

impl Seen {
    fn of(rows: Vec<LogRow>, cursor: &Cursor, newest: i64, most: usize) -> Seen {
        // Numbers start anew in a database that was restored.
        let is_of_here = cursor.barrier_xid <= cursor.xid;
        let known = if is_of_here { (cursor.barrier_id, cursor.barrier_xid) } else { (0, 0) };
        let oldest = rows.first().map_or(0, |row| row.oldest);
        let reached = |(id, xid): (i64, i64)| if oldest >= xid { id } else { 0 };
        // Up to here, what is missing was rolled back.
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
        // One that has not been reached yet stays, or none would ever be.
        if seen.waits && known.0 <= seen.last {
            seen.barrier = (newest, cursor.xid);
        }
        seen
    }
}

/// Most looks find nothing: no lock is taken for them.
async fn has_news(db: &Db, consumer: &'static str) -> sqlx::Result<bool> {
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

/// `None` while another node has the cursor, or when it was never registered.
async fn lock(tx: &mut Tx, consumer: &'static str) -> sqlx::Result<Option<Cursor>> {
    tx.pick(
        "select last_id, barrier_id, barrier_xid, attempts, retry_at, pg_current_xact_id()::text::bigint as xid
           from event_cursor where consumer = $1 for update skip locked",
        "select last_id, barrier_id, barrier_xid, attempts, retry_at, 0 as xid from event_cursor where consumer = $1",
    )
    .bind(consumer.to_owned())
    .optional()
    .await
}

/// The rows and the oldest running transaction, as one snapshot shows them.
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

async fn advance(tx: &mut Tx, consumer: &'static str, seen: &Seen) -> sqlx::Result<()> {
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

/// A panic of a handler is a failure like any other.
async fn guarded(mut work: Handled<'_>) -> Result<(), Failure> {
    std::future::poll_fn(move |context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|_| Poll::Ready(Err("it panicked".into())))
    })
    .await
}
