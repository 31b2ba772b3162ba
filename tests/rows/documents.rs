//! The contract of the statements about documents: on SQLite always, on Postgres if TEST_POSTGRES_URL names an empty
//! database.

use crate::test_database::{person, test_databases};
use ::people::members::rows::{MemberChange, change};
use chrono::{Duration, Utc};
use database::{
    Actor, Change, DocumentRow, NewAccount, Profile, Refreshed, accounts, callers, changes, documents, event_log,
    grants, members, nodes, sessions,
};
use library::documents::rows as document_rows;
use library::shares::rows as share_rows;
use library::tags::rows as tag_rows;
use library::{
    documents::list::rows::Direction, documents::list::rows::DocumentFilter, documents::list::rows::Order,
    shares::rows::NewGrant,
};
use serde_json::json;
use std::sync::{Arc, Mutex};

use library::trash;
use vocabulary::{AccountId, DocumentId, Right, Role, SpaceId, Topic, WorkspaceId};

#[tokio::test]
async fn documents_are_visible_to_people_with_access() {
    for test in test_databases().await {
        let jonas = test.join("jonas").await;
        let rows = [test.add("Plan A").await, test.add("Plan B").await, test.add("Notes").await];
        let owner = test.owner.account_id;
        assert_eq!(test.titles(owner, "", None).await, ["Notes", "Plan B"]);
        assert_eq!(test.titles(owner, "", Some((rows[1].updated_at, rows[1].document_id))).await, ["Plan A"]);
        assert_eq!(test.titles(owner, "PLAN", None).await, ["Plan B", "Plan A"]);
        assert!(test.titles(jonas, "", None).await.is_empty());

        let grant = |expires_at| NewGrant {
            document: rows[0].document_id,
            account: jonas,
            level: Right::Edit,
            granted_by: owner,
            expires_at,
        };
        share_rows::put(&test.db, &test.by(), grant(Some(Utc::now() - Duration::seconds(1)))).await.expect("written");
        assert!(test.titles(jonas, "", None).await.is_empty(), "a grant that is over gives nothing");
        let given = grants::standings_of(&test.db, rows[0].document_id, jonas.0).await.expect("readable");
        assert_eq!(given, database::Standings::default());
        share_rows::put(&test.db, &test.by(), grant(None)).await.expect("replaced");
        assert_eq!(test.titles(jonas, "", None).await, ["Plan A"]);
        assert_eq!(share_rows::list(&test.db, test.workspace, rows[0].document_id).await.expect("readable").len(), 1);
        assert!(share_rows::remove(&test.db, &test.by(), rows[0].document_id, jonas).await.expect("written"));
        assert!(!share_rows::remove(&test.db, &test.by(), rows[0].document_id, jonas).await.expect("written"));
    }
}

#[tokio::test]
async fn a_row_changes_only_from_the_version_that_was_read() {
    for test in test_databases().await {
        let row = test.add("First").await;
        assert_eq!(tag_rows::of(&test.db, row.document_id).await.expect("readable"), ["north"]);
        assert_eq!(library::documents::rows::slug_of("Second Thoughts, über 9!"), "second-thoughts-über-9");
        assert_eq!(row.slug, "first", "a new document's slug is made from its title");
        let changed = DocumentRow { title: "Second Thoughts!".into(), slug: "second".into(), ..row.clone() };
        let changed = document_rows::update(&test.db, &test.by(), row.version, changed, None, json!({}))
            .await
            .expect("written")
            .expect("the version read");
        assert_eq!((changed.version, changed.slug.as_str()), (2, "second"));
        assert_eq!(
            document_rows::update(&test.db, &test.by(), row.version, row.clone(), None, json!({}))
                .await
                .expect("readable"),
            None
        );
        document_rows::set_word_counts(&test.db, &[(row.document_id, 7)]).await.expect("written");
        assert_eq!(test.trash(row.document_id).await.words, 7);
        let elsewhere = WorkspaceId::new();
        assert_eq!(
            documents::find(&test.db, elsewhere, row.document_id).await.expect("readable"),
            None,
            "tenants are apart"
        );
        let (by, home) = (Actor::system(elsewhere), SpaceId::new());
        assert_eq!(trash::rows::restore(&test.db, &by, row.document_id, home).await.expect("readable"), None);
    }
}

