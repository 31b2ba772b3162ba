//! The routes, and what goes around every request.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderName;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use tracing::info_span;

use crate::app::App;
use crate::{api, health, sockets, web};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub fn router(app: App) -> Router {
    // The path without its query: tokens of y-websocket clients ride there.
    let trace = TraceLayer::new_for_http().make_span_with(|request: &axum::http::Request<_>| {
        let id = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        info_span!("request", method = %request.method(), path = request.uri().path(), id)
    });
    // What went wrong is logged where it is known, once.
    let trace = trace.on_failure(());
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics))
        .merge(api::routes(&app))
        .merge(sockets::routes())
        .fallback(get(web::serve))
        .layer(CompressionLayer::new())
        .layer(trace)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(app)
}

async fn metrics(State(app): State<App>) -> String {
    let rooms: Vec<_> = app.hub.rooms().iter().map(|room| room.figures()).collect();
    metrics::gauge!("consilium_rooms").set(rooms.len() as f64);
    metrics::gauge!("consilium_connections").set(rooms.iter().map(|room| room.connections).sum::<usize>() as f64);
    metrics::gauge!("consilium_document_bytes").set(rooms.iter().map(|room| room.encoded_bytes).sum::<usize>() as f64);
    metrics::gauge!("consilium_quarantined_documents").set(app.hub.quarantined() as f64);
    let oldest = rooms.iter().map(|room| room.oldest_unlogged_ms).max().unwrap_or(0);
    metrics::gauge!("consilium_oldest_unlogged_seconds").set(oldest as f64 / 1000.0);
    app.metrics.render()
}
