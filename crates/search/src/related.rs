//! The pages that link to a page, and pages on the same subject.

use axum::extract::State;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use library::tags::rows as tag_rows;
use library::texts::rows::{LinkedPage, backlinks, linked_alike};
use library::visibility::Viewer;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, SpaceId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use endpoint::{Result, input::At};

use crate::find::{Condition, On, Request, Sort};
use crate::index::tag_key;
use crate::keeper::Search;
use crate::query::Query;
use crate::results::Scope;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(linked_from)))
}

/// The number of related pages that are shown.
const RELATED: usize = 5;

#[derive(Serialize, utoipa::ToSchema)]
struct LinkedFrom {
    /// The pages whose text links to this one, newest change first; at most 100.
    backlinks: Vec<LinkedPageView>,
    /// Other pages that link to the same pages, or have all of its tags; at most 5.
    related: Vec<LinkedPageView>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct LinkedPageView {
    id: DocumentId,
    title: String,
    icon: String,
    space_id: Option<SpaceId>,
    updated_at: DateTime<Utc>,
}

impl From<LinkedPage> for LinkedPageView {
    fn from(page: LinkedPage) -> Self {
        let LinkedPage { document_id, title, icon, space_id, updated_at } = page;
        LinkedPageView { id: document_id, title, icon, space_id, updated_at }
    }
}

/// Lists the pages that link to a page, and related ones: only those that the caller may see.
#[utoipa::path(get, path = "/documents/{id}/backlinks", tag = "search", params(("id" = Uuid, Path, description = "The page")), responses((status = 200, body = LinkedFrom)))]
async fn linked_from(
    State(app): State<App>,
    Extension(search): Extension<Search>,
    caller: Caller,
    At(id): At<DocumentId>,
) -> Result<Json<LinkedFrom>> {
    app.access(&caller, id).await?;
    let tags = tag_rows::of(&app.db, id).await?;
    let viewer = Viewer::of(&caller);
    let backlinks = backlinks(&app.db, &viewer, id).await?;
    let mut related = linked_alike(&app.db, &viewer, id, RELATED as i64).await?;
    if related.len() < RELATED && !tags.is_empty() {
        let scope = Scope::without_names(&app, &search, &caller).await?;
        let conditions = tags.iter().map(|tag| Condition { on: On::Key(tag_key(tag)), not: false }).collect();
        let request = Request {
            conditions,
            sort: Sort::NewestChange,
            // The page itself is among the results.
            limit: RELATED + 1,
            ..scope.request(Query::default())
        };
        let (found, _) = scope.find(&search, request).await;
        for row in scope.rows(&app, &found.documents).await? {
            if row.document_id != id && related.iter().all(|page| page.document_id != row.document_id) {
                related.push(LinkedPage {
                    document_id: row.document_id,
                    title: row.title,
                    icon: row.icon,
                    space_id: row.space_id,
                    updated_at: row.updated_at,
                });
            }
        }
        related.truncate(RELATED);
    }
    Ok(Json(LinkedFrom {
        backlinks: backlinks.into_iter().map(Into::into).collect(),
        related: related.into_iter().map(Into::into).collect(),
    }))
}
