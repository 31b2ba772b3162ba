//! The sections of a text in which something changed, for a sentence in the history.

use super::{Change, Comparison};
use crate::prose::tree::Node;

/// Most sections: readers do not read more in a sentence.
const MOST: usize = 6;
const MOST_CHARACTERS: usize = 80;

impl Comparison {
    /// The headings under which something changed, in the order of the later text.
    pub fn sections(&self) -> Vec<String> {
        let (mut sections, mut current): (Vec<String>, Option<String>) = (Vec::new(), None);
        for change in &self.changes {
            if let Some(heading) = change.after().or_else(|| change.before()).filter(|node| node.name() == "heading") {
                current = Some(short(&heading)).filter(|heading| !heading.is_empty());
            }
            let is_new = current.as_ref().is_some_and(|current| !sections.contains(current));
            if is_new && !matches!(change, Change::Same(_)) {
                sections.extend(current.clone());
            }
            if sections.len() == MOST {
                break;
            }
        }
        sections
    }
}

fn short(heading: &Node) -> String {
    let text = heading.inline_text().split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
