//! The only way to a document's text over REST. The text is read between appends, and edited on behalf of the caller. A
//! [`LiveDocument`] carries the actor, so that no edit is missing from the audit log.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use database::Actor;
use database::write_turns::on_the_same_behalf;
use document::prose::editor_roots;
use document::{Author, Level};
use endpoint::{Error, Result, names::check_name};
use hub::{EditError, Room};
use vocabulary::{DocumentId, WorkspaceId};

use crate::admission::{Admitted, Credentials, Principal};
use crate::app::{App, worked_out};
use crate::read_only::READ_ONLY_ANSWER;
use crate::server_edits::{Claim, NotMade, Purpose};

/// How long a read waits for an append in progress.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// The most tries of an edit that other edits keep overtaking.
const TRIES: usize = 50;
/// The number of first tries during which others need not wait.
const UNHELD_TRIES: usize = 3;
const FASTER: Error = Error::Unavailable("the document is being changed too fast: try again");

/// The text of one document, and the actor who uses it.
#[derive(Clone)]
pub struct LiveDocument {
    pub(crate) app: App,
    room: Arc<Room>,
    author: Author,
    by: Actor,
}

impl LiveDocument {
    /// Opens the text of a document; the caller has already checked that this is allowed.
    pub(crate) async fn of_editors(app: &App, id: DocumentId, author: Author, by: Actor) -> Result<LiveDocument> {
        let room = app.hub.open(id, &editor_roots()).await.map_err(|failure| failure.0)?;
        Ok(LiveDocument { app: app.clone(), room, author, by })
    }

