//! The text of a document over REST: the room, opened by id or by a headless name, and what was durable in it.

use std::sync::Arc;
use std::time::Duration;

use database::Act;
use document::Level;
use endpoint::{Error, Result, names::check_name};
use hub::Room;
use tracing::error;

use crate::App;
use crate::admission::{Admitted, Credentials};

/// How long a read waits for an append that is under way.
const READ_WITHIN: Duration = Duration::from_secs(5);

/// The room of a document that the caller may at least read: by id, or by a headless name.
///
/// # Errors
/// Why not.
pub async fn open(app: &App, name: &str, credentials: &Credentials) -> Result<(Arc<Room>, Admitted)> {
    check_name(name)?;
    let admitted = app.admit(credentials, name).await?;
    Ok((app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?, admitted))
}

/// The room of a document that the caller may edit, and who the caller is there.
///
/// # Errors
/// Why not.
pub async fn open_to_edit(app: &App, name: &str, credentials: &Credentials) -> Result<(Arc<Room>, Admitted)> {
    check_name(name)?;
    let admitted = app.admit(credentials, name).await?;
    if app.flags.read_only() {
        return Err(Error::Unavailable("the operator has switched this server to read-only"));
    }
    if admitted.level < Level::Edit {
        return Err(Error::Forbidden);
    }
    let room = app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?;
    Ok((room, admitted))
}

/// A write of a whole content is in the audit; each edit is in the journal, with its author, where nobody can
/// change it unseen.
pub async fn note_write(app: &App, credentials: &Credentials, admitted: &Admitted, action: &'static str) {
    let Ok(visitor) = app.visitor(credentials).await else { return };
    let Ok(access) = app.access_of(&visitor, admitted.document).await else { return };
    let by = visitor.actor(access.document.workspace_id);
    if let Err(error) = app.db.record(&by, Act::document(action, admitted.document)).await {
        error!(%error, "the audit cannot be written");
    }
}

/// Reads between appends, as everything that leaves a room is.
///
/// # Errors
/// [`Error::Unavailable`] when an append takes too long.
pub async fn durable<T>(room: &Arc<Room>, read: impl Fn(&document::Document, u64) -> T) -> Result<T> {
    let deadline = tokio::time::Instant::now() + READ_WITHIN;
    loop {
        // A large document takes a while to encode.
        if let Some(answer) = tokio::task::block_in_place(|| room.read(&read)) {
            return Ok(answer);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(Error::Unavailable("the document cannot be read now"));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
