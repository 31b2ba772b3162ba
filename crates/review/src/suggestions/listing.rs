//! Suggestions as people and programs read them: the proposed change, whether it can be accepted, and its place in the
//! text.

use std::collections::HashMap;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use document::suggestions::{Base, Located, overlapping};
use endpoint::{Error, Result, input::At, input::QueryParams};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, Stored, ThreadId, ThreadState};

use super::placing;
use super::rows::{self, MOST_OPEN, Row, Which};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(list)))
}

const PAGE: i64 = 100;
/// As many suggestions as may be open, because the editor shows all of them at once.
const LARGEST_PAGE: i64 = MOST_OPEN;
/// Characters of a text that a list shows; `full=true` has all of it.
const SHORT: usize = 300;

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum SuggestionStates {
    All,
    #[default]
    Open,
    Closed,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SuggestionSearch {
    #[serde(default)]
    #[param(inline)]
    state: SuggestionStates,
    /// The id of an account or guest.
    author: Option<Uuid>,
    /// The kind of change: `insert`, `delete`, `replace`, `format`, `split`, `join` or `block`.
    kind: Option<String>,
    /// Whether to include `change`, and texts in their full length.
    #[serde(default)]
    full: bool,
    /// The `next` value of the previous page.
    cursor: Option<ThreadId>,
    #[serde(default = "page")]
    limit: i64,
}

const fn page() -> i64 {
    PAGE
}

/// A proposed change. It has the id of the thread in which it is discussed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SuggestionView {
    pub id: ThreadId,
    /// The kind of change: `insert`, `delete`, `replace`, `format`, `split`, `join` or `block`.
    kind: String,
    /// The state: `open`, `accepted`, `rejected` or `withdrawn`.
    #[schema(value_type = String)]
    pub state: Stored<ThreadState>,
    /// The id of an account or guest.
    author: Uuid,
    author_name: String,
    color: String,
    is_guest: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// The row of the log up to which the text was read when the suggestion was made or last changed.
    version: i64,
    /// The text that the suggestion removes or changes, as plain text.
    before: String,
    /// The text that the suggestion puts in its place, as plain text.
    after: String,
    /// The change as it is stored; only with `full=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    change: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    /// The reason for the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Whether the suggestion was accepted and its acceptance can still be undone.
    can_undo: bool,
    /// Whether an open suggestion can be accepted: `stands`, or the reason why not: `gone`, `changed`, `already` or
    /// `invalid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stands: Option<&'static str>,
    /// The place of the suggestion in the text as of `seq`, by block and character, and the proposed change; set only
    /// while the suggestion can be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    decoration: Option<Value>,
    /// Up to 20 other open suggestions that change the same words. Of each such pair, only one can be accepted.
    conflicts: Vec<ThreadId>,
    /// The number of comments with text in the suggestion's thread.
    comments: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct SuggestionPage {
    /// The row of the log up to which the text was read.
    pub seq: u64,
    pub items: Vec<SuggestionView>,
    /// The `cursor` of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<ThreadId>,
}

impl SuggestionPage {
    /// The last page of a list.
    pub fn of(seq: u64, items: Vec<SuggestionView>) -> SuggestionPage {
        SuggestionPage { seq, items, next: None }
    }
}

/// Lists a document's suggestions, oldest first, with their places in the text.
#[utoipa::path(get, path = "/documents/{id}/suggestions", tag = "comments", params(("id" = Uuid, Path, description = "The document"), SuggestionSearch), responses((status = 200, body = SuggestionPage)))]
async fn list(
    State(app): State<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(search): QueryParams<SuggestionSearch>,
) -> Result<Json<SuggestionPage>> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    request.note_read(&app).await?;
    let limit = search.limit.clamp(1, LARGEST_PAGE);
    let state = match search.state {
        SuggestionStates::All => "all",
        SuggestionStates::Open => "open",
        SuggestionStates::Closed => "closed",
    };
    let which = Which { state, author: search.author, kind: search.kind, one: None, after: search.cursor };
    let mut found = rows::list(&app.db, request.actor.workspace, id, which, limit + 1).await?;
    let more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|last| last.suggestion_id);
    let (seq, items) = views(&app, &request, found, search.full).await?;
    Ok(Json(SuggestionPage { seq, items, next }))
}

