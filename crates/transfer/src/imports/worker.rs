//! Runs imports, one at a time on each node: fetches and unpacks the files, plans the pages, reads one after the other,
//! and in the end adds all of them or none. The rows are the queue, so if a node dies, another node or the next start
//! begins the import again.

use std::time::Instant;

use access::App;
use chrono::{TimeDelta, Utc};
use files::Files;
use library::creation::batch::{Batch, clear_left};
use tracing::warn;
use vocabulary::{ImportKind, ImportState};

use super::failure::Failure;
use super::file_rows;
use super::page_rows;
use super::pages::{Reader, is_left};
use super::plan::Plan;
use super::report::Report;
use super::rows::{self, Ended, Import};
use super::showing;
use super::source::Source;
use super::writing::write;
use crate::queue::{SIGN_EVERY, claimed_or_wait};

/// The maximum number of pages that a dry run shows, because nobody reads more.
const MOST_SHOWN: usize = 2_000;
/// How long an import may wait for its owner. After a day, it is cancelled, like an unfinished upload.
const OPEN_LASTS: TimeDelta = TimeDelta::hours(24);
const AT_ONCE: i64 = 50;

/// Runs until the server stops.
pub async fn run(app: App, files: Files) {
    if !app.hub.bus().is_shared()
        && let Err(error) = rows::release(&app.db).await
    {
        warn!(%error, "what a kill interrupted goes on later");
    }
    while !app.is_stopping() {
        let claimed = if app.flags.read_only() { Ok(None) } else { rows::claim(&app.db).await };
        if let Some(import) = claimed_or_wait(&app, claimed).await {
            work(&app, &files, &import).await;
        }
    }
}

async fn work(app: &App, files: &Files, import: &Import) {
    let id = import.import_id;
    let ended = match Box::pin(attempt(app, files, import)).await {
        Ok(()) => return discard(app, files, import).await,
        Err(Failure::Lost) => return,
        Err(Failure::Stopping | Failure::PlaceChanged) => return drop(rows::put_back(&app.db, import).await),
        Err(Failure::Refused { code, detail }) => (code, detail),
        Err(Failure::Server(error)) => {
            warn!(%id, %error, "an import failed");
            (error.code(), "The server could not finish it. Nothing was imported: try again".to_owned())
        }
    };
    let failed = Ended {
        state: ImportState::Failed,
        code: ended.0,
        detail: ended.1,
        report: Report::default(),
        tree: serde_json::Value::Array(Vec::new()),
        pages: 0,
    };
    let noted = async {
        let mut tx = app.db.begin().await?;
        rows::end(&mut tx, import, &failed).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        warn!(%id, %error, "the end of an import cannot be noted: it is tried again");
    }
    discard(app, files, import).await;
}

/// Deletes the uploaded files, unless this was a dry run, which the import may follow.
async fn discard(app: &App, files: &Files, import: &Import) {
    if import.dry_run {
        return;
    }
    if let Err(error) = forget_files(app, files, import.import_id).await {
        warn!(import = %import.import_id, %error, "the files of an import are deleted later");
    }
}

pub async fn forget_files(app: &App, files: &Files, id: vocabulary::ImportId) -> endpoint::Result<()> {
    for object in file_rows::take_files(&app.db, id).await? {
        files.discard(&object).await?;
    }
    Ok(())
}

/// Records the progress of a run, and notices when the run must end.
pub struct Progress<'a> {
    app: &'a App,
    import: &'a Import,
    found: &'static str,
    total: usize,
    last: Option<Instant>,
}

impl Progress<'_> {
    pub fn total(&self) -> usize {
        self.total
    }

    /// Makes the next call of [`Progress::at`] record the progress at once.
    pub fn show(&mut self) {
        self.last = None;
    }

    /// Records that the run has reached this page.
    ///
    /// # Errors
    /// When the run must end.
    pub async fn at(&mut self, done: usize) -> Result<(), Failure> {
        if self.app.is_stopping() {
            return Err(Failure::Stopping);
        }
        if self.last.is_some_and(|last| last.elapsed() < SIGN_EVERY) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        match rows::progress(&self.app.db, self.import, self.found, done, self.total).await? {
            true => Ok(()),
            false => Err(Failure::Lost),
        }
    }
}

