//! Signing in, staying signed in, signing out.

use crate::personal_data::rows as people;
use crate::totp::rows as totp_rows;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use database::{Account, Act, Member, Refreshed, Session, accounts, members, sessions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tracing::{info, warn};
use vocabulary::{AccountId, ActorKind, WorkspaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, PUBLIC, needs};

use crate::totp as second_step;
use access::{App, Browser, Caller, ClientAddress, Cookies, RequestOrigin, Token, passwords};
use endpoint::{Error, Result, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PUBLIC.while_read_only(), routes!(sign_in)))
        .routes(needs(PUBLIC.while_read_only(), routes!(refresh)))
        .routes(needs(PEOPLE.while_read_only(), routes!(sign_out)))
        .routes(needs(PEOPLE, routes!(me)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
    /// A code from the app, or a recovery code; required when the answer is `second-step-needed`.
    code: Option<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    workspace_id: WorkspaceId,
    #[serde(flatten)]
    member: Member,
    department: String,
    /// IANA name; empty to follow the browser.
    time_zone: String,
    /// BCP 47 tag; empty to follow the browser.
    locale: String,
    email_verified: bool,
    /// Whether signing in requires a second step.
    second_step: bool,
    recovery_codes_left: i64,
    has_avatar: bool,
}

/// Describes the signed-in member.
#[utoipa::path(get, path = "/me", tag = "signing in", responses((status = 200, body = Me)))]
async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Me>> {
    Ok(Json(describe(&app, caller).await?))
}

pub async fn describe(app: &App, caller: Caller) -> Result<Me> {
    let id = caller.member.account_id;
    let account = accounts::find(&app.db, id).await?.ok_or(Error::Unauthorized)?;
    Ok(Me {
        workspace_id: caller.workspace,
        member: caller.member,
        department: account.department,
        time_zone: account.time_zone,
        locale: account.locale,
        email_verified: account.email_verified_at.is_some(),
        second_step: account.totp_at.is_some(),
        recovery_codes_left: totp_rows::recovery_codes_left(&app.db, id).await?,
        has_avatar: people::avatar(&app.db, id).await?.is_some(),
    })
}

/// Signs in. The answer sets two cookies, `consilium_access` and `consilium_refresh`. Answers 401 `wrong-password` also
/// if there is no such account.
#[utoipa::path(post, path = "/auth/sign-in", tag = "signing in", request_body = SignIn, responses((status = 200, body = Me)))]
async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    request_origin: RequestOrigin,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response> {
    let account = accounts::by_email(&app.db, &body.email).await?.filter(|account| account.disabled_at.is_none());
    let known = account.as_ref().is_some_and(|of| app.sessions.knows_device(&Cookies::of(&headers), of.account_id));
    let browser = if known { Browser::Known } else { Browser::Unknown };
    app.sign_ins.check_everywhere(app.hub.bus(), address, &body.email, browser).await?;
    let outcome = prove(&app, &request_origin, account.as_ref(), body.password, body.code.as_deref()).await;
    match (outcome, account) {
        (Ok(()), Some(account)) => begin_session(&app, account.account_id, &request_origin).await,
        (outcome, account) => {
            let error = outcome.err().unwrap_or(Error::WrongSignIn);
            note_failure(&app, &request_origin, account.as_ref(), &body.email, &error).await?;
            Err(error)
        }
    }
}

async fn prove(
    app: &App,
    request_origin: &RequestOrigin,
    account: Option<&Account>,
    password: String,
    code: Option<&str>,
) -> Result<()> {
    let hash = account.map(|account| account.password_hash.clone());
    if !passwords::verify(&request_origin.address, password, hash).await? {
        return Err(Error::WrongSignIn);
    }
    let account = account.ok_or(Error::WrongSignIn)?;
    let by = request_origin.actor(app.home().await?, ActorKind::Nobody, Some(account.account_id.0));
    second_step::check(&app.db, &by, account, code).await
}

/// Records a failed sign-in in the audit log of the account's workspace, or of the first workspace if the account is
/// unknown.
async fn note_failure(
    app: &App,
    request_origin: &RequestOrigin,
    account: Option<&Account>,
    email: &str,
    error: &Error,
) -> Result<()> {
    if matches!(error, Error::SecondStep) {
        return Ok(());
    }
    let account_id = account.map(|account| account.account_id.to_string()).unwrap_or_default();
    let address = request_origin.actor(WorkspaceId::NONE, ActorKind::Nobody, None).address;
    info!(account = account_id, address, code = error.code(), "a sign-in failed");
    if account.is_none() && !app.sign_ins.records_stranger(&request_origin.address) {
        return Ok(());
    }
    let workspace = match account {
        Some(account) => members::workspaces_of(&app.db, account.account_id).await?.first().copied(),
        None => members::first_workspace(&app.db).await?,
    };
    let Some(workspace) = workspace else { return Ok(()) };
    let resource = account.map_or_else(|| "unknown".to_owned(), |account| account.account_id.to_string());
    let act = Act::new("session.begin", "account", resource).refused(error.code());
    let by = request_origin.actor(workspace, ActorKind::Nobody, None);
    app.db.record(&by, act.about(json!({ "email": email.chars().take(254).collect::<String>() }))).await?;
    Ok(())
}

/// Creates a session for a person who has just been authenticated.
///
/// # Errors
/// [`Error::Forbidden`] for an account without a workspace.
pub async fn open_session(app: &App, account: AccountId, request_origin: &RequestOrigin) -> Result<(Session, Token)> {
    let workspace = *members::workspaces_of(&app.db, account).await?.first().ok_or(Error::Forbidden)?;
    let token = Token::new();
    let by = request_origin.actor(workspace, ActorKind::Member, Some(account.0));
    let session = sessions::begin(&app.db, &by, account, workspace, token.hash.clone()).await?;
    info!(account = %account, address = by.address, session = %session.session_id, "signed in");
    Ok((session, token))
}

/// Creates a session and answers with its cookies.
///
/// # Errors
/// [`Error::Forbidden`] for an account without a workspace.
pub async fn begin_session(app: &App, account: AccountId, request_origin: &RequestOrigin) -> Result<Response> {
    let (session, token) = open_session(app, account, request_origin).await?;
    let caller = app.caller_of(session.session_id, request_origin).await?;
    let mut response = Json(describe(app, caller).await?).into_response();
    app.sessions.sign_in(&mut response, &session, &token)?;
    Ok(response)
}

/// Exchanges the refresh cookie for new cookies. A refresh cookie works only once.
#[utoipa::path(post, path = "/auth/refresh", tag = "signing in", responses((status = 200, body = Me)))]
async fn refresh(State(app): State<App>, request_origin: RequestOrigin, headers: HeaderMap) -> Result<Response> {
    let token = Cookies::of(&headers).refresh().ok_or(Error::Unauthorized)?;
    let successor = Token::new();
    let by = request_origin.actor(app.home().await?, ActorKind::Nobody, None);
    match sessions::refresh(&app.db, &by, token.hash, successor.hash.clone()).await? {
        Refreshed::Session(session) => {
            let caller = app.caller_of(session.session_id, &request_origin).await?;
            let mut response = Json(describe(&app, caller).await?).into_response();
            app.sessions.sign_in(&mut response, &session, &successor)?;
            Ok(response)
        }
        Refreshed::Refused => Err(Error::Unauthorized),
        Refreshed::Reused(session) => {
            warn!(%session, "a refresh token was used twice, so it was copied: ending the session");
            Err(Error::Unauthorized)
        }
    }
}

/// Ends the session and closes its open sockets.
#[utoipa::path(post, path = "/auth/sign-out", tag = "signing in", responses((status = 204)))]
async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response> {
    let session = caller.session()?;
    sessions::end(&app.db, &caller.actor, session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    app.sessions.sign_out(&mut response)?;
    Ok(response)
}
