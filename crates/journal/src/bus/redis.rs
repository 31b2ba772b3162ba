//! The bus over Redis pub/sub: one connection that listens, one that speaks.
//!
//! Both are made again for ever. Whoever was away is told [`Signal::Behind`]; a Redis that is reachable
//! and does not pass anything on is noticed by one's own beacon.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::aio::{MultiplexedConnection, PubSub};
use ::redis::{AsyncConnectionConfig, Client, Pipeline, RedisResult, TlsCertificates};
use bytes::Bytes;
use dashmap::DashMap;
use futures_util::StreamExt;
use parking_lot::Mutex;
use rand::Rng;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{info, warn};
use uuid::Uuid;

use super::wire::{Message, decode, encode};
use super::{BEACON_EVERY, BusError, DOWN_AFTER, NODE_GONE_AFTER, NodeId, Signal, Signals, WAITING};
use vocabulary::DocumentId;

/// Everybody hears these: beacons, and hints to look at the database.
const EVERYBODY: &str = "collab:nodes";
/// A Redis that answers does so within this.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// How long opening a document waits to be subscribed; after it the polling covers it.
const SUBSCRIBED_WITHIN: Duration = Duration::from_millis(500);
/// A connection on which nothing comes, not even one's own beacon, for this long is made again.
const SILENT_FOR: Duration = Duration::from_secs(3);
/// Between two tries, at most; the first comes at once.
const RETRY_WITHIN: Duration = Duration::from_millis(400);
/// Messages that leave in one write.
const AT_ONCE: usize = 128;
/// What a node that died noted of people is forgotten after this.
const PEOPLE_LAST: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct RedisBus {
    node: NodeId,
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    outgoing: mpsc::Sender<(String, Bytes)>,
    wishes: mpsc::Sender<Wish>,
    // A mutex: held to read or set one instant.
    heard_self: Mutex<Option<Instant>>,
    nodes: DashMap<NodeId, Instant>,
    // A mutex: held to clone the handle, never across an await.
    speaking: Mutex<Option<MultiplexedConnection>>,
}

/// A change of what is listened to.
enum Wish {
    Hear(DocumentId, oneshot::Sender<()>),
    Forget(DocumentId),
}

impl RedisBus {
    pub(super) fn open(url: &str, ca_file: &str) -> Result<(RedisBus, Signals), BusError> {
        let client = match ca_file {
            "" => Client::open(url)?,
            path => {
                let root_cert = Some(std::fs::read(path)?);
                Client::build_with_tls(url, TlsCertificates { client_tls: None, root_cert })?
            }
        };
        Ok(RedisBus::start(client))
    }

    pub(super) fn another_node(&self) -> (RedisBus, Signals) {
        RedisBus::start(self.shared.client.clone())
    }

    fn start(client: Client) -> (RedisBus, Signals) {
        let (outgoing, to_send) = mpsc::channel(WAITING);
        let (wishes, wished) = mpsc::channel(WAITING);
        let (sender, signals) = mpsc::channel(WAITING);
        let shared = Arc::new(Shared {
            client,
            outgoing,
            wishes,
            heard_self: Mutex::default(),
            nodes: DashMap::new(),
            speaking: Mutex::default(),
        });
        let bus = RedisBus { node: NodeId(Uuid::now_v7()), shared };
        // They end with the process, or when whoever hears the signals is gone.
        let ear = Ear { bus: bus.clone(), signals: sender.clone(), documents: HashSet::new(), behind: false };
        tokio::spawn(ear.listen(wished));
        tokio::spawn(bus.clone().speak(to_send, sender));
        (bus, signals)
    }

    pub(super) fn node(&self) -> NodeId {
        self.node
    }

    pub(super) fn has_peers(&self) -> bool {
        true
    }

    pub(super) fn is_up(&self) -> bool {
        self.shared.heard_self.lock().is_some_and(|heard| heard.elapsed() < DOWN_AFTER)
    }

    pub(super) fn is_gone(&self, node: NodeId) -> bool {
        let silent = self.shared.nodes.get(&node).is_none_or(|heard| heard.elapsed() > NODE_GONE_AFTER);
        silent && self.is_up()
    }

    pub(super) fn say(&self, signal: &Signal) {
        let topic = signal.document().map_or_else(|| EVERYBODY.to_owned(), topic);
        self.send(topic, &Message::Signal(signal.clone()));
    }

