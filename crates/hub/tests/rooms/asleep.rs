//! [SYNC-22] A large document at rest is sent as stored, and can then be edited like any other. [SYNC-23] A quiet
//! document leaves memory while sockets are connected, and clients do not notice. [LIMIT-4] When the memory for
//! documents is used up, a sleeping document is not loaded.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use document::{Level, Roots};
use hub::{Close, Limits, Room};
use journal::{NewSnapshot, Snapshot, Trim};
use rand::Rng;
use vocabulary::DocumentId;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, ReadTxn, StateVector, Text, Transact, Update};

use crate::clients::{Client, Cluster, snapshot, text};

/// The number of words of a document that is too large to be built immediately.
const WORDS: usize = 20_000;

/// A document of [`WORDS`] acknowledged words, and the client that wrote them.
async fn written(cluster: &Cluster) -> (DocumentId, Client) {
    let document = DocumentId::new();
    let node = cluster.node();
    let mut ana = Client::join(&node, document, 1, "ana").await;
    let update = ana.types(&"word ".repeat(WORDS));
    ana.is_confirmed(&update).await;
    (document, ana)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stored_state_is_sent_and_then_edited() {
    let cluster = Cluster::new();
    let (document, ana) = written(&cluster).await;
    snapshot(&cluster.journal, &ana.room).await;
    let node = cluster.node();
    let mut ben = Client::join(&node, document, 2, "ben").await;
    assert!(ben.told.ends_with(&whole(&ana.doc)));
    let update = ben.types("ben ");
    ben.is_confirmed(&update).await;
    // A client that has the first words gets only the others.
    let mut eve = Client::join(&node, document, 3, "eve").await;
    let diff = eve.asks(&ana.doc.transact().state_vector().encode_v1()).await;
    assert!(diff.len() < 100 && holds(&diff, b"ben "), "{} bytes", diff.len());
    // Ana's client id still belongs to her.
    eve.doc = Doc::with_client_id(1);
    eve.doc.transact_mut().apply_update(Update::decode_v1(&whole(&ana.doc)).expect("a state")).expect("a state");
    eve.types("stolen");
    eve.hear(|frames| frames.iter().any(|frame| holds(frame, b"foreign-unlogged"))).await;
    let (words, seq) = text(&ben.room).await;
    assert!(words.contains("ben ") && words.len() == 5 * WORDS + 4 && seq == 2, "{} at {seq}", words.len());
}

fn whole(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_state_as_update_v1(&StateVector::default())
}

pub fn holds(frame: &[u8], part: &[u8]) -> bool {
    frame.windows(part.len()).any(|window| window == part)
}

/// A snapshot from which no document can be built is sent to the first client. After that, the log is used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_cannot_be_built_is_replaced_by_the_log() {
    let cluster = Cluster::new();
    let (document, ana) = written(&cluster).await;
    // All blocks of client 9, without the blocks that they depend on.
    let other = Doc::with_client_id(9);
    other.transact_mut().apply_update(Update::decode_v1(&whole(&ana.doc)).expect("a state")).expect("a state");
    let built_on = other.transact().state_vector();
    let there = other.get_or_insert_text("text");
    there.push(&mut other.transact_mut(), &"x".repeat(5 * WORDS));
    let state = Bytes::from(other.transact().encode_diff_v1(&built_on));
    let (done, saved) = tokio::sync::oneshot::channel();
    cluster.journal.save_snapshot(NewSnapshot {
        document,
        snapshot: Snapshot { seq: 1, fingerprint: [0; 32], state: state.clone(), owners: Bytes::from_static(&[0]) },
        trim: Trim::Nothing,
        done: Box::new(move || done.send(()).expect("somebody waits")),
    });
    saved.await.expect("it is saved");

    // On a busy machine the room's tick may find the damage before ben joins. In that case, try another node.
    let (mut ben, mut tries) = (Client::join(&cluster.node(), document, 2, "ben").await, 1);
    while !ben.told.ends_with(&state) {
        assert!(tries < 50, "it is never sent as stored");
        (ben, tries) = (Client::join(&cluster.node(), document, 2, "ben").await, tries + 1);
    }
    let update = ben.types("ben ");
    ben.is_confirmed(&update).await;
    let (words, seq) = text(&ben.room).await;
    assert!(words.contains("ben ") && words.len() == 5 * WORDS + 4 && seq == 2, "{} at {seq}", words.len());
}

/// Limits that make documents leave memory at every tick.
fn drowsy() -> Limits {
    Limits { quiet_document: Duration::ZERO, ..Limits::default() }
}

