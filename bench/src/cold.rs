//! A long history: how long it takes to push it at once, and to open it again after a restart.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, StateVector, Text, Transact, Update};

use crate::server::{Server, Subject};
use crate::wire::Heard;

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    /// Characters typed, at places all over the text
    #[arg(long, default_value_t = 260_000)]
    edits: usize,
}

/// Runs the load once; a JSON object of what came out.
pub async fn run(load: &Load) -> Value {
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    let mut place = 7_u32;
    for edit in 0..load.edits as u32 {
        let mut txn = doc.transact_mut();
        place = place.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Mostly at the same place, now and then somewhere else, like people.
        let at = if edit % 30 == 0 { place % (edit + 1) } else { edit };
        text.insert(&mut txn, at, "x");
    }
    let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
    let vector = doc.transact().state_vector();
    let mut server = Server::start(&load.subject, &[("CONSILIUM_IDLE_ROOM_SECONDS", "1".to_owned())]).await;
    let began = Instant::now();
    let (wire, mut sender, receiver) = server.join("cold", &[0]).await.expect("the server accepts");
    sender.send(&wire.update(&state)).await.expect("the server reads");
    while fetch(&server, Instant::now()).await.1 != vector {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let pushed = began.elapsed();
    drop((sender, receiver));
    // After everybody has left for a while, its snapshot is written.
    tokio::time::sleep(Duration::from_secs(4)).await;
    server.restart().await;
    // Other work of the start, and of the first socket of all, does not count.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let _first = server.join("another", &[0]).await.expect("the server accepts");
    let idle = server.memory_kib(false);
    let (opened, _) = fetch(&server, Instant::now()).await;
    let highest = server.memory_kib(true);
    // The work of any server: read that state and build a document from it.
    let decoded = Instant::now();
    let fresh = Doc::new();
    fresh.transact_mut().apply_update(Update::decode_v1(&state).expect("an update")).expect("an honest update");
    let decoded = decoded.elapsed();
    server.end().await;
    let ms = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
    json!({
        "load": "cold", "server": load.subject.name(), "edits": load.edits, "state_bytes": state.len(),
        "push_ms": ms(pushed), "open_ms": ms(opened), "decode_ms": ms(decoded), "peak_kib": highest.saturating_sub(idle),
    })
}

/// Gets everything from the server; returns the time and the last clock.
async fn fetch(server: &Server, since: Instant) -> (Duration, StateVector) {
    let (wire, _sender, mut receiver) = server.join("cold", &[0]).await.expect("the server accepts");
    loop {
        let message = receiver.next().await.expect("the server answers");
        if let Heard::Step2(body) = wire.read(&message) {
            let took = since.elapsed();
            let fresh = Doc::new();
            fresh.transact_mut().apply_update(Update::decode_v1(body).expect("an update")).expect("an honest update");
            let vector = fresh.transact().state_vector();
            return (took, vector);
        }
    }
}
