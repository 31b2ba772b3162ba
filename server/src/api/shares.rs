//! Who may do what on a document: given, changed and taken back, with effect on open sockets at once.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, put};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use store::{AccountId, DocumentId, Grant, NewGrant};

use crate::access::Right;
use crate::api::body::Body;
use crate::app::{App, Change};
use crate::auth::Caller;
use crate::error::{Error, Result};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents/{id}/shares", get(list))
        .route("/documents/{id}/shares/{account}", put(give).delete(take))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gift {
    level: Right,
    expires_at: Option<DateTime<Utc>>,
}

async fn list(State(app): State<App>, caller: Caller, Path(id): Path<DocumentId>) -> Result<Json<Vec<Grant>>> {
    app.access(&caller, id).await?;
    Ok(Json(app.db.grants(caller.workspace, id).await?))
}

async fn give(
    State(app): State<App>,
    caller: Caller,
    Path((id, account)): Path<(DocumentId, AccountId)>,
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

async fn take(
    State(app): State<App>,
    caller: Caller,
    Path((id, account)): Path<(DocumentId, AccountId)>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    let removed = app.db.remove_grant(caller.workspace, id, account).await?;
    app.announce(Change::Document(id));
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("share")) }
}
