//! Frames of clients, passed through the filter.

use super::*;
use std::task::Waker;

const KEY: [u8; 4] = [1, 2, 3, 4];

/// A masked frame, as clients send it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        long @ 126..65_536 => out.extend([&[0x80 | 126], &(long as u16).to_be_bytes()[..]].concat()),
        longer => out.extend([&[0x80 | 127], &(longer as u64).to_be_bytes()[..]].concat()),
    }
    out.extend(KEY);
    out.extend(payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key));
    out
}

/// The output of the filter for bytes that arrive `cut` at a time; `None` if it waits for memory.
fn taken(filter: &mut PreAuthFilter, frames: &mut Frames, bytes: &[u8], cut: usize) -> Option<Vec<u8>> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut out = Vec::new();
    for piece in bytes.chunks(cut) {
        let mut input = Bytes::copy_from_slice(piece);
        loop {
            let mut space = [0; 300];
            let mut buf = ReadBuf::new(&mut space);
            while filter.drain(&mut buf, frames) {
                out.extend_from_slice(buf.filled());
                buf.clear();
            }
            if filter.poll_take(&mut cx, &mut input).is_pending() {
                return None;
            }
            if input.is_empty() && filter.out.is_empty() {
                break;
            }
        }
    }
    Some(out)
}

fn filter(budget: &PreAuthMemory) -> PreAuthFilter {
    // In these tests a SyncStep1 begins with a 7.
    PreAuthFilter::new(budget, &Frames::default(), |beginning| beginning.first() == Some(&7))
}

const CUTS: [usize; 5] = [1, 2, 7, 512, 1 << 20];

/// [LIMIT-12] Small messages, pings and SyncStep1s pass unchanged for every split of the input; of larger messages only
/// the beginning passes, and the following messages are read correctly.
#[test]
fn a_large_message_is_cut_for_every_split_of_the_input() {
    let large: Vec<u8> = (0..200_000).map(|n| n as u8).collect();
    let question = [&[7], &large[..]].concat();
    for cut in CUTS {
        let budget = PreAuthMemory::new(PreAuthMemory::LEAST_BYTES);
        let (mut filter, mut frames) = (filter(&budget), Frames::default());
        let small = [frame(0x82, b"token"), frame(0x89, b"ping"), frame(0x82, &large[..60_000])].concat();
        assert_eq!(taken(&mut filter, &mut frames, &small, cut), Some(small), "cut at {cut}");
        (0..3).for_each(|_| assert!(!frames.note_read()));
        filter.release();

        let beginning = frame(0x82, &large[..BEGINNING_BYTES as usize]);
        assert_eq!(taken(&mut filter, &mut frames, &frame(0x82, &large), cut), Some(beginning), "cut at {cut}");
        assert!(frames.note_read(), "it is marked as cut");

        let asked = frame(0x82, &question);
        assert_eq!(taken(&mut filter, &mut frames, &asked, cut), Some(asked), "cut at {cut}");
        assert!(!frames.note_read());
        filter.release();

        // A fragmented message whose second fragment is too large; a large text message.
        let pieces = [frame(0x02, b"begins"), frame(0x00, &large), frame(0x80, b"end")].concat();
        let rest = [frame(0x02, b"begins"), frame(0x00, b""), frame(0x80, b"")].concat();
        assert_eq!(taken(&mut filter, &mut frames, &pieces, cut), Some(rest), "cut at {cut}");
        assert!(frames.note_read());
        assert_eq!(taken(&mut filter, &mut frames, &frame(0x81, &large), cut), Some(frame(0x81, b"")));
        assert!(frames.note_read());

        // After admission everything passes, and the filter can be removed at the end of a frame.
        filter.open();
        assert_eq!(taken(&mut filter, &mut frames, &frame(0x82, &large), cut), Some(frame(0x82, &large)));
        assert!(filter.is_over() && !frames.note_read());
        assert_eq!(budget.semaphore().available_permits(), PreAuthMemory::LEAST_BYTES / 1_024);
    }
}

/// [LIMIT-12] When the memory is used up, a token still passes; larger messages wait, and pass once another client is
/// admitted.
#[test]
fn past_the_total_only_tokens_are_read() {
    let budget = PreAuthMemory::new(PreAuthMemory::LEAST_BYTES);
    let others = budget.try_reserve(PreAuthMemory::LEAST_BYTES).expect("nobody has any");
    let (mut filter, mut frames) = (filter(&budget), Frames::default());
    let token = frame(0x82, &[1; 4_000]);
    assert_eq!(taken(&mut filter, &mut frames, &token, 4_096), Some(token));
    let more = frame(0x82, &[2; 5_000]);
    assert_eq!(taken(&mut filter, &mut frames, &more, 1 << 20), None);
    assert!(filter.is_waiting());
    drop(others);
    assert!(taken(&mut filter, &mut frames, b" ", 1).is_some(), "the rest comes");
}

/// If the socket leaves its last document while a frame is half read, limits apply after that frame.
#[test]
fn a_frame_that_is_under_way_passes() {
    let large = frame(0x82, &[9; 100_000]);
    for came in [0, 1, 5, 14, 5_000, large.len() - 1] {
        let mut frames = Frames::default();
        frames.feed(&large[..came]);
        let budget = PreAuthMemory::new(PreAuthMemory::LEAST_BYTES);
        let mut filter = PreAuthFilter::new(&budget, &frames, |_| false);
        let rest = taken(&mut filter, &mut frames, &large[came..], 1_000).expect("there is memory");
        assert_eq!(rest == large[came..], came > 0, "after {came} bytes");
        assert_eq!(taken(&mut filter, &mut frames, &frame(0x82, b"next"), 3), Some(frame(0x82, b"next")));
    }
}
