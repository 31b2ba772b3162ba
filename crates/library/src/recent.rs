//! Recent documents: those that a member opened or edited last, and those that others changed since. Openings are
//! reported by apps; edits are noted with the announcements of edits (`edit_events`). Nobody else sees them, and they
//! are not in the audit log.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use vocabulary::DocumentId;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller};
use endpoint::{Result, input::At, input::QueryParams};

use crate::documents::list::viewed;
use crate::documents::view::DocumentView;
use crate::visibility::Viewer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(list)))
        .routes(needs(PEOPLE, routes!(note_opened)))
        .routes(needs(PEOPLE, routes!(changed)))
}

/// The longest list. To find an older document, people search rather than scroll.
const LARGEST: i64 = 100;
const USUAL: i64 = 50;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Newest {
    /// The number of documents, 1 to 100; 50 if absent.
    limit: i64,
}

impl Default for Newest {
    fn default() -> Newest {
        Newest { limit: USUAL }
    }
}

/// A document that the caller opened or edited.
#[derive(Serialize, utoipa::ToSchema)]
struct RecentDocument {
    /// When the caller last opened or edited it, to the minute.
    at: DateTime<Utc>,
    document: DocumentView,
}

/// Lists the documents that the caller opened or edited last, the latest first, without those that the caller may no
/// longer see or that are in the trash. They are kept for 90 days.
#[utoipa::path(get, path = "/me/recent", tag = "account", params(Newest), responses((status = 200, body = [RecentDocument])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(Newest { limit }): QueryParams<Newest>,
) -> Result<Json<Vec<RecentDocument>>> {
    let rows = rows::list(&app.db, &Viewer::of(&caller), limit.clamp(1, LARGEST)).await?;
    let (times, documents): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.at, row.document)).unzip();
    let documents = viewed(&app, documents).await?;
    Ok(Json(times.into_iter().zip(documents).map(|(at, document)| RecentDocument { at, document }).collect()))
}

/// A document that others changed since the caller last read it.
#[derive(Serialize, utoipa::ToSchema)]
struct ChangedDocument {
    /// When the caller last read it.
    read_at: DateTime<Utc>,
    document: DocumentView,
}

/// Lists the documents that were edited by others since the caller last read them (`PUT /documents/{id}/reading`), the last
/// edit first, without those that the caller may no longer see or that are in the trash.
#[utoipa::path(get, path = "/me/changed", tag = "account", params(Newest), responses((status = 200, body = [ChangedDocument])))]
async fn changed(
    State(app): State<App>,
    caller: Caller,
    QueryParams(Newest { limit }): QueryParams<Newest>,
) -> Result<Json<Vec<ChangedDocument>>> {
    let rows = rows::changed(&app.db, &Viewer::of(&caller), limit.clamp(1, LARGEST)).await?;
    let (times, documents): (Vec<_>, Vec<_>) = rows.into_iter().map(|row| (row.at, row.document)).unzip();
    let documents = viewed(&app, documents).await?;
    let changed = times.into_iter().zip(documents);
    Ok(Json(changed.map(|(read_at, document)| ChangedDocument { read_at, document }).collect()))
}

/// Notes that the caller opened a document. Repeated calls within a minute are noted once.
#[utoipa::path(put, path = "/me/recent/{id}", tag = "account", params(("id" = Uuid, Path, description = "The document")), responses((status = 204)))]
async fn note_opened(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    app.access(&caller, id).await?.outside_the_trash()?;
    rows::note(&app.db, caller.workspace, id, &[caller.member.account_id.0], Utc::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
