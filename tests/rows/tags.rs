//! Tags, favourites and recent documents as rows: on SQLite always, on Postgres if TEST_POSTGRES_URL names an empty
//! database.

use crate::test_database::{TestDatabase, test_databases};
use chrono::{DateTime, Duration, TimeZone, Utc};
use database::{Change, DocumentRow, changes, documents};
use library::documents::list::rows::{self as list_rows, DocumentFilter};
use library::documents::rows as document_rows;
use library::edit_events::rows::{self as edit_rows, Edit};
use library::visibility::Viewer;
use library::{favourites, recent, shares, tags};
use serde_json::{Value, json};
use vocabulary::{AccountId, DocumentId, Right, TagId};

impl TestDatabase {
    async fn tag(&self, row: &DocumentRow, tags: &[&str]) -> DocumentRow {
        let now = documents::find(&self.db, self.workspace, row.document_id).await.expect("readable").expect("there");
        let names: Vec<String> = tags.iter().map(ToString::to_string).collect();
        document_rows::update(&self.db, &self.by(), now.version, now.clone(), Some(&names), json!({}))
            .await
            .expect("written")
            .expect("the version read")
    }

    async fn give(&self, document: DocumentId, account: AccountId, level: Right, expires_at: Option<DateTime<Utc>>) {
        let granted_by = self.owner.account_id;
        let grant = shares::rows::NewGrant { document, account, level, granted_by, expires_at };
        shares::rows::put(&self.db, &self.by(), grant).await.expect("shared");
    }

    async fn tags_of(&self, row: &DocumentRow) -> Vec<String> {
        tags::rows::of(&self.db, row.document_id).await.expect("readable")
    }

    /// The tags that an account sees, with counts.
    async fn counts(&self, account: AccountId) -> Vec<(String, i64)> {
        let rows = tags::rows::list(&self.db, &self.viewer(account), false).await.expect("readable");
        rows.into_iter().map(|tag| (tag.name, tag.documents)).collect()
    }

    async fn tag_id(&self, name: &str) -> TagId {
        let (id,) =
            self.db.query("select tag_id from tag where name = $1").bind(name.to_owned()).one().await.expect("it");
        id
    }

    /// The details of the audit log's newest row about tags.
    async fn last_about_tags(&self) -> (String, Value) {
        let (action, detail): (String, String) = self
            .db
            .query("select action, detail from audit where action like 'tag.%' order by audit_id desc limit 1")
            .one()
            .await
            .expect("a row");
        (action, serde_json::from_str(&detail).expect("JSON"))
    }
}

