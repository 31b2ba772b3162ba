//! Documents as rows and as text: metadata, spaces and the tree of pages in them, tags, favourites, recent
//! documents, watches, shares, links, presence, content, trash and purge.

pub mod content;
mod copies;
pub mod creation;
pub mod documents;
pub mod edit_events;
pub mod favourites;
pub mod links;
mod presence;
pub mod purge;
pub mod recent;
pub mod shares;
pub mod spaces;
pub mod tags;
pub mod templates;
pub mod texts;
pub mod titles;
pub mod trash;
pub mod tree;
pub mod visibility;
pub mod watches;
pub mod word_counts;
mod writes;
mod yjs_state;

use access::{App, SettleEdit, Task, queued_work::Worker};
use chrono::Utc;
use database::Consumer;
use utoipa_axum::router::OpenApiRouter;

/// Routes whose POST is carried out only once, however often it is sent with the same `Idempotency-Key`.
pub fn idempotent_routes() -> OpenApiRouter<App> {
    documents::routes()
        .merge(copies::routes())
        .merge(templates::routes())
        .merge(trash::routes())
        .merge(spaces::routes())
}

/// The workers for the jobs that this feature queues.
pub fn workers() -> Vec<Worker> {
    vec![Worker::of::<SettleEdit<writes::WriteText>>()]
}

/// The consumers of events of this feature.
pub fn consumers() -> Vec<Consumer> {
    vec![watches::consumer()]
}

/// The background tasks of this feature.
pub fn tasks(app: &App) -> Vec<Task> {
    vec![
        Task::new("word-counts", word_counts::keep(app.clone())),
        Task::new("texts", texts::keep(app.clone())),
        Task::new("texts-behind", texts::catch_up(app.clone())),
        Task::new("trash", purge::empty_trash(app.clone())),
        Task::tidy("unfinished-documents", app, creation::tidy),
        Task::tidy("guests", app, |app| async move { links::rows::forget_guests(&app.db, Utc::now()).await }),
        Task::tidy("recent", app, |app| async move { recent::rows::forget(&app.db, Utc::now()).await }),
    ]
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(shares::routes())
        .merge(links::routes())
        .merge(tree::routes())
        .merge(titles::routes())
        // These routes are not idempotent, because a stored answer would keep the words of a tag after its documents
        // were purged.
        .merge(tags::routes())
        .merge(favourites::routes())
        .merge(recent::routes())
        .merge(watches::routes())
        .merge(content::routes())
        .merge(presence::routes())
        .merge(yjs_state::routes())
}
