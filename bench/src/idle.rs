//! Sockets that do nothing: what each costs to connect, and to keep.

use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};
use yrs::{Doc, Text, Transact};

use crate::server::{Server, Subject};
use crate::wire::Heard;

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    #[arg(long, default_value_t = 2_000)]
    documents: usize,
    /// In all, spread over the documents
    #[arg(long, default_value_t = 2_000)]
    clients: usize,
    /// Of each document
    #[arg(long, default_value_t = 1_000)]
    characters: usize,
}

/// Enough to be busy, few enough to be accepted at once.
const AT_ONCE: usize = 50;

/// Runs the load once; a JSON object of what came out.
pub async fn run(load: &Load) -> Value {
    let mut server = Server::start(&load.subject, &[]).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let (memory, cpu, began) = (server.memory_kib(false), server.cpu_seconds(), Instant::now());
    let mut sockets = Vec::new();
    for first in (0..load.clients).step_by(AT_ONCE) {
        let some = (first..load.clients.min(first + AT_ONCE)).map(|client| {
            let server = &server;
            async move {
                let name = format!("idle{}", client % load.documents);
                let (wire, mut sender, mut receiver) = server.join(&name, &[0]).await.expect("the server accepts");
                // The first of each document writes what is in it.
                if client < load.documents {
                    let doc = Doc::new();
                    let text = doc.get_or_insert_text("text");
                    let mut txn = doc.transact_mut();
                    text.push(&mut txn, &"consilium ".repeat(load.characters / 10));
                    sender.send(&wire.update(&txn.encode_update_v1())).await.expect("the server reads");
                }
                let mut is_synced = !load.subject.answers();
                while !is_synced {
                    let message = receiver.next().await.expect("the server answers");
                    is_synced = matches!(wire.read(&message), Heard::Step2(_));
                }
                (sender, receiver)
            }
        });
        sockets.extend(futures_util::future::join_all(some).await);
    }
    let took = began.elapsed();
    // Logged, told, and settled.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let kept = server.memory_kib(false).saturating_sub(memory);
    let cpu = server.cpu_seconds() - cpu;
    let each = load.clients as f64;
    let outcome = json!({
        "load": "idle", "server": load.subject.name(), "documents": load.documents, "clients": load.clients,
        "kib_each": (kept as f64 * 10.0 / each).round() / 10.0, "connect_cpu_us": (cpu * 1e6 / each).round(),
        "connects_per_second": (each / took.as_secs_f64()).round(),
    });
    drop(sockets);
    server.end().await;
    outcome
}
