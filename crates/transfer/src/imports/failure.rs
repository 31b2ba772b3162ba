//! Why an import ends without pages: a stable code and a sentence.

use endpoint::Error;

#[derive(Debug)]
pub enum Failure {
    /// A problem that the person can solve.
    Refused {
        code: &'static str,
        detail: String,
    },
    /// The import was cancelled, or another node has taken it over.
    Lost,
    /// The server is stopping. The import continues at the next start.
    Stopping,
    /// The page above was moved meanwhile, so the import begins again.
    PlaceChanged,
    Server(Error),
}

/// The codes of refusals, each with a sentence.
const CODES: [(&str, &str); 13] = [
    ("archive-broken", "The archive is damaged, or is no ZIP file"),
    ("archive-encrypted", "The archive is encrypted: unpack it, and pack it again without a password"),
    ("archive-link", "The archive has a link instead of a file: pack the files themselves"),
    ("archive-unsafe-path", "The archive has a path that leads out of it"),
    ("archive-long-name", "The archive has a path of more than 1,024 bytes"),
    ("archive-too-deep", "The archive has too many folders within each other (import_depth)"),
    ("archive-too-many-files", "The archive has too many files (import_files): divide it"),
    ("archive-too-large", "The archive unpacks to too much (import_unpacked_bytes, import_ratio, largest_file_bytes)"),
    ("file-infected", "The virus scanner refused one of the files"),
    ("nothing-to-import", "There is no page in these files"),
    ("too-many-pages", "These are too many pages for one import (import_pages): divide them"),
    ("quota-exceeded", "The workspace has no room for these files: delete others, or ask the operator for more"),
    ("place-gone", "The place for the pages is gone, or you may not add pages there any more"),
];

impl Failure {
    /// The refusal with a code. An unknown code counts as a damaged archive.
    pub fn refused(code: &str, place: &str) -> Failure {
        let known = CODES.iter().find(|(known, _)| *known == code).unwrap_or(&CODES[0]);
        let at = if place.is_empty() { String::new() } else { format!(": {place}") };
        Failure::Refused { code: known.0, detail: format!("{}{at}", known.1) }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Infected(_) => Failure::refused("file-infected", ""),
            Error::QuotaExceeded => Failure::refused("quota-exceeded", ""),
            Error::Forbidden | Error::NotFound(_) | Error::Gone(_) => Failure::refused("place-gone", ""),
            error => Failure::Server(error),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Failure {
        Failure::Server(error.into())
    }
}
