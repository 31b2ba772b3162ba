//! The log of decisions across all documents that the caller may see: the outcomes of threads and approvals, and the
//! reasons.

pub mod rows;

use crate::decisions::rows as decisions;
use crate::{decisions::rows::DecisionFilter, decisions::rows::DecisionRow};
use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::DocumentId;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller, VisibleDocuments, confidential_reads::is_confidential, confidential_reads::record_read};
use endpoint::{Error, Result, csv, input::QueryParams, input::is_near};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list))).routes(needs(PEOPLE, routes!(export)))
}

const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 500;
/// The number of rows that a spreadsheet can open and a server can hold.
const LARGEST_EXPORT: usize = 10_000;

#[derive(Serialize, utoipa::ToSchema)]
struct DecisionView {
    /// The id of the thread or approval.
    id: Uuid,
    /// The kind of decision: `thread` or `approval`.
    kind: String,
    document_id: DocumentId,
    title: String,
    /// The text of the passage when it was marked; empty for the whole document.
    quote: String,
    /// The suggested text; set only for a suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<String>,
    /// The first comment of the thread, or the name of the approval.
    question: String,
    /// The outcome: `decided`, `deferred`, `rejected` or `done` for a thread, `accepted` or `rejected` for a
    /// suggestion, `approved` or `rejected` for an approval.
    outcome: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The id of an account or guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by_name: Option<String>,
    decided_at: DateTime<Utc>,
}

impl From<DecisionRow> for DecisionView {
    fn from(row: DecisionRow) -> DecisionView {
        DecisionView {
            id: row.decision_id,
            kind: row.kind,
            document_id: row.document_id,
            title: row.title,
            quote: row.quote,
            replacement: row.replacement,
            question: row.question,
            outcome: row.outcome.unwrap_or(row.state),
            note: row.note,
            decided_by: row.decided_by,
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DecisionSearch {
    /// The only document to include; absent for all documents.
    document: Option<DocumentId>,
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

/// Reads a page without the decisions that the caller may not see. Also returns the start of the next page.
async fn read(
    app: &App,
    caller: &Caller,
    sight: &mut VisibleDocuments,
    document: Option<DocumentId>,
    before: Before,
    limit: i64,
) -> Result<(Vec<DecisionRow>, Before)> {
    let filter = DecisionFilter { workspace: caller.workspace, document, before, most: limit + 1 };
    let mut found = decisions::list(&app.db, filter).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| (last.decided_at, last.decision_id));
    let mut seen = Vec::new();
    for row in found {
        if sight.reaches(app, caller, row.document_id).await? {
            seen.push(row);
        }
    }
    Ok((seen, next))
}

/// Records reads of confidential and restricted documents in the audit.
async fn note_reads(app: &App, caller: &Caller, rows: &[DecisionRow]) -> Result<()> {
    let mut noted = HashSet::new();
    for row in rows.iter().filter(|row| is_confidential(&row.sensitivity)) {
        if noted.insert(row.document_id) {
            record_read(&app.db, &caller.actor, row.document_id, &row.sensitivity).await?;
        }
    }
    Ok(())
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
    let (rows, next) = read(&app, &caller, &mut VisibleDocuments::default(), search.document, before, limit).await?;
    note_reads(&app, &caller, &rows).await?;
    let next = next.map(|(at, id)| format!("{}_{id}", at.timestamp_micros()));
    Ok(Json(DecisionPage { items: rows.into_iter().map(Into::into).collect(), next }))
}

fn cursor(text: &str) -> Result<(DateTime<Utc>, Uuid)> {
    let read =
        |(at, thread): (&str, &str)| Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, thread.parse().ok()?));
    text.split_once('_').and_then(read).filter(|(at, _)| is_near(*at)).ok_or(Error::Invalid("this cursor is not valid"))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DecisionExport {
    /// The only document to include; absent for all documents.
    document: Option<DocumentId>,
}

/// Exports the outcomes of threads and approvals as CSV, up to 10,000 rows.
#[utoipa::path(get, path = "/decisions/export", tag = "comments", params(DecisionExport), responses((status = 200, body = String, content_type = "text/csv")))]
async fn export(
    State(app): State<App>,
    caller: Caller,
    QueryParams(wanted): QueryParams<DecisionExport>,
) -> Result<Response> {
    let (mut sight, mut before, mut sent) = (VisibleDocuments::default(), None, 0);
    let mut text = COLUMNS.to_owned();
    loop {
        let (rows, next) = read(&app, &caller, &mut sight, wanted.document, before, LARGEST_PAGE).await?;
        note_reads(&app, &caller, &rows).await?;
        sent += rows.len();
        rows.into_iter().for_each(|row| text.push_str(&line(row.into())));
        before = next;
        if before.is_none() || sent >= LARGEST_EXPORT {
            break;
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"decisions.csv\""),
    ];
    Ok((headers, text).into_response())
}

const COLUMNS: &str = "decided_at,kind,document,title,passage,suggestion,question,outcome,note,decided_by,id\r\n";

fn line(row: DecisionView) -> String {
    csv::line([
        row.decided_at.to_rfc3339(),
        row.kind,
        row.document_id.to_string(),
        row.title,
        row.quote,
        row.replacement.unwrap_or_default(),
        row.question,
        row.outcome,
        row.note.unwrap_or_default(),
        row.decided_by_name.unwrap_or_default(),
        row.id.to_string(),
    ])
}
