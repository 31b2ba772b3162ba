//! Coverage-guided fuzzing of a document with arbitrary bytes as updates. `cargo +nightly fuzz run update` in
//! crates/document.
#![no_main]

use bytes::Bytes;
use document::{Author, Document, Level, Outcome, Ownership, SyncStep};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The first byte cuts the input into two updates, so that the second meets a document with content.
    let Some((cut, bytes)) = input.split_first() else { return };
    let (first, second) = bytes.split_at((*cut as usize).min(bytes.len()));
    let author = Author { user: "fuzz".into(), ownership: Ownership::Record };
    let mut document = Document::empty();
    let mut log: Vec<Bytes> = Vec::new();
    for update in [first, second] {
        let step = SyncStep::Update(Bytes::copy_from_slice(update));
        if let Outcome::Accepted(part) = document.receive(&step, Level::Edit, &author) {
            match document.apply() {
                Ok(_) => log.push(part.bytes),
                Err(_) => return,
            }
        }
    }
    let replayed = Document::load(log.iter().map(|row| [row.into()]), Default::default()).expect("the log is sound");
    assert_eq!(replayed.describe(), document.describe());
});
