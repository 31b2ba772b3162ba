//! A document driven over a pipe by `tests/clients/replay.mjs`, which compares it with Yjs.
//!
//! Each request on stdin is one byte of kind, a length (u32, little endian) and that many bytes:
//! `u` an update, `a` apply the turn, `r` reload from the log, `d` describe, `s` the state, `v` the
//! state vector. Each answer on stdout is a status byte, a length and bytes.

use std::io::{self, BufReader, BufWriter, Read, Write};

use bytes::Bytes;
use document::{Author, Document, Level, Outcome, Ownership, SyncStep};

fn main() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut session = Session { document: Document::empty(), log: Vec::new(), batch: Vec::new() };
    loop {
        let mut header = [0; 5];
        match input.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let mut body = vec![0; u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize];
        input.read_exact(&mut body)?;
        let (status, answer) = session.handle(header[0], body.into());
        output.write_all(&[status])?;
        output.write_all(&(answer.len() as u32).to_le_bytes())?;
        output.write_all(&answer)?;
        output.flush()?;
    }
}

struct Session {
    document: Document,
    log: Vec<Vec<Bytes>>,
    batch: Vec<Bytes>,
}

impl Session {
    fn handle(&mut self, kind: u8, body: Bytes) -> (u8, Bytes) {
        match kind {
            b'u' => self.receive(body),
            b'a' => {
                self.end_turn();
                (b'k', Bytes::new())
            }
            b'n' => {
                (self.document, self.log, self.batch) = (Document::empty(), Vec::new(), Vec::new());
                (b'k', Bytes::new())
            }
            b'r' => {
                self.end_turn();
                let log = self.log.iter().map(|batch| batch.iter().map(Into::into));
                let before = self.document.fingerprint();
                self.document = Document::load(log, Default::default()).expect("the log can be replayed");
                assert_eq!(self.document.fingerprint(), before, "a replay differs from what it replays");
                (b'k', Bytes::new())
            }
            b'd' => (b'k', self.document.describe().into()),
            b's' => (b'k', self.document.state()),
            b'v' => (b'k', self.document.state_vector()),
            _ => (b'?', Bytes::new()),
        }
    }

    fn end_turn(&mut self) {
        self.document.apply().expect("what was admitted can be applied");
        if !self.batch.is_empty() {
            self.log.push(std::mem::take(&mut self.batch));
        }
    }

    fn receive(&mut self, update: Bytes) -> (u8, Bytes) {
        let author = Author { user: "peer".into(), ownership: Ownership::Record };
        loop {
            match self.document.receive(&SyncStep::Update(update.clone()), Level::Edit, &author) {
                Outcome::Accepted(part) => {
                    self.batch.push(part.bytes.clone());
                    return (if part.left_out.holes { b'p' } else { b'k' }, part.bytes);
                }
                Outcome::NothingNew(left_out) => {
                    return (if left_out.holes { b'h' } else { b'0' }, Bytes::new());
                }
                Outcome::Refused(refusal) => return (b'x', refusal.to_string().into()),
                Outcome::Later => self.end_turn(),
                Outcome::Answer(_) => unreachable!("an update is not a question"),
            }
        }
    }
}
