//! Documents that are created together but are too many for one transaction. Their texts are written one by one. Their
//! rows are added some at a time, and stay hidden, like the row of a document that is being purged, until one last
//! statement shows all of them. The documents of a batch that does not end are in the table `unfinished_document`.

use std::collections::HashMap;

use access::{App, LiveDocument};
use chrono::{DateTime, Utc};
use database::{Actor, Change, Tx};
use document::prose::{Draft, Prose, View, editor_roots};
use document::{Author, Ownership};
use endpoint::{Error, Result};
use uuid::Uuid;
use vocabulary::{DocumentId, Event, Right, SpaceId, Status, Topic};

use super::{clear, rows, write_text};
use crate::documents::rows::{self as document_rows, History, NewDocument};
use crate::edit_events;
use crate::tags::rows as tag_rows;
use crate::tree;
use crate::tree::inheritance::{self, Inherited, Page};
use crate::tree::ranks::places_after;
use crate::tree::rows::{Place, place_new};

pub struct Batch {
    by: Actor,
    author: Uuid,
    documents: Vec<DocumentId>,
    /// The place of each document.
    spots: HashMap<DocumentId, Spot>,
    /// For each given place, its first document, and the rights that the place passed on at that time.
    places: Vec<(Place, DocumentId, Inherited)>,
}

struct Spot {
    place: Place,
    rank: String,
    inherited: Inherited,
}

/// A document that is to get a place.
pub struct Placed {
    pub document: DocumentId,
    /// The document of the batch below which this one comes; `None` if it is directly at the place.
    pub below: Option<DocumentId>,
    pub inherits: bool,
    pub open_level: Option<Right>,
}

/// The row of a document whose text, if it has any, was written. The place in `new` is ignored: it is the one that the
/// document was given.
pub struct NewRow {
    pub document: DocumentId,
    pub new: NewDocument,
    /// The last row of the document's log; 0 without a text.
    pub seq: u64,
    pub words: i64,
    pub status: Status,
    /// When the document was created and changed, according to the source.
    pub created_at: Option<DateTime<Utc>>,
    pub updated_at: Option<DateTime<Utc>>,
}

/// Whether a batch is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showing {
    Done,
    /// A place was moved or passes on other rights since it was given to documents, so the caller must give the places
    /// again.
    PlaceChanged,
}

