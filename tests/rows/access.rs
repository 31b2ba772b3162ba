//! The contract of groups, links, keys, erasure and the audit log, on both engines.

use crate::test_database::{TestDatabase, person, test_databases};
use ::people::identity::linked_accounts::{self, Identity};
use ::people::identity::rows as identity_rows;
use ::people::identity::rows::IdentityRequest;
use ::people::mail_links::rows as mail_link_rows;
use ::people::mail_links::rows::Purpose;
use ::people::members::rows::{MemberChange, change, remove};
use ::people::personal_data::rows as people;
use ::people::personal_data::rows::Avatar;
use ::people::totp::rows as totp_rows;
use chrono::{Duration, Utc};
use database::{
    Act, Actor, Anchor, AuditFilter, ChainKey, NewKey, SigningKey, accounts, audit, audit::chain, callers, documents,
    grants, groups, keys, links, members, sessions,
};
use library::links::rows as link_rows;
use library::shares::access_list::{self, Givers};
use library::visibility::Viewer;
use library::{
    documents::list::rows::DocumentFilter, links::rows::NewLink, shares::group_rows, shares::group_rows::NewGroupGrant,
};
use notify::webhooks::delivery_rows::{self, Attempt};
use notify::webhooks::rows as webhook_rows;
use serde_json::json;
use uuid::Uuid;
use vocabulary::{AccountId, ActorKind, Right, Role, Stored};

/// Concurrent tests on a shared database chain each other's rows, so they use one key.
fn key() -> ChainKey {
    ChainKey::new(b"the key of these tests".to_vec())
}

fn secret() -> Vec<u8> {
    Uuid::new_v4().into_bytes().to_vec()
}

/// [PERM-14] Members of a group have its grants until the grant expires, they leave, or the group is deleted.
#[tokio::test]
async fn members_have_the_grants_of_their_groups() {
    for test in test_databases().await {
        let (jonas, plan) = (test.join("jonas").await, test.add("Plan").await.document_id);
        let name = Uuid::new_v4().to_string();
        let group = groups::add(&test.db, &test.by(), &name).await.expect("made");
        let taken = groups::add(&test.db, &test.by(), &name).await.expect_err("the name is taken");
        assert!(taken.as_database_error().is_some_and(|error| error.is_unique_violation()));
        let grant = |expires_at| NewGroupGrant {
            document: plan,
            group,
            level: Right::Edit,
            granted_by: test.owner.account_id,
            expires_at,
        };
        let levels = async || grants::standings_of(&test.db, plan, jonas.0).await.expect("readable").levels;
        group_rows::put_grant(&test.db, &test.by(), grant(None)).await.expect("written");
        assert!(levels().await.is_empty());
        assert!(groups::join(&test.db, &test.by(), group, jonas).await.expect("written"));
        assert!(!groups::join(&test.db, &test.by(), group, AccountId::new()).await.expect("readable"), "no member");
        assert_eq!(levels().await, [Stored::from(Right::Edit)]);
        assert_eq!(test.titles(jonas, "", None).await, ["Plan"]);
        let may = async |levels| {
            let viewer = Viewer { levels, ..test.viewer(jonas) };
            let filter = DocumentFilter { viewer, ..test.everything(jonas) };
            library::documents::list::rows::visible(&test.db, filter).await.expect("readable").len()
        };
        assert_eq!((may(vec!["edit", "admin"]).await, may(vec!["admin"]).await), (1, 0));
        let row = documents::find(&test.db, test.workspace, plan).await.expect("readable").expect("it is there");
        let givers = Givers::of(&test.db, &row).await.expect("readable");
        let people = members::list(&test.db, test.workspace).await.expect("readable");
        let holders = access_list::holders(&test.db, &row, &givers, people).await.expect("readable");
        let holder = holders.iter().find(|holder| holder.member.account_id == jonas).expect("he has access");
        let reasons = serde_json::to_value(holder).expect("JSON");
        assert_eq!(
            (&reasons["reasons"][0]["because"], &reasons["reasons"][0]["name"]),
            (&json!("group"), &json!(name))
        );
        assert_eq!(groups::list(&test.db, test.workspace).await.expect("readable")[0].members, 1);
        assert_eq!(groups::members(&test.db, test.workspace, group).await.expect("readable"), [jonas]);

        group_rows::put_grant(&test.db, &test.by(), grant(Some(Utc::now() - Duration::seconds(1))))
            .await
            .expect("written");
        assert!(levels().await.is_empty(), "it is over");
        let soon = Utc::now() + Duration::hours(1);
        group_rows::put_grant(&test.db, &test.by(), grant(Some(soon))).await.expect("written");
        let until = grants::standings_of(&test.db, plan, jonas.0).await.expect("readable").until.expect("it ends");
        assert!((until - soon).abs() < Duration::milliseconds(1));
        assert_eq!(group_rows::grants(&test.db, test.workspace, plan).await.expect("readable").len(), 1);
        assert!(groups::leave(&test.db, &test.by(), group, jonas).await.expect("written"));
        assert!(!groups::leave(&test.db, &test.by(), group, jonas).await.expect("readable"));
        assert!(levels().await.is_empty());
        groups::join(&test.db, &test.by(), group, jonas).await.expect("written");
        assert!(groups::rename(&test.db, &test.by(), group, "Board").await.expect("written"));
        assert_eq!(groups::name(&test.db, test.workspace, group).await.expect("readable").as_deref(), Some("Board"));
        assert!(group_rows::remove_grant(&test.db, &test.by(), plan, group).await.expect("written"));
        group_rows::put_grant(&test.db, &test.by(), grant(None)).await.expect("written");
        assert_eq!(groups::remove(&test.db, &test.by(), group).await.expect("written"), Some(vec![jonas]));
        assert!(levels().await.is_empty());
        assert_eq!(groups::remove(&test.db, &test.by(), group).await.expect("readable"), None);
    }
}

