//! A suggester's view: the text with their own open suggestions, which they edit as if it were the document. The
//! changes in their editor become suggestions, and the view is computed again from the newest text. Nothing that is
//! typed in a view is written to the document, and nothing is merged into a view.

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, LiveDocument, Visitor};
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use bytes::Bytes;
use document::prose::{Draft, Prose};
use document::suggestions::{Base, Located, Shown, ShownMark, returning, shown_together};
use endpoint::input::{At, Body};
use endpoint::{Error, Result};
use library::content::MAX_NODES;
use serde_json::json;
use tokio::sync::OwnedMutexGuard;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, Event, Right, ThreadId, ThreadState};

use super::exchange::{Answer, BlockChange, Exchange, RefusedChange, SuggesterView, Taken, ViewMark};
use super::kept_views::{Held, Own, Views};
use super::making::{check_count, follow, proposals};
use super::placing;
use super::rows::{self, MOST_OPEN, Proposal, Row, Which};
use crate::comments::rows::NewComment;
use crate::threads::following;
use crate::threads::rows::{self as threads, Decision};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(begin))).routes(needs(DOCUMENTS, routes!(exchange)))
}

/// Begins a view of the document with the caller's own open suggestions in it. Editing the view does not edit the
/// document.
#[utoipa::path(post, path = "/documents/{id}/suggestions/view", tag = "comments", params(("id" = Uuid, Path, description = "The document")), responses((status = 201, body = SuggesterView)))]
async fn begin(
    State(app): State<App>,
    Extension(views): Extension<Views>,
    visitor: Visitor,
    At(id): At<DocumentId>,
) -> Result<(StatusCode, Json<SuggesterView>)> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let text = request.text(&app).await?;
    let fresh = fresh(&app, &request, &text).await?;
    let (seq, marks, content) = (fresh.seq, fresh.marks, fresh.content);
    let json = content.to_json();
    let held = Held {
        known: 0,
        answer: None,
        taken: None,
        seq,
        state: fresh.state,
        prose: fresh.prose,
        own: fresh.own,
        hidden: fresh.hidden,
        content,
        has_told: false,
        is_recorded: request.is_confidential(),
    };
    let view = views.begin(id, request.visitor.id(), held)?;
    Ok((StatusCode::CREATED, Json(SuggesterView { view, seq, content: json, marks })))
}

/// Sends the editor's changes to a view, and returns what is new. The changes become suggestions by the caller;
/// suggestions that are no longer in the view's content are withdrawn. Answers 409 `view-unknown` when the view has
/// ended; in that case, begin a new view.
#[utoipa::path(put, path = "/documents/{id}/suggestions/view/{view}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("view" = Uuid, Path, description = "The view")), request_body = Exchange, responses((status = 200, body = Answer)))]
async fn exchange(
    State(app): State<App>,
    Extension(views): Extension<Views>,
    visitor: Visitor,
    At((id, view)): At<(DocumentId, Uuid)>,
    Body(exchange): Body<Exchange>,
) -> Result<Json<Answer>> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let held = views.find(view, id, request.visitor.id())?;
    let mut held = held.lock_owned().await;
    if let Some(answer) = held.answer.as_ref().filter(|answer| answer.known == exchange.known + 1) {
        return Ok(Json(answer.clone()));
    }
    if exchange.known != held.known {
        return Err(Error::ViewUnknown);
    }
    // The text may have become confidential since the view began.
    if request.is_confidential() && !std::mem::replace(&mut held.is_recorded, true) {
        request.note_read(&app).await?;
    }
    let text = request.internal_text(&app).await?;
    let to_the_end = text.clone();
    // The exchange is finished even if the client disconnects. Otherwise it would be unknown what was stored.
    let carried_out = async move { carry_out(&app, &views, &request, &text, view, held, exchange).await };
    Ok(Json(to_the_end.finish(carried_out).await?))
}

