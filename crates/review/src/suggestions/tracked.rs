//! A text with its open suggestions as tracked changes, for a file in which people accept and reject them with another
//! program.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use access::{App, DocumentRequest};
use chrono::{DateTime, SecondsFormat};
use document::prose::{Credit, Credited, Letters, People, Prose};
use document::suggestions::{Kind, Placed, Proposed};
use endpoint::Result;
use serde_json::Value;
use vocabulary::ThreadId;

use super::placing;
use super::rows::{self, MOST_OPEN, Row, Which};

/// A text, and the same text with its suggestions. Suggestions that cannot be accepted are left out. If several
/// overlap, only the first is included.
pub struct Tracked {
    pub before: Prose,
    proposed: Proposed,
    ids: Vec<ThreadId>,
    /// For each suggestion, whether it changes the kind of blocks, and no words.
    shapes: Vec<bool>,
    /// The author and the time of each suggestion.
    authors: Vec<Credit>,
    names: HashMap<Arc<str>, String>,
    /// The size of the document, by which work on it is admitted.
    pub encoded_bytes: usize,
}

/// Reads the text as it is now with its open suggestions.
///
/// # Errors
/// When the text or the rows cannot be read.
pub async fn read(app: &App, request: &DocumentRequest) -> Result<Tracked> {
    let text = request.text(app).await?;
    let which = Which { state: "open", ..Which::default() };
    let open = rows::list(&app.db, request.actor.workspace, request.id(), which, MOST_OPEN).await?;
    let wanted = placing::wanted(app, &text, &open);
    let now = placing::now(&text, &wanted).await?;
    let encoded_bytes = now.state.len();
    app.work_out(&request.actor, encoded_bytes, move || {
        let all = open.iter().zip(&wanted).zip(now.places());
        let known = all.filter_map(|((row, one), places)| Some((row, (one.suggestion.as_ref()?, places.as_slice()))));
        let (open, placed): (Vec<&Row>, Vec<Placed<'_>>) = known.unzip();
        let proposed = now.prose.clone().with_suggestions(&placed);
        let author = |row: &&Row| {
            let at = row.created_at.timestamp_millis();
            Credit { by: row.created_by.to_string().into(), suggested_by: None, times: Some((at, at)) }
        };
        let names = open.iter().map(|row| (Arc::from(row.created_by.to_string()), row.author_name.clone())).collect();
        let authors = open.iter().map(author).collect();
        let shapes = placed.iter().map(|(suggestion, _)| {
            suggestion.kind() == Kind::Block && suggestion.before_text() == suggestion.after_text()
        });
        let shapes = shapes.collect();
        let ids = open.iter().map(|row| row.suggestion_id).collect();
        Ok(Tracked { before: now.prose.clone(), proposed, ids, shapes, authors, names, encoded_bytes })
    })
    .await
}

impl Tracked {
    /// The text with the suggestions.
    pub fn after(&self) -> &Prose {
        &self.proposed.prose
    }

    /// The suggestions that are included in the text.
    pub fn shown(&self) -> HashSet<ThreadId> {
        let both = self.ids.iter().zip(&self.proposed.changed);
        both.filter_map(|(id, changed)| changed.as_ref().map(|_| *id)).collect()
    }

    /// The place of a passage of the text in the text with the suggestions.
    pub fn moved(&self, passage: &Range<u32>) -> Range<u32> {
        self.proposed.moved(passage)
    }

    /// The two texts for printing, as one text with changes.
    pub fn printed(&self, before: &Prose, after: &Prose) -> Value {
        let mut comparison = before.compare(after);
        let units = |prose: &Prose| -> Vec<u16> { prose.to_text().encode_utf16().collect() };
        let shapes: Vec<Credited> = self.credited(true).map(|(_, added)| added).collect();
        let (taken, added): (Vec<Credited>, Vec<Credited>) = self.credited(false).unzip();
        let in_order = |mut all: Vec<Credited>| {
            all.retain(|one| one.from < one.to);
            all.sort_by_key(|one| one.from);
            all
        };
        comparison.credit_all(
            &Letters { text: &units(&self.before), letters: &in_order(taken) },
            &Letters { text: &units(self.after()), letters: &in_order(added) },
            &in_order(shapes),
        );
        // A change without changed characters, such as another kind of block, is credited only if there is just one
        // author.
        comparison.only =
            self.authors.first().filter(|one| self.authors.iter().all(|other| other.by == one.by)).cloned();
        comparison.to_printed(&People { names: &self.names, time: |at| rfc3339(at) })
    }

    /// The parts that each suggestion removes and adds: with `are_shapes` of the suggestions that only change the kind
    /// of block, otherwise of the others.
    fn credited(&self, are_shapes: bool) -> impl Iterator<Item = (Credited, Credited)> {
        let all = self.proposed.changed.iter().zip(&self.authors).zip(&self.shapes);
        let some = all.filter(move |(_, is_shape)| **is_shape == are_shapes);
        some.filter_map(|((changed, credit), _)| {
            let (taken, added) = changed.clone()?;
            let of = |range: Range<u32>| Credited { from: range.start, to: range.end, credit: credit.clone() };
            Some((of(taken), of(added)))
        })
    }
}

fn rfc3339(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Secs, true)
}
