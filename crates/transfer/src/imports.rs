//! Imports: files are uploaded, may be checked in a dry run that writes nothing, and become pages, either all of them
//! or none. Each person sees only their own imports. `imports/worker.rs` runs them.

mod comments;
mod confluence;
mod facts;
pub mod failure;
pub mod file_rows;
mod foreign;
mod front_matter;
mod notion;
mod own;
mod page_rows;
pub mod pages;
pub mod plan;
mod proposals;
pub mod report;
mod restoring;
pub mod rows;
pub mod said;
mod showing;
pub mod source;
mod spaces;
mod undo;
mod uploads;
pub mod worker;
pub mod writing;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use files::Files;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AccountId, DocumentId, ImportId, ImportKind, ImportState, Role, SpaceId, Stored};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body};
use library::documents::place_for_new;

use report::Line;
use rows::{Import, NewImport};
use undo::Edited;

/// The routes that begin an import, and list imports.
pub fn begin_routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(list, create)))
}

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(read)))
        .routes(needs(DOCUMENTS, routes!(uploads::add_file, uploads::read_file)))
        .routes(needs(DOCUMENTS, routes!(start)))
        .routes(needs(DOCUMENTS, routes!(cancel)))
        .routes(needs(DOCUMENTS, routes!(undo)))
}

/// The maximum number of a person's imports that have not ended. Each keeps the files that were uploaded.
const MOST_UNENDED: i64 = 10;
const NOT_UNDONE: Error = Error::Conflict("only an import that has made pages can be undone, once");
/// The maximum number of imports in the list.
const MOST_LISTED: i64 = 50;
/// The maximum number of edited pages that are named before an import is undone.
const MOST_NAMED: usize = 100;

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportWish {
    /// What the files are; `auto` if absent.
    kind: Option<ImportKind>,
    /// The space; that of `parent` if absent. Without both, the caller's personal space.
    space: Option<SpaceId>,
    /// The page above.
    parent: Option<DocumentId>,
}