async fn carry_out(
    app: &App,
    views: &Views,
    request: &DocumentRequest,
    text: &LiveDocument,
    view: Uuid,
    mut held: OwnedMutexGuard<Held>,
    exchange: Exchange,
) -> Result<Answer> {
    if let Some(change) = exchange.change {
        hear(app, request, &mut held, change).await?;
    }
    let fresh = fresh(app, request, text).await?;
    let content = with_end_of(&held.content, fresh.content);
    let change = difference(&held.content, &content);
    let (_, Taken { made, withdrawn, refused }) = held.taken.take().unwrap_or_default();
    let known = held.known + 1;
    let answer = Answer { known, seq: fresh.seq, change, marks: fresh.marks, made, withdrawn, refused };
    held.known = known;
    held.answer = Some(answer.clone());
    (held.seq, held.state, held.prose, held.content) = (fresh.seq, fresh.state, fresh.prose, content);
    (held.own, held.hidden) = (fresh.own, fresh.hidden);
    views.weigh(view, held.state.len());
    Ok(answer)
}

/// Stores the content of an editor. An earlier attempt of the same exchange may have failed after storing the content.
/// In that case, the editor sends the same content again, or more.
async fn hear(app: &App, request: &DocumentRequest, held: &mut Held, change: BlockChange) -> Result<()> {
    let (had, mut all) = held.taken.clone().unwrap_or_else(|| (held.content.clone(), Taken::default()));
    let said = with_change(&had, change)?;
    if held.taken.is_none() || said != held.content {
        all.add(take(app, request, held, said).await?);
    }
    held.taken = Some((had, all));
    Ok(())
}

/// The content that an editor has after its change.
fn with_change(content: &Prose, change: BlockChange) -> Result<Prose> {
    let BlockChange { from, to, blocks } = change;
    if from > to || to > content.0.len() {
        return Err(Error::Invalid("a change replaces blocks of the content: from, and to after the last"));
    }
    let blocks = match blocks.is_empty() {
        true => Vec::new(),
        false => Prose::from_json(&json!({ "type": "doc", "content": blocks }))?.0,
    };
    let mut said = content.clone();
    said.0.splice(from..to, blocks);
    if said.nodes() > MAX_NODES { Err(Error::ContentTooLarge) } else { Ok(said) }
}

/// New content, with the empty paragraphs that the editor has at the end, because the editor would add them again.
fn with_end_of(had: &Prose, mut content: Prose) -> Prose {
    let (blank, more) = (had.blank_end(), content.blank_end().len());
    content.0.extend_from_slice(blank.get(more..).unwrap_or_default());
    content
}

