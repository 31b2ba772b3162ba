//! Accepted connections: HTTP/1 with deadlines, until the server stops. A connection that sends nothing, or half a
//! header, is closed, so that strangers cannot use up the file descriptors.

use std::net::SocketAddr;
use std::time::Duration;

use access::App;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::serve::Listener;
use endpoint::listener::{Front, Peer};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;
use tracing::debug;

/// The time that connections have for their last answers when everything else has stopped. After that they are cut off.
const LAST_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Serves connections until `stopped` resolves.
pub async fn serve(app: &App, mut listener: Front, router: Router, stopped: impl Future<Output = ()>) {
    let (connections, stop) = (TaskTracker::new(), CancellationToken::new());
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        let (stream, peer) = accepted;
        connections.spawn(connection(stream, peer, router.clone(), app.config.header_seconds, stop.clone()));
    }
    stop.cancel();
    connections.close();
    if tokio::time::timeout(LAST_ANSWERS_WITHIN, connections.wait()).await.is_err() {
        debug!(open = connections.len(), "some connections were still open");
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, seconds: u64, stop: CancellationToken) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(Peer(peer)));
        let mut router = router.clone();
        async move {
            Ok::<Response, std::convert::Infallible>(
                Service::call(&mut router, request).await.unwrap_or_else(|none| match none {}),
            )
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(seconds));
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "a connection failed");
    }
}