/// [PERM-15] A link admits everybody who has it, counts them, and its removal ends their access.
#[tokio::test]
async fn links_let_guests_in_and_out() {
    for test in test_databases().await {
        let plan = test.add("Plan").await.document_id;
        let make = async |expires_at| {
            let token = secret();
            let new = NewLink {
                document: plan,
                token_hash: token.clone(),
                level: Right::Comment,
                password_hash: None,
                expires_at,
                created_by: test.owner.account_id,
            };
            (link_rows::add(&test.db, &test.by(), new).await.expect("made"), token)
        };
        let (_, over) = make(Some(Utc::now() - Duration::seconds(1))).await;
        assert!(link_rows::open(&test.db, over).await.expect("readable").is_none());
        let (id, token) = make(None).await;
        let link = link_rows::open(&test.db, token.clone()).await.expect("readable").expect("it is open");
        assert_eq!((link.link_id, link.title.as_str()), (id, "Plan"));
        let cookie = secret();
        let guest = link_rows::add_guest(&test.db, cookie.clone(), "Mia", "#112233").await.expect("made");
        assert_eq!(links::guest(&test.db, cookie).await.expect("readable"), Some(guest.clone()));
        link_rows::rename_guest(&test.db, guest.guest_id, "Mia M").await.expect("written");
        let visitor = guest.guest_id.0;
        assert_eq!(links::workspace_visited(&test.db, visitor, plan).await.expect("readable"), None);
        for _ in 0..2 {
            link_rows::enter(&test.db, &test.by(), &link, visitor).await.expect("counted");
        }
        assert_eq!(links::workspace_visited(&test.db, visitor, plan).await.expect("readable"), Some(test.workspace));
        assert_eq!(
            grants::standings_of(&test.db, plan, visitor).await.expect("readable").levels,
            [Stored::from(Right::Comment)]
        );
        let seen = link_rows::list(&test.db, test.workspace, plan).await.expect("readable");
        assert_eq!((seen.len(), seen[1].views, seen[1].has_password), (2, 2, false));
        test.trash(plan).await;
        assert!(
            link_rows::open(&test.db, token.clone()).await.expect("readable").is_none(),
            "nobody comes into the trash"
        );
        test.restore(plan).await;
        assert!(link_rows::remove(&test.db, &test.by(), plan, id).await.expect("written"));
        assert!(!link_rows::remove(&test.db, &test.by(), plan, id).await.expect("readable"));
        assert_eq!(links::workspace_visited(&test.db, visitor, plan).await.expect("readable"), None);
    }
}

