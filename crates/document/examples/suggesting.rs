//! A document with suggestions, driven over a pipe by `tests/clients/suggesting.mjs`.
//!
//! Each request on stdin is one byte of kind, a length (u32, little endian) and that many bytes: `n` a new document,
//! `u` an update (a user, a time in ms as f64, the bytes), `w` the update that makes the document read as the editor's
//! JSON, `t` the text as JSON, `f` the view of a suggester, `s` what a suggester's editor says now (a user, JSON), `q`
//! all open suggestions, `r` a rejection, `a` an acceptance (an index; the answer is the update), `o` the text after
//! several acceptances in an order, `x` after all of them at once. Each answer is a length and bytes.

use std::io::{self, BufReader, BufWriter, Read, Write};

use bytes::Bytes;
use document::passages::{Mark, Report};
use document::prose::{Draft, Prose, View};
use document::suggestions::{Base, Located, Refused, Suggestion, overlapping, returning, shown_together};
use document::{Anchor, Author, Document, Level, Outcome, Ownership, SyncStep};
use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let mut input = BufReader::new(io::stdin().lock());
    let mut output = BufWriter::new(io::stdout().lock());
    let mut session = Session::default();
    loop {
        let mut header = [0; 5];
        match input.read_exact(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let mut body = vec![0; u32::from_le_bytes([header[1], header[2], header[3], header[4]]) as usize];
        input.read_exact(&mut body)?;
        let answer = session.handle(header[0], &body);
        output.write_all(&(answer.len() as u32).to_le_bytes())?;
        output.write_all(&answer)?;
        output.flush()?;
    }
}

#[derive(Clone)]
struct Row {
    id: usize,
    user: u8,
    suggestion: Suggestion,
    /// The current place of each passage; `None` while it is lost.
    anchors: Vec<Option<Anchor>>,
}

struct Session {
    document: Document,
    rows: Vec<Row>,
    next: usize,
}

impl Default for Session {
    fn default() -> Session {
        let mut document = Document::empty();
        document.track();
        Session { document, rows: Vec::new(), next: 0 }
    }
}

fn key(row: usize, passage: usize) -> u128 {
    (row * 2 + passage) as u128
}

fn json_of(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("JSON")
}

impl Session {
    fn handle(&mut self, kind: u8, body: &[u8]) -> Vec<u8> {
        match kind {
            b'n' => *self = Session::default(),
            b'u' => {
                let at = f64::from_le_bytes(body[1..9].try_into().expect("eight bytes")) as i64;
                self.document.note_turn(at, Some(format!("{}", body[0]).into()));
                self.take(Bytes::copy_from_slice(&body[9..]));
            }
            b'w' => {
                let wanted = Prose::from_json(&json_of(body)).expect("the editor's own");
                let mut draft = Draft::new(&self.document.state()).expect("an honest state");
                return draft.write(&wanted, View::Exact).map(|update| update.to_vec()).unwrap_or_default();
            }
            b't' => return self.document.prose().to_json().to_string().into(),
            b'f' => return self.view(body[0]).to_json().to_string().into(),
            b's' => return self.suggest(body[0], &json_of(&body[1..])).to_string().into(),
            b'q' => return self.states().to_string().into(),
            b'r' => self.drop_row(json_of(body)["id"].as_u64().expect("an id") as usize),
            b'a' => {
                let id = json_of(body)["id"].as_u64().expect("an id") as usize;
                let (_, update) = self.accept(id).expect("it stands");
                self.drop_row(id);
                return update.to_vec();
            }
            b'o' => return self.in_order(&json_of(body)).to_string().into(),
            b'x' => return self.at_once(&json_of(body)).to_string().into(),
            other => panic!("an unknown request: {other}"),
        }
        Vec::new()
    }

    fn take(&mut self, update: Bytes) {
        let author = Author { user: "peer".into(), ownership: Ownership::Record };
        match self.document.receive(&SyncStep::Update(update), Level::Edit, &author) {
            Outcome::Accepted(_) => drop(self.document.apply().expect("an honest update")),
            Outcome::NothingNew(_) => {}
            other => panic!("an honest update was not accepted: {other:?}"),
        }
        for report in self.document.reports() {
            let (key, now) = match report {
                Report::Moved { key, anchor, .. } | Report::Found { key, anchor, .. } => (key, Some(anchor)),
                Report::Lost { key, .. } => (key, None),
            };
            let row = self.rows.iter_mut().find(|row| row.id == key as usize / 2);
            row.expect("a row").anchors[key as usize % 2] = now;
        }
    }

