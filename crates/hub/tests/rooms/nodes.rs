//! [NODE-6] Two nodes share one log but have separate buses, so that each node receives the other's rows only from the
//! journal. This is the worst case of a race.

use std::time::Duration;

use bytes::Bytes;
use document::{Author, Ownership, Roots, SyncStep};
use hub::{Close, EditError, Hub, Limits};
use journal::{Append, Bus, Entry, PAGE_BYTES, Row};
use uuid::Uuid;
use vocabulary::DocumentId;
use yrs::{Doc, ReadTxn, StateVector, Text, Transact};

use crate::asleep::is_so;
use crate::clients::{Client, Cluster, snapshot, text};

fn denied(frame: &[u8], reason: &str) -> bool {
    frame.first() == Some(&2) && frame.windows(reason.len()).any(|window| window == reason.as_bytes())
}

/// After a race for a row number between unrelated edits, both edits stay.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_lost_a_race_is_appended_next() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (one, two) = (cluster.node(), cluster.node());
    let mut ana = Client::join(&one, document, 1, "ana").await;
    let mut ben = Client::join(&two, document, 2, "ben").await;
    let first = ana.types("ana ");
    ana.is_confirmed(&first).await;
    let second = ben.types("ben ");
    ben.is_confirmed(&second).await;
    let (words, seq) = text(&ben.room).await;
    assert!(words.contains("ana ") && words.contains("ben ") && seq == 2, "{words} at {seq}");
    // In the other direction: now the first node has missed one row.
    let third = ana.types("again");
    ana.is_confirmed(&third).await;
    assert_eq!(text(&ana.room).await.1, 3);
}

/// The log of a document that was created at a node is not read when it is first opened there, but at every later
/// opening.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_created_here_is_read_when_it_is_opened_again() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    // Long enough for a client to join.
    let node = cluster.node_with(Limits { idle_room: Duration::from_secs(1), ..Limits::default() });
    node.note_made(document);
    let mut ana = Client::join(&node, document, 1, "ana").await;
    let update = ana.types("one ");
    ana.is_confirmed(&update).await;
    ana.leave();
    is_so("its room is gone", async || node.peek(document).is_none()).await;
    let ben = Client::join(&node, document, 2, "ben").await;
    assert!(ben.told.windows(4).any(|window| window == b"one "), "the next client gets it");
    assert_eq!(text(&ben.room).await, ("one ".to_owned(), 1));
}

/// If another node has written to a document that was created here before it is opened, the first edit loses the race,
/// as usual.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_created_here_may_have_been_written_by_another_node() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (one, two) = (cluster.node(), cluster.node());
    one.note_made(document);
    let mut ben = Client::join(&two, document, 2, "ben").await;
    let first = ben.types("ben ");
    ben.is_confirmed(&first).await;
    let mut ana = Client::join(&one, document, 1, "ana").await;
    let second = ana.types("ana ");
    ana.is_confirmed(&second).await;
    let (words, seq) = text(&ana.room).await;
    assert!(words.contains("ana ") && words.contains("ben ") && seq == 2, "{words} at {seq}");
}

/// If two nodes accept different content for one client id and clock, one content is acknowledged, and the other
/// refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_content_under_one_client_id_is_refused() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (one, two) = (cluster.node(), cluster.node());
    let mut ana = Client::join(&one, document, 7, "ana").await;
    let mut copy = Client::join(&two, document, 7, "ana").await;
    let first = ana.types("true");
    ana.is_confirmed(&first).await;
    copy.types("fake");
    let frames = copy.hear(|frames| frames.iter().any(|frame| denied(frame, "client-id-taken"))).await;
    assert!(!frames.iter().any(|frame| frame.ends_with(b"fake")), "it was confirmed");
    assert_eq!(text(&copy.room).await, ("true".to_owned(), 1));
}

/// An edit that is sent to two nodes is applied once, for example if a client moved before the acknowledgement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_edit_sent_to_two_nodes_is_applied_once() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (one, two) = (cluster.node(), cluster.node());
    let mut ana = Client::join(&one, document, 7, "ana").await;
    let mut moved = Client::join(&two, document, 7, "ana").await;
    let update = ana.types("once");
    ana.is_confirmed(&update).await;
    moved.say(SyncStep::Update(update.clone()));
    moved.is_confirmed(&update).await;
    assert_eq!(text(&moved.room).await, ("once".to_owned(), 1));
}

/// If two nodes make server edits based on the same row, one edit is made, and the other fails with `Changed`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_concurrent_server_edits_is_made() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (one, two) = (cluster.node(), cluster.node());
    let rooms = [one.open(document, &Roots::default()).await, two.open(document, &Roots::default()).await];
    let [first, second] = rooms.map(|room| room.expect("it opens"));
    let edit = |client: u64, words: &str| {
        let doc = Doc::with_client_id(client);
        let text = doc.get_or_insert_text("text");
        text.push(&mut doc.transact_mut(), words);
        let update = doc.transact().encode_state_as_update_v1(&StateVector::default());
        (Bytes::from(update), Author { user: "ana".into(), ownership: Ownership::Enforce })
    };
    let ((a, author_a), (b, author_b)) = (edit(11, "a"), edit(12, "b"));
    let (a, b) = tokio::join!(first.edit(a, author_a, 0), second.edit(b, author_b, 0));
    let mut made = [a, b];
    made.sort_by_key(Result::is_err);
    assert_eq!(made, [Ok(1), Err(EditError::Changed)]);
    assert_eq!(text(&first).await.1.max(text(&second).await.1), 1);
}

