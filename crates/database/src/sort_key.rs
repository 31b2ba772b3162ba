//! The keys by which names and titles are searched and sorted, equal on both engines, whatever the locale of the
//! database.

use unicode_normalization::UnicodeNormalization;

/// The key of a text: without case and accents, so that "Übersicht" is found by "ubersicht" and sorted beside it.
pub fn sort_key(text: &str) -> String {
    let is_accent = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    // Converted to upper case first, because "ß" and "SS" are the same.
    text.nfkd().filter(|c| !is_accent(c)).flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// Sorts rows by name; rows of the same name stay in their order.
pub fn sort_by_name<T>(mut rows: Vec<T>, name: impl Fn(&T) -> &str) -> Vec<T> {
    rows.sort_by_cached_key(|row| (sort_key(name(row)), name(row).to_owned()));
    rows
}

#[cfg(test)]
mod tests {
    use super::sort_key;

    /// [E5] Spellings of one word have one key.
    #[test]
    fn case_and_accents_do_not_matter() {
        for (one, other) in [
            ("Übersicht", "UBERSICHT"),
            ("Straße", "STRASSE"),
            ("U\u{308}ber", "über"),
            ("ΣΟΦΟΣ", "σοφός"),
            ("ﬁn", "FIN"),
        ] {
            assert_eq!(sort_key(one), sort_key(other), "{one}");
        }
        assert_ne!(sort_key("漢字"), sort_key("漢"));
    }
}
