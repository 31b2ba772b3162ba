//! The rules of admission, case by case.

use bytes::Bytes;
use document::document::{MAX_DOCUMENT_BYTES, MaxSize, Size};
use document::nesting::MAX_NESTING;
use document::{Accepted, Author, Document, LeftOut, Level, Outcome, Owners, Ownership, Refusal, Stored, SyncStep};
use yrs::updates::decoder::Decode;
use yrs::{Doc, Map, MapPrelim, ReadTxn, StateVector, Text, Transact};

fn author(user: &str, ownership: Ownership) -> Author {
    Author { user: user.into(), ownership }
}

fn ana() -> Author {
    author("ana", Ownership::Enforce)
}

/// A peer's updates, one for each piece of text appended.
fn typed(client: u64, pieces: &[&str]) -> Vec<Bytes> {
    let doc = Doc::with_client_id(client);
    let text = doc.get_or_insert_text("text");
    let mut updates = Vec::new();
    for piece in pieces {
        let mut txn = doc.transact_mut();
        text.push(&mut txn, piece);
        updates.push(txn.encode_update_v1().into());
    }
    updates
}

fn offer(document: &mut Document, update: &Bytes, level: Level, author: &Author) -> Outcome {
    let outcome = document.receive(&SyncStep::Update(update.clone()), level, author);
    document.apply().expect("what is admitted can be applied");
    outcome
}

fn merged(updates: &[Bytes]) -> Bytes {
    let updates: Vec<&[u8]> = updates.iter().map(AsRef::as_ref).collect();
    yrs::merge_updates_v1(updates).expect("honest updates").into()
}

fn text(document: &Document) -> String {
    document.describe()
}

/// [SYNC-4] A known update is acknowledged without a row.
#[test]
fn the_same_again_is_nothing_new() {
    let mut document = Document::empty();
    let updates = typed(1, &["a", "b"]);
    assert!(matches!(offer(&mut document, &updates[0], Level::Edit, &ana()), Outcome::Accepted(_)));
    assert_eq!(offer(&mut document, &updates[0], Level::Edit, &ana()), Outcome::NothingNew(LeftOut::default()));
    let state = document.state();
    assert_eq!(offer(&mut document, &state, Level::View, &ana()), Outcome::NothingNew(LeftOut::default()));
}

/// [SYNC-3] After a hole, no more blocks of that client are admitted, and the sender is asked for the rest.
#[test]
fn blocks_after_a_hole_are_left_out() {
    let mut document = Document::empty();
    let updates = typed(1, &["a", "b", "c"]);
    let outcome = offer(&mut document, &updates[2], Level::Edit, &ana());
    assert_eq!(outcome, Outcome::NothingNew(LeftOut { holes: true, foreign: vec![] }));
    offer(&mut document, &updates[0], Level::Edit, &ana());
    let outcome = offer(&mut document, &merged(&updates), Level::Edit, &ana());
    assert!(matches!(&outcome, Outcome::Accepted(Accepted { left_out, .. }) if left_out.is_empty()), "{outcome:?}");
    assert!(text(&document).contains("abc"));
}

/// If a part of a block is known, only the rest of the block is logged.
#[test]
fn a_half_known_block_is_cut() {
    let mut document = Document::empty();
    let updates = typed(1, &["plan", " ü 漢", " end"]);
    offer(&mut document, &updates[0], Level::Edit, &ana());
    let whole = merged(&updates);
    let Outcome::Accepted(Accepted { bytes, .. }) = offer(&mut document, &whole, Level::Edit, &ana()) else {
        panic!("there is news in it");
    };
    assert!(!bytes.windows(4).any(|window| window == b"plan"), "what is known is not logged again");
    assert!(text(&document).contains("plan ü 漢 end"));
    // A Yjs peer that has only the first part can apply the row.
    let peer = Doc::new();
    let read = peer.get_or_insert_text("text");
    for update in [&updates[0], &bytes] {
        peer.transact_mut().apply_update(yrs::Update::decode_v1(update).expect("an update")).expect("an update");
    }
    assert_eq!(yrs::GetString::get_string(&read, &peer.transact()), "plan ü 漢 end");
}

