//! The questions that nobody has decided yet: pending approvals and open comments, in all documents that the caller may
//! see.

mod rows;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId};

use super::{Decided, note_sensitive};
use crate::approvals::steps::Step;
use access::route_requirements::{PEOPLE, needs};
use access::{App, Caller, VisibleDocuments};
use database::members;
use endpoint::{Result, input::QueryParams};

use rows::{OpenFilter, OpenRow};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(open)))
}

const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// A person whose decision is awaited.
#[derive(Serialize, utoipa::ToSchema)]
struct Awaited {
    id: AccountId,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct OpenQuestion {
    /// The id of the approval or thread.
    id: Uuid,
    #[schema(inline)]
    kind: Decided,
    document_id: DocumentId,
    title: String,
    /// The text of the passage when it was marked; empty for the whole document.
    quote: String,
    /// The first comment of the thread, or the name of the approval.
    question: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by_name: Option<String>,
    asked_at: DateTime<Utc>,
    /// The people whose decision is awaited; empty for a comment.
    awaited: Vec<Awaited>,
    /// Whether the caller is one of `awaited`.
    is_mine: bool,
    /// The time by which the people in `awaited` should decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
    is_overdue: bool,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct OpenSearch {
    /// The only document to include; absent for all documents.
    document: Option<DocumentId>,
    /// The only kind of questions to include: `approval` or `comment`; absent for both.
    #[param(inline)]
    kind: Option<Decided>,
    /// The `next` value of the previous page.
    cursor: Option<Uuid>,
    #[serde(default = "page")]
    limit: i64,
}

const fn page() -> i64 {
    PAGE
}

#[derive(Serialize, utoipa::ToSchema)]
struct OpenPage {
    items: Vec<OpenQuestion>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Uuid>,
}

/// Lists the questions that are not decided yet: pending approvals and open comments, newest first.
#[utoipa::path(get, path = "/decisions/open", tag = "comments", params(OpenSearch), responses((status = 200, body = OpenPage)))]
async fn open(
    State(app): State<App>,
    caller: Caller,
    QueryParams(search): QueryParams<OpenSearch>,
) -> Result<Json<OpenPage>> {
    let limit = search.limit.clamp(1, LARGEST_PAGE);
    let kind = match search.kind {
        None => "",
        Some(Decided::Approval) => "approval",
        Some(Decided::Comment) => "comment",
        // Open suggestions are not listed here, because people decide on them in their document.
        Some(Decided::Suggestion) => return Ok(Json(OpenPage { items: Vec::new(), next: None })),
    };
    let filter = OpenFilter { workspace: caller.workspace, document: search.document, kind, before: search.cursor };
    let mut found = rows::list(&app.db, filter, limit + 1).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.question_id);
    let (mut sight, mut seen) = (VisibleDocuments::default(), Vec::new());
    for row in found {
        if sight.reaches(&app, &caller, row.document_id).await? {
            seen.push(row);
        }
    }
    note_sensitive(&app, &caller, seen.iter().map(|row| (row.document_id, &row.sensitivity))).await?;
    let members = members::list(&app.db, caller.workspace).await?;
    let names: HashMap<AccountId, String> = members.into_iter().map(|one| (one.account_id, one.name)).collect();
    let me = caller.member.account_id;
    Ok(Json(OpenPage { items: seen.into_iter().map(|row| view(row, &names, me)).collect(), next }))
}

fn view(row: OpenRow, names: &HashMap<AccountId, String>, me: AccountId) -> OpenQuestion {
    let steps: Vec<Step> = row.steps.as_deref().and_then(|steps| serde_json::from_str(steps).ok()).unwrap_or_default();
    let on = steps.get(usize::try_from(row.step).unwrap_or_default());
    let awaited: Vec<Awaited> = on
        .map(Step::asked)
        .unwrap_or_default()
        .into_iter()
        .map(|id| Awaited { id, name: names.get(&id).cloned().unwrap_or_default() })
        .collect();
    // A request that an earlier version of the server stored has no due date in its row.
    let due_at = row.due_at.or_else(|| on.and_then(|step| step.due_at));
    OpenQuestion {
        id: row.question_id,
        kind: if row.steps.is_some() { Decided::Approval } else { Decided::Comment },
        document_id: row.document_id,
        title: row.title,
        quote: row.quote,
        question: row.question,
        asked_by_name: row.asked_by_name,
        asked_at: row.asked_at,
        is_mine: awaited.iter().any(|one| one.id == me),
        awaited,
        is_overdue: due_at.is_some_and(|due| due <= Utc::now()),
        due_at,
    }
}
