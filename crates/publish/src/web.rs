//! The pages that visitors open: `/p/…` for a document, `/s/…` for a site. Each request reads the database, so a page
//! that is taken off the web is gone at once. Caches may keep a page, but must ask whether it has changed.

use std::collections::HashMap;
use std::sync::Arc;

use access::{App, ClientAddress};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use endpoint::{Error, Result};
use files::Files;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use vocabulary::{AttachmentId, DocumentId};

use crate::address::{key_of, page_key, with_key};
use crate::publications::MOST_PAGES;
use crate::publications::rows::{self, PublicPage, PublicationRow};
use crate::render::{Page, STYLE, STYLE_PATH, escape, linked};
use crate::site::Site;
use crate::site_search::Query as Words;
use crate::texts::{PublicText, Texts};
use crate::visits::{Visit, Visits};

/// No scripts run, and no site may frame the page. Images may come from anywhere, because texts contain their
/// addresses.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' https: http: data:; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
/// The maximum number of results of a search in a site.
const MOST_RESULTS: usize = 50;

struct Public {
    app: App,
    files: Files,
    texts: Texts,
    visits: Arc<Visits>,
}

type Shared = State<Arc<Public>>;

/// The routes. They are public: no caller is identified.
pub fn pages(app: &App, files: &Files) -> Router<App> {
    let visits = Arc::new(Visits::new());
    let (counting, counted) = (app.clone(), visits.clone());
    app.tasks.spawn(async move { counted.keep(counting).await });
    let public = Arc::new(Public { app: app.clone(), files: files.clone(), texts: Texts::new(), visits });
    Router::new()
        .route(STYLE_PATH, get(style))
        .route("/p/{address}", get(document))
        .route("/p/{address}/helpful", post(answer_document))
        .route("/p/{address}/files/{attachment}", get(file_of_document))
        .route("/s/{address}", get(home))
        .route("/s/{address}/sitemap.xml", get(sitemap))
        .route("/s/{address}/{page}", get(page_of_site))
        .route("/s/{address}/{page}/helpful", post(answer_page))
        .route("/s/{address}/{page}/files/{attachment}", get(file_of_page))
        .route("/robots.txt", get(robots))
        .layer(DefaultBodyLimit::max(LONGEST_ANSWER))
        .with_state(public)
}

/// What a request reveals about its visitor.
struct Visitor {
    address: std::net::IpAddr,
    agent: String,
    etag: Option<HeaderValue>,
}

impl axum::extract::FromRequestParts<Arc<Public>> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, public: &Arc<Public>) -> Result<Visitor> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, &public.app).await?;
        public.app.rate_limits.check(address, None)?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Ok(Visitor { address, agent: agent.to_owned(), etag: parts.headers.get(header::IF_NONE_MATCH).cloned() })
    }
}

/// `thanks` makes the page say thank you, after an answer to "Was this helpful?"; `q` searches a site.
#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    thanks: String,
    #[serde(default)]
    q: String,
}

/// The largest body of an answer: a form with one field.
const LONGEST_ANSWER: usize = 1_024;

/// The answer instead of a page.
enum Missing {
    Page,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Missing {
    fn from(error: E) -> Missing {
        match error.into() {
            Error::NotFound(_) | Error::Gone(_) => Missing::Page,
            error => Missing::Failed(error),
        }
    }
}

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        let (status, title, words) = match self {
            Missing::Page => (StatusCode::NOT_FOUND, "Not found", "This page doesn't exist, or is no longer public."),
            Missing::Failed(error) => {
                let status = error.into_response().status();
                (status, "Not available", "This page can't be shown now. Try again in a moment.")
            }
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\"><title>{title}</title>\
             <link rel=\"stylesheet\" href=\"{STYLE_PATH}\"></head><body><main id=\"text\"><h1>{title}</h1><p>{words}</p>\
             </main></body></html>\n"
        );
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        ];
        (status, headers, html).into_response()
    }
}

type Shown = std::result::Result<Response, Missing>;

async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, STYLE).into_response()
}

