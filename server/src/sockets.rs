//! WebSockets: from the upgrade to the room and back. What both wire families share is here.

mod frames;
mod guard;
mod hocuspocus;
mod intake;
mod session;
mod socket;
mod tap;
mod topics;
mod upgrade;
mod waiting;
mod y_websocket;

use axum::Router;
use axum::routing::get;

use access::App;

pub fn routes() -> Router<App> {
    Router::new().route("/sync/{*document}", get(y_websocket::upgrade)).route("/collab", get(hocuspocus::upgrade))
}
