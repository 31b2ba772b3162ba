//! The figures at `/metrics`: their descriptions, their values before the first event, and those that are read at
//! intervals.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use database::nodes;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use nix::sys::resource::{Resource, getrlimit};
use std::time::Instant;

use crate::data_folder;
use access::App;

/// Seconds from a batch to its acknowledgement: a fast disk takes 0.2 ms, a person notices 50.
const ACK_BUCKETS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
/// Seconds that a request took, or the answer of a store.
const SECONDS_BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0];
/// How often the queue of samples is drained. A second of heavy load produces a few hundred samples.
const UPKEEP_EVERY: Duration = Duration::from_secs(1);
/// Disks, pools and the last backup are read only in every fifth round, because they change slowly.
const LOOK_EVERY: u32 = 5;
/// The shared value with the time of the last backup.
pub const BACKED_UP_AT: &str = "backed-up-at";

const COUNTERS: [(&str, &str); 8] = [
    ("consilium_http_requests_total", "Answered HTTP requests, by class of status"),
    ("consilium_refusals_total", "Messages that were not admitted, by reason"),
    ("consilium_bus_dropped_total", "Signals to other nodes that were dropped because the bus is too slow"),
    ("consilium_snapshots_total", "Snapshots written"),
    ("consilium_differences_total", "Snapshots that did not load to the same document, and were not written"),
    ("consilium_lost_races_total", "Row numbers that another node took first"),
    ("consilium_resyncs_total", "Slow sockets that were brought up to date from the log"),
    ("consilium_rebuilds_total", "Rooms that were rebuilt from their logs after an error"),
];

const GAUGES: [(&str, &str); 17] = [
    ("consilium_build_info", "1; the version of the program is a label"),
    ("consilium_sockets", "Open sockets"),
    ("consilium_rooms", "Documents in memory"),
    ("consilium_connections", "Attachments of sockets to documents"),
    ("consilium_document_bytes", "Encoded bytes of the documents in memory"),
    ("consilium_quarantined_documents", "Documents that cannot be rebuilt from their logs"),
    ("consilium_oldest_unlogged_seconds", "Age of the oldest edit that is not in the log"),
    ("consilium_jobs", "Queued jobs, by state"),
    ("consilium_job_oldest_seconds", "How long the oldest job that is due has been waiting"),
    ("consilium_store_up", "1 if a store answers and accepts writes"),
    ("consilium_database_connections", "Connections to the database, by state"),
    ("consilium_disk_free_bytes", "Free bytes of the disks with stores, by folder"),
    ("consilium_open_files", "Open files, sockets included"),
    ("consilium_open_files_limit", "Files that this process may open"),
    ("consilium_audit_unchained_seconds", "Time since the audit was last chained"),
    ("consilium_last_backup_timestamp_seconds", "Unix time of the last complete backup; 0 if there is none"),
    (
        "consilium_certificate_expiry_timestamp_seconds",
        "Unix time at which the certificate of tls_cert ends; 0 without",
    ),
];

const HISTOGRAMS: [(&str, &str); 3] = [
    ("consilium_ack_seconds", "Time from a batch of edits to its acknowledgement"),
    ("consilium_http_seconds", "Time from a request to its answer"),
    ("consilium_store_seconds", "Time of a check of a store, including the wait for a connection"),
];

