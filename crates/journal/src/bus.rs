//! How nodes hear of each other: journal rows, presence, and hints to look at the database.
//!
//! The bus is a hint, never the truth. What it loses is read from the journal; what it says carries no
//! authority. So nothing here waits: a message that cannot leave now is dropped.

mod local;
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

/// A larger row is not sent, only its number: who needs it reads it.
pub const ROW_BYTES: usize = 64 << 10;
/// How often a node says that it is there, and hears that its own messages come back.
pub const BEACON_EVERY: Duration = Duration::from_millis(300);
/// A bus on which one's own beacon is not heard for three times that long is down.
pub const DOWN_AFTER: Duration = Duration::from_millis(900);
/// A node that is not heard for this long, on a bus that works, has died: its people are gone.
pub const NODE_GONE_AFTER: Duration = Duration::from_secs(4);
/// What may wait to be taken in, or to leave. At most 64 MiB of rows; past it messages are dropped, and the
/// journal is read instead.
const WAITING: usize = 1_024;

/// One process, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub Uuid);

/// What other nodes say.
#[derive(Clone, Debug, PartialEq)]
pub enum Signal {
    /// A row that became durable.
    Row(Row),
    /// One that was too large to send.
    Head { document: DocumentId, seq: u64 },
    /// Who is on the document at another node: an awareness update, the newest state of each client.
    Presence { document: DocumentId, node: NodeId, update: Bytes },
    /// A node opened the document and asks who is there.
    WhoIsHere { document: DocumentId },
    /// Something in the database changed that open sockets should look at.
    Look,
    /// Messages were lost, or may have been: read what is missing. The bus itself says so.
    Behind,
}

/// Where signals come out; there is one of it for each bus.
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

/// One node's end of the bus. Cloning shares it.
#[derive(Clone)]
pub enum Bus {
    /// Within this process.
    Local(LocalBus),
    Redis(RedisBus),
}

/// Runs a method of whichever bus it is.
macro_rules! on {
    ($bus:expr, |$it:ident| $body:expr) => {
        match $bus {
            Bus::Local($it) => $body,
            Bus::Redis($it) => $body,
        }
    };
}

impl Bus {
    /// Opens the bus that a URL names. A Redis that does not answer now is tried until it does. Must be
    /// called inside a tokio runtime.
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

    /// A bus of this process alone.
    pub fn local() -> (Bus, Signals) {
        let (bus, signals) = LocalBus::alone();
        (Bus::Local(bus), signals)
    }

    /// Another node on the same bus, with an end of its own.
    ///
    /// # Errors
    /// As [`Bus::open`].
    pub fn another_node(&self) -> Result<(Bus, Signals), BusError> {
        Ok(match self {
            Bus::Local(bus) => {
                let (bus, signals) = bus.another_node();
                (Bus::Local(bus), signals)
            }
            Bus::Redis(bus) => {
                let (bus, signals) = bus.another_node();
                (Bus::Redis(bus), signals)
            }
        })
    }

    pub fn node(&self) -> NodeId {
        on!(self, |bus| bus.node())
    }

    /// Whether anybody may listen: nobody encodes for nobody.
    pub fn has_peers(&self) -> bool {
        on!(self, |bus| bus.has_peers())
    }

    /// Whether other processes are on it.
    pub fn is_shared(&self) -> bool {
        matches!(self, Bus::Redis(_))
    }

    /// Whether this node hears itself.
    pub fn is_up(&self) -> bool {
        on!(self, |bus| bus.is_up())
    }

    /// Whether a node has said nothing for [`NODE_GONE_AFTER`] while the bus works.
    pub fn is_gone(&self, node: NodeId) -> bool {
        on!(self, |bus| bus.is_gone(node))
    }

    /// Says something to the other nodes, if it can leave now.
    pub fn say(&self, signal: &Signal) {
        if self.has_peers() {
            on!(self, |bus| bus.say(signal));
        }
    }

    /// Says something as soon as the bus can be reached, and waits a moment for that: for a process that ends.
    pub async fn say_and_leave(&self, signal: &Signal) {
        if let Bus::Redis(bus) = self {
            bus.say_and_leave(signal).await;
        }
    }

    /// Begins to hear of a document. Resolves when that is confirmed, or after a while when it is not: what
    /// is not heard is read.
    pub async fn subscribe(&self, document: DocumentId) {
        on!(self, |bus| bus.subscribe(document).await);
    }

    pub fn unsubscribe(&self, document: DocumentId) {
        on!(self, |bus| bus.unsubscribe(document));
    }

    /// Notes who is on a document at this node, as JSON, for anybody who asks; empty: nobody is.
    pub async fn set_people(&self, document: DocumentId, people: String) {
        on!(self, |bus| bus.set_people(document, people).await);
    }

    /// What each other node noted of who is on a document, or `None` when that cannot be known now.
    pub async fn people(&self, document: DocumentId) -> Option<Vec<String>> {
        on!(self, |bus| bus.people(document).await)
    }

    /// Counts one more event of a key within a window, over all nodes: how many there were, or `None` when
    /// that cannot be known now.
    pub async fn count(&self, key: &str, window: Duration) -> Option<u64> {
        match self {
            Bus::Local(_) => None,
            Bus::Redis(bus) => bus.count(key, window).await,
        }
    }
}
