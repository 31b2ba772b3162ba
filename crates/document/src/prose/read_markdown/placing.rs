//! Gives links and images of Markdown another address while it is read.

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

use crate::prose::embeds::EMBEDDED;
use crate::prose::markdown::inline::PAGE_TITLE;
use crate::prose::tree::{ATTACHMENT, FILE};

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A document, by its id.
    Page(String),
    /// An attachment, by its id, shown as an image; `File` is an attachment shown as a file.
    Image(String),
    File(String),
    /// Nothing: only the words stay.
    Nothing,
}

pub(super) struct Placing<'p> {
    place: &'p mut dyn FnMut(&str, bool) -> Option<Target>,
    /// For each open link, whether it is read as a file, whose name is its text.
    files: Vec<bool>,
}

impl<'p> Placing<'p> {
    pub fn new(place: &'p mut dyn FnMut(&str, bool) -> Option<Target>) -> Placing<'p> {
        Placing { place, files: Vec::new() }
    }

    pub fn placed<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let target = (self.place)(&dest_url, false);
                self.files.push(matches!(target, Some(Target::File(_))));
                let link =
                    |dest_url: CowStr<'a>, title: CowStr<'a>| Tag::Link { link_type, dest_url, title, id: id.clone() };
                Event::Start(match target {
                    None => link(dest_url, title),
                    Some(Target::Page(page)) => link(format!("/documents/{page}").into(), PAGE_TITLE.into()),
                    Some(Target::File(file)) => image(format!("{FILE}{file}")),
                    Some(Target::Image(_) | Target::Nothing) => link("".into(), "".into()),
                })
            }
            Event::End(TagEnd::Link) if self.files.pop() == Some(true) => Event::End(TagEnd::Image),
            Event::Start(Tag::Image { ref dest_url, .. }) if dest_url.starts_with(EMBEDDED) => event,
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                Event::Start(match (self.place)(&dest_url, true) {
                    Some(Target::Image(attachment)) => image(format!("{ATTACHMENT}{attachment}")),
                    Some(Target::File(file)) => image(format!("{FILE}{file}")),
                    Some(Target::Nothing) => image(String::new()),
                    Some(Target::Page(_)) | None => Tag::Image { link_type, dest_url, title, id },
                })
            }
            other => other,
        }
    }
}

fn image<'a>(address: String) -> Tag<'a> {
    Tag::Image { link_type: LinkType::Inline, dest_url: address.into(), title: "".into(), id: "".into() }
}
