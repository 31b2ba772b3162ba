//! Announced edits, and the events of the log that webhooks receive.

use std::sync::Arc;

use chrono::Utc;
use database::Actor;
use library::edit_events::rows::{self as edit_rows, Edit};
use notify::webhooks::{delivery_rows, event_consumer, rows as webhook_rows};
use serde_json::json;
use tokio::sync::Notify;
use vocabulary::Event;

use super::events::consume;
use super::test_database::test_databases;

/// [EVENT-4] Two nodes that see the same edit announce it once. It is in the event log, but not in the audit log.
#[tokio::test]
async fn an_edit_is_announced_once() {
    for test in test_databases().await {
        let (db, document) = (&test.db, test.add("Plan").await.document_id);
        let headless = database::documents::headless_workspace(db, "headless").await.expect("a workspace");
        let names = ["notes".to_owned()];
        let named = database::documents::find_or_add_by_names(db, headless, &names).await.expect("written");
        let ids = [document, named[0].0.document_id];
        let last = async || edit_rows::last_announced(db, ids.iter()).await.expect("readable");
        assert_eq!(last().await, [(document, test.workspace, Some(0))], "a headless document has no edits");
        let author = test.owner.account_id.0;
        let at = Utc::now();
        let edit = |last, seq| Edit { document, workspace: test.workspace, last, seq, at, authors: vec![author] };
        let (one, other) = tokio::join!(
            edit_rows::announce(db, &[], vec![edit(0, 7)]),
            edit_rows::announce(db, &[], vec![edit(0, 7)])
        );
        assert_eq!(one.expect("written") + other.expect("written"), 1);
        assert_eq!(edit_rows::announce(db, &[(document, 9)], vec![edit(0, 8)]).await.expect("written"), 0);
        assert_eq!(last().await, [(document, test.workspace, Some(7))]);
        assert_eq!(edit_rows::announce(db, &[], vec![edit(7, 8)]).await.expect("written"), 1);
        let logged: Vec<(String, i64, String)> = db
            .query("select detail, sequence, actor_kind from event where name = 'document.edit' order by event_id")
            .all()
            .await
            .expect("readable");
        let expected = |seq: u64| (json!({ "seq": seq, "authors": [author] }).to_string(), 1, "system".to_owned());
        assert_eq!(logged, [expected(7), expected(8)], "not counted: creating the document was the first");
        let (audited,): (i64,) =
            db.query("select count(*) from audit where action = 'document.edit'").one().await.expect("readable");
        assert_eq!(audited, 0);
    }
}

/// [HOOK-1] [HOOK-2] A webhook receives the events after its creation and outside its pauses, however late the log is
/// read.
#[tokio::test]
async fn webhooks_receive_events_after_their_creation_and_outside_pauses() {
    for test in test_databases().await {
        let (db, by) = (&test.db, Actor { id: Some(test.owner.account_id.0), ..test.by() });
        let queued = Arc::new(Notify::new());
        let consumer = event_consumer::consumer(queued.clone());
        consumer.register(db).await.expect("registered");
        let document = test.add("Before").await.document_id;
        let maker = test.owner.account_id;
        let add = async |events| webhook_rows::add(db, &by, maker, "https://a.example", events, "whsec_x").await;
        let (all, edits) = (add("").await.expect("made"), add(" document.edit ").await.expect("made"));
        let pause = async |paused| {
            webhook_rows::change(db, &by, all, "https://a.example", "", paused).await.expect("changed");
        };
        let written = async |bearer: &str| {
            let mut tx = db.begin().await.expect("begun");
            let bearer = Some(bearer.to_owned());
            tx.emit(&by, Event::DocumentWritten { document, bearer }).await.expect("written");
            tx.commit().await.expect("committed");
        };
        written("one").await;
        let at = Utc::now();
        let edit = |last, seq| Edit { document, workspace: test.workspace, last, seq, at, authors: vec![] };
        edit_rows::announce(db, &[], vec![edit(0, 1)]).await.expect("written");
        edit_rows::announce(db, &[], vec![edit(1, 2)]).await.expect("written");
        pause(true).await;
        written("two").await;
        pause(false).await;
        written("three").await;
        consume(&test, &consumer).await;
        tokio::time::timeout(std::time::Duration::from_secs(30), queued.notified()).await.expect("the sender is woken");
        let deliveries = async |webhook| {
            let mut all = delivery_rows::deliveries(db, webhook, false, None, 10).await.expect("readable");
            all.reverse();
            all
        };
        let heard = deliveries(all).await;
        let expected = |index: usize, sequence: i64| {
            let body = json!({
                "type": "document.write",
                "timestamp": heard[index].created_at,
                "workspace": test.workspace,
                "document": document,
                "sequence": sequence,
                "actor": { "kind": "system", "id": by.id },
                "data": {},
            });
            body.to_string()
        };
        let bodies: Vec<&String> = heard.iter().map(|one| &one.body).collect();
        assert_eq!(bodies, [&expected(0, 2), &expected(1, 4)]);
        let heard = deliveries(edits).await;
        assert_eq!(heard.iter().map(|one| one.event.as_str()).collect::<Vec<_>>(), ["document.edit", "document.edit"]);
        // They have the same sequence, and are still sent one after the other.
        let due = delivery_rows::due(db, edits, 8).await.expect("readable");
        assert_eq!(due.iter().map(|one| one.delivery_id).collect::<Vec<_>>(), [heard[0].delivery_id]);
    }
}

/// [HOOK-1] A webhook can be removed while the results of attempts are recorded.
#[tokio::test]
async fn a_webhook_is_removed_while_it_is_sent_to() {
    for test in test_databases().await {
        let (db, by, maker) = (&test.db, test.by(), test.owner.account_id);
        for _ in 0..30 {
            let id = webhook_rows::add(db, &by, maker, "https://a.example", "", "whsec_x").await.expect("created");
            for _ in 0..8 {
                delivery_rows::ping(db, &by, id).await.expect("queued");
            }
            let webhook = webhook_rows::list(db, test.workspace, Some(id)).await.expect("readable").pop().expect("one");
            let all = delivery_rows::deliveries(db, id, false, None, 10).await.expect("readable");
            let attempt =
                delivery_rows::Attempt { status: None, error: Some("no answer".into()), again: Some(Utc::now()) };
            let attempts: Vec<_> = all.iter().map(|one| (one.delivery_id, attempt.clone())).collect();
            let (noted, removed) = tokio::join!(
                delivery_rows::note_attempts(db, &webhook, &attempts, Some(Utc::now())),
                webhook_rows::remove(db, &by, id)
            );
            noted.expect("no deadlock");
            assert!(removed.expect("no deadlock"));
        }
    }
}
