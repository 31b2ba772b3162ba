//! Pages as PDF and Word files: a page, or a page with those below it as chapters. Only what the caller may see is
//! printed: each page is checked and recorded like any other read, and the titles in links are checked too.

use std::collections::HashSet;
use std::ops::Range;

use access::{App, Caller, DocumentRequest, Visitor};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use document::prose::Prose;
use endpoint::{Error, Result};
use files::{Files, printing::Print};
use library::titles;
use library::tree::rows::{PageInTree, Root, visible_pages};
use library::visibility::Viewer;
use review::approvals::rows as approvals;
use review::revisions::{prose_of, routes::state_of, rows as revisions};
use review::suggestions::tracked;
use review::threads::{rows as threads, views::ThreadView, views::thread_views};
use serde::Deserialize;
use serde_json::{Value, json};
use vocabulary::{AccountId, DocumentId, RevisionId, ThreadId, ThreadState, WorkspaceId};

use crate::exports::{MOST_PAGES, attachment_named};
use crate::package::sent;
use crate::rows;
use crate::way_out;

/// The maximum number of pages in one file. 200 pages of the workspace can make a book of a thousand sheets.
const MOST_PRINTED: usize = 200;
/// The maximum number of nodes of all texts in one file, twice that of the largest document.
const MOST_NODES: usize = 2 * library::content::MAX_NODES;
/// The maximum number of threads of one page that are printed, the oldest first.
const MOST_THREADS: i64 = 1_000;
/// How much text is used to guess the language.
const SAMPLE_BYTES: usize = 20_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// Markdown files in a ZIP archive, with the pages below.
    #[default]
    Zip,
    Pdf,
    Docx,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaperSize {
    #[default]
    A4,
    Letter,
}

/// The format of a printed file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PrintFormat {
    #[default]
    Pdf,
    Docx,
}

