//! Checks which stores answer. Pages are notified, `/readyz` shows it, and admitted clients continue for a while
//! without the database.

use database::nodes;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tracing::{error, info};

use access::{App, Database};

/// How often stores on the network are checked ...
const EVERY: Duration = Duration::from_millis(500);
/// ... and files, which rarely fail.
const FILES_EVERY: Duration = Duration::from_secs(5);
/// A store that has not answered by then is down.
const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

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
    /// A warning for operators although everything answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<&'static str>,
}

/// Checks the stores at intervals and acts on changes, until the server stops.
pub async fn watch(app: App) {
    let mut before = (Database::Answers, report(&app));
    let is_remote = app.db.is_remote() || app.hub.journal().is_shared() || app.hub.bus().is_shared();
    let every = if is_remote { EVERY } else { FILES_EVERY };
    loop {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            // The server is closing the stores itself.
            () = app.until_stopping() => return,
        }
        let database = tokio::time::timeout(ANSWERS_WITHIN, nodes::ping(&app.db)).await;
        app.health.set_database(matches!(database, Ok(Ok(()))));
        let journal = app.hub.journal().clone();
        // The journal tracks itself whether it answers.
        let _ = tokio::task::spawn_blocking(move || journal.ping()).await;

        let now = (app.health.database(), report(&app));
        if now.1 != before.1 {
            let text = serde_json::json!({ "t": "health", "report": now.1 }).to_string();
            if now.1.status == "ready" {
                info!(report = text, "all stores answer");
                app.hub.end_notice(&text);
            } else {
                error!(report = text, "a store does not answer");
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

fn report(app: &App) -> Report {
    let database = app.health.database() == Database::Answers;
    let journal = app.hub.journal().down_since().is_none();
    let bus = app.hub.bus().is_up();
    let status = match (database && journal, bus) {
        _ if app.is_stopping() => "stopping",
        (false, _) => "unavailable",
        (true, false) => "degraded",
        (true, true) => "ready",
    };
    let read_only = app.flags.read_only().then_some("read-only: the operator has switched editing off");
    let notes = app.hub.journal().weakness().into_iter().chain(read_only).collect();
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
