//! Many concurrent typists, and checks of their text.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::time::Duration;

use document::update::Update;
use document::{Document, Owners, Stored};
use journal::Journal;
use rand::Rng;
use rand::seq::IndexedRandom;
use tokio::time::Instant;
use vocabulary::DocumentId;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact};

use crate::server::Server;
use crate::typist::Typist;
use crate::until;

/// Typists on a few documents, and the servers that they connect to.
pub struct Crowd {
    pub typists: Vec<Typist>,
    documents: Vec<String>,
    /// Time between two words of one typist.
    pub pause: Duration,
}

impl Crowd {
    pub fn new(typists: u64, documents: u64) -> Crowd {
        let documents: Vec<String> = (0..documents).map(|id| format!("chaos{id}")).collect();
        let name = |id: u64| &documents[id as usize % documents.len()];
        let typists = (0..typists).map(|id| Typist::new(id, name(id))).collect();
        Crowd { typists, documents, pause: Duration::from_millis(200) }
    }

    /// Lets everybody type for a while, reconnecting to any of the servers if needed.
    pub async fn types(&mut self, addresses: &[String], lasting: Duration) {
        let (addresses, pause) = (addresses.to_vec(), self.pause);
        let tasks: Vec<_> = std::mem::take(&mut self.typists)
            .into_iter()
            .map(|mut typist| {
                let addresses = addresses.clone();
                tokio::spawn(async move {
                    let until = Instant::now() + lasting;
                    while Instant::now() < until {
                        if !typist.is_connected() {
                            typist.connect(any(&addresses)).await;
                        }
                        typist.type_word().await;
                        let pause = pause.mul_f64(rand::rng().random_range(0.5..1.5));
                        typist.listen(pause.min(until - Instant::now())).await;
                    }
                    typist
                })
            })
            .collect();
        for task in tasks {
            self.typists.push(task.await.expect("a typist does not panic"));
        }
    }

    /// Waits until all edits are acknowledged and everybody sees the same text; returns how long it took.
    pub async fn settles(&mut self, addresses: &[String], within: Duration) -> Duration {
        let began = Instant::now();
        let deadline = began + within;
        loop {
            for typist in &mut self.typists {
                if !typist.is_connected() {
                    typist.connect(any(addresses)).await;
                }
                typist.listen(Duration::from_millis(1)).await;
            }
            if self.typists.iter().all(Typist::is_settled) && self.sees_one_text() {
                return began.elapsed();
            }
            let waiting = self.typists.iter().filter(|typist| !typist.is_settled()).count();
            assert!(Instant::now() < deadline, "not within {within:?}: {waiting} typists wait, or texts differ");
        }
    }

    fn sees_one_text(&self) -> bool {
        self.documents.iter().all(|document| {
            let mut texts = self.typists.iter().filter(|typist| typist.document == *document).map(Typist::text);
            let first = texts.next();
            texts.all(|text| Some(&text) == first.as_ref())
        })
    }

    pub fn acknowledged(&self) -> usize {
        self.typists.iter().map(|typist| typist.acknowledged.len()).sum()
    }

    /// Checks that every acknowledged word is in the stored text once, at every server, and that all have the same
    /// document.
    pub async fn check_texts(&self, servers: &[&Server], within: Duration) {
        for name in &self.documents {
            until(&format!("all nodes have the same {name}"), within, async || {
                let mut seen = Vec::new();
                for server in servers {
                    let state = bytes::Bytes::from(server.state(name).await);
                    let document = Document::load([[Stored::from(&state)]], Owners::default()).expect("a state");
                    let mut clocks: Vec<_> = document.known().clocks.clone().into_iter().collect();
                    clocks.sort_unstable();
                    seen.push((document.fingerprint(), clocks));
                }
                seen.windows(2).all(|pair| pair[0] == pair[1])
            })
            .await;
            let doc = Doc::new();
            let text = doc.get_or_insert_text("text");
            let state = servers[0].state(name).await;
            doc.transact_mut().apply_update(yrs::Update::decode_v1(&state).expect("a state")).expect("a state");
            let text = text.get_string(&doc.transact());
            for typist in self.typists.iter().filter(|typist| typist.document == *name) {
                for word in &typist.acknowledged {
                    assert_eq!(text.matches(word.as_str()).count(), 1, "acknowledged {word} is in {name}");
                }
            }
        }
    }
}

/// The given percentile.
pub fn percentile(durations: &[Duration], of_hundred: usize) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted.get((sorted.len() * of_hundred).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

fn any(addresses: &[String]) -> &str {
    addresses.choose(&mut rand::rng()).expect("a server")
}

/// Checks that every clock of the log is there once and in order. Blocks.
pub fn check_log(journal: &Journal, documents: &[DocumentId]) {
    for id in documents {
        let mut next: HashMap<u64, u32> = HashMap::new();
        let read = journal.for_each_after(*id, 0, |row| {
            row.entries.iter().for_each(|entry| check_clocks(&entry.bytes, &mut next));
            ControlFlow::Continue(())
        });
        read.expect("a sound log");
    }
}

fn check_clocks(update: &[u8], next: &mut HashMap<u64, u32>) {
    let update = Update::parse(update).expect("what was admitted");
    for section in &update.sections {
        for block in update.blocks_of(section) {
            let known = next.entry(section.client).or_insert(0);
            assert_eq!(block.clock, *known, "client {}: every clock is logged once, in order", section.client);
            *known = block.next_clock();
        }
    }
}