/// One suggestion in its current state.
///
/// # Errors
/// [`Error::NotFound`] when it no longer exists.
pub async fn view(app: &App, request: &DocumentRequest, suggestion: ThreadId) -> Result<SuggestionView> {
    let row = find(app, request, suggestion).await?;
    views(app, request, vec![row], false).await?.1.pop().ok_or(Error::NotFound("suggestion"))
}

/// The state of an open suggestion in the current text.
struct Seen {
    stands: &'static str,
    decoration: Option<Value>,
    conflicts: Vec<ThreadId>,
}

/// Suggestions with their places in the text, and the row of the log up to which the text was read.
///
/// # Errors
/// When the document cannot be read.
pub async fn views(
    app: &App,
    request: &DocumentRequest,
    found: Vec<Row>,
    full: bool,
) -> Result<(u64, Vec<SuggestionView>)> {
    let text = request.internal_text(app).await?;
    let is_open = |row: &Row| row.state == ThreadState::Open;
    let (seq, mut seen) = match found.iter().any(is_open) {
        true => seen(app, request, &text).await?,
        false => (text.seq().await?, HashMap::new()),
    };
    let view = |row: Row| {
        let seen = seen.remove(&row.suggestion_id);
        let change = full.then(|| serde_json::from_str(&row.change).ok()).flatten();
        let most = if full { usize::MAX } else { SHORT };
        let (stands, decoration, conflicts) = match seen {
            Some(Seen { stands, decoration, conflicts }) => (Some(stands), decoration, conflicts),
            None => (None, None, Vec::new()),
        };
        SuggestionView {
            id: row.suggestion_id,
            kind: row.kind,
            state: row.state,
            author: row.created_by,
            author_name: row.author_name,
            color: row.author_color,
            is_guest: row.is_guest,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            before: short(row.before_text, most),
            after: short(row.after_text, most),
            change,
            decided_by: row.decided_by,
            decided_by_name: row.decided_by_name,
            decided_at: row.decided_at,
            note: row.note,
            can_undo: row.can_undo,
            stands,
            decoration,
            conflicts,
            comments: row.comments,
        }
    };
    Ok((seq, found.into_iter().map(view).collect()))
}

/// Most conflicting suggestions that are listed for one suggestion: a script can make hundreds for the same word.
const MOST_CONFLICTS: usize = 20;

/// Looks for all open suggestions of a document in its text, because they may exclude each other.
async fn seen(
    app: &App,
    request: &DocumentRequest,
    text: &access::LiveDocument,
) -> Result<(u64, HashMap<ThreadId, Seen>)> {
    let which = Which { state: "open", ..Which::default() };
    let open = rows::list(&app.db, request.actor.workspace, request.id(), which, MOST_OPEN).await?;
    let wanted = placing::wanted(app, text, &open);
    let now = placing::now(text, &wanted).await?;
    let seen = app.work_out(&request.actor, now.state.len(), move || {
        let base = Base::of(now.prose.clone());
        let located = now.located(&base, &wanted);
        let standing: Vec<usize> = (0..located.len()).filter(|at| located[*at].is_ok()).collect();
        let known: Vec<Located> = located.iter().flatten().cloned().collect();
        let mut conflicts: HashMap<ThreadId, Vec<ThreadId>> = HashMap::new();
        for (one, two) in overlapping(&known) {
            let (one, two) = (wanted[standing[one]].id, wanted[standing[two]].id);
            conflicts.entry(one).or_default().push(two);
            conflicts.entry(two).or_default().push(one);
        }
        let seen = wanted.iter().zip(&located).map(|(one, located)| {
            let decoration = one.suggestion.as_ref().zip(located.as_ref().ok());
            let decoration = decoration.map(|(suggestion, located)| base.decoration(suggestion, located));
            let seen = Seen {
                stands: located.as_ref().err().map_or("stands", |refused| refused.code()),
                decoration: decoration.and_then(|decoration| serde_json::to_value(decoration).ok()),
                conflicts: conflicts.remove(&one.id).unwrap_or_default().into_iter().take(MOST_CONFLICTS).collect(),
            };
            (one.id, seen)
        });
        Ok((now.seq, seen.collect()))
    });
    seen.await
}

fn short(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// # Errors
/// [`Error::NotFound`].
pub async fn find(app: &App, request: &DocumentRequest, suggestion: ThreadId) -> Result<Row> {
    let found = rows::find(&app.db, request.actor.workspace, request.id(), suggestion).await?;
    found.ok_or(Error::NotFound("suggestion"))
}
