//! Makes suggestions from a proposed text, for programs, or from other words for a passage. Nothing is written to the
//! document.

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, LiveDocument, Visitor};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use database::Tx;
use document::passages::Surroundings;
use document::prose::{Draft, Prose, View};
use document::suggestions::{Base, Derived, Suggestion};
use document::{Anchor, Document};
use endpoint::input::{At, Raw, check_json};
use endpoint::{Error, Result};
use library::content::MAX_NODES;
use serde::Deserialize;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, Right, ThreadId};

use super::listing::{SuggestionPage, SuggestionView, views};
use super::rows::{self, MOST_OF_A_PERSON, MOST_OPEN, MOST_STORED, MOST_STORED_OF_A_PERSON, Passage, Proposal};
use crate::comments::rows::{Mention, NewComment};
use crate::comments::{Remark, check_mentions};
use crate::threads::following;
use crate::threads::passages::{AROUND, PassageWish, check_replacement, mark};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(create)))
}

/// Largest stored change of one suggestion: enough to replace a chapter.
const MAX_CHANGE_BYTES: usize = 256 * 1024;

/// Proposed changes: `content`, or a `passage` with its `replacement`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SuggestionWish {
    /// The whole proposed text, in the editor's JSON. Each contiguous difference from the document becomes a
    /// suggestion.
    #[schema(value_type = Option<Object>)]
    content: Option<Value>,
    /// The row of the log up to which the caller has read the document. If rows have been added since, the answer is
    /// 412.
    base: Option<u64>,
    passage: Option<PassageWish>,
    /// The text to put in the place of the passage, which must lie within one paragraph; empty to delete it.
    replacement: Option<String>,
    /// The reason, in plain text: the first comment of each suggestion.
    #[serde(default)]
    reason: String,
    /// The members and groups of the workspace to notify.
    #[serde(default)]
    mentions: Vec<Mention>,
}

/// Makes one suggestion for each contiguous difference between the document and a proposed text, in the editor's JSON
/// or in Markdown; or one suggestion for a passage. Nothing is written to the document.
#[utoipa::path(
    post, path = "/documents/{id}/suggestions", tag = "comments",
    params(("id" = Uuid, Path, description = "The document"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")),
    request_body(content((SuggestionWish = "application/json"), (String = "text/markdown"))),
    responses((status = 201, body = SuggestionPage)),
)]
async fn create(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<(StatusCode, Json<SuggestionPage>)> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    request.note_read(&app).await?;
    let (wish, markdown) = parsed(&headers, &body)?;
    let remark = Remark { body: wish.reason, mentions: wish.mentions }.checked(true)?;
    check_mentions(&app, request.actor.workspace, &remark.mentions).await?;
    let reason = NewComment { author: request.visitor.id(), body: remark.body, mentions: remark.mentions };
    let made = match (wish.content, markdown, wish.passage, wish.replacement) {
        (None, None, Some(passage), Some(replacement)) => {
            let (_, made) = replace(&app, &request, passage, &replacement, reason).await?;
            vec![made]
        }
        (Some(content), None, None, None) => {
            propose(&app, &request, Proposed::Json(content), wish.base, reason).await?
        }
        (None, Some(text), None, None) => propose(&app, &request, Proposed::Markdown(text), None, reason).await?,
        _ => return Err(Error::Invalid("a suggestion has `content`, or a `passage` and its `replacement`")),
    };
    let mut found = Vec::new();
    for suggestion in made {
        found.extend(rows::find(&app.db, request.actor.workspace, id, suggestion).await?);
    }
    let (seq, items): (u64, Vec<SuggestionView>) = views(&app, &request, found, false).await?;
    Ok((StatusCode::CREATED, Json(SuggestionPage::of(seq, items))))
}

