//! The contract of a journal, run on every kind: the embedded one always, Postgres and MongoDB if TEST_POSTGRES_URL and
//! TEST_MONGODB_URL are set.

use std::ops::ControlFlow;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use journal::{
    Append, Appended, Entry, Journal, JournalError, JournalOptions, Keep, NewSnapshot, PAGE_BYTES, Purge, Row,
    Snapshot, Trim,
};
use mongodb::bson::{Binary, doc, spec::BinarySubtype};
use tempfile::TempDir;
use uuid::Uuid;
use vocabulary::DocumentId;

struct Case {
    url: String,
    journal: Journal,
    /// The folder of the SQLite file, deleted with the case.
    folder: Option<TempDir>,
}

/// A journal of each available kind.
fn cases() -> Vec<Case> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sqlite = format!("sqlite:{}", folder.path().join("journal.db").display());
    let mut cases = vec![Case::open(sqlite, Some(folder))];
    cases.extend(std::env::var("TEST_POSTGRES_URL").ok().map(|url| Case::open(url, None)));
    cases.extend(mongodb().map(|url| Case::open(url, None)));
    cases
}

/// A new database in the Postgres of the tests.
fn postgres() -> Option<String> {
    let url = std::env::var("TEST_POSTGRES_URL").ok()?;
    let (name, other) = another_database(&url);
    wait(async {
        let pool = sqlx::PgPool::connect(&url).await.expect("Postgres answers");
        let create = format!("create database {name}");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&pool).await.expect("created");
    });
    Some(other)
}

/// A new database in the MongoDB of the tests. FerretDB reads whole collections to find a range of ids, so large documents
/// of one test would slow down the others.
fn mongodb() -> Option<String> {
    let url = std::env::var("TEST_MONGODB_URL").ok()?;
    Some(another_database(&url).1)
}

/// The name of a new database, and its URL.
fn another_database(url: &str) -> (String, String) {
    let name = format!("test_{}", Uuid::now_v7().simple());
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    let server: Vec<&str> = server.splitn(4, '/').take(3).collect();
    let other = format!("{}/{name}?{options}", server.join("/"));
    (name, other)
}

fn open(url: &str) -> Journal {
    // A store on a busy machine may answer late, which is not tested here.
    let patient = JournalOptions { answers_within: Duration::from_secs(60), ..JournalOptions::default() };
    Journal::open(url, &patient).expect("the journal opens")
}

impl Case {
    fn open(url: String, folder: Option<TempDir>) -> Case {
        Case { journal: open(&url), url, folder }
    }

    fn reopened(self) -> Case {
        self.journal.close();
        let journal = open(&self.url);
        Case { journal, ..self }
    }

    fn append(&self, row: Row) -> Appended {
        append(&self.journal, row)
    }

    fn append_all(&self, rows: &[Row]) {
        let (done, outcomes) = mpsc::channel();
        for row in rows {
            let done = done.clone();
            let done = Box::new(move |appended| done.send(appended).expect("somebody waits"));
            self.journal.append(Append { row: row.clone(), done });
        }
        let durable = outcomes.iter().take(rows.len()).filter(|outcome| *outcome == Appended::Durable).count();
        assert_eq!(durable, rows.len());
    }

    /// Reads a log as for rebuilding a document.
    fn read(&self, document: DocumentId) -> Result<(Option<Snapshot>, Vec<Row>), JournalError> {
        let snapshot = self.journal.snapshot(document)?;
        let rows = self.rows_after(document, snapshot.as_ref().map_or(0, |snapshot| snapshot.seq))?;
        Ok((snapshot, rows))
    }

