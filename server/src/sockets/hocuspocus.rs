//! `/collab`: @hocuspocus/provider 2 to 4, and our own page. A socket carries many documents. Each frame begins with an
//! address, which names a document or the topics, and the client signs in at each address separately.

mod deadlines;
mod page_version;
mod renewals;
mod watching;

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use document::codec::{PONG_FRAME, Reply, read_hocuspocus};
use document::{Family, Frame, Message, Refusal};
use hub::{Close, Space};
use serde::Deserialize;
use tracing::info;

use crate::sockets::access_expiry::Pass;
use crate::sockets::pre_auth_queue::{MessageKind, PreAuthQueue, QUEUED_BYTES, from_nothing};
use crate::sockets::session::{Attached, Entered, JoinRequest, SignedIn, send_level, send_reply, sign_in};
use crate::sockets::socket::{Event, Socket};
use crate::sockets::topics::{Listening, TOPICS};
use crate::{sockets::pre_auth_limits::PreAuthFilter, sockets::upgrade::Upgrade};
use access::{App, Credentials};
use endpoint::{Error, names::check_name};
use page_version::{is_outdated, says_outdated};
use watching::is_topics;

/// The time for one more sign-in, after as many at once as a socket may have documents. A socket that signs in more
/// often is read more slowly, because each attempt queries the database.
const SIGN_IN_EVERY: Duration = Duration::from_secs(1);
/// The maximum length of a token.
const TOKEN_BYTES: usize = 64 << 10;

