//! Documents that are opened and closed: whether the server's memory stays constant.

use clap::Args;
use serde_json::{Value, json};
use yrs::{Doc, Text, Transact};

use crate::server::{Server, Subject};
use crate::wire::Heard;

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    #[arg(long, default_value_t = 100_000)]
    documents: usize,
    /// Characters of each document, typed in ten pieces
    #[arg(long, default_value_t = 1_000)]
    characters: usize,
}

/// Documents that are open at the same time.
const AT_ONCE: usize = 100;
const PIECES: usize = 10;
/// Number of memory measurements in a run.
const SAMPLES: usize = 20;
/// Part of the run in which caches, pools and the allocator's reserves fill up.
const WARM: usize = SAMPLES / 4;

/// Runs the load once; returns the results as a JSON object.
pub async fn run(load: &Load) -> Value {
    // Rooms close early here: by default they stay open for a minute, which would be the whole run.
    let server = Server::start(&load.subject, &[("CONSILIUM_IDLE_ROOM_SECONDS", "1".to_owned())]).await;
    let mut memory = Vec::new();
    let began = std::time::Instant::now();
    for sample in 0..SAMPLES {
        let (first, last) = (load.documents * sample / SAMPLES, load.documents * (sample + 1) / SAMPLES);
        for from in (first..last).step_by(AT_ONCE) {
            let some = (from..last.min(from + AT_ONCE)).map(|number| visit(&server, number, load));
            futures_util::future::join_all(some).await;
        }
        memory.push(server.memory_kib(false));
    }
    let seconds = began.elapsed().as_secs_f64();
    let (warm, rest) = memory.split_at(WARM);
    let (warm, most) = (warm.iter().max().copied().unwrap_or(1), rest.iter().max().copied().unwrap_or(0));
    let grown = (most as f64 / warm as f64 - 1.0) * 100.0;
    json!({
        "load": "soak", "server": load.subject.name(), "documents": load.documents, "rss_kib": memory,
        "grown_percent": (grown * 10.0).round() / 10.0, "seconds": seconds.round(),
    })
}

/// A client opens a new document, shows a caret, types, sees the text confirmed by the server, and leaves.
async fn visit(server: &Server, number: usize, load: &Load) {
    let name = format!("soak{number}");
    let (wire, mut sender, mut receiver) = server.join(&name, &[0]).await.expect("the server accepts");
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    let caret = wire.awareness(doc.client_id().get(), 1, "{\"user\":{\"name\":\"soak\"}}");
    sender.send(&caret).await.expect("the server reads");
    for _ in 0..PIECES {
        let mut txn = doc.transact_mut();
        text.push(&mut txn, &"x".repeat(load.characters / PIECES));
        sender.send(&wire.update(&txn.encode_update_v1())).await.expect("the server reads");
    }
    // The server sends it back once it is durable.
    let mut back = 0;
    while back < load.characters {
        let message = receiver.next().await.expect("the server answers");
        if let Heard::Update(body) = wire.read(&message) {
            back += memchr::memchr_iter(b'x', body).count();
        }
    }
    drop((sender, receiver));
    // The next client gets the whole text.
    loop {
        let (wire, _sender, mut receiver) = server.join(&name, &[0]).await.expect("the server accepts");
        while let Some(message) = receiver.next().await {
            match wire.read(&message) {
                Heard::Step2(body) if body.len() >= load.characters => return,
                Heard::Step2(_) => break,
                _ => {}
            }
        }
    }
}
