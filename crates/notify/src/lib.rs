//! Notifications: the inbox, mails, webhooks, and the queue of jobs.

mod digests;
pub mod inbox;
pub mod jobs;
mod mail_settings;
pub mod webhooks;

use std::sync::Arc;

use chrono::{TimeDelta, Utc};

use access::{App, Task, queued_work::Worker};
use database::Consumer;
use tokio::sync::Notify;
use utoipa_axum::router::OpenApiRouter;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(webhooks::routes::routes())
        .merge(inbox::routes())
        .merge(mail_settings::routes())
        .merge(jobs::routes::routes())
}

/// The workers for the jobs that this feature queues.
pub fn workers() -> Vec<Worker> {
    vec![Worker::of::<digests::Digest>()]
}

/// The background tasks of this feature: jobs with the given workers, and deliveries to webhooks. `queued` is
/// notified when there are new deliveries.
pub fn tasks(app: &App, workers: Vec<Worker>, outside: webhooks::Outside, queued: Arc<Notify>) -> Vec<Task> {
    vec![
        Task::new("jobs", jobs::work(app.clone(), workers)),
        Task::new("webhook-sender", webhooks::send(app.clone(), outside, queued)),
        Task::tidy("old-deliveries", app, |app| async move {
            let before = Utc::now() - TimeDelta::days(app.config.webhook_days.into());
            webhooks::delivery_rows::forget_old(&app.db, before).await
        }),
        Task::tidy("edits-to-settle", app, |app| async move { jobs::rows::revive_settling(&app.db).await }),
    ]
}

/// The consumers of events of this feature.
pub fn consumers(queued: Arc<Notify>) -> Vec<Consumer> {
    vec![webhooks::event_consumer::consumer(queued)]
}
