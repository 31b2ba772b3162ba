//! Writes the pages of an import: their texts one after the other, then their rows, some at a time and hidden, and in the
//! end one statement that shows all of them. `showing` does what follows.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use access::App;
use database::accounts;
use document::prose::Prose;
use endpoint::Error;
use files::attachments::rows::{self as attachments, NewVersion};
use files::stored::rows::{self as stored, NewFile};
use library::creation::batch::{Batch, NewRow, Placed, Showing};
use library::documents::rows::NewDocument;
use library::documents::{KINDS, place_for_new};
use library::tags;
use library::tree::rows::Place;
use tracing::warn;
use vocabulary::{AccountId, DocumentId, Sensitivity};

use super::comments;
use super::facts::Facts;
use super::failure::Failure;
use super::front_matter::time;
use super::page_rows::{self, NewPageRow};
use super::pages::{Page, Reader, Shown};
use super::plan::{Plan, Planned};
use super::report::Report;
use super::rows::{self, Import};
use super::worker::{Progress, note_left};

/// Deepest page of a tree, as `library` has it.
const DEEPEST: usize = 20;
/// Pages whose rows are one transaction: others who write wait for it, a fraction of a second.
pub const AT_ONCE: usize = 100;
/// How long others can write between two such transactions: on SQLite, whoever waits looks every tenth of a second.
pub const PAUSE: Duration = Duration::from_millis(120);

/// What is kept of a page once its text is written.
struct Written {
    title: String,
    facts: Facts,
    seq: u64,
    words: usize,
    shown: Vec<(Shown, NewFile)>,
}

/// Reads and writes all pages.
///
/// # Errors
/// [`Failure`]; then no page is there.
pub async fn write(
    reader: &Reader<'_>,
    import: &Import,
    batch: &mut Batch,
    progress: &mut Progress<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    let (app, plan) = (reader.app, reader.plan);
    let mut written = Vec::with_capacity(plan.pages.len());
    for (done, page) in plan.pages.iter().enumerate() {
        progress.at(done).await?;
        let Page { title, prose, facts, shown, .. } = reader.read(page, report).await?;
        let mut staged = Vec::with_capacity(shown.len());
        for one in shown {
            let file = reader.files.stage(app, import.workspace_id, &one.place).await?;
            match file.bytes {
                0 => report.add(&page.path, "An empty file was left out", &one.name),
                _ => staged.push((one, file)),
            }
        }
        let prose = without_missing(prose, &staged);
        let words = prose.words();
        let seq = if prose.0.is_empty() { 0 } else { batch.write(app, page.document, prose).await? };
        written.push(Written { title, facts, seq, words, shown: staged });
    }
    let places: Vec<_> =
        written.iter().flat_map(|page| page.shown.iter().map(|(shown, _)| shown.place.clone())).collect();
    note_left(reader, &places, report);
    let authors = authors_of(app, import, &written).await?;
    progress.show();
    progress.at(plan.pages.len()).await?;
    add(reader, import, batch, &written, &authors, progress, report).await?;
    show(reader, import, batch, &written, std::mem::take(report)).await?;
    // From here on the pages are there, whatever happens to what follows.
    for (shown, file) in written.iter().flat_map(|page| &page.shown) {
        if let Err(error) = reader.files.put_again(import.workspace_id, file, &shown.place).await {
            warn!(%error, file = file.sha256, "whether a file of an import is stored cannot be checked");
        }
    }
    reader.files.attached();
    for (page, written) in plan.pages.iter().zip(&written) {
        comments::add(app, import, page.document, &written.facts.comments).await;
    }
    Ok(())
}

/// Leaves out images whose files were empty.
fn without_missing(prose: Prose, staged: &[(Shown, NewFile)]) -> Prose {
    let known: HashSet<String> = staged.iter().map(|(shown, _)| shown.id.to_string()).collect();
    match prose.attachments().iter().all(|id| known.contains(*id)) {
        true => prose,
        false => prose.without_attachments(),
    }
}

/// The accounts of the workspace whose addresses of mail the source names.
async fn authors_of(app: &App, import: &Import, written: &[Written]) -> Result<HashMap<String, AccountId>, Failure> {
    let mut known = HashMap::new();
    for name in written.iter().filter_map(|page| page.facts.authors.first()) {
        if !name.contains('@') || known.contains_key(name) {
            continue;
        }
        if let Some(account) = accounts::by_email(&app.db, name).await?
            && database::members::find(&app.db, import.workspace_id, account.account_id).await?.is_some()
        {
            known.insert(name.clone(), account.account_id);
        }
    }
    Ok(known)
}

/// Where the pages go, with the rights of now, not those when it was asked.
async fn place_of(app: &App, import: &Import) -> Result<Place, Failure> {
    let caller = app.caller_at_work(&import.actor.0).await?;
    Ok(place_for_new(app, &caller, import.space_id, import.parent_id).await?)
}

