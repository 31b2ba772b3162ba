//! The event log and its consumers: no event is missed, repeated, or out of order for its subject.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Duration, Utc};
use database::consumers::{BATCH, Step, TRIES};
use database::{Actor, Change, Consumer, LoggedEvent, Tx, changes, event_log};
use rand::Rng;
use tokio::sync::Notify;
use vocabulary::{DocumentId, Event, Topic};

use super::test_database::{TestDatabase, test_databases};

/// Databases with a table that the consumers of these tests write to.
async fn databases_with_table() -> Vec<TestDatabase> {
    let databases = test_databases().await;
    for test in &databases {
        test.db.query("create table heard (event_id bigint not null)").execute().await.expect("a table");
    }
    databases
}

async fn record(tx: &mut Tx, event: &LoggedEvent) -> sqlx::Result<u64> {
    tx.query("insert into heard (event_id) values ($1)").bind(event.event_id).execute().await
}

/// A consumer that stores the events that it receives from now on.
async fn recorder(test: &TestDatabase) -> Consumer {
    let consumer = Consumer::new(
        "test",
        |tx, events| {
            Box::pin(async move {
                for event in events {
                    record(tx, event).await?;
                }
                Ok(())
            })
        },
        || {},
    );
    consumer.register(&test.db).await.expect("registered");
    consumer
}

/// The document and the sequence of each received event, in the order in which they were received.
async fn received(test: &TestDatabase) -> Vec<(DocumentId, i64)> {
    let received = if test.db.is_remote() {
        test.db.query("select document_id, sequence from heard join event using (event_id) order by heard.ctid")
    } else {
        test.db.query("select document_id, sequence from heard join event using (event_id) order by heard.rowid")
    };
    received.all().await.expect("readable")
}

fn written(document: DocumentId) -> Event {
    Event::DocumentWritten { document, bearer: None }
}

async fn emit(test: &TestDatabase, document: DocumentId) {
    let mut tx = test.db.begin().await.expect("begun");
    tx.emit(&test.by(), written(document)).await.expect("written");
    tx.commit().await.expect("committed");
}

async fn step(test: &TestDatabase, consumer: &Consumer) -> Step {
    consumer.step(&test.db, BATCH, Utc::now()).await.expect("readable")
}

/// Consumes like a node, but skips the pauses. Returns the time of the last step.
pub async fn consume(test: &TestDatabase, consumer: &Consumer) -> DateTime<Utc> {
    let (mut most, mut now) = (BATCH, Utc::now());
    let begun = std::time::Instant::now();
    loop {
        assert!(begun.elapsed().as_secs() < 60, "the consumer reaches the end of the log");
        match consumer.step(&test.db, most, now).await.expect("readable") {
            Step::Idle => return now,
            Step::Failed(events) => most = (events / 2).max(1),
            Step::Pauses(until) => now = until,
            Step::Consumed(_) => most = BATCH,
            Step::Waits | Step::Skipped(_) => {}
        }
    }
}

/// [EVENT-1] An event and its change are one row; a second change of the transaction is another row.
#[tokio::test]
async fn an_event_and_its_change_share_a_row() {
    for test in test_databases().await {
        let document = test.add("Plan").await.document_id;
        let mut log = changes::Reader::from_now(&test.db).await.expect("readable");
        let count = async || {
            let (rows,): (i64,) = test.db.query("select count(*) from event").one().await.expect("readable");
            rows
        };
        let before = count().await;
        let mut tx = test.db.begin().await.expect("begun");
        tx.emit(&test.by(), Event::DocumentTrashed { document }).await.expect("written");
        tx.log_emitted().await.expect("written");
        assert_eq!(tx.next_in_order(document.0).await.expect("written"), 3, "creating it was the first");
        tx.note(Change::Document(document)).await.expect("noted already");
        tx.note(Change::Flags).await.expect("noted");
        tx.emit(&test.by(), Event::DocumentRestored { document }).await.expect("written");
        tx.commit().await.expect("committed");
        assert_eq!(count().await - before, 4, "one of them for the list of documents");
        let noted = log.read(&test.db).await.expect("readable").expect("a few");
        let noted: Vec<Change> = noted.into_iter().map(|(_, change)| change).collect();
        let list = Change::Workspace(test.workspace, Topic::Documents);
        assert_eq!(noted, [list, Change::Document(document), Change::Flags]);
    }
}

