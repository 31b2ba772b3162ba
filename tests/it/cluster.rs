//! [NODE-1] Three nodes act as one: despite failures of nodes and stores, nothing acknowledged is lost and everybody
//! ends with the same document. The run is short here, with deadlines ten times as long as the figures; `make chaos`
//! sets the numbers and figures of the full run.

use std::time::{Duration, Instant};

use rand::Rng;
use tests::cluster::{Cluster, JournalKind};
use tests::crowd::{Crowd, percentile};
use tests::typist::Typist;
use tests::{setting, until};

const CLIENTS: u64 = 60;
const DOCUMENTS: u64 = 6;
/// Deadline for everything without a figure.
const PATIENCE: Duration = Duration::from_secs(60);

/// A figure of the full run; thirty times as long in the short run, because test machines are shared.
fn figure(duration: Duration) -> Duration {
    if std::env::var_os("CHAOS_FULL").is_some() { duration } else { 30 * duration }
}

fn somewhen(from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(rand::rng().random_range(from..to))
}

/// Lets the crowd type while something happens.
async fn types_during(crowd: &mut Crowd, addresses: &[String], lasting: Duration, happens: impl Future<Output = ()>) {
    tokio::join!(crowd.types(addresses, lasting), happens);
}

async fn check(cluster: &Cluster, crowd: &mut Crowd) {
    crowd.settles(&cluster.addresses(), PATIENCE).await;
    crowd.check_texts(&cluster.all(), PATIENCE).await;
    cluster.check_log().await;
    assert!(crowd.acknowledged() > CLIENTS as usize, "hardly anything was typed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_killed() {
    let kills = setting("CHAOS_NODE_KILLS", 4);
    let mut cluster = Cluster::start(3, JournalKind::Postgres).await;
    let mut crowd = Crowd::new(CLIENTS, DOCUMENTS);
    for _ in 0..kills {
        let (addresses, moment) = (cluster.addresses(), somewhen(0.15, 1.5));
        types_during(&mut crowd, &addresses, moment + Duration::from_millis(50), async {
            tokio::time::sleep(moment).await;
            cluster.kill_a_node().await;
        })
        .await;
    }
    check(&cluster, &mut crowd).await;
    println!("{kills} nodes killed: {} acknowledged edits, none lost, none twice", crowd.acknowledged());
}

/// [NODE-6] Two nodes whose clients write heavily to one document constantly compete for row numbers, and both make
/// progress.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_hammer_one_document() {
    let cluster = Cluster::start(2, JournalKind::Postgres).await;
    let mut crowd = Crowd::new(CLIENTS, 1);
    crowd.pause = Duration::from_millis(20);
    crowd.types(&cluster.addresses(), Duration::from_secs(3)).await;
    check(&cluster, &mut crowd).await;
    let mut races = Vec::new();
    for node in &cluster.nodes {
        races.push(node.metric("consilium_lost_races_total").await);
    }
    println!("{} acknowledged edits on one document; races lost by node: {races:?}", crowd.acknowledged());
    assert!(races.iter().sum::<f64>() > 0.0, "they never met");
}

/// [NODE-2] Redis is only a hint: when it is cut off, frozen or killed, edits are delayed, but nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_cut_frozen_and_killed() {
    let mut cluster = Cluster::start(3, JournalKind::Postgres).await;
    let mut crowd = Crowd::new(CLIENTS, DOCUMENTS);
    let (addresses, converges) = (cluster.addresses(), figure(Duration::from_secs(2)));
    let mut slowest = Duration::ZERO;
    let cuts = setting("CHAOS_REDIS_CUTS", 3);
    for _ in 0..cuts {
        let pause = somewhen(0.2, 3.0);
        types_during(&mut crowd, &addresses, pause, async {
            cluster.line.cut();
            tokio::time::sleep(pause).await;
            cluster.line.heal();
        })
        .await;
        slowest = slowest.max(crowd.settles(&addresses, converges).await);
    }
    let freezes = setting("CHAOS_REDIS_FREEZES", 1);
    for _ in 0..freezes {
        let pause = somewhen(0.2, 3.0);
        types_during(&mut crowd, &addresses, pause, async {
            cluster.redis.freeze();
            tokio::time::sleep(pause).await;
            cluster.redis.thaw();
        })
        .await;
        slowest = slowest.max(crowd.settles(&addresses, converges).await);
    }
    let kills = setting("CHAOS_REDIS_KILLS", 1);
    for _ in 0..kills {
        types_during(&mut crowd, &addresses, Duration::from_millis(700), async {
            cluster.redis.kill().await;
            tokio::time::sleep(somewhen(0.1, 0.5)).await;
            cluster.redis.restart().await;
        })
        .await;
        slowest = slowest.max(crowd.settles(&addresses, converges).await);
    }
    check(&cluster, &mut crowd).await;
    println!(
        "Redis cut {cuts}, frozen {freezes} and killed {kills} times: {} acknowledged edits, none lost; \
         converged within {slowest:?} of the last word",
        crowd.acknowledged()
    );
}

