//! The due date of a request for approval, which is set with the request and can be changed by the requester. A step
//! can have a due time of its own; the earlier of the two counts.

mod rows;

use axum::Json;
use axum::extract::State as Shared;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{ApprovalId, DocumentId, Right};

use super::pending::{lost, may_manage, one, pending};
use super::reminders;
use super::steps::earlier;
use super::views::ApprovalView;
use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, DocumentRequest};
use endpoint::{Error, Result, input::At, input::Body};

use rows::Due;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(set_due)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DueWish {
    /// The time by which the decision is wanted, in the future; null for no due date.
    #[serde(deserialize_with = "endpoint::input::date")]
    #[schema(required = true)]
    due_at: Option<DateTime<Utc>>,
}

/// Checks a new due date.
///
/// # Errors
/// [`Error::Invalid`] for a time in the past.
pub fn checked(due_at: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
    match due_at {
        Some(due) if due <= Utc::now() => Err(Error::Invalid("the due date lies in the past")),
        due => Ok(due),
    }
}

/// Sets or removes the due date of a pending request. The people of the current step are reminded before the due date,
/// and again when it has passed. Only the requester, or a member with the admin right to the document, can do this.
#[utoipa::path(patch, path = "/documents/{id}/approvals/{approval}", tag = "approvals", params(("id" = Uuid, Path, description = "The document"), ("approval" = Uuid, Path, description = "The approval")), request_body = DueWish, responses((status = 200, body = ApprovalView)))]
async fn set_due(
    Shared(app): Shared<App>,
    caller: Caller,
    At((id, approval)): At<(DocumentId, ApprovalId)>,
    Body(input): Body<DueWish>,
) -> Result<Json<ApprovalView>> {
    let account = caller.member.account_id;
    let request = DocumentRequest::of_member(&app, caller, id, Right::Edit).await?;
    let due_at = checked(input.due_at)?;
    let (approval, steps, on) = pending(&app, &request, approval).await?;
    may_manage(&approval, account, &request)?;
    let current_due_at = earlier(due_at, steps.get(on).and_then(|step| step.due_at));
    let reminder = reminders::of_step(request.actor.workspace, id, approval.approval_id, on, current_due_at)?;
    if !rows::set(&app.db, &request.actor, id, &approval, Due { due_at, current_due_at, reminder }).await? {
        return Err(lost(&app, &request, &approval).await?);
    }
    Ok(Json(one(&app, &request, approval.approval_id).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_due_date_lies_in_the_future() {
        let now = Utc::now();
        assert!(
            checked(Some(now)).is_err() && checked(Some(now + TimeDelta::days(1))).is_ok() && checked(None).is_ok()
        );
    }
}
