//! The only way to a document's text over REST: read between appends, edited as whoever asks. Both carry the actor,
//! so that no edit is missing from the audit.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use database::Actor;
use document::prose::editor_roots;
use document::{Anchor, AnchorError, Author, Level, Place};
use endpoint::{Error, Result, names::check_name};
use hub::{EditError, Room};
use vocabulary::{DocumentId, WorkspaceId};

use crate::App;
use crate::admission::{Admitted, Credentials, Who};
use crate::server_edits::{Claim, NotMade, Purpose};

/// How long a read waits for an append that is under way.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// How long a passage waits for its words: they may be on their way from another node.
const SAVED_WITHIN: Duration = Duration::from_secs(5);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Others type meanwhile.
const TRIES: usize = 50;
const FASTER: Error = Error::Unavailable("others write faster than this could be put in: try again");

/// The text of one document, and who came to it.
#[derive(Clone)]
pub struct LiveDocument {
    app: App,
    room: Arc<Room>,
    author: Author,
    by: Actor,
}

impl LiveDocument {
    /// The text of a document that people work on, of which the caller knows that it may be opened.
    pub(crate) async fn of_editors(app: &App, id: DocumentId, author: Author, by: Actor) -> Result<LiveDocument> {
        let room = app.hub.open(id, &editor_roots()).await.map_err(|failure| failure.0)?;
        Ok(LiveDocument { app: app.clone(), room, author, by })
    }

