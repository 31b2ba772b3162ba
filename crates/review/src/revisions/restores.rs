//! Restoring a revision, and undoing a restore once. A restore is an edit that merges with concurrent typing; its undo
//! keeps everything typed since. Only one restore or undo runs in a document at a time.

use access::route_requirements::{DOCUMENTS, needs};
use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use bytes::Bytes;
use database::{Actor, Tx};
use document::prose::{Draft, Prose, View};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, RevisionId, RevisionKind, Right};

use super::routes::{RevisionView, editors, find, view};
use super::rows::{self as revisions, Restored, Revision, Settles};
use super::{Reason, State, keep_bytes, keep_revision, kept, kept_bytes, prose_of};
use access::{App, DocumentRequest, LiveDocument, Made, Purpose, Visitor};
use endpoint::{Error, Result, input::At};
use library::content::MAX_NODES;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(restore)))
        .routes(needs(DOCUMENTS, routes!(restore_block)))
        .routes(needs(DOCUMENTS, routes!(undo)))
}

const AT_ONCE: Error = Error::Conflict("a restore of this document is in progress: read it again");
const READS_SO: Error = Error::Conflict("the text is already the same");
const BLOCK_READS_SO: Error = Error::Conflict("the block is in the text as it was, or the revision has no such block");
const UNDONE: Error = Error::Conflict("this restore was already undone");

/// A restore in progress, with the data to record when the edit is in the text.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct RestoreRevision {
    revision: RevisionId,
    /// The previous text, kept after the claim and before the edit.
    before: Option<RevisionId>,
    /// The id of the edit's bytes, which are kept beside the log.
    edit: Uuid,
    /// The block that is restored, counted from 0; `None` for the whole text.
    #[serde(default)]
    block: Option<usize>,
}

impl Purpose for RestoreRevision {
    const KIND: &'static str = "settle-restore";
    type Settled = Option<Revision>;

    fn lock(&self, document: DocumentId) -> Option<Uuid> {
        Some(document.0)
    }

    fn locked() -> Error {
        AT_ONCE
    }

    async fn check(&self, _: &mut Tx, _: &Actor, _: DocumentId) -> Result<()> {
        Ok(())
    }

    async fn settle(self, app: &App, made: &Made) -> Result<Option<Revision>> {
        let RestoreRevision { revision, before, edit, block } = self;
        let restored = before.map(|before| Restored { revision, before, edit, block });
        settle(app, made, RevisionKind::Restored, restored, None).await
    }
}

/// The undo of a restore.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct UndoRestore {
    restored: RevisionId,
}

impl Purpose for UndoRestore {
    const KIND: &'static str = "settle-undo";
    type Settled = Option<Revision>;

    fn lock(&self, document: DocumentId) -> Option<Uuid> {
        Some(document.0)
    }

    fn locked() -> Error {
        AT_ONCE
    }

    async fn check(&self, tx: &mut Tx, _: &Actor, document: DocumentId) -> Result<()> {
        if revisions::can_undo_in(tx, document, self.restored).await? { Ok(()) } else { Err(UNDONE) }
    }

    async fn settle(self, app: &App, made: &Made) -> Result<Option<Revision>> {
        settle(app, made, RevisionKind::Undone, None, Some(self.restored)).await
    }
}

/// Keeps the text with the edit in it, and records the revision in the transaction that ends the claim.
async fn settle(
    app: &App,
    made: &Made,
    kind: RevisionKind,
    restored: Option<Restored>,
    undoes: Option<RevisionId>,
) -> Result<Option<Revision>> {
    let text = LiveDocument::of_server(app, made.document, made.by.workspace).await?;
    let settles = Some(Settles { made: made.clone(), undoes });
    let reason = Reason { kind, name: None, restored, settles };
    keep_revision(app, &made.by, made.document, State::now(&text).await?, reason).await
}

/// Restores a revision as an edit by the caller. The current text is first kept as a revision of its own.
#[utoipa::path(post, path = "/documents/{id}/revisions/{revision}/restore", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "The revision"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 201, body = RevisionView)))]
async fn restore(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision)): At<(DocumentId, RevisionId)>,
) -> Result<(StatusCode, Json<RevisionView>)> {
    Box::pin(restored(&app, visitor, id, revision, None)).await
}

/// Restores one block of a revision as an edit by the caller. It replaces the current form of the block, or is inserted
/// where the block used to be. Everything else stays as it is. The current text is first kept as a revision of its own,
/// and the restore can be undone once.
#[utoipa::path(post, path = "/documents/{id}/revisions/{revision}/blocks/{block}/restore", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "The revision"), ("block" = u32, Path, description = "The block of the revision's text, counted from 0"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), responses((status = 201, body = RevisionView)))]
async fn restore_block(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision, block)): At<(DocumentId, RevisionId, u32)>,
) -> Result<(StatusCode, Json<RevisionView>)> {
    Box::pin(restored(&app, visitor, id, revision, Some(block as usize))).await
}

