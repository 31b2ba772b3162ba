//! One's own account: name and colour, password, and the devices that are signed in.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Change, Device, SessionId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::people::{check_color, check_person_name};
use crate::api::input::{At, Body};
use crate::app::App;
use crate::auth::{Caller, passwords};
use crate::client::ClientAddress;
use crate::error::{Error, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change_profile))
        .routes(routes!(change_password))
        .routes(routes!(devices, end_others))
        .routes(routes!(end_device))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Profile {
    name: Option<String>,
    /// One of the colours that carets and avatars have.
    color: Option<String>,
}

/// Changes one's name or colour; open documents show them from the next visit on.
#[utoipa::path(patch, path = "/me", tag = "account", request_body = Profile, responses((status = 204)))]
async fn change_profile(State(app): State<App>, caller: Caller, Body(profile): Body<Profile>) -> Result<StatusCode> {
    let name = profile.name.map_or(caller.member.name, |name| name.trim().to_owned());
    let color = profile.color.unwrap_or(caller.member.color);
    check_person_name(&name)?;
    check_color(&color)?;
    app.db.set_profile(caller.member.account_id, &name, &color).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

/// Sets a new password, which signs out every other device.
#[utoipa::path(post, path = "/me/password", tag = "account", request_body = NewPassword, responses((status = 204)))]
async fn change_password(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    caller: Caller,
    Body(body): Body<NewPassword>,
) -> Result<StatusCode> {
    // Whoever found a device that is signed in cannot try out passwords here either.
    app.sign_ins.check_everywhere(app.hub.bus(), address, &caller.member.email).await?;
    let account = app.db.account_by_email(&caller.member.email).await?.ok_or(Error::Unauthorized)?;
    if !passwords::verify(body.old, Some(account.password_hash)).await? {
        return Err(Error::Invalid("the old password is another"));
    }
    let hash = passwords::hash(body.new).await?;
    app.db.set_password(account.account_id, hash, Some(caller.session)).await?;
    app.announce(Change::Account(account.account_id));
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, utoipa::ToSchema)]
struct OwnDevice {
    #[serde(flatten)]
    device: Device,
    /// The one that asks.
    current: bool,
}

/// Where one is signed in.
#[utoipa::path(get, path = "/me/sessions", tag = "account", responses((status = 200, body = [OwnDevice])))]
async fn devices(State(app): State<App>, caller: Caller) -> Result<Json<Vec<OwnDevice>>> {
    let devices = app.db.sessions_of(caller.member.account_id).await?;
    let own = |device: Device| OwnDevice { current: device.session_id == caller.session, device };
    Ok(Json(devices.into_iter().map(own).collect()))
}

/// Signs one device out; its open documents close.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "account", params(("id" = Uuid, Path, description = "The session")), responses((status = 204)))]
async fn end_device(State(app): State<App>, caller: Caller, At(session): At<SessionId>) -> Result<StatusCode> {
    if !app.db.end_session_of(caller.member.account_id, session).await? {
        return Err(Error::NotFound("session"));
    }
    app.announce(Change::Session(session));
    Ok(StatusCode::NO_CONTENT)
}

/// Signs every other device out.
#[utoipa::path(delete, path = "/me/sessions", tag = "account", responses((status = 204)))]
async fn end_others(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    app.db.end_other_sessions(caller.member.account_id, caller.session).await?;
    app.announce(Change::Account(caller.member.account_id));
    Ok(StatusCode::NO_CONTENT)
}
