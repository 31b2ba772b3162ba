//! The author and time of each character are known, despite all edits around it.

use std::collections::HashSet;
use std::sync::Arc;

use document::prose::{Draft, Prose, View};
use document::{Ledger, Written};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use yrs::types::Attrs;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Doc, ReadTxn, StateVector, Text, Transact, Update, XmlElementPrelim, XmlFragment, XmlOut, XmlTextPrelim,
};

const ROOT: &str = "default";

/// A person who always types the same letter, and their copy.
struct Writer {
    user: Arc<str>,
    letter: &'static str,
    doc: Doc,
}

impl Writer {
    /// Types or deletes in one of the paragraphs; returns the update.
    fn type_somewhere(&self, random: &mut StdRng) -> Vec<u8> {
        let root = self.doc.get_or_insert_xml_fragment(ROOT);
        let mut txn = self.doc.transact_mut();
        if root.len(&txn) < 4 {
            let paragraph = root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new(self.letter));
            return txn.encode_update_v1();
        }
        let Some(XmlOut::Element(paragraph)) = root.get(&txn, random.random_range(0..4)) else { panic!("a paragraph") };
        let Some(XmlOut::Text(text)) = paragraph.get(&txn, 0) else { panic!("its text") };
        let len = text.len(&txn);
        if len > 3 && random.random_bool(0.3) {
            let at = random.random_range(0..len);
            text.remove_range(&mut txn, at, random.random_range(1..=(len - at).min(4)));
        } else {
            let bold = Attrs::from([("bold".into(), Any::from(true))]);
            let at = random.random_range(0..=len);
            let word = self.letter.repeat(random.random_range(1..5));
            match random.random_bool(0.2) {
                true => text.insert_with_attributes(&mut txn, at, &word, bold),
                false => text.insert(&mut txn, at, &word),
            }
        }
        txn.encode_update_v1()
    }

    fn take(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("an update");
        self.doc.transact_mut().apply_update(update).expect("an honest edit");
    }
}

/// [REV-6] Three people type between each other's letters concurrently, and delete; in the end every letter has its
/// author and time, and only line breaks have none.
#[test]
fn every_letter_has_its_writer() {
    for seed in 0..50 {
        let mut random = StdRng::seed_from_u64(seed);
        let people = [("ana", "a"), ("ben", "b"), ("carl", "c")];
        let writers = people.map(|(user, letter)| Writer { user: user.into(), letter, doc: Doc::new() });
        let (mut ledger, mut times) = (Ledger::default(), HashSet::new());
        for at in 0..100 {
            // Concurrent edits do not see each other.
            let together = random.random_range(1..=3);
            let typed: Vec<(&Writer, Vec<u8>)> =
                writers.iter().take(together).map(|one| (one, one.type_somewhere(&mut random))).collect();
            for (writer, update) in typed {
                ledger.note(&update, &writer.user, at).expect("an update");
                // The same bytes again, from another user, change nothing.
                ledger.note(&update, &"dora".into(), at + 1_000).expect("an update");
                times.insert((at, writer.letter));
                writers.iter().for_each(|other| other.take(&update));
            }
        }
        let state = writers[0].doc.transact().encode_state_as_update_v1(&StateVector::default());
        let mut draft = Draft::new(&state.into()).expect("a state");
        let text = draft.plain_text();
        let origins = draft.origins(0, text.len() as u32);
        let mut covered = vec![false; text.len()];
        for Written { from, to, by, .. } in origins.iter().flat_map(|origin| ledger.written(origin)) {
            let (user, at) = by.expect("a writer");
            for index in from as usize..to as usize {
                let letter = String::from_utf16_lossy(&text[index..=index]);
                assert_eq!(user[..1], letter, "seed {seed}, at {index}");
                assert!(times.contains(&(at, letter.as_str())), "seed {seed}: nobody wrote {letter} at {at}");
                assert!(!covered[index], "seed {seed}: {index} twice");
                covered[index] = true;
            }
        }
        for (index, covered) in covered.iter().enumerate() {
            assert_eq!(*covered, text[index] != u16::from(b'\n'), "seed {seed}, at {index}");
        }
    }
}

#[test]
fn text_without_a_row_has_no_author() {
    let mut draft = Draft::empty();
    let first = draft.write(&Prose::from_markdown("one\n").expect("Markdown"), View::Markdown).expect("an edit");
    let second = draft.write(&Prose::from_markdown("one two\n").expect("Markdown"), View::Markdown).expect("an edit");
    let (ana, mut ledger) = (Arc::<str>::from("ana"), Ledger::default());
    ledger.note(&second, &ana, 7).expect("an update");
    let written: Vec<Written> = draft.origins(0, 7).iter().flat_map(|origin| ledger.written(origin)).collect();
    let said: Vec<_> = written.iter().map(|one| (one.from, one.to, one.by.as_ref().map(|(_, at)| *at))).collect();
    assert_eq!(said, [(0, 3, None), (3, 7, Some(7))]);
    let mut all = Ledger::default();
    for (update, at) in [(&first, 1), (&second, 2)] {
        all.note(update, &ana, at).expect("an update");
    }
    let written: Vec<Written> = draft.origins(1, 5).iter().flat_map(|origin| all.written(origin)).collect();
    let said: Vec<_> = written.iter().map(|one| (one.from, one.to, one.by.as_ref().map(|(_, at)| *at))).collect();
    assert_eq!(said, [(1, 3, Some(1)), (3, 5, Some(2))]);
    assert!(ledger.note(b"no update", &ana, 1).is_err());
}
