//! Spaces: named trees of pages, with members, groups and a level for the whole workspace. Each member has a personal
//! space. What a space gives is one of the sources of a right to its pages.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::{groups, members};
use serde::{Deserialize, Serialize};
use serde_json::json;
use vocabulary::{AccountId, GroupId, Right, Role, Scope, SpaceId, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, SHARING, needs};

use access::{App, Caller, rights::Standing};
use endpoint::{Error, Result, input::At, input::Body, input::present, versions::etag, versions::if_match};

use rows::{NewSpace, SpaceGroup, SpaceMember, SpaceRow};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list, create)))
        .routes(needs(DOCUMENTS, routes!(read, change, remove)))
        .routes(needs(SHARING, routes!(list_members)))
        .routes(needs(SHARING.revocable(), routes!(put_member, remove_member)))
        .routes(needs(SHARING.revocable(), routes!(put_group, remove_group)))
}

/// The maximum number of spaces of a workspace. Their list is not paged, and every right to a page depends on what its
/// space gives.
const MOST: i64 = 1_000;

/// A space as the REST API shows it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SpaceView {
    id: SpaceId,
    /// Empty for a personal space.
    name: String,
    /// An emoji, or empty.
    icon: String,
    description: String,
    /// The member whose personal space it is.
    owner_id: Option<AccountId>,
    /// The right of every member of the workspace to its pages; `null` for a private space.
    #[schema(value_type = Option<String>)]
    open_level: Option<Stored<Right>>,
    created_by: Option<AccountId>,
    created_at: DateTime<Utc>,
    version: i64,
    /// The caller's right. `admin` allows changing the space and its members; `edit` allows adding pages.
    right: Right,
}

impl SpaceView {
    fn new(row: SpaceRow, right: Right) -> SpaceView {
        SpaceView {
            id: row.space_id,
            name: row.name,
            icon: row.icon,
            description: row.description,
            owner_id: row.owner_id,
            open_level: row.open_level,
            created_by: row.created_by,
            created_at: row.created_at,
            version: row.version,
            right,
        }
    }
}

/// The fields that a client may set. Absent fields stay unchanged.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SpaceFields {
    name: Option<String>,
    /// An emoji, or empty.
    icon: Option<String>,
    description: Option<String>,
    /// The right of every member of the workspace; `null` makes the space private.
    #[serde(default, deserialize_with = "present")]
    open_level: Option<Option<Right>>,
}

impl SpaceFields {
    fn check(&self) -> Result<()> {
        let named = |name: &String| {
            let (length, trimmed) = (name.chars().count(), name.trim());
            length <= 100 && !trimmed.is_empty() && !name.chars().any(char::is_control)
        };
        if self.name.as_ref().is_some_and(|name| !named(name)) {
            return Err(Error::Invalid("the name of a space has 1 to 100 characters"));
        }
        if self.description.as_ref().is_some_and(|text| text.chars().count() > 2_000) {
            return Err(Error::Invalid("a description may have at most 2,000 characters"));
        }
        if self.icon.as_ref().is_some_and(|icon| !is_icon(icon)) {
            return Err(NOT_AN_ICON);
        }
        Ok(())
    }
}

/// The longest icon, in characters. An emoji of a family with skin tones has 15.
const LONGEST_ICON: usize = 16;
pub(crate) const NOT_AN_ICON: Error = Error::Invalid("an icon is one emoji, or empty");

/// Whether a text may be an icon: short, without letters, spaces or characters that control the text around it.
pub fn is_icon(text: &str) -> bool {
    text.chars().count() <= LONGEST_ICON
        && text.chars().all(|c| !c.is_control() && !c.is_whitespace() && !c.is_alphabetic() && !is_directional(c))
}

fn is_directional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A space and the caller's right to it.
///
/// # Errors
/// [`Error::NotFound`], also for a space to which the caller has no right.
pub async fn access(app: &App, caller: &Caller, space: SpaceId) -> Result<(SpaceRow, Right)> {
    let row = rows::find(&app.db, caller.workspace, space).await?.ok_or(Error::NotFound("space"))?;
    let given = rows::given(&app.db, caller.workspace, caller.member.account_id).await?;
    let right = right_of(caller, &row, &given).ok_or(Error::NotFound("space"))?;
    Ok((row, right))
}

fn right_of(caller: &Caller, row: &SpaceRow, given: &[(SpaceId, Stored<Right>)]) -> Option<Right> {
    let account = Some(caller.member.account_id);
    let here = given.iter().filter(|(space, _)| *space == row.space_id);
    let standing = Standing {
        role: caller.role,
        is_creator: row.created_by == account || row.owner_id == account,
        grant: here.filter_map(|(_, level)| level.known()).max(),
        open: row.open_level.as_ref().and_then(Stored::known),
    };
    standing.right()
}

