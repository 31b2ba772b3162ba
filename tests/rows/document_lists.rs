//! The lists of documents, their order and dates: on SQLite always, on Postgres if TEST_POSTGRES_URL names an empty
//! database.

use crate::test_database::{TestDatabase, test_databases};
use chrono::{Duration, TimeZone, Utc};
use database::{Change, Db, DocumentRow, Query, changes, documents};
use library::documents::list::rows::{self as list_rows, Direction, DocumentFilter, Lead, Order};
use library::documents::rows as document_rows;
use library::edit_events::rows::{self as edit_rows, Edit};
use library::visibility::Viewer;
use library::{favourites, recent, trash};
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
            let rows = list_rows::visible(&test.db, filter).await.expect("readable");
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
        document_rows::update(db, &test.by(), newer.version, changed, None, json!({})).await.expect("written");
        edited(4, 6, -400_000_000).await;
        assert_eq!(seen().await, 120);
    }
}

/// (A9) [LIST-13] The pages of every list are read from an index, however many documents there are: in their order where
/// most documents match, and by the filter that few match.
#[tokio::test]
async fn lists_use_an_index() {
    for test in test_databases().await {
        let (db, owner) = (&test.db, test.owner.account_id);
        fill(&test).await;
        let viewer = |sees_all| Viewer { sees_all, ..test.viewer(owner) };
        let middle = Utc.with_ymd_and_hms(2026, 1, 15, 0, 0, 0).single().expect("a time");
        let at = Some((middle, DocumentId::new()));
        let title = Some(("title 5".to_owned(), DocumentId::new()));
        let orders = [Direction::Down, Direction::Up].into_iter().flat_map(|to| {
            [
                Order::Updated(to, None),
                Order::Updated(to, at),
                Order::Created(to, None),
                Order::Created(to, at),
                Order::Title(to, None),
                Order::Title(to, title.clone()),
            ]
        });
        for (order, sees_all) in orders.flat_map(|order| [(order.clone(), true), (order, false)]) {
            let of = |lead| {
                let all = DocumentFilter {
                    viewer: viewer(sees_all),
                    limit: 51,
                    order: order.clone(),
                    ..test.everything(owner)
                };
                match lead {
                    Lead::Order => all,
                    Lead::Tag => DocumentFilter { tag: "north".into(), ..all },
                    Lead::Shared => DocumentFilter { is_shared: true, ..all },
                    Lead::Owner => DocumentFilter { owner: Some(owner), ..all },
                    Lead::Archived => DocumentFilter { status: "archived".into(), ..all },
                }
            };
            for lead in [Lead::Order, Lead::Tag, Lead::Shared, Lead::Owner, Lead::Archived] {
                let filter = of(lead);
                assert_eq!(filter.lead(), lead);
                let plan = plan(db, list_rows::statement(lead, &order), |query| list_rows::bound(query, filter)).await;
                let sorts = plan.contains("TEMP B-TREE") || plan.contains("Sort");
                let in_order = match order {
                    Order::Updated(..) => "document_by_update",
                    Order::Created(..) => "document_by_creation",
                    Order::Title(..) => "document_by_title",
                };
                assert!(lead != Lead::Order || (plan.contains(in_order) && !sorts), "{order:?}\n{plan}");
                assert!(is_indexed(&plan), "{lead:?} {order:?}\n{plan}");
            }
        }
        for sees_all in [true, false] {
            let viewer = viewer(sees_all);
            let favourites = plan(db, favourites::rows::LIST, |query| viewer.bind(query)).await;
            assert!(is_indexed(&favourites), "{favourites}");
            let recent = plan(db, recent::rows::LIST, |query| viewer.bind(query).bind(51_i64)).await;
            assert!(recent.contains("recent_by_time") && is_indexed(&recent), "{recent}");
            let trash = plan(db, trash::rows::LIST, |query| trash::rows::bound(query, &viewer, None, 51)).await;
            assert!(trash.contains("document_in_trash") && is_indexed(&trash), "{trash}");
        }
    }
}

const DOCUMENTS: u32 = 10_240;
const AT_ONCE: u32 = 1_024;

