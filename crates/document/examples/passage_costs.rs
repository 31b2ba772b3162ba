//! Measures how much time following passages adds to each edit, in documents of 60 and of 2,000 paragraphs, with 0, 40
//! and 1,000 passages.
//!
//!   cargo run --release -p document --example passage_costs
//!
//! Each figure is the median time of a turn (check and apply) in microseconds over 300 edits, with its ratio to the
//! median of the same edits without passages. The runs take turns, so a busy machine affects all of them equally.

use std::time::Instant;

use bytes::Bytes;
use document::passages::Mark;
use document::{Author, Document, Level, Outcome, Ownership, SyncStep};
use yrs::{
    Doc, GetString, ReadTxn, StateVector, Text, Transact, Xml, XmlElementPrelim, XmlFragment, XmlOut, XmlTextPrelim,
};

const EDITS: usize = 300;
const ROUNDS: usize = 5;
const MARKED: [usize; 3] = [0, 40, 1_000];

/// An editor whose edits are replayed.
struct Editor {
    doc: Doc,
    paragraphs: u32,
}

impl Editor {
    fn new(paragraphs: u32) -> Editor {
        let doc = Doc::with_client_id(1);
        let fragment = doc.get_or_insert_xml_fragment("default");
        let mut txn = doc.transact_mut();
        for n in 0..paragraphs {
            let paragraph = fragment.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new(line(n)));
        }
        drop(txn);
        Editor { doc, paragraphs }
    }

    fn state(&self) -> Bytes {
        self.doc.transact().encode_diff_v1(&StateVector::default()).into()
    }

    /// One edit, as an update.
    fn edit(&self, edit: impl FnOnce(&mut yrs::TransactionMut<'_>, &yrs::XmlFragmentRef)) -> Bytes {
        let fragment = self.doc.get_or_insert_xml_fragment("default");
        let mut txn = self.doc.transact_mut();
        edit(&mut txn, &fragment);
        txn.encode_update_v1().into()
    }

    /// Types a letter at the end of a word.
    fn letter(&self, n: u32) -> Bytes {
        self.edit(|txn, fragment| {
            let at = place(n, self.paragraphs);
            if let Some(XmlOut::Text(text)) = paragraph(txn, fragment, at).and_then(|one| one.get(txn, 0)) {
                text.insert(txn, 7, "x");
            }
        })
    }

    /// Turns a paragraph into a heading as editors do: deletes the paragraph, and inserts its words again.
    fn heading(&self, n: u32) -> Bytes {
        self.edit(|txn, fragment| {
            let at = place(n, self.paragraphs);
            let words = match paragraph(txn, fragment, at).and_then(|one| one.get(txn, 0)) {
                Some(XmlOut::Text(text)) => text.get_string(txn),
                _ => line(at),
            };
            fragment.remove_range(txn, at, 1);
            let heading = fragment.insert(txn, at, XmlElementPrelim::empty("heading"));
            heading.insert_attribute(txn, "level", 2);
            heading.push_back(txn, XmlTextPrelim::new(words));
        })
    }
}

fn line(n: u32) -> String {
    let words =
        ["market", "plan", "growth", "north", "team", "price", "risk", "offer", "goal", "year", "cost", "share"];
    words.map(|word| format!("{word}{n}")).join(" ")
}

/// The place of an edit; the edits are spread over the document.
fn place(n: u32, paragraphs: u32) -> u32 {
    n * 37 % paragraphs
}

fn paragraph(txn: &yrs::TransactionMut<'_>, fragment: &yrs::XmlFragmentRef, at: u32) -> Option<yrs::XmlElementRef> {
    match fragment.get(txn, at)? {
        XmlOut::Element(element) => Some(element),
        _ => None,
    }
}

fn receive(document: &mut Document, update: Bytes) {
    let author = Author { user: "ana".into(), ownership: Ownership::Record };
    let outcome = document.receive(&SyncStep::Update(update), Level::Edit, &author);
    assert!(matches!(outcome, Outcome::Accepted(_)), "an honest update was not accepted: {outcome:?}");
    drop(document.apply().expect("an honest update"));
}

/// A document with passages of one word each, spread over the document.
fn marked(state: &Bytes, passages: usize) -> Document {
    let mut document = Document::empty();
    receive(&mut document, state.clone());
    let text = String::from_utf16_lossy(&document.plain_text());
    let words: Vec<(usize, &str)> = text
        .split([' ', '\n'])
        .scan(0, |at, word| {
            let from = *at;
            *at += word.len() + 1;
            Some((from, word))
        })
        .filter(|(_, word)| !word.is_empty())
        .collect();
    for n in 0..passages {
        let (from, word) = words[n * words.len() / passages];
        let anchor = document.anchor(from as u32, (from + word.len()) as u32).expect("a passage");
        document.mark(n as u128, Mark { anchor: Some(anchor), quote: word.to_owned(), ..Mark::default() });
    }
    document
}

/// The median turn in microseconds.
fn median_turn(document: &mut Document, updates: &[Bytes]) -> f64 {
    let mut times: Vec<f64> = updates
        .iter()
        .enumerate()
        .map(|(n, update)| {
            let began = Instant::now();
            document.note_turn(n as i64, None);
            receive(document, update.clone());
            drop(document.reports());
            began.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    println!("| paragraphs | edit | no passage | 40 | 1,000 |\n|---|---|---|---|---|");
    for paragraphs in [60, 2_000] {
        for (name, edit) in
            [("a letter", Editor::letter as fn(&Editor, u32) -> Bytes), ("a paragraph made a heading", Editor::heading)]
        {
            let editor = Editor::new(paragraphs);
            let state = editor.state();
            let updates: Vec<Bytes> = (0..EDITS as u32).map(|n| edit(&editor, n)).collect();
            let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); MARKED.len()];
            for _ in 0..ROUNDS {
                for (passages, times) in MARKED.iter().zip(&mut rounds) {
                    // A short document has fewer words than passages, as if every word had comments.
                    times.push(median_turn(&mut marked(&state, *passages), &updates));
                }
            }
            let of: Vec<f64> = rounds
                .into_iter()
                .map(|mut times| {
                    times.sort_by(f64::total_cmp);
                    times[times.len() / 2]
                })
                .collect();
            let cells: Vec<String> = of.iter().map(|us| format!("{us:.0} µs ({:.2})", us / of[0])).collect();
            println!("| {paragraphs} | {name} | {} |", cells.join(" | "));
        }
    }
}