/// An import.
#[derive(Serialize, utoipa::ToSchema)]
struct ImportView {
    id: ImportId,
    #[schema(value_type = ImportKind)]
    kind: Stored<ImportKind>,
    /// What the files were recognised as; empty before a run.
    found: String,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
    #[schema(value_type = ImportState)]
    state: Stored<ImportState>,
    /// Whether the last run was a dry run.
    dry_run: bool,
    /// The number of pages read so far; `total` is the number of all pages.
    done: i64,
    total: i64,
    /// Why it failed: a stable code and a sentence; empty otherwise.
    code: String,
    detail: String,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

/// A page in the tree that a dry run shows.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
struct PlannedPage {
    title: String,
    /// The path in the source.
    path: String,
    /// The number of pages above it.
    depth: usize,
}

/// A page that an import made.
#[derive(Serialize, utoipa::ToSchema)]
struct ImportedPage {
    id: DocumentId,
    title: String,
    /// The author named by the source: the member with that email address; otherwise only `author_name` is set.
    author: Option<AccountId>,
    #[serde(skip_serializing_if = "String::is_empty")]
    author_name: String,
    /// Whether it has been changed since the import.
    edited: bool,
}

/// An import with its results.
#[derive(Serialize, utoipa::ToSchema)]
struct ImportDetail {
    #[serde(flatten)]
    import: ImportView,
    /// The number and bytes of the files that were uploaded and are still kept.
    files: i64,
    bytes: i64,
    /// What could not be carried over, at most 1,000 lines.
    report: Vec<Line>,
    /// The number of further lines.
    more: i64,
    /// The pages that a dry run found, at most 2,000.
    tree: Vec<PlannedPage>,
    /// Pages that it made and that are not in the trash: up to 100 that were changed since, and up to 100 others.
    pages: Vec<ImportedPage>,
    /// The number of pages that it made and that are not in the trash.
    made: i64,
}

impl From<Import> for ImportView {
    fn from(import: Import) -> ImportView {
        ImportView {
            id: import.import_id,
            kind: import.kind,
            found: import.found,
            space: import.space_id,
            parent: import.parent_id,
            state: import.state,
            dry_run: import.dry_run,
            done: import.done,
            total: import.total,
            code: import.code,
            detail: import.detail,
            created_at: import.created_at,
            finished_at: import.finished_at,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct ImportList {
    items: Vec<ImportView>,
}

/// Lists the caller's imports, the latest first, at most 50.
#[utoipa::path(get, path = "/imports", tag = "imports", responses((status = 200, body = ImportList)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<ImportList>> {
    let found = rows::list(&app.db, caller.workspace, caller.member.account_id, MOST_LISTED).await?;
    Ok(Json(ImportList { items: found.into_iter().map(ImportView::from).collect() }))
}

/// Begins an import: files are added to it, then it is started. Requires the edit right where its pages go.
#[utoipa::path(post, path = "/imports", tag = "imports", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = ImportWish, responses((status = 201, body = ImportView)))]
async fn create(State(app): State<App>, caller: Caller, Body(wish): Body<ImportWish>) -> Result<Response> {
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    place_for_new(&app, &caller, wish.space, wish.parent).await?;
    let new = NewImport {
        kind: wish.kind.unwrap_or(ImportKind::Auto),
        space: wish.space,
        parent: wish.parent,
        by_operator: false,
    };
    let import = rows::add(&app.db, &caller.actor, caller.member.account_id, MOST_UNENDED, new).await?;
    let import = import.ok_or(Error::Conflict("you have 10 imports that have not ended: finish or cancel some"))?;
    let at = [(header::LOCATION, format!("/api/v1/imports/{}", import.import_id))];
    Ok((StatusCode::CREATED, at, Json(ImportView::from(import))).into_response())
}

async fn of_caller(app: &App, caller: &Caller, id: ImportId) -> Result<Import> {
    let found = rows::find(&app.db, caller.workspace, caller.member.account_id, id).await?;
    found.ok_or(Error::NotFound("import"))
}

async fn detail(app: &App, import: Import) -> Result<Json<ImportDetail>> {
    let (files, bytes) = file_rows::size(&app.db, import.import_id).await?;
    let made = page_rows::list(&app.db, import.import_id).await?;
    let count = made.len() as i64;
    let (edited, others): (Vec<_>, Vec<_>) = made.into_iter().partition(|page| page.edited);
    let shown = edited.into_iter().take(MOST_NAMED).chain(others.into_iter().take(MOST_NAMED));
    let pages = shown.map(|page| ImportedPage {
        id: page.document_id,
        title: page.title,
        author: page.author_id,
        author_name: page.author_name,
        edited: page.edited,
    });
    let (report, more) = (import.report.0.clone(), import.more);
    let tree = serde_json::from_value(import.tree.0.clone()).unwrap_or_default();
    let pages = pages.collect();
    Ok(Json(ImportDetail { import: import.into(), files, bytes, report, more, tree, pages, made: count }))
}

/// Returns an import with its progress and its results.
#[utoipa::path(get, path = "/imports/{import}", tag = "imports", params(("import" = Uuid, Path, description = "The import")), responses((status = 200, body = ImportDetail)))]
async fn read(State(app): State<App>, caller: Caller, At(id): At<ImportId>) -> Result<Json<ImportDetail>> {
    let import = of_caller(&app, &caller, id).await?;
    detail(&app, import).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportRun {
    /// Whether to only report what the pages would be, and what could not be carried over.
    #[serde(default)]
    dry_run: bool,
}

/// Starts an import, or a dry run of it, which may be followed by the import. Its progress is announced under the topic
/// `transfers`.
#[utoipa::path(post, path = "/imports/{import}/start", tag = "imports", params(("import" = Uuid, Path, description = "The import")), request_body = ImportRun, responses((status = 202, body = ImportView)))]
async fn start(
    State(app): State<App>,
    caller: Caller,
    At(id): At<ImportId>,
    Body(run): Body<ImportRun>,
) -> Result<(StatusCode, Json<ImportView>)> {
    let import = of_caller(&app, &caller, id).await?;
    place_for_new(&app, &caller, import.space_id, import.parent_id).await?;
    let started = rows::start(&app.db, &caller.actor, id, run.dry_run).await?;
    let started = started.ok_or(Error::Conflict("an import is started once, when all of its files have arrived"))?;
    app.work_queued.notify_waiters();
    Ok((StatusCode::ACCEPTED, Json(started.into())))
}

/// Cancels an import that has not ended: nothing of it remains.
#[utoipa::path(post, path = "/imports/{import}/cancel", tag = "imports", params(("import" = Uuid, Path, description = "The import")), responses((status = 204)))]
async fn cancel(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(id): At<ImportId>,
) -> Result<StatusCode> {
    of_caller(&app, &caller, id).await?;
    if !rows::cancel(&app.db, &caller.actor, id).await? {
        return Err(Error::Conflict("this import has ended: undo it instead"));
    }
    worker::forget_files(&app, &files, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ImportUndo {
    /// What happens to pages that were changed since. If absent and there are such pages, the answer is 409
    /// `edited-since`, and nothing happens; `GET /imports/{import}` names them.
    #[schema(inline)]
    edited: Option<Edited>,
}

/// Moves the pages that were made by an import to the trash. Pages that others put below them stay.
#[utoipa::path(post, path = "/imports/{import}/undo", tag = "imports", params(("import" = Uuid, Path, description = "The import")), request_body = ImportUndo, responses((status = 200, body = ImportDetail)))]
async fn undo(
    State(app): State<App>,
    caller: Caller,
    At(id): At<ImportId>,
    Body(wish): Body<ImportUndo>,
) -> Result<Json<ImportDetail>> {
    let import = of_caller(&app, &caller, id).await?;
    if import.state.known() != Some(ImportState::Done) {
        return Err(NOT_UNDONE);
    }
    undo::undo(&app, &caller, id, wish.edited).await?.ok_or(NOT_UNDONE)?;
    let import = of_caller(&app, &caller, id).await?;
    detail(&app, import).await
}
