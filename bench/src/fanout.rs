//! Many sockets, some of them typing: the cost of a delivered update on the server, its latency, and whether each
//! arrives exactly once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::time::{sleep_until, timeout};
use yrs::{Doc, Text, Transact};

use crate::server::{Server, Subject};
use crate::socket::{Receiver, Sender};
use crate::times::{Times, with};
use crate::wire::{Heard, Wire};

#[derive(Args, Clone)]
pub struct Load {
    #[command(flatten)]
    subject: Subject,
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
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Move a caret instead of typing
    #[arg(long)]
    presence: bool,
}

/// Time until everybody is connected.
const SETTLED: Duration = Duration::from_millis(1_500);
/// Time for the last updates to arrive.
const DRAIN: Duration = Duration::from_millis(1_500);

/// What one client received.
#[derive(Default)]
struct Ear {
    times: Times,
    /// The last edit received from each writer, and the number of missing and duplicate ones.
    last: Vec<u32>,
    lost: u64,
    twice: u64,
}

/// Start and end of the load, for all clients.
#[derive(Clone, Copy)]
struct Clock {
    began: Instant,
    types_until: Instant,
    end: Instant,
}

/// Runs the load once; returns the results as a JSON object.
pub async fn run(load: &Load) -> Value {
    run_with(load, &[]).await
}

async fn run_with(load: &Load, settings: &[(&str, String)]) -> Value {
    let mut server = Server::start(&load.subject, settings).await;
    let outcome = attend(load, &server).await;
    server.end().await;
    outcome
}

/// Types faster and faster, until the slowest 1% of updates take longer than 200 ms. Four writers then do the work of
/// hundreds: by default Consilium reads up to 2,000 messages a second from one socket.
pub async fn saturate(load: &Load) -> Value {
    let settings = [("CONSILIUM_MESSAGES_PER_SECOND", "1000000".to_owned())];
    // If even the first rate is too fast, it is the result.
    let mut best = json!({ "server": load.subject.name(), "deliveries_per_second": 0 });
    let mut load = Load { seconds: 3, ..load.clone() };
    loop {
        let outcome = run_with(&load, &settings).await;
        let late = outcome["p99_us"].as_u64().unwrap_or(u64::MAX) > 200_000 || outcome["lost"].as_u64() != Some(0);
        if late {
            return with(best, json!({ "load": "saturate" }));
        }
        best = outcome;
        load.rate *= 1.6;
    }
}

async fn attend(load: &Load, server: &Server) -> Value {
    let began = Instant::now();
    let types_from = began + SETTLED;
    let types_until = types_from + Duration::from_secs(load.seconds);
    let clock = Clock { began, types_until, end: types_until + DRAIN };
    let load = Arc::new(load.clone());
    let mut tasks = Vec::new();
    for document in 0..load.documents {
        for client in 0..load.clients {
            let (wire, sender, receiver) =
                server.join(&format!("bench{document}"), &[0]).await.expect("the server accepts");
            let moments = Moments::new(&load, (document * load.clients + client) as u64, types_from);
            tasks.push(tokio::spawn(one(load.clone(), client, wire, sender, receiver, clock, moments)));
        }
    }
    sleep_until(types_from.into()).await;
    let before = server.cpu_seconds();
    let (mut times, mut lost, mut twice) = (Times::default(), 0, 0);
    let mut ears = Vec::new();
    for task in tasks {
        ears.push(task.await.expect("a client does not panic"));
    }
    let cpu = server.cpu_seconds() - before;
    for document in ears.chunks(load.clients) {
        let written: Vec<u32> = document[..load.writers].iter().map(|(written, _)| *written).collect();
        for (client, (_, ear)) in document.iter().enumerate() {
            times.add(&ear.times);
            twice += ear.twice;
            lost += ear.lost;
            let others = written.iter().zip(&ear.last).enumerate().filter(|(writer, _)| *writer != client);
            lost += others.map(|(_, (written, last))| u64::from(written - last)).sum::<u64>();
        }
    }
    let deliveries = times.len();
    let described = json!({
        "load": if load.presence { "presence" } else { "fanout" }, "server": load.subject.name(),
        "documents": load.documents, "clients": load.clients, "writers": load.writers, "rate": load.rate,
        "deliveries": deliveries, "deliveries_per_second": deliveries / load.seconds,
        "cpu_us_per_delivery": (cpu * 1e7 / deliveries.max(1) as f64).round() / 10.0,
        // A newer state of presence replaces an older one, which does not count as lost.
        "lost": if load.presence { 0 } else { lost }, "twice": twice,
    });
    with(described, times.describe())
}