fn counted(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// [LIST-1] [LIST-2] A document keeps its tags in their order; a tag that no document has is gone, and with the purge of
/// its last document too. Counts are of what the viewer sees.
#[tokio::test]
async fn tags_are_counted_for_each_viewer() {
    for test in test_databases().await {
        let owner = test.owner.account_id;
        let (plan, market) = (test.add("Plan").await, test.add("Market").await);
        assert_eq!(test.tags_of(&plan).await, ["north"]);
        test.tag(&plan, &["zinc", "north", "Äpfel", "Plan", "plan"]).await;
        assert_eq!(test.tags_of(&plan).await, ["zinc", "north", "Äpfel", "Plan", "plan"]);
        let all = [("Äpfel", 1), ("north", 2), ("Plan", 1), ("plan", 1), ("zinc", 1)];
        assert_eq!(test.counts(owner).await, counted(&all));
        test.tag(&plan, &["north", "zinc"]).await;
        assert_eq!(test.counts(owner).await, counted(&[("north", 2), ("zinc", 1)]));

        let jonas = test.join("jonas").await;
        assert_eq!(test.counts(jonas).await, []);
        let share = async |row: &DocumentRow, level| test.give(row.document_id, jonas, level, None).await;
        share(&market, Right::View).await;
        assert_eq!(test.counts(jonas).await, counted(&[("north", 1)]));
        let zinc = test.tag_id("zinc").await;
        assert_eq!(tags::rows::find(&test.db, &test.viewer(jonas), zinc).await.expect("readable"), None);

        // Neither the trash nor the archive counts.
        test.trash(market.document_id).await;
        assert_eq!(test.counts(owner).await, counted(&[("north", 1), ("zinc", 1)]));
        test.db.query("update document set status = 'archived'").execute().await.expect("written");
        assert_eq!(test.counts(owner).await, []);
        let archived = tags::rows::list(&test.db, &test.viewer(owner), true).await.expect("readable");
        assert_eq!(archived.len(), 2);
        let filter = |archived| DocumentFilter { tag: "zinc".into(), archived, ..test.everything(owner) };
        for (archived, found) in [(true, 1), (false, 0)] {
            assert_eq!(list_rows::visible(&test.db, filter(archived)).await.expect("readable").len(), found);
        }
        test.trash(plan.document_id).await;
        for document in [plan.document_id, market.document_id] {
            library::trash::rows::begin_purge(&test.db, &test.by(), document).await.expect("begun");
            library::trash::rows::end_purge(&test.db, document).await.expect("ended");
        }
        let (left,): (i64,) = test.db.query("select count(*) from tag").one().await.expect("readable");
        assert_eq!(left, 0);
    }
}

/// [LIST-3] A tag is renamed, merged and removed for the whole workspace, with one event and one audit row, without the
/// name. Each counts as a change of the documents that have it.
#[tokio::test]
async fn tags_are_renamed_merged_and_removed_for_all() {
    for test in test_databases().await {
        let (db, by, owner) = (&test.db, test.by(), test.owner.account_id);
        let (one, two, three) = (test.add("One").await, test.add("Two").await, test.add("Three").await);
        test.tag(&two, &["south", "north"]).await;
        test.tag(&three, &["south"]).await;
        let version = async |row: &DocumentRow| {
            documents::find(db, test.workspace, row.document_id).await.expect("readable").expect("there").version
        };
        let before = (version(&one).await, version(&three).await);

        let north = test.tag_id("north").await;
        assert!(tags::rows::rename(db, &by, north, "Nord").await.expect("written"));
        assert_eq!(test.last_about_tags().await, ("tag.rename".into(), json!({ "documents": 2 })));
        assert_eq!(test.tags_of(&two).await, ["south", "Nord"]);
        assert_eq!((version(&one).await, version(&three).await), (before.0 + 1, before.1));

        // To a name that exists: one tag, once on each document, with the id of the renamed one.
        let south = test.tag_id("south").await;
        assert!(tags::rows::rename(db, &by, north, "south").await.expect("written"));
        assert_eq!(test.last_about_tags().await, ("tag.merge".into(), json!({ "from": south, "documents": 2 })));
        assert_eq!(test.counts(owner).await, counted(&[("south", 3)]));
        assert_eq!(test.tag_id("south").await, north);
        for row in [&one, &two, &three] {
            assert_eq!(test.tags_of(row).await, ["south"]);
        }

        test.tag(&three, &["south", "east"]).await;
        let east = test.tag_id("east").await;
        assert!(tags::rows::merge(db, &by, north, east).await.expect("written"));
        assert_eq!(test.last_about_tags().await, ("tag.merge".into(), json!({ "from": north, "documents": 3 })));
        assert_eq!(test.counts(owner).await, counted(&[("east", 3)]));
        assert!(!tags::rows::merge(db, &by, north, east).await.expect("readable"), "it is gone");

        assert!(tags::rows::remove(db, &by, east).await.expect("written"));
        assert_eq!(test.last_about_tags().await, ("tag.remove".into(), json!({ "documents": 3 })));
        assert_eq!((test.counts(owner).await, test.tags_of(&one).await.len()), (Vec::new(), 0));
        assert!(!tags::rows::remove(db, &by, east).await.expect("readable"));
        assert!(!tags::rows::rename(db, &by, east, "west").await.expect("readable"));
    }
}

/// [LIST-6] Favourites have the order that their person gave them, and end with the membership.
#[tokio::test]
async fn favourites_have_an_order_of_their_own() {
    for test in test_databases().await {
        let (db, ws) = (&test.db, test.workspace);
        let jonas = test.join("jonas").await;
        let mut rows = Vec::new();
        for title in ["A", "B", "C", "D"] {
            rows.push(test.add(title).await);
        }
        let all = Viewer { sees_all: true, ..test.viewer(jonas) };
        let titles = async |viewer: &Viewer| -> String {
            let rows = favourites::rows::list(db, viewer).await.expect("readable");
            rows.into_iter().map(|favourite| favourite.title).collect()
        };
        let id = |n: usize| rows[n].document_id;
        let put = async |n: usize, after| favourites::rows::put(db, ws, jonas, id(n), after).await.expect("written");
        let mut log = changes::Reader::from_now(db).await.expect("readable");
        for n in 0..3 {
            assert!(put(n, None).await);
        }
        let noted = log.read(db).await.expect("readable").expect("a few");
        assert!(noted.iter().any(|(_, change)| *change == Change::Favourites(jonas)));
        assert_eq!(titles(&all).await, "ABC");
        put(1, None).await;
        assert_eq!(titles(&all).await, "ABC", "it stays where it is");
        put(2, Some(None)).await;
        assert_eq!(titles(&all).await, "CAB");
        put(2, Some(Some(id(0)))).await;
        assert_eq!(titles(&all).await, "ACB");
        put(3, Some(Some(id(0)))).await;
        assert_eq!(titles(&all).await, "ADCB");
        assert_eq!(titles(&test.viewer(jonas)).await, "", "what may not be seen");
        test.trash(id(3)).await;
        assert_eq!(titles(&all).await, "ACB");
        assert!(favourites::rows::remove(db, ws, jonas, id(0)).await.expect("written"));
        assert!(!favourites::rows::remove(db, ws, jonas, id(0)).await.expect("written"));
        assert_eq!(titles(&all).await, "CB");

        recent::rows::note(db, ws, id(1), &[jonas.0], Utc::now()).await.expect("written");
        assert!(people::members::rows::remove(db, &test.by(), jonas).await.expect("written"));
        let (left,): (i64,) = db
            .query("select (select count(*) from favourite) + (select count(*) from recent)")
            .one()
            .await
            .expect("readable");
        assert_eq!(left, 0);
    }
}

/// [LIST-7] Opening and editing a document puts it first among the recent ones of the person, with at most one write in
/// each minute.
#[tokio::test]
async fn recent_documents_are_written_once_a_minute() {
    for test in test_databases().await {
        let (db, ws, owner) = (&test.db, test.workspace, test.owner.account_id);
        let (one, two) = (test.add("One").await, test.add("Two").await);
        let noon = Utc.with_ymd_and_hms(2031, 4, 5, 12, 0, 0).single().expect("a time");
        let opened = async |row: &DocumentRow, seconds| {
            let at = noon + Duration::seconds(seconds);
            recent::rows::note(db, ws, row.document_id, &[owner.0, uuid::Uuid::now_v7()], at).await.expect("written")
        };
        let titles = async || -> Vec<String> {
            let rows = recent::rows::list(db, &test.viewer(owner), 10).await.expect("readable");
            rows.into_iter().map(|row| row.document.title).collect()
        };
        assert_eq!((opened(&one, 5).await, opened(&two, 70).await), (1, 1), "the other person is no member");
        assert_eq!(titles().await, ["Two", "One"]);
        assert_eq!(opened(&one, 59).await, 0, "within the same minute");
        assert_eq!(titles().await, ["Two", "One"]);
        let edited = async |last, seconds| {
            let (document, at) = (one.document_id, noon + Duration::seconds(seconds));
            let edit = Edit { document, workspace: ws, last, seq: last + 1, at, authors: vec![owner.0] };
            edit_rows::announce(db, &[], vec![edit]).await.expect("written")
        };
        edited(0, 130).await;
        assert_eq!(titles().await, ["One", "Two"]);
        let at = async || {
            let (at,): (chrono::DateTime<Utc>,) = db
                .query("select at from recent where document_id = $1")
                .bind(one.document_id)
                .one()
                .await
                .expect("a row");
            (at - noon).num_seconds()
        };
        assert_eq!(at().await, 120);
        edited(1, 179).await;
        assert_eq!(at().await, 120);
        edited(2, 180).await;
        assert_eq!(at().await, 180);
        test.trash(one.document_id).await;
        assert_eq!(titles().await, ["Two"]);
        assert_eq!(recent::rows::forget(db, noon + Duration::days(91)).await.expect("written"), 2);
    }
}

/// [LIST-11] An erasure removes favourites and recent documents.
#[tokio::test]
async fn an_erasure_forgets_favourites_and_recent_documents() {
    for test in test_databases().await {
        let (db, ws) = (&test.db, test.workspace);
        let (jonas, row) = (test.join("jonas").await, test.add("A").await);
        for account in [jonas, test.owner.account_id] {
            favourites::rows::put(db, ws, account, row.document_id, None).await.expect("written");
            recent::rows::note(db, ws, row.document_id, &[account.0], Utc::now()).await.expect("written");
        }
        assert!(people::personal_data::rows::erase(db, &test.by(), jonas).await.expect("written"));
        for table in ["favourite", "recent"] {
            let select: &'static str = format!("select account_id from {table}").leak();
            let left: Vec<(AccountId,)> = db.query(select).all().await.expect("readable");
            assert_eq!(left, [(test.owner.account_id,)], "{table}");
        }
    }
}

/// [LIST-8] Shared with a person: what others gave them or a group of theirs, on the page itself.
#[tokio::test]
async fn what_was_shared_with_a_person() {
    for test in test_databases().await {
        let (db, owner) = (&test.db, test.owner.account_id);
        let jonas = test.join("jonas").await;
        let (shared, _other, ended) = (test.add("Shared").await, test.add("Other").await, test.add("Ended").await);
        let give = async |row: &DocumentRow, until| test.give(row.document_id, jonas, Right::Edit, until).await;
        give(&shared, None).await;
        give(&ended, Some(Utc::now() - Duration::minutes(1))).await;
        db.query("update document set open_level = 'view'").execute().await.expect("written");
        let titles = async |account: AccountId| -> Vec<String> {
            let filter = DocumentFilter { is_shared: true, ..test.everything(account) };
            let rows = list_rows::visible(db, filter).await.expect("readable");
            rows.into_iter().map(|row| row.title).collect()
        };
        assert_eq!((titles(jonas).await, titles(owner).await), (vec!["Shared".to_owned()], Vec::new()));
    }
}