fn parsed(headers: &HeaderMap, body: &[u8]) -> Result<(SuggestionWish, Option<String>)> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            check_json(body)?;
            Ok((serde_json::from_slice(body).map_err(|error| Error::Body(error.to_string()))?, None))
        }
        "text/markdown" => {
            let text = std::str::from_utf8(body).map_err(|error| Error::Body(error.to_string()))?;
            let wish = SuggestionWish {
                content: None,
                base: None,
                passage: None,
                replacement: None,
                reason: String::new(),
                mentions: Vec::new(),
            };
            Ok((wish, Some(text.to_owned())))
        }
        _ => Err(Error::UnsupportedMediaType("the content type must be application/json or text/markdown")),
    }
}

enum Proposed {
    Json(Value),
    Markdown(String),
}

impl Proposed {
    /// The proposed text. Content that Markdown cannot express stays unchanged.
    fn prose(self, now: &mut Draft) -> Result<Prose> {
        let prose = match self {
            Proposed::Json(content) => Prose::from_json(&content)?,
            Proposed::Markdown(text) => {
                now.write(&Prose::from_markdown(&text)?, View::Markdown);
                now.prose()
            }
        };
        if prose.nodes() > MAX_NODES { Err(Error::ContentTooLarge) } else { Ok(prose) }
    }
}

async fn propose(
    app: &App,
    request: &DocumentRequest,
    proposed: Proposed,
    base: Option<u64>,
    reason: NewComment,
) -> Result<Vec<ThreadId>> {
    let text = request.internal_text(app).await?;
    let (seq, state) = text.read(|document, seq| (seq, document.state())).await?;
    if base.is_some_and(|base| base != seq) {
        return Err(Error::PreconditionFailed);
    }
    let proposals = app.work_out(&request.actor, state.len(), move || {
        let draft = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?;
        let mut other = Draft::new(&state).map_err(|error| Error::Internal(error.to_string()))?;
        let derived = Base::of(draft.prose()).derive(&proposed.prose(&mut other)?);
        proposals(draft.document(), &derived)
    });
    let proposals = proposals.await?;
    if proposals.is_empty() {
        return Err(Error::NothingSuggested);
    }
    store(app, &text, seq, &proposals, &reason).await
}

/// Suggests other words for a passage. Returns the row of the log, and the suggestion.
///
/// # Errors
/// The reason why the passage cannot be replaced.
pub async fn replace(
    app: &App,
    request: &DocumentRequest,
    passage: PassageWish,
    replacement: &str,
    reason: NewComment,
) -> Result<(u64, ThreadId)> {
    let marked = mark(app, request, passage).await?;
    check_replacement(replacement, &marked.place)?;
    let text = request.internal_text(app).await?;
    instead(app, &text, (marked.anchor, marked.place.quote), replacement, reason).await
}

/// Like [`replace`], for a passage whose anchor and words are known.
///
/// # Errors
/// As [`replace`].
pub async fn instead(
    app: &App,
    text: &LiveDocument,
    (anchor, quote): (Anchor, String),
    replacement: &str,
    reason: NewComment,
) -> Result<(u64, ThreadId)> {
    let words = replacement.to_owned();
    let (seq, made) = text
        .read(move |document, seq| {
            let place = document.place(&anchor)?;
            if place.quote != quote {
                return Err(document::AnchorError::Changed.into());
            }
            let derived = Base::of(document.prose()).instead((place.from, place.to), &words);
            let derived = derived.ok_or(document::AnchorError::NotOneText)?;
            Ok::<_, Error>((seq, proposals(document, &[derived])?))
        })
        .await??;
    let made = store(app, text, seq, &made, &reason).await?;
    Ok((seq, made.first().copied().ok_or(Error::NothingSuggested)?))
}

