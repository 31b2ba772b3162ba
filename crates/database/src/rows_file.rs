//! All rows of either engine as one SQLite file, as backups contain it.
//!
//! Rows are read in one read-only snapshot and written in one transaction, table by table, by the types that the
//! migrations declare. The file has the schema of the database that it was made from.

mod tables;

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Postgres, Row, Sqlite, Transaction};
use thiserror::Error;

pub use tables::Counts;
use tables::{Cell, Table, bind_postgres, bind_sqlite, read_postgres, read_sqlite, tables};

use crate::restoring;
use crate::sql::{Db, Engine};
use crate::{Schema, SchemaError};

/// The number of rows that one statement reads or writes. A row has up to 256 KiB (a picture).
const ROWS_AT_ONCE: usize = 200;

#[derive(Debug, Error)]
pub enum RowsError {
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error(transparent)]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("rows of {table} cannot be copied")]
    Table { table: String, source: sqlx::Error },
    #[error("the rows cannot be copied: {0}")]
    Format(String),
}

/// Copies all rows of a live database into a new file. Writers continue meanwhile.
///
/// # Errors
/// When the database does not answer, or the file cannot be written. An incomplete file may be left.
pub async fn write(live: &Db, file: &Path) -> Result<Counts, RowsError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .foreign_keys(true)
        // There is no write-ahead log, so that the file can be read from read-only media. The caller syncs the file at
        // the end.
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Off);
    let copy = Db::open_file(options).await?;
    // The file gets the same schema, because a server of the previous version may still use the database.
    let applied = live.applied_migrations().await?;
    copy.run_migrations(|version| applied.contains(&version)).await?;
    let counts = transfer(live, &copy, &[]).await;
    copy.close().await;
    counts
}

/// Opens a complete file, checks it, and counts its rows. Writes nothing, not even beside the file.
///
/// # Errors
/// When the file is damaged, or its schema is newer than this program.
pub async fn check(file: &Path) -> Result<(Counts, Schema), RowsError> {
    let copy = open(file).await?;
    let schema = copy.schema().await?;
    match &schema {
        Schema::Missing => return Err(RowsError::Format("the file has no tables".into())),
        Schema::Newer(needs) => return Err(SchemaError::Newer { needs: needs.clone() }.into()),
        Schema::Older | Schema::Current => {}
    }
    if let Some(damage) = copy.damage().await? {
        return Err(RowsError::Format(format!("the file is damaged: {damage}")));
    }
    let counts = count(&copy, &copy).await?;
    copy.close().await;
    Ok((counts, schema))
}

/// Opens a rows file for reading.
///
/// # Errors
/// When the file cannot be read.
pub async fn open(file: &Path) -> sqlx::Result<Db> {
    Db::open_file(SqliteConnectOptions::new().filename(file).read_only(true).immutable(true)).await
}

/// Brings the schema of a file up to date. The file must be a copy.
///
/// # Errors
/// When a migration fails.
pub async fn upgrade(file: &Path) -> Result<(), RowsError> {
    let options = SqliteConnectOptions::new().filename(file).foreign_keys(true).journal_mode(SqliteJournalMode::Delete);
    let copy = Db::open_file(options).await?;
    copy.migrate().await?;
    copy.close().await;
    Ok(())
}

