//! Workflows: named sequences of approval steps for people to choose from. Admins create them.

use crate::approvals::rows as approvals;
use crate::{approvals::rows::Workflow, approvals::steps::Rule};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use serde::{Deserialize, Serialize};
use vocabulary::{AccountId, GroupId, Role, WorkflowId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::Body};
use library::documents::KINDS;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PEOPLE, routes!(list, create))).routes(needs(PEOPLE, routes!(remove)))
}

/// Most workflows of a workspace. All of them are read whenever a person chooses one.
const MOST: usize = 100;
const MAX_STEPS: usize = 20;
const MAX_PEOPLE: usize = 50;

/// The people who decide in a step.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum People {
    Account {
        id: AccountId,
    },
    /// Every member of the group.
    Group {
        id: GroupId,
    },
    /// Every member who has the role and may approve the document.
    Role {
        role: Role,
    },
}

/// One step, as a client defines it.
#[derive(Clone, Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepWish {
    /// The name of the step, such as "Legal".
    pub name: String,
    #[serde(default)]
    #[schema(inline)]
    pub rule: Rule,
    pub people: Vec<People>,
    /// The number of days within which the step should be decided, counted from its beginning.
    pub within_days: Option<u32>,
}

/// # Errors
/// [`Error::Invalid`].
pub fn check_steps(steps: &[StepWish]) -> Result<()> {
    if !(1..=MAX_STEPS).contains(&steps.len()) {
        return Err(Error::Invalid("there are 1 to 20 steps"));
    }
    for step in steps {
        let named = (1..=100).contains(&step.name.trim().chars().count()) && !step.name.chars().any(char::is_control);
        if !named || !(1..=MAX_PEOPLE).contains(&step.people.len()) {
            return Err(Error::Invalid(
                "a step has a name of 1 to 100 characters, and 1 to 50 people, groups or roles",
            ));
        }
        if step.within_days.is_some_and(|days| !(1..=365).contains(&days)) {
            return Err(Error::Invalid("a step takes 1 to 365 days"));
        }
    }
    Ok(())
}

#[derive(Serialize, utoipa::ToSchema)]
struct WorkflowView {
    workflow_id: WorkflowId,
    name: String,
    /// The kind of document that the workflow is for; empty for any kind.
    document_kind: String,
    steps: Vec<StepWish>,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct WorkflowWish {
    name: String,
    #[serde(default)]
    document_kind: String,
    steps: Vec<StepWish>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct NewWorkflow {
    workflow_id: WorkflowId,
}

/// # Errors
/// When the stored steps are damaged.
pub fn steps_of(workflow: &Workflow) -> Result<Vec<StepWish>> {
    serde_json::from_str(&workflow.steps).map_err(|error| Error::Internal(error.to_string()))
}

/// Lists the workspace's workflows by name.
#[utoipa::path(get, path = "/workflows", tag = "approvals", responses((status = 200, body = [WorkflowView])))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<WorkflowView>>> {
    let view = |workflow: Workflow| {
        let steps = steps_of(&workflow)?;
        let Workflow { workflow_id, name, kind: document_kind, .. } = workflow;
        Ok(WorkflowView { workflow_id, name, document_kind, steps })
    };
    approvals::workflows(&app.db, caller.workspace).await?.into_iter().map(view).collect::<Result<_>>().map(Json)
}

/// Creates a workflow. Requires admin.
#[utoipa::path(post, path = "/workflows", tag = "approvals", request_body = WorkflowWish, responses((status = 201, body = NewWorkflow)))]
async fn create(
    State(app): State<App>,
    caller: Caller,
    Body(input): Body<WorkflowWish>,
) -> Result<(StatusCode, Json<NewWorkflow>)> {
    let caller = caller.admin()?;
    let name = input.name.trim();
    if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(Error::Invalid("a workflow's name has 1 to 100 characters"));
    }
    if !input.document_kind.is_empty() && !KINDS.contains(&input.document_kind.as_str()) {
        return Err(Error::Invalid("document_kind must be a kind of document, or empty for any"));
    }
    check_steps(&input.steps)?;
    if approvals::workflows(&app.db, caller.workspace).await?.len() >= MOST {
        return Err(Error::Conflict("a workspace may have at most 100 workflows"));
    }
    let steps = serde_json::to_string(&input.steps).map_err(|error| Error::Internal(error.to_string()))?;
    let made =
        approvals::add_workflow(&app.db, &caller.actor, name, &input.document_kind, steps).await.map_err(taken)?;
    Ok((StatusCode::CREATED, Json(NewWorkflow { workflow_id: made })))
}

fn taken(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => {
            Error::Conflict("there is already a workflow with this name")
        }
        other => other.into(),
    }
}

/// Removes a workflow. Approvals that were requested with it continue. Requires admin.
#[utoipa::path(delete, path = "/workflows/{workflow}", tag = "approvals", params(("workflow" = Uuid, Path, description = "The workflow")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(workflow): At<WorkflowId>) -> Result<StatusCode> {
    let caller = caller.admin()?;
    match approvals::remove_workflow(&app.db, &caller.actor, workflow).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Error::NotFound("workflow")),
    }
}