/// [AUTH-15] Keys are found by their hash until they expire or are revoked; three signing keys are kept.
#[tokio::test]
async fn keys_are_found_until_they_end() {
    for test in test_databases().await {
        let jonas = test.join("jonas").await;
        let make = async |expires_at| {
            let token = secret();
            let new = NewKey {
                account: jonas,
                name: "import".into(),
                token_hash: token.clone(),
                scopes: vec!["documents:read".into()],
                per_minute: 60,
                expires_at,
            };
            (keys::add(&test.db, &test.by(), new).await.expect("made"), token)
        };
        let (_, over) = make(Some(Utc::now() - Duration::seconds(1))).await;
        assert!(callers::by_key(&test.db, over).await.expect("readable").is_none());
        let (id, token) = make(None).await;
        let key = callers::by_key(&test.db, token.clone()).await.expect("readable").expect("in force");
        assert_eq!((key.member.account_id, key.workspace_id, key.last_used_at), (jonas, test.workspace, None));
        let listed = keys::list(&test.db, test.workspace, Some(jonas)).await.expect("readable");
        assert!(listed[1].last_used_at.is_some() && listed.len() == 2);
        let owner = Some(test.owner.account_id);
        assert_eq!(keys::remove(&test.db, &test.by(), id, owner).await.expect("readable"), None, "another's");
        assert_eq!(keys::remove(&test.db, &test.by(), id, Some(jonas)).await.expect("written"), Some(jonas));
        assert!(callers::by_key(&test.db, token).await.expect("readable").is_none());

        for _ in 0..5 {
            let key = SigningKey { key_id: Uuid::new_v4().to_string(), secret: secret(), created_at: Utc::now() };
            let id = key.key_id.clone();
            keys::add_signing_key(&test.db, key, Utc::now()).await.expect("written");
            assert_eq!(keys::signing_keys(&test.db).await.expect("readable")[0].key_id, id);
        }
        assert_eq!(keys::signing_keys(&test.db).await.expect("readable").len(), 3);
        let late = SigningKey { key_id: "late".into(), secret: secret(), created_at: Utc::now() };
        keys::add_signing_key(&test.db, late, Utc::now() - Duration::days(1)).await.expect("written");
        let keys = keys::signing_keys(&test.db).await.expect("readable");
        assert!(keys.iter().all(|key| key.key_id != "late"), "there is a young one");
    }
}

