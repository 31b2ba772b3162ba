//! Putting documents and spaces on the web, and taking them off.

pub mod rows;

use access::route_requirements::{SHARING, needs};
use access::{App, Caller};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use endpoint::{Error, Result, input::At, input::Body};
use library::documents::rows::slug_of;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AccountId, DocumentId, PublicationId, Right, Sensitivity, SpaceId, Status};

use crate::address::{new_key, with_key};
use rows::{PublicationRow, Published};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(SHARING.revocable(), routes!(of_document, put_document, remove_document)))
        .routes(needs(SHARING.revocable(), routes!(of_space, put_space, remove_space)))
}

/// The maximum number of pages of a site, because its navigation is on every page.
pub const MOST_PAGES: i64 = 1_000;

/// Something on the web.
#[derive(Serialize, utoipa::ToSchema)]
struct PublicationView {
    id: PublicationId,
    /// The address, which anybody can open without signing in.
    url: String,
    slug: String,
    meta_title: String,
    description: String,
    keywords: String,
    canonical: String,
    language: String,
    /// `index` or `noindex`.
    robots: Robots,
    asks_helpful: bool,
    /// Page views, counted without cookies: at most one in half an hour for each visitor and page, not counting
    /// programs that identify themselves as such.
    views: i64,
    helpful: i64,
    not_helpful: i64,
    published_by: Option<AccountId>,
    published_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// Whether visitors see it now. A document that is archived, in the trash or confidential is not shown.
    is_shown: bool,
    /// Of a space: the number of pages shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<usize>,
}

/// Whether search engines may list a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum Robots {
    Index,
    Noindex,
}

/// How something is shown on the web. Absent fields stay unchanged; when it is first put on the web, they are empty.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PublicationFields {
    /// The words in the address: lower-case letters, digits and dashes. By default, those of the title.
    slug: Option<String>,
    /// The title for search engines and previews; empty for the title of the document or space.
    meta_title: Option<String>,
    /// The description for search engines and previews; empty for the beginning of the text.
    description: Option<String>,
    keywords: Option<String>,
    /// The address that search engines should use instead.
    canonical: Option<String>,
    /// The language of the text, as a BCP 47 tag; `en` by default.
    language: Option<String>,
    /// Whether search engines may list it; `noindex` by default.
    robots: Option<Robots>,
    /// Whether it asks "Was this helpful?".
    asks_helpful: Option<bool>,
}

impl PublicationFields {
    fn check(&self) -> Result<()> {
        let long = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.chars().count() > most);
        let speaks = |slug: &String| slug.chars().all(|c| c.is_lowercase() || c.is_numeric() || c == '-');
        if long(&self.slug, 100) || self.slug.as_ref().is_some_and(|slug| !speaks(slug)) {
            return Err(Error::Invalid("a slug has at most 100 lower-case letters, digits and dashes"));
        }
        if long(&self.meta_title, 300) || long(&self.description, 500) || long(&self.keywords, 500) {
            return Err(Error::Invalid("a title has at most 300 characters, a description and keywords 500"));
        }
        let is_web = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        if long(&self.canonical, 2_000) || self.canonical.as_ref().is_some_and(|url| !url.is_empty() && !is_web(url)) {
            return Err(Error::Invalid("a canonical address begins with https:// and has at most 2,000 characters"));
        }
        let is_tag =
            |tag: &String| (2..=35).contains(&tag.len()) && tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if self.language.as_ref().is_some_and(|tag| !is_tag(tag)) {
            return Err(Error::Invalid("a language is a tag such as en or de-AT"));
        }
        Ok(())
    }

    fn apply(self, row: &mut PublicationRow) {
        let set = |field: &mut String, value: Option<String>| {
            if let Some(value) = value {
                value.trim().clone_into(field);
            }
        };
        set(&mut row.slug, self.slug);
        set(&mut row.meta_title, self.meta_title);
        set(&mut row.description, self.description);
        set(&mut row.keywords, self.keywords);
        set(&mut row.canonical, self.canonical);
        set(&mut row.language, self.language);
        row.is_indexed = self.robots.map_or(row.is_indexed, |robots| robots == Robots::Index);
        row.asks_helpful = self.asks_helpful.unwrap_or(row.asks_helpful);
    }
}

