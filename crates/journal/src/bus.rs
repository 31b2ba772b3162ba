//! The bus between nodes: journal rows, presence, and hints to read the database.
//!
//! The bus is a hint, never the truth. Lost messages are read from the journal, and a message carries no authority. So
//! nothing here waits: a message that cannot be sent now is dropped.

mod local;
mod nodes_alive;
mod redis;
mod wire;

use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::journal::Row;
use local::LocalBus;
pub use redis::RedisBus;
use vocabulary::DocumentId;

/// For a larger row only the number is sent; nodes that need the row read it from the journal.
pub const ROW_BYTES: usize = 64 << 10;
/// How often a node sends a beacon, which also shows it whether its own messages come back.
pub const BEACON_EVERY: Duration = Duration::from_millis(300);
/// The bus counts as down when the node's own beacon has not come back for this long: three beacons.
pub const DOWN_AFTER: Duration = Duration::from_millis(900);
/// A node that sends nothing for this long, while the bus works, has died, and its people are removed.
pub const NODE_GONE_AFTER: Duration = Duration::from_secs(4);
/// Messages queued in each direction. At most 64 MiB of rows; further messages are dropped, and the journal is read
/// instead.
const WAITING: usize = 1_024;

/// Id of one process, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub Uuid);

/// A message from another node.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// A row that became durable.
    Row(Row),
    /// The number of a row that was too large to send.
    Head { document: DocumentId, seq: u64 },
    /// Presence at another node: an awareness update with the newest state of each client.
    Presence { document: DocumentId, node: NodeId, update: Bytes },
    /// A node opened the document and asks for its presence.
    WhoIsHere { document: DocumentId },
    /// The database has new changes for open sockets.
    Changes,
    /// Messages were lost, or may have been: read what is missing. Sent by the bus itself.
    Behind,
}

/// The receiving end of a bus; each bus has one.
pub type Signals = mpsc::Receiver<Signal>;

#[derive(Debug, Error)]
pub enum BusError {
    #[error("the Redis bus cannot be used: {0}")]
    Redis(#[from] ::redis::RedisError),
    #[error("bus_ca_file cannot be read: {0}")]
    Certificate(#[from] std::io::Error),
    #[error("a bus is \"local\", redis://… or rediss://…, not {0}")]
    Unsupported(String),
}

/// One node's end of the bus. Clones share it.
#[derive(Clone)]
pub enum Bus {
    /// Within this process.
    Local(LocalBus),
    Redis(RedisBus),
}

/// Calls a method of the bus in use.
macro_rules! on {
    ($bus:expr, |$it:ident| $body:expr) => {
        match $bus {
            Bus::Local($it) => $body,
            Bus::Redis($it) => $body,
        }
    };
}

impl Bus {
    /// Opens the bus that a URL names. A Redis that does not answer is tried again until it does. Must be called inside
    /// a tokio runtime.
    ///
    /// # Errors
    /// [`BusError`] when the URL or the certificate cannot be used.
    pub fn open(url: &str, ca_file: &str) -> Result<(Bus, Signals), BusError> {
        match url.split(':').next().unwrap_or_default() {
            "local" => Ok(Bus::local()),
            "redis" | "rediss" => RedisBus::open(url, ca_file).map(|(bus, signals)| (Bus::Redis(bus), signals)),
            other => Err(BusError::Unsupported(other.to_owned())),
        }
    }

    /// A bus within this process.
    pub fn local() -> (Bus, Signals) {
        let (bus, signals) = LocalBus::alone();
        (Bus::Local(bus), signals)
    }

    /// Adds another node to the same bus.
    pub fn another_node(&self) -> (Bus, Signals) {
        match self {
            Bus::Local(bus) => {
                let (bus, signals) = bus.another_node();
                (Bus::Local(bus), signals)
            }
            Bus::Redis(bus) => {
                let (bus, signals) = bus.another_node();
                (Bus::Redis(bus), signals)
            }
        }
    }

    pub fn node(&self) -> NodeId {
        on!(self, |bus| bus.node())
    }

    /// Whether other nodes may be listening; otherwise messages need not be encoded.
    pub fn has_peers(&self) -> bool {
        on!(self, |bus| bus.has_peers())
    }

    /// Whether other processes use the bus.
    pub fn is_shared(&self) -> bool {
        matches!(self, Bus::Redis(_))
    }

    /// Whether the bus works: this node's own beacon comes back.
    pub fn is_up(&self) -> bool {
        on!(self, |bus| bus.is_up())
    }

    /// Whether a node has sent nothing for [`NODE_GONE_AFTER`] while the bus works.
    pub fn is_gone(&self, node: NodeId) -> bool {
        on!(self, |bus| bus.is_gone(node))
    }

    /// Sends a signal to the other nodes, if it can be queued now.
    pub fn publish(&self, signal: &Signal) {
        if self.has_peers() {
            on!(self, |bus| bus.publish(signal));
        }
    }

    /// Sends a signal and waits until it was sent, with a timeout; for a process that is about to end.
    pub async fn publish_and_wait(&self, signal: &Signal) {
        if let Bus::Redis(bus) = self {
            bus.publish_and_wait(signal).await;
        }
    }

    /// Subscribes to a document. Resolves when the subscription is confirmed, or after a timeout: missed rows are read
    /// from the journal.
    pub async fn subscribe(&self, document: DocumentId) {
        on!(self, |bus| bus.subscribe(document).await);
    }

    pub fn unsubscribe(&self, document: DocumentId) {
        on!(self, |bus| bus.unsubscribe(document));
    }

    /// Publishes the people on a document at this node, as JSON; an empty string removes them.
    pub async fn set_people(&self, document: DocumentId, people: String) {
        on!(self, |bus| bus.set_people(document, people).await);
    }

    /// The people on a document at each other node, as published there; `None` if the bus does not answer.
    pub async fn people(&self, document: DocumentId) -> Option<Vec<String>> {
        on!(self, |bus| bus.people(document).await)
    }

    /// Adds one event to the counter of a key, shared by all nodes, and returns the events in the current window;
    /// `None` if the bus does not answer or is within one process.
    pub async fn count(&self, key: &str, window: Duration) -> Option<u64> {
        match self {
            Bus::Local(_) => None,
            Bus::Redis(bus) => bus.count(key, window).await,
        }
    }
}