    /// The places of the passages of some rows.
    fn places(&self, rows: &[&Row]) -> Vec<Vec<Option<(u32, u32)>>> {
        let known: Vec<Anchor> = rows.iter().flat_map(|row| row.anchors.iter().flatten().cloned()).collect();
        let mut places = self.document.places(&known).into_iter();
        let mut place = |anchor: &Option<Anchor>| {
            anchor.as_ref().and_then(|_| places.next().flatten()).map(|place| (place.from, place.to))
        };
        rows.iter().map(|row| row.anchors.iter().map(&mut place).collect()).collect()
    }

    fn located(&self, base: &Base, rows: &[&Row]) -> Vec<Result<Located, Refused>> {
        let places = self.places(rows);
        rows.iter().zip(&places).map(|(row, places)| base.locate(&row.suggestion, places)).collect()
    }

    /// The located rows of a user that can be accepted and do not exclude each other.
    fn standing(&self, base: &Base, user: u8) -> Vec<(usize, Located)> {
        let rows: Vec<&Row> = self.rows.iter().filter(|row| row.user == user).collect();
        let located = rows.iter().zip(self.located(base, &rows));
        let standing: Vec<(usize, Located)> =
            located.filter_map(|(row, located)| Some((row.id, located.ok()?))).collect();
        let all: Vec<Located> = standing.iter().map(|(_, located)| located.clone()).collect();
        shown_together(&all).into_iter().map(|at| standing[at].clone()).collect()
    }

    fn view(&self, user: u8) -> Prose {
        let base = Base::of(self.document.prose());
        let rows = self.standing(&base, user);
        base.with(&rows.iter().map(|(_, located)| located).collect::<Vec<_>>()).expect("rows that do not overlap")
    }

    fn suggest(&mut self, user: u8, said: &Value) -> Value {
        let said = Prose::from_json(said).expect("the editor's own");
        let base = Base::of(self.document.prose());
        let derived = base.derive(&said);
        let mut standing = self.standing(&base, user);
        let shown: Vec<usize> = standing.iter().map(|(id, _)| *id).collect();
        let is_hidden = |row: &&Row| row.user == user && !shown.contains(&row.id);
        let hidden: Vec<usize> = self.rows.iter().filter(is_hidden).map(|row| row.id).collect();
        let mut new = Vec::new();
        for one in derived {
            let places: Vec<Option<(u32, u32)>> = one.places.iter().copied().map(Some).collect();
            let located = base.locate(&one.suggestion, &places).expect("it was just made");
            let known = standing.iter().position(|(id, there)| {
                let row = self.rows.iter().find(|row| row.id == *id).expect("a row");
                row.suggestion == one.suggestion && *there == located
            });
            match known {
                Some(at) => drop(standing.remove(at)),
                None => new.push(one),
            }
        }
        let withdrawn: Vec<usize> = standing.iter().map(|(id, _)| *id).collect();
        withdrawn.iter().for_each(|id| self.drop_row(*id));
        let mut ids = Vec::new();
        for one in new {
            let id = self.next;
            self.next += 1;
            // Through the stored form.
            let stored = serde_json::to_string(&one.suggestion).expect("JSON");
            let suggestion: Suggestion = serde_json::from_str(&stored).expect("as it was written");
            assert_eq!(suggestion, one.suggestion);
            let anchors: Vec<Anchor> =
                one.places.iter().map(|(from, to)| self.document.anchor(*from, *to).expect("a passage")).collect();
            for (passage, anchor) in anchors.iter().enumerate() {
                let quote = one.suggestion.quotes[passage].clone();
                let mark = Mark { anchor: Some(anchor.clone()), quote, ..Mark::default() };
                self.document.mark(key(id, passage), mark);
            }
            self.rows.push(Row { id, user, suggestion, anchors: anchors.into_iter().map(Some).collect() });
            ids.push(id);
        }
        let mine: Vec<&Row> = self.rows.iter().filter(|row| row.user == user).collect();
        let located = mine.iter().zip(self.located(&base, &mine));
        let (ids_of, all): (Vec<usize>, Vec<Located>) =
            located.filter_map(|(row, located)| Some((row.id, located.ok()?))).unzip();
        let is_said: Vec<bool> = ids_of.iter().map(|id| !hidden.contains(id)).collect();
        let back: Vec<usize> = returning(&all, &is_said).into_iter().map(|at| ids_of[at]).collect();
        back.iter().for_each(|id| self.drop_row(*id));
        let withdrawn = [withdrawn, back].concat();
        // An empty line at the end is not a suggestion.
        let without_end = |mut prose: Prose| {
            let blank = json!({ "type": "doc", "content": [{ "type": "paragraph" }] });
            while prose.0.last().is_some_and(|last| Prose(vec![last.clone()]).to_json() == blank) {
                prose.0.pop();
            }
            prose.to_json()
        };
        let said = Base::of(said).with(&[]).expect("nothing to put in");
        let agrees = without_end(self.view(user)) == without_end(said);
        json!({ "new": ids, "withdrawn": withdrawn, "agrees": agrees })
    }

