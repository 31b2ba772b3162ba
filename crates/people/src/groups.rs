//! Groups of people: admins manage them, every member sees them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use database::{Group, groups};
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, GroupId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{MEMBERS, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(MEMBERS, routes!(list, create)))
        .routes(needs(MEMBERS, routes!(rename, remove)))
        .routes(needs(MEMBERS, routes!(members)))
        .routes(needs(MEMBERS.revocable(), routes!(join, leave)))
}

/// The maximum number of groups of a workspace. All of them are searched whenever rights are resolved.
const MOST: usize = 1_000;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
}

impl Named {
    fn checked(self) -> Result<String> {
        let name = self.name.trim().to_owned();
        let good = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if good { Ok(name) } else { Err(Error::Invalid("a group's name has 1 to 100 characters")) }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct Made {
    group_id: GroupId,
}

fn taken(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => {
            Error::Conflict("there is already a group with this name")
        }
        other => other.into(),
    }
}

/// Lists the workspace's groups.
#[utoipa::path(get, path = "/groups", tag = "people", responses((status = 200, body = [Group])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Group>>> {
    Ok(Json(groups::list(&app.db, caller.workspace).await?))
}

/// Creates a group. Requires admin.
#[utoipa::path(post, path = "/groups", tag = "people", request_body = Named, responses((status = 201, body = Made)))]
async fn create(State(app): State<App>, caller: Caller, Body(body): Body<Named>) -> Result<(StatusCode, Json<Made>)> {
    let (caller, name) = (caller.admin()?, body.checked()?);
    if groups::list(&app.db, caller.workspace).await?.len() >= MOST {
        return Err(Error::Conflict("a workspace may have at most 1,000 groups"));
    }
    let group_id = groups::add(&app.db, &caller.actor, &name).await.map_err(taken)?;
    Ok((StatusCode::CREATED, Json(Made { group_id })))
}

/// Renames a group. Requires admin.
#[utoipa::path(patch, path = "/groups/{group}", tag = "people", params(("group" = Uuid, Path, description = "The group")), request_body = Named, responses((status = 204)))]
async fn rename(
    State(app): State<App>,
    caller: Caller,
    At(group): At<GroupId>,
    Body(body): Body<Named>,
) -> Result<StatusCode> {
    let (caller, name) = (caller.admin()?, body.checked()?);
    let renamed = groups::rename(&app.db, &caller.actor, group, &name).await.map_err(taken)?;
    if renamed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("group")) }
}

/// Removes a group and every grant it was given. Requires admin.
#[utoipa::path(delete, path = "/groups/{group}", tag = "people", params(("group" = Uuid, Path, description = "The group")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(group): At<GroupId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    let _members = groups::remove(&app.db, &caller.actor, group).await?.ok_or(Error::NotFound("group"))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the members of a group.
#[utoipa::path(get, path = "/groups/{group}/members", tag = "people", params(("group" = Uuid, Path, description = "The group")), responses((status = 200, body = [AccountId])))]
async fn members(State(app): State<App>, caller: Caller, At(group): At<GroupId>) -> Result<Json<Vec<AccountId>>> {
    groups::name(&app.db, caller.workspace, group).await?.ok_or(Error::NotFound("group"))?;
    Ok(Json(groups::members(&app.db, caller.workspace, group).await?))
}

/// Adds a member to a group. Requires admin.
#[utoipa::path(put, path = "/groups/{group}/members/{account}", tag = "people", params(("group" = Uuid, Path, description = "The group"), ("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn join(
    State(app): State<App>,
    caller: Caller,
    At((group, account)): At<(GroupId, AccountId)>,
) -> Result<StatusCode> {
    let caller = caller.admin()?;
    if !groups::join(&app.db, &caller.actor, group, account).await? {
        return Err(Error::NotFound("group or member"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member from a group. Requires admin.
#[utoipa::path(delete, path = "/groups/{group}/members/{account}", tag = "people", params(("group" = Uuid, Path, description = "The group"), ("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn leave(
    State(app): State<App>,
    caller: Caller,
    At((group, account)): At<(GroupId, AccountId)>,
) -> Result<StatusCode> {
    let caller = caller.admin()?;
    if !groups::leave(&app.db, &caller.actor, group, account).await? {
        return Err(Error::NotFound("group or member"));
    }
    Ok(StatusCode::NO_CONTENT)
}
