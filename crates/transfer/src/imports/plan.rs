//! Plans the tree of pages for the files of a source. A folder belongs to the page of the same name, or becomes a page
//! without text.

use std::collections::{HashMap, HashSet};

use access::App;
use endpoint::Error;
use files::Files;
use serde_json::Value;
use vocabulary::{DocumentId, ImportKind as Kind};

use super::confluence;
use super::failure::Failure;
use super::notion::without_id;
use super::own::{self, Listed, ListedSpace};
use super::source::{Source, ending, folder, is_page, stem};

/// A page that is to be created.
#[derive(Clone, Debug)]
pub struct Planned {
    pub document: DocumentId,
    /// The file of the page in the source; `None` for a folder without a page.
    pub file: Option<usize>,
    /// The path in the source.
    pub path: String,
    /// The title, if the text has none.
    pub name: String,
    /// The number of the page above, which comes before this one.
    pub parent: Option<usize>,
    pub depth: usize,
    /// The number of the page's space, if spaces are restored.
    pub space: Option<usize>,
}

#[derive(Debug)]
pub struct Plan {
    pub kind: Kind,
    pub pages: Vec<Planned>,
    /// Whether an operator restores a workspace, with its spaces and with the work of other people.
    pub is_restored: bool,
    pub spaces: Vec<ListedSpace>,
    listed: HashMap<String, Listed>,
    by_path: HashMap<String, usize>,
}

impl Plan {
    /// Plans the pages of a source.
    ///
    /// # Errors
    /// When there are no pages, or too many.
    pub async fn make(
        app: &App,
        files: &Files,
        source: &Source,
        kind: Kind,
        may_restore: bool,
    ) -> Result<Plan, Failure> {
        let (mut listed_pages, mut spaces) = (HashMap::new(), Vec::new());
        let mut drawing = Drawing { kind, has_spaces: false, nodes: Vec::new(), folders: HashMap::new() };
        match kind {
            Kind::Confluence => {
                let listed = confluence::hierarchy(app, files, source).await?;
                drawing.add_listed(source, &listed);
            }
            Kind::Consilium => {
                let listed = own::list(source).await;
                if may_restore {
                    spaces = listed.spaces;
                }
                drawing.has_spaces = !spaces.is_empty();
                let pairs: Vec<_> = listed.pages.iter().map(|page| (page.path.clone(), page.above)).collect();
                drawing.add_listed(source, &pairs);
                listed_pages = listed.pages.into_iter().map(|page| (page.path.to_lowercase(), page)).collect();
            }
            _ => drawing.add_files(source),
        }
        if spaces.is_empty() && !drawing.nodes.iter().any(|node| node.file.is_some()) {
            return Err(Failure::refused("nothing-to-import", ""));
        }
        if drawing.nodes.len() as u64 > app.config.import_pages {
            return Err(Failure::refused("too-many-pages", &drawing.nodes.len().to_string()));
        }
        let mut pages = drawing.ordered();
        keep_ids(app, &mut pages, &listed_pages).await?;
        for page in pages.iter_mut().filter(|_| !spaces.is_empty()) {
            let first = page.path.split('/').next().unwrap_or_default();
            page.space = spaces.iter().position(|space| space.folder == first);
        }
        let by_path = pages.iter().enumerate().map(|(at, page)| (page.path.to_lowercase(), at)).collect();
        Ok(Plan { kind, pages, is_restored: !spaces.is_empty(), spaces, listed: listed_pages, by_path })
    }

    /// The plan for one file, which becomes one page.
    pub fn of_one(source: &Source) -> Plan {
        let path = source.files.first().map(|file| file.path.clone()).unwrap_or_default();
        let (document, name) = (DocumentId::new(), stem(&path).to_owned());
        let page = Planned { document, file: Some(0), path, name, parent: None, depth: 0, space: None };
        let (listed, by_path) = (HashMap::new(), HashMap::new());
        Plan { kind: Kind::Auto, pages: vec![page], is_restored: false, spaces: Vec::new(), listed, by_path }
    }

    /// The entry of a page in the list of one of our exports.
    pub fn listed(&self, path: &str) -> Option<&Listed> {
        self.listed.get(&path.to_lowercase())
    }

    /// The page that a file of the source becomes.
    pub fn page_at(&self, path: &str) -> Option<DocumentId> {
        self.by_path.get(&path.to_lowercase()).map(|at| self.pages[*at].document)
    }

