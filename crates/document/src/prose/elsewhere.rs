//! The text of a document that another editor wrote: the root that contains the text, the binding that wrote it, and
//! the text as our editor's tree. BlockNote, Lexical, Quill, Slate and plain ProseMirror are read.
//!
//! A binding is recognised by what it writes, because a root has neither a kind nor a version. A node that our editor
//! does not have keeps its name and contributes its text.

mod lines;
mod names;
mod nested;
mod ours;

use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::{Any, Map as _, MapRef, Out, ReadTxn, Text as _, TextRef, Transact, Xml};

use super::tree::{MAX_NODES, Node, Prose, ROOT, children};
use crate::document::Document;

/// The text under a root.
#[derive(Clone, Debug, PartialEq)]
pub struct RootText {
    pub root: String,
    pub form: Form,
    pub prose: Prose,
    /// Whether our editor's nodes can be written under this root, because the editor that wrote it knows them.
    pub is_writable: bool,
}

/// The binding that wrote a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Our editor, or another one with the names of its nodes (Tiptap's).
    Editor,
    ProseMirror,
    BlockNote,
    Lexical,
    Slate,
    /// Lines with attributes and embeds.
    Quill,
    /// Lines.
    Plain,
}

impl Form {
    /// What a root of this form contains, in words for people.
    pub fn name(self) -> &'static str {
        match self {
            Form::Editor => "a text of Tiptap",
            Form::ProseMirror => "a text of ProseMirror",
            Form::BlockNote => "a text of BlockNote",
            Form::Lexical => "a text of Lexical",
            Form::Slate => "a text of Slate",
            Form::Quill => "a text of Quill",
            Form::Plain => "plain text",
        }
    }
}

/// The reason why no text can be chosen. The names of roots are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoText {
    /// Several roots have a text.
    Several(Vec<String>),
    /// These roots have content, but it is not a text.
    NotText(Vec<String>),
}

impl Document {
    /// The text of the document: under the wanted root, or else the declared one, `default`, or the only root with a
    /// text.
    ///
    /// # Errors
    /// [`NoText`] when it is not clear which root is meant, or none has a text.
    pub fn root_text(&self, wanted: Option<&str>) -> Result<RootText, NoText> {
        let txn = self.doc().transact();
        let is_declared = |name: &str| self.roots().has(name);
        let filled = filled_roots(&txn);
        let there = |name: &str| filled.iter().find(|(root, _)| root == name).map(|(_, branch)| *branch);
        let read = |name: &str| match there(name) {
            Some(branch) => text(&txn, name, branch, is_declared(name)).ok_or_else(|| not_text([name.to_owned()])),
            None => Ok(nothing(name, is_declared(name) || name == ROOT)),
        };
        let texts = || {
            let is_text = |(_, branch): &&(String, BranchPtr)| kind(&txn, *branch).is_some();
            filled.iter().filter(is_text).map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let names = || filled.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if let Some(wanted) = wanted {
            // A mistyped name must not look like an empty text.
            return match there(wanted).is_some() || is_declared(wanted) || filled.is_empty() {
                true => read(wanted),
                false => Err(NoText::NotText(names())),
            };
        }
        if is_declared(ROOT) || there(ROOT).is_some() && self.roots().is_empty() {
            return read(ROOT);
        }
        let declared: Vec<&str> = self.roots().names().collect();
        let declared_and_filled: Vec<&str> = declared.iter().copied().filter(|name| there(name).is_some()).collect();
        match (declared.as_slice(), declared_and_filled.as_slice(), texts().as_slice()) {
            ([only], _, _) | (_, [only], _) => read(only),
            ([], _, [only]) => read(only),
            ([], _, []) if filled.is_empty() => read(ROOT),
            ([], _, []) => Err(NoText::NotText(names())),
            ([], _, several) => Err(NoText::Several(several.to_vec())),
            (several, ..) => {
                let mut names: Vec<String> = several.iter().map(|name| (*name).to_owned()).collect();
                names.sort();
                Err(NoText::Several(names))
            }
        }
    }
}

fn not_text(names: impl Into<Vec<String>>) -> NoText {
    NoText::NotText(names.into())
}

fn nothing(root: &str, is_writable: bool) -> RootText {
    RootText { root: root.to_owned(), form: Form::Editor, prose: Prose::default(), is_writable }
}

/// The roots with content, sorted by name.
fn filled_roots<T: ReadTxn>(txn: &T) -> Vec<(String, BranchPtr)> {
    let filled = |(name, root): (&str, Out)| {
        let branch = branch(&root)?;
        let is_filled = branch.len() > 0 || MapRef::from(branch).len(txn) > 0;
        is_filled.then(|| (name.to_owned(), branch))
    };
    let mut roots: Vec<_> = txn.root_refs().filter_map(filled).collect();
    roots.sort_by(|(a, _), (b, _)| a.cmp(b));
    roots
}

fn branch(shared: &Out) -> Option<BranchPtr> {
    let of = |branch: &Branch| Some(BranchPtr::from(branch));
    match shared {
        Out::YText(root) => of(root.as_ref()),
        Out::YArray(root) => of(root.as_ref()),
        Out::YMap(root) => of(root.as_ref()),
        Out::YXmlFragment(root) => of(root.as_ref()),
        Out::YXmlElement(root) => of(root.as_ref()),
        Out::YXmlText(root) => of(root.as_ref()),
        Out::UndefinedRef(root) => of(root),
        _ => None,
    }
}

/// How a text is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Characters and embeds, divided by line feeds.
    Lines,
    /// Texts in texts, with attributes: Lexical and Slate.
    Nested,
    /// XML elements.
    Xml,
}

