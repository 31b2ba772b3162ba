//! The current titles of documents, for links to them. Only titles of documents that the reader may see are returned.

use std::collections::HashMap;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Visitor};
use axum::Json;
use axum::extract::State;
use database::DocumentRow;
use document::prose::Prose;
use endpoint::{Error, Result, input::QueryParams};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::DocumentId;

use crate::visibility::Viewer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(list)))
}

/// Most documents in one request. For a text with more links, the titles are requested in parts.
const MOST: usize = 100;
/// Most titles that are looked up for one text; further links show only that they are links.
const MOST_IN_TEXT: usize = 2_000;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Ids {
    /// The ids of up to 100 documents, separated by commas.
    ids: String,
}

/// What a link to a document shows.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TitleView {
    pub id: DocumentId,
    pub title: String,
    /// An emoji, or empty.
    pub icon: String,
}

impl From<DocumentRow> for TitleView {
    fn from(row: DocumentRow) -> TitleView {
        TitleView { id: row.document_id, title: row.title, icon: row.icon }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct TitleList {
    items: Vec<TitleView>,
}

/// Returns the titles of some documents. Those that the caller may not see, or that are in the trash, are left out.
#[utoipa::path(get, path = "/documents/titles", tag = "documents", params(Ids), responses((status = 200, body = TitleList)))]
async fn list(
    State(app): State<App>,
    visitor: Visitor,
    QueryParams(Ids { ids }): QueryParams<Ids>,
) -> Result<Json<TitleList>> {
    let ids = ids.split(',').map(|id| id.trim().parse()).collect::<std::result::Result<Vec<DocumentId>, _>>();
    let ids = ids.map_err(|_| Error::Invalid("the ids of documents are UUIDs, separated by commas"))?;
    if ids.len() > MOST {
        return Err(Error::Invalid("at most 100 ids at a time"));
    }
    Ok(Json(TitleList { items: visible(&app, &visitor, &ids).await? }))
}

async fn visible(app: &App, visitor: &Visitor, ids: &[DocumentId]) -> Result<Vec<TitleView>> {
    match visitor {
        Visitor::Member(caller) => {
            let rows = Viewer::of(caller).of_those(&app.db, ids).await?;
            Ok(rows.into_iter().map(TitleView::from).collect())
        }
        // A guest has access to only a few documents, by links.
        Visitor::Guest(..) => {
            let mut found = Vec::new();
            for id in ids.iter().take(MOST) {
                match app.access_of(visitor, *id).await.and_then(access::Access::outside_the_trash) {
                    Ok(access) => found.push(access.document.into()),
                    Err(Error::NotFound(_) | Error::Gone(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        }
    }
}

/// Gives the page links in a text their current titles, as far as the reader may see them.
///
/// # Errors
/// When the database does not answer.
pub async fn filled(app: &App, visitor: Option<&Visitor>, prose: Prose) -> Result<Prose> {
    let ids: Vec<DocumentId> = prose.page_links().into_iter().filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(prose);
    }
    let mut titles = HashMap::new();
    if let Some(visitor) = visitor {
        for ids in ids[..ids.len().min(MOST_IN_TEXT)].chunks(MOST) {
            let found = visible(app, visitor, ids).await?;
            titles.extend(found.into_iter().map(|view| (view.id.to_string(), view.title)));
        }
    }
    Ok(prose.with_titles(&titles))
}
