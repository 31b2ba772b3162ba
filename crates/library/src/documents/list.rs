//! Lists of documents: filtered, sorted, page by page, and only what the caller may see.

pub mod rows;

use axum::Json;
use axum::extract::State;
use database::DocumentRow;
use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, DocumentId, Right};

use access::{App, Caller};
use chrono::{DateTime, Utc};
use endpoint::{Error, Result, input::QueryParams, input::is_near};

use super::view::DocumentView;
use crate::tags;
use crate::visibility::Viewer;
use rows::{Direction, DocumentFilter, Order};

/// The filters of a list of documents. An absent or empty filter has no effect.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// A part of the title.
    q: String,
    kind: String,
    category: String,
    status: String,
    /// One of the document's tags, matched exactly.
    tag: String,
    /// The member who created it.
    owner: Option<AccountId>,
    /// Whether to list only documents that others shared directly with the caller or with one of the caller's groups,
    /// not those that are reachable only through a page above.
    shared: bool,
    /// Whether to list archived documents as well. `status=archived` lists only those.
    archived: bool,
    /// Whether to list the documents in the trash instead.
    trashed: bool,
    /// The minimum right that the caller has to the document.
    #[param(inline)]
    access: Option<Right>,
    #[param(inline)]
    sort: Sort,
    /// The `next` value of the previous page.
    cursor: Option<String>,
    /// The page size, 1 to 200; 50 if absent.
    limit: i64,
}

impl Default for Search {
    fn default() -> Search {
        Search {
            q: String::new(),
            kind: String::new(),
            category: String::new(),
            status: String::new(),
            tag: String::new(),
            owner: None,
            shared: false,
            archived: false,
            trashed: false,
            access: None,
            sort: Sort::default(),
            cursor: None,
            limit: PAGE,
        }
    }
}

/// The order of a list. A leading minus means descending.
#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
pub enum Sort {
    #[default]
    #[serde(rename = "-updated_at")]
    NewestChange,
    #[serde(rename = "updated_at")]
    OldestChange,
    #[serde(rename = "-created_at")]
    Newest,
    #[serde(rename = "created_at")]
    Oldest,
    #[serde(rename = "title")]
    Title,
    #[serde(rename = "-title")]
    TitleBackwards,
}

impl Sort {
    /// # Errors
    /// [`Error::Invalid`] when the cursor belongs to another order or is malformed.
    fn order(self, cursor: Option<&str>) -> Result<Order> {
        let cursor = cursor.map(|cursor| cursor.split_once('_').ok_or(FOREIGN_CURSOR)).transpose()?;
        Ok(match self {
            Sort::NewestChange => Order::Updated(Direction::Down, past_date(cursor)?),
            Sort::OldestChange => Order::Updated(Direction::Up, past_date(cursor)?),
            Sort::Newest => Order::Created(Direction::Down, past_date(cursor)?),
            Sort::Oldest => Order::Created(Direction::Up, past_date(cursor)?),
            Sort::Title => Order::Title(Direction::Up, past(cursor)?),
            Sort::TitleBackwards => Order::Title(Direction::Down, past(cursor)?),
        })
    }

    /// The end of a page: the id and key of its last row.
    fn cursor(self, last: &DocumentRow) -> String {
        let key = match self {
            Sort::NewestChange | Sort::OldestChange => last.updated_at.to_rfc3339(),
            Sort::Newest | Sort::Oldest => last.created_at.to_rfc3339(),
            Sort::Title | Sort::TitleBackwards => last.title.clone(),
        };
        format!("{}_{key}", last.document_id)
    }
}

const FOREIGN_CURSOR: Error = Error::Invalid("this cursor is not valid for this list and order");

fn past<K: std::str::FromStr>(cursor: Option<(&str, &str)>) -> Result<Option<(K, DocumentId)>> {
    let read = |(id, key): (&str, &str)| Some((key.parse().ok()?, id.parse().ok()?));
    cursor.map(|cursor| read(cursor).ok_or(FOREIGN_CURSOR)).transpose()
}

fn past_date(cursor: Option<(&str, &str)>) -> Result<Option<(DateTime<Utc>, DocumentId)>> {
    let past = past::<DateTime<Utc>>(cursor)?;
    if past.is_some_and(|(at, _)| !is_near(at)) { Err(FOREIGN_CURSOR) } else { Ok(past) }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct DocumentPage {
    items: Vec<DocumentView>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The default page size, for a person who scrolls. A client that wants every document follows `next`.
const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// Lists the documents that the caller may see, without archived ones unless they are asked for.
#[utoipa::path(get, path = "/documents", tag = "documents", params(Search), responses((status = 200, body = DocumentPage)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(search): QueryParams<Search>,
) -> Result<Json<DocumentPage>> {
    let limit = search.limit.clamp(1, LARGEST_PAGE);
    let Some(viewer) = Viewer::at_least(&caller, search.access.unwrap_or(Right::View)) else {
        return Ok(Json(DocumentPage { items: Vec::new(), next: None }));
    };
    let filter = DocumentFilter {
        viewer,
        order: search.sort.order(search.cursor.as_deref())?,
        title: search.q,
        kind: search.kind,
        category: search.category,
        status: search.status,
        tag: search.tag,
        owner: search.owner,
        is_shared: search.shared,
        // The trash also has the archived documents that were moved there.
        archived: search.archived || search.trashed,
        trashed: search.trashed,
        limit: limit + 1,
    };
    let mut rows = rows::visible(&app.db, filter).await?;
    let more = rows.len() as i64 > limit;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|last| search.sort.cursor(last));
    Ok(Json(DocumentPage { items: viewed(&app, rows).await?, next }))
}

/// Documents as a list shows them, with their tags.
pub(crate) async fn viewed(app: &App, rows: Vec<DocumentRow>) -> Result<Vec<DocumentView>> {
    let ids: Vec<DocumentId> = rows.iter().map(|row| row.document_id).collect();
    let mut tags = tags::rows::of_each(&app.db, &ids).await?;
    let view = |row: DocumentRow| {
        let tags = tags.remove(&row.document_id).unwrap_or_default();
        DocumentView::new(row, tags)
    };
    Ok(rows.into_iter().map(view).collect())
}