fn kind<T: ReadTxn>(txn: &T, root: BranchPtr) -> Option<Kind> {
    let mut kind = None;
    for chunk in TextRef::from(root).diff(txn, YChange::identity).into_iter().take(MAX_NODES) {
        let this = match &chunk.insert {
            Out::YXmlText(text) if text.attributes(txn).next().is_some() => Kind::Nested,
            Out::YXmlElement(element) if element.get_attribute(txn, nested::TYPE).is_some() => Kind::Nested,
            Out::YMap(map) if nested::is_node(txn, map) => Kind::Nested,
            Out::YXmlText(_) | Out::YXmlElement(_) => Kind::Xml,
            Out::Any(Any::String(_) | Any::Map(_)) => Kind::Lines,
            _ => continue,
        };
        match kind {
            None => kind = Some(this),
            Some(before) if before != this => return Some(Kind::Nested),
            Some(_) => {}
        }
    }
    kind
}

fn text<T: ReadTxn>(txn: &T, root: &str, branch: BranchPtr, is_declared: bool) -> Option<RootText> {
    let mut left = MAX_NODES;
    let (form, prose) = match kind(txn, branch)? {
        Kind::Lines => {
            let (form, nodes) = lines::read(txn, branch, &mut left);
            (form, ours::blocks(nodes))
        }
        Kind::Nested => {
            let nodes = nested::read(txn, branch, 0, &mut left);
            (nested::form(txn, branch), ours::blocks(nodes))
        }
        Kind::Xml => {
            let nodes = children(txn, &branch, 0, &mut left);
            match Dialect::of(&nodes) {
                // The declared root of our own editor stays ours, whatever a raw client adds there.
                _ if is_declared && root == ROOT => (Form::Editor, nodes),
                Dialect::Other(Form::Lexical) => (Form::Lexical, ours::blocks(nested::bare(nodes))),
                Dialect::Other(form) => (form, ours::blocks(nodes)),
                Dialect::Neutral if !is_declared && root != ROOT => (Form::ProseMirror, nodes),
                Dialect::Neutral | Dialect::Ours => (Form::Editor, nodes),
            }
        }
    };
    let is_writable = form == Form::Editor;
    Some(RootText { root: root.to_owned(), form, prose: Prose(prose), is_writable })
}

/// The editor whose names the nodes of an XML tree have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    /// Our names, including at least one that other schemas do not have.
    Ours,
    /// Only names that most schemas have, such as `paragraph`.
    Neutral,
    Other(Form),
}

impl Dialect {
    fn of(nodes: &[Node]) -> Dialect {
        nodes.iter().fold(Dialect::Neutral, |dialect, node| dialect.with(Dialect::of_node(node)))
    }

    fn of_node(node: &Node) -> Dialect {
        match node {
            // Text directly under the root, without a line around it.
            Node::Text { marks, .. } => match marks.iter().any(names::is_foreign_mark) {
                true => Dialect::Other(Form::ProseMirror),
                false => Dialect::Neutral,
            },
            Node::Element { name, attributes, children } => {
                let own = match name.as_str() {
                    "blockGroup" | "blockContainer" => Dialect::Other(Form::BlockNote),
                    _ if attributes.keys().any(|key| key.starts_with("__")) => Dialect::Other(Form::Lexical),
                    name if names::is_foreign(name) => Dialect::Other(Form::ProseMirror),
                    name if name.contains(char::is_uppercase) && super::schema::has_node(name) => Dialect::Ours,
                    _ => Dialect::Neutral,
                };
                own.with(Dialect::of(children))
            }
        }
    }

    /// The dialect of a container and its content. Names of another editor take precedence over our names, and these
    /// over names that most editors use. Of two other editors, the container's counts, unless that is only ProseMirror.
    fn with(self, inner: Dialect) -> Dialect {
        match (self, inner) {
            (Dialect::Other(Form::ProseMirror), Dialect::Other(form)) => Dialect::Other(form),
            (Dialect::Other(form), _) | (_, Dialect::Other(form)) => Dialect::Other(form),
            (Dialect::Ours, _) | (_, Dialect::Ours) => Dialect::Ours,
            (Dialect::Neutral, Dialect::Neutral) => Dialect::Neutral,
        }
    }
}