/// A node that paused before its insert continues after 500 rows, two snapshots and a trim. Its edit is appended after
/// all these rows; otherwise it would be acknowledged but never read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_through_a_trim_catches_up() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (awake, asleep) = (cluster.node(), cluster.node());
    let mut ana = Client::join(&awake, document, 1, "ana").await;
    let mut ben = Client::join(&asleep, document, 2, "ben").await;
    for word in 0..500 {
        let update = ana.types(&format!("{word} "));
        ana.is_confirmed(&update).await;
        if word == 300 || word == 400 {
            snapshot(&cluster.journal, &ana.room).await;
        }
    }
    assert!(cluster.journal.page_after(document, 0).is_err(), "the first rows were trimmed");
    ben.types("ben");
    // The rows that ben missed were trimmed, so the whole state is sent, with the edit.
    ben.hear(|frames| frames.iter().any(|frame| frame.windows(3).any(|part| part == b"ben"))).await;
    let (words, seq) = text(&ben.room).await;
    assert!(words.contains("0 1 2 ") && words.contains("499 ") && words.contains("ben"), "{words}");
    assert_eq!(seq, 501);
}

/// [SAVE-21] If a node has missed more rows than one page, its edit is appended after all these rows, and a slow reader
/// at that node receives everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_slept_through_many_pages_catches_up() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (awake, asleep) = (cluster.node(), cluster.node());
    let mut ana = Client::join(&awake, document, 1, "ana").await;
    let mut ben = Client::join(&asleep, document, 2, "ben").await;
    let (pages, words) = (5, "word ".repeat(PAGE_BYTES / 8));
    for _ in 0..2 * pages {
        let update = ana.types(&words);
        ana.is_confirmed(&update).await;
    }
    let update = ben.types("ben");
    ben.is_confirmed(&update).await;
    let (there, seq) = text(&ben.room).await;
    assert_eq!((there.len(), seq), (2 * pages * words.len() + 3, 2 * pages as u64 + 1));
}

/// A node that has missed a purge cannot write to the purged document, and its open room closes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purged_document_is_not_written_by_a_stale_node() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (one, two) = (cluster.node(), cluster.node());
    let mut ana = Client::join(&one, document, 1, "ana").await;
    let mut ben = Client::join(&two, document, 2, "ben").await;
    let update = ana.types("secret");
    ana.is_confirmed(&update).await;
    one.purge(document).await.expect("it goes");
    ben.types("still here");
    let frames = ben.hear(|frames| frames.iter().any(|frame| frame.first() == Some(&0x88))).await;
    let close = frames.last().expect("a close frame");
    assert_eq!(u16::from_be_bytes([close[1], close[2]]), Close::Deleted.code());
    assert!(two.open(document, &Roots::default()).await.is_err_and(|failure| failure.0 == Close::Deleted));
}

/// Rows from the bus are applied at once, in order, and gaps are read from the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_come_over_the_bus_and_gaps_from_the_journal() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let (bus, signals) = Bus::local();
    let other = bus.another_node();
    let one = Hub::start(cluster.journal.clone(), (bus, signals), Limits::default());
    let two = Hub::start(cluster.journal.clone(), other, Limits::default());
    let mut ana = Client::join(&one, document, 1, "ana").await;
    let mut ben = Client::join(&two, document, 2, "ben").await;
    let update = ana.types("hello ");
    ben.is_confirmed(&update).await;
    // A row that was not sent on the bus, as from a node that is not connected to it.
    let silent = cluster.node();
    let mut eve = Client::join(&silent, document, 3, "eve").await;
    let unheard = eve.types("unheard ");
    eve.is_confirmed(&unheard).await;
    let last = ana.types("world");
    ana.is_confirmed(&last).await;
    ben.is_confirmed(&last).await;
    assert_eq!(text(&ben.room).await, text(&ana.room).await);
    assert_eq!(text(&ben.room).await.1, 3);
}

/// An append that bypasses every room, to test the fence itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_row_that_does_not_fit_leads_to_a_rebuild() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let one = cluster.node();
    let mut ana = Client::join(&one, document, 1, "ana").await;
    let first = ana.types("a");
    ana.is_confirmed(&first).await;
    let bytes = {
        let doc = Doc::with_client_id(9);
        let text = doc.get_or_insert_text("text");
        text.push(&mut doc.transact_mut(), "nine");
        Bytes::from(doc.transact().encode_state_as_update_v1(&StateVector::default()))
    };
    let entry = Entry { user: "nobody".into(), connection: 0, bytes };
    let row = Row { document, seq: 2, op: Uuid::new_v4(), at: 0, entries: vec![entry.clone(), entry] };
    let (done, appended) = tokio::sync::oneshot::channel();
    cluster.journal.append(Append { row, done: Box::new(move |outcome| done.send(outcome).expect("somebody waits")) });
    appended.await.expect("an outcome");
    let second = ana.types("b");
    ana.is_confirmed(&second).await;
    let (words, seq) = text(&ana.room).await;
    assert!(words.contains("ab") && words.contains("nine") && seq == 3, "{words} at {seq}");
}