fn begun(caller: &Caller, of: Published, title: &str) -> PublicationRow {
    let (document_id, space_id) = match of {
        Published::Document(document) => (Some(document), None),
        Published::Space(space) => (None, Some(space)),
    };
    PublicationRow {
        publication_id: PublicationId::new(),
        workspace_id: caller.workspace,
        document_id,
        space_id,
        key: new_key(),
        slug: slug_of(title),
        meta_title: String::new(),
        description: String::new(),
        keywords: String::new(),
        canonical: String::new(),
        language: "en".into(),
        is_indexed: false,
        asks_helpful: false,
        views: 0,
        helpful: 0,
        not_helpful: 0,
        published_by: Some(caller.member.account_id),
        published_at: Utc::now(),
        updated_at: Utc::now(),
    }
}

async fn view(app: &App, row: PublicationRow) -> Result<PublicationView> {
    let (kind, is_shown, pages) = match (row.document_id, row.space_id) {
        (Some(document), _) => ("p", rows::page(&app.db, document).await?.is_some(), None),
        (None, Some(space)) => ("s", true, Some(rows::pages_of_space(&app.db, space, MOST_PAGES).await?.len())),
        (None, None) => ("p", false, None),
    };
    Ok(PublicationView {
        id: row.publication_id,
        url: format!("{}/{kind}/{}", app.origin(), with_key(&row.slug, &row.key)),
        slug: row.slug,
        meta_title: row.meta_title,
        description: row.description,
        keywords: row.keywords,
        canonical: row.canonical,
        language: row.language,
        robots: if row.is_indexed { Robots::Index } else { Robots::Noindex },
        asks_helpful: row.asks_helpful,
        views: row.views,
        helpful: row.helpful,
        not_helpful: row.not_helpful,
        published_by: row.published_by,
        published_at: row.published_at,
        updated_at: row.updated_at,
        is_shown,
        pages,
    })
}

const NOT_ON_THE_WEB: Error = Error::NotFound("publication");

fn allowed(app: &App) -> Result<()> {
    if app.config.public_pages {
        Ok(())
    } else {
        Err(Error::Conflict("public pages are turned off on this server (public_pages)"))
    }
}

