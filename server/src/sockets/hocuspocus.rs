//! `/collab`: @hocuspocus/provider 2 to 4, and our own page. Many documents on one socket, each
//! frame behind an address; each document signs in by itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::Response;
use bytes::Bytes;
use database::Change;
use document::codec::{PONG_FRAME, Reply, read_hocuspocus};
use document::{Family, Frame, Level, Message, Refusal};
use hub::{Close, ConnectionId, Joining, Room, Space};
use serde::Deserialize;
use tracing::{debug, info};

use crate::{sockets::Event, sockets::Socket, sockets::deliver, sockets::upgrade::Upgrade};
use access::{Admitted, App, Credentials};
use endpoint::{Error, names::check_name};

/// A client signs in at once or not at all.
const SIGN_IN_WITHIN: Duration = Duration::from_secs(5);
/// What may wait for a sign-in: SyncStep1, awareness and a few edits.
const QUEUED_MESSAGES: usize = 64;
const QUEUED_BYTES: usize = 1 << 20;
/// How long before its token expires a client is asked for another.
const FRESH_TOKEN_BEFORE: Duration = Duration::from_secs(30);

pub(super) async fn upgrade(
    State(app): State<App>,
    cookie: Credentials,
    upgrade: Upgrade,
) -> Result<Response<Body>, Error> {
    Ok(upgrade.run(app, move |app, socket| async move {
        let mut client = Client { app, socket, cookie, documents: HashMap::new() };
        client.converse().await;
        client.leave_all();
    }))
}

struct Client {
    app: App,
    socket: Box<Socket>,
    cookie: Credentials,
    /// By raw address: `name` or `name\0session`.
    documents: HashMap<Bytes, Attachment>,
}

enum Attachment {
    /// Not signed in yet; messages wait.
    Waiting {
        since: Instant,
        queued: Vec<Message>,
        bytes: usize,
    },
    Joined(Joined),
    /// Refused for good, until another token comes.
    Refused,
}

struct Joined {
    room: Arc<Room>,
    connection: ConnectionId,
    user: Arc<str>,
    expires: Option<Instant>,
    /// A fresh token was asked for.
    asked: bool,
    /// What it signed in with, for when rights change.
    credentials: Credentials,
    level: Level,
}

/// What our page says first.
#[derive(Deserialize)]
struct Hello {
    t: String,
    document: Option<String>,
}

impl Client {
    async fn converse(&mut self) {
        loop {
            let due = self.next_deadline();
            match self.socket.next(due).await {
                Event::Message(bytes) => self.take(bytes).await,
                Event::TooLarge => self.refuse_large(),
                Event::FarTooLarge => self.each_joined(|joined| joined.room.hold_back(joined.connection)),
                Event::Drained => self.each_joined(|joined| joined.room.drained(joined.connection)),
                Event::Quiet => self.each_joined(|joined| joined.room.keep_alive(joined.connection)),
                Event::Changed(change) => Box::pin(self.look_again(change)).await,
                Event::Due => self.act_on_deadlines(),
                Event::Ended => return,
            }
        }
    }

    async fn take(&mut self, bytes: Bytes) {
        let Ok(Frame { address, message }) = read_hocuspocus(&bytes) else {
            return self.refuse_malformed(&bytes);
        };
        match message {
            Message::Ping => drop(self.socket.outbox.push(hub::outbox::frame(&PONG_FRAME))),
            Message::Pong | Message::Auth => {}
            Message::Close => self.detach(&address),
            _ if self.is_one_too_many(&address) => self.deny(&address, "too-many-documents"),
            Message::Token { token, .. } => Box::pin(self.sign_in(address, Some(token))).await,
            other => self.take_for_document(address, other, bytes.len()).await,
        }
    }

    /// Refused documents count as well: each is remembered.
    fn is_one_too_many(&self, address: &[u8]) -> bool {
        self.documents.len() >= self.app.config.documents_per_socket && !self.documents.contains_key(address)
    }

    async fn take_for_document(&mut self, address: Bytes, message: Message, bytes: usize) {
        // Providers up to 2.15 send no token when they have none: an open server must not wait for it.
        if self.app.config.open && !self.documents.contains_key(&address) {
            Box::pin(self.sign_in(address.clone(), None)).await;
        }
        let attachment = self.documents.entry(address.clone()).or_insert_with(|| Attachment::Waiting {
            since: Instant::now(),
            queued: Vec::new(),
            bytes: 0,
        });
        match attachment {
            Attachment::Joined(joined) => {
                let (room, connection) = (joined.room.clone(), joined.connection);
                if hand_over(&room, connection, message, bytes) == Space::Full {
                    room.space().await;
                }
            }
            Attachment::Waiting { queued, bytes: waiting, .. } => {
                *waiting += bytes;
                if queued.len() >= QUEUED_MESSAGES || *waiting > QUEUED_BYTES {
                    *attachment = Attachment::Refused;
                    return self.deny(&address, Close::Timeout.reason());
                }
                queued.push(message);
            }
            Attachment::Refused => {}
        }
    }

