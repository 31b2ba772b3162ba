//! Receives bytes: as they arrive, they are written to a file of this node, counted and hashed, and are never in memory
//! as a whole. The file is removed when it is dropped; files that a crash leaves are removed at the next start.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use endpoint::{Error, Result};
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncWriteExt, BufWriter};
use uuid::Uuid;

/// The number of bytes written to the disk at once.
const BUFFER_BYTES: usize = 256 << 10;

/// A file that has arrived, or the part of it that arrived before the connection broke.
#[derive(Debug)]
pub struct Incoming {
    path: PathBuf,
    pub bytes: u64,
    /// The hash, in hexadecimal digits.
    pub sha256: String,
    /// Whether the stream ended properly.
    pub is_whole: bool,
}

impl Incoming {
    /// Receives a stream of at most `most` bytes into a new file in a folder.
    ///
    /// # Errors
    /// [`Error::FileTooLarge`], and when the disk is full.
    pub async fn receive<E>(
        folder: &Path,
        stream: impl Stream<Item = std::result::Result<Bytes, E>>,
        most: u64,
    ) -> Result<Incoming> {
        tokio::fs::create_dir_all(folder).await.map_err(|error| unwritable(&error))?;
        let path = folder.join(Uuid::new_v4().simple().to_string());
        let file = File::create_new(&path).await.map_err(|error| unwritable(&error))?;
        let mut incoming = Incoming { path, bytes: 0, sha256: String::new(), is_whole: false };
        let mut file = BufWriter::with_capacity(BUFFER_BYTES, file);
        let mut hash = Sha256::new();
        let mut stream = std::pin::pin!(stream);
        loop {
            match stream.next().await {
                None => break incoming.is_whole = true,
                Some(Err(_)) => break,
                Some(Ok(piece)) => {
                    if incoming.bytes + piece.len() as u64 > most {
                        return Err(Error::FileTooLarge(most));
                    }
                    incoming.bytes += piece.len() as u64;
                    hash.update(&piece);
                    file.write_all(&piece).await.map_err(|error| unwritable(&error))?;
                }
            }
        }
        file.flush().await.map_err(|error| unwritable(&error))?;
        incoming.sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(incoming)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn unwritable(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Unavailable("the disk is full"),
        _ => Error::Internal(format!("an upload cannot be written: {error}")),
    }
}

/// Removes the files that a crash has left. Only one process uses the folder, because the data folder is locked.
///
/// # Errors
/// When the folder cannot be read.
pub fn clear(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