/// `robots.txt`: search engines may read public pages, each of which says whether it may be listed, and nothing else.
async fn robots() -> Response {
    let text = "User-agent: *\nAllow: /p/\nAllow: /s/\nDisallow: /\n";
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

fn html(visitor: &Visitor, is_indexed: bool, body: String) -> Response {
    let hash = Sha256::digest(body.as_bytes());
    let tag: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = HeaderValue::from_str(&format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
    let robots = if is_indexed { "index, follow" } else { "noindex, nofollow" };
    let headers = [
        (header::ETAG, etag.clone()),
        // A cache may keep the page, but must ask before each use whether it still exists.
        (header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::HeaderName::from_static("x-robots-tag"), HeaderValue::from_static(robots)),
    ];
    if visitor.etag.as_ref() == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

impl Public {
    /// The publication at an address, and the name of its workspace. If the slug in the address is an earlier one,
    /// callers redirect to the present address.
    async fn find(&self, address: &str) -> std::result::Result<(PublicationRow, String), Missing> {
        if !self.app.config.public_pages {
            return Err(Missing::Page);
        }
        rows::by_key(&self.app.db, key_of(address)).await?.ok_or(Missing::Page)
    }

    async fn site(&self, row: &PublicationRow) -> std::result::Result<(Site, String, String), Missing> {
        let space = row.space_id.ok_or(Missing::Page)?;
        let (name, _, description) = rows::space(&self.app.db, space).await?.ok_or(Missing::Page)?;
        let pages = rows::pages_of_space(&self.app.db, space, MOST_PAGES).await?;
        Ok((Site::of(format!("/s/{}", with_key(&row.slug, &row.key)), pages), name, description))
    }

    /// The public pages to which links in the texts of a workspace lead, besides the pages of the site.
    async fn links(
        &self,
        row: &PublicationRow,
        text: &PublicText,
    ) -> std::result::Result<HashMap<DocumentId, (String, String)>, Missing> {
        let mut links = HashMap::new();
        if text.links.is_empty() {
            return Ok(links);
        }
        for (document, slug, key) in rows::public_documents(&self.app.db, row.workspace_id).await? {
            if text.links.contains(&document)
                && let Some(page) = rows::page(&self.app.db, document).await?
            {
                links.insert(document, (format!("/p/{}", with_key(&slug, &key)), page.title));
            }
        }
        Ok(links)
    }

    async fn send(&self, page: &PublicPage, attachment: AttachmentId, headers: &HeaderMap) -> Shown {
        if !self.texts.of(&self.app, page).await?.attachments.contains(&attachment) {
            return Err(Missing::Page);
        }
        Ok(self.files.send_published(&self.app, page.document_id, attachment, page.dated, headers).await?)
    }

    fn count(&self, visit: &Visit, row: &PublicationRow, page: &str, visitor: &Visitor) {
        if !self.app.flags.read_only() {
            self.visits.count(visit, row.publication_id, page, visitor.address, &visitor.agent);
        }
    }
}

async fn document(
    State(public): Shared,
    Path(address): Path<String>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Shown {
    let (row, workspace) = public.find(&address).await?;
    let page = rows::page(&public.app.db, row.document_id.ok_or(Missing::Page)?).await?.ok_or(Missing::Page)?;
    let path = format!("/p/{}", with_key(&row.slug, &row.key));
    if path != format!("/p/{address}") {
        return Ok(Redirect::permanent(&path).into_response());
    }
    let text = public.texts.of(&public.app, &page).await?;
    let links = public.links(&row, &text).await?;
    let body = linked(&text, &path, &links);
    let canonical =
        if row.canonical.is_empty() { format!("{}{path}", public.app.origin()) } else { row.canonical.clone() };
    let description = if row.description.is_empty() { text.beginning() } else { row.description.clone() };
    let helpful = format!("{path}/helpful");
    let shown = Page {
        language: &row.language,
        title: &page.title,
        meta_title: &row.meta_title,
        description: &description,
        keywords: &row.keywords,
        canonical: &canonical,
        is_indexed: row.is_indexed,
        image: text.image.as_deref(),
        site: &workspace,
        site_path: None,
        navigation: "",
        body: &format!("{}<article>{body}</article>", dated(&page)),
        helpful_path: row.asks_helpful.then_some(&helpful),
        is_thanked: !asked.thanks.is_empty(),
    };
    public.count(&Visit::View, &row, "", &visitor);
    Ok(html(&visitor, row.is_indexed, shown.to_html()))
}

fn dated(page: &PublicPage) -> String {
    let (machine, words) = (page.dated.format("%Y-%m-%d"), page.dated.format("%-d %B %Y"));
    format!("<p class=\"dated\"><time datetime=\"{machine}\">{words}</time></p>")
}

async fn home(
    State(public): Shared,
    Path(address): Path<String>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Shown {
    let (row, _) = public.find(&address).await?;
    let (site, name, description) = public.site(&row).await?;
    let path = format!("/s/{}", with_key(&row.slug, &row.key));
    if path != format!("/s/{address}") {
        return Ok(Redirect::permanent(&path).into_response());
    }
    let title = if row.meta_title.is_empty() { &name } else { &row.meta_title };
    let body = match Words::read(&asked.q) {
        Some(words) => results(&public, &site, &words, &asked.q).await?,
        None => contents(&site, &description),
    };
    let canonical =
        if row.canonical.is_empty() { format!("{}{path}", public.app.origin()) } else { row.canonical.clone() };
    let about = if row.description.is_empty() { &description } else { &row.description };
    // Search engines must not list results of a search.
    let is_indexed = row.is_indexed && asked.q.is_empty();
    let shown = Page {
        language: &row.language,
        title: &name,
        meta_title: title,
        description: about,
        keywords: &row.keywords,
        canonical: &canonical,
        is_indexed,
        image: None,
        site: &name,
        site_path: Some(&path),
        navigation: &site.navigation(None),
        body: &body,
        helpful_path: None,
        is_thanked: false,
    };
    public.count(&Visit::View, &row, "", &visitor);
    Ok(html(&visitor, is_indexed, shown.to_html()))
}

fn contents(site: &Site, description: &str) -> String {
    let mut out = String::new();
    if !description.is_empty() {
        out.push_str(&format!("<p>{}</p>", escape(description)));
    }
    if site.pages().next().is_none() {
        return out + "<p>There are no pages here yet.</p>";
    }
    out.push_str("<ul class=\"contents\">");
    for page in site.pages() {
        out.push_str(&format!("<li><a href=\"{}\">{}</a></li>", escape(&site.path_of(page)), escape(&page.title)));
    }
    out + "</ul>"
}

async fn results(public: &Public, site: &Site, words: &Words, query: &str) -> std::result::Result<String, Missing> {
    let mut found = Vec::new();
    for page in site.pages() {
        let text = public.texts.of(&public.app, page).await?;
        if let Some((score, snippet)) = words.matches(page, &text) {
            found.push((score, page, snippet));
        }
    }
    found.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
    let mut out = format!("<p role=\"status\">{} for “{}”</p>", counted(found.len()), escape(query.trim()));
    out.push_str("<ul class=\"results\">");
    for (_, page, snippet) in found.into_iter().take(MOST_RESULTS) {
        let (path, title) = (escape(&site.path_of(page)), escape(&page.title));
        out.push_str(&format!("<li><a href=\"{path}\">{title}</a><p>{snippet}</p></li>"));
    }
    Ok(out + "</ul>")
}

fn counted(pages: usize) -> String {
    if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") }
}

async fn page_of_site(
    State(public): Shared,
    Path((address, page)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    visitor: Visitor,
) -> Shown {
    let (row, _) = public.find(&address).await?;
    let (site, name, _) = public.site(&row).await?;
    let found = site.page(key_of(&page)).ok_or(Missing::Page)?;
    let path = site.path_of(found);
    if path != format!("/s/{address}/{page}") {
        return Ok(Redirect::permanent(&path).into_response());
    }
    let text = public.texts.of(&public.app, found).await?;
    let mut links = public.links(&row, &text).await?;
    links.extend(site.links());
    let body = linked(&text, &path, &links);
    let home = format!("/s/{}", with_key(&row.slug, &row.key));
    let helpful = format!("{path}/helpful");
    let shown = Page {
        language: &row.language,
        title: &found.title,
        meta_title: &format!("{} – {name}", found.title),
        description: &text.beginning(),
        keywords: &row.keywords,
        canonical: &format!("{}{path}", public.app.origin()),
        is_indexed: row.is_indexed,
        image: text.image.as_deref(),
        site: &name,
        site_path: Some(&home),
        navigation: &site.navigation(Some(found.document_id)),
        body: &format!("{}<article>{body}</article>", dated(found)),
        helpful_path: row.asks_helpful.then_some(&helpful),
        is_thanked: !asked.thanks.is_empty(),
    };
    public.count(&Visit::View, &row, &page_key(found.document_id), &visitor);
    Ok(html(&visitor, row.is_indexed, shown.to_html()))
}

/// Serves an image or file while its page is public, and only if the page's published text shows it.
async fn file_of_document(
    State(public): Shared,
    Path((address, attachment)): Path<(String, AttachmentId)>,
    _: Visitor,
    headers: HeaderMap,
) -> Shown {
    let (row, _) = public.find(&address).await?;
    let page = rows::page(&public.app.db, row.document_id.ok_or(Missing::Page)?).await?.ok_or(Missing::Page)?;
    public.send(&page, attachment, &headers).await
}

async fn file_of_page(
    State(public): Shared,
    Path((address, page, attachment)): Path<(String, String, AttachmentId)>,
    _: Visitor,
    headers: HeaderMap,
) -> Shown {
    let (row, _) = public.find(&address).await?;
    let (site, ..) = public.site(&row).await?;
    let found = site.page(key_of(&page)).ok_or(Missing::Page)?;
    public.send(found, attachment, &headers).await
}

async fn sitemap(State(public): Shared, Path(address): Path<String>, _: Visitor) -> Shown {
    let (row, _) = public.find(&address).await?;
    let (site, ..) = public.site(&row).await?;
    if !row.is_indexed {
        return Err(Missing::Page);
    }
    let origin = public.app.origin();
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for page in site.pages() {
        let (path, day) = (escape(&site.path_of(page)), page.dated.format("%Y-%m-%d"));
        out.push_str(&format!("<url><loc>{}{path}</loc><lastmod>{day}</lastmod></url>\n", escape(origin)));
    }
    let headers = [(header::CONTENT_TYPE, "application/xml"), (header::CACHE_CONTROL, "public, no-cache")];
    Ok((headers, out + "</urlset>\n").into_response())
}

fn visit(form: &str) -> std::result::Result<Visit, Missing> {
    match form {
        "answer=yes" => Ok(Visit::Helpful),
        "answer=no" => Ok(Visit::NotHelpful),
        _ => Err(Missing::Failed(Error::Invalid("the answer is yes or no"))),
    }
}

async fn answer_document(
    State(public): Shared,
    Path(address): Path<String>,
    visitor: Visitor,
    answer: String,
) -> Shown {
    let (row, _) = public.find(&address).await?;
    rows::page(&public.app.db, row.document_id.ok_or(Missing::Page)?).await?.ok_or(Missing::Page)?;
    if !row.asks_helpful {
        return Err(Missing::Page);
    }
    public.count(&visit(&answer)?, &row, "", &visitor);
    Ok(Redirect::to(&format!("/p/{}?thanks=1", with_key(&row.slug, &row.key))).into_response())
}

async fn answer_page(
    State(public): Shared,
    Path((address, page)): Path<(String, String)>,
    visitor: Visitor,
    answer: String,
) -> Shown {
    let (row, _) = public.find(&address).await?;
    let (site, ..) = public.site(&row).await?;
    let found = site.page(key_of(&page)).ok_or(Missing::Page)?;
    if !row.asks_helpful {
        return Err(Missing::Page);
    }
    public.count(&visit(&answer)?, &row, &page_key(found.document_id), &visitor);
    Ok(Redirect::to(&format!("{}?thanks=1", site.path_of(found))).into_response())
}
