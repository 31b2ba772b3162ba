//! The log of decisions as a file: a table, a log that programs check (`consilium verify`), or a PDF for a board. Each
//! export is recorded in the audit log with the digest of its content.

mod pages;

use access::route_requirements::{PEOPLE, needs};
use access::{App, Caller};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use endpoint::{Binary, Error, Result, csv, input::QueryParams};
use files::Files;
use review::decisions::log::{Decided, DecisionLog, FORMAT, LogRange, VERSION};
use review::decisions::read_all;
use review::decisions::views::DecisionView;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, Event};

use crate::package::sent;
use crate::rows;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(export)))
}

/// The number of rows that a spreadsheet can open and a server can hold.
const MOST: usize = 10_000;
/// The number of decisions in a PDF: a minute of printing, and some 200 pages.
const MOST_PRINTED: usize = 2_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum LogFormat {
    /// A table for spreadsheets.
    #[default]
    Csv,
    /// A log that `consilium verify` checks.
    Json,
    Pdf,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LogWish {
    #[serde(default)]
    #[param(inline)]
    format: LogFormat,
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
}

/// Exports the outcomes of threads and approvals, newest first: as CSV, as a PDF, or as a log in JSON that `consilium
/// verify` compares with the instance. The PDF and the log have a SHA-256 digest over all decisions, which the audit
/// log records, and the hash of each decided revision. At most 10,000 decisions, or 2,000 in a PDF. A CSV file is cut
/// off there; for the others, more is an error.
#[utoipa::path(get, path = "/decisions/export", tag = "comments", params(LogWish), responses((status = 200, content((String = "text/csv"), (Object = "application/json"), (inline(Binary) = "application/pdf")))))]
async fn export(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    QueryParams(wish): QueryParams<LogWish>,
) -> Result<Response> {
    let LogWish { format, document, person, kind, since, until } = wish;
    let range = LogRange { document, person, kind, since, until };
    let most = if format == LogFormat::Pdf { MOST_PRINTED } else { MOST };
    // Taken before the log is read, because a decision that is made meanwhile does not belong to the export.
    let exported_at = Utc::now();
    let found = read_all(&app, &caller, &range, most).await?;
    if found.is_cut && format != LogFormat::Csv {
        return Err(Error::Conflict("there are more decisions than fit into one file: choose a shorter time"));
    }
    let mut log = DecisionLog {
        format: FORMAT.to_owned(),
        version: VERSION,
        workspace_id: caller.workspace,
        workspace: rows::workspace_name(&app.db, caller.workspace).await?,
        address: app.config.public_url.clone(),
        exported_at,
        exported_by: caller.member.account_id,
        exported_by_name: caller.member.name.clone(),
        range,
        decisions: found.decisions,
        digest: String::new(),
    };
    log.digest = log.computed_digest().map_err(|error| Error::Internal(error.to_string()))?;
    let (media_type, name, body) = match format {
        LogFormat::Csv => ("text/csv; charset=utf-8", "decisions.csv", table(&log.decisions).into_response()),
        LogFormat::Json => {
            let text = log.written().map_err(|error| Error::Internal(error.to_string()))?;
            ("application/json", "decisions.json", text.into_response())
        }
        LogFormat::Pdf => {
            let print = files.print().await?;
            let (_, body) = sent(print.finish(&app, "application/pdf", pages::of(&app, &log)).await?)?;
            ("application/pdf", "decisions.pdf", body.into_response())
        }
    };
    let decisions = log.decisions.len();
    record(&app, &caller, log.digest, decisions, found.withheld).await?;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.map_err(|error| Error::Internal(error.to_string()))?;
    let headers =
        [(header::CONTENT_TYPE, HeaderValue::from_static(media_type)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, body.into_body()).into_response())
}

/// Records an export, so that its file can be told from a forged one.
async fn record(app: &App, caller: &Caller, digest: String, decisions: usize, withheld: usize) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let event = Event::DecisionsExported { export: Uuid::now_v7(), digest, decisions, withheld };
    tx.emit(&caller.actor, event).await?;
    Ok(tx.commit().await?)
}

const COLUMNS: &str = "decided_at,kind,document,title,passage,suggestion,question,outcome,note,decided_by,id,version,sha256,change,removed\r\n";

fn table(decisions: &[DecisionView]) -> String {
    let lines: String = decisions.iter().map(line).collect();
    format!("{COLUMNS}{lines}")
}

fn line(row: &DecisionView) -> String {
    csv::line([
        row.decided_at.to_rfc3339(),
        row.kind.clone(),
        row.document_id.to_string(),
        row.title.clone(),
        row.quote.clone(),
        row.replacement.clone().unwrap_or_default(),
        row.question.clone(),
        row.outcome.clone(),
        row.note.clone().unwrap_or_default(),
        row.decided_by_name.clone().unwrap_or_default(),
        row.id.to_string(),
        row.revision_id.map(|id| id.to_string()).unwrap_or_default(),
        row.sha256.clone().unwrap_or_default(),
        row.change.clone().unwrap_or_default(),
        row.removed.clone().unwrap_or_default(),
    ])
}
