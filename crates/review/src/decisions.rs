//! The log of decisions across all documents that the caller may see: the outcomes of threads and approvals, with their
//! reasons. Also the questions that are still open.

pub mod check;
pub mod log;
mod open;
pub mod rows;
pub mod views;

use crate::decisions::rows as decisions;
use crate::decisions::views::{DecisionView, with_votes};
use crate::{decisions::rows::DecisionFilter, decisions::rows::DecisionRow};
use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, Sensitivity, Stored};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller, VisibleDocuments, confidential_reads::is_confidential, confidential_reads::record_read};
use endpoint::{Error, Result, input::QueryParams, input::is_near};

use log::{Decided, LogRange};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list))).merge(open::routes())
}

const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 500;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DecisionSearch {
    /// The only document to include; absent for all documents.
    document: Option<DocumentId>,
    /// Only decisions by this person, including as one of several approvers; absent for decisions by anybody.
    person: Option<Uuid>,
    /// The only kind of decisions to include; absent for all kinds.
    #[param(inline)]
    kind: Option<Decided>,
    /// Only decisions from this time on.
    #[serde(default, deserialize_with = "endpoint::input::date")]
    since: Option<DateTime<Utc>>,
    /// Only decisions before this time.
    #[serde(default, deserialize_with = "endpoint::input::date")]
    until: Option<DateTime<Utc>>,
    /// The `next` value of the previous page.
    cursor: Option<String>,
    #[serde(default = "page")]
    limit: i64,
}

const fn page() -> i64 {
    PAGE
}

#[derive(Serialize, utoipa::ToSchema)]
struct DecisionPage {
    items: Vec<DecisionView>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

type Before = Option<(DateTime<Utc>, Uuid)>;

/// A page of decisions without those that the caller may not see.
struct Page {
    rows: Vec<DecisionRow>,
    /// The number of decisions that were left out.
    withheld: usize,
    /// The start of the next page.
    next: Before,
}

async fn read(
    app: &App,
    caller: &Caller,
    sight: &mut VisibleDocuments,
    range: &LogRange,
    before: Before,
    limit: i64,
) -> Result<Page> {
    let filter = DecisionFilter { before, most: limit + 1, ..range.filter(caller.workspace) };
    let mut found = decisions::list(&app.db, filter).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| (last.decided_at, last.decision_id));
    let (mut rows, read) = (Vec::new(), found.len());
    for row in found {
        if sight.reaches(app, caller, row.document_id).await? {
            rows.push(row);
        }
    }
    note_sensitive(app, caller, rows.iter().map(|row| (row.document_id, &row.sensitivity))).await?;
    Ok(Page { withheld: read - rows.len(), rows, next })
}

/// Records reads of confidential and restricted documents in the audit log.
async fn note_sensitive<'a>(
    app: &App,
    caller: &Caller,
    read: impl Iterator<Item = (DocumentId, &'a Stored<Sensitivity>)>,
) -> Result<()> {
    let mut noted = HashSet::new();
    for (document, sensitivity) in read.filter(|(_, sensitivity)| is_confidential(sensitivity)) {
        if noted.insert(document) {
            record_read(&app.db, &caller.actor, document, sensitivity).await?;
        }
    }
    Ok(())
}

/// The decisions of a range, as far as a caller may see them.
pub struct Decisions {
    pub decisions: Vec<DecisionView>,
    /// The number of decisions that were left out, because the caller may not see them.
    pub withheld: usize,
    /// Whether there are more decisions than were asked for.
    pub is_cut: bool,
}

/// Reads the decisions of a range, newest first, but at most `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn read_all(app: &App, caller: &Caller, range: &LogRange, most: usize) -> Result<Decisions> {
    let (mut sight, mut before) = (VisibleDocuments::default(), None);
    let mut all = Decisions { decisions: Vec::new(), withheld: 0, is_cut: false };
    loop {
        let page = read(app, caller, &mut sight, range, before, LARGEST_PAGE).await?;
        all.withheld += page.withheld;
        all.decisions.extend(with_votes(&app.db, caller.workspace, page.rows).await?);
        before = page.next;
        if all.decisions.len() > most || (before.is_some() && all.decisions.len() == most) {
            all.is_cut = true;
            all.decisions.truncate(most);
            return Ok(all);
        }
        if before.is_none() {
            return Ok(all);
        }
    }
}

/// Lists the outcomes of threads and approvals, newest first.
#[utoipa::path(get, path = "/decisions", tag = "comments", params(DecisionSearch), responses((status = 200, body = DecisionPage)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(search): QueryParams<DecisionSearch>,
) -> Result<Json<DecisionPage>> {
    let before = search.cursor.as_deref().map(cursor).transpose()?;
    let limit = search.limit.clamp(1, LARGEST_PAGE);
    let DecisionSearch { document, person, kind, since, until, .. } = search;
    let range = LogRange { document, person, kind, since, until };
    let page = read(&app, &caller, &mut VisibleDocuments::default(), &range, before, limit).await?;
    let items = with_votes(&app.db, caller.workspace, page.rows).await?;
    let next = page.next.map(|(at, id)| format!("{}_{id}", at.timestamp_micros()));
    Ok(Json(DecisionPage { items, next }))
}

fn cursor(text: &str) -> Result<(DateTime<Utc>, Uuid)> {
    let read =
        |(at, thread): (&str, &str)| Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, thread.parse().ok()?));
    text.split_once('_').and_then(read).filter(|(at, _)| is_near(*at)).ok_or(Error::Invalid("this cursor is not valid"))
}
