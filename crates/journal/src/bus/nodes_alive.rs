//! Which nodes are alive, as far as this node can tell: whether its own messages come back, and when each other node
//! last sent something.

use std::time::Instant;

use dashmap::DashMap;
use parking_lot::Mutex;

use super::{DOWN_AFTER, NODE_GONE_AFTER, NodeId, WAITING};

#[derive(Default)]
pub(super) struct NodesAlive {
    // The mutex is held only to read or set the time.
    own_beacon_at: Mutex<Option<Instant>>,
    others: DashMap<NodeId, Instant>,
}

impl NodesAlive {
    /// Records that the node's own beacon came back.
    pub(super) fn record_own_beacon(&self) {
        *self.own_beacon_at.lock() = Some(Instant::now());
    }

    /// Records that another node has sent something.
    pub(super) fn record(&self, node: NodeId) {
        self.others.insert(node, Instant::now());
        if self.others.len() > WAITING {
            self.others.retain(|_, seen| seen.elapsed() < NODE_GONE_AFTER);
        }
    }

    /// Whether the bus works: the node's own beacon came back within [`DOWN_AFTER`].
    pub(super) fn is_up(&self) -> bool {
        self.own_beacon_at.lock().is_some_and(|seen| seen.elapsed() < DOWN_AFTER)
    }

    /// Whether the node's own beacon came back at this time or later.
    pub(super) fn heard_itself_since(&self, time: Instant) -> bool {
        self.own_beacon_at.lock().is_some_and(|heard| heard >= time)
    }

    /// Whether a node has been silent for [`NODE_GONE_AFTER`] while the bus works.
    pub(super) fn is_gone(&self, node: NodeId) -> bool {
        let silent = self.others.get(&node).is_none_or(|seen| seen.elapsed() > NODE_GONE_AFTER);
        silent && self.is_up()
    }
}
