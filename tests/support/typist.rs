//! A Hocuspocus client that types unique words and tracks which of them were acknowledged.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::Bytes;
use document::Family;
use document::codec::Reply;
use document::lib0::Reader;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub struct Typist {
    pub id: u64,
    pub document: String,
    doc: Doc,
    socket: Option<Socket>,
    typed: usize,
    /// Words that are not acknowledged yet, oldest first, with the time of typing.
    waiting: VecDeque<(String, Instant)>,
    /// The number of words, from the oldest, that each expected SyncStatus covers.
    statuses: VecDeque<usize>,
    pub acknowledged: Vec<String>,
    /// The longest time until an acknowledgement.
    pub longest_wait: Duration,
    /// The time from the end of each socket to the next one.
    pub away: Vec<Duration>,
    lost_at: Option<Instant>,
    /// The close code of the last socket.
    pub close_code: Option<u16>,
}

impl Typist {
    pub fn new(id: u64, document: &str) -> Typist {
        let doc = Doc::with_client_id(1_000 + id);
        doc.get_or_insert_text("text");
        let (waiting, statuses) = Default::default();
        Typist {
            id,
            document: document.into(),
            doc,
            socket: None,
            typed: 0,
            waiting,
            statuses,
            acknowledged: Vec::new(),
            longest_wait: Duration::ZERO,
            away: Vec::new(),
            lost_at: None,
            close_code: None,
        }
    }

    /// Connects and sends everything it has.
    pub async fn connect(&mut self, address: &str) -> bool {
        self.statuses.clear();
        let Ok((socket, _)) = connect_async(format!("ws://{address}/collab")).await else { return false };
        self.socket = Some(socket);
        self.away.extend(self.lost_at.take().map(|lost| lost.elapsed()));
        let state_vector = self.doc.transact().state_vector().encode_v1();
        self.send(Reply::Step1(&state_vector)).await
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Types one unique word.
    pub async fn type_word(&mut self) -> bool {
        let word = format!("<{}.{}>", self.id, self.typed);
        self.typed += 1;
        self.type_text(&word).await
    }

    /// Types at the end, as one edit.
    pub async fn type_text(&mut self, word: &str) -> bool {
        let text = self.doc.get_or_insert_text("text");
        let update = {
            let mut txn = self.doc.transact_mut();
            let end = text.len(&txn);
            text.insert(&mut txn, end, word);
            txn.encode_update_v1()
        };
        self.waiting.push_back((word.to_owned(), Instant::now()));
        self.statuses.push_back(self.waiting.len());
        self.send(Reply::Update(&update)).await
    }

    /// Reads for a while; `false` if the socket has ended.
    pub async fn listen(&mut self, pause: Duration) -> bool {
        let until = tokio::time::Instant::now() + pause;
        while let Some(socket) = &mut self.socket {
            match tokio::time::timeout_at(until, socket.next()).await {
                Err(_) => return true,
                Ok(Some(Ok(Message::Binary(frame)))) => self.take(frame).await,
                Ok(Some(Ok(Message::Close(close)))) => self.close_code = close.map(|close| close.code.into()),
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => self.lose(),
            }
        }
        tokio::time::sleep_until(until).await;
        false
    }

    fn lose(&mut self) {
        self.socket = None;
        self.lost_at.get_or_insert_with(Instant::now);
    }

    /// The text that this client sees.
    pub fn text(&self) -> String {
        self.doc.get_or_insert_text("text").get_string(&self.doc.transact())
    }

    /// Whether every word is acknowledged.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }

    async fn take(&mut self, frame: Bytes) {
        let mut reader = Reader::new(&frame);
        let _address = reader.string();
        match (reader.varuint(), reader.varuint()) {
            (Ok(0), Ok(0)) => {
                let theirs = StateVector::decode_v1(reader.buf().expect("a state vector")).expect("a state vector");
                let missing = self.doc.transact().encode_diff_v1(&theirs);
                // Its status covers everything typed so far.
                self.statuses.clear();
                self.statuses.push_back(self.waiting.len());
                self.send(Reply::Step2(&missing)).await;
            }
            (Ok(0), Ok(_)) => {
                let update = yrs::Update::decode_v1(reader.buf().expect("an update")).expect("an update");
                self.doc.transact_mut().apply_update(update).expect("an update");
            }
            (Ok(8), Ok(1)) => {
                let covered = self.statuses.pop_front().unwrap_or(0);
                for (word, typed) in self.waiting.drain(..covered.min(self.waiting.len())) {
                    self.longest_wait = self.longest_wait.max(typed.elapsed());
                    self.acknowledged.push(word);
                }
                // Later statuses count from the oldest word that is not acknowledged.
                self.statuses.iter_mut().for_each(|words| *words = words.saturating_sub(covered));
            }
            _ => {}
        }
    }

    async fn send(&mut self, reply: Reply<'_>) -> bool {
        let payload = reply.encode(Family::Hocuspocus, self.document.as_bytes()).expect("Hocuspocus has all of them");
        let Some(socket) = &mut self.socket else { return false };
        if socket.send(Message::Binary(payload.into())).await.is_err() {
            self.lose();
        }
        self.socket.is_some()
    }
}
