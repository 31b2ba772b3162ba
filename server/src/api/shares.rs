//! Who may do what on a document: given, changed and taken back, with effect on open sockets at once.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::{AccountId, Change, DocumentId, Grant, NewGrant};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::Right;
use crate::api::input::{At, Body};
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(give, take))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Gift {
    level: Right,
    expires_at: Option<DateTime<Utc>>,
}

/// Who was given what, expired grants too.
#[utoipa::path(get, path = "/documents/{id}/shares", tag = "sharing", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [Grant])))]
async fn list(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<Vec<Grant>>> {
    app.access(&caller, id).await?;
    Ok(Json(app.db.grants(caller.workspace, id).await?))
}

/// Gives a member a level, or changes it.
#[utoipa::path(put, path = "/documents/{id}/shares/{account}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("account" = Uuid, Path, description = "The member")), request_body = Gift, responses((status = 204)))]
async fn give(
    State(app): State<App>,
    caller: Caller,
    At((id, account)): At<(DocumentId, AccountId)>,
    Body(gift): Body<Gift>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    app.db.member(caller.workspace, account).await?.ok_or(Error::NotFound("member"))?;
    if gift.expires_at.is_some_and(|at| at <= Utc::now()) {
        return Err(Error::Invalid("a grant ends in the future"));
    }
    let grant = NewGrant {
        document: id,
        workspace: caller.workspace,
        account,
        level: gift.level.as_str().to_owned(),
        granted_by: caller.member.account_id,
        expires_at: gift.expires_at,
    };
    app.db.put_grant(grant).await?;
    app.announce(Change::Document(id));
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a grant back; open sockets notice within a second.
#[utoipa::path(delete, path = "/documents/{id}/shares/{account}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn take(
    State(app): State<App>,
    caller: Caller,
    At((id, account)): At<(DocumentId, AccountId)>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    let removed = app.db.remove_grant(caller.workspace, id, account).await?;
    app.announce(Change::Document(id));
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("share")) }
}
