//! The closed sets of words in attributes: colours, sides, kinds of callouts. A document has only their names; the
//! page, the theme and the paper determine their appearance.

use serde_json::{Map, Value};

use super::tree::{Mark, attribute};

/// The colours of text and of highlights.
const COLORS: [&str; 7] = ["gray", "red", "orange", "yellow", "green", "blue", "purple"];

/// The sides to which a paragraph or a heading can be aligned.
const SIDES: [&str; 3] = ["left", "center", "right"];

/// The kinds of callouts, in the order of urgency, with their names in GitHub's Markdown.
const CALLOUTS: [&str; 5] = ["note", "tip", "important", "warning", "caution"];

/// The colour of a highlight without a colour.
pub(crate) const HIGHLIGHT: &str = "yellow";

/// The colour of a text colour mark without a colour.
const TEXT_COLOR: &str = "gray";

/// The kind of a callout without a kind.
const CALLOUT: &str = "note";

fn known<'a>(word: &str, words: &[&'a str]) -> Option<&'a str> {
    words.iter().copied().find(|known| *known == word)
}

/// The colour of a mark; `None` for a mark without one.
pub(crate) fn color_of(mark: &Mark) -> Option<&'static str> {
    let default = match mark.name.as_str() {
        "highlight" => HIGHLIGHT,
        "textColor" => TEXT_COLOR,
        _ => return None,
    };
    let given = mark.attributes.get("color").and_then(Value::as_str).unwrap_or_default();
    Some(known(given, &COLORS).unwrap_or(default))
}

/// The side to which a line is aligned; `None` for the side where its language begins.
pub(super) fn side_of(attributes: &Map<String, Value>) -> Option<&'static str> {
    known(attribute(attributes, "textAlign"), &SIDES)
}

pub(super) fn callout_kind(attributes: &Map<String, Value>) -> &'static str {
    known(attribute(attributes, "kind"), &CALLOUTS).unwrap_or(CALLOUT)
}

/// A colour by its name.
pub(super) fn color(name: &str) -> Option<&'static str> {
    known(name, &COLORS)
}

/// The error for attributes of a node with a word that is not in its set; `None` if there is no such attribute.
pub(super) fn wrong_word(node: &str, attributes: &Map<String, Value>) -> Option<String> {
    let (name, words): (_, &[&str]) = match node {
        "paragraph" | "heading" => ("textAlign", &SIDES),
        "callout" => ("kind", &CALLOUTS),
        "highlight" | "textColor" => ("color", &COLORS),
        _ => return None,
    };
    let is_wrong =
        attributes.get(name).is_some_and(|value| value.as_str().is_none_or(|word| known(word, words).is_none()));
    is_wrong.then(|| format!("{node}: {name} is one of {}", words.join(", ")))
}
