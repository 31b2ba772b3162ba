//! `GET /search`: the documents that match a query, of those that the caller sees, with facets.

use library::tags::rows as tag_rows;
use std::collections::HashMap;

use axum::extract::State;
use axum::{Extension, Json};
use chrono::{DateTime, Utc};
use database::members;
use database::sort_key::sort_key;
use database::{DocumentRow, Member};
use library::spaces::rows::{self as space_rows, SpaceRow};
use library::visibility::{Holdings, Viewer};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AccountId, DocumentId, Sensitivity, SpaceId, Status, Stored, WorkspaceId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use endpoint::{Error, Result, input::QueryParams};

use crate::attached;
use crate::entries;
use crate::find::{Condition, Facet, Found, On, Request, Sort, find};
use crate::index::{category_key, tag_key};
use crate::keeper::Search;
use crate::query::{By, Filter, Query};
use crate::rights::{words_below, words_of};
use crate::snippets::{Matcher, Snippet, TextPart};
use crate::typos;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(search))).routes(needs(DOCUMENTS, routes!(search_documents)))
}

/// The default number of results on a page.
const PAGE: usize = 20;
const LARGEST_PAGE: usize = 50;
/// The number of results that are ranked. Nobody looks through more than a thousand.
const MOST_RANKED: usize = 1_000;
/// The number of values of a facet that are shown, the most frequent first.
const FACET_VALUES: usize = 50;
/// How many characters of a file are searched for a passage to show.
const QUOTED: i64 = 200_000;

/// A search. An absent or empty condition has no effect; conditions are added to those in `q`.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct SearchWish {
    /// Words and operators: `"phrase"`, `-not`, `tag:`, `category:`, `in:`, `by:`, `type:`, `status:`, `before:`,
    /// `after:`. The last word may be incomplete.
    q: String,
    /// The id of a space.
    space: String,
    kind: String,
    status: String,
    category: String,
    tag: String,
    /// The id of an account.
    owner: String,
    /// Changed before the beginning of this day, such as `2026-05-31`.
    before: String,
    /// Changed on this day or later.
    after: String,
    /// The order: `best` or `-updated_at`.
    #[param(inline)]
    sort: SearchSort,
    /// The `next` value of the previous page.
    cursor: Option<String>,
    /// The page size, 1 to 50; 20 if absent.
    limit: Option<usize>,
}

/// The order of results.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
enum SearchSort {
    #[default]
    #[serde(rename = "best")]
    Best,
    #[serde(rename = "-updated_at")]
    NewestChange,
}

/// What was found.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SearchResults {
    items: Vec<SearchHit>,
    /// The number of documents that match, of those that the caller sees.
    total: usize,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    facets: SearchFacets,
    /// The parts of the query that were ignored, and why.
    notes: Vec<String>,
    /// Whether words with typos were searched too, because there were few results without.
    typos: bool,
    /// Whether the index of this node is being built: some documents are not found yet.
    rebuilding: bool,
}

/// A document that was found.
#[derive(Serialize, utoipa::ToSchema)]
struct SearchHit {
    id: DocumentId,
    title: String,
    /// The title in parts; `hit` marks those that match.
    title_parts: Vec<TextPart>,
    icon: String,
    kind: String,
    #[schema(value_type = String)]
    status: Stored<Status>,
    category: String,
    tags: Vec<String>,
    owner: Option<AccountId>,
    space_id: Option<SpaceId>,
    updated_at: DateTime<Utc>,
    /// Passages of the text and of open comments that match. None for confidential and restricted documents, whose
    /// reading is recorded.
    snippets: Vec<Snippet>,
}

