//! One WebSocket: reading through tungstenite, writing through the outbox, and what it waits for meanwhile. Nothing
//! that may take long is awaited between two messages: whoever waits for a sign-in, or for space in a room, still
//! hears of everything else.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use database::Change;
use futures_util::StreamExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hub::{Close, FlushEvent, Outbox, Room};
use tokio::net::TcpStream;
use tokio::sync::broadcast::{self, error::TryRecvError};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};

use crate::sockets::session::{Renewed, SignedIn};
use crate::{sockets::pre_auth_limits::PreAuthFilter, sockets::socket_stream::SocketStream, sockets::topics::Checked};
use access::{App, Entry, PreAuthMemory};

/// The largest message that is judged; a document is no larger. An address and a header come on top.
const MAX_MESSAGE_BYTES: usize = document::document::MAX_DOCUMENT_BYTES + (64 << 10);
/// The largest that is read at all, so that one that is too large gets an answer.
const MAX_READ_BYTES: usize = 2 * MAX_MESSAGE_BYTES;
/// A keystroke takes 100 bytes, a caret 300. It grows with what comes, and is read into so many bytes at a time:
/// an idle socket must be cheap.
const READ_BUFFER_BYTES: usize = 512;
/// A buffer that has grown past this is not kept.
const KEPT_BYTES: u64 = READ_BUFFER_BYTES as u64;
/// Over its rate a socket is not read for so long at a time.
const PAUSE: Duration = Duration::from_millis(10);
/// Clients reconnect after 30 s without a message, and ping frames do not count.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// An empty ping, unmasked (RFC 6455, 5.5.2).
const PING_FRAME: [u8; 2] = [0x89, 0];
/// A peer that does not even answer pings for this long is gone.
const DEAD_AFTER: Duration = Duration::from_secs(75);
/// How long the other side may take to answer a close frame.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// What a socket's task wakes up for.
pub(super) enum Event {
    Message(Bytes),
    /// The beginning of a message that was too large for a socket in no document.
    Cut(Bytes),
    /// Larger than a document may be: read and dropped.
    TooLarge,
    /// So large that it is not even read; the socket is being closed.
    FarTooLarge,
    /// Everything left, and somebody owes this socket something.
    Drained,
    /// Nothing was said for a while.
    Quiet,
    /// Rights may have changed; `None`: all may have.
    Changed(Option<Change>),
    /// A deadline that the socket set itself has come.
    Due,
    SignedIn(Box<SignedIn>),
    Renewed(Box<Renewed>),
    /// What its client may watch was looked up.
    Watchable(Box<Checked>),
    /// A topic that its client watches may have changed.
    News,
    /// A room that was full has space: the socket is read again.
    Space,
    Ended,
}

/// Something that takes a while, and what the socket's task hears when it is over.
pub(super) type Work = Pin<Box<dyn Future<Output = Event> + Send>>;

/// One WebSocket: reading through tungstenite, writing through the outbox.
pub(super) struct Socket {
    /// `None` when it has ended.
    stream: Option<WebSocketStream<SocketStream>>,
    pub outbox: Arc<Outbox>,
    /// What it waits for. Meanwhile it is not read: what the client says next may depend on it.
    pub sign_in: Option<Work>,
    pub renewal: Option<Work>,
    space: Option<Work>,
    /// Waits for news of topics; it is read meanwhile.
    pub news: Option<Work>,
    rate: DefaultDirectRateLimiter,
    /// Its rate allows for one more message.
    may_take: bool,
    /// What comes now is the rest of a frame that nobody reads.
    deaf: bool,
    heard: Instant,
    keep_alive: tokio::time::Interval,
    changes: broadcast::Receiver<Option<Change>>,
    _entry: Entry,
}

impl Socket {
    pub async fn open(tcp: TcpStream, already_read: Bytes, app: &App, entry: Entry) -> Box<Socket> {
        // Edits are small and people wait for them.
        let _ = tcp.set_nodelay(true);
        let (reader, writer) = tcp.into_split();
        let outbox = Outbox::new(writer);
        let stream = websocket(SocketStream::new(reader, &already_read, outbox.clone())).await;
        let per_second = NonZeroU32::new(app.config.messages_per_second).unwrap_or(NonZeroU32::MIN);
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
        let mut keep_alive = tokio::time::interval(KEEP_ALIVE);
        keep_alive.reset();
        Box::new(Socket {
            stream: Some(stream),
            outbox,
            sign_in: None,
            renewal: None,
            space: None,
            news: None,
            may_take: false,
            rate: RateLimiter::direct(Quota::per_second(per_second).allow_burst(burst)),
            deaf: false,
            heard: Instant::now(),
            keep_alive,
            changes: app.changes(),
            _entry: entry,
        })
    }

