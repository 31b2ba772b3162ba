//! REST, one file a noun, and the OpenAPI document that is made from the handlers.

mod account;
mod content;
mod documents;
mod idempotency;
pub mod input;
mod people;
mod presence;
mod setup;
mod shares;
mod signing;
mod states;
mod version;

use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

pub use people::color_of;

use crate::app::App;
use crate::error::Problem;

/// What the document says beside the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Consilium",
        description = "Documents, people and rights. Live editing goes over WebSockets: `/collab` and `/sync/{document}`. \
                       Every error is a problem document (RFC 9457) with a stable `code`."
    ),
    security(("cookie" = []), ("bearer" = [])),
    components(schemas(Problem))
)]
struct About;

const DOCUMENT: &str = "/api/v1/openapi.json";
/// The explorer sets styles on its elements; its scripts are files of its own.
const EXPLORER_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

pub fn routes(app: &App) -> Router<App> {
    let once =
        OpenApiRouter::new().merge(documents::routes()).layer(from_fn_with_state(app.clone(), idempotency::once));
    let nouns = OpenApiRouter::new()
        .merge(setup::routes())
        .merge(signing::routes())
        .merge(account::routes())
        .merge(people::routes())
        .merge(once)
        .merge(shares::routes())
        .merge(content::routes())
        .merge(presence::routes())
        .merge(states::routes());
    let (router, described) = OpenApiRouter::with_openapi(About::openapi()).nest("/api/v1", nouns).split_for_parts();
    let described = complete(described);
    let explorer: Router<App> = SwaggerUi::new("/docs").config(Config::from(DOCUMENT)).into();
    let policy = HeaderValue::from_static(EXPLORER_POLICY);
    let policy = SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, policy);
    router.route(DOCUMENT, get(|| async move { Json(described).into_response() })).merge(explorer.layer(policy))
}

/// How one signs in, and what every route may answer beside what it says itself.
fn complete(mut described: OpenApi) -> OpenApi {
    let components = described.components.get_or_insert_default();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("consilium_access"));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let problem = Content::new(Some(utoipa::openapi::Ref::from_schema_name("Problem")));
    let problem = ResponseBuilder::new()
        .description("A problem document; its `code` is stable")
        .content("application/problem+json", problem)
        .build();
    let operations = described.paths.paths.values_mut().flat_map(|path| {
        [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch].into_iter().flatten()
    });
    for operation in operations {
        operation.responses.responses.insert("default".into(), RefOr::T(problem.clone()));
    }
    described
}
