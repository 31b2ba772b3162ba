//! The handshake (RFC 6455, 4.2), and the plain TCP stream behind it.
//!
//! axum's own WebSocket is not used: it writes through its own buffer and takes 140 KiB for an idle socket, while the
//! hub writes directly to the socket.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::{HeaderValue, Response, StatusCode, header, request::Parts};
use bytes::Bytes;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::{sockets::origin_check::check_origin, sockets::socket::Socket};
use access::{App, ClientAddress, Entry};
use endpoint::Error;

/// A WebSocket request that passed the checks.
pub(super) struct Upgrade {
    accept: String,
    on_upgrade: OnUpgrade,
    entry: Entry,
    /// `Sec-WebSocket-Protocol: consilium, TOKEN`.
    pub protocol_token: Option<String>,
}

/// The only supported subprotocol; a token may follow it in the list.
const PROTOCOL: &str = "consilium";

impl FromRequestParts<App> for Upgrade {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Upgrade, Error> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wants =
            text(header::UPGRADE).eq_ignore_ascii_case("websocket") && text(header::SEC_WEBSOCKET_VERSION) == "13";
        let key = text(header::SEC_WEBSOCKET_KEY).to_owned();
        if !wants || key.is_empty() {
            return Err(Error::NotAWebSocket);
        }
        check_origin(app, &parts.headers)?;
        if app.is_stopping() {
            return Err(Error::Unavailable("the server is stopping"));
        }
        let protocols: Vec<&str> = text(header::SEC_WEBSOCKET_PROTOCOL).split(',').map(str::trim).collect();
        let protocol_token = match protocols.as_slice() {
            [PROTOCOL, token, ..] => Some((*token).to_owned()),
            _ => None,
        };
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let entry = app.addresses.enter(address, app.config.connections_per_address)?;
        let on_upgrade = parts.extensions.remove::<OnUpgrade>().ok_or(Error::NotAWebSocket)?;
        Ok(Upgrade { accept: derive_accept_key(key.as_bytes()), on_upgrade, entry, protocol_token })
    }
}

impl Upgrade {
    /// Answers 101 and runs the socket in a separate task.
    pub(super) fn run<F>(self, app: App, serve: impl FnOnce(App, Box<Socket>) -> F + Send + 'static) -> Response<Body>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if let Ok(accept) = HeaderValue::from_str(&self.accept) {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        if self.protocol_token.is_some() {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        }
        let Upgrade { on_upgrade, entry, .. } = self;
        let tasks = app.tasks.clone();
        let task = async move {
            let Some((tcp, already_read)) = stream(on_upgrade).await else { return };
            // Boxed, because a future reserves space for its arguments and its local variables.
            let socket = Box::pin(Socket::open(tcp, already_read, &app, entry)).await;
            metrics::gauge!("consilium_sockets").increment(1.0);
            serve(app, socket).await;
            metrics::gauge!("consilium_sockets").decrement(1.0);
        };
        // Spawned outside the span of the request, which would otherwise live as long as the socket.
        tasks.spawn(task);
        response
    }
}

/// The TCP stream of an upgraded connection, with the bytes already read from it.
async fn stream(on_upgrade: OnUpgrade) -> Option<(TcpStream, Bytes)> {
    let upgraded = on_upgrade.await.ok()?;
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    Some((parts.io.into_inner(), parts.read_buf))
}
