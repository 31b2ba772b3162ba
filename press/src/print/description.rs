//! The description of what is printed, which the server writes as `print.json`.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

/// What is printed: one document, or a page with the pages below it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Print {
    pub title: String,
    pub workspace: String,
    /// A BCP 47 tag, such as `de`.
    pub language: String,
    pub paper: Paper,
    /// The date in the file, in RFC 3339. It does not come from the clock, so that equal texts make equal files.
    pub date: String,
    pub creator: String,
    /// A line about the text under its title, such as who approved it; empty for none.
    pub note: String,
    /// The address of the server, for links that begin with `/`.
    pub address: String,
    pub chapters: Vec<Chapter>,
    /// The versions that are compared, if this is a comparison.
    pub comparison: Option<Compared>,
    /// The images, by the id of the attachment.
    pub media: HashMap<String, Medium>,
    /// A folder with fonts for characters that ours lack; empty without one.
    pub fonts: String,
}

/// The two versions of a comparison.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Compared {
    pub from: String,
    pub to: String,
    /// The names of the people who made the changes, as far as known.
    pub people: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Paper {
    #[default]
    A4,
    Letter,
}

/// One page of the workspace. The first chapter has the title of the whole; the others are pages below it, in the order
/// of the tree.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chapter {
    pub title: String,
    /// The id of the document, to which links within the file lead.
    pub id: String,
    /// The depth in the tree, 0 for the first chapter.
    pub depth: usize,
    pub doc: Node,
    pub threads: Vec<Thread>,
}

/// A thread of comments on a passage, whose words have the mark `comment` with this number.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Thread {
    pub number: u32,
    /// The words of the passage; empty for a thread about the whole document.
    pub quote: String,
    pub is_closed: bool,
    pub comments: Vec<Remark>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Remark {
    pub author: String,
    /// RFC 3339.
    pub at: String,
    pub text: String,
}

/// An image.
#[derive(Debug, Deserialize)]
pub struct Medium {
    /// The name of the image file, which is beside the description.
    #[serde(default)]
    pub file: String,
}

/// A node of the editor.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Node {
    #[serde(rename = "type")]
    pub kind: String,
    pub attrs: Map<String, Value>,
    pub content: Vec<Node>,
    pub text: String,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Mark {
    #[serde(rename = "type")]
    pub kind: String,
    pub attrs: Map<String, Value>,
}

impl Print {
    /// All characters of the text.
    pub fn letters(&self) -> BTreeSet<char> {
        let mut letters: BTreeSet<char> = [&self.title, &self.workspace, &self.creator, &self.note]
            .into_iter()
            .flat_map(|words| words.chars())
            .collect();
        if let Some(compared) = &self.comparison {
            letters.extend(compared.from.chars().chain(compared.to.chars()));
            letters.extend(compared.people.iter().flat_map(|name| name.chars()));
        }
        for chapter in &self.chapters {
            letters.extend(chapter.title.chars());
            chapter.doc.add_letters(&mut letters);
            for thread in &chapter.threads {
                letters.extend(thread.quote.chars());
                let said = thread.comments.iter().flat_map(|remark| remark.text.chars().chain(remark.author.chars()));
                letters.extend(said);
            }
        }
        letters
    }

    /// An address that works outside the server; `None` for one that could run something.
    pub fn absolute(&self, href: &str) -> Option<String> {
        let lower = href.to_lowercase();
        if href.starts_with('/') && !href.starts_with("//") {
            return (!self.address.is_empty()).then(|| format!("{}{href}", self.address.trim_end_matches('/')));
        }
        let is_safe = ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme));
        (is_safe && !href.chars().any(char::is_control)).then(|| href.to_owned())
    }

    /// The file with the image of a node, if it can be shown.
    pub fn picture(&self, node: &Node, folder: &Path) -> Option<PathBuf> {
        let name = &self.media.get(node.string("attachment"))?.file;
        // The server chose the names; a path that leaves the folder is not one of them.
        let is_inside = !name.is_empty() && !name.contains("..") && !name.starts_with('/');
        is_inside.then(|| folder.join(name)).filter(|path| path.is_file())
    }
}

impl Node {
    /// Adds the characters of the node's text, and of those attributes that are shown. The recursion is as deep as the
    /// document.
    fn add_letters(&self, letters: &mut BTreeSet<char>) {
        letters.extend(self.text.chars());
        letters.extend(self.attrs.values().filter_map(Value::as_str).flat_map(str::chars));
        self.content.iter().for_each(|child| child.add_letters(letters));
    }

    /// A text attribute; empty if it is absent.
    pub fn string(&self, name: &str) -> &str {
        self.attrs.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// An integer attribute, which may also be written as text.
    pub fn number(&self, name: &str) -> Option<u32> {
        let value = self.attrs.get(name)?;
        let number = value.as_f64().or_else(|| value.as_str()?.trim().trim_end_matches("px").parse().ok())?;
        (number.is_finite() && (0.0..1e6).contains(&number)).then_some(number as u32)
    }

    /// How many columns or rows a cell takes. A browser reads at most 1,000.
    pub fn span(&self, name: &str) -> usize {
        self.number(name).unwrap_or(1).clamp(1, 1_000) as usize
    }

    /// All text in the node, with a line feed for each break.
    pub fn words(&self) -> String {
        match self.kind.as_str() {
            "hardBreak" => "\n".to_owned(),
            "pageLink" => self.link_words().to_owned(),
            _ if self.content.is_empty() => self.text.clone(),
            _ => self.content.iter().map(Node::words).collect(),
        }
    }

    /// The text of a link to a page: the title of that page, if the reader may know it.
    pub fn link_words(&self) -> &str {
        match self.string("title") {
            "" => "Page",
            title => title,
        }
    }

    /// Whether the content of the node is text, whatever its kind.
    pub fn is_line(&self) -> bool {
        matches!(self.kind.as_str(), "paragraph" | "heading" | "codeBlock")
            || self.content.iter().any(|child| child.is_inline())
    }

    pub fn is_inline(&self) -> bool {
        matches!(self.kind.as_str(), "text" | "hardBreak" | "pageLink" | "footnote")
    }

    /// The mark of this kind.
    pub fn mark(&self, kind: &str) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.kind == kind)
    }

    /// The numbers of the threads about this run of text.
    pub fn threads(&self) -> Vec<u32> {
        let numbers = self.mark("comment").and_then(|mark| mark.attrs.get("threads")).and_then(Value::as_array);
        numbers.into_iter().flatten().filter_map(|number| Some(number.as_u64()? as u32)).collect()
    }
}
