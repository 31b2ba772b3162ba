//! Snapshots, stopping, and the lock against a second process.

use std::time::Duration;

use tests::server::Server;
use tests::typist::Typist;
use tests::until;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact};

async fn settled(typist: &mut Typist) {
    until("everything is acknowledged", Duration::from_secs(20), async || {
        typist.listen(Duration::from_millis(5)).await;
        typist.is_settled()
    })
    .await;
}

fn text(state: &[u8]) -> String {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    doc.transact_mut().apply_update(yrs::Update::decode_v1(state).expect("a state")).expect("a state");
    text.get_string(&doc.transact())
}

/// [SAVE-9] A long tail of rows becomes a verified snapshot; the next start reads it and the rows after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_log_gets_a_snapshot() {
    let mut server = Server::start().await;
    let mut typist = Typist::new(1, "long");
    assert!(typist.connect(&server.address).await);
    for n in 0..48 {
        assert!(typist.type_text(&format!("{n} {};", "word ".repeat(6_000))).await);
        settled(&mut typist).await;
    }
    until("a snapshot is stored", Duration::from_secs(20), async || server.log().contains("a snapshot was stored"))
        .await;
    assert!(typist.type_text("after the snapshot").await);
    settled(&mut typist).await;
    let before = text(&server.state("long").await);
    assert!(before.ends_with("after the snapshot"));
    server.kill().await;

    let documents = server.documents();
    let journal = server.journal();
    let snapshot = journal.snapshot(documents[0]).expect("a sound log").expect("it was stored").seq;
    assert!(snapshot > 0, "it shortens the log");
    journal.close();
    server.restart().await;
    assert_eq!(text(&server.state("long").await), before);
    assert!(!server.log().contains("ERROR"), "{}", server.log());
}

/// [SAVE-10] A stop closes sockets with 1012 and keeps everything that was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_is_orderly() {
    let mut server = Server::start().await;
    let mut typists: Vec<Typist> = (0..20).map(|id| Typist::new(id, "orderly")).collect();
    for typist in &mut typists {
        assert!(typist.connect(&server.address).await);
        typist.type_word().await;
    }
    server.terminate();
    for typist in &mut typists {
        while typist.listen(Duration::from_millis(50)).await {
            typist.type_word().await;
        }
        assert_eq!(typist.close_code, Some(1012));
    }
    let status = server.exited(Duration::from_secs(15)).await.expect("it ends in time");
    assert!(status.success(), "{status}");
    server.restart().await;
    let stored = text(&server.state("orderly").await);
    for typist in &typists {
        for word in &typist.acknowledged {
            assert_eq!(stored.matches(word.as_str()).count(), 1, "acknowledged {word}");
        }
    }
}

/// A second process on the same folder is refused, because it would be a second writer of its log.
#[tokio::test]
async fn a_data_folder_has_one_process() {
    let server = Server::start().await;
    let second = server.second_process().await;
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another process uses the data folder"));
}
