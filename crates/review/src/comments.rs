//! Comments in threads: replies, corrections and reactions. Only the author of a comment can change it. A person with
//! the admin right to the document can also remove it.

pub mod rows;

use crate::comments::rows as comments;
use crate::{
    comments::rows::Comment, comments::rows::Mention, comments::rows::NewComment, comments::rows::Reaction,
    threads::CommentAt,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use database::{groups, members};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{AccountId, CommentId, DocumentId, GroupId, Right, ThreadId, WorkspaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor};
use endpoint::{Error, Result, input::At, input::Body};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(reply)))
        .routes(needs(DOCUMENTS, routes!(edit, remove)))
        .routes(needs(DOCUMENTS, routes!(react, unreact)))
}

/// Longest comment: as long as a letter, not as a document.
const MAX_BODY_CHARACTERS: usize = 10_000;
/// Most comments in a thread; nobody reads a longer thread.
const MAX_COMMENTS: i64 = 1_000;
/// Most mentions in a comment, because each mention sends a notification.
const MAX_MENTIONS: usize = 50;
/// The emoji that can be used as reactions.
const REACTIONS: [&str; 8] = ["👍", "👎", "❤️", "🎉", "😄", "😕", "👀", "✅"];

/// The text of a comment.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// Plain text. A client may show URLs in it as links.
    pub body: String,
    /// The members and groups of the workspace to notify.
    #[serde(default)]
    pub mentions: Vec<Mention>,
}

impl Remark {
    /// # Errors
    /// [`Error::Invalid`].
    pub fn checked(mut self, may_be_empty: bool) -> Result<Remark> {
        self.body = self.body.trim().to_owned();
        let length = self.body.chars().count();
        let readable = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        if length > MAX_BODY_CHARACTERS || (length == 0 && !may_be_empty) || !self.body.chars().all(readable) {
            return Err(Error::Invalid("a comment has 1 to 10,000 characters"));
        }
        if self.mentions.len() > MAX_MENTIONS {
            return Err(Error::Invalid("a comment mentions up to 50 people and groups"));
        }
        Ok(self)
    }
}

