//! The queue of work.

use database::NewJob;
use notify::jobs::rows::{self as job_rows, Lane};
use std::collections::HashSet;

use chrono::{Duration, Utc};
use serde_json::json;

use super::operations::a_claim_is_held_by_one_and_settled_once;
use super::test_database::{TestDatabase, test_databases};

fn job(kind: &'static str, once: Option<&str>, words: &str) -> NewJob {
    NewJob { kind, once: once.map(Into::into), payload: json!({ "words": words }), run_at: Utc::now() }
}

/// Run one after the other, because they share a queue.
#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_work() {
    for test in test_databases().await {
        work_is_taken_by_one(&test).await;
        work_with_a_name_waits_once(&test).await;
        mails_hold_up_nothing_else(&test).await;
        a_claim_is_held_by_one_and_settled_once(&test).await;
    }
}

/// [JOB-3] With many concurrent workers, each job is taken by one of them; the job of a dead worker is available again
/// after its lease.
async fn work_is_taken_by_one(test: &TestDatabase) {
    for n in 0..100 {
        test.db.enqueue([job("count", None, &n.to_string())]).await.expect("queued");
    }
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let db = test.db.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                loop {
                    let jobs = job_rows::claim(&db, Lane::Rest, 3, Duration::seconds(60)).await.expect("taken");
                    if jobs.is_empty() {
                        return taken;
                    }
                    taken.extend(jobs);
                }
            })
        })
        .collect();
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.expect("no panic"));
    }
    let ids: HashSet<_> = taken.iter().map(|job| job.job_id).collect();
    assert_eq!((taken.len(), ids.len()), (100, 100));
    for job in &taken[..99] {
        job_rows::finish(&test.db, job).await.expect("done");
    }
    assert_eq!(job_rows::count(&test.db).await.expect("counted").waiting, 1);

    test.db.enqueue([job("slow", None, "again")]).await.expect("queued");
    let slow =
        job_rows::claim(&test.db, Lane::Rest, 1, Duration::milliseconds(1)).await.expect("taken").pop().expect("one");
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let again =
        job_rows::claim(&test.db, Lane::Rest, 1, Duration::seconds(60)).await.expect("taken").pop().expect("the same");
    assert_eq!((again.job_id, again.attempts), (slow.job_id, 2));
    job_rows::finish(&test.db, &again).await.expect("done");
    job_rows::finish(&test.db, &taken[99]).await.expect("done");
}

/// [JOB-4] A job queued twice runs once, with the last payload; queued while it runs, it runs again.
async fn work_with_a_name_waits_once(test: &TestDatabase) {
    let db = &test.db;
    db.enqueue([job("named", Some("a"), "first")]).await.expect("queued");
    db.enqueue([job("named", Some("a"), "second")]).await.expect("queued");
    db.enqueue([job("named", Some("b"), "other")]).await.expect("queued");
    let mut taken = job_rows::claim(db, Lane::Rest, 10, Duration::seconds(60)).await.expect("taken");
    taken.sort_by(|a, b| a.payload.cmp(&b.payload));
    let words: Vec<&str> = taken.iter().map(|job| job.payload.as_str()).collect();
    assert_eq!(words, [r#"{"words":"other"}"#, r#"{"words":"second"}"#]);
    db.enqueue([job("named", Some("a"), "third")]).await.expect("queued");
    for job in &taken {
        job_rows::finish(db, job).await.expect("done");
    }
    let left = job_rows::claim(db, Lane::Rest, 10, Duration::seconds(60)).await.expect("taken");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].payload, r#"{"words":"third"}"#);

    job_rows::fail(db, &left[0], "no", Some(Utc::now() + Duration::hours(1))).await.expect("noted");
    assert!(job_rows::claim(db, Lane::Rest, 10, Duration::seconds(60)).await.expect("taken").is_empty());
    let waiting = job_rows::list(db, false, 10).await.expect("read");
    assert_eq!(waiting[0].last_error.as_deref(), Some("no"));
    job_rows::fail(db, &waiting[0], "never", None).await.expect("noted");
    let dead = job_rows::list(db, true, 10).await.expect("read");
    assert_eq!(dead.len(), 1);
    // A new job may be queued beside a dead one. The dead one cannot be retried while the new one is there.
    db.enqueue([job("named", Some("a"), "fourth")]).await.expect("queued");
    assert!(job_rows::revive(db, &test.by(), dead[0].job_id).await.is_err());
    assert!(job_rows::remove(db, &test.by(), dead[0].job_id).await.expect("dropped"));
    assert!(!job_rows::remove(db, &test.by(), dead[0].job_id).await.expect("gone"));
    let fourth = job_rows::claim(db, Lane::Rest, 10, Duration::seconds(60)).await.expect("taken").pop().expect("one");
    job_rows::finish(db, &fourth).await.expect("done");
}

/// [JOB-5] Mails that wait for a slow server do not block other jobs.
async fn mails_hold_up_nothing_else(test: &TestDatabase) {
    test.db.enqueue([job("mail-news", None, "slow"), job("keep", None, "now")]).await.expect("queued");
    let rest = job_rows::claim(&test.db, Lane::Rest, 8, Duration::seconds(60)).await.expect("taken");
    assert_eq!(rest.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["keep"]);
    let mails = job_rows::claim(&test.db, Lane::Mails, 8, Duration::seconds(60)).await.expect("taken");
    assert_eq!(mails.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), ["mail-news"]);
}
