//! Runs the event consumers: when an event was logged, and at intervals.

use std::time::Duration;

use chrono::Utc;
use database::consumers::{BATCH, Consumer, Step};
use tokio::time::Instant;
use tracing::warn;

use access::{App, Task};

/// The interval without a hint.
const AT_LEAST_EVERY: Duration = Duration::from_secs(3);
/// The pause after a step, so that a burst of events takes few commits. Also the pause before checking again for a
/// missing id, which appears when a transaction ends.
const REST: Duration = Duration::from_millis(50);
/// How often a node registers its cursors again. A cursor that no node has registered for a week is removed.
const REGISTER_EVERY: Duration = Duration::from_secs(3600);

/// Registers the consumers and returns a task for each. A new consumer starts with the next event.
///
/// # Errors
/// When the database does not answer.
pub async fn start(app: &App, consumers: Vec<Consumer>) -> sqlx::Result<Vec<Task>> {
    let mut tasks = Vec::new();
    for consumer in consumers {
        consumer.register(&app.db).await?;
        tasks.push(Task::new(consumer.name, run(app.clone(), consumer)));
    }
    Ok(tasks)
}

/// Consumes until the server stops.
async fn run(app: App, consumer: Consumer) {
    let mut events = app.events_logged();
    let mut registered = Instant::now();
    let mut most = BATCH;
    while !app.is_stopping() {
        events.mark_unchanged();
        let rest = match consumer.step(&app.db, most, Utc::now()).await {
            Ok(Step::Consumed(_)) => {
                most = (most * 2).min(BATCH);
                Some(REST)
            }
            Ok(Step::Waits | Step::Skipped(_)) => Some(REST),
            Ok(Step::Failed(events)) => {
                most = (events / 2).max(1);
                Some(REST)
            }
            Ok(Step::Pauses(until)) => Some((until - Utc::now()).to_std().unwrap_or_default().min(AT_LEAST_EVERY)),
            Ok(Step::Idle) => None,
            Err(error) => {
                warn!(%error, consumer = consumer.name, "an event consumer cannot read its events");
                Some(AT_LEAST_EVERY)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest.unwrap_or(AT_LEAST_EVERY)) => {}
            _ = events.changed(), if rest.is_none() => {}
            () = app.until_stopping() => return,
        }
        if registered.elapsed() > REGISTER_EVERY {
            registered = Instant::now();
            if let Err(error) = consumer.register(&app.db).await {
                warn!(%error, consumer = consumer.name, "a consumer cannot be registered");
            }
        }
    }
}
