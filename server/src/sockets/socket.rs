//! One WebSocket: it reads through tungstenite, writes through the outbox, and polls the work that it waits for.
//! Nothing that may take long is awaited between two messages, so a socket that waits for a sign-in, or for space in a
//! room, still sends messages and handles changes.

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

/// The largest message that is processed: the size of the largest document, plus an address and a header.
const MAX_MESSAGE_BYTES: usize = document::document::MAX_DOCUMENT_BYTES + (64 << 10);
/// The largest message that is read, so that one above [`MAX_MESSAGE_BYTES`] can be answered.
const MAX_READ_BYTES: usize = 2 * MAX_MESSAGE_BYTES;
/// The size of the read buffer, small so that an idle socket is cheap: a keystroke takes 100 bytes, a caret 300. For
/// larger messages, the buffer grows by this many bytes at a time.
const READ_BUFFER_BYTES: usize = 512;
/// A buffer that has grown past this is not kept.
const KEPT_BYTES: u64 = READ_BUFFER_BYTES as u64;
/// The pause in reading a socket that is over its rate.
const PAUSE: Duration = Duration::from_millis(10);
/// How far the presence that a socket sent may be ahead of its rate.
const PRESENCE_BURST: Duration = Duration::from_secs(2);
/// The longest time in which a client gets no message: clients reconnect after 30 s, and ping frames do not count.
const KEEP_ALIVE: Duration = Duration::from_secs(12);
/// An empty ping, unmasked (RFC 6455, 5.5.2).
const PING_FRAME: [u8; 2] = [0x89, 0];
/// A peer that has not answered pings for this long is considered gone.
const DEAD_AFTER: Duration = Duration::from_secs(75);
/// The time that a peer has to answer a close frame.
const CLOSE_WAIT: Duration = Duration::from_secs(2);

/// The events that wake a socket's task.
pub(super) enum Event {
    Message(Bytes),
    /// The beginning of a message that was too large for a socket in no document.
    Cut(Bytes),
    /// A message larger than a document may be: read and dropped.
    TooLarge,
    /// A message too large to read; the socket is being closed.
    FarTooLarge,
    /// The outbox was full and is now empty: dropped updates can be sent.
    Drained,
    /// The keep-alive interval has passed.
    Quiet,
    /// Rights may have changed; `None`: all may have.
    Changed(Option<Change>),
    /// The deadline passed to [`Socket::next`] was reached.
    Due,
    SignedIn(Box<SignedIn>),
    Renewed(Box<Renewed>),
    /// The topics that the client may watch were looked up.
    Watchable(Box<Checked>),
    /// A topic that its client watches may have changed.
    News,
    /// A room that was full has space: the socket is read again.
    Space,
    Ended,
}

/// Work that takes a while. Its result is an event for the socket's task.
pub(super) type Work = Pin<Box<dyn Future<Output = Event> + Send>>;

/// One WebSocket: reading through tungstenite, writing through the outbox.
pub(super) struct Socket {
    /// `None` when it has ended.
    stream: Option<WebSocketStream<SocketStream>>,
    pub outbox: Arc<Outbox>,
    /// Work in progress. Meanwhile the socket is not read, because the next message may depend on the result.
    pub sign_in: Option<Work>,
    pub renewal: Option<Work>,
    space: Option<Work>,
    /// Waits for changes of topics. The socket is read meanwhile.
    pub news: Option<Work>,
    rate: DefaultDirectRateLimiter,
    /// The rate limit allows one more message.
    may_take: bool,
    /// The time that one byte of presence takes at the permitted rate.
    presence_byte: Duration,
    /// When the presence received so far would have been sent at the permitted rate.
    presence_sent_at: Instant,
    /// The rest of the input is a frame that is too large, and is discarded.
    deaf: bool,
    heard: Instant,
    keep_alive: tokio::time::Interval,
    changes: broadcast::Receiver<Option<Change>>,
    _entry: Entry,
}

impl Socket {
    pub async fn open(tcp: TcpStream, already_read: Bytes, app: &App, entry: Entry) -> Box<Socket> {
        // Edits are small, and people wait for them, so they are not delayed to fill a packet.
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
            presence_byte: Duration::from_secs(1) / app.config.presence_bytes_per_second,
            presence_sent_at: Instant::now(),
            deaf: false,
            heard: Instant::now(),
            keep_alive,
            changes: app.changes(),
            _entry: entry,
        })
    }

    /// Waits for the next event. `due` is a deadline of the caller's.
    pub async fn next(&mut self, due: Option<Instant>) -> Event {
        loop {
            let is_read = self.is_read();
            // A socket over its rate is read more slowly; its messages are not refused.
            let is_within = self.presence_sent_at <= Instant::now() + PRESENCE_BURST;
            self.may_take |= is_read && is_within && self.rate.check().is_ok();
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
                    // Pings count too: each is answered.
                    self.may_take = false;
                    let is_cut = stream.get_mut().note_read();
                    match message {
                        Some(Ok(WsMessage::Binary(bytes))) => {
                            self.slim().await;
                            return match bytes.len() {
                                _ if is_cut => Event::Cut(bytes),
                                ..=MAX_MESSAGE_BYTES => Event::Message(bytes),
                                _ => Event::TooLarge,
                            };
                        }
                        // Neither family has text messages.
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
                        // A socket that is not read cannot show that its peer is alive.
                        self.heard = Instant::now();
                    }
                    if self.heard.elapsed() > DEAD_AFTER {
                        return Event::Ended;
                    }
                    if self.heard.elapsed() > KEEP_ALIVE {
                        // A client without presence may send nothing for hours; its pong shows that it is there.
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

    /// Counts presence that the client sent.
    pub fn count_presence(&mut self, bytes: usize) {
        let takes = self.presence_byte * u32::try_from(bytes).unwrap_or(u32::MAX);
        self.presence_sent_at = self.presence_sent_at.max(Instant::now()) + takes;
    }

    /// Stops reading until the room has space. Messages of other rooms are still sent.
    pub fn wait_for_space(&mut self, room: &Arc<Room>) {
        let room = room.clone();
        self.space = Some(Box::pin(async move {
            room.space().await;
            Event::Space
        }));
    }

    /// Takes a change that has already arrived, without waiting.
    pub fn take_change(&mut self) -> Option<Option<Change>> {
        match self.changes.try_recv() {
            Ok(change) => Some(change),
            Err(TryRecvError::Lagged(_)) => Some(None),
            Err(TryRecvError::Empty | TryRecvError::Closed) => None,
        }
    }

    /// Cancels all work in progress.
    pub fn stop_waiting(&mut self) {
        (self.sign_in, self.renewal, self.space, self.news) = (None, None, None, None);
    }

    /// Sets whether the socket is admitted to a document. Until then it may send little; `reads_state_vectors`
    /// determines from the beginning of a message whether it may be larger.
    pub fn set_admitted(&mut self, admitted: bool, budget: &PreAuthMemory, reads_state_vectors: fn(&[u8]) -> bool) {
        if let Some(stream) = &mut self.stream {
            stream.get_mut().set_admitted(admitted, budget, reads_state_vectors);
        }
    }

    /// The filter, while the socket is not admitted to a document.
    pub fn filter(&self) -> Option<&PreAuthFilter> {
        self.stream.as_ref().and_then(|stream| stream.get_ref().filter())
    }

    /// Releases the memory of a large message. Not called right after a ping or a close, to which tungstenite still has
    /// to write an answer.
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
            // Discard the rest of the frame. If it stayed in the buffer, the kernel would reset the connection, and the
            // client would not get the reason.
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

/// Resolves with the event of the first work that ends, and removes that work.
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
