//! Finds suggestions in the current text: which of them can be accepted, and where they are.

use access::{App, LiveDocument};
use bytes::Bytes;
use document::prose::Prose;
use document::suggestions::{Base, Located, Refused, Suggestion};
use endpoint::Result;
use vocabulary::ThreadId;

use super::rows::Row;
use crate::threads::following::{self, Known};

/// A suggestion to look for in the text.
#[derive(Clone)]
pub struct Wanted {
    pub id: ThreadId,
    pub suggestion: Option<Suggestion>,
    pub known: Vec<Known>,
}

/// The current document, and the places of suggestions' passages in it.
pub struct Now {
    pub seq: u64,
    pub state: Bytes,
    pub prose: Prose,
    places: Vec<Vec<Option<(u32, u32)>>>,
}

/// Prepares the suggestions of rows to be looked for, and follows their passages if the document has just been opened.
pub fn wanted(app: &App, text: &LiveDocument, rows: &[Row]) -> Vec<Wanted> {
    let passages: Vec<_> = rows.iter().map(|row| row.passages(text.document())).collect();
    following::ensure(app, text.document(), &passages.concat());
    let one = |(row, passages): (&Row, &Vec<_>)| Wanted {
        id: row.suggestion_id,
        suggestion: row.suggestion(),
        known: passages.iter().filter_map(Known::of).collect(),
    };
    rows.iter().zip(&passages).map(one).collect()
}

/// Reads the text and the places at the same moment.
///
/// # Errors
/// When the document cannot be read.
pub async fn now(text: &LiveDocument, wanted: &[Wanted]) -> Result<Now> {
    let all: Vec<Known> = wanted.iter().flat_map(|one| one.known.iter().cloned()).collect();
    let counts: Vec<usize> = wanted.iter().map(|one| one.known.len()).collect();
    text.read(move |document, seq| {
        let mut found = following::now(document, &all).into_iter();
        let mut place = || found.next().and_then(|(_, place)| place).map(|place| (place.from, place.to));
        let places = counts.iter().map(|count| (0..*count).map(|_| place()).collect()).collect();
        Now { seq, state: document.state(), prose: document.prose(), places }
    })
    .await
}

impl Now {
    /// The places of each suggestion's passages, in the order of the suggestions in `wanted`.
    pub fn places(&self) -> &[Vec<Option<(u32, u32)>>] {
        &self.places
    }

    /// The place of each suggestion, or the reason why it cannot be accepted, in the order of `wanted`.
    pub fn located(&self, base: &Base, wanted: &[Wanted]) -> Vec<std::result::Result<Located, Refused>> {
        let locate = |(one, places): (&Wanted, &Vec<_>)| match &one.suggestion {
            Some(suggestion) => base.locate(suggestion, places),
            None => Err(Refused::Gone),
        };
        wanted.iter().zip(&self.places).map(locate).collect()
    }
}
