//! The contract of the relational statements: on SQLite always, on Postgres where TEST_POSTGRES_URL
//! names an empty database.

mod house;
mod queue;

use chrono::{Duration, Utc};
use house::{houses, person};
use serde_json::json;
use store::{
    Actor, Change, Direction, DocumentFilter, DocumentRow, NewAccount, NewGrant, Order, Profile, Refreshed, WorkspaceId,
};

#[tokio::test]
async fn documents_are_seen_by_those_who_may() {
    for house in houses().await {
        let jonas = house.join("jonas").await;
        let rows = [house.add("Plan A").await, house.add("Plan B").await, house.add("Notes").await];
        let owner = house.owner.account_id;
        assert_eq!(house.titles(owner, "", None).await, ["Notes", "Plan B"]);
        assert_eq!(house.titles(owner, "", Some((rows[1].updated_at, rows[1].document_id))).await, ["Plan A"]);
        assert_eq!(house.titles(owner, "PLAN", None).await, ["Plan B", "Plan A"]);
        assert!(house.titles(jonas, "", None).await.is_empty());

        let grant = |expires_at| NewGrant {
            document: rows[0].document_id,
            account: jonas,
            level: "edit".into(),
            granted_by: owner,
            expires_at,
        };
        house.db.put_grant(&house.by(), grant(Some(Utc::now() - Duration::seconds(1)))).await.expect("written");
        assert!(house.titles(jonas, "", None).await.is_empty(), "a grant that is over gives nothing");
        let given = house.db.standings_of(rows[0].document_id, jonas.0).await.expect("readable");
        assert_eq!(given, store::Standings::default());
        house.db.put_grant(&house.by(), grant(None)).await.expect("replaced");
        assert_eq!(house.titles(jonas, "", None).await, ["Plan A"]);
        assert_eq!(house.db.grants(house.workspace, rows[0].document_id).await.expect("readable").len(), 1);
        assert!(house.db.remove_grant(&house.by(), rows[0].document_id, jonas).await.expect("written"));
        assert!(!house.db.remove_grant(&house.by(), rows[0].document_id, jonas).await.expect("written"));
    }
}

#[tokio::test]
async fn a_row_changes_only_from_the_version_that_was_read() {
    for house in houses().await {
        let row = house.add("First").await;
        assert_eq!(row.tags.0, ["north"]);
        assert_eq!(store::slug_of("Second Thoughts, über 9!"), "second-thoughts-über-9");
        assert_eq!(row.slug, "first", "a new document's slug is made from its title");
        let changed = DocumentRow { title: "Second Thoughts!".into(), slug: "second".into(), ..row.clone() };
        let changed = house
            .db
            .update_document(&house.by(), row.version, changed, json!({}))
            .await
            .expect("written")
            .expect("the version read");
        assert_eq!((changed.version, changed.slug.as_str()), (2, "second"));
        assert_eq!(
            house.db.update_document(&house.by(), row.version, row.clone(), json!({})).await.expect("readable"),
            None
        );
        house.db.set_words(&[(row.document_id, 7)]).await.expect("written");
        let trashed = house.db.set_trashed(&house.by(), row.document_id, Some(Utc::now())).await.expect("written");
        assert_eq!(trashed.expect("it is there").words, 7);
        let elsewhere = WorkspaceId::new();
        assert_eq!(house.db.document(elsewhere, row.document_id).await.expect("readable"), None, "tenants are apart");
        assert_eq!(
            house.db.set_trashed(&Actor::system(elsewhere), row.document_id, None).await.expect("readable"),
            None
        );
    }
}

#[tokio::test]
async fn a_headless_name_has_one_document() {
    for house in houses().await {
        let workspace = house.db.headless_workspace("headless").await.expect("made");
        assert_eq!(house.db.headless_workspace("headless").await.expect("found"), workspace);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (some, others) = (names(&["a/b ü", "plan", "\"'"]), names(&["plan", "a/b ü", "a/b ü", "more"]));
        let (some, others) = tokio::join!(
            house.db.documents_for_names(workspace, &some),
            house.db.documents_for_names(workspace, &others)
        );
        let all: Vec<_> = some.expect("made").into_iter().chain(others.expect("made")).collect();
        assert_eq!(all.iter().filter(|(_, made_here)| *made_here).count(), 4, "by one of the two");
        let known = house.db.documents_for_names(workspace, &names(&["plan"])).await.expect("found");
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
            assert_eq!(house.db.document_by_name(workspace, &name).await.expect("readable"), Some(row));
        }
        assert_eq!(house.db.document_by_name(workspace, "other").await.expect("readable"), None);
    }
}

