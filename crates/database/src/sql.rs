//! One SQL text for two engines.
//!
//! A [`Query`] is a statement plus its arguments, already encoded for the engine that will run it. Code that uses this
//! file writes portable SQL with `$1` placeholders, for either engine. The exceptions call [`Db::pick`], so they are
//! easy to find.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::audit::Actor;
use crate::changes::Change;
use crate::write_turns::{WriteTurn, WriteTurns};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Database, Encode, FromRow, Pool, Postgres, Sqlite, Transaction, Type};
use vocabulary::Event;

/// A value that both engines can store.
pub trait Bind:
    for<'q> Encode<'q, Postgres> + Type<Postgres> + for<'q> Encode<'q, Sqlite> + Type<Sqlite> + Send + 'static
{
}
impl<T> Bind for T where
    T: for<'q> Encode<'q, Postgres> + Type<Postgres> + for<'q> Encode<'q, Sqlite> + Type<Sqlite> + Send + 'static
{
}

/// A row that both engines can return; derive `sqlx::FromRow` to implement it.
pub trait Record: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}
impl<T> Record for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

/// A database of either engine. Clones share it.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    /// Connections that were made before this time are replaced before they are used again.
    distrusted: Distrusted,
    /// The turns of writes on SQLite. A write waits for its turn without a connection. With SQLite's own lock, each
    /// waiting write would hold a connection, so that many writes of one person would keep everybody else from reading.
    turns: Arc<WriteTurns>,
    listener: Arc<OnceLock<Listener>>,
}

/// Called after each commit of this process that logged something, with its changes and their ids in the log. The list
/// is empty when it logged only events without a change for sockets.
type Listener = Box<dyn Fn(&[(i64, Change)]) + Send + Sync>;

/// Connections to a server that were made before this time must not be used again.
// The mutex is held only to read or set one instant.
type Distrusted = Arc<Mutex<Option<Instant>>>;

#[derive(Clone)]
pub(crate) enum Engine {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.engine {
            Engine::Postgres(_) => "Postgres",
            Engine::Sqlite(_) => "SQLite",
        })
    }
}

/// A write transaction. The changes that it records are passed to the listener of this process when it commits.
pub struct Tx {
    open: Open,
    pub(crate) noted: Vec<(i64, Change)>,
    /// Events to log at the commit, with their actors and changes.
    pub(crate) emitted: Vec<(Actor, Event, Option<Change>)>,
    pub(crate) logs_events: bool,
    listener: Arc<OnceLock<Listener>>,
}

enum Open {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>, WriteTurn),
}

pub enum Query<'c> {
    Postgres(sqlx::query::Query<'static, Postgres, PgArguments>, Source<'c, Postgres>),
    Sqlite(sqlx::query::Query<'static, Sqlite, SqliteArguments>, Source<'c, Sqlite>, Option<&'c Arc<WriteTurns>>),
}

pub enum Source<'c, DB: Database> {
    Pool(&'c Pool<DB>),
    Conn(&'c mut DB::Connection),
}

/// Settings of a database on another machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DbOptions {
    pub connections: u32,
    /// Timeout of a statement, and of waiting for a connection.
    pub answers_within: Duration,
}

/// How long to wait at a start for a database that may be starting too.
const STARTS_WITHIN: Duration = Duration::from_secs(5);

impl Default for DbOptions {
    fn default() -> Self {
        DbOptions { connections: 16, answers_within: Duration::from_secs(5) }
    }
}

impl Db {
    /// Opens `sqlite:PATH` or `postgres://…`. A file that does not exist is created.
    pub async fn connect(url: &str, options: &DbOptions) -> sqlx::Result<Db> {
        Db::open(url, options, true).await
    }

