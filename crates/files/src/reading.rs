//! Reading files: `consilium-press`, a separate process for each file, makes images that can be shown, and extracts
//! text. The rows are the queue, so any node continues what another has left. If a file makes its reader fail, the
//! reason is stored in the file's row.

pub(crate) mod press;
pub mod rows;

use std::time::Duration;

use access::App;
use endpoint::Result;
use tracing::{info, warn};

use crate::Files;
use crate::attachments::rows::{self as attachments, Attachment};
use crate::incoming::Incoming;
use crate::media;
use crate::stored::rows::StoredFile;
use crate::stored::{object_of, rendition_of};
use press::Reading;

/// How often a node looks for files that another node has left, and for `consilium-press` if it was missing.
const EVERY: Duration = Duration::from_secs(15);
/// How long an upload waits for its picture. A photograph takes one second.
const SHOWN_WITHIN: Duration = Duration::from_secs(10);
/// The number of times that a file is tried. If a file has killed this many readers, it is not read again.
const TRIES: i64 = 2;

/// Reads files until the server stops.
pub(crate) async fn read_all(app: App, files: Files) {
    let mut is_missing = false;
    while !app.is_stopping() {
        let next = match (&files.store, press::program()) {
            (Some(_), Some(_)) if app.flags.read_only() => Ok(None),
            (Some(_), Some(_)) => rows::claim(&app.db).await,
            (_, None) if !is_missing => {
                is_missing = true;
                info!(
                    "there is no consilium-press beside this program: no pictures are shown, and no files are searched"
                );
                Ok(None)
            }
            _ => Ok(None),
        };
        match next {
            Ok(Some(file)) => {
                if let Err(error) = read(&app, &files, &file).await {
                    warn!(%error, file = file.sha256, "a file cannot be read");
                }
                files.read.notify_waiters();
            }
            Ok(None) => {
                tokio::select! {
                    () = app.rest(EVERY) => {}
                    () = files.arrived.notified() => {}
                }
            }
            Err(error) => {
                warn!(%error, "files to be read cannot be looked for");
                app.rest(EVERY).await;
            }
        }
    }
}

async fn read(app: &App, files: &Files, file: &StoredFile) -> Result<()> {
    let store = files.store()?;
    let (workspace, bytes) = (file.workspace_id, file.bytes as u64);
    let object = object_of(workspace, &file.sha256, file.sealed);
    let pieces = store.read(&object, bytes, file.sealed, 0..bytes).await?;
    let copy = Incoming::receive(&files.folder, pieces, bytes).await?;
    let outcome = match copy.bytes == bytes {
        true => press::read(app, &files.folder, &copy, &file.media_type).await,
        // The connection to the store broke, so the file is read another time.
        false => return Ok(()),
    };
    let reading = match outcome {
        Ok(reading) => reading,
        Err(press::Failure::Died(_)) if file.attempts < TRIES => {
            return rows::again(&app.db, file).await.map_err(Into::into);
        }
        Err(failure) => {
            return rows::fail(&app.db, file, &failure.to_string()).await.map_err(Into::into);
        }
    };
    let Reading { said, folder } = reading;
    let mut made = Vec::new();
    for rendition in said.renditions {
        let path = folder.path().join(rendition.kind.file());
        let bytes =
            tokio::fs::metadata(&path).await.map_err(|error| endpoint::Error::Internal(error.to_string()))?.len();
        let name = rendition_of(workspace, &file.sha256, rendition.kind.file(), file.sealed);
        store.put(&name, &path, bytes, file.sealed).await?;
        made.push(rows::NewRendition { bytes: bytes as i64, ..rendition.row() });
    }
    let text = match said.text {
        Some(_) => tokio::fs::read_to_string(folder.path().join("text")).await.unwrap_or_default(),
        None => String::new(),
    };
    Ok(rows::finish(&app.db, file, (said.width, said.height), made, text).await?)
}

impl Files {
    /// Returns the attachment once its picture can be shown, or unchanged if that takes too long.
    pub(crate) async fn when_read(&self, app: &App, attachment: Attachment) -> Result<Attachment> {
        let (id, number) = (attachment.attachment_id, attachment.number);
        let mut attachment = attachment;
        let is_coming =
            |one: &Attachment| media::is_image(&one.media_type) && matches!(one.state.as_str(), "waiting" | "working");
        if !is_coming(&attachment) || press::program().is_none() {
            return Ok(attachment);
        }
        let deadline = tokio::time::Instant::now() + SHOWN_WITHIN;
        loop {
            let read = self.read.notified();
            if let Some(now) = attachments::find(&app.db, id, Some(number)).await? {
                attachment = now;
            }
            if !is_coming(&attachment) {
                return Ok(attachment);
            }
            // Another node may be reading the file.
            let soon = tokio::time::Instant::now() + Duration::from_millis(500);
            tokio::select! {
                () = read => {}
                () = tokio::time::sleep_until(soon.min(deadline)) => {}
            }
            if tokio::time::Instant::now() >= deadline {
                return Ok(attachment);
            }
        }
    }
}