    /// A token, or its absence on an open server: joins the document, or renews the right to it.
    #[tracing::instrument(name = "socket", skip_all, fields(family = "hocuspocus", request = self.cookie.request()))]
    async fn sign_in(&mut self, address: Bytes, token: Option<String>) {
        let name = match document_name(&address) {
            Ok(name) => name,
            Err(_) => return self.deny(&address, Close::NotFound.reason()),
        };
        let token = token.filter(|token| !token.is_empty());
        let credentials = self.cookie.with_token(token);
        match self.app.admit(&credentials, &name).await {
            Ok(admitted) => match self.documents.get_mut(&address) {
                Some(Attachment::Joined(joined)) if joined.user == admitted.author.user => {
                    joined.expires = admitted.expires;
                    joined.asked = false;
                    joined.level = admitted.level;
                    joined.credentials = credentials;
                    joined.room.set_level(joined.connection, admitted.level);
                    self.authenticated(&address, admitted.level);
                }
                _ => Box::pin(self.join(address, admitted, credentials)).await,
            },
            // It comes back with everything that it has.
            Err(close) if !close.is_permanent() => self.socket.outbox.close(close),
            Err(close) => {
                info!(document = name, reason = close.reason(), "refused");
                self.detach(&address);
                self.documents.insert(address.clone(), Attachment::Refused);
                self.deny(&address, close.reason());
            }
        }
    }

    /// The same caller, judged by what is true now. A client is told only what changed for it.
    #[tracing::instrument(name = "socket", skip_all, fields(family = "hocuspocus", request = self.cookie.request()))]
    async fn renew(&mut self, address: Bytes, credentials: Credentials) {
        let Ok(name) = document_name(&address) else { return };
        match self.app.admit_again(&credentials, &name).await {
            Ok(admitted) => {
                let Some(Attachment::Joined(joined)) = self.documents.get_mut(&address) else { return };
                joined.expires = admitted.expires;
                if std::mem::replace(&mut joined.level, admitted.level) != admitted.level {
                    joined.room.set_level(joined.connection, admitted.level);
                    self.authenticated(&address, admitted.level);
                }
            }
            Err(close) if !close.is_permanent() => self.socket.outbox.close(close),
            Err(close) => {
                info!(document = name, reason = close.reason(), "ended");
                self.detach(&address);
                self.documents.insert(address.clone(), Attachment::Refused);
                self.deny(&address, close.reason());
            }
        }
    }

    async fn join(&mut self, address: Bytes, admitted: Admitted, credentials: Credentials) {
        let waiting = match self.documents.remove(&address) {
            Some(Attachment::Waiting { queued, .. }) => queued,
            Some(Attachment::Joined(joined)) => {
                joined.room.leave(joined.connection);
                Vec::new()
            }
            Some(Attachment::Refused) | None => Vec::new(),
        };
        let (room, connection) = loop {
            let room = match self.app.hub.open(admitted.document, &admitted.roots).await {
                Ok(room) => room,
                Err(failure) if failure.0.is_permanent() => {
                    self.documents.insert(address.clone(), Attachment::Refused);
                    return self.deny(&address, failure.0.reason());
                }
                Err(failure) => return self.socket.outbox.close(failure.0),
            };
            self.authenticated(&address, admitted.level);
            let joining = Joining {
                family: Family::Hocuspocus,
                address: address.clone(),
                outbox: self.socket.outbox.clone(),
                level: admitted.level,
                author: admitted.author.clone(),
                identity: admitted.identity.clone(),
            };
            // The room may have closed between the two: then there is another.
            if let Ok(connection) = room.join(joining) {
                break (room, connection);
            }
        };
        debug!(document = %room.id, user = %admitted.author.user, "joined");
        let user = admitted.author.user.clone();
        let joined = Joined {
            room: room.clone(),
            connection,
            user,
            expires: admitted.expires,
            asked: false,
            credentials,
            level: admitted.level,
        };
        self.documents.insert(address, Attachment::Joined(joined));
        for message in waiting {
            if hand_over(&room, connection, message, 0) == Space::Full {
                room.space().await;
            }
        }
    }

    /// Judges the rights of the documents anew that a change concerns: downgraded in place, or ended.
    async fn look_again(&mut self, change: Option<Change>) {
        if let Some(Change::Inbox(account)) = change {
            let account = account.to_string();
            self.each_joined(|joined| {
                if *joined.user == *account {
                    joined.room.tell_page_of(joined.connection, "inbox");
                }
            });
            return;
        }
        let concerns = |joined: &Joined| match change {
            Some(Change::Document(id)) => joined.room.id == id,
            Some(Change::Session(session)) => self.cookie.session() == Some(session),
            Some(Change::Account(account)) => *joined.user == *account.to_string(),
            Some(Change::Keys | Change::Comments(_) | Change::Revisions(_) | Change::Inbox(_)) => false,
            Some(Change::Flags) | None => true,
        };
        let mut concerned = Vec::new();
        for (address, attachment) in &self.documents {
            if let Attachment::Joined(joined) = attachment
                && concerns(joined)
            {
                concerned.push((address.clone(), joined.credentials.clone()));
            }
        }
        for (address, credentials) in concerned {
            self.renew(address, credentials).await;
        }
    }

