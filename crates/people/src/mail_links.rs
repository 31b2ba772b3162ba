//! Links in mails: setting a new password after it was forgotten, and verifying an address.

pub mod rows;

use crate::{mail_links::rows::Purpose, mails::make_link, members::own_member};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use database::{Account, Actor, accounts, members};
use serde::{Deserialize, Serialize};
use tracing::warn;
use vocabulary::{AccountId, ActorKind};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, PUBLIC, needs};

use crate::mails::{ResetMail, VerificationMail};
use access::{App, Browser, Caller, ClientAddress, RequestOrigin, Token, passwords};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PUBLIC.while_read_only(), routes!(forget)))
        .routes(needs(PUBLIC.while_read_only(), routes!(reset)))
        .routes(needs(PUBLIC.while_read_only(), routes!(verify)))
        .routes(needs(PEOPLE.while_read_only(), routes!(ask_again)))
        .routes(needs(PEOPLE.while_read_only(), routes!(reset_link)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Forgotten {
    email: String,
}

/// Mails a link for setting a new password. The answer is the same whether or not the account exists. Nothing is sent
/// if no mail server is configured; an admin creates the link instead.
#[utoipa::path(post, path = "/auth/forgotten", tag = "signing in", request_body = Forgotten, responses((status = 202)))]
async fn forget(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request_origin: RequestOrigin,
    Body(body): Body<Forgotten>,
) -> Result<StatusCode> {
    app.sign_ins.check_everywhere(app.hub.bus(), address, &body.email, Browser::Unknown).await?;
    if app.mail.is_there() {
        let helper = app.clone();
        // In a separate task, so that the response time does not reveal whether there is such an account.
        app.tasks.spawn(async move {
            if let Err(error) = send_reset(&helper, &request_origin, &body.email).await {
                warn!(%error, "cannot create a link for a new password");
            }
        });
    }
    Ok(StatusCode::ACCEPTED)
}

async fn send_reset(app: &App, request_origin: &RequestOrigin, email: &str) -> Result<()> {
    let account = accounts::by_email(&app.db, email).await?.filter(|account| account.disabled_at.is_none());
    let Some(account) = account else { return Ok(()) };
    let workspace = members::workspaces_of(&app.db, account.account_id).await?.first().copied();
    let workspace = workspace.map_or(app.home().await, Ok)?;
    let by = request_origin.actor(workspace, ActorKind::Nobody, None);
    app.later(&ResetMail { by, account: account.account_id }).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Reset {
    token: String,
    password: String,
}

/// Sets a new password with a mailed link and signs out every device. A second step stays in place.
#[utoipa::path(post, path = "/auth/reset", tag = "signing in", request_body = Reset, responses((status = 204)))]
async fn reset(State(app): State<App>, request_origin: RequestOrigin, Body(body): Body<Reset>) -> Result<StatusCode> {
    passwords::check(&body.password, &[])?;
    let by = request_origin.actor(app.home().await?, ActorKind::Nobody, None);
    let hash = Token::from_text(&body.token).hash;
    let account = rows::use_up(&app.db, &by, Purpose::Reset, hash).await?.ok_or(Error::NotFound("link"))?;
    let by = Actor { kind: ActorKind::Member, id: Some(account.account_id.0), ..by };
    let password = passwords::hash(&request_origin.address, body.password).await?;
    accounts::set_password(&app.db, &by, account.account_id, password, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Proof {
    token: String,
}

/// Verifies an email address with the link that was mailed to it.
#[utoipa::path(post, path = "/auth/verify", tag = "signing in", request_body = Proof, responses((status = 204)))]
async fn verify(State(app): State<App>, request_origin: RequestOrigin, Body(body): Body<Proof>) -> Result<StatusCode> {
    let by = request_origin.actor(app.home().await?, ActorKind::Nobody, None);
    let hash = Token::from_text(&body.token).hash;
    rows::use_up(&app.db, &by, Purpose::Verify, hash).await?.ok_or(Error::NotFound("link"))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mails the caller another link that verifies their address.
#[utoipa::path(post, path = "/me/verification", tag = "account", responses((status = 202)))]
async fn ask_again(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    if !app.mail.is_there() {
        return Err(Error::Conflict("this server sends no mails"));
    }
    let account = accounts::find(&app.db, caller.member.account_id).await?.ok_or(Error::Unauthorized)?;
    send_verification(&app, &caller.actor, &account).await?;
    Ok(StatusCode::ACCEPTED)
}

#[derive(Serialize, utoipa::ToSchema)]
struct ResetLink {
    /// The link; null if it was mailed, because nobody else needs to see it.
    url: Option<String>,
}

/// Creates the link with which a member sets a new password. It is mailed, or shown to the admin if no mail server is
/// configured. Requires admin. Refused for an owner and for members of other workspaces.
#[utoipa::path(post, path = "/members/{account}/reset-link", tag = "people", params(("account" = Uuid, Path, description = "The member")), responses((status = 200, body = ResetLink)))]
async fn reset_link(State(app): State<App>, caller: Caller, At(account): At<AccountId>) -> Result<Json<ResetLink>> {
    let caller = caller.admin()?;
    own_member(&app, &caller, account).await?;
    let account = accounts::find(&app.db, account).await?.ok_or(Error::NotFound("member"))?;
    if app.mail.is_there() {
        app.later(&ResetMail { by: caller.actor, account: account.account_id }).await?;
        return Ok(Json(ResetLink { url: None }));
    }
    let url = make_link(&app, &caller.actor, &account, Purpose::Reset).await?;
    Ok(Json(ResetLink { url: Some(url) }))
}

/// Mails the link that verifies an address.
pub async fn send_verification(app: &App, by: &Actor, account: &Account) -> Result<()> {
    if app.mail.is_there() && account.email_verified_at.is_none() {
        app.later(&VerificationMail { by: by.clone(), account: account.account_id }).await?;
    }
    Ok(())
}
