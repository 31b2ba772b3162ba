//! Documents as rows: creating, reading, changing, trashing and purging them. `list` has the lists.

pub mod list;
pub mod rows;
pub(crate) mod view;

use view::{DocumentView, answer, answer_to_guest};

use crate::creation::{self, NewPage};
use crate::{documents::rows::NewDocument, documents::rows::slug_of};
use crate::{spaces, tags, templates, tree};
use crate::{tree::ranks::Position, tree::rows::Place};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use document::prose::Prose;
use serde::Deserialize;
use serde_json::json;
use vocabulary::{DocumentId, Right, Role, Scope, Sensitivity, SpaceId, Stored, WorkspaceId};

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{DOCUMENTS, needs};

use access::{Access, App, Caller, Visitor};
use endpoint::{Error, Result, input::At, input::Body, input::present, versions::if_match};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list::list, create)))
        .routes(needs(DOCUMENTS, routes!(read, change)))
}

/// The kinds of documents that a strategy team writes.
pub const KINDS: [&str; 8] = [
    "strategy_plan",
    "market_analysis",
    "competitive_analysis",
    "case_study",
    "pitch_deck",
    "operational_guide",
    "research_report",
    "custom",
];

/// The longest title, which is one line at the top of a page.
pub const LONGEST_TITLE: usize = 300;

/// The fields that a client may set. Absent fields stay unchanged.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Fields {
    title: Option<String>,
    kind: Option<String>,
    category: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    /// The name in links: lower-case letters, digits and dashes. It follows the title until it is set.
    slug: Option<String>,
    /// The right of every member of the workspace; `null` makes the document private.
    #[serde(default, deserialize_with = "present")]
    open_level: Option<Option<Right>>,
    /// The sensitivity: `public`, `internal`, `confidential` or `restricted`. Reads of the last two are recorded in the
    /// audit log.
    sensitivity: Option<String>,
    /// An emoji, or empty.
    icon: Option<String>,
    /// Whether rights that are given on the pages above and by the space apply to it and to the pages below.
    inherits: Option<bool>,
}

/// A new document: its fields and its place. Without a place, it is at the end of the caller's personal space.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct DocumentCreation {
    title: Option<String>,
    kind: Option<String>,
    category: Option<String>,
    description: Option<String>,
    tags: Option<Vec<String>>,
    /// The name in links: lower-case letters, digits and dashes. It follows the title until it is set.
    slug: Option<String>,
    /// The right of every member of the workspace; `null` makes the document private.
    open_level: Option<Right>,
    /// The sensitivity: `public`, `internal`, `confidential` or `restricted`. Reads of the last two are recorded in the
    /// audit log.
    sensitivity: Option<String>,
    /// An emoji, or empty.
    icon: Option<String>,
    /// Whether rights that are given on the pages above and by the space apply to it.
    inherits: Option<bool>,
    /// The space; that of `parent` if absent.
    space: Option<SpaceId>,
    /// The page above.
    parent: Option<DocumentId>,
    /// The template that it begins with: its text, and, where they are absent here, its kind, icon and title.
    template: Option<String>,
}

impl DocumentCreation {
    fn split(self) -> (Fields, Option<SpaceId>, Option<DocumentId>) {
        let fields = Fields {
            title: self.title,
            kind: self.kind,
            category: self.category,
            description: self.description,
            tags: self.tags,
            slug: self.slug,
            open_level: self.open_level.map(Some),
            sensitivity: self.sensitivity,
            icon: self.icon,
            inherits: self.inherits,
        };
        (fields, self.space, self.parent)
    }
}

