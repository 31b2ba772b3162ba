//! The journal in Postgres: the statements of the embedded journal, in Postgres's dialect.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use parking_lot::Mutex;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgExecutor};
use uuid::Uuid;

use super::remote::ANSWERS_WITHIN;
use super::row::{Page, Stored};
use super::{
    Appended, JournalError, JournalOptions, KeptBytes, PAGE_BYTES, PAGE_ROWS, Row, Snapshot, Trim, row, snapshots,
};
use vocabulary::DocumentId;

/// Key of the advisory lock under which nodes that start at the same time create the tables.
const SCHEMA_LOCK: i64 = 0x636f_6e73_696c;

const SCHEMA: &str = "
    create table if not exists journal_row (
        document uuid not null,
        seq bigint not null,
        op uuid not null,
        at bigint not null,         -- milliseconds since 1970
        entries bytea not null,
        checksum bytea not null,    -- sha256 over all of the above
        primary key (document, seq) -- the fence
    );
    create table if not exists snapshot (
        document uuid not null,
        seq bigint not null,        -- the last row that it contains
        fingerprint bytea not null, -- canonical hash of the document
        state bytea not null,
        owners bytea not null,
        checksum bytea not null,    -- sha256 over state and owners
        primary key (document, seq)
    );
    create table if not exists kept (
        document uuid not null,
        id uuid not null,
        bytes bytea not null,
        checksum bytea not null,    -- sha256 over all of the above
        primary key (document, id)
    );";

#[derive(Clone)]
pub(super) struct PostgresStore {
    pool: PgPool,
    /// Connections made before this time are replaced before they are used again.
    // The mutex is held only to read or set the time.
    distrusted: Arc<Mutex<Option<Instant>>>,
    pub(super) weakness: Option<&'static str>,
}

type SnapshotColumns = (i64, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>);
type RowColumns = (i64, Uuid, i64, Vec<u8>, Vec<u8>);

/// A group of rows, by column, as `unnest` expects them.
#[derive(Default)]
struct Columns {
    document: Vec<Uuid>,
    seq: Vec<i64>,
    op: Vec<Uuid>,
    at: Vec<i64>,
    entries: Vec<Vec<u8>>,
    checksum: Vec<Vec<u8>>,
}

impl PostgresStore {
    pub(super) async fn open(url: &str, options: &JournalOptions) -> Result<PostgresStore, JournalError> {
        let patience = format!("{}", ANSWERS_WITHIN.as_millis());
        let connect = PgConnectOptions::from_str(url)?
            .application_name("consilium-journal")
            .options([("synchronous_commit", "on"), ("statement_timeout", patience.as_str())]);
        let distrusted: Arc<Mutex<Option<Instant>>> = Arc::default();
        let since = distrusted.clone();
        let pool = PgPoolOptions::new()
            .max_connections(options.connections)
            .acquire_timeout(ANSWERS_WITHIN)
            .before_acquire(move |connection, about| {
                let made = Instant::now().checked_sub(about.age);
                let old = since.lock().is_some_and(|since| made.is_some_and(|made| made < since));
                // After a rollback that failed, sqlx believes for ever that the connection is in a transaction.
                let clean = !old && !connection.is_in_transaction();
                Box::pin(async move { Ok(clean) })
            })
            .connect_with(connect.clone())
            .await;
        let pool = match pool {
            // The pool tried until its timeout, and its error does not name the cause.
            Err(sqlx::Error::PoolTimedOut) => {
                let cause = tokio::time::timeout(ANSWERS_WITHIN, connect.connect()).await;
                return Err(cause.ok().and_then(Result::err).unwrap_or(sqlx::Error::PoolTimedOut).into());
            }
            made => made?,
        };
        let (commit, sync): (String, String) =
            sqlx::query_as("select current_setting('synchronous_commit'), current_setting('fsync')")
                .fetch_one(&pool)
                .await?;
        if commit != "on" && commit != "remote_apply" {
            return Err(JournalError::NotDurable("synchronous_commit is not on, although it was asked for"));
        }
        if options.create {
            let mut tx = pool.begin().await?;
            sqlx::query("select pg_advisory_xact_lock($1)").bind(SCHEMA_LOCK).execute(&mut *tx).await?;
            sqlx::raw_sql(SCHEMA).execute(&mut *tx).await?;
            tx.commit().await?;
        } else {
            let (found,): (bool,) =
                sqlx::query_as("select to_regclass('journal_row') is not null").fetch_one(&pool).await?;
            if !found {
                return Err(JournalError::Missing("the database has no table journal_row".into()));
            }
        }
        let weakness =
            (sync == "off").then_some("this Postgres runs with fsync = off: a power cut loses what was acknowledged");
        Ok(PostgresStore { pool, distrusted, weakness })
    }

    /// Replaces all connections before they are used again: they may lead to a server that has become a standby.
    pub(super) fn replace_connections(&self) {
        *self.distrusted.lock() = Some(Instant::now());
    }