    pub(super) async fn say_and_leave(&self, signal: &Signal) {
        let hears_itself = async {
            while !self.is_up() {
                sleep(BEACON_EVERY / 10).await;
            }
            self.say(signal);
            // The next beacon leaves after it.
            let said = Instant::now();
            while self.shared.heard_self.lock().is_none_or(|heard| heard < said + BEACON_EVERY / 2) {
                sleep(BEACON_EVERY / 10).await;
            }
        };
        // Without it the nodes look by themselves.
        let _ = timeout(4 * ANSWERS_WITHIN, hears_itself).await;
    }

    fn send(&self, topic: String, message: &Message) {
        // Full: Redis does not keep up. The journal has it.
        if self.shared.outgoing.try_send((topic, encode(self.node, message))).is_err() {
            metrics::counter!("consilium_bus_dropped_total").increment(1);
        }
    }

    pub(super) async fn subscribe(&self, document: DocumentId) {
        let (confirm, confirmed) = oneshot::channel();
        if self.shared.wishes.send(Wish::Hear(document, confirm)).await.is_ok() {
            // Late or never: the polling covers it.
            let _ = timeout(SUBSCRIBED_WITHIN, confirmed).await;
        }
    }

    pub(super) fn unsubscribe(&self, document: DocumentId) {
        // Full or over: one document too many is heard.
        let _ = self.shared.wishes.try_send(Wish::Forget(document));
    }

    pub(super) async fn set_people(&self, document: DocumentId, people: String) {
        let (key, field) = (people_key(document), self.node.0.simple().to_string());
        let mut pipe = ::redis::pipe();
        if people.is_empty() {
            pipe.hdel(key, field).ignore();
        } else {
            let noted = format!("{} {people}", seconds_since_1970());
            pipe.hset(&key, field, noted).ignore().expire(&key, 2 * PEOPLE_LAST.as_secs() as i64).ignore();
        }
        self.ask::<()>(&pipe).await;
    }

    pub(super) async fn people(&self, document: DocumentId) -> Option<Vec<String>> {
        let mut pipe = ::redis::pipe();
        pipe.hgetall(people_key(document));
        let (noted,): (HashMap<String, String>,) = self.ask(&pipe).await?;
        let own = self.node.0.simple().to_string();
        let oldest = seconds_since_1970().saturating_sub(PEOPLE_LAST.as_secs());
        let live = noted.into_iter().filter(|(node, _)| *node != own).filter_map(|(_, noted)| {
            let (at, people) = noted.split_once(' ')?;
            (at.parse::<u64>().ok()? >= oldest).then(|| people.to_owned())
        });
        Some(live.collect())
    }

    pub(super) async fn count(&self, key: &str, window: Duration) -> Option<u64> {
        let key = format!("collab:count:{key}");
        let mut pipe = ::redis::pipe();
        // The first event begins the window; the others do not prolong it.
        pipe.atomic().incr(&key, 1).cmd("EXPIRE").arg(&key).arg(window.as_secs().max(1)).arg("NX").ignore();
        let (count,): (u64,) = self.ask(&pipe).await?;
        Some(count)
    }

    /// `None` when Redis does not answer now.
    async fn ask<T: ::redis::FromRedisValue>(&self, pipe: &Pipeline) -> Option<T> {
        let mut connection = self.shared.speaking.lock().clone().filter(|_| self.is_up())?;
        pipe.query_async(&mut connection).await.ok()
    }

    /// Sends what waits, many messages in one write, and a beacon every now and then.
    async fn speak(self, mut to_send: mpsc::Receiver<(String, Bytes)>, alive: mpsc::Sender<Signal>) {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWERS_WITHIN))
            .set_response_timeout(Some(ANSWERS_WITHIN));
        let mut batch = Vec::with_capacity(AT_ONCE);
        while !alive.is_closed() {
            let Ok(mut connection) = self.shared.client.get_multiplexed_async_connection_with_config(&config).await
            else {
                // What waited meanwhile is old, and in the journal.
                while to_send.try_recv().is_ok() {}
                pause().await;
                continue;
            };
            *self.shared.speaking.lock() = Some(connection.clone());
            let mut beacons = interval(BEACON_EVERY);
            beacons.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while !alive.is_closed() {
                let mut pipe = ::redis::pipe();
                tokio::select! {
                    _ = beacons.tick() => {
                        pipe.publish(EVERYBODY, &*encode(self.node, &Message::Beacon)).ignore();
                    }
                    taken = to_send.recv_many(&mut batch, AT_ONCE) => {
                        if taken == 0 {
                            return;
                        }
                        for (topic, payload) in batch.drain(..) {
                            pipe.publish(topic, &*payload).ignore();
                        }
                    }
                }
                let sent: RedisResult<()> = pipe.query_async(&mut connection).await;
                if let Err(error) = sent {
                    warn!(%error, "the bus does not take messages: other nodes read the journal");
                    break;
                }
            }
            *self.shared.speaking.lock() = None;
        }
    }
}

