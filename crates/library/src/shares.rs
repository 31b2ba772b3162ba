//! Rights to a document and the reasons for them: granted to people and groups, changed and revoked, with immediate
//! effect on open sockets.

pub mod group_rows;
pub mod rows;

use crate::{
    shares::group_rows::GroupGrant, shares::group_rows::NewGroupGrant, shares::rows::Grant, shares::rows::NewGrant,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use database::{Member, groups, members};
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, DocumentId, GroupId, Right, Role, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{SHARING, needs};

use access::{App, Caller, rights::Standing};
use endpoint::{Error, Result, input::At, input::Body};

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

/// A reason why a member has access.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(tag = "because", rename_all = "snake_case")]
enum Reason {
    /// The member is an admin, and admins may do everything in their workspace.
    Admin,
    /// The member created the document.
    Creator,
    /// Every member of the workspace has this level.
    Open { level: Right },
    /// The level was granted to the member directly.
    Grant { level: Right, granted_by: Option<AccountId>, expires_at: Option<DateTime<Utc>> },
    /// The level was granted to a group that the member is in.
    Group {
        group_id: GroupId,
        name: String,
        level: Right,
        granted_by: Option<AccountId>,
        expires_at: Option<DateTime<Utc>>,
    },
    /// The member entered with a link.
    Link { level: Right },
}

/// A member who has access.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Holder {
    #[serde(flatten)]
    pub member: Member,
    /// The resulting right, limited by the member's role.
    pub right: Right,
    reasons: Vec<Reason>,
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
    let open = document.open_level.as_ref().and_then(Stored::known);
    let given = rows::given(&app.db, caller.workspace, id).await?;
    let holder = |member: Member| {
        let own = given.iter().filter(|given| given.account_id == member.account_id);
        let mut reasons: Vec<Reason> = own.filter_map(reason).collect();
        let grant = reasons.iter().filter_map(Reason::level).max();
        let is_creator = document.created_by == Some(member.account_id);
        let role = member.role.known()?;
        let right = Standing { role, is_creator, grant, open }.right()?;
        reasons.extend(open.map(|level| Reason::Open { level }));
        reasons.extend(is_creator.then_some(Reason::Creator));
        reasons.extend((role == Role::Admin).then_some(Reason::Admin));
        Some(Holder { member, right, reasons })
    };
    Ok(members::list(&app.db, caller.workspace).await?.into_iter().filter_map(holder).collect())
}

impl Reason {
    fn level(&self) -> Option<Right> {
        match self {
            Reason::Grant { level, .. } | Reason::Group { level, .. } | Reason::Link { level } => Some(*level),
            Reason::Admin | Reason::Creator | Reason::Open { .. } => None,
        }
    }
}

fn reason(given: &crate::shares::rows::Given) -> Option<Reason> {
    let level = given.level.known()?;
    let (granted_by, expires_at) = (given.granted_by, given.expires_at);
    Some(match (given.via.as_str(), given.group_id, &given.group_name) {
        ("group", Some(group_id), Some(name)) => {
            Reason::Group { group_id, name: name.clone(), level, granted_by, expires_at }
        }
        ("link", ..) => Reason::Link { level },
        _ => Reason::Grant { level, granted_by, expires_at },
    })
}
