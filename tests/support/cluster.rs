//! Several nodes over one Postgres, one journal and one Redis.

use std::time::Duration;

use journal::{Journal, JournalOptions};
use rand::Rng;

use crate::crowd::check_log;
use crate::server::{Options, Server};
use crate::stores::{Proxy, Store};
use crate::until;

/// The store of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalKind {
    Postgres,
    Mongodb,
}

pub struct Cluster {
    pub nodes: Vec<Server>,
    pub postgres: Store,
    pub redis: Store,
    /// The proxy between the nodes and Redis.
    pub line: Proxy,
    /// The journal's store, if it is a separate one.
    pub mongodb: Option<Store>,
}

impl Cluster {
    pub async fn start(nodes: usize, kind: JournalKind) -> Cluster {
        let (postgres, redis) = tokio::join!(Store::postgres(), Store::redis());
        let mongodb = match kind {
            JournalKind::Postgres => None,
            JournalKind::Mongodb => Some(Store::mongodb().await),
        };
        let line = Proxy::before(redis.address()).await;
        let mut cluster = Cluster { nodes: Vec::new(), postgres, redis, line, mongodb };
        for _ in 0..nodes {
            cluster.nodes.push(Server::start_with(cluster.options()).await);
        }
        cluster
    }

    fn options(&self) -> Options {
        let env = [
            ("CONSILIUM_DATABASE_URL", self.postgres.url()),
            ("CONSILIUM_JOURNAL_URL", self.journal_url()),
            ("CONSILIUM_BUS_URL", format!("redis://{}", self.line.address())),
            ("CONSILIUM_LOG_FILTER", "info,sqlx=error".to_owned()),
        ];
        Options { env: env.map(|(key, value)| (key.to_owned(), value)).to_vec(), ..Options::default() }
    }

    pub fn journal_url(&self) -> String {
        self.mongodb.as_ref().unwrap_or(&self.postgres).url()
    }

    pub fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    pub fn all(&self) -> Vec<&Server> {
        self.nodes.iter().collect()
    }

    /// Kills a random node, and starts it again.
    pub async fn kill_a_node(&mut self) {
        let index = rand::rng().random_range(0..self.nodes.len());
        self.nodes[index].kill().await;
        self.nodes[index].restart().await;
    }

    /// Waits until the bus is up at every node, or down at every node.
    pub async fn until_bus(&self, expected: &str, within: Duration) {
        for node in &self.nodes {
            until(&format!("the bus is {expected}"), within, async || node.ready().await["bus"] == expected).await;
        }
    }

    /// Checks that every clock of every document is in the log once, and that every node rebuilds the same document.
    pub async fn check_log(&self) {
        let url = self.journal_url();
        let checked = tokio::task::spawn_blocking(move || {
            let journal = Journal::open(&url, &JournalOptions::default()).expect("the journal answers");
            let documents = journal.documents().expect("a readable journal");
            assert!(!documents.is_empty(), "something was written");
            check_log(&journal, &documents);
            for document in documents {
                hub::verify(&journal, document).expect("every document can be rebuilt");
            }
            journal.close();
        });
        checked.await.expect("the log is sound");
    }
}
