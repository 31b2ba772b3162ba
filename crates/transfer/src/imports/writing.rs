//! Writes the pages of an import: first their texts, one after the other, then their hidden rows, some at a time, and
//! finally one statement shows all of them. `showing` does the work that follows.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use access::App;
use chrono::Utc;
use database::accounts;
use document::prose::Prose;
use endpoint::Error;
use files::attachments::rows::{self as attachments, NewAttachment, VersionOfNew};
use files::stored::rows::{self as stored, NewFile};
use library::creation::batch::{Batch, NewRow, Placed, Showing};
use library::documents::rows::NewDocument;
use library::documents::{KINDS, place_for_new};
use library::tags;
use library::tree::ranks::Position;
use library::tree::rows::Place;
use review::restored::{self, FoundThread, KeptRevision};
use tracing::warn;
use vocabulary::{AccountId, DocumentId, Sensitivity, Status};

use super::facts::Facts;
use super::failure::Failure;
use super::front_matter::time;
use super::page_rows::{self, NewPageRow};
use super::pages::{OldVersion, Page, Reader, Shown};
use super::plan::{Plan, Planned};
use super::report::Report;
use super::rows::{self, Import};
use super::said;
use super::spaces;
use super::worker::{Progress, note_left};
use crate::way_out;

/// The deepest level of a page in a tree, the same as in `library`.
const DEEPEST: usize = 20;
/// The number of pages whose rows are added in one transaction. Other writers wait for it, for a fraction of a second.
pub const AT_ONCE: usize = 100;
/// The pause in which others can write between two such transactions: on SQLite, a waiting writer tries every tenth of
/// a second.
pub const PAUSE: Duration = Duration::from_millis(120);

/// What is kept in memory of a page once its text is written.
struct Written {
    title: String,
    facts: Facts,
    seq: u64,
    words: usize,
    shown: Vec<Staged>,
    threads: Vec<FoundThread>,
    revisions: Vec<KeptRevision>,
}

/// A file of a page in the store, with its earlier versions.
struct Staged {
    shown: Shown,
    file: NewFile,
    earlier: Vec<(OldVersion, NewFile)>,
}

/// Reads and writes all pages.
///
/// # Errors
/// [`Failure`]. In that case no page was created.
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
        written.push(write_page(reader, import, batch, page, report).await?);
    }
    let places: Vec<_> = written
        .iter()
        .flat_map(|page| &page.shown)
        .flat_map(|staged| {
            let earlier = staged.earlier.iter().map(|(version, _)| version.place.clone());
            earlier.chain([staged.shown.place.clone()])
        })
        .collect();
    note_left(reader, &places, report);
    let authors = authors_of(app, import, &written).await?;
    progress.show();
    add(reader, import, batch, &mut written, &authors, progress, report).await?;
    show(reader, import, batch, &written, std::mem::take(report)).await?;
    // From here on the pages are shown, whatever happens to the rest of the work.
    for staged in written.iter().flat_map(|page| &page.shown) {
        let earlier = staged.earlier.iter().map(|(version, file)| (file, &version.place));
        for (file, place) in earlier.chain([(&staged.file, &staged.shown.place)]) {
            if let Err(error) = reader.files.put_again(import.workspace_id, file, place).await {
                warn!(%error, file = file.sha256, "whether a file of an import is stored cannot be checked");
            }
        }
    }
    reader.files.attached();
    Ok(())
}

/// Reads a page, and writes its earlier versions and then its text.
async fn write_page(
    reader: &Reader<'_>,
    import: &Import,
    batch: &Batch,
    page: &Planned,
    report: &mut Report,
) -> Result<Written, Failure> {
    let (app, workspace) = (reader.app, import.workspace_id);
    let Page { title, prose, mut facts, shown, .. } = reader.read(page, report).await?;
    let mut staged = Vec::with_capacity(shown.len());
    for shown in shown {
        let file = reader.files.stage(app, workspace, &shown.place).await?;
        if file.bytes == 0 {
            report.add(&page.path, "An empty file was left out", &shown.name);
            continue;
        }
        let mut earlier = Vec::new();
        for version in shown.history.iter().flat_map(|history| history.versions.iter().rev().skip(1).rev()) {
            earlier.push((version.clone(), reader.files.stage(app, workspace, &version.place).await?));
        }
        staged.push(Staged { shown, file, earlier });
    }
    let prose = without_missing(prose, &staged);
    let words = prose.words();
    let (mut threads, mut revisions) = (Vec::new(), Vec::new());
    if let Some(restored) = facts.restored.as_deref_mut() {
        for (revision, text) in std::mem::take(&mut restored.revisions) {
            batch.write_over(app, page.document, without_missing(text, &staged)).await?;
            revisions.push(restored::keep(app, workspace, page.document, revision).await?);
        }
    }
    let seq = match (prose.0.is_empty(), revisions.is_empty()) {
        (_, false) => batch.write_over(app, page.document, prose).await?,
        (false, true) => batch.write(app, page.document, prose).await?,
        (true, true) => 0,
    };
    if let Some(restored) = facts.restored.as_deref_mut() {
        threads = restored::find(app, workspace, page.document, std::mem::take(&mut restored.threads)).await?;
    }
    Ok(Written { title, facts, seq, words, shown: staged, threads, revisions })
}

