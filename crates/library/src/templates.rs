//! Templates: texts with which a document can begin. Some come with the program (`builtin`); others are made from
//! documents, for the member or for the workspace.

pub mod builtin;
pub mod rows;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use document::prose::Prose;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{AccountId, DocumentId, Right, Role, Sensitivity, TemplateId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, DocumentRequest, Visitor};
use endpoint::{Error, Result, input::At, input::Body};

use crate::documents::LONGEST_TITLE;
use rows::{NewTemplate, TemplateRow};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(needs(DOCUMENTS, routes!(list, keep)))
        .routes(needs(DOCUMENTS, routes!(read, change, remove)))
}

/// The maximum number of templates of a workspace. Their list is not paged, because people choose from it.
const MOST: i64 = 500;
const LONGEST_DESCRIPTION: usize = 500;

/// Who sees a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// It comes with the program.
    Builtin,
    /// All members; a manager keeps it.
    Workspace,
    /// Only the member who keeps it.
    Personal,
}

/// A template without its text.
#[derive(Serialize, utoipa::ToSchema)]
struct TemplateView {
    /// A UUID, or the name of one that comes with the program.
    id: String,
    title: String,
    description: String,
    /// The kind of document that it makes.
    kind: String,
    /// An emoji, or empty.
    icon: String,
    audience: Audience,
    created_by: Option<AccountId>,
    updated_at: Option<DateTime<Utc>>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct TemplateList {
    items: Vec<TemplateView>,
}

/// A template with its text.
#[derive(Serialize, utoipa::ToSchema)]
struct WholeTemplate {
    #[serde(flatten)]
    template: TemplateView,
    markdown: String,
    /// A fragment that is safe to embed.
    html: String,
}

impl From<TemplateRow> for TemplateView {
    fn from(row: TemplateRow) -> TemplateView {
        TemplateView {
            id: row.template_id.to_string(),
            title: row.title,
            description: row.description,
            kind: row.kind,
            icon: row.icon,
            audience: if row.owner_id.is_some() { Audience::Personal } else { Audience::Workspace },
            created_by: row.created_by,
            updated_at: Some(row.updated_at),
        }
    }
}

impl From<&builtin::Builtin> for TemplateView {
    fn from(template: &builtin::Builtin) -> TemplateView {
        TemplateView {
            id: template.kind.into(),
            title: template.title.into(),
            description: template.description.into(),
            kind: template.kind.into(),
            icon: template.icon.into(),
            audience: Audience::Builtin,
            created_by: None,
            updated_at: None,
        }
    }
}

/// The fields and the text with which a document begins.
pub(crate) struct Beginning {
    pub kind: String,
    pub icon: String,
    pub title: String,
    pub text: Prose,
}

/// Finds a template that the caller may use.
///
/// # Errors
/// [`Error::NotFound`].
pub(crate) async fn find(app: &App, caller: &Caller, id: &str) -> Result<Beginning> {
    let (view, text) = found(app, caller, id).await?;
    Ok(Beginning { kind: view.kind, icon: view.icon, title: view.title, text })
}

async fn found(app: &App, caller: &Caller, id: &str) -> Result<(TemplateView, Prose)> {
    if let Some(template) = builtin::find(id) {
        return Ok((template.into(), template.text()?));
    }
    let row = own(app, caller, id).await?;
    let text = Prose::from_json(&row.text.0)?;
    Ok((row.into(), text))
}

async fn own(app: &App, caller: &Caller, id: &str) -> Result<TemplateRow> {
    let id: TemplateId = id.parse().map_err(|_| Error::NotFound("template"))?;
    let row = rows::find(&app.db, caller.workspace, id).await?.ok_or(Error::NotFound("template"))?;
    match row.owner_id {
        Some(owner) if owner != caller.member.account_id => Err(Error::NotFound("template")),
        _ => Ok(row),
    }
}

/// Finds a template that the caller may change: one of their own, or, for a manager, one of the workspace.
async fn changeable(app: &App, caller: &Caller, id: &str) -> Result<TemplateRow> {
    if builtin::find(id).is_some() {
        return Err(Error::Conflict("this template comes with the program: keep a document as a template instead"));
    }
    let row = own(app, caller, id).await?;
    if row.owner_id.is_none() && caller.role < Role::Manager {
        return Err(Error::Forbidden);
    }
    Ok(row)
}

/// Lists the templates that the caller may use: their own, those of the workspace, and those that come with the program.
#[utoipa::path(get, path = "/templates", tag = "templates", responses((status = 200, body = TemplateList)))]
async fn list(State(app): State<App>, caller: Caller) -> Result<Json<TemplateList>> {
    let own = rows::list(&app.db, caller.workspace, caller.member.account_id).await?;
    let items = own.into_iter().map(TemplateView::from).chain(builtin::ALL.iter().map(TemplateView::from));
    Ok(Json(TemplateList { items: items.collect() }))
}

/// Returns a template with its text.
#[utoipa::path(get, path = "/templates/{template}", tag = "templates", params(("template" = String, Path, description = "A UUID, or the name of one that comes with the program")), responses((status = 200, body = WholeTemplate)))]
async fn read(State(app): State<App>, caller: Caller, At(id): At<String>) -> Result<Json<WholeTemplate>> {
    let (template, text) = found(&app, &caller, &id).await?;
    let text = crate::titles::filled(&app, Some(&Visitor::Member(Box::new(caller))), text).await?;
    let (markdown, html) = access::apart(move || (text.to_markdown(), text.to_html())).await?;
    Ok(Json(WholeTemplate { template, markdown, html }))
}

/// A document to keep as a template.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TemplateCreation {
    /// The document whose text, kind and icon it takes, as they are now.
    document: DocumentId,
    /// The title of the document if absent.
    title: Option<String>,
    description: Option<String>,
    /// `personal` or `workspace`. The latter requires a manager.
    #[serde(default = "personal")]
    audience: Audience,
}

