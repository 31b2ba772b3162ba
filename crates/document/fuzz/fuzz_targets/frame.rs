//! Coverage-guided fuzzing of both codecs with arbitrary bytes. `cargo +nightly fuzz run frame` in crates/document.
#![no_main]

use bytes::Bytes;
use document::codec::{read_hocuspocus, read_y_websocket};
use document::{Message, Presence};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let frame = Bytes::copy_from_slice(input);
    let messages = [read_y_websocket(&frame).ok(), read_hocuspocus(&frame).ok().map(|frame| frame.message)];
    let mut presence = Presence::default();
    for message in messages.into_iter().flatten() {
        if let Message::Awareness(states) = message {
            let _ = presence.receive(1, None, &states, std::time::Duration::ZERO);
        }
    }
});