    pub(crate) async fn open(url: &str, options: &DbOptions, create: bool) -> sqlx::Result<Db> {
        if url.starts_with("postgres") {
            let patience = options.answers_within.as_millis().to_string();
            // Otherwise a node that freezes in a transaction would hold its locks for hours, and block all writers of a
            // workspace.
            let idle = (2 * options.answers_within).as_millis().to_string();
            let connect = PgConnectOptions::from_str(url)?.application_name("consilium").options([
                ("statement_timeout", patience.as_str()),
                ("idle_in_transaction_session_timeout", idle.as_str()),
            ]);
            let distrusted = Distrusted::default();
            let since = distrusted.clone();
            let pool = PgPoolOptions::new()
                .max_connections(options.connections)
                .acquire_timeout(options.answers_within)
                .before_acquire(move |connection, about| {
                    let made = Instant::now().checked_sub(about.age);
                    let old = since.lock().is_ok_and(|since| since.is_some() && made < *since);
                    let clean = !old && !connection.is_in_transaction();
                    Box::pin(async move { Ok(clean) })
                })
                .connect_with(connect.clone());
            let within = options.answers_within.min(STARTS_WITHIN);
            let pool = match tokio::time::timeout(within, pool).await {
                // The pool tries until its timeout, and does not report the cause.
                Err(_) | Ok(Err(sqlx::Error::PoolTimedOut)) => {
                    let cause = tokio::time::timeout(within, connect.connect()).await;
                    return Err(cause.ok().and_then(Result::err).unwrap_or(sqlx::Error::PoolTimedOut));
                }
                Ok(made) => made?,
            };
            return Ok(Db { distrusted, ..Db::new(Engine::Postgres(pool)) });
        }
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(create)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            // In KiB for each connection. This is a quarter of the default, because the system caches the file as well.
            .pragma("cache_size", "-512")
            // Deleted content is overwritten, which only costs a write of pages that change anyway.
            .pragma("secure_delete", "on");
        // SQLite has one writer at a time, and a few readers beside it. Connections to a file do not break, and testing
        // them before each statement would double its cost.
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false)
            .before_acquire(|connection, _| {
                // SQLite ends a transaction itself when the disk is full, and a rollback on a full disk can fail. sqlx
                // would then believe for ever that the connection is in a transaction, so the connection is replaced.
                let clean = !connection.is_in_transaction();
                Box::pin(async move { Ok(clean) })
            })
            .connect_with(options)
            .await?;
        Ok(Db::new(Engine::Sqlite(pool)))
    }

    /// Opens an SQLite file that is not the database of a running instance, such as the rows of a backup.
    pub(crate) async fn open_file(options: SqliteConnectOptions) -> sqlx::Result<Db> {
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        Ok(Db::new(Engine::Sqlite(pool)))
    }

    fn new(engine: Engine) -> Db {
        Db { engine, distrusted: Distrusted::default(), turns: Arc::default(), listener: Arc::default() }
    }

    /// Empties the write-ahead log of SQLite, in which the pages are still as they were before a deletion. Postgres
    /// keeps its write-ahead log as its configuration requires.
    pub async fn empty_write_ahead_log(&self) -> sqlx::Result<()> {
        if let Engine::Sqlite(pool) = &self.engine {
            let (busy, _, _): (i64, i64, i64) =
                sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(pool).await?;
            if busy != 0 {
                // The next checkpoint empties the log.
                tracing::info!("the write-ahead log is in use and will be emptied later");
            }
        }
        Ok(())
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Sets the listener for commits of this process. A second listener is ignored.
    pub fn on_commit(&self, listener: impl Fn(&[(i64, Change)]) + Send + Sync + 'static) {
        let _ = self.listener.set(Box::new(listener));
    }

    pub fn query(&self, sql: &'static str) -> Query<'_> {
        match &self.engine {
            Engine::Postgres(pool) => Query::Postgres(sqlx::query(sql), Source::Pool(pool)),
            Engine::Sqlite(pool) => Query::Sqlite(sqlx::query(sql), Source::Pool(pool), Some(&self.turns)),
        }
    }

    /// Starts a write transaction. SQLite takes the write lock now, not at the first write,
    /// because a lock upgrade in the middle fails at once instead of waiting its turn.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        let open = match &self.engine {
            Engine::Postgres(pool) => Open::Postgres(pool.begin().await?),
            Engine::Sqlite(pool) => {
                let turn = self.turns.take().await?;
                Open::Sqlite(pool.begin_with("begin immediate").await?, turn)
            }
        };
        Ok(Tx { open, noted: Vec::new(), emitted: Vec::new(), logs_events: false, listener: self.listener.clone() })
    }

    /// Connections that are idle, and that are in use.
    pub fn connections(&self) -> (usize, usize) {
        let (idle, all) = match &self.engine {
            Engine::Postgres(pool) => (pool.num_idle(), pool.size()),
            Engine::Sqlite(pool) => (pool.num_idle(), pool.size()),
        };
        (idle, (all as usize).saturating_sub(idle))
    }

    /// Makes all present connections be replaced before they are used again, because they may lead to a server that has
    /// become a standby.
    pub fn replace_connections(&self) {
        if let Ok(mut since) = self.distrusted.lock() {
            *since = Some(Instant::now());
        }
    }

    /// Whether the database is on a server (Postgres).
    pub fn is_remote(&self) -> bool {
        matches!(self.engine, Engine::Postgres(_))
    }

    /// Chooses between two texts, for the few statements that differ between the engines.
    pub fn pick(&self, postgres: &'static str, sqlite: &'static str) -> Query<'_> {
        match &self.engine {
            Engine::Postgres(_) => self.query(postgres),
            Engine::Sqlite(_) => self.query(sqlite),
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Postgres(pool) => pool.close().await,
            Engine::Sqlite(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        match &mut self.open {
            Open::Postgres(tx) => Query::Postgres(sqlx::query(sql), Source::Conn(&mut **tx)),
            Open::Sqlite(tx, _) => Query::Sqlite(sqlx::query(sql), Source::Conn(&mut **tx), None),
        }
    }

    /// Logs the events and commits, then passes the changes to the listener of this process.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        self.log_emitted().await?;
        match self.open {
            Open::Postgres(tx) => tx.commit().await?,
            Open::Sqlite(tx, _turn) => tx.commit().await?,
        }
        if let Some(listener) = self.listener.get()
            && (self.logs_events || !self.noted.is_empty())
        {
            listener(&self.noted);
        }
        Ok(())
    }

    /// Rolls back. Dropping the transaction also rolls it back, but only when the connection is used again, so that its
    /// locks are held longer.
    pub(crate) async fn roll_back(self) -> sqlx::Result<()> {
        match self.open {
            Open::Postgres(tx) => tx.rollback().await,
            Open::Sqlite(tx, _turn) => tx.rollback().await,
        }
    }

    /// Chooses between two texts, as [`Db::pick`].
    pub fn pick(&mut self, postgres: &'static str, sqlite: &'static str) -> Query<'_> {
        match &self.open {
            Open::Postgres(_) => self.query(postgres),
            Open::Sqlite(..) => self.query(sqlite),
        }
    }
}

