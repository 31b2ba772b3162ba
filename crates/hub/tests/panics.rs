//! [SAVE-22] If work in a room panics, its document is read from its log again, and all other documents continue. This
//! is a separate test program, because a metrics recorder and a tracing subscriber panic here, and a process has only
//! one of each.

#[path = "rooms/clients.rs"]
#[allow(dead_code, reason = "the other tests of rooms use the rest")]
mod clients;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use document::Roots;
use hub::{Close, Limits};
use metrics::{Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tokio::time::timeout;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use vocabulary::DocumentId;

use clients::{Client, Cluster, text};

const WITHIN: Duration = Duration::from_secs(30);

/// Recording the next acknowledgement panics.
static ACK_PANICS: AtomicBool = AtomicBool::new(false);
/// Creating the next span panics.
static SPAN_PANICS: AtomicBool = AtomicBool::new(false);
/// Lets only one test run at a time, because an armed panic may hit any of them.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

struct Faulty;

impl HistogramFn for Faulty {
    fn record(&self, _: f64) {
        assert!(!ACK_PANICS.swap(false, Ordering::SeqCst), "a recorder that panics");
    }
}

impl Recorder for Faulty {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Faulty))
    }
}

impl Subscriber for Faulty {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_span()
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        assert!(!SPAN_PANICS.swap(false, Ordering::SeqCst), "a subscriber that panics");
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        metrics::set_global_recorder(Faulty).expect("the first");
        tracing::subscriber::set_global_default(Faulty).expect("the first");
    });
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = timeout(WITHIN, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what}"));
}

/// A panic happens while a durable edit is broadcast. The room closes, a client that reconnects gets the edit, and
/// edits of this and other documents continue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_after_an_append_closes_one_room() {
    install();
    let _alone = ONE_AT_A_TIME.lock().await;
    let (cluster, document, other) = (Cluster::new(), DocumentId::new(), DocumentId::new());
    let node = cluster.node();
    let mut ana = Client::join(&node, document, 1, "ana").await;
    let mut ben = Client::join(&node, other, 2, "ben").await;
    let first = ana.types("before ");
    ana.is_confirmed(&first).await;
    ACK_PANICS.store(true, Ordering::SeqCst);
    ana.types("during ");
    let frames = ana.hear(|frames| frames.iter().any(|frame| frame.first() == Some(&0x88))).await;
    let close = frames.last().expect("a close frame");
    assert_eq!(u16::from_be_bytes([close[1], close[2]]), Close::Unavailable.code());
    ana.leave();

    let update = ben.types("others go on");
    ben.is_confirmed(&update).await;
    let mut again = Client::join(&node, document, 3, "ana").await;
    assert_eq!(text(&again.room).await, ("before during ".to_owned(), 2));
    let last = again.types("after");
    again.is_confirmed(&last).await;
    until("the room that broke is gone", || node.rooms().len() == 2).await;
}

/// If the snapshot of a closing room panics, the document can still be opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_document_opens_after_a_panic_in_the_snapshot_of_its_closing_room() {
    install();
    let _alone = ONE_AT_A_TIME.lock().await;
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    // Long enough for the opening to finish.
    let node = cluster.node_with(Limits { idle_room: Duration::from_secs(1), ..Limits::default() });
    let mut ana = Client::join(&node, document, 1, "ana").await;
    let update = ana.types("still there");
    ana.is_confirmed(&update).await;
    SPAN_PANICS.store(true, Ordering::SeqCst);
    ana.leave();
    until("a snapshot is made", || !SPAN_PANICS.load(Ordering::SeqCst)).await;
    let opening = tokio::spawn(async move { node.open(document, &Roots::default()).await });
    let room = timeout(WITHIN, opening).await.expect("opening does not hang").expect("no panic");
    assert_eq!(text(&room.expect("it opens")).await.0, "still there");
}
