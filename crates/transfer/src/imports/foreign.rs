//! Pages that `consilium-press` has read. Its output is checked, because it has read a file that may be hostile.

use document::prose::{ContentError, Prose, Target};
use serde::Deserialize;
use serde_json::{Value, json};

use super::facts::{Comment, Facts, Proposed, TrackedChange};
use super::failure::Failure;
use super::pages::{Places, reason};
use super::source::ending;

/// The largest size of `document.json`: 50,000 nodes with their text.
const MOST_BYTES: u64 = 64 << 20;
const MOST_COMMENTS: usize = 1_000;
/// The number of changes that `consilium-press` reads in both texts together.
const MOST_CHANGES: usize = 4_000;

#[derive(Deserialize)]
struct Read {
    title: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    created: Option<String>,
    modified: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    comments: Vec<Comment>,
    #[serde(default)]
    losses: Vec<Loss>,
    doc: Value,
    /// The same text without its tracked changes.
    before: Option<Value>,
    #[serde(default)]
    changes: Vec<TrackedChange>,
}

#[derive(Deserialize)]
struct Loss {
    what: String,
    #[serde(rename = "where", default)]
    place: String,
}

/// Reads a file of this type. The inner error is the reason why the file cannot be read.
pub async fn read(
    places: &mut Places<'_, '_>,
    media_type: &str,
    facts: &mut Facts,
) -> Result<Result<Prose, String>, Failure> {
    let reader = places.reader;
    let Some(file) = places.file() else { return Ok(Err("there is no file".into())) };
    let pressed = match reader.files.read_document(reader.app, media_type, file).await {
        Ok(pressed) => pressed,
        Err(_) if reader.app.is_stopping() => return Err(Failure::Stopping),
        Err(failure) => return Ok(Err(reason(&failure))),
    };
    let path = pressed.folder.path().join("document.json");
    let is_small = tokio::fs::metadata(&path).await.is_ok_and(|file| file.len() <= MOST_BYTES);
    let read = if is_small { tokio::fs::read(&path).await.unwrap_or_default() } else { Vec::new() };
    let read = tokio::task::block_in_place(|| serde_json::from_slice::<Read>(&read));
    let Ok(mut read) = read else { return Ok(Err("what was read of it cannot be used".into())) };
    for loss in read.losses {
        places.report.add(&places.page.path, loss.what, &loss.place);
    }
    facts.title = read.title;
    facts.authors = read.authors;
    (facts.created, facts.modified, facts.tags) = (read.created, read.modified, read.tags);
    read.comments.truncate(MOST_COMMENTS);
    facts.comments = read.comments;
    let mut media = Media { places, folder: pressed.folder.path() };
    tokio::task::block_in_place(|| {
        read.before.iter_mut().chain([&mut read.doc]).for_each(|text| media.place(text));
    });
    let (doc, before, mut changes) = (read.doc, read.before, read.changes);
    let texts = access::apart(move || {
        let after = Prose::from_json(&doc)?;
        let Some(before) = before else { return Ok((after, None)) };
        let before = Prose::from_json(&before)?;
        let count = review::suggestions::imported::count(&before, &after);
        Ok((after, Some((before, count))))
    });
    Ok(match texts.await? {
        Ok((text, None)) => Ok(text),
        Ok((after, Some((before, count)))) => {
            changes.truncate(MOST_CHANGES);
            Ok(proposed(places, facts, (before, count), (after, changes)))
        }
        Err(error) => {
            Err::<_, ContentError>(error).map_err(|error| format!("what was read of it cannot be used: {error}"))
        }
    })
}

/// The text without its tracked changes, which become suggestions. If they cannot, the text with the changes.
fn proposed(
    places: &mut Places<'_, '_>,
    facts: &mut Facts,
    (before, count): (Prose, Option<usize>),
    (after, changes): (Prose, Vec<TrackedChange>),
) -> Prose {
    match count {
        Some(0) => before,
        Some(_) => {
            facts.proposed = Some(Box::new(Proposed { prose: after, changes }));
            before
        }
        None => {
            let what = "Its tracked changes are in the text: there are too many for suggestions";
            places.report.add(&places.page.path, what, "");
            after
        }
    }
}

/// The exact form of a page, from one of our exports.
pub fn exact(places: &mut Places<'_, '_>, mut doc: Value) -> Result<Prose, String> {
    // The page has no folder for images: its files are beside it in the archive.
    let mut media = Media { places, folder: std::path::Path::new("") };
    let prose = tokio::task::block_in_place(|| {
        media.place(&mut doc);
        Prose::from_json(&doc)
    });
    prose.map_err(|error| format!("its exact form cannot be used: {error}"))
}

struct Media<'p, 'a, 'r> {
    places: &'p mut Places<'a, 'r>,
    folder: &'p std::path::Path,
}

