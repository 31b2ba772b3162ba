//! Watches: the documents and spaces whose changes come to a member's inbox. Watching a space watches all pages in it.
//! Watchers are notified of comments in the feature `review`, and of edits and published versions by the consumer here.
//! Nobody else sees what a member watches, and it is not in the audit log.

pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use database::consumers::Failure;
use database::{Actor, Consumer, LoggedEvent, NewNotification, Tx};
use serde::Serialize;
use uuid::Uuid;
use vocabulary::{DocumentId, NotificationKind, SpaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PEOPLE, needs};

use access::{App, Caller};
use endpoint::{Error, Result, input::At};

use crate::spaces;
use crate::visibility::Viewer;
use rows::{Target, Watched};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(PEOPLE, routes!(list)))
        .routes(needs(PEOPLE, routes!(watch_document, unwatch_document)))
        .routes(needs(PEOPLE, routes!(watch_space, unwatch_space)))
}

/// What the caller watches.
#[derive(Serialize, utoipa::ToSchema)]
struct Watches {
    documents: Vec<Watched>,
    spaces: Vec<Watched>,
}

/// Lists the documents and spaces that the caller watches, without those that the caller may no longer see or that are in
/// the trash.
#[utoipa::path(get, path = "/me/watches", tag = "account", responses((status = 200, body = Watches)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Watches>> {
    let viewer = Viewer::of(&caller);
    let mut spaces = Vec::new();
    for space in rows::spaces(&app.db, &viewer).await? {
        match spaces::access(&app, &caller, SpaceId(space.id)).await {
            Ok(_) => spaces.push(space),
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Json(Watches { documents: rows::documents(&app.db, &viewer).await?, spaces }))
}

/// Watches a document: its comments, edits and published versions come to the caller's inbox.
#[utoipa::path(put, path = "/me/watches/documents/{id}", tag = "account", params(("id" = Uuid, Path, description = "The document")), responses((status = 204)))]
async fn watch_document(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    app.access(&caller, id).await?.outside_the_trash()?;
    add(&app, &caller, Target::Document(id)).await
}

/// Stops watching a document.
#[utoipa::path(delete, path = "/me/watches/documents/{id}", tag = "account", params(("id" = Uuid, Path, description = "The document")), responses((status = 204)))]
async fn unwatch_document(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    remove(&app, &caller, Target::Document(id)).await
}

/// Watches a space: the comments, edits and published versions of all pages in it come to the caller's inbox.
#[utoipa::path(put, path = "/me/watches/spaces/{space}", tag = "account", params(("space" = Uuid, Path, description = "The space")), responses((status = 204)))]
async fn watch_space(State(app): State<App>, caller: Caller, At(id): At<SpaceId>) -> Result<StatusCode> {
    spaces::access(&app, &caller, id).await?;
    add(&app, &caller, Target::Space(id)).await
}

/// Stops watching a space.
#[utoipa::path(delete, path = "/me/watches/spaces/{space}", tag = "account", params(("space" = Uuid, Path, description = "The space")), responses((status = 204)))]
async fn unwatch_space(State(app): State<App>, caller: Caller, At(id): At<SpaceId>) -> Result<StatusCode> {
    remove(&app, &caller, Target::Space(id)).await
}

async fn add(app: &App, caller: &Caller, target: Target) -> Result<StatusCode> {
    if rows::add(&app.db, caller.workspace, caller.member.account_id, target).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Error::Conflict(
            "a person watches up to 1,000 documents and spaces in a workspace: stop watching one first",
        ))
    }
}

async fn remove(app: &App, caller: &Caller, target: Target) -> Result<StatusCode> {
    let removed = rows::remove(&app.db, caller.workspace, caller.member.account_id, target).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(Error::NotFound("watch")) }
}

/// Notifies watchers of edits and published versions.
pub(crate) fn consumer() -> Consumer {
    Consumer::new("watches", |tx, events| Box::pin(tell(tx, events)), || {})
}

async fn tell(tx: &mut Tx, events: &[LoggedEvent]) -> std::result::Result<(), Failure> {
    for event in events {
        let Some(document) = event.document else { continue };
        let is_published = event.name == "document.set_status" && event.detail["status"] == "published";
        let (kind, authors) = match event.name.as_str() {
            "document.edit" => (NotificationKind::WatchedEdited, authors_of(event)),
            _ if is_published => (NotificationKind::WatchedPublished, event.actor_id.into_iter().collect()),
            _ => continue,
        };
        let people = match kind {
            // There is only one unread notification of edits for each document, because people want to know that a text
            // has changed, and not how often.
            NotificationKind::WatchedEdited => rows::watchers_without(tx, document, kind).await?,
            _ => rows::watchers(tx, document).await?,
        };
        let notification = NewNotification { kind, must_do: false, document, thread: None, comment: None };
        for person in people {
            // Nobody is notified of their own edits, but others may have written in the same seconds.
            let other = authors.iter().copied().find(|author| *author != person.0);
            if other.is_none() && !authors.is_empty() {
                continue;
            }
            let by = Actor { id: other, ..Actor::system(event.workspace) };
            tx.notify(&by, &[person], notification).await?;
        }
    }
    Ok(())
}

/// The accounts and guests who made an edit, from its event.
fn authors_of(event: &LoggedEvent) -> Vec<Uuid> {
    let authors = event.detail["authors"].as_array().into_iter().flatten();
    authors.filter_map(|author| author.as_str()?.parse().ok()).collect()
}