/// Writes all rows of a file into an empty database with the current schema, in one transaction that also sets a shared
/// value and ends the restore.
///
/// # Errors
/// When a row cannot be written. In that case none is written.
pub async fn restore(file: &Path, live: &Db, shared: (&'static str, Vec<u8>)) -> Result<Counts, RowsError> {
    let copy = open(file).await?;
    let counts = transfer(&copy, live, &[shared]).await;
    copy.close().await;
    counts
}

/// Counts the rows of a database, in the tables that a file has.
///
/// # Errors
/// When a table cannot be read.
pub async fn count(file: &Db, db: &Db) -> Result<Counts, RowsError> {
    let tables = tables(file).await?;
    let mut source = Source::begin(db).await?;
    let mut counts = Counts::new();
    for table in tables {
        counts.insert(table.name.clone(), source.count(&table).await?);
    }
    Ok(counts)
}

/// Copies all rows. One of the two databases is an SQLite file, which determines the tables to copy.
async fn transfer(from: &Db, to: &Db, shared: &[(&'static str, Vec<u8>)]) -> Result<Counts, RowsError> {
    let tables = tables(if from.is_remote() { to } else { from }).await?;
    let mut source = Source::begin(from).await?;
    let mut target = Target::begin(to).await?;
    if !shared.is_empty() {
        target.run("delete from shared_value".into()).await?;
    }
    let mut counts = Counts::new();
    for table in &tables {
        let failed = |error| RowsError::Table { table: table.name.clone(), source: error };
        let mut copied = 0;
        loop {
            let rows = source.next(table).await.map_err(failed)?;
            if rows.is_empty() {
                break;
            }
            copied += rows.len() as u64;
            target.insert(table, rows).await.map_err(failed)?;
        }
        source.end(table).await.map_err(failed)?;
        if table.numbered.is_some() {
            let last = source.last_number(table).await.map_err(failed)?;
            target.set_last_number(table, last).await.map_err(failed)?;
        }
        counts.insert(table.name.clone(), copied);
    }
    for (name, value) in shared {
        target.set_shared(name, value.clone()).await?;
        // The transaction ids of another server have no meaning here.
        if tables.iter().any(|table| table.name == "event_cursor") {
            target.run("update event_cursor set barrier_id = 0, barrier_xid = 0".into()).await?;
        }
        target.run(restoring::END.into()).await?;
    }
    target.commit().await?;
    Ok(counts)
}

/// A read-only snapshot of a database, from which tables are read in pages.
enum Source {
    Postgres(Transaction<'static, Postgres>, bool),
    Sqlite(Transaction<'static, Sqlite>, i64),
}

impl Source {
    async fn begin(db: &Db) -> sqlx::Result<Source> {
        Ok(match db.engine() {
            Engine::Postgres(pool) => {
                Source::Postgres(pool.begin_with("begin isolation level repeatable read read only").await?, false)
            }
            Engine::Sqlite(pool) => Source::Sqlite(pool.begin_with("begin deferred").await?, 0),
        })
    }

    /// The next rows of a table; empty at its end.
    async fn next(&mut self, table: &Table) -> sqlx::Result<Vec<Vec<Cell>>> {
        let Table { name, .. } = table;
        let columns = table.list();
        match self {
            Source::Postgres(tx, begun) => {
                if !std::mem::replace(begun, true) {
                    let declare = format!("declare copied no scroll cursor for select {columns} from \"{name}\"");
                    sqlx::raw_sql(AssertSqlSafe(declare)).execute(&mut **tx).await?;
                }
                let fetch = format!("fetch {ROWS_AT_ONCE} from copied");
                // The statement is not cached, because its plan must not outlive the cursor.
                let rows = sqlx::query(AssertSqlSafe(fetch)).persistent(false).fetch_all(&mut **tx).await?;
                rows.iter().map(|row| read_postgres(table, row)).collect()
            }
            Source::Sqlite(tx, after) => {
                let select = format!(
                    "select rowid, {columns} from \"{name}\" where rowid > $1 order by rowid limit {ROWS_AT_ONCE}"
                );
                let rows: Vec<SqliteRow> = sqlx::query(AssertSqlSafe(select)).bind(*after).fetch_all(&mut **tx).await?;
                if let Some(last) = rows.last() {
                    *after = last.try_get(0)?;
                }
                rows.iter().map(|row| read_sqlite(table, row)).collect()
            }
        }
    }

    /// Ends reading a table.
    async fn end(&mut self, _: &Table) -> sqlx::Result<()> {
        match self {
            Source::Postgres(tx, begun) => {
                *begun = false;
                sqlx::raw_sql("close copied").execute(&mut **tx).await?;
            }
            Source::Sqlite(_, after) => *after = 0,
        }
        Ok(())
    }

    async fn count(&mut self, table: &Table) -> sqlx::Result<u64> {
        let select = format!("select count(*) from \"{}\"", table.name);
        let count: i64 = match self {
            Source::Postgres(tx, _) => sqlx::query_scalar(AssertSqlSafe(select)).fetch_one(&mut **tx).await?,
            Source::Sqlite(tx, _) => sqlx::query_scalar(AssertSqlSafe(select)).fetch_one(&mut **tx).await?,
        };
        Ok(count as u64)
    }

    /// The last number that the engine gave to a row of the table, even if that row is gone.
    async fn last_number(&mut self, table: &Table) -> sqlx::Result<i64> {
        match self {
            Source::Postgres(tx, _) => {
                let select = "select coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass), 0)";
                sqlx::query_scalar(select).bind(&table.name).bind(&table.numbered).fetch_one(&mut **tx).await
            }
            Source::Sqlite(tx, _) => {
                let select = sqlx::query_scalar("select seq from sqlite_sequence where name = $1").bind(&table.name);
                Ok(select.fetch_optional(&mut **tx).await?.unwrap_or(0))
            }
        }
    }
}

/// The transaction that writes all tables.
enum Target {
    Postgres(Transaction<'static, Postgres>),
    Sqlite(Transaction<'static, Sqlite>),
}

impl Target {
    async fn begin(db: &Db) -> sqlx::Result<Target> {
        Ok(match db.engine() {
            Engine::Postgres(pool) => Target::Postgres(pool.begin().await?),
            Engine::Sqlite(pool) => Target::Sqlite(pool.begin_with("begin immediate").await?),
        })
    }

    async fn run(&mut self, statement: String) -> sqlx::Result<()> {
        match self {
            Target::Postgres(tx) => sqlx::query(AssertSqlSafe(statement)).execute(&mut **tx).await.map(drop),
            Target::Sqlite(tx) => sqlx::query(AssertSqlSafe(statement)).execute(&mut **tx).await.map(drop),
        }
    }

    async fn insert(&mut self, table: &Table, rows: Vec<Vec<Cell>>) -> sqlx::Result<()> {
        let width = table.columns.len();
        let values: Vec<String> = (0..rows.len())
            .map(|row| {
                let places: Vec<String> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
                format!("({})", places.join(", "))
            })
            .collect();
        let (name, columns, values) = (&table.name, table.list(), values.join(", "));
        let cells = rows.into_iter().flatten();
        match self {
            Target::Postgres(tx) => {
                let numbered = if table.numbered.is_some() { "overriding system value" } else { "" };
                let insert = format!("insert into \"{name}\" ({columns}) {numbered} values {values}");
                let insert = sqlx::query(AssertSqlSafe(insert)).persistent(false);
                cells.fold(insert, bind_postgres).execute(&mut **tx).await.map(drop)
            }
            Target::Sqlite(tx) => {
                let insert = format!("insert into \"{name}\" ({columns}) values {values}");
                let insert = sqlx::query(AssertSqlSafe(insert)).persistent(false);
                cells.fold(insert, bind_sqlite).execute(&mut **tx).await.map(drop)
            }
        }
    }

    /// Makes the engine give the next row of the table a higher number than this one.
    async fn set_last_number(&mut self, table: &Table, last: i64) -> sqlx::Result<()> {
        match self {
            Target::Postgres(tx) => {
                let set = "select setval(pg_get_serial_sequence($1, $2), greatest($3, 1), $3 > 0)";
                sqlx::query(set).bind(&table.name).bind(&table.numbered).bind(last).execute(&mut **tx).await?;
            }
            Target::Sqlite(tx) => {
                let name = &table.name;
                sqlx::query("delete from sqlite_sequence where name = $1").bind(name).execute(&mut **tx).await?;
                let insert = sqlx::query("insert into sqlite_sequence (name, seq) values ($1, $2)");
                insert.bind(name).bind(last).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    async fn set_shared(&mut self, name: &'static str, value: Vec<u8>) -> sqlx::Result<()> {
        let now = chrono::Utc::now();
        let upsert = "insert into shared_value (name, value, created_at) values ($1, $2, $3)
            on conflict (name) do update set value = excluded.value, created_at = excluded.created_at";
        match self {
            Target::Postgres(tx) => {
                sqlx::query(upsert).bind(name).bind(value).bind(now).execute(&mut **tx).await.map(drop)
            }
            Target::Sqlite(tx) => {
                sqlx::query(upsert).bind(name).bind(value).bind(now).execute(&mut **tx).await.map(drop)
            }
        }
    }

    async fn commit(self) -> sqlx::Result<()> {
        match self {
            Target::Postgres(tx) => tx.commit().await,
            Target::Sqlite(tx) => tx.commit().await,
        }
    }
}