impl Media<'_, '_, '_> {
    /// Sets the targets of links and files in a block and its content. JSON is read to a depth of 128, which also
    /// bounds this recursion.
    fn place(&mut self, node: &mut Value) {
        let name = node["type"].as_str().unwrap_or_default().to_owned();
        let Some(Value::Array(children)) = node.get_mut("content") else { return };
        let is_line = matches!(name.as_str(), "paragraph" | "heading");
        if is_line {
            return;
        }
        let mut placed = Vec::with_capacity(children.len());
        for mut child in std::mem::take(children) {
            match child["type"].as_str().unwrap_or_default() {
                "image" | "file" => placed.extend(self.picture(child)),
                "paragraph" | "heading" => {
                    let files = self.line(&mut child);
                    let is_empty = child["content"].as_array().is_none_or(Vec::is_empty);
                    let may_go = !files.is_empty() && !matches!(name.as_str(), "listItem" | "taskItem");
                    if !(is_empty && may_go) {
                        placed.push(child);
                    }
                    placed.extend(files);
                }
                _ => {
                    self.place(&mut child);
                    placed.push(child);
                }
            }
        }
        // A container must not be empty.
        if placed.is_empty() {
            placed.push(json!({ "type": "paragraph" }));
        }
        *children = placed;
    }

    /// An image or file with its attachment; `None` if the source does not have it.
    fn picture(&mut self, mut node: Value) -> Option<Value> {
        let Some(path) = node["attrs"]["attachment"].as_str().map(str::to_owned) else { return Some(node) };
        if let Some(href) = node["attrs"].get("href").and_then(Value::as_str)
            && !is_kept(href)
        {
            node["attrs"].as_object_mut()?.remove("href");
        }
        let id = match path.strip_prefix("media/").filter(|name| is_plain(name)) {
            Some(name) if self.is_within(name) => self.keep(name)?,
            _ => match self.places.target(&encoded(&path), true) {
                Some(Target::Image(id) | Target::File(id)) => id,
                _ => return None,
            },
        };
        if let Some(name) = node["attrs"].get("name").and_then(Value::as_str)
            && let Some(shown) =
                self.places.shown.iter_mut().find(|shown| shown.id.to_string() == id && shown.history.is_none())
        {
            shown.name = name.chars().filter(|c| !c.is_control() && *c != '/').take(200).collect();
        }
        node["attrs"]["attachment"] = json!(id);
        Some(node)
    }

    /// Whether an image was within the file. An image that is shown a second time has already been moved.
    fn is_within(&self, name: &str) -> bool {
        self.folder.is_absolute() && (self.folder.join("media").join(name).is_file() || self.kept(name).is_file())
    }

    fn kept(&self, name: &str) -> std::path::PathBuf {
        self.places.reader.media.join(format!("{}-{name}", self.places.page.document))
    }

    /// Moves an image that was within the file to the folder in which it is kept until the import ends.
    fn keep(&mut self, name: &str) -> Option<String> {
        let kept = self.kept(name);
        if !kept.is_file() {
            std::fs::rename(self.folder.join("media").join(name), &kept).ok()?;
        }
        let shown = format!("image.{}", ending(name));
        Some(self.places.show(&format!("media/{name}"), shown, kept)?.to_string())
    }

    /// Sets the targets of a line's links, and returns the files to which the line links, which are shown below it.
    fn line(&mut self, line: &mut Value) -> Vec<Value> {
        let mut files = Vec::new();
        let Some(Value::Array(children)) = line.get_mut("content") else { return files };
        let mut placed: Vec<Value> = Vec::with_capacity(children.len());
        for mut child in std::mem::take(children) {
            if let Some(path) = child
                .pointer("/attrs/document")
                .and_then(Value::as_str)
                .filter(|path| path.contains('.'))
                .map(str::to_owned)
            {
                // In our own exports, a link to a page has the path of that page.
                match self.places.target(&encoded(&path), false) {
                    Some(Target::Page(id)) => child["attrs"]["document"] = json!(id),
                    _ => continue,
                }
                placed.push(child);
                continue;
            }
            let link = |mark: &Value| mark["type"] == "link";
            let href =
                child.get("marks").and_then(Value::as_array).and_then(|marks| marks.iter().find(|mark| link(mark)));
            let Some(href) = href.map(|mark| mark["attrs"]["href"].as_str().unwrap_or_default().to_owned()) else {
                placed.push(child);
                continue;
            };
            match self.places.target(&href, false) {
                None if is_kept(&href) => {}
                Some(Target::Page(id)) => {
                    let page = json!({ "type": "pageLink", "attrs": { "document": id } });
                    if placed.last() != Some(&page) {
                        placed.push(page);
                    }
                    continue;
                }
                Some(Target::File(id)) => {
                    let name = child["text"].as_str().unwrap_or_default().to_owned();
                    if !files.iter().any(|file: &Value| file["attrs"]["attachment"] == *id) {
                        files.push(json!({ "type": "file", "attrs": { "attachment": id, "name": name } }));
                    }
                    continue;
                }
                None | Some(Target::Image(_) | Target::Nothing) => {
                    if let Some(marks) = child["marks"].as_array_mut() {
                        marks.retain(|mark| !link(mark));
                    }
                }
            }
            placed.push(child);
        }
        *children = placed;
        files
    }
}

/// A path, encoded as an address.
fn encoded(path: &str) -> String {
    let encoded = path.replace('%', "%25").replace('#', "%23").replace('?', "%3F").replace(':', "%3A");
    percent_encoding::utf8_percent_encode(&encoded, percent_encoding::CONTROLS).to_string()
}

/// Whether an address may stay in a text.
fn is_kept(href: &str) -> bool {
    ["http:", "https:", "mailto:", "/", "#"].iter().any(|start| href.to_lowercase().starts_with(start))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) && !name.starts_with('.')
}
