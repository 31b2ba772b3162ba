//! Suggestions: changes that people propose to a document, and that anyone with the right to edit it can accept or
//! reject. They are rows beside it; the engine that makes, finds and applies them is [`document::suggestions`].
//! Accepting one is an edit by the person who accepts it. Making one never writes to the document and needs no right to
//! edit it.

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

/// Routes that keep no answers for repeated requests: a request names the exchange that it continues, and a view that
/// was begun twice ends on its own.
pub fn view_routes() -> OpenApiRouter<App> {
    views::routes()
}
