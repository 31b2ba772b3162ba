//! Files as they are stored: once for each workspace, under the hash of their content, with the images that were made
//! from them. Attachments refer to them; a file to which nothing refers is deleted.

pub mod rows;

use endpoint::Error;
use tracing::error;
use vocabulary::WorkspaceId;

use crate::store::StoreError;

/// The name of a file in the store. An encrypted file has a different name, so that the two cannot be confused.
pub fn object_of(workspace: WorkspaceId, sha256: &str, sealed: bool) -> String {
    format!("{workspace}/{}/{sha256}{}", &sha256[..2], if sealed { SEALED } else { "" })
}

/// The name of an image that was made from a file.
pub fn rendition_of(workspace: WorkspaceId, sha256: &str, kind: &str, sealed: bool) -> String {
    format!("{workspace}/{}/{sha256}.{kind}{}", &sha256[..2], if sealed { SEALED } else { "" })
}

const SEALED: &str = ".sealed";

/// Reads the last part of such a name: the hash, the kind of a rendition or nothing, and whether it is encrypted.
fn read_name(name: &str) -> (&str, &str, bool) {
    let (name, sealed) = name.strip_suffix(SEALED).map_or((name, false), |name| (name, true));
    let (sha256, kind) = name.split_once('.').unwrap_or((name, ""));
    (sha256, kind, sealed)
}

impl From<StoreError> for Error {
    fn from(failure: StoreError) -> Error {
        match failure {
            StoreError::Missing => Error::NotFound("file"),
            StoreError::NoKey => Error::NoFiles("this file is encrypted, and the server has no files_key"),
            failure => {
                error!(%failure, "the file store");
                Error::NoFiles("the file store does not answer: try again")
            }
        }
    }
}