impl PrintFormat {
    /// The media type, and the ending of the file's name.
    fn of_file(self) -> (&'static str, &'static str) {
        match self {
            PrintFormat::Pdf => ("application/pdf", "pdf"),
            PrintFormat::Docx => (WORD, "docx"),
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportWish {
    #[serde(default)]
    #[param(inline)]
    pub format: ExportFormat,
    /// Whether the pages below are chapters of the file. PDF and Word only; a ZIP archive always has them.
    #[serde(default)]
    children: bool,
    /// Whether comments are printed: as notes at the end of a PDF, as comments in Word.
    #[serde(default)]
    comments: bool,
    /// Whether open suggestions are tracked changes, with their authors and dates. Word only, without a revision.
    #[serde(default)]
    suggestions: bool,
    #[serde(default)]
    #[param(inline)]
    paper: PaperSize,
    /// A revision instead of the current text. PDF and Word only, without children and comments.
    revision: Option<RevisionId>,
}

impl ExportWish {
    /// # Errors
    /// [`Error::Invalid`] for options that cannot be combined.
    pub fn check(&self) -> Result<()> {
        if self.revision.is_some() && (self.children || self.comments || self.format == ExportFormat::Zip) {
            return Err(Error::Invalid("a revision is exported as pdf or docx, without children and comments"));
        }
        if self.suggestions && (self.revision.is_some() || self.format != ExportFormat::Docx) {
            return Err(Error::Invalid("suggestions are exported as docx, with the current text"));
        }
        Ok(())
    }
}

/// A page that is printed.
struct Chapter {
    prose: Prose,
    /// The text with its suggestions accepted, and the text with them as tracked changes.
    tracked: Option<(Prose, Value)>,
    at: DateTime<Utc>,
    threads: Vec<Value>,
}

/// Prints a page that the caller may see.
pub async fn printed(app: &App, files: &Files, caller: Caller, id: DocumentId, wish: &ExportWish) -> Result<Response> {
    let pages = match wish.children {
        true => visible_pages(&app.db, &Viewer::of(&caller), Root::Page(id), MOST_PAGES as i64 + 1).await?,
        false => vec![PageInTree { id, parent_id: None, title: String::new() }],
    };
    if pages.len() > MOST_PRINTED {
        return Err(Error::Conflict("at most 200 pages become one file: print smaller parts, or export a ZIP archive"));
    }
    let workspace = caller.workspace;
    let visitor = Visitor::Member(Box::new(caller));
    let mut print = files.print().await?;
    let (mut chapters, mut depths, mut nodes) = (Vec::new(), Depths::default(), 0);
    let (mut title, mut latest, mut sample, mut author) = (String::new(), DateTime::UNIX_EPOCH, String::new(), None);
    for page in &pages {
        let is_first = page.id == id;
        let request = match way_out::page(app, &visitor, page.id).await {
            Ok(request) => request,
            // Since the list was made, the page was deleted, or the caller has lost access to it.
            Err(Error::NotFound(_) | Error::Gone(_)) if !is_first => continue,
            Err(error) => return Err(error),
        };
        let chapter = chapter(app, &request, wish, chapters.len()).await?;
        let suggested = chapter.tracked.as_ref().map(|(suggested, _)| suggested);
        nodes += chapter.prose.nodes() + suggested.map_or(0, Prose::nodes);
        if nodes > MOST_NODES {
            return Err(Error::NotPrinted(
                "it has more than 100,000 blocks and runs of text: print smaller parts".into(),
            ));
        }
        attach(app, &mut print, page.id, &chapter.prose).await?;
        if let Some(suggested) = suggested {
            attach(app, &mut print, page.id, suggested).await?;
        }
        if is_first {
            title.clone_from(&request.document.title);
            author = request.document.created_by;
        }
        if sample.len() < SAMPLE_BYTES {
            sample.push_str(&chapter.prose.to_text());
        }
        latest = latest.max(chapter.at);
        chapters.push(json!({
            "id": page.id,
            "title": request.document.title,
            "depth": depths.of(page),
            "doc": chapter.tracked.map_or_else(|| chapter.prose.to_json(), |(_, doc)| doc),
            "threads": chapter.threads,
        }));
    }
    let mut what =
        described(app, workspace, &About { title: &title, author, sample: &sample, at: latest }, wish.paper).await?;
    if let Some(revision) = wish.revision
        && let Some((names, at)) = approvals::approved(&app.db, workspace, id, revision).await?
    {
        what["note"] = json!(format!("Approved by {} on {}", names.join(", "), at.format("%Y-%m-%d")));
    }
    what["chapters"] = json!(chapters);
    let format = if wish.format == ExportFormat::Docx { PrintFormat::Docx } else { PrintFormat::Pdf };
    finish(app, print, what, format, &title).await
}

/// The metadata of a file.
pub struct About<'a> {
    pub title: &'a str,
    pub author: Option<AccountId>,
    /// A part of the text, by which the language is guessed.
    pub sample: &'a str,
    /// When the text was last changed.
    pub at: DateTime<Utc>,
}

/// The description of a file without its chapters.
///
/// # Errors
/// When the database does not answer.
pub async fn described(app: &App, workspace: WorkspaceId, about: &About<'_>, paper: PaperSize) -> Result<Value> {
    let sample = about.sample.char_indices().nth(SAMPLE_BYTES).map_or(about.sample, |(end, _)| &about.sample[..end]);
    Ok(json!({
        "fonts": app.config.export_fonts,
        "title": about.title,
        "workspace": rows::workspace_name(&app.db, workspace).await?,
        "creator": match about.author {
            Some(author) => rows::account_name(&app.db, author).await?,
            None => String::new(),
        },
        "language": search::language_of(sample),
        "paper": match paper {
            PaperSize::A4 => "a4",
            PaperSize::Letter => "letter",
        },
        // The date of the text, and not of the print, so that equal texts make equal files.
        "date": about.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "address": app.config.public_url,
    }))
}

/// Prints a description, and sends the file under this name.
///
/// # Errors
/// [`Error::NotPrinted`] with the reason.
pub async fn finish(app: &App, print: Print<'_>, what: Value, format: PrintFormat, name: &str) -> Result<Response> {
    let (media_type, ending) = format.of_file();
    let (size, body) = sent(print.finish(app, media_type, what).await?)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_LENGTH, HeaderValue::from(size)),
        (header::CONTENT_DISPOSITION, attachment_named(name, ending)?),
    ];
    Ok((headers, body).into_response())
}

pub const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// How far below the first page each page is.
#[derive(Default)]
struct Depths(std::collections::HashMap<DocumentId, usize>);

impl Depths {
    fn of(&mut self, page: &PageInTree) -> usize {
        let above = page.parent_id.and_then(|parent| self.0.get(&parent));
        let depth = above.map_or(0, |depth| depth + 1);
        self.0.insert(page.id, depth);
        depth
    }
}

/// The text of a page, with titles in its links, and with its comments.
async fn chapter(app: &App, request: &DocumentRequest, wish: &ExportWish, before: usize) -> Result<Chapter> {
    if wish.suggestions {
        return suggested(app, request, wish, before).await;
    }
    let (prose, at) = match wish.revision {
        Some(revision) => revision_of(app, request, revision).await?,
        None => {
            let text = request.text(app).await?;
            let turn = app.work_of(text.by()).await?;
            let prose = text.read(|document, _| document.prose()).await?;
            drop(turn);
            (prose, request.document.updated_at)
        }
    };
    let none = HashSet::new();
    let threads =
        if wish.comments { comments(app, request, &prose, before, &none).await? } else { Comments::default() };
    let prose = titles::filled(app, Some(&request.visitor), prose.annotated(&threads.passages)).await?;
    Ok(Chapter { prose, tracked: None, at, threads: threads.shown })
}

