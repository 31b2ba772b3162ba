//! `/sync/{document}`: y-websocket and @y/websocket. One document a socket, no address in a frame.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{OriginalUri, Query, State};
use axum::http::Response;
use bytes::Bytes;
use database::Change;
use document::codec::{Reply, read_y_websocket};
use document::{Family, Message};
use hub::{Close, ConnectionId, Joining, Room, Space};
use serde::Deserialize;
use tracing::{Instrument, Span, debug, info, info_span};

use crate::{sockets::Event, sockets::Socket, sockets::deliver, sockets::upgrade::Upgrade};
use access::{App, Credentials};
use endpoint::{Error, names::document_name};

#[derive(Deserialize)]
pub(super) struct Params {
    token: Option<String>,
}

/// A permanent refusal is told, then the socket stays mute this long: older clients come back at once
/// after a close, and would do so for ever.
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
    let asks = Box::new(Asks { name, credentials, user: None });
    Ok(upgrade.run(app, move |app, socket| serve(app, socket, asks)))
}

/// Who wants what.
struct Asks {
    name: String,
    credentials: Credentials,
    /// Known when they are in. Here and not in the task, which would take the next size of memory: 256 bytes more.
    user: Option<Arc<str>>,
}

impl Asks {
    /// Made for what has something to log: one for as long as a socket lives would be a KiB of each.
    fn span(&self) -> Span {
        let (request, user) = (self.credentials.request(), self.user.as_deref());
        info_span!("socket", family = "y-websocket", document = %self.name, request, user)
    }
}

/// A future keeps room for hours for whatever it is given, holds or awaits in line: what is over in a moment, or rare,
/// is boxed.
async fn serve(app: App, mut socket: Box<Socket>, mut asks: Box<Asks>) {
    let span = asks.span();
    let entered = match Box::pin(enter(&app, &mut socket, &mut asks).instrument(span)).await {
        Ok(entered) => entered,
        Err(close) => return Box::pin(refuse(socket, close, asks.span())).await,
    };
    let Some(Entered { room, connection, mut expires }) = entered else { return };
    let refused = loop {
        match converse(&mut socket, &room, connection, expires).await {
            End::Gone => break None,
            End::Expired => break Some(Close::Unauthorized),
            // Somebody's rights changed, perhaps ours.
            End::Changed => {
                match Box::pin(app.admit_again(&asks.credentials, &asks.name).instrument(asks.span())).await {
                    Ok(admitted) => {
                        expires = admitted.expires;
                        room.set_level(connection, admitted.level);
                    }
                    Err(close) => break Some(close),
                }
            }
        }
    };
    room.leave(connection);
    if let Some(close) = refused {
        Box::pin(refuse(socket, close, asks.span())).await;
    }
    debug!(parent: &asks.span(), "left");
}

#[derive(PartialEq, Eq)]
enum End {
    Gone,
    Expired,
    Changed,
}

struct Entered {
    room: Arc<Room>,
    connection: ConnectionId,
    expires: Option<Instant>,
}

/// `None` where the room cannot be opened now; then the socket has ended.
async fn enter(app: &App, socket: &mut Socket, asks: &mut Asks) -> Result<Option<Entered>, Close> {
    let admitted = app.admit(&asks.credentials, &asks.name).await?;
    asks.user = Some(admitted.author.user.clone());
    Span::current().record("user", &*admitted.author.user);
    loop {
        let room = match app.hub.open(admitted.document, &admitted.roots).await {
            Ok(room) => room,
            Err(failure) => {
                socket.outbox.close(failure.0);
                while !matches!(socket.next(None).await, Event::Ended) {}
                return Ok(None);
            }
        };
        let joining = Joining {
            family: Family::YWebsocket,
            address: Bytes::new(),
            outbox: socket.outbox.clone(),
            level: admitted.level,
            author: admitted.author.clone(),
            identity: admitted.identity.clone(),
        };
        // The room may have closed between the two: then there is another.
        if let Ok(connection) = room.join(joining) {
            debug!("joined");
            return Ok(Some(Entered { room, connection, expires: admitted.expires }));
        }
    }
}

async fn converse(socket: &mut Socket, room: &Arc<Room>, connection: ConnectionId, expires: Option<Instant>) -> End {
    loop {
        match socket.next(expires).await {
            Event::Message(bytes) => {
                if take(room, connection, &bytes) == Space::Full {
                    room.space().await;
                }
            }
            Event::TooLarge => room.refuse_large(connection),
            Event::FarTooLarge => room.hold_back(connection),
            Event::Drained => room.drained(connection),
            Event::Quiet => room.keep_alive(connection),
            Event::Due => return End::Expired,
            Event::Changed(Some(Change::Document(id))) if id != room.id => {}
            Event::Changed(_) => return End::Changed,
            Event::Ended => return End::Gone,
        }
    }
}

fn take(room: &Arc<Room>, connection: ConnectionId, bytes: &Bytes) -> Space {
    match read_y_websocket(bytes) {
        Ok(Message::Sync(step)) => return deliver(room, connection, step, bytes.len()),
        Ok(Message::Awareness(states)) => {
            if let Err(refusal) = room.receive_awareness(connection, &states) {
                room.refuse(connection, refusal);
            }
        }
        Ok(Message::QueryAwareness) => room.query_awareness(connection),
        Ok(_) => {}
        Err(refusal) => room.refuse(connection, refusal),
    }
    Space::Free
}

/// Tells a permanent refusal and keeps the socket mute for a while; a transient one closes at once.
async fn refuse(mut socket: Box<Socket>, close: Close, span: Span) {
    info!(parent: &span, reason = close.reason(), "refused");
    drop(span);
    if close.is_permanent() {
        send(&socket, Reply::PermissionDenied(close.reason()));
        let until = Instant::now() + MUTE;
        loop {
            match socket.next(Some(until)).await {
                Event::Quiet => send(&socket, Reply::Awareness(&document::presence::EMPTY)),
                Event::Due => break,
                Event::Ended => return,
                Event::Message(_) | Event::TooLarge | Event::FarTooLarge | Event::Drained | Event::Changed(_) => {}
            }
        }
    }
    socket.outbox.close(close);
    while !matches!(socket.next(None).await, Event::Ended) {}
}

fn send(socket: &Socket, reply: Reply<'_>) {
    if let Some(payload) = reply.encode(Family::YWebsocket, b"") {
        socket.outbox.push(hub::outbox::frame(&payload));
    }
}
