//! What is within lines of HTML: marks, and addresses that an editor keeps.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::Tag;
use crate::document::Mark;

const INLINE: [&str; 27] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "wbr",
];

pub(super) fn is_inline(name: &str) -> bool {
    INLINE.contains(&name) || matches!(name, "strike" | "tt" | "u" | "var")
}

pub(super) fn mark_of(tag: &Tag<'_>) -> Option<Mark> {
    match tag.name.as_str() {
        "b" | "strong" => Some(Mark::Bold),
        "i" | "em" | "cite" | "var" => Some(Mark::Italic),
        "u" | "ins" => Some(Mark::Underline),
        "s" | "del" | "strike" => Some(Mark::Strike),
        "code" | "tt" | "kbd" | "samp" => Some(Mark::Code),
        "a" => tag.get("href").and_then(|href| address(&href)).map(Mark::Link),
        _ => None,
    }
}

/// An address of the web, of mail, or relative; nothing that runs.
pub(super) fn address(href: &str) -> Option<String> {
    let href: String = href.trim().chars().filter(|c| !c.is_control()).collect();
    let scheme = href.split(['/', '?', '#']).next().and_then(|first| first.split_once(':'));
    match scheme {
        Some((scheme, _)) => {
            let scheme = scheme.to_ascii_lowercase();
            matches!(scheme.as_str(), "http" | "https" | "mailto").then_some(href)
        }
        None if href.starts_with("//") => Some(format!("https:{href}")),
        None => (!href.is_empty()).then_some(href),
    }
}

/// The path of a relative address, decoded.
pub(super) fn path_of(address: &str) -> Option<String> {
    let path = address.split(['?', '#']).next()?;
    let path = percent_decode_str(path).decode_utf8().ok()?.into_owned();
    (!path.is_empty()).then_some(path)
}

/// The ending and the content of `image/png;base64,…`.
pub(super) fn data(data: &str) -> Option<(String, Vec<u8>)> {
    let (kind, content) = data.split_once(',')?;
    let kind = kind.strip_suffix(";base64")?.strip_prefix("image/")?;
    let content: String = content.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    Some((kind.to_owned(), STANDARD.decode(content).ok()?))
}