async fn attempt(app: &App, files: &Files, import: &Import) -> Result<(), Failure> {
    if import.shown_at.is_some() {
        let (found, total) = (ImportKind::parse(&import.found).map_or("", ImportKind::as_str), import.total as usize);
        return showing::finish(app, import, &mut Progress { app, import, found, total, last: None }).await;
    }
    // Removes what an interrupted attempt has left.
    clear_left(app, &page_rows::all(&app.db, import.import_id).await?).await;
    let uploaded = file_rows::files(&app.db, import.import_id).await?;
    let mut progress = Progress { app, import, found: "", total: 0, last: None };
    progress.at(0).await?;
    let source = Source::fetch(app, files, &uploaded).await?;
    let kind = match import.kind.known() {
        Some(kind) if kind != ImportKind::Auto => kind,
        _ => source.recognise().await,
    };
    let may_restore = import.by_operator && import.space_id.is_none() && import.parent_id.is_none();
    let plan = Plan::make(app, files, &source, kind, may_restore).await?;
    (progress.found, progress.total, progress.last) = (kind.as_str(), plan.pages.len(), None);
    let media = files.folder().await?;
    let (workspace, by) = (import.workspace_id, import.created_by);
    let reader = Reader { app, files, source: &source, plan: &plan, workspace, by, media: media.path() };
    let mut report = Report::default();
    if import.dry_run {
        return check(&reader, import, progress, report).await;
    }
    let documents = plan.pages.iter().map(|page| page.document).collect();
    let mut batch = Batch::begin(app, &import.actor.0, import.created_by.0, documents).await?;
    if let Err(failure) = write(&reader, import, &mut batch, &mut progress, &mut report).await {
        batch.give_up(app).await;
        return Err(failure);
    }
    showing::finish(app, import, &mut progress).await
}

/// A dry run: everything is read, nothing is written.
async fn check(
    reader: &Reader<'_>,
    import: &Import,
    mut progress: Progress<'_>,
    mut report: Report,
) -> Result<(), Failure> {
    let (mut titles, mut shown) = (Vec::new(), Vec::new());
    for (done, page) in reader.plan.pages.iter().enumerate() {
        progress.at(done).await?;
        let read = reader.read(page, &mut report).await?;
        titles.push(read.title);
        shown.extend(read.shown.into_iter().map(|shown| shown.place));
    }
    note_left(reader, &shown, &mut report);
    let ended = Ended {
        state: ImportState::Checked,
        code: "",
        detail: String::new(),
        report,
        tree: reader.plan.shown(&titles, MOST_SHOWN),
        pages: titles.len(),
    };
    let mut tx = reader.app.db.begin().await?;
    if !rows::end(&mut tx, import, &ended).await? {
        return Err(Failure::Lost);
    }
    tx.commit().await?;
    Ok(())
}

/// Reports the files that no page shows, which are not carried over.
pub fn note_left(reader: &Reader<'_>, shown: &[std::path::PathBuf], report: &mut Report) {
    let shown: std::collections::HashSet<_> = shown.iter().collect();
    let (versions, left): (Vec<_>, Vec<_>) = reader
        .source
        .files
        .iter()
        .filter(|file| is_left(&file.path) && !shown.contains(&file.place))
        .partition(|file| reader.plan.kind == ImportKind::Consilium && file.path.contains(".revisions/"));
    let versions = if reader.plan.is_restored { Vec::new() } else { versions };
    if !versions.is_empty() {
        report.add("", format!("{} earlier versions of pages were left out", versions.len()), "");
    }
    left.into_iter().for_each(|file| report.add(&file.path, "No page shows this file", ""));
}

/// Cancels imports that nobody continues, and removes imports that ended long ago.
///
/// # Errors
/// When the database does not answer.
pub async fn tidy(app: App, files: Files) -> sqlx::Result<()> {
    for id in rows::abandoned(&app.db, Utc::now() - OPEN_LASTS, AT_ONCE).await? {
        rows::expire(&app.db, id).await?;
        if let Err(error) = forget_files(&app, &files, id).await {
            warn!(import = %id, %error, "the files of an import are deleted later");
        }
    }
    let days = TimeDelta::days(app.config.import_days.into());
    if !days.is_zero() {
        rows::forget(&app.db, Utc::now() - days).await?;
    }
    Ok(())
}
