//! The floor, the least work that any server could do: it reads a frame and writes the same bytes to every socket of
//! that path immediately. No storage, no sign-in; and no CRDT, unless it must answer clients that join.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, StateVector, Transact, Update};

use crate::wire::{Heard, Wire};

type Rooms = Arc<Mutex<HashMap<String, Arc<Mutex<Room>>>>>;

#[derive(Default)]
struct Room {
    sockets: Vec<Arc<Socket>>,
    doc: Option<Doc>,
    /// The last requested state vector, and the frame that answers it.
    answer: Option<(Vec<u8>, Bytes)>,
}

struct Socket {
    stream: TcpStream,
    /// Bytes that the kernel did not accept.
    waiting: Mutex<VecDeque<Bytes>>,
    has_waiting: Notify,
}

/// Runs until it is killed; prints its address first. With `docs` it keeps a Doc for each path.
pub async fn serve(docs: bool) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let listener = socket.listen(4_096).expect("it listens");
    println!("http://{}", listener.local_addr().expect("it is bound"));
    let rooms = Rooms::default();
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(attend(stream, rooms.clone(), docs));
    }
}

async fn attend(mut stream: TcpStream, rooms: Rooms, docs: bool) {
    let _ = stream.set_nodelay(true);
    let Some(path) = shake_hands(&mut stream).await else { return };
    let room = rooms.lock().expect("nobody panics while holding it").entry(path).or_default().clone();
    let socket = Arc::new(Socket { stream, waiting: Mutex::default(), has_waiting: Notify::new() });
    {
        let mut room = room.lock().expect("nobody panics while holding it");
        room.sockets.push(socket.clone());
        room.doc = room.doc.take().or_else(|| docs.then(Doc::new));
    }
    let flush = tokio::spawn(flush(socket.clone()));
    let mut read = BytesMut::with_capacity(4_096);
    'socket: loop {
        while let Some((opcode, payload)) = frame(&mut read) {
            if opcode == 8 {
                break 'socket;
            }
            if opcode == 2 {
                room.lock().expect("nobody panics while holding it").take(&payload, &socket);
            }
        }
        if socket.stream.readable().await.is_err() {
            break;
        }
        match socket.stream.try_read_buf(&mut read) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    flush.abort();
    room.lock().expect("nobody panics while holding it").sockets.retain(|other| !Arc::ptr_eq(other, &socket));
}

impl Room {
    fn take(&mut self, payload: &[u8], from: &Socket) {
        match Wire::YWebsocket.read(payload) {
            Heard::Step1(asked) => return self.answer(asked, from),
            Heard::Step2(update) | Heard::Update(update) => {
                if let Some(doc) = &self.doc {
                    let update = Update::decode_v1(update).expect("a load generator writes updates");
                    doc.transact_mut().apply_update(update).expect("and they fit");
                    self.answer = None;
                }
            }
            Heard::Awareness(_) | Heard::Other => {}
        }
        let framed = framed(payload);
        self.sockets.iter().for_each(|socket| socket.send(&framed));
    }

    fn answer(&mut self, asked: &[u8], from: &Socket) {
        let Some(doc) = &self.doc else { return };
        if self.answer.as_ref().is_none_or(|(known, _)| known != asked) {
            let vector = StateVector::decode_v1(asked).expect("a state vector");
            let missing = doc.transact().encode_diff_v1(&vector);
            self.answer = Some((asked.to_vec(), framed(&Wire::YWebsocket.step2(&missing))));
        }
        self.answer.iter().for_each(|(_, frame)| from.send(frame));
    }
}

impl Socket {
    fn send(&self, frame: &Bytes) {
        let mut waiting = self.waiting.lock().expect("nobody panics while holding it");
        let written = if waiting.is_empty() { self.stream.try_write(frame).unwrap_or(0) } else { 0 };
        if written < frame.len() {
            waiting.push_back(frame.slice(written..));
            self.has_waiting.notify_one();
        }
    }
}

async fn flush(socket: Arc<Socket>) {
    loop {
        socket.has_waiting.notified().await;
        loop {
            if socket.stream.ready(Interest::WRITABLE).await.is_err() {
                return;
            }
            let mut waiting = socket.waiting.lock().expect("nobody panics while holding it");
            let Some(first) = waiting.front_mut() else { break };
            let written = socket.stream.try_write(first).unwrap_or(0);
            first.advance(written);
            if first.is_empty() {
                waiting.pop_front();
            }
        }
    }
}

/// The requested path.
async fn shake_hands(stream: &mut TcpStream) -> Option<String> {
    let mut read = BytesMut::with_capacity(1_024);
    while !read.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut read).await.ok()? == 0 {
            return None;
        }
    }
    let request = String::from_utf8_lossy(&read).into_owned();
    let key = request.lines().find_map(|line| line.split_once(": ").filter(|(name, _)| *name == "Sec-WebSocket-Key"));
    let accept = derive_accept_key(key?.1.trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    request.split(' ').nth(1).map(str::to_owned)
}

/// Takes a complete client frame from the input, unmasked.
fn frame(read: &mut BytesMut) -> Option<(u8, BytesMut)> {
    let head = read.get(..2)?;
    let (opcode, short) = (head[0] & 0x0f, usize::from(head[1] & 0x7f));
    let (header, len) = match short {
        126 => (4, usize::from(u16::from_be_bytes(read.get(2..4)?.try_into().ok()?))),
        127 => (10, u64::from_be_bytes(read.get(2..10)?.try_into().ok()?) as usize),
        len => (2, len),
    };
    if read.len() < header + 4 + len {
        return None;
    }
    let mask: [u8; 4] = read[header..header + 4].try_into().ok()?;
    read.advance(header + 4);
    let mut payload = read.split_to(len);
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Some((opcode, payload))
}

fn framed(payload: &[u8]) -> Bytes {
    let mut frame = Vec::with_capacity(payload.len() + 10);
    frame.push(0x82);
    match payload.len() {
        len @ 0..126 => frame.push(len as u8),
        len @ 126..65_536 => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame.into()
}