/// Adds the rows of all pages, which stay hidden.
async fn add(
    reader: &Reader<'_>,
    import: &Import,
    batch: &mut Batch,
    written: &[Written],
    authors: &HashMap<String, AccountId>,
    progress: &mut Progress<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    let (app, plan) = (reader.app, reader.plan);
    let place = place_of(app, import).await?;
    let room = depth_left(app, import.parent_id).await?;
    let mut names: Vec<String> = written.iter().flat_map(|page| tags::imported(&page.facts.tags)).collect();
    names.sort_unstable();
    names.dedup();
    tags::check_room(app, import.workspace_id, &names).await.map_err(Failure::Server)?;
    let mut placed = Vec::with_capacity(plan.pages.len());
    for page in &plan.pages {
        if page.depth > room {
            report.add(&page.path, "The tree is deeper than 20 levels: this page is higher up", "");
        }
        let below = above(plan, page, room).map(|above| plan.pages[above].document);
        placed.push(Placed { document: page.document, below, inherits: true, open_level: None });
    }
    let mut tx = app.db.begin().await?;
    check_quota(app, &mut tx, import, written).await?;
    batch.place(&mut tx, place, &placed).await?;
    tx.commit().await?;
    let all: Vec<_> = plan.pages.iter().zip(written).enumerate().collect();
    for some in all.chunks(AT_ONCE) {
        progress.at(plan.pages.len()).await?;
        let mut tx = app.db.begin().await?;
        add_some(&mut tx, import, batch, some, place, authors).await?;
        tx.commit().await?;
        app.rest(PAUSE).await;
    }
    Ok(())
}

/// Adds the rows of some pages.
async fn add_some(
    tx: &mut database::Tx,
    import: &Import,
    batch: &Batch,
    pages: &[(usize, (&Planned, &Written))],
    place: Place,
    authors: &HashMap<String, AccountId>,
) -> Result<(), Failure> {
    let row = |(_, (page, written)): &(usize, (&Planned, &Written))| NewRow {
        document: page.document,
        new: new_document(import.created_by, &written.title, &written.facts, place),
        seq: written.seq,
        words: written.words as i64,
        created_at: written.facts.created.as_deref().and_then(time),
        updated_at: written.facts.modified.as_deref().and_then(time),
    };
    batch.add(tx, pages.iter().map(row).collect()).await?;
    for (number, (page, written)) in pages {
        for (shown, file) in &written.shown {
            let new = NewVersion {
                attachment: shown.id,
                document: page.document,
                name: shown.name.clone(),
                in_text: true,
                file: file.clone(),
                created_by: import.created_by.0,
            };
            attachments::insert(tx, &import.actor.0, new).await?;
        }
        let author_name = written.facts.authors.first().cloned().unwrap_or_default();
        let made = NewPageRow {
            document: page.document,
            path: page.path.clone(),
            author: authors.get(&author_name).copied(),
            author_name,
            seq: written.seq,
        };
        page_rows::add(tx, import.import_id, *number, made).await?;
    }
    Ok(())
}

/// Shows all pages, if the import is still wanted, and its place is as it was.
async fn show(
    reader: &Reader<'_>,
    import: &Import,
    batch: &Batch,
    written: &[Written],
    report: Report,
) -> Result<(), Failure> {
    let app = reader.app;
    place_of(app, import).await?;
    let mut tx = app.db.begin().await?;
    let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
    let has_files = written.iter().any(|page| !page.shown.is_empty());
    if quota > 0 && has_files && stored::used(&mut tx, import.workspace_id).await? > quota {
        return Err(Error::QuotaExceeded.into());
    }
    if batch.show(&mut tx).await? == Showing::PlaceChanged {
        return Err(Failure::PlaceChanged);
    }
    if !rows::shown(&mut tx, import, &report, written.len()).await? {
        return Err(Failure::Lost);
    }
    tx.commit().await?;
    Ok(())
}

/// A document as its source describes it, with the rights of its place.
pub fn new_document(created_by: AccountId, title: &str, facts: &Facts, place: Place) -> NewDocument {
    NewDocument {
        title: title.to_owned(),
        slug: None,
        kind: if KINDS.contains(&facts.kind.as_str()) { facts.kind.clone() } else { "custom".to_owned() },
        category: String::new(),
        description: facts.description.clone(),
        tags: tags::imported(&facts.tags),
        open_level: None,
        sensitivity: Sensitivity::Internal,
        created_by,
        icon: if library::spaces::is_icon(&facts.icon) { facts.icon.clone() } else { String::new() },
        inherits: true,
        place,
    }
}

/// How many levels there are below the place.
async fn depth_left(app: &App, parent: Option<DocumentId>) -> Result<usize, Failure> {
    let Some(parent) = parent else { return Ok(DEEPEST - 1) };
    Ok((DEEPEST - 1).saturating_sub(library::tree::rows::depth(&app.db, parent).await? + 1))
}

/// The page above: the nearest one that is not too deep.
fn above(plan: &Plan, page: &Planned, room: usize) -> Option<usize> {
    let mut above = page.parent;
    while let Some(number) = above.filter(|number| plan.pages[*number].depth >= room) {
        above = plan.pages[number].parent;
    }
    above
}

async fn check_quota(app: &App, tx: &mut database::Tx, import: &Import, written: &[Written]) -> Result<(), Failure> {
    let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
    let new: HashMap<&str, i64> =
        written.iter().flat_map(|page| &page.shown).map(|(_, file)| (file.sha256.as_str(), file.bytes)).collect();
    if quota > 0 && !new.is_empty() && stored::used(tx, import.workspace_id).await? + new.values().sum::<i64>() > quota
    {
        return Err(Error::QuotaExceeded.into());
    }
    Ok(())
}
