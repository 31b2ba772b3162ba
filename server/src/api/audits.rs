//! The audit log, for admins: filtered, page by page or as a file.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::{Act, AuditFilter, AuditRow, audit};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{AUDIT, needs};

use access::{App, Caller};
use endpoint::{Result, csv, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(AUDIT, routes!(list))).routes(needs(AUDIT, routes!(export)))
}

const PAGE: i64 = 100;
const LARGEST_PAGE: i64 = 500;
/// The number of rows that a spreadsheet can open.
const LARGEST_EXPORT: usize = 100_000;

/// The filters of the audit log. An absent or empty filter has no effect.
#[derive(Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
struct Search {
    /// The id of an account or guest.
    actor: Option<Uuid>,
    /// An action such as `share.give`, or `share` for all actions of that kind.
    action: String,
    /// The id of a resource, such as a document, account or group.
    resource: String,
    /// The outcome: `done`, or the code of a refusal.
    outcome: String,
    #[serde(default, deserialize_with = "endpoint::input::date")]
    since: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "endpoint::input::date")]
    until: Option<DateTime<Utc>>,
    /// Whether to list only reads of confidential and restricted documents.
    reads: bool,
    /// The `next` value of the previous page.
    cursor: Option<Uuid>,
    /// The page size, 1 to 500; 100 if absent.
    limit: i64,
    #[param(inline)]
    format: FileFormat,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum FileFormat {
    #[default]
    Csv,
    /// JSON, one row per line.
    Ndjson,
}

impl Default for Search {
    fn default() -> Search {
        let none = String::new;
        Search {
            actor: None,
            action: none(),
            resource: none(),
            outcome: none(),
            since: None,
            until: None,
            reads: false,
            cursor: None,
            limit: PAGE,
            format: FileFormat::default(),
        }
    }
}

impl Search {
    fn filter(&self, limit: i64) -> AuditFilter {
        AuditFilter {
            actor: self.actor,
            action: self.action.clone(),
            resource: self.resource.clone(),
            outcome: self.outcome.clone(),
            since: self.since,
            until: self.until,
            reads_only: self.reads,
            before: self.cursor,
            limit,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct AuditPage {
    items: Vec<AuditRow>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Uuid>,
}

/// Lists the workspace's audit entries, newest first. Requires admin.
#[utoipa::path(get, path = "/audit", tag = "audit", params(Search), responses((status = 200, body = AuditPage)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(search): QueryParams<Search>,
) -> Result<Json<AuditPage>> {
    let caller = caller.admin()?;
    let limit = search.limit.clamp(1, LARGEST_PAGE);
    let mut items = audit::list(&app.db, caller.workspace, search.filter(limit + 1)).await?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(|last| last.audit_id);
    Ok(Json(AuditPage { items, next }))
}

/// Exports the audit log as a file of up to 100,000 rows. The export is itself recorded in the audit log. Requires
/// admin.
#[utoipa::path(get, path = "/audit/export", tag = "audit", params(Search), responses((status = 200, content((String = "text/csv"), (String = "application/x-ndjson")))))]
async fn export(State(app): State<App>, caller: Caller, QueryParams(search): QueryParams<Search>) -> Result<Response> {
    let caller = caller.admin()?;
    app.db.record(&caller.actor, Act::new("audit.export", "workspace", caller.workspace)).await?;
    let format = search.format;
    let (kind, name) = match format {
        FileFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
        FileFormat::Ndjson => ("application/x-ndjson", "attachment; filename=\"audit.ndjson\""),
    };
    // Page by page, so that 100,000 rows are never in memory.
    let rows =
        stream::try_unfold((app, caller.workspace, search, 0), move |(app, workspace, mut search, sent)| async move {
            if sent >= LARGEST_EXPORT {
                return Ok::<_, sqlx::Error>(None);
            }
            let rows = audit::list(&app.db, workspace, search.filter(LARGEST_PAGE)).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            search.cursor = Some(last.audit_id);
            let mut text = if sent == 0 && format == FileFormat::Csv { COLUMNS.to_owned() } else { String::new() };
            rows.iter().for_each(|row| text.push_str(&line(row, format)));
            Ok(Some((text, (app, workspace, search, sent + rows.len()))))
        });
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::from_stream(rows)).into_response())
}

const COLUMNS: &str = "at,actor_kind,actor_id,action,resource_kind,resource_id,outcome,sensitivity,detail,personal,\
                       request_id,position,audit_id\r\n";

fn line(row: &AuditRow, format: FileFormat) -> String {
    if format == FileFormat::Ndjson {
        return serde_json::to_string(row).unwrap_or_default() + "\n";
    }
    let text = |id: &Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    csv::line([
        row.at.to_rfc3339(),
        row.actor_kind.clone(),
        text(&row.actor_id),
        row.action.clone(),
        row.resource_kind.clone(),
        row.resource_id.clone(),
        row.outcome.clone(),
        row.sensitivity.clone().unwrap_or_default(),
        row.detail.clone(),
        row.personal.clone().unwrap_or_default(),
        row.request_id.clone(),
        row.position.map(|position| position.to_string()).unwrap_or_default(),
        row.audit_id.to_string(),
    ])
}
