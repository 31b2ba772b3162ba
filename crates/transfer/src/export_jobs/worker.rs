//! Makes exports in the background, one at a time on each node, with the rights that the person who asked has at the
//! time of each page.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use access::{App, Visitor};
use chrono::{TimeDelta, Utc};
use database::sort_key::sort_by_name;
use database::{Actor, Consumer, LoggedEvent, Tx, consumers::Failure};
use endpoint::{Error, Result};
use files::Files;
use library::tree::rows::{PageInTree, Root, visible_pages};
use library::visibility::Viewer;
use serde_json::Value;
use tracing::{info, warn};

use super::rows::{self, Export};
use crate::exports::{Exporting, spaces};
use crate::package::Package;
use crate::paths::{name as file_name, unique};
use crate::queue::{SIGN_EVERY, claimed_or_wait};
use crate::way_out;

/// The maximum number of pages of one export, because their paths are kept in memory.
pub const MOST_PAGES: usize = 100_000;
/// How long an archive can be downloaded.
const KEPT: TimeDelta = TimeDelta::hours(24);
const AT_ONCE: i64 = 50;

/// Removes exports that may contain purged or erased data at once.
pub fn consumer(app: App) -> Consumer {
    Consumer::new("exports", |tx, events| Box::pin(outdated(tx, events)), move || app.work_queued.notify_waiters())
}

async fn outdated(tx: &mut Tx, events: &[LoggedEvent]) -> std::result::Result<(), Failure> {
    for event in events {
        rows::outdate(tx, event).await?;
    }
    Ok(())
}

/// Runs until the server stops.
pub async fn run(app: App, files: Files) {
    if !app.hub.bus().is_shared()
        && let Err(error) = rows::release(&app.db).await
    {
        warn!(%error, "what a kill interrupted goes on later");
    }
    while !app.is_stopping() {
        if let Err(error) = tidy(app.clone(), files.clone()).await {
            warn!(%error, "old exports cannot be removed yet");
        }
        let claimed = if app.flags.read_only() { Ok(None) } else { rows::claim(&app.db).await };
        if let Some(export) = claimed_or_wait(&app, claimed).await {
            work(&app, &files, &export).await;
        }
    }
}

enum Ended {
    Done(usize),
    /// The export was cancelled, or another node has taken it over.
    Lost,
    Stopping,
}

async fn work(app: &App, files: &Files, export: &Export) {
    let id = export.export_id;
    let noted = match Box::pin(attempt(app, files, export)).await {
        Ok(Ended::Done(pages)) => {
            info!(export = %id, pages, "exported");
            Ok(())
        }
        Ok(Ended::Lost) => Ok(()),
        Ok(Ended::Stopping) => rows::put_back(&app.db, export).await,
        Err(error) => {
            warn!(export = %id, %error, "an export failed");
            let detail = match &error {
                Error::Conflict(_) | Error::Forbidden | Error::NotFound(_) | Error::Gone(_) => error.to_string(),
                _ => "The server could not finish it: try again".to_owned(),
            };
            rows::fail(&app.db, export, error.code(), &detail).await
        }
    };
    if let Err(error) = noted {
        warn!(export = %id, %error, "the end of an export cannot be noted: it is tried again");
    }
}

async fn attempt(app: &App, files: &Files, export: &Export) -> Result<Ended> {
    let caller = app.caller_at_work(&export.actor.0).await?;
    let Chosen { parts, spaces } = parts(app, &caller, export).await?;
    let total = parts.iter().map(|(_, pages)| pages.len()).sum();
    let mut last: Option<Instant> = None;
    let exporting = Exporting {
        app,
        files,
        visitor: Visitor::Member(Box::new(caller)),
        comments: export.with_comments,
        revisions: export.with_revisions,
        is_whole: true,
        is_workspace: export.document_id.is_none() && export.space_id.is_none(),
    };
    let mut package = Package::begin()?;
    let mut plan = exporting.begin(&parts);
    for (at, page) in parts.iter().flat_map(|(_, pages)| pages).enumerate() {
        if app.is_stopping() {
            return Ok(Ended::Stopping);
        }
        if last.is_none_or(|last| last.elapsed() >= SIGN_EVERY) {
            last = Some(Instant::now());
            if !rows::progress(&app.db, export, at, total).await? {
                return Ok(Ended::Lost);
            }
        }
        exporting.page(&mut plan, &mut package, page).await?;
    }
    exporting.end(&plan, &spaces, &mut package)?;
    let file = tokio::task::block_in_place(|| package.finish())?;
    let bytes = file.as_file().metadata().map_err(|error| Error::Internal(error.to_string()))?.len();
    let kept = files.keep(export.workspace_id, file.path(), bytes).await?;
    if !rows::finish(&app.db, export, &kept, plan.written()).await? {
        files.discard(&kept.object).await?;
        return Ok(Ended::Lost);
    }
    Ok(Ended::Done(plan.written()))
}