    fn rows_after(&self, document: DocumentId, seq: u64) -> Result<Vec<Row>, JournalError> {
        let mut rows = Vec::new();
        self.journal.for_each_after(document, seq, |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    fn save(&self, document: DocumentId, seq: u64) {
        self.save_state(document, seq, Bytes::from(format!("state {seq}")), Trim::Nothing);
    }

    fn save_state(&self, document: DocumentId, seq: u64, state: Bytes, trim: Trim) {
        let (done, saved) = mpsc::channel();
        let snapshot = Snapshot { seq, fingerprint: [seq as u8; 32], state, owners: Bytes::from_static(b"owners") };
        self.journal.save_snapshot(NewSnapshot {
            document,
            snapshot,
            trim,
            done: Box::new(move || done.send(()).expect("somebody waits")),
        });
        saved.recv().expect("the writer answers every snapshot");
    }

    fn keep(&self, document: DocumentId, id: Uuid, bytes: Option<Bytes>) {
        let (done, kept) = mpsc::channel();
        self.journal.keep(Keep {
            document,
            id,
            bytes,
            done: Box::new(move || done.send(()).expect("it is waited for")),
        });
        kept.recv().expect("kept");
    }

    fn purge(&self, document: DocumentId) {
        let (done, purged) = mpsc::channel();
        self.journal.purge(Purge { document, done: Box::new(move || done.send(()).expect("somebody waits")) });
        purged.recv().expect("the writer answers every purge");
    }

    /// Changes stored data behind the journal's back.
    fn damage(&self, damage: Damage, document: DocumentId, seq: u64) {
        let changed = match self.url.split(':').next() {
            Some("sqlite") => damage_sqlite(&self.url["sqlite:".len()..], damage, document, seq),
            Some("postgres") => wait(damage_postgres(&self.url, damage, document, seq)),
            _ => wait(damage_mongo(&self.url, damage, document, seq)),
        };
        assert!(changed > 0, "nothing was damaged");
    }
}

#[derive(Clone, Copy, Debug)]
enum Damage {
    RowEntries,
    RowTime,
    RowMissing,
    SnapshotState,
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(future)
}

fn damage_sqlite(path: &str, damage: Damage, document: DocumentId, seq: u64) -> u64 {
    let sql = match damage {
        Damage::RowEntries => "update journal_row set entries = x'00000000' where document = ?1 and seq = ?2",
        Damage::RowTime => "update journal_row set at = at + 1 where document = ?1 and seq = ?2",
        Damage::RowMissing => "delete from journal_row where document = ?1 and seq = ?2",
        Damage::SnapshotState => "update snapshot set state = x'00' where document = ?1 and seq = ?2",
    };
    let connection = rusqlite::Connection::open(path).expect("the journal's file");
    connection.execute(sql, rusqlite::params![document.0.as_bytes(), seq]).expect("a statement that runs") as u64
}

async fn damage_postgres(url: &str, damage: Damage, document: DocumentId, seq: u64) -> u64 {
    let sql = match damage {
        Damage::RowEntries => "update journal_row set entries = '\\x00000000' where document = $1 and seq = $2",
        Damage::RowTime => "update journal_row set at = at + 1 where document = $1 and seq = $2",
        Damage::RowMissing => "delete from journal_row where document = $1 and seq = $2",
        Damage::SnapshotState => "update snapshot set state = '\\x00' where document = $1 and seq = $2",
    };
    let pool = sqlx::PgPool::connect(url).await.expect("Postgres answers");
    let done = sqlx::query(sql).bind(document.0).bind(seq as i64).execute(&pool).await;
    done.expect("a statement that runs").rows_affected()
}

async fn damage_mongo(url: &str, damage: Damage, document: DocumentId, seq: u64) -> u64 {
    let database = mongo(url).await;
    let id = format!("{}:{seq:016x}", document.0.simple());
    let bytes = Binary { subtype: BinarySubtype::Generic, bytes: vec![0; 4] };
    let rows = database.collection::<mongodb::bson::Document>("rows");
    let parts = database.collection::<mongodb::bson::Document>("snapshot_parts");
    let changed = match damage {
        Damage::RowMissing => return rows.delete_one(doc! { "_id": id }).await.expect("deleted").deleted_count,
        Damage::RowEntries => rows.update_one(doc! { "_id": id }, doc! { "$set": { "entries": bytes } }).await,
        Damage::RowTime => rows.update_one(doc! { "_id": id }, doc! { "$inc": { "at": 1_i64 } }).await,
        Damage::SnapshotState => {
            let first = format!("{id}:{:016x}", 0);
            parts.update_one(doc! { "_id": first }, doc! { "$set": { "bytes": bytes } }).await
        }
    };
    changed.expect("updated").modified_count
}

fn append(journal: &Journal, row: Row) -> Appended {
    let (done, outcome) = mpsc::channel();
    journal.append(Append { row, done: Box::new(move |appended| done.send(appended).expect("somebody waits")) });
    outcome.recv().expect("the writer answers every append")
}

fn row(document: DocumentId, seq: u64) -> Row {
    said(document, seq, &format!("edit {seq}"))
}

fn said(document: DocumentId, seq: u64, words: &str) -> Row {
    let entry = Entry { user: "ana".into(), connection: 3, bytes: Bytes::from(words.to_owned()) };
    Row { document, seq, op: Uuid::new_v4(), at: 1_700_000_000_000, entries: vec![entry] }
}

/// [SAVE-1] Rows that were reported durable are there after a restart, in order and complete.
#[test]
fn rows_outlive_a_restart() {
    for case in cases() {
        let document = DocumentId::new();
        let rows: Vec<Row> = (1..=20).map(|seq| row(document, seq)).collect();
        for row in &rows {
            assert_eq!(case.append(row.clone()), Appended::Durable);
        }
        let case = case.reopened();
        assert_eq!(case.read(document).expect("a sound log"), (None, rows), "{}", case.url);
        assert_eq!(case.rows_after(document, 18).expect("a sound log").len(), 2);
        let unknown = DocumentId::new();
        assert_eq!(case.read(unknown).expect("never written"), (None, vec![]));
        let heads = |known| case.journal.heads(&[(unknown, 0), (document, known)]).expect("readable");
        assert_eq!((heads(0), heads(17), heads(20)), (vec![(document, 20)], vec![(document, 20)], vec![]));
        assert!(case.journal.documents().expect("readable").contains(&document));
        case.journal.ping().expect("it answers");
    }
}

/// [SAVE-2] (document, seq) is the fence: a second row with a taken number is not written.
#[test]
fn a_taken_number_is_a_lost_race_unless_the_row_is_our_own() {
    for case in cases() {
        let document = DocumentId::new();
        let first = row(document, 1);
        assert_eq!(case.append(first.clone()), Appended::Durable);
        assert_eq!(case.append(first.clone()), Appended::Durable, "the same batch again, after an unknown outcome");
        assert_eq!(case.append(row(document, 1)), Appended::LostRace, "{}", case.url);
        assert_eq!(case.append(row(DocumentId::new(), 1)), Appended::Durable, "another document has its own numbers");
        assert_eq!(case.rows_after(document, 0).expect("a sound log"), [first]);
    }
}

/// [SAVE-3] A damaged or missing row makes the log unreadable; it is never skipped.
#[test]
fn damage_is_found_and_never_skipped() {
    for case in cases() {
        for damage in [Damage::RowEntries, Damage::RowTime, Damage::RowMissing] {
            let document = DocumentId::new();
            for seq in 1..=3 {
                case.append(row(document, seq));
            }
            case.damage(damage, document, 2);
            let failure = case.read(document).expect_err("damaged");
            assert!(matches!(failure, JournalError::Damaged { .. }), "{} {damage:?}: {failure}", case.url);
        }
    }
}

/// Rows that fill several pages.
fn large_log(document: DocumentId) -> Vec<Row> {
    (1..=40).map(|seq| said(document, seq, &format!("{seq} ").repeat(PAGE_BYTES / 30))).collect()
}

/// [SAVE-21] A log larger than a page is read page by page: each row once and in order, and never much more than a page
/// at a time.
#[test]
fn a_long_log_is_read_in_pages() {
    for case in cases() {
        let document = DocumentId::new();
        let rows = large_log(document);
        case.append_all(&rows);
        let bytes = |rows: &[Row]| rows.iter().flat_map(|row| &row.entries).map(|entry| entry.bytes.len()).sum();
        let largest = rows.iter().map(|row| bytes(std::slice::from_ref(row))).max().expect("there are rows");
        let (mut read, mut pages) = (Vec::new(), 0);
        loop {
            let after = read.last().map_or(0, |row: &Row| row.seq);
            let page = case.journal.page_after(document, after).expect("a sound log");
            if page.is_empty() {
                break;
            }
            let held: usize = bytes(&page);
            assert!(held <= PAGE_BYTES + largest, "{}: {held} bytes of {} rows", case.url, page.len());
            read.extend(page);
            pages += 1;
        }
        assert!(read == rows && pages >= 3, "{}: {} rows on {pages} pages", case.url, read.len());
        assert!(case.rows_after(document, 0).expect("a sound log") == rows, "{}", case.url);
        assert!(case.rows_after(document, 7).expect("a sound log") == rows[7..], "{}", case.url);
    }
}

/// [SAVE-21] A visitor that breaks gets no more rows and no error for damage further on; one that continues gets all
/// rows before the damage, then the error.
#[test]
fn a_visitor_may_stop() {
    for case in cases() {
        let document = DocumentId::new();
        let rows = large_log(document);
        case.append_all(&rows);
        case.damage(Damage::RowTime, document, 40);
        let mut visited = Vec::new();
        let three = case.journal.for_each_after(document, 1, |row| {
            visited.push(row.seq);
            if visited.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        three.expect("what was read is sound");
        assert_eq!(visited, [2, 3, 4], "{}", case.url);
        visited.clear();
        let all = case.journal.for_each_after(document, 0, |row| {
            visited.push(row.seq);
            ControlFlow::Continue(())
        });
        assert!(matches!(all, Err(JournalError::Damaged { seq: 40, .. })), "{}: {all:?}", case.url);
        assert_eq!(visited, (1..40).collect::<Vec<u64>>());
    }
}

/// [SAVE-22] A panicking callback does not end the writer: the other callbacks of its group are called, and later rows
/// are written.
#[test]
fn a_panicking_callback_does_not_end_the_writer() {
    for case in cases() {
        let documents: Vec<DocumentId> = (0..10).map(|_| DocumentId::new()).collect();
        let (done, outcomes) = mpsc::channel();
        for seq in 1..=2 {
            for (index, document) in documents.iter().enumerate() {
                let done = done.clone();
                let told = move |appended| {
                    assert!(index != 4, "a callback that panics");
                    done.send(appended).expect("somebody waits");
                };
                case.journal.append(Append { row: row(*document, seq), done: Box::new(told) });
            }
        }
        let within = Duration::from_secs(30);
        for _ in 0..2 * 9 {
            assert_eq!(
                outcomes.recv_timeout(within).expect("the others are called"),
                Appended::Durable,
                "{}",
                case.url
            );
        }
        let (document, id) = (documents[0], Uuid::now_v7());
        let snapshot = Snapshot {
            seq: 1,
            fingerprint: [1; 32],
            state: Bytes::from_static(b"s"),
            owners: Bytes::from_static(b"o"),
        };
        let panics = || Box::new(|| panic!("a callback that panics"));
        case.journal.save_snapshot(NewSnapshot { document, snapshot, trim: Trim::Nothing, done: panics() });
        case.journal.keep(Keep { document, id, bytes: Some(Bytes::from_static(b"kept")), done: panics() });
        case.journal.purge(Purge { document: documents[1], done: panics() });
        let (done, outcome) = mpsc::channel();
        let last = Box::new(move |appended| done.send(appended).expect("somebody waits"));
        case.journal.append(Append { row: row(document, 3), done: last });
        assert_eq!(outcome.recv_timeout(within).expect("the writer lives"), Appended::Durable, "{}", case.url);
        let case = case.reopened();
        assert_eq!(
            case.rows_after(documents[4], 0).expect("a sound log").len(),
            2,
            "the row is there although its callback panicked"
        );
        assert_eq!(case.read(document).expect("a sound log").0.map(|snapshot| snapshot.seq), Some(1));
        assert_eq!(case.journal.kept(document, id).expect("sound"), Some(Bytes::from_static(b"kept")));
        assert!(matches!(case.read(documents[1]), Err(JournalError::Purged(_))), "{}", case.url);
    }
}

/// [SAVE-4] The last two snapshots are kept. If the newer one is damaged, the older one is read; if both are, the log.
#[test]
fn snapshots_fall_back() {
    for case in cases() {
        let document = DocumentId::new();
        for seq in 1..=6 {
            case.append(row(document, seq));
        }
        for seq in [1, 3, 5] {
            case.save(document, seq);
        }
        case.save(document, 5); // as after an unknown outcome
        let starts_at =
            |case: &Case| case.journal.snapshot(document).expect("a sound log").map(|snapshot| snapshot.seq);
        assert_eq!(starts_at(&case), Some(5));
        assert_eq!(case.read(document).expect("a sound log").1.len(), 1);
        case.damage(Damage::SnapshotState, document, 5);
        assert_eq!(starts_at(&case), Some(3));
        case.damage(Damage::SnapshotState, document, 3);
        assert_eq!(starts_at(&case), None);
        assert_eq!(case.read(document).expect("a sound log").1.len(), 6);
        assert_eq!(case.rows_after(document, 0).expect("a sound log").len(), 6);
    }
}

/// [SAVE-18] Trimming deletes the bytes of rows that both snapshots contain, and keeps the numbers as a fence.
/// [AUDIT-5] A row is found by its op id, trimmed or not.
#[test]
fn trimmed_rows_keep_their_numbers() {
    for case in cases() {
        let document = DocumentId::new();
        let rows: Vec<Row> = (1..=6).map(|seq| row(document, seq)).collect();
        case.append_all(&rows);
        case.save_state(document, 2, "state 2".into(), Trim::BelowSnapshots);
        assert_eq!(case.rows_after(document, 0).expect("one snapshot is not enough to trim").len(), 6);
        case.save_state(document, 4, "state 4".into(), Trim::BelowSnapshots);
        assert_eq!(case.append(row(document, 1)), Appended::LostRace, "{}", case.url);
        let trimmed = case.rows_after(document, 0).expect_err("the first two are gone");
        assert!(matches!(trimmed, JournalError::Trimmed { seq: 1, .. }), "{trimmed}");
        assert_eq!(case.rows_after(document, 2).expect("the rest is there").len(), 4);
        let found = |after, op| case.journal.row_of(document, after, op).expect("readable");
        assert_eq!((found(0, rows[0].op), found(3, rows[4].op)), (Some(1), Some(5)), "{}", case.url);
        assert_eq!((found(1, rows[0].op), found(0, Uuid::new_v4())), (None, None), "{}", case.url);
        assert_eq!(case.journal.row_of(DocumentId::new(), 0, rows[0].op).expect("readable"), None);
        case.damage(Damage::SnapshotState, document, 4);
        let (snapshot, rows) = case.read(document).expect("the older snapshot and its tail");
        assert_eq!((snapshot.map(|snapshot| snapshot.seq), rows.len()), (Some(2), 4));
    }
}

/// A snapshot with a state of the largest size, and with owners.
#[test]
fn the_largest_state_is_kept() {
    for case in cases() {
        let document = DocumentId::new();
        case.append(row(document, 1));
        let state: Bytes = (0..12 << 20).map(|index: u32| (index % 251) as u8).collect();
        case.save_state(document, 1, state.clone(), Trim::Nothing);
        let snapshot = case.journal.snapshot(document).expect("a sound log").expect("it was saved");
        assert!(snapshot.state == state && snapshot.owners == "owners", "{}", case.url);
        let entry = Entry { user: "ana".into(), connection: 3, bytes: state };
        let large = Row { entries: vec![entry], ..row(document, 2) };
        assert_eq!(case.append(large.clone()), Appended::Durable);
        assert!(case.rows_after(document, 1).expect("a sound log") == [large], "{}", case.url);
    }
}

/// [SAVE-5] Rows of many documents queued at once are all written, each with its own outcome: a lost race does not
/// affect the others.
#[test]
fn a_group_holds_many_documents() {
    for case in cases() {
        let documents: Vec<DocumentId> = (0..50).map(|_| DocumentId::new()).collect();
        assert_eq!(case.append(row(documents[7], 1)), Appended::Durable);
        let (done, outcomes) = mpsc::channel();
        for document in &documents {
            let (done, document) = (done.clone(), *document);
            case.journal.append(Append {
                row: row(document, 1),
                done: Box::new(move |appended| done.send((document, appended)).expect("somebody waits")),
            });
        }
        let lost: Vec<_> = outcomes.iter().take(50).filter(|(_, outcome)| *outcome == Appended::LostRace).collect();
        assert_eq!(lost, [(documents[7], Appended::LostRace)], "{}", case.url);
    }
}

/// [SAVE-19] Two nodes write the same documents in groups of opposite order: each number is used once, and there is no
/// deadlock.
#[test]
fn two_nodes_that_write_the_same_documents_do_not_deadlock() {
    for case in cases().into_iter().filter(|case| case.folder.is_none()) {
        let documents: Vec<DocumentId> = (0..20).map(|_| DocumentId::new()).collect();
        let nodes = [open(&case.url), open(&case.url)];
        let (done, outcomes) = mpsc::channel();
        let rounds = 10;
        for seq in 1..=rounds {
            for (node, journal) in nodes.iter().enumerate() {
                let mut order = documents.clone();
                if node == 1 {
                    order.reverse();
                }
                for document in order {
                    let done = done.clone();
                    journal.append(Append {
                        row: row(document, seq),
                        done: Box::new(move |appended| done.send((document, seq, appended)).expect("somebody waits")),
                    });
                }
            }
        }
        let all: Vec<_> = outcomes.iter().take(2 * 20 * rounds as usize).collect();
        let mut durable: Vec<_> = all.iter().filter(|(.., outcome)| *outcome == Appended::Durable).collect();
        durable.sort_by_key(|(document, seq, _)| (*document, *seq));
        durable.dedup();
        assert_eq!(durable.len(), 20 * rounds as usize, "{}", case.url);
        assert_eq!(all.len() - durable.len(), durable.len(), "each number had one winner");
        nodes.iter().for_each(Journal::close);
    }
}

#[test]
fn an_unknown_store_is_refused_by_name() {
    let failure = Journal::open("mysql://localhost/x", &JournalOptions::default()).err().expect("never supported");
    assert!(failure.to_string().contains("mysql"), "{failure}");
}

/// [SAVE-14] A standalone MongoDB is reported, and refused if the settings demand a replica set.
#[test]
fn a_standalone_mongodb_is_named() {
    let Ok(url) = std::env::var("TEST_MONGODB_URL") else { return };
    let journal = open(&url);
    let strict = Journal::open(&url, &JournalOptions { require_replica_set: true, ..JournalOptions::default() });
    match journal.weakness() {
        Some(weakness) => {
            assert!(weakness.contains("standalone"), "{weakness}");
            assert!(matches!(strict, Err(JournalError::NotDurable(_))));
        }
        None => assert!(strict.is_ok(), "a replica set is what is required"),
    }
}

/// [OPS-12] A MongoDB database with collections of another program is refused by name, and not changed.
#[tokio::test]
async fn a_database_of_another_program_is_no_journal() {
    let Ok(url) = std::env::var("TEST_MONGODB_URL") else { return };
    let name = format!("shop_{}", Uuid::now_v7().simple());
    let client = mongodb::Client::with_uri_str(&url).await.expect("a MongoDB URL");
    client.database(&name).collection("orders").insert_one(doc! { "of": "a shop" }).await.expect("written");
    let (server, database) = url.rsplit_once('/').expect("the URL names a database");
    let settings = database.split_once('?').map(|(_, settings)| format!("?{settings}")).unwrap_or_default();
    let foreign = format!("{server}/{name}{settings}");
    let options = JournalOptions { answers_within: Duration::from_secs(60), ..JournalOptions::default() };
    let opened = tokio::task::spawn_blocking(move || Journal::open(&foreign, &options)).await.expect("no panic");
    let refusal = opened.err().expect("it is refused").to_string();
    assert!(refusal.contains(&name) && refusal.contains("(orders)"), "{refusal}");
    assert_eq!(client.database(&name).list_collection_names().await.expect("readable"), ["orders"]);
    client.database(&name).drop().await.expect("dropped");
}

/// TLS to both servers, with a private CA in the URL.
#[test]
fn a_journal_speaks_tls() {
    for name in ["TEST_POSTGRES_TLS_URL", "TEST_MONGODB_TLS_URL"] {
        let Ok(url) = std::env::var(name) else { continue };
        let case = Case::open(url.clone(), None);
        assert_eq!(case.append(row(DocumentId::new(), 1)), Appended::Durable, "{name}");
        let ca = std::env::var("TEST_CA_FILE").expect("it signed them");
        let other = tempfile::NamedTempFile::new().expect("a file");
        let unsigned = url.replace(&ca, &other.path().display().to_string());
        assert!(
            Journal::open(&unsigned, &JournalOptions::default()).is_err(),
            "{name}: the certificate is not trusted"
        );
    }
}

/// [SAVE-15] An unreachable store is an error within seconds, not an empty journal.
#[test]
fn an_unreachable_store_is_an_error() {
    for url in ["postgres://127.0.0.1:1/x", "mongodb://127.0.0.1:1/x"] {
        assert!(Journal::open(url, &JournalOptions::default()).is_err(), "{url}");
    }
}

/// [SAVE-20] Bytes of any size that are kept beside a log are read as written, until they are deleted.
#[test]
fn kept_bytes_stay_as_they_are() {
    for case in cases() {
        let (document, other) = (DocumentId::new(), DocumentId::new());
        case.append(row(document, 1));
        let (small, large) = (Uuid::now_v7(), Uuid::now_v7());
        let bytes: Bytes = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>().into();
        case.keep(document, small, Some(Bytes::from_static(b"a state")));
        case.keep(document, large, Some(bytes.clone()));
        case.keep(document, large, Some(bytes.clone())); // as after an unknown outcome
        case.keep(document, small, Some(Bytes::from_static(b"another")));
        let case = case.reopened();
        let kept = |document, id| case.journal.kept(document, id).expect("sound");
        assert_eq!(kept(document, small), Some(Bytes::from_static(b"a state")), "{}", case.url);
        assert!(kept(document, large) == Some(bytes.clone()), "{}", case.url);
        assert_eq!(kept(other, small), None);
        assert_eq!(case.journal.kept_ids(document).expect("read"), [small, large]);
        assert_eq!(case.journal.kept_ids(other).expect("read"), Vec::<Uuid>::new());
        case.keep(document, large, None);
        case.keep(document, large, None);
        assert_eq!(kept(document, large), None);
        assert_eq!(case.journal.kept_ids(document).expect("read"), [small]);
        case.purge(document);
        case.keep(document, large, Some(Bytes::from_static(b"too late")));
        assert_eq!(case.journal.kept_ids(document).expect("read"), Vec::<Uuid>::new());
    }
}

/// [SAVE-11] [SAVE-25] A purge leaves nothing of a snapshot that another node was writing when the purge began, and needs
/// only one connection.
#[test]
fn a_purge_leaves_nothing_of_what_another_node_is_writing() {
    for url in postgres().into_iter().chain(mongodb()) {
        let case = Case::open(url, None);
        let narrow =
            JournalOptions { connections: 1, answers_within: Duration::from_secs(60), ..JournalOptions::default() };
        let other = Journal::open(&case.url, &narrow).expect("the journal opens");
        let other = Case { url: case.url.clone(), journal: other, folder: None };
        let document = DocumentId::new();
        case.append(said(document, 1, "some words"));
        // MongoDB stores it in two parts.
        let state: Bytes = vec![7; 12 << 20].into();
        std::thread::scope(|scope| {
            let save = || case.save_state(document, 1, state.clone(), Trim::Nothing);
            match case.url.starts_with("postgres") {
                true => {
                    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
                    let pool = runtime.block_on(sqlx::PgPool::connect(&case.url)).expect("Postgres answers");
                    let mut lock = runtime.block_on(pool.begin()).expect("begun");
                    let locked = sqlx::query("lock table snapshot in exclusive mode").execute(&mut *lock);
                    runtime.block_on(locked).expect("locked");
                    scope.spawn(save);
                    runtime.block_on(until_waiting(&pool, 1));
                    scope.spawn(|| other.purge(document));
                    runtime.block_on(until_waiting(&pool, 2));
                    runtime.block_on(lock.rollback()).expect("unlocked");
                }
                false => {
                    scope.spawn(save);
                    wait(until_a_part(&case.url));
                    scope.spawn(|| other.purge(document));
                }
            }
        });
        assert_eq!(wait(snapshots_in(&case.url)), 0, "{}", case.url);
        other.journal.close();
    }
}

/// Counts the snapshots of a database, and their parts.
async fn snapshots_in(url: &str) -> u64 {
    if url.starts_with("postgres") {
        let pool = sqlx::PgPool::connect(url).await.expect("Postgres answers");
        let count = sqlx::query_scalar::<_, i64>("select count(*) from snapshot").fetch_one(&pool).await;
        return count.expect("Postgres answers") as u64;
    }
    let database = mongo(url).await;
    let mut count = 0;
    for name in ["snapshots", "snapshot_parts"] {
        count += database.collection::<mongodb::bson::Document>(name).count_documents(doc! {}).await.expect("counted");
    }
    count
}

async fn mongo(url: &str) -> mongodb::Database {
    let client = mongodb::Client::with_uri_str(url).await.expect("a MongoDB URL");
    client.default_database().expect("the URL names a database")
}

/// Waits until this many statements of the database wait for locks.
async fn until_waiting(pool: &sqlx::PgPool, count: i64) {
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    let deadline = Instant::now() + Duration::from_secs(60);
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(pool).await.expect("Postgres answers") < count {
        assert!(Instant::now() < deadline, "{count} statements do not wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a part of a snapshot is in the database.
async fn until_a_part(url: &str) {
    let parts = mongo(url).await.collection::<mongodb::bson::Document>("snapshot_parts");
    let deadline = Instant::now() + Duration::from_secs(60);
    while parts.find_one(doc! {}).await.expect("MongoDB answers").is_none() {
        assert!(Instant::now() < deadline, "no part was written");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// [SAVE-11] A purged document is gone, and a paused node cannot write it again.
#[test]
fn a_purged_document_is_gone_and_stays_gone() {
    for case in cases() {
        let (gone, kept) = (DocumentId::new(), DocumentId::new());
        let secret = "a secret that nobody may find again";
        for seq in 1..=3 {
            assert_eq!(case.append(said(gone, seq, secret)), Appended::Durable);
            assert_eq!(case.append(said(kept, seq, "other words")), Appended::Durable);
        }
        case.save(gone, 2);
        case.purge(gone);
        case.purge(gone); // as after a crash
        assert!(matches!(case.read(gone), Err(JournalError::Purged(id)) if id == gone));
        assert!(matches!(case.rows_after(gone, 1), Err(JournalError::Purged(_))));
        // A room that has missed the purge knows row 3 and tries the next number; a snapshot may arrive late too.
        assert_eq!(case.append(said(gone, 4, secret)), Appended::LostRace);
        case.save(gone, 3);
        let documents = case.journal.documents().expect("a sound journal");
        assert!(documents.contains(&kept) && !documents.contains(&gone), "{}", case.url);

        let case = case.reopened();
        assert!(matches!(case.rows_after(gone, 0), Err(JournalError::Purged(_))));
        assert_eq!(case.read(kept).expect("a sound log").1.len(), 3);
        case.journal.close();
        // A database server's disk is its operator's concern; our own file must not keep the text.
        let Some(folder) = &case.folder else { continue };
        for name in ["journal.db", "journal.db-wal"] {
            let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name} still has it");
        }
    }
}