#[tokio::test]
async fn a_headless_name_has_one_document() {
    for test in test_databases().await {
        let workspace = documents::headless_workspace(&test.db, "headless").await.expect("made");
        assert_eq!(documents::headless_workspace(&test.db, "headless").await.expect("found"), workspace);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (some, others) = (names(&["a/b ü", "plan", "\"'"]), names(&["plan", "a/b ü", "a/b ü", "more"]));
        let (some, others) = tokio::join!(
            documents::find_or_add_by_names(&test.db, workspace, &some),
            documents::find_or_add_by_names(&test.db, workspace, &others)
        );
        let all: Vec<_> = some.expect("made").into_iter().chain(others.expect("made")).collect();
        assert_eq!(all.iter().filter(|(_, made_here)| *made_here).count(), 4, "by one of the two");
        let known = documents::find_or_add_by_names(&test.db, workspace, &names(&["plan"])).await.expect("found");
        assert!(!known[0].1, "it was there");
        let mut all: Vec<_> = all.into_iter().map(|(row, _)| row).collect();
        all.sort_by_key(|row| row.document_id);
        all.dedup();
        let mut named: Vec<_> = all.iter().filter_map(|row| row.name.as_deref()).collect();
        named.sort_unstable();
        assert_eq!(named, ["\"'", "a/b ü", "more", "plan"], "one document each");
        for row in all {
            let name = row.name.clone().expect("headless");
            assert_eq!((row.title.as_str(), row.kind.as_str(), row.version), (name.as_str(), "custom", 1));
            assert_eq!(documents::by_name(&test.db, workspace, &name).await.expect("readable"), Some(row));
        }
        assert_eq!(documents::by_name(&test.db, workspace, "other").await.expect("readable"), None);
    }
}

/// [AUTH-4] Reuse of a refresh token within ten seconds is allowed, because it may be another tab; an ended session
/// stays ended.
#[tokio::test]
async fn refresh_tokens_rotate() {
    for test in test_databases().await {
        let token = |n: u8| [&uuid::Uuid::new_v4().into_bytes()[..], &[n]].concat();
        let (one, two, three) = (token(1), token(2), token(3));
        let session = test.begin(test.owner.account_id, "test", one.clone()).await;
        let same = |refreshed: Refreshed| matches!(refreshed, Refreshed::Session(found) if found.session_id == session.session_id);
        assert!(same(sessions::refresh(&test.db, &test.by(), one.clone(), two.clone()).await.expect("readable")));
        assert!(same(sessions::refresh(&test.db, &test.by(), one, three.clone()).await.expect("readable")));
        assert!(same(sessions::refresh(&test.db, &test.by(), two, token(4)).await.expect("readable")));
        assert_eq!(
            sessions::refresh(&test.db, &test.by(), token(9), token(5)).await.expect("readable"),
            Refreshed::Refused
        );
        sessions::end(&test.db, &test.by(), session.session_id).await.expect("written");
        assert_eq!(callers::by_session(&test.db, session.session_id).await.expect("readable"), None);
        assert_eq!(
            sessions::refresh(&test.db, &test.by(), three, token(6)).await.expect("readable"),
            Refreshed::Refused
        );
    }
}

#[tokio::test]
async fn one_address_has_one_account() {
    for test in test_databases().await {
        let account =
            accounts::by_email(&test.db, &test.owner.email.to_uppercase()).await.expect("readable").expect("known");
        assert_eq!(account.account_id, test.owner.account_id);
        let again = NewAccount { email: account.email, ..person("again") };
        let failure =
            members::found_workspace(&test.db, &test.by(), "Second", again).await.expect_err("the address is taken");
        assert!(failure.as_database_error().is_some_and(|error| error.is_unique_violation()), "{failure}");
    }
}

