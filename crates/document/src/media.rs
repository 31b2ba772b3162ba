//! Images, file cards and cards of pages on other sites: elements without text that a comment can be about.

use serde::{Deserialize, Serialize};
use yrs::{Any, Out, ReadTxn, Transact, Xml, XmlElementRef};

use crate::document::Document;
use crate::prose::EMBED;
use crate::text_map::TextMap;

/// An image or a card, identified by what it shows. It stays the same wherever it is moved to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// The id of an attachment.
    Attachment(String),
    /// The address of an image on another site, or of the page that a card shows.
    Src(String),
}

/// An image or a card, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlace {
    pub media: Media,
    /// The alternative text or caption of an image, the name of a file, or the title or address of a page; may be
    /// empty.
    pub label: String,
    /// Its offset in the plain text, in UTF-16 units.
    pub from: u32,
    /// Index of its top-level block.
    pub block: u32,
}

impl Document {
    /// The images and cards, in the order of the document.
    pub fn media(&self) -> Vec<MediaPlace> {
        TextMap::read(&self.doc().transact()).media
    }
}

/// The attachment or address that an element shows, and its label. `None` if the element is no image or card, or if it
/// shows nothing yet.
pub(crate) fn shown<T: ReadTxn>(txn: &T, element: &XmlElementRef) -> Option<(Media, String)> {
    let (address, names): (Option<&str>, &[&str]) = match element.tag().as_ref() {
        "image" => (Some("src"), &["alt", "title"]),
        "file" => (None, &["name"]),
        EMBED => (Some("href"), &["title", "href"]),
        _ => return None,
    };
    let attribute = |name: &str| match element.get_attribute(txn, name)? {
        Out::Any(Any::String(value)) => Some(value.to_string()).filter(|value| !value.is_empty()),
        _ => None,
    };
    let media = match attribute("attachment") {
        Some(id) => Media::Attachment(id),
        None => Media::Src(attribute(address?)?),
    };
    let label = names.iter().find_map(|name| attribute(name));
    Some((media, label.unwrap_or_default()))
}