/// [PERM-4] Readers cannot write, not even deletions, which yrs's own `extends` overlooks.
#[test]
fn readers_and_commenters_change_nothing() {
    let mut document = Document::empty();
    let doc = Doc::with_client_id(1);
    let words = doc.get_or_insert_text("text");
    words.insert(&mut doc.transact_mut(), 0, "kept");
    let state: Bytes = doc.transact().encode_state_as_update_v1(&StateVector::default()).into();
    offer(&mut document, &state, Level::Edit, &ana());
    let before = document.fingerprint();
    let deletion: Bytes = {
        let mut txn = doc.transact_mut();
        words.remove_range(&mut txn, 0, 4);
        txn.encode_update_v1().into()
    };
    let insertion = &typed(9, &["graffiti"])[0];
    for level in [Level::View, Level::Comment] {
        for update in [&deletion, insertion] {
            assert_eq!(offer(&mut document, update, level, &ana()), Outcome::Refused(Refusal::ReadOnly));
        }
    }
    assert_eq!(document.fingerprint(), before);
    assert!(matches!(offer(&mut document, &deletion, Level::Edit, &ana()), Outcome::Accepted(_)));
}

/// [SYNC-20] Edits under another user's client id are left out, edits that depend on them wait, and the rest is
/// admitted.
#[test]
fn a_client_id_belongs_to_the_user_who_introduced_it() {
    let mut document = Document::empty();
    let anas = typed(1, &["ana", " unsent"]);
    offer(&mut document, &anas[0], Level::Edit, &ana());
    let bob = author("bob", Ownership::Enforce);
    let mixed = merged(&[anas[0].clone(), anas[1].clone(), typed(2, &["bob"])[0].clone()]);
    let Outcome::Accepted(Accepted { left_out, .. }) = offer(&mut document, &mixed, Level::Edit, &bob) else {
        panic!("Bob's own edit goes in");
    };
    assert_eq!(left_out, LeftOut { holes: false, foreign: vec![1] });
    assert!(text(&document).contains("bob") && !text(&document).contains("unsent"));
    assert!(matches!(offer(&mut document, &anas[1], Level::Edit, &ana()), Outcome::Accepted(_)));
    let anyone = author("carla", Ownership::Record);
    assert!(matches!(offer(&mut document, &typed(2, &["bob", "!"])[1], Level::Edit, &anyone), Outcome::Accepted(_)));
}

/// [SYNC-2] Types can be nested 128 deep, in one update or in several, and also after a reload.
#[test]
fn nesting_is_bounded() {
    let doc = Doc::with_client_id(1);
    let root = doc.get_or_insert_map("map");
    let mut updates: Vec<Bytes> = Vec::new();
    let mut map = root;
    for _ in 0..MAX_NESTING + 10 {
        let mut txn = doc.transact_mut();
        map = map.insert(&mut txn, "deeper", MapPrelim::default());
        updates.push(txn.encode_update_v1().into());
    }
    let too_deep = Outcome::Refused(Refusal::TooDeep(MAX_NESTING));
    assert_eq!(offer(&mut Document::empty(), &merged(&updates), Level::Edit, &ana()), too_deep);

    let mut document = Document::empty();
    for (depth, update) in updates.iter().enumerate() {
        if depth == MAX_NESTING / 2 {
            let state = document.state();
            document = Document::load([[(&state).into()]], Default::default()).expect("its own state");
        }
        let outcome = offer(&mut document, update, Level::Edit, &ana());
        match depth < MAX_NESTING {
            true => assert!(matches!(outcome, Outcome::Accepted(_)), "level {depth}: {outcome:?}"),
            false => assert_ne!(outcome, Outcome::NothingNew(LeftOut::default()), "level {depth}"),
        }
        if depth == MAX_NESTING {
            assert_eq!(outcome, too_deep);
        }
    }
}