/// Lists the spaces that the caller may see, by name. The caller's personal space is the first.
#[utoipa::path(get, path = "/spaces", tag = "spaces", responses((status = 200, body = [SpaceView])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<SpaceView>>> {
    let account = caller.member.account_id;
    if !app.flags.read_only() {
        rows::personal(&app.db, caller.workspace, account).await?;
    }
    let given = rows::given(&app.db, caller.workspace, account).await?;
    let mut rows = rows::list(&app.db, caller.workspace, account).await?;
    rows.sort_by_key(|row| row.owner_id.is_none());
    let seen = rows.into_iter().filter_map(|row| {
        let right = right_of(&caller, &row, &given)?;
        Some(SpaceView::new(row, right))
    });
    Ok(Json(seen.collect()))
}

/// Creates a space. Its creator is its first member and administers it. Requires the analyst role.
#[utoipa::path(post, path = "/spaces", tag = "spaces", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = SpaceFields, responses((status = 201, body = SpaceView, headers(("ETag" = String)))))]
async fn create(State(app): State<App>, caller: Caller, Body(fields): Body<SpaceFields>) -> Result<Response> {
    fields.check()?;
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    if fields.open_level.is_some() {
        caller.with_scope(Scope::SharingWrite)?;
    }
    if rows::count(&app.db, caller.workspace).await? >= MOST {
        return Err(Error::Conflict("a workspace may have at most 1,000 spaces"));
    }
    let name = fields.name.ok_or(Error::Invalid("a space needs a name"))?;
    let new = NewSpace {
        name: name.trim().to_owned(),
        icon: fields.icon.unwrap_or_default(),
        description: fields.description.unwrap_or_default(),
        open_level: fields.open_level.flatten(),
        created_by: caller.member.account_id,
    };
    let row = rows::add(&app.db, &caller.actor, new).await?;
    Ok((StatusCode::CREATED, answer(row, Right::Admin)?).into_response())
}

/// Returns a space and the caller's right.
#[utoipa::path(get, path = "/spaces/{space}", tag = "spaces", params(("space" = Uuid, Path, description = "The space")), responses((status = 200, body = SpaceView, headers(("ETag" = String)))))]
async fn read(State(app): State<App>, caller: Caller, At(space): At<SpaceId>) -> Result<Response> {
    let (row, right) = access(&app, &caller, space).await?;
    answer(row, right)
}

/// Changes a space. Requires the admin right to it and If-Match with the ETag that was read. To change `open_level`
/// with a key, the key also needs the scope `sharing:write`. A personal space has no name and stays private.
#[utoipa::path(patch, path = "/spaces/{space}", tag = "spaces", params(("space" = Uuid, Path, description = "The space"), ("If-Match" = String, Header, description = "The ETag that was read")), request_body = SpaceFields, responses((status = 200, body = SpaceView, headers(("ETag" = String)))))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    At(space): At<SpaceId>,
    headers: HeaderMap,
    Body(fields): Body<SpaceFields>,
) -> Result<Response> {
    if fields.open_level.is_some() {
        caller.with_scope(Scope::SharingWrite)?;
    }
    let mut row = administered(&app, &caller, space).await?;
    fields.check()?;
    let version = if_match(&headers)?;
    if row.owner_id.is_some() && (fields.name.is_some() || fields.open_level.is_some()) {
        return Err(Error::Conflict("a personal space has no name and stays private: create another space"));
    }
    let mut changes = json!({});
    for (field, is_set) in [
        ("name", fields.name.is_some()),
        ("icon", fields.icon.is_some()),
        ("description", fields.description.is_some()),
    ] {
        if is_set {
            changes[field] = json!(true);
        }
    }
    if let Some(open_level) = fields.open_level {
        changes["open_level"] = json!(open_level);
        row.open_level = open_level.map(Stored::from);
    }
    row.name = fields.name.map_or(row.name, |name| name.trim().to_owned());
    row.icon = fields.icon.unwrap_or(row.icon);
    row.description = fields.description.unwrap_or(row.description);
    let row = rows::update(&app.db, &caller.actor, version, row, changes).await?.ok_or(Error::PreconditionFailed)?;
    answer(row, Right::Admin)
}

