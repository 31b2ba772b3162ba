//! Suggestions that an import makes from the tracked changes of its source.

use access::{App, DocumentRequest};
use document::prose::{Draft, Prose};
use document::suggestions::{Base, Located, Refused, Suggestion};
use endpoint::{Error, Result};

use super::making::{check_sizes, proposals, store_each};
use super::rows::{self, MOST_OF_A_PERSON};
use crate::comments::rows::NewComment;

/// The number of suggestions that turn one text into the other; `None` if suggestions cannot, or if there would be more
/// than a person may have.
pub fn count(before: &Prose, after: &Prose) -> Option<usize> {
    let base = Base::of(before.clone());
    let derived = base.derive(after);
    check_sizes(&derived).ok().filter(|()| derived.len() as i64 <= MOST_OF_A_PERSON)?;
    let places: Vec<Vec<_>> = derived.iter().map(|one| one.places.iter().copied().map(Some).collect()).collect();
    let all = derived.iter().zip(&places).map(|(one, places)| base.locate(&one.suggestion, places));
    let located = all.collect::<std::result::Result<Vec<Located>, Refused>>().ok()?;
    let made = base.with(&located.iter().collect::<Vec<_>>())?;
    (without_end(made) == without_end(after.clone())).then_some(derived.len())
}

/// A text without empty paragraphs at its end, which are never suggested.
fn without_end(prose: Prose) -> Prose {
    let mut prose = prose.as_an_editor_has_it();
    prose.0.truncate(prose.0.len() - prose.blank_end().len());
    prose
}

/// Suggests a text in the caller's name, in a document that was just written. Suggests nothing if the import is
/// repeated (`is_again`) and the caller already has open suggestions there.
///
/// # Errors
/// When the text or the rows cannot be read or written.
pub async fn add(
    app: &App,
    request: &DocumentRequest,
    (proposed, is_again): (Prose, bool),
    reason: impl Fn(&Suggestion) -> String,
) -> Result<()> {
    let author = request.visitor.id();
    if is_again && rows::count_open(&mut app.db.begin().await?, request.id(), author).await?.own > 0 {
        return Ok(());
    }
    let text = request.internal_text(app).await?;
    let (seq, state) = text.read(|document, seq| (seq, document.state())).await?;
    let proposals = app.work_out(&request.actor, state.len(), move || {
        let draft = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?;
        let derived = Base::of(draft.prose()).derive(&proposed);
        proposals(draft.document(), &derived)
    });
    let proposals = proposals.await?;
    let reason = |suggestion: &Suggestion| NewComment { author, body: reason(suggestion), mentions: Vec::new() };
    store_each(app, &text, seq, &proposals, (author, reason)).await.map(drop)
}
