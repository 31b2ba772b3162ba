//! The lists of documents, their order and dates: on SQLite always, on Postgres if TEST_POSTGRES_URL names an empty
//! database.

use crate::test_database::test_databases;
use chrono::{Duration, TimeZone, Utc};
use database::{Change, DocumentRow, changes, documents};
use library::documents::rows as document_rows;
use library::documents::rows::{Direction, DocumentFilter, Order};
use library::edit_events::rows::{self as edit_rows, Edit};
use library::visibility::Viewer;
use serde_json::json;
use vocabulary::{DocumentId, Topic};

/// [REST-3] Both engines sort, page and filter alike.
#[tokio::test]
async fn lists_are_sorted_and_filtered_alike_on_both_engines() {
    for test in test_databases().await {
        let owner = test.owner.account_id;
        let mut rows = Vec::new();
        for title in ["beta", "Alpha", "gamma 100%", "delta_x"] {
            rows.push(test.add(title).await);
        }
        let list = async |filter: DocumentFilter| -> Vec<String> {
            let rows = document_rows::visible(&test.db, filter).await.expect("readable");
            rows.into_iter().map(|row| row.title).collect()
        };
        let sorted = |order| DocumentFilter { order, ..test.everything(owner) };
        let by_title = ["Alpha", "beta", "delta_x", "gamma 100%"];
        assert_eq!(list(sorted(Order::Title(Direction::Up, None))).await, by_title);
        let last = Some(("BETA".to_owned(), rows[0].document_id));
        assert_eq!(list(sorted(Order::Title(Direction::Up, last.clone()))).await, by_title[2..]);
        assert_eq!(list(sorted(Order::Title(Direction::Down, last))).await, by_title[..1]);
        let second = Some((rows[1].created_at, rows[1].document_id));
        assert_eq!(list(sorted(Order::Created(Direction::Up, second))).await, ["gamma 100%", "delta_x"]);
        assert_eq!(list(sorted(Order::Created(Direction::Down, second))).await, ["beta"]);
        for (title, found) in [("100%", 1), ("0%1", 0), ("a_x", 1), ("a_1", 0)] {
            let filter = DocumentFilter { title: title.into(), ..test.everything(owner) };
            assert_eq!(list(filter).await.len(), found, "{title}");
        }
        for (tag, found) in [("north", 4), ("nor", 0), ("\"north", 0)] {
            let filter = DocumentFilter { tag: tag.into(), ..test.everything(owner) };
            assert_eq!(list(filter).await.len(), found, "{tag}");
        }
    }
}

/// (A9) [REST-10] A document's date is its last edit, to the minute, and lists follow it; pages are notified. An edit that
/// is announced late, or by another node, counts at its own time.
#[tokio::test]
async fn lists_follow_edits() {
    for test in test_databases().await {
        let (db, owner) = (&test.db, test.owner.account_id);
        let [older, newer] = [test.add("Older").await, test.add("Newer").await];
        let document = older.document_id;
        let midnight = Utc.with_ymd_and_hms(2031, 4, 5, 0, 0, 0).single().expect("a time");
        let edited = async |last, seq, seconds| {
            let at = midnight + Duration::seconds(seconds);
            let edit = Edit { document, workspace: test.workspace, last, seq, at, authors: Vec::new() };
            edit_rows::announce(db, &[], vec![edit]).await.expect("written")
        };
        let seen = async || {
            let row = documents::find(db, test.workspace, document).await.expect("readable").expect("it is there");
            assert_eq!(row.version, older.version, "an edit is no change of the row");
            (row.updated_at - midnight).num_seconds()
        };
        let titles = async || test.titles(owner, "", None).await;
        assert_eq!(titles().await, ["Newer", "Older"]);

        let mut log = changes::Reader::from_now(db).await.expect("readable");
        let mut is_told = async || {
            let changes = log.read(db).await.expect("readable").expect("not too many");
            changes.iter().any(|(_, change)| *change == Change::Workspace(test.workspace, Topic::Documents))
        };
        edited(0, 1, 70).await;
        assert_eq!((titles().await, seen().await), (vec!["Older".to_owned(), "Newer".to_owned()], 70));
        assert!(is_told().await);
        edited(1, 2, 119).await;
        assert_eq!((seen().await, is_told().await), (70, false), "once a minute");
        edited(2, 3, 120).await;
        assert_eq!((seen().await, is_told().await), (120, true));
        edited(3, 4, 10).await;
        assert_eq!(edited(3, 5, 900).await, 0, "another node has announced the row");
        assert_eq!(seen().await, 120, "what was written earlier");
        let changed = DocumentRow { title: "Newest".into(), ..newer.clone() };
        document_rows::update(db, &test.by(), newer.version, changed, json!({})).await.expect("written");
        edited(4, 6, -400_000_000).await;
        assert_eq!(seen().await, 120);
    }
}

