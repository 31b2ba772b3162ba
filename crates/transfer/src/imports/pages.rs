//! Reads one file as a page: its text, with links and files in their places, and what else is known about it.

use std::collections::HashMap;
use std::path::PathBuf;

use access::App;
use chrono::{DateTime, Utc};
use document::prose::{Node, Prose, Target};
use files::{Files, PressFailure, media};
use library::content::MAX_NODES;
use serde_json::Value;
use vocabulary::{AccountId, AttachmentId, ImportKind as Kind, WorkspaceId};

use crate::exports;

use super::facts::Facts;
use super::failure::Failure;
use super::foreign;
use super::front_matter;
use super::notion;
use super::own;
use super::plan::{Plan, Planned};
use super::report::Report;
use super::restoring;
use super::source::{Source, ending, folder, is_page, resolved, stem};

/// The largest size of one Markdown file or table, the same as for a text that is written over REST.
const MOST_TEXT_BYTES: u64 = 4 << 20;
/// The number of attachments that a document may have.
const MOST_ATTACHMENTS: usize = 2_000;
const LONGEST_TITLE: usize = 300;
const LONGEST_DESCRIPTION: usize = 2_000;
/// The longest name of a person.
const LONGEST_NAME: usize = 200;

/// A file that a page shows.
#[derive(Debug)]
pub struct Shown {
    pub id: AttachmentId,
    pub name: String,
    pub place: PathBuf,
    /// The history of the file, if an operator restores it.
    pub history: Option<FileHistory>,
}

/// The history of a file on the instance that exported it.
#[derive(Clone, Debug)]
pub struct FileHistory {
    pub in_text: bool,
    pub created_at: DateTime<Utc>,
    /// The versions, the oldest first. The last one is current.
    pub versions: Vec<OldVersion>,
}

#[derive(Clone, Debug)]
pub struct OldVersion {
    pub place: PathBuf,
    pub name: String,
    pub by: Option<AccountId>,
    pub created_at: DateTime<Utc>,
}

/// A page that is to be created.
#[derive(Debug)]
pub struct Page {
    /// Why there is no text: the reason why the file could not be read.
    pub unreadable: Option<String>,
    pub title: String,
    pub prose: Prose,
    pub facts: Facts,
    pub shown: Vec<Shown>,
}

/// What reading a page needs.
pub struct Reader<'a> {
    pub app: &'a App,
    pub files: &'a Files,
    pub source: &'a Source,
    pub plan: &'a Plan,
    pub workspace: WorkspaceId,
    /// The person who imports.
    pub by: AccountId,
    /// The folder in which images from within files are kept until the import ends.
    pub media: &'a std::path::Path,
}

impl Reader<'_> {
    /// Reads a page. A page that cannot be read has no text, and the report says why.
    ///
    /// # Errors
    /// When the server stops.
    pub async fn read(&self, page: &Planned, report: &mut Report) -> Result<Page, Failure> {
        let mut facts = Facts::default();
        let mut places = Places { reader: self, page, shown: Vec::new(), by_path: HashMap::new(), report };
        let prose = match page.file.map(|file| ending(&self.source.files[file].path)).as_deref() {
            None => Ok(Prose::default()),
            Some("html" | "htm") => foreign::read(&mut places, media::HTML, &mut facts).await?,
            Some("docx") => foreign::read(&mut places, media::DOCX, &mut facts).await?,
            Some("csv") => places.table().await,
            Some("txt") => places.text().await.map(|text| plain(&text)),
            Some(_) => places.markdown(&mut facts).await,
        };
        let Places { shown, report, .. } = places;
        let unreadable = prose.as_ref().err().cloned();
        let mut prose = prose.unwrap_or_else(|reason| {
            report.add(&page.path, format!("It could not be read, and is an empty page: {reason}"), "");
            Prose::default()
        });
        if prose.nodes() > MAX_NODES {
            report.add(
                &page.path,
                "It has more than 50,000 blocks and runs of text, and is an empty page: divide it",
                "",
            );
            prose = Prose::default();
        }
        let first = prose.0.first().cloned();
        let blocks = prose.0.len();
        let title = title(&mut prose, facts.title.as_deref(), &page.name, self.plan.kind);
        // A heading that only repeats the title is left out of the proposed text too.
        if prose.0.len() < blocks
            && let Some(proposed) = &mut facts.proposed
            && proposed.prose.0.first() == first.as_ref()
        {
            proposed.prose.0.remove(0);
        }
        let is_shown = |c: &char| !c.is_control() || *c == '\n';
        facts.description = facts.description.chars().filter(is_shown).take(LONGEST_DESCRIPTION).collect();
        facts.authors.iter_mut().for_each(|author| *author = shortened(author, LONGEST_NAME));
        Ok(Page { unreadable, title, prose, facts, shown })
    }
}

