//! One document. Every message that changes or reads the document passes through this module, and first through the
//! firewall.
//!
//! The room calls [`Document::receive`] for each message and [`Document::apply`] once a turn, and answers only between
//! appends. After [`Broken`], the room drops the document and rebuilds it from the log.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use yrs::{Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, WriteTxn};

use crate::causal_gate::{self, Admission, CLIENTS_AT_ONCE, Known, LeftOut};
use crate::client_id_owners::{Author, Level, Owners, Ownership};
use crate::nesting::{Nesting, Parents};
use crate::passages::tracker::Tracker;
use crate::roots::{Roots, XmlTree};
use crate::size::{Counted, Growth};
pub use crate::size::{MAX_DOCUMENT_BYTES, MaxSize, Size};
use crate::update::{Id, Update, encode_state_vector, read_state_vector};
use crate::verbatim::Verbatim;
use crate::yrs_calls::{container, decode, decode_whole, guarded};
use crate::{codec::SyncStep, lib0::Reader, refusal::Refusal};

/// Memory of a loaded document, as a multiple of its encoded size.
pub const LOADED_FACTOR: usize = 21;

/// The outcome of one sync message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer: an encoded update with everything that the client lacks.
    Answer(Bytes),
    /// A new update that was admitted, at least in part. It must be applied, appended, and then broadcast.
    Accepted(Accepted),
    /// All content of the update is known or was left out.
    NothingNew(LeftOut),
    Refused(Refusal),
    /// The update depends on updates that were accepted in this turn: apply these first, then check it again.
    Later,
}

/// The admitted part of an update, ready for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub bytes: Bytes,
    pub left_out: LeftOut,
}

/// An update from the log.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// The user who sent the update, and therefore owns the client ids that it introduced; `None` if the owners are
    /// known from elsewhere.
    pub user: Option<&'a Arc<str>>,
    pub bytes: &'a [u8],
}

impl<'a> From<&'a Bytes> for Stored<'a> {
    fn from(bytes: &'a Bytes) -> Self {
        Stored { user: None, bytes }
    }
}

/// The result of applying a turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// All updates of the turn as one, when there was more than one.
    pub merged: Option<Bytes>,
}

/// yrs failed in the middle of a transaction, which is not atomic: the document must be rebuilt.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the document broke while applying: {0}")]
pub struct Broken(pub String);

/// A stored document could not be rebuilt.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("batch {index} of the stored document cannot be applied: {reason}")]
pub struct LoadError {
    pub index: usize,
    pub reason: String,
}

/// A document that is being rebuilt from its log, batch by batch. [`Document::load_declared`] does it in one call.
pub struct Loading {
    document: Document,
    index: usize,
}

impl Loading {
    pub fn begin(owners: Owners, roots: Roots) -> Loading {
        let mut document = Document::new(roots.keeps_deleted());
        document.tree = XmlTree::new(roots);
        document.known.owners = owners;
        Loading { document, index: 0 }
    }

    /// Like [`Loading::begin`], for finding the author of each letter: text that was deleted and returned keeps its
    /// author. Begins with an empty document, so every row of its log must be taken.
    pub fn of_letters(roots: Roots) -> Loading {
        let mut loading = Loading::begin(Owners::default(), roots);
        loading.document.track_letters();
        loading
    }

    /// Sets the time at which the next batch was written, in milliseconds since 1970, and its author, if there is only
    /// one.
    pub fn note_turn(&mut self, at: i64, by: Option<Arc<str>>) {
        self.document.note_turn(at, by);
    }

