//! Ways out: a page with those below it, or a space, as plain files that need no Consilium to be read: Markdown with front
//! matter, in folders like the tree, with images and files beside. Pages also as PDF and Word files.

mod exports;
mod package;
mod paths;
mod printed;
mod rows;

use access::App;
use utoipa_axum::router::OpenApiRouter;

pub fn routes() -> OpenApiRouter<App> {
    exports::routes()
}
