//! A start tag.

use html5gum::StartTag;

/// A start tag, with its name and attributes as text.
pub struct Tag<'a> {
    pub name: String,
    pub tag: &'a StartTag<()>,
}

impl<'a> Tag<'a> {
    pub fn of(tag: &'a StartTag<()>) -> Tag<'a> {
        Tag { name: String::from_utf8_lossy(&tag.name).into_owned(), tag }
    }

    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.tag.attributes.get(name.as_bytes())?;
        Some(String::from_utf8_lossy(&value.value).into_owned())
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| found == value)
    }

    pub fn has_class(&self, class: &str) -> bool {
        self.get("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|one| one == class))
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        let value = self.get(name)?;
        value.trim_end_matches("px").trim().parse().ok().filter(|number| (1..=10_000).contains(number))
    }
}
