//! REST, one file a noun.

mod states;

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new().nest("/api/v1", states::routes())
}
