//! The rows of workflows and approvals: requests about a state of a document, the actions taken, and the resulting
//! status.

use chrono::{DateTime, Utc};
use database::sort_key::sort_by_name;
use uuid::Uuid;

use database::{Actor, Db, NewJob, NewNotification, Tx};
use vocabulary::{
    AccountId, ApprovalId, ApprovalMove, ApprovalState, DocumentId, Event, NotificationKind, RevisionId, Status,
    Stored, WorkflowId, WorkspaceId,
};

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Workflow {
    pub workflow_id: WorkflowId,
    pub name: String,
    /// The kind of document that the workflow is for; empty for any kind.
    pub kind: String,
    /// JSON.
    pub steps: String,
}

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Approval {
    pub approval_id: ApprovalId,
    pub name: String,
    /// JSON, with the people who may decide.
    pub steps: String,
    /// The index of the current step, from 0.
    pub step: i64,
    pub revision_id: RevisionId,
    pub revision_name: Option<String>,
    pub revision_created_at: DateTime<Utc>,
    pub sha256: Vec<u8>,
    pub state: Stored<ApprovalState>,
    pub note: Option<String>,
    pub requested_by: AccountId,
    pub requested_by_name: String,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    /// The time by which the whole decision is wanted.
    pub due_at: Option<DateTime<Utc>>,
    /// The time by which the current step should be decided.
    pub current_due_at: Option<DateTime<Utc>>,
    /// When the people of the current step were notified that it is due soon; `overdue_told_at`: that it is overdue.
    pub due_told_at: Option<DateTime<Utc>>,
    pub overdue_told_at: Option<DateTime<Utc>>,
}

/// An action taken on an approval.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct ApprovalAct {
    pub approval_id: ApprovalId,
    pub step: i64,
    pub act: Stored<ApprovalMove>,
    pub account_id: AccountId,
    pub account_name: String,
    pub to_id: Option<AccountId>,
    pub to_name: Option<String>,
    pub note: Option<String>,
    pub created_at: DateTime<Utc>,
    /// The revision that the action is about; for a move, the revision before the move.
    pub revision_id: RevisionId,
    pub revision_name: Option<String>,
    pub revision_created_at: Option<DateTime<Utc>>,
    pub revision_sha256: Option<Vec<u8>>,
    /// When the request was moved to a newer revision, so that this action no longer counts.
    pub voided_at: Option<DateTime<Utc>>,
}

pub struct NewApproval {
    pub approval_id: ApprovalId,
    pub document: DocumentId,
    pub name: String,
    pub steps: String,
    pub revision: RevisionId,
    pub sha256: Vec<u8>,
    pub note: Option<String>,
    pub requested_by: AccountId,
    pub due_at: Option<DateTime<Utc>>,
    /// The time by which the first step should be decided.
    pub current_due_at: Option<DateTime<Utc>>,
    /// The people asked in the first step.
    pub asked: Vec<AccountId>,
    /// The job that reminds the people in `asked`.
    pub reminder: Option<NewJob>,
}

/// One move of a pending approval.
pub struct Move {
    pub act: ApprovalMove,
    pub account: AccountId,
    pub to: Option<AccountId>,
    pub note: Option<String>,
    /// The resulting state.
    pub state: ApprovalState,
    pub step: i64,
    pub steps: String,
    /// The time by which the step that is current after the move should be decided.
    pub current_due_at: Option<DateTime<Utc>>,
    /// The new status of the document, if it changes.
    pub status: Option<Status>,
    /// The people who are asked now.
    pub asked: Vec<AccountId>,
    /// The job that reminds the people in `asked`, when a step begins.
    pub reminder: Option<NewJob>,
    /// The people to notify of the decision.
    pub notified: Vec<AccountId>,
}

