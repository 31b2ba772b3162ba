//! Messages of clients of both families.

use document::lib0::{Reader, write_buf, write_varuint};

/// How the messages on a socket name their document, in each protocol family.
#[derive(Clone, Debug)]
pub enum Wire {
    /// The socket's path names it.
    YWebsocket,
    /// Every message names it.
    Hocuspocus(String),
}

pub enum Heard<'a> {
    /// SyncStep1: the other side's state vector.
    Step1(&'a [u8]),
    Step2(&'a [u8]),
    Update(&'a [u8]),
    Awareness(&'a [u8]),
    Other,
}

const SYNC: u64 = 0;
const AWARENESS: u64 = 1;
const AUTH: u64 = 2;
/// Hocuspocus: the message type of a sync reply.
const SYNC_REPLY: u64 = 4;

impl Wire {
    fn begin(&self, kind: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        if let Wire::Hocuspocus(name) = self {
            write_buf(&mut out, name.as_bytes());
        }
        write_varuint(&mut out, kind);
        out
    }

    fn sync(&self, step: u64, body: &[u8]) -> Vec<u8> {
        let mut out = self.begin(SYNC);
        write_varuint(&mut out, step);
        write_buf(&mut out, body);
        out
    }

    /// The first messages of a client: its token, if messages carry it, and its state vector.
    pub fn hello(&self, token: &str, state_vector: &[u8]) -> Vec<Vec<u8>> {
        let mut messages = Vec::new();
        if let Wire::Hocuspocus(_) = self {
            let mut auth = self.begin(AUTH);
            write_varuint(&mut auth, 0);
            write_buf(&mut auth, token.as_bytes());
            messages.push(auth);
        }
        messages.push(self.sync(0, state_vector));
        messages
    }

    /// SyncStep2: the update that the other side lacks.
    pub fn step2(&self, update: &[u8]) -> Vec<u8> {
        self.sync(1, update)
    }

    pub fn update(&self, update: &[u8]) -> Vec<u8> {
        self.sync(2, update)
    }

    /// A presence state of one client, as JSON.
    pub fn awareness(&self, client: u64, clock: u64, state: &str) -> Vec<u8> {
        let mut body = Vec::with_capacity(state.len() + 16);
        write_varuint(&mut body, 1);
        write_varuint(&mut body, client);
        write_varuint(&mut body, clock);
        write_buf(&mut body, state.as_bytes());
        let mut out = self.begin(AWARENESS);
        write_buf(&mut out, &body);
        out
    }

    pub fn read<'a>(&self, message: &'a [u8]) -> Heard<'a> {
        self.parse(message).unwrap_or(Heard::Other)
    }

    fn parse<'a>(&self, message: &'a [u8]) -> Option<Heard<'a>> {
        let mut reader = Reader::new(message);
        if let Wire::Hocuspocus(_) = self {
            reader.buf().ok()?;
        }
        let heard = match reader.varuint().ok()? {
            SYNC | SYNC_REPLY => match reader.varuint().ok()? {
                0 => Heard::Step1(reader.buf().ok()?),
                1 => Heard::Step2(reader.buf().ok()?),
                2 => Heard::Update(reader.buf().ok()?),
                _ => Heard::Other,
            },
            AWARENESS => Heard::Awareness(reader.buf().ok()?),
            _ => Heard::Other,
        };
        Some(heard)
    }
}
