//! The comments and tracked changes of a page in its source. They are kept in the row of the page until the page is
//! shown, so that none is lost or added twice if the server is killed in between.

use std::time::Duration;

use access::{App, Caller, DocumentRequest, Visitor};
use document::prose::Prose;
use endpoint::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::warn;
use vocabulary::{DocumentId, Right};

use super::comments;
use super::facts::{Comment, Facts, Proposed, TrackedChange};
use super::failure::Failure;
use super::page_rows::Waiting;
use super::proposals;
use super::report::Report;
use super::rows::Import;

/// The pause before another try when a store does not answer.
const AGAIN_AFTER: Duration = Duration::from_secs(2);

const COMMENTS: &str = "Not all of its comments could be added";
const CHANGES: &str = "Its tracked changes could not be added as suggestions";

/// The stored form of comments and tracked changes that were not added yet.
#[derive(Deserialize, Serialize)]
struct Said {
    comments: Vec<Comment>,
    /// The text with the changes, as JSON, and who made them.
    proposed: Option<(Value, Vec<TrackedChange>)>,
}

/// The comments and tracked changes that are to be added to a page once it is shown, as JSON; `None` if there are none.
pub fn stored(facts: &Facts) -> Option<String> {
    if facts.comments.is_empty() && facts.proposed.is_none() {
        return None;
    }
    let proposed = facts.proposed.as_deref().map(|proposed| (proposed.prose.to_json(), proposed.changes.clone()));
    serde_json::to_string(&Said { comments: facts.comments.clone(), proposed }).ok()
}

/// Adds the stored comments and tracked changes of a page. The report names those that cannot be added.
///
/// # Errors
/// When a store does not answer. The rest is added later.
pub async fn add(
    app: &App,
    import: &Import,
    document: DocumentId,
    page: &Waiting,
    report: &mut Report,
) -> Result<(), Failure> {
    let Ok(Said { comments, proposed }) = serde_json::from_str(&page.said) else {
        // Another try could not read it either.
        report.add(&page.path, COMMENTS, "");
        return Ok(());
    };
    // An attempt that was killed may have added some of them.
    let is_again = import.shown_at.is_some();
    let proposed =
        match proposed.map(|(text, changes)| Prose::from_json(&text).map(|prose| Proposed { prose, changes })) {
            Some(Err(error)) => {
                report.add(&page.path, CHANGES, &error.to_string());
                None
            }
            Some(Ok(proposed)) => Some(proposed),
            None => None,
        };
    let comments = comments.as_slice();
    match app.caller_at_work(&import.actor.0).await {
        Ok(caller) => add_as(app, caller, document, &page.path, (comments, proposed.as_ref(), is_again), report).await,
        Err(error) => left_out(app, error, &page.path, COMMENTS, report).await,
    }
}

/// Adds comments and tracked changes in somebody's name. The report names those that cannot be added. With `is_again`,
/// those that an earlier attempt added are not added again.
///
/// # Errors
/// When a store does not answer.
pub async fn add_as(
    app: &App,
    caller: Caller,
    document: DocumentId,
    path: &str,
    (comments, proposed, is_again): (&[Comment], Option<&Proposed>, bool),
    report: &mut Report,
) -> Result<(), Failure> {
    let request = match DocumentRequest::at(app, Visitor::Member(Box::new(caller)), document, Right::Comment).await {
        Ok(request) => request,
        Err(error) => return left_out(app, error, path, COMMENTS, report).await,
    };
    if let Err(error) = comments::add(app, &request, comments, is_again).await {
        left_out(app, error, path, COMMENTS, report).await?;
    }
    let Some(proposed) = proposed else { return Ok(()) };
    match proposals::add(app, &request, proposed, is_again).await {
        Ok(()) => Ok(()),
        Err(error) => left_out(app, error, path, CHANGES, report).await,
    }
}

/// Reports that something cannot be added, unless the reason is that a store does not answer.
async fn left_out(app: &App, error: Error, path: &str, what: &str, report: &mut Report) -> Result<(), Failure> {
    if matches!(error, Error::Unavailable(_) | Error::Database(_)) {
        app.rest(AGAIN_AFTER).await;
        return Err(error.into());
    }
    warn!(%error, "what people said about an imported page cannot be added");
    report.add(path, what, &error.to_string());
    Ok(())
}
