//! Adds the tracked changes of an import as suggestions. Like comments, they belong to the importer, who vouches for
//! them. The text of each says who made the change, if the source does.

use access::{App, DocumentRequest};
use document::prose::Prose;
use document::suggestions::Suggestion;
use endpoint::Result;

use super::comments::said_by;
use super::facts::{Proposed, TrackedChange};

/// Adds the suggestions for a page. `is_again` if an earlier attempt may have added them.
///
/// # Errors
/// When the text or the rows cannot be read or written.
pub async fn add(app: &App, request: &DocumentRequest, proposed: &Proposed, is_again: bool) -> Result<()> {
    let (prose, changes): (Prose, _) = (proposed.prose.clone(), proposed.changes.clone());
    let reason = move |suggestion: &Suggestion| said(&changes, suggestion).map(said_by).unwrap_or_default();
    review::suggestions::imported::add(app, request, (prose, is_again), reason).await
}

/// The author and the date of a suggestion, from the tracked changes with the same text, or else with a part of it, or
/// else from all. They count only if all of these changes are by one person.
fn said<'a>(changes: &'a [TrackedChange], suggestion: &Suggestion) -> Option<(&'a str, Option<&'a str>)> {
    let words = [suggestion.after_text(), suggestion.before_text()];
    let words: Vec<&str> = words.iter().map(|words| words.trim()).filter(|words| !words.is_empty()).collect();
    let is_same = |change: &&TrackedChange| words.contains(&change.text.trim());
    let is_about = |change: &&TrackedChange| {
        let text = change.text.trim();
        !text.is_empty() && words.iter().any(|words| words.contains(text) || text.contains(words))
    };
    let of_one = |some: Vec<&'a TrackedChange>| {
        let first = *some.first()?;
        some.iter().all(|change| change.author == first.author).then_some(first)
    };
    let same = of_one(changes.iter().filter(is_same).collect());
    let found = same.or_else(|| of_one(changes.iter().filter(is_about).collect()));
    let found = found.or_else(|| of_one(changes.iter().collect()));
    found.map(|change| (change.author.as_str(), change.created.as_deref()))
}