/// [EVENT-1] A process is notified of its own events at the commit, even if they have no change for sockets.
#[tokio::test]
async fn a_commit_with_an_event_is_noticed() {
    for test in test_databases().await {
        let document = test.add("Plan").await.document_id;
        let commits = Arc::new(AtomicUsize::new(0));
        let noticed = commits.clone();
        test.db.on_commit(move |noted| {
            assert!(noted.is_empty(), "no change");
            noticed.fetch_add(1, Ordering::Relaxed);
        });
        emit(&test, document).await;
        test.db.begin().await.expect("begun").commit().await.expect("committed");
        assert_eq!(commits.load(Ordering::Relaxed), 1);
    }
}

/// [EVENT-1] A new consumer receives only later events.
#[tokio::test]
async fn a_new_consumer_starts_at_the_end() {
    for test in databases_with_table().await {
        let document = test.add("Plan").await.document_id;
        let consumer = recorder(&test).await;
        assert_eq!(step(&test, &consumer).await, Step::Idle);
        emit(&test, document).await;
        consumer.register(&test.db).await.expect("a restart moves nothing");
        assert_eq!(step(&test, &consumer).await, Step::Consumed(1));
        assert_eq!(step(&test, &consumer).await, Step::Idle);
        assert_eq!(received(&test).await, [(document, 2)]);
    }
}

/// [EVENT-1] A consumer waits for an event that becomes visible after later ones, whatever its transaction id is.
#[tokio::test]
async fn an_event_of_a_slow_transaction_is_not_missed() {
    for test in databases_with_table().await {
        if !test.db.is_remote() {
            continue;
        }
        let (slow, fast) = (test.add("Slow").await.document_id, test.add("Fast").await.document_id);
        let consumer = recorder(&test).await;
        // The slow one takes its event id first. Its transaction id is the lower of the two, then the higher.
        for is_older in [true, false] {
            let (mut one, mut other) = (test.db.begin().await.expect("begun"), test.db.begin().await.expect("begun"));
            for tx in if is_older { [&mut one, &mut other] } else { [&mut other, &mut one] } {
                tx.next_in_order(uuid::Uuid::new_v4()).await.expect("a write gives it its number");
            }
            one.emit(&test.by(), written(slow)).await.expect("written");
            one.log_emitted().await.expect("written");
            other.emit(&test.by(), written(fast)).await.expect("written");
            other.commit().await.expect("committed");
            for _ in 0..3 {
                assert_eq!(step(&test, &consumer).await, Step::Waits, "{is_older}");
            }
            one.commit().await.expect("committed");
            consume(&test, &consumer).await;
        }
        assert_eq!(received(&test).await, [(slow, 2), (fast, 2), (slow, 3), (fast, 3)]);
    }
}

/// [EVENT-1] A rolled-back event is passed, although some other transaction is always running.
#[tokio::test]
async fn a_rolled_back_event_is_passed() {
    for test in databases_with_table().await {
        let document = test.add("Plan").await.document_id;
        let consumer = recorder(&test).await;
        let mut lost = test.db.begin().await.expect("begun");
        lost.emit(&test.by(), written(DocumentId::new())).await.expect("written");
        lost.log_emitted().await.expect("written");
        if test.db.is_remote() {
            emit(&test, document).await;
            assert_eq!(step(&test, &consumer).await, Step::Waits);
            let mut later = test.db.begin().await.expect("begun");
            later.next_in_order(uuid::Uuid::new_v4()).await.expect("a write gives it its number");
            drop(lost);
            consume(&test, &consumer).await;
            assert_eq!(received(&test).await, [(document, 2)]);
            later.commit().await.expect("committed");
        } else {
            drop(lost);
            emit(&test, document).await;
            consume(&test, &consumer).await;
            assert_eq!(received(&test).await, [(document, 2)]);
        }
    }
}