/// One client, which may type, and measures updates of others. Returns the number of its edits and what it received.
async fn one(
    load: Arc<Load>,
    client: usize,
    wire: Wire,
    sender: Sender,
    mut receiver: Receiver,
    clock: Clock,
    moments: Moments,
) -> (u32, Ear) {
    let mut ear = Ear { last: vec![0; load.writers], ..Ear::default() };
    let typing = tokio::spawn(type_along(load.clone(), client, wire.clone(), sender, clock, moments));
    let hearing = async {
        while let Some(message) = receiver.next().await {
            let (Heard::Update(body) | Heard::Step2(body) | Heard::Awareness(body)) = wire.read(&message) else {
                continue;
            };
            let now = clock.began.elapsed().as_micros() as u64;
            for (writer, number, sent) in stamps(body) {
                if writer != client {
                    ear.hear(writer, number, now.saturating_sub(sent), load.presence);
                }
            }
        }
    };
    // The server may close first, which the counts will show.
    let _ = timeout(clock.end.saturating_duration_since(Instant::now()), hearing).await;
    (typing.await.expect("typing does not panic"), ear)
}

impl Ear {
    fn hear(&mut self, writer: usize, number: u32, micros: u64, skips: bool) {
        let Some(last) = self.last.get_mut(writer) else { return };
        if number <= *last {
            self.twice += 1;
            return;
        }
        if !skips {
            self.lost += u64::from(number - *last - 1);
        }
        *last = number;
        self.times.note(micros);
    }
}

/// The times of edits: independent for each writer, and the same for every server (a Poisson process).
struct Moments {
    random: StdRng,
    rate: f64,
    next: Instant,
}

/// Largest delay of a timer.
const TIMERS: Duration = Duration::from_millis(2);

impl Moments {
    fn new(load: &Load, seed: u64, from: Instant) -> Moments {
        Moments { random: StdRng::seed_from_u64(seed), rate: load.rate, next: from }
    }

    /// Waits for the next edit. If the server did not read in time, the latency counts from when the edit was due.
    async fn wait(&mut self) -> Instant {
        let evenly: f64 = self.random.random();
        self.next += Duration::from_secs_f64(-(1.0 - evenly).ln() / self.rate);
        sleep_until(self.next.into()).await;
        let now = Instant::now();
        if now > self.next + TIMERS { self.next } else { now }
    }
}

/// The number of edits.
async fn type_along(
    load: Arc<Load>,
    client: usize,
    wire: Wire,
    mut sender: Sender,
    clock: Clock,
    mut moments: Moments,
) -> u32 {
    let mut number = 0;
    if client < load.writers {
        let doc = Doc::new();
        let text = doc.get_or_insert_text("text");
        let id = doc.client_id().get();
        loop {
            let due = moments.wait().await;
            if due > clock.types_until {
                break;
            }
            number += 1;
            let stamp = format!("<{client:04}{number:08}{:010}>", (due - clock.began).as_micros());
            let message = if load.presence {
                wire.awareness(id, u64::from(number), &format!("{{\"at\":\"{stamp}\"}}"))
            } else {
                let mut txn = doc.transact_mut();
                text.push(&mut txn, &stamp);
                wire.update(&txn.encode_update_v1())
            };
            if sender.send(&message).await.is_err() {
                break;
            }
        }
    }
    // The socket stays open until everybody has received the edits.
    sleep_until(clock.end.into()).await;
    number
}

/// The inserted text: `<`, the writer, the number of the edit, the time, `>`.
fn stamps(body: &[u8]) -> impl Iterator<Item = (usize, u32, u64)> {
    memchr::memchr_iter(b'<', body).filter_map(|at| {
        let stamp = body.get(at + 1..at + 24).filter(|stamp| stamp[22] == b'>')?;
        let digits = std::str::from_utf8(&stamp[..22]).ok()?;
        Some((digits[..4].parse().ok()?, digits[4..12].parse().ok()?, digits[12..].parse().ok()?))
    })
}
