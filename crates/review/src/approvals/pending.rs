//! Reads a pending request for the routes: who may change it, and the error when another change came first.

use vocabulary::{AccountId, ApprovalId, ApprovalState, Right};

use super::rows::{self as approvals, Approval};
use super::steps::Step;
use super::views::{ApprovalView, parse, views};
use access::{App, DocumentRequest};
use endpoint::{Error, Result};

pub async fn one(app: &App, request: &DocumentRequest, approval: ApprovalId) -> Result<ApprovalView> {
    let found = views(app, request).await?.into_iter().find(|view| view.approval_id == approval);
    found.ok_or(Error::NotFound("approval"))
}

pub async fn pending(
    app: &App,
    request: &DocumentRequest,
    approval: ApprovalId,
) -> Result<(Approval, Vec<Step>, usize)> {
    let found = approvals::of_document(&app.db, request.actor.workspace, request.id()).await?;
    let found = found.into_iter().find(|one| one.approval_id == approval).ok_or(Error::NotFound("approval"))?;
    if found.state != ApprovalState::Pending {
        return Err(Error::Conflict("the approval is already decided"));
    }
    let (steps, on) = (parse(&found)?, usize::try_from(found.step).unwrap_or_default());
    Ok((found, steps, on))
}

/// The error for a move or decision about the revision `seen`, when another change came first.
pub async fn lost(app: &App, request: &DocumentRequest, seen: &Approval) -> Result<Error> {
    let found = approvals::of_document(&app.db, request.actor.workspace, request.id()).await?;
    let now = found.iter().find(|one| one.approval_id == seen.approval_id);
    Ok(match now {
        Some(now) if now.state == ApprovalState::Pending && now.revision_id != seen.revision_id => Error::ApprovalMoved,
        _ => Error::Conflict("somebody else decided at the same time: read the approval again"),
    })
}

/// Whether a member may change a request: its requester, or somebody with the admin right.
pub fn may_manage(approval: &Approval, account: AccountId, request: &DocumentRequest) -> Result<()> {
    if approval.requested_by == account || request.right >= Right::Admin { Ok(()) } else { Err(Error::Forbidden) }
}
