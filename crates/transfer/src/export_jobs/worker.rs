//! Makes exports in the background, one at a time on each node. Its rights are those of the person who asked, at the time
//! of each page.

use std::time::Instant;

use access::{App, Visitor};
use chrono::{TimeDelta, Utc};
use database::Actor;
use endpoint::{Error, Result};
use files::Files;
use library::tree::rows::{PageInTree, Root, visible_pages};
use library::visibility::Viewer;
use tracing::{info, warn};
use vocabulary::{Role, SpaceId};

use super::rows::{self, Export};
use crate::exports::Exporting;
use crate::package::Package;
use crate::paths::{name, unique};
use crate::queue::{SIGN_EVERY, claimed_or_wait};

/// Most pages of one export: their paths are in memory.
pub const MOST_PAGES: usize = 100_000;
/// How long an archive can be downloaded.
const KEPT: TimeDelta = TimeDelta::hours(24);
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
        if let Some(export) = claimed_or_wait(&app, claimed).await {
            work(&app, &files, &export).await;
        }
    }
}

enum Ended {
    Done(usize),
    /// It was cancelled, or another node goes on with it.
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
    let parts = parts(app, &caller, export).await?;
    let total = parts.iter().map(|(_, pages)| pages.len()).sum();
    let mut last: Option<Instant> = None;
    let exporting = Exporting {
        app,
        files,
        visitor: Visitor::Member(Box::new(caller)),
        comments: export.with_comments,
        revisions: export.with_revisions,
        is_whole: true,
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
    exporting.end(&plan, &mut package)?;
    let file = tokio::task::block_in_place(|| package.finish())?;
    let bytes = file.as_file().metadata().map_err(|error| Error::Internal(error.to_string()))?.len();
    let kept = files.keep(export.workspace_id, file.path(), bytes).await?;
    if !rows::finish(&app.db, export, &kept, plan.written()).await? {
        files.discard(&kept.object).await?;
        return Ok(Ended::Lost);
    }
    Ok(Ended::Done(plan.written()))
}

/// The pages, with the folder that each part is in: for a workspace, one for each space.
async fn parts(app: &App, caller: &access::Caller, export: &Export) -> Result<Vec<(String, Vec<PageInTree>)>> {
    let viewer = Viewer::of(caller);
    let pages = |root| visible_pages(&app.db, &viewer, root, MOST_PAGES as i64 + 1);
    let parts = match (export.document_id, export.space_id) {
        (Some(document), _) => vec![(String::new(), pages(Root::Page(document)).await?)],
        (None, Some(space)) => {
            library::spaces::access(app, caller, space).await?;
            vec![(String::new(), pages(Root::Space(space)).await?)]
        }
        (None, None) => {
            if caller.role < Role::Admin {
                return Err(Error::Forbidden);
            }
            let (mut parts, mut taken) = (Vec::new(), std::collections::HashSet::new());
            for (space, title) in spaces(app, caller).await? {
                let found = pages(Root::Space(space)).await?;
                if !found.is_empty() {
                    parts.push((format!("{}/", unique(&mut taken, "", &name(&title), "")), found));
                }
            }
            parts
        }
    };
    if parts.iter().map(|(_, pages)| pages.len()).sum::<usize>() > MOST_PAGES {
        return Err(Error::Conflict("at most 100,000 pages are exported at once: export smaller parts"));
    }
    Ok(parts)
}

/// All spaces of a workspace by their names; personal ones under those of their owners.
async fn spaces(app: &App, caller: &access::Caller) -> Result<Vec<(SpaceId, String)>> {
    let spaces = library::spaces::rows::all(&app.db, caller.workspace).await?;
    Ok(spaces
        .into_iter()
        .map(|(space, name, owner)| (space, if name.is_empty() { format!("Pages of {owner}") } else { name }))
        .collect())
}

/// Deletes archives whose day is over.
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