fn difference(had: &Prose, now: &Prose) -> Option<BlockChange> {
    let head = had.0.iter().zip(&now.0).take_while(|(a, b)| a == b).count();
    let rest = had.0.len().min(now.0.len()) - head;
    let tail = had.0.iter().rev().zip(now.0.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (to, end) = (had.0.len() - tail, now.0.len() - tail);
    (head < to || head < end).then(|| BlockChange { from: head, to, blocks: now.blocks_json(head..end) })
}

/// A change in an editor's content, to be stored as a new suggestion, or as the new form of an earlier suggestion.
struct Said {
    /// The earlier suggestion.
    was: Option<ThreadId>,
    proposal: Proposal,
    located: Located,
}

/// The content of an editor, compared with the suggestions in its view.
struct Compared {
    kept: Vec<Own>,
    said: Vec<Said>,
    gone: Vec<ThreadId>,
}

/// Compares the content of an editor with the text that its view was made from. A change that is the same as before
/// keeps its suggestion; a different change in the same place becomes a new form of the suggestion.
fn compared(state: &Bytes, prose: Prose, (own, hidden): (Vec<Own>, Vec<Own>), said: &Prose) -> Result<Compared> {
    let base = Base::of(prose);
    let mut left = own;
    let (mut kept, mut new) = (Vec::new(), Vec::new());
    for one in base.derive(said) {
        let places: Vec<_> = one.places.iter().copied().map(Some).collect();
        let located = base.locate(&one.suggestion, &places)?;
        match left.iter().position(|own| own.suggestion == one.suggestion && own.located == located) {
            Some(at) => kept.push(left.remove(at)),
            None => new.push((one, located)),
        }
    }
    let was = |located: &Located, left: &mut Vec<Own>| {
        let at = left.iter().position(|own| own.located.overlaps(located))?;
        Some(left.remove(at).id)
    };
    let was: Vec<Option<ThreadId>> = new.iter().map(|(_, located)| was(located, &mut left)).collect();
    let (derived, located): (Vec<_>, Vec<_>) = new.into_iter().unzip();
    let proposals = match derived.is_empty() {
        true => Vec::new(),
        false => {
            let draft = Draft::new(state).map_err(|error| Error::Internal(error.to_string()))?;
            proposals(draft.document(), &derived)?
        }
    };
    let said = was.into_iter().zip(proposals).zip(located);
    let said: Vec<Said> = said.map(|((was, proposal), located)| Said { was, proposal, located }).collect();
    let back = brought_back(&kept, &said, hidden);
    Ok(Compared { kept, said, gone: left.into_iter().map(|own| own.id).chain(back).collect() })
}

/// Hidden suggestions that would now appear in the text although the editor's content does not contain them, because
/// the suggestions of the same person that hid them are gone or in another place.
fn brought_back(kept: &[Own], said: &[Said], hidden: Vec<Own>) -> Vec<ThreadId> {
    let kept = kept.iter().map(|own| (Some(own.id), true, own.located.clone()));
    let said = said.iter().map(|said| (said.was, true, said.located.clone()));
    let hidden = hidden.into_iter().map(|own| (Some(own.id), false, own.located));
    let mut all: Vec<(Option<ThreadId>, bool, Located)> = kept.chain(said).chain(hidden).collect();
    // In the order in which the suggestions are made, with the new ones last.
    all.sort_by_key(|(id, ..)| (id.is_none(), *id));
    let is_said: Vec<bool> = all.iter().map(|(_, is_said, _)| *is_said).collect();
    let located: Vec<Located> = all.iter().map(|(.., located)| located.clone()).collect();
    returning(&located, &is_said).into_iter().filter_map(|at| all[at].0).collect()
}

/// Stores the content of an editor as suggestions by the caller, and notes in the view that this is done.
async fn take(app: &App, request: &DocumentRequest, held: &mut Held, said: Prose) -> Result<Taken> {
    let (state, prose, content) = (held.state.clone(), held.prose.clone(), said.clone());
    let own = (held.own.clone(), held.hidden.clone());
    let work = move || compared(&state, prose, own, &content);
    let Compared { mut kept, said: changes, gone } = app.work_out(&request.actor, held.state.len(), work).await?;
    let (document, version) = (request.id(), held.seq as i64);
    let (mut taken, mut followed) = (Taken::default(), Vec::new());
    let (mut has_told, mut has_changed) = (held.has_told, false);
    let mut tx = app.db.begin().await?;
    for Said { was, proposal, located } in changes {
        let refused =
            |error: &Error, words: String| RefusedChange { code: error.code(), sentence: error.to_string(), words };
        let words = proposal.suggestion.after_text();
        let author = request.visitor.id();
        match check_count(&mut tx, document, author, usize::from(was.is_none())).await {
            Ok(()) => {}
            Err(error @ Error::TooManySuggestions(_)) => {
                taken.refused.push(refused(&error, words));
                continue;
            }
            Err(error) => return Err(error),
        }
        let id = match was {
            Some(was) => {
                if !rows::change(&mut tx, document, was, (version, &proposal)).await? {
                    taken.refused.push(refused(&DECIDED, words));
                    continue;
                }
                has_changed = true;
                was
            }
            None => {
                let reason = NewComment { author, body: String::new(), mentions: Vec::new() };
                let new = (version, &proposal);
                rows::add(&mut tx, &request.actor, document, new, reason, !std::mem::replace(&mut has_told, true))
                    .await?
            }
        };
        kept.push(Own { id, suggestion: proposal.suggestion.clone(), located });
        taken.made.push(id);
        followed.push((id, proposal));
    }
    for id in gone {
        let (from, to) = (ThreadState::Open, ThreadState::Withdrawn);
        let decision = Decision { from, to, outcome: None, note: None, anchor: None };
        if threads::lock_and_decide(&mut tx, &request.actor, document, id, decision).await? {
            taken.withdrawn.push(id);
        }
    }
    if has_changed {
        tx.emit(&request.actor, Event::SuggestionsChanged { document }).await?;
    }
    if !taken.withdrawn.is_empty() {
        rows::forget_taken_back(&mut tx, document, request.visitor.id()).await?;
    }
    tx.commit().await?;
    followed.iter().for_each(|(id, proposal)| follow(app, document, *id, proposal));
    taken.withdrawn.iter().for_each(|id| following::end(app, document, *id));
    (held.own, held.content, held.has_told) = (kept, said, has_told);
    Ok(taken)
}

const DECIDED: Error = Error::Conflict("this suggestion was decided while you typed in it");

/// A view of the newest text.
struct Fresh {
    seq: u64,
    state: Bytes,
    prose: Prose,
    own: Vec<Own>,
    /// The caller's suggestions that are hidden by later ones.
    hidden: Vec<Own>,
    content: Prose,
    marks: Vec<ViewMark>,
}

async fn fresh(app: &App, request: &DocumentRequest, text: &LiveDocument) -> Result<Fresh> {
    let which = Which { state: "open", ..Which::default() };
    let open = rows::list(&app.db, request.actor.workspace, request.id(), which, MOST_OPEN).await?;
    let wanted = placing::wanted(app, text, &open);
    let now = placing::now(text, &wanted).await?;
    let person = request.visitor.id();
    let fresh = app.work_out(&request.actor, now.state.len(), move || {
        let base = Base::of(now.prose.clone());
        let located = now.located(&base, &wanted);
        let mut standing: Vec<(&Row, Own)> = Vec::new();
        for ((row, one), located) in open.iter().zip(&wanted).zip(located) {
            if let (Some(suggestion), Ok(located)) = (&one.suggestion, located) {
                standing.push((row, Own { id: one.id, suggestion: suggestion.clone(), located }));
            }
        }
        let (own, others): (Vec<_>, Vec<_>) = standing.into_iter().partition(|(row, _)| row.created_by == person);
        let all: Vec<Located> = own.iter().map(|(_, own)| own.located.clone()).collect();
        let together = shown_together(&all);
        let is_hidden = |(at, one): (usize, &(&Row, Own))| (!together.contains(&at)).then(|| one.1.clone());
        let hidden = own.iter().enumerate().filter_map(is_hidden).collect();
        let own: Vec<(&Row, Own)> = together.iter().map(|at| own[*at].clone()).collect();
        fn places<'a>(some: &'a [(&Row, Own)]) -> Vec<&'a Located> {
            some.iter().map(|(_, own)| &own.located).collect()
        }
        // The caller's suggestions are not shown if they cannot be applied together.
        let (own, shown) = match base.shown(&places(&own), &places(&others)) {
            Some(shown) => (own, shown),
            None => {
                let shown = base.shown(&[], &places(&others));
                (Vec::new(), shown.ok_or(Error::Internal("the text cannot be shown".into()))?)
            }
        };
        let Shown { prose: content, marks } = shown;
        let (mine, all) = (own.len(), own.iter().chain(&others));
        let marks = marks.into_iter().zip(all).enumerate();
        let marks = marks.filter_map(|(at, (mark, (row, one)))| Some(mark_of(&base, row, one, at < mine, mark?)));
        let marks = marks.collect();
        let own = own.into_iter().map(|(_, own)| own).collect();
        let content = content.as_an_editor_has_it();
        Ok(Fresh { seq: now.seq, state: now.state, prose: now.prose, own, hidden, content, marks })
    });
    fresh.await
}

fn mark_of(base: &Base, row: &Row, one: &Own, mine: bool, mark: ShownMark) -> ViewMark {
    let proposed = (!mine).then(|| base.decoration(&one.suggestion, &one.located));
    let (after, block) = proposed.map(|proposed| (proposed.after, proposed.block)).unwrap_or_default();
    ViewMark {
        id: one.id,
        mine,
        kind: row.kind.clone(),
        from: mark.from,
        to: mark.to,
        removed: mark.removed,
        after,
        block,
        author: row.created_by,
        author_name: row.author_name.clone(),
        color: row.author_color.clone(),
    }
}
