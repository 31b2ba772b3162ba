//! Moves a pending request to the newest text: another revision is kept, and all steps begin again. Earlier decisions
//! stay in the record but no longer count.

mod rows;

use axum::Json;
use axum::extract::State as Shared;
use chrono::Utc;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{ApprovalId, DocumentId, RevisionId, RevisionKind, Right};

use super::pending::{lost, may_manage, one, pending};
use super::reminders;
use super::steps::{Step, begin_again, earlier};
use super::views::{ApprovalView, written};
use crate::revisions::{Reason, State, forget, keep_revision};
use crate::threads::checked_note;
use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, DocumentRequest};
use endpoint::{Error, Result, input::At, input::Body};

use rows::Revised;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(move_on)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveWish {
    /// The revision that the request was about when the caller read it; the request is refused with the code
    /// `approval-moved` if somebody else has moved it since.
    revision_id: Option<RevisionId>,
    /// A note to the approvers: what has changed, and why.
    note: Option<String>,
}

/// Moves a pending request for approval to the current text, which is kept as a revision. The steps begin again:
/// earlier approvals stay in the list of actions, with `voided_at`, and no longer count. Everybody who had decided, or
/// whose turn it is, is notified. Only the requester, or a member with the admin right to the document, can do this.
#[utoipa::path(post, path = "/documents/{id}/approvals/{approval}/move", tag = "approvals", params(("id" = Uuid, Path, description = "The document"), ("approval" = Uuid, Path, description = "The approval")), request_body = MoveWish, responses((status = 200, body = ApprovalView)))]
async fn move_on(
    Shared(app): Shared<App>,
    caller: Caller,
    At((id, approval)): At<(DocumentId, ApprovalId)>,
    Body(input): Body<MoveWish>,
) -> Result<Json<ApprovalView>> {
    let account = caller.member.account_id;
    let request = DocumentRequest::of_member(&app, caller, id, Right::Edit).await?;
    let note = checked_note(input.note)?;
    let (approval, mut steps, on) = pending(&app, &request, approval).await?;
    may_manage(&approval, account, &request)?;
    if input.revision_id.is_some_and(|seen| seen != approval.revision_id) {
        return Err(Error::ApprovalMoved);
    }
    let state = State::now(&request.internal_text(&app).await?).await?;
    if Sha256::digest(&state.bytes)[..] == approval.sha256 {
        return Err(Error::Conflict("the text has not changed since the request: there is no newer version"));
    }
    let before = steps.get(on).map(Step::asked).unwrap_or_default();
    begin_again(&mut steps, Utc::now());
    let first = steps.first().ok_or(Error::Conflict("this approval has no steps"))?;
    let (asked, current_due_at) = (first.asked(), earlier(approval.due_at, first.due_at));
    let reminder = reminders::of_step(request.actor.workspace, id, approval.approval_id, 0, current_due_at)?;
    let kept = keep_revision(&app, &request.actor, id, state, Reason::of(RevisionKind::Submitted)).await?;
    let kept = kept.ok_or(Error::NotFound("revision"))?;
    let (revision, sha256, steps) = (kept.revision_id, kept.sha256, written(&steps)?);
    let to = Revised { account, note, revision, sha256, steps, current_due_at, asked, before, reminder };
    if !rows::revise(&app.db, &request.actor, id, &approval, to).await? {
        // No approval refers to this revision.
        forget(&app, &request.actor, id, revision).await?;
        return Err(lost(&app, &request, &approval).await?);
    }
    Ok(Json(one(&app, &request, approval.approval_id).await?))
}