/// [AUTH-13] [AUTH-14] Every code and link works once.
#[tokio::test]
async fn proofs_work_once() {
    for test in test_databases().await {
        let jonas = test.join("jonas").await;
        let (db, by) = (&test.db, test.by());
        assert!(totp_rows::begin(db, jonas, vec![1; 20]).await.expect("written"));
        let codes = vec![secret(), secret()];
        assert!(totp_rows::confirm(db, &by, jonas, 7, codes.clone()).await.expect("written"));
        assert!(!totp_rows::confirm(db, &by, jonas, 8, codes.clone()).await.expect("readable"), "it was confirmed");
        assert!(!totp_rows::begin(db, jonas, vec![2; 20]).await.expect("readable"), "there is one");
        assert!(!totp_rows::use_step(db, jonas, 7).await.expect("readable"), "confirming used it");
        assert!(totp_rows::use_step(db, jonas, 8).await.expect("written"));
        assert!(!totp_rows::use_step(db, jonas, 8).await.expect("readable"));
        assert!(totp_rows::use_recovery_code(db, &by, jonas, codes[0].clone()).await.expect("written"));
        assert!(!totp_rows::use_recovery_code(db, &by, jonas, codes[0].clone()).await.expect("readable"));
        assert_eq!(totp_rows::recovery_codes_left(db, jonas).await.expect("readable"), 1);
        totp_rows::remove(db, &by, jonas).await.expect("written");
        assert_eq!(totp_rows::recovery_codes_left(db, jonas).await.expect("readable"), 0);

        let account = accounts::find(db, jonas).await.expect("readable").expect("there");
        let (first, second) = (secret(), secret());
        mail_link_rows::add(db, &by, &account, Purpose::Reset, first.clone()).await.expect("written");
        mail_link_rows::add(db, &by, &account, Purpose::Reset, second.clone()).await.expect("written");
        assert!(
            mail_link_rows::use_up(db, &by, Purpose::Reset, first).await.expect("readable").is_none(),
            "a newer one is out"
        );
        let other = mail_link_rows::use_up(db, &by, Purpose::Verify, second.clone()).await.expect("readable");
        assert!(other.is_none(), "it is for a password");
        let proven =
            mail_link_rows::use_up(db, &by, Purpose::Reset, second.clone()).await.expect("written").expect("valid");
        assert!(proven.email_verified_at.is_some());
        assert!(mail_link_rows::use_up(db, &by, Purpose::Reset, second).await.expect("readable").is_none());

        let state = secret();
        let away = IdentityRequest { nonce: "n".into(), verifier: "v".into(), return_to: "/".into() };
        identity_rows::add_request(db, state.clone(), away).await.expect("written");
        let back = identity_rows::take_request(db, state.clone()).await.expect("readable").expect("it is there");
        assert_eq!((back.nonce.as_str(), back.verifier.as_str()), ("n", "v"));
        assert!(identity_rows::take_request(db, state).await.expect("readable").is_none());
        ::people::forget_old(db).await.expect("written");
    }
}

fn identity(subject: &str, email: &str) -> Identity {
    Identity {
        issuer: "https://id.example".into(),
        subject: subject.into(),
        account: database::NewAccount { email: email.into(), ..person("carla") },
        is_verified: true,
        role: None,
        first_role: None,
        groups: None,
    }
}

/// [AUTH-16] The account of an identity: bound once, found by a verified address, created if allowed.
#[tokio::test]
async fn identities_find_their_account() {
    for test in test_databases().await {
        let (db, by) = (&test.db, test.by());
        let subject = Uuid::new_v4().to_string();
        let stranger = identity(&subject, &format!("{subject}@example.org"));
        assert_eq!(linked_accounts::account_of(db, &by, stranger, test.workspace).await.expect("readable"), None);
        let welcome =
            Identity { first_role: Some(Role::Viewer), ..identity(&subject, &format!("{subject}@example.org")) };
        let made =
            linked_accounts::account_of(db, &by, welcome, test.workspace).await.expect("written").expect("welcome");
        let moved = Identity { role: Some(Role::Manager), ..identity(&subject, "moved@example.org") };
        assert_eq!(linked_accounts::account_of(db, &by, moved, test.workspace).await.expect("written"), Some(made));
        let member = members::find(db, test.workspace, made).await.expect("readable").expect("a member");
        assert_eq!(member.role, Role::Manager);

        // An account with an unverified address goes to the person who verifies it, and everybody else loses it.
        let jonas = test.join("jonas").await;
        let email = accounts::find(db, jonas).await.expect("readable").expect("there").email;
        test.begin(jonas, "squatter", secret()).await;
        test.add_key(jonas).await;
        let unproven = Identity { is_verified: false, ..identity(&Uuid::new_v4().to_string(), &email) };
        assert_eq!(linked_accounts::account_of(db, &by, unproven, test.workspace).await.expect("readable"), None);
        let proven = identity(&Uuid::new_v4().to_string(), &email);
        assert_eq!(linked_accounts::account_of(db, &by, proven, test.workspace).await.expect("written"), Some(jonas));
        assert!(sessions::of_account(db, jonas).await.expect("readable").is_empty());
        assert!(keys::list(db, test.workspace, Some(jonas)).await.expect("readable").is_empty(), "keys end too");
        assert_eq!(accounts::find(db, jonas).await.expect("readable").expect("there").password_hash, "");
        change(db, &by, jonas, MemberChange { disabled: Some(true), role: None }).await.expect("written");
        let again = identity(&Uuid::new_v4().to_string(), &email);
        assert_eq!(linked_accounts::account_of(db, &by, again, test.workspace).await.expect("readable"), None);
    }
}