async fn falls_asleep(room: &Arc<Room>) {
    is_so("it leaves memory", async || room.figures().encoded_bytes == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_document_leaves_memory_unnoticed() {
    let cluster = Cluster::new();
    let (node, document) = (cluster.node_with(drowsy()), DocumentId::new());
    let mut ana = Client::join(&node, document, 1, "ana").await;
    let mut ben = Client::join(&node, document, 2, "ben").await;
    for word in ["one ", "two ", "three "] {
        falls_asleep(&ana.room).await;
        let update = ana.types(word);
        ana.is_confirmed(&update).await;
        ben.is_confirmed(&update).await;
    }

    falls_asleep(&ana.room).await;
    let mut eve = Client::join(&node, document, 3, "eve").await;
    assert!(eve.told.ends_with(&whole(&ana.doc)), "a new client gets everything");
    falls_asleep(&ana.room).await;
    let diff = eve.asks(&ana.doc.transact().state_vector().encode_v1()).await;
    assert!(diff.len() < 20, "and what it lacks: {} bytes", diff.len());

    falls_asleep(&ana.room).await;
    eve.doc = Doc::with_client_id(1);
    eve.doc.transact_mut().apply_update(Update::decode_v1(&whole(&ana.doc)).expect("a state")).expect("a state");
    eve.types("stolen");
    eve.hear(|frames| frames.iter().any(|frame| holds(frame, b"foreign-unlogged"))).await;

    // When the client may write, it is asked for the text that was typed while it could only read.
    ben.may(Level::View);
    let refused = ben.types("four ");
    ben.hear(|frames| frames.iter().any(|frame| holds(frame, b"read-only"))).await;
    falls_asleep(&ana.room).await;
    ben.may(Level::Edit);
    ben.hear(|frames| frames.iter().any(|frame| frame.starts_with(&[0, 0]))).await;
    ben.say(document::SyncStep::Step2(refused.clone()));
    ana.is_confirmed(&refused).await;

    falls_asleep(&ana.room).await;
    let (words, seq) = text(&ana.room).await;
    let mut said: Vec<&str> = words.split_whitespace().collect();
    said.sort_unstable();
    assert_eq!((said, seq), (vec!["four", "one", "three", "two"], 4));
}

/// A caller that found a room just before it was closed can still read from it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_room_that_closes_can_still_be_read() {
    let cluster = Cluster::new();
    let document = DocumentId::new();
    let mut ana = Client::join(&cluster.node(), document, 1, "ana").await;
    let update = ana.types("a few words");
    ana.is_confirmed(&update).await;
    let node = cluster.node_with(Limits { idle_room: Duration::from_secs(1), ..drowsy() });
    let room = node.open(document, &Roots::default()).await.expect("the document opens");
    is_so("nobody is in it", async || node.peek(document).is_none()).await;
    assert_eq!(room.figures().encoded_bytes, 0, "it is asleep");
    assert_eq!(text(&room).await, text(&ana.room).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeping_document_is_not_loaded_when_memory_is_used_up() {
    let cluster = Cluster::new();
    let node = cluster.node_with(Limits { loaded_bytes: 200_000, ..drowsy() });
    let (document, other) = (DocumentId::new(), DocumentId::new());
    let mut ana = Client::join(&node, document, 1, "ana").await;
    let update = ana.types("one ");
    ana.is_confirmed(&update).await;
    falls_asleep(&ana.room).await;

    // Large enough to stay in memory for some seconds.
    let mut ben = Client::join(&node, other, 2, "ben").await;
    let update = ben.types(&"x".repeat(200_000));
    ben.is_confirmed(&update).await;
    is_so("it is full", async || node.open(DocumentId::new(), &Roots::default()).await.is_err()).await;
    let lost = ana.types("two ");
    let close = ana.hear(|frames| frames.last().is_some_and(|frame| frame.starts_with(&[0x88]))).await;
    assert_eq!(close.last().expect("a close")[1..3], Close::Unavailable.code().to_be_bytes());
    assert!(!close.iter().any(|frame| frame.ends_with(&lost)), "an unsaved edit was not confirmed");
    ana.leave();
    is_so("its room is gone", async || node.peek(document).is_none()).await;

    falls_asleep(&ben.room).await;
    is_so("there is room", async || node.open(document, &Roots::default()).await.is_ok()).await;
    let mut ana = Client::join(&node, document, 3, "ana").await;
    ana.say(document::SyncStep::Update(lost.clone()));
    ana.is_confirmed(&lost).await;
    assert_eq!(text(&ana.room).await, ("one two ".to_owned(), 2));
}

pub async fn is_so(what: &str, so: impl AsyncFn() -> bool) {
    let waits = async {
        while !so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waits).await.expect(what);
}

/// Edits arrive before, while and after documents fall asleep and wake; every acknowledged edit is in the log.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_between_sleeping_and_waking() {
    const WORDS: usize = 40;
    let cluster = Cluster::new();
    let (node, document) = (cluster.node_with(drowsy()), DocumentId::new());
    let types = |client: u64| {
        let node = node.clone();
        async move {
            let mut typist = Client::join(&node, document, client, &format!("user{client}")).await;
            for word in 0..WORDS {
                let word = format!("{client}-{word} ");
                typist.types(&word);
                // The edit may be merged into one update with edits of others.
                typist.hear(|frames| frames.last().is_some_and(|frame| holds(frame, word.as_bytes()))).await;
                let pause = rand::rng().random_range(0..300);
                tokio::time::sleep(Duration::from_millis(pause)).await;
            }
            typist
        }
    };
    let (ana, _ben, _eve) = tokio::join!(types(1), types(2), types(3));
    let (here, seq) = text(&ana.room).await;
    let (again, same) = text(&Client::join(&cluster.node(), document, 9, "zoe").await.room).await;
    assert_eq!((&again, same), (&here, seq), "another node reads the same");
    for (client, word) in (1..=3).flat_map(|client| (0..WORDS).map(move |word| (client, word))) {
        let word = format!("{client}-{word}");
        assert_eq!(here.split_whitespace().filter(|said| *said == word).count(), 1, "{word} in {here}");
    }
}