impl Fields {
    fn check(&self) -> Result<()> {
        let long = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.chars().count() > most);
        if self.title.as_ref().is_some_and(|title| title.trim().is_empty()) || long(&self.title, LONGEST_TITLE) {
            return Err(Error::Invalid("a title has 1 to 300 characters"));
        }
        if self.kind.as_ref().is_some_and(|kind| !KINDS.contains(&kind.as_str())) {
            return Err(Error::Invalid("this kind of document is unknown"));
        }
        if long(&self.category, 100) || long(&self.description, 2_000) {
            return Err(Error::Invalid("a category may have at most 100 characters, a description 2,000"));
        }
        let speaks = |slug: &String| slug.chars().all(|c| c.is_lowercase() || c.is_numeric() || c == '-');
        if long(&self.slug, 100) || self.slug.as_ref().is_some_and(|slug| slug.is_empty() || !speaks(slug)) {
            return Err(Error::Invalid("a slug has 1 to 100 lower-case letters, digits and dashes"));
        }
        if self.icon.as_ref().is_some_and(|icon| !spaces::is_icon(icon)) {
            return Err(spaces::NOT_AN_ICON);
        }
        self.sensitivity().map(drop)
    }

    /// The tags in the form in which they are stored. Checks that the workspace has room for them.
    async fn tags(&self, app: &App, workspace: WorkspaceId) -> Result<Option<Vec<String>>> {
        let Some(texts) = &self.tags else { return Ok(None) };
        let names = tags::of_document(texts)?;
        tags::check_room(app, workspace, &names).await?;
        Ok(Some(names))
    }

    fn sensitivity(&self) -> Result<Option<Sensitivity>> {
        let unknown = Error::Invalid("a sensitivity is public, internal, confidential or restricted");
        self.sensitivity.as_deref().map(|word| Sensitivity::parse(word).ok_or(unknown)).transpose()
    }

    /// The part of a change that the audit log records: everything except texts that people wrote.
    fn audited(&self) -> serde_json::Value {
        let texts = [
            ("title", self.title.is_some()),
            ("category", self.category.is_some()),
            ("description", self.description.is_some()),
            ("tags", self.tags.is_some()),
            ("slug", self.slug.is_some()),
            ("icon", self.icon.is_some()),
        ];
        let texts: Vec<&str> = texts.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name).collect();
        let mut changes = json!({ "texts": texts });
        if let Some(open_level) = self.open_level {
            changes["open_level"] = json!(open_level);
        }
        if let Some(inherits) = self.inherits {
            changes["inherits"] = json!(inherits);
        }
        for (name, value) in [("kind", &self.kind), ("sensitivity", &self.sensitivity)] {
            if let Some(value) = value {
                changes[name] = json!(value);
            }
        }
        changes
    }
}

/// Creates a document, at the end of a space or below another page, where the caller needs the edit right. Its creator
/// has every right to it. With a `template`, it begins with that text.
#[utoipa::path(post, path = "/documents", tag = "documents", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = DocumentCreation, responses((status = 201, body = DocumentView, headers(("ETag" = String)))))]
async fn create(State(app): State<App>, caller: Caller, Body(new): Body<DocumentCreation>) -> Result<Response> {
    let template = new.template.clone();
    let (mut fields, space, parent) = new.split();
    fields.check()?;
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    let tags = fields.tags(&app, caller.workspace).await?.unwrap_or_default();
    let place = place_for_new(&app, &caller, space, parent).await?;
    let sensitivity = fields.sensitivity()?.unwrap_or(Sensitivity::Internal);
    let beginning = match &template {
        Some(template) => Some(templates::find(&app, &caller, template).await?),
        None => None,
    };
    if let Some(beginning) = &beginning {
        fields.title.get_or_insert_with(|| beginning.title.clone());
        fields.kind.get_or_insert_with(|| beginning.kind.clone());
        fields.icon.get_or_insert_with(|| beginning.icon.clone());
    }
    let new = NewDocument {
        title: fields.title.map_or_else(|| "Untitled".to_owned(), |title| title.trim().to_owned()),
        slug: fields.slug,
        kind: fields.kind.unwrap_or_else(|| "custom".to_owned()),
        category: fields.category.unwrap_or_default(),
        description: fields.description.unwrap_or_default(),
        tags,
        open_level: fields.open_level.flatten(),
        sensitivity,
        created_by: caller.member.account_id,
        icon: fields.icon.unwrap_or_default(),
        inherits: fields.inherits.unwrap_or(true),
        place,
    };
    let row = match beginning {
        Some(beginning) => {
            let page = NewPage { document: DocumentId::new(), new, text: Some(beginning.text), files: Vec::new() };
            let created = creation::create(&app, &caller.actor, caller.member.account_id.0, vec![page]).await?;
            created.into_iter().next().ok_or_else(|| Error::Internal("nothing was created".into()))?
        }
        None => rows::add(&app.db, &caller.actor, new).await?.map_err(tree::misplaced)?,
    };
    let access = Access::of_creator(row);
    Ok((StatusCode::CREATED, answer(&app, access).await?).into_response())
}