    /// The page directly below a folder with this name.
    pub fn named(&self, within: &str, name: &str) -> Option<DocumentId> {
        let is_it = |page: &&Planned| folder(&page.path).eq_ignore_ascii_case(within) && page.name == name;
        self.pages.iter().find(is_it).map(|page| page.document)
    }

    /// The titles and depths of at most `most` pages, as JSON.
    pub fn shown(&self, titles: &[String], most: usize) -> Value {
        let shown = self.pages.iter().zip(titles).take(most);
        shown
            .map(|(page, title)| serde_json::json!({ "title": title, "path": page.path, "depth": page.depth }))
            .collect()
    }
}

struct Node {
    file: Option<usize>,
    path: String,
    name: String,
    parent: Option<usize>,
}

struct Drawing {
    kind: Kind,
    /// Whether the folders at the top are spaces.
    has_spaces: bool,
    nodes: Vec<Node>,
    /// The page of each folder, by its path in lower case.
    folders: HashMap<String, usize>,
}

impl Drawing {
    fn is_page(&self, path: &str) -> bool {
        is_page(path) || (self.kind == Kind::Notion && ending(path) == "csv")
    }

    fn name_of(&self, stem: &str) -> String {
        let name = if self.kind == Kind::Notion { without_id(stem) } else { stem };
        let shown: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if shown.trim().is_empty() { "Untitled".to_owned() } else { shown.trim().to_owned() }
    }

    fn add_files(&mut self, source: &Source) {
        let paths: HashSet<String> = source.files.iter().map(|file| file.path.to_lowercase()).collect();
        let lists_all = |path: &str| {
            let short = path.to_lowercase().strip_suffix("_all.csv").map(|start| format!("{start}.csv"));
            short.is_some_and(|short| paths.contains(&short))
        };
        for (at, file) in source.files.iter().enumerate() {
            // The table with all rows is left out here, because it is read in place of the table with the rows of a
            // view.
            if !self.is_page(&file.path) || lists_all(&file.path) {
                continue;
            }
            let (within, stem) = (folder(&file.path), stem(&file.path));
            let is_index = ["index", "readme", "_index"].contains(&stem.to_lowercase().as_str());
            let of_folder = is_index && !within.is_empty() && !self.folders.contains_key(&within.to_lowercase());
            let own = if of_folder { within.to_owned() } else { join(within, stem) };
            let name =
                if of_folder { self.name_of(within.rsplit('/').next().unwrap_or(within)) } else { self.name_of(stem) };
            let number = self.nodes.len();
            self.folders.entry(own.to_lowercase()).or_insert(number);
            if self.kind == Kind::Notion {
                // Newer exports leave the id out of the names of folders.
                self.folders.entry(join(within, without_id(stem)).to_lowercase()).or_insert(number);
            }
            self.nodes.push(Node { file: Some(at), path: file.path.clone(), name, parent: None });
        }
        for number in 0..self.nodes.len() {
            let path = self.nodes[number].path.clone();
            let mut within = folder(&path).to_owned();
            if self.folders.get(&within.to_lowercase()) == Some(&number) {
                within = folder(&within).to_owned();
            }
            self.nodes[number].parent = self.folder_page(&within);
        }
    }

    /// The page of a folder, which is created if there is none.
    fn folder_page(&mut self, path: &str) -> Option<usize> {
        if path.is_empty() {
            return None;
        }
        if let Some(known) = self.folders.get(&path.to_lowercase()) {
            return Some(*known);
        }
        let parent = self.folder_page(folder(path));
        let name = self.name_of(path.rsplit('/').next().unwrap_or(path));
        self.nodes.push(Node { file: None, path: path.to_owned(), name, parent });
        self.folders.insert(path.to_lowercase(), self.nodes.len() - 1);
        Some(self.nodes.len() - 1)
    }

