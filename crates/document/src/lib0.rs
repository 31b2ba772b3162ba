//! lib0's variable-length encoding, as <https://github.com/dmonad/lib0> writes it. Readers are bounded by the input;
//! nothing is allocated for a declared count.

use crate::refusal::Refusal;

/// JavaScript's largest safe integer: no Yjs client writes a larger one.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// A cursor over received bytes. Slices that it returns borrow from them.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    /// Offset of the next byte from the start.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The bytes from `from` to the next one.
    pub fn since(&self, from: usize) -> &'a [u8] {
        &self.bytes[from..self.at]
    }

    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    pub fn byte(&mut self) -> Result<u8, Refusal> {
        let byte = *self.bytes.get(self.at).ok_or(Refusal::Malformed("the message ends too early"))?;
        self.at += 1;
        Ok(byte)
    }

    /// A LEB128 integer in its shortest form, at most 2^53 - 1.
    pub fn varuint(&mut self) -> Result<u64, Refusal> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                // Other programs could read a longer encoding of the same number differently.
                if byte == 0 && shift > 0 {
                    return Err(Refusal::Malformed("an integer is not in its shortest form"));
                }
                break;
            }
            shift += 7;
            if shift > 49 {
                return Err(Refusal::Malformed("an integer is too large"));
            }
        }
        if value > MAX_SAFE_INTEGER {
            return Err(Refusal::Malformed("an integer is too large"));
        }
        Ok(value)
    }

    /// Skips a signed integer (lib0 `varInt`): six bits and the sign in the first byte, then seven bits in each byte.
    pub fn skip_varint(&mut self) -> Result<(), Refusal> {
        for _ in 0..9 {
            if self.byte()? < 0x80 {
                return Ok(());
            }
        }
        Err(Refusal::Malformed("an integer is too large"))
    }

    /// A count of elements that each take at least one byte, so at most the number of remaining bytes.
    pub fn count(&mut self) -> Result<usize, Refusal> {
        let count = self.varuint()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.remaining() => Ok(count),
            _ => Err(Refusal::Malformed("a count is larger than the message")),
        }
    }

    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Refusal> {
        if len > self.remaining() {
            return Err(Refusal::Malformed("the message ends too early"));
        }
        let slice = &self.bytes[self.at..self.at + len];
        self.at += len;
        Ok(slice)
    }

    /// Bytes, preceded by their length.
    pub fn buf(&mut self) -> Result<&'a [u8], Refusal> {
        let len = self.count()?;
        self.take(len)
    }

    /// UTF-8, preceded by its length in bytes.
    pub fn string(&mut self) -> Result<&'a str, Refusal> {
        std::str::from_utf8(self.buf()?).map_err(|_| Refusal::Malformed("text is not valid UTF-8"))
    }
}

/// Appends a LEB128 integer.
pub fn write_varuint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends bytes, preceded by their length.
pub fn write_buf(out: &mut Vec<u8>, bytes: &[u8]) {
    write_varuint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// The number of bytes that [`write_varuint`] writes for `value`.
pub fn varuint_len(value: u64) -> usize {
    (64 - value.max(1).leading_zeros() as usize).div_ceil(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_survive_a_round_trip() {
        for value in [0, 1, 127, 128, 300, 1 << 31, MAX_SAFE_INTEGER] {
            let mut out = Vec::new();
            write_varuint(&mut out, value);
            assert_eq!(out.len(), varuint_len(value), "{value}");
            assert_eq!(Reader::new(&out).varuint().expect("what was just written"), value);
        }
    }

    #[test]
    fn longer_spellings_and_larger_numbers_are_refused() {
        assert!(Reader::new(&[0x80, 0]).varuint().is_err());
        assert!(Reader::new(&[0xff; 10]).varuint().is_err());
        assert!(Reader::new(&[0x80]).varuint().is_err());
        assert!(Reader::new(&[5, 1, 2]).buf().is_err());
    }
}
