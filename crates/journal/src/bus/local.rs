//! The bus within one process: a table of nodes. The default has one node; tests attach more.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{NodeId, Signal, Signals, WAITING};
use vocabulary::DocumentId;

#[derive(Clone)]
pub struct LocalBus {
    node: NodeId,
    // The mutex is held only to access the table, never across an await.
    exchange: Arc<Mutex<Exchange>>,
}

#[derive(Default)]
struct Exchange {
    ends: HashMap<NodeId, End>,
    people: HashMap<DocumentId, HashMap<NodeId, String>>,
}

struct End {
    signals: mpsc::Sender<Signal>,
    documents: HashSet<DocumentId>,
    /// A signal to this node was dropped, and [`Signal::Behind`] was not sent yet.
    behind: bool,
}

impl LocalBus {
    pub(super) fn alone() -> (LocalBus, Signals) {
        LocalBus { node: NodeId(Uuid::nil()), exchange: Arc::default() }.another_node()
    }

    pub(super) fn another_node(&self) -> (LocalBus, Signals) {
        let (sender, signals) = mpsc::channel(WAITING);
        let node = NodeId(Uuid::now_v7());
        let end = End { signals: sender, documents: HashSet::new(), behind: false };
        self.exchange.lock().ends.insert(node, end);
        (LocalBus { node, exchange: self.exchange.clone() }, signals)
    }

    pub(super) fn node(&self) -> NodeId {
        self.node
    }

    pub(super) fn has_peers(&self) -> bool {
        self.exchange.lock().ends.len() > 1
    }

    pub(super) fn is_up(&self) -> bool {
        true
    }

    pub(super) fn is_gone(&self, node: NodeId) -> bool {
        !self.exchange.lock().ends.contains_key(&node)
    }

    pub(super) fn publish(&self, signal: &Signal) {
        let mut exchange = self.exchange.lock();
        for (node, end) in &mut exchange.ends {
            let concerned = signal.document().is_none_or(|document| end.documents.contains(&document));
            if *node == self.node || !concerned {
                continue;
            }
            if end.behind && end.signals.try_send(Signal::Behind).is_ok() {
                end.behind = false;
            }
            end.behind |= end.signals.try_send(signal.clone()).is_err();
        }
    }

    pub(super) async fn subscribe(&self, document: DocumentId) {
        if let Some(end) = self.exchange.lock().ends.get_mut(&self.node) {
            end.documents.insert(document);
        }
    }

    pub(super) fn unsubscribe(&self, document: DocumentId) {
        if let Some(end) = self.exchange.lock().ends.get_mut(&self.node) {
            end.documents.remove(&document);
        }
    }

    pub(super) async fn set_people(&self, document: DocumentId, people: String) {
        let mut exchange = self.exchange.lock();
        let nodes = exchange.people.entry(document).or_default();
        match people.is_empty() {
            true => drop(nodes.remove(&self.node)),
            false => drop(nodes.insert(self.node, people)),
        }
        exchange.people.retain(|_, nodes| !nodes.is_empty());
    }

    pub(super) async fn people(&self, document: DocumentId) -> Option<Vec<String>> {
        let exchange = self.exchange.lock();
        let nodes = exchange.people.get(&document).into_iter().flatten();
        Some(nodes.filter(|(node, _)| **node != self.node).map(|(_, people)| people.clone()).collect())
    }
}