/// Installs the recorder; every figure exists from now on.
///
/// # Errors
/// When there is a recorder already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("consilium_ack_seconds".into()), &ACK_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full("consilium_http_seconds".into()), &SECONDS_BUCKETS)?
        .set_buckets_for_metric(Matcher::Full("consilium_store_seconds".into()), &SECONDS_BUCKETS)?
        .install_recorder()?;
    COUNTERS.iter().for_each(|(name, about)| describe_counter!(*name, *about));
    GAUGES.iter().for_each(|(name, about)| describe_gauge!(*name, *about));
    HISTOGRAMS.iter().for_each(|(name, about)| describe_histogram!(*name, Unit::Seconds, *about));
    describe_counter!("consilium_webhook_attempts_total", "Attempts to deliver to a webhook, by outcome");
    for status in STATUSES {
        counter!("consilium_http_requests_total", "status" => status).increment(0);
    }
    for reason in document::Refusal::CODES {
        counter!("consilium_refusals_total", "reason" => reason).increment(0);
    }
    for outcome in ["taken", "failed"] {
        counter!("consilium_webhook_attempts_total", "outcome" => outcome).increment(0);
    }
    for (name, _) in &COUNTERS[2..] {
        counter!(*name).increment(0);
    }
    for store in ["database", "journal", "bus"] {
        gauge!("consilium_store_up", "store" => store).set(1.0);
    }
    for state in ["waiting", "dead"] {
        gauge!("consilium_jobs", "state" => state).set(0.0);
    }
    for name in ["consilium_sockets", "consilium_job_oldest_seconds", "consilium_audit_unchained_seconds"] {
        gauge!(name).set(0.0);
    }
    for name in ["consilium_last_backup_timestamp_seconds", "consilium_certificate_expiry_timestamp_seconds"] {
        gauge!(name).set(0.0);
    }
    gauge!("consilium_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Ok(handle)
}

const STATUSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Counts every request, and measures how long its answer took.
pub async fn count_requests(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    let class = usize::from(response.status().as_u16() / 100).clamp(1, STATUSES.len());
    counter!("consilium_http_requests_total", "status" => STATUSES[class - 1]).increment(1);
    histogram!("consilium_http_seconds").record(began.elapsed().as_secs_f64());
    response
}

/// Reads the figures that nothing else reports, and drains the queue of samples, which otherwise grows until the
/// metrics are read.
pub async fn keep(app: App) {
    let mut rounds = 0_u32;
    while !app.is_stopping() {
        if rounds.is_multiple_of(LOOK_EVERY) {
            look(&app).await;
        }
        rounds = rounds.wrapping_add(1);
        app.rest(UPKEEP_EVERY).await;
        app.metrics.run_upkeep();
    }
}

async fn look(app: &App) {
    let (idle, used) = app.db.connections();
    gauge!("consilium_database_connections", "state" => "idle").set(idle as f64);
    gauge!("consilium_database_connections", "state" => "used").set(used as f64);
    for folder in data_folder::folders(&app.config) {
        if let Ok(space) = data_folder::space(&folder) {
            let folder = folder.display().to_string();
            gauge!("consilium_disk_free_bytes", "folder" => folder).set(space.free_bytes as f64);
        }
    }
    // The folder has one entry for each open file, one of which is the folder itself.
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        gauge!("consilium_open_files").set(files.count().saturating_sub(1) as f64);
    }
    if let Ok((limit, _)) = getrlimit(Resource::RLIMIT_NOFILE) {
        gauge!("consilium_open_files_limit").set(limit as f64);
    }
    gauge!("consilium_certificate_expiry_timestamp_seconds").set(endpoint::certificate::ends_at() as f64);
    if let Ok(Some(at)) = nodes::shared(&app.db, BACKED_UP_AT).await {
        let seconds = String::from_utf8(at).ok().and_then(|at| at.parse::<u32>().ok()).unwrap_or_default();
        gauge!("consilium_last_backup_timestamp_seconds").set(f64::from(seconds));
    }
}

pub async fn render(State(app): State<App>) -> String {
    let rooms: Vec<_> = app.hub.rooms().iter().map(|room| room.figures()).collect();
    gauge!("consilium_rooms").set(rooms.len() as f64);
    gauge!("consilium_connections").set(rooms.iter().map(|room| room.connections).sum::<usize>() as f64);
    gauge!("consilium_document_bytes").set(rooms.iter().map(|room| room.encoded_bytes).sum::<usize>() as f64);
    gauge!("consilium_quarantined_documents").set(app.hub.quarantined() as f64);
    let oldest = rooms.iter().map(|room| room.oldest_unlogged_ms).max().unwrap_or(0);
    gauge!("consilium_oldest_unlogged_seconds").set(oldest as f64 / 1000.0);
    app.metrics.render()
}
