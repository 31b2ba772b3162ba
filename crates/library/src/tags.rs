//! Tags: the words by which a workspace groups its documents. The tags of one document are set with its other fields
//! (`documents`). Here, tags are listed with counts, and renamed, merged and removed for the whole workspace.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use vocabulary::{Role, TagId, WorkspaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams};

use crate::visibility::Viewer;
use rows::TagCount;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list)))
        .routes(needs(DOCUMENTS, routes!(rename, remove)))
        .routes(needs(DOCUMENTS, routes!(merge)))
}

/// The maximum number of tags of a document. They are shown side by side, where nobody reads more, and a list of 50
/// documents contains the tags of all of them.
pub const MOST_OF_DOCUMENT: usize = 50;
/// The longest tag, in bytes. Longer ones are sentences, and do not fit on a chip.
const LONGEST: usize = 100;
/// The maximum number of tags of a workspace. Their list is not paged, because people choose from all of it, and the
/// documents of each tag are counted for the caller.
const MOST_OF_WORKSPACE: i64 = 2_000;

const NOT_A_NAME: Error = Error::Invalid("a tag has 1 to 100 bytes, and no control characters");

/// Checks a name, and returns it as it is stored.
fn name_of(text: &str) -> Result<String> {
    let name = text.trim();
    let is_name = !name.is_empty() && name.len() <= LONGEST && !name.chars().any(char::is_control);
    if is_name { Ok(name.to_owned()) } else { Err(NOT_A_NAME) }
}

/// Checks the tags of a document, and returns them as they are stored: each once, in their order.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn of_document(texts: &[String]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::with_capacity(texts.len());
    for text in texts {
        let name = name_of(text)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.len() > MOST_OF_DOCUMENT {
        return Err(Error::Invalid("a document may have at most 50 tags"));
    }
    Ok(names)
}

/// Turns texts from another program into tags, shortened to the length of a tag, and as many as a document may have.
pub fn imported(texts: &[String]) -> Vec<String> {
    let names = texts.iter().map(|text| {
        let shown: String = text.chars().filter(|c| !c.is_control()).collect();
        let end = shown.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST).last();
        shown[..end.unwrap_or(0)].trim().to_owned()
    });
    let mut kept: Vec<String> = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        if !kept.contains(&name) && kept.len() < MOST_OF_DOCUMENT {
            kept.push(name);
        }
    }
    kept
}

/// Checks that the workspace has room for those of these tags that it does not have yet.
///
/// # Errors
/// [`Error::Conflict`].
pub async fn check_room(app: &App, workspace: WorkspaceId, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let (all, known) = rows::count(&app.db, workspace, names).await?;
    let new = names.len() as i64 - known;
    if new > 0 && all + new > MOST_OF_WORKSPACE {
        return Err(Error::Conflict("a workspace may have at most 2,000 tags: use one that exists, or merge some"));
    }
    Ok(())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
#[derive(Default)]
struct Counted {
    /// Whether archived documents count as well.
    archived: bool,
}

/// Lists the tags of the documents that the caller may see, by name. `documents` counts those documents, without the
/// trash.
#[utoipa::path(get, path = "/tags", tag = "tags", params(Counted), responses((status = 200, body = [TagCount])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(Counted { archived }): QueryParams<Counted>,
) -> Result<Json<Vec<TagCount>>> {
    Ok(Json(rows::list(&app.db, &Viewer::of(&caller), archived).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TagName {
    name: String,
}

/// Renames a tag on every document of the workspace that has it, also on those that the caller may not see. If another
/// tag has the name, both become one. Requires the manager role.
#[utoipa::path(patch, path = "/tags/{tag}", tag = "tags", params(("tag" = Uuid, Path, description = "The tag")), request_body = TagName, responses((status = 200, body = TagCount)))]
async fn rename(
    State(app): State<App>,
    caller: Caller,
    At(tag): At<TagId>,
    Body(new): Body<TagName>,
) -> Result<Json<TagCount>> {
    managed(&app, &caller, tag).await?;
    let name = name_of(&new.name)?;
    if !rows::rename(&app.db, &caller.actor, tag, &name).await? {
        return Err(NO_TAG);
    }
    answer(&app, &caller, tag).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TagMerge {
    /// The tag that its documents get instead.
    into: TagId,
}

/// Merges a tag into another one, on every document of the workspace that has it. Requires the manager role.
#[utoipa::path(post, path = "/tags/{tag}/merge", tag = "tags", params(("tag" = Uuid, Path, description = "The tag, which is gone afterwards")), request_body = TagMerge, responses((status = 200, body = TagCount)))]
async fn merge(
    State(app): State<App>,
    caller: Caller,
    At(tag): At<TagId>,
    Body(TagMerge { into }): Body<TagMerge>,
) -> Result<Json<TagCount>> {
    managed(&app, &caller, tag).await?;
    managed(&app, &caller, into).await?;
    if tag == into {
        return Err(Error::Invalid("a tag cannot be merged into itself"));
    }
    if !rows::merge(&app.db, &caller.actor, tag, into).await? {
        return Err(NO_TAG);
    }
    answer(&app, &caller, into).await
}

/// Removes a tag from every document of the workspace. Requires the manager role.
#[utoipa::path(delete, path = "/tags/{tag}", tag = "tags", params(("tag" = Uuid, Path, description = "The tag")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(tag): At<TagId>) -> Result<StatusCode> {
    managed(&app, &caller, tag).await?;
    if rows::remove(&app.db, &caller.actor, tag).await? { Ok(StatusCode::NO_CONTENT) } else { Err(NO_TAG) }
}

const NO_TAG: Error = Error::NotFound("tag");

/// Checks that the caller may change a tag. Managers and admins may change a tag if they may see a document that has
/// it.
async fn managed(app: &App, caller: &Caller, tag: TagId) -> Result<()> {
    if caller.role < Role::Manager {
        return Err(Error::Forbidden);
    }
    rows::find(&app.db, &Viewer::of(caller), tag).await?.map(drop).ok_or(NO_TAG)
}

async fn answer(app: &App, caller: &Caller, tag: TagId) -> Result<Json<TagCount>> {
    Ok(Json(rows::find(&app.db, &Viewer::of(caller), tag).await?.ok_or(NO_TAG)?))
}
