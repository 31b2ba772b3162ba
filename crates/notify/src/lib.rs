//! Notifications: the inbox, mails, webhooks, and the queue of jobs.

mod digests;
pub mod inbox;
pub mod jobs;
mod mail_settings;
pub mod webhooks;

use access::{App, queued_work::Worker};
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
