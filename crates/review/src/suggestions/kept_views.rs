//! The views that suggesters have open at this node. A view is kept between two exchanges: the text that it was made
//! from, the suggestions in it, and the content that its editor has. Losing one costs nothing: the editor begins another.

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

/// Open views of a document: as many people suggest at once as fit in a meeting.
const MOST_OF_A_DOCUMENT: usize = 50;
/// Open views of one person in a document: tabs. The one that was not used for the longest time makes place.
const MOST_OF_A_PERSON: usize = 5;
/// Views of a node. Each holds a text three times; the one that was not used for the longest time makes place.
const MOST: usize = 1_000;
/// A page asks at least twice a minute.
const IDLE: Duration = Duration::from_secs(600);

#[derive(Clone, Default)]
pub struct Views(Arc<Mutex<HashMap<Uuid, Kept>>>);

#[derive(Clone)]
struct Kept {
    document: DocumentId,
    person: Uuid,
    used: Instant,
    // A mutex across awaits: a view's exchanges follow one another.
    held: Arc<tokio::sync::Mutex<Held>>,
}

/// A suggestion in a view.
#[derive(Clone)]
pub struct Own {
    pub id: ThreadId,
    pub suggestion: Suggestion,
    pub located: Located,
}

/// What a view is made of.
pub struct Held {
    /// The number of exchanges.
    pub known: u64,
    /// The answer to the last exchange, for a request that is repeated.
    pub answer: Option<Answer>,
    /// What the exchange in progress has stored, if it failed afterwards, and what the editor had before it.
    pub taken: Option<(Prose, Taken)>,
    pub seq: u64,
    pub state: Bytes,
    pub prose: Prose,
    /// The suggestions that the view shows in this text.
    pub own: Vec<Own>,
    /// What the editor has.
    pub content: Prose,
    /// Whether people were notified of its suggestions.
    pub has_told: bool,
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
        let (token, held) = (Uuid::new_v4(), Arc::new(tokio::sync::Mutex::new(held)));
        views.insert(token, Kept { document, person, used: now, held });
        Ok(token)
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

fn drop_oldest(views: &mut HashMap<Uuid, Kept>, which: impl Fn(&Kept) -> bool) {
    let oldest = views.iter().filter(|(_, view)| which(view)).min_by_key(|(_, view)| view.used);
    if let Some(token) = oldest.map(|(token, _)| *token) {
        views.remove(&token);
    }
}
