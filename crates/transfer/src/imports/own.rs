//! Reads an export of Consilium itself: the list of its pages and, beside the Markdown of each page, its exact form and
//! its comments.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use vocabulary::{Right, Sensitivity};

use super::facts::Comment;
use super::report::Report;
use super::source::Source;
use crate::exports::LIST;
use crate::people::Person;

/// The largest size of one file beside a page.
const MOST_BYTES: u64 = 64 << 20;
const MOST_COMMENTS: usize = 5_000;

/// A page of the list. The fields after `above` are set only in an export of a workspace.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Listed {
    pub id: Option<Uuid>,
    pub path: String,
    /// The number of the page above, which comes before it.
    pub above: Option<usize>,
    #[serde(default)]
    pub category: String,
    pub sensitivity: Option<Sensitivity>,
    pub open_level: Option<Right>,
    pub inherits: Option<bool>,
    pub owner: Option<Person>,
}

/// A space of the list.
#[derive(Clone, Debug, Deserialize)]
pub struct ListedSpace {
    pub folder: String,
    pub name: String,
    #[serde(default)]
    pub icon: String,
    #[serde(default)]
    pub description: String,
    pub open_level: Option<Right>,
    pub owner: Option<Person>,
    #[serde(default)]
    pub members: Vec<ListedMember>,
    #[serde(default)]
    pub groups: Vec<ListedGroup>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ListedMember {
    pub level: Right,
    #[serde(flatten)]
    pub person: Person,
}

#[derive(Clone, Debug, Deserialize)]
pub struct ListedGroup {
    pub name: String,
    pub level: Right,
}

#[derive(Default, Deserialize)]
pub struct List {
    pub pages: Vec<Listed>,
    #[serde(default)]
    pub spaces: Vec<ListedSpace>,
}

async fn read<T: serde::de::DeserializeOwned>(source: &Source, path: &str) -> Option<T> {
    let place = &source.files[source.at(path)?].place;
    if tokio::fs::metadata(place).await.ok()?.len() > MOST_BYTES {
        return None;
    }
    let bytes = tokio::fs::read(place).await.ok()?;
    tokio::task::block_in_place(|| serde_json::from_slice(&bytes).ok())
}

/// The pages in their order, and the spaces.
pub async fn list(source: &Source) -> List {
    read(source, LIST).await.unwrap_or_default()
}

/// Reads a JSON file beside a page.
pub async fn beside<T: serde::de::DeserializeOwned>(source: &Source, stem: &str, ending: &str) -> Option<T> {
    read(source, &format!("{stem}.{ending}")).await
}

/// Reads the JSON files in a folder, in the order of their names.
pub async fn each<T: serde::de::DeserializeOwned>(source: &Source, folder: &str) -> Vec<(String, T)> {
    let mut paths: Vec<&String> =
        source.files.iter().map(|file| &file.path).filter(|path| path.starts_with(folder)).collect();
    paths.sort();
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        found.extend(read(source, path).await.map(|content| (path.clone(), content)));
    }
    found
}

/// The exact form of a page, if Markdown cannot express it.
pub async fn exact(source: &Source, stem: &str) -> Option<Value> {
    read(source, &format!("{stem}.page.json")).await
}

#[derive(Deserialize)]
struct Thread {
    state: String,
    passage: Option<Passage>,
    comments: Vec<Said>,
}

#[derive(Deserialize)]
struct Passage {
    #[serde(default)]
    quote: String,
}

#[derive(Deserialize)]
struct Said {
    author: Author,
    body: String,
    created_at: String,
}

#[derive(Deserialize)]
struct Author {
    name: String,
}

/// The open threads of a page. Resolved threads are left out, because they are decisions of others, which are not made
/// again here.
pub async fn comments(source: &Source, stem: &str, report: &mut Report) -> Vec<Comment> {
    let path = format!("{stem}.comments.json");
    let threads: Vec<Thread> = read(source, &path).await.unwrap_or_default();
    let all = threads.len();
    let open: Vec<Thread> = threads.into_iter().filter(|thread| thread.state == "open").take(MOST_COMMENTS).collect();
    if open.len() < all {
        report.add(&path, format!("{} resolved threads were left out", all - open.len()), "");
    }
    let comment = |said: Said| Comment {
        author: said.author.name,
        created: Some(said.created_at),
        text: said.body,
        quote: String::new(),
        replies: Vec::new(),
    };
    let thread = |thread: Thread| {
        let mut said = thread.comments.into_iter().filter(|said| !said.body.trim().is_empty()).map(comment);
        let mut first = said.next()?;
        first.quote = thread.passage.map(|passage| passage.quote).unwrap_or_default();
        first.replies = said.collect();
        Some(first)
    };
    open.into_iter().filter_map(thread).collect()
}
