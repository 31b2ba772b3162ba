//! WebSockets, from the upgrade to the room. The code shared by both wire families is here.

mod access_expiry;
mod frames;
mod hocuspocus;
mod origin_check;
mod pre_auth_limits;
mod pre_auth_queue;
mod rights_changes;
mod session;
mod socket;
mod socket_stream;
mod topics;
mod upgrade;
mod y_websocket;

use axum::Router;
use axum::routing::get;

use access::App;

pub fn routes() -> Router<App> {
    Router::new().route("/sync/{*document}", get(y_websocket::upgrade)).route("/collab", get(hocuspocus::upgrade))
}
