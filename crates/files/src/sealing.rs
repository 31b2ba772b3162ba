//! Encryption of stored files with `files_key`: in chunks, so that a part can be read without the rest, and nothing
//! larger than a chunk is in memory.
//!
//! A sealed object is a header (a mark and a random salt) and chunks of 64 KiB, each encrypted with AES-256-GCM under a
//! key that HKDF derives from `files_key` and the salt, so that a nonce is never used twice. The nonce is the number of
//! the chunk, with a bit for the last one: chunks cannot be swapped, and the end cannot be cut off. The object's key in
//! the store is authenticated too, so that one object cannot stand for another.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

const MARK: &[u8; 4] = b"CFS1";
const SALT_BYTES: usize = 32;
pub const HEADER_BYTES: u64 = (MARK.len() + SALT_BYTES) as u64;
/// The size of the content of a chunk: small enough to read a range of a few bytes, and large enough that the tags
/// hardly matter.
pub const CHUNK_BYTES: u64 = 64 << 10;
const TAG_BYTES: u64 = 16;
const LAST: u64 = 1 << 63;

/// The key for all files, derived from `files_key`.
#[derive(Clone)]
pub struct Sealer(Vec<u8>);

/// The key of one object.
pub struct ObjectKey {
    key: LessSafeKey,
    name: String,
}

/// The object was not sealed with this key, or was changed.
#[derive(Debug, thiserror::Error)]
#[error("a stored file was changed, or was encrypted with another files_key")]
pub struct Broken;

impl Sealer {
    pub fn new(key: &[u8]) -> Sealer {
        Sealer(key.to_vec())
    }

    /// A value that distinguishes this key from others, without revealing it.
    pub fn fingerprint(&self) -> Vec<u8> {
        let pseudo_random = Salt::new(HKDF_SHA256, b"consilium files_key").extract(&self.0);
        let mut fingerprint = vec![0; HKDF_SHA256.len()];
        let okm = pseudo_random.expand(&[b"fingerprint"], HKDF_SHA256).expect("it is as long as its hash");
        okm.fill(&mut fingerprint).expect("it has the asked length");
        fingerprint
    }

    /// A new header, and the key that belongs to it.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn begin(&self, name: &str) -> Result<(Vec<u8>, ObjectKey), Broken> {
        let mut header = MARK.to_vec();
        let mut salt = [0; SALT_BYTES];
        SystemRandom::new().fill(&mut salt).map_err(|_| Broken)?;
        header.extend_from_slice(&salt);
        let key = self.of(name, &header)?;
        Ok((header, key))
    }

    /// The key of an object with this header.
    ///
    /// # Errors
    /// When this is not a header.
    pub fn of(&self, name: &str, header: &[u8]) -> Result<ObjectKey, Broken> {
        let salt = header.strip_prefix(MARK).filter(|salt| salt.len() == SALT_BYTES).ok_or(Broken)?;
        let pseudo_random = Salt::new(HKDF_SHA256, salt).extract(&self.0);
        let okm = pseudo_random.expand(&[b"consilium file"], &AES_256_GCM).map_err(|_| Broken)?;
        Ok(ObjectKey { key: LessSafeKey::new(UnboundKey::from(okm)), name: name.to_owned() })
    }
}

impl ObjectKey {
    /// Encrypts a chunk in place, and appends its tag.
    ///
    /// # Errors
    /// When the chunk is far too large.
    pub fn seal(&self, index: u64, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), Broken> {
        let aad = Aad::from(self.name.as_bytes());
        self.key.seal_in_place_append_tag(nonce(index, is_last), aad, chunk).map_err(|_| Broken)
    }

    /// Decrypts a chunk with its tag.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn open<'c>(&self, index: u64, is_last: bool, chunk: &'c mut [u8]) -> Result<&'c [u8], Broken> {
        let aad = Aad::from(self.name.as_bytes());
        self.key.open_in_place(nonce(index, is_last), aad, chunk).map(|open| &*open).map_err(|_| Broken)
    }
}

fn nonce(index: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[4..].copy_from_slice(&(index | if is_last { LAST } else { 0 }).to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// The number of chunks of a content of this size, at least one.
pub fn chunks(bytes: u64) -> u64 {
    bytes.div_ceil(CHUNK_BYTES).max(1)
}

/// The position in the object of the encrypted chunks `first..end` of a content of `bytes` bytes.
pub fn place(first: u64, end: u64, bytes: u64) -> std::ops::Range<u64> {
    let whole = CHUNK_BYTES + TAG_BYTES;
    let last = HEADER_BYTES + bytes + chunks(bytes) * TAG_BYTES;
    HEADER_BYTES + first * whole..(HEADER_BYTES + end * whole).min(last)
}

/// The size of an encrypted chunk.
pub fn sealed_chunk() -> usize {
    (CHUNK_BYTES + TAG_BYTES) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_opens_only_in_its_place() {
        let sealer = Sealer::new(&[7; 32]);
        let (header, key) = sealer.begin("a/b").expect("random bytes");
        let mut chunk = b"secret".to_vec();
        key.seal(3, true, &mut chunk).expect("sealed");
        assert!(!chunk.windows(6).any(|part| part == b"secret"));
        let opened = sealer.of("a/b", &header).expect("a header");
        assert_eq!(opened.open(3, true, &mut chunk.clone()).expect("its place"), b"secret");
        assert!(opened.open(3, false, &mut chunk.clone()).is_err(), "not at the end");
        assert!(opened.open(2, true, &mut chunk.clone()).is_err(), "another place");
        assert!(
            sealer.of("a/c", &header).expect("a header").open(3, true, &mut chunk.clone()).is_err(),
            "another name"
        );
        let other = Sealer::new(&[8; 32]).of("a/b", &header).expect("a header");
        assert!(other.open(3, true, &mut chunk).is_err(), "another key");
        assert_eq!(sealer.fingerprint(), Sealer::new(&[7; 32]).fingerprint());
        assert_ne!(sealer.fingerprint(), Sealer::new(&[8; 32]).fingerprint());
    }

    #[test]
    fn the_places_of_chunks_follow_from_the_size() {
        assert_eq!((chunks(0), chunks(1), chunks(CHUNK_BYTES), chunks(CHUNK_BYTES + 1)), (1, 1, 1, 2));
        assert_eq!(place(0, 1, 10), 36..36 + 10 + 16);
        assert_eq!(place(1, 2, CHUNK_BYTES + 1), 36 + 65_552..36 + 65_552 + 17);
    }
}
