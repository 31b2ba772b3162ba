//! Searches that members save for themselves.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::SearchId;

use access::route_requirements::{PEOPLE, needs};
use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body};

use self::rows::SavedSearch;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list, save))).routes(needs(PEOPLE, routes!(forget)))
}

/// The maximum number of saved searches of a member, which are shown in one list.
const MOST: i64 = 100;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SearchToSave {
    /// 1 to 100 characters.
    name: String,
    /// Like `q` of a search: 1 to 1,000 characters.
    query: String,
}

/// Lists the caller's saved searches, by name.
#[utoipa::path(get, path = "/search/saved", tag = "search", responses((status = 200, body = [SavedSearch])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<SavedSearch>>> {
    Ok(Json(rows::list(&app.db, caller.workspace, caller.member.account_id).await?))
}

/// Saves a search for the caller.
#[utoipa::path(post, path = "/search/saved", tag = "search", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = SearchToSave, responses((status = 201, body = SavedSearch)))]
async fn save(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<SearchToSave>,
) -> Result<(StatusCode, Json<SavedSearch>)> {
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    if !fits(&new.name, 100) || !fits(&new.query, 1_000) {
        return Err(Error::Invalid("a saved search has a name of 1 to 100 characters and a query of 1 to 1,000"));
    }
    let said = (new.name.trim(), new.query.trim());
    let saved = rows::add(&app.db, &caller.actor, caller.member.account_id, MOST, said).await?;
    let saved = saved.ok_or(Error::Conflict("a member can save at most 100 searches: remove some"))?;
    Ok((StatusCode::CREATED, Json(saved)))
}

/// Removes one of the caller's saved searches.
#[utoipa::path(delete, path = "/search/saved/{search}", tag = "search", params(("search" = Uuid, Path, description = "The saved search")), responses((status = 204)))]
async fn forget(State(app): State<App>, caller: Caller, At(search): At<SearchId>) -> Result<StatusCode> {
    match rows::remove(&app.db, &caller.actor, caller.member.account_id, search).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotFound("saved search")),
    }
}