/// Checks that the mentioned members and groups exist.
///
/// # Errors
/// [`Error::Invalid`].
pub async fn check_mentions(app: &App, workspace: WorkspaceId, mentions: &[Mention]) -> Result<()> {
    for mention in mentions {
        let known = match mention.kind.as_str() {
            "account" => members::find(&app.db, workspace, AccountId(mention.id)).await?.is_some(),
            "group" => groups::name(&app.db, workspace, GroupId(mention.id)).await?.is_some(),
            _ => false,
        };
        if !known {
            return Err(Error::Invalid("a mention must name an account or a group of the workspace"));
        }
    }
    Ok(())
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct Author {
    /// The id of an account or guest.
    id: Uuid,
    pub name: String,
    color: String,
    is_guest: bool,
}

/// A reaction, and the people who gave it.
#[derive(Serialize, utoipa::ToSchema)]
struct ReactionView {
    emoji: String,
    people: Vec<Uuid>,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct CommentView {
    comment_id: CommentId,
    pub author: Author,
    /// The text; empty if the comment was deleted.
    pub body: String,
    mentions: Vec<Mention>,
    reactions: Vec<ReactionView>,
    pub created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edited_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Comment> for CommentView {
    fn from(comment: Comment) -> CommentView {
        let Comment { author_id: id, author_name: name, author_color: color, is_guest, .. } = comment;
        CommentView {
            comment_id: comment.comment_id,
            author: Author { id, name, color, is_guest },
            body: comment.body,
            mentions: Vec::new(),
            reactions: Vec::new(),
            created_at: comment.created_at,
            edited_at: comment.edited_at,
            deleted_at: comment.deleted_at,
        }
    }
}

/// Lists the comments of threads, oldest first, each with its thread.
pub async fn views(
    app: &App,
    document: DocumentId,
    threads: (ThreadId, ThreadId),
) -> Result<Vec<(ThreadId, CommentView)>> {
    let comments = comments::list(&app.db, document, threads).await?;
    let mut views: Vec<_> = comments.into_iter().map(|comment| (comment.thread_id, comment.into())).collect();
    let find =
        |views: &[(ThreadId, CommentView)], id| views.binary_search_by_key(&id, |(_, view)| view.comment_id).ok();
    for (comment, mention) in comments::mentions(&app.db, document, threads).await? {
        if let Some(index) = find(&views, comment) {
            views[index].1.mentions.push(mention);
        }
    }
    for Reaction { comment_id, person_id, emoji } in comments::reactions(&app.db, document, threads).await? {
        let Some(index) = find(&views, comment_id) else { continue };
        let reactions: &mut Vec<ReactionView> = &mut views[index].1.reactions;
        match reactions.iter_mut().find(|there| there.emoji == emoji) {
            Some(there) => there.people.push(person_id),
            None => reactions.push(ReactionView { emoji, people: vec![person_id] }),
        }
    }
    Ok(views)
}

#[derive(Serialize, utoipa::ToSchema)]
struct Said {
    comment_id: CommentId,
}

/// Adds a comment to a thread, resolved or not.
#[utoipa::path(post, path = "/documents/{id}/threads/{thread}/comments", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("thread" = Uuid, Path, description = "The thread"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = Remark, responses((status = 201, body = Said)))]
async fn reply(
    State(app): State<App>,
    visitor: Visitor,
    At((id, thread)): At<(DocumentId, ThreadId)>,
    Body(remark): Body<Remark>,
) -> Result<(StatusCode, Json<Said>)> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let remark = remark.checked(false)?;
    crate::threads::find(&request, &app, thread).await?;
    check_mentions(&app, request.actor.workspace, &remark.mentions).await?;
    if comments::count(&app.db, thread).await? >= MAX_COMMENTS {
        return Err(Error::Conflict("a thread can have at most 1,000 comments: start another one"));
    }
    let new = NewComment { author: request.visitor.id(), body: remark.body, mentions: remark.mentions };
    let comment_id = comments::add(&app.db, &request.actor, id, thread, new).await.map_err(thread_gone)?;
    Ok((StatusCode::CREATED, Json(Said { comment_id })))
}

fn thread_gone(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(cause) if cause.is_foreign_key_violation() => Error::NotFound("thread"),
        other => other.into(),
    }
}

/// Edits a comment. Only its author can do this.
#[utoipa::path(patch, path = "/documents/{id}/comments/{comment}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("comment" = Uuid, Path, description = "The comment")), request_body = Remark, responses((status = 204)))]
async fn edit(
    State(app): State<App>,
    visitor: Visitor,
    At((id, comment)): At<CommentAt>,
    Body(remark): Body<Remark>,
) -> Result<StatusCode> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let remark = remark.checked(false)?;
    let there = find(&app, &request, comment).await?;
    if there.author_id != request.visitor.id() {
        return Err(Error::Forbidden);
    }
    check_mentions(&app, request.actor.workspace, &remark.mentions).await?;
    if !comments::edit(&app.db, &request.actor, id, comment, remark.body, &remark.mentions).await? {
        return Err(Error::NotFound("comment"));
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a comment's text. Removing the last comment removes the thread. Only the author, or a person with the admin
/// right to the document, can do this.
#[utoipa::path(delete, path = "/documents/{id}/comments/{comment}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("comment" = Uuid, Path, description = "The comment")), responses((status = 204)))]
async fn remove(State(app): State<App>, visitor: Visitor, At((id, comment)): At<CommentAt>) -> Result<StatusCode> {
    let request = DocumentRequest::at(&app, visitor, id, Right::Comment).await?;
    let there = find(&app, &request, comment).await?;
    if there.author_id != request.visitor.id() && request.right < Right::Admin {
        return Err(Error::Forbidden);
    }
    if !comments::remove(&app.db, &request.actor, id, &there).await? {
        return Err(Error::NotFound("comment"));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn find(app: &App, request: &DocumentRequest, comment: CommentId) -> Result<Comment> {
    let found = comments::find(&app.db, request.actor.workspace, request.id(), comment).await?;
    found.filter(|comment| comment.deleted_at.is_none()).ok_or(Error::NotFound("comment"))
}

/// Adds a reaction to a comment.
#[utoipa::path(put, path = "/documents/{id}/comments/{comment}/reactions/{emoji}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("comment" = Uuid, Path, description = "The comment"), ("emoji" = String, Path, description = "The emoji: 👍 👎 ❤️ 🎉 😄 😕 👀 or ✅, percent-encoded")), responses((status = 204)))]
async fn react(
    State(app): State<App>,
    visitor: Visitor,
    At((id, comment, emoji)): At<(DocumentId, CommentId, String)>,
) -> Result<StatusCode> {
    set_reaction(&app, visitor, (id, comment), emoji, true).await
}

/// Removes a reaction.
#[utoipa::path(delete, path = "/documents/{id}/comments/{comment}/reactions/{emoji}", tag = "comments", params(("id" = Uuid, Path, description = "The document"), ("comment" = Uuid, Path, description = "The comment"), ("emoji" = String, Path, description = "The emoji, percent-encoded")), responses((status = 204)))]
async fn unreact(
    State(app): State<App>,
    visitor: Visitor,
    At((id, comment, emoji)): At<(DocumentId, CommentId, String)>,
) -> Result<StatusCode> {
    set_reaction(&app, visitor, (id, comment), emoji, false).await
}

async fn set_reaction(
    app: &App,
    visitor: Visitor,
    (id, comment): CommentAt,
    emoji: String,
    on: bool,
) -> Result<StatusCode> {
    let request = DocumentRequest::at(app, visitor, id, Right::Comment).await?;
    if !REACTIONS.contains(&emoji.as_str()) {
        return Err(Error::Invalid("a reaction is one of 👍 👎 ❤️ 🎉 😄 😕 👀 ✅"));
    }
    find(app, &request, comment).await?;
    let reaction = Reaction { comment_id: comment, person_id: request.visitor.id(), emoji };
    comments::set_reaction(&app.db, &request.actor, id, reaction, on).await?;
    Ok(StatusCode::NO_CONTENT)
}
