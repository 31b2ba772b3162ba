//! Marked passages stay in place while the text around them changes.

use bytes::Bytes;
use document::prose::{Draft, Prose, View};
use document::{Anchor, AnchorError, Author, Document, Level, Outcome, Ownership, SyncStep};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::json;

const TEXT: &str = "# Where we stand\n\nGrowth is *slow* in the north, and we hire.\n\n- one **bold** thing\n- another\n\n| a | b |\n|---|---|\n| c | d |\n";

fn take(document: &mut Document, update: Bytes) {
    let author = Author { user: "ana".into(), ownership: Ownership::Enforce };
    let outcome = document.receive(&SyncStep::Update(update), Level::Edit, &author);
    assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
    document.apply().expect("an honest edit");
}

fn draft(document: &Document) -> Draft {
    Draft::new(&document.state()).expect("an honest state")
}

fn written(text: &str) -> Document {
    let mut document = Document::empty();
    let update = draft(&document).write(&Prose::from_markdown(text).expect("Markdown"), View::Markdown);
    take(&mut document, update.expect("an edit"));
    document
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn marked(document: &Document, quote: &str) -> Anchor {
    let text = document.prose().to_text();
    let from = units(&text[..text.find(quote).expect("in the text")]).len() as u32;
    document.anchor(from, from + units(quote).len() as u32).expect("a passage")
}

/// [CMT-1] Offsets are those of the plain text, regardless of the nodes.
#[test]
fn every_passage_is_where_the_plain_text_has_it() {
    let document = written(TEXT);
    let text = units(&document.prose().to_text());
    let is_break = |at: usize| text[at] == u16::from(b'\n');
    for from in 0..text.len() {
        for to in from + 1..=text.len() {
            if is_break(from) || is_break(to - 1) {
                continue;
            }
            let anchor = document.anchor(from as u32, to as u32).expect("a passage");
            let place = document.place(&anchor).expect("a place");
            assert_eq!((place.from, place.to), (from as u32, to as u32));
            assert_eq!(units(&place.quote), text[from..to]);
        }
    }
    assert_eq!(document.anchor(3, 3), Err(AnchorError::Empty));
    assert_eq!(document.anchor(0, text.len() as u32 + 1), Err(AnchorError::Empty));
}

/// [CMT-1] Text typed next to a passage is outside the passage, and text typed inside is part of it. A deleted passage
/// is reported as gone.
#[test]
fn a_passage_moves_with_its_words() {
    let mut document = written("Growth is slow in the north.\n\nWe hire.\n");
    let anchor = marked(&document, "slow");
    let rewrite = |document: &mut Document, text: &str| {
        let update = draft(document).write(&Prose::from_markdown(text).expect("Markdown"), View::Markdown);
        take(document, update.expect("an edit"));
    };
    rewrite(&mut document, "Before all: growth is not slow, no, in the north.\n\nWe hire.\n");
    let place = document.place(&anchor).expect("a place");
    assert_eq!((place.quote.as_str(), place.block), ("slow", 0));
    rewrite(&mut document, "A new first line.\n\nBefore all: growth is not slow, no, in the north.\n\nWe hire.\n");
    assert_eq!(document.place(&anchor).expect("a place").block, 1);
    let across = marked(&document, "north.\nWe");
    assert_eq!(document.place(&across).expect("a place").quote, "north.\nWe");
    rewrite(&mut document, "A new first line.\n\nWe hire.\n");
    assert_eq!(document.place(&anchor), Err(AnchorError::Empty));
    assert_eq!(document.places(&[anchor, across])[0], None);
}

/// [CMT-2] A position that is not saved yet is distinguished from one that never existed.
#[test]
fn positions_are_read_with_care() {
    let document = written("Some words.\n");
    let read = |position: serde_json::Value| {
        let anchor = json!({ "start": position, "end": position });
        serde_json::from_value::<Anchor>(anchor).map(|anchor| document.place(&anchor))
    };
    let id = |client: u64| json!({ "item": { "client": client, "clock": 4 } });
    assert_eq!(read(id(17)).expect("read"), Err(AnchorError::NotSaved));
    assert_eq!(read(id(1 << 60)).expect("read"), Err(AnchorError::Malformed));
    assert_eq!(read(json!({ "tname": "other" })).expect("read"), Err(AnchorError::Malformed));
    assert_eq!(read(json!({})).expect("read"), Err(AnchorError::Malformed));
    assert!(read(json!({ "item": { "client": -1, "clock": 4 } })).is_err());
    assert!(read(json!({ "elsewhere": 1 })).is_err());
    assert_eq!(read(json!({ "tname": "default", "assoc": -1 })).expect("read"), Err(AnchorError::Empty));
}

/// [CMT-6] A suggestion replaces exactly its words, keeps their formatting, and fails if they were changed.
#[test]
fn words_are_put_in_the_place_of_a_passage() {
    let mut document = written("Growth is **quite slow** in the north.\n");
    let anchor = marked(&document, "quite slow");
    let mut private = draft(&document);
    assert_eq!(private.replace(&anchor, None, "slow", "fast"), Err(AnchorError::Changed));
    let replaced = private.replace(&anchor, None, "quite slow", "quite good 🙂").expect("the words");
    take(&mut document, replaced.update);
    assert_eq!(document.prose().to_markdown().trim(), "Growth is **quite good 🙂** in the north.");
    let place = document.place(&replaced.anchor.expect("it is there")).expect("a place");
    assert_eq!(place.quote, "quite good 🙂");
    let anchor = marked(&document, "quite good 🙂 in");
    let gone = draft(&document).replace(&anchor, None, "quite good 🙂 in", "").expect("the words");
    assert_eq!(gone.anchor, None);
    take(&mut document, gone.update);
    assert_eq!(document.prose().to_text(), "Growth is  the north.");
    let document = written("One.\n\nTwo.\n");
    let anchor = marked(&document, "ne.\nTw");
    assert_eq!(draft(&document).replace(&anchor, None, "ne.\nTw", "x"), Err(AnchorError::NotOneText));
}

/// [CMT-6] Text that was written at an edge of a passage since it was marked changes the passage; text that was written
/// elsewhere does not.
#[test]
fn words_at_the_edges_of_a_passage_change_it() {
    let text = "cat sat on a cat\n\nOn.\n";
    // At the start, in the middle and at the end of a line: the place of the new text, and whether the passage has
    // changed.
    for (quote, from, inserted_at, changes) in [
        ("cat", 0, 0, true),
        ("cat", 0, 3, true),
        ("cat", 0, 4, false),
        ("sat", 4, 4, true),
        ("sat", 4, 7, true),
        ("sat", 4, 3, false),
        ("cat", 13, 13, true),
        ("cat", 13, 16, true),
        ("cat", 13, 12, false),
        ("cat", 13, 17, false),
    ] {
        let mut document = written(text);
        let anchor = document.anchor(from, from + 3).expect("a passage");
        let edges = document.edges(&anchor).expect("edges");
        let before = draft(&document).replace(&anchor, Some(&edges), quote, "x");
        assert!(before.is_ok(), "nothing was written yet: {before:?}");
        insert(&mut document, inserted_at, "s");
        let after = draft(&document).replace(&anchor, Some(&edges), quote, "x").map(drop);
        let expected = if changes { Err(AnchorError::Changed) } else { Ok(()) };
        assert_eq!(after, expected, "{quote} at {from}, written at {inserted_at}");
        assert!(draft(&document).replace(&anchor, None, quote, "x").is_ok(), "the passage itself reads as it did");
    }
}

/// Inserts text at an offset, next to the existing characters.
fn insert(document: &mut Document, at: u32, words: &str) {
    let text = document.prose().to_text();
    let begins_a_line = text[..at as usize].is_empty() || text[..at as usize].ends_with('\n');
    let beside = if begins_a_line { at } else { at - 1 };
    let letter = &text[beside as usize..=beside as usize];
    let both = if begins_a_line { format!("{words}{letter}") } else { format!("{letter}{words}") };
    let anchor = document.anchor(beside, beside + 1).expect("a letter");
    let inserted = draft(document).replace(&anchor, None, letter, &both).expect("an edit");
    take(document, inserted.update);
}

/// [CMT-6] Suggestions of random words on random passages give the expected text.
#[test]
fn random_replacements_read_as_asked() {
    let mut random = StdRng::seed_from_u64(7);
    let words = ["plan", "naïve", "🙂🙂", "漢字", "a b", "", "aaa", "aa"];
    let mut document = written("Growth is slow in the north, and 🙂 we **hire** three.\n");
    for _ in 0..500 {
        let text = units(&document.prose().to_text());
        let from = random.random_range(0..text.len());
        let to = random.random_range(from + 1..=text.len().min(from + 9));
        let (before, quote, after) = (&text[..from], &text[from..to], &text[to..]);
        // A passage never ends inside a character.
        let (Ok(before), Ok(quote), Ok(after)) =
            (String::from_utf16(before), String::from_utf16(quote), String::from_utf16(after))
        else {
            continue;
        };
        let said = words.choose(&mut random).expect("some").to_string() + "x";
        let anchor = document.anchor(from as u32, to as u32).expect("a passage");
        let replaced = draft(&document).replace(&anchor, None, &quote, &said).expect("the words");
        if replaced.update.as_ref() != [0, 0] {
            take(&mut document, replaced.update);
        }
        assert_eq!(document.prose().to_text(), format!("{before}{said}{after}"));
        assert_eq!(document.place(&replaced.anchor.expect("there")).expect("a place").quote, said);
    }
}

/// [CMT-6] Text typed next to the inserted words is outside their passage.
#[test]
fn an_accepted_suggestion_keeps_its_edges() {
    let mut document = written("Growth is slow.\n");
    let anchor = marked(&document, "slow");
    let replaced = draft(&document).replace(&anchor, None, "slow", "steady").expect("the words");
    take(&mut document, replaced.update);
    let wanted = Prose::from_markdown("Growth is not steady, no.\n").expect("Markdown");
    let update = draft(&document).write(&wanted, View::Markdown).expect("an edit");
    take(&mut document, update);
    assert_eq!(document.place(&replaced.anchor.expect("there")).expect("a place").quote, "steady");
}

/// [CMT-1] A passage that ends between two blocks ends with the first.
#[test]
fn a_break_between_blocks_belongs_to_neither() {
    let document = written("One.\n\nTwo.\n");
    let first = serde_json::to_value(marked(&document, "One.")).expect("JSON");
    // The second paragraph is created before the text of the first, and that before its characters.
    let id = &first["start"]["item"];
    let before = json!({ "item": { "client": id["client"], "clock": id["clock"].as_u64().expect("a clock") - 2 } });
    let anchor: Anchor = serde_json::from_value(json!({ "start": first["start"], "end": before })).expect("an anchor");
    let place = document.place(&anchor).expect("a place");
    assert_eq!((place.quote.as_str(), place.from, place.to), ("One.", 0, 4));
}