    fn states(&self) -> Value {
        let base = Base::of(self.document.prose());
        let rows: Vec<&Row> = self.rows.iter().collect();
        let located = self.located(&base, &rows);
        let standing: Vec<usize> = (0..rows.len()).filter(|at| located[*at].is_ok()).collect();
        let known: Vec<Located> = located.iter().flatten().cloned().collect();
        let pairs = overlapping(&known);
        let state = |(at, row): (usize, &&Row)| {
            let with = pairs.iter().filter_map(|(one, two)| {
                let (one, two) = (standing[*one], standing[*two]);
                if one == at { Some(rows[two].id) } else { (two == at).then(|| rows[one].id) }
            });
            let state = match &located[at] {
                Ok(_) => "stands".to_owned(),
                Err(refused) => format!("{refused:?}"),
            };
            let shown = located[at].as_ref().ok().map(|located| base.decoration(&row.suggestion, located));
            let suggestion = &row.suggestion;
            let overlaps: Vec<usize> = with.collect();
            json!({ "id": row.id, "user": row.user, "kind": suggestion.kind(), "row": suggestion, "state": state,
                "overlaps": overlaps, "shown": shown })
        };
        json!(rows.iter().enumerate().map(state).collect::<Vec<_>>())
    }

    fn drop_row(&mut self, id: usize) {
        let Some(at) = self.rows.iter().position(|row| row.id == id) else { return };
        let row = self.rows.remove(at);
        (0..row.anchors.len()).for_each(|passage| self.document.unmark(key(id, passage)));
    }

    fn accept(&self, id: usize) -> Result<(Row, Bytes), Refused> {
        let row = self.rows.iter().find(|row| row.id == id).expect("a row");
        let places = self.places(&[row]).remove(0);
        let mut draft = Draft::new(&self.document.state()).expect("an honest state");
        Ok((row.clone(), draft.accept(&row.suggestion, &places)?))
    }

    fn in_order(&self, ids: &Value) -> Value {
        let mut other = Session::default();
        other.take(self.document.state());
        other.rows = self.rows.clone();
        for row in &self.rows {
            for (passage, anchor) in row.anchors.iter().enumerate() {
                let quote = row.suggestion.quotes[passage].clone();
                other.document.mark(key(row.id, passage), Mark { anchor: anchor.clone(), quote, ..Mark::default() });
            }
        }
        other.document.reports();
        let mut refused = Vec::new();
        for id in ids.as_array().expect("a list").iter().map(|id| id.as_u64().expect("an id") as usize) {
            match other.accept(id) {
                Ok((_, update)) => {
                    other.drop_row(id);
                    other.take(update);
                }
                Err(reason) => refused.push(json!([id, format!("{reason:?}")])),
            }
        }
        json!({ "doc": other.document.prose().to_json(), "refused": refused })
    }

    fn at_once(&self, ids: &Value) -> Value {
        let base = Base::of(self.document.prose());
        let ids: Vec<u64> = ids.as_array().expect("a list").iter().map(|id| id.as_u64().expect("an id")).collect();
        let rows: Vec<&Row> = self.rows.iter().filter(|row| ids.contains(&(row.id as u64))).collect();
        let located: Vec<Located> = self.located(&base, &rows).into_iter().map(|one| one.expect("it stands")).collect();
        base.with(&located.iter().collect::<Vec<_>>()).map_or(Value::Null, |prose| prose.to_json())
    }
}
