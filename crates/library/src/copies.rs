//! Duplicates of a page, alone or with the pages below it.

use std::collections::HashMap;

use access::route_requirements::{DOCUMENTS, needs};
use access::{Access, App, Caller, DocumentRequest, Visitor};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use database::DocumentRow;
use document::prose::Prose;
use endpoint::{Error, Result, input::At, input::Body};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AttachmentId, DocumentId, Right, Role, Sensitivity, SpaceId};

use crate::creation::{self, CopiedFile, NewPage};
use crate::documents::rows::NewDocument;
use crate::documents::view::answer;
use crate::documents::{LONGEST_TITLE, place_for_new};
use crate::tags;
use crate::tree::ranks::Position;
use crate::tree::rows::{self, Place, Root};
use crate::visibility::Viewer;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(duplicate)))
}

/// The maximum number of pages in one copy. Each text is read and written while the caller waits, which takes
/// milliseconds.
pub const MOST_PAGES: usize = 200;

/// What to copy, and to which place.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Duplication {
    /// Whether to copy the pages below it as well, as far as the caller may see them; at most 200 pages.
    #[serde(default)]
    subtree: bool,
    /// The title of the copy; "Copy of …" if absent.
    title: Option<String>,
    /// The space; that of `parent` if absent.
    space: Option<SpaceId>,
    /// The page above. Without `space` and `parent`, the copy follows the page that is copied, or is in the caller's
    /// personal space if they may not add pages there.
    parent: Option<DocumentId>,
}

/// Copies a page: its text with the images and files in it, kind, category, description, tags, icon and sensitivity. The copy is a draft of the caller's,
/// without comments, history, approvals or shares. Links between copied pages lead to the copies. If one page cannot be
/// copied, none is.
#[utoipa::path(post, path = "/documents/{id}/duplicate", tag = "documents", params(("id" = Uuid, Path, description = "The page"), ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = Duplication, responses((status = 201, body = crate::documents::view::DocumentView, headers(("ETag" = String)))))]
async fn duplicate(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(asked): Body<Duplication>,
) -> Result<Response> {
    let original = app.access(&caller, id).await?.outside_the_trash()?.document;
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    let title = asked.title.as_deref().map(str::trim).map_or_else(|| copy_of(&original.title), str::to_owned);
    if title.is_empty() || title.chars().count() > LONGEST_TITLE {
        return Err(Error::Invalid("a title has 1 to 300 characters"));
    }
    let place = place_of_copy(&app, &caller, &original, asked.space, asked.parent).await?;
    let pages = match asked.subtree {
        true => {
            let viewer = Viewer::of(&caller);
            let found = rows::visible_pages(&app.db, &viewer, Root::Page(id), MOST_PAGES as i64 + 1).await?;
            found.into_iter().map(|page| page.id).collect()
        }
        false => vec![id],
    };
    if pages.len() > MOST_PAGES {
        return Err(Error::Conflict("at most 200 pages are copied at once: copy smaller parts"));
    }
    let copies: HashMap<DocumentId, DocumentId> = pages.iter().map(|page| (*page, DocumentId::new())).collect();
    let links = copies.iter().map(|(page, copy)| (page.to_string(), copy.to_string())).collect();
    let mut new = Vec::with_capacity(pages.len());
    for page in &pages {
        let (source, text) = read(&app, &caller, *page).await?;
        let tags = tags::rows::of(&app.db, *page).await?;
        let is_root = *page == id;
        let place = match source.parent_id.and_then(|parent| copies.get(&parent)) {
            Some(parent) if !is_root => Place { space: place.space, parent: Some(*parent), position: Position::Last },
            _ if is_root => place,
            // The parent of this page is not visible to the caller, and so not copied.
            _ => Place { space: place.space, parent: Some(copies[&id]), position: Position::Last },
        };
        let files: Vec<CopiedFile> = text
            .attachments()
            .into_iter()
            .filter_map(|id| Some(CopiedFile { of: *page, from: id.parse().ok()?, to: AttachmentId::new() }))
            .collect();
        let attached = files.iter().map(|file| (file.from.to_string(), file.to.to_string())).collect();
        let text = text.with_links(&links).with_attachments(&attached);
        new.push(NewPage {
            document: copies[page],
            files,
            new: copy(&caller, &source, tags, if is_root { title.clone() } else { source.title.clone() }, place),
            text: (!text.0.is_empty()).then_some(text),
        });
    }
    let author = caller.member.account_id.0;
    let created = creation::create(&app, &caller.actor, author, new).await?;
    let root = created.into_iter().next().ok_or_else(|| Error::Internal("nothing was copied".into()))?;
    let access = Access::of_creator(root);
    Ok((StatusCode::CREATED, answer(&app, access).await?).into_response())
}

async fn read(app: &App, caller: &Caller, page: DocumentId) -> Result<(DocumentRow, Prose)> {
    let visitor = Visitor::Member(Box::new(caller.clone()));
    let request = DocumentRequest::at(app, visitor, page, Right::View).await?;
    let text = request.text(app).await?;
    let turn = app.work_of(text.by()).await?;
    let prose = text.read(|document, _| document.prose()).await?;
    drop(turn);
    Ok((request.document, prose))
}

async fn place_of_copy(
    app: &App,
    caller: &Caller,
    original: &DocumentRow,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
) -> Result<Place> {
    if space.is_some() || parent.is_some() {
        return place_for_new(app, caller, space, parent).await;
    }
    match place_for_new(app, caller, original.space_id, original.parent_id).await {
        Ok(beside) if beside.space.is_some() => Ok(Place { position: Position::After(original.document_id), ..beside }),
        Ok(_) | Err(Error::Forbidden | Error::NotFound(_) | Error::Gone(_)) => {
            place_for_new(app, caller, None, None).await
        }
        Err(error) => Err(error),
    }
}

fn copy(caller: &Caller, source: &DocumentRow, tags: Vec<String>, title: String, place: Place) -> NewDocument {
    NewDocument {
        title,
        slug: None,
        kind: source.kind.clone(),
        category: source.category.clone(),
        description: source.description.clone(),
        tags,
        open_level: None,
        // An unknown sensitivity is from a newer version. The copy must not be less protected.
        sensitivity: source.sensitivity.known().unwrap_or(Sensitivity::Restricted),
        created_by: caller.member.account_id,
        icon: source.icon.clone(),
        inherits: true,
        place,
    }
}

fn copy_of(title: &str) -> String {
    format!("Copy of {title}").chars().take(LONGEST_TITLE).collect()
}
