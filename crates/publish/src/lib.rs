//! Published texts on the web. A document whose approved text was published, or a whole space of them, gets an address
//! that needs no sign-in: server-rendered pages, found by search engines if wanted, and gone within a second when they
//! are taken back. They show the published revision, never the draft.

mod address;
pub mod publications;
mod render;
mod site;
mod site_search;
mod texts;
mod visits;
mod web;

use access::App;
use utoipa_axum::router::OpenApiRouter;

pub use web::pages;

pub fn routes() -> OpenApiRouter<App> {
    publications::routes()
}
