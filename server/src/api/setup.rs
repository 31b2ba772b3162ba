//! The first run: whoever holds the URL that the server printed makes the owner and the workspace.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::people::{NewPerson, color_of};
use super::signing::begin_session;
use crate::api::body::Body;
use crate::app::App;
use crate::auth::passwords;
use crate::error::{Error, Result};

pub fn routes() -> Router<App> {
    Router::new().route("/setup", get(state).post(found))
}

#[derive(Serialize)]
struct SetupState {
    /// Nobody has an account: the page asks for the owner.
    needed: bool,
    /// Anyone may edit without signing in.
    open: bool,
}

#[derive(Deserialize)]
struct Founding {
    secret: String,
    workspace: String,
    #[serde(flatten)]
    owner: NewPerson,
}

async fn state(State(app): State<App>) -> Result<Json<SetupState>> {
    Ok(Json(SetupState { needed: app.db.is_new().await?, open: app.config.open }))
}

async fn found(State(app): State<App>, headers: HeaderMap, Body(founding): Body<Founding>) -> Result<Response> {
    let owner = founding.owner;
    if founding.workspace.trim().is_empty() {
        return Err(Error::Invalid("a workspace needs a name"));
    }
    app.setup_secret.check(&founding.secret)?;
    if !app.db.is_new().await? {
        return Err(Error::Conflict("this instance has an owner already"));
    }
    let password_hash = passwords::hash(owner.password.clone()).await?;
    let account = owner.into_account(password_hash, color_of)?;
    let member = app.db.found_workspace(founding.workspace.trim(), account).await?;
    app.setup_secret.spend();
    begin_session(&app, member.account_id, &headers).await
}