    /// Opens the text on behalf of the server, for example to keep revisions of it.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn of_server(app: &App, id: DocumentId, workspace: WorkspaceId) -> Result<LiveDocument> {
        LiveDocument::of_server_for(app, id, Actor::system(workspace)).await
    }

    /// Opens the text for the server on behalf of an actor.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn of_server_for(app: &App, id: DocumentId, by: Actor) -> Result<LiveDocument> {
        LiveDocument::of_editors(app, id, Author::nobody(), by).await
    }

    /// Opens the text of a document that the caller may read: by id, or by a headless name.
    ///
    /// # Errors
    /// The reason why it cannot be opened.
    pub async fn open(app: &App, name: &str, credentials: &Credentials) -> Result<LiveDocument> {
        check_name(name)?;
        let admitted = app.admit(credentials, name).await?;
        LiveDocument::of(app, credentials, admitted).await
    }

    /// Opens the text of a document that the caller may edit.
    ///
    /// # Errors
    /// The reason why it cannot be opened.
    pub async fn open_to_edit(app: &App, name: &str, credentials: &Credentials) -> Result<LiveDocument> {
        check_name(name)?;
        let admitted = app.admit(credentials, name).await?;
        if app.flags.read_only() {
            return Err(READ_ONLY_ANSWER);
        }
        if admitted.level < Level::Edit {
            return Err(Error::Forbidden);
        }
        LiveDocument::of(app, credentials, admitted).await
    }

    async fn of(app: &App, credentials: &Credentials, admitted: Admitted) -> Result<LiveDocument> {
        let room = app.hub.open(admitted.document, &admitted.roots).await.map_err(|failure| failure.0)?;
        let Principal { workspace, kind, id, key } = admitted.principal;
        let by = Actor { key, ..credentials.request_origin.actor(workspace, kind, id) };
        Ok(LiveDocument { app: app.clone(), room, author: admitted.author, by })
    }

    pub fn document(&self) -> DocumentId {
        self.room.id
    }

    /// The actor for the audit log.
    pub fn by(&self) -> &Actor {
        &self.by
    }

    /// The author of this actor's edits in the log.
    pub fn author(&self) -> &Author {
        &self.author
    }

    /// The same text with no author, for imports. The client ids of an import have no owner, so nobody can extend them.
    #[must_use]
    pub fn by_nobody(self) -> LiveDocument {
        LiveDocument { author: Author::nobody(), ..self }
    }

    /// Reads the durable state, between appends.
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

    /// Like [`LiveDocument::seq`], without waiting for an append.
    pub fn last_row(&self) -> u64 {
        self.room.figures().seq
    }

    /// Claims an edit for a purpose. If the edit is made, its row comes after row `after` of the log.
    ///
    /// # Errors
    /// The errors of [`Purpose::check`].
    pub async fn claim<P: Purpose>(&self, purpose: P, after: u64) -> Result<Claim<P>> {
        Claim::begin(&self.app, self.document(), &self.by, purpose, after).await
    }

    /// Claims several edits that are to share one row of the log. Returns a reason for each edit that cannot be
    /// claimed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn claim_all<P: Purpose>(&self, purposes: Vec<P>, after: u64) -> Result<Vec<Result<Claim<P>>>> {
        Claim::begin_all(&self.app, self.document(), &self.by, purposes, after).await
    }

    /// Makes a claimed edit, if its base is still the last row.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] if it is not, or the refusal of the firewall. The edit was not made, and the claim
    /// has ended. With [`Error::Unavailable`], the edit may be in the log, and the claim remains.
    pub async fn edit<P: Purpose>(&self, claim: &Claim<P>, update: Bytes, after: u64) -> Result<u64> {
        let made = self.made(claim, update, Some(after)).await.map_err(|failure| match failure {
            EditError::Interrupted => NotMade::Unknown(failure.into()),
            _ => NotMade::Certain(failure.into()),
        });
        claim.unless_made(made).await
    }

    /// Makes a claimed edit while others write: the edit is computed again after each of their rows. `look` reads what
    /// only the live document can provide. `work_out` gets this and the state, and returns the edit and the purpose to
    /// settle.
    ///
    /// # Errors
    /// The errors of `work_out` and of [`LiveDocument::edit`].
    pub async fn edit_until<P: Purpose, T: Send + 'static>(
        &self,
        claim: &mut Claim<P>,
        look: impl Fn(&document::Document) -> T,
        work_out: impl Fn(&Bytes, T) -> Result<(Bytes, P)> + Clone + Send + 'static,
    ) -> Result<u64> {
        let work_out = move |state: &Bytes, seen: T| {
            let (update, purpose) = work_out(state, seen)?;
            Ok((Some(update), vec![Ok(purpose)]))
        };
        let made = self.try_until(std::slice::from_mut(claim), look, work_out).await;
        claim.unless_made(made.map(|(seq, _)| seq)).await
    }

    /// Like [`LiveDocument::edit_until`], for several claims that become one row of the log. The purpose of each claim
    /// names this row. `work_out` returns for each claim what to settle, or why it is not part of the edit; such a claim ends. There is
    /// no row if it returns no edit.
    ///
    /// # Errors
    /// The errors that concern all claims.
    pub async fn edit_together<P: Purpose, T: Send + 'static>(
        &self,
        mut claims: Vec<Claim<P>>,
        look: impl Fn(&document::Document) -> T,
        work_out: impl Fn(&Bytes, T) -> Result<(Option<Bytes>, Vec<Result<P>>)> + Clone + Send + 'static,
    ) -> Result<Vec<Result<Claim<P>>>> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = match self.try_until(&mut claims, look, work_out).await {
            Ok((_, outcomes)) => outcomes,
            Err(NotMade::Unknown(error)) => return Err(error),
            Err(NotMade::Certain(error)) => {
                for claim in &claims {
                    claim.release().await;
                }
                return Err(error);
            }
        };
        let mut made = Vec::new();
        for (claim, outcome) in claims.into_iter().zip(outcomes) {
            if outcome.is_err() {
                claim.release().await;
            }
            made.push(outcome.map(|()| claim));
        }
        Ok(made)
    }

    async fn try_until<P: Purpose, T: Send + 'static>(
        &self,
        claims: &mut [Claim<P>],
        look: impl Fn(&document::Document) -> T,
        work_out: impl Fn(&Bytes, T) -> Result<(Option<Bytes>, Vec<Result<P>>)> + Clone + Send + 'static,
    ) -> std::result::Result<(u64, Vec<Result<()>>), NotMade> {
        for attempt in 0..TRIES {
            let turn = self.app.work_of(&self.by).await.map_err(NotMade::Certain)?;
            // After the first tries, other people's edits wait a moment. Otherwise this edit might never be made.
            let holds = attempt >= UNHELD_TRIES;
            let _hold = holds.then(|| self.room.hold());
            let turn = if holds { turn.urgent() } else { turn };
            let read = self.read(|document, seq| (seq, document.state(), look(document))).await;
            let (seq, state, seen) = read.map_err(NotMade::Certain)?;
            let work_out = work_out.clone();
            let worked_out = worked_out(turn, state.len(), move || work_out(&state, seen)).await;
            let (update, purposes) = worked_out.map_err(NotMade::Certain)?;
            let (mut notes, mut outcomes) = (Vec::new(), Vec::new());
            for (claim, purpose) in claims.iter_mut().zip(purposes) {
                outcomes.push(purpose.map(|purpose| notes.push((claim, purpose))));
            }
            let Some(update) = update else { return Ok((seq, outcomes)) };
            Claim::note_all(&self.app, notes).await.map_err(NotMade::Certain)?;
            let one = claims.iter().zip(&outcomes).find_map(|(claim, outcome)| outcome.is_ok().then_some(claim));
            let Some(claim) = one else { return Ok((seq, outcomes)) };
            match self.made(claim, update, Some(seq)).await {
                Ok(seq) => return Ok((seq, outcomes)),
                Err(EditError::Changed) => {}
                Err(EditError::Interrupted) => return Err(NotMade::Unknown(EditError::Interrupted.into())),
                Err(refused) => return Err(NotMade::Certain(refused.into())),
            }
        }
        Err(NotMade::Certain(FASTER))
    }

    /// Makes a claimed edit that merges with rows written after its base.
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
                // A row of another node has taken the next number.
                Err(EditError::Changed) => {}
                Err(EditError::Interrupted) => return Err(NotMade::Unknown(EditError::Interrupted.into())),
                Err(refused) => return Err(NotMade::Certain(refused.into())),
            }
        }
        Err(NotMade::Certain(FASTER))
    }

    async fn made<P: Purpose>(
        &self,
        claim: &Claim<P>,
        update: Bytes,
        after: Option<u64>,
    ) -> std::result::Result<u64, EditError> {
        if claim.is_late() {
            // From now on, the job that was queued with the claim may release it.
            return Err(EditError::Interrupted);
        }
        self.room.edit_as(claim.row().0, update, self.author.clone(), after).await
    }

    /// Runs a claimed sequence to its end, even if the client disconnects.
    ///
    /// # Errors
    /// The errors of `sequence`; [`Error::Internal`] when it panics.
    pub async fn finish<T: Send + 'static>(
        &self,
        sequence: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let ended = self.app.tasks.spawn(on_the_same_behalf(sequence)).await;
        ended.map_err(|panic| Error::Internal(panic.to_string()))?
    }
}

/// Reads the durable state of a room, between appends.
///
/// # Errors
/// [`Error::Unavailable`] when an append takes too long.
pub async fn durable<T>(room: &Arc<Room>, read: impl Fn(&document::Document, u64) -> T) -> Result<T> {
    room.read_durable(READ_WITHIN, read).await.ok_or(Error::Unavailable("the document cannot be read now"))
}
