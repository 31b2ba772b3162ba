//! The pages of a published space, their addresses, and the navigation.

use std::collections::HashMap;
use std::fmt::Write;

use vocabulary::DocumentId;

use crate::address::{page_key, with_key};
use crate::publications::rows::PublicPage;
use crate::render::escape;

pub struct Site {
    path: String,
    /// The pages in the order of the tree, each before those below it.
    pages: Vec<(PublicPage, usize)>,
}

impl Site {
    /// The pages of each level must be in their order. A page whose parent is not shown takes the place of that parent.
    pub fn of(path: String, pages: Vec<PublicPage>) -> Site {
        let shown: HashMap<DocumentId, ()> = pages.iter().map(|page| (page.document_id, ())).collect();
        let mut below: HashMap<Option<DocumentId>, Vec<PublicPage>> = HashMap::new();
        for page in pages {
            let parent = page.parent_id.filter(|parent| shown.contains_key(parent));
            below.entry(parent).or_default().push(page);
        }
        let mut site = Site { path, pages: Vec::new() };
        site.add(&mut below, None, 0);
        site
    }

    fn add(
        &mut self,
        below: &mut HashMap<Option<DocumentId>, Vec<PublicPage>>,
        parent: Option<DocumentId>,
        depth: usize,
    ) {
        for page in below.remove(&parent).unwrap_or_default() {
            let id = page.document_id;
            self.pages.push((page, depth));
            self.add(below, Some(id), depth + 1);
        }
    }

    pub fn pages(&self) -> impl Iterator<Item = &PublicPage> {
        self.pages.iter().map(|(page, _)| page)
    }

    pub fn path_of(&self, page: &PublicPage) -> String {
        format!("{}/{}", self.path, with_key(&page.slug, &page_key(page.document_id)))
    }

    /// The page with this key in its address.
    pub fn page(&self, key: &str) -> Option<&PublicPage> {
        self.pages().find(|page| page_key(page.document_id) == key)
    }

    /// The paths and titles of the pages of the site, for links to them.
    pub fn links(&self) -> HashMap<DocumentId, (String, String)> {
        self.pages().map(|page| (page.document_id, (self.path_of(page), page.title.clone()))).collect()
    }

    /// The tree as nested lists, with the current page marked.
    pub fn navigation(&self, current: Option<DocumentId>) -> String {
        let mut out = String::from("<nav aria-label=\"Pages\"><details open><summary>Pages</summary>");
        let mut depth = 0;
        out.push_str("<ul>");
        for (index, (page, level)) in self.pages.iter().enumerate() {
            while depth > *level {
                out.push_str("</ul></li>");
                depth -= 1;
            }
            let mark = if current == Some(page.document_id) { " aria-current=\"page\"" } else { "" };
            let icon = if page.icon.is_empty() { String::new() } else { format!("{} ", escape(&page.icon)) };
            let _ =
                write!(out, "<li><a href=\"{}\"{mark}>{icon}{}</a>", escape(&self.path_of(page)), escape(&page.title));
            let has_children = self.pages.get(index + 1).is_some_and(|(_, next)| *next > *level);
            if has_children {
                out.push_str("<ul>");
                depth += 1;
            } else {
                out.push_str("</li>");
            }
        }
        out.push_str(&"</ul></li>".repeat(depth));
        out.push_str("</ul></details></nav>\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use vocabulary::{RevisionId, WorkspaceId};

    #[test]
    fn a_page_whose_parent_is_not_shown_takes_its_place() {
        let page = |title: &str, parent_id: Option<DocumentId>| PublicPage {
            document_id: DocumentId::new(),
            workspace_id: WorkspaceId::new(),
            parent_id,
            title: title.into(),
            icon: String::new(),
            slug: title.to_lowercase(),
            revision_id: RevisionId::new(),
            dated: Utc::now(),
        };
        let top = page("Top", None);
        let child = page("Child", Some(top.document_id));
        let orphan = page("Orphan", Some(DocumentId::new()));
        let leaf = page("Leaf", Some(orphan.document_id));
        let site = Site::of("/s/x".into(), vec![leaf, child.clone(), top, orphan]);
        let order: Vec<(&str, usize)> = site.pages.iter().map(|(page, depth)| (page.title.as_str(), *depth)).collect();
        assert_eq!(order, [("Top", 0), ("Child", 1), ("Orphan", 0), ("Leaf", 1)]);
        let navigation = site.navigation(Some(child.document_id));
        assert_eq!(navigation.matches("<ul>").count(), navigation.matches("</ul>").count());
        assert_eq!(navigation.matches("<li>").count(), navigation.matches("</li>").count());
        assert!(navigation.contains("aria-current=\"page\">Child"));
        assert_eq!(site.page(&page_key(child.document_id)).map(|page| page.title.as_str()), Some("Child"));
    }
}
