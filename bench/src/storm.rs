//! A reconnect storm: hundreds of clients rejoin one document at the same time, with its full state or with nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use tokio::sync::Barrier;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, ReadTxn, Text, Transact, Update};

use crate::server::{Server, Subject};
use crate::wire::Heard;

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    #[arg(long, default_value_t = 300)]
    clients: usize,
    /// Words in the document, each written as one edit
    #[arg(long, default_value_t = 2_000)]
    edits: usize,
    /// The clients have an empty state
    #[arg(long)]
    empty: bool,
}

/// Runs the load once; returns the results as a JSON object.
pub async fn run(load: &Load) -> Value {
    let mut server = Server::start(&load.subject, &[]).await;
    let (wire, mut sender, mut receiver) = server.join("storm", &[0]).await.expect("the server accepts");
    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    for edit in 0..load.edits {
        let update = {
            let mut txn = doc.transact_mut();
            text.push(&mut txn, &format!("word{edit} "));
            txn.encode_update_v1()
        };
        sender.send(&wire.update(&update)).await.expect("the server reads");
    }
    let whole = doc.transact().state_vector();
    // One client stays connected, so that the document stays loaded. It is complete once a new client gets everything.
    let quiet = async { while receiver.next().await.is_some() {} };
    let stays = tokio::select! {
        () = quiet => panic!("the server closed"),
        () = holds(&server, &whole) => (sender, receiver),
    };
    let vector = if load.empty { vec![0] } else { whole.encode_v1() };
    let (start, server_ref) = (Arc::new(Barrier::new(load.clients)), &server);
    let (cpu, began) = (server.cpu_seconds(), Instant::now());
    let all = (0..load.clients).map(|_| {
        let (start, vector) = (start.clone(), vector.clone());
        async move {
            start.wait().await;
            let (wire, sender, mut receiver) = server_ref.join("storm", &vector).await.expect("the server accepts");
            loop {
                let message = receiver.next().await.expect("the server answers");
                if let Heard::Step2(_) = wire.read(&message) {
                    return (sender, receiver);
                }
            }
        }
    });
    let sockets = futures_util::future::join_all(all).await;
    let took = began.elapsed();
    let cpu = server.cpu_seconds() - cpu;
    drop((sockets, stays));
    server.end().await;
    json!({
        "load": "storm", "server": load.subject.name(), "clients": load.clients, "edits": load.edits, "empty": load.empty,
        "all_synced_ms": (took.as_secs_f64() * 1e4).round() / 10.0, "cpu_ms": (cpu * 1e3).round(),
    })
}

/// Waits until the server sends everything to a new client.
async fn holds(server: &Server, whole: &yrs::StateVector) {
    loop {
        let (wire, _sender, mut receiver) = server.join("storm", &[0]).await.expect("the server accepts");
        while let Some(message) = receiver.next().await {
            let Heard::Step2(body) = wire.read(&message) else { continue };
            let fresh = Doc::new();
            let update = Update::decode_v1(body).expect("an update");
            fresh.transact_mut().apply_update(update).expect("an honest update");
            if fresh.transact().state_vector() == *whole {
                return;
            }
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
