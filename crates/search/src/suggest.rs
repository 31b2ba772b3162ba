//! `GET /search/suggest`: suggests pages while a person types.

use axum::extract::State;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, SpaceId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use endpoint::{Result, input::QueryParams};

use crate::find::Request;
use crate::keeper::Search;
use crate::query::Query;
use crate::results::{Scope, is_rebuilding};
use crate::snippets::{Matcher, TextPart};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(suggest)))
}

/// The number of pages that fit into the search box's list.
const PAGES: usize = 8;
const MOST_PAGES: usize = 20;

#[derive(Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct SuggestWish {
    /// What was typed; empty for the pages that were changed last.
    q: String,
    /// 1 to 20; 8 if absent.
    limit: Option<usize>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct Suggestions {
    items: Vec<Suggestion>,
    /// Whether the index of this node is being built: some pages are not found yet.
    rebuilding: bool,
}

/// A page that the caller may be looking for.
#[derive(Serialize, utoipa::ToSchema)]
struct Suggestion {
    id: DocumentId,
    title: String,
    /// The title in parts; `hit` marks those that match.
    title_parts: Vec<TextPart>,
    icon: String,
    space_id: Option<SpaceId>,
    updated_at: DateTime<Utc>,
}

/// Suggests pages by what was typed so far: first those whose title or tags match, then those whose text does.
#[utoipa::path(get, path = "/search/suggest", tag = "search", params(SuggestWish), responses((status = 200, body = Suggestions)))]
async fn suggest(
    State(app): State<App>,
    Extension(search): Extension<Search>,
    caller: Caller,
    QueryParams(wish): QueryParams<SuggestWish>,
) -> Result<Json<Suggestions>> {
    let limit = wish.limit.unwrap_or(PAGES).clamp(1, MOST_PAGES);
    let query = Query { filters: Vec::new(), ..Query::read(&wish.q) };
    let scope = Scope::without_names(&app, &search, &caller).await?;
    let request = Request { limit, ..scope.request(query.clone()) };
    let (found, mut typos) = scope.find(&search, Request { titles_only: true, ..request.clone() }).await;
    let mut documents = found.documents;
    if documents.len() < limit && query.has_words() {
        let (more, with_typos) = scope.find(&search, request).await;
        typos |= with_typos;
        documents.extend(more.documents.into_iter().filter(|more| !documents.contains(more)).collect::<Vec<_>>());
        documents.truncate(limit);
    }
    let matcher = Matcher::of(&query, typos);
    let rows = scope.rows(&app, &documents).await?;
    let item = |row: database::DocumentRow| Suggestion {
        id: row.document_id,
        title_parts: matcher.marked(&row.title),
        title: row.title,
        icon: row.icon,
        space_id: row.space_id,
        updated_at: row.updated_at,
    };
    let items = rows.into_iter().map(item).collect();
    Ok(Json(Suggestions { items, rebuilding: is_rebuilding(&search) }))
}
