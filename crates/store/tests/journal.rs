//! The contract of a journal, run on the embedded one.

use std::path::PathBuf;
use std::sync::mpsc;

use bytes::Bytes;
use store::{Append, Appended, DocumentId, Entry, Journal, JournalError, NewSnapshot, Purge, Row, Snapshot};
use tempfile::TempDir;
use uuid::Uuid;

struct Case {
    folder: TempDir,
    journal: Journal,
}

impl Case {
    fn new() -> Case {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let journal = open(&folder);
        Case { folder, journal }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    fn reopened(self) -> Case {
        self.journal.close();
        let journal = open(&self.folder);
        Case { journal, ..self }
    }

    fn append(&self, row: Row) -> Appended {
        let (done, outcome) = mpsc::channel();
        self.journal
            .append(Append { row, done: Box::new(move |appended| done.send(appended).expect("somebody waits")) });
        outcome.recv().expect("the writer answers every append")
    }

    fn save(&self, document: DocumentId, seq: u64) {
        let (done, saved) = mpsc::channel();
        let state = Bytes::from(format!("state {seq}"));
        let snapshot = Snapshot { seq, fingerprint: [seq as u8; 32], state, owners: Bytes::new() };
        self.journal.save_snapshot(NewSnapshot {
            document,
            snapshot,
            done: Box::new(move || done.send(()).expect("somebody waits")),
        });
        saved.recv().expect("the writer answers every snapshot");
    }

    fn purge(&self, document: DocumentId) {
        let (done, purged) = mpsc::channel();
        self.journal.purge(Purge { document, done: Box::new(move || done.send(()).expect("somebody waits")) });
        purged.recv().expect("the writer answers every purge");
    }

    fn damage(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.path()).expect("the journal's file");
        assert!(connection.execute(sql, []).expect("a statement that runs") > 0, "nothing was damaged");
    }
}

fn open(folder: &TempDir) -> Journal {
    Journal::open(&format!("sqlite:{}", folder.path().join("journal.db").display())).expect("a new journal")
}

fn row(document: DocumentId, seq: u64) -> Row {
    said(document, seq, &format!("edit {seq}"))
}

fn said(document: DocumentId, seq: u64, words: &str) -> Row {
    let entry = Entry { user: "ana".into(), connection: 3, bytes: Bytes::from(words.to_owned()) };
    Row { document, seq, op: Uuid::new_v4(), at: 1_700_000_000_000, entries: vec![entry] }
}

/// [SAVE-1] What was reported durable is there after a restart, in order and complete.
#[test]
fn rows_outlive_a_restart() {
    let case = Case::new();
    let document = DocumentId::new();
    let rows: Vec<Row> = (1..=20).map(|seq| row(document, seq)).collect();
    for row in &rows {
        assert_eq!(case.append(row.clone()), Appended::Durable);
    }
    let case = case.reopened();
    let log = case.journal.read(document).expect("a sound log");
    assert_eq!(log.rows, rows);
    assert_eq!(log.head(), 20);
    assert_eq!(case.journal.rows_after(document, 18).expect("a sound log").len(), 2);
    assert_eq!(case.journal.read(DocumentId::new()).expect("never written").head(), 0);
    assert_eq!(case.journal.documents().expect("readable"), [document]);
}

/// [SAVE-2] (document, seq) is the fence: a second row with a taken number is not written.
#[test]
fn a_taken_number_is_a_lost_race_unless_the_row_is_ones_own() {
    let case = Case::new();
    let document = DocumentId::new();
    let first = row(document, 1);
    assert_eq!(case.append(first.clone()), Appended::Durable);
    assert_eq!(case.append(first.clone()), Appended::Durable, "the same batch again, after an unknown outcome");
    assert_eq!(case.append(row(document, 1)), Appended::LostRace);
    assert_eq!(case.append(row(DocumentId::new(), 1)), Appended::Durable, "another document's number is its own");
    assert_eq!(case.journal.read(document).expect("a sound log").rows, [first]);
}

