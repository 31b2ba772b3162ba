//! Cards of pages on other sites: blocks with an address on the web, and perhaps a title.

use serde_json::{Map, Value};

use super::tree::{Node, attribute, is_safe_url};

/// The name of the node for the card of a page on another site, and the prefix of the card's address in Markdown.
pub(crate) const EMBED: &str = "embed";
pub(crate) const EMBEDDED: &str = "embed:";

impl Node {
    /// Collects the titles or addresses that the node's cards show.
    pub(super) fn cards<'a>(&'a self, words: &mut Vec<&'a str>) {
        let Node::Element { name, attributes, children } = self else { return };
        if name == EMBED {
            words.push(card_words(attributes));
        }
        children.iter().for_each(|child| child.cards(words));
    }
}

/// Whether an address is that of a page on the web.
pub(crate) fn is_web_address(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_lowercase());
    scheme.is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https")) && is_safe_url(url)
}

/// What a card shows: the title of the page, or its address.
pub(crate) fn card_words(attributes: &Map<String, Value>) -> &str {
    match attribute(attributes, "title") {
        title if title.trim().is_empty() => attribute(attributes, "href"),
        title => title,
    }
}
