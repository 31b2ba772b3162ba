//! Idle sockets: the cost of connecting and keeping each.

use std::ops::Range;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use yrs::{Doc, Text, Transact};

use crate::server::{Server, Subject};
use crate::socket::{Receiver, Sender};
use crate::wire::Heard;

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    #[arg(long, default_value_t = 2_000)]
    documents: usize,
    /// Number of sockets, spread over the documents
    #[arg(long, default_value_t = 2_000)]
    clients: usize,
    /// Characters in each document
    #[arg(long, default_value_t = 1_000)]
    characters: usize,
}

/// Connections opened at a time: enough to keep the server busy, few enough to be accepted.
const AT_ONCE: usize = 50;
/// One in this many sockets connects before memory is measured: the first ones fill caches, pools and program pages,
/// which are not the cost of one more socket.
const FIRST: usize = 10;

/// Time until the edits are logged, broadcast and counted.
const SETTLES: Duration = Duration::from_secs(3);
/// Time to wait after that: Consilium removes quiet documents from memory after five seconds.
const IDLES: Duration = Duration::from_secs(5);

/// Runs the load once; returns the results as a JSON object.
pub async fn run(load: &Load) -> Value {
    let mut server = Server::start(&load.subject, &[]).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let first = load.clients / FIRST;
    let mut sockets = connect(load, &server, 0..first).await;
    tokio::time::sleep(SETTLES + IDLES).await;
    let (memory, cpu, began) = (server.memory_kib(false), server.cpu_seconds(), Instant::now());
    sockets.extend(connect(load, &server, first..load.clients).await);
    let took = began.elapsed();
    tokio::time::sleep(SETTLES).await;
    let settled = server.cpu_seconds();
    tokio::time::sleep(IDLES).await;
    let kept = server.memory_kib(false).saturating_sub(memory);
    let idle_cpu = (server.cpu_seconds() - settled) / IDLES.as_secs_f64();
    let each = (load.clients - first) as f64;
    let outcome = json!({
        "load": "idle", "server": load.subject.name(), "documents": load.documents, "clients": load.clients,
        "kib_each": (kept as f64 * 10.0 / each).round() / 10.0, "connect_cpu_us": ((settled - cpu) * 1e6 / each).round(),
        "idle_cpu_ms_per_second": (idle_cpu * 1e3).round(),
        "connects_per_second": (each / took.as_secs_f64()).round(),
    });
    drop(sockets);
    server.end().await;
    outcome
}

async fn connect(load: &Load, server: &Server, clients: Range<usize>) -> Vec<(Sender, Receiver)> {
    let mut sockets = Vec::new();
    for first in clients.clone().step_by(AT_ONCE) {
        let some = (first..clients.end.min(first + AT_ONCE)).map(|client| visit(load, server, client));
        sockets.extend(futures_util::future::join_all(some).await);
    }
    sockets
}

/// Connects and syncs; the first socket of each document writes its content.
async fn visit(load: &Load, server: &Server, client: usize) -> (Sender, Receiver) {
    let name = format!("idle{}", client % load.documents);
    let (wire, mut sender, mut receiver) = server.join(&name, &[0]).await.expect("the server accepts");
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