/// The end that listens.
struct Ear {
    bus: RedisBus,
    signals: mpsc::Sender<Signal>,
    documents: HashSet<DocumentId>,
    /// Messages were lost, which was not told yet.
    behind: bool,
}

impl Ear {
    async fn listen(mut self, mut wished: mpsc::Receiver<Wish>) {
        while !self.signals.is_closed() {
            match timeout(ANSWERS_WITHIN, self.bus.shared.client.get_async_pubsub()).await {
                Ok(Ok(connection)) => {
                    if let Err(error) = self.hear(connection, &mut wished).await {
                        warn!(%error, "the bus was lost");
                    }
                }
                Ok(Err(error)) => warn!(%error, "the bus cannot be reached"),
                Err(_) => warn!("the bus does not answer"),
            }
            // Who wants to open a document meanwhile does not wait for it.
            while let Ok(wish) = wished.try_recv() {
                self.note(wish);
            }
            pause().await;
        }
    }

    /// Listens until the connection ends or falls silent.
    async fn hear(&mut self, connection: PubSub, wished: &mut mpsc::Receiver<Wish>) -> RedisResult<()> {
        let (mut sink, mut stream) = connection.split();
        let mut topics: Vec<String> = self.documents.iter().copied().map(topic).collect();
        topics.push(EVERYBODY.to_owned());
        for some in topics.chunks(AT_ONCE) {
            within(sink.subscribe(some)).await?;
        }
        info!(documents = self.documents.len(), "listening on the bus");
        self.behind = true;
        self.tell_behind();
        loop {
            tokio::select! {
                () = self.signals.closed() => return Ok(()),
                message = timeout(SILENT_FOR, stream.next()) => match message {
                    Ok(Some(message)) => self.take(Bytes::copy_from_slice(message.get_payload_bytes())),
                    Ok(None) => return Ok(()),
                    Err(_) => return Err(silence()),
                },
                wish = wished.recv() => match wish {
                    Some(Wish::Hear(document, confirm)) => {
                        self.documents.insert(document);
                        within(sink.subscribe(topic(document))).await?;
                        // Who asked may have stopped waiting.
                        let _ = confirm.send(());
                    }
                    Some(Wish::Forget(document)) => {
                        self.documents.remove(&document);
                        within(sink.unsubscribe(topic(document))).await?;
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    fn note(&mut self, wish: Wish) {
        match wish {
            Wish::Hear(document, _) => drop(self.documents.insert(document)),
            Wish::Forget(document) => drop(self.documents.remove(&document)),
        }
    }

    fn take(&mut self, payload: Bytes) {
        // Whatever else is on this Redis is none of ours.
        let Some((node, message)) = decode(payload) else { return };
        let now = Instant::now();
        if node == self.bus.node {
            *self.bus.shared.heard_self.lock() = Some(now);
            return;
        }
        self.bus.shared.nodes.insert(node, now);
        if self.bus.shared.nodes.len() > WAITING {
            self.bus.shared.nodes.retain(|_, heard| heard.elapsed() < NODE_GONE_AFTER);
        }
        if let Message::Signal(signal) = message {
            self.tell_behind();
            self.behind |= self.signals.try_send(signal).is_err();
        }
    }

    fn tell_behind(&mut self) {
        if self.behind && self.signals.try_send(Signal::Behind).is_ok() {
            self.behind = false;
        }
    }
}

async fn within<T>(question: impl Future<Output = RedisResult<T>>) -> RedisResult<T> {
    timeout(ANSWERS_WITHIN, question).await.unwrap_or_else(|_| Err(silence()))
}

fn silence() -> ::redis::RedisError {
    ::redis::RedisError::from(std::io::Error::from(std::io::ErrorKind::TimedOut))
}

/// Nodes that lost the same Redis do not come back in step.
async fn pause() {
    let pause = rand::rng().random_range(RETRY_WITHIN / 4..RETRY_WITHIN);
    sleep(pause).await;
}

fn topic(document: DocumentId) -> String {
    format!("collab:{document}")
}

fn people_key(document: DocumentId) -> String {
    format!("collab:{document}:users")
}

fn seconds_since_1970() -> u64 {
    chrono::Utc::now().timestamp().unsigned_abs()
}
