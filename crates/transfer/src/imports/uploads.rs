//! Uploads of the files of an import, each in one request, or in parts that survive a broken connection.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use files::Files;
use serde::{Deserialize, Serialize};
use vocabulary::ImportId;

use access::{App, Caller};
use endpoint::{Binary, Error, Result, input::At, input::QueryParams};

use super::file_rows::{self as rows, Added, NewPart};
use super::of_caller;

const LONGEST_PATH: usize = 1_024;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FileAt {
    /// The name of the file, or its path in the folder that is imported.
    #[serde(default = "unnamed")]
    path: String,
}

fn unnamed() -> String {
    "Untitled.md".to_owned()
}

/// The position of a part in its file, from `Upload-Offset` and `Upload-Length`; `None` without them.
fn within(headers: &HeaderMap) -> Result<Option<(u64, u64)>> {
    let number = |name| {
        let value = headers.get(name).map(|value| value.to_str().ok().and_then(|value| value.parse::<u64>().ok()));
        value.map(|number| number.ok_or(Error::Invalid("Upload-Offset and Upload-Length are numbers of bytes")))
    };
    match (number("upload-offset").transpose()?, number("upload-length").transpose()?) {
        (None, None) => Ok(None),
        (Some(offset), Some(length)) if offset < length => Ok(Some((offset, length))),
        _ => Err(Error::Invalid("a part has an Upload-Offset below its Upload-Length, which is the size of the file")),
    }
}

/// Adds a file to an import: the body is the file. A ZIP archive is unpacked when the import runs. A large file may
/// arrive in parts, one after the other, each with `Upload-Offset` and the same `Upload-Length`; a part that begins
/// elsewhere than the file has arrived answers 409 `wrong-offset`.
#[utoipa::path(post, path = "/imports/{import}/files", tag = "imports", params(("import" = Uuid, Path, description = "The import"), FileAt, ("Upload-Offset" = Option<u64>, Header, description = "Where this part begins in the file"), ("Upload-Length" = Option<u64>, Header, description = "The size of the whole file in bytes")), request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 204)))]
pub(super) async fn add_file(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(id): At<ImportId>,
    QueryParams(FileAt { path }): QueryParams<FileAt>,
    request: Request,
) -> Result<StatusCode> {
    let import = of_caller(&app, &caller, id).await?;
    let path = checked_path(&path)?;
    let within = within(request.headers())?;
    let (count, bytes) = rows::size(&app.db, id).await?;
    if count as u64 >= app.config.import_files && within.is_none_or(|(from, _)| from == 0) {
        return Err(Error::Conflict("an import has at most import_files files: divide it"));
    }
    let most = app.config.import_bytes.saturating_sub(bytes as u64);
    if let Some((from, whole)) = within {
        let arrived = rows::arrived(&app.db, id, &path).await?.bytes as u64;
        if arrived != from {
            return Err(Error::WrongOffset(arrived));
        }
        if whole - from > most {
            return Err(Error::FileTooLarge(app.config.import_bytes));
        }
    }
    let kept = files.keep_body(import.workspace_id, request, most).await?;
    let most = (app.config.import_files, app.config.import_bytes);
    let refused = match rows::add_file(&app.db, id, NewPart { path: &path, kept: &kept, within }, most).await? {
        Added::At(arrived) => Error::WrongOffset(arrived),
        Added::Yes => return Ok(StatusCode::NO_CONTENT),
        Added::Started => Error::Conflict("files are added before an import is started"),
        Added::Misfit => {
            Error::Conflict("a part ends within its file, and all parts of a file name the same Upload-Length")
        }
        Added::TooManyParts => Error::Conflict("an import arrives in at most 10,000 parts: send larger ones"),
        Added::TooMuch => Error::Conflict("the files that arrived meanwhile leave no room for this one"),
    };
    files.discard(&kept.object).await?;
    Err(refused)
}

/// How much of a file has arrived.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ArrivedFileView {
    /// The bytes that have arrived: the next part begins there.
    offset: i64,
    /// The size of the whole file; 0 before anything of it has arrived.
    bytes: i64,
}

/// Returns how much of a file that arrives in parts is there.
#[utoipa::path(get, path = "/imports/{import}/files", tag = "imports", params(("import" = Uuid, Path, description = "The import"), FileAt), responses((status = 200, body = ArrivedFileView)))]
pub(super) async fn read_file(
    State(app): State<App>,
    caller: Caller,
    At(id): At<ImportId>,
    QueryParams(FileAt { path }): QueryParams<FileAt>,
) -> Result<Json<ArrivedFileView>> {
    let import = of_caller(&app, &caller, id).await?;
    let arrived = rows::arrived(&app.db, import.import_id, &checked_path(&path)?).await?;
    Ok(Json(ArrivedFileView { offset: arrived.bytes, bytes: arrived.whole_bytes }))
}

/// Checks a relative path, and refuses one that leads out of its folder.
fn checked_path(path: &str) -> Result<String> {
    let path = path.replace('\\', "/");
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    if path.len() > LONGEST_PATH || path.chars().any(char::is_control) || !path.split('/').all(is_part) {
        return Err(Error::Invalid("a file of an import has a relative path of 1 to 1,024 bytes (?path=)"));
    }
    Ok(path)
}