/// The properties of what was found, each with the number of documents.
#[derive(Default, Serialize, utoipa::ToSchema)]
struct SearchFacets {
    space: Vec<FacetValue>,
    kind: Vec<FacetValue>,
    status: Vec<FacetValue>,
    category: Vec<FacetValue>,
    tag: Vec<FacetValue>,
    owner: Vec<FacetValue>,
    /// By the time of the last change: `day`, `week`, `month` and `year`; each includes those before it.
    changed: Vec<FacetValue>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct FacetValue {
    value: String,
    /// The name of a space or person, if the caller may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    count: usize,
}

/// Searches the documents that the caller may see: titles, text, open comments, tags and categories. Finds words in any
/// inflected form, without regard to case and accents, and with typos if there are few results otherwise. An edit is found
/// within two seconds. A query is never malformed: `notes` says what was ignored.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchWish), responses((status = 200, body = SearchResults)))]
async fn search(
    State(app): State<App>,
    Extension(search): Extension<Search>,
    caller: Caller,
    QueryParams(wish): QueryParams<SearchWish>,
) -> Result<Json<SearchResults>> {
    Ok(Json(results(&app, &search, &caller, wish).await?))
}

/// Like `GET /search`.
#[utoipa::path(get, path = "/documents/search", tag = "search", params(SearchWish), responses((status = 200, body = SearchResults)))]
async fn search_documents(
    State(app): State<App>,
    Extension(search): Extension<Search>,
    caller: Caller,
    QueryParams(wish): QueryParams<SearchWish>,
) -> Result<Json<SearchResults>> {
    Ok(Json(results(&app, &search, &caller, wish).await?))
}

async fn results(app: &App, search: &Search, caller: &Caller, wish: SearchWish) -> Result<SearchResults> {
    let offset = match &wish.cursor {
        Some(cursor) => cursor.parse().map_err(|_| Error::Invalid("this cursor is not valid for this search"))?,
        None => 0,
    };
    let limit = wish.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let offset = MOST_RANKED.min(offset);
    let query = wish.query();
    let scope = Scope::of(app, search, caller).await?;
    let (conditions, more_notes) = scope.conditions(&query);
    let request = Request {
        sort: match wish.sort {
            SearchSort::Best => Sort::Best,
            SearchSort::NewestChange => Sort::NewestChange,
        },
        offset,
        limit: limit.min(MOST_RANKED - offset),
        facets: true,
        conditions,
        ..scope.request(query.clone())
    };
    let (found, typos) = scope.find(search, request).await;
    let next = offset + limit;
    let has_more = found.total > next && next < MOST_RANKED;
    let rows = scope.rows(app, &found.documents).await?;
    let hidden = found.documents.len() - rows.len();
    Ok(SearchResults {
        items: hits(app, rows, &Matcher::of(&query, typos)).await?,
        total: found.total - hidden,
        next: has_more.then(|| next.to_string()),
        facets: scope.facets(found),
        notes: query.notes.into_iter().chain(more_notes).collect(),
        typos,
        rebuilding: is_rebuilding(search),
    })
}

/// Whether the index is missing or incomplete.
pub fn is_rebuilding(search: &Search) -> bool {
    search.index().is_none_or(|index| !index.progress().is_whole)
}

impl SearchWish {
    fn query(&self) -> Query {
        let mut query = Query::read(&self.q);
        let given = [
            (By::In, &self.space),
            (By::Kind, &self.kind),
            (By::Status, &self.status),
            (By::Category, &self.category),
            (By::Tag, &self.tag),
            (By::Owner, &self.owner),
            (By::Before, &self.before),
            (By::After, &self.after),
        ];
        for (by, value) in given {
            if !value.is_empty() {
                query.add(by, value);
            }
        }
        query
    }
}

/// What a caller may find, and the names that the caller may use in conditions.
pub struct Scope {
    workspace: WorkspaceId,
    account: AccountId,
    viewer: Viewer,
    rights: Option<Vec<String>>,
    unsure: Vec<String>,
    spaces: Vec<SpaceRow>,
    members: Vec<Member>,
}

impl Scope {
    /// Reads the scope of a caller.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(app: &App, search: &Search, caller: &Caller) -> Result<Scope> {
        let mut scope = Scope::without_names(app, search, caller).await?;
        let holdings = scope.viewer.holdings(&app.db).await?;
        let all = space_rows::list(&app.db, caller.workspace, scope.account).await?;
        let sees_all = scope.viewer.sees_all;
        scope.spaces = all.into_iter().filter(|space| sees_all || holdings.spaces.contains(&space.space_id)).collect();
        scope.members = members::list(&app.db, caller.workspace).await?;
        Ok(scope)
    }

