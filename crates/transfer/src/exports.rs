//! Exports of a page with those below it, and of a space. `export_jobs` makes large ones in the background. Every page
//! is checked by `way_out`, so pages that a person may not read are left out, and reads are recorded, as everywhere.

mod attached;
mod beside;
mod exact;
pub mod spaces;

use std::collections::{HashMap, HashSet};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, DocumentRequest, Visitor};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use endpoint::{Binary, Error, Result, input::At, input::QueryParams};
use files::Files;
use library::tags::rows as tags;
use library::tree::rows::{PageInTree, Root, visible_pages};
use library::visibility::Viewer;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, Right, Sensitivity, SpaceId};

use crate::package::Package;
use crate::paths::{name, of_pages, relative};
use crate::people::{People, written};
use crate::printed::{ExportFormat, ExportWish, printed};
use crate::way_out;

use attached::Attaching;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(pages))).routes(needs(DOCUMENTS, routes!(space)))
}

/// The maximum number of pages in one export. The caller waits, and each text takes milliseconds.
pub const MOST_PAGES: usize = 2_000;

/// Returns a page as a PDF or Word file, alone or with those below it as chapters; or, without a format, a page and
/// those below it as a ZIP archive: Markdown with front matter, in folders that mirror the tree, with images and files
/// beside the pages. Links between them are relative; links to other pages keep their address. What the caller may not
/// see is left out.
#[utoipa::path(get, path = "/documents/{id}/export", tag = "content", params(("id" = Uuid, Path, description = "The page"), ExportWish), responses((status = 200, content((inline(Binary) = "application/zip"), (inline(Binary) = "application/pdf"), (inline(Binary) = "application/vnd.openxmlformats-officedocument.wordprocessingml.document")))))]
async fn pages(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(id): At<DocumentId>,
    QueryParams(wish): QueryParams<ExportWish>,
) -> Result<Response> {
    wish.check()?;
    if wish.format != ExportFormat::Zip {
        return printed(&app, &files, caller, id, &wish).await;
    }
    let document = app.access(&caller, id).await?.at_least(Right::View)?.outside_the_trash()?.document;
    Box::pin(exported(&app, &files, caller, Root::Page(id), &document.title)).await
}

/// Returns the pages of a space as a ZIP archive, in the same form as the export of one page.
#[utoipa::path(get, path = "/spaces/{space}/export", tag = "spaces", params(("space" = Uuid, Path, description = "The space")), responses((status = 200, content_type = "application/zip", body = inline(Binary))))]
async fn space(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(space): At<SpaceId>,
) -> Result<Response> {
    let (found, _) = library::spaces::access(&app, &caller, space).await?;
    let title = if found.name.is_empty() { "My pages" } else { &found.name };
    Box::pin(exported(&app, &files, caller, Root::Space(space), title)).await
}

async fn exported(app: &App, files: &Files, caller: Caller, root: Root, title: &str) -> Result<Response> {
    let found = visible_pages(&app.db, &Viewer::of(&caller), root, MOST_PAGES as i64 + 1).await?;
    if found.len() > MOST_PAGES {
        return Err(Error::Conflict(
            "at most 2,000 pages are exported at once: use an export in the background (POST /exports)",
        ));
    }
    let visitor = Visitor::Member(Box::new(caller));
    let exporting =
        Exporting { app, files, visitor, comments: false, revisions: false, is_whole: false, is_workspace: false };
    let parts = [(String::new(), found)];
    let (mut package, mut plan) = (Package::begin()?, exporting.begin(&parts));
    for page in &parts[0].1 {
        exporting.page(&mut plan, &mut package, page).await?;
    }
    let (size, body) = tokio::task::block_in_place(|| package.end())?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/zip")),
        (header::CONTENT_LENGTH, HeaderValue::from(size)),
        (header::CONTENT_DISPOSITION, attachment_named(title, "zip")?),
    ];
    Ok((headers, body).into_response())
}

/// The header with the name under which a file is saved.
///
/// # Errors
/// None in practice, because the header is ASCII.
pub fn attachment_named(title: &str, ending: &str) -> Result<HeaderValue> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || " -_.".contains(c) { c } else { '_' };
    let name: String = name(title).chars().map(plain).collect();
    HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\""))
        .map_err(|error| Error::Internal(error.to_string()))
}

/// What is needed to export pages, and what the export contains besides their texts.
pub struct Exporting<'a> {
    pub app: &'a App,
    pub files: &'a Files,
    pub visitor: Visitor,
    pub comments: bool,
    pub revisions: bool,
    /// Whether the export can be imported again without losses: it then has a list of the pages in their order, and the
    /// exact form of each text that Markdown cannot express.
    pub is_whole: bool,
    /// Whether the whole workspace is exported, with the properties of spaces and pages.
    pub is_workspace: bool,
}

/// The paths of the pages of an export, and what was written so far.
pub struct Exported {
    paths: HashMap<DocumentId, String>,
    links: HashMap<String, String>,
    titles: HashMap<String, String>,
    taken: HashSet<String>,
    /// The list of the pages.
    listed: Vec<Value>,
    numbers: HashMap<DocumentId, usize>,
}

impl Exported {
    pub fn written(&self) -> usize {
        self.listed.len()
    }
}

/// The file name of the list of pages.
pub const LIST: &str = "consilium.json";

