//! Exports in the background, of a page with those below it, a space or the whole workspace, with comments and
//! revisions. Each person sees only their own exports, and can download an archive for a day.

pub mod rows;
pub mod worker;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use axum::body::Body as Sent;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use endpoint::{Binary, Error, Result, input::At, input::Body};
use files::Files;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, ExportId, ExportState, Right, SpaceId, Stored};

use crate::exports::attachment_named;
use crate::way_out;
use rows::{Export, NewExport};

/// The routes that begin an export, and list exports.
pub fn begin_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(list, create)))
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(read, remove))).routes(needs(DOCUMENTS, routes!(file)))
}

/// The maximum number of a person's exports that are kept or in progress. Each is an archive in the store.
const MOST: i64 = 10;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ExportWish {
    /// A space.
    space: Option<SpaceId>,
    /// A page with those below it. Without both, the whole workspace, for admins.
    document: Option<DocumentId>,
    /// Whether to add the comments of each page.
    #[serde(default)]
    comments: bool,
    /// Whether to add the kept versions of each page.
    #[serde(default)]
    revisions: bool,
}

/// An export.
#[derive(Serialize, utoipa::ToSchema)]
struct ExportView {
    id: ExportId,
    /// The title of what is exported.
    title: String,
    /// `workspace`, `space` or `document`.
    scope: String,
    #[schema(value_type = ExportState)]
    state: Stored<ExportState>,
    done: i64,
    total: i64,
    /// The size of the archive.
    bytes: i64,
    /// Why it failed: a stable code and a sentence; empty otherwise.
    code: String,
    detail: String,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Export> for ExportView {
    fn from(export: Export) -> ExportView {
        ExportView {
            id: export.export_id,
            title: export.title,
            scope: export.scope,
            state: export.state,
            done: export.done,
            total: export.total,
            bytes: export.bytes,
            code: export.code,
            detail: export.detail,
            created_at: export.created_at,
            finished_at: export.finished_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct ExportList {
    items: Vec<ExportView>,
}

/// Lists the caller's exports, the latest first.
#[utoipa::path(get, path = "/exports", tag = "exports", responses((status = 200, body = ExportList)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<ExportList>> {
    let found = rows::list(&app.db, caller.workspace, caller.member.account_id, MOST).await?;
    Ok(Json(ExportList { items: found.into_iter().map(ExportView::from).collect() }))
}

/// Begins an export: a ZIP archive of what the caller may read. Its progress is announced under the topic `transfers`.
/// The whole workspace requires the admin role.
#[utoipa::path(post, path = "/exports", tag = "exports", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = ExportWish, responses((status = 202, body = ExportView, headers(("Location" = String)))))]
async fn create(State(app): State<App>, caller: Caller, Body(wish): Body<ExportWish>) -> Result<Response> {
    let (scope, title) = match (wish.document, wish.space) {
        (Some(document), None) => {
            let found = app.access(&caller, document).await?.at_least(Right::View)?.outside_the_trash()?;
            ("document", found.document.title)
        }
        (None, Some(space)) => {
            let (found, _) = library::spaces::access(&app, &caller, space).await?;
            ("space", if found.name.is_empty() { "My pages".to_owned() } else { found.name })
        }
        (None, None) => {
            way_out::workspace(&caller)?;
            ("workspace", "Workspace".to_owned())
        }
        (Some(_), Some(_)) => return Err(Error::Invalid("an export is of a space or of a document")),
    };
    let new = NewExport {
        scope,
        space: wish.space,
        document: wish.document,
        title,
        comments: wish.comments,
        revisions: wish.revisions,
        by_operator: false,
    };
    let export = rows::add(&app.db, &caller.actor, caller.member.account_id, MOST, new).await?;
    let export = export.ok_or(Error::Conflict("you have 10 exports: remove some"))?;
    app.work_queued.notify_waiters();
    let at = [(header::LOCATION, format!("/api/v1/exports/{}", export.export_id))];
    Ok((StatusCode::ACCEPTED, at, Json(ExportView::from(export))).into_response())
}

/// Checks that the caller may still export the pages of an export.
async fn check_right(app: &App, caller: &Caller, space: Option<SpaceId>, document: Option<DocumentId>) -> Result<()> {
    match (document, space) {
        (Some(document), _) => app.access(caller, document).await?.at_least(Right::View)?.outside_the_trash().map(drop),
        (None, Some(space)) => library::spaces::access(app, caller, space).await.map(drop),
        (None, None) => way_out::workspace(caller),
    }
}

async fn of_caller(app: &App, caller: &Caller, id: ExportId) -> Result<Export> {
    let found = rows::find(&app.db, caller.workspace, caller.member.account_id, id).await?;
    found.ok_or(Error::NotFound("export"))
}

/// Returns an export with its progress.
#[utoipa::path(get, path = "/exports/{export}", tag = "exports", params(("export" = Uuid, Path, description = "The export")), responses((status = 200, body = ExportView)))]
async fn read(State(app): State<App>, caller: Caller, At(id): At<ExportId>) -> Result<Json<ExportView>> {
    Ok(Json(of_caller(&app, &caller, id).await?.into()))
}

/// Downloads the archive of an export.
#[utoipa::path(get, path = "/exports/{export}/file", tag = "exports", params(("export" = Uuid, Path, description = "The export")), responses((status = 200, content_type = "application/zip", body = inline(Binary))))]
async fn file(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(id): At<ExportId>,
) -> Result<Response> {
    let export = of_caller(&app, &caller, id).await?;
    check_right(&app, &caller, export.space_id, export.document_id).await?;
    let kept = export.kept().ok_or(Error::Conflict("this export is not done"))?;
    rows::fetched(&app.db, &caller.actor, id).await?;
    let pieces = files.pieces(&kept).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_LENGTH, HeaderValue::from(kept.bytes)),
        (header::CONTENT_DISPOSITION, attachment_named(&export.title, "zip")?),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, Sent::from_stream(pieces)).into_response())
}

/// Cancels an export, or removes it with its archive.
#[utoipa::path(delete, path = "/exports/{export}", tag = "exports", params(("export" = Uuid, Path, description = "The export")), responses((status = 204)))]
async fn remove(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(id): At<ExportId>,
) -> Result<StatusCode> {
    of_caller(&app, &caller, id).await?;
    if let Some(object) = rows::remove(&app.db, &caller.actor, id).await? {
        files.discard(&object).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
