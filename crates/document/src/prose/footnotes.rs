//! Footnotes: nodes within a line that have the text of a note. Their numbers follow from the order of the text, and
//! are never stored.

use serde_json::{Map, Value, json};

use super::tree::{Node, Prose, attribute};

/// The name of the node. Its attribute `text` is the note, which is plain.
pub(crate) const FOOTNOTE: &str = "footnote";

/// The attribute with the number, which is set only while a text is written.
const NUMBER: &str = "number";

impl Prose {
    /// The notes, in the order of the text.
    pub fn footnotes(&self) -> Vec<&str> {
        let mut notes = Vec::new();
        self.0.iter().for_each(|node| node.footnotes(&mut notes));
        notes
    }

    /// The text that a search finds: the plain text of each line, then the notes and the titles of cards.
    pub fn searchable_lines(&self) -> Vec<String> {
        let mut lines = self.lines();
        let (mut more, mut cards) = (self.footnotes(), Vec::new());
        self.0.iter().for_each(|node| node.cards(&mut cards));
        more.append(&mut cards);
        lines.extend(more.into_iter().filter(|words| !words.is_empty()).map(str::to_owned));
        lines
    }

    /// The same text, in which each footnote has its number.
    pub(super) fn numbered(&self) -> Prose {
        let mut last = 0;
        Prose(self.0.iter().map(|node| node.numbered(&mut last)).collect())
    }
}

impl Node {
    fn footnotes<'a>(&'a self, notes: &mut Vec<&'a str>) {
        let Node::Element { name, attributes, children } = self else { return };
        if name == FOOTNOTE {
            notes.push(note_text(attributes));
        } else if holds_footnotes(name) {
            children.iter().for_each(|child| child.footnotes(notes));
        }
    }

    fn numbered(&self, last: &mut u64) -> Node {
        let Node::Element { name, attributes, children } = self else { return self.clone() };
        let (mut attributes, mut inside) = (attributes.clone(), Vec::new());
        if name == FOOTNOTE {
            *last += 1;
            attributes.insert(NUMBER.to_owned(), json!(*last));
        } else if holds_footnotes(name) {
            inside.extend(children.iter().map(|child| child.numbered(last)));
        } else {
            inside.clone_from(children);
        }
        Node::Element { name: name.clone(), attributes, children: inside }
    }
}

/// Whether the nodes in a node of this name are shown, and not only its text.
fn holds_footnotes(name: &str) -> bool {
    !matches!(name, "codeBlock" | "detailsSummary")
}

pub(crate) fn note_text(attributes: &Map<String, Value>) -> &str {
    attribute(attributes, "text")
}

/// The number of a footnote in a text that is [`Prose::numbered`].
pub(super) fn note_number(attributes: &Map<String, Value>) -> Option<u64> {
    attributes.get(NUMBER).and_then(Value::as_u64)
}

/// A note, divided into words and the addresses among them, which are shown as links. A sign at the end of an address
/// belongs to the sentence.
pub(super) fn note_parts(text: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let (mut begun, mut at) = (0, 0);
    while let Some(found) = text[at..].find("http") {
        let start = at + found;
        let rest = &text[start..];
        let is_word = text[..start].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let host = rest.strip_prefix("https://").or_else(|| rest.strip_prefix("http://"));
        // The end of an address is searched only where an address begins.
        if is_word && host.is_some_and(|host| host.starts_with(char::is_alphanumeric)) {
            let end =
                rest.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c)).unwrap_or(rest.len());
            let address = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', ')', ']', '}']);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_a_note_are_found() {
        let note = "See https://a.example/b_(c)?d=e, (http://b.example) or xhttps://c.example and https:// not.";
        let links: Vec<&str> =
            note_parts(note).into_iter().filter(|(_, is_link)| *is_link).map(|(part, _)| part).collect();
        assert_eq!(links, ["https://a.example/b_(c)?d=e", "http://b.example"]);
        assert_eq!(note_parts(note).into_iter().map(|(part, _)| part).collect::<String>(), note);
        assert_eq!(note_parts(""), []);
    }

    /// A note with many starts of addresses is read only once.
    #[test]
    fn a_note_is_read_once() {
        for piece in ["http", "http://-", "xhttp://a", "http://a."] {
            let note = piece.repeat(200_000);
            assert_eq!(note_parts(&note).into_iter().map(|(part, _)| part).collect::<String>(), note);
        }
    }

    /// Each reference has a copy of its note, so a few bytes could demand all memory.
    #[test]
    fn notes_are_repeated_within_bounds() {
        let text = |note: usize, times: usize| format!("{}\n\n[^a]: {}", "[^a]".repeat(times), "x".repeat(note));
        assert!(Prose::from_markdown(&text(1_000, 100)).is_ok());
        assert!(Prose::from_markdown(&text(100_000, 50_000)).is_err());
        assert!(Prose::from_markdown(&text(2_000_000, 2)).is_err());
    }

    /// An alternative text has no notes, so the definition of a note that only an image refers to stays as text.
    #[test]
    fn notes_of_images_are_not_lost() {
        for text in [
            "![Chart[^1]](https://a.example/x.png)\n\n[^1]: Source: OECD",
            "A[^1] ![B[^2]](https://a.example/x.png)\n\n[^1]: One\n[^2]: Two",
        ] {
            let prose = Prose::from_markdown(text).expect("Markdown");
            let kept = prose.searchable_lines().join(" ");
            for (_, note) in text.split('\n').filter_map(|line| line.split_once("]: ")) {
                assert!(kept.contains(note), "{note} in {kept}");
            }
        }
    }

    #[test]
    fn numbers_follow_the_order_of_the_text() {
        let prose = Prose::from_markdown("a[^x] b[^y]\n\n> c[^x]\n\n[^y]: why\n[^x]: what").expect("Markdown");
        assert_eq!(prose.footnotes(), ["what", "why", "what"]);
        assert_eq!(prose.lines(), ["a b", "c"]);
        assert_eq!(prose.searchable_lines(), ["a b", "c", "what", "why", "what"]);
    }
}