/// [PERM-6] A change of rights is recorded in its transaction, for the sockets of every node.
#[tokio::test]
async fn changes_are_noted_for_every_node() {
    for test in test_databases().await {
        let (document, jonas) = (test.add("Plan").await, test.join("jonas").await);
        let mut log = changes::Reader::from_now(&test.db).await.expect("readable");
        let grant = NewGrant {
            document: document.document_id,
            account: jonas,
            level: Right::Edit,
            granted_by: test.owner.account_id,
            expires_at: None,
        };
        share_rows::put(&test.db, &test.by(), grant).await.expect("written");
        test.trash(document.document_id).await;
        let session = test.begin(jonas, "test", b"token".to_vec()).await;
        sessions::end(&test.db, &test.by(), session.session_id).await.expect("ended");
        let noted = log.read(&test.db).await.expect("readable").expect("a few");
        let ours: Vec<Change> = noted.into_iter().map(|(_, change)| change).collect();
        let expected = [
            Change::Document(document.document_id),
            Change::Document(document.document_id),
            Change::Session(session.session_id),
            Change::Workspace(test.workspace, Topic::Documents),
        ];
        assert!(expected.iter().all(|change| ours.contains(change)), "{ours:?}");
        event_log::forget_old(&test.db).await.expect("written");
        assert!(
            !changes::Reader::from_the_start().read(&test.db).await.expect("readable").expect("a few").is_empty(),
            "young"
        );
    }
}

/// [PERM-6] A change is read even if its transaction commits after hundreds of later ones.
#[tokio::test]
async fn a_slow_transaction_is_not_missed() {
    for test in test_databases().await {
        // SQLite has one writer at a time, so a later commit has a higher id.
        if !test.db.is_remote() {
            continue;
        }
        let mut log = changes::Reader::from_now(&test.db).await.expect("readable");
        let revoked = Change::Account(AccountId::new());
        let mut slow = test.db.begin().await.expect("begun");
        slow.note(revoked).await.expect("written");
        for _ in 0..300 {
            let mut tx = test.db.begin().await.expect("begun");
            tx.note(Change::Document(DocumentId::new())).await.expect("written");
            tx.commit().await.expect("committed");
        }
        assert_eq!(log.read(&test.db).await.expect("readable").expect("a few").len(), 300);
        slow.commit().await.expect("committed");
        let late: Vec<Change> =
            log.read(&test.db).await.expect("readable").expect("one").into_iter().map(|(_, change)| change).collect();
        assert_eq!(late, [revoked]);
        assert!(log.read(&test.db).await.expect("readable").expect("none").is_empty());
    }
}

/// A process is notified of its own changes once they are committed.
#[tokio::test]
async fn a_process_is_notified_of_its_own_commits() {
    for test in test_databases().await {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hearing = heard.clone();
        test.db
            .on_commit(move |noted| hearing.lock().expect("no panic").extend(noted.iter().map(|(_, change)| *change)));
        let mut lost = test.db.begin().await.expect("begun");
        lost.note(Change::Flags).await.expect("written");
        drop(lost);
        let change = Change::Document(DocumentId::new());
        let mut tx = test.db.begin().await.expect("begun");
        tx.note(change).await.expect("written");
        tx.note(change).await.expect("written");
        tx.commit().await.expect("committed");
        assert_eq!(*heard.lock().expect("no panic"), [change]);
    }
}

