//! The content of lines in HTML: marks, and the addresses that the editor keeps.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::tag::Tag;
use crate::document::Mark;
use crate::palette::{by_name, ground, ink};

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
        "sub" => Some(Mark::Subscript),
        "sup" => Some(Mark::Superscript),
        "mark" => Some(notion(tag).unwrap_or_else(|| Mark::Highlight(colored(tag).unwrap_or("yellow")))),
        "span" | "font" => styled(tag),
        "a" => tag.get("href").and_then(|href| address(&href)).map(Mark::Link),
        _ => None,
    }
}

/// The colour that our own HTML names.
fn colored(tag: &Tag<'_>) -> Option<&'static str> {
    tag.get("data-color").and_then(|name| by_name(&name)).or_else(|| ground(&declared(tag, "background-color")?))
}

/// In Notion's exports, coloured text and coloured background are both a `mark`.
fn notion(tag: &Tag<'_>) -> Option<Mark> {
    let class = tag.get("class").unwrap_or_default();
    let name = class.split_ascii_whitespace().find_map(|one| one.strip_prefix("highlight-"))?;
    match name.strip_suffix("_background") {
        Some(name) => by_name(name).map(Mark::Highlight),
        None => by_name(name).map(Mark::Color),
    }
}

fn styled(tag: &Tag<'_>) -> Option<Mark> {
    if let Some(name) = tag.get("data-color") {
        return by_name(&name).map(Mark::Color);
    }
    if let Some(color) = declared(tag, "background-color").and_then(|hex| ground(&hex)) {
        return Some(Mark::Highlight(color));
    }
    let named = || tag.get("color").map(|color| color.trim_start_matches('#').to_owned());
    let color = declared(tag, "color").or_else(named)?;
    ink(&color).or_else(|| by_name(&color)).map(Mark::Color)
}

/// A colour in the style of an element, in hexadecimal digits if it is not a name.
fn declared(tag: &Tag<'_>, property: &str) -> Option<String> {
    let style = tag.get("style")?;
    let value = style.split(';').find_map(|one| {
        let (name, value) = one.split_once(':')?;
        name.trim().eq_ignore_ascii_case(property).then(|| value.trim().to_ascii_lowercase())
    })?;
    let Some(numbers) = value.strip_prefix("rgb(").and_then(|rest| rest.strip_suffix(')')) else {
        return Some(value.trim_start_matches('#').to_owned());
    };
    let numbers: Vec<u8> = numbers.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    (numbers.len() == 3).then(|| numbers.iter().map(|number| format!("{number:02x}")).collect())
}

/// An address on the web, a mail address or a relative one; `None` for one that could run something.
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