/// Documents of which few are the owner's, in the archive, in the trash, tagged, favourites or recent, and 21 people.
async fn fill(test: &TestDatabase) {
    let db = &test.db;
    test.add("One of many").await;
    for _ in 0..20 {
        test.join("one of many").await;
    }
    let write = async |sql: &'static str| db.query(sql).execute().await.expect("written");
    // Statements of a few rows, because each must end within the time that a database gets to answer.
    for _ in 0..AT_ONCE.ilog2() + DOCUMENTS / AT_ONCE - 1 {
        db.pick(
            "insert into document select (json_populate_record(document, json_build_object(
                 'document_id', gen_random_uuid(), 'words', floor(random() * 1000),
                 'title_key', 'title ' || floor(random() * 1000),
                 'created_by', case when random() < 0.02 then (select account_id from membership where is_owner) end,
                 'created_at', timestamptz '2026-01-01' + random() * interval '28 days',
                 'updated_at', timestamptz '2026-01-01' + random() * interval '28 days'))).* from document limit $1",
            "insert into document (document_id, workspace_id, title, kind, category, description, tags, slug, status,
                                   created_by, created_at, updated_at, version, words, sensitivity, title_key)
             select randomblob(16), workspace_id, title, kind, category, description, tags, slug, status,
                    case when abs(random() % 100) < 2 then (select account_id from membership where is_owner) end,
                    '2026-01-' || (10 + abs(random() % 18)) || 'T00:00:00.' || abs(random() % 1000000) || '+00:00',
                    '2026-01-' || (10 + abs(random() % 18)) || 'T00:00:00.' || abs(random() % 1000000) || '+00:00',
                    version, abs(random() % 1000), sensitivity, 'title ' || abs(random() % 1000)
               from document limit $1",
        )
        .bind(i64::from(AT_ONCE))
        .execute()
        .await
        .expect("written");
    }
    write("update document set status = 'archived' where words between 20 and 39").await;
    write("update document set trashed_at = updated_at where words between 40 and 59").await;
    write("delete from document_tag").await;
    write(
        "insert into tag (tag_id, workspace_id, name, created_at)
         select document_id, workspace_id, 'tag ' || words, created_at from document where words < 300
             on conflict (workspace_id, name) do nothing",
    )
    .await;
    write(
        "insert into document_tag (document_id, tag_id, position)
         select document_id, tag_id, 1 from document join tag using (workspace_id)
          where tag.name = 'tag ' || words or (tag.name = 'north' and words between 15 and 34)",
    )
    .await;
    write(
        "insert into favourite (account_id, workspace_id, document_id, position, created_at)
         select account_id, workspace_id, document_id, words, updated_at
           from document join membership using (workspace_id) where words < 5",
    )
    .await;
    write(
        "insert into recent (account_id, workspace_id, document_id, at)
         select account_id, workspace_id, document_id, updated_at
           from document join membership using (workspace_id) where words < 100",
    )
    .await;
    write("analyze").await;
}

/// The steps by which the engine answers a query.
async fn plan<'q>(db: &'q Db, sql: &'static str, bind: impl FnOnce(Query<'q>) -> Query<'q>) -> String {
    let postgres: &'static str = format!("explain {sql}").leak();
    let sqlite: &'static str = format!("explain query plan {sql}").leak();
    let query = bind(db.pick(postgres, sqlite));
    let steps: Vec<String> = match db.is_remote() {
        true => query.all().await.expect("a plan").into_iter().map(|(step,): (String,)| step).collect(),
        false => {
            let steps: Vec<(i64, i64, i64, String)> = query.all().await.expect("a plan");
            steps.into_iter().map(|(.., step)| step).collect()
        }
    };
    steps.join("\n")
}

/// Whether no step reads a whole table that grows with the documents. Tags are few.
fn is_indexed(plan: &str) -> bool {
    ["document", "document_tag", "favourite", "recent"].into_iter().all(|table| {
        let [postgres, sqlite] = [format!("Seq Scan on {table}"), format!("SCAN {table}")];
        let reads_all = |step: &str, scan: &str| {
            step.split_once(scan).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
        };
        !plan.lines().any(|step| reads_all(step, &postgres) || reads_all(step, &sqlite))
    })
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