/// [SAVE-3] A damaged or missing row makes the log unreadable; it is never skipped.
#[test]
fn damage_is_found_and_never_passed_over() {
    for sql in [
        "update journal_row set entries = x'00000000' where seq = 2",
        "update journal_row set at = at + 1 where seq = 2",
        "delete from journal_row where seq = 2",
    ] {
        let case = Case::new();
        let document = DocumentId::new();
        for seq in 1..=3 {
            case.append(row(document, seq));
        }
        case.damage(sql);
        let failure = case.journal.read(document).expect_err(sql);
        assert!(matches!(failure, JournalError::Damaged { .. }), "{sql}: {failure}");
    }
}

/// [SAVE-4] The last two snapshots are kept; a damaged one falls back to the older, then to the log.
#[test]
fn snapshots_fall_back() {
    let case = Case::new();
    let document = DocumentId::new();
    for seq in 1..=6 {
        case.append(row(document, seq));
    }
    for seq in [1, 3, 5] {
        case.save(document, seq);
    }
    let starts_at =
        |case: &Case| case.journal.read(document).expect("a sound log").snapshot.map(|snapshot| snapshot.seq);
    assert_eq!(starts_at(&case), Some(5));
    assert_eq!(case.journal.read(document).expect("a sound log").rows.len(), 1);
    case.damage("update snapshot set state = x'00' where seq = 5");
    assert_eq!(starts_at(&case), Some(3));
    case.damage("update snapshot set owners = x'00' where seq = 3");
    assert_eq!(starts_at(&case), None);
    assert_eq!(case.journal.read(document).expect("a sound log").rows.len(), 6);
    assert_eq!(case.journal.read_all(document).expect("a sound log").snapshot, None);
}

/// [SAVE-5] Rows of many documents queued at once are all written, each with its own outcome.
#[test]
fn a_group_holds_many_documents() {
    let case = Case::new();
    let documents: Vec<DocumentId> = (0..200).map(|_| DocumentId::new()).collect();
    let (done, outcomes) = mpsc::channel();
    for document in documents.iter().chain(&documents) {
        let done = done.clone();
        case.journal.append(Append {
            row: row(*document, 1),
            done: Box::new(move |appended| done.send(appended).expect("somebody waits")),
        });
    }
    let outcomes: Vec<Appended> = outcomes.iter().take(400).collect();
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Appended::Durable).count(), 200);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Appended::LostRace).count(), 200);
}

#[test]
fn an_unknown_store_is_refused_by_name() {
    let failure = Journal::open("mongodb://localhost/x").err().expect("not supported yet");
    assert!(failure.to_string().contains("mongodb"), "{failure}");
}

/// [SAVE-11] A purged document is gone from the disk, and nobody who slept can write it again.
#[test]
fn a_purged_document_is_gone_and_stays_gone() {
    let case = Case::new();
    let (gone, kept) = (DocumentId::new(), DocumentId::new());
    let secret = "a secret that nobody may find again";
    for seq in 1..=3 {
        assert_eq!(case.append(said(gone, seq, secret)), Appended::Durable);
        assert_eq!(case.append(said(kept, seq, "other words")), Appended::Durable);
    }
    case.save(gone, 2);
    case.purge(gone);
    case.purge(gone); // as after a crash
    assert!(matches!(case.journal.read(gone), Err(JournalError::Purged(id)) if id == gone));
    assert!(matches!(case.journal.rows_after(gone, 1), Err(JournalError::Purged(_))));
    // A room that was asleep knows row 3 and tries the next number; a snapshot may come late as well.
    assert_eq!(case.append(said(gone, 4, secret)), Appended::LostRace);
    case.save(gone, 3);
    assert_eq!(case.journal.documents().expect("a sound journal"), [kept]);

    let case = case.reopened();
    assert!(matches!(case.journal.read_all(gone), Err(JournalError::Purged(_))));
    assert_eq!(case.journal.read(kept).expect("a sound log").head(), 3);
    case.journal.close();
    for name in ["journal.db", "journal.db-wal"] {
        let bytes = std::fs::read(case.folder.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name} still has it");
    }
}
