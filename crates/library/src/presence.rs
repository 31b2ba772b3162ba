//! The people who have a document open now, at every node.

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};

use access::{App, Credentials};
use endpoint::{Result, input::At, names::check_name};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(list)))
}

/// Lists the people who have the document open, each once: `id`, `name` and `color` as the server authenticated them.
/// People at other nodes appear up to a second later, and are left out while the bus is down.
#[utoipa::path(
    get, path = "/documents/{id}/presence", tag = "content",
    params(("id" = String, Path, description = "The document's id; with `--open` or a headless token its name, percent-encoded")),
    responses((status = 200, body = [Object])),
)]
async fn list(
    State(app): State<App>,
    At(name): At<String>,
    credentials: Credentials,
) -> Result<Json<Vec<serde_json::Value>>> {
    check_name(&name)?;
    let admitted = app.admit_again(&credentials, &name).await?;
    Ok(Json(app.hub.people(admitted.document).await))
}
