//! The web app, embedded in the binary. Any path that is not a file returns the app, which has its own router.

use access::App;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Files;

/// Only our own scripts run; images may come from any URL, because the editor allows them. `frame-src` is appended.
const POLICY: &str = "default-src 'self'; img-src 'self' https: http: data:; style-src 'self'; script-src 'self'; \
     connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub async fn serve(State(app): State<App>, uri: Uri) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return endpoint::Error::NotFound("route").into_response();
    }
    match Files::get(path).or_else(|| Files::get("index.html")) {
        Some(file) => answer(path, file, &app.config.frame_origins),
        None => (StatusCode::NOT_FOUND, "The web app is not in this build: run `make web` and build again.\n")
            .into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile, frames: &[String]) -> Response<Body> {
    // Names under assets/ carry a hash of the content.
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = HeaderValue::from_str(file.metadata.mimetype());
    let frames = if frames.is_empty() { "'none'".to_owned() } else { frames.join(" ") };
    let policy = HeaderValue::from_str(&format!("{POLICY}; frame-src {frames}"));
    let headers = [
        (header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream"))),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(POLICY))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (headers, file.data).into_response()
}
