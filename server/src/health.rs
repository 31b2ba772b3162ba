//! Checks which stores answer. Pages are notified of changes, and `/readyz` shows the state. Without the database,
//! admitted clients continue for a while.

use database::nodes;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use metrics::{gauge, histogram};
use serde::Serialize;
use tokio::time::error::Elapsed;
use tracing::{error, info};
use uuid::Uuid;

use crate::{data_folder, log};
use access::{App, Config, Database};
use endpoint::descriptors;

/// How often stores on the network are checked.
const EVERY: Duration = Duration::from_millis(500);
/// How often stores in files are checked, which fail when a disk is full.
const FILES_EVERY: Duration = Duration::from_secs(2);
/// How often something is written to the database: a database that answers may accept no writes, such as a standby.
const WRITE_EVERY: Duration = Duration::from_secs(2);
/// A store that has not answered within this time is down.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);
/// The time limit of a write, which waits for other writers and for the disk.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);
const NO_WRITES: &str = "the database answers, but accepts no writes";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Up,
    Down,
}

impl From<bool> for Answer {
    fn from(up: bool) -> Self {
        if up { Answer::Up } else { Answer::Down }
    }
}

/// The report in `/readyz` and for pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Report {
    status: &'static str,
    database: Answer,
    journal: Answer,
    bus: Answer,
    /// What else is wrong, and warnings for operators.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'static str>,
}

/// Checks the stores at intervals and acts on changes, until the server stops.
pub async fn watch(app: App, node: Uuid) {
    let mut written_at = Instant::now();
    let mut before = (Database::Answers, report(&app));
    let is_remote = app.db.is_remote() || app.hub.journal().is_shared() || app.hub.bus().is_shared();
    let every = if is_remote { EVERY } else { FILES_EVERY };
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            // The server is closing the stores itself.
            () = app.until_stopping() => return,
        }
        let began = Instant::now();
        let database = tokio::time::timeout(ANSWERS_WITHIN, nodes::ping(&app.db)).await;
        histogram!("consilium_store_seconds", "store" => "database").record(began.elapsed().as_secs_f64());
        app.health.set_database(is_well(app.db.is_remote(), &database));
        let (journal, began) = (app.hub.journal().clone(), Instant::now());
        // The journal itself tracks whether it answers.
        let _ = tokio::task::spawn_blocking(move || journal.ping()).await;
        histogram!("consilium_store_seconds", "store" => "journal").record(began.elapsed().as_secs_f64());
        if written_at.elapsed() >= WRITE_EVERY || !app.health.problems().is_empty() {
            let found = problems(&app, node).await;
            if app.health.problems().contains(&NO_WRITES) && !found.contains(&NO_WRITES) {
                // This write used a connection that was opened for it, or after the fault ended. Other connections may date
                // from before.
                app.db.replace_connections();
            }
            app.health.set_problems(found);
            written_at = Instant::now();
        }

        let now = (app.health.database(), report(&app));
        for (store, answer) in [("database", now.1.database), ("journal", now.1.journal), ("bus", now.1.bus)] {
            gauge!("consilium_store_up", "store" => store).set(if answer == Answer::Up { 1.0 } else { 0.0 });
        }
        if now.1 != before.1 {
            let text = serde_json::json!({ "t": "health", "report": now.1 }).to_string();
            log::set_outage(matches!(now.1.status, "unavailable" | "degraded"));
            if now.1.status == "ready" {
                info!(report = text, "all stores answer");
                app.hub.end_notice(&text);
            } else {
                error!(report = text, "a store does not answer, or accepts no writes");
                app.hub.begin_notice(&text);
            }
        }
        if now.0 != before.0 && now.0 != Database::Away {
            // Cached rights have expired, or can be looked up again.
            app.look_at_everything();
        }
        before = now;
    }
}

/// Whether a check of the database succeeded. A timeout does not count for a file, which is slow only because others
/// use it.
fn is_well(is_remote: bool, outcome: &Result<sqlx::Result<()>, Elapsed>) -> bool {
    match outcome {
        Ok(Ok(())) => true,
        Ok(Err(_)) => false,
        Err(_) => !is_remote,
    }
}

/// Why edits or sign-ins do not work although the stores answer.
async fn problems(app: &App, node: Uuid) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if app.health.database() == Database::Answers {
        let written = tokio::time::timeout(WRITTEN_WITHIN, nodes::renew(&app.db, node)).await;
        if !is_well(app.db.is_remote(), &written) {
            problems.push(NO_WRITES);
            // The connections may lead to a server that has become a standby.
            app.db.replace_connections();
        }
    }
    let config = app.config.clone();
    problems.extend(tokio::task::spawn_blocking(move || surroundings(&config)).await.unwrap_or_default());
    problems
}

/// Problems of the disks and of this process.
fn surroundings(config: &Config) -> Vec<&'static str> {
    let mut problems = Vec::new();
    for folder in data_folder::folders(config) {
        match data_folder::space(&folder) {
            Ok(space) if space.is_read_only => problems.push("a disk of the stores is read-only"),
            Ok(space) if space.free_bytes < config.least_free_bytes => problems.push("a disk of the stores is full"),
            _ => {}
        }
    }
    if !descriptors::keep_back() {
        problems.push("this process has no file descriptors left");
    }
    problems.dedup();
    problems
}

fn report(app: &App) -> Report {
    let problems = app.health.problems();
    let database = app.health.database() == Database::Answers && !problems.contains(&NO_WRITES);
    let journal = app.hub.journal().down_since().is_none();
    let bus = app.hub.bus().is_up();
    let status = match (database && journal && problems.is_empty(), bus) {
        _ if app.is_stopping() => "stopping",
        (false, _) => "unavailable",
        (true, false) => "degraded",
        (true, true) => "ready",
    };
    let read_only = app.flags.read_only().then_some("read-only: the operator has switched editing off");
    let notes = problems.into_iter().chain(app.hub.journal().weakness()).chain(read_only).collect();
    Report { status, database: database.into(), journal: journal.into(), bus: bus.into(), notes }
}

/// `GET /readyz`: 200 while edits can be saved, 503 otherwise; the body says which store does not answer.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<impl Serialize>) {
    let report = report(&app);
    let code = match report.status {
        "ready" | "degraded" => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    (code, Json(report))
}
