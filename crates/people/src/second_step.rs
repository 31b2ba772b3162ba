//! The caller's second step of signing in: beginning, confirming and ending it.

use crate::totp::rows as totp_rows;
use crate::{account::PasswordAgain, account::check_password, members::own_member};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use database::accounts;
use serde::{Deserialize, Serialize};
use vocabulary::AccountId;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use crate::totp as second_step;
use access::{App, Caller, ClientAddress};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE.while_read_only(), routes!(begin, confirm, end)))
        .routes(needs(PEOPLE.while_read_only(), routes!(take)))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Enrolment {
    /// The secret in base 32, to type into an app.
    secret: String,
    /// The secret as an `otpauth://…` URL.
    url: String,
    /// The secret as a picture (SVG), to scan.
    picture: String,
}

/// Begins setting up a second step. It is required at sign-in only after it is confirmed.
#[utoipa::path(post, path = "/me/totp", tag = "account", request_body = PasswordAgain, responses((status = 200, body = Enrolment)))]
async fn begin(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    caller: Caller,
    Body(body): Body<PasswordAgain>,
) -> Result<Json<Enrolment>> {
    caller.session()?;
    let account = check_password(&app, address, &caller, body.password).await?;
    let enrolment = second_step::enrol(&account.email)?;
    if !totp_rows::begin(&app.db, account.account_id, enrolment.secret).await? {
        return Err(Error::Conflict("the second step is already set up"));
    }
    let picture = second_step::picture(&enrolment.url)?;
    Ok(Json(Enrolment { secret: enrolment.text, url: enrolment.url, picture }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct RecoveryCodes {
    /// Codes that each work once in place of the app's code, shown only once.
    recovery_codes: Vec<String>,
}

/// Confirms the second step with a code from the app.
#[utoipa::path(put, path = "/me/totp", tag = "account", request_body = Code, responses((status = 200, body = RecoveryCodes)))]
async fn confirm(State(app): State<App>, caller: Caller, Body(body): Body<Code>) -> Result<Json<RecoveryCodes>> {
    caller.session()?;
    let account = accounts::find(&app.db, caller.member.account_id).await?.ok_or(Error::Unauthorized)?;
    let secret = account.totp_secret.filter(|_| account.totp_at.is_none());
    let secret = secret.ok_or(Error::Conflict("there is nothing to confirm: begin the set-up first"))?;
    let step =
        second_step::step_of(&secret, &body.code).ok_or(Error::Invalid("this code is wrong: is the clock right?"))?;
    let codes = second_step::recovery_codes();
    let hashes = codes.iter().map(|code| code.hash.clone()).collect();
    if !totp_rows::confirm(&app.db, &caller.actor, account.account_id, step, hashes).await? {
        return Err(Error::Conflict("there is nothing to confirm: begin the set-up first"));
    }
    Ok(Json(RecoveryCodes { recovery_codes: codes.into_iter().map(|code| code.text).collect() }))
}

/// Turns off the caller's two-step sign-in.
#[utoipa::path(delete, path = "/me/totp", tag = "account", request_body = PasswordAgain, responses((status = 204)))]
async fn end(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    caller: Caller,
    Body(body): Body<PasswordAgain>,
) -> Result<StatusCode> {
    caller.session()?;
    let account = check_password(&app, address, &caller, body.password).await?;
    totp_rows::remove(&app.db, &caller.actor, account.account_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turns off two-step sign-in for a member who has lost their second step. Requires admin. Refused for an owner and for
/// members of other workspaces.
#[utoipa::path(delete, path = "/members/{account}/totp", tag = "people", params(("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn take(State(app): State<App>, caller: Caller, At(account): At<AccountId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    own_member(&app, &caller, account).await?;
    totp_rows::remove(&app.db, &caller.actor, account).await?;
    Ok(StatusCode::NO_CONTENT)
}
