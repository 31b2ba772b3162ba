//! Creates documents together with their texts: either all of them exist afterwards, or none. [`batch`] creates large
//! numbers of documents.
//!
//! The texts are written first, under new ids that no row has yet; then all rows are added in one transaction. What a
//! crash in between leaves behind is listed in the table `unfinished_document`, and is deleted later.

pub mod batch;
pub mod rows;

use access::App;
use chrono::{TimeDelta, Utc};
use database::{Actor, DocumentRow};
use document::prose::{Draft, Prose, View, editor_roots};
use document::{Author, Ownership};
use endpoint::{Error, Result};
use tracing::{error, info};
use uuid::Uuid;
use vocabulary::{AttachmentId, DocumentId};

use crate::documents::rows as document_rows;
use crate::documents::rows::NewDocument;
use crate::tree;

/// A document to create. Its place may be below another document of the same list, if that document comes first.
pub struct NewPage {
    pub document: DocumentId,
    pub new: NewDocument,
    /// The text; `None` for an empty document.
    pub text: Option<Prose>,
    /// Attachments of other documents that are copied to this one.
    pub files: Vec<CopiedFile>,
}

/// An attachment that is copied to a new document. The content is stored only once.
pub struct CopiedFile {
    pub of: DocumentId,
    pub from: AttachmentId,
    pub to: AttachmentId,
}

/// How long the creation of a set of documents may take. Anything older was left by a crash.
const LONGEST_HOURS: i64 = 24;

/// Creates documents whose texts have this author, in the given order.
///
/// # Errors
/// When a place no longer exists, or a store does not answer. In that case nothing remains.
pub async fn create(app: &App, by: &Actor, author: Uuid, pages: Vec<NewPage>) -> Result<Vec<DocumentRow>> {
    let texts: Vec<DocumentId> = pages.iter().filter(|page| page.text.is_some()).map(|page| page.document).collect();
    rows::begin(&app.db, &texts).await?;
    match write(app, by, author, pages, &texts).await {
        Ok(rows) => Ok(rows),
        Err(failure) => {
            clear(app, &texts).await;
            Err(failure)
        }
    }
}

async fn write(
    app: &App,
    by: &Actor,
    author: Uuid,
    pages: Vec<NewPage>,
    texts: &[DocumentId],
) -> Result<Vec<DocumentRow>> {
    let (mut new, mut words) = (Vec::with_capacity(pages.len()), Vec::new());
    for NewPage { document, new: page, text, files } in pages {
        new.push((document, page, files));
        let Some(text) = text else { continue };
        words.push((document, i64::try_from(text.words()).unwrap_or(i64::MAX)));
        write_text(app, by, author, document, text).await?;
    }
    let mut tx = app.db.begin().await?;
    if !rows::end(&mut tx, texts).await? {
        return Err(Error::Internal("creating these documents took too long".into()));
    }
    let mut added = Vec::with_capacity(new.len());
    for (document, page, files) in new {
        added.push(document_rows::insert(&mut tx, by, document, page).await?.map_err(tree::misplaced)?);
        for file in files {
            rows::copy_file(&mut tx, by, document, &file).await?;
        }
    }
    tx.commit().await?;
    document_rows::set_word_counts(&app.db, &words).await?;
    Ok(added)
}

/// Writes the text of a document that has none. The text is deleted some time later unless the row of the document is
/// added.
///
/// # Errors
/// When a store does not answer.
async fn write_text(app: &App, by: &Actor, author: Uuid, document: DocumentId, text: Prose) -> Result<u64> {
    let encoded_bytes = text.nodes() * BYTES_A_NODE;
    let update = app.work_out(by, encoded_bytes, move || Ok(Draft::empty().write(&text, View::Exact))).await?;
    let Some(update) = update else { return Ok(0) };
    let room = app.hub.open(document, &editor_roots()).await.map_err(|failure| failure.0)?;
    let author = Author { user: author.to_string().into(), ownership: Ownership::Enforce };
    Ok(room.edit(update, author, 0).await?)
}

/// The approximate size of a node of a text in an update.
const BYTES_A_NODE: usize = 64;

/// The number of documents that are deleted in one transaction.
const AT_ONCE: usize = 100;

/// Deletes the texts and the hidden rows of documents whose creation failed.
async fn clear(app: &App, documents: &[DocumentId]) {
    for some in documents.chunks(AT_ONCE) {
        let ended = async {
            for document in some {
                app.hub.purge(*document).await.map_err(|failure| Error::Internal(failure.to_string()))?;
            }
            Ok::<_, Error>(rows::forget(&app.db, some).await?)
        };
        if let Err(failure) = ended.await {
            error!(%failure, "what is left of documents that were not created is deleted later");
        }
    }
}

/// Deletes what a crash has left behind.
///
/// # Errors
/// When the database does not answer.
pub async fn tidy(app: App) -> sqlx::Result<()> {
    let left = rows::left(&app.db, Utc::now() - TimeDelta::hours(LONGEST_HOURS)).await?;
    if !left.is_empty() {
        info!(documents = left.len(), "deleting what is left of documents that were never created");
        clear(&app, &left).await;
    }
    Ok(())
}
