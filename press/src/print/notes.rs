//! Footnotes: the addresses in their plain text, which are links.

/// A note, divided into words and the addresses among them. A sign at the end of an address belongs to the sentence.
/// As `crates/document/src/prose/footnotes.rs` divides it.
pub fn parts(text: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let (mut begun, mut at) = (0, 0);
    while let Some(found) = text[at..].find("http") {
        let start = at + found;
        let rest = &text[start..];
        let is_word = text[..start].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c)).unwrap_or(rest.len());
        let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', ']', '}']);
        let is_address = ["https://", "http://"]
            .iter()
            .any(|scheme| address.strip_prefix(scheme).is_some_and(|host| host.starts_with(char::is_alphanumeric)));
        if is_word && is_address {
            parts.extend((start > begun).then(|| (&text[begun..start], false)));
            parts.push((address, true));
            begun = start + address.len();
            at = begun;
        } else {
            at = start + "http".len();
        }
    }
    parts.extend((begun < text.len()).then(|| (&text[begun..], false)));
    parts
}
