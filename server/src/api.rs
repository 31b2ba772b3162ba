//! REST, one file a noun, and the OpenAPI document that is made from the handlers.

mod audits;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use access::{App, idempotency, needs::NeedsByRoute, resolve::resolve};
use endpoint::Problem;

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

/// The REST API, the OpenAPI document that describes it, and a page to try it on.
///
/// # Errors
/// When the document cannot be written as JSON, which is a defect.
pub fn routes(app: &App) -> serde_json::Result<Router<App>> {
    let once = from_fn_with_state(app.clone(), idempotency::once);
    let (router, mut described) = features(|made_once| made_once.layer(once)).split_for_parts();
    let needs = Arc::new(NeedsByRoute::read(&mut described));
    // As text, and shared: what it is made of takes ten times as much, and a route is copied for each of its layers.
    let described = Bytes::from(serde_json::to_vec(&complete(described))?);
    let explorer: Router<App> = SwaggerUi::new("/docs").config(Config::from(DOCUMENT)).into();
    let policy = HeaderValue::from_static(EXPLORER_POLICY);
    let policy = SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, policy);
    Ok(router
        .layer(from_fn_with_state((app.clone(), needs), resolve))
        .route(DOCUMENT, get(|| async move { ([(header::CONTENT_TYPE, "application/json")], described) }))
        .merge(explorer.layer(policy)))
}

/// The OpenAPI document.
pub fn described() -> OpenApi {
    complete(features(|made_once| made_once).into_openapi())
}

fn features(once: impl FnOnce(OpenApiRouter<App>) -> OpenApiRouter<App>) -> OpenApiRouter<App> {
    let idempotent = library::idempotent_routes().merge(review::idempotent_routes());
    let features = OpenApiRouter::new()
        .merge(people::routes())
        .merge(once(idempotent))
        .merge(library::routes())
        .merge(review::routes())
        .merge(notify::routes())
        .merge(audits::routes());
    OpenApiRouter::with_openapi(About::openapi()).nest("/api/v1", features)
}

/// How one signs in, and what every route may answer beside what it says itself.
fn complete(mut described: OpenApi) -> OpenApi {
    let components = described.components.get_or_insert_default();
    let cookie = ApiKey::Cookie(ApiKeyValue::new("consilium_access"));
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(cookie));
    components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (path, item) in &mut described.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
        ];
        for (method, operation) in operations.into_iter().filter_map(|(method, one)| Some((method, one.as_mut()?))) {
            operation.operation_id = Some(operation_id(method, path));
            for (status, meaning) in refusals_of(path, operation) {
                let said = &mut operation.responses.responses;
                components.responses.entry(format!("Problem{status}")).or_insert_with(|| RefOr::T(problem(meaning)));
                let problem = Ref::from_response_name(format!("Problem{status}"));
                said.entry(status.to_owned()).or_insert_with(|| RefOr::Ref(problem));
            }
        }
    }
    described
}

/// Names of handlers repeat; generators of clients want names that do not: `get_documents_id`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api/v1").split(['/', '-']).map(|word| word.trim_matches(['{', '}']));
    std::iter::once(method).chain(words.filter(|word| !word.is_empty())).collect::<Vec<_>>().join("_")
}

/// Refusals follow from what a route takes: a body, an id, a version, a caller.
fn refusals_of(path: &str, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let takes =
        |name: &str| parameters.iter().any(|parameter| matches!(parameter, RefOr::T(known) if known.name == name));
    let mut may = vec![
        ("400", "The query or the body cannot be read"),
        ("401", "Nobody is signed in, or what was shown proves nothing"),
        ("403", "The caller may not do this"),
        ("404", "There is no such thing, or it is none of the caller's business"),
        ("429", "Too many requests, or attempts; `Retry-After` says when to come back"),
        ("503", "A store does not answer, or the server is stopping"),
    ];
    if operation.request_body.is_some() {
        may.push(("413", "The body is larger than this may be"));
        may.push(("415", "The body is of another type"));
    }
    may.push(("422", "What was asked for makes no sense"));
    may.push(("409", "It does not fit what is there"));
    if takes("If-Match") {
        may.push(("412", "It was changed since it was read"));
        may.push(("428", "If-Match is missing"));
    }
    if path.contains("/documents/{id}/") {
        may.push(("410", "The document is in the trash or was purged"));
    }
    if path.ends_with("/auth/provider") {
        may.push(("502", "The identity provider cannot be used"));
    }
    may
}

fn problem(meaning: &str) -> Response {
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(meaning).content("application/problem+json", problem).build()
}
