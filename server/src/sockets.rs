//! WebSockets: from the upgrade to the room and back. What both wire families share is here.

mod frames;
mod guard;
mod hocuspocus;
mod tap;
mod upgrade;
mod y_websocket;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use futures_util::StreamExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use hub::{Close, FlushEvent, Outbox};
use std::num::NonZeroU32;
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message as WsMessage};

use database::Change;

use access::{App, Entry};
use tap::Tap;

pub fn routes() -> Router<App> {
    Router::new().route("/sync/{*document}", get(y_websocket::upgrade)).route("/collab", get(hocuspocus::upgrade))
}

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
/// Messages from here on are judged away from the threads that serve sockets.
const LARGE_MESSAGE_BYTES: usize = 256 << 10;

/// What a socket's task wakes up for.
enum Event {
    Message(Bytes),
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
    Ended,
}

/// One WebSocket: reading through tungstenite, writing through the outbox.
struct Socket {
    /// `None` when it has ended.
    stream: Option<WebSocketStream<Tap>>,
    outbox: Arc<Outbox>,
    rate: DefaultDirectRateLimiter,
    /// What comes now is the rest of a frame that nobody reads.
    deaf: bool,
    heard: Instant,
    keep_alive: tokio::time::Interval,
    changes: broadcast::Receiver<Option<Change>>,
    _entry: Entry,
}

impl Socket {
    async fn open(tcp: TcpStream, already_read: Bytes, app: &App, entry: Entry) -> Box<Socket> {
        // Edits are small and people wait for them.
        let _ = tcp.set_nodelay(true);
        let (reader, writer) = tcp.into_split();
        let outbox = Outbox::new(writer);
        let stream = websocket(Tap::new(reader, &already_read, outbox.clone())).await;
        let per_second = NonZeroU32::new(app.config.messages_per_second).unwrap_or(NonZeroU32::MIN);
        let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
        let mut keep_alive = tokio::time::interval(KEEP_ALIVE);
        keep_alive.reset();
        Box::new(Socket {
            stream: Some(stream),
            outbox,
            rate: RateLimiter::direct(Quota::per_second(per_second).allow_burst(burst)),
            deaf: false,
            heard: Instant::now(),
            keep_alive,
            changes: app.changes(),
            _entry: entry,
        })
    }

    /// Waits for whatever comes first. `due` is a deadline of the caller's.
    async fn next(&mut self, due: Option<Instant>) -> Event {
        loop {
            let Some(stream) = &mut self.stream else { return Event::Ended };
            let deadline = async {
                match due {
                    Some(due) => tokio::time::sleep_until(due.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                event = self.outbox.flush() => match event {
                    FlushEvent::Drained => return Event::Drained,
                    FlushEvent::Close(_) => {
                        let _ = Box::pin(tokio::time::timeout(CLOSE_WAIT, self.until_closed())).await;
                        return Event::Ended;
                    }
                    FlushEvent::Broken => return Event::Ended,
                },
                message = stream.next(), if !self.deaf => {
                    self.heard = Instant::now();
                    stream.get_mut().frames().note_read();
                    match message {
                        Some(Ok(WsMessage::Binary(bytes))) => {
                            self.slim().await;
                            // Over its rate a socket is read more slowly; nothing is refused for speed.
                            while self.rate.check().is_err() {
                                tokio::time::sleep(PAUSE).await;
                            }
                            return if bytes.len() > MAX_MESSAGE_BYTES { Event::TooLarge } else { Event::Message(bytes) };
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
                _ = self.keep_alive.tick() => {
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
                () = deadline => return Event::Due,
            }
        }
    }

    /// Gives back the memory of a large message. Not right after a ping or a close: tungstenite has an answer to write
    /// then.
    async fn slim(&mut self) {
        if let Some(tap) = self.take_spent() {
            self.stream = Some(Box::pin(websocket(tap)).await);
        }
    }

    fn take_spent(&mut self) -> Option<Tap> {
        let spent = |stream: &mut WebSocketStream<Tap>| {
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

async fn websocket(tap: Tap) -> WebSocketStream<Tap> {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        // Only pongs and closes are written through it, straight into the outbox.
        .write_buffer_size(0)
        .max_write_buffer_size(64 << 10)
        .max_message_size(Some(MAX_READ_BYTES))
        .max_frame_size(Some(MAX_READ_BYTES));
    WebSocketStream::from_raw_socket(tap, Role::Server, Some(config)).await
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.outbox.abandon();
    }
}

/// Hands a message to a room, away from the socket threads if it is large.
fn deliver(room: &Arc<hub::Room>, connection: hub::ConnectionId, step: document::SyncStep, bytes: usize) -> hub::Space {
    if bytes >= LARGE_MESSAGE_BYTES {
        tokio::task::block_in_place(|| room.receive(connection, step))
    } else {
        room.receive(connection, step)
    }
}
