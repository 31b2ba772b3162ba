//! One document: everything that a message may do to it goes through here, the firewall first.
//!
//! The room calls [`Document::receive`] for what came in, [`Document::apply`] once a turn, and gives
//! answers only between appends. After [`Broken`] the document is dropped and rebuilt from the log.

use std::sync::Arc;

use bytes::Bytes;
use thiserror::Error;
use yrs::{Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, WriteTxn};

use crate::access::{Author, Level, Owners, Ownership};
use crate::admission::{self, Admission, CLIENTS_AT_ONCE, Known, LeftOut};
use crate::calls::{container, decode, decode_whole, guarded};
use crate::nesting::{Nesting, Parents};
use crate::roots::{Roots, XmlTree};
use crate::update::{Id, MAX_BLOCKS, Update, encode_state_vector, read_state_vector};
use crate::{codec::SyncStep, lib0::Reader, refusal::Refusal};

/// The largest document, encoded. Loaded it takes about 21 times as much: 250 MiB.
pub const MAX_DOCUMENT_BYTES: usize = 12 << 20;

/// A loaded document costs about this many times its encoded size.
pub const LOADED_FACTOR: usize = 21;

/// What became of one sync message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An encoded update: what the asker lacks.
    Answer(Bytes),
    /// New and let in, perhaps in part: to be applied, appended, then broadcast.
    Accepted(Accepted),
    /// Everything in it is known, or was left out.
    NothingNew(LeftOut),
    Refused(Refusal),
    /// It depends on what this turn accepted already: apply that, then ask again.
    Later,
}

/// The admitted part of an update, ready for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub bytes: Bytes,
    pub left_out: LeftOut,
}

/// An update as the log holds it.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Who sent it and so owns the client ids that it introduced; `None` where owners are known otherwise.
    pub user: Option<&'a Arc<str>>,
    pub bytes: &'a [u8],
}

impl<'a> From<&'a Bytes> for Stored<'a> {
    fn from(bytes: &'a Bytes) -> Self {
        Stored { user: None, bytes }
    }
}

/// What a turn changed.
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

/// A document that is rebuilt batch by batch, by whoever reads its log piece by piece: [`Document::load_declared`].
pub struct Loading {
    document: Document,
    index: usize,
}

impl Loading {
    pub fn begin(owners: Owners, roots: Roots) -> Loading {
        let mut document = Document::empty();
        document.tree = XmlTree::new(roots);
        document.known.owners = owners;
        Loading { document, index: 0 }
    }

    /// Takes in the next batch, as one transaction.
    ///
    /// # Errors
    /// [`LoadError`] when it does not fit; then the rest is of no use.
    pub fn take<'a>(&mut self, batch: impl IntoIterator<Item = Stored<'a>>) -> Result<(), LoadError> {
        let Loading { document, index } = self;
        let replayed = guarded(|| document.replay(batch)).and_then(|replayed| replayed);
        replayed.map_err(|reason| LoadError { index: *index, reason })?;
        *index += 1;
        Ok(())
    }

    /// # Errors
    /// [`LoadError`] when what was taken in is no document that can be edited.
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

/// Whether something more fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Enough,
    /// By the running count it does not; what this turn accepted must be applied before an exact one.
    NotCounted,
}

/// What becomes of an update of which some blocks cannot be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parts {
    Admitted,
    Refused,
}

/// How large the document is; an upper bound between two exact counts.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    encoded_bytes: usize,
    blocks: usize,
}

pub struct Document {
    doc: Doc,
    known: Known,
    nesting: Nesting,
    tree: XmlTree,
    size: Size,
    /// Accepted, decoded, not yet applied.
    pending: Vec<yrs::Update>,
    pending_updates: usize,
    pending_clocks: u64,
    /// The last answer to a SyncStep1, for the many that ask the same after a restart.
    answer: Option<(Bytes, Bytes)>,
}

impl Document {
    /// A document in which nothing was ever written.
    pub fn empty() -> Document {
        let options = Options {
            offset_kind: OffsetKind::Utf16,
            // On a server it would delete formatting that people see, and the deletion would spread.
            cleanup_formatting: false,
            ..Options::default()
        };
        Document {
            doc: Doc::with_options(options),
            known: Known::default(),
            nesting: Nesting::default(),
            tree: XmlTree::default(),
            size: Size::default(),
            pending: Vec::new(),
            pending_updates: 0,
            pending_clocks: 0,
            answer: None,
        }
    }

