//! REST, one file a noun.

pub mod body;
mod content;
mod documents;
mod people;
mod setup;
mod shares;
mod signing;
mod states;

use axum::Router;

use crate::app::App;

pub fn routes() -> Router<App> {
    let nouns = Router::new()
        .merge(setup::routes())
        .merge(signing::routes())
        .merge(people::routes())
        .merge(documents::routes())
        .merge(shares::routes())
        .merge(content::routes())
        .merge(states::routes());
    Router::new().nest("/api/v1", nouns)
}