/// Adds to derived suggestions their passages in the document that they were derived from.
///
/// # Errors
/// [`Error::Invalid`] when a suggestion is too large.
pub fn proposals(document: &Document, derived: &[Derived]) -> Result<Vec<Proposal>> {
    if derived.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<(u32, u32)> = derived.iter().flat_map(|one| one.places.iter().copied()).collect();
    let text = document.plain_text();
    let around = |place: &(u32, u32)| Surroundings::of(&text, *place, AROUND).unwrap_or_default();
    let passages = document.anchors(&places)?.into_iter().zip(&places);
    let mut passages = passages.map(|(anchor, place)| Passage { anchor, around: around(place) });
    let proposal = |one: &Derived| Proposal {
        suggestion: one.suggestion.clone(),
        passages: passages.by_ref().take(one.places.len()).collect(),
    };
    let all: Vec<Proposal> = derived.iter().map(proposal).collect();
    all.iter().try_for_each(|one| check_size(&one.suggestion))?;
    Ok(all)
}

/// # Errors
/// As [`proposals`].
pub fn check_sizes(derived: &[Derived]) -> Result<()> {
    derived.iter().try_for_each(|one| check_size(&one.suggestion))
}

fn check_size(suggestion: &Suggestion) -> Result<()> {
    let bytes = serde_json::to_vec(suggestion).map_err(|error| Error::Internal(error.to_string()))?.len();
    match bytes <= MAX_CHANGE_BYTES {
        true => Ok(()),
        false => Err(Error::Invalid("a suggestion may have at most 256 KiB: suggest it in smaller parts")),
    }
}

/// Stores all suggestions of the caller, or none. Notifies people of the first.
async fn store(
    app: &App,
    text: &LiveDocument,
    seq: u64,
    proposals: &[Proposal],
    reason: &NewComment,
) -> Result<Vec<ThreadId>> {
    store_each(app, text, seq, proposals, (reason.author, |_: &Suggestion| reason.clone())).await
}

/// Stores suggestions like `store`, with a reason for each.
///
/// # Errors
/// [`Error::TooManySuggestions`].
pub async fn store_each(
    app: &App,
    text: &LiveDocument,
    seq: u64,
    proposals: &[Proposal],
    (author, reason): (Uuid, impl Fn(&Suggestion) -> NewComment),
) -> Result<Vec<ThreadId>> {
    let document = text.document();
    let mut tx = app.db.begin().await?;
    check_count(&mut tx, document, author, proposals.len()).await?;
    let mut made = Vec::new();
    for proposal in proposals {
        let (new, reason) = ((seq as i64, proposal), reason(&proposal.suggestion));
        made.push(rows::add(&mut tx, text.by(), document, new, reason, made.is_empty()).await?);
    }
    tx.commit().await?;
    made.iter().zip(proposals).for_each(|(made, proposal)| follow(app, document, *made, proposal));
    Ok(made)
}

/// # Errors
/// [`Error::TooManySuggestions`].
pub async fn check_count(tx: &mut Tx, document: DocumentId, author: Uuid, more: usize) -> Result<()> {
    let open = rows::count_open(tx, document, author).await?;
    if open.all + more as i64 > MOST_OPEN {
        return Err(Error::TooManySuggestions(
            "a document may have at most 1,000 open suggestions: decide on some first",
        ));
    }
    if open.own + more as i64 > MOST_OF_A_PERSON {
        return Err(Error::TooManySuggestions("a person may have at most 500 open suggestions in a document"));
    }
    if open.stored > MOST_STORED || open.own_stored > MOST_STORED_OF_A_PERSON {
        return Err(Error::TooManySuggestions("the open suggestions are too large together: decide on some first"));
    }
    Ok(())
}

/// Follows the passages of a suggestion that has just been stored.
pub fn follow(app: &App, document: DocumentId, suggestion: ThreadId, proposal: &Proposal) {
    let quotes = &proposal.suggestion.quotes;
    let passages: Vec<_> =
        proposal.passages.iter().zip(quotes).map(|(one, quote)| (&one.anchor, quote.as_str(), &one.around)).collect();
    following::begin(app, document, suggestion, &passages);
}
