//! Suggestions: changes that people propose to a document, and that anyone with the edit right can accept or reject.
//! Suggestions are rows beside the document; [`document::suggestions`] makes, finds and applies them. To make a
//! suggestion needs no edit right and never writes to the document. To accept one is an edit by the person who accepts
//! it.

pub mod accepting;
pub mod deciding;
pub mod exchange;
pub mod imported;
pub mod kept_views;
pub mod listing;
pub mod making;
pub mod placing;
pub mod rows;
pub mod tracked;
pub mod undoing;
pub mod views;

use access::App;
use utoipa_axum::router::OpenApiRouter;

pub use kept_views::Views;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(listing::routes()).merge(making::routes()).merge(deciding::routes())
}

/// Routes whose answers are not kept for repeated requests: a request names the exchange that it continues, and a view
/// that was begun twice ends on its own.
pub fn view_routes() -> OpenApiRouter<App> {
    views::routes()
}