async fn restored(
    app: &App,
    visitor: Visitor,
    id: DocumentId,
    revision: RevisionId,
    block: Option<usize>,
) -> Result<(StatusCode, Json<RevisionView>)> {
    let request = DocumentRequest::at(app, visitor, id, Right::Edit).await?;
    let found = find(app, &request, revision).await?;
    let kept = kept(app, id, &found);
    let then = app.work_out(&request.actor, kept.encoded_bytes(), move || editors(kept.prose()?)).await?;
    let text = request.text_to_edit(app).await?;
    let kept = text.finish(bring_back(app.clone(), text.clone(), revision, Wanted { then, block })).await?;
    Ok((StatusCode::CREATED, Json(view(app, id, kept).await?)))
}

/// What is restored: the text of a revision, or one of its blocks.
struct Wanted {
    then: Prose,
    block: Option<usize>,
}

/// Performs the entire restore. No other restore runs in this document meanwhile.
async fn bring_back(app: App, text: LiveDocument, revision: RevisionId, wanted: Wanted) -> Result<Revision> {
    let edit_id = Uuid::now_v7();
    let Wanted { then, block } = wanted;
    let purpose = RestoreRevision { revision, before: None, edit: edit_id, block };
    let mut claim = text.claim(purpose.clone(), text.seq().await?).await?;
    let prepared = async {
        let now = State::now(&text).await?;
        let wanted = match block {
            None => then,
            Some(block) => {
                let prose = now.prose.clone();
                let with_block = move || then.compare(&prose).with_block(block).ok_or(BLOCK_READS_SO);
                app.work_out(text.by(), now.bytes.len(), with_block).await?
            }
        };
        let edit = write(&app, text.by(), vec![now.bytes.clone()], wanted).await?.ok_or(READS_SO)?;
        let before =
            keep_revision(&app, text.by(), text.document(), now, Reason::of(RevisionKind::BeforeRestore)).await?;
        let before = before.ok_or(Error::NotFound("revision"))?.revision_id;
        keep_bytes(&app, text.document(), edit_id, Some(edit.clone())).await?;
        Ok((edit, before))
    };
    let noted = match prepared.await {
        Ok((edit, before)) => claim.note(RestoreRevision { before: Some(before), ..purpose }).await.map(|()| edit),
        Err(error) => Err(error),
    };
    match noted {
        Ok(edit) => text.merge(&claim, edit).await?,
        Err(error) => {
            claim.release().await;
            return Err(error);
        }
    };
    claim.settle().await?.ok_or(Error::NotFound("revision"))
}

/// Undoes a restore, once. Afterwards the text is as it was before the restore, plus everything typed since.
#[utoipa::path(post, path = "/documents/{id}/revisions/{revision}/undo", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ("revision" = Uuid, Path, description = "A revision of kind `restored`")), responses((status = 201, body = RevisionView)))]
async fn undo(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At((id, revision)): At<(DocumentId, RevisionId)>,
) -> Result<(StatusCode, Json<RevisionView>)> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Edit).await?;
    let found = find(&app, &request, revision).await?;
    let (Some(before), Some(edit)) = (found.before_id, found.edit_id) else {
        return Err(Error::Conflict("this revision is not a restore"));
    };
    if found.undone_at.is_some() {
        return Err(UNDONE);
    }
    let before = find(&app, &request, before).await?;
    let kept = kept(&app, id, &before);
    let read = app.work_out(&request.actor, kept.encoded_bytes(), move || {
        let then = kept.state()?;
        Ok((prose_of(&then)?, then))
    });
    // The undo is computed on the state right after the restore, and merges with everything written since.
    let (wanted, then) = read.await?;
    let edit = kept_bytes(&app, id, edit).await?.ok_or(Error::NotFound("revision"))?;
    let text = request.text_to_edit(&app).await?;
    let back = write(&app, text.by(), vec![then, edit], wanted).await?.ok_or(READS_SO)?;
    let undoing = text.clone();
    let undone = async move {
        let claim = undoing.claim(UndoRestore { restored: revision }, undoing.seq().await?).await?;
        undoing.merge(&claim, back).await?;
        claim.settle().await?.ok_or(Error::NotFound("revision"))
    };
    let kept = text.finish(undone).await?;
    Ok((StatusCode::CREATED, Json(view(&app, id, kept).await?)))
}

/// Computes the edit that turns a state, with updates on top, into the wanted text; `None` when it already reads so.
async fn write(app: &App, by: &Actor, states: Vec<Bytes>, wanted: Prose) -> Result<Option<Bytes>> {
    if wanted.nodes() > MAX_NODES {
        return Err(Error::ContentTooLarge);
    }
    app.work_out(by, states.iter().map(Bytes::len).sum(), move || {
        let mut states = states.into_iter();
        let mut draft = match states.next() {
            Some(state) => Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?,
            None => Draft::empty(),
        };
        for update in states {
            draft.take(&update).map_err(|error| Error::Internal(error.to_string()))?;
        }
        if !draft.prose().is_an_editors() {
            return Err(Error::UndeclaredRoot);
        }
        Ok(draft.write(&wanted, View::Exact))
    })
    .await
}