    /// Rebuilds a document from the batches that the log holds, oldest first. Each batch is one
    /// transaction, as it was when it was accepted: what yrs collects depends on where they end.
    ///
    /// # Errors
    /// [`LoadError`] names the first batch that does not fit. There is no partly loaded document.
    pub fn load<'a, B>(batches: impl IntoIterator<Item = B>, owners: Owners) -> Result<Document, LoadError>
    where
        B: IntoIterator<Item = Stored<'a>>,
    {
        Document::load_declared(batches, owners, Roots::default())
    }

    /// The same for a document some of whose roots are declared.
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
        let mut txn = self.doc.transact_mut();
        for Stored { user, bytes } in batch {
            self.size.encoded_bytes += bytes.len();
            if user.is_none() && names_few_clients(bytes) {
                let update = decode_whole(bytes).map_err(|refusal| refusal.to_string())?;
                txn.apply_update(update).map_err(|error| error.to_string())?;
                continue;
            }
            let parsed = Update::parse(bytes).map_err(|refusal| refusal.to_string())?;
            if let Some(user) = user {
                parsed.sections.iter().for_each(|section| self.known.owners.introduce(section.client, user));
            }
            let mut known = Known::default();
            if parsed.sections.len() > CLIENTS_AT_ONCE {
                known.clocks = txn.state_vector().iter().map(|(client, clock)| (client.get(), *clock)).collect();
            }
            // Everything in the log was admitted: only the order is asked for, and only where it matters.
            let admission = match parsed.sections.len() > CLIENTS_AT_ONCE {
                true => admission::judge(&parsed, &known, &Author::nobody()),
                false => Admission::default(),
            };
            for update in decode(&parsed, &admission, bytes).map_err(|refusal| refusal.to_string())? {
                txn.apply_update(update).map_err(|error| error.to_string())?;
            }
        }
        if txn.has_missing_updates() {
            return Err("it builds on updates that are not there".into());
        }
        Ok(())
    }

    /// Remembers what somebody lacks who has nothing, where that is at hand: a state from which this document was
    /// just loaded, and nothing else.
    pub fn prime(&mut self, state: &Bytes) {
        self.answer = Some((Bytes::from_static(&[0]), state.clone()));
    }

    /// Counts from the document itself what edits are judged by, and what is otherwise kept up to date edit by
    /// edit.
    fn take_stock(&mut self) -> Result<(), Refusal> {
        let snapshot = self.doc.transact().snapshot();
        for (client, ranges) in snapshot.delete_set.iter() {
            for range in ranges.iter() {
                self.known.deleted.insert(client.get(), range.clone());
            }
        }
        let state = self.state();
        let update = Update::parse(&state)?;
        self.size = Size { encoded_bytes: state.len(), blocks: update.blocks.len() };
        let everything = admission::judge(&update, &Known::default(), &Author::nobody());
        // Depth was judged when it came in; what a collected parent hides counts as a root's child.
        let measured = self.nesting.measure(&update, &everything, &Known::default(), |_| None);
        self.nesting.accept(measured?);
        self.tree.read(&update, &everything)
    }

    /// Judges one sync message. Nothing is visible to others before [`Document::apply`] and the append.
    pub fn receive(&mut self, step: &SyncStep, level: Level, author: &Author) -> Outcome {
        let result = match step {
            SyncStep::Step1(state_vector) => self.answer(state_vector).map(Outcome::Answer),
            SyncStep::Step2(update) | SyncStep::Update(update) => self.admit(update, level, author, Parts::Admitted),
        };
        result.unwrap_or_else(Outcome::Refused)
    }

    /// Judges an update of which nothing may be left out.
    pub fn receive_whole(&mut self, update: &Bytes, author: &Author) -> Outcome {
        self.admit(update, Level::Edit, author, Parts::Refused).unwrap_or_else(Outcome::Refused)
    }

    /// Takes in a row that another node judged and made durable after the last row that this document holds:
    /// all of it, as one transaction.
    ///
    /// # Errors
    /// [`Broken`] when it does not fit: the document must be rebuilt from the log.
    pub fn take_row<'a>(
        &mut self,
        entries: impl IntoIterator<Item = (&'a Arc<str>, &'a Bytes)>,
    ) -> Result<Applied, Broken> {
        for (user, bytes) in entries {
            let author = Author { user: user.clone(), ownership: Ownership::Record };
            match self.receive_whole(bytes, &author) {
                Outcome::Accepted(_) => {}
                other => return Err(Broken(format!("a row of another node does not fit: {other:?}"))),
            }
        }
        self.apply()
    }

    fn admit(&mut self, bytes: &Bytes, level: Level, author: &Author, parts: Parts) -> Result<Outcome, Refusal> {
        let update = Update::parse(bytes)?;
        let admission = admission::judge(&update, &self.known, author);
        if parts == Parts::Refused && !admission.left_out.is_empty() {
            return Err(Refusal::Malformed("it builds on what is not there"));
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
            false => Bytes::from(admission::encode(&update, &admission)?),
        };
        if self.room_for(&admission, admitted.len())? == Room::NotCounted {
            return Ok(Outcome::Later);
        }
        let placed = self.tree.place(&update, &admission, &self.known)?;
        let decoded = decode(&update, &admission, &admitted)?;
        let Some(measured) = self.measure(&update, &admission)? else {
            return Ok(Outcome::Later);
        };

        self.nesting.accept(measured);
        self.tree.accept(placed);
        self.known.accept(&admission, author);
        self.size.encoded_bytes += admitted.len();
        self.size.blocks += admission.runs.iter().map(|run| run.end - run.first).sum::<usize>();
        self.pending_clocks += admission.new_clocks(&update);
        self.pending.extend(decoded);
        self.pending_updates += 1;
        Ok(Outcome::Accepted(Accepted { bytes: admitted, left_out: admission.left_out }))
    }

    /// Whether the document may grow by this much. Deletions may always come in.
    fn room_for(&mut self, admission: &Admission, bytes: usize) -> Result<Room, Refusal> {
        let blocks: usize = admission.runs.iter().map(|run| run.end - run.first).sum();
        let fits = |size: Size| size.encoded_bytes + bytes <= MAX_DOCUMENT_BYTES && size.blocks + blocks <= MAX_BLOCKS;
        if admission.runs.is_empty() || fits(self.size) {
            return Ok(Room::Enough);
        }
        if !self.pending.is_empty() {
            return Ok(Room::NotCounted);
        }
        // The running count never shrinks by itself: blocks merge and deleted text goes. Count again.
        let state = self.state();
        let counted = Update::parse(&state)?.blocks.len();
        self.size = Size { encoded_bytes: state.len(), blocks: counted };
        if fits(self.size) { Ok(Room::Enough) } else { Err(Refusal::TooLarge) }
    }

    /// Depth of the shared types that come in, or `None` when that cannot be known before [`Document::apply`].
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
        let (doc, known) = (&self.doc, &mut self.known);
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
            let merged = several.then(|| Bytes::from(txn.encode_update_v1()));
            txn.commit();
            for (client, ranges) in txn.delete_set().iter() {
                for range in ranges.iter() {
                    known.deleted.insert(client.get(), range.clone());
                }
            }
            Ok(Applied { merged })
        })
        .unwrap_or_else(|panic| Err(Broken(panic)))
    }

    /// What a peer with this state vector lacks. Call it between turns.
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

    /// State vector and whole state, if the last answer happened to be that.
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
        Ok(Bytes::from(self.doc.transact().encode_diff_v1(&theirs)))
    }

    /// The whole document as one v1 update.
    pub fn state(&self) -> Bytes {
        Bytes::from(self.doc.transact().encode_diff_v1(&StateVector::default()))
    }

    /// The encoded state vector.
    pub fn state_vector(&self) -> Bytes {
        encode_state_vector(self.known.clocks.iter().map(|(client, clock)| (*client, *clock)))
    }

    /// State vector, deletions and owners: what updates are judged against.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Notes whose live presence holds a client id, or that nobody's does any more.
    pub fn set_speaker(&mut self, client: u64, user: Option<&Arc<str>>) {
        match user {
            Some(user) => drop(self.known.speakers.insert(client, user.clone())),
            None => drop(self.known.speakers.remove(&client)),
        }
    }

    /// An upper bound of the encoded size in bytes.
    pub fn encoded_bytes(&self) -> usize {
        self.size.encoded_bytes
    }

    /// Read access for exports and tests; roots must be declared by the reader.
    pub fn doc(&self) -> &Doc {
        &self.doc
    }
}

/// An update begins with the number of its clients. Of our own states nothing else needs to be looked at.
fn names_few_clients(update: &[u8]) -> bool {
    Reader::new(update).varuint().is_ok_and(|clients| clients <= CLIENTS_AT_ONCE as u64)
}
