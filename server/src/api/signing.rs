//! Signing in, staying signed in, signing out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use store::{AccountId, Change, Member, Refreshed, WorkspaceId};
use tracing::warn;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::input::Body;
use crate::app::App;
use crate::auth::{Caller, Token, check_site, passwords, refresh_token};
use crate::client::ClientAddress;
use crate::error::{Error, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in)).routes(routes!(refresh)).routes(routes!(sign_out)).routes(routes!(me))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    email: String,
    password: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Me {
    workspace_id: WorkspaceId,
    #[serde(flatten)]
    member: Member,
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", tag = "signing in", responses((status = 200, body = Me)))]
async fn me(caller: Caller) -> Json<Me> {
    Json(Me { workspace_id: caller.workspace, member: caller.member })
}

/// Signs in: the answer sets two cookies, `consilium_access` and `consilium_refresh`.
#[utoipa::path(post, path = "/auth/sign-in", tag = "signing in", request_body = SignIn, responses((status = 200, body = Me)))]
async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<Response> {
    check_site(&app, &Method::POST, &headers)?;
    app.sign_ins.check_everywhere(app.hub.bus(), address, &body.email).await?;
    let account = app.db.account_by_email(&body.email).await?.filter(|account| account.disabled_at.is_none());
    let hash = account.as_ref().map(|account| account.password_hash.clone());
    if !passwords::verify(body.password, hash).await? {
        return Err(Error::Unauthorized);
    }
    let account = account.ok_or(Error::Unauthorized)?;
    begin_session(&app, account.account_id, &headers).await
}

/// Makes a session for somebody who just proved who they are, and answers with its cookies.
///
/// # Errors
/// [`Error::Forbidden`] for an account without a workspace.
pub async fn begin_session(app: &App, account: AccountId, headers: &HeaderMap) -> Result<Response> {
    let workspace = *app.db.workspaces_of(account).await?.first().ok_or(Error::Forbidden)?;
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let token = Token::new();
    let session = app.db.begin_session(account, workspace, agent, token.hash.clone()).await?;
    let caller = app.caller_of(session.session_id).await?;
    let mut response = me(caller).await.into_response();
    app.sessions.sign_in(&mut response, &session, &token)?;
    Ok(response)
}

/// Exchanges the refresh cookie for new cookies. Each works once.
#[utoipa::path(post, path = "/auth/refresh", tag = "signing in", responses((status = 200, body = Me)))]
async fn refresh(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    check_site(&app, &Method::POST, &headers)?;
    let cookies = headers.get(header::COOKIE).and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let token = refresh_token(cookies).ok_or(Error::Unauthorized)?;
    let successor = Token::new();
    match app.db.refresh_session(token.hash, successor.hash.clone()).await? {
        Refreshed::Session(session) => {
            let mut response = me(app.caller_of(session.session_id).await?).await.into_response();
            app.sessions.sign_in(&mut response, &session, &successor)?;
            Ok(response)
        }
        Refreshed::Refused => Err(Error::Unauthorized),
        Refreshed::Reused(session) => {
            warn!(%session, "a refresh token was used twice: somebody has a copy, the session is ended");
            app.announce(Change::Session(session));
            Err(Error::Unauthorized)
        }
    }
}

/// Ends the session; its open sockets are closed.
#[utoipa::path(post, path = "/auth/sign-out", tag = "signing in", responses((status = 204)))]
async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response> {
    app.db.end_session(caller.session).await?;
    app.announce(Change::Session(caller.session));
    let mut response = axum::http::StatusCode::NO_CONTENT.into_response();
    app.sessions.sign_out(&mut response)?;
    Ok(response)
}