async fn chained(test: &TestDatabase, key: &ChainKey, rows: i64) -> Vec<Anchor> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let anchors = chain::extend(&test.db, key).await.expect("written");
        let own: Vec<Anchor> = anchors.into_iter().filter(|anchor| anchor.workspace == test.workspace).collect();
        if own.iter().any(|anchor| anchor.length >= rows) {
            return own;
        }
        assert!(std::time::Instant::now() < deadline, "rows settle within a second");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn faults(test: &TestDatabase, key: &ChainKey, anchors: &[Anchor]) -> Vec<String> {
    let verdicts = chain::verify(&test.db, key, anchors).await.expect("readable");
    verdicts.into_iter().filter(|verdict| verdict.workspace == test.workspace).flat_map(|own| own.faults).collect()
}

/// [AUDIT-3] Any manipulation of rows below the last anchor is detected.
#[tokio::test]
async fn tampering_is_found() {
    let tampering: [(&str, &str); 9] = [
        ("an action", "update audit set action = 'share.take' where position = 5 and workspace_id = $1"),
        ("an actor", "update audit set actor_id = null where position = 4 and workspace_id = $1"),
        (
            "a time",
            "update audit set at = (select at from audit where position = 1 and workspace_id = $1) where position = 5 and workspace_id = $1",
        ),
        ("a detail", "update audit set detail = '{}' where position = 4 and workspace_id = $1"),
        (
            "a personal value",
            "update audit_personal set value = '{}' where audit_id = (select audit_id from audit where position = 4 and workspace_id = $1)",
        ),
        (
            "no personal value",
            "delete from audit_personal where audit_id = (select audit_id from audit where position = 4 and workspace_id = $1)",
        ),
        ("a row less", "delete from audit where position = 4 and workspace_id = $1"),
        (
            "a row less, renumbered",
            "update audit set position = position - 1000000 where position = 4 and workspace_id = $1",
        ),
        ("the end", "delete from audit where position > 4 and workspace_id = $1"),
    ];
    let tried = tampering.map(|(what, statement)| tokio::spawn(tamper(what, statement)));
    for outcome in tried {
        outcome.await.expect("found");
    }
}

