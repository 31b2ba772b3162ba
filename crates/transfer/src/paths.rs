//! The path of each page among the exported files: in folders that mirror the tree, and named by its title.

use std::collections::{HashMap, HashSet};

use library::tree::rows::PageInTree;
use vocabulary::DocumentId;

/// The longest part of a path, in characters. File systems allow 255 bytes.
const LONGEST_NAME: usize = 60;

/// The path of each page without its ending, in a folder that ends in `/` or is empty. A page comes after its parent.
pub fn of_pages(within: &str, pages: &[PageInTree]) -> HashMap<DocumentId, String> {
    let (mut paths, mut taken) = (HashMap::new(), HashSet::new());
    for page in pages {
        let above: Option<&String> = page.parent_id.and_then(|parent| paths.get(&parent));
        let folder = above.map_or_else(|| within.to_owned(), |above| format!("{above}/"));
        let path = unique(&mut taken, &folder, &name(&page.title), "");
        paths.insert(page.id, path);
    }
    paths
}

/// A free path in a folder. Names that differ only in case count as the same, as on some file systems.
pub fn unique(taken: &mut HashSet<String>, folder: &str, name: &str, ending: &str) -> String {
    for number in 1.. {
        let path = match number {
            1 => format!("{folder}{name}{ending}"),
            _ => format!("{folder}{name} {number}{ending}"),
        };
        if taken.insert(path.to_lowercase()) {
            return path;
        }
    }
    unreachable!("numbers do not end")
}

/// Names of devices, which no file can have on Windows, whatever follows after a dot.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_lowercase();
    let numbered = |kind: &str| {
        stem.strip_prefix(kind).is_some_and(|rest| {
            matches!(rest, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "\u{b9}" | "\u{b2}" | "\u{b3}")
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

/// A title as a name that every file system accepts: without separators, refused characters, dots at the ends and names
/// of Windows devices.
pub fn name(title: &str) -> String {
    let is_refused = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let spaced: String = title.chars().map(|c| if is_refused(c) { ' ' } else { c }).collect();
    let short: String = spaced.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect();
    let trimmed = short.trim_matches(|c: char| c == '.' || c == ' ');
    match trimmed {
        "" => "Untitled".to_owned(),
        device if is_device(device) => format!("_{device}"),
        name => name.to_owned(),
    }
}

/// The relative path from one file to another, for a link in Markdown.
pub fn relative(from: &str, to: &str) -> String {
    let up = "../".repeat(from.matches('/').count());
    format!("{up}{to}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [OUT-2] Titles become names that no file system refuses, and that never leave the folder.
    #[test]
    fn names_are_safe_and_unique() {
        for (title, expected) in [
            ("Plan 2027", "Plan 2027"),
            ("../../etc/passwd", "etc passwd"),
            (" a:b*c?\u{0} ", "a b c"),
            ("...", "Untitled"),
            ("Øl & brød", "Øl & brød"),
            ("CON", "_CON"),
            ("nul.2027", "_nul.2027"),
            ("Com1", "_Com1"),
            ("lpt³", "_lpt³"),
            ("Console", "Console"),
            ("COM", "COM"),
        ] {
            assert_eq!(name(title), expected);
        }
        let page = |title: &str, parent_id| PageInTree { id: DocumentId::new(), parent_id, title: title.into() };
        let top = page("Plan", None);
        let pages = vec![top.clone(), page("plan", None), page("A/B", Some(top.id)), page("a b", Some(top.id))];
        let paths = of_pages("", &pages);
        let shown: Vec<&str> = pages.iter().map(|page| paths[&page.id].as_str()).collect();
        assert_eq!(shown, ["Plan", "plan 2", "Plan/A B", "Plan/a b 2"]);
        assert_eq!(relative("Plan/A B.md", "files/x.png"), "../files/x.png");
    }
}
