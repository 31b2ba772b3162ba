//! The embedded journal: one SQLite file, with one writer thread and a separate reader connection.
//!
//! WAL with `synchronous=FULL`: when a commit returns, it is on the disk. A failed write ends the process: after a
//! failed fsync the content of the disk is unknown, so nothing more may be acknowledged.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use tracing::{error, info, warn};
use uuid::Uuid;

use super::row::{Page, Stored};
use super::writer::{Engine, Writer};
use super::{Appended, JournalError, Keep, KeptBytes, NewSnapshot, Row, Snapshot, Trim, row, snapshots};
use vocabulary::DocumentId;

/// Pause before a failed write is tried again, for example while the disk is full.
const RETRY_EVERY: Duration = Duration::from_millis(250);
/// SQLite's extended error code for a failed write to a file.
const IOERR_WRITE: i32 = 778;
/// Size to which the write-ahead log is grown once, at start. Growing it during commits would take a tenth of the time
/// of each commit.
const WAL_BYTES: i64 = 4 << 20;

const SCHEMA: &str = "
    create table if not exists journal_row (
        id integer primary key,
        document blob not null,
        seq integer not null,
        op blob not null,
        at integer not null,       -- milliseconds since 1970
        entries blob not null,
        checksum blob not null     -- sha256 over all of the above
    );
    create unique index if not exists journal_row_fence on journal_row (document, seq);
    create table if not exists snapshot (
        document blob not null,
        seq integer not null,      -- the last row that it contains
        fingerprint blob not null, -- canonical hash of the document
        state blob not null,
        owners blob not null,
        checksum blob not null,    -- sha256 over state and owners
        primary key (document, seq)
    );
    create table if not exists kept (
        document blob not null,
        id blob not null,
        bytes blob not null,
        checksum blob not null,    -- sha256 over all of the above
        primary key (document, id)
    );";

#[derive(Clone)]
pub struct SqliteJournal {
    pub(super) writer: Writer,
    /// Readers share one connection: they run on blocking threads, and reading one log at a time is fast enough.
    reader: Arc<Mutex<Connection>>,
    failing: Failing,
}

/// Since when every write has failed.
// The mutex is held only to read or set the time.
type Failing = Arc<Mutex<Option<Instant>>>;

