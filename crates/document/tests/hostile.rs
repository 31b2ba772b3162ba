//! Inputs that break an unguarded yrs: each is refused, and the document is unchanged.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use document::{Author, Document, Level, Outcome, Ownership, SyncStep};
use yrs::{Doc, ReadTxn, StateVector, Text, Transact};

/// An emoji in a text called `a`, which any honest client may send. Reading this root as an array never returns, but
/// the server does not read roots of unknown kind as arrays.
const ONLY_A_TYPED_READ_HANGS: &str = "hang_array_to_json.v1";

fn author() -> Author {
    Author { user: "ana".into(), ownership: Ownership::Record }
}

fn document_with_text() -> Document {
    let doc = Doc::with_client_id(1);
    let text = doc.get_or_insert_text("text");
    text.insert(&mut doc.transact_mut(), 0, "calm before");
    let update = doc.transact().encode_state_as_update_v1(&StateVector::default());
    let mut document = Document::empty();
    let outcome = document.receive(&SyncStep::Update(update.into()), Level::Edit, &author());
    assert!(matches!(outcome, Outcome::Accepted(_)));
    document.apply().expect("a plain insert");
    document
}

/// [SYNC-10] A hostile update is refused with a code; the document is unchanged.
#[test]
fn every_known_hostile_input_is_kept_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the fixtures are in the repository") {
        let path = entry.expect("a readable folder").path();
        let bytes = Bytes::from(fs::read(&path).expect("a readable file"));
        for mut document in [Document::empty(), document_with_text()] {
            let before = document.fingerprint();
            let outcome = document.receive(&SyncStep::Update(bytes.clone()), Level::Edit, &author());
            let harmless = match &outcome {
                Outcome::Refused(refusal) => !refusal.code().is_empty(),
                Outcome::NothingNew(left_out) => !left_out.is_empty(),
                _ => false,
            };
            if path.ends_with(ONLY_A_TYPED_READ_HANGS) {
                assert!(matches!(outcome, Outcome::Accepted(_)), "an emoji is an honest edit: {outcome:?}");
                document.apply().expect("it is well-formed");
                assert!(document.describe().contains('😀'));
            } else {
                assert!(harmless, "{}: {outcome:?}", path.display());
                document.apply().expect("nothing is pending");
                assert_eq!(document.fingerprint(), before, "{}", path.display());
            }
            let state = document.state();
            Document::load([[(&state).into()]], Default::default()).expect("what was there is still there");
        }
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} fixtures were found");
}
