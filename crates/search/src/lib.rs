//! Finds documents: by their titles, text, open comments, tags and attached files. Each node has its own index, which
//! may be deleted at any time. The index is filled from the log of events, outside the path of writes. The caller's
//! rights are part of each query, and every hit is checked against the database before it is shown.

pub mod attached;
pub mod entries;
mod events;
mod files;
mod find;
mod index;
mod keeper;
mod query;
mod related;
mod results;
pub mod rights;
mod saved;
mod snippets;
mod suggest;
mod typos;
mod words;

pub use keeper::Search;
pub use words::language_of;

use access::{App, Task};
use utoipa_axum::router::OpenApiRouter;

/// Routes whose POST is carried out only once, however often it is sent with the same `Idempotency-Key`.
pub fn idempotent_routes() -> OpenApiRouter<App> {
    saved::routes()
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(results::routes()).merge(suggest::routes()).merge(related::routes())
}

/// The background tasks of this feature.
pub fn tasks(app: &App, search: &Search) -> Vec<Task> {
    vec![Task::new("search-index", keeper::keep(app.clone(), search.clone()))]
}
