//! Nodes over one journal, and y-websocket clients in their rooms.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use document::{Author, Family, Level, Ownership, Roots, SyncStep};
use hub::{ConnectionId, FlushEvent, Hub, Joining, Limits, Outbox, Room};
use journal::{Bus, Journal, JournalOptions, NewSnapshot, Snapshot, Trim};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use vocabulary::DocumentId;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Text, Transact, Update};

pub struct Cluster {
    pub journal: Journal,
    _folder: TempDir,
}

impl Cluster {
    pub fn new() -> Cluster {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("journal.db").display());
        Cluster { journal: Journal::open(&url, &JournalOptions::default()).expect("a journal"), _folder: folder }
    }

    pub fn node(&self) -> Hub {
        self.node_with(Limits::default())
    }

    pub fn node_with(&self, limits: Limits) -> Hub {
        Hub::start(self.journal.clone(), Bus::local(), limits)
    }
}

/// One y-websocket client in a room.
pub struct Client {
    pub room: Arc<Room>,
    connection: ConnectionId,
    socket: TcpStream,
    pub doc: Doc,
    /// The message with the state at the time of joining.
    pub told: Vec<u8>,
}

impl Client {
    pub async fn join(hub: &Hub, document: DocumentId, client: u64, user: &str) -> Client {
        let room = hub.open(document, &Roots::default()).await.expect("the document opens");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let socket = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("it listens");
        let (stream, _) = listener.accept().await.expect("somebody connects");
        stream.writable().await.expect("it is open");
        let outbox = Outbox::new(stream.into_split().1);
        let flushing = outbox.clone();
        let joining = Joining {
            family: Family::YWebsocket,
            address: Bytes::new(),
            outbox,
            right: Level::Edit,
            author: Author { user: user.into(), ownership: Ownership::Enforce },
            identity: None,
            peer: user.into(),
        };
        let connection = room.join(joining).expect("the room is open");
        let drained = room.clone();
        // This is what a socket's task does.
        tokio::spawn(async move {
            while matches!(flushing.flush().await, FlushEvent::Drained) {
                drained.drained(connection);
            }
        });
        let doc = Doc::with_client_id(client);
        let mut joined = Client { room, connection, socket, doc, told: Vec::new() };
        joined.told = joined.asks(&[0]).await;
        joined
    }

    pub fn may(&self, level: Level) {
        self.room.set_right(self.connection, level);
    }

    pub fn leave(&self) {
        self.room.leave(self.connection);
    }

    pub fn say(&self, step: SyncStep) {
        self.room.receive(self.connection, step);
    }

    /// Sends the client's position as client 1 of its document.
    pub fn moves(&self, clock: u8, place: &str) {
        let state = serde_json::json!({ "cursor": place }).to_string();
        let len = u8::try_from(state.len()).expect("a short state");
        let message = [&[1, 1, clock, len], state.as_bytes()].concat();
        self.room.receive_awareness(self.connection, &message).expect("it can be read");
    }

    /// Sends a SyncStep1 with this state vector and returns the answer.
    pub async fn asks(&mut self, state_vector: &[u8]) -> Vec<u8> {
        self.say(SyncStep::Step1(Bytes::copy_from_slice(state_vector)));
        let mut frames = self.hear(|frames| frames.iter().any(|frame| frame.starts_with(&[0, 1]))).await;
        frames.pop().expect("it was heard")
    }

    pub fn types(&self, words: &str) -> Bytes {
        let text = self.doc.get_or_insert_text("text");
        let mut txn = self.doc.transact_mut();
        text.push(&mut txn, words);
        let update = Bytes::from(txn.encode_update_v1());
        drop(txn);
        self.say(SyncStep::Update(update.clone()));
        update
    }

    /// Reads and returns frames until `enough` accepts them.
    pub async fn hear(&mut self, enough: impl Fn(&[Vec<u8>]) -> bool) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while !enough(&frames) {
            let frame = tokio::time::timeout(Duration::from_secs(20), self.frame()).await;
            frames.push(frame.expect("a frame in time"));
        }
        frames
    }

    /// Reads one unmasked WebSocket frame.
    pub async fn frame(&mut self) -> Vec<u8> {
        let mut head = [0; 2];
        self.socket.read_exact(&mut head).await.expect("an open socket");
        let len = match head[1] {
            126 => u64::from(self.socket.read_u16().await.expect("a length")),
            127 => self.socket.read_u64().await.expect("a length"),
            small => u64::from(small),
        };
        let mut payload = vec![0; len as usize];
        self.socket.read_exact(&mut payload).await.expect("a payload");
        if head[0] & 0x0f == 8 { [vec![0x88], payload].concat() } else { payload }
    }

    /// Waits until this update comes back, which means that it is durable.
    pub async fn is_confirmed(&mut self, update: &[u8]) {
        self.hear(|frames| frames.last().is_some_and(|frame| frame.ends_with(update))).await;
    }
}

pub async fn text(room: &Arc<Room>) -> (String, u64) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        if let Some((state, seq)) = room.read(|document, seq| (document.state(), seq)) {
            let doc = Doc::new();
            let text = doc.get_or_insert_text("text");
            doc.transact_mut().apply_update(Update::decode_v1(&state).expect("a state")).expect("a state");
            return (text.get_string(&doc.transact()), seq);
        }
        assert!(tokio::time::Instant::now() < deadline, "the room answers");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub async fn snapshot(journal: &Journal, room: &Arc<Room>) {
    let made = room.read(|document, seq| Snapshot {
        seq,
        fingerprint: document.fingerprint(),
        state: document.state(),
        owners: document.known().owners.encode(),
    });
    let (done, saved) = tokio::sync::oneshot::channel();
    journal.save_snapshot(NewSnapshot {
        document: room.id,
        snapshot: made.expect("nothing is under way"),
        trim: Trim::BelowSnapshots,
        done: Box::new(move || done.send(()).expect("somebody waits")),
    });
    saved.await.expect("it is saved");
}
