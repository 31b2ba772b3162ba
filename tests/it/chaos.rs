//! [SAVE-6] Every acknowledged edit is in the log exactly once and in the document, even after kills of the process and
//! failures of the disk. Short here; `make chaos` sets CHAOS_KILLS=200 and CHAOS_FSYNCS=50.

use std::collections::HashMap;
use std::time::Duration;

use rand::Rng;
use tests::crowd::{Crowd, check_log};
use tests::server::Server;
use tests::setting;

const CLIENTS: u64 = 40;
const DOCUMENTS: u64 = 4;

/// Every acknowledged word in the stored text once, and every clock of the log once.
async fn check(server: &mut Server, crowd: &Crowd) {
    crowd.check_texts(&[server], Duration::from_secs(10)).await;
    server.kill().await;
    let journal = server.journal();
    check_log(&journal, &journal.documents().expect("a readable journal"));
    journal.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_edits_survive_kill_9() {
    let kills = setting("CHAOS_KILLS", 6);
    let mut server = Server::start().await;
    let mut crowd = Crowd::new(CLIENTS, DOCUMENTS);
    for _ in 0..kills {
        let moment = Duration::from_millis(rand::rng().random_range(150..1_500));
        let address = [server.address.clone()];
        let typing = crowd.types(&address, moment + Duration::from_millis(50));
        let killing = async {
            tokio::time::sleep(moment).await;
            server.kill().await;
        };
        tokio::join!(typing, killing);
        server.restart().await;
    }
    crowd.settles(&[server.address.clone()], Duration::from_secs(60)).await;
    let acknowledged = crowd.acknowledged();
    check(&mut server, &crowd).await;
    println!("{kills} kills, {acknowledged} acknowledged edits, none lost, none twice");
    assert!(acknowledged as u64 > kills * CLIENTS, "hardly anything was typed: {acknowledged}");
}

/// [SAVE-7] After a failed sync nothing is acknowledged: the process ends.
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
            // With the path of each file: the database has its own syncs, whose failure does not end the process.
            "-y",
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
        // The first start makes the schema, with many syncs that are not meant to fail.
        let mut server = Server::start().await;
        server.kill().await;
        server.wrap(wrapper);
        server.restart().await;
        let mut crowd = Crowd::new(CLIENTS, DOCUMENTS);
        let address = [server.address.clone()];
        let mut ended = false;
        for _ in 0..40 {
            crowd.types(&address, Duration::from_millis(500)).await;
            ended = server.exited(Duration::from_millis(1)).await.is_some();
            if ended {
                break;
            }
        }
        assert!(ended, "the process ends when its disk fails");
        let trace = std::fs::read_to_string(trace.path()).expect("strace wrote its log");
        let failure = failed_sync(&trace, "journal.db").expect("a sync of the journal failed");
        // SyncStatus 1 after the address: "chaosN" 08 01, as strace prints bytes.
        let chaos: String = "chaos".bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        let acknowledges = |line: &&str| line.contains(&chaos) && line.contains("\\x08\\x01");
        let after: Vec<&str> = trace[failure..].lines().filter(acknowledges).collect();
        assert!(after.is_empty(), "acknowledged after a failed sync: {after:?}");
        assert!(
            trace[..failure].lines().any(|line| acknowledges(&line)),
            "acknowledgements are recognised in the trace"
        );

        server.wrap(Vec::new());
        server.restart().await;
        check(&mut server, &crowd).await;
    }
}

/// The position in the trace of the first injected sync failure of a file. A call that another thread interrupted takes
/// two lines, and only the first names the file.
fn failed_sync(trace: &str, file: &str) -> Option<usize> {
    // strace prints every path in hexadecimal bytes, because it was told to print strings so.
    let spelled: String = file.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let names = |line: &str| line.contains(file) || line.contains(&spelled);
    let mut begun: HashMap<&str, bool> = HashMap::new();
    let mut at = 0;
    for line in trace.split_inclusive('\n') {
        let thread = line.split_whitespace().next().unwrap_or_default();
        if line.contains("sync") && line.contains("<unfinished") {
            begun.insert(thread, names(line));
        }
        let of_file = names(line) || line.contains("resumed") && begun.get(thread).copied().unwrap_or_default();
        if line.contains("(INJECTED)") && of_file {
            return Some(at);
        }
        at += line.len();
    }
    None
}