/// [AUTH-4] Reuse within ten seconds is another tab; a session that was ended stays ended.
#[tokio::test]
async fn refresh_tokens_rotate() {
    for house in houses().await {
        let token = |n: u8| [&uuid::Uuid::new_v4().into_bytes()[..], &[n]].concat();
        let (one, two, three) = (token(1), token(2), token(3));
        let session = house.begin(house.owner.account_id, "test", one.clone()).await;
        let same = |refreshed: Refreshed| matches!(refreshed, Refreshed::Session(found) if found.session_id == session.session_id);
        assert!(same(house.db.refresh_session(&house.by(), one.clone(), two.clone()).await.expect("readable")));
        assert!(same(house.db.refresh_session(&house.by(), one, three.clone()).await.expect("readable")));
        assert!(same(house.db.refresh_session(&house.by(), two, token(4)).await.expect("readable")));
        assert_eq!(
            house.db.refresh_session(&house.by(), token(9), token(5)).await.expect("readable"),
            Refreshed::Refused
        );
        house.db.end_session(&house.by(), session.session_id).await.expect("written");
        assert_eq!(house.db.live_session(session.session_id).await.expect("readable"), None);
        assert_eq!(house.db.refresh_session(&house.by(), three, token(6)).await.expect("readable"), Refreshed::Refused);
    }
}

#[tokio::test]
async fn one_address_has_one_account() {
    for house in houses().await {
        let account =
            house.db.account_by_email(&house.owner.email.to_uppercase()).await.expect("readable").expect("known");
        assert_eq!(account.account_id, house.owner.account_id);
        let again = NewAccount { email: account.email, ..person("again") };
        let failure = house.db.found_workspace(&house.by(), "Second", again).await.expect_err("the address is taken");
        assert!(failure.as_database_error().is_some_and(|error| error.is_unique_violation()), "{failure}");
    }
}

/// [REST-3] Both engines sort, page and filter alike.
#[tokio::test]
async fn lists_are_sorted_and_filtered_alike_on_both_engines() {
    for house in houses().await {
        let owner = house.owner.account_id;
        let mut rows = Vec::new();
        for title in ["beta", "Alpha", "gamma 100%", "delta_x"] {
            rows.push(house.add(title).await);
        }
        let list = async |filter: DocumentFilter| -> Vec<String> {
            let rows = house.db.visible_documents(filter).await.expect("readable");
            rows.into_iter().map(|row| row.title).collect()
        };
        let sorted = |order| DocumentFilter { order, ..house.everything(owner) };
        let by_title = ["Alpha", "beta", "delta_x", "gamma 100%"];
        assert_eq!(list(sorted(Order::Title(Direction::Up, None))).await, by_title);
        let last = Some(("BETA".to_owned(), rows[0].document_id));
        assert_eq!(list(sorted(Order::Title(Direction::Up, last.clone()))).await, by_title[2..]);
        assert_eq!(list(sorted(Order::Title(Direction::Down, last))).await, by_title[..1]);
        let second = Some((rows[1].created_at, rows[1].document_id));
        assert_eq!(list(sorted(Order::Created(Direction::Up, second))).await, ["gamma 100%", "delta_x"]);
        assert_eq!(list(sorted(Order::Created(Direction::Down, second))).await, ["beta"]);
        for (title, found) in [("100%", 1), ("0%1", 0), ("a_x", 1), ("a_1", 0)] {
            let filter = DocumentFilter { title: title.into(), ..house.everything(owner) };
            assert_eq!(list(filter).await.len(), found, "{title}");
        }
        for (tag, found) in [("north", 4), ("nor", 0), ("\"north", 0)] {
            let filter = DocumentFilter { tag: tag.into(), ..house.everything(owner) };
            assert_eq!(list(filter).await.len(), found, "{tag}");
        }
    }
}

/// [PERM-6] A change of rights is noted with the change, for sockets of every node.
#[tokio::test]
async fn changes_are_noted_for_every_node() {
    for house in houses().await {
        let (document, jonas) = (house.add("Plan").await, house.join("jonas").await);
        let before = house.db.last_event().await.expect("readable");
        let grant = NewGrant {
            document: document.document_id,
            account: jonas,
            level: "edit".into(),
            granted_by: house.owner.account_id,
            expires_at: None,
        };
        house.db.put_grant(&house.by(), grant).await.expect("written");
        house.db.set_trashed(&house.by(), document.document_id, Some(Utc::now())).await.expect("written");
        let session = house.begin(jonas, "test", b"token".to_vec()).await;
        house.db.end_session(&house.by(), session.session_id).await.expect("ended");
        let events = house.db.events_after(before).await.expect("readable");
        let ours: Vec<Change> = events.into_iter().map(|(_, change)| change).collect();
        let expected = [
            Change::Document(document.document_id),
            Change::Document(document.document_id),
            Change::Session(session.session_id),
        ];
        assert!(expected.iter().all(|change| ours.contains(change)), "{ours:?}");
        house.db.forget_events().await.expect("written");
        assert!(house.db.last_event().await.expect("readable") > before, "young ones stay");
    }
}

