//! The bus over Redis pub/sub: one connection receives, the other sends.
//!
//! Both reconnect for ever. After a reconnect the node gets [`Signal::Behind`]. A Redis that is reachable but does not
//! deliver messages is detected by the node's own beacon.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::aio::{MultiplexedConnection, PubSub};
use ::redis::{AsyncConnectionConfig, Client, Pipeline, RedisResult, TlsCertificates};
use bytes::Bytes;
use futures_util::StreamExt;
use parking_lot::Mutex;
use rand::Rng;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::{info, warn};
use uuid::Uuid;

use super::nodes_alive::NodesAlive;
use super::wire::{Message, decode, encode};
use super::{BEACON_EVERY, BusError, NodeId, Signal, Signals, WAITING};
use vocabulary::DocumentId;

/// The topic that all nodes subscribe to: beacons, and hints to read the database.
const EVERYBODY: &str = "collab:nodes";
/// Timeout for an answer of Redis.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// How long opening a document waits for its subscription. Until the subscription is active, polling finds new rows.
const SUBSCRIBED_WITHIN: Duration = Duration::from_millis(500);
/// A connection on which nothing arrives for this long, not even the node's own beacon, is replaced.
const SILENT_FOR: Duration = Duration::from_secs(3);
/// Longest pause between two attempts to connect; the first attempt is made at once.
const RETRY_WITHIN: Duration = Duration::from_millis(400);
/// Messages sent in one write.
const AT_ONCE: usize = 128;
/// The people published by a node that died are removed after this time.
const PEOPLE_LAST: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct RedisBus {
    node: NodeId,
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    outgoing: mpsc::Sender<(String, Bytes)>,
    requests: mpsc::Sender<Request>,
    nodes: NodesAlive,
    // The mutex is held only to read or replace the handle, never across an await.
    connection: Mutex<Option<MultiplexedConnection>>,
}

/// A change of the subscriptions.
enum Request {
    Subscribe(DocumentId, oneshot::Sender<()>),
    Unsubscribe(DocumentId),
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
        let (requests, incoming_requests) = mpsc::channel(WAITING);
        let (sender, signals) = mpsc::channel(WAITING);
        let shared =
            Arc::new(Shared { client, outgoing, requests, nodes: NodesAlive::default(), connection: Mutex::default() });
        let bus = RedisBus { node: NodeId(Uuid::now_v7()), shared };
        // The tasks end with the process, or when the receiver of the signals is dropped.
        let subscriber =
            Subscriber { bus: bus.clone(), signals: sender.clone(), documents: HashSet::new(), behind: false };
        tokio::spawn(subscriber.listen(incoming_requests));
        tokio::spawn(bus.clone().send_all(to_send, sender));
        (bus, signals)
    }

    pub(super) fn node(&self) -> NodeId {
        self.node
    }

    pub(super) fn has_peers(&self) -> bool {
        true
    }

    pub(super) fn is_up(&self) -> bool {
        self.shared.nodes.is_up()
    }

    pub(super) fn is_gone(&self, node: NodeId) -> bool {
        self.shared.nodes.is_gone(node)
    }

    pub(super) fn publish(&self, signal: &Signal) {
        let topic = signal.document().map_or_else(|| EVERYBODY.to_owned(), topic);
        self.send(topic, &Message::Signal(signal.clone()));
    }

    pub(super) async fn publish_and_wait(&self, signal: &Signal) {
        let hears_itself = async {
            while !self.is_up() {
                sleep(BEACON_EVERY / 10).await;
            }
            self.publish(signal);
            // The next beacon is sent after the signal, so its return shows that the signal was sent.
            let said = Instant::now();
            while !self.shared.nodes.heard_itself_since(said + BEACON_EVERY / 2) {
                sleep(BEACON_EVERY / 10).await;
            }
        };
        // If the signal is lost, the other nodes read the database at their next interval.
        let _ = timeout(4 * ANSWERS_WITHIN, hears_itself).await;
    }

    fn send(&self, topic: String, message: &Message) {
        // If the queue is full, Redis is too slow, and the message is dropped: the journal has the row.
        if self.shared.outgoing.try_send((topic, encode(self.node, message))).is_err() {
            metrics::counter!("consilium_bus_dropped_total").increment(1);
        }
    }

    pub(super) async fn subscribe(&self, document: DocumentId) {
        let (confirm, confirmed) = oneshot::channel();
        if self.shared.requests.send(Request::Subscribe(document, confirm)).await.is_ok() {
            // If the subscription is not confirmed in time, polling finds new rows.
            let _ = timeout(SUBSCRIBED_WITHIN, confirmed).await;
        }
    }

    pub(super) fn unsubscribe(&self, document: DocumentId) {
        // If this fails, the node only receives signals that it does not need.
        let _ = self.shared.requests.try_send(Request::Unsubscribe(document));
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
        // The first event begins the window; later ones do not extend it.
        pipe.atomic().incr(&key, 1).cmd("EXPIRE").arg(&key).arg(window.as_secs().max(1)).arg("NX").ignore();
        let (count,): (u64,) = self.ask(&pipe).await?;
        Some(count)
    }

    /// `None` if Redis does not answer.
    async fn ask<T: ::redis::FromRedisValue>(&self, pipe: &Pipeline) -> Option<T> {
        let mut connection = self.shared.connection.lock().clone().filter(|_| self.is_up())?;
        pipe.query_async(&mut connection).await.ok()
    }

    /// Sends queued messages, many in one write, and a beacon every [`BEACON_EVERY`].
    async fn send_all(self, mut to_send: mpsc::Receiver<(String, Bytes)>, alive: mpsc::Sender<Signal>) {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(ANSWERS_WITHIN))
            .set_response_timeout(Some(ANSWERS_WITHIN));
        let mut batch = Vec::with_capacity(AT_ONCE);
        while !alive.is_closed() {
            let Ok(mut connection) = self.shared.client.get_multiplexed_async_connection_with_config(&config).await
            else {
                // Messages queued meanwhile are outdated, and the journal has the rows.
                while to_send.try_recv().is_ok() {}
                pause().await;
                continue;
            };
            *self.shared.connection.lock() = Some(connection.clone());
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
                    warn!(%error, "the bus does not accept messages: other nodes read the journal");
                    break;
                }
            }
            *self.shared.connection.lock() = None;
        }
    }
}

