//! The kinds of notifications that a member gets by mail, and how to stop these mails.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, PUBLIC, needs};

use crate::digests as news;
use crate::digests::Choices;
use access::{App, Caller, RequestOrigin};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(chosen, choose)))
        .routes(needs(PUBLIC.while_read_only(), routes!(stop)))
}

/// Returns the caller's mail settings for each kind of notification: at once, once a day, or never. Nothing is sent to
/// an unverified address.
#[utoipa::path(get, path = "/me/mails", tag = "account", responses((status = 200, body = Choices)))]
async fn chosen(State(app): State<App>, caller: Caller) -> Result<Json<Choices>> {
    caller.session()?;
    Ok(Json(news::choices_of(&app, caller.member.account_id).await?))
}

/// Sets the caller's mail settings. Kinds that are not named get their default.
#[utoipa::path(put, path = "/me/mails", tag = "account", request_body = Choices, responses((status = 204)))]
async fn choose(State(app): State<App>, caller: Caller, Body(choices): Body<Choices>) -> Result<StatusCode> {
    caller.session()?;
    news::choose(&app, &caller.actor, caller.member.account_id, &choices).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stops all notification mails without signing in. Used by the unsubscribe button of mail programs (RFC 8058) and by
/// the web page.
#[utoipa::path(post, path = "/mails/stop/{token}", tag = "account", params(("token" = Uuid, Path, description = "The token from the mail")), responses((status = 204)))]
async fn stop(State(app): State<App>, request_origin: RequestOrigin, At(token): At<Uuid>) -> Result<StatusCode> {
    match news::stop(&app, &request_origin, token).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotFound("mail")),
    }
}
