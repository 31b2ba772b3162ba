//! [SYNC-13] Mutated frames sent to a running server: it stays up, its memory grows little, and other clients do not
//! notice. `FUZZ_SOCKET_FRAMES` sets the number (50,000 here, a million in `make fuzz`).

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tests::server::{Options, Server};
use tests::setting;
use tests::typist::Typist;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use yrs::{Doc, Text, Transact, XmlElementPrelim, XmlFragment};

/// Valid frames, to be damaged.
fn honest(address: &[u8]) -> Vec<Vec<u8>> {
    let doc = Doc::with_client_id(7);
    let text = doc.get_or_insert_text("text");
    let tree = doc.get_or_insert_xml_fragment("default");
    let mut frames = Vec::new();
    for n in 0..40 {
        let update = {
            let mut txn = doc.transact_mut();
            match n % 4 {
                0 => drop(tree.insert(&mut txn, 0, XmlElementPrelim::empty("paragraph"))),
                1 if n > 8 => text.remove_range(&mut txn, 0, 2),
                _ => text.insert(&mut txn, 0, "some words"),
            }
            txn.encode_update_v1()
        };
        let mut frame = address.to_vec();
        frame.extend_from_slice(&[0, [2, 1, 0][n % 3], update.len() as u8]);
        frame.extend_from_slice(&update);
        frames.push(frame);
    }
    for body in [&b"\x01\x0b\x01\x05\x03\x07{\"a\":1}"[..], b"\x02\x00\x03abc", b"\x03", b"\x05\x02hi", b"\x07"] {
        frames.push([address, body].concat());
    }
    frames
}

fn damage(frame: &mut Vec<u8>, rng: &mut StdRng) {
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=frame.len());
        match rng.random_range(0..5) {
            0 if at < frame.len() => frame[at] ^= 1 << rng.random_range(0..8),
            1 if at < frame.len() => frame[at] = rng.random(),
            2 => frame.insert(at, rng.random()),
            3 if at < frame.len() => drop(frame.remove(at)),
            _ => frame.truncate(at),
        }
    }
}

/// Sends its share, reconnecting whenever the server closes the socket.
async fn attack(address: String, path: &'static str, prefix: &'static [u8], frames: u64, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let honest = honest(prefix);
    let mut sent = 0;
    while sent < frames {
        let Ok((socket, _)) = connect_async(format!("ws://{address}{path}")).await else { continue };
        let (mut sink, mut stream) = socket.split();
        let reading = tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
        for _ in 0..500.min(frames - sent) {
            let mut frame = honest[rng.random_range(0..honest.len())].clone();
            if rng.random_bool(0.9) {
                damage(&mut frame, &mut rng);
            }
            sent += 1;
            if sink.send(Message::Binary(frame.into())).await.is_err() {
                break;
            }
        }
        let _ = sink.close().await;
        let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_outlives_mutated_frames() {
    let frames = setting("FUZZ_SOCKET_FRAMES", 50_000);
    let unhurried =
        Options { env: vec![("CONSILIUM_MESSAGES_PER_SECOND".into(), "1000000".into())], ..Options::default() };
    let mut server = Server::start_with(unhurried).await;
    let address = server.address.clone();
    // A first round warms the server up, so that only further growth counts.
    attack(address.clone(), "/sync/target", b"", 2_000, 1).await;
    let before = server.resident_bytes();

    let attackers = [
        tokio::spawn(attack(address.clone(), "/sync/target", b"", frames / 4, 2)),
        tokio::spawn(attack(address.clone(), "/collab", b"\x06target", frames / 4, 3)),
        tokio::spawn(attack(address.clone(), "/sync/other%20target", b"", frames / 4, 4)),
        tokio::spawn(attack(address.clone(), "/collab", b"\x08target\x001", frames / 4, 5)),
    ];
    let neighbour = tokio::spawn(async move {
        let mut neighbour = Typist::new(1, "neighbour");
        assert!(neighbour.connect(&address).await);
        for _ in 0..50 {
            assert!(neighbour.type_word().await, "a neighbour was cut off");
            assert!(neighbour.listen(Duration::from_millis(20)).await, "a neighbour was cut off");
        }
        while !neighbour.is_settled() {
            assert!(neighbour.listen(Duration::from_millis(20)).await, "a neighbour was cut off");
        }
        neighbour
    });
    for attacker in attackers {
        attacker.await.expect("an attacker does not panic");
    }
    let neighbour =
        tokio::time::timeout(Duration::from_secs(60), neighbour).await.expect("in time").expect("undisturbed");
    assert_eq!(neighbour.acknowledged.len(), 50);
    assert!(server.is_running(), "the server ended:\n{}", server.log());
    assert!(!server.log().contains("panicked"), "a panic:\n{}", server.log());
    let grown = server.resident_bytes().saturating_sub(before);
    println!("{frames} frames, memory grew by {} KiB", grown / 1024);
    assert!(grown < 64 << 20, "memory grew by {grown} bytes");
}