/// Removes a space without pages. Requires the admin right to it.
#[utoipa::path(delete, path = "/spaces/{space}", tag = "spaces", params(("space" = Uuid, Path, description = "The space")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(space): At<SpaceId>) -> Result<StatusCode> {
    let row = administered(&app, &caller, space).await?;
    if row.owner_id.is_some() {
        return Err(Error::Conflict("a personal space cannot be removed"));
    }
    if !rows::remove(&app.db, &caller.actor, space).await? {
        return Err(Error::Conflict("the space has pages: move them elsewhere or to the trash first"));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn administered(app: &App, caller: &Caller, space: SpaceId) -> Result<SpaceRow> {
    let (row, right) = access(app, caller, space).await?;
    if right < Right::Admin { Err(Error::Forbidden) } else { Ok(row) }
}

/// Like [`administered`], for changes to the members and groups of a space. Refuses a personal space, which has only
/// its owner.
async fn shared(app: &App, caller: &Caller, space: SpaceId) -> Result<()> {
    match administered(app, caller, space).await?.owner_id {
        None => Ok(()),
        Some(_) => Err(Error::Conflict("a personal space has no other members: share its pages, or create a space")),
    }
}

/// The members and groups of a space.
#[derive(Serialize, utoipa::ToSchema)]
struct PeopleOfSpace {
    members: Vec<SpaceMember>,
    groups: Vec<SpaceGroup>,
}

/// Lists the members of a space and the groups in it.
#[utoipa::path(get, path = "/spaces/{space}/members", tag = "spaces", params(("space" = Uuid, Path, description = "The space")), responses((status = 200, body = PeopleOfSpace)))]
async fn list_members(State(app): State<App>, caller: Caller, At(space): At<SpaceId>) -> Result<Json<PeopleOfSpace>> {
    access(&app, &caller, space).await?;
    let members = rows::members(&app.db, caller.workspace, space).await?;
    Ok(Json(PeopleOfSpace { members, groups: rows::groups(&app.db, caller.workspace, space).await? }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SpaceLevel {
    /// The right to the pages of the space. `admin` also allows changing the space and its members.
    level: Right,
}

/// Adds a member to a space, or changes the member's level. Requires the admin right to the space.
#[utoipa::path(put, path = "/spaces/{space}/members/{account}", tag = "spaces", params(("space" = Uuid, Path, description = "The space"), ("account" = Uuid, Path, description = "The member")), request_body = SpaceLevel, responses((status = 204)))]
async fn put_member(
    State(app): State<App>,
    caller: Caller,
    At((space, account)): At<(SpaceId, AccountId)>,
    Body(given): Body<SpaceLevel>,
) -> Result<StatusCode> {
    shared(&app, &caller, space).await?;
    members::find(&app.db, caller.workspace, account).await?.ok_or(Error::NotFound("member"))?;
    rows::put_member(&app.db, &caller.actor, space, account, given.level, caller.member.account_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a member from a space. Members may remove themselves. Open sockets notice within a second.
#[utoipa::path(delete, path = "/spaces/{space}/members/{account}", tag = "spaces", params(("space" = Uuid, Path, description = "The space"), ("account" = Uuid, Path, description = "The member")), responses((status = 204)))]
async fn remove_member(
    State(app): State<App>,
    caller: Caller,
    At((space, account)): At<(SpaceId, AccountId)>,
) -> Result<StatusCode> {
    if account == caller.member.account_id {
        access(&app, &caller, space).await?;
    } else {
        shared(&app, &caller, space).await?;
    }
    let removed = rows::remove_member(&app.db, &caller.actor, space, account).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("member of this space")) }
}

/// Adds a group to a space, or changes its level. Requires the admin right to the space.
#[utoipa::path(put, path = "/spaces/{space}/groups/{group}", tag = "spaces", params(("space" = Uuid, Path, description = "The space"), ("group" = Uuid, Path, description = "The group")), request_body = SpaceLevel, responses((status = 204)))]
async fn put_group(
    State(app): State<App>,
    caller: Caller,
    At((space, group)): At<(SpaceId, GroupId)>,
    Body(given): Body<SpaceLevel>,
) -> Result<StatusCode> {
    shared(&app, &caller, space).await?;
    groups::name(&app.db, caller.workspace, group).await?.ok_or(Error::NotFound("group"))?;
    rows::put_group(&app.db, &caller.actor, space, group, given.level, caller.member.account_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a group from a space. Open sockets notice within a second.
#[utoipa::path(delete, path = "/spaces/{space}/groups/{group}", tag = "spaces", params(("space" = Uuid, Path, description = "The space"), ("group" = Uuid, Path, description = "The group")), responses((status = 204)))]
async fn remove_group(
    State(app): State<App>,
    caller: Caller,
    At((space, group)): At<(SpaceId, GroupId)>,
) -> Result<StatusCode> {
    shared(&app, &caller, space).await?;
    let removed = rows::remove_group(&app.db, &caller.actor, space, group).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("group of this space")) }
}

fn answer(row: SpaceRow, right: Right) -> Result<Response> {
    let etag = etag(row.version)?;
    Ok(([(header::ETAG, etag)], Json(SpaceView::new(row, right))).into_response())
}

#[cfg(test)]
mod tests {
    use super::is_icon;

    #[test]
    fn an_icon_is_an_emoji() {
        for good in ["", "📈", "👩🏽‍💻", "🇩🇪", "1️⃣"] {
            assert!(is_icon(good), "{good}");
        }
        for bad in ["A", "a picture", "\u{202e}📈", "📈\n", "📈📈📈📈📈📈📈📈📈📈📈📈📈📈📈📈📈"]
        {
            assert!(!is_icon(bad), "{bad}");
        }
    }
}
