//! The caller's own account: name and colour, password, and signed-in devices.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use database::{Account, Device, Profile, accounts, sessions};
use serde::{Deserialize, Serialize};
use vocabulary::SessionId;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use std::net::IpAddr;

use access::{App, Browser, Caller, ClientAddress, passwords, profiles::check_color, profiles::check_person_name};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(change_profile)))
        .routes(needs(PEOPLE.while_read_only(), routes!(change_password)))
        .routes(needs(PEOPLE.revocable(), routes!(devices, end_others)))
        .routes(needs(PEOPLE.revocable(), routes!(end_device)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileChange {
    name: Option<String>,
    /// A colour from the palette of carets and avatars.
    color: Option<String>,
    department: Option<String>,
    /// IANA name, such as Europe/Berlin; empty to follow the browser.
    time_zone: Option<String>,
    /// BCP 47 tag, such as de-CH; empty to follow the browser.
    locale: Option<String>,
}

/// Changes the caller's profile as others see it. In documents that are open, others see the change once the caller
/// opens them again.
#[utoipa::path(patch, path = "/me", tag = "account", request_body = ProfileChange, responses((status = 204)))]
async fn change_profile(
    State(app): State<App>,
    caller: Caller,
    Body(change): Body<ProfileChange>,
) -> Result<StatusCode> {
    caller.session()?;
    let account = accounts::find(&app.db, caller.member.account_id).await?.ok_or(Error::Unauthorized)?;
    let profile = Profile {
        name: change.name.map_or(account.name, |name| name.trim().to_owned()),
        color: change.color.unwrap_or(account.color),
        department: change.department.map_or(account.department, |department| department.trim().to_owned()),
        time_zone: change.time_zone.unwrap_or(account.time_zone),
        locale: change.locale.unwrap_or(account.locale),
    };
    check_person_name(&profile.name)?;
    check_color(&profile.color)?;
    if profile.department.chars().count() > 100 || profile.department.chars().any(char::is_control) {
        return Err(Error::Invalid("a department may have at most 100 characters"));
    }
    if !is_tag(&profile.time_zone, "/_+-", 64) || !is_tag(&profile.locale, "-", 35) {
        return Err(Error::Invalid("a time zone has a name such as Europe/Berlin, a locale such as de-CH"));
    }
    accounts::set_profile(&app.db, &caller.actor, account.account_id, profile).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accepts letters, digits and the given signs. Whether the name exists is not checked, because only the browser uses
/// it.
fn is_tag(text: &str, signs: &str, most: usize) -> bool {
    text.len() <= most && text.chars().all(|c| c.is_ascii_alphanumeric() || signs.contains(c))
}

/// The password, confirmed again before a sensitive change.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordAgain {
    pub password: String,
}

/// Checks the password that confirms a sensitive change, and returns the caller's account. Attempts are limited here
/// too, so that somebody who finds a signed-in device cannot guess the password.
///
/// # Errors
/// [`Error::WrongOwnPassword`].
pub async fn check_password(app: &App, address: IpAddr, caller: &Caller, password: String) -> Result<Account> {
    app.sign_ins.check_everywhere(app.hub.bus(), address, &caller.member.email, Browser::Known).await?;
    let account = accounts::find(&app.db, caller.member.account_id).await?.ok_or(Error::Unauthorized)?;
    if !passwords::verify(&caller.actor.address, password, Some(account.password_hash.clone())).await? {
        return Err(Error::WrongOwnPassword);
    }
    Ok(account)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    old: String,
    new: String,
}

/// Sets a new password and signs out every other device.
#[utoipa::path(post, path = "/me/password", tag = "account", request_body = NewPassword, responses((status = 204)))]
async fn change_password(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    caller: Caller,
    Body(body): Body<NewPassword>,
) -> Result<StatusCode> {
    let session = caller.session()?;
    let account = check_password(&app, address, &caller, body.old).await?;
    passwords::check(&body.new, &[&account.name, &account.email])?;
    let hash = passwords::hash(&caller.actor.address, body.new).await?;
    accounts::set_password(&app.db, &caller.actor, account.account_id, hash, Some(session)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, utoipa::ToSchema)]
struct OwnDevice {
    #[serde(flatten)]
    device: Device,
    /// Whether this is the device that made the request.
    current: bool,
}

/// Lists the devices on which the caller is signed in.
#[utoipa::path(get, path = "/me/sessions", tag = "account", responses((status = 200, body = [OwnDevice])))]
async fn devices(State(app): State<App>, caller: Caller) -> Result<Json<Vec<OwnDevice>>> {
    let session = caller.session()?;
    let devices = sessions::of_account(&app.db, caller.member.account_id).await?;
    let own = |device: Device| OwnDevice { current: device.session_id == session, device };
    Ok(Json(devices.into_iter().map(own).collect()))
}

/// Signs out one device and closes its open documents.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "account", params(("id" = Uuid, Path, description = "The session")), responses((status = 204)))]
async fn end_device(State(app): State<App>, caller: Caller, At(session): At<SessionId>) -> Result<StatusCode> {
    caller.session()?;
    if !sessions::end_of_account(&app.db, &caller.actor, caller.member.account_id, session).await? {
        return Err(Error::NotFound("session"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out every other device.
#[utoipa::path(delete, path = "/me/sessions", tag = "account", responses((status = 204)))]
async fn end_others(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    sessions::end_others(&app.db, &caller.actor, caller.member.account_id, caller.session()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
