//! One document of a socket, for both families: how a client joins, how its right is renewed and ends, and which
//! changes concern it. Clients that watch topics instead of a document share this code. Each family frames its
//! messages, and decides how a refusal affects its socket.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use database::Change;
use document::codec::Reply;
use document::{Family, Level, SyncStep};
use hub::{Close, ConnectionId, Joining, Outbox, Room, Space};
use tracing::{Instrument, Span, debug, info_span};

use crate::sockets::access_expiry::Pass;
use crate::sockets::rights_changes::Concern;
use crate::sockets::socket::{Event, Work};
use crate::sockets::topics::TOPICS;
use access::{Admitted, App, Credentials, Watchable};

/// Messages of at least this size are not processed on the threads that serve sockets.
const LARGE_MESSAGE_BYTES: usize = 256 << 10;

/// A request to join a document or to watch topics, kept for later checks.
#[derive(Clone)]
pub(super) struct JoinRequest {
    pub family: Family,
    /// The address that replies repeat; empty for y-websocket.
    pub address: Bytes,
    pub name: String,
    pub credentials: Credentials,
}

impl JoinRequest {
    /// The span for log lines. It is created only when something is logged, because a span for the life of each socket
    /// would take 1 KiB.
    pub(super) fn span(&self, user: Option<&str>) -> Span {
        let family = match self.family {
            Family::YWebsocket => "y-websocket",
            Family::Hocuspocus => "hocuspocus",
        };
        info_span!("socket", family, document = %self.name, request = self.credentials.request(), user)
    }
}

/// A document that a socket has joined. The socket leaves it when this is dropped.
pub(super) struct Attached {
    pub room: Arc<Room>,
    pub connection: ConnectionId,
    pub pass: Pass,
    right: Level,
    /// Whether it is recorded that the user reads a text that is confidential.
    is_recorded: bool,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.room.leave(self.connection);
    }
}

impl Attached {
    /// How a change affects this document. Only a change that may affect rights causes a database query, because there
    /// are thousands of sockets and frequent changes.
    pub(super) fn concern(&self, change: Option<Change>) -> Concern {
        self.pass.concern(change, |document| document == self.room.id)
    }

    /// Applies the result of a check. Returns the new level if it has changed since the client was told.
    pub(super) fn renew(&mut self, admitted: &Admitted) -> Option<Level> {
        self.pass.renew(admitted.expires);
        self.is_recorded = admitted.watched.is_some();
        let before = std::mem::replace(&mut self.right, admitted.level);
        (before != self.right).then(|| self.room.set_right(self.connection, self.right))
    }

    /// Applies another token of the same user. Returns the new level.
    pub(super) fn take_token(&mut self, admitted: &Admitted, credentials: Credentials) -> Level {
        self.pass.take_token(credentials, admitted.expires);
        self.right = admitted.level;
        self.room.set_right(self.connection, self.right)
    }

    /// Passes a sync message to the room, with `block_in_place` if it is large.
    pub(super) fn deliver(&self, step: SyncStep, bytes: usize) -> Space {
        if bytes >= LARGE_MESSAGE_BYTES {
            tokio::task::block_in_place(|| self.room.receive(self.connection, step))
        } else {
            self.room.receive(self.connection, step)
        }
    }

    /// Passes awareness states to the room.
    pub(super) fn deliver_awareness(&self, states: &[u8]) {
        if let Err(refusal) = self.room.receive_awareness(self.connection, states) {
            self.room.refuse(self.connection, refusal);
        }
    }

    /// Checks the user's rights again.
    pub(super) fn check_again(&self, app: &App, request: JoinRequest) -> Work {
        let (app, connection, tokens) = (app.clone(), self.connection, self.pass.tokens);
        let is_recorded = self.is_recorded;
        let span = request.span(Some(&self.pass.user));
        let look = async move {
            // The document may have become confidential: reads are recorded from now on.
            let outcome = match is_recorded {
                true => app.admit_again(&request.credentials, &request.name).await,
                false => app.admit(&request.credentials, &request.name).await,
            };
            Event::Renewed(Box::new(Renewed { request, connection, tokens, outcome }))
        };
        Box::pin(look.instrument(span))
    }
}

