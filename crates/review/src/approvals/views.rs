//! Approvals as people read them: the steps, the actions taken, and the changes since.

use crate::revisions::rows as revisions;
use crate::{
    approvals::rows::Approval, approvals::rows::ApprovalAct, approvals::steps::Rule, approvals::steps::Seat,
    approvals::steps::Step, revisions::State, revisions::kept, revisions::routes::hex,
};
use database::members;
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use vocabulary::{AccountId, ApprovalId, ApprovalMove, ApprovalState, RevisionId, Stored};

use crate::approvals::steps as approvals;
use access::{App, DocumentRequest, worked_out};
use endpoint::{Error, Result};

#[derive(Serialize, utoipa::ToSchema)]
struct SeatView {
    id: AccountId,
    name: String,
    approved: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct StepView {
    name: String,
    #[schema(inline)]
    rule: Rule,
    people: Vec<SeatView>,
    /// The state of the step: `done`, `on` (the current step) or `waiting`.
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ActView {
    step: i64,
    /// The action: `approve`, `reject`, `delegate`, `withdraw`, or `move` to a newer revision.
    #[schema(value_type = String)]
    act: Stored<ApprovalMove>,
    by: AccountId,
    by_name: String,
    /// The name of the delegate; set only for `delegate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    to_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    at: DateTime<Utc>,
    /// The revision that the action is about; for `move`, the revision before the move.
    revision_id: RevisionId,
    /// When the request was moved to a newer revision; from then on, this action no longer counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    voided_at: Option<DateTime<Utc>>,
}

/// A revision that the request was about before it was moved.
#[derive(Serialize, utoipa::ToSchema)]
struct EarlierVersion {
    revision_id: RevisionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_created_at: Option<DateTime<Utc>>,
    sha256: String,
    /// When the request was moved to a newer revision.
    moved_at: DateTime<Utc>,
}

/// The changes to the text since a revision. Both numbers are 0 when only formatting or structure has changed.
#[derive(Serialize, utoipa::ToSchema)]
struct Since {
    words_added: usize,
    words_removed: usize,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct ApprovalView {
    pub approval_id: ApprovalId,
    name: String,
    /// The state of the approval: `pending`, `approved`, `rejected` or `withdrawn`.
    #[schema(value_type = String)]
    state: Stored<ApprovalState>,
    steps: Vec<StepView>,
    /// The revision to decide on, which is the approved text after an approval; `sha256` is the hash of its state.
    revision_id: RevisionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision_name: Option<String>,
    revision_created_at: DateTime<Utc>,
    sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    requested_by: AccountId,
    requested_by_name: String,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    /// The time by which the decision is wanted; a step can be due earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<DateTime<Utc>>,
    /// The time by which the current step should be decided: the earlier of `due_at` and the step's due time. Set only
    /// while the approval is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    current_due_at: Option<DateTime<Utc>>,
    /// Whether `current_due_at` has passed.
    is_overdue: bool,
    acts: Vec<ActView>,
    /// The revisions that the request was about before it was moved, oldest first.
    earlier_versions: Vec<EarlierVersion>,
    /// The changes to the text since `revision_id`; set only for the newest approval, while it is pending or if it was
    /// approved, and only if the text has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_since: Option<Since>,
    /// The number of open suggestions to the document, none of which is part of the revision; set only while the
    /// approval is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    open_suggestions: Option<i64>,
}

/// # Errors
/// When the stored steps are damaged.
pub fn parse(approval: &Approval) -> Result<Vec<Step>> {
    approvals::steps_of(approval).map_err(|error| Error::Internal(error.to_string()))
}

/// # Errors
/// When the steps cannot be serialized, which is a bug.
pub fn written(steps: &[Step]) -> Result<String> {
    serde_json::to_string(steps).map_err(|error| Error::Internal(error.to_string()))
}

fn view(approval: Approval, acts: Vec<ApprovalAct>, names: &HashMap<AccountId, String>) -> Result<ApprovalView> {
    let on = usize::try_from(approval.step).unwrap_or_default();
    let name = |account: &AccountId| names.get(account).cloned().unwrap_or_default();
    let step = |(index, step): (usize, Step)| StepView {
        people: step
            .seats
            .iter()
            .map(|Seat { account, approved }| SeatView { id: *account, name: name(account), approved: *approved })
            .collect(),
        name: step.name,
        rule: step.rule,
        state: match index.cmp(&on) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal if approval.state == ApprovalState::Pending => "on",
            std::cmp::Ordering::Equal if approval.state == ApprovalState::Approved => "done",
            _ => "waiting",
        },
        due_at: step.due_at,
    };
    let act = |act: ApprovalAct| ActView {
        step: act.step,
        act: act.act,
        by: act.account_id,
        by_name: act.account_name,
        to_name: act.to_name,
        note: act.note,
        at: act.created_at,
        revision_id: act.revision_id,
        voided_at: act.voided_at,
    };
    let earlier = |act: &ApprovalAct| EarlierVersion {
        revision_id: act.revision_id,
        revision_name: act.revision_name.clone(),
        revision_created_at: act.revision_created_at,
        sha256: hex(act.revision_sha256.as_deref().unwrap_or_default()),
        moved_at: act.created_at,
    };
    let steps = parse(&approval)?;
    // A request that an earlier version of the server stored has no `current_due_at`.
    let current_due_at = approval.current_due_at.or_else(|| steps.get(on).and_then(|step| step.due_at));
    let current_due_at = current_due_at.filter(|_| approval.state == ApprovalState::Pending);
    Ok(ApprovalView {
        steps: steps.into_iter().enumerate().map(step).collect(),
        approval_id: approval.approval_id,
        name: approval.name,
        state: approval.state,
        revision_id: approval.revision_id,
        revision_name: approval.revision_name,
        revision_created_at: approval.revision_created_at,
        sha256: hex(&approval.sha256),
        note: approval.note,
        requested_by: approval.requested_by,
        requested_by_name: approval.requested_by_name,
        created_at: approval.created_at,
        decided_at: approval.decided_at,
        due_at: approval.due_at,
        current_due_at,
        is_overdue: current_due_at.is_some_and(|due| due <= Utc::now()),
        earlier_versions: acts.iter().filter(|act| act.act == ApprovalMove::Move).map(earlier).collect(),
        acts: acts.into_iter().map(act).collect(),
        changed_since: None,
        open_suggestions: None,
    })
}

/// Lists a document's approvals, newest first.
///
/// # Errors
/// When a store does not answer.
pub async fn views(app: &App, request: &DocumentRequest) -> Result<Vec<ApprovalView>> {
    let (workspace, document) = (request.actor.workspace, request.id());
    let members =
        members::list(&app.db, workspace).await?.into_iter().chain(members::disabled(&app.db, workspace).await?);
    let names: HashMap<AccountId, String> = members.map(|member| (member.account_id, member.name)).collect();
    let mut acts: HashMap<ApprovalId, Vec<ApprovalAct>> = HashMap::new();
    for act in crate::approvals::rows::acts(&app.db, workspace, document).await? {
        acts.entry(act.approval_id).or_default().push(act);
    }
    let approvals = crate::approvals::rows::of_document(&app.db, workspace, document).await?;
    let is_asked_for = |one: &&Approval| one.state == ApprovalState::Pending || one.state == ApprovalState::Approved;
    let newest = approvals.first().filter(is_asked_for).map(|newest| newest.revision_id);
    let mut views: Vec<ApprovalView> = approvals
        .into_iter()
        .map(|approval| {
            let done = acts.remove(&approval.approval_id).unwrap_or_default();
            view(approval, done, &names)
        })
        .collect::<Result<_>>()?;
    let open = crate::suggestions::rows::open_of(&app.db, document).await?;
    for view in views.iter_mut().filter(|view| view.state == ApprovalState::Pending) {
        view.open_suggestions = Some(open);
    }
    if let (Some(revision), Some(first)) = (newest, views.first_mut()) {
        first.changed_since = since(app, request, revision).await?;
    }
    Ok(views)
}

async fn since(app: &App, request: &DocumentRequest, revision: RevisionId) -> Result<Option<Since>> {
    let found = revisions::list(&app.db, request.actor.workspace, request.id(), Some(revision), None, 1).await?.pop();
    let Some(found) = found else { return Ok(None) };
    let turn = app.work_of(&request.actor).await?;
    let now = State::now(&request.internal_text(app).await?).await?;
    if now.seq as i64 == found.seq {
        return Ok(None);
    }
    let then = kept(app, request.id(), &found);
    let compared = worked_out(turn, then.encoded_bytes(), move || Ok(then.prose()?.compare(&now.prose)));
    let comparison = compared.await?;
    let (words_added, words_removed) = (comparison.words_added, comparison.words_removed);
    Ok((!comparison.is_empty()).then_some(Since { words_added, words_removed }))
}
