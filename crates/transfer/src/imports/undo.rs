//! Undoing an import: its pages move to the trash together, or without those that somebody has changed since. Pages
//! that others have put below them always stay.

use std::collections::HashMap;

use access::{App, Caller};
use endpoint::{Error, Result};
use library::trash::rows::{Children, MOST_AT_ONCE, Trashed, trash};
use library::visibility::Viewer;
use serde::Deserialize;
use vocabulary::{DocumentId, ImportId, Right};

use super::page_rows::{self, Made};

/// What happens to pages that somebody has changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = EditedPages)]
pub enum Edited {
    /// They stay.
    Keep,
    /// They go to the trash too.
    Trash,
}

/// Moves the pages of an import to the trash, and returns their number; `None` if somebody else has undone the import.
///
/// # Errors
/// [`Error::EditedSince`] if pages were changed since, and `edited` does not say what to do with them.
pub async fn undo(app: &App, caller: &Caller, id: ImportId, edited: Option<Edited>) -> Result<Option<i64>> {
    let pages = page_rows::list(&app.db, id).await?;
    if edited.is_none() && pages.iter().any(|page| page.edited) {
        return Err(Error::EditedSince);
    }
    let deletes = Viewer::at_least(caller, Right::Admin).ok_or(Error::Forbidden)?;
    let stays = |page: &Made| page.edited && edited == Some(Edited::Keep);
    let numbers: HashMap<DocumentId, usize> =
        pages.iter().enumerate().map(|(at, page)| (page.document_id, at)).collect();
    // For each page, the number of pages of the import in its subtree, and whether the whole subtree may move at once.
    // A page comes before those below it, unless it was moved since.
    let mut whole: Vec<(usize, bool)> = pages.iter().map(|page| (1, !stays(page) && !page.has_others)).collect();
    for at in (0..pages.len()).rev() {
        let parent = pages[at].parent_id.and_then(|parent| numbers.get(&parent).copied()).filter(|parent| *parent < at);
        if let Some(parent) = parent {
            let (size, goes) = whole[at];
            whole[parent] = (whole[parent].0 + size, whole[parent].1 && goes);
        }
    }
    let goes_at_once = |at: usize| whole[at].1 && whole[at].0 < MOST_AT_ONCE;
    let mut gone: i64 = 0;
    // From the bottom up, so that pages that stay move up step by step.
    for at in (0..pages.len()).rev() {
        let page = &pages[at];
        let above = page.parent_id.and_then(|parent| numbers.get(&parent).copied()).filter(|parent| *parent < at);
        if stays(page) || above.is_some_and(goes_at_once) {
            continue;
        }
        let children = if goes_at_once(at) { Children::Trash } else { Children::Keep };
        match trash(&app.db, &caller.actor, &deletes, page.document_id, children).await? {
            Trashed::Moved(_) if children == Children::Trash => gone += whole[at].0 as i64,
            Trashed::Moved(_) => gone += 1,
            // Somebody else has moved the page to the trash, or has put a page below it at this moment.
            Trashed::NotFound | Trashed::NotAllowed | Trashed::HasChildren | Trashed::TooMany => {}
        }
    }
    Ok(page_rows::undone(&app.db, &caller.actor, id, gone).await?.then_some(gone))
}
