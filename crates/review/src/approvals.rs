//! Approvals of a document: requested for a revision, decided step by step, and followed by a change of status.

mod due;
mod move_to_new_text;
mod pending;
pub mod reminders;
pub mod rows;
pub mod steps;
mod views;

use crate::approvals::pending::{lost, may_manage, one, pending};
use crate::approvals::rows as approvals;
use crate::approvals::steps::earlier;
use crate::revisions::rows as revisions;
use crate::{
    approvals::rows::Approval, approvals::rows::Move, approvals::rows::NewApproval, approvals::steps::Next,
    approvals::steps::Seat, approvals::steps::Step, approvals::steps::approve, approvals::steps::delegate,
    approvals::steps::is_asked, approvals::views::ApprovalView, approvals::views::views, approvals::views::written,
    revisions::Reason, revisions::State, revisions::routes::hex, revisions::routes::state_of,
    status_transitions::NextStatus, status_transitions::Transition, threads::checked_note, workflows::People,
    workflows::StepWish, workflows::check_steps, workflows::steps_of,
};
use axum::Json;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use database::{groups, members};
use serde::Deserialize;
use vocabulary::{
    AccountId, ApprovalId, ApprovalMove, ApprovalState, DocumentId, RevisionId, RevisionKind, Right, Status, WorkflowId,
};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Binary, Error, Result, input::At, input::Body};
use library::shares::holders;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list, request)))
        .routes(needs(DOCUMENTS, routes!(decide)))
        .routes(needs(DOCUMENTS, routes!(hand_over)))
        .routes(needs(DOCUMENTS, routes!(withdraw)))
        .routes(needs(DOCUMENTS, routes!(set_status)))
        .routes(needs(DOCUMENTS, routes!(approved)))
        .merge(due::routes())
        .merge(move_to_new_text::routes())
}