/// The receiving connection.
struct Subscriber {
    bus: RedisBus,
    signals: mpsc::Sender<Signal>,
    documents: HashSet<DocumentId>,
    /// Messages were lost, and [`Signal::Behind`] was not sent yet.
    behind: bool,
}

impl Subscriber {
    async fn listen(mut self, mut incoming_requests: mpsc::Receiver<Request>) {
        while !self.signals.is_closed() {
            match timeout(ANSWERS_WITHIN, self.bus.shared.client.get_async_pubsub()).await {
                Ok(Ok(connection)) => {
                    if let Err(error) = self.receive(connection, &mut incoming_requests).await {
                        warn!(%error, "the connection to the bus was lost");
                    }
                }
                Ok(Err(error)) => warn!(%error, "the bus cannot be reached"),
                Err(_) => warn!("the bus does not answer"),
            }
            // Dropping the confirmations lets waiting callers open their documents at once.
            while let Ok(request) = incoming_requests.try_recv() {
                self.apply(request);
            }
            pause().await;
        }
    }

    /// Receives until the connection ends or falls silent.
    async fn receive(
        &mut self,
        connection: PubSub,
        incoming_requests: &mut mpsc::Receiver<Request>,
    ) -> RedisResult<()> {
        let (mut sink, mut stream) = connection.split();
        let mut topics: Vec<String> = self.documents.iter().copied().map(topic).collect();
        topics.push(EVERYBODY.to_owned());
        for some in topics.chunks(AT_ONCE) {
            within(sink.subscribe(some)).await?;
        }
        info!(documents = self.documents.len(), "listening on the bus");
        self.behind = true;
        self.signal_behind();
        loop {
            tokio::select! {
                () = self.signals.closed() => return Ok(()),
                message = timeout(SILENT_FOR, stream.next()) => match message {
                    Ok(Some(message)) => self.handle(Bytes::copy_from_slice(message.get_payload_bytes())),
                    Ok(None) => return Ok(()),
                    Err(_) => return Err(silence()),
                },
                request = incoming_requests.recv() => match request {
                    Some(Request::Subscribe(document, confirm)) => {
                        self.documents.insert(document);
                        within(sink.subscribe(topic(document))).await?;
                        // The caller may have stopped waiting.
                        let _ = confirm.send(());
                    }
                    Some(Request::Unsubscribe(document)) => {
                        self.documents.remove(&document);
                        within(sink.unsubscribe(topic(document))).await?;
                    }
                    None => return Ok(()),
                },
            }
        }
    }

    fn apply(&mut self, request: Request) {
        match request {
            Request::Subscribe(document, _) => drop(self.documents.insert(document)),
            Request::Unsubscribe(document) => drop(self.documents.remove(&document)),
        }
    }

    fn handle(&mut self, payload: Bytes) {
        // Ignore messages from other programs on this Redis.
        let Some((node, message)) = decode(payload) else { return };
        let nodes = &self.bus.shared.nodes;
        if node == self.bus.node {
            return nodes.record_own_beacon();
        }
        nodes.record(node);
        if let Message::Signal(signal) = message {
            self.signal_behind();
            self.behind |= self.signals.try_send(signal).is_err();
        }
    }

    fn signal_behind(&mut self) {
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

/// Waits a random time, so that nodes that lost the same Redis do not all reconnect at once.
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
