//! The REST API, one file per noun, and the OpenAPI document that is generated from the handlers.

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

use access::{App, idempotency, resolve::resolve, route_requirements::NeedsByRoute};
use endpoint::Problem;

/// The parts of the document that do not come from the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Consilium",
        description = "Documents, people and rights. Live editing uses WebSockets: `/collab` and `/sync/{document}`. \
                       Every error is a problem document (RFC 9457) with a stable `code`."
    ),
    security(("cookie" = []), ("bearer" = [])),
    components(schemas(Problem))
)]
struct About;

const DOCUMENT: &str = "/api/v1/openapi.json";
/// The explorer sets inline styles on its elements; its scripts are separate files.
const EXPLORER_POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
     frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// The REST API, the OpenAPI document that describes it, and a page to try it on.
///
/// # Errors
/// When the document cannot be serialized as JSON, which is a defect.
pub fn routes(app: &App) -> serde_json::Result<Router<App>> {
    let once = from_fn_with_state(app.clone(), idempotency::once);
    let file_once = from_fn_with_state(app.clone(), idempotency::file_once);
    let (router, mut described) =
        features(|made_once| made_once.layer(once), |files| files.layer(file_once)).split_for_parts();
    let needs = Arc::new(NeedsByRoute::read(&mut described));
    // Kept as shared text: as a structure it would take ten times as much memory, and a route is copied for each of its
    // layers.
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
    complete(features(|made_once| made_once, |files| files).into_openapi())
}

fn features(
    once: impl FnOnce(OpenApiRouter<App>) -> OpenApiRouter<App>,
    file_once: impl FnOnce(OpenApiRouter<App>) -> OpenApiRouter<App>,
) -> OpenApiRouter<App> {
    let idempotent = library::idempotent_routes()
        .merge(review::idempotent_routes())
        .merge(search::idempotent_routes())
        .merge(transfer::idempotent_routes());
    let features = OpenApiRouter::new()
        .merge(people::routes())
        .merge(once(idempotent))
        .merge(file_once(transfer::upload_routes()))
        .merge(library::routes())
        .merge(review::routes())
        .merge(publish::routes())
        .merge(transfer::routes())
        .merge(search::routes())
        .merge(notify::routes())
        .merge(files::routes())
        .merge(audits::routes());
    OpenApiRouter::with_openapi(About::openapi()).nest("/api/v1", features)
}

/// Adds the ways to authenticate, and the refusals that every route may answer in addition to its own responses.
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
            describe_successes(operation);
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

/// Describes each response that its handler does not describe: OpenAPI requires a description.
fn describe_successes(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = success(status).to_owned();
        }
    }
}

fn success(status: &str) -> &'static str {
    match status {
        "200" => "Success",
        "201" => "The resource was created",
        "202" => "Accepted: the work continues after the response",
        "204" => "Success, without a body",
        "303" => "Continue at the address in `Location`",
        "304" => "Not changed since the version in `If-None-Match`",
        _ => "See the description of the operation",
    }
}

/// Handler names repeat, but client generators want unique names: `get_documents_id`.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.trim_start_matches("/api/v1").split(['/', '-']).map(|word| word.trim_matches(['{', '}']));
    std::iter::once(method).chain(words.filter(|word| !word.is_empty())).collect::<Vec<_>>().join("_")
}

/// Lists the refusals that follow from a route's inputs: a body, an id, a version, a caller.
fn refusals_of(path: &str, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let takes =
        |name: &str| parameters.iter().any(|parameter| matches!(parameter, RefOr::T(known) if known.name == name));
    let mut may = vec![
        ("400", "The query or the body cannot be read"),
        ("401", "Nobody is signed in, or the credentials are invalid"),
        ("403", "The caller is not allowed to do this"),
        ("404", "The resource does not exist, or the caller may not see it"),
        ("429", "There were too many requests or attempts; `Retry-After` says when to try again"),
        ("503", "A store does not answer, or the server is stopping"),
    ];
    if operation.request_body.is_some() || takes("Upload-Length") {
        may.push(("413", "The body is too large"));
        may.push(("415", "The body's content type is not supported"));
    }
    may.push(("422", "The request is readable but invalid"));
    may.push(("409", "The request conflicts with the current state"));
    if takes("If-Match") {
        may.push(("412", "The resource was changed since it was read"));
        may.push(("428", "The If-Match header is missing"));
    }
    if path.contains("/documents/{id}/") || path.contains("/uploads/") || (path.contains("/me/") && takes("id")) {
        may.push(("410", "The document is in the trash or has been purged"));
    }
    if path.contains("/invites/") {
        may.push(("410", "The invitation was used or revoked, or it has expired"));
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