pub(super) async fn upgrade(
    State(app): State<App>,
    cookie: Credentials,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response<Body>, Error> {
    let is_outdated = is_outdated(&app, &headers, query.as_deref());
    Ok(upgrade.run(app, move |app, socket| async move {
        let now = Instant::now();
        let mut client = Box::new(Client {
            app,
            socket,
            cookie,
            is_outdated,
            documents: HashMap::new(),
            to_renew: VecDeque::new(),
            changed_meanwhile: false,
            silent_since: Some(now),
            signs_in_after: now,
            has_listened: false,
        });
        client.converse().await;
    }))
}

struct Client {
    app: App,
    socket: Box<Socket>,
    cookie: Credentials,
    /// The page was loaded before an upgrade.
    is_outdated: bool,
    /// By raw address: `name` or `name\0session`.
    documents: HashMap<Bytes, Document>,
    /// The documents whose rights are to be checked.
    to_renew: VecDeque<Bytes>,
    /// Rights changed during the current sign-in, which may have read the old ones.
    changed_meanwhile: bool,
    /// When the client could first sign in; `None` after its first attempt.
    silent_since: Option<Instant>,
    /// When the sign-ins so far would have been made at the permitted rate. This may be ahead of now by
    /// [`SIGN_IN_EVERY`] for each document that a socket may have.
    signs_in_after: Instant,
    /// The client has signed in to watch topics.
    has_listened: bool,
}

// The variants are boxed, because a map reserves space for at least four entries, and most sockets have one document.
enum Document {
    /// Not signed in yet; messages wait.
    Waiting(Box<PreAuthQueue>),
    Joined(Box<Attached>),
    /// Watches topics, at their address.
    Listening(Box<Listening>),
    /// Refused until the client sends another token.
    Refused,
}

impl Document {
    fn pass(&mut self) -> Option<&mut Pass> {
        match self {
            Document::Joined(attached) => Some(&mut attached.pass),
            Document::Listening(listening) => Some(&mut listening.pass),
            Document::Waiting(_) | Document::Refused => None,
        }
    }
}

/// The first message of our own page.
#[derive(Deserialize)]
struct Hello {
    t: String,
    document: Option<String>,
    /// The version of the schema that the page's editor has.
    schema: Option<u32>,
}

impl Client {
    async fn converse(&mut self) {
        self.note_admitted();
        loop {
            self.make_room();
            let due = self.next_deadline();
            match self.socket.next(due).await {
                Event::Message(bytes) => self.take(bytes),
                Event::Cut(beginning) => self.take_beginning(&beginning),
                Event::TooLarge => self.refuse_large(),
                Event::FarTooLarge => self.each_joined(|joined| joined.room.hold_back(joined.connection)),
                Event::Drained => self.each_joined(|joined| joined.room.drained(joined.connection)),
                Event::Quiet => {
                    self.each_joined(|joined| joined.room.keep_alive(joined.connection));
                    self.keep_alive();
                }
                Event::Changed(change) => self.on_change(change),
                Event::SignedIn(signed_in) => self.note_signed_in(*signed_in),
                Event::Renewed(renewed) => self.note_renewed(*renewed),
                Event::Watchable(checked) => self.note_watchable(*checked),
                Event::News => self.note_news(),
                Event::Due => self.act_on_deadlines(),
                Event::Space => {}
                Event::Ended => return,
            }
        }
    }

    fn take(&mut self, bytes: Bytes) {
        let Ok(Frame { address, message }) = read_hocuspocus(&bytes) else {
            return self.refuse_malformed(&bytes);
        };
        match message {
            Message::Ping => drop(self.socket.outbox.push(hub::outbox::frame(&PONG_FRAME))),
            Message::Pong | Message::Auth => {}
            Message::Close => self.detach(&address),
            _ if self.is_one_too_many(&address) => self.deny(&address, "too-many-documents"),
            Message::Token { token, .. } if token.len() > TOKEN_BYTES => self.refuse(address, Close::Unauthorized),
            Message::Token { token, .. } if self.is_outdated && token.is_empty() && !is_topics(&address) => {
                self.silent_since = None;
                self.refuse(address, Close::OutdatedPage);
            }
            Message::Token { token, .. } => self.sign_in(address, Some(token)),
            other => self.take_for_document(address, other, bytes.len()),
        }
    }

    /// Whether the socket has too many documents for this address. Refused documents count too, because each is
    /// remembered; topics do not.
    fn is_one_too_many(&self, address: &[u8]) -> bool {
        let documents = self.documents.len() - usize::from(self.documents.contains_key(TOPICS.as_bytes()));
        let is_new = !is_topics(address) && !self.documents.contains_key(address);
        is_new && documents >= self.app.config.documents_per_socket
    }

    fn take_for_document(&mut self, address: Bytes, message: Message, bytes: usize) {
        match self.documents.get(&address) {
            Some(Document::Joined(_)) if says_outdated(&message) => {
                self.refuse(address, Close::OutdatedPage);
                return;
            }
            Some(Document::Joined(attached)) => {
                if let Message::Awareness(states) = &message {
                    self.socket.count_presence(states.len());
                }
                if hand_over(attached, message, bytes) == Space::Full {
                    self.socket.wait_for_space(&attached.room);
                }
                return;
            }
            Some(Document::Listening(_)) => {
                // The provider also sends sync messages, but this address has no document.
                if let Message::Stateless(text) = message {
                    self.watch(address, &text);
                }
                return;
            }
            _ => {}
        }
        let free = QUEUED_BYTES.saturating_sub(self.waiting_bytes());
        let budget = self.app.pre_auth_memory.clone();
        if let Some(waiting) = self.waiting(address) {
            waiting.queue(message, bytes, free, &budget);
        }
    }

    /// Handles the beginning of a message that was too large for a client that has not signed in.
    fn take_beginning(&mut self, beginning: &Bytes) {
        let Some((address, kind)) = MessageKind::read(beginning) else {
            return self.refuse_malformed(beginning);
        };
        if self.is_one_too_many(&address) {
            return self.deny(&address, "too-many-documents");
        }
        match (kind, self.documents.get(&address)) {
            (MessageKind::Token, _) => self.refuse(address, Close::Unauthorized),
            // The message began to arrive before the client joined the document.
            (MessageKind::Update, Some(Document::Joined(attached))) => {
                attached.room.ask_for_lost(attached.connection, 1);
            }
            (MessageKind::StateVector, Some(Document::Joined(attached))) => {
                attached.deliver(from_nothing(), 0);
            }
            (kind, _) => {
                if let Some(waiting) = self.waiting(address) {
                    waiting.lose(kind);
                }
            }
        }
    }

    /// The queue of an address at which the client has not signed in, made if the address is new. `None` if the client
    /// has signed in there or was refused.
    fn waiting(&mut self, address: Bytes) -> Option<&mut PreAuthQueue> {
        if !self.documents.contains_key(&address) {
            self.documents.insert(address.clone(), Document::Waiting(Box::new(PreAuthQueue::new())));
            // Providers up to 2.15 do not send an empty token, so an open server must not wait for one.
            if self.app.config.open {
                self.sign_in(address.clone(), None);
            }
        }
        match self.documents.get_mut(&address) {
            Some(Document::Waiting(waiting)) => Some(waiting),
            _ => None,
        }
    }

    /// Drops the queues of this socket while it waits for memory, because two sockets that hold some could wait for
    /// each other forever.
    fn make_room(&mut self) {
        if self.socket.filter().is_some_and(PreAuthFilter::is_waiting) {
            for document in self.documents.values_mut() {
                if let Document::Waiting(waiting) = document {
                    waiting.lose_all();
                }
            }
        }
    }

    fn waiting_bytes(&self) -> usize {
        let bytes = |document: &Document| if let Document::Waiting(waiting) = document { waiting.bytes } else { 0 };
        self.documents.values().map(bytes).sum()
    }

    /// Signs in with a token, or without one on an open server: joins the document, or renews the right to it.
    fn sign_in(&mut self, address: Bytes, token: Option<String>) {
        let Ok(name) = document_name(&address) else {
            return self.deny(&address, Close::NotFound.reason());
        };
        let token = token.filter(|token| !token.is_empty());
        let credentials = self.cookie.with_token(token);
        self.begin_sign_in(JoinRequest { family: Family::Hocuspocus, address, name, credentials });
    }

    fn begin_sign_in(&mut self, request: JoinRequest) {
        let now = Instant::now();
        let ahead = SIGN_IN_EVERY * u32::try_from(self.app.config.documents_per_socket).unwrap_or(u32::MAX);
        // The first sign-in for topics is not counted.
        let is_extra = is_topics(&request.address) && !std::mem::replace(&mut self.has_listened, true);
        let cost = if is_extra { Duration::ZERO } else { SIGN_IN_EVERY };
        self.signs_in_after = self.signs_in_after.max(now) + cost;
        let not_before = self.signs_in_after.checked_sub(ahead).filter(|not_before| *not_before > now);
        let present = match self.documents.get(&request.address) {
            Some(Document::Joined(attached)) => Some(attached.pass.user.clone()),
            _ => None,
        };
        self.changed_meanwhile = false;
        self.silent_since = None;
        self.socket.sign_in = Some(sign_in(&self.app, &self.socket.outbox, request, present, not_before));
    }

    fn note_signed_in(&mut self, SignedIn { request, outcome }: SignedIn) {
        // The time in which the socket was not read does not count as the client's silence.
        for document in self.documents.values_mut() {
            if let Document::Waiting(waiting) = document {
                waiting.since = Instant::now();
            }
        }
        let address = request.address.clone();
        match (outcome, self.documents.get_mut(&address)) {
            (Ok(Entered::Again(admitted)), Some(Document::Joined(attached))) => {
                let level = attached.take_token(&admitted, request.credentials);
                send_level(&self.socket.outbox, Family::Hocuspocus, &address, level);
            }
            // The document was detached meanwhile; the client may join it again.
            (Ok(Entered::Again(_)), _) => return self.begin_sign_in(request),
            (Ok(Entered::Attached(attached)), _) => self.note_attached(&address, attached),
            (Ok(Entered::Member(member)), _) => self.note_member(&address, &member, request.credentials),
            (Err(Close::Unavailable), _) if is_topics(&address) => self.put_off(address.clone()),
            // Closes the socket: the client reconnects and sends everything it has.
            (Err(close), _) if !close.is_permanent() => return self.socket.outbox.close(close),
            (Err(close), _) => {
                info!(parent: &request.span(None), reason = close.reason(), "refused");
                return self.refuse(address, close);
            }
        }
        if std::mem::take(&mut self.changed_meanwhile) {
            self.renew(address);
        }
    }

    fn note_attached(&mut self, address: &Bytes, attached: Attached) {
        let waiting = match self.documents.remove(address) {
            Some(Document::Waiting(waiting)) => Some(waiting),
            // A previous attachment leaves the document when it is dropped.
            Some(_) | None => None,
        };
        if waiting.is_some_and(|waiting| waiting.hand_over(&attached, hand_over) == Space::Full) {
            self.socket.wait_for_space(&attached.room);
        }
        self.documents.insert(address.clone(), Document::Joined(Box::new(attached)));
        self.note_admitted();
    }

    fn detach(&mut self, address: &Bytes) {
        self.documents.remove(address);
        self.note_admitted();
    }

    /// Refuses a document until the client sends another token.
    fn refuse(&mut self, address: Bytes, close: Close) {
        self.refuse_because(address, close.reason());
    }

    fn refuse_because(&mut self, address: Bytes, reason: &'static str) {
        self.detach(&address);
        self.deny(&address, reason);
        self.documents.insert(address, Document::Refused);
    }

    /// Tells the socket whether it is admitted. A socket that is in no document and watches no topics may send little.
    fn note_admitted(&mut self) {
        let is_in = |document: &Document| matches!(document, Document::Joined(_) | Document::Listening(_));
        let admitted = self.documents.values().any(is_in);
        self.socket.set_admitted(admitted, &self.app.pre_auth_memory, |beginning| {
            MessageKind::read(beginning).is_some_and(|(_, kind)| kind == MessageKind::StateVector)
        });
    }

    fn each_joined(&self, act: impl Fn(&Attached)) {
        for document in self.documents.values() {
            if let Document::Joined(attached) = document {
                act(attached);
            }
        }
    }

    /// Refuses a frame that cannot be parsed. Its address may still be readable.
    fn refuse_malformed(&self, bytes: &Bytes) {
        let refusal = Refusal::Malformed("the frame cannot be read");
        let address = document::lib0::Reader::new(bytes).string().ok();
        match address.and_then(|address| self.documents.get(address.as_bytes())) {
            Some(Document::Joined(attached)) => attached.room.refuse(attached.connection, refusal),
            _ => metrics::counter!("consilium_refusals_total", "reason" => refusal.code()).increment(1),
        }
    }

    /// Refuses an oversized frame in all documents, because it was dropped before its address was read.
    fn refuse_large(&self) {
        self.each_joined(|joined| joined.room.refuse_large(joined.connection));
    }

    fn deny(&self, address: &[u8], reason: &str) {
        send_reply(&self.socket.outbox, Family::Hocuspocus, address, Reply::PermissionDenied(reason));
    }
}

/// The document name in an address, or [`TOPICS`].
fn document_name(address: &[u8]) -> Result<String, Error> {
    if is_topics(address) {
        return Ok(TOPICS.to_owned());
    }
    let name = address.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| Error::Invalid("a document name is not valid UTF-8"))?;
    check_name(name)?;
    Ok(name.to_owned())
}

fn hand_over(attached: &Attached, message: Message, bytes: usize) -> Space {
    match message {
        Message::Sync(step) => return attached.deliver(step, bytes),
        Message::Awareness(states) => attached.deliver_awareness(&states),
        Message::QueryAwareness => attached.room.query_awareness(attached.connection),
        Message::Stateless(text) => greet(attached, &text),
        Message::Token { .. } | Message::Close | Message::Ping | Message::Pong | Message::Auth => {}
    }
    Space::Free
}

/// Handles a stateless message. Our page sends one to say hello; those of other applications are ignored, and none is
/// passed on.
fn greet(attached: &Attached, text: &str) {
    let Ok(hello) = serde_json::from_str::<Hello>(text) else { return };
    if hello.t == "hello" {
        let same = hello.document.is_none_or(|document| document == attached.room.id.to_string());
        if same {
            attached.room.greet_page(attached.connection);
        }
    }
}