/// A full document refuses text and accepts deletions, and deletions make room for text again.
#[test]
fn a_document_has_a_largest_size() {
    let mut document = Document::empty();
    let doc = Doc::with_client_id(1);
    let words = doc.get_or_insert_text("text");
    let piece = "x".repeat(1 << 20);
    let push = || {
        let mut txn = doc.transact_mut();
        words.push(&mut txn, &piece);
        Bytes::from(txn.encode_update_v1())
    };
    let mut refused = None;
    for _ in 0..2 * MAX_DOCUMENT_BYTES / (1 << 20) {
        let update = push();
        match offer(&mut document, &update, Level::Edit, &ana()) {
            Outcome::Accepted(_) => assert!(refused.is_none(), "what follows a refused update waits for it"),
            Outcome::Refused(refusal) => {
                assert_eq!(refusal, Refusal::TooLarge);
                refused = Some(update);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let refused = refused.expect("there is a largest size");
    assert!(document.state().len() <= MAX_DOCUMENT_BYTES);
    let deletion = Bytes::from({
        let mut txn = doc.transact_mut();
        words.remove_range(&mut txn, 0, 4 << 20);
        txn.encode_update_v1()
    });
    assert!(matches!(offer(&mut document, &deletion, Level::Edit, &ana()), Outcome::Accepted(_)), "deletions come in");
    assert!(matches!(offer(&mut document, &refused, Level::Edit, &ana()), Outcome::Accepted(_)), "there is room again");
}

/// Limits that a test reaches quickly.
fn small() -> MaxSize {
    let size = |blocks| Size { bytes: 100 * blocks, blocks };
    MaxSize { content: size(100), total: size(1_000) }
}

/// [F3] [LIMIT-20] Two keys of a map that are overwritten in turn leave marks that cannot be merged. The marks do not
/// count as content: the map accepts edits far beyond the limit of content, even after a reload.
#[test]
fn what_was_overwritten_is_not_content() {
    let mut document = Document::empty().within(small());
    let doc = Doc::with_client_id(1);
    let map = doc.get_or_insert_map("map");
    let overwrite = |turn: usize| {
        let mut txn = doc.transact_mut();
        map.insert(&mut txn, ["x", "y"][turn % 2], turn as f64);
        Bytes::from(txn.encode_update_v1())
    };
    let mut turns = 0;
    let refusal = loop {
        match offer(&mut document, &overwrite(turns), Level::Edit, &ana()) {
            Outcome::Accepted(_) => turns += 1,
            Outcome::Refused(refusal) => break refusal,
            other => panic!("{other:?}"),
        }
        if turns == 500 {
            let state = document.state();
            document = Document::load([[Stored::from(&state)]], Owners::default()).expect("it loads").within(small());
        }
    };
    // The total limit is a separate limit with a code of its own, and is checked without counting again.
    assert_eq!((refusal, refusal.code()), (Refusal::TooMuchDeleted, "too-much-deleted"));
    assert!((900..=1_000).contains(&turns), "{turns} times");
    let started = std::time::Instant::now();
    for _ in 0..1_000 {
        assert!(matches!(
            offer(&mut document, &overwrite(turns), Level::Edit, &ana()),
            Outcome::Refused(_) | Outcome::NothingNew(_)
        ));
    }
    assert!(started.elapsed().as_secs() < 30);
}

/// [LIMIT-20] Deletions divide blocks, so they count too: a document that was accepted can be loaded again.
#[test]
fn deletions_cannot_make_a_document_too_large_to_load() {
    let mut document = Document::empty().within(small());
    let doc = Doc::with_client_id(1);
    let text = doc.get_or_insert_text("text");
    let written = {
        let mut txn = doc.transact_mut();
        text.insert(&mut txn, 0, &"x".repeat(8_000));
        Bytes::from(txn.encode_update_v1())
    };
    assert!(matches!(offer(&mut document, &written, Level::Edit, &ana()), Outcome::Accepted(_)));
    let mut accepted = 0;
    for _ in 0..100 {
        let mut txn = doc.transact_mut();
        (0..10).for_each(|_| {
            let end = text.len(&txn) - 2 * accepted - 2;
            text.remove_range(&mut txn, end, 1);
            accepted += 1;
        });
        let deletions = Bytes::from(txn.encode_update_v1());
        match offer(&mut document, &deletions, Level::Edit, &ana()) {
            Outcome::Accepted(_) => {}
            Outcome::Refused(Refusal::TooMuchDeleted) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!((400..1_000).contains(&accepted), "{accepted}");
}

/// [SYNC-7] 100,000 client sections that wait for each other in the worst order are checked in linear time.
#[test]
fn many_clients_are_judged_in_linear_time() {
    use document::lib0::write_varuint;
    const CLIENTS: u64 = 100_000;
    // Client n builds on client n - 1, and sections come with the highest first.
    let mut update = Vec::new();
    write_varuint(&mut update, CLIENTS);
    for client in (1..=CLIENTS).rev() {
        for value in [1, client, 0] {
            write_varuint(&mut update, value);
        }
        if client == 1 {
            update.extend_from_slice(&[0x04, 1, 4]);
            update.extend_from_slice(b"text");
        } else {
            update.push(0x84);
            write_varuint(&mut update, client - 1);
            update.push(0);
        }
        update.extend_from_slice(&[1, b'x']);
    }
    update.push(0);
    let mut document = Document::empty();
    let outcome = document.receive(&SyncStep::Update(update.into()), Level::Edit, &ana());
    assert!(matches!(&outcome, Outcome::Accepted(part) if part.left_out.is_empty()));
    document.apply().expect("it is sound");
    assert_eq!(document.known().clocks.len(), CLIENTS as usize);
    let state = document.state();
    let reloaded = Document::load([[(&state).into()]], Default::default()).expect("its own state");
    assert_eq!(reloaded.fingerprint(), document.fingerprint());
}