/// The chapter of a page with the open suggestions as tracked changes.
async fn suggested(app: &App, request: &DocumentRequest, wish: &ExportWish, before: usize) -> Result<Chapter> {
    let tracked = tracked::read(app, request).await?;
    let prose = &tracked.before;
    let shown = tracked.shown();
    let threads =
        if wish.comments { comments(app, request, prose, before, &shown).await? } else { Comments::default() };
    let moved = threads.passages.iter().map(|(number, passage)| (*number, tracked.moved(passage)));
    let moved: Vec<(u32, Range<u32>)> = moved.filter(|(_, passage)| !passage.is_empty()).collect();
    let (prose, after) = (prose.clone().annotated(&threads.passages), tracked.after().clone().annotated(&moved));
    let prose = titles::filled(app, Some(&request.visitor), prose).await?;
    let after = titles::filled(app, Some(&request.visitor), after).await?;
    let (prose, after, doc) = app
        .work_out(&request.actor, tracked.encoded_bytes, move || {
            let doc = tracked.printed(&prose, &after);
            Ok((prose, after, doc))
        })
        .await?;
    let at = request.document.updated_at;
    Ok(Chapter { prose, tracked: Some((after, doc)), at, threads: threads.shown })
}

async fn revision_of(app: &App, request: &DocumentRequest, revision: RevisionId) -> Result<(Prose, DateTime<Utc>)> {
    request.may_read_text(app).await?;
    let found = revisions::list(&app.db, request.actor.workspace, request.id(), Some(revision), None, 1).await?.pop();
    let found = found.ok_or(Error::NotFound("revision"))?;
    let state = state_of(app, request, &found).await?;
    let size = state.len();
    let prose = app.work_out(&request.actor, size, move || prose_of(&state)).await?;
    Ok((prose, found.created_at))
}

#[derive(Default)]
struct Comments {
    shown: Vec<Value>,
    /// The passages of the threads, by the numbers of the threads in the file.
    passages: Vec<(u32, Range<u32>)>,
}

/// The comments of a page. For suggestions that are shown in the text, only their comments are printed.
async fn comments(
    app: &App,
    request: &DocumentRequest,
    prose: &Prose,
    chapter: usize,
    in_text: &HashSet<ThreadId>,
) -> Result<Comments> {
    let found =
        threads::list(&app.db, request.actor.workspace, request.id(), threads::Threads::All, None, MOST_THREADS)
            .await?;
    let text: Vec<u16> = prose.to_text().encode_utf16().collect();
    let mut comments = Comments::default();
    for (index, thread) in thread_views(request, app, found).await?.into_iter().enumerate() {
        let number = (chapter as i64 * MOST_THREADS) as u32 + index as u32 + 1;
        let Some(shown) = shown(&thread, number, in_text.contains(&thread.thread_id)) else { continue };
        // An edit may have been made between reading the text and the places. A passage with other words is only
        // quoted.
        let place =
            thread.passage.as_ref().and_then(|passage| Some((passage.from?, passage.to?, passage.text.as_ref()?)));
        if let Some((from, to, words)) = place
            && text.get(from as usize..to as usize).is_some_and(|found| String::from_utf16_lossy(found) == *words)
        {
            comments.passages.push((number, from..to));
        }
        comments.shown.push(shown);
    }
    Ok(comments)
}

/// A thread with its comments that were not removed; `None` if there are none.
fn shown(thread: &ThreadView, number: u32, is_in_text: bool) -> Option<Value> {
    let mut remarks: Vec<Value> = Vec::new();
    for comment in thread.comments.iter().filter(|comment| comment.deleted_at.is_none()) {
        if is_in_text && comment.body.is_empty() {
            continue;
        }
        let suggested = thread.replacement.as_ref().filter(|_| remarks.is_empty() && !is_in_text);
        let text = match suggested.map(String::as_str) {
            Some("") => format!("Suggests to delete this.\n{}", comment.body),
            Some(words) => format!("Suggests: {words}\n{}", comment.body),
            None => comment.body.clone(),
        };
        remarks.push(json!({ "author": comment.author.name, "at": comment.created_at, "text": text.trim_end() }));
    }
    let passage = thread.passage.as_ref();
    let label = thread.media.as_ref().map_or("", |media| &media.label);
    let quote = passage.map_or(label, |passage| passage.text.as_deref().unwrap_or(&passage.quote));
    (!remarks.is_empty()).then(|| {
        let is_closed = thread.state != ThreadState::Open;
        json!({ "number": number, "quote": quote, "is_closed": is_closed, "comments": remarks })
    })
}

/// Adds the images that a text shows to the print.
pub async fn attach(app: &App, print: &mut Print<'_>, page: DocumentId, prose: &Prose) -> Result<()> {
    for id in prose.attachments() {
        if let Ok(attachment) = id.parse() {
            print.add(app, page, attachment).await?;
        }
    }
    Ok(())
}