impl Exporting<'_> {
    /// Gives each page its path, in the folder of its part.
    pub fn begin(&self, parts: &[(String, Vec<PageInTree>)]) -> Exported {
        let mut paths = HashMap::new();
        for (folder, pages) in parts {
            paths.extend(of_pages(folder, pages));
        }
        let pages = || parts.iter().flat_map(|(_, pages)| pages);
        Exported {
            links: pages().map(|page| (page.id.to_string(), format!("{}.md", paths[&page.id]))).collect(),
            titles: pages().map(|page| (page.id.to_string(), page.title.clone())).collect(),
            paths,
            taken: HashSet::new(),
            listed: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// Writes a page. A page that was deleted, or that the caller may no longer see, since the list was made is left
    /// out.
    ///
    /// # Errors
    /// When a store does not answer, or the disk is full.
    pub async fn page(&self, plan: &mut Exported, package: &mut Package, page: &PageInTree) -> Result<()> {
        let app = self.app;
        let request = match way_out::page(app, &self.visitor, page.id).await {
            Ok(request) => request,
            Err(Error::NotFound(_) | Error::Gone(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let text = request.text(app).await?;
        let turn = app.work_of(text.by()).await?;
        let prose = text.read(|document, _| document.prose()).await?;
        drop(turn);
        let mut people = People::of(&app.db);
        let stem = plan.paths[&page.id].clone();
        let path = format!("{stem}.md");
        let taken = &mut plan.taken;
        let mut attaching = Attaching { app, files: self.files, page: page.id, package, taken };
        let (attached, files) = match self.revisions {
            true => attaching.all(&mut people).await?,
            false => (attaching.shown(&prose.attachments()).await?, None),
        };
        let front = front_matter(app, &request).await?;
        let exact = match self.is_whole {
            true => tokio::task::block_in_place(|| exact::of(&prose, &path, &plan.links, &attached)),
            false => None,
        };
        let prose = prose.with_titles(&plan.titles);
        tokio::task::block_in_place(|| {
            package.file(&path)?;
            package.write(front.as_bytes())?;
            package.write(placed(prose.to_markdown(), &path, &plan.links, &attached).as_bytes())?;
            for (ending, content) in [("page.json", &exact), ("files.json", &files)] {
                if let Some(content) = content {
                    package.json(&format!("{stem}.{ending}"), content)?;
                }
            }
            Ok::<(), Error>(())
        })?;
        if self.comments
            && let Some(comments) = beside::comments(app, &request, &mut people).await?
        {
            tokio::task::block_in_place(|| package.json(&format!("{stem}.comments.json"), &comments))?;
        }
        if self.revisions {
            let places = beside::Places { links: &plan.links, attached: &attached };
            beside::revisions(app, &request, &stem, &places, package, &mut people).await?;
        }
        let above = page.parent_id.and_then(|parent| plan.numbers.get(&parent).copied());
        plan.numbers.insert(page.id, plan.listed.len());
        let mut listed = json!({ "id": page.id, "path": path, "above": above });
        if self.is_workspace {
            self.describe(&request, &mut listed, &mut people).await?;
        }
        plan.listed.push(listed);
        Ok(())
    }

    /// Adds the properties of a page that its front matter does not have.
    async fn describe(&self, request: &DocumentRequest, listed: &mut Value, people: &mut People<'_>) -> Result<()> {
        let row = &request.document;
        if !row.category.is_empty() {
            listed["category"] = json!(row.category);
        }
        if row.sensitivity.known() != Some(Sensitivity::Internal) {
            listed["sensitivity"] = json!(row.sensitivity);
        }
        if let Some(level) = &row.open_level {
            listed["open_level"] = json!(level);
        }
        if !row.inherits {
            listed["inherits"] = json!(false);
        }
        if let Some(owner) = row.created_by {
            listed["owner"] = json!(people.account(owner.0).await?);
        }
        Ok(())
    }

    /// Writes the list of the pages and, in an export of the workspace, of the spaces.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn end(&self, plan: &Exported, spaces: &[Value], package: &mut Package) -> Result<()> {
        let mut list = json!({ "format": 1, "pages": plan.listed });
        if self.is_workspace {
            list["spaces"] = json!(spaces);
        }
        tokio::task::block_in_place(|| package.json(LIST, &list))
    }
}

/// What is known about a page besides its text, as YAML. JSON strings are YAML strings.
async fn front_matter(app: &App, request: &DocumentRequest) -> Result<String> {
    let row = &request.document;
    let tags = tags::of(&app.db, row.document_id).await?;
    Ok(format!(
        "---\nid: {}\ntitle: {}\nkind: {}\nstatus: {}\nicon: {}\ndescription: {}\ntags: {}\ncreated: {}\nupdated: {}\n---\n\n",
        row.document_id,
        json!(row.title),
        json!(row.kind),
        json!(row.status.as_str()),
        json!(row.icon),
        json!(row.description),
        json!(tags),
        written(row.created_at),
        written(row.updated_at),
    ))
}

/// The text with relative links to the other files. The addresses are as `document` writes them, in angle brackets, which
/// text cannot contain unescaped.
fn placed(mut text: String, path: &str, links: &HashMap<String, String>, attached: &HashMap<String, String>) -> String {
    let encoded = |to: &str| relative(path, to).replace('<', "%3C").replace('>', "%3E");
    for (document, to) in links {
        let written = format!("(</documents/{document}> \"Page\")");
        if text.contains(&written) {
            text = text.replace(&written, &format!("(<{}>)", encoded(to)));
        }
    }
    for (attachment, to) in attached {
        for scheme in ["attachment", "file"] {
            text = text.replace(&format!("(<{scheme}:{attachment}>"), &format!("(<{}>", encoded(to)));
        }
    }
    text
}