async fn tamper(what: &'static str, statement: &'static str) {
    for test in test_databases().await {
        let key = key();
        let by = Actor {
            id: Some(test.owner.account_id.0),
            kind: ActorKind::Member,
            address: "10.0.0.1".into(),
            ..test.by()
        };
        for n in 0..6 {
            test.db
                .record(&by, Act::new("test.do", "test", n).with(serde_json::json!({ "n": n })))
                .await
                .expect("written");
        }
        let anchors = chained(&test, &key, 7).await;
        assert_eq!(faults(&test, &key, &anchors).await, Vec::<String>::new());
        assert!(!faults(&test, &ChainKey::new(secret()), &anchors).await.is_empty(), "another key");
        test.db.query(statement).bind(test.workspace).execute().await.expect("tampered");
        let found = faults(&test, &key, &anchors).await;
        assert!(!found.is_empty(), "{what} on {:?}", test.db);
        // The program extends the chain afterwards as usual, which repairs nothing.
        test.db.record(&by, Act::new("test.do", "test", "later")).await.expect("written");
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while audit::list(&test.db, test.workspace, AuditFilter { limit: 1, ..AuditFilter::default() })
            .await
            .expect("readable")[0]
            .position
            .is_none()
        {
            let _ = chain::extend(&test.db, &key).await;
            assert!(std::time::Instant::now() < deadline, "it is chained");
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(!faults(&test, &key, &anchors).await.is_empty(), "{what}, and chained on");
    }
}

/// [AUDIT-3] The anchor reveals it if the end of a chain is cut off and the head is set back to an earlier row.
#[tokio::test]
async fn a_chain_that_was_set_back_is_found() {
    for test in test_databases().await {
        let (key, by) = (key(), test.by());
        test.db.record(&by, Act::new("test.do", "test", 1)).await.expect("written");
        let early = chained(&test, &key, 2).await;
        test.db.record(&by, Act::new("test.do", "test", 2)).await.expect("written");
        let late = chained(&test, &key, 3).await;
        for statement in [
            "delete from audit where workspace_id = $1 and position > 2",
            "update audit_chain set length = 2 where workspace_id = $1",
        ] {
            test.db.query(statement).bind(test.workspace).execute().await.expect("tampered");
        }
        test.db
            .query("update audit_chain set head = $2 where workspace_id = $1")
            .bind(test.workspace)
            .bind(early[0].head.clone())
            .execute()
            .await
            .expect("tampered");
        assert!(faults(&test, &key, &early).await.is_empty(), "nothing below the early anchor was touched");
        assert!(!faults(&test, &key, &late).await.is_empty());
        // And also after new rows were added at that place.
        for n in 0..3 {
            test.db.record(&by, Act::new("test.do", "test", n)).await.expect("written");
        }
        chained(&test, &key, 5).await;
        assert!(!faults(&test, &key, &late).await.is_empty());
    }
}

/// [AUDIT-4] An erased person is gone from the audit log, and its chain is still valid.
#[tokio::test]
async fn erasure_keeps_the_chain() {
    for test in test_databases().await {
        let (key, jonas) = (key(), test.join("jonas").await);
        let picture = Avatar { media_type: "image/png".into(), picture: vec![1], changed_at: Utc::now() };
        people::set_avatar(&test.db, &test.by(), jonas, Some(picture)).await.expect("written");
        assert!(people::avatar(&test.db, jonas).await.expect("readable").is_some());
        let email = accounts::find(&test.db, jonas).await.expect("readable").expect("there").email;
        let own = Actor { address: "10.9.8.7".into(), ..test.by().known_as(test.workspace, jonas) };
        sessions::begin(&test.db, &own, jonas, test.workspace, secret()).await.expect("begun");
        let before = people::personal_data(&test.db, &own, jonas).await.expect("readable");
        assert!(before.audit.iter().any(|row| row.personal.as_deref().is_some_and(|text| text.contains("10.9.8.7"))));
        assert_eq!((before.workspaces.len(), before.devices.len()), (1, 1));
        assert!(
            !people::erase(&test.db, &test.by(), test.owner.account_id).await.expect("readable"),
            "the owner stays"
        );
        assert!(people::erase(&test.db, &test.by(), jonas).await.expect("written"));
        assert!(!people::erase(&test.db, &test.by(), jonas).await.expect("readable"), "once");
        let after = people::personal_data(&test.db, &test.by(), jonas).await.expect("readable");
        assert!(after.audit.iter().all(|row| row.actor_id != Some(jonas.0) || row.personal.is_none()));
        assert_eq!(after.account["name"], "Deleted user");
        assert!(accounts::by_email(&test.db, &email).await.expect("readable").is_none());
        assert!(people::avatar(&test.db, jonas).await.expect("readable").is_none());
        // A request of theirs that was under way finds the account gone, or is erased later.
        assert!(accounts::begin_to_add(&test.db, jonas).await.is_err());
        let picture = Avatar { media_type: "image/png".into(), picture: vec![1], changed_at: Utc::now() };
        people::set_avatar(&test.db, &own, jonas, Some(picture)).await.expect("written");
        let (hour, minute) = (Duration::hours(1), Duration::minutes(1));
        people::erase_again(&test.db, Utc::now() - hour, Utc::now() - minute).await.expect("written");
        assert!(people::avatar(&test.db, jonas).await.expect("readable").is_some(), "it is too early");
        people::erase_again(&test.db, Utc::now() - hour, Utc::now() + minute).await.expect("written");
        assert!(people::avatar(&test.db, jonas).await.expect("readable").is_none());
        let after = people::personal_data(&test.db, &test.by(), jonas).await.expect("readable");
        assert!(after.audit.iter().all(|row| row.actor_id != Some(jonas.0) || row.personal.is_none()));
        let anchors = chained(&test, &key, 5).await;
        let verdicts = chain::verify(&test.db, &key, &anchors).await.expect("readable");
        let verdict = verdicts.into_iter().find(|verdict| verdict.workspace == test.workspace).expect("ours");
        assert!(verdict.faults.is_empty() && verdict.erased >= 2, "{verdict:?}");
    }
}

/// [AUDIT-1] Rows are found by actor, action, time and outcome, page by page.
#[tokio::test]
async fn the_audit_is_filtered_alike_on_both_engines() {
    for test in test_databases().await {
        let jonas = test.join("jonas").await;
        let own = test.by().known_as(test.workspace, jonas);
        for n in 0..3 {
            test.db.record(&own, Act::new("share.give", "document", n)).await.expect("written");
        }
        test.db.record(&own, Act::new("share.take", "document", 1).refused("forbidden")).await.expect("written");
        let read = Act { sensitivity: Some("restricted".into()), ..Act::new("document.read", "document", 9) };
        test.db.record(&own, read).await.expect("written");
        let all = || AuditFilter { limit: 100, ..AuditFilter::default() };
        let count = async |filter| audit::list(&test.db, test.workspace, filter).await.expect("readable").len();
        assert_eq!(count(AuditFilter { action: "share".into(), ..all() }).await, 4);
        assert_eq!(count(AuditFilter { action: "share.give".into(), ..all() }).await, 3);
        assert_eq!(count(AuditFilter { action: "shar".into(), ..all() }).await, 0);
        assert_eq!(count(AuditFilter { outcome: "forbidden".into(), ..all() }).await, 1);
        assert_eq!(count(AuditFilter { resource: "1".into(), ..all() }).await, 2);
        assert_eq!(count(AuditFilter { reads_only: true, ..all() }).await, 1);
        assert_eq!(count(AuditFilter { actor: Some(Uuid::new_v4()), ..all() }).await, 0);
        assert_eq!(count(AuditFilter { since: Some(Utc::now() + Duration::seconds(5)), ..all() }).await, 0);
        assert_eq!(count(AuditFilter { until: Some(Utc::now() - Duration::hours(1)), ..all() }).await, 0);
        let mine = AuditFilter { actor: Some(jonas.0), limit: 4, ..AuditFilter::default() };
        let first = audit::list(&test.db, test.workspace, mine.clone()).await.expect("readable");
        let next = AuditFilter { before: Some(first[3].audit_id), ..mine };
        let second = audit::list(&test.db, test.workspace, next).await.expect("readable");
        assert!(second.len() == 2 && second[0].audit_id < first[3].audit_id);
        let elsewhere =
            members::add_workspace(&test.db, &test.by(), "Other", test.owner.account_id).await.expect("made");
        assert_eq!(audit::list(&test.db, elsewhere, all()).await.expect("readable").len(), 1, "workspaces are apart");
        assert_eq!(members::memberships(&test.db, test.owner.account_id).await.expect("readable").len(), 2);
        let alone =
            members::member_of_this_alone(&test.db, test.workspace, test.owner.account_id).await.expect("readable");
        assert!(alone.is_none(), "they are in two");
        assert!(members::member_of_this_alone(&test.db, test.workspace, jonas).await.expect("readable").is_some());
        let session = test.begin(test.owner.account_id, "x", secret()).await.session_id;
        assert!(sessions::move_to_workspace(&test.db, &test.by(), session, elsewhere).await.expect("written"));
        assert!(remove(&test.db, &test.by(), jonas).await.expect("written"));
        assert!(!remove(&test.db, &test.by(), test.owner.account_id).await.expect("readable"), "the owner stays");
        let session = test.begin(jonas, "y", secret()).await.session_id;
        assert!(
            !sessions::move_to_workspace(&test.db, &test.by(), session, test.workspace).await.expect("readable"),
            "no member now"
        );
        assert!(members::first_workspace(&test.db).await.expect("readable").is_some());
    }
}

/// In the first second of a workspace its chain has no row, and its audit is valid.
#[tokio::test]
async fn a_chain_without_rows_is_whole() {
    for test in test_databases().await {
        chain::extend(&test.db, &key()).await.expect("written");
        let empty = Anchor { workspace: test.workspace, length: 0, head: vec![0; 32] };
        let verdicts = chain::verify(&test.db, &key(), &[empty]).await.expect("readable");
        let faults: Vec<_> = verdicts.iter().flat_map(|verdict| &verdict.faults).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }
}

/// [AUTH-16] The first use of a reset link that was mailed to an address ends sessions and keys that somebody else may
/// have created; later ones keep the owner's keys.
#[tokio::test]
async fn the_first_reset_link_takes_an_account_over() {
    for test in test_databases().await {
        let (db, by, jonas) = (&test.db, test.by(), test.join("jonas").await);
        for left in [0, 1] {
            test.add_key(jonas).await;
            let (account, token) = (accounts::find(db, jonas).await.expect("readable").expect("there"), secret());
            mail_link_rows::add(db, &by, &account, Purpose::Reset, token.clone()).await.expect("written");
            mail_link_rows::use_up(db, &by, Purpose::Reset, token).await.expect("written").expect("valid");
            let keys = keys::list(db, test.workspace, Some(jonas)).await.expect("readable");
            assert_eq!(keys.len(), left);
        }
    }
}

/// [HOOK-1] A webhook that an admin repaired during an attempt is not paused because of the old failures.
#[tokio::test]
async fn a_repaired_webhook_is_not_paused() {
    for test in test_databases().await {
        let (db, by) = (&test.db, test.by());
        let maker = test.owner.account_id;
        let webhook = webhook_rows::add(db, &by, maker, "https://old.example", "", "whsec_x").await.expect("made");
        delivery_rows::ping(db, &by, webhook).await.expect("queued");
        let due = delivery_rows::due(db, webhook, 1).await.expect("readable").pop().expect("one");
        let failed = Attempt { status: None, error: Some("no answer".into()), again: Some(Utc::now()) };
        let read = async || {
            webhook_rows::list(db, test.workspace, Some(webhook)).await.expect("readable").pop().expect("there")
        };
        let failed = [(due.delivery_id, failed)];
        delivery_rows::note_attempts(db, &read().await, &failed, Some(Utc::now())).await.expect("noted");
        let since = read().await.failing_since.expect("it fails");
        webhook_rows::change(db, &by, webhook, "https://new.example", "", false).await.expect("repaired");
        assert!(!webhook_rows::pause_failing(db, &by, webhook, since).await.expect("readable"));
        let now = read().await;
        assert_eq!((now.url.as_str(), now.paused_at), ("https://new.example", None));
    }
}