/// [EVENT-1] With many writers, some of which fail, and two consuming nodes, each event is received once, in the order
/// of its document, without a gap.
#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_received_once_and_in_order() {
    const WRITERS: usize = 6;
    const WRITES: usize = 30;
    for test in databases_with_table().await {
        let mut documents = Vec::new();
        for title in ["One", "Two", "Three"] {
            documents.push(test.add(title).await.document_id);
        }
        let consumer = recorder(&test).await;
        let left = Arc::new(AtomicUsize::new(WRITERS));
        let write = async |mut tx: Tx, by: &Actor| {
            let document = documents[rand::rng().random_range(0..3)];
            tx.emit(by, written(document)).await.expect("written");
            tokio::task::yield_now().await;
            if rand::rng().random_ratio(4, 5) { tx.commit().await.expect("committed") } else { drop(tx) }
        };
        let writers = futures_util::future::join_all((0..WRITERS).map(|_| async {
            for _ in 0..WRITES {
                write(test.db.begin().await.expect("begun"), &test.by()).await;
            }
            left.fetch_sub(1, Ordering::Relaxed);
        }));
        let nodes = futures_util::future::join_all((0..2).map(|_| async {
            while left.load(Ordering::Relaxed) > 0 {
                step(&test, &consumer).await;
                tokio::task::yield_now().await;
            }
        }));
        tokio::join!(writers, nodes);
        consume(&test, &consumer).await;
        let received = received(&test).await;
        for document in documents {
            let sequences: Vec<i64> = received.iter().filter(|(of, _)| *of == document).map(|(_, seq)| *seq).collect();
            let all: Vec<i64> = (2..).take(sequences.len()).collect();
            assert_eq!(sequences, all);
        }
        let (events,): (i64,) =
            test.db.query("select count(*) from event where name = 'document.write'").one().await.expect("readable");
        assert_eq!(received.len() as i64, events);
    }
}

/// [EVENT-1] While one node consumes, another does not.
#[tokio::test]
async fn one_node_at_a_time_consumes() {
    for test in databases_with_table().await {
        if !test.db.is_remote() {
            continue;
        }
        let document = test.add("Plan").await.document_id;
        let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (inside, end) = (begun.clone(), may_end.clone());
        let slow = Consumer::new(
            "test",
            move |tx, events| {
                let (inside, end) = (inside.clone(), end.clone());
                Box::pin(async move {
                    record(tx, &events[0]).await?;
                    inside.notify_one();
                    end.notified().await;
                    Ok(())
                })
            },
            || {},
        );
        let other = recorder(&test).await;
        emit(&test, document).await;
        let meanwhile = async {
            begun.notified().await;
            let stepped = step(&test, &other).await;
            may_end.notify_one();
            stepped
        };
        assert_eq!(tokio::join!(step(&test, &slow), meanwhile), (Step::Consumed(1), Step::Idle));
        assert_eq!(step(&test, &other).await, Step::Idle);
        assert_eq!(received(&test).await, [(document, 2)]);
    }
}

