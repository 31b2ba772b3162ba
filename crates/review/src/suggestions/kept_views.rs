//! The views that suggesters have open at this node. Between two exchanges, a view keeps the text that it was made
//! from, the suggestions in it, and the content that its editor has. A lost view does no harm: the editor begins
//! another one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use document::prose::Prose;
use document::suggestions::{Located, Suggestion};
use endpoint::{Error, Result};
use parking_lot::Mutex;
use uuid::Uuid;
use vocabulary::{DocumentId, ThreadId};

use super::exchange::{Answer, Taken};

/// Most open views of a document: as many people as in a large meeting may suggest at the same time.
const MOST_OF_A_DOCUMENT: usize = 50;
/// Most open views of one person in a document, such as tabs. The view that was not used for the longest time is
/// removed to make room.
const MOST_OF_A_PERSON: usize = 5;
/// Most views of a node, and the largest encoded size of their texts. In memory, a view takes some 20 times that size,
/// because it holds its text three times. The view that was not used for the longest time is removed to make room.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 32 << 20;
/// A view that was not used for this long is removed. An open page sends a request at least twice a minute.
const IDLE: Duration = Duration::from_secs(600);

#[derive(Clone, Default)]
pub struct Views(Arc<Mutex<HashMap<Uuid, Kept>>>);

#[derive(Clone)]
struct Kept {
    document: DocumentId,
    person: Uuid,
    used: Instant,
    /// The encoded size of the view's text.
    bytes: usize,
    // The mutex is held across awaits, so that the exchanges of a view run one after the other.
    held: Arc<tokio::sync::Mutex<Held>>,
}

/// A suggestion in a view.
#[derive(Clone)]
pub struct Own {
    pub id: ThreadId,
    pub suggestion: Suggestion,
    pub located: Located,
}

/// The data of a view.
pub struct Held {
    /// The number of exchanges.
    pub known: u64,
    /// The answer to the last exchange, for a request that is repeated.
    pub answer: Option<Answer>,
    /// The content that the editor had before an exchange that failed after storing something, and what was stored.
    pub taken: Option<(Prose, Taken)>,
    pub seq: u64,
    pub state: Bytes,
    pub prose: Prose,
    /// The suggestions that the view shows in this text.
    pub own: Vec<Own>,
    /// The person's suggestions that apply to this text, but are hidden by those in `own`.
    pub hidden: Vec<Own>,
    /// The content that the editor has.
    pub content: Prose,
    /// Whether people were notified of the view's suggestions.
    pub has_told: bool,
    /// Whether the audit log records that the person reads this text, which it does for a confidential text.
    pub is_recorded: bool,
}

impl Views {
    /// # Errors
    /// [`Error::TooManyViews`].
    pub fn begin(&self, document: DocumentId, person: Uuid, held: Held) -> Result<Uuid> {
        let mut views = self.0.lock();
        let now = Instant::now();
        views.retain(|_, view| now.duration_since(view.used) < IDLE);
        let of_person = |view: &Kept| view.document == document && view.person == person;
        if views.values().filter(|view| of_person(view)).count() >= MOST_OF_A_PERSON {
            drop_oldest(&mut views, of_person);
        }
        if views.values().filter(|view| view.document == document).count() >= MOST_OF_A_DOCUMENT {
            return Err(Error::TooManyViews);
        }
        if views.len() >= MOST {
            drop_oldest(&mut views, |_| true);
        }
        let bytes = held.state.len();
        let (token, held) = (Uuid::new_v4(), Arc::new(tokio::sync::Mutex::new(held)));
        views.insert(token, Kept { document, person, used: now, bytes, held });
        make_room(&mut views, token);
        Ok(token)
    }

    /// Updates the size of a view's text after an exchange.
    pub fn weigh(&self, token: Uuid, bytes: usize) {
        let mut views = self.0.lock();
        if let Some(view) = views.get_mut(&token) {
            view.bytes = bytes;
            make_room(&mut views, token);
        }
    }

    /// # Errors
    /// [`Error::ViewUnknown`].
    pub fn find(&self, token: Uuid, document: DocumentId, person: Uuid) -> Result<Arc<tokio::sync::Mutex<Held>>> {
        let mut views = self.0.lock();
        let now = Instant::now();
        views.retain(|_, view| now.duration_since(view.used) < IDLE);
        let view = views.get_mut(&token).filter(|view| view.document == document && view.person == person);
        let view = view.ok_or(Error::ViewUnknown)?;
        view.used = now;
        Ok(view.held.clone())
    }
}

/// Removes views until the texts of the others fit. The newest view stays, whatever its size.
fn make_room(views: &mut HashMap<Uuid, Kept>, newest: Uuid) {
    while views.len() > 1 && views.values().map(|view| view.bytes).sum::<usize>() > MOST_BYTES {
        let oldest = views.iter().filter(|(token, _)| **token != newest).min_by_key(|(_, view)| view.used);
        let Some(token) = oldest.map(|(token, _)| *token) else { return };
        views.remove(&token);
    }
}

fn drop_oldest(views: &mut HashMap<Uuid, Kept>, which: impl Fn(&Kept) -> bool) {
    let oldest = views.iter().filter(|(_, view)| which(view)).min_by_key(|(_, view)| view.used);
    if let Some(token) = oldest.map(|(token, _)| *token) {
        views.remove(&token);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: usize) -> Held {
        Held {
            known: 0,
            answer: None,
            taken: None,
            seq: 0,
            state: vec![0; bytes].into(),
            prose: Prose::default(),
            own: Vec::new(),
            hidden: Vec::new(),
            content: Prose::default(),
            has_told: false,
            is_recorded: false,
        }
    }

    /// [SUG-13] Views of large texts are removed to make room for newer ones.
    #[test]
    fn the_texts_of_all_views_stay_within_a_limit() {
        let views = Views::default();
        let (document, person) = (DocumentId::new(), Uuid::new_v4());
        let first = views.begin(document, person, of(MOST_BYTES / 2)).expect("a view");
        let second = views.begin(document, person, of(MOST_BYTES / 2)).expect("a view");
        assert!(views.find(first, document, person).is_ok());
        views.weigh(first, MOST_BYTES / 2 + 1);
        assert!(views.find(second, document, person).is_err(), "the other had grown");
        let largest = views.begin(document, person, of(2 * MOST_BYTES)).expect("a view");
        assert!(views.find(first, document, person).is_err());
        assert!(views.find(largest, document, person).is_ok(), "the newest stays");
    }
}
