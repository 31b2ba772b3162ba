//! Other pages within a page: frames, and the bookmarks of Notion and Confluence. They become cards.

use serde_json::{Value, json};

use super::inline::address;
use super::tag::Tag;
use crate::document::is_web_address;

/// The card for an element, if it is a frame or a bookmark.
pub(super) fn card(tag: &Tag<'_>) -> Option<Value> {
    let web = |name: &str| tag.get(name).and_then(|href| address(&href)).filter(|href| is_web_address(href));
    let href = match tag.name.as_str() {
        "figure" => web("data-embed")?,
        "iframe" => page_of(&web("src").or_else(|| web("data-src"))?),
        "a" if tag.has_class("bookmark") => web("href")?,
        "a" if matches!(tag.get("data-card-appearance").as_deref(), Some("block" | "embed")) => web("href")?,
        _ => return None,
    };
    let title = tag.get("data-title").or_else(|| tag.get("title")).filter(|title| !title.trim().is_empty());
    Some(match title {
        Some(title) => json!({ "href": href, "title": title.trim() }),
        None => json!({ "href": href }),
    })
}

/// The address of the page that people open, for the address in a frame.
fn page_of(src: &str) -> String {
    const FRAMES: [(&str, &str); 6] = [
        ("www.youtube.com/embed/", "https://www.youtube.com/watch?v="),
        ("www.youtube-nocookie.com/embed/", "https://www.youtube.com/watch?v="),
        ("player.vimeo.com/video/", "https://vimeo.com/"),
        ("www.loom.com/embed/", "https://www.loom.com/share/"),
        ("miro.com/app/live-embed/", "https://miro.com/app/board/"),
        ("airtable.com/embed/", "https://airtable.com/"),
    ];
    let rest = src.split_once("://").map_or(src, |(_, rest)| rest);
    let found = FRAMES.iter().find_map(|(frame, page)| Some((page, rest.strip_prefix(frame)?)));
    match found {
        Some((page, id)) => {
            let id = id.split(['?', '#', '/']).next().unwrap_or_default();
            if id.is_empty() { src.to_owned() } else { format!("{page}{id}") }
        }
        None => src.to_owned(),
    }
}
