//! Imports and exports. An import makes pages of files from other programs, or from our own exports. An export writes a
//! page with those below it, or a space, as plain files that can be read without Consilium: Markdown with front matter,
//! in folders that mirror the tree, with images and files beside the pages. Pages can also be exported as PDF and Word
//! files.

mod compared;
mod decisions;
mod export_jobs;
mod exports;
mod imports;
pub mod operator;
mod package;
mod paths;
mod people;
mod printed;
mod queue;
mod rows;
mod upload;
mod way_out;

use access::{App, Task};
use database::Consumer;
use files::Files;
use utoipa_axum::router::OpenApiRouter;

/// Routes whose POST is carried out only once, however often it is sent with the same `Idempotency-Key`.
pub fn idempotent_routes() -> OpenApiRouter<App> {
    export_jobs::begin_routes().merge(imports::begin_routes())
}

/// Like [`idempotent_routes`], where the body is a file.
pub fn upload_routes() -> OpenApiRouter<App> {
    upload::routes()
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(compared::routes())
        .merge(decisions::routes())
        .merge(exports::routes())
        .merge(export_jobs::routes())
        .merge(imports::routes())
}

/// The consumers of events of this feature.
pub fn consumers(app: &App) -> Vec<Consumer> {
    vec![export_jobs::worker::consumer(app.clone())]
}

/// The background tasks of this feature.
pub fn tasks(app: &App, files: &Files) -> Vec<Task> {
    let tidied = files.clone();
    vec![
        Task::new("imports", imports::worker::run(app.clone(), files.clone())),
        Task::new("exports", export_jobs::worker::run(app.clone(), files.clone())),
        Task::tidy("old-imports", app, move |app| {
            let files = tidied.clone();
            async move { imports::worker::tidy(app, files).await }
        }),
    ]
}
