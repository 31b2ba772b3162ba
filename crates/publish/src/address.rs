//! Addresses of public pages: words for people, and a key at the end that finds the page. The part before the key may
//! be any earlier slug, so no address ever breaks.

use rand::Rng;
use vocabulary::DocumentId;

/// The length of a key. Its fifty random bits make addresses impossible to guess, although they are not secret.
const KEY_LENGTH: usize = 10;
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

pub fn new_key() -> String {
    let mut rng = rand::rng();
    (0..KEY_LENGTH).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

/// `slug-key`, or the key alone.
pub fn with_key(slug: &str, key: &str) -> String {
    if slug.is_empty() { key.to_owned() } else { format!("{slug}-{key}") }
}

/// The key at the end of an address.
pub fn key_of(address: &str) -> &str {
    address.rsplit('-').next().unwrap_or(address)
}

/// The key of a page within a site: the random end of its id.
pub fn page_key(document: DocumentId) -> String {
    let id = document.0.simple().to_string();
    id[id.len() - 12..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [PUB-4] An earlier slug leads to the same page.
    #[test]
    fn the_key_finds_the_page_whatever_stands_before_it() {
        let key = new_key();
        assert_eq!(key.len(), KEY_LENGTH);
        for slug in ["", "plan", "plan-2027", "größe-und-mehr"] {
            assert_eq!(key_of(&with_key(slug, &key)), key);
        }
        assert_ne!(new_key(), key);
    }
}
