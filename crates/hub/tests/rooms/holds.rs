//! [CMT-6] An edit by the server is made however fast people type, because their messages wait while it is computed.

use std::sync::Arc;

use document::{Author, Ownership};
use hub::{EditError, Room};
use vocabulary::DocumentId;
use yrs::{Doc, ReadTxn, StateVector, Text, Transact};

use crate::asleep::is_so;
use crate::clients::{Client, Cluster, text};

/// The server writes a word after the last row that it has read.
async fn writes(room: &Arc<Room>, after: u64, word: &str) -> Result<u64, EditError> {
    let doc = Doc::new();
    let root = doc.get_or_insert_text("text");
    root.push(&mut doc.transact_mut(), word);
    let update = doc.transact().encode_state_as_update_v1(&StateVector::default());
    room.edit(update.into(), Author { user: "server".into(), ownership: Ownership::Enforce }, after).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_wait_while_a_server_edit_is_worked_out() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let hub = cluster.node();
    let mut ana = Client::join(&hub, document, 1, "ana").await;
    let first = ana.types("one ");
    ana.is_confirmed(&first).await;

    // Without a hold, text that is typed meanwhile is in the log first.
    let base = text(&ana.room).await.1;
    let second = ana.types("two ");
    ana.is_confirmed(&second).await;
    assert_eq!(writes(&ana.room, base, "late").await, Err(EditError::Changed));

    let hold = ana.room.hold();
    let base = text(&ana.room).await.1;
    for _ in 0..100 {
        ana.types("x");
    }
    assert_eq!(writes(&ana.room, base, "made ").await, Ok(base + 1));
    assert!(!text(&ana.room).await.0.contains('x'), "they wait");
    drop(hold);
    is_so("everything that was typed is there", async || {
        let (words, _) = text(&ana.room).await;
        words.contains("made ") && words.matches('x').count() == 100
    })
    .await;
}

/// An edit that takes for ever does not stop people from writing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_ends_by_itself() {
    let (cluster, document) = (Cluster::new(), DocumentId::new());
    let hub = cluster.node();
    let mut ana = Client::join(&hub, document, 1, "ana").await;
    let holds = [ana.room.hold(), ana.room.hold()];
    let typed = ana.types("words");
    ana.is_confirmed(&typed).await;
    drop(holds);
    assert_eq!(text(&ana.room).await.0, "words");
}
