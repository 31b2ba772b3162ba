//! Rights to a document and the reasons for them: granted to people and groups, changed and revoked, with immediate
//! effect on open sockets.

pub mod access_list;
pub mod group_rows;
pub mod rows;

use crate::{
    shares::group_rows::GroupGrant, shares::group_rows::NewGroupGrant, shares::rows::Grant, shares::rows::NewGrant,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use database::{groups, members};
use serde::Deserialize;
use vocabulary::{AccountId, DocumentId, GroupId, Right};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{SHARING, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body};

use access_list::Givers;
pub use access_list::Holder;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(SHARING, routes!(list)))
        .routes(needs(SHARING.revocable(), routes!(give, take)))
        .routes(needs(SHARING, routes!(list_groups)))
        .routes(needs(SHARING.revocable(), routes!(give_group, take_group)))
        .routes(needs(SHARING, routes!(who)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Gift {
    level: Right,
    #[serde(default, deserialize_with = "endpoint::input::date")]
    expires_at: Option<DateTime<Utc>>,
}

/// Lists the grants to members, including expired ones.
#[utoipa::path(get, path = "/documents/{id}/shares", tag = "sharing", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [Grant])))]
async fn list(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<Vec<Grant>>> {
    app.access(&caller, id).await?;
    Ok(Json(rows::list(&app.db, caller.workspace, id).await?))
}

/// Grants a member a level, or changes it.
#[utoipa::path(put, path = "/documents/{id}/shares/{account}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("account" = Uuid, Path, description = "The member")), request_body = Gift, responses((status = 204)))]
async fn give(
    State(app): State<App>,
    caller: Caller,
    At((id, account)): At<(DocumentId, AccountId)>,
    Body(gift): Body<Gift>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?.outside_the_trash()?;
    members::find(&app.db, caller.workspace, account).await?.ok_or(Error::NotFound("member"))?;
    if gift.expires_at.is_some_and(|at| at <= Utc::now()) {
        return Err(Error::Invalid("the expiry must be in the future"));
    }
    let grant = NewGrant {
        document: id,
        account,
        level: gift.level,
        granted_by: caller.member.account_id,
        expires_at: gift.expires_at,
    };
    rows::put(&app.db, &caller.actor, grant).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes a member's grant. Open sockets notice within a second.
#[utoipa::path(delete, path = "/documents/{id}/shares/{account}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn take(
    State(app): State<App>,
    caller: Caller,
    At((id, account)): At<(DocumentId, AccountId)>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    let removed = rows::remove(&app.db, &caller.actor, id, account).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("share")) }
}

/// Lists the grants to groups, including expired ones.
#[utoipa::path(get, path = "/documents/{id}/group-shares", tag = "sharing", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [GroupGrant])))]
async fn list_groups(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<Vec<GroupGrant>>> {
    app.access(&caller, id).await?;
    Ok(Json(group_rows::grants(&app.db, caller.workspace, id).await?))
}

/// Grants a group a level, or changes it.
#[utoipa::path(put, path = "/documents/{id}/group-shares/{group}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("group" = Uuid, Path, description = "The group")), request_body = Gift, responses((status = 204)))]
async fn give_group(
    State(app): State<App>,
    caller: Caller,
    At((id, group)): At<(DocumentId, GroupId)>,
    Body(gift): Body<Gift>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?.outside_the_trash()?;
    groups::name(&app.db, caller.workspace, group).await?.ok_or(Error::NotFound("group"))?;
    if gift.expires_at.is_some_and(|at| at <= Utc::now()) {
        return Err(Error::Invalid("the expiry must be in the future"));
    }
    let (level, granted_by) = (gift.level, caller.member.account_id);
    let grant = NewGroupGrant { document: id, group, level, granted_by, expires_at: gift.expires_at };
    group_rows::put_grant(&app.db, &caller.actor, grant).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes a group's grant. Open sockets notice within a second.
#[utoipa::path(delete, path = "/documents/{id}/group-shares/{group}", tag = "sharing", params(("id" = Uuid, Path, description = "The document"), ("group" = Uuid, Path, description = "The group")), responses((status = 204)))]
async fn take_group(
    State(app): State<App>,
    caller: Caller,
    At((id, group)): At<(DocumentId, GroupId)>,
) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    let removed = group_rows::remove_grant(&app.db, &caller.actor, id, group).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("share")) }
}

/// Lists the members who have access to a document, with their rights and the reasons for them.
#[utoipa::path(get, path = "/documents/{id}/access", tag = "sharing", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [Holder])))]
async fn who(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<Vec<Holder>>> {
    Ok(Json(holders(&app, &caller, id).await?))
}

/// Lists the members who have access to a document, for other handlers.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see the document.
pub async fn holders(app: &App, caller: &Caller, id: DocumentId) -> Result<Vec<Holder>> {
    let document = app.access(caller, id).await?.document;
    let givers = Givers::of(&app.db, &document).await?;
    let people = members::list(&app.db, caller.workspace).await?;
    Ok(access_list::holders(&app.db, &document, &givers, people).await?)
}
