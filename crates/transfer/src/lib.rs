//! Ways in and out. In: files of other programs, or our own, become pages. Out: a page with those below it, or a space, as
//! plain files that need no Consilium to be read: Markdown with front matter, in folders like the tree, with images and
//! files beside. Pages also as PDF and Word files.

mod compared;
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
use files::Files;
use utoipa_axum::router::OpenApiRouter;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(compared::routes())
        .merge(exports::routes())
        .merge(export_jobs::routes())
        .merge(imports::routes())
        .merge(upload::routes())
}

/// The background tasks of this feature.
pub fn tasks(app: &App, files: &Files) -> Vec<Task> {
    let (tidied, tidied_exports) = (files.clone(), files.clone());
    vec![
        Task::new("imports", imports::worker::run(app.clone(), files.clone())),
        Task::new("exports", export_jobs::worker::run(app.clone(), files.clone())),
        Task::tidy("old-exports", app, move |app| export_jobs::worker::tidy(app, tidied_exports.clone())),
        Task::tidy("old-imports", app, move |app| {
            let files = tidied.clone();
            async move { imports::worker::tidy(app, files).await }
        }),
    ]
}