    /// Like [`Scope::of`], for searches without conditions and facets.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn without_names(app: &App, search: &Search, caller: &Caller) -> Result<Scope> {
        let viewer = Viewer::of(caller);
        let holdings = if viewer.sees_all { Holdings::default() } else { viewer.holdings(&app.db).await? };
        let indexed = search.index().map_or(i64::MAX, |index| index.progress().event);
        Ok(Scope {
            workspace: caller.workspace,
            account: caller.member.account_id,
            rights: words_of(&viewer, &holdings),
            unsure: words_below(&changed_since(app, caller.workspace, indexed).await?),
            viewer,
            spaces: Vec::new(),
            members: Vec::new(),
        })
    }

    /// A request without conditions.
    pub fn request(&self, query: Query) -> Request {
        Request {
            workspace: self.workspace,
            rights: self.rights.clone(),
            unsure: self.unsure.clone(),
            query,
            conditions: Vec::new(),
            typos: false,
            titles_only: false,
            sort: Sort::Best,
            offset: 0,
            limit: PAGE,
            facets: false,
        }
    }

    /// Searches and, if there are few results, searches again with typos. Finds nothing while there is no index.
    pub async fn find(&self, search: &Search, request: Request) -> (Found, bool) {
        let Some(index) = search.index() else { return (Found::default(), false) };
        let may_be_misspelt = request.query.has_words();
        let searched = search.run(index, move |index| {
            let found = find(index, &request)?;
            if !may_be_misspelt || !typos::are_worth_a_search(found.total) {
                return Ok((found, false));
            }
            let more = find(index, &Request { typos: true, ..request })?;
            Ok(if more.total > found.total { (more, true) } else { (found, false) })
        });
        // The failure is reported, and the index is rebuilt.
        searched.await.unwrap_or_default()
    }

    /// Returns those of the hits that the caller sees now, in their order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rows(&self, app: &App, documents: &[DocumentId]) -> Result<Vec<DocumentRow>> {
        let rows = self.viewer.of_those(&app.db, documents).await?;
        let mut rows: HashMap<DocumentId, DocumentRow> = rows.into_iter().map(|row| (row.document_id, row)).collect();
        Ok(documents.iter().filter_map(|document| rows.remove(document)).collect())
    }

    /// The conditions of a query in words of the index, and notes on those whose values do not exist.
    fn conditions(&self, query: &Query) -> (Vec<Condition>, Vec<String>) {
        let mut notes = Vec::new();
        let condition = |filter: &Filter| Condition { on: self.on(filter, &mut notes), not: filter.not };
        let conditions = query.filters.iter().map(condition).collect();
        (conditions, notes)
    }

    fn on(&self, filter: &Filter, notes: &mut Vec<String>) -> On {
        let value = filter.value.as_str();
        let mut named = |facet: Facet, found: Vec<String>, noun: &str| {
            if found.is_empty() {
                notes.push(format!("There is no {noun} “{value}”."));
            }
            On::Facet(facet, found)
        };
        match filter.by {
            By::Tag => On::Key(tag_key(value)),
            By::Category => On::Key(category_key(value)),
            By::Kind => On::Facet(Facet::Kind, vec![value.to_lowercase().replace([' ', '-'], "_")]),
            By::Status => On::Facet(Facet::Status, vec![value.to_lowercase()]),
            By::In => named(Facet::Space, self.spaces_called(value), "space"),
            By::Owner => named(Facet::Owner, self.members_called(value), "person"),
            By::Before => On::Before(filter.instant().unwrap_or_default()),
            By::After => On::After(filter.instant().unwrap_or_default()),
        }
    }

    fn spaces_called(&self, name: &str) -> Vec<String> {
        if let Ok(id) = name.parse::<SpaceId>() {
            return vec![id.0.simple().to_string()];
        }
        let is_own = |space: &SpaceRow| space.owner_id == Some(self.account) && name.eq_ignore_ascii_case("me");
        let spaces = self.spaces.iter().filter(|space| is_own(space) || is_called(&space.name, name));
        spaces.map(|space| space.space_id.0.simple().to_string()).collect()
    }

    fn members_called(&self, name: &str) -> Vec<String> {
        if name.eq_ignore_ascii_case("me") {
            return vec![self.account.0.simple().to_string()];
        }
        if let Ok(id) = name.parse::<AccountId>() {
            return vec![id.0.simple().to_string()];
        }
        let called = self.members.iter().filter(|member| is_called(&member.name, name) || member.email == name);
        called.map(|member| member.account_id.0.simple().to_string()).collect()
    }

    fn facets(&self, found: Found) -> SearchFacets {
        let space = |value: &str| {
            let id: SpaceId = value.parse().ok()?;
            let space = self.spaces.iter().find(|space| space.space_id == id)?;
            Some(space.name.clone())
        };
        let owner = |value: &str| {
            let id: AccountId = value.parse().ok()?;
            Some(self.members.iter().find(|member| member.account_id == id)?.name.clone())
        };
        let mut counted = found.facets;
        let mut facet = |facet: Facet, name: &dyn Fn(&str) -> Option<String>, is_id: bool| {
            let values = counted.remove(&facet).unwrap_or_default().into_iter();
            let mut values: Vec<FacetValue> = values
                .map(|(value, count)| FacetValue { name: name(&value), value: written(value, is_id), count })
                .collect();
            values.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
            values.truncate(FACET_VALUES);
            values
        };
        let periods = ["day", "week", "month", "year"].into_iter().zip(found.recent);
        SearchFacets {
            space: facet(Facet::Space, &space, true),
            kind: facet(Facet::Kind, &|_| None, false),
            status: facet(Facet::Status, &|_| None, false),
            category: facet(Facet::Category, &|_| None, false),
            tag: facet(Facet::Tag, &|_| None, false),
            owner: facet(Facet::Owner, &owner, true),
            changed: periods.map(|(value, count)| FacetValue { value: value.into(), name: None, count }).collect(),
        }
    }
}

