//! The inbox: a member's notifications. Notifications about documents that the member may no longer see are left out.

pub mod rows;

use crate::{inbox::rows::Inbox, inbox::rows::Notification};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, NotificationId, NotificationKind, Stored, ThreadId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller, VisibleDocuments};
use endpoint::{Error, Result, input::Body, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list))).routes(needs(PEOPLE, routes!(read)))
}

const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;
/// The length of an excerpt of a comment, enough to recognise its topic.
const EXCERPT_CHARACTERS: usize = 200;
const MAX_READ_AT_ONCE: usize = 200;

#[derive(Serialize, utoipa::ToSchema)]
struct Sender {
    /// The id of an account or guest.
    id: Uuid,
    name: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct NotificationView {
    notification_id: NotificationId,
    /// The kind: `mention`, `reply`, `comment` or `suggestion` (on the caller's own document), `decided` (the caller's thread or suggestion was closed), `share`,
    /// `assigned` (a thread, to the caller), `approval-requested`, `approval-decided`, `approval-due`, `approval-overdue`, `approval-moved` (to a newer
    /// version), `approval-changed`, or, about what the caller watches,
    /// `watched-comment`, `watched-suggestion`, `watched-edited` or `watched-published`.
    #[schema(value_type = String)]
    kind: Stored<NotificationKind>,
    /// Whether someone is waiting for the caller; for `assigned`, until the thread is resolved or given to another.
    must_do: bool,
    document_id: DocumentId,
    title: String,
    /// For `decided` and `approval-decided`: how it was decided, as the state of the thread or approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<ThreadId>,
    /// The beginning of the comment's current text, or of the note to an approval's request, decision or move.
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Sender>,
    /// When the approval or the assigned thread that waits for the caller is due; set only while it is pending or open.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<DateTime<Utc>>,
}

impl From<Notification> for NotificationView {
    fn from(row: Notification) -> NotificationView {
        let name = row.actor_name.unwrap_or_default();
        NotificationView {
            notification_id: row.notification_id,
            kind: row.kind,
            must_do: row.must_do,
            document_id: row.document_id,
            title: row.title,
            result: row.result,
            thread_id: row.thread_id,
            excerpt: row
                .body
                .filter(|body| !body.is_empty())
                .map(|body| body.chars().take(EXCERPT_CHARACTERS).collect()),
            actor: row.actor_id.map(|id| Sender { id, name }),
            due_at: row.due_at,
            created_at: row.created_at,
            read_at: row.read_at,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    unread: bool,
    /// The `next` value of the previous page.
    cursor: Option<NotificationId>,
    #[serde(default = "page")]
    limit: i64,
}

const fn page() -> i64 {
    PAGE
}

#[derive(Serialize, utoipa::ToSchema)]
struct InboxPage {
    items: Vec<NotificationView>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NotificationId>,
}

/// Lists the caller's notifications, newest first.
#[utoipa::path(get, path = "/inbox", tag = "inbox", params(Wanted), responses((status = 200, body = InboxPage)))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(wanted): QueryParams<Wanted>,
) -> Result<Json<InboxPage>> {
    let limit = wanted.limit.clamp(1, LARGEST_PAGE);
    let inbox = Inbox {
        workspace: caller.workspace,
        account: caller.member.account_id,
        unread_only: wanted.unread,
        before: wanted.cursor,
        most: limit + 1,
    };
    let mut found = rows::inbox(&app.db, inbox).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.notification_id);
    let (mut sight, mut items) = (VisibleDocuments::default(), Vec::new());
    for notification in found {
        if sight.reaches(&app, &caller, notification.document_id).await? {
            items.push(notification.into());
        }
    }
    Ok(Json(InboxPage { items, next }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReadOnes {
    /// The notifications to mark, up to 200; absent for all.
    notifications: Option<Vec<NotificationId>>,
}

/// Marks the caller's notifications as read.
#[utoipa::path(post, path = "/inbox/read", tag = "inbox", request_body = ReadOnes, responses((status = 204)))]
async fn read(State(app): State<App>, caller: Caller, Body(ones): Body<ReadOnes>) -> Result<StatusCode> {
    if ones.notifications.as_ref().is_some_and(|some| some.len() > MAX_READ_AT_ONCE) {
        return Err(Error::Invalid("at most 200 notifications can be marked at once"));
    }
    let account = caller.member.account_id;
    rows::mark_read(&app.db, caller.workspace, account, ones.notifications.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
