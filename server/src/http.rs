//! The routes, and the layers around all requests.

use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use endpoint::{REQUEST_ID, Refused};
use files::Files;
use notify::webhooks::Outside;
use people::Provider;
use review::suggestions::Views as SuggesterViews;
use search::Search;
use tower_http::compression::{CompressionLayer, DefaultPredicate, Predicate};
use tower_http::cors::CorsLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::{info, info_span};

use crate::{api, health, metrics, request_bodies, sockets, web};
use access::{App, ClientAddress};

/// The headers that a page of another site may send and read.
const SENT: [HeaderName; 4] =
    [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, HeaderName::from_static("idempotency-key")];
const READ: [HeaderName; 3] = [header::ETAG, header::RETRY_AFTER, REQUEST_ID];
/// HSTS duration: half a year.
const ONLY_TLS: HeaderValue = HeaderValue::from_static("max-age=15768000");
/// Path segments of at least this many hexadecimal digits are masked in the log, because they may be tokens.
const LONG_SEGMENT: usize = 40;

/// # Errors
/// When the OpenAPI document cannot be encoded as JSON.
pub fn router(
    app: App,
    provider: Provider,
    outside: Outside,
    files: Files,
    search: Search,
) -> serde_json::Result<Router> {
    // The log gets the path without the query, which contains the tokens of y-websocket clients. Tokens of invitations
    // are in the path, where they are masked.
    let trace = TraceLayer::new_for_http().make_span_with(|request: &axum::http::Request<_>| {
        let id = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        info_span!("request", method = %request.method(), path = without_tokens(request.uri().path()), id)
    });
    // Errors are logged once, where the cause is known.
    let trace = trace.on_failure(());
    Ok(Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::render))
        .merge(
            api::routes(&app)?
                .layer(Extension(provider))
                .layer(Extension(outside))
                .layer(Extension(files.clone()))
                .layer(Extension(search))
                .layer(Extension(SuggesterViews::default())),
        )
        .merge(publish::pages(&app, &files))
        .fallback(get(web::serve))
        // Files are not compressed: most are compressed already, and their length must be known.
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_no_file)))
        .layer(cross_origin(&app))
        // Added after the layers for compression and CORS, because the responses of sockets are empty, and sockets
        // check the origin themselves.
        .merge(sockets::routes())
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(from_fn_with_state(app.clone(), log_refusals))
        .layer(from_fn_with_state(app.clone(), request_bodies::guard))
        .layer(from_fn(metrics::count_requests))
        .layer(trace)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(app))
}

/// Lets pages of the configured origins call the API with a key. Credentials in the sense of CORS are not allowed, so a
/// page never gets a response to a request with cookies.
fn cross_origin(app: &App) -> CorsLayer {
    let origins: Vec<HeaderValue> =
        app.config.allowed_origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let methods = [
        axum::http::Method::GET,
        axum::http::Method::PUT,
        axum::http::Method::POST,
        axum::http::Method::PATCH,
        axum::http::Method::DELETE,
    ];
    CorsLayer::new().allow_origin(origins).allow_methods(methods).allow_headers(SENT).expose_headers(READ)
}

fn is_no_file(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

/// Adds default security headers to every response: no type sniffing, no framing, no scripts, HSTS if the server is
/// reached over TLS, and no caching of API responses.
async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut say = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    say(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    say(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    say(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    say(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    );
    if is_api {
        say(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.is_on_tls() {
        say(header::STRICT_TRANSPORT_SECURITY, ONLY_TLS);
    }
    response
}

/// Logs requests that were refused because of their credentials or their origin. The credentials are not logged. Failed
/// sign-ins are logged elsewhere, where the account is known.
async fn log_refusals(State(app): State<App>, address: ClientAddress, request: Request, next: Next) -> Response {
    let (ClientAddress(address), headers) = (address, request.headers());
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default().to_owned();
    let (has_key, has_cookie) = (headers.contains_key(header::AUTHORIZATION), headers.contains_key(header::COOKIE));
    let response = next.run(request).await;
    match response.extensions().get::<Refused>() {
        Some(Refused("foreign-origin")) => {
            info!(%address, origin, own = app.origin(), "refused: a page of another origin");
        }
        Some(Refused("unauthorized")) if has_key || has_cookie => {
            let kind = if has_key { "token or key" } else { "session" };
            info!(%address, kind, "refused: the credentials of a request");
        }
        _ => {}
    }
    response
}

fn without_tokens(path: &str) -> String {
    let hide = |segment: &str| match segment.len() {
        LONG_SEGMENT.. if segment.bytes().all(|byte| byte.is_ascii_hexdigit()) => "***".to_owned(),
        _ => segment.to_owned(),
    };
    path.split('/').map(hide).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::without_tokens;

    #[test]
    fn tokens_are_not_logged() {
        let token = "ab".repeat(32);
        assert_eq!(without_tokens(&format!("/api/v1/invites/{token}/accept")), "/api/v1/invites/***/accept");
        let document = "/api/v1/documents/0198c0de-0000-7000-8000-000000000000";
        assert_eq!(without_tokens(document), document);
    }
}