/// Resolves the addresses in one page.
pub struct Places<'a, 'r> {
    pub reader: &'a Reader<'a>,
    pub page: &'a Planned,
    pub shown: Vec<Shown>,
    by_path: HashMap<String, AttachmentId>,
    pub report: &'r mut Report,
}

impl Places<'_, '_> {
    pub fn file(&self) -> Option<&std::path::Path> {
        self.page.file.map(|file| self.reader.source.files[file].place.as_path())
    }

    /// The target of an address in the text; `None` for an address that is kept unchanged.
    pub fn target(&mut self, address: &str, is_image: bool) -> Option<Target> {
        let has_scheme = address.split(['/', '?', '#']).next().is_some_and(|first| first.contains(':'));
        if has_scheme || address.starts_with("//") || address.starts_with('#') || address.is_empty() {
            return None;
        }
        let path = resolved(&self.page.path, address)?;
        let (source, plan) = (self.reader.source, self.reader.plan);
        // Links to pages may lack the ending of the file.
        let candidates = [path.clone(), format!("{path}.md"), format!("{path}.html"), format!("{path}/index.md")];
        if !is_image && let Some(page) = candidates.iter().find_map(|path| plan.page_at(path)) {
            return Some(Target::Page(page.to_string()));
        }
        let Some(file) = source.at(&path) else {
            if path.starts_with("documents/") {
                return None;
            }
            let what = if is_image { "An image" } else { "The target of a link" };
            self.report.add(&self.page.path, format!("{what} is not among the files"), address);
            return Some(Target::Nothing);
        };
        let place = source.files[file].place.clone();
        if !is_image && is_shown(&path) {
            // This link around an image only shows the image in its full size.
            return Some(Target::Image(String::new()));
        }
        if std::fs::metadata(&place).is_ok_and(|file| file.len() == 0) {
            self.report.add(&self.page.path, "A file is empty: it was left out", address);
            return Some(Target::Nothing);
        }
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let id = self.show(&path, name, place)?;
        Some(if is_image { Target::Image(id.to_string()) } else { Target::File(id.to_string()) })
    }

    /// Adds a file that the page shows, once for each path; `None` when the page has too many files.
    pub fn show(&mut self, path: &str, name: String, place: PathBuf) -> Option<AttachmentId> {
        if let Some(known) = self.by_path.get(path) {
            return Some(*known);
        }
        if self.shown.len() >= MOST_ATTACHMENTS {
            self.report.add(&self.page.path, "It shows more than 2,000 files: this one was left out", path);
            return None;
        }
        let id = AttachmentId::new();
        self.by_path.insert(path.to_owned(), id);
        self.shown.push(Shown { id, name: file_name(&name), place, history: None });
        Some(id)
    }

    async fn text(&self) -> Result<String, String> {
        let file = self.file().ok_or("there is no file")?;
        let read = async {
            if tokio::fs::metadata(file).await?.len() > MOST_TEXT_BYTES {
                return Ok(None);
            }
            tokio::fs::read(file).await.map(Some)
        };
        let read: std::io::Result<Option<Vec<u8>>> = read.await;
        let bytes = read.map_err(|_| "the file is gone")?.ok_or("it has more than 4 MiB")?;
        let text = String::from_utf8(bytes).map_err(|_| "it is no text in UTF-8")?;
        if text.contains('\0') { Err("a text has no U+0000".to_owned()) } else { Ok(text) }
    }

