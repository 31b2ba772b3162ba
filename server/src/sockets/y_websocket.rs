//! `/sync/{document}`: y-websocket and @y/websocket. One document per socket, no address in a frame.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{OriginalUri, Query, State};
use axum::http::Response;
use bytes::Bytes;
use document::codec::{Reply, read_y_websocket};
use document::presence::EMPTY;
use document::{Family, Message};
use hub::{Close, Space};
use serde::Deserialize;
use tracing::{Instrument, Span, debug, info};

use crate::sockets::rights_changes::Concern;
use crate::sockets::session::{Attached, JoinRequest, Renewed, join, send_reply};
use crate::sockets::socket::{Event, Socket};
use crate::sockets::upgrade::Upgrade;
use access::{App, Credentials};
use endpoint::{Error, names::document_name};

#[derive(Deserialize)]
pub(super) struct Params {
    token: Option<String>,
}

/// How long a socket stays open and silent after a permanent refusal was sent: older clients would reconnect
/// immediately after a close, for ever.
const MUTE: Duration = Duration::from_secs(60);

pub(super) async fn upgrade(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    Query(params): Query<Params>,
    credentials: Credentials,
    upgrade: Upgrade,
) -> Result<Response<Body>, Error> {
    let name = document_name(uri.path().strip_prefix("/sync/").unwrap_or_default())?;
    let token = params.token.or_else(|| upgrade.protocol_token.clone());
    let credentials = if token.is_some() { credentials.with_token(token) } else { credentials };
    let request = Box::new(JoinRequest { family: Family::YWebsocket, address: Bytes::new(), name, credentials });
    Ok(upgrade.run(app, move |app, socket| serve(app, socket, request)))
}

/// Short-lived and rare futures are boxed: this task lives for hours, and would reserve space for the largest future
/// that it awaits inline.
async fn serve(app: App, mut socket: Box<Socket>, request: Box<JoinRequest>) {
    let entered = Box::pin(enter(&app, &mut socket, &request).instrument(request.span(None))).await;
    let mut visit = match entered {
        Ok(Some(visit)) => visit,
        Ok(None) => return,
        Err(close) => return Box::pin(refuse(app, socket, close, request.span(None))).await,
    };
    drop(request);
    let refused = converse(&app, &mut socket, &mut visit).await;
    let span = visit.request().span(Some(&visit.attached.pass.user));
    drop(visit);
    debug!(parent: &span, "left");
    if let Some(close) = refused {
        Box::pin(refuse(app, socket, close, span)).await;
    }
}

/// The one document of a socket.
struct Visit {
    name: String,
    attached: Attached,
}

impl Visit {
    fn request(&self) -> JoinRequest {
        let (name, credentials) = (self.name.clone(), self.attached.pass.credentials.clone());
        JoinRequest { family: Family::YWebsocket, address: Bytes::new(), name, credentials }
    }
}

/// Admits the client and joins the room. `None` if the document cannot be opened now; the socket is closed then. No
/// message of the client is read yet.
async fn enter(app: &App, socket: &mut Socket, request: &JoinRequest) -> Result<Option<Box<Visit>>, Close> {
    let admitted = app.admit(&request.credentials, &request.name).await?;
    match join(app, &socket.outbox, request, admitted).await {
        Ok(attached) => Ok(Some(Box::new(Visit { name: request.name.clone(), attached }))),
        Err(close) => {
            end(socket, close).await;
            Ok(None)
        }
    }
}

/// Serves the socket until it ends or its user loses access.
async fn converse(app: &App, socket: &mut Socket, visit: &mut Visit) -> Option<Close> {
    loop {
        match socket.next(visit.attached.pass.expires).await {
            Event::Message(bytes) => {
                if take(&visit.attached, &bytes) == Space::Full {
                    socket.wait_for_space(&visit.attached.room);
                }
            }
            Event::TooLarge => visit.attached.room.refuse_large(visit.attached.connection),
            Event::FarTooLarge => visit.attached.room.hold_back(visit.attached.connection),
            Event::Drained => visit.attached.room.drained(visit.attached.connection),
            Event::Quiet => visit.attached.room.keep_alive(visit.attached.connection),
            Event::Due => return Some(Close::Unauthorized),
            Event::Changed(change) => {
                if visit.attached.concern(change) == Concern::Rights {
                    // The answer to an earlier request may be outdated.
                    socket.renewal = Some(visit.attached.check_again(app, visit.request()));
                }
            }
            Event::Renewed(renewed) => {
                let Renewed { outcome, .. } = *renewed;
                match outcome {
                    Ok(admitted) => drop(visit.attached.renew(&admitted)),
                    Err(close) => return Some(close),
                }
            }
            Event::Cut(_) | Event::SignedIn(_) | Event::Space | Event::News | Event::Watchable(_) => {}
            Event::Ended => return None,
        }
    }
}

fn take(attached: &Attached, bytes: &Bytes) -> Space {
    match read_y_websocket(bytes) {
        Ok(Message::Sync(step)) => return attached.deliver(step, bytes.len()),
        Ok(Message::Awareness(states)) => attached.deliver_awareness(&states),
        Ok(Message::QueryAwareness) => attached.room.query_awareness(attached.connection),
        Ok(_) => {}
        Err(refusal) => attached.room.refuse(attached.connection, refusal),
    }
    Space::Free
}

/// Sends a permanent refusal and keeps the socket open and silent for a while; after a temporary refusal it closes at
/// once.
async fn refuse(app: App, mut socket: Box<Socket>, close: Close, span: Span) {
    info!(parent: &span, reason = close.reason(), "refused");
    drop(span);
    if close.is_permanent() {
        socket.stop_waiting();
        // Discard what the client sends.
        socket.set_admitted(false, &app.pre_auth_memory, |_| false);
        send(&socket, Reply::PermissionDenied(close.reason()));
        let until = Instant::now() + MUTE;
        loop {
            match socket.next(Some(until)).await {
                Event::Quiet => send(&socket, Reply::Awareness(&EMPTY)),
                Event::Due => break,
                Event::Ended => return,
                _ => {}
            }
        }
    }
    end(&mut socket, close).await;
}

async fn end(socket: &mut Socket, close: Close) {
    socket.outbox.close(close);
    while !matches!(socket.next(None).await, Event::Ended) {}
}

fn send(socket: &Socket, reply: Reply<'_>) {
    send_reply(&socket.outbox, Family::YWebsocket, b"", reply);
}