/// An id of the index as the API writes it.
fn written(value: String, is_id: bool) -> String {
    match value.parse::<uuid::Uuid>() {
        Ok(id) if is_id => id.to_string(),
        _ => value,
    }
}

/// Whether a person may mean this name, because the name or one of its words begins with what they wrote.
fn is_called(name: &str, written: &str) -> bool {
    let (name, written) = (sort_key(name), sort_key(written));
    !written.is_empty() && (name.starts_with(&written) || name.split_whitespace().any(|word| word == written))
}

/// Documents of a workspace whose rights have changed after an event.
async fn changed_since(app: &App, workspace: WorkspaceId, event: i64) -> sqlx::Result<Vec<DocumentId>> {
    let changed: Vec<(DocumentId,)> = app
        .db
        .query(
            "select distinct document_id from event
              where event_id > $1 and workspace_id = $2 and document_id is not null
                and (name in ('document.move', 'document.trash', 'document.purge')
                     or (name = 'document.change' and (detail like '%open_level%' or detail like '%inherits%')))",
        )
        .bind(event)
        .bind(workspace)
        .all()
        .await?;
    Ok(changed.into_iter().map(|(document,)| document).collect())
}

/// Whether the reading of a document is recorded, so that no search may show its text.
fn is_recorded(row: &DocumentRow) -> bool {
    !matches!(row.sensitivity.known(), Some(Sensitivity::Public | Sensitivity::Internal))
}

async fn hits(app: &App, rows: Vec<DocumentRow>, matcher: &Matcher) -> Result<Vec<SearchHit>> {
    let shown: Vec<DocumentId> = rows.iter().filter(|row| !is_recorded(row)).map(|row| row.document_id).collect();
    let texts: HashMap<DocumentId, Vec<String>> = entries::texts(&app.db, &shown).await?.into_iter().collect();
    let remarks = entries::remarks(&app.db, &shown).await?;
    let files = attached::load(&app.db, &shown, QUOTED).await?;
    let all: Vec<DocumentId> = rows.iter().map(|row| row.document_id).collect();
    let mut tags = tag_rows::of_each(&app.db, &all).await?;
    let hit = |row: DocumentRow| {
        let remarks: Vec<_> = remarks.iter().filter(|remark| remark.document_id == row.document_id).collect();
        let files: Vec<_> = files.iter().filter(|file| file.document_id == row.document_id).collect();
        let blocks = texts.get(&row.document_id).map(Vec::as_slice).unwrap_or_default();
        SearchHit {
            id: row.document_id,
            title_parts: matcher.marked(&row.title),
            title: row.title,
            icon: row.icon,
            kind: row.kind,
            status: row.status,
            category: row.category,
            tags: tags.remove(&row.document_id).unwrap_or_default(),
            owner: row.created_by,
            space_id: row.space_id,
            updated_at: row.updated_at,
            snippets: matcher.snippets(blocks, &remarks, &files),
        }
    };
    Ok(rows.into_iter().map(hit).collect())
}