#[tokio::test]
async fn nodes_see_each_other_and_share_secrets() {
    for test in test_databases().await {
        let (first, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        nodes::enter(&test.db, first, true, "127.0.0.1:1").await.expect("written");
        let others = nodes::enter(&test.db, second, false, "127.0.0.1:2").await.expect("written");
        assert!(others.iter().any(|node| node.node_id == first && node.alone));
        nodes::renew(&test.db, second).await.expect("written");
        nodes::leave(&test.db, first).await.expect("written");
        let others = nodes::enter(&test.db, second, false, "127.0.0.1:2").await.expect("written");
        assert!(others.iter().all(|node| node.node_id != first && node.node_id != second));

        let name = uuid::Uuid::new_v4().to_string();
        assert_eq!(nodes::shared_secret(&test.db, &name, b"one".to_vec()).await.expect("written"), b"one");
        assert_eq!(nodes::shared_secret(&test.db, &name, b"two".to_vec()).await.expect("written"), b"one");

        assert_eq!(nodes::shared(&test.db, "nothing").await.expect("readable"), None);
        nodes::set_shared(&test.db, &name, b"three".to_vec()).await.expect("written");
        assert_eq!(nodes::shared(&test.db, &name).await.expect("readable"), Some(b"three".to_vec()));
        assert_eq!(test.db.schema().await.expect("readable"), database::Schema::Current);

        nodes::add_setup_secret(&test.db, b"printed".to_vec()).await.expect("written");
        assert!(nodes::is_setup_secret(&test.db, b"printed".to_vec()).await.expect("readable"));
        nodes::spend_setup_secrets(&test.db).await.expect("written");
        assert!(!nodes::is_setup_secret(&test.db, b"printed".to_vec()).await.expect("readable"));
        nodes::ping(&test.db).await.expect("it answers");
    }
}

/// [AUTH-10] Sessions are listed and ended, one or all but one; a disabled account has none.
#[tokio::test]
async fn sessions_are_listed_and_ended() {
    for test in test_databases().await {
        let jonas = test.join("jonas").await;
        let begin = |name: &'static str| {
            let token = [name.as_bytes(), jonas.0.as_bytes()].concat();
            test.begin(jonas, name, token)
        };
        let phone = begin("phone").await.session_id;
        let laptop = begin("laptop").await.session_id;
        let tablet = begin("tablet").await.session_id;
        let agents = async || {
            let devices = sessions::of_account(&test.db, jonas).await.expect("readable");
            devices.into_iter().map(|device| device.agent).collect::<Vec<_>>()
        };
        assert_eq!(agents().await, ["tablet", "laptop", "phone"]);
        assert!(sessions::end_of_account(&test.db, &test.by(), jonas, phone).await.expect("written"));
        assert!(!sessions::end_of_account(&test.db, &test.by(), jonas, phone).await.expect("written"), "it has ended");
        assert!(
            !sessions::end_of_account(&test.db, &test.by(), test.owner.account_id, laptop).await.expect("written"),
            "it is another's"
        );
        assert_eq!(agents().await, ["tablet", "laptop"]);
        accounts::set_password(&test.db, &test.by(), jonas, "$argon2id$2".into(), Some(laptop)).await.expect("written");
        assert_eq!(agents().await, ["laptop"]);
        assert_eq!(callers::by_session(&test.db, tablet).await.expect("readable"), None);
        let kept = callers::by_session(&test.db, laptop).await.expect("readable").expect("it continues");
        let member = members::find(&test.db, test.workspace, jonas).await.expect("readable");
        assert_eq!((kept.workspace_id, Some(kept.member)), (test.workspace, member));

        let viewer = MemberChange { role: Some(Role::Viewer), disabled: None };
        let disabled = |disabled| MemberChange { role: None, disabled: Some(disabled) };
        let role =
            async || members::find(&test.db, test.workspace, jonas).await.expect("readable").map(|member| member.role);
        assert!(change(&test.db, &test.by(), jonas, viewer).await.expect("written"));
        assert_eq!(role().await, Some(Role::Viewer.into()));
        let owner = test.owner.account_id;
        assert!(!change(&test.db, &test.by(), owner, viewer).await.expect("written"), "the owner stays");
        assert!(!change(&test.db, &test.by(), owner, disabled(true)).await.expect("written"));
        assert!(change(&test.db, &test.by(), jonas, disabled(true)).await.expect("written"));
        assert_eq!((role().await, agents().await), (None, vec![]));
        let later = test.begin(jonas, "later", [&b"later"[..], jonas.0.as_bytes()].concat()).await.session_id;
        assert_eq!(callers::by_session(&test.db, later).await.expect("readable"), None, "the account is disabled");
        assert_eq!(members::disabled(&test.db, test.workspace).await.expect("readable")[0].account_id, jonas);
        assert!(change(&test.db, &test.by(), jonas, disabled(false)).await.expect("written"));
        let profile = Profile {
            name: "Jonas B".into(),
            color: "#3566bd".into(),
            department: "Strategy".into(),
            time_zone: "Europe/Berlin".into(),
            locale: "de-CH".into(),
        };
        accounts::set_profile(&test.db, &test.by(), jonas, profile).await.expect("written");
        let member = members::find(&test.db, test.workspace, jonas).await.expect("readable").expect("enabled");
        assert_eq!((member.name.as_str(), member.color.as_str()), ("Jonas B", "#3566bd"));
    }
}