/// Creates a document with a text, such as that of a file. If the text cannot be written, no document is created.
///
/// # Errors
/// The errors of creating a document, and of writing its text.
pub async fn add_with_text(
    app: &App,
    caller: &Caller,
    title: String,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
    prose: Prose,
) -> Result<DocumentId> {
    let place = place_for_new(app, caller, space, parent).await?;
    let new = NewDocument {
        title: if title.is_empty() { "Untitled".to_owned() } else { title },
        slug: None,
        kind: "custom".to_owned(),
        category: String::new(),
        description: String::new(),
        tags: Vec::new(),
        open_level: None,
        sensitivity: Sensitivity::Internal,
        created_by: caller.member.account_id,
        icon: String::new(),
        inherits: true,
        place,
    };
    let page = NewPage { document: DocumentId::new(), new, text: Some(prose), files: Vec::new() };
    let id = page.document;
    creation::create(app, &caller.actor, caller.member.account_id.0, vec![page]).await?;
    Ok(id)
}

/// The place of a new document, if the caller may add pages there.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Gone`].
pub async fn place_for_new(
    app: &App,
    caller: &Caller,
    space: Option<SpaceId>,
    parent: Option<DocumentId>,
) -> Result<Place> {
    let space = match (parent, space) {
        (Some(parent), expected) => tree::space_of(app, caller, parent, expected).await?,
        (None, Some(space)) => {
            let (_, right) = spaces::access(app, caller, space).await?;
            if right < Right::Edit {
                return Err(Error::Forbidden);
            }
            Some(space)
        }
        (None, None) => {
            let own = spaces::rows::personal(&app.db, caller.workspace, caller.member.account_id).await?;
            Some(own.space_id)
        }
    };
    Ok(Place { space, parent, position: Position::Last })
}

/// Returns a document's metadata and the caller's right.
#[utoipa::path(get, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document")), responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn read(State(app): State<App>, visitor: Visitor, At(id): At<DocumentId>) -> Result<Response> {
    let access = app.access_of(&visitor, id).await?;
    match visitor {
        Visitor::Member(caller) if caller.workspace == access.document.workspace_id => answer(&app, access).await,
        _ => answer_to_guest(&app, access).await,
    }
}

/// Changes a document's metadata. Requires If-Match with the ETag that was read. Changing `open_level`, `sensitivity`
/// or `inherits` requires the admin right to the document, and, if called with a key, the scope `sharing:write`.
#[utoipa::path(patch, path = "/documents/{id}", tag = "documents", params(("id" = Uuid, Path, description = "The document"), ("If-Match" = String, Header, description = "The ETag that was read")), request_body = Fields, responses((status = 200, body = DocumentView, headers(("ETag" = String)))))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    At(id): At<DocumentId>,
    headers: HeaderMap,
    Body(fields): Body<Fields>,
) -> Result<Response> {
    // Changing the sensitivity requires the same right as sharing.
    let shares = fields.open_level.is_some() || fields.sensitivity.is_some() || fields.inherits.is_some();
    let needed = if shares { Right::Admin } else { Right::Edit };
    if shares {
        caller.with_scope(Scope::SharingWrite)?;
    }
    let access = app.access(&caller, id).await?.at_least(needed)?.outside_the_trash()?;
    let mut document = access.document.clone();
    fields.check()?;
    let tags = fields.tags(&app, caller.workspace).await?;
    let (version, changes) = (if_match(&headers)?, fields.audited());
    if let Some(sensitivity) = fields.sensitivity()? {
        document.sensitivity = sensitivity.into();
    }
    if let Some(slug) = fields.slug {
        document.slug = slug;
    } else if document.slug == slug_of(&document.title) {
        document.slug = slug_of(fields.title.as_deref().unwrap_or(&document.title));
    }
    document.title = fields.title.map_or(document.title, |title| title.trim().to_owned());
    document.kind = fields.kind.unwrap_or(document.kind);
    document.category = fields.category.unwrap_or(document.category);
    document.description = fields.description.unwrap_or(document.description);
    document.icon = fields.icon.unwrap_or(document.icon);
    document.inherits = fields.inherits.unwrap_or(document.inherits);

    if let Some(open) = fields.open_level {
        document.open_level = open.map(Stored::from);
    }
    let updated = rows::update(&app.db, &caller.actor, version, document, tags.as_deref(), changes).await?;
    let document = updated.ok_or(Error::PreconditionFailed)?;
    answer(&app, Access { document, ..access }).await
}
