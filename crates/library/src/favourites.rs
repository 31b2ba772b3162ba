//! Favourites: the documents that a member keeps at hand, in the member's own order. Nobody else sees them, and they
//! are not in the audit log.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use vocabulary::DocumentId;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body, input::present};

use crate::visibility::Viewer;
use rows::Favourite;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list))).routes(needs(PEOPLE, routes!(put, remove)))
}

/// Lists the caller's favourites in their order, without those that the caller may no longer see or that are in the
/// trash.
#[utoipa::path(get, path = "/me/favourites", tag = "account", responses((status = 200, body = [Favourite])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Favourite>>> {
    Ok(Json(rows::list(&app.db, &Viewer::of(&caller)).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FavouritePlace {
    /// The favourite that it follows; `null` for the first place. If absent, a new favourite comes last, and an
    /// existing one stays where it is.
    #[serde(default, deserialize_with = "present")]
    after: Option<Option<DocumentId>>,
}

/// Makes a document a favourite of the caller, or gives it another place among the favourites.
#[utoipa::path(put, path = "/me/favourites/{id}", tag = "account", params(("id" = Uuid, Path, description = "The document")), request_body = FavouritePlace, responses((status = 204)))]
async fn put(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(place): Body<FavouritePlace>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.outside_the_trash()?;
    let account = caller.member.account_id;
    if !rows::put(&app.db, caller.workspace, account, id, place.after).await? {
        return Err(Error::Conflict("a person may have at most 100 favourites in a workspace: remove one first"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a document from the caller's favourites.
#[utoipa::path(delete, path = "/me/favourites/{id}", tag = "account", params(("id" = Uuid, Path, description = "The document")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    let removed = rows::remove(&app.db, caller.workspace, caller.member.account_id, id).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("favourite")) }
}
