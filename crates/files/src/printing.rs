//! Documents printed as PDF and Word files, by `consilium-press`. A print is a folder with a description of the
//! document and, beside it, the images. The folder is always removed with everything in it.

use std::collections::HashMap;
use std::fs::File;
use std::io::ErrorKind;
use std::time::Duration;

use access::App;
use endpoint::{Error, Result};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::sync::SemaphorePermit;
use vocabulary::{AttachmentId, DocumentId};

use crate::Files;
use crate::reading::press::{self, Failure, Folder, Task};

/// The maximum number of prints at a time on one node. Each takes a core, and up to two gigabytes.
pub(crate) const MOST_AT_ONCE: usize = 2;
/// How long to wait for a turn, which usually takes seconds. Printing itself may take 90 seconds of processor time,
/// which takes longer on a busy machine.
const TURN_WITHIN: Duration = Duration::from_secs(60);
const WITHIN: Duration = Duration::from_secs(150);
/// The largest total size of the images of a print. A catalogue has 100 of a megabyte.
const MOST_IMAGE_BYTES: u64 = 256 << 20;

/// A document that is being prepared to be printed.
pub struct Print<'a> {
    files: &'a Files,
    folder: Folder,
    media: HashMap<String, Value>,
    bytes: u64,
    _turn: SemaphorePermit<'a>,
}

impl Files {
    /// Waits for a turn, and begins a print.
    ///
    /// # Errors
    /// [`Error::NoPress`]; [`Error::TooManyRequests`] when other prints take too long.
    pub async fn print(&self) -> Result<Print<'_>> {
        if press::program().is_none() {
            return Err(Error::NoPress);
        }
        let turn = tokio::time::timeout(TURN_WITHIN, self.printing.acquire()).await;
        let turn = turn.ok().and_then(std::result::Result::ok).ok_or(Error::TooManyRequests)?;
        let folder = Folder::new(&self.folder).await.map_err(failed)?;
        Ok(Print { files: self, folder, media: HashMap::new(), bytes: 0, _turn: turn })
    }
}

impl Print<'_> {
    /// Adds an attachment that the text of a document shows, if it is an image. The caller has checked the right to the
    /// document.
    ///
    /// # Errors
    /// When a store does not answer, or the images are too large.
    pub async fn add(&mut self, app: &App, document: DocumentId, attachment: AttachmentId) -> Result<()> {
        let Some(mut content) = self.files.image_of(app, document, attachment).await? else { return Ok(()) };
        let name = format!("image-{}", self.media.len() + 1);
        let mut file = tokio::fs::File::create_new(self.folder.path().join(&name)).await.map_err(failed)?;
        while let Some(piece) = content.next().await? {
            self.bytes += piece.len() as u64;
            if self.bytes > MOST_IMAGE_BYTES {
                return Err(Error::NotPrinted("the images in it are larger than 256 MiB: export smaller parts".into()));
            }
            file.write_all(&piece).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        self.media.insert(attachment.to_string(), json!({ "file": name }));
        Ok(())
    }

    /// Prints the description `what` (see `press/src/print.rs`) as a file of this type.
    ///
    /// # Errors
    /// [`Error::NotPrinted`] with the reason.
    pub async fn finish(self, app: &App, media_type: &str, mut what: Value) -> Result<File> {
        what["media"] = json!(self.media);
        let description = self.folder.path().join("print.json");
        let bytes = serde_json::to_vec(&what).map_err(|error| failed(error.into()))?;
        tokio::fs::write(&description, bytes).await.map_err(failed)?;
        let task = Task { name: "print", detail: media_type, within: WITHIN };
        let printed =
            press::run_task(app, &self.files.folder, task, &description).await.map_err(|failure| match failure {
                Failure::Unreadable(reason) => Error::NotPrinted(reason),
                Failure::Died(how) => Error::NotPrinted(format!("printing it {how}: export smaller parts")),
            })?;
        // The file can be sent after the folder was removed, because it is still open.
        File::open(printed.folder.path().join("printed")).map_err(failed)
    }
}

fn failed(error: std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem => {
            Error::Unavailable("the disk of the server is full or read-only: nothing can be printed now")
        }
        _ => Error::Internal(format!("a document cannot be printed: {error}")),
    }
}