    /// The same for the server itself, which keeps revisions of it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn of_server(app: &App, id: DocumentId, workspace: WorkspaceId) -> Result<LiveDocument> {
        LiveDocument::of_editors(app, id, Author::nobody(), Actor::system(workspace)).await
    }

    /// The text of a document that the caller may at least read: by id, or by a headless name.
    ///
    /// # Errors
    /// Why not.
    pub async fn open(app: &App, name: &str, credentials: &Credentials) -> Result<LiveDocument> {
        check_name(name)?;
        let admitted = app.admit(credentials, name).await?;
        LiveDocument::of(app, credentials, admitted).await
    }

    /// The text of a document that the caller may edit.
    ///
    /// # Errors
    /// Why not.
    pub async fn open_to_edit(app: &App, name: &str, credentials: &Credentials) -> Result<LiveDocument> {
        check_name(name)?;
        let admitted = app.admit(credentials, name).await?;
        if app.flags.read_only() {
            return Err(Error::Unavailable("the operator has switched this server to read-only"));
        }
        if admitted.level < Level::Edit {
            return Err(Error::Forbidden);
        }
        LiveDocument::of(app, credentials, admitted).await
    }

    async fn of(app: &App, credentials: &Credentials, admitted: Admitted) -> Result<LiveDocument> {
        let room = app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?;
        let Who { workspace, kind, id, key } = admitted.who;
        let by = Actor { key, ..credentials.asker.actor(workspace, kind, id) };
        Ok(LiveDocument { app: app.clone(), room, author: admitted.author, by })
    }

    pub fn document(&self) -> DocumentId {
        self.room.id
    }

    /// Who the audit says it was.
    pub fn by(&self) -> &Actor {
        &self.by
    }

    /// What the log names as the author of its edits.
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The same text, edited by nobody: the client ids of an import are never extended.
    #[must_use]
    pub fn by_nobody(self) -> LiveDocument {
        LiveDocument { author: Author::nobody(), ..self }
    }

    /// Reads between appends, as everything that leaves a room is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when an append takes too long.
    pub async fn read<T>(&self, read: impl Fn(&document::Document, u64) -> T) -> Result<T> {
        durable(&self.room, read).await
    }

    /// The number of the last durable row.
    ///
    /// # Errors
    /// As [`LiveDocument::read`].
    pub async fn seq(&self) -> Result<u64> {
        self.read(|_, seq| seq).await
    }

    /// The same, without waiting for an append.
    pub fn last_row(&self) -> u64 {
        self.room.figures().seq
    }

    /// Where a passage is. One that names words which are not saved yet waits for them.
    ///
    /// # Errors
    /// 409 `anchor-not-saved`, and what else is wrong with it.
    pub async fn place(&self, anchor: &Anchor) -> Result<Place> {
        let deadline = tokio::time::Instant::now() + SAVED_WITHIN;
        loop {
            match self.read(|document, _| document.place(anchor)).await? {
                Err(AnchorError::NotSaved) if tokio::time::Instant::now() < deadline => {}
                outcome => return Ok(outcome?),
            }
            self.app.hub.look_for_rows();
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Claims an edit that is made for a purpose: it is somewhere behind this row of the log, or nowhere.
    ///
    /// # Errors
    /// Why the purpose cannot be served any more.
    pub async fn claim<P: Purpose>(&self, purpose: P, after: u64) -> Result<Claim<P>> {
        Claim::begin(&self.app, self.document(), &self.by, purpose, after).await
    }

    /// Makes a claimed edit, if nobody has written since the row that it was made for.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when somebody has, and what the firewall says: then the claim has ended too.
    /// [`Error::Unavailable`] while only the log knows whether it was made; then the claim stays.
    pub async fn edit<P: Purpose>(&self, claim: &Claim<P>, update: Bytes, after: u64) -> Result<u64> {
        let made = self.made(claim, update, Some(after)).await.map_err(|failure| match failure {
            EditError::Interrupted => NotMade::Perhaps(failure.into()),
            _ => NotMade::Surely(failure.into()),
        });
        claim.unless_made(made).await
    }

    /// Makes a claimed edit while others write: it is worked out again on what they wrote. `work_out` is given the
    /// state, and says the edit and the purpose as it is to be settled.
    ///
    /// # Errors
    /// What `work_out` says, and as [`LiveDocument::edit`].
    pub async fn edit_until<P: Purpose>(
        &self,
        claim: &mut Claim<P>,
        work_out: impl Fn(&Bytes) -> Result<(Bytes, P)> + Clone + Send + 'static,
    ) -> Result<u64> {
        let made = self.try_until(claim, work_out).await;
        claim.unless_made(made).await
    }

    async fn try_until<P: Purpose>(
        &self,
        claim: &mut Claim<P>,
        work_out: impl Fn(&Bytes) -> Result<(Bytes, P)> + Clone + Send + 'static,
    ) -> std::result::Result<u64, NotMade> {
        for _ in 0..TRIES {
            let (seq, state) = self.read(|document, seq| (seq, document.state())).await.map_err(NotMade::Surely)?;
            let work_out = work_out.clone();
            let worked_out = self.app.work_out(state.len(), move || work_out(&state)).await;
            let (update, purpose) = worked_out.map_err(NotMade::Surely)?;
            claim.note(purpose).await.map_err(NotMade::Surely)?;
            match self.made(claim, update, Some(seq)).await {
                Ok(seq) => return Ok(seq),
                Err(EditError::Changed) => {}
                Err(EditError::Interrupted) => return Err(NotMade::Perhaps(EditError::Interrupted.into())),
                Err(refused) => return Err(NotMade::Surely(refused.into())),
            }
        }
        Err(NotMade::Surely(FASTER))
    }

    /// Makes a claimed edit that was made for one state and merges with what came after it.
    ///
    /// # Errors
    /// As [`LiveDocument::edit`].
    pub async fn merge<P: Purpose>(&self, claim: &Claim<P>, update: Bytes) -> Result<u64> {
        let made = self.try_merge(claim, update).await;
        claim.unless_made(made).await
    }

    async fn try_merge<P: Purpose>(&self, claim: &Claim<P>, update: Bytes) -> std::result::Result<u64, NotMade> {
        for _ in 0..TRIES {
            match self.made(claim, update.clone(), None).await {
                Ok(seq) => return Ok(seq),
                // Another node took its number.
                Err(EditError::Changed) => {}
                Err(EditError::Interrupted) => return Err(NotMade::Perhaps(EditError::Interrupted.into())),
                Err(refused) => return Err(NotMade::Surely(refused.into())),
            }
        }
        Err(NotMade::Surely(FASTER))
    }

    async fn made<P: Purpose>(
        &self,
        claim: &Claim<P>,
        update: Bytes,
        after: Option<u64>,
    ) -> std::result::Result<u64, EditError> {
        if claim.is_late() {
            // Whoever looks after claims may give it up now.
            return Err(EditError::Interrupted);
        }
        self.room.edit_as(claim.operation().0, update, self.author.clone(), after).await
    }

    /// Runs a claimed sequence to its end, also when whoever asked has gone.
    ///
    /// # Errors
    /// What it says; [`Error::Internal`] when it panics.
    pub async fn finish<T: Send + 'static>(
        &self,
        sequence: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let ended = self.app.tasks.spawn(sequence).await;
        ended.map_err(|panic| Error::Internal(panic.to_string()))?
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
