//! Mutated updates and frames: after any input, the document stays usable and equal to its log. `FUZZ_FRAMES` sets how
//! many (100,000 by default; `make fuzz` runs 10 million).

mod support;

use bytes::Bytes;
use document::codec::{read_hocuspocus, read_y_websocket};
use document::presence::Presence;
use document::{Author, Document, Level, Message, Outcome, Ownership, SyncStep};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

fn frames() -> u64 {
    std::env::var("FUZZ_FRAMES").ok().map_or(100_000, |count| count.parse().expect("FUZZ_FRAMES is a number"))
}

fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], rng: &mut StdRng) {
    const INTERESTING: [u8; 10] = [0, 1, 7, 10, 0x20, 0x7f, 0x80, 0x84, 0xc4, 0xff];
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=bytes.len());
        match rng.random_range(0..7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = INTERESTING[rng.random_range(0..INTERESTING.len())],
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.insert(at, rng.random()),
            4 => bytes.truncate(at),
            5 => {
                let other = &others[rng.random_range(0..others.len())];
                let from = rng.random_range(0..other.len());
                let part = other[from..(from + rng.random_range(1..16)).min(other.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ if at < bytes.len() => bytes[at] = bytes[at].wrapping_add(1),
            _ => {}
        }
    }
}

/// [SYNC-11] No input ends the process, leaves the document unreadable, or makes it differ from its log.
#[test]
fn a_document_outlives_mutated_updates() {
    let author = Author { user: "eve".into(), ownership: Ownership::Record };
    let (mut accepted, mut refused, mut broken, mut reordered) = (0u64, 0u64, 0u64, 0u64);
    let rounds = frames() / 500;
    for seed in 0..rounds {
        let mut rng = StdRng::seed_from_u64(seed);
        let honest = support::updates(seed, 24);
        let mut log: Vec<Bytes> = Vec::new();
        let mut document = Document::empty();
        for index in 0..500 {
            // Every fourth input is valid, so that mutations are applied to a document with content.
            let mut input = honest[(index / 4) % honest.len()].clone();
            if index % 4 != 0 {
                mutate(&mut input, &honest, &mut rng);
            }
            match document.receive(&SyncStep::Update(input.into()), Level::Edit, &author) {
                Outcome::Accepted(part) => match document.apply() {
                    Ok(_) => {
                        accepted += 1;
                        log.push(part.bytes);
                    }
                    Err(_) => {
                        broken += 1;
                        document = Document::load(log.iter().map(|row| [row.into()]), Default::default())
                            .expect("the log is sound");
                    }
                },
                Outcome::Refused(_) => refused += 1,
                Outcome::NothingNew(_) | Outcome::Answer(_) => {}
                Outcome::Later => panic!("nothing was pending"),
            }
        }
        let replayed =
            Document::load(log.iter().map(|row| [row.into()]), Default::default()).expect("the log is sound");
        assert_eq!(replayed.describe(), document.describe(), "seed {seed}: the document differs from its log");
        assert_eq!(replayed.fingerprint(), document.fingerprint(), "seed {seed}: the document differs from its log");
        let state = document.state();
        let reloaded = Document::load([[(&state).into()]], Default::default()).expect("its own state can be loaded");
        // A forged pair of origins has no single right order in any Yjs: a reload may reorder such text, but must not
        // lose any of it.
        assert_eq!(reloaded.state_vector(), document.state_vector(), "seed {seed}: the state lost something");
        reordered += u64::from(reloaded.describe() != document.describe());
    }
    println!(
        "{accepted} accepted, {refused} refused, {broken} broke the document and were rolled back, {reordered} reordered"
    );
    assert!(accepted > rounds && refused > rounds, "the mutations neither passed nor failed: {accepted}, {refused}");
}

/// [SYNC-12] Both codecs and the presence reader survive any bytes.
#[test]
fn codecs_outlive_mutated_frames() {
    let mut rng = StdRng::seed_from_u64(42);
    let updates = support::updates(1, 20);
    let mut presence = Presence::default();
    let mut understood = 0;
    for index in 0..frames() {
        let update = &updates[index as usize % updates.len()];
        let mut bare = vec![0, 2, update.len() as u8];
        bare.extend_from_slice(update);
        let awareness = b"\x01\x15\x01\x05\x03\x10{\"user\":{\"a\":1}}".to_vec();
        let mut frame = if index % 3 == 0 { awareness } else { bare };
        if index % 2 == 0 {
            frame.splice(0..0, *b"\x04plan");
        }
        mutate(&mut frame, &updates, &mut rng);
        let frame = Bytes::from(frame);
        let messages = [read_y_websocket(&frame).ok(), read_hocuspocus(&frame).ok().map(|frame| frame.message)];
        for message in messages.into_iter().flatten() {
            understood += 1;
            if let Message::Awareness(bytes) = message {
                let _ = presence.receive(index % 7, None, &bytes, std::time::Duration::from_secs(index / 50));
            }
        }
    }
    assert!(understood > frames() / 10, "hardly any frame was well-formed: {understood}");
}