/// [E5] [REST-3] Titles and names are found and sorted alike on both engines, and tags are compared exactly.
#[tokio::test]
async fn text_is_searched_and_sorted_alike_on_both_engines() {
    for test in test_databases().await {
        for title in ["zebra", "Übersicht", "apfel", "Äpfel", "Ubuntu", "Straße", "_a%", "100%", "漢字"] {
            test.add(title).await;
        }
        let account = test.owner.account_id;
        let titles = async |filter: DocumentFilter| -> Vec<String> {
            let rows = library::documents::list::rows::visible(&test.db, filter).await.expect("readable");
            rows.into_iter().map(|row| row.title).collect()
        };
        let order = |direction| Order::Title(direction, None);
        let all = DocumentFilter { order: order(Direction::Up), limit: 100, ..test.everything(account) };
        let sorted = titles(all).await;
        let positions = |words: &[&str]| -> Vec<usize> {
            words.iter().map(|word| sorted.iter().position(|title| title == word).expect("listed")).collect()
        };
        assert!(
            positions(&["100%", "apfel", "Straße", "Übersicht", "Ubuntu", "zebra", "漢字"]).is_sorted(),
            "{sorted:?}"
        );
        assert!(positions(&["Äpfel", "Straße"]).is_sorted(), "{sorted:?}");
        for (search, found) in [
            ("Übersicht", vec!["Übersicht"]),
            ("ÜBERSICHT", vec!["Übersicht"]),
            ("ubersicht", vec!["Übersicht"]),
            ("STRASSE", vec!["Straße"]),
            ("%", vec!["100%", "_a%"]),
            ("_", vec!["_a%"]),
            ("漢", vec!["漢字"]),
        ] {
            let filter =
                DocumentFilter { title: search.into(), order: order(Direction::Up), ..test.everything(account) };
            assert_eq!(titles(DocumentFilter { limit: 100, ..filter }).await, found, "{search}");
        }
        for (tag, count) in [("north", 9), ("North", 0), ("NORTH", 0), ("nort", 0), ("n_rth", 0)] {
            let filter = DocumentFilter { tag: tag.into(), limit: 100, ..test.everything(account) };
            assert_eq!(titles(filter).await.len(), count, "{tag}");
        }
        for name in ["zoe", "Älva", "adam", "Bob"] {
            test.join(name).await;
        }
        let names: Vec<String> =
            members::list(&test.db, test.workspace).await.expect("readable").into_iter().map(|row| row.name).collect();
        let at = |name: &str| names.iter().position(|other| other == name);
        assert!([at("adam"), at("Älva"), at("Bob"), at("zoe")].is_sorted(), "{names:?}");
    }
}