impl SqliteJournal {
    /// Without `create`, the file must exist, and may belong to a running server: nothing is written to it.
    pub(super) fn open(path: &Path, create: bool) -> Result<SqliteJournal, JournalError> {
        if !create && !path.is_file() {
            return Err(JournalError::Missing(format!("{} does not exist", path.display())));
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        if create {
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "synchronous", "full")?;
            connection.execute_batch(SCHEMA)?;
            checkpoint(&connection)?;
            grow_wal(&connection)?;
        } else {
            refuse_other_file(&connection, path)?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(path, flags)?;
        reader.busy_timeout(Duration::from_secs(5))?;
        SqliteJournal::over(connection, reader)
    }

    pub(super) fn open_copy(path: &Path) -> Result<SqliteJournal, JournalError> {
        if !path.is_file() {
            return Err(JournalError::Missing(format!("{} does not exist", path.display())));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        // In a URI, these characters have another meaning.
        let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let open = || Connection::open_with_flags(format!("file:{name}?immutable=1"), flags);
        let connection = open()?;
        refuse_other_file(&connection, path)?;
        SqliteJournal::over(connection, open()?)
    }

    fn over(connection: Connection, reader: Connection) -> Result<SqliteJournal, JournalError> {
        // In KiB. A small cache is enough: a log is read once, and then not again for a while.
        reader.pragma_update(None, "cache_size", -512)?;
        let failing = Failing::default();
        let writer = Writer::start(Disk { connection, failing: failing.clone() })?;
        Ok(SqliteJournal { writer, reader: Arc::new(Mutex::new(reader)), failing })
    }

    pub(super) fn failing_since(&self) -> Option<Instant> {
        *self.failing.lock()
    }

    pub(super) fn damage(&self) -> Result<Option<String>, JournalError> {
        let reader = self.reader.lock();
        let verdict: String = reader.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
        Ok((verdict != "ok").then_some(verdict))
    }

    pub(super) fn snapshot(&self, document: DocumentId) -> Result<Option<Snapshot>, JournalError> {
        let reader = self.reader.lock();
        refuse_purged(&reader, document)?;
        newest_sound_snapshot(&reader, document)
    }

    pub(super) fn page_after(&self, document: DocumentId, seq: u64) -> Result<row::PageRead, JournalError> {
        let reader = self.reader.lock();
        let page = read_page(&reader, document, seq)?.finish();
        if let Err(JournalError::Trimmed { .. }) = page {
            // A purge empties rows too, so check whether the document was purged.
            refuse_purged(&reader, document)?;
        }
        page
    }

    pub(super) fn documents(&self) -> Result<Vec<DocumentId>, JournalError> {
        let reader = self.reader.lock();
        let mut statement = reader.prepare_cached(
            "select document from (select document from journal_row union select document from snapshot) as found
              where not exists (select 1 from journal_row where document = found.document and entries = ?1)
              order by document",
        )?;
        let ids = statement.query_map([row::CLOSED], |row| Ok(DocumentId(Uuid::from_bytes(row.get(0)?))))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    pub(super) fn kept(&self, document: DocumentId, id: Uuid) -> Result<Option<KeptBytes>, JournalError> {
        let reader = self.reader.lock();
        let mut select = reader.prepare_cached("select bytes, checksum from kept where document = ?1 and id = ?2")?;
        let mut found = select.query(params![document.0.as_bytes(), id.as_bytes()])?;
        Ok(found.next()?.map(|columns| Ok::<_, rusqlite::Error>((columns.get(0)?, columns.get(1)?))).transpose()?)
    }

    pub(super) fn kept_ids(&self, document: DocumentId) -> Result<Vec<Uuid>, JournalError> {
        let reader = self.reader.lock();
        let mut select = reader.prepare_cached("select id from kept where document = ?1 order by id")?;
        let ids = select.query_map([document.0.as_bytes()], |columns| Ok(Uuid::from_bytes(columns.get(0)?)))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    pub(super) fn row_of(&self, document: DocumentId, seq: u64, op: Uuid) -> Result<Option<u64>, JournalError> {
        let reader = self.reader.lock();
        let mut select = reader
            .prepare_cached("select seq from journal_row where document = ?1 and seq > ?2 and op = ?3 order by seq")?;
        let found = select.query_row(params![document.0.as_bytes(), seq, op.as_bytes()], |row| row.get(0));
        Ok(found.optional()?)
    }

    pub(super) fn heads(&self, known: &[(DocumentId, u64)]) -> Result<Vec<(DocumentId, u64)>, JournalError> {
        let reader = self.reader.lock();
        let mut select = reader.prepare_cached("select max(seq) from journal_row where document = ?1")?;
        let mut heads = Vec::new();
        for (document, known) in known {
            let head: Option<u64> = select.query_row([document.0.as_bytes()], |row| row.get(0))?;
            heads.extend(head.filter(|head| head > known).map(|head| (*document, head)));
        }
        Ok(heads)
    }
}

fn refuse_other_file(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let count =
        "select count(*) from sqlite_master where type = 'table' and name in ('journal_row', 'snapshot', 'kept')";
    let tables: i64 = connection.query_row(count, [], |row| row.get(0))?;
    if tables == 3 { Ok(()) } else { Err(JournalError::Missing(format!("{} is no journal", path.display()))) }
}

/// Writes the write-ahead log into the database file and empties it. Needed after a crash, when the write-ahead log may
/// be readable but not on the disk: an edit read from it would be acknowledged, and then lost in a power failure.
fn checkpoint(connection: &Connection) -> Result<(), JournalError> {
    let busy: i64 = connection.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(JournalError::Checkpoint("another process holds it open")) }
}

fn grow_wal(connection: &Connection) -> Result<(), JournalError> {
    connection.execute_batch("begin immediate; create table if not exists ballast (bytes blob);")?;
    connection.execute("insert into ballast values (zeroblob(?1))", [WAL_BYTES])?;
    connection.execute_batch("drop table ballast; commit;")?;
    connection.query_row("pragma wal_checkpoint(restart)", [], |_| Ok(()))?;
    Ok(())
}

/// The writing connection. A write returns when it is on the disk; a failed one ends the process.
struct Disk {
    connection: Connection,
    failing: Failing,
}

/// The shortest and the longest rest. People notice delays of 50 ms or more.
const RESTS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(20));

impl Engine for Disk {
    /// Twice the time that the group took, within the limits of [`RESTS`]. On a slow disk the rest is longer, because
    /// larger groups help even more there.
    fn rest_after(took: Duration) -> Duration {
        let (least, most) = RESTS;
        (2 * took).clamp(least, most)
    }

    fn insert_rows(&mut self, group: &[Row]) -> Option<Vec<Appended>> {
        Some(self.until_written(|connection| insert_rows(connection, group)))
    }

    fn insert_snapshot(&mut self, new: &NewSnapshot) -> Option<()> {
        self.until_written(|connection| insert_snapshot(connection, new));
        Some(())
    }

    fn keep(&mut self, keep: &Keep) -> Option<()> {
        self.until_written(|connection| write_kept(connection, keep));
        Some(())
    }

    fn empty(&mut self, document: DocumentId) -> Option<()> {
        self.until_written(|connection| empty(connection, document));
        Some(())
    }
}

impl Disk {
    /// Repeats a transaction until it commits. A disk that is full or read-only can recover, and nothing of the
    /// transaction was acknowledged. After any other failure, such as a failed sync, the content of the disk is
    /// unknown, so the process ends.
    fn until_written<T>(&self, write: impl Fn(&Connection) -> rusqlite::Result<T>) -> T {
        loop {
            let failure = match write(&self.connection) {
                Ok(done) => {
                    if let Some(since) = self.failing.lock().take() {
                        info!(seconds = since.elapsed().as_secs_f64(), "the journal can write again");
                    }
                    return done;
                }
                Err(failure) => failure,
            };
            if !self.connection.is_autocommit()
                && let Err(error) = self.connection.execute_batch("rollback")
            {
                end_process(&error);
            }
            if !can_recover(&failure) {
                end_process(&failure);
            }
            let mut failing = self.failing.lock();
            if failing.is_none() {
                warn!(error = %failure, "the journal cannot write now: trying again");
                *failing = Some(Instant::now());
            }
            drop(failing);
            std::thread::sleep(RETRY_EVERY);
        }
    }
}

/// Whether a failed write left the disk unchanged, and may succeed later.
fn can_recover(failure: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(error, _) = failure else { return false };
    match error.code {
        // No file descriptor was left for a temporary file of SQLite.
        ErrorCode::CannotOpen => true,
        ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::ReadOnly => true,
        // A failed write, as opposed to a failed sync: the transaction has no effect.
        _ => error.extended_code == IOERR_WRITE,
    }
}

/// Aborts without running destructors, because no acknowledgement may follow a failed write.
fn end_process(error: &rusqlite::Error) -> ! {
    error!(%error, "the journal could not write to the disk: aborting, so that nothing unsaved is acknowledged");
    eprintln!(
        "consilium: the journal could not write to the disk ({error}); nothing after the failed write was acknowledged"
    );
    std::process::abort()
}

fn insert_rows(connection: &Connection, group: &[Row]) -> rusqlite::Result<Vec<Appended>> {
    connection.prepare_cached("begin immediate")?.execute([])?;
    let mut insert = connection.prepare_cached(
        "insert into journal_row (document, seq, op, at, entries, checksum)
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict (document, seq) do nothing",
    )?;
    let mut outcomes = Vec::with_capacity(group.len());
    for row in group {
        let entries = row::encode(&row.entries);
        let checksum = row::checksum(row, &entries);
        let document = row.document.0.as_bytes();
        let values = params![document, row.seq, row.op.as_bytes(), row.at, entries.as_ref(), checksum];
        let inserted = insert.execute(values)? == 1;
        // The number may be taken by this same batch, written by an attempt whose outcome was unknown.
        outcomes.push(if inserted || is_own(connection, row)? { Appended::Durable } else { Appended::LostRace });
    }
    connection.prepare_cached("commit")?.execute([])?;
    Ok(outcomes)
}

fn is_own(connection: &Connection, row: &Row) -> rusqlite::Result<bool> {
    let mut select = connection.prepare_cached("select op from journal_row where document = ?1 and seq = ?2")?;
    let op: [u8; 16] = select.query_row(params![row.document.0.as_bytes(), row.seq], |found| found.get(0))?;
    Ok(Uuid::from_bytes(op) == row.op)
}

fn insert_snapshot(connection: &Connection, new: &NewSnapshot) -> rusqlite::Result<()> {
    let document = new.document.0.as_bytes();
    let Snapshot { seq, fingerprint, state, owners } = &new.snapshot;
    if is_purged(connection, new.document)? {
        return Ok(());
    }
    connection.execute_batch("begin immediate")?;
    connection
        .prepare_cached(
            "insert into snapshot (document, seq, fingerprint, state, owners, checksum)
             values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
        )?
        .execute(params![document, seq, fingerprint, &**state, &**owners, snapshots::checksum(state, owners)])?;
    connection
        .prepare_cached(
            "delete from snapshot where document = ?1 and seq not in
             (select seq from snapshot where document = ?1 order by seq desc limit 2)",
        )?
        .execute([document])?;
    if new.trim == Trim::BelowSnapshots {
        connection
            .prepare_cached(
                "update journal_row set entries = x'' where document = ?1 and entries <> x'' and seq <=
                 (select min(seq) from snapshot where document = ?1 having count(*) = 2)",
            )?
            .execute([document])?;
    }
    connection.execute_batch("commit")
}

fn write_kept(connection: &Connection, Keep { document, id, bytes, .. }: &Keep) -> rusqlite::Result<()> {
    let (of, id_bytes) = (document.0.as_bytes(), id.as_bytes());
    let Some(bytes) = bytes else {
        let mut delete = connection.prepare_cached("delete from kept where document = ?1 and id = ?2")?;
        return delete.execute(params![of, id_bytes]).map(drop);
    };
    if is_purged(connection, *document)? {
        return Ok(());
    }
    let mut insert = connection.prepare_cached(
        "insert into kept (document, id, bytes, checksum) values (?1, ?2, ?3, ?4) on conflict do nothing",
    )?;
    insert.execute(params![of, id_bytes, &**bytes, row::kept_checksum(*document, *id, bytes)]).map(drop)
}

/// Purges a document: closes its log and overwrites its content on the disk.
fn empty(connection: &Connection, document: DocumentId) -> rusqlite::Result<()> {
    let id = document.0.as_bytes();
    connection.pragma_update(None, "secure_delete", "on")?;
    connection.execute_batch("begin immediate")?;
    if !is_purged(connection, document)? {
        let head: u64 =
            connection.query_row("select coalesce(max(seq), 0) from journal_row where document = ?1", [id], |row| {
                row.get(0)
            })?;
        connection.execute(
            "insert into journal_row (document, seq, op, at, entries, checksum) values (?1, ?2, ?3, 0, ?4, x'')",
            params![id, head + 1, Uuid::now_v7().as_bytes(), row::CLOSED],
        )?;
    }
    connection.execute(
        "update journal_row set entries = x'' where document = ?1 and entries <> ?2",
        params![id, row::CLOSED],
    )?;
    connection.execute("delete from snapshot where document = ?1", [id])?;
    connection.execute("delete from kept where document = ?1", [id])?;
    connection.execute_batch("commit")?;
    connection.pragma_update(None, "secure_delete", "off")?;
    // The write-ahead log still has the old pages. If a reader keeps it busy, the next start empties it.
    if let Err(busy) = checkpoint(connection) {
        warn!(%document, %busy, "the write-ahead log will be emptied later");
    }
    Ok(())
}

fn is_purged(connection: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    let mut select = connection
        .prepare_cached("select entries = ?2 from journal_row where document = ?1 order by seq desc limit 1")?;
    let mut found = select.query(params![document.0.as_bytes(), row::CLOSED])?;
    found.next()?.map_or(Ok(false), |row| row.get(0))
}

fn refuse_purged(connection: &Connection, document: DocumentId) -> Result<(), JournalError> {
    if is_purged(connection, document)? { Err(JournalError::Purged(document)) } else { Ok(()) }
}

/// The newest snapshot with a valid checksum, if there is one.
fn newest_sound_snapshot(connection: &Connection, document: DocumentId) -> Result<Option<Snapshot>, JournalError> {
    let mut select = connection.prepare_cached(
        "select seq, fingerprint, state, owners, checksum from snapshot where document = ?1 order by seq desc",
    )?;
    let mut found = select.query([document.0.as_bytes()])?;
    while let Some(columns) = found.next()? {
        let (state, owners): (Vec<u8>, Vec<u8>) = (columns.get(2)?, columns.get(3)?);
        let (fingerprint, checksum): (Vec<u8>, Vec<u8>) = (columns.get(1)?, columns.get(4)?);
        let sound = snapshots::sound(document, columns.get(0)?, &fingerprint, state.into(), owners.into(), &checksum);
        if sound.is_some() {
            return Ok(sound);
        }
    }
    Ok(None)
}

fn read_page(connection: &Connection, document: DocumentId, after: u64) -> Result<Page, JournalError> {
    let mut select = connection.prepare_cached(
        "select seq, op, at, entries, checksum from journal_row where document = ?1 and seq > ?2 order by seq",
    )?;
    let mut found = select.query(params![document.0.as_bytes(), after])?;
    let mut page = Page::after(document, after);
    while let Some(columns) = found.next()? {
        let stored = Stored {
            seq: columns.get(0)?,
            op: Uuid::from_bytes(columns.get(1)?),
            at: columns.get(2)?,
            entries: columns.get::<_, Vec<u8>>(3)?.into(),
            checksum: columns.get(4)?,
        };
        if page.take(stored).is_break() {
            break;
        }
    }
    Ok(page)
}