pub async fn workflows(db: &Db, workspace: WorkspaceId) -> sqlx::Result<Vec<Workflow>> {
    let rows: Vec<Workflow> = db
        .query("select workflow_id, name, kind, steps from workflow where workspace_id = $1 order by name, workflow_id")
        .bind(workspace)
        .all()
        .await?;
    Ok(sort_by_name(rows, |row| &row.name))
}

/// # Errors
/// A unique violation when a workflow of this name exists.
pub async fn add_workflow(db: &Db, by: &Actor, name: &str, kind: &str, steps: String) -> sqlx::Result<WorkflowId> {
    let (mut tx, workflow) = (db.begin().await?, WorkflowId::new());
    tx.query(
        "insert into workflow (workflow_id, workspace_id, name, kind, steps, created_at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(workflow)
    .bind(by.workspace)
    .bind(name.to_owned())
    .bind(kind.to_owned())
    .bind(steps)
    .bind(Utc::now())
    .execute()
    .await?;
    tx.emit(by, Event::WorkflowCreated { workflow }).await?;
    tx.commit().await?;
    Ok(workflow)
}

/// Removes a workflow; `false` when there is none. Approvals that were requested with it continue.
pub async fn remove_workflow(db: &Db, by: &Actor, workflow: WorkflowId) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let removed = tx
        .query("delete from workflow where workspace_id = $1 and workflow_id = $2")
        .bind(by.workspace)
        .bind(workflow)
        .execute()
        .await?;
    if removed > 0 {
        tx.emit(by, Event::WorkflowRemoved { workflow }).await?;
    }
    tx.commit().await?;
    Ok(removed > 0)
}

