//! Adds the comments of an import as threads. Their author is the importer, who vouches for them. The name that the
//! source gives is only in the text, because anybody could write a file with another person's name.

use access::{App, DocumentRequest};
use endpoint::Result;

use super::facts::Comment;
use super::front_matter::time;
use super::pages::shortened;

const LONGEST_AUTHOR: usize = 100;
/// The length that a comment may have, minus its first line.
const LONGEST_TEXT: usize = 9_800;

/// Adds the comments of a page. `is_again` if an earlier attempt may have added some of them.
///
/// # Errors
/// When a store does not answer.
pub async fn add(app: &App, request: &DocumentRequest, comments: &[Comment], is_again: bool) -> Result<()> {
    for comment in comments {
        let bodies = std::iter::once(comment).chain(&comment.replies).map(body).collect();
        review::threads::imported::add(app, request, bodies, &comment.quote, is_again).await?;
    }
    Ok(())
}

fn body(comment: &Comment) -> String {
    let from = said_by((&comment.author, comment.created.as_deref()));
    let from = if from.is_empty() { from } else { format!("{from}:\n") };
    let text: String =
        comment.text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(LONGEST_TEXT).collect();
    format!("{from}{}", text.trim())
}

/// The name and the date that a source gives; empty if it gives none.
pub fn said_by((author, created): (&str, Option<&str>)) -> String {
    let author = shortened(author, LONGEST_AUTHOR);
    let date = created.and_then(time).map(|time| time.format("%-d %B %Y").to_string());
    match (author.is_empty(), date) {
        (false, Some(date)) => format!("{author}, {date}"),
        (false, None) => author,
        (true, Some(date)) => date,
        (true, None) => String::new(),
    }
}
