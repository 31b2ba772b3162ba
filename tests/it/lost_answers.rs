//! [SAVE-16] An insert succeeds but its answer is lost: the same row is tried again, recognised as its own, and
//! acknowledged once; nothing is written twice.

use std::sync::mpsc;
use std::time::Duration;

use bytes::Bytes;
use journal::{Append, Appended, Entry, Journal, JournalOptions, Row};
use tests::stores::{Proxy, Store};
use uuid::Uuid;
use vocabulary::DocumentId;

fn row(document: DocumentId, seq: u64) -> Row {
    let entry = Entry { user: "ana".into(), connection: 1, bytes: Bytes::from(format!("edit {seq}")) };
    Row { document, seq, op: Uuid::new_v4(), at: 0, entries: vec![entry] }
}

fn append(journal: &Journal, row: Row) -> mpsc::Receiver<Appended> {
    let (done, outcome) = mpsc::channel();
    journal.append(Append { row, done: Box::new(move |appended| done.send(appended).expect("somebody waits")) });
    outcome
}

async fn answers_are_lost(store: Store) {
    let line = Proxy::before(store.address()).await;
    let (direct, proxied) = (store.url(), store.url().replace(&store.address(), &line.address()));
    let [direct, proxied] = [direct, proxied].map(|url| {
        tokio::task::spawn_blocking(move || Journal::open(&url, &JournalOptions::default()).expect("it answers"))
    });
    let (direct, proxied) = (direct.await.expect("open"), proxied.await.expect("open"));
    let lost = tokio::task::spawn_blocking(move || {
        let document = DocumentId::new();
        assert_eq!(append(&proxied, row(document, 1)).recv(), Ok(Appended::Durable));
        line.mute_at(b"edit 2");
        let written = row(document, 2);
        let outcome = append(&proxied, written.clone());
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while direct.page_after(document, 1).expect("readable").is_empty() {
            assert!(std::time::Instant::now() < deadline, "the row reaches the store");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(outcome.try_recv().is_err(), "the outcome is unknown, so nothing is acknowledged yet");
        line.heal();
        assert_eq!(outcome.recv_timeout(Duration::from_secs(30)), Ok(Appended::Durable));
        assert_eq!(direct.page_after(document, 1).expect("readable"), [written]);
        assert_eq!(append(&proxied, row(document, 2)).recv(), Ok(Appended::LostRace));
        proxied.close();
        direct.close();
    });
    lost.await.expect("as the contract says");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_answers_are_lost() {
    answers_are_lost(Store::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_answers_are_lost() {
    answers_are_lost(Store::mongodb().await).await;
}
