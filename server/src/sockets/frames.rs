//! Counts the frames that tungstenite reads. Its buffer stays as large as the largest frame received, so a socket that
//! once received a megabyte would keep that buffer while it is open. An empty buffer can be dropped (see
//! [`super::socket::Socket::slim`]), and counting frames shows when it is empty.

/// The longest header of a frame (RFC 6455, 5.2).
const HEADER_BYTES: usize = 14;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

/// The header of a frame, possibly incomplete.
#[derive(Clone, Default)]
pub(super) struct Header {
    bytes: [u8; HEADER_BYTES],
    have: usize,
}

impl Header {
    /// Takes the next byte. `true` if it was the last one of the header.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        self.bytes[self.have] = byte;
        self.have += 1;
        self.have >= 2 && self.have == self.len()
    }

    /// Whether it has no bytes yet.
    pub(super) fn is_empty(&self) -> bool {
        self.have == 0
    }

    pub(super) fn clear(&mut self) {
        self.have = 0;
    }

    pub(super) fn is_control(&self) -> bool {
        self.bytes[0] & 0x08 != 0
    }

    pub(super) fn is_final(&self) -> bool {
        self.bytes[0] & FINAL != 0
    }

    /// 0: continuation; 1: text; 2: binary.
    pub(super) fn opcode(&self) -> u8 {
        self.bytes[0] & 0x0f
    }

    pub(super) fn payload_len(&self) -> u64 {
        let [_, short, bytes @ ..] = self.bytes;
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        match short & 0x7f {
            126 => u64::from(u16::from_be_bytes([a, b])),
            127 => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            short => u64::from(short),
        }
    }

    /// The bytes of the header.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.have]
    }

    /// The same header for a payload of another length, with the same mask.
    pub(super) fn with_payload_len(&self, payload: u16) -> Vec<u8> {
        let [first, second, ..] = self.bytes;
        let mut header = vec![first];
        match u8::try_from(payload) {
            Ok(short @ 0..126) => header.push(second & MASKED | short),
            _ => {
                header.push(second & MASKED | 126);
                header.extend_from_slice(&payload.to_be_bytes());
            }
        }
        header.extend_from_slice(self.key());
        header
    }

    /// The masking key; empty if the payload is not masked.
    pub(super) fn key(&self) -> &[u8] {
        let key = if self.bytes[1] & MASKED == 0 { 0 } else { 4 };
        &self.bytes[self.have - key..self.have]
    }

    fn len(&self) -> usize {
        let len = match self.bytes[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        if self.bytes[1] & MASKED == 0 { len } else { len + 4 }
    }
}

#[derive(Default)]
pub(super) struct Frames {
    /// The header of the frame that is being read.
    header: Header,
    /// Payload bytes that have not arrived.
    payload: u64,
    /// A message in several frames is incomplete.
    in_pieces: bool,
    /// The last complete message was cut short before it was given to tungstenite.
    cut: bool,
    /// Complete messages that tungstenite has not returned yet.
    unread: usize,
    /// The largest payload so far, in bytes.
    largest: u64,
}

impl Frames {
    /// Processes bytes that are given to tungstenite.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.payload > 0 {
                let some = bytes.len().min(usize::try_from(self.payload).unwrap_or(usize::MAX));
                self.payload -= some as u64;
                bytes = &bytes[some..];
                if self.payload == 0 {
                    self.end_frame();
                }
                continue;
            }
            bytes = rest;
            if self.header.push(*first) {
                self.payload = self.header.payload_len();
                self.largest = self.largest.max(self.payload);
                if self.payload == 0 {
                    self.end_frame();
                }
            }
        }
    }

    /// Notes that the message whose last byte was fed just now was cut short. tungstenite reads more only after it has
    /// returned all complete messages, so it is the last of those that it returns next.
    pub(super) fn note_cut(&mut self) {
        self.cut = true;
    }

    /// Notes that tungstenite returned a message: text, binary, ping, pong or close. `true` if it was cut short.
    pub(super) fn note_read(&mut self) -> bool {
        self.unread = self.unread.saturating_sub(1);
        self.unread == 0 && std::mem::take(&mut self.cut)
    }

    /// Whether tungstenite's buffer is empty.
    pub(super) fn all_read(&self) -> bool {
        self.header.is_empty() && self.unread == 0 && !self.in_pieces
    }

    /// The header of the current frame, possibly incomplete, and the number of payload bytes that have not arrived.
    pub(super) fn under_way(&self) -> (Header, u64) {
        (self.header.clone(), self.payload)
    }

    pub(super) fn largest(&self) -> u64 {
        self.largest
    }

    fn end_frame(&mut self) {
        if !self.header.is_control() {
            self.in_pieces = !self.header.is_final();
        }
        if self.header.is_final() {
            self.unread += 1;
        }
        self.header.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let len = match payload {
            0..126 => vec![MASKED | payload as u8],
            126..65_536 => [vec![MASKED | 126], (payload as u16).to_be_bytes().to_vec()].concat(),
            _ => [vec![MASKED | 127], (payload as u64).to_be_bytes().to_vec()].concat(),
        };
        // A payload that looks like headers must not be read as headers.
        [vec![first], len, vec![9, 9, 9, 9], vec![0x82; payload]].concat()
    }

    /// Frames of every length, whole and fragmented, with a ping between fragments, split at every point.
    #[test]
    fn the_end_of_each_frame_is_found_however_they_are_cut() {
        let sent = [
            frame(0x82, 5),
            frame(0x82, 0),
            frame(0x82, 300),
            frame(0x02, 7),
            frame(0x89, 3),
            frame(0x00, 200),
            frame(0x80, 70_000),
        ];
        let messages_after = [1, 2, 3, 3, 4, 4, 5];
        for cut in [1, 2, 3, 7, 512, usize::MAX] {
            let mut frames = Frames::default();
            for (number, frame) in sent.iter().enumerate() {
                for bytes in frame.chunks(cut.min(frame.len())) {
                    frames.feed(bytes);
                }
                assert_eq!(frames.unread, messages_after[number], "cut at {cut}");
                assert_eq!(frames.in_pieces, (3..6).contains(&number));
            }
            assert_eq!(frames.largest(), 70_000);
            assert!((0..4).all(|_| !frames.note_read()));
            assert!(!frames.all_read());
            frames.note_read();
            assert!(frames.all_read());
            frames.feed(&[0x82]);
            assert!(!frames.all_read(), "a header has begun");
        }
    }
}