    /// Applies the next batch, as one transaction.
    ///
    /// # Errors
    /// [`LoadError`] when the batch cannot be applied. After an error, the document must be dropped.
    pub fn take<'a>(&mut self, batch: impl IntoIterator<Item = Stored<'a>>) -> Result<(), LoadError> {
        let Loading { document, index } = self;
        let replayed = guarded(|| document.replay(batch)).and_then(|replayed| replayed);
        replayed.map_err(|reason| LoadError { index: *index, reason })?;
        *index += 1;
        Ok(())
    }

    /// # Errors
    /// [`LoadError`] when the result is not a document that can be edited.
    pub fn finish(self) -> Result<Document, LoadError> {
        let Loading { mut document, index } = self;
        let counted = guarded(|| {
            let clocks = document.doc.transact().state_vector();
            document.known.clocks = clocks.iter().map(|(client, clock)| (client.get(), *clock)).collect();
            document.take_stock().map_err(|refusal| refusal.to_string())
        });
        counted.and_then(|counted| counted).map_err(|reason| LoadError { index, reason })?;
        Ok(document)
    }
}

/// Whether the document may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Enough,
    /// The growth does not fit according to the upper bound. For an exact count, the updates that were accepted in this
    /// turn must be applied first.
    NotCounted,
}

/// What happens to an update if some of its blocks cannot be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    Admitted,
    Refused,
}

pub struct Document {
    doc: Doc,
    known: Known,
    nesting: Nesting,
    tree: XmlTree,
    verbatim: Verbatim,
    size: Counted,
    most: MaxSize,
    /// Updates that were accepted and decoded, but not applied yet.
    pending: Vec<yrs::Update>,
    pending_updates: usize,
    pending_clocks: u64,
    pending_deletions: bool,
    /// The last answer to a SyncStep1: after a restart many clients send the same one.
    answer: Option<(Bytes, Bytes)>,
    /// Follows passages, once there are any.
    pub(crate) tracker: Option<Box<Tracker>>,
}

impl Document {
    /// An empty document.
    pub fn empty() -> Document {
        Document::new(false)
    }

    fn new(keeps_deleted: bool) -> Document {
        let options = Options {
            skip_gc: keeps_deleted,
            offset_kind: OffsetKind::Utf16,
            // On a server, the cleanup would delete formatting that people see, and the deletion would be sent to all.
            cleanup_formatting: false,
            ..Options::default()
        };
        Document {
            doc: Doc::with_options(options),
            known: Known::default(),
            nesting: Nesting::default(),
            tree: XmlTree::default(),
            verbatim: Verbatim::default(),
            size: Counted::default(),
            most: MaxSize::DEFAULT,
            pending: Vec::new(),
            pending_updates: 0,
            pending_clocks: 0,
            pending_deletions: false,
            answer: None,
            tracker: None,
        }
    }

    /// The same document with other limits, which are small enough for tests.
    #[must_use]
    pub fn within(self, most: MaxSize) -> Document {
        Document { most, ..self }
    }

    /// Rebuilds a document from the batches of its log, oldest first. Each batch is one transaction, as when it was
    /// accepted: what yrs garbage-collects depends on where transactions end.
    ///
    /// # Errors
    /// [`LoadError`] names the first batch that cannot be applied. A partly loaded document is never returned.
    pub fn load<'a, B>(batches: impl IntoIterator<Item = B>, owners: Owners) -> Result<Document, LoadError>
    where
        B: IntoIterator<Item = Stored<'a>>,
    {
        Document::load_declared(batches, owners, Roots::default())
    }

