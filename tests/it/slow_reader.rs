//! [SYNC-6] A socket that does not read uses bounded memory, slows nobody down, and is resynced from the log when it
//! reads again.

use std::time::{Duration, Instant};

use document::Family;
use document::codec::{Message as Said, Reply, SyncStep, read_y_websocket};
use futures_util::{SinkExt, StreamExt};
use tests::server::Server;
use tests::typist::Typist;
use tokio::net::TcpSocket;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Text, Transact};

/// More than the server's queue and both kernels' buffers together.
const FLOOD_BYTES: usize = 9 << 20;
const CHUNK_BYTES: usize = 32 << 10;
/// The document takes some 14 MiB in memory. The counter of resyncs shows that its queue was full.
const HELD_BYTES: u64 = 32 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_is_resynced_and_delays_nobody() {
    let server = Server::start().await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 << 10).expect("a small buffer");
    let stream = socket.connect(server.address.parse().expect("an address")).await.expect("the server listens");
    let (mut slow, _) = client_async(format!("ws://{}/sync/flood", server.address), stream).await.expect("a handshake");
    let hello = Reply::Step1(&[0]).encode(Family::YWebsocket, b"").expect("both have it");
    slow.send(Message::Binary(hello.into())).await.expect("it is sent");
    // From here on it does not read.

    let mut writer = Typist::new(7, "flood");
    assert!(writer.connect(&server.address).await);
    let before = server.resident_bytes();
    let began = Instant::now();
    for _ in 0..FLOOD_BYTES / CHUNK_BYTES {
        assert!(writer.type_text(&"x".repeat(CHUNK_BYTES)).await);
        while !writer.is_settled() {
            assert!(writer.listen(Duration::from_millis(1)).await, "the writer was cut off");
        }
    }
    let took = began.elapsed();
    assert!(took < Duration::from_secs(9), "the writer waited for the slow reader: {took:?}");
    // The memory of the chunks in transit, 100 MiB in total, is returned to the system within a second or two.
    let settled = tokio::time::Instant::now() + Duration::from_secs(15);
    let mut grown = u64::MAX;
    while grown > HELD_BYTES && tokio::time::Instant::now() < settled {
        tokio::time::sleep(Duration::from_millis(200)).await;
        grown = server.resident_bytes().saturating_sub(before);
    }
    assert!(grown <= HELD_BYTES, "{grown} bytes more than before are held");

    assert!(server.metric("consilium_resyncs_total").await > 0.0, "its queue was never full: the flood is too small");

    let doc = Doc::new();
    let text = doc.get_or_insert_text("text");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    let whole = FLOOD_BYTES / CHUNK_BYTES * CHUNK_BYTES;
    while text.len(&doc.transact()) < whole as u32 {
        let frame = tokio::time::timeout_at(deadline, slow.next()).await.expect("it is brought up to date in time");
        let Some(Ok(Message::Binary(frame))) = frame else { continue };
        if let Ok(Said::Sync(SyncStep::Step2(update) | SyncStep::Update(update))) = read_y_websocket(&frame) {
            let update = yrs::Update::decode_v1(&update).expect("an update");
            doc.transact_mut().apply_update(update).expect("an update");
        }
    }
    assert!(text.get_string(&doc.transact()).bytes().all(|byte| byte == b'x'));
}
