//! The contract of a bus, run on every kind: the local one always, Redis if TEST_REDIS_URL is set.

use std::time::Duration;

use bytes::Bytes;
use journal::{Bus, Entry, Row, Signal, Signals, bus::ROW_BYTES};
use uuid::Uuid;
use vocabulary::DocumentId;

const PATIENCE: Duration = Duration::from_secs(20);

/// Two nodes on one bus, for each available kind, both connected.
async fn pairs() -> Vec<[(Bus, Signals); 2]> {
    let mut first = vec![Bus::local()];
    if let Ok(url) = std::env::var("TEST_REDIS_URL") {
        first.push(Bus::open(&url, "").expect("a Redis URL"));
    }
    let mut pairs = Vec::new();
    for (bus, signals) in first {
        let other = bus.another_node();
        for bus in [&bus, &other.0] {
            until("it hears itself", async || bus.is_up()).await;
        }
        pairs.push([(bus, signals), other]);
    }
    pairs
}

async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The next signal sent by another node.
async fn heard(signals: &mut Signals) -> Signal {
    loop {
        let signal = tokio::time::timeout(PATIENCE, signals.recv()).await.expect("a signal in time");
        match signal.expect("the bus is there") {
            Signal::Behind => {}
            signal => return signal,
        }
    }
}

fn row(document: DocumentId, bytes: usize) -> Row {
    let entry = Entry { user: "ana".into(), connection: 7, bytes: Bytes::from(vec![1; bytes]) };
    Row { document, seq: 9, op: Uuid::new_v4(), at: 17, entries: vec![entry] }
}

/// [NODE-7] A document's signals reach the nodes that subscribe to it, in order, and never the sender.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_reach_subscribers() {
    for [(one, mut to_one), (two, mut to_two)] in pairs().await {
        let (document, elsewhere) = (DocumentId::new(), DocumentId::new());
        one.subscribe(document).await;
        two.subscribe(document).await;
        let update = Bytes::from_static(b"states");
        let said = [
            Signal::Row(row(document, 100)),
            Signal::Head { document, seq: 10 },
            Signal::Presence { document, node: one.node(), update },
            Signal::WhoIsHere { document },
        ];
        one.publish(&Signal::Head { document: elsewhere, seq: 1 });
        for signal in &said {
            one.publish(signal);
        }
        for signal in said {
            assert_eq!(heard(&mut to_two).await, signal);
        }
        // The first signal that the sender receives is the other node's.
        two.publish(&Signal::Changes);
        assert_eq!(heard(&mut to_one).await, Signal::Changes);

        two.unsubscribe(document);
        two.subscribe(elsewhere).await;
        one.publish(&Signal::Head { document, seq: 11 });
        one.publish(&Signal::Head { document: elsewhere, seq: 2 });
        assert_eq!(heard(&mut to_two).await, Signal::Head { document: elsewhere, seq: 2 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_row_arrives_whole_or_as_its_number() {
    for [(one, _to_one), (two, mut to_two)] in pairs().await {
        let document = DocumentId::new();
        two.subscribe(document).await;
        let large = row(document, ROW_BYTES);
        one.publish(&Signal::Row(large.clone()));
        match heard(&mut to_two).await {
            Signal::Row(row) => assert_eq!(row, large),
            other => assert_eq!(other, Signal::Head { document, seq: large.seq }),
        }
    }
}

/// [NODE-8] The people on a document are known at every node, and only while they are there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_known_at_other_nodes() {
    for [(one, _to_one), (two, _to_two)] in pairs().await {
        let document = DocumentId::new();
        assert_eq!(two.people(document).await, Some(vec![]));
        one.set_people(document, r#"[{"name":"Ana"}]"#.into()).await;
        until("the other sees Ana", async || two.people(document).await == Some(vec![r#"[{"name":"Ana"}]"#.into()]))
            .await;
        assert_eq!(one.people(document).await, Some(vec![]), "a node's own people are left out");
        one.set_people(document, String::new()).await;
        until("Ana is gone", async || two.people(document).await == Some(vec![])).await;
    }
}

/// [NODE-9] A node that is gone is distinguished from one that is alive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_nodes_are_distinguished_from_dead_ones() {
    for [(one, _to_one), (two, _to_two)] in pairs().await {
        until("the other is heard", async || !one.is_gone(two.node())).await;
        assert!(one.is_gone(journal::NodeId(Uuid::nil())), "an unknown node counts as gone");
    }
}

/// A node that does not read its signals is notified that it missed some, and memory stays bounded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_falls_behind_gets_a_signal() {
    for [(one, _to_one), (two, mut to_two)] in pairs().await {
        let document = DocumentId::new();
        two.subscribe(document).await;
        while to_two.try_recv().is_ok() {}
        let say = |seq| one.publish(&Signal::Head { document, seq });
        for seq in 0..2_000 {
            say(seq);
            if seq % 100 == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        until("it is told", async || {
            say(9_999);
            let mut told = false;
            while let Ok(signal) = to_two.try_recv() {
                told |= signal == Signal::Behind;
            }
            told
        })
        .await;
    }
}

/// [NODE-10] Counters are shared by all nodes and restart after their window.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_are_shared() {
    for [(one, _to_one), (two, _to_two)] in pairs().await {
        let key = Uuid::new_v4().to_string();
        let window = Duration::from_secs(1);
        let counts = [one.count(&key, window).await, two.count(&key, window).await, one.count(&key, window).await];
        if !one.is_shared() {
            assert_eq!(counts, [None, None, None], "the local bus does not count");
            continue;
        }
        assert_eq!(counts, [Some(1), Some(2), Some(3)]);
        until("the window is over", async || two.count(&key, window).await == Some(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreachable_redis_counts_as_down_and_blocks_nothing() {
    let (bus, _signals) = Bus::open("redis://127.0.0.1:1", "").expect("a URL");
    let document = DocumentId::new();
    let asked = tokio::time::Instant::now();
    bus.subscribe(document).await;
    bus.publish(&Signal::WhoIsHere { document });
    assert_eq!((bus.people(document).await, bus.count("x", PATIENCE).await), (None, None));
    assert!(!bus.is_up() && asked.elapsed() < PATIENCE);
    assert!(Bus::open("amqp://x", "").is_err());
    assert!(Bus::open("rediss://127.0.0.1:1", "/no/such/file").is_err());
}

/// TLS with a private CA, and no connection to a server with another certificate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_speaks_tls() {
    let (Ok(url), Ok(ca)) = (std::env::var("TEST_REDIS_TLS_URL"), std::env::var("TEST_CA_FILE")) else { return };
    let (bus, _signals) = Bus::open(&url, &ca).expect("a URL and a certificate");
    until("it hears itself over TLS", async || bus.is_up()).await;
    let (stranger, _signals) = Bus::open(&url, "").expect("a URL");
    // Five connections with the certificate, made after the stranger's, work by now, so the stranger had enough time.
    for _ in 0..5 {
        let (friend, _signals) = Bus::open(&url, &ca).expect("a URL and a certificate");
        until("a friend hears itself", async || friend.is_up()).await;
    }
    assert!(!stranger.is_up(), "the system does not trust the server's certificate");
}
