//! The authors and times of a passage, and the changes by others since the caller last read.

use crate::{authorship::readings, authorship::readings::Person};
use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{DocumentId, RevisionId, Right};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Error, Result, input::At, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(authors)))
        .routes(needs(DOCUMENTS, routes!(unread)))
        .routes(needs(DOCUMENTS, routes!(note_reading)))
}

/// Most stretches in an answer, which is then a few MiB.
const MAX_STRETCHES: usize = 10_000;
/// Characters of a quote: enough to find the passage in the text.
const EXCERPT_CHARACTERS: usize = 200;

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Range {
    /// The start offset in the plain text (`content?format=text`), in UTF-16 units.
    #[serde(default)]
    from: u32,
    /// The end offset; absent for the end of the text.
    to: Option<u32>,
    /// The passage, instead of offsets: two Yjs relative positions, as JSON `{"start": …, "end": …}`.
    passage: Option<String>,
}

/// Consecutive characters by one person.
#[derive(Serialize, utoipa::ToSchema)]
struct StretchView {
    from: u32,
    to: u32,
    /// The first 200 characters of the text.
    quote: String,
    /// The author; absent if unknown, for example in imported text.
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<Person>,
    /// The person who suggested the text, if the author accepted a suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_by: Option<Person>,
    /// The time at which the first character was written; `last_at` is that of the last one. Both are absent where the
    /// log was trimmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<DateTime<Utc>>,
}

/// Lists the authors of a passage, or of the whole text, and when they wrote it. Reads the document's log, which takes
/// a while if the log is long.
#[utoipa::path(get, path = "/documents/{id}/authors", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), Range), responses((status = 200, body = [StretchView])))]
async fn authors(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(range): QueryParams<Range>,
) -> Result<Json<Vec<StretchView>>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    let text = request.internal_text(&app).await?;
    let (from, to) = match range.passage {
        Some(passage) => {
            let anchor =
                serde_json::from_str(&passage).map_err(|_| Error::Invalid("a passage needs a start and an end"));
            let place = text.place(&anchor?).await?;
            (place.from, place.to)
        }
        None => (range.from, range.to.unwrap_or(u32::MAX)),
    };
    if to <= from {
        return Err(Error::Invalid("a passage must end after its start"));
    }
    request.note_read(&app).await?;
    let (text, stretches) = crate::authorship::authored(&app, &text, (from, to)).await?;
    if stretches.len() > MAX_STRETCHES {
        return Err(Error::Invalid("too many people wrote this passage: request a smaller one"));
    }
    let mut people = People::default();
    let mut views = Vec::new();
    for stretch in stretches {
        let author = match stretch.author {
            Some(id) => people.find(&app, id).await?,
            None => None,
        };
        let suggested_by = match stretch.suggested_by {
            Some(id) => people.find(&app, id).await?,
            None => None,
        };
        let (first_at, last_at) = stretch.times.unzip();
        let (from, to) = (stretch.from, stretch.to);
        let quote = String::from_utf16_lossy(&text[from as usize..to as usize]);
        let quote = quote.chars().take(EXCERPT_CHARACTERS).collect();
        views.push(StretchView { from, to, quote, author, suggested_by, first_at, last_at });
    }
    Ok(Json(views))
}

/// Looks each person up only once.
#[derive(Default)]
struct People(HashMap<Uuid, Option<Person>>);

impl People {
    async fn find(&mut self, app: &App, id: Uuid) -> Result<Option<Person>> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let person = readings::person(&app.db, id).await?;
        self.0.insert(id, person.clone());
        Ok(person)
    }
}

/// A person who has written since the caller last read.
#[derive(Serialize, utoipa::ToSchema)]
struct WriterView {
    #[serde(flatten)]
    person: Person,
    /// The number of this person's words that are in the text now.
    words: usize,
}

#[derive(Serialize, utoipa::ToSchema)]
struct UnreadView {
    /// The time at which the caller last read the document; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<DateTime<Utc>>,
    /// Whether others have written since the caller last read the document.
    changed: bool,
    /// The people who have written since then, with their word counts. People who only deleted text have a count of 0.
    authors: Vec<WriterView>,
    /// The revision to compare with (`GET …/changes?from=`): the newest revision that the caller had read completely.
    /// Absent if there is none: in that case, everything counts as new.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<RevisionId>,
}

/// Returns who else has written since the caller last read the document. See `PUT …/reading`.
#[utoipa::path(get, path = "/documents/{id}/unread", tag = "revisions", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = UnreadView)))]
async fn unread(Shared(app): Shared<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<UnreadView>> {
    let account = caller.member.account_id;
    let request = DocumentRequest::of_review(&app, Visitor::Member(Box::new(caller)), id).await?;
    let nothing = |read_at| UnreadView { read_at, changed: false, authors: Vec::new(), from: None };
    let Some(reading) = readings::find(&app.db, account, id).await? else { return Ok(Json(nothing(None))) };
    let text = request.internal_text(&app).await?;
    if text.last_row() <= reading.seq as u64 {
        return Ok(Json(nothing(Some(reading.read_at))));
    }
    let mut words: BTreeMap<Uuid, usize> = BTreeMap::new();
    for author in
        crate::revisions::authors_since(&app, &request.actor, id, (reading.seq as u64, u64::MAX), Vec::new()).await
    {
        words.entry(author).or_default();
    }
    words.remove(&account.0);
    if words.is_empty() {
        return Ok(Json(nothing(Some(reading.read_at))));
    }
    let (text, stretches) = crate::authorship::authored_since(&app, &text, reading.seq as u64).await?;
    for stretch in stretches {
        if let Some(count) = stretch.author.and_then(|author| words.get_mut(&author)) {
            let said = String::from_utf16_lossy(&text[stretch.from as usize..stretch.to as usize]);
            *count += said.split_whitespace().count();
        }
    }
    let mut authors = Vec::new();
    for (author, words) in words {
        if let Some(person) = readings::person(&app.db, author).await? {
            authors.push(WriterView { person, words });
        }
    }
    authors.sort_by_key(|author| std::cmp::Reverse(author.words));
    let from = readings::revision_at(&app.db, request.actor.workspace, id, reading.seq).await?;
    Ok(Json(UnreadView { read_at: Some(reading.read_at), changed: true, authors, from }))
}

/// Records that the caller has read the current text. Everything that others write afterwards counts as unread.
#[utoipa::path(put, path = "/documents/{id}/reading", tag = "revisions", params(("id" = Uuid, Path, description = "The document")), responses((status = 204)))]
async fn note_reading(Shared(app): Shared<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    let account = caller.member.account_id;
    let request = DocumentRequest::at(&app, Visitor::Member(Box::new(caller)), id, Right::View).await?;
    let seq = request.internal_text(&app).await?.last_row();
    readings::note(&app.db, account, id, seq).await?;
    library::watches::rows::note_seen(&app.db, request.actor.workspace, account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