#[tokio::test]
async fn nodes_see_each_other_and_share_secrets() {
    for house in houses().await {
        let (first, second) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        house.db.enter_node(first, true, "127.0.0.1:1").await.expect("written");
        let others = house.db.enter_node(second, false, "127.0.0.1:2").await.expect("written");
        assert!(others.iter().any(|node| node.node_id == first && node.alone));
        house.db.renew_node(second).await.expect("written");
        house.db.leave_node(first).await.expect("written");
        let others = house.db.enter_node(second, false, "127.0.0.1:2").await.expect("written");
        assert!(others.iter().all(|node| node.node_id != first && node.node_id != second));

        let name = uuid::Uuid::new_v4().to_string();
        assert_eq!(house.db.shared_secret(&name, b"one".to_vec()).await.expect("written"), b"one");
        assert_eq!(house.db.shared_secret(&name, b"two".to_vec()).await.expect("written"), b"one");

        assert_eq!(house.db.shared("nothing").await.expect("readable"), None);
        house.db.set_shared(&name, b"three".to_vec()).await.expect("written");
        assert_eq!(house.db.shared(&name).await.expect("readable"), Some(b"three".to_vec()));
        assert!(house.db.has_schema().await.expect("readable"));

        house.db.add_setup_secret(b"printed".to_vec()).await.expect("written");
        assert!(house.db.is_setup_secret(b"printed".to_vec()).await.expect("readable"));
        house.db.spend_setup_secrets().await.expect("written");
        assert!(!house.db.is_setup_secret(b"printed".to_vec()).await.expect("readable"));
        house.db.ping().await.expect("it answers");
    }
}

/// [AUTH-10] Devices are listed and ended one by one or all but one; a disabled account has none.
#[tokio::test]
async fn sessions_are_listed_and_ended() {
    for house in houses().await {
        let jonas = house.join("jonas").await;
        let begin = |name: &'static str| {
            let token = [name.as_bytes(), jonas.0.as_bytes()].concat();
            house.begin(jonas, name, token)
        };
        let phone = begin("phone").await.session_id;
        let laptop = begin("laptop").await.session_id;
        let tablet = begin("tablet").await.session_id;
        let agents = async || {
            let devices = house.db.sessions_of(jonas).await.expect("readable");
            devices.into_iter().map(|device| device.agent).collect::<Vec<_>>()
        };
        assert_eq!(agents().await, ["tablet", "laptop", "phone"]);
        assert!(house.db.end_session_of(&house.by(), jonas, phone).await.expect("written"));
        assert!(!house.db.end_session_of(&house.by(), jonas, phone).await.expect("written"), "it has ended");
        assert!(
            !house.db.end_session_of(&house.by(), house.owner.account_id, laptop).await.expect("written"),
            "it is another's"
        );
        assert_eq!(agents().await, ["tablet", "laptop"]);
        house.db.set_password(&house.by(), jonas, "$argon2id$2".into(), Some(laptop)).await.expect("written");
        assert_eq!(agents().await, ["laptop"]);
        assert_eq!(house.db.live_session(tablet).await.expect("readable"), None);

        let role = async || house.db.member(house.workspace, jonas).await.expect("readable").map(|member| member.role);
        assert!(house.db.set_role(&house.by(), jonas, "viewer").await.expect("written"));
        assert_eq!(role().await.as_deref(), Some("viewer"));
        let owner = house.owner.account_id;
        assert!(!house.db.set_role(&house.by(), owner, "viewer").await.expect("written"), "the owner stays");
        assert!(!house.db.set_disabled(&house.by(), owner, Some(Utc::now())).await.expect("written"));
        assert!(house.db.set_disabled(&house.by(), jonas, Some(Utc::now())).await.expect("written"));
        assert_eq!((role().await, agents().await), (None, vec![]));
        assert_eq!(house.db.disabled_members(house.workspace).await.expect("readable")[0].account_id, jonas);
        assert!(house.db.set_disabled(&house.by(), jonas, None).await.expect("written"));
        let profile = Profile {
            name: "Jonas B".into(),
            color: "#3566bd".into(),
            department: "Strategy".into(),
            time_zone: "Europe/Berlin".into(),
            locale: "de-CH".into(),
        };
        house.db.set_profile(&house.by(), jonas, profile).await.expect("written");
        let member = house.db.member(house.workspace, jonas).await.expect("readable").expect("enabled");
        assert_eq!((member.name.as_str(), member.color.as_str()), ("Jonas B", "#3566bd"));
    }
}