/// (A9) The pages of a list in the order of edits are read from an index, however many documents there are.
#[tokio::test]
async fn lists_by_the_last_edit_use_an_index() {
    for test in test_databases().await {
        let db = &test.db;
        test.add("One of many").await;
        for _ in 0..12 {
            db.pick(
                "insert into document select (json_populate_record(document, json_build_object(
                     'document_id', gen_random_uuid(), 'created_at', now(),
                     'updated_at', timestamptz '2026-01-01' + random() * interval '28 days'))).* from document",
                "insert into document (document_id, workspace_id, title, kind, category, description, tags, slug, status,
                                       created_by, created_at, updated_at, version, words, sensitivity, title_key)
                 select randomblob(16), workspace_id, title, kind, category, description, tags, slug, status, created_by,
                        created_at, '2026-01-' || (10 + abs(random() % 18)) || 'T00:00:00.' || abs(random() % 1000000) || '+00:00', version, words, sensitivity,
                        title_key from document",
            )
            .execute()
            .await
            .expect("written");
        }
        db.query("analyze").execute().await.expect("counted");
        let middle = Utc.with_ymd_and_hms(2026, 1, 15, 0, 0, 0).single().expect("a time");
        let at = Some((middle, DocumentId::new()));
        for (order, sees_all) in [Direction::Down, Direction::Up].into_iter().flat_map(|to| {
            [(Order::Updated(to, None), true), (Order::Updated(to, at), true), (Order::Updated(to, at), false)]
        }) {
            let sql = document_rows::statement(&order);
            let viewer = Viewer { sees_all, ..test.viewer(test.owner.account_id) };
            let filter =
                DocumentFilter { viewer, limit: 51, order: order.clone(), ..test.everything(test.owner.account_id) };
            let postgres: &'static str = format!("explain {sql}").leak();
            let sqlite: &'static str = format!("explain query plan {sql}").leak();
            let plan = match !db.is_remote() {
                true => {
                    let steps: Vec<(i64, i64, i64, String)> =
                        document_rows::bound(db.query(sqlite), filter).all().await.expect("a plan");
                    steps.into_iter().map(|(.., step)| step).collect::<Vec<_>>().join("\n")
                }
                false => {
                    let steps: Vec<(String,)> =
                        document_rows::bound(db.query(postgres), filter).all().await.expect("a plan");
                    steps.into_iter().map(|(step,)| step).collect::<Vec<_>>().join("\n")
                }
            };
            assert!(plan.contains("document_by_update"), "{order:?}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{order:?}\n{plan}");
        }
    }
}

/// (A9) The upgrade gives documents that were edited before it the date of their newest automatic revision.
#[tokio::test]
async fn the_upgrade_dates_documents_by_their_revisions() {
    for test in test_databases().await {
        let (db, edited, only_named) = (&test.db, test.add("Edited").await, test.add("Named").await);
        let at = Utc.with_ymd_and_hms(2031, 4, 5, 6, 7, 8).single().expect("a time");
        for (document, kind, days) in
            [(&edited, "automatic", 0), (&edited, "automatic", -3), (&edited, "named", 3), (&only_named, "named", 3)]
        {
            db.query(
                "insert into revision (revision_id, workspace_id, document_id, seq, sha256, state_bytes, kind,
                                       words_added, words_removed, created_at)
                 values ($1, $2, $3, $4, $5, 0, $6, 0, 0, $7)",
            )
            .bind(uuid::Uuid::now_v7())
            .bind(test.workspace)
            .bind(document.document_id)
            .bind(10_i64 + days)
            .bind(vec![0_u8])
            .bind(kind.to_owned())
            .bind(at + Duration::days(days))
            .execute()
            .await
            .expect("written");
        }
        db.query(include_str!("../../migrations/0020_last_edits.sql")).execute().await.expect("run again");
        let date = async |row: &DocumentRow| {
            let row = documents::find(db, test.workspace, row.document_id).await.expect("readable");
            row.expect("it is there").updated_at
        };
        assert_eq!((date(&edited).await, date(&only_named).await), (at, only_named.updated_at));
    }
}