    pub(super) async fn ping(&self) -> Result<(), JournalError> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Appends the whole group in one statement. A number that is already taken affects only its own row.
    pub(super) async fn insert_rows(&self, rows: &[Row]) -> Result<Vec<Option<Appended>>, JournalError> {
        let mut columns = Columns::default();
        for row in rows {
            let entries = row::encode(&row.entries);
            columns.document.push(row.document.0);
            columns.seq.push(row.seq as i64);
            columns.op.push(row.op);
            columns.at.push(row.at);
            columns.checksum.push(row::checksum(row, &entries).to_vec());
            columns.entries.push(entries.into());
        }
        let inserted: Vec<(Uuid,)> = sqlx::query_as(
            "insert into journal_row (document, seq, op, at, entries, checksum)
             select * from unnest($1::uuid[], $2::bigint[], $3::uuid[], $4::bigint[], $5::bytea[], $6::bytea[])
             on conflict (document, seq) do nothing returning document",
        )
        .bind(&columns.document)
        .bind(&columns.seq)
        .bind(&columns.op)
        .bind(&columns.at)
        .bind(&columns.entries)
        .bind(&columns.checksum)
        .fetch_all(&self.pool)
        .await?;
        let mut outcomes = Vec::with_capacity(rows.len());
        for row in rows {
            // The number may be taken by this same batch, written by an attempt whose outcome was unknown.
            outcomes.push(match inserted.contains(&(row.document.0,)) {
                true => Some(Appended::Durable),
                false => self.outcome(row).await?,
            });
        }
        Ok(outcomes)
    }

