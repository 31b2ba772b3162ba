//! Files of imports and exports. They are kept for a while under their own names, and put into the store before the
//! documents to which they belong exist.

use std::path::Path;
use std::time::Duration;

use access::App;
use axum::extract::Request;
use bytes::Bytes;
use endpoint::{Error, Result};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use uuid::Uuid;
use vocabulary::WorkspaceId;

use crate::reading::press::{Failure, Pressed, Task, run_task};
use crate::store::{Store, StoreError};
use crate::stored::object_of;
use crate::stored::rows::{self as stored, NewFile};
use crate::{Files, Incoming, media};

/// The number of bytes read from a file at once.
const PIECE: usize = 256 << 10;
/// The time limit for reading a file. A page takes a fraction of a second; a file that makes the reader hang is
/// stopped.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// The time limit for unpacking, enough for an archive of some gigabytes.
const UNPACKED_WITHIN: Duration = Duration::from_secs(600);

/// An object that is kept for an import or export.
#[derive(Clone, Debug)]
pub struct Kept {
    pub object: String,
    pub bytes: u64,
    pub sealed: bool,
}

impl Files {
    /// Receives the body of a request as a whole, lets the virus scanner check it, and keeps it.
    ///
    /// # Errors
    /// [`Error::FileTooLarge`], [`Error::Infected`], [`Error::Body`] when the connection broke, [`Error::NoFiles`].
    pub async fn keep_body(&self, workspace: WorkspaceId, request: Request, most: u64) -> Result<Kept> {
        self.store()?;
        let incoming = self.receive(request.into_body(), most).await?;
        if !incoming.is_whole {
            return Err(Error::Body("the file did not arrive as a whole".into()));
        }
        self.scan(&incoming).await?;
        self.keep(workspace, incoming.path(), incoming.bytes).await
    }

    /// Keeps a file until [`Files::discard`]. A row must name the object soon.
    ///
    /// # Errors
    /// [`Error::NoFiles`].
    pub async fn keep(&self, workspace: WorkspaceId, file: &Path, bytes: u64) -> Result<Kept> {
        Ok(keep_in(self.store()?, workspace, file, bytes).await?)
    }

    /// Copies a kept file to this node, from all of its parts. A file of several parts is checked by the virus scanner
    /// as a whole, because only its single parts were checked before.
    ///
    /// # Errors
    /// [`Error::NoFiles`] when the connection to the store breaks, [`Error::Infected`].
    pub async fn fetch(&self, parts: &[Kept]) -> Result<Incoming> {
        let bytes = parts.iter().map(|part| part.bytes).sum();
        let store = self.store()?.clone();
        let pieces = stream::iter(parts.to_vec()).then(move |part| {
            let store = store.clone();
            async move { store.read(&part.object, part.bytes, part.sealed, 0..part.bytes).await }
        });
        let incoming = Incoming::receive(&self.folder, pieces.try_flatten().boxed(), bytes).await?;
        if incoming.bytes != bytes {
            return Err(Error::NoFiles("the file store does not answer: try again"));
        }
        if parts.len() > 1 {
            self.scan(&incoming).await?;
        }
        Ok(incoming)
    }

    /// The bytes of a kept file, to be sent.
    ///
    /// # Errors
    /// [`Error::NoFiles`].
    pub async fn pieces(&self, kept: &Kept) -> Result<BoxStream<'static, std::result::Result<Bytes, StoreError>>> {
        Ok(self.store()?.read(&kept.object, kept.bytes, kept.sealed, 0..kept.bytes).await?)
    }

    /// # Errors
    /// [`Error::NoFiles`].
    pub async fn discard(&self, object: &str) -> Result<()> {
        Ok(self.store()?.delete(object).await?)
    }

    /// A folder of this node in which files are packed or unpacked. It is removed when it is dropped, or at the next
    /// start.
    ///
    /// # Errors
    /// When the disk is full.
    pub async fn folder(&self) -> Result<tempfile::TempDir> {
        let made = async {
            tokio::fs::create_dir_all(&self.folder).await?;
            tempfile::tempdir_in(&self.folder)
        };
        made.await.map_err(|error| Error::Internal(format!("a folder cannot be made: {error}")))
    }

    /// Reads a file as a document, in a separate process.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn read_document(
        &self,
        app: &App,
        media_type: &str,
        file: &Path,
    ) -> std::result::Result<Pressed, Failure> {
        let task = Task { name: "document", detail: media_type, within: READ_WITHIN };
        run_task(app, &self.folder, task, file).await
    }

    /// Unpacks an archive, in a separate process. `limits` is JSON.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn unpack(&self, app: &App, limits: &str, file: &Path) -> std::result::Result<Pressed, Failure> {
        let task = Task { name: "archive", detail: limits, within: UNPACKED_WITHIN };
        run_task(app, &self.folder, task, file).await
    }

    /// Puts a file into the store under its content, before a row names it. Its row is written by
    /// [`attachments::rows::insert`](crate::attachments::rows::insert); until then, [`Files::put_again`] restores an
    /// object that was deleted meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read or stored.
    pub async fn stage(&self, app: &App, workspace: WorkspaceId, file: &Path) -> Result<NewFile> {
        let (sha256, bytes) = hashed(file).await.map_err(|error| unreadable(&error))?;
        let media_type = media::of_file(file, bytes).await.map_err(|error| unreadable(&error))?;
        let (known, store) = (stored::find(&app.db, workspace, &sha256).await?, self.store()?);
        let sealed = known.as_ref().map_or_else(|| store.seals(), |file| file.sealed);
        if known.is_none() {
            store.put(&object_of(workspace, &sha256, sealed), file, bytes, sealed).await?;
        }
        Ok(NewFile { sha256, bytes: i64::try_from(bytes).unwrap_or(i64::MAX), media_type, sealed })
    }

    /// Puts a staged file into the store again if it was deleted before a row named it.
    ///
    /// # Errors
    /// As [`Files::stage`].
    pub async fn put_again(&self, workspace: WorkspaceId, staged: &NewFile, file: &Path) -> Result<()> {
        let object = object_of(workspace, &staged.sha256, staged.sealed);
        if !self.store()?.has(&object).await? {
            self.store()?.put(&object, file, staged.bytes as u64, staged.sealed).await?;
        }
        Ok(())
    }

    /// Notifies the tasks of this node that files were attached, which are to be read, and that others may be unused.
    pub fn attached(&self) {
        self.arrived.notify_one();
        self.released.notify_one();
    }
}

/// Keeps a file in a store, as [`Files::keep`].
///
/// # Errors
/// When the file cannot be stored.
pub async fn keep_in(
    store: &Store,
    workspace: WorkspaceId,
    file: &Path,
    bytes: u64,
) -> std::result::Result<Kept, StoreError> {
    let (object, sealed) = (format!("{workspace}/transfers/{}", Uuid::new_v4().simple()), store.seals());
    store.put(&object, file, bytes, sealed).await?;
    Ok(Kept { object, bytes, sealed })
}

fn unreadable(error: &std::io::Error) -> Error {
    Error::Internal(format!("a file of an import cannot be read: {error}"))
}

async fn hashed(file: &Path) -> std::io::Result<(String, u64)> {
    let mut file = tokio::fs::File::open(file).await?;
    let (mut hash, mut bytes, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let read = file.read(&mut piece).await?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
        bytes += read as u64;
    }
    Ok((hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(), bytes))
}
