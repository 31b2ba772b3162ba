//! The trash: pages are moved there with or without those below them, restored, and purged by hand. `purge` purges
//! documents whose time in the trash is over, and deletes the content of purged documents.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, DocumentId, Right};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};

use access::{Access, App, Caller, DocumentRequest};
use endpoint::{Error, Result, input::At, input::QueryParams, input::is_near};

use crate::content::{Format, rendered};
use crate::documents::list::viewed;
use crate::documents::view::{DocumentView, answer};
use crate::visibility::Viewer;
use crate::{purge, spaces};
use rows::{Children, InTrash, Trashed};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list)))
        .routes(needs(DOCUMENTS, routes!(text)))
        .routes(needs(DOCUMENTS, routes!(trash)))
        .routes(needs(DOCUMENTS, routes!(restore)))
        .routes(needs(DOCUMENTS, routes!(purge_now)))
}

/// What happens to the pages below.
#[derive(Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Below {
    /// They move to the trash too, and come back with the page.
    Trash,
    /// They move up to the place of the page.
    Keep,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Deletion {
    /// What happens to the pages below. Without it, a page with pages below it is not moved (409 `has-children`).
    #[param(inline)]
    children: Option<Below>,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Page {
    /// The `next` value of the previous page.
    cursor: Option<String>,
    /// The page size, 1 to 200; 50 if absent.
    limit: i64,
}

const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

impl Default for Page {
    fn default() -> Page {
        Page { cursor: None, limit: PAGE }
    }
}

/// The member who moved a document to the trash.
#[derive(Serialize, utoipa::ToSchema)]
struct TrashedBy {
    id: AccountId,
    name: String,
}

/// A document in the trash.
#[derive(Serialize, utoipa::ToSchema)]
struct TrashedDocument {
    document: DocumentView,
    /// The member who moved it there; absent if no member did, or if it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    trashed_by: Option<TrashedBy>,
    /// The number of pages below it that were moved there with it, and come back with it.
    pages: i64,
    /// When it will be purged; `null` if the trash is never emptied automatically.
    purged_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct TrashPage {
    items: Vec<TrashedDocument>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists the documents in the trash that the caller may restore, the latest first. Pages that were moved there together
/// with a page above them are not listed, but counted in that page's `pages`.
#[utoipa::path(get, path = "/trash", tag = "documents", params(Page), responses((status = 200, body = TrashPage)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(asked): QueryParams<Page>,
) -> Result<Json<TrashPage>> {
    let limit = asked.limit.clamp(1, LARGEST_PAGE);
    let after = asked.cursor.as_deref().map(read_cursor).transpose()?;
    let Some(viewer) = Viewer::at_least(&caller, Right::Admin) else {
        return Ok(Json(TrashPage { items: Vec::new(), next: None }));
    };
    let mut rows = rows::list(&app.db, &viewer, after, limit + 1).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let cursor =
        |row: &InTrash| Some(format!("{}_{}", row.document.document_id, row.document.trashed_at?.to_rfc3339()));
    let next = rows.last().filter(|_| more).and_then(cursor);
    let documents = viewed(&app, rows.iter().map(|row| row.document.clone()).collect()).await?;
    let kept = purge::kept_for(app.config.trash_days);
    let items = rows.into_iter().zip(documents).map(|(row, document)| TrashedDocument {
        purged_at: kept.and_then(|kept| row.document.trashed_at?.checked_add_signed(kept)),
        trashed_by: row.document.trashed_by.zip(row.by_name).map(|(id, name)| TrashedBy { id, name }),
        pages: row.pages,
        document,
    });
    Ok(Json(TrashPage { items: items.collect(), next }))
}

fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, DocumentId)> {
    let read = || {
        let (id, at) = cursor.split_once('_')?;
        Some((at.parse().ok().filter(|at| is_near(*at))?, id.parse().ok()?))
    };
    read().ok_or(Error::Invalid("this cursor is not valid for this list"))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct As {
    #[serde(default)]
    #[param(inline)]
    format: Format,
}

/// Returns the text of a document in the trash as Markdown, HTML, JSON or plain text. Requires the right to restore it.
#[utoipa::path(get, path = "/trash/{id}/content", tag = "documents", params(("id" = Uuid, Path, description = "The document"), As), responses((status = 200, content((String = "text/markdown"), (String = "text/html"), (Object = "application/json"), (String = "text/plain")))))]
async fn text(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    QueryParams(As { format }): QueryParams<As>,
) -> Result<Response> {
    let request = DocumentRequest::in_the_trash(&app, caller, id).await?;
    let text = request.text(&app).await?;
    // One text at a time for each person, because a large one occupies a thread for a while.
    let _turn = app.work_of(text.by()).await?;
    let prose = text.read(|document, _| document.prose()).await?;
    rendered(prose, format).await
}

/// Moves a document to the trash and closes its open sockets. With `children=trash`, at most 1,000 pages at once.
#[utoipa::path(delete, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document"), Deletion), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn trash(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    QueryParams(asked): QueryParams<Deletion>,
) -> Result<Response> {
    let access = app.access(&caller, id).await?.at_least(Right::Admin)?;
    let children = match asked.children {
        None => Children::Unsaid,
        Some(Below::Trash) => Children::Trash,
        Some(Below::Keep) => Children::Keep,
    };
    let deletes = Viewer::at_least(&caller, Right::Admin).ok_or(Error::Forbidden)?;
    match rows::trash(&app.db, &caller.actor, &deletes, id, children).await? {
        Trashed::Moved(document) => answer(&app, Access { document: *document, ..access }).await,
        Trashed::HasChildren => Err(Error::HasChildren),
        Trashed::NotAllowed => Err(Error::Conflict("you may not delete all pages below this one: use `children=keep`")),
        Trashed::TooMany => Err(Error::Conflict("at most 1,000 pages are moved to the trash at once")),
        Trashed::NotFound => Err(Error::NotFound("document")),
    }
}

/// Restores a document from the trash, with the pages that were moved there with it. If the page above is gone, the
/// document goes to the end of its space.
#[utoipa::path(post, path = "/documents/{id}/restore", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn restore(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Response> {
    let access = app.access(&caller, id).await?.at_least(Right::Admin)?;
    let home = spaces::rows::personal(&app.db, caller.workspace, caller.member.account_id).await?;
    let document = rows::restore(&app.db, &caller.actor, id, home.space_id).await?;
    answer(&app, Access { document: document.ok_or(Error::NotFound("document"))?, ..access }).await
}

/// Deletes a document in the trash from the disk, with the pages that were moved there with it. This is final.
#[utoipa::path(post, path = "/documents/{id}/purge", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 204)))]
async fn purge_now(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    if !rows::begin_purge(&app.db, &caller.actor, id).await? {
        return Err(Error::Conflict("only a document in the trash can be purged"));
    }
    let with_it = rows::trashed_with(&app.db, id).await?;
    purge::finish(&app, id).await?;
    for below in with_it {
        if rows::begin_purge(&app.db, &caller.actor, below).await? {
            purge::finish(&app, below).await?;
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