/// The result of [`Attached::check_again`].
pub(super) struct Renewed {
    pub request: JoinRequest,
    connection: ConnectionId,
    tokens: u32,
    pub outcome: Result<Admitted, Close>,
}

impl Renewed {
    /// Whether the result is still valid: the client has neither joined again nor sent another token.
    pub(super) fn is_of(&self, attached: &Attached) -> bool {
        (self.connection, self.tokens) == (attached.connection, attached.pass.tokens)
    }
}

/// The result of a sign-in.
pub(super) struct SignedIn {
    pub request: JoinRequest,
    pub outcome: Result<Entered, Close>,
}

pub(super) enum Entered {
    Attached(Attached),
    /// The user has already joined: this is their right with another token.
    Again(Admitted),
    /// A member who may watch topics.
    Member(Watchable),
}

/// Signs in at `not_before` or later: joins the document, unless `present` is the same user, or begins to watch topics.
pub(super) fn sign_in(
    app: &App,
    outbox: &Arc<Outbox>,
    request: JoinRequest,
    present: Option<Arc<str>>,
    not_before: Option<Instant>,
) -> Work {
    let (app, outbox, span) = (app.clone(), outbox.clone(), request.span(None));
    let work = async move {
        if let Some(not_before) = not_before {
            tokio::time::sleep_until(not_before.into()).await;
        }
        if request.name == TOPICS {
            let outcome = app.watchable(&request.credentials, &[]).await.map(Entered::Member);
            return Event::SignedIn(Box::new(SignedIn { request, outcome }));
        }
        let outcome = match app.admit(&request.credentials, &request.name).await {
            Ok(admitted) if present.is_some_and(|user| user == admitted.author.user) => Ok(Entered::Again(admitted)),
            Ok(admitted) => join(&app, &outbox, &request, admitted).await.map(Entered::Attached),
            Err(close) => Err(close),
        };
        Event::SignedIn(Box::new(SignedIn { request, outcome }))
    };
    Box::pin(work.instrument(span))
}

/// Joins the room of a document as an admitted client.
///
/// # Errors
/// The reason why the document cannot be opened.
pub(super) async fn join(
    app: &App,
    outbox: &Arc<Outbox>,
    request: &JoinRequest,
    admitted: Admitted,
) -> Result<Attached, Close> {
    let user = admitted.author.user.clone();
    Span::current().record("user", &*user);
    loop {
        let room = app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?;
        send_level(outbox, request.family, &request.address, admitted.level);
        let joining = Joining {
            family: request.family,
            address: request.address.clone(),
            outbox: outbox.clone(),
            right: admitted.level,
            author: admitted.author.clone(),
            peer: match admitted.identity {
                Some(_) => admitted.author.user.clone(),
                None => request.credentials.address().into(),
            },
            identity: admitted.identity.clone(),
        };
        // If the room has closed between the two calls, open it again.
        if let Ok(connection) = room.join(joining) {
            debug!(id = %room.id, "joined");
            let pass = Pass::new(user, request.credentials.clone(), admitted.expires);
            let is_recorded = admitted.watched.is_some();
            return Ok(Attached { room, connection, pass, right: admitted.level, is_recorded });
        }
    }
}

/// Sends a Hocuspocus client its level, before any other message.
pub(super) fn send_level(outbox: &Outbox, family: Family, address: &[u8], level: Level) {
    let scope = if level == Level::Edit { "read-write" } else { "readonly" };
    send_reply(outbox, family, address, Reply::Authenticated { scope });
}

/// Sends a reply to a client, if its family has such a message.
pub(super) fn send_reply(outbox: &Outbox, family: Family, address: &[u8], reply: Reply<'_>) {
    if let Some(payload) = reply.encode(family, address) {
        outbox.push(hub::outbox::frame(&payload));
    }
}