    async fn outcome(&self, row: &Row) -> Result<Option<Appended>, JournalError> {
        let found: Option<(Uuid,)> = sqlx::query_as("select op from journal_row where document = $1 and seq = $2")
            .bind(row.document.0)
            .bind(row.seq as i64)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.map(|(op,)| if op == row.op { Appended::Durable } else { Appended::LostRace }))
    }

    pub(super) async fn insert_snapshot(
        &self,
        document: DocumentId,
        snapshot: &Snapshot,
        trim: Trim,
    ) -> Result<(), JournalError> {
        let Snapshot { seq, fingerprint, state, owners } = snapshot;
        let mut tx = self.pool.begin().await?;
        if !holds_off_purges(&mut tx, document).await? {
            return Ok(());
        }
        sqlx::query(
            "insert into snapshot (document, seq, fingerprint, state, owners, checksum)
             values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        )
        .bind(document.0)
        .bind(*seq as i64)
        .bind(fingerprint.as_slice())
        .bind(&**state)
        .bind(&**owners)
        .bind(snapshots::checksum(state, owners).as_slice())
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "delete from snapshot where document = $1 and seq not in
             (select seq from snapshot where document = $1 order by seq desc limit 2)",
        )
        .bind(document.0)
        .execute(&mut *tx)
        .await?;
        if trim == Trim::BelowSnapshots {
            sqlx::query(
                "update journal_row set entries = '' where document = $1 and entries <> '' and seq <=
                 (select min(seq) from snapshot where document = $1 having count(*) = 2)",
            )
            .bind(document.0)
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    pub(super) async fn keep(&self, document: DocumentId, id: Uuid, bytes: &[u8]) -> Result<(), JournalError> {
        let mut tx = self.pool.begin().await?;
        if !holds_off_purges(&mut tx, document).await? {
            return Ok(());
        }
        sqlx::query("insert into kept (document, id, bytes, checksum) values ($1, $2, $3, $4) on conflict do nothing")
            .bind(document.0)
            .bind(id)
            .bind(bytes)
            .bind(row::kept_checksum(document, id, bytes).as_slice())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn forget(&self, document: DocumentId, id: Uuid) -> Result<(), JournalError> {
        let delete = sqlx::query("delete from kept where document = $1 and id = $2").bind(document.0).bind(id);
        delete.execute(&self.pool).await?;
        Ok(())
    }

    pub(super) async fn kept(&self, document: DocumentId, id: Uuid) -> Result<Option<KeptBytes>, JournalError> {
        let select = sqlx::query_as("select bytes, checksum from kept where document = $1 and id = $2");
        Ok(select.bind(document.0).bind(id).fetch_optional(&self.pool).await?)
    }

    pub(super) async fn kept_ids(&self, document: DocumentId) -> Result<Vec<Uuid>, JournalError> {
        let select = sqlx::query_as("select id from kept where document = $1 order by id").bind(document.0);
        let found: Vec<(Uuid,)> = select.fetch_all(&self.pool).await?;
        Ok(found.into_iter().map(|(id,)| id).collect())
    }

    pub(super) async fn empty(&self, document: DocumentId) -> Result<(), JournalError> {
        let mut tx = self.pool.begin().await?;
        if !is_purged(&mut *tx, document).await? {
            // If a writer has taken the number meanwhile, the insert fails and is tried again with the next number.
            sqlx::query(
                "insert into journal_row (document, seq, op, at, entries, checksum)
                 select $1, coalesce(max(seq), 0) + 1, $2, 0, $3, '' from journal_row where document = $1",
            )
            .bind(document.0)
            .bind(Uuid::now_v7())
            .bind(row::CLOSED.as_slice())
            .execute(&mut *tx)
            .await?;
        }
        sqlx::query("update journal_row set entries = '' where document = $1 and entries <> $2")
            .bind(document.0)
            .bind(row::CLOSED.as_slice())
            .execute(&mut *tx)
            .await?;
        sqlx::query("delete from snapshot where document = $1").bind(document.0).execute(&mut *tx).await?;
        sqlx::query("delete from kept where document = $1").bind(document.0).execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    pub(super) async fn refuse_purged(&self, document: DocumentId) -> Result<(), JournalError> {
        if is_purged(&self.pool, document).await? { Err(JournalError::Purged(document)) } else { Ok(()) }
    }

    pub(super) async fn newest_sound_snapshot(&self, document: DocumentId) -> Result<Option<Snapshot>, JournalError> {
        let found: Vec<SnapshotColumns> = sqlx::query_as(
            "select seq, fingerprint, state, owners, checksum from snapshot where document = $1 order by seq desc",
        )
        .bind(document.0)
        .fetch_all(&self.pool)
        .await?;
        let sound = found.into_iter().find_map(|(seq, fingerprint, state, owners, checksum)| {
            snapshots::sound(document, seq as u64, &fingerprint, state.into(), owners.into(), &checksum)
        });
        Ok(sound)
    }

    pub(super) async fn page_after(&self, document: DocumentId, seq: u64) -> Result<row::PageRead, JournalError> {
        // The server determines the page, because all rows that it sends must be read even if the visitor stops.
        let found: Vec<RowColumns> = sqlx::query_as(
            "select seq, op, at, entries, checksum from (
                 select seq, op, at, entries, checksum,
                        sum(octet_length(entries)) over (order by seq) - octet_length(entries) as before
                   from (select seq, op, at, entries, checksum from journal_row
                          where document = $1 and seq > $2 order by seq limit $3) as next
             ) as page where before < $4 order by seq",
        )
        .bind(document.0)
        .bind(seq as i64)
        .bind(PAGE_ROWS as i64)
        .bind(PAGE_BYTES as i64)
        .fetch_all(&self.pool)
        .await?;
        let mut page = Page::after(document, seq);
        for (seq, op, at, entries, checksum) in found {
            if page.take(Stored { seq: seq as u64, op, at, entries: Bytes::from(entries), checksum }).is_break() {
                break;
            }
        }
        page.finish()
    }

    pub(super) async fn documents(&self) -> Result<Vec<DocumentId>, JournalError> {
        let found: Vec<(Uuid,)> = sqlx::query_as(
            "select document from (select document from journal_row union select document from snapshot) as found
              where not exists (select 1 from journal_row where document = found.document and entries = $1)
              order by document",
        )
        .bind(row::CLOSED.as_slice())
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().map(|(id,)| DocumentId(id)).collect())
    }

    pub(super) async fn row_of(&self, document: DocumentId, seq: u64, op: Uuid) -> Result<Option<u64>, JournalError> {
        let found: Option<(i64,)> =
            sqlx::query_as("select seq from journal_row where document = $1 and seq > $2 and op = $3 limit 1")
                .bind(document.0)
                .bind(seq as i64)
                .bind(op)
                .fetch_optional(&self.pool)
                .await?;
        Ok(found.map(|(seq,)| seq as u64))
    }

    pub(super) async fn heads(&self, known: &[(DocumentId, u64)]) -> Result<Vec<(DocumentId, u64)>, JournalError> {
        let (ids, seqs): (Vec<Uuid>, Vec<i64>) = known.iter().map(|(id, seq)| (id.0, *seq as i64)).unzip();
        // Finds the newest row of each document by the primary key, without scanning all rows.
        let found: Vec<(Uuid, i64)> = sqlx::query_as(
            "select asked.document, head.seq from unnest($1::uuid[], $2::bigint[]) as asked (document, known)
              cross join lateral (select seq from journal_row where document = asked.document and seq > asked.known
                                   order by seq desc limit 1) as head",
        )
        .bind(&ids)
        .bind(&seqs)
        .fetch_all(&self.pool)
        .await?;
        Ok(found.into_iter().map(|(id, seq)| (DocumentId(id), seq as u64)).collect())
    }
}

async fn is_purged(connection: impl PgExecutor<'_>, document: DocumentId) -> Result<bool, JournalError> {
    let last: Option<(bool,)> =
        sqlx::query_as("select entries = $2 from journal_row where document = $1 order by seq desc limit 1")
            .bind(document.0)
            .bind(row::CLOSED.as_slice())
            .fetch_optional(connection)
            .await?;
    Ok(last.is_some_and(|(closed,)| closed))
}

/// Makes a purge of the document, by any node, wait for the end of the transaction: what the transaction writes is then
/// there when the purge deletes. Returns `false` if the document is purged.
async fn holds_off_purges(tx: &mut PgConnection, document: DocumentId) -> Result<bool, JournalError> {
    // A purge updates every row.
    sqlx::query("select 1 from journal_row where document = $1 order by seq desc limit 1 for share")
        .bind(document.0)
        .execute(&mut *tx)
        .await?;
    Ok(!is_purged(tx, document).await?)
}
