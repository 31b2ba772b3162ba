//! [SAVE-6] What was acknowledged is in the log exactly once and in the document, whatever happens to
//! the process or the disk. Short here; `make chaos` sets CHAOS_KILLS=200 and CHAOS_FSYNCS=50.

use std::collections::HashMap;
use std::time::Duration;

use document::update::Update;
use rand::Rng;
use tests::server::{Options, Server};
use tests::typist::Typist;
use tests::{setting, until};
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact};

const CLIENTS: u64 = 40;
const DOCUMENTS: u64 = 4;
/// Five edits a second each.
const PAUSE: Duration = Duration::from_millis(200);

fn name(id: u64) -> String {
    format!("chaos{}", id % DOCUMENTS)
}

fn typists() -> Vec<Typist> {
    (0..CLIENTS).map(|id| Typist::new(id, &name(id))).collect()
}

/// Everybody types for a while, reconnecting where needed.
async fn load(typists: &mut Vec<Typist>, address: &str, lasting: Duration) {
    let tasks: Vec<_> = std::mem::take(typists)
        .into_iter()
        .map(|mut typist| {
            let address = address.to_owned();
            tokio::spawn(async move {
                let until = tokio::time::Instant::now() + lasting;
                while tokio::time::Instant::now() < until {
                    if !typist.is_connected() {
                        typist.connect(&address).await;
                    }
                    typist.type_word().await;
                    let pause = PAUSE.mul_f64(rand::rng().random_range(0.5..1.5));
                    typist.listen(pause.min(until - tokio::time::Instant::now())).await;
                }
                typist
            })
        })
        .collect();
    for task in tasks {
        typists.push(task.await.expect("a typist does not panic"));
    }
}

/// Everybody listens until nothing is owed.
async fn settle(typists: &mut [Typist], address: &str) {
    for typist in typists.iter_mut() {
        until("every word is acknowledged in the end", Duration::from_secs(30), async || {
            if !typist.is_connected() {
                typist.connect(address).await;
            }
            typist.listen(Duration::from_millis(20)).await;
            typist.is_settled()
        })
        .await;
    }
}

/// Every clock of the log once, and every acknowledged word in the stored text once.
async fn check(server: &mut Server, typists: &[Typist]) {
    for document in 0..DOCUMENTS {
        let state = server.state(&name(document)).await;
        let doc = Doc::new();
        let text = doc.get_or_insert_text("text");
        doc.transact_mut().apply_update(yrs::Update::decode_v1(&state).expect("a state")).expect("a state");
        let text = text.get_string(&doc.transact());
        for typist in typists.iter().filter(|typist| typist.id % DOCUMENTS == document) {
            for word in &typist.acknowledged {
                assert_eq!(text.matches(word.as_str()).count(), 1, "acknowledged {word} is in {}", name(document));
            }
        }
    }
    server.kill().await;
    let documents = server.documents();
    let journal = server.journal();
    for id in documents {
        let log = journal.read_all(id).expect("a sound log");
        let mut next: HashMap<u64, u32> = HashMap::new();
        for entry in log.rows.iter().flat_map(|row| &row.entries) {
            let update = Update::parse(&entry.bytes).expect("what was admitted");
            for section in &update.sections {
                for block in update.blocks_of(section) {
                    let known = next.entry(section.client).or_insert(0);
                    assert_eq!(block.clock, *known, "client {}: every clock is logged once, in order", section.client);
                    *known = block.next_clock();
                }
            }
        }
    }
    journal.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_edits_survive_kill_9() {
    let kills = setting("CHAOS_KILLS", 6);
    let mut server = Server::start().await;
    let mut typists = typists();
    for _ in 0..kills {
        let moment = Duration::from_millis(rand::rng().random_range(150..1_500));
        let address = server.address.clone();
        let typing = load(&mut typists, &address, moment + Duration::from_millis(50));
        let killing = async {
            tokio::time::sleep(moment).await;
            server.kill().await;
        };
        tokio::join!(typing, killing);
        server.restart().await;
    }
    let address = server.address.clone();
    settle(&mut typists, &address).await;
    let acknowledged: usize = typists.iter().map(|typist| typist.acknowledged.len()).sum();
    check(&mut server, &typists).await;
    println!("{kills} kills, {acknowledged} acknowledged edits, none lost, none twice");
    assert!(acknowledged as u64 > kills * CLIENTS, "hardly anything was typed: {acknowledged}");
}

/// [SAVE-7] After a failed sync nothing is acknowledged: the process has ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_acknowledged_after_a_failed_sync() {
    for _ in 0..setting("CHAOS_FSYNCS", 2) {
        let trace = tempfile::NamedTempFile::new().expect("a temporary file");
        let nth = rand::rng().random_range(40..120);
        let wrapper = [
            "strace",
            "-f",
            "-qq",
            "-xx",
            "-s",
            "64",
            "-e",
            "trace=fsync,fdatasync,sendto,write,writev,sendmsg",
            "-e",
            &format!("inject=fsync,fdatasync:error=EIO:when={nth}+"),
            "-o",
        ];
        let mut wrapper: Vec<String> = wrapper.map(str::to_owned).to_vec();
        wrapper.push(trace.path().display().to_string());
        let mut server = Server::start_with(Options { wrapper, ..Options::default() }).await;
        let mut typists = typists();
        let address = server.address.clone();
        let mut ended = false;
        for _ in 0..40 {
            load(&mut typists, &address, Duration::from_millis(500)).await;
            ended = server.exited(Duration::from_millis(1)).await.is_some();
            if ended {
                break;
            }
        }
        assert!(ended, "the process ends when its disk fails");
        let trace = std::fs::read_to_string(trace.path()).expect("strace wrote its log");
        let failure = trace.find("(INJECTED)").expect("a sync failed");
        // SyncStatus 1 behind the address: "chaosN" 08 01, as strace spells bytes.
        let chaos: String = "chaos".bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        let acknowledges = |line: &&str| line.contains(&chaos) && line.contains("\\x08\\x01");
        let after: Vec<&str> = trace[failure..].lines().filter(acknowledges).collect();
        assert!(after.is_empty(), "acknowledged after a failed sync: {after:?}");
        assert!(
            trace[..failure].lines().any(|line| acknowledges(&line)),
            "acknowledgements are recognised in the trace"
        );

        server.without_wrapper();
        server.restart().await;
        check(&mut server, &typists).await;
    }
}
