//! Finds the addresses in the plain text of footnotes, which become links.

/// Divides a note into text and addresses (`true`), as `crates/document/src/prose/footnotes.rs` does. Punctuation at
/// the end of an address belongs to the sentence.
pub fn parts(text: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let (mut begun, mut at) = (0, 0);
    while let Some(found) = text[at..].find("http") {
        let start = at + found;
        let rest = &text[start..];
        let is_word = text[..start].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let host = ["https://", "http://"].iter().find_map(|scheme| rest.strip_prefix(scheme));
        // The end is searched only where an address begins, because a text may have "http" any number of times.
        if !is_word || !host.is_some_and(|host| host.starts_with(char::is_alphanumeric)) {
            at = start + "http".len();
            continue;
        }
        let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c)).unwrap_or(rest.len());
        let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', ']', '}']);
        parts.extend((start > begun).then(|| (&text[begun..start], false)));
        parts.push((address, true));
        begun = start + address.len();
        at = begun;
    }
    parts.extend((begun < text.len()).then(|| (&text[begun..], false)));
    parts
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn addresses_in_a_note_are_found() {
        let note =
            "See https://a.example/b_(c)?d=e, (http://b.example) or xhttps://c.example, https:// and http://. not.";
        let links: Vec<&str> = parts(note).into_iter().filter(|(_, is_link)| *is_link).map(|(part, _)| part).collect();
        assert_eq!(links, ["https://a.example/b_(c)?d=e", "http://b.example"]);
        assert_eq!(parts(note).into_iter().map(|(part, _)| part).collect::<String>(), note);
    }

    #[test]
    fn a_note_of_beginnings_of_addresses_is_read_once() {
        let begun = Instant::now();
        for note in ["http", "http:/", "-http://.", "xhttp://a"] {
            let note = note.repeat(250_000);
            assert!(parts(&note) == [(note.as_str(), false)], "{:.20}", note);
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
