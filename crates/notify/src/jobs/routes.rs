//! The job queue, as the operator sees it: jobs that are waiting, and jobs that failed too often.

use crate::{jobs::rows, jobs::rows::Job};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use serde::Deserialize;
use vocabulary::JobId;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(list)))
        .routes(needs(PEOPLE.while_read_only(), routes!(retry)))
        .routes(needs(PEOPLE.while_read_only(), routes!(remove)))
}

const PAGE: i64 = 200;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Whether to list the jobs that failed too often instead of the waiting ones.
    #[serde(default)]
    dead: bool,
}

/// Lists the oldest 200 jobs that are waiting, or that failed too often. Requires ownership of the first workspace.
#[utoipa::path(get, path = "/jobs", tag = "operation", params(Which), responses((status = 200, body = [Job])))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    QueryParams(which): QueryParams<Which>,
) -> Result<Json<Vec<Job>>> {
    caller.operator(&app).await?;
    Ok(Json(rows::list(&app.db, which.dead, PAGE).await?))
}

/// Retries a job that failed too often, or runs a waiting job at once. Requires ownership of the first workspace.
#[utoipa::path(post, path = "/jobs/{job}/retry", tag = "operation", params(("job" = Uuid, Path, description = "The job")), responses((status = 202)))]
async fn retry(State(app): State<App>, caller: Caller, At(job): At<JobId>) -> Result<StatusCode> {
    let caller = caller.operator(&app).await?;
    if !rows::revive(&app.db, &caller.actor, job).await.map_err(waits_already)? {
        return Err(Error::NotFound("work"));
    }
    Ok(StatusCode::ACCEPTED)
}

fn waits_already(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(cause) if cause.is_unique_violation() => {
            Error::Conflict("the same job is queued already")
        }
        other => other.into(),
    }
}

/// Removes a job that failed too often. Requires ownership of the first workspace.
#[utoipa::path(delete, path = "/jobs/{job}", tag = "operation", params(("job" = Uuid, Path, description = "The job")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(job): At<JobId>) -> Result<StatusCode> {
    let caller = caller.operator(&app).await?;
    if !rows::remove(&app.db, &caller.actor, job).await? {
        return Err(Error::NotFound("work that failed"));
    }
    Ok(StatusCode::NO_CONTENT)
}
