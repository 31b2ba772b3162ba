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
use tracing::{Instrument, debug, info};

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

/// How long the socket of a client that returns after a permanent refusal stays open and silent. Without this, clients
/// before 3.1 would reconnect every few seconds, for ever.
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
        Err(close) => return Box::pin(refuse(app, socket, close, &request, None)).await,
    };
    drop(request);
    let refused = converse(&app, &mut socket, &mut visit).await;
    let (request, user) = (visit.request(), visit.attached.pass.user.clone());
    drop(visit);
    debug!(parent: &request.span(Some(&user)), "left");
    if let Some(close) = refused {
        Box::pin(refuse(app, socket, close, &request, Some(&user))).await;
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

/// Admits the client and joins the room. If the document cannot be opened now, closes the socket and returns `None`. No
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
                if take(socket, &visit.attached, &bytes) == Space::Full {
                    socket.wait_for_space(&visit.attached.room);
                }
            }
            Event::TooLarge => visit.attached.room.refuse_large(visit.attached.connection),
            Event::FarTooLarge => visit.attached.room.hold_back(visit.attached.connection),
            Event::Drained => visit.attached.room.drained(visit.attached.connection),
            Event::Quiet => visit.attached.room.keep_alive(visit.attached.connection),
            Event::Due if visit.attached.pass.is_to_check(app) => {
                socket.renewal = Some(visit.attached.check_again(app, visit.request()));
            }
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

fn take(socket: &mut Socket, attached: &Attached, bytes: &Bytes) -> Space {
    match read_y_websocket(bytes) {
        Ok(Message::Sync(step)) => return attached.deliver(step, bytes.len()),
        Ok(Message::Awareness(states)) => {
            socket.count_presence(states.len());
            attached.deliver_awareness(&states);
        }
        Ok(Message::QueryAwareness) => attached.room.query_awareness(attached.connection),
        Ok(_) => {}
        Err(refusal) => attached.room.refuse(attached.connection, refusal),
    }
    Space::Free
}

/// Reports a refusal and closes the socket. A client that returns with the same refused credentials is first kept
/// connected without an answer.
async fn refuse(app: App, mut socket: Box<Socket>, close: Close, request: &JoinRequest, user: Option<&str>) {
    info!(parent: &request.span(user), reason = close.reason(), "refused");
    if close.is_permanent() {
        socket.stop_waiting();
        // Discard what the client sends.
        socket.set_admitted(false, &app.pre_auth_memory, |_| false);
        send(&socket, Reply::PermissionDenied(close.reason()));
        if app.refused_clients.note(&request.credentials.client(), &request.name, close)
            && !stay_silent(&mut socket).await
        {
            return;
        }
    }
    end(&mut socket, close).await;
}

/// Keeps the socket open without answering. `false` if it ends meanwhile.
async fn stay_silent(socket: &mut Socket) -> bool {
    let until = Instant::now() + MUTE;
    loop {
        match socket.next(Some(until)).await {
            Event::Quiet => send(socket, Reply::Awareness(&EMPTY)),
            Event::Due => return true,
            Event::Ended => return false,
            _ => {}
        }
    }
}

async fn end(socket: &mut Socket, close: Close) {
    socket.outbox.close(close);
    while !matches!(socket.next(None).await, Event::Ended) {}
}

fn send(socket: &Socket, reply: Reply<'_>) {
    send_reply(&socket.outbox, Family::YWebsocket, b"", reply);
}