    /// Adds the pages of a given hierarchy, and then those that are not in it.
    fn add_listed(&mut self, source: &Source, listed: &[(String, Option<usize>)]) {
        let mut seen = HashMap::new();
        let mut numbers: Vec<Option<usize>> = Vec::new();
        for (path, above) in listed {
            let file = source.at(path).filter(|file| !seen.contains_key(file));
            let mut parent = above.and_then(|above| numbers.get(above).copied().flatten());
            if self.kind == Kind::Consilium && !self.has_spaces && parent.is_none() && file.is_some() {
                // In an export of a workspace, the page goes below a page for its space.
                parent = self.folder_page(folder(path));
            }
            numbers.push(file.map(|file| {
                seen.insert(file, self.nodes.len());
                self.nodes.push(Node { file: Some(file), path: path.clone(), name: stem(path).to_owned(), parent });
                self.nodes.len() - 1
            }));
        }
        for (at, file) in source.files.iter().enumerate() {
            let is_list = file.path.eq_ignore_ascii_case("index.html");
            let is_other = self.kind != Kind::Consilium && is_page(&file.path) && !file.path.contains('/');
            if is_other && !is_list && !seen.contains_key(&at) {
                let name = stem(&file.path).to_owned();
                self.nodes.push(Node { file: Some(at), path: file.path.clone(), name, parent: None });
            }
        }
    }

    /// Sorts the pages so that each comes before those below it. Siblings are in the order of their names, or of the
    /// list of the source.
    fn ordered(self) -> Vec<Planned> {
        let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (number, node) in self.nodes.iter().enumerate() {
            below.entry(node.parent).or_default().push(number);
        }
        if !matches!(self.kind, Kind::Confluence | Kind::Consilium) {
            below.values_mut().for_each(|nodes| nodes.sort_by_cached_key(|node| natural(&self.nodes[*node].name)));
        }
        let mut pages: Vec<Planned> = Vec::with_capacity(self.nodes.len());
        let mut due: Vec<(usize, Option<usize>, usize)> = Vec::new();
        let roots = below.remove(&None).unwrap_or_default();
        due.extend(roots.into_iter().rev().map(|node| (node, None, 0)));
        while let Some((number, parent, depth)) = due.pop() {
            let node = &self.nodes[number];
            pages.push(Planned {
                document: DocumentId::new(),
                file: node.file,
                path: node.path.clone(),
                name: node.name.clone(),
                parent,
                depth,
                space: None,
            });
            let own = pages.len() - 1;
            let children = below.remove(&Some(number)).unwrap_or_default();
            due.extend(children.into_iter().rev().map(|child| (child, Some(own), depth + 1)));
        }
        pages
    }
}

/// Pages of one of our exports keep their ids, unless a document has or had the same id, so that links from other sites
/// work again. Only ids of the kind that a server creates for pages are kept; headless documents have ids of another
/// kind.
async fn keep_ids(app: &App, pages: &mut [Planned], listed: &HashMap<String, Listed>) -> Result<(), Failure> {
    let wanted = |page: &Planned| {
        listed.get(&page.path.to_lowercase()).and_then(|page| page.id).filter(|id| id.get_version_num() == 7)
    };
    let all: Vec<DocumentId> = pages.iter().filter_map(wanted).map(DocumentId).collect();
    let mut used: HashSet<DocumentId> = library::documents::rows::known(&app.db, &all).await?.into_iter().collect();
    // Ids for which a log exists count as used too, even if the log was purged, as it is after an import that failed.
    let (journal, asked) = (app.hub.journal().clone(), all.iter().map(|id| (*id, 0)).collect::<Vec<_>>());
    let written = tokio::task::spawn_blocking(move || journal.heads(&asked)).await;
    let written = written.map_err(|error| Error::Internal(error.to_string()))?;
    used.extend(written.map_err(|error| Error::Internal(error.to_string()))?.into_iter().map(|(id, _)| id));
    for page in pages {
        if let Some(id) = wanted(page).map(DocumentId).filter(|id| used.insert(*id)) {
            page.document = id;
        }
    }
    Ok(())
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The sort key of a name, in which numbers are in their numeric order: 2 before 10.
fn natural(name: &str) -> String {
    let (mut key, mut digits) = (String::new(), String::new());
    for c in name.to_lowercase().chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            key.push_str(&format!("{:0>20}", std::mem::take(&mut digits)));
        }
        key.push(c);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [IN-4] Numbers in names are sorted numerically.
    #[test]
    fn names_are_in_the_order_of_people() {
        let mut names = ["10 c", "2 b", "1 a", "b", "A"];
        names.sort_by_cached_key(|name| natural(name));
        assert_eq!(names, ["1 a", "2 b", "10 c", "A", "b"]);
    }
}