    /// Like [`Document::load`], for a document with declared roots.
    ///
    /// # Errors
    /// As [`Document::load`].
    pub fn load_declared<'a, B>(
        batches: impl IntoIterator<Item = B>,
        owners: Owners,
        roots: Roots,
    ) -> Result<Document, LoadError>
    where
        B: IntoIterator<Item = Stored<'a>>,
    {
        let mut loading = Loading::begin(owners, roots);
        for batch in batches {
            loading.take(batch)?;
        }
        loading.finish()
    }

    fn replay<'a>(&mut self, batch: impl IntoIterator<Item = Stored<'a>>) -> Result<(), String> {
        if let Some(tracker) = &mut self.tracker {
            tracker.before(&self.doc);
        }
        let mut txn = self.doc.transact_mut();
        for Stored { user, bytes } in batch {
            self.size.total.bytes += bytes.len();
            let is_foreign = self.verbatim.replay(bytes);
            if user.is_none() && names_few_clients(bytes) {
                let update = decode_whole(bytes, is_foreign).map_err(|refusal| refusal.to_string())?;
                txn.apply_update(update).map_err(|error| error.to_string())?;
                continue;
            }
            let parsed = Update::parse_state(bytes).map_err(|refusal| refusal.to_string())?;
            if let Some(user) = user {
                parsed.sections.iter().for_each(|section| self.known.owners.introduce(section.client, user));
            }
            let mut known = Known::default();
            if parsed.sections.len() > CLIENTS_AT_ONCE {
                known.clocks = txn.state_vector().iter().map(|(client, clock)| (client.get(), *clock)).collect();
            }
            // Everything in the log was admitted before: only the order is computed, and only if it matters.
            let admission = match parsed.sections.len() > CLIENTS_AT_ONCE {
                true => causal_gate::judge(&parsed, &known, &Author::nobody()),
                false => Admission::default(),
            };
            for update in decode(&parsed, &admission, bytes).map_err(|refusal| refusal.to_string())? {
                txn.apply_update(update).map_err(|error| error.to_string())?;
            }
        }
        if txn.has_missing_updates() {
            return Err("it builds on updates that are not there".into());
        }
        if let Some(tracker) = &mut self.tracker {
            txn.commit();
            tracker.after(&mut txn);
        }
        Ok(())
    }

    /// Caches the answer for an empty state vector: the state that this document, and nothing else, was just loaded
    /// from.
    pub fn prime(&mut self, state: &Bytes) {
        self.answer = Some((Bytes::from_static(&[0]), state.clone()));
    }

    /// Computes from the document the state that edits are checked against. Later, each edit updates this state.
    fn take_stock(&mut self) -> Result<(), Refusal> {
        let snapshot = self.doc.transact().snapshot();
        for (client, ranges) in snapshot.delete_set.iter() {
            for range in ranges.iter() {
                self.known.deleted.insert(client.get(), range.clone());
            }
        }
        let state = self.state();
        let update = Update::parse_state(&state)?;
        self.size = Counted::exactly(&state)?;
        let everything = causal_gate::judge(&update, &Known::default(), &Author::nobody());
        // Depth was checked on admission; a type hidden by a collected parent counts as a root's child.
        let measured = self.nesting.measure(&update, &everything, &Known::default(), |_| None);
        self.nesting.accept(measured?);
        self.tree.read(&update, &everything)
    }

    /// Checks one sync message. Nothing is visible to others before [`Document::apply`] and the append.
    pub fn receive(&mut self, step: &SyncStep, level: Level, author: &Author) -> Outcome {
        let result = match step {
            SyncStep::Step1(state_vector) => self.answer(state_vector).map(Outcome::Answer),
            SyncStep::Step2(update) | SyncStep::Update(update) => self.admit(update, level, author, Parts::Admitted),
        };
        result.unwrap_or_else(Outcome::Refused)
    }

    /// Checks an update that must be admitted completely or not at all.
    pub fn receive_whole(&mut self, update: &Bytes, author: &Author) -> Outcome {
        self.admit(update, Level::Edit, author, Parts::Refused).unwrap_or_else(Outcome::Refused)
    }

    /// Applies a row that another node checked and made durable right after the last row of this document, completely
    /// and as one transaction.
    ///
    /// # Errors
    /// [`Broken`] when the row cannot be applied: the document must be rebuilt from the log.
    pub fn take_row<'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a Arc<str>, &'a Bytes)>,
    ) -> Result<Applied, Broken> {
        for (user, bytes) in entries {
            let author = Author { user: user.clone(), ownership: Ownership::Record };
            match self.receive_whole(bytes, &author) {
                Outcome::Accepted(_) => {}
                other => return Err(Broken(format!("a row of another node cannot be applied: {other:?}"))),
            }
        }
        self.apply()
    }

    fn admit(&mut self, bytes: &Bytes, level: Level, author: &Author, parts: Parts) -> Result<Outcome, Refusal> {
        let update = Update::parse(bytes)?;
        update.refuse_unreadable()?;
        let admission = causal_gate::judge(&update, &self.known, author);
        if parts == Parts::Refused && !admission.left_out.is_empty() {
            return Err(Refusal::Malformed("the update depends on missing content"));
        }
        if admission.is_nothing_new() {
            return match level {
                Level::Edit => Ok(Outcome::NothingNew(admission.left_out)),
                _ if admission.left_out.is_empty() => Ok(Outcome::NothingNew(admission.left_out)),
                _ => Err(Refusal::ReadOnly),
            };
        }
        if level != Level::Edit {
            return Err(Refusal::ReadOnly);
        }
        let admitted = match admission.whole {
            true => bytes.clone(),
            false => Bytes::from(causal_gate::encode(&update, &admission)?),
        };
        let growth = Growth::of(&admission, admitted.len());
        if self.room_for(growth)? == Room::NotCounted {
            return Ok(Outcome::Later);
        }
        let placed = self.tree.place(&update, &admission, &self.known)?;
        let decoded = decode(&update, &admission, &admitted)?;
        let Some(measured) = self.measure(&update, &admission)? else {
            return Ok(Outcome::Later);
        };

        self.nesting.accept(measured);
        self.tree.accept(placed);
        self.verbatim.admit(&update, &admission, &self.known);
        self.known.accept(&admission, author);
        self.size = self.size.plus(growth);
        self.pending_clocks += admission.new_clocks(&update);
        self.pending_deletions |= !admission.deletions.is_empty();
        self.pending.extend(decoded);
        self.pending_updates += 1;
        Ok(Outcome::Accepted(Accepted { bytes: admitted, left_out: admission.left_out }))
    }

    /// Whether the document may grow by this much. A document that is full of content still accepts deletions.
    fn room_for(&mut self, growth: Growth) -> Result<Room, Refusal> {
        let check = |size: Counted| match growth.content == Size::default() {
            true if size.total.fits(self.most.total) => Ok(()),
            true => Err(Refusal::TooMuchDeleted),
            false => size.check(self.most),
        };
        if check(self.size.plus(growth)).is_ok() {
            return Ok(Room::Enough);
        }
        if !self.pending.is_empty() {
            return Ok(Room::NotCounted);
        }
        // Count exactly, because the upper bound never shrinks, although blocks merge and deleted text is dropped.
        let size = if self.size.is_exact { self.size } else { Counted::exactly(&self.state())? };
        let fits = check(size.plus(growth)).map(|()| Room::Enough);
        self.size = size;
        fits
    }

    /// Depth of the admitted shared types, or `None` if it cannot be known before [`Document::apply`].
    fn measure(&self, update: &Update<'_>, admission: &Admission) -> Result<Option<Vec<(Id, u16)>>, Refusal> {
        let mid_turn = !self.pending.is_empty();
        let parents = self.nesting.check_parents(update, admission, &self.known)?;
        if mid_turn && parents == Parents::Collected {
            return Ok(None);
        }
        let mut unknown = false;
        let measured = self.nesting.measure(update, admission, &self.known, |id| {
            let container = container(&self.doc, id);
            unknown |= container.is_none();
            container
        });
        if mid_turn && unknown { Ok(None) } else { measured.map(Some) }
    }

    /// Applies everything accepted since the last call, in one transaction.
    ///
    /// # Errors
    /// [`Broken`]: this document must not be used any more, not even to read.
    pub fn apply(&mut self) -> Result<Applied, Broken> {
        let updates = std::mem::take(&mut self.pending);
        let several = std::mem::take(&mut self.pending_updates) > 1;
        let clocks = std::mem::take(&mut self.pending_clocks);
        if updates.is_empty() {
            return Ok(Applied::default());
        }
        self.answer = None;
        if std::mem::take(&mut self.pending_deletions)
            && let Some(tracker) = &mut self.tracker
            && guarded(|| tracker.before(&self.doc)).is_err()
        {
            self.tracker = None;
        }
        let (doc, known, verbatim, tracker) = (&self.doc, &mut self.known, &mut self.verbatim, &mut self.tracker);
        guarded(|| {
            let mut txn = doc.transact_mut();
            for update in updates {
                txn.apply_update(update).map_err(|error| Broken(error.to_string()))?;
            }
            if txn.has_missing_updates() {
                txn.prune_pending();
                return Err(Broken("something was admitted that could not be placed".into()));
            }
            let placed: u64 =
                txn.insert_set().iter().flat_map(|(_, ranges)| ranges.iter()).map(|run| run.len() as u64).sum();
            if placed != clocks {
                return Err(Broken(format!("{clocks} clocks were admitted, {placed} were placed")));
            }
            let merged = several.then(|| verbatim.restore(txn.encode_update_v1()));
            txn.commit();
            for (client, ranges) in txn.delete_set().iter() {
                for range in ranges.iter() {
                    known.deleted.insert(client.get(), range.clone());
                }
            }
            if !doc.skip_gc() {
                verbatim.prune(&known.deleted);
            }
            // An edit must not fail because of the passages. If the tracker fails, they are followed again after a
            // reload.
            if tracker.as_mut().is_some_and(|tracker| guarded(|| tracker.after(&mut txn)).is_err()) {
                *tracker = None;
            }
            Ok(Applied { merged })
        })
        .unwrap_or_else(|panic| Err(Broken(panic)))
    }

    /// The update that a peer with this state vector lacks. Call it between turns.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when the state vector is not one.
    pub fn answer(&mut self, state_vector: &Bytes) -> Result<Bytes, Refusal> {
        if let Some((asked, answer)) = &self.answer
            && asked == state_vector
        {
            return Ok(answer.clone());
        }
        let answer = self.diff(state_vector)?;
        self.answer = Some((Bytes::copy_from_slice(state_vector), answer.clone()));
        Ok(answer)
    }

    /// The document's state vector and its whole state, if the last answer was the whole state.
    pub fn cached_state(&self) -> Option<(Bytes, Bytes)> {
        let (asked, answer) = self.answer.as_ref()?;
        (asked.as_ref() == [0]).then(|| (self.state_vector(), answer.clone()))
    }

    /// Everything past `state_vector`, with the whole delete set, as one v1 update.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when the state vector is not one.
    pub fn diff(&self, state_vector: &[u8]) -> Result<Bytes, Refusal> {
        let theirs: StateVector = read_state_vector(state_vector)?
            .into_iter()
            .filter(|(client, _)| self.known.clocks.contains_key(client))
            .map(|(client, clock)| (yrs::block::ClientID::new(client), clock))
            .collect();
        Ok(self.verbatim.restore(self.doc.transact().encode_diff_v1(&theirs)))
    }

    /// The whole document as one v1 update.
    pub fn state(&self) -> Bytes {
        self.verbatim.restore(self.doc.transact().encode_diff_v1(&StateVector::default()))
    }

    /// The encoded state vector.
    pub fn state_vector(&self) -> Bytes {
        encode_state_vector(self.known.clocks.iter().map(|(client, clock)| (*client, *clock)))
    }

    /// State vector, deletions and owners: the state that updates are checked against.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Records the user whose live presence holds a client id; `None` if no live presence holds it.
    pub fn set_speaker(&mut self, client: u64, user: Option<&Arc<str>>) {
        match user {
            Some(user) => drop(self.known.speakers.insert(client, user.clone())),
            None => drop(self.known.speakers.remove(&client)),
        }
    }

    /// An upper bound of the encoded size in bytes. The memory that a document takes is a multiple of it.
    pub fn encoded_bytes(&self) -> usize {
        self.size.total.bytes + self.verbatim.memory() / LOADED_FACTOR
    }

    /// The roots that are declared to hold XML nodes.
    pub fn roots(&self) -> &Roots {
        self.tree.roots()
    }

    /// Read access for exports and tests; roots must be declared by the reader.
    pub fn doc(&self) -> &Doc {
        &self.doc
    }
}

/// Whether an update names few clients, according to the number at its beginning. Our own states need no further check.
fn names_few_clients(update: &[u8]) -> bool {
    Reader::new(update).varuint().is_ok_and(|clients| clients <= CLIENTS_AT_ONCE as u64)
}
