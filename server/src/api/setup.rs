//! The first run: whoever holds the URL that the server printed makes the owner and the workspace.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::people::{NewPerson, color_of};
use super::signing::{Me, begin_session};
use crate::api::input::Body;
use crate::app::App;
use crate::auth::{Token, passwords};
use crate::error::{Error, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(state, found))
}

#[derive(Serialize, utoipa::ToSchema)]
struct SetupState {
    /// Nobody has an account: the page asks for the owner.
    needed: bool,
    /// Anyone may edit without signing in.
    open: bool,
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Founding {
    secret: String,
    workspace: String,
    #[serde(flatten)]
    owner: NewPerson,
}

/// What the page shows first.
#[utoipa::path(get, path = "/setup", tag = "setup", responses((status = 200, body = SetupState)))]
async fn state(State(app): State<App>) -> Result<Json<SetupState>> {
    Ok(Json(SetupState { needed: app.db.is_new().await?, open: app.config.open }))
}

/// Makes the owner and the workspace; needs the secret of the URL that the server printed.
#[utoipa::path(post, path = "/setup", tag = "setup", request_body = Founding, responses((status = 200, body = Me)))]
async fn found(State(app): State<App>, headers: HeaderMap, Body(founding): Body<Founding>) -> Result<Response> {
    let owner = founding.owner;
    if founding.workspace.trim().is_empty() {
        return Err(Error::Invalid("a workspace needs a name"));
    }
    if !app.db.is_setup_secret(Token::from_text(&founding.secret).hash).await? {
        return Err(Error::Forbidden);
    }
    if !app.db.is_new().await? {
        return Err(Error::Conflict("this instance has an owner already"));
    }
    let password_hash = passwords::hash(owner.password.clone()).await?;
    let account = owner.into_account(password_hash, color_of)?;
    let member = app.db.found_workspace(founding.workspace.trim(), account).await?;
    app.db.spend_setup_secrets().await?;
    begin_session(&app, member.account_id, &headers).await
}
