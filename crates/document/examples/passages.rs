//! A document whose passages are followed, driven over a pipe by `tests/clients/passages.mjs`.
//!
//! There are two documents: the real one, and one for the tracker, in which all private-use characters are replaced by
//! the same one. These characters make every word unique in the editors, but not for the tracker.
//!
//! Each request on stdin is one byte of kind, a length (u32, little endian) and that many bytes: `n` a new document,
//! `u` an update (a user, a time in ms as f64, the bytes), `m` a passage (JSON), `t` the text, `q` where the passages
//! are, `o` the authors, `w` the update that makes the document read as the editor's JSON. Each answer is a length and
//! bytes.

use std::io::{self, BufReader, BufWriter, Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use document::passages::{Mark, Report};
use document::prose::{Draft, Prose, View};
use document::update::{Kind, Update};
use document::{Anchor, Author, Document, Ledger, Level, Outcome, Ownership, SyncStep};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut session = Session::new();
    loop {
        let mut header = [0; 5];
        match input.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let mut body = vec![0; u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize];
        input.read_exact(&mut body)?;
        let answer = session.handle(header[0], body);
        output.write_all(&(answer.len() as u32).to_le_bytes())?;
        output.write_all(&answer)?;
        output.flush()?;
    }
}

struct Session {
    real: Document,
    shown: Document,
    /// The document that the tracker sees, for the authors of letters.
    letters: Document,
    /// Each passage as it was marked, and as it is reported.
    passages: Vec<(Anchor, Option<Anchor>)>,
    ledger: Ledger,
    followed_for: Duration,
    applied_for: Duration,
}

impl Session {
    fn new() -> Session {
        let (mut shown, mut letters) = (Document::empty(), Document::empty());
        shown.track();
        letters.track_letters();
        Session {
            real: Document::empty(),
            shown,
            letters,
            passages: Vec::new(),
            ledger: Ledger::default(),
            followed_for: Duration::ZERO,
            applied_for: Duration::ZERO,
        }
    }

    fn handle(&mut self, kind: u8, body: Vec<u8>) -> Vec<u8> {
        match kind {
            b'n' => *self = Session::new(),
            b'u' => self.take(&body),
            b'm' => self.mark(serde_json::from_slice(&body).expect("JSON")),
            b't' => return String::from_utf16_lossy(&self.real.plain_text()).into(),
            b'q' => return self.places().to_string().into(),
            b'o' => return self.authors().to_string().into(),
            b'w' => {
                let wanted = Prose::from_json(&serde_json::from_slice(&body).expect("JSON")).expect("the editor's own");
                let mut draft = Draft::new(&self.real.state()).expect("an honest state");
                return draft.write(&wanted, View::Exact).map(|update| update.to_vec()).unwrap_or_default();
            }
            other => panic!("an unknown request: {other}"),
        }
        Vec::new()
    }

    fn take(&mut self, body: &[u8]) {
        let user: std::sync::Arc<str> = format!("{}", body[0]).into();
        let at = f64::from_le_bytes(body[1..9].try_into().expect("eight bytes")) as i64;
        let update = Bytes::copy_from_slice(&body[9..]);
        self.ledger.note(&update, &user, at).expect("an honest update");
        let started = Instant::now();
        receive(&mut self.real, update.clone());
        self.applied_for += started.elapsed();
        let shown = masked(&update);
        self.letters.note_turn(at, Some(user.clone()));
        receive(&mut self.letters, shown.clone());
        self.shown.note_turn(at, Some(user));
        let started = Instant::now();
        receive(&mut self.shown, shown);
        self.followed_for += started.elapsed();
        for report in self.shown.reports() {
            let (key, now) = match report {
                Report::Moved { key, anchor, .. } | Report::Found { key, anchor, .. } => (key, Some(anchor)),
                Report::Lost { key, .. } => (key, None),
            };
            self.passages[key as usize].1 = now;
        }
    }

    fn mark(&mut self, word: Value) {
        let word = word["word"].as_str().expect("a word");
        let text = self.real.prose().to_text();
        let is_letter = |letter: char| letter.is_alphanumeric() || ('\u{e000}'..='\u{efff}').contains(&letter);
        let is_whole =
            |at: &usize| !text[..*at].ends_with(is_letter) && !text[at + word.len()..].starts_with(is_letter);
        let found = text.match_indices(word).map(|(at, _)| at).find(is_whole);
        let before = found.expect("in the text");
        let from = text[..before].encode_utf16().count() as u32;
        let to = from + word.encode_utf16().count() as u32;
        let anchor = self.real.anchor(from, to).expect("a passage");
        let quote = self.shown.place(&anchor).expect("a passage").quote;
        let mark = Mark { anchor: Some(anchor.clone()), quote, ..Mark::default() };
        self.shown.mark(self.passages.len() as u128, mark);
        self.passages.push((anchor.clone(), Some(anchor)));
    }

    fn places(&self) -> Value {
        let words = |anchors: Vec<Option<Anchor>>| -> Vec<Option<String>> {
            let known: Vec<Anchor> = anchors.iter().flatten().cloned().collect();
            let mut places = self.real.places(&known).into_iter();
            let word = |anchor: Option<Anchor>| anchor.and_then(|_| places.next().flatten()).map(|place| place.quote);
            anchors.into_iter().map(word).collect()
        };
        json!({
            "before": words(self.passages.iter().map(|(first, _)| Some(first.clone())).collect()),
            "now": words(self.passages.iter().map(|(_, now)| now.clone()).collect()),
            "applied": self.applied_for.as_micros() as u64,
            "followed": self.followed_for.as_micros() as u64,
        })
    }

    fn authors(&self) -> Value {
        let written = |document: &Document| -> Vec<Value> {
            let all = document.origins(0, u32::MAX);
            let all = all.iter().flat_map(|origin| self.ledger.written(origin));
            all.map(|one| {
                let (user, at) = one.by.expect("the whole log is here");
                json!([one.from, one.to, user.parse::<u8>().expect("a number"), at])
            })
            .collect()
        };
        let text = String::from_utf16_lossy(&self.real.plain_text());
        json!({ "text": text, "before": written(&self.real), "now": written(&self.letters) })
    }
}

fn receive(document: &mut Document, update: Bytes) {
    let author = Author { user: "peer".into(), ownership: Ownership::Record };
    match document.receive(&SyncStep::Update(update), Level::Edit, &author) {
        Outcome::Accepted(_) => drop(document.apply().expect("an honest update")),
        Outcome::NothingNew(_) => {}
        other => panic!("an honest update was not accepted: {other:?}"),
    }
}

/// The same update, in which every private-use character is replaced by the same one.
fn masked(update: &Bytes) -> Bytes {
    let mut bytes = update.to_vec();
    let parsed = Update::parse(update).expect("an honest update");
    for block in parsed.blocks.iter().filter(|block| block.kind == Kind::Text) {
        let text = &mut bytes[block.content as usize..block.end as usize];
        for at in 0..text.len().saturating_sub(2) {
            // U+E000 to U+EFFF, which take three bytes each.
            if text[at] == 0xee && text[at + 1] & 0xc0 == 0x80 && text[at + 2] & 0xc0 == 0x80 {
                (text[at + 1], text[at + 2]) = (0x80, 0x80);
            }
        }
    }
    bytes.into()
}
