//! The tree of pages in each space: levels, paths and moves. A page is a document with a place.

mod effects;
pub(crate) mod inheritance;
pub mod ranks;
pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use database::DocumentRow;
use serde::{Deserialize, Serialize};
use vocabulary::{DocumentId, Right, SpaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, SHARING, needs};

use access::{Access, App, Caller};
use endpoint::{Error, Result, input::At, input::Body, input::QueryParams, input::present};

use crate::documents::view::answer;
use crate::{spaces, visibility::Viewer};
use effects::Effects;
use ranks::Position;
use rows::{Misplaced, PageAbove, PageOfTree, Place};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(level)))
        .routes(needs(DOCUMENTS, routes!(path)))
        .routes(needs(DOCUMENTS, routes!(relocate)))
        .routes(needs(SHARING, routes!(effects)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Level {
    /// The page above; absent for the top of the space.
    parent: Option<DocumentId>,
    /// The `next` value of the previous page of the list.
    cursor: Option<String>,
    /// Whether to include archived pages. Otherwise they are left out, together with the pages below them.
    archived: bool,
    /// The number of pages, 1 to 500; 200 if absent.
    limit: i64,
}

/// The default number of pages: a level of this size is shown at once, because a person can take it in.
const LEVEL: i64 = 200;
const LARGEST_LEVEL: i64 = 500;

impl Default for Level {
    fn default() -> Level {
        Level { parent: None, cursor: None, archived: false, limit: LEVEL }
    }
}

/// A part of a level of the tree.
#[derive(Serialize, utoipa::ToSchema)]
struct LevelView {
    items: Vec<PageOfTree>,
    /// The `cursor` of the next part; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists the pages of one level of a space's tree that the caller may see, in their order.
#[utoipa::path(get, path = "/spaces/{space}/pages", tag = "spaces", params(("space" = Uuid, Path, description = "The space"), Level), responses((status = 200, body = LevelView)))]
async fn level(
    State(app): State<App>,
    caller: Caller,
    At(space): At<SpaceId>,
    QueryParams(asked): QueryParams<Level>,
) -> Result<Json<LevelView>> {
    spaces::rows::find(&app.db, caller.workspace, space).await?.ok_or(Error::NotFound("space"))?;
    let limit = asked.limit.clamp(1, LARGEST_LEVEL);
    let after = asked.cursor.as_deref().map(read_cursor).transpose()?;
    let viewer = Viewer::of(&caller);
    let mut items = rows::level(&app.db, &viewer, space, asked.parent, asked.archived, after, limit + 1).await?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| format!("{}_{}", last.id, last.rank));
    Ok(Json(LevelView { items, next }))
}

fn read_cursor(cursor: &str) -> Result<(String, DocumentId)> {
    let read = || {
        let (id, rank) = cursor.split_once('_')?;
        Some((rank.to_owned(), id.parse().ok()?))
    };
    read().ok_or(Error::Invalid("this cursor is not valid for this list"))
}

/// The path to a page.
#[derive(Serialize, utoipa::ToSchema)]
struct PathView {
    space_id: Option<SpaceId>,
    /// The pages above, from the top of the space downwards, without those that the caller may not see.
    pages: Vec<PageAbove>,
}

/// Returns the pages above a page.
#[utoipa::path(get, path = "/documents/{id}/path", tag = "spaces", params(("id" = Uuid, Path, description = "The page")), responses((status = 200, body = PathView)))]
async fn path(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<PathView>> {
    let document = app.access(&caller, id).await?.document;
    let pages = rows::path(&app.db, &Viewer::of(&caller), id).await?;
    Ok(Json(PathView { space_id: document.space_id, pages }))
}

/// A place for a page. Without `parent`, it is the top of `space`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Destination {
    /// The space; that of `parent`, or the present one, if absent.
    space: Option<SpaceId>,
    /// The page above.
    parent: Option<DocumentId>,
    /// The sibling that it follows; `null` for the first place. The last place if absent.
    #[serde(default, deserialize_with = "present")]
    after: Option<Option<DocumentId>>,
}

impl Destination {
    /// Checks that the caller may add pages at the destination, and completes the place.
    async fn place(self, app: &App, caller: &Caller, page: &DocumentRow) -> Result<Place> {
        let space = match (self.parent, self.space.or(page.space_id)) {
            (Some(parent), _) => space_of(app, caller, parent, self.space).await?,
            (None, Some(space)) if page.parent_id.is_none() && page.space_id == Some(space) => Some(space),
            (None, Some(space)) => {
                let (_, right) = spaces::access(app, caller, space).await?;
                if right < Right::Edit {
                    return Err(Error::Forbidden);
                }
                Some(space)
            }
            (None, None) => return Err(Error::Invalid("name a space or a page above")),
        };
        let position = match self.after {
            None => Position::Last,
            Some(None) => Position::First,
            Some(Some(sibling)) => Position::After(sibling),
        };
        Ok(Place { space, parent: self.parent, position })
    }
}

/// The space of a page below which the caller may add pages.
pub(crate) async fn space_of(
    app: &App,
    caller: &Caller,
    parent: DocumentId,
    expected: Option<SpaceId>,
) -> Result<Option<SpaceId>> {
    let above = app.access(caller, parent).await?.at_least(Right::Edit)?.outside_the_trash()?.document;
    if expected.is_some_and(|space| above.space_id != Some(space)) {
        return Err(Error::Invalid("the page above is in another space"));
    }
    Ok(above.space_id)
}

pub(crate) fn misplaced(reason: Misplaced) -> Error {
    match reason {
        Misplaced::Missing => Error::NotFound("page at this place"),
        Misplaced::InTrash => Error::Gone("the page above is in the trash"),
        Misplaced::Cycle => Error::Conflict("a page cannot be below itself"),
        Misplaced::TooDeep => Error::Conflict("at most 20 pages may be above each other"),
    }
}

/// Moves a page with everything below it to another place. Requires the edit right to it, and to the page above or the
/// space where it goes. If the move changes who has access (`…/move/effects` says so beforehand), it requires the admin
/// right to the page, and, if called with a key, the scope `sharing:write`; the answer is 403 `changes-access`
/// otherwise.
#[utoipa::path(post, path = "/documents/{id}/move", tag = "spaces", params(("id" = Uuid, Path, description = "The page")), request_body = Destination, responses((status = 200, body = crate::documents::view::DocumentView, headers(("ETag" = String)))))]
async fn relocate(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(destination): Body<Destination>,
) -> Result<Response> {
    let access = app.access(&caller, id).await?.at_least(Right::Edit)?.outside_the_trash()?;
    let place = destination.place(&app, &caller, &access.document).await?;
    if changes_access(&app, &caller, &access.document, &place).await? {
        if access.right < Right::Admin {
            return Err(Error::ChangesAccess);
        }
        caller.with_scope(vocabulary::Scope::SharingWrite)?;
    }
    let moved = rows::move_page(&app.db, &caller.actor, id, place).await?.ok_or(Error::NotFound("document"))?;
    let document = moved.map_err(misplaced)?;
    // The move may have changed the caller's own right.
    let right = app.access(&caller, id).await.map_or(access.right, |access| access.right);
    answer(&app, Access { document, right, ..access }).await
}

async fn changes_access(app: &App, caller: &Caller, page: &DocumentRow, place: &Place) -> Result<bool> {
    let stays = place.parent == page.parent_id && place.space == page.space_id;
    if stays || !page.inherits {
        return Ok(false);
    }
    Ok(!effects::of(app, caller.workspace, page, place).await?.are_none())
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Intended {
    /// The space; that of `parent`, or the present one, if absent.
    space: Option<SpaceId>,
    /// The page above; absent for the top of the space.
    parent: Option<DocumentId>,
}

/// Returns who would gain or lose access by a move to another place. It covers the page and those below it that inherit.
#[utoipa::path(get, path = "/documents/{id}/move/effects", tag = "spaces", params(("id" = Uuid, Path, description = "The page"), Intended), responses((status = 200, body = Effects)))]
async fn effects(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    QueryParams(Intended { space, parent }): QueryParams<Intended>,
) -> Result<Json<Effects>> {
    let document = app.access(&caller, id).await?.at_least(Right::Edit)?.outside_the_trash()?.document;
    let place = Destination { space, parent, after: None }.place(&app, &caller, &document).await?;
    let stays = place.parent == document.parent_id && place.space == document.space_id;
    if stays || !document.inherits {
        return Ok(Json(Effects::default()));
    }
    Ok(Json(effects::of(&app, caller.workspace, &document, &place).await?))
}