/// [EVENT-2] The writes of a failed handler are rolled back, and the event is retried. An event that always fails is
/// skipped after a while; the others are received.
#[tokio::test]
async fn a_failing_handler_is_retried_and_a_poisonous_event_skipped() {
    for test in databases_with_table().await {
        let mut documents = Vec::new();
        for title in ["Good", "Poison", "Panic", "Better"] {
            documents.push(test.add(title).await.document_id);
        }
        let (poison, panic) = (documents[1], documents[2]);
        let (alone, panics) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, panicked) = (alone.clone(), panics.clone());
        let consumer = Consumer::new(
            "test",
            move |tx, events| {
                let (counted, panicked) = (counted.clone(), panicked.clone());
                Box::pin(async move {
                    for event in events {
                        record(tx, event).await?;
                        if event.document == Some(poison) {
                            counted.fetch_add(usize::from(events.len() == 1), Ordering::Relaxed);
                            return Err("poison".into());
                        }
                        let panics = event.document == Some(panic) && events.len() == 1;
                        assert!(!panics || panicked.fetch_add(1, Ordering::Relaxed) > 1, "twice");
                    }
                    Ok(())
                })
            },
            || {},
        );
        consumer.register(&test.db).await.expect("registered");
        for document in &documents {
            emit(&test, *document).await;
        }
        let begun = Utc::now();
        let ended = consume(&test, &consumer).await;
        let expected: Vec<_> = documents.iter().filter(|one| **one != poison).map(|one| (*one, 2)).collect();
        assert_eq!(received(&test).await, expected);
        assert_eq!(alone.load(Ordering::Relaxed) as i64, TRIES);
        assert!(ended - begun > Duration::minutes(5), "with growing pauses: {}", ended - begun);
        emit(&test, documents[0]).await;
        assert_eq!(step(&test, &consumer).await, Step::Consumed(1), "the consumer continues after a skipped event");
    }
}

async fn age(test: &TestDatabase, age: Duration) {
    test.db.query("update event set created_at = $1").bind(Utc::now() - age).execute().await.expect("written");
}

async fn kept(test: &TestDatabase) -> (i64, i64) {
    test.db.query("select count(*), count(name) from event").one().await.expect("readable")
}

/// [EVENT-3] An event is kept until every consumer has read it, for a week at most.
#[tokio::test]
async fn the_log_deletes_events_that_all_consumers_have_read() {
    for test in databases_with_table().await {
        let document = test.add("Plan").await.document_id;
        let consumer = recorder(&test).await;
        emit(&test, document).await;
        let mut tx = test.db.begin().await.expect("begun");
        tx.note(Change::Flags).await.expect("written");
        tx.commit().await.expect("committed");
        event_log::forget_old(&test.db).await.expect("written");
        assert!(kept(&test).await.0 > 2, "young");
        age(&test, Duration::hours(2)).await;
        event_log::forget_old(&test.db).await.expect("written");
        assert_eq!(kept(&test).await, (1, 1), "the event that its consumer has not read");
        consume(&test, &consumer).await;
        assert_eq!(received(&test).await, [(document, 2)]);
        event_log::forget_old(&test.db).await.expect("written");
        assert_eq!(kept(&test).await, (0, 0));

        emit(&test, document).await;
        emit(&test, document).await;
        age(&test, Duration::days(8)).await;
        event_log::forget_old(&test.db).await.expect("written");
        assert_eq!(kept(&test).await, (0, 0), "a consumer that is a week behind loses events");
        emit(&test, document).await;
        consume(&test, &consumer).await;
        let (count,): (i64,) = test.db.query("select count(*) from heard").one().await.expect("readable");
        assert_eq!(count, 2, "the consumer continues after the gap");

        let gone = Utc::now() - Duration::days(8);
        test.db.query("update event_cursor set seen_at = $1").bind(gone).execute().await.expect("written");
        emit(&test, document).await;
        age(&test, Duration::hours(2)).await;
        event_log::forget_old(&test.db).await.expect("written");
        assert_eq!(kept(&test).await, (0, 0), "no node runs the consumer any more");
    }
}

/// [EVENT-1] Transactions that change the same rows in one order and emit events in another do not deadlock.
#[tokio::test]
async fn events_are_locked_last_and_in_one_order() {
    for test in test_databases().await {
        let (plan, notes) = (test.add("Plan").await.document_id, test.add("Notes").await.document_id);
        let write = async |documents: [DocumentId; 2]| {
            for _ in 0..20 {
                let mut tx = test.db.begin().await.expect("begun");
                for document in documents {
                    tx.emit(&test.by(), written(document)).await.expect("written");
                    tokio::task::yield_now().await;
                }
                tx.commit().await.expect("no deadlock");
            }
        };
        tokio::join!(write([plan, notes]), write([notes, plan]), write([plan, notes]), write([notes, plan]));
    }
}