impl Batch {
    /// Begins a batch of documents with these ids.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn begin(app: &App, by: &Actor, author: Uuid, documents: Vec<DocumentId>) -> Result<Batch> {
        rows::begin(&app.db, &documents).await?;
        Ok(Batch { by: by.clone(), author, documents, spots: HashMap::new(), places: Vec::new() })
    }

    /// Writes a text; returns the number of its row in the log.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn write(&self, app: &App, document: DocumentId, text: Prose) -> Result<u64> {
        write_text(app, &self.by, self.author, document, text).await
    }

    /// Changes a text that was written; returns the number of its last row in the log.
    ///
    /// # Errors
    /// When a store does not answer.
    pub async fn write_over(&self, app: &App, document: DocumentId, text: Prose) -> Result<u64> {
        let live = LiveDocument::of_server(app, document, self.by.workspace).await?;
        let (state, seq) = live.read(|document, seq| (document.state(), seq)).await?;
        let edit = move || {
            let draft = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()));
            Ok(draft?.write(&text, View::Exact))
        };
        let Some(update) = app.work_out(&self.by, 0, edit).await? else { return Ok(seq) };
        let room = app.hub.open(document, &editor_roots()).await.map_err(|failure| failure.0)?;
        let author = Author { user: self.author.to_string().into(), ownership: Ownership::Enforce };
        Ok(room.edit(update, author, seq).await?)
    }

    /// Puts documents that were placed without a space into a new one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn settle(&self, tx: &mut Tx, space: SpaceId, documents: &[DocumentId]) -> Result<()> {
        Ok(rows::settle(tx, space, documents).await?)
    }

    /// Gives documents their places: after the pages that are at `place`, each after the one above it.
    ///
    /// # Errors
    /// When the place no longer exists, or is too deep.
    pub async fn place(&mut self, tx: &mut Tx, place: Place, documents: &[Placed]) -> Result<()> {
        let Some(first) = documents.first() else { return Ok(()) };
        let placed = place_new(tx, self.by.workspace, first.document, place).await?;
        let (above, rank) = placed.map_err(tree::misplaced)?;
        let page = |placed: &Placed| Page {
            document_id: placed.document,
            parent_id: placed.below,
            inherits: placed.inherits,
            open_level: placed.open_level.map(Into::into),
        };
        let pages: Vec<Page> = documents.iter().map(page).collect();
        let mut siblings: HashMap<Option<DocumentId>, usize> = HashMap::new();
        for placed in documents {
            *siblings.entry(placed.below).or_default() += 1;
        }
        let rank_at = |below: Option<DocumentId>| if below.is_none() { rank.as_str() } else { "" };
        let mut ranks: HashMap<Option<DocumentId>, _> =
            siblings.into_iter().map(|(below, count)| (below, places_after(rank_at(below), count))).collect();
        for (placed, (document, inherited)) in documents.iter().zip(inheritance::inherited(above.clone(), &pages)) {
            let rank = ranks.get_mut(&placed.below).and_then(Iterator::next).unwrap_or_default();
            let place = Place { parent: placed.below.or(place.parent), ..place };
            self.spots.insert(document, Spot { place, rank, inherited });
        }
        self.places.push((place, first.document, above));
        Ok(())
    }

    /// Adds the rows of some documents, which stay hidden. Each page comes after the one above it.
    ///
    /// # Errors
    /// When a document was given no place.
    pub async fn add(&self, tx: &mut Tx, new: Vec<NewRow>) -> Result<()> {
        // The tree is locked first, as in all transactions that also lock documents.
        tree::rows::lock(tx, self.by.workspace).await?;
        let mut inherited = HashMap::<_, Vec<(DocumentId, Inherited)>>::new();
        for NewRow { document, new, seq, words, status, created_at, updated_at } in new {
            let spot = self.spots.get(&document).ok_or(Error::Internal("a document was given no place".into()))?;
            let new = NewDocument { place: spot.place, ..new };
            let history = History { created_at, updated_at, words, status: Some(status), is_hidden: true };
            document_rows::write_row(tx, &self.by, document, &new, &spot.rank, history).await?;
            if spot.inherited != Inherited::at_the_top() {
                inherited.entry(spot.place.space).or_default().push((document, spot.inherited.clone()));
            }
            if !new.tags.is_empty() {
                tag_rows::set(tx, self.by.workspace, document, &new.tags).await?;
            }
            // Text that was written before the row does not count as an edit.
            edit_events::rows::begin(tx, document, seq).await?;
        }
        for (space, computed) in inherited {
            inheritance::store_computed(tx, space, &computed).await?;
        }
        Ok(())
    }

    /// Shows all documents, at the end of a transaction.
    ///
    /// # Errors
    /// When a place is gone, or creating the documents took longer than a day.
    pub async fn show(&self, tx: &mut Tx) -> Result<Showing> {
        tree::rows::lock(tx, self.by.workspace).await?;
        for (place, first, above) in &self.places {
            let (now, _) = place_new(tx, self.by.workspace, *first, *place).await?.map_err(tree::misplaced)?;
            let is_there = place.space.is_none() || tree::rows::is_at(tx, self.by.workspace, *place).await?;
            if now != *above || !is_there {
                return Ok(Showing::PlaceChanged);
            }
        }
        rows::show(tx, &self.documents).await?;
        if !rows::end(tx, &self.documents).await? {
            return Err(Error::Internal("creating these documents took too long".into()));
        }
        tx.note(Change::Workspace(self.by.workspace, Topic::Documents)).await?;
        Ok(Showing::Done)
    }

    /// Deletes what was written, because the documents will not be created.
    pub async fn give_up(self, app: &App) {
        clear(app, &self.documents).await;
    }
}

/// Emits the events of documents that were shown.
///
/// # Errors
/// When the database does not answer.
pub async fn announce(tx: &mut Tx, by: &Actor, documents: &[DocumentId]) -> sqlx::Result<()> {
    for shown in rows::shown(tx, documents).await? {
        let created = Event::DocumentCreated {
            document: shown.document_id,
            kind: shown.kind,
            open_level: shown.open_level,
            sensitivity: shown.sensitivity,
        };
        tx.emit(by, created).await?;
    }
    Ok(())
}

/// Deletes what an interrupted attempt has left of these documents.
pub async fn clear_left(app: &App, documents: &[DocumentId]) {
    clear(app, documents).await;
}