    async fn markdown(&mut self, facts: &mut Facts) -> Result<Prose, String> {
        let text = self.text().await?;
        let rest = front_matter::read(&text, facts);
        if self.reader.plan.kind == Kind::Consilium {
            let stem = self.page.path.strip_suffix(".md").unwrap_or(&self.page.path);
            let is_restored = self.reader.plan.is_restored;
            match is_restored {
                true => restoring::files(self, stem).await.map_err(unread)?,
                false => facts.comments = own::comments(self.reader.source, stem, self.report).await,
            }
            if is_restored {
                let restored = restoring::read(self, stem, &facts.status).await.map_err(unread)?;
                facts.restored = Some(Box::new(restored));
            }
            if let Some(exact) = own::exact(self.reader.source, stem).await {
                return foreign::exact(self, exact);
            }
        }
        let (rest, properties) = match self.reader.plan.kind {
            Kind::Notion => notion::properties(rest, facts),
            _ => (rest, Vec::new()),
        };
        let prose = tokio::task::block_in_place(|| {
            Prose::from_markdown_placed(rest, &mut |address, is_image| self.target(address, is_image))
        });
        let mut prose = prose.map_err(|error| error.to_string())?;
        if let Some(table) = notion::table_of(properties) {
            prose.0.insert(0, table);
        }
        Ok(prose)
    }

    /// A database of Notion. The file with all of its rows is read, if there is one.
    async fn table(&mut self) -> Result<Prose, String> {
        let path = &self.page.path;
        let all = format!("{}_all.csv", &path[..path.len() - 4]);
        let (source, plan) = (self.reader.source, self.reader.plan);
        let text = match source.at(&all) {
            Some(file) => {
                tokio::fs::read_to_string(&source.files[file].place).await.map_err(|_| "it is no text in UTF-8")?
            }
            None => self.text().await?,
        };
        let (with_id, within) = (stem(path), folder(path));
        let below = |name: &str| if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
        let folders = [below(with_id), below(notion::without_id(with_id))];
        let page = |name: &str| folders.iter().find_map(|folder| plan.named(folder, name)).map(|page| page.to_string());
        Ok(tokio::task::block_in_place(|| notion::database(&text, path, &page, self.report)))
    }
}

fn is_shown(path: &str) -> bool {
    matches!(ending(path).as_str(), "png" | "jpg" | "jpeg" | "gif" | "webp" | "svg" | "bmp")
}

/// Whether a file of the source is neither a page, nor a table, nor meant for programs only.
pub fn is_left(path: &str) -> bool {
    let is_machinery = ["css", "js", "ico"].contains(&ending(path).as_str()) || path.starts_with("images/icons/");
    let is_own = path == exports::LIST
        || path.ends_with(".page.json")
        || path.ends_with(".comments.json")
        || path.ends_with(".files.json");
    !is_page(path) && !is_machinery && !is_own && ending(path) != "csv"
}

fn file_name(name: &str) -> String {
    let shown: String = name.chars().filter(|c| !c.is_control()).collect();
    let mut end = shown.len().min(255);
    while !shown.is_char_boundary(end) {
        end -= 1;
    }
    if shown[..end].trim().is_empty() { "file".to_owned() } else { shown[..end].trim().to_owned() }
}

pub fn shortened(text: &str, most: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(most).collect::<String>().trim().to_owned()
}

/// A paragraph for each line that is not empty.
pub fn plain(text: &str) -> Prose {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).filter(|line| !line.is_empty());
    Prose(lines.map(Node::paragraph).collect())
}

/// The title that the source gives, or else the heading at the beginning, or else the name. A heading that only repeats
/// the title is removed from the text, because the page shows its title above the text, except in a file that is
/// uploaded alone.
fn title(prose: &mut Prose, given: Option<&str>, name: &str, kind: Kind) -> String {
    let heading = match prose.0.first() {
        Some(first @ Node::Element { name, attributes, .. })
            if name == "heading" && attributes.get("level").and_then(Value::as_u64) == Some(1) =>
        {
            Some(first.text()).filter(|text| !text.trim().is_empty())
        }
        _ => None,
    };
    let given = given.map(|title| shortened(title, LONGEST_TITLE)).filter(|title| !title.is_empty());
    let title = given.or_else(|| heading.as_deref().map(|text| shortened(text, LONGEST_TITLE)));
    let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| shortened(name, LONGEST_TITLE));
    if !matches!(kind, Kind::Consilium | Kind::Auto) && heading.is_some_and(|heading| heading.trim() == title) {
        prose.0.remove(0);
    }
    title
}

fn unread(failure: Failure) -> String {
    format!("what is beside it cannot be read ({failure:?})")
}

/// Why a file was not read, in words for a report.
pub fn reason(failure: &PressFailure) -> String {
    failure.to_string()
}
