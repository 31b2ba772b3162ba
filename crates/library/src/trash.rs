//! The trash: pages go there with or without those below them, come back, and are purged by hand or when their time is
//! over. `purge` deletes what a document has.

pub mod rows;

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{TimeDelta, Utc};
use database::Actor;
use serde::Deserialize;
use tracing::{info, warn};
use vocabulary::{DocumentId, Right};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};

use access::{Access, App, Caller};
use endpoint::{Error, Result, input::At, input::QueryParams};

use crate::documents::view::{DocumentView, answer};
use crate::visibility::Viewer;
use crate::{purge, spaces};
use rows::{Children, Trashed};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
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

/// Moves a document to the trash and closes its open sockets. With `children=trash`, at most 1,000 pages at once.
#[utoipa::path(delete, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document"), Deletion), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn trash(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    QueryParams(asked): QueryParams<Deletion>,
) -> Result<Response> {
    let Access { right, until, .. } = app.access(&caller, id).await?.at_least(Right::Admin)?;
    let children = match asked.children {
        None => Children::Unsaid,
        Some(Below::Trash) => Children::Trash,
        Some(Below::Keep) => Children::Keep,
    };
    let deletes = Viewer::at_least(&caller, Right::Admin).ok_or(Error::Forbidden)?;
    match rows::trash(&app.db, &caller.actor, &deletes, id, children).await? {
        Trashed::Moved(document) => answer(&app, Access { document: *document, right, until }).await,
        Trashed::HasChildren => Err(Error::HasChildren),
        Trashed::NotAllowed => Err(Error::Conflict("you may not delete all pages below this one: use `children=keep`")),
        Trashed::TooMany => Err(Error::Conflict("at most 1,000 pages are moved to the trash at once")),
        Trashed::NotFound => Err(Error::NotFound("document")),
    }
}

/// Restores a document from the trash, with the pages that were moved there with it. If the page above is gone, it comes
/// to the end of its space.
#[utoipa::path(post, path = "/documents/{id}/restore", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn restore(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Response> {
    let Access { right, until, .. } = app.access(&caller, id).await?.at_least(Right::Admin)?;
    let home = spaces::rows::personal(&app.db, caller.workspace, caller.member.account_id).await?;
    let document = rows::restore(&app.db, &caller.actor, id, home.space_id).await?;
    answer(&app, Access { document: document.ok_or(Error::NotFound("document"))?, right, until }).await
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

/// Deletes a document that could not be made as a whole.
///
/// # Errors
/// When a store does not answer.
pub(crate) async fn discard(app: &App, caller: &Caller, id: DocumentId) -> Result<()> {
    let viewer = Viewer::at_least(caller, Right::Admin).ok_or(Error::Forbidden)?;
    rows::trash(&app.db, &caller.actor, &viewer, id, Children::Unsaid).await?;
    if rows::begin_purge(&app.db, &caller.actor, id).await? {
        purge::finish(app, id).await?;
    }
    Ok(())
}

/// How often the trash is emptied.
const EVERY: Duration = Duration::from_secs(600);
/// Documents at a time. The journal deletes one after the other.
const AT_ONCE: i64 = 50;

/// Purges documents that have been in the trash for longer than `trash_days`, until the server stops.
pub(crate) async fn empty(app: App) {
    let days = i64::try_from(app.config.trash_days).unwrap_or(i64::MAX);
    let Some(kept) = TimeDelta::try_days(days).filter(|_| days > 0) else { return };
    while !app.is_stopping() {
        match empty_once(&app, kept).await {
            Ok(0) => app.rest(EVERY).await,
            Ok(purged) => info!(purged, "purged documents whose time in the trash is over"),
            Err(error) => {
                warn!(%error, "the trash cannot be emptied");
                app.rest(EVERY).await;
            }
        }
    }
}

/// Purges some documents; returns their number.
async fn empty_once(app: &App, kept: TimeDelta) -> Result<usize> {
    if app.flags.read_only() {
        return Ok(0);
    }
    let Some(before) = Utc::now().checked_sub_signed(kept) else { return Ok(0) };
    let expired = rows::expired(&app.db, before, AT_ONCE).await?;
    let mut purged = 0;
    for document in expired {
        let by = Actor::system(document.workspace_id);
        // Another node may be faster.
        if rows::begin_purge(&app.db, &by, document.document_id).await? {
            purge::finish(app, document.document_id).await?;
            purged += 1;
        }
    }
    Ok(purged)
}
