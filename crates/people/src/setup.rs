//! The first run. With the URL that the server printed, somebody creates the owner and the workspace.

use axum::Extension;
use axum::Json;
use axum::extract::State;

use crate::{Provider, members::Newcomer, sign_in::Me, sign_in::begin_session, workspaces::check_workspace_name};
use axum::response::Response;
use database::{accounts, members, nodes};
use serde::{Deserialize, Serialize};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PUBLIC, needs};

use access::{App, RequestOrigin, Token};
use endpoint::{Error, Result, input::Body};
use vocabulary::{ActorKind, WorkspaceId};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PUBLIC, routes!(state, found)))
}

#[derive(Serialize, utoipa::ToSchema)]
struct SetupState {
    /// Whether no account exists yet and the page asks for the owner.
    needed: bool,
    /// Whether anyone may edit without signing in.
    open: bool,
    /// Whether the server can send mails, so that people can reset a forgotten password themselves.
    mails: bool,
    /// The label of the identity provider's button; null if there is no provider.
    provider: Option<String>,
    /// The origins of the sites whose pages may be shown in a frame within a text.
    frame_origins: Vec<String>,
}

#[derive(Deserialize, utoipa::ToSchema)]
struct Founding {
    secret: String,
    workspace: String,
    #[serde(flatten)]
    owner: Newcomer,
}

/// Describes what the first page needs to show.
#[utoipa::path(get, path = "/setup", tag = "setup", responses((status = 200, body = SetupState)))]
async fn state(State(app): State<App>, Extension(Provider(provider)): Extension<Provider>) -> Result<Json<SetupState>> {
    let provider = provider.is_some().then(|| app.config.oidc_name.clone());
    let needed = accounts::is_new(&app.db).await?;
    let frame_origins = app.config.frame_origins.clone();
    Ok(Json(SetupState { needed, open: app.config.open, mails: app.mail.is_there(), provider, frame_origins }))
}

/// Creates the owner and the workspace. Requires the secret from the URL that the server printed.
#[utoipa::path(post, path = "/setup", tag = "setup", request_body = Founding, responses((status = 200, body = Me)))]
async fn found(
    State(app): State<App>,
    request_origin: RequestOrigin,
    Body(founding): Body<Founding>,
) -> Result<Response> {
    let owner = founding.owner;
    let workspace = check_workspace_name(&founding.workspace)?.to_owned();
    if !nodes::is_setup_secret(&app.db, Token::from_text(&founding.secret).hash).await? {
        return Err(Error::Forbidden);
    }
    if !accounts::is_new(&app.db).await? {
        return Err(Error::Conflict("this instance already has an owner"));
    }
    let account = owner.into_account(&request_origin.address).await?;
    let by = request_origin.actor(WorkspaceId::new(), ActorKind::Nobody, None);
    let member = members::found_workspace(&app.db, &by, &workspace, account).await?;
    nodes::spend_setup_secrets(&app.db).await?;
    begin_session(&app, member.account_id, &request_origin).await
}
