//! Writers that type their next word when the last one is acknowledged as durable: latency and throughput, at one node
//! or at several nodes that share the same stores.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::Args;
use journal::{Append, Entry, Journal, JournalOptions, Row};
use uuid::Uuid;
use vocabulary::DocumentId;
use yrs::{Doc, Text, Transact};

use crate::server::{Server, Subject};
use crate::socket::{Receiver, Sender};
use crate::wire::Wire;

#[derive(Args)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
    /// Number of nodes over the same stores
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// "" = embedded; several nodes need servers
    #[arg(long, default_value = "")]
    database: String,
    #[arg(long, default_value = "")]
    journal: String,
    #[arg(long, default_value = "local")]
    bus: String,
    #[arg(long, default_value_t = 1)]
    documents: usize,
    /// Writers on each document. With one document they are spread over the nodes, otherwise each document stays at one
    /// node
    #[arg(long, default_value_t = 1)]
    writers: usize,
    /// Largest number of words a second for each writer; 0 = as fast as they are acknowledged
    #[arg(long, default_value_t = 0.0)]
    rate: f64,
    #[arg(long, default_value_t = 8)]
    seconds: u64,
}

/// Runs the load once; returns the results as a JSON object.
pub async fn run(load: &Load) -> serde_json::Value {
    let bare = bare_commits(load).await;
    let env = [
        ("CONSILIUM_DATABASE_URL", load.database.clone()),
        ("CONSILIUM_JOURNAL_URL", load.journal.clone()),
        ("CONSILIUM_BUS_URL", load.bus.clone()),
    ];
    let mut nodes = Vec::new();
    for _ in 0..load.nodes {
        nodes.push(Server::start(&load.subject, &env).await);
    }
    let run = Uuid::new_v4().simple().to_string();
    let began = Instant::now() + Duration::from_secs(2);
    let end = began + Duration::from_secs(load.seconds);
    let pause = (load.rate > 0.0).then(|| Duration::from_secs_f64(1.0 / load.rate));
    let mut tasks = Vec::new();
    for document in 0..load.documents {
        for writer in 0..load.writers {
            // One document is shared by all nodes; of several, each is at one node.
            let node = if load.documents == 1 { writer } else { document } % load.nodes;
            let name = format!("hammer-{run}-{document}");
            let (wire, sender, receiver) = nodes[node].join(&name, &[0]).await.expect("the server accepts");
            let client = (document * load.writers + writer) as u64 + 1;
            tasks.push(tokio::spawn(hammer(wire, sender, receiver, client, began, end, pause)));
        }
    }
    let mut times: Vec<u32> = Vec::new();
    for task in tasks {
        times.extend(task.await.expect("a writer does not panic"));
    }
    for node in &mut nodes {
        node.end().await;
    }
    let at = |times: &[u32], share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(0);
    times.sort_unstable();
    let kind = load.journal.split(':').next().filter(|kind| !kind.is_empty()).unwrap_or("sqlite");
    serde_json::json!({
        "load": "hammer", "journal": kind, "nodes": load.nodes, "documents": load.documents, "writers": load.writers,
        "rate": load.rate, "per_second": times.len() as u64 / load.seconds, "p50_us": at(&times, 0.5), "p99_us": at(&times, 0.99),
        "bare_p50_us": at(&bare, 0.5), "bare_p99_us": at(&bare, 0.99),
    })
}

/// Bare commits of the journal, one after the other, with a pause of 8 ms.
async fn bare_commits(load: &Load) -> Vec<u32> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = match load.journal.as_str() {
        "" => format!("sqlite:{}", folder.path().join("journal.db").display()),
        url => url.to_owned(),
    };
    let commits = tokio::task::spawn_blocking(move || {
        let journal = Journal::open(&url, &JournalOptions::default()).expect("the journal opens");
        let (document, mut times) = (DocumentId::new(), Vec::new());
        for seq in 1..=400 {
            let entry = Entry { user: "bench".into(), connection: 1, bytes: Bytes::from_static(&[7; 40]) };
            let row = Row { document, seq, op: Uuid::new_v4(), at: 0, entries: vec![entry] };
            let (done, outcome) = mpsc::channel();
            let sent = Instant::now();
            journal.append(Append { row, done: Box::new(move |appended| done.send(appended).expect("it is awaited")) });
            outcome.recv().expect("an outcome");
            times.push(sent.elapsed().as_micros() as u32);
            std::thread::sleep(Duration::from_millis(8));
        }
        journal.close();
        times.sort_unstable();
        times
    });
    commits.await.expect("commits do not panic")
}

async fn hammer(
    wire: Wire,
    mut sender: Sender,
    mut receiver: Receiver,
    client: u64,
    began: Instant,
    end: Instant,
    pause: Option<Duration>,
) -> Vec<u32> {
    let doc = Doc::with_client_id(client);
    let text = doc.get_or_insert_text("text");
    let mut times = Vec::new();
    tokio::time::sleep_until(began.into()).await;
    for word in 0.. {
        if Instant::now() >= end {
            break;
        }
        let stamp = format!("<{client}.{word}>");
        let update = {
            let mut txn = doc.transact_mut();
            text.push(&mut txn, &stamp);
            txn.encode_update_v1()
        };
        let sent = Instant::now();
        sender.send(&wire.update(&update)).await.expect("the server reads");
        let came_back = async {
            while let Some(frame) = receiver.next().await {
                if frame.windows(stamp.len()).any(|window| window == stamp.as_bytes()) {
                    return;
                }
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), came_back).await.is_err() {
            break;
        }
        times.push(sent.elapsed().as_micros() as u32);
        if let Some(pause) = pause {
            tokio::time::sleep(pause).await;
        }
    }
    times
}
