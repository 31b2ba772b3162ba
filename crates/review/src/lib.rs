//! Discussion and decisions about documents: comments, suggestions, revisions, authorship, approvals, decisions.

pub mod approvals;
pub mod authorship;
pub mod comments;
pub mod decisions;
pub mod restored;
pub mod revisions;
mod status_transitions;
pub mod suggestions;
pub mod threads;
mod workflows;

use access::{App, SettleEdit, Task, queued_work::Worker};
use utoipa_axum::router::OpenApiRouter;

/// Routes whose POST requests are carried out once, however often they are sent with the same `Idempotency-Key`.
pub fn idempotent_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(threads::routes())
        .merge(threads::starting::routes())
        .merge(comments::routes())
        .merge(suggestions::routes())
        .merge(revisions::routes::routes())
        .merge(approvals::routes())
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(authorship::routes::routes())
        .merge(threads::assignments::routes())
        .merge(decisions::routes())
        .merge(workflows::routes())
        .merge(suggestions::view_routes())
}

/// The workers for the jobs that this feature queues.
pub fn workers() -> Vec<Worker> {
    vec![
        Worker::of::<revisions::automatic::KeepRevision>(),
        Worker::of::<revisions::retention::RemoveOldRevisions>(),
        Worker::of::<SettleEdit<suggestions::accepting::AcceptSuggestion>>(),
        Worker::of::<SettleEdit<suggestions::undoing::UndoAcceptance>>(),
        Worker::of::<SettleEdit<revisions::restores::RestoreRevision>>(),
        Worker::of::<SettleEdit<revisions::restores::UndoRestore>>(),
        Worker::of::<approvals::reminders::Reminder>(),
    ]
}

/// The background tasks of this feature.
pub fn tasks(app: &App) -> Vec<Task> {
    vec![
        Task::new("revisions", revisions::automatic::follow(app.clone())),
        Task::new("passages", threads::following::follow(app.clone())),
    ]
}
