//! Many sockets, some of them typing: what a delivered update costs the server.

use std::time::{Duration, Instant};

use clap::Args;
use document::Family;
use document::codec::Reply;
use document::lib0::Reader;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use yrs::{Doc, Text, Transact};

use crate::server::Server;

#[derive(Args)]
pub struct Load {
    /// Server to start: a path to `consilium`, or `floor`
    #[arg(long)]
    server: String,
    #[arg(long, default_value_t = 1)]
    documents: usize,
    /// Sockets on each document
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// How many of them type
    #[arg(long, default_value_t = 4)]
    writers: usize,
    /// Edits a second of each writer
    #[arg(long, default_value_t = 10.0)]
    rate: f64,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Runs the load once; a JSON object of what came out.
pub async fn run(load: &Load) -> serde_json::Value {
    let mut server = Server::start(&load.server, &[]).await;
    let began = Instant::now();
    let end = began + Duration::from_secs(load.seconds + 2);
    let mut tasks = Vec::new();
    for document in 0..load.documents {
        for client in 0..load.clients {
            let url = format!("ws://{}/sync/bench{document}", server.address);
            let writes = (client < load.writers).then_some(load.rate);
            let id = (document * load.clients + client) as u64 + 1;
            tasks.push(tokio::spawn(attend(url, id, writes, began, end)));
        }
    }
    tokio::time::sleep_until((began + Duration::from_secs(1)).into()).await;
    let before = server.cpu_seconds();
    let mut latencies: Vec<u32> = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("a client does not panic"));
    }
    let cpu = server.cpu_seconds() - before;
    server.end().await;
    latencies.sort_unstable();
    let at = |share: f64| latencies.get((latencies.len() as f64 * share) as usize).copied().unwrap_or(0);
    serde_json::json!({
        "server": load.server, "documents": load.documents, "clients": load.clients, "writers": load.writers,
        "rate": load.rate, "deliveries": latencies.len(), "cpu_us_per_delivery": (cpu * 1e7 / latencies.len() as f64).round() / 10.0,
        "p50_us": at(0.5), "p95_us": at(0.95), "p99_us": at(0.99), "max_us": latencies.last(),
    })
}

/// One client: says hello, perhaps types, and times what it hears. A merged update counts each edit in it.
async fn attend(url: String, id: u64, writes: Option<f64>, began: Instant, end: Instant) -> Vec<u32> {
    let (socket, _) = connect_async(url).await.expect("the server accepts");
    let (mut sink, mut source) = socket.split();
    let hello = Reply::Step1(&[0]).encode(Family::YWebsocket, b"").expect("y-websocket has it");
    sink.send(Message::Binary(hello.into())).await.expect("it is sent");
    let typing = async move {
        let Some(rate) = writes else { return std::future::pending().await };
        let doc = Doc::with_client_id(id);
        let text = doc.get_or_insert_text("text");
        let mut turn = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
        // Everybody is connected by then.
        tokio::time::sleep_until((began + Duration::from_millis(1_500)).into()).await;
        loop {
            turn.tick().await;
            let update = {
                let mut txn = doc.transact_mut();
                let stamp = format!("<{:010}>", began.elapsed().as_micros());
                text.push(&mut txn, &stamp);
                txn.encode_update_v1()
            };
            let frame = Reply::Update(&update).encode(Family::YWebsocket, b"").expect("y-websocket has it");
            if sink.send(Message::Binary(frame.into())).await.is_err() {
                return;
            }
        }
    };
    let mut latencies = Vec::new();
    let hearing = async {
        while let Some(Ok(message)) = source.next().await {
            let Message::Binary(frame) = message else { continue };
            let mut reader = Reader::new(&frame);
            if (reader.varuint(), reader.varuint()) != (Ok(0), Ok(2)) {
                continue;
            }
            let now = began.elapsed().as_micros();
            latencies.extend(stamps(&frame).map(|sent| now.saturating_sub(sent) as u32));
        }
    };
    tokio::select! {
        () = typing => {}
        () = hearing => {}
        () = tokio::time::sleep_until(end.into()) => {}
    }
    latencies
}

/// The times that stand in the inserted text: `<` ten digits `>`.
fn stamps(frame: &[u8]) -> impl Iterator<Item = u128> {
    frame
        .windows(12)
        .filter(|window| window[0] == b'<' && window[11] == b'>')
        .filter_map(|window| std::str::from_utf8(&window[1..11]).ok()?.parse().ok())
}