/// Leaves out images whose files were empty.
fn without_missing(prose: Prose, staged: &[Staged]) -> Prose {
    let known: HashSet<String> = staged.iter().map(|staged| staged.shown.id.to_string()).collect();
    match prose.attachments().iter().all(|id| known.contains(*id)) {
        true => prose,
        false => prose.without_attachments(),
    }
}

/// The accounts of the workspace whose email addresses the source names.
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

/// The place where the pages go, checked with the present rights and not those at the time of the request. Pages of a
/// restored workspace go into the spaces of that workspace.
async fn place_of(app: &App, import: &Import, plan: &Plan) -> Result<Place, Failure> {
    let caller = app.caller_at_work(&import.actor.0).await?;
    if plan.is_restored {
        way_out::workspace(&caller)?;
        return Ok(Place { space: None, parent: None, position: Position::Last });
    }
    Ok(place_for_new(app, &caller, import.space_id, import.parent_id).await?)
}

/// Adds the rows of all pages, which stay hidden.
async fn add(
    reader: &Reader<'_>,
    import: &Import,
    batch: &mut Batch,
    written: &mut [Written],
    authors: &HashMap<String, AccountId>,
    progress: &mut Progress<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    let (app, plan) = (reader.app, reader.plan);
    let place = place_of(app, import, plan).await?;
    let room = depth_left(app, import.parent_id).await?;
    let mut names: Vec<String> = written.iter().flat_map(|page| tags::imported(&page.facts.tags)).collect();
    names.sort_unstable();
    names.dedup();
    tags::check_room(app, import.workspace_id, &names).await.map_err(Failure::Server)?;
    let mut by_space: BTreeMap<Option<usize>, Vec<Placed>> = BTreeMap::new();
    for (page, written) in plan.pages.iter().zip(written.iter()) {
        if page.depth > room {
            report.add(&page.path, "The tree is deeper than 20 levels: this page is higher up", "");
        }
        let below = above(plan, page, room).map(|above| plan.pages[above].document);
        let restored = written.facts.restored.as_deref();
        by_space.entry(page.space).or_default().push(Placed {
            document: page.document,
            below,
            inherits: restored.is_none_or(|restored| restored.inherits),
            open_level: restored.and_then(|restored| restored.open_level),
        });
    }
    let mut tx = app.db.begin().await?;
    check_quota(app, &mut tx, import, written).await?;
    for placed in by_space.values() {
        batch.place(&mut tx, place, placed).await?;
    }
    tx.commit().await?;
    let mut all: Vec<_> = plan.pages.iter().zip(written).enumerate().collect();
    for some in all.chunks_mut(AT_ONCE) {
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
    pages: &mut [(usize, (&Planned, &mut Written))],
    place: Place,
    authors: &HashMap<String, AccountId>,
) -> Result<(), Failure> {
    let row = |(_, (page, written)): &(usize, (&Planned, &mut Written))| NewRow {
        document: page.document,
        new: new_document(import.created_by, &written.title, &written.facts, place),
        seq: written.seq,
        words: written.words as i64,
        status: written.facts.restored.as_deref().map_or(Status::Draft, |restored| restored.status),
        created_at: written.facts.created.as_deref().and_then(time),
        updated_at: written.facts.modified.as_deref().and_then(time),
    };
    batch.add(tx, pages.iter().map(row).collect()).await?;
    for (number, (page, written)) in pages {
        for staged in &written.shown {
            attachments::insert(tx, &import.actor.0, attachment(staged, page.document, import.created_by)).await?;
        }
        let (workspace, document) = (import.workspace_id, page.document);
        restored::add_revisions(tx, workspace, document, std::mem::take(&mut written.revisions)).await?;
        restored::add_threads(tx, workspace, document, std::mem::take(&mut written.threads)).await?;
        let author_name = written.facts.authors.first().cloned().unwrap_or_default();
        let made = NewPageRow {
            document: page.document,
            path: page.path.clone(),
            author: authors.get(&author_name).copied(),
            author_name,
            seq: written.seq,
            said: said::stored(&written.facts),
        };
        page_rows::add(tx, import.import_id, *number, made).await?;
    }
    Ok(())
}

fn attachment(staged: &Staged, document: DocumentId, by: AccountId) -> NewAttachment {
    let now = Utc::now();
    let version = |old: &OldVersion, file: &NewFile| VersionOfNew {
        name: old.name.clone(),
        file: file.clone(),
        created_by: Some(old.by.unwrap_or(by).0),
        created_at: old.created_at,
    };
    let (shown, file) = (&staged.shown, &staged.file);
    let mut versions: Vec<VersionOfNew> = staged.earlier.iter().map(|(old, file)| version(old, file)).collect();
    versions.push(match shown.history.as_ref().and_then(|history| history.versions.last()) {
        Some(last) => version(last, file),
        None => VersionOfNew { name: shown.name.clone(), file: file.clone(), created_by: Some(by.0), created_at: now },
    });
    let history = shown.history.as_ref();
    NewAttachment {
        attachment: shown.id,
        document,
        in_text: history.is_none_or(|history| history.in_text),
        created_at: history.map_or(now, |history| history.created_at),
        versions,
    }
}

/// Shows all pages, if the import was not cancelled and its place has not changed.
async fn show(
    reader: &Reader<'_>,
    import: &Import,
    batch: &Batch,
    written: &[Written],
    mut report: Report,
) -> Result<(), Failure> {
    let (app, plan) = (reader.app, reader.plan);
    place_of(app, import, plan).await?;
    let ready = spaces::ready(app, import, plan, &mut report).await?;
    let mut tx = app.db.begin().await?;
    let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
    let has_files = written.iter().any(|page| !page.shown.is_empty());
    if quota > 0 && has_files && stored::used(&mut tx, import.workspace_id).await? > quota {
        return Err(Error::QuotaExceeded.into());
    }
    spaces::add(&mut tx, import, plan, batch, ready).await?;
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
    let restored = facts.restored.as_deref();
    NewDocument {
        title: title.to_owned(),
        slug: None,
        kind: if KINDS.contains(&facts.kind.as_str()) { facts.kind.clone() } else { "custom".to_owned() },
        category: restored.map(|restored| restored.category.clone()).unwrap_or_default(),
        description: facts.description.clone(),
        tags: tags::imported(&facts.tags),
        open_level: restored.and_then(|restored| restored.open_level),
        sensitivity: restored.map_or(Sensitivity::Internal, |restored| restored.sensitivity),
        created_by: restored.and_then(|restored| restored.owner).unwrap_or(created_by),
        icon: if library::spaces::is_icon(&facts.icon) { facts.icon.clone() } else { String::new() },
        inherits: restored.is_none_or(|restored| restored.inherits),
        place,
    }
}

/// How many levels are allowed below the place.
async fn depth_left(app: &App, parent: Option<DocumentId>) -> Result<usize, Failure> {
    let Some(parent) = parent else { return Ok(DEEPEST - 1) };
    Ok((DEEPEST - 1).saturating_sub(library::tree::rows::depth(&app.db, parent).await? + 1))
}

/// The page below which a page goes: the nearest page above it that is not too deep.
fn above(plan: &Plan, page: &Planned, room: usize) -> Option<usize> {
    let mut above = page.parent;
    while let Some(number) = above.filter(|number| plan.pages[*number].depth >= room) {
        above = plan.pages[number].parent;
    }
    above
}

async fn check_quota(app: &App, tx: &mut database::Tx, import: &Import, written: &[Written]) -> Result<(), Failure> {
    let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
    let all = |staged: &'_ Staged| {
        staged
            .earlier
            .iter()
            .map(|(_, file)| file)
            .chain([&staged.file])
            .map(|file| (file.sha256.clone(), file.bytes))
            .collect::<Vec<_>>()
    };
    let new: HashMap<String, i64> = written.iter().flat_map(|page| &page.shown).flat_map(all).collect();
    if quota > 0 && !new.is_empty() && stored::used(tx, import.workspace_id).await? + new.values().sum::<i64>() > quota
    {
        return Err(Error::QuotaExceeded.into());
    }
    Ok(())
}
