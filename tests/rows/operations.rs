//! Claims of edits by the server, and the jobs queued with them.

use chrono::{Duration, Utc};
use database::{NewJob, NewOperation, operations};
use review::comments::rows::NewComment;
use review::threads::followed::{self, Moved};
use review::threads::rows::{self as threads, Decision, NewThread};
use serde_json::json;
use vocabulary::{DocumentId, OperationId, ThreadId, ThreadState};

use super::test_database::TestDatabase;

const KIND: &str = "settle-test";

fn claim_of(test: &TestDatabase, document: DocumentId, lock: Option<ThreadId>) -> (NewOperation, NewJob) {
    let operation = OperationId::new();
    let new = NewOperation {
        operation,
        document,
        kind: KIND,
        lock: lock.map(|thread| thread.0),
        after: 7,
        by: test.by(),
        purpose: json!({ "anchor": null }),
    };
    let once = Some(operation.to_string());
    let later = NewJob { kind: KIND, once, payload: json!({}), run_at: Utc::now() + Duration::days(1) };
    (new, later)
}

async fn claim(test: &TestDatabase, (new, later): (NewOperation, NewJob)) -> bool {
    let mut tx = test.db.begin().await.expect("begun");
    let claimed = tx.claim(new, later).await.expect("written");
    tx.commit().await.expect("committed");
    claimed
}

async fn settle(test: &TestDatabase, operation: OperationId) -> bool {
    let mut tx = test.db.begin().await.expect("begun");
    let settled = tx.settle(operation, KIND).await.expect("written");
    tx.commit().await.expect("committed");
    settled
}

async fn reject(test: &TestDatabase, document: DocumentId, thread: ThreadId) -> bool {
    let decision =
        Decision { from: ThreadState::Open, to: ThreadState::Rejected, outcome: None, note: None, anchor: None };
    threads::decide(&test.db, &test.by(), document, thread, decision).await.expect("written")
}

/// [CMT-6] [AUDIT-5] Of many concurrent claims one gets the lock, and nobody else can decide meanwhile; it is settled
/// once, and its queued job is removed with it.
pub async fn a_claim_is_held_by_one_and_settled_once(test: &TestDatabase) {
    let document = test.add("Plan").await.document_id;
    let author = test.owner.account_id.0;
    let first = NewComment { author, body: String::new(), mentions: Vec::new() };
    let new = NewThread { document, anchor: None, media: None, around: None, quote: "cat".to_owned(), first };
    let thread = threads::add(&test.db, &test.by(), new).await.expect("written");
    let claims: Vec<_> = (0..8).map(|_| claim_of(test, document, Some(thread))).collect();
    let ids: Vec<OperationId> = claims.iter().map(|(new, _)| new.operation).collect();
    let held = futures_util::future::join_all(claims.into_iter().map(|one| claim(test, one))).await;
    let held: Vec<OperationId> = ids.iter().zip(held).filter(|(_, held)| *held).map(|(id, _)| *id).collect();
    assert_eq!(held.len(), 1);
    assert!(claim(test, claim_of(test, document, None)).await, "without a lock nobody waits");
    assert!(!reject(test, document, thread).await, "nobody decides meanwhile");

    let mut tx = test.db.begin().await.expect("begun");
    tx.set_purpose(held[0], json!({ "anchor": "here" })).await.expect("written");
    tx.commit().await.expect("committed");
    let row = operations::find(&test.db, held[0]).await.expect("readable").expect("it is held");
    assert_eq!((row.document_id, row.after_seq, row.purpose.as_str()), (document, 7, r#"{"anchor":"here"}"#));
    let queued = notify::jobs::rows::count(&test.db).await.expect("counted").waiting;
    let settled = futures_util::future::join_all((0..4).map(|_| settle(test, held[0]))).await;
    assert_eq!(settled.into_iter().filter(|settled| *settled).count(), 1);
    assert_eq!(notify::jobs::rows::count(&test.db).await.expect("counted").waiting, queued - 1);
    assert!(reject(test, document, thread).await);
    assert!(!reject(test, document, thread).await);
    assert!(claim(test, claim_of(test, document, Some(thread))).await, "the lock is free again");
}

/// [CMT-1] A row of the log changes a passage once. Only words that were lost in the last row may be found in the same
/// row: when its document is loaded again.
#[tokio::test]
async fn a_passage_that_was_lost_in_the_last_row_can_be_found_in_it() {
    for test in super::test_database::test_databases().await {
        let document = test.add("Plan").await.document_id;
        let first = NewComment { author: test.owner.account_id.0, body: String::new(), mentions: Vec::new() };
        let (quote, anchor) = ("cat".to_owned(), Some("{}".to_owned()));
        let new = NewThread { document, anchor, media: None, around: None, quote, first };
        let thread = threads::add(&test.db, &test.by(), new).await.expect("written");
        let store = async |seq, is_lost: bool, is_found: bool| {
            let (moved_at, returned_at) = ((!is_lost && !is_found).then(Utc::now), is_found.then(Utc::now));
            let text = Some(format!("{seq} {is_lost} {is_found}"));
            let moved = Moved { seq, text, moved_at, returned_at, is_lost, ..Moved::new((thread, 0)) };
            followed::store_moves(&test.db, document, vec![moved]).await.expect("written");
            let rows = followed::followed(&test.db, &[document]).await.expect("readable");
            (rows[0].passage_text.clone().unwrap_or_default(), rows[0].lost_at.is_some())
        };
        assert_eq!(store(7, true, false).await, ("7 true false".into(), true));
        assert_eq!(store(7, false, false).await, ("7 true false".into(), true), "a move in the same row");
        assert_eq!(store(7, false, true).await, ("7 false true".into(), false), "found in the same row");
        assert_eq!(store(7, true, false).await, ("7 false true".into(), false), "the same row does not lose it again");
        assert_eq!(store(6, false, true).await, ("7 false true".into(), false), "an earlier row");
        assert_eq!(store(8, true, false).await, ("8 true false".into(), true));
    }
}