/// The pages and spaces that are exported.
struct Chosen {
    /// The folder and the pages of each part. A workspace has a part for each space.
    parts: Vec<(String, Vec<PageInTree>)>,
    /// The descriptions of the spaces of a workspace.
    spaces: Vec<Value>,
}

async fn parts(app: &App, caller: &access::Caller, export: &Export) -> Result<Chosen> {
    let viewer = Viewer::of(caller);
    let pages = async |root| visible_pages(&app.db, &viewer, root, MOST_PAGES as i64 + 1).await.map(in_order);
    let mut described = Vec::new();
    let parts = match (export.document_id, export.space_id) {
        (Some(document), _) => vec![(String::new(), pages(Root::Page(document)).await?)],
        (None, Some(space)) => {
            library::spaces::access(app, caller, space).await?;
            vec![(String::new(), pages(Root::Space(space)).await?)]
        }
        (None, None) => {
            way_out::workspace(caller)?;
            let (mut parts, mut taken) = (Vec::new(), HashSet::new());
            // The folders are named by the titles of the spaces, because ids differ between instances.
            let all = library::spaces::rows::all(&app.db, caller.workspace).await?.into_iter();
            let all = all.map(|(space, name, owner)| (space, spaces::title(&name, &owner), name.is_empty())).collect();
            for (space, title, is_personal) in sort_by_name(all, |(_, title, _)| title) {
                let found = pages(Root::Space(space)).await?;
                // An empty personal space is left out, because one is created at its first use.
                if found.is_empty() && is_personal {
                    continue;
                }
                let folder = unique(&mut taken, "", &file_name(&title), "");
                described.extend(spaces::described(app, caller.workspace, space, &folder).await?);
                parts.push((format!("{folder}/"), found));
            }
            parts
        }
    };
    if parts.iter().map(|(_, pages)| pages.len()).sum::<usize>() > MOST_PAGES {
        return Err(Error::Conflict("at most 100,000 pages are exported at once: export smaller parts"));
    }
    Ok(Chosen { parts, spaces: described })
}

/// Sorts pages so that each comes before those below it, and these before its next sibling. The order is the same on
/// every instance.
fn in_order(pages: Vec<PageInTree>) -> Vec<PageInTree> {
    let here: HashSet<_> = pages.iter().map(|page| page.id).collect();
    let mut below: HashMap<_, Vec<PageInTree>> = HashMap::new();
    for page in pages {
        below.entry(page.parent_id.filter(|parent| here.contains(parent))).or_default().push(page);
    }
    let mut ordered = Vec::with_capacity(here.len());
    let mut due = below.remove(&None).unwrap_or_default();
    due.reverse();
    while let Some(page) = due.pop() {
        let children = below.remove(&Some(page.id)).unwrap_or_default();
        due.extend(children.into_iter().rev());
        ordered.push(page);
    }
    ordered
}

/// Deletes archives that were kept for long enough.
///
/// # Errors
/// When the database does not answer.
pub async fn tidy(app: App, files: Files) -> sqlx::Result<()> {
    for (id, workspace) in rows::expired(&app.db, Utc::now() - KEPT, AT_ONCE).await? {
        if let Some(object) = rows::remove(&app.db, &Actor::system(workspace), id).await?
            && let Err(error) = files.discard(&object).await
        {
            warn!(export = %id, %error, "the archive of an export is deleted later");
        }
    }
    Ok(())
}
