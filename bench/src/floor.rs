//! A bare broadcast server: one frame in, the same payload out to everybody on that path.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

type Rooms = Arc<std::sync::Mutex<HashMap<String, broadcast::Sender<Bytes>>>>;

/// Runs until it is ended; prints its address first.
pub async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    println!("http://{}", listener.local_addr().expect("it is bound"));
    let rooms = Rooms::default();
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(attend(stream, rooms.clone()));
    }
}

async fn attend(stream: TcpStream, rooms: Rooms) {
    let _ = stream.set_nodelay(true);
    let mut path = String::new();
    #[expect(clippy::result_large_err, reason = "the callback's type is tungstenite's")]
    let remember = |request: &Request, response: Response| {
        path = request.uri().path().to_owned();
        Ok(response)
    };
    let Ok(socket) = accept_hdr_async(stream, remember).await else { return };
    let room = {
        let mut rooms = rooms.lock().expect("nobody panics while holding it");
        rooms.entry(path).or_insert_with(|| broadcast::channel(4_096).0).clone()
    };
    let mut updates = room.subscribe();
    let (mut sink, mut source) = socket.split();
    let forward = tokio::spawn(async move {
        while let Ok(update) = updates.recv().await {
            if sink.send(Message::Binary(update)).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = source.next().await {
        if let Message::Binary(bytes) = message {
            // Nobody listening is no failure.
            let _ = room.send(bytes);
        }
    }
    forward.abort();
}