    fn authenticated(&self, address: &[u8], level: Level) {
        let scope = if level == Level::Edit { "read-write" } else { "readonly" };
        self.send(address, Reply::Authenticated { scope });
    }

    fn detach(&mut self, address: &Bytes) {
        if let Some(Attachment::Joined(joined)) = self.documents.remove(address) {
            joined.room.leave(joined.connection);
        }
    }

    /// When the next sign-in is overdue or a token expires.
    fn next_deadline(&self) -> Option<Instant> {
        let deadline = |attachment: &Attachment| match attachment {
            Attachment::Waiting { since, .. } => Some(*since + SIGN_IN_WITHIN),
            Attachment::Joined(Joined { expires: Some(expires), asked, .. }) => {
                Some(if *asked { *expires } else { *expires - FRESH_TOKEN_BEFORE.min(expires.elapsed_before()) })
            }
            Attachment::Joined(_) | Attachment::Refused => None,
        };
        self.documents.values().filter_map(deadline).min()
    }

    fn act_on_deadlines(&mut self) {
        let now = Instant::now();
        let mut ended = Vec::new();
        for (address, attachment) in &mut self.documents {
            match attachment {
                Attachment::Waiting { since, .. } if now >= *since + SIGN_IN_WITHIN => {
                    ended.push((address.clone(), Close::Timeout.reason()));
                }
                Attachment::Joined(joined) => match joined.expires {
                    Some(expires) if now >= expires => ended.push((address.clone(), "token-expired")),
                    Some(expires) if !joined.asked && now + FRESH_TOKEN_BEFORE >= expires => {
                        joined.asked = true;
                        if let Some(payload) = Reply::TokenSync.encode(Family::Hocuspocus, address) {
                            self.socket.outbox.push(hub::outbox::frame(&payload));
                        }
                    }
                    _ => {}
                },
                Attachment::Waiting { .. } | Attachment::Refused => {}
            }
        }
        for (address, reason) in ended {
            self.detach(&address);
            self.documents.insert(address.clone(), Attachment::Refused);
            self.deny(&address, reason);
        }
    }

    fn each_joined(&self, act: impl Fn(&Joined)) {
        for attachment in self.documents.values() {
            if let Attachment::Joined(joined) = attachment {
                act(joined);
            }
        }
    }

    fn leave_all(&mut self) {
        self.each_joined(|joined| joined.room.leave(joined.connection));
        self.documents.clear();
    }

    /// A frame that cannot be read may still say whom it concerns.
    fn refuse_malformed(&self, bytes: &Bytes) {
        let refusal = Refusal::Malformed("the frame cannot be read");
        let address = document::lib0::Reader::new(bytes).string().ok();
        match address.and_then(|address| self.documents.get(address.as_bytes())) {
            Some(Attachment::Joined(joined)) => joined.room.refuse(joined.connection, refusal),
            _ => metrics::counter!("consilium_refusals_total", "reason" => refusal.code()).increment(1),
        }
    }

    /// Which document an oversized frame was for is not known: it was dropped unread.
    fn refuse_large(&self) {
        self.each_joined(|joined| joined.room.refuse_large(joined.connection));
    }

    fn deny(&self, address: &[u8], reason: &str) {
        self.send(address, Reply::PermissionDenied(reason));
    }

    fn send(&self, address: &[u8], reply: Reply<'_>) {
        if let Some(payload) = reply.encode(Family::Hocuspocus, address) {
            self.socket.outbox.push(hub::outbox::frame(&payload));
        }
    }
}

trait ElapsedBefore {
    fn elapsed_before(&self) -> Duration;
}

impl ElapsedBefore for Instant {
    /// How far this instant lies ahead.
    fn elapsed_before(&self) -> Duration {
        self.saturating_duration_since(Instant::now())
    }
}

fn document_name(address: &[u8]) -> Result<String, Error> {
    let name = address.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| Error::Invalid("a document name is not valid UTF-8"))?;
    check_name(name)?;
    Ok(name.to_owned())
}

fn hand_over(room: &Arc<Room>, connection: ConnectionId, message: Message, bytes: usize) -> Space {
    match message {
        Message::Sync(step) => return deliver(room, connection, step, bytes),
        Message::Awareness(states) => {
            if let Err(refusal) = room.receive_awareness(connection, &states) {
                room.refuse(connection, refusal);
            }
        }
        Message::QueryAwareness => room.query_awareness(connection),
        Message::Stateless(text) => greet(room, connection, &text),
        Message::Token { .. } | Message::Close | Message::Ping | Message::Pong | Message::Auth => {}
    }
    Space::Free
}

/// Stateless frames are an application's own; ours says hello with one. They are never passed on.
fn greet(room: &Arc<Room>, connection: ConnectionId, text: &str) {
    let Ok(hello) = serde_json::from_str::<Hello>(text) else { return };
    if hello.t == "hello" {
        let same = hello.document.is_none_or(|document| document == room.id.to_string());
        if same {
            room.greet_page(connection);
        }
    }
}