/// [NODE-3] Without Redis, edits reach other nodes in about a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_is_away() {
    let lasting = Duration::from_secs(setting("CHAOS_REDIS_AWAY_SECONDS", 6));
    let cluster = Cluster::start(2, JournalKind::Postgres).await;
    let mut here = Typist::new(1, "away");
    let mut there = Typist::new(2, "away");
    assert!(here.connect(&cluster.nodes[0].address).await && there.connect(&cluster.nodes[1].address).await);
    cluster.until_bus("up", PATIENCE).await;
    let up = crossings(&mut here, &mut there, Duration::from_secs(2)).await;
    cluster.line.cut();
    cluster.until_bus("down", PATIENCE).await;
    let down = crossings(&mut here, &mut there, lasting).await;
    cluster.line.heal();
    cluster.until_bus("up", PATIENCE).await;
    let again = crossings(&mut here, &mut there, Duration::from_secs(2)).await;
    println!(
        "from node to node, p50 and p99: with Redis {:?} {:?}; away {:?} {:?}; back {:?} {:?}",
        percentile(&up, 50),
        percentile(&up, 99),
        percentile(&down, 50),
        percentile(&down, 99),
        percentile(&again, 50),
        percentile(&again, 99)
    );
    assert!(percentile(&down, 99) <= figure(Duration::from_millis(1_500)), "{down:?}");
    assert!(percentile(&again, 50) < percentile(&down, 50), "Redis is used again");
}

/// How long each word takes from one client to the other.
async fn crossings(here: &mut Typist, there: &mut Typist, lasting: Duration) -> Vec<Duration> {
    let until_then = Instant::now() + lasting;
    let mut took = Vec::new();
    while Instant::now() < until_then {
        let typed = Instant::now();
        assert!(here.type_word().await, "the editor stays connected");
        until("the word crosses", PATIENCE, async || {
            assert!(here.listen(Duration::from_millis(1)).await, "the writer stays connected");
            assert!(there.listen(Duration::from_millis(1)).await, "the reader stays connected");
            there.text() == here.text()
        })
        .await;
        took.push(typed.elapsed());
        here.listen(somewhen(0.0, 0.3)).await;
    }
    took
}

/// [NODE-4] A killed store delays acknowledgements, and everything recovers automatically.
async fn stores_are_killed(kind: JournalKind) {
    let kills = setting("CHAOS_STORE_KILLS", 2);
    let mut cluster = Cluster::start(3, kind).await;
    let mut crowd = Crowd::new(CLIENTS, DOCUMENTS);
    let (addresses, recovers) = (cluster.addresses(), figure(Duration::from_secs(5)));
    let mut slowest = Duration::ZERO;
    for _ in 0..kills {
        let (before, down) = (somewhen(0.2, 1.0), somewhen(0.1, 2.0));
        types_during(&mut crowd, &addresses, before + down, async {
            tokio::time::sleep(before).await;
            let store = cluster.mongodb.as_mut().unwrap_or(&mut cluster.postgres);
            store.kill().await;
            tokio::time::sleep(down).await;
            store.restart().await;
        })
        .await;
        slowest = slowest.max(crowd.settles(&addresses, recovers).await);
    }
    if cluster.mongodb.is_some() {
        // The database is killed as well: admitted clients continue.
        types_during(&mut crowd, &addresses, Duration::from_secs(2), async {
            cluster.postgres.kill().await;
            tokio::time::sleep(Duration::from_millis(1_000)).await;
            cluster.postgres.restart().await;
        })
        .await;
        slowest = slowest.max(crowd.settles(&addresses, recovers).await);
    }
    check(&cluster, &mut crowd).await;
    println!(
        "{kind:?} killed {kills} times: {} acknowledged edits, none lost; recovered within {slowest:?}",
        crowd.acknowledged()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_is_killed() {
    stores_are_killed(JournalKind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_is_killed() {
    stores_are_killed(JournalKind::Mongodb).await;
}

/// [NODE-5] Nodes are restarted one after the other, as for an upgrade, and no client waits long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_restarted_in_turn() {
    let rolls = setting("CHAOS_ROLLS", 1);
    let mut cluster = Cluster::start(3, JournalKind::Postgres).await;
    let mut crowd = Crowd::new(CLIENTS, DOCUMENTS);
    let addresses = cluster.addresses();
    crowd.types(&addresses, Duration::from_secs(1)).await;
    for _ in 0..rolls {
        for node in 0..3 {
            types_during(&mut crowd, &addresses, Duration::from_secs(7), async {
                cluster.nodes[node].terminate();
                let ended = cluster.nodes[node].exited(PATIENCE).await.expect("it stops in time");
                assert!(ended.success(), "{ended}");
                cluster.nodes[node].restart().await;
            })
            .await;
        }
    }
    check(&cluster, &mut crowd).await;
    let away: Vec<Duration> = crowd.typists.iter().flat_map(|typist| typist.away.clone()).collect();
    let waited = crowd.typists.iter().map(|typist| typist.longest_wait).max().unwrap_or_default();
    println!(
        "{rolls} rolling restarts: {} acknowledged edits, none lost; {} reconnects, p99 {:?}; an edit waited {waited:?} at most",
        crowd.acknowledged(),
        away.len(),
        percentile(&away, 99)
    );
    assert!(!away.is_empty() && percentile(&away, 99) < figure(Duration::from_secs(2)));
    assert!(waited < figure(Duration::from_secs(3)));
}
