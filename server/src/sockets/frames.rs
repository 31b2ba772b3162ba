//! Where frames end in what tungstenite reads. Its buffer stays as large as the largest frame that ever came, so a
//! socket that once sent a megabyte would keep one for as long as it is open. Where nothing lies in that buffer it can
//! be thrown away (see [`super::Socket::slim`]), and only whoever counts frames knows that.

/// The longest header of a frame (RFC 6455, 5.2).
const HEADER_BYTES: usize = 14;
const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;

#[derive(Default)]
pub(super) struct Frames {
    header: [u8; HEADER_BYTES],
    /// Of the header that is being read.
    have: usize,
    /// Of the payload, still to come.
    payload: u64,
    /// A message in several frames is under way.
    in_pieces: bool,
    /// Came whole, and tungstenite has not given them out.
    unread: usize,
    /// The largest payload.
    largest: u64,
}

impl Frames {
    /// Bytes that tungstenite is given.
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
            self.header[self.have] = *first;
            self.have += 1;
            bytes = rest;
            if self.have >= 2 && self.have == self.header_len() {
                self.payload = self.payload_len();
                self.largest = self.largest.max(self.payload);
                if self.payload == 0 {
                    self.end_frame();
                }
            }
        }
    }

    /// tungstenite gave out a message: text, binary, ping, pong or close.
    pub(super) fn note_read(&mut self) {
        self.unread = self.unread.saturating_sub(1);
    }

    /// Nothing that came lies in tungstenite's buffer.
    pub(super) fn all_read(&self) -> bool {
        self.have == 0 && self.unread == 0 && !self.in_pieces
    }

    pub(super) fn largest(&self) -> u64 {
        self.largest
    }

    fn end_frame(&mut self) {
        let is_control = self.header[0] & 0x08 != 0;
        let is_final = self.header[0] & FINAL != 0;
        if !is_control {
            self.in_pieces = !is_final;
        }
        if is_final {
            self.unread += 1;
        }
        self.have = 0;
    }

    fn header_len(&self) -> usize {
        let len = match self.header[1] & 0x7f {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        if self.header[1] & MASKED == 0 { len } else { len + 4 }
    }

    fn payload_len(&self) -> u64 {
        let [_, short, bytes @ ..] = self.header;
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        match short & 0x7f {
            126 => u64::from(u16::from_be_bytes([a, b])),
            127 => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            short => u64::from(short),
        }
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
        // A payload of header bytes: it must not be taken for one.
        [vec![first], len, vec![9, 9, 9, 9], vec![0x82; payload]].concat()
    }

    /// Frames of every length, whole and in pieces, with a ping between the pieces, however they are cut.
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
            (0..4).for_each(|_| frames.note_read());
            assert!(!frames.all_read());
            frames.note_read();
            assert!(frames.all_read());
            frames.feed(&[0x82]);
            assert!(!frames.all_read(), "a header has begun");
        }
    }
}
