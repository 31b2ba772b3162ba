//! Search within a site. A page matches if it has all words of the query, in any order, each at least as the beginning
//! of a word. A site has at most a thousand pages, which are searched one after the other.

use std::sync::Arc;

use database::sort_key::sort_key;

use crate::publications::rows::PublicPage;
use crate::render::escape;
use crate::texts::PublicText;

/// The maximum number of words of a query that count.
const MOST_WORDS: usize = 8;
/// The number of characters before the first match in a snippet. From the match on, there are twice as many.
const AROUND: usize = 80;

pub struct Query {
    words: Vec<String>,
}

impl Query {
    /// Reads a query; `None` if it has no words.
    pub fn read(text: &str) -> Option<Query> {
        let words: Vec<String> = words(text).map(|(_, word)| sort_key(word)).filter(|word| !word.is_empty()).collect();
        (!words.is_empty()).then(|| Query { words: words.into_iter().take(MOST_WORDS).collect() })
    }

    /// How well a page matches, and a snippet in HTML; `None` if it does not have all words.
    pub fn matches(&self, page: &PublicPage, text: &Arc<PublicText>) -> Option<(usize, String)> {
        let title: Vec<String> = words(&page.title).map(|(_, word)| sort_key(word)).collect();
        let mut found = vec![false; self.words.len()];
        let (mut score, mut places) = (0, Vec::new());
        for (index, wanted) in self.words.iter().enumerate() {
            if title.iter().any(|word| word.starts_with(wanted.as_str())) {
                (found[index], score) = (true, score + 10);
            }
        }
        for (at, word) in words(&text.text) {
            let key = sort_key(word);
            if let Some(index) = self.words.iter().position(|wanted| key.starts_with(wanted.as_str())) {
                (found[index], score) = (true, score + 1);
                places.push(at..at + word.len());
            }
        }
        found.iter().all(|found| *found).then(|| (score, snippet(&text.text, &places)))
    }
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let start = text.as_ptr() as usize;
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - start, word))
}

fn snippet(text: &str, places: &[std::ops::Range<usize>]) -> String {
    let first = places.first().map_or(0, |place| place.start);
    let start = text[..first].char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
    let end = text[first..].char_indices().nth(2 * AROUND).map_or(text.len(), |(at, _)| first + at);
    let (mut out, mut at) = (String::new(), start);
    if start > 0 {
        out.push('…');
    }
    for place in places.iter().filter(|place| place.start >= start && place.end <= end) {
        out.push_str(&escape(&text[at..place.start]));
        out.push_str("<mark>");
        out.push_str(&escape(&text[place.clone()]));
        out.push_str("</mark>");
        at = place.end;
    }
    out.push_str(&escape(&text[at..end]));
    if end < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use vocabulary::{DocumentId, RevisionId, WorkspaceId};

    #[test]
    fn all_words_count_as_beginnings_and_the_snippet_is_text() {
        let page = PublicPage {
            document_id: DocumentId::new(),
            workspace_id: WorkspaceId::new(),
            parent_id: None,
            title: "Market entry".into(),
            icon: String::new(),
            slug: String::new(),
            revision_id: RevisionId::new(),
            dated: Utc::now(),
        };
        let text = Arc::new(PublicText {
            html: String::new(),
            text: "We grow in <b>Österreich</b> & Norway.".into(),
            links: Vec::new(),
            attachments: Vec::new(),
            image: None,
        });
        let found = |query: &str| Query::read(query).and_then(|query| query.matches(&page, &text));
        assert_eq!(
            found("oster"),
            Some((1, "We grow in &lt;b&gt;<mark>Österreich</mark>&lt;/b&gt; &amp; Norway.".into()))
        );
        assert_eq!(found("market norw").map(|found| found.0), Some(11));
        assert_eq!(found("market sweden"), None);
        assert!(Query::read(" -- ").is_none());
    }
}