fn personal() -> Audience {
    Audience::Personal
}

/// Keeps a document as a template, without images and files that were uploaded to it. A template for the workspace
/// requires the admin right to the document, and is refused for confidential and restricted documents, because
/// everybody can read a template's text.
#[utoipa::path(post, path = "/templates", tag = "templates", params(("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body = TemplateCreation, responses((status = 201, body = TemplateView)))]
async fn keep(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<TemplateCreation>,
) -> Result<(StatusCode, Json<TemplateView>)> {
    let owner = owner(&caller, new.audience)?;
    let (source, text) = text_of(&app, &caller, new.document, new.audience).await?;
    let (title, description) = (new.title.unwrap_or(source.title), new.description.unwrap_or_default());
    check(Some(&title), Some(&description))?;
    let new =
        NewTemplate { title: title.trim().to_owned(), description, kind: source.kind, icon: source.icon, owner, text };
    let row = rows::add(&app.db, &caller.actor, caller.member.account_id, MOST, new).await?;
    let row = row.ok_or(Error::Conflict("a workspace has at most 500 templates: delete one first"))?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

fn owner(caller: &Caller, audience: Audience) -> Result<Option<AccountId>> {
    match audience {
        Audience::Builtin => Err(Error::Invalid("a template is personal or of the workspace")),
        Audience::Workspace if caller.role < Role::Manager => Err(Error::Forbidden),
        Audience::Workspace => Ok(None),
        Audience::Personal if caller.role < Role::Analyst => Err(Error::Forbidden),
        Audience::Personal => Ok(Some(caller.member.account_id)),
    }
}

async fn text_of(
    app: &App,
    caller: &Caller,
    document: DocumentId,
    audience: Audience,
) -> Result<(database::DocumentRow, serde_json::Value)> {
    let needed = if audience == Audience::Workspace { Right::Admin } else { Right::View };
    let visitor = Visitor::Member(Box::new(caller.clone()));
    let request = DocumentRequest::at(app, visitor, document, needed).await?;
    let is_open = matches!(request.document.sensitivity.known(), Some(Sensitivity::Public | Sensitivity::Internal));
    if audience == Audience::Workspace && !is_open {
        return Err(Error::Conflict("a confidential document cannot become a template of the workspace"));
    }
    let text = request.text(app).await?;
    let turn = app.work_of(text.by()).await?;
    // Images and files are left out, because they belong to the document, which decides on the right to them.
    let prose = text.read(|document, _| document.prose()).await?.without_attachments();
    drop(turn);
    let json = access::apart(move || {
        // A template must pass the editor's check, because the document that begins with it must.
        let json = match prose.0.is_empty() {
            true => json!({ "type": "doc", "content": [{ "type": "paragraph" }] }),
            false => prose.to_json(),
        };
        Prose::from_json(&json).map(|_| json)
    })
    .await??;
    if json.to_string().len() > LONGEST_TEXT {
        return Err(Error::ContentTooLarge);
    }
    Ok((request.document, json))
}

/// The largest text of a template, which is read as a whole whenever somebody looks at it. A plan of 100 pages has 0.5
/// MB.
const LONGEST_TEXT: usize = 1 << 20;

fn check(title: Option<&str>, description: Option<&str>) -> Result<()> {
    if title.is_some_and(|title| title.trim().is_empty() || title.chars().count() > LONGEST_TITLE) {
        return Err(Error::Invalid("a title has 1 to 300 characters"));
    }
    if description.is_some_and(|text| text.chars().count() > LONGEST_DESCRIPTION) {
        return Err(Error::Invalid("the description of a template has at most 500 characters"));
    }
    Ok(())
}

/// What to change about a template. Absent fields stay unchanged.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct TemplateChange {
    title: Option<String>,
    description: Option<String>,
    /// A document whose text, kind and icon replace the present ones.
    document: Option<DocumentId>,
}

/// Changes a template of the caller's own, or, for a manager, of the workspace. Documents that were begun with it stay as
/// they are.
#[utoipa::path(patch, path = "/templates/{template}", tag = "templates", params(("template" = String, Path, description = "The template")), request_body = TemplateChange, responses((status = 200, body = TemplateView)))]
async fn change(
    State(app): State<App>,
    caller: Caller,
    At(id): At<String>,
    Body(change): Body<TemplateChange>,
) -> Result<Json<TemplateView>> {
    let mut row = changeable(&app, &caller, &id).await?;
    check(change.title.as_deref(), change.description.as_deref())?;
    if let Some(document) = change.document {
        let audience = if row.owner_id.is_some() { Audience::Personal } else { Audience::Workspace };
        let (source, text) = text_of(&app, &caller, document, audience).await?;
        (row.kind, row.icon, row.text.0) = (source.kind, source.icon, text);
    }
    row.title = change.title.map_or(row.title, |title| title.trim().to_owned());
    row.description = change.description.unwrap_or(row.description);
    let row = rows::update(&app.db, &caller.actor, row).await?.ok_or(Error::NotFound("template"))?;
    Ok(Json(row.into()))
}

/// Deletes a template of the caller's own, or, for a manager, of the workspace.
#[utoipa::path(delete, path = "/templates/{template}", tag = "templates", params(("template" = String, Path, description = "The template")), responses((status = 204)))]
async fn remove(State(app): State<App>, caller: Caller, At(id): At<String>) -> Result<StatusCode> {
    let row = changeable(&app, &caller, &id).await?;
    rows::remove(&app.db, &caller.actor, row.template_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