macro_rules! run {
    ($query:expr, |$q:ident, $on:ident| $body:expr) => {
        match $query {
            Query::Postgres($q, Source::Pool($on)) => $body,
            Query::Postgres($q, Source::Conn($on)) => $body,
            Query::Sqlite($q, Source::Pool($on), _) => $body,
            Query::Sqlite($q, Source::Conn($on), _) => $body,
        }
    };
}

impl<'c> Query<'c> {
    pub fn bind<T: Bind>(self, value: T) -> Self {
        match self {
            Query::Postgres(q, on) => Query::Postgres(q.bind(value), on),
            Query::Sqlite(q, on, turns) => Query::Sqlite(q.bind(value), on, turns),
        }
    }

    pub async fn one<T: Record>(self) -> sqlx::Result<T> {
        run!(self, |q, on| q.try_map(|row| T::from_row(&row)).fetch_one(on).await)
    }

    pub async fn optional<T: Record>(self) -> sqlx::Result<Option<T>> {
        run!(self, |q, on| q.try_map(|row| T::from_row(&row)).fetch_optional(on).await)
    }

    pub async fn all<T: Record>(self) -> sqlx::Result<Vec<T>> {
        run!(self, |q, on| q.try_map(|row| T::from_row(&row)).fetch_all(on).await)
    }

    /// Runs a statement that writes, in turn, and returns the number of rows it changed.
    pub async fn execute(self) -> sqlx::Result<u64> {
        let _turn = match &self {
            Query::Sqlite(_, Source::Pool(_), Some(turns)) => Some(turns.take().await?),
            _ => None,
        };
        run!(self, |q, on| Ok(q.execute(on).await?.rows_affected()))
    }
}