/// Lists a document's approvals and every action taken on them, newest first.
#[utoipa::path(get, path = "/documents/{id}/approvals", tag = "approvals", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = [ApprovalView])))]
async fn list(Shared(app): Shared<App>, visitor: Visitor, At(id): At<DocumentId>) -> Result<Json<Vec<ApprovalView>>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    Ok(Json(views(&app, &request).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ApprovalWish {
    /// A workflow of the workspace; give either this or `steps`.
    workflow_id: Option<WorkflowId>,
    steps: Option<Vec<StepWish>>,
    /// A note to the approvers.
    note: Option<String>,
    /// The time by which the decision is wanted, in the future. A step can be due earlier (`within_days`).
    #[serde(default, deserialize_with = "endpoint::input::date")]
    due_at: Option<DateTime<Utc>>,
}

/// Requests approval of the current text. Keeps the text as a revision and moves the document into review.
#[utoipa::path(post, path = "/documents/{id}/approvals", tag = "approvals", params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = ApprovalWish, responses((status = 201, body = ApprovalView)))]
async fn request(
    Shared(app): Shared<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(input): Body<ApprovalWish>,
) -> Result<(StatusCode, Json<ApprovalView>)> {
    let requested_by = caller.member.account_id;
    let request = DocumentRequest::of_member(&app, caller.clone(), id, Right::Edit).await?;
    let (note, due_at) = (checked_note(input.note)?, due::checked(input.due_at)?);
    let (name, requested_steps) = match (input.workflow_id, input.steps) {
        (Some(workflow), None) => {
            let found = approvals::workflows(&app.db, caller.workspace).await?;
            let found = found.into_iter().find(|one| one.workflow_id == workflow).ok_or(Error::NotFound("workflow"))?;
            let steps = steps_of(&found)?;
            if !found.kind.is_empty() && found.kind != request.document.kind {
                return Err(Error::Invalid("this workflow is for documents of another kind"));
            }
            (found.name, steps)
        }
        (None, Some(steps)) => ("Approval".to_owned(), steps),
        _ => return Err(Error::Invalid("give either a workflow or steps")),
    };
    check_steps(&requested_steps)?;
    let mut steps = seated(&app, &caller, id, requested_steps).await?;
    let (asked, current_due_at) = match steps.first_mut() {
        Some(first) => {
            first.begin(Utc::now());
            (first.asked(), earlier(due_at, first.due_at))
        }
        None => return Err(Error::Invalid("there are 1 to 20 steps")),
    };
    if request.document.status != Status::Draft {
        return Err(NO_DRAFT);
    }
    let state = State::now(&request.internal_text(&app).await?).await?;
    let kept =
        crate::revisions::keep_revision(&app, &request.actor, id, state, Reason::of(RevisionKind::Submitted)).await?;
    let kept = kept.ok_or(Error::NotFound("revision"))?;
    let approval_id = ApprovalId::new();
    let reminder = reminders::of_step(caller.workspace, id, approval_id, 0, current_due_at)?;
    let new = NewApproval {
        approval_id,
        document: id,
        name,
        steps: written(&steps)?,
        revision: kept.revision_id,
        sha256: kept.sha256,
        note,
        requested_by,
        due_at,
        current_due_at,
        asked,
        reminder,
    };
    if !approvals::add(&app.db, &request.actor, new).await? {
        crate::revisions::forget(&app, &request.actor, id, kept.revision_id).await?;
        return Err(NO_DRAFT);
    }
    Ok((StatusCode::CREATED, Json(one(&app, &request, approval_id).await?)))
}

const NO_DRAFT: Error = Error::Conflict("only a draft can be submitted: check its status");

/// Resolves each step's people to accounts. Every account that is named must be allowed to approve this document.
async fn seated(app: &App, caller: &Caller, document: DocumentId, requested_steps: Vec<StepWish>) -> Result<Vec<Step>> {
    let holders = holders(app, caller, document).await?;
    let may = |account: AccountId| holders.iter().any(|one| one.member.account_id == account && one.may_approve);
    let members = members::list(&app.db, caller.workspace).await?;
    let mut lacking: Vec<String> = Vec::new();
    let mut steps = Vec::new();
    for requested in requested_steps {
        let mut people: Vec<AccountId> = Vec::new();
        for one in requested.people {
            let named = match one {
                People::Account { id } => vec![id],
                People::Group { id } => groups::members(&app.db, caller.workspace, id).await?,
                People::Role { role } => {
                    let holds = members.iter().filter(|member| member.role == role && may(member.account_id));
                    holds.map(|member| member.account_id).collect()
                }
            };
            for account in named {
                let Some(member) = members.iter().find(|member| member.account_id == account) else {
                    return Err(Error::Invalid("a step can name only members, groups and roles of the workspace"));
                };
                if !may(account) && !lacking.contains(&member.name) {
                    lacking.push(member.name.clone());
                }
                if !people.contains(&account) {
                    people.push(account);
                }
            }
        }
        if people.is_empty() {
            return Err(Error::Invalid("one of the steps has no people"));
        }
        let seats = people.into_iter().map(|account| Seat { account, approved: false }).collect();
        let name = requested.name.trim().to_owned();
        steps.push(Step { name, rule: requested.rule, seats, within_days: requested.within_days, due_at: None });
    }
    if lacking.is_empty() { Ok(steps) } else { Err(Error::MayNotApprove(lacking.join(", "))) }
}

#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Approve,
    Reject,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct VerdictWish {
    #[schema(inline)]
    verdict: Verdict,
    note: Option<String>,
    /// The revision that the caller has read. If the request has been moved to another revision, the verdict is refused
    /// with the code `approval-moved`. Absent to decide on the revision that the request is about now.
    revision_id: Option<RevisionId>,
}

const NOT_ASKED: Error = Error::Conflict("you are not an approver of the current step");

async fn carry_out(app: &App, request: &DocumentRequest, approval: Approval, to: Move) -> Result<Json<ApprovalView>> {
    if !approvals::advance(&app.db, &request.actor, request.id(), &approval, to).await? {
        return Err(lost(app, request, &approval).await?);
    }
    Ok(Json(one(app, request, approval.approval_id).await?))
}

/// Approves or rejects the current step of an approval. The caller must be asked in that step, and must still be
/// allowed to approve the document (`may_approve` of `GET /documents/{id}/access`).
#[utoipa::path(post, path = "/documents/{id}/approvals/{approval}/decide", tag = "approvals", params(("id" = Uuid, Path, description = "The document"), ("approval" = Uuid, Path, description = "The approval")), request_body = VerdictWish, responses((status = 200, body = ApprovalView)))]
async fn decide(
    Shared(app): Shared<App>,
    caller: Caller,
    At((id, approval)): At<(DocumentId, ApprovalId)>,
    Body(input): Body<VerdictWish>,
) -> Result<Json<ApprovalView>> {
    let account = caller.member.account_id;
    let request = DocumentRequest::of_approver(&app, caller, id).await?;
    let note = checked_note(input.note)?;
    let (approval, mut steps, on) = pending(&app, &request, approval).await?;
    if input.revision_id.is_some_and(|seen| seen != approval.revision_id) {
        return Err(Error::ApprovalMoved);
    }
    if !is_asked(&steps, on, account) {
        return Err(NOT_ASKED);
    }
    let (act, state, step, status) = match input.verdict {
        Verdict::Reject => (ApprovalMove::Reject, ApprovalState::Rejected, on, Some(Status::Draft)),
        Verdict::Approve => match approve(&mut steps, on, account, Utc::now()).ok_or(NOT_ASKED)? {
            Next::Waits => (ApprovalMove::Approve, ApprovalState::Pending, on, None),
            Next::Step(next) => (ApprovalMove::Approve, ApprovalState::Pending, next, None),
            Next::Approved => (ApprovalMove::Approve, ApprovalState::Approved, on, Some(Status::Approved)),
        },
    };
    let begun = steps.get(step).filter(|_| step > on);
    let asked = begun.map(Step::asked).unwrap_or_default();
    let current_due_at = earlier(approval.due_at, steps.get(step).and_then(|step| step.due_at));
    let reminder = match begun {
        Some(_) => reminders::of_step(request.actor.workspace, id, approval.approval_id, step, current_due_at)?,
        None => None,
    };
    let notified = if status.is_some() { vec![approval.requested_by] } else { Vec::new() };
    let steps = written(&steps)?;
    let (to, step) = (None, step as i64);
    let to = Move { act, account, to, note, state, step, steps, current_due_at, status, asked, reminder, notified };
    carry_out(&app, &request, approval, to).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Delegation {
    /// A member who may approve the document and is not asked in the step yet.
    to: AccountId,
    note: Option<String>,
}

/// Delegates the caller's place in the current step to another member.
#[utoipa::path(post, path = "/documents/{id}/approvals/{approval}/delegate", tag = "approvals", params(("id" = Uuid, Path, description = "The document"), ("approval" = Uuid, Path, description = "The approval")), request_body = Delegation, responses((status = 200, body = ApprovalView)))]
async fn hand_over(
    Shared(app): Shared<App>,
    caller: Caller,
    At((id, approval)): At<(DocumentId, ApprovalId)>,
    Body(input): Body<Delegation>,
) -> Result<Json<ApprovalView>> {
    let account = caller.member.account_id;
    let holders = holders(&app, &caller, id).await?;
    let request = DocumentRequest::of_approver(&app, caller, id).await?;
    let note = checked_note(input.note)?;
    let (approval, mut steps, on) = pending(&app, &request, approval).await?;
    if !is_asked(&steps, on, account) {
        return Err(NOT_ASKED);
    }
    match holders.iter().find(|one| one.member.account_id == input.to) {
        None => return Err(Error::Invalid("delegate to a member who can see the document")),
        Some(one) if !one.may_approve => return Err(Error::MayNotApprove(one.member.name.clone())),
        Some(_) => {}
    }
    delegate(&mut steps, on, account, input.to)
        .ok_or(Error::Conflict("this member is already an approver of the step"))?;
    let (step, steps, current_due_at) = (on as i64, written(&steps)?, approval.current_due_at);
    let (act, state, asked) = (ApprovalMove::Delegate, ApprovalState::Pending, vec![input.to]);
    let (to, status, reminder, notified) = (Some(input.to), None, None, Vec::new());
    let to = Move { act, account, to, note, state, step, steps, current_due_at, status, asked, reminder, notified };
    carry_out(&app, &request, approval, to).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    note: Option<String>,
}

/// Withdraws a request for approval and returns the document to draft. Only the requester, or a member with the admin
/// right to the document, can do this.
#[utoipa::path(post, path = "/documents/{id}/approvals/{approval}/withdraw", tag = "approvals", params(("id" = Uuid, Path, description = "The document"), ("approval" = Uuid, Path, description = "The approval")), request_body = Withdrawal, responses((status = 200, body = ApprovalView)))]
async fn withdraw(
    Shared(app): Shared<App>,
    caller: Caller,
    At((id, approval)): At<(DocumentId, ApprovalId)>,
    Body(input): Body<Withdrawal>,
) -> Result<Json<ApprovalView>> {
    let account = caller.member.account_id;
    let request = DocumentRequest::of_member(&app, caller, id, Right::Edit).await?;
    let note = checked_note(input.note)?;
    let (approval, steps, on) = pending(&app, &request, approval).await?;
    may_manage(&approval, account, &request)?;
    let notified = steps.get(on).map(Step::asked).unwrap_or_default();
    let (act, state, steps) = (ApprovalMove::Withdraw, ApprovalState::Withdrawn, written(&steps)?);
    let (status, asked, reminder) = (Some(Status::Draft), Vec::new(), None);
    let (to, step, current_due_at) = (None, on as i64, approval.current_due_at);
    let to = Move { act, account, to, note, state, step, steps, current_due_at, status, asked, reminder, notified };
    carry_out(&app, &request, approval, to).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusWish {
    /// The new status: `published` from approved; `draft` from approved, published or archived; `archived` from any
    /// status except review.
    status: NextStatus,
}

/// Changes a document's status. Only approvals lead to `review` and `approved`.
#[utoipa::path(post, path = "/documents/{id}/status", tag = "approvals", params(("id" = Uuid, Path, description = "The document")), request_body = StatusWish, responses((status = 204)))]
async fn set_status(
    Shared(app): Shared<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(input): Body<StatusWish>,
) -> Result<StatusCode> {
    let access = app.access(&caller, id).await?;
    let Transition { needed, from, to } = input.status.transition(&access.document.status);
    let request = DocumentRequest::of_member(&app, caller, id, needed).await?;
    if !approvals::set_status(&app.db, &request.actor, id, from, to).await? {
        return Err(Error::Conflict("this status cannot follow the current status"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the most recently approved state as a Yjs v1 update. The ETag is its SHA-256.
#[utoipa::path(
    get, path = "/documents/{id}/approved", tag = "approvals", params(("id" = Uuid, Path, description = "The document")),
    responses((status = 200, content_type = "application/octet-stream", body = inline(Binary), headers(("ETag" = String)))),
)]
async fn approved(Shared(app): Shared<App>, visitor: Visitor, At(id): At<DocumentId>) -> Result<Response> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    request.may_read_text(&app).await?;
    let approvals = approvals::of_document(&app.db, request.actor.workspace, id).await?;
    let last = approvals.into_iter().find(|one| one.state == ApprovalState::Approved);
    let last = last.ok_or(Error::NotFound("approval: no state of this document was approved"))?;
    let found = revisions::list(&app.db, request.actor.workspace, id, Some(last.revision_id), None, 1).await?.pop();
    let state = state_of(&app, &request, &found.ok_or(Error::NotFound("revision"))?).await?;
    let etag = HeaderValue::from_str(&format!("\"{}\"", hex(&last.sha256)));
    let etag = etag.map_err(|error| Error::Internal(error.to_string()))?;
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind), (header::ETAG, etag)], state).into_response())
}