/// Returns how a document is published on the web, with its numbers of views and answers.
#[utoipa::path(get, path = "/documents/{id}/publication", tag = "publications", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = PublicationView)))]
async fn of_document(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<Json<PublicationView>> {
    app.access(&caller, id).await?.at_least(Right::View)?;
    let row = rows::find(&app.db, caller.workspace, Published::Document(id)).await?.ok_or(NOT_ON_THE_WEB)?;
    Ok(Json(view(&app, row).await?))
}

/// Puts the published text of a document on the web, or changes how it is shown there. The document must have been
/// published (`status`) at least once, and must not be confidential. Visitors see the text that was published last,
/// even while the next version is a draft.
#[utoipa::path(put, path = "/documents/{id}/publication", tag = "publications", params(("id" = Uuid, Path, description = "The document")), request_body = PublicationFields, responses((status = 200, body = PublicationView)))]
async fn put_document(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    Body(fields): Body<PublicationFields>,
) -> Result<Json<PublicationView>> {
    let document = app.access(&caller, id).await?.at_least(Right::Admin)?.outside_the_trash()?.document;
    allowed(&app)?;
    fields.check()?;
    if !matches!(document.sensitivity.known(), Some(Sensitivity::Public | Sensitivity::Internal)) {
        return Err(Error::Conflict("a confidential document cannot be on the web"));
    }
    if document.status == Status::Archived || rows::published_revision(&app.db, id).await?.is_none() {
        return Err(Error::Conflict("only a published document can be on the web: publish it first"));
    }
    let of = Published::Document(id);
    let known = rows::find(&app.db, caller.workspace, of).await?;
    let mut row = known.unwrap_or_else(|| begun(&caller, of, &document.title));
    fields.apply(&mut row);
    let row = rows::put(&app.db, &caller.actor, row).await?;
    Ok(Json(view(&app, row).await?))
}

/// Takes a document off the web, within a second. If it is put on the web again, its address is different.
#[utoipa::path(delete, path = "/documents/{id}/publication", tag = "publications", params(("id" = Uuid, Path, description = "The document")), responses((status = 204)))]
async fn remove_document(State(app): State<App>, caller: Caller, At(id): At<DocumentId>) -> Result<StatusCode> {
    app.access(&caller, id).await?.at_least(Right::Admin)?;
    let row = rows::find(&app.db, caller.workspace, Published::Document(id)).await?.ok_or(NOT_ON_THE_WEB)?;
    rows::remove(&app.db, &caller.actor, &row).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns how a space is published on the web, with its numbers of views and answers.
#[utoipa::path(get, path = "/spaces/{space}/publication", tag = "publications", params(("space" = Uuid, Path, description = "The space")), responses((status = 200, body = PublicationView)))]
async fn of_space(State(app): State<App>, caller: Caller, At(space): At<SpaceId>) -> Result<Json<PublicationView>> {
    library::spaces::access(&app, &caller, space).await?;
    let row = rows::find(&app.db, caller.workspace, Published::Space(space)).await?.ok_or(NOT_ON_THE_WEB)?;
    Ok(Json(view(&app, row).await?))
}

/// Puts a space on the web as a site, or changes how it is shown there. Visitors see its published pages, with the tree
/// as navigation; drafts, confidential pages, and pages that do not inherit from the space are left out. At most 1,000
/// pages.
#[utoipa::path(put, path = "/spaces/{space}/publication", tag = "publications", params(("space" = Uuid, Path, description = "The space")), request_body = PublicationFields, responses((status = 200, body = PublicationView)))]
async fn put_space(
    State(app): State<App>,
    caller: Caller,
    At(space): At<SpaceId>,
    Body(fields): Body<PublicationFields>,
) -> Result<Json<PublicationView>> {
    let (found, right) = library::spaces::access(&app, &caller, space).await?;
    if right < Right::Admin {
        return Err(Error::Forbidden);
    }
    allowed(&app)?;
    fields.check()?;
    if found.owner_id.is_some() {
        return Err(Error::Conflict("a personal space cannot be on the web"));
    }
    let of = Published::Space(space);
    let known = rows::find(&app.db, caller.workspace, of).await?;
    let mut row = known.unwrap_or_else(|| begun(&caller, of, &found.name));
    fields.apply(&mut row);
    let row = rows::put(&app.db, &caller.actor, row).await?;
    Ok(Json(view(&app, row).await?))
}

/// Takes a space off the web, within a second. If it is put on the web again, its address is different.
#[utoipa::path(delete, path = "/spaces/{space}/publication", tag = "publications", params(("space" = Uuid, Path, description = "The space")), responses((status = 204)))]
async fn remove_space(State(app): State<App>, caller: Caller, At(space): At<SpaceId>) -> Result<StatusCode> {
    let (_, right) = library::spaces::access(&app, &caller, space).await?;
    if right < Right::Admin {
        return Err(Error::Forbidden);
    }
    let row = rows::find(&app.db, caller.workspace, Published::Space(space)).await?.ok_or(NOT_ON_THE_WEB)?;
    rows::remove(&app.db, &caller.actor, &row).await?;
    Ok(StatusCode::NO_CONTENT)
}