/// Lists a document's approvals, newest first.
pub async fn of_document(db: &Db, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Vec<Approval>> {
    db.query(
        "select approval_id, approval.name as name, steps, step, approval.revision_id as revision_id,
                revision.name as revision_name, revision.created_at as revision_created_at,
                approval.sha256 as sha256, state, note, requested_by,
                coalesce(account.name, '') as requested_by_name, version, approval.created_at as created_at,
                decided_at, due_at, current_due_at, due_told_at, overdue_told_at
           from approval join revision on revision.revision_id = approval.revision_id
                left join account on account_id = requested_by
          where approval.workspace_id = $1 and approval.document_id = $2 order by approval_id desc",
    )
    .bind(workspace)
    .bind(document)
    .all()
    .await
}

/// Lists the actions taken on all approvals of a document, oldest first.
pub async fn acts(db: &Db, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<Vec<ApprovalAct>> {
    db.query(
        "select approval_act.approval_id, approval_act.step as step, act, approval_act.account_id as account_id,
                coalesce(doer.name, '') as account_name, to_id, delegate.name as to_name,
                approval_act.note as note, approval_act.created_at as created_at, voided_at,
                coalesce(approval_act.revision_id, approval.revision_id) as revision_id, revision.name as revision_name,
                revision.created_at as revision_created_at, revision.sha256 as revision_sha256
           from approval_act join approval on approval.approval_id = approval_act.approval_id
                left join revision
                  on revision.revision_id = coalesce(approval_act.revision_id, approval.revision_id)
                left join account as doer on doer.account_id = approval_act.account_id
                left join account as delegate on delegate.account_id = to_id
          where approval.workspace_id = $1 and approval.document_id = $2 order by act_id",
    )
    .bind(workspace)
    .bind(document)
    .all()
    .await
}

/// The people who approved a revision, and when the last of them did so; `None` if the revision is not approved.
pub async fn approved(
    db: &Db,
    workspace: WorkspaceId,
    document: DocumentId,
    revision: RevisionId,
) -> sqlx::Result<Option<(Vec<String>, DateTime<Utc>)>> {
    let all = of_document(db, workspace, document).await?;
    let is_it = |one: &&Approval| one.revision_id == revision && one.state.known() == Some(ApprovalState::Approved);
    let Some((approval, at)) = all.iter().find(is_it).and_then(|one| Some((one.approval_id, one.decided_at?))) else {
        return Ok(None);
    };
    let mut names: Vec<String> = Vec::new();
    for act in acts(db, workspace, document).await? {
        let counts = act.approval_id == approval && act.act.known() == Some(ApprovalMove::Approve);
        if counts && act.voided_at.is_none() && !names.contains(&act.account_name) {
            names.push(act.account_name);
        }
    }
    Ok(Some((names, at)))
}

/// Whether a revision must stay, because an approval was or is about it.
pub async fn is_decided_about(db: &Db, revision: RevisionId) -> sqlx::Result<bool> {
    let (count,): (i64,) = db
        .query(
            "select (select count(*) from approval where revision_id = $1)
                  + (select count(*) from approval_act where revision_id = $1)",
        )
        .bind(revision)
        .one()
        .await?;
    Ok(count > 0)
}

/// Adds a request for approval and moves the document into review. `false` when the document is not a draft.
pub async fn add(db: &Db, by: &Actor, new: NewApproval) -> sqlx::Result<bool> {
    let (mut tx, approval) = (db.begin().await?, new.approval_id);
    if !move_status(&mut tx, by.workspace, new.document, &[Status::Draft], Status::Review).await? {
        return Ok(false);
    }
    tx.query(
        "insert into approval (approval_id, workspace_id, document_id, name, steps, step, revision_id, sha256, state,
                               note, requested_by, version, created_at, due_at, current_due_at)
         values ($1, $2, $3, $4, $5, 0, $6, $7, 'pending', $8, $9, 1, $10, $11, $12)",
    )
    .bind(approval)
    .bind(by.workspace)
    .bind(new.document)
    .bind(new.name)
    .bind(new.steps)
    .bind(new.revision)
    .bind(new.sha256)
    .bind(new.note)
    .bind(new.requested_by)
    .bind(Utc::now())
    .bind(new.due_at)
    .bind(new.current_due_at)
    .execute()
    .await?;
    tx.notify(by, &new.asked, asking(new.document)).await?;
    if let Some(reminder) = new.reminder {
        tx.enqueue(reminder).await?;
    }
    let (document, revision) = (new.document, new.revision);
    tx.emit(by, Event::ApprovalRequested { document, approval, revision }).await?;
    tx.commit().await?;
    Ok(true)
}

/// Applies a move to a pending approval; `false` when another move came first.
pub async fn advance(db: &Db, by: &Actor, document: DocumentId, approval: &Approval, to: Move) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let decided = to.state != ApprovalState::Pending;
    let moved = tx
        .query(
            "update approval set state = $4, step = $5, steps = $6, decided_at = $7, version = version + 1,
                    current_due_at = $8, due_told_at = case when step = $5 then due_told_at end,
                    overdue_told_at = case when step = $5 then overdue_told_at end
              where workspace_id = $1 and approval_id = $2 and version = $3 and state = 'pending'",
        )
        .bind(by.workspace)
        .bind(approval.approval_id)
        .bind(approval.version)
        .bind(to.state)
        .bind(to.step)
        .bind(to.steps)
        .bind(decided.then(Utc::now))
        .bind(to.current_due_at)
        .execute()
        .await?;
    if moved == 0 {
        return Ok(false);
    }
    note_act(&mut tx, approval, to.act, to.account, to.to, to.note).await?;
    if let Some(status) = to.status {
        move_status(&mut tx, by.workspace, document, &[Status::Review], status).await?;
    }
    tx.notify(by, &to.asked, asking(document)).await?;
    if let Some(reminder) = to.reminder {
        tx.enqueue(reminder).await?;
    }
    let notification = NewNotification {
        kind: NotificationKind::ApprovalDecided,
        must_do: false,
        document,
        thread: None,
        comment: None,
    };
    tx.notify(by, &to.notified, notification).await?;
    let (act, state) = (to.act, to.state);
    tx.emit(by, Event::ApprovalMoved { document, approval: approval.approval_id, step: approval.step, act, state })
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Records an action about the revision that the approval is about.
pub(super) async fn note_act(
    tx: &mut Tx,
    approval: &Approval,
    act: ApprovalMove,
    account: AccountId,
    to: Option<AccountId>,
    note: Option<String>,
) -> sqlx::Result<()> {
    tx.query(
        "insert into approval_act (act_id, approval_id, step, act, account_id, to_id, note, created_at, revision_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(Uuid::now_v7())
    .bind(approval.approval_id)
    .bind(approval.step)
    .bind(act)
    .bind(account)
    .bind(to)
    .bind(note)
    .bind(Utc::now())
    .bind(approval.revision_id)
    .execute()
    .await
    .map(drop)
}

/// Changes a document's status if its current status is one of `from`; `false` otherwise.
pub async fn set_status(db: &Db, by: &Actor, document: DocumentId, from: &[Status], to: Status) -> sqlx::Result<bool> {
    let mut tx = db.begin().await?;
    let moved = move_status(&mut tx, by.workspace, document, from, to).await?;
    if moved {
        tx.emit(by, Event::StatusSet { document, status: to }).await?;
    }
    tx.commit().await?;
    Ok(moved)
}

pub(super) fn asking(document: DocumentId) -> NewNotification {
    NewNotification { kind: NotificationKind::ApprovalRequested, must_do: true, document, thread: None, comment: None }
}

/// Notifies the requester and the approvers once that the text has changed since the approval.
pub(crate) async fn notify_of_change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    sha256: &[u8],
    authors: &[Uuid],
) -> sqlx::Result<()> {
    let changed: Option<(ApprovalId,)> = tx
        .query(
            "update approval set change_told_at = $4
              where document_id = $1 and change_told_at is null and state = 'approved' and sha256 <> $3
                and not exists (select 1 from approval newer
                                 where newer.document_id = $1 and newer.approval_id > approval.approval_id)
                and document_id in (select document_id from document
                                     where workspace_id = $2 and status in ('approved', 'published'))
             returning approval_id",
        )
        .bind(document)
        .bind(workspace)
        .bind(sha256.to_vec())
        .bind(Utc::now())
        .optional()
        .await?;
    let Some((approval,)) = changed else { return Ok(()) };
    let concerned: Vec<(AccountId,)> = tx
        .query(
            "select requested_by as account_id from approval where approval_id = $1
             union select account_id from approval_act
                    where approval_id = $1 and act = 'approve' and voided_at is null",
        )
        .bind(approval)
        .all()
        .await?;
    let concerned: Vec<AccountId> =
        concerned.into_iter().map(|(account,)| account).filter(|account| !authors.contains(&account.0)).collect();
    let by = match authors {
        [one] => Actor { id: Some(*one), ..Actor::system(workspace) },
        _ => Actor::system(workspace),
    };
    let notification = NewNotification {
        kind: NotificationKind::ApprovalChanged,
        must_do: false,
        document,
        thread: None,
        comment: None,
    };
    tx.notify(&by, &concerned, notification).await
}

/// The only place where a status changes.
async fn move_status(
    tx: &mut Tx,
    workspace: WorkspaceId,
    document: DocumentId,
    from: &[Status],
    to: Status,
) -> sqlx::Result<bool> {
    for from in from {
        let moved = tx
            .query(
                "update document set status = $4, updated_at = $5, version = version + 1,
                        published_revision_id = case when $4 = 'published' then (
                            select revision_id from approval
                             where approval.document_id = document.document_id and state = 'approved'
                               and decided_at is not null
                             order by approval_id desc limit 1) else published_revision_id end
                  where workspace_id = $1 and document_id = $2 and status = $3",
            )
            .bind(workspace)
            .bind(document)
            .bind(*from)
            .bind(to)
            .bind(Utc::now())
            .execute()
            .await?;
        if moved > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