    /// Waits for whatever comes first. `due` is a deadline of the caller's.
    pub async fn next(&mut self, due: Option<Instant>) -> Event {
        loop {
            let is_read = self.is_read();
            // Over its rate a socket is read more slowly; nothing is refused for speed.
            self.may_take |= is_read && self.rate.check().is_ok();
            let is_paused = is_read && !self.may_take;
            let pause = is_paused.then(|| Instant::now() + PAUSE);
            let wake = due.into_iter().chain(pause).min();
            let Some(stream) = &mut self.stream else { return Event::Ended };
            let deadline = async {
                match wake {
                    Some(wake) => tokio::time::sleep_until(wake.into()).await,
                    None => std::future::pending().await,
                }
            };
            let works = [&mut self.sign_in, &mut self.renewal, &mut self.space, &mut self.news];
            tokio::select! {
                event = self.outbox.flush() => match event {
                    FlushEvent::Drained => return Event::Drained,
                    FlushEvent::Close(_) => {
                        let _ = Box::pin(tokio::time::timeout(CLOSE_WAIT, self.until_closed())).await;
                        return Event::Ended;
                    }
                    FlushEvent::Broken => return Event::Ended,
                },
                message = stream.next(), if is_read && !is_paused => {
                    self.heard = Instant::now();
                    let is_cut = stream.get_mut().note_read();
                    match message {
                        Some(Ok(WsMessage::Binary(bytes))) => {
                            self.may_take = false;
                            self.slim().await;
                            return match bytes.len() {
                                _ if is_cut => Event::Cut(bytes),
                                ..=MAX_MESSAGE_BYTES => Event::Message(bytes),
                                _ => Event::TooLarge,
                            };
                        }
                        // No message of either family.
                        Some(Ok(WsMessage::Text(_))) => self.slim().await,
                        // Pings are answered by tungstenite.
                        Some(Ok(_)) => {}
                        Some(Err(WsError::Capacity(_))) => {
                            self.outbox.close(Close::FrameTooBig);
                            self.deaf = true;
                            return Event::FarTooLarge;
                        }
                        Some(Err(_)) | None => return Event::Ended,
                    }
                },
                event = first_of(works) => return event,
                _ = self.keep_alive.tick() => {
                    if !is_read {
                        // Whether it still speaks cannot be heard.
                        self.heard = Instant::now();
                    }
                    if self.heard.elapsed() > DEAD_AFTER {
                        return Event::Ended;
                    }
                    if self.heard.elapsed() > KEEP_ALIVE {
                        // A client without presence may say nothing for hours; its pong shows that it is there.
                        self.outbox.push(Bytes::from_static(&PING_FRAME));
                        self.slim().await;
                    }
                    return Event::Quiet;
                }
                change = self.changes.recv() => return Event::Changed(change.ok().flatten()),
                () = deadline => {
                    if due.is_some_and(|due| due <= Instant::now()) {
                        return Event::Due;
                    }
                }
            }
        }
    }

    fn is_read(&self) -> bool {
        !self.deaf && self.sign_in.is_none() && self.renewal.is_none() && self.space.is_none()
    }

    /// Reads no more until a room has space for what comes. What it holds of other rooms goes out meanwhile.
    pub fn wait_for_space(&mut self, room: &Arc<Room>) {
        let room = room.clone();
        self.space = Some(Box::pin(async move {
            room.space().await;
            Event::Space
        }));
    }

    /// A change that has come already.
    pub fn take_change(&mut self) -> Option<Option<Change>> {
        match self.changes.try_recv() {
            Ok(change) => Some(change),
            Err(TryRecvError::Lagged(_)) => Some(None),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// Nothing that it waited for matters any more.
    pub fn stop_waiting(&mut self) {
        (self.sign_in, self.renewal, self.space, self.news) = (None, None, None, None);
    }

    /// Whether it is in a document. While it is in none it may send little, and `reads_state_vectors` says of the
    /// beginning of a message whether it may be larger.
    pub fn set_admitted(&mut self, admitted: bool, budget: &PreAuthMemory, reads_state_vectors: fn(&[u8]) -> bool) {
        if let Some(stream) = &mut self.stream {
            stream.get_mut().set_admitted(admitted, budget, reads_state_vectors);
        }
    }

    /// How it sends while it is in no document.
    pub fn filter(&self) -> Option<&PreAuthFilter> {
        self.stream.as_ref().and_then(|stream| stream.get_ref().filter())
    }

    /// Gives back the memory of a large message. Not right after a ping or a close: tungstenite has an answer to write
    /// then.
    async fn slim(&mut self) {
        if let Some(stream) = self.take_spent() {
            self.stream = Some(Box::pin(websocket(stream)).await);
        }
    }

    fn take_spent(&mut self) -> Option<SocketStream> {
        let spent = |stream: &mut WebSocketStream<SocketStream>| {
            let frames = stream.get_mut().frames();
            frames.largest() > KEPT_BYTES && frames.all_read()
        };
        self.stream.take_if(spent).map(|stream| stream.into_inner().afresh())
    }

    async fn until_closed(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        while let Some(Ok(_)) = stream.next().await {}
        if self.deaf {
            // The rest of the frame that nobody reads: with it in the buffer a close would be a reset, and the
            // other side would never hear the reason.
            let mut rest = vec![0; 64 << 10];
            let tcp = stream.get_ref().tcp();
            while tcp.readable().await.is_ok() {
                match tcp.try_read(&mut rest) {
                    Ok(0) => return,
                    Ok(_) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(_) => return,
                }
            }
        }
    }
}

async fn websocket(stream: SocketStream) -> WebSocketStream<SocketStream> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        // Only pongs and closes are written through it, straight into the outbox.
        .write_buffer_size(0)
        .max_write_buffer_size(64 << 10)
        .max_message_size(Some(MAX_READ_BYTES))
        .max_frame_size(Some(MAX_READ_BYTES));
    WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await
}

/// The first of some works that is over, which is forgotten.
fn first_of<const N: usize>(mut works: [&mut Option<Work>; N]) -> impl Future<Output = Event> {
    std::future::poll_fn(move |cx| {
        for work in &mut works {
            if let Some(running) = work
                && let Poll::Ready(event) = running.as_mut().poll(cx)
            {
                **work = None;
                return Poll::Ready(event);
            }
        }
        Poll::Pending
    })
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.outbox.abandon();
    }
}
