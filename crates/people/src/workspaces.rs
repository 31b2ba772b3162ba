//! The workspaces of an account: listing and creating them, and switching a browser between them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use database::{Membership, members, sessions};
use serde::{Deserialize, Serialize};
use vocabulary::{DocumentId, WorkspaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(list, create)))
        .routes(needs(PEOPLE, routes!(rename)))
        .routes(needs(PEOPLE.while_read_only(), routes!(enter)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWorkspace {
    name: String,
}

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    workspace_id: WorkspaceId,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WorkspaceFilter {
    /// A document. Only the workspace that holds it is listed, if the caller may see the document there.
    document: Option<DocumentId>,
}

/// Lists the workspaces of which the caller is a member.
#[utoipa::path(get, path = "/workspaces", tag = "workspaces", params(WorkspaceFilter), responses((status = 200, body = [Membership])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(filter): QueryParams<WorkspaceFilter>,
) -> Result<Json<Vec<Membership>>> {
    caller.session()?;
    let account = caller.member.account_id;
    let memberships = members::memberships(&app.db, account).await?;
    let Some(document) = filter.document else { return Ok(Json(memberships)) };
    for membership in memberships {
        let Some(role) = membership.role.known() else { continue };
        match app.access_as(membership.workspace_id, role, account, document).await {
            Ok(_) => return Ok(Json(vec![membership])),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Json(Vec::new()))
}

/// Creates another workspace with the caller as its owner and only member. Requires the caller to own the current
/// workspace.
#[utoipa::path(post, path = "/workspaces", tag = "workspaces", request_body = NewWorkspace, responses((status = 201, body = Which)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewWorkspace>,
) -> Result<(StatusCode, Json<Which>)> {
    caller.session()?;
    if !caller.member.is_owner {
        return Err(Error::Forbidden);
    }
    let name = check_workspace_name(&new.name)?;
    let workspace_id = members::add_workspace(&app.db, &caller.actor, name, caller.member.account_id).await?;
    Ok((StatusCode::CREATED, Json(Which { workspace_id })))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkspaceName {
    name: String,
}

/// Renames the current workspace. Requires admin.
#[utoipa::path(patch, path = "/workspaces/{workspace}", tag = "workspaces", params(("workspace" = Uuid, Path, description = "The workspace that the caller is in")), request_body = WorkspaceName, responses((status = 204)))]
async fn rename(
    State(app): State<App>,
    caller: Caller,
    At(workspace): At<WorkspaceId>,
    Body(WorkspaceName { name }): Body<WorkspaceName>,
) -> Result<StatusCode> {
    caller.session()?;
    let caller = caller.admin()?;
    if workspace != caller.workspace {
        return Err(Error::NotFound("workspace"));
    }
    members::rename_workspace(&app.db, &caller.actor, check_workspace_name(&name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches this browser to another of the caller's workspaces. Documents open in the previous one close.
#[utoipa::path(put, path = "/me/workspace", tag = "workspaces", request_body = Which, responses((status = 204)))]
async fn enter(State(app): State<App>, caller: Caller, Body(which): Body<Which>) -> Result<StatusCode> {
    let session = caller.session()?;
    if !sessions::move_to_workspace(&app.db, &caller.actor, session, which.workspace_id).await? {
        return Err(Error::NotFound("workspace"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// # Errors
/// [`Error::Invalid`] when this cannot be a workspace's name.
pub fn check_workspace_name(name: &str) -> Result<&str> {
    let name = name.trim();
    let good = (1..=200).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if good { Ok(name) } else { Err(Error::Invalid("a workspace's name has 1 to 200 characters")) }
}
