//! A comparison as HTML, in one column or with the versions side by side: insertions in `ins`, deletions in `del`, and
//! other changes in `small` and `span` elements, whose `data-` attributes a page can express in its language.

use super::credits::{divided, inline_units};
use super::notes::{self, Note};
use super::{Change, Comparison, Credit, Credited, Inline, Kind, People, Shape, Word};
use crate::prose::html::{Tags, escape, tags, write};
use crate::prose::tree::Node;

/// One of the two texts of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Before,
    After,
}

impl Comparison {
    /// The later text with all changes. It is as safe to embed as [`Prose::to_html`](crate::prose::Prose::to_html).
    pub fn to_html(&self, people: &People<'_>) -> String {
        let mut writer = Writer::new(self, people, None);
        self.changes.iter().for_each(|change| writer.change(change));
        writer.out
    }

    /// Like [`Comparison::to_html`], but each block is in an element with the number of the earlier text's block,
    /// counted from 0.
    pub fn to_html_blocks(&self, people: &People<'_>) -> String {
        let mut out = String::new();
        for (change, attributes) in self.numbered("block") {
            let mut writer = Writer::new(self, people, None);
            writer.change(change);
            out.push_str(&format!("<div{attributes}>{}</div>", writer.out));
        }
        out
    }

    /// Both texts, each block beside its other version.
    pub fn to_html_side_by_side(&self, people: &People<'_>) -> String {
        let mut out = String::new();
        for (change, attributes) in self.numbered("pair") {
            out.push_str(&format!("<div{attributes}>"));
            for (version, name) in [(Version::Before, "before"), (Version::After, "after")] {
                let mut writer = Writer::new(self, people, Some(version));
                writer.change(change);
                out.push_str(&format!("<div class=\"side {name}\">{}</div>", writer.out));
            }
            out.push_str("</div>");
        }
        out
    }

    /// The changes of the blocks, each with the attributes of an element around it.
    fn numbered(&self, class: &str) -> Vec<(&Change, String)> {
        let mut next = 0;
        let numbered = self.changes.iter().map(|change| {
            let is_before = !matches!(change, Change::Added(_) | Change::MovedTo { .. });
            let block = if is_before { format!(" data-block=\"{next}\"") } else { String::new() };
            next += usize::from(is_before);
            let changed = if matches!(change, Change::Same(_)) { "" } else { " changed" };
            (change, format!(" class=\"{class}{changed}\"{block}"))
        });
        numbered.collect()
    }
}

struct Writer<'a> {
    out: String,
    people: &'a People<'a>,
    only: Option<&'a Credit>,
    /// The version that is written; `None` for both.
    version: Option<Version>,
    /// The element around the text of a node that was moved.
    around: Option<String>,
}

/// The mark around the text of a node that was added, removed or moved as a whole.
struct Mark<'a> {
    tag: &'static str,
    attributes: String,
    credits: &'a [Credited],
}

impl<'a> Writer<'a> {
    fn new(comparison: &'a Comparison, people: &'a People<'a>, version: Option<Version>) -> Writer<'a> {
        Writer { out: String::new(), people, only: comparison.only.as_ref(), version, around: None }
    }

    fn shows(&self, version: Version) -> bool {
        self.version.is_none_or(|only| only == version)
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Same(node) => self.same(node),
            Change::Added(whole) if self.shows(Version::After) => {
                self.whole(&whole.node, &Mark { tag: "ins", attributes: String::new(), credits: &whole.credits });
            }
            Change::Removed(whole) if self.shows(Version::Before) => {
                self.whole(&whole.node, &Mark { tag: "del", attributes: String::new(), credits: &whole.credits });
            }
            Change::MovedFrom { number, node } if self.shows(Version::Before) => {
                let attributes = self.moved(*number, false, None);
                self.whole(node, &Mark { tag: "span", attributes, credits: &[] });
            }
            Change::MovedTo { number, change, credit } if self.shows(Version::After) => {
                let attributes = self.moved(*number, true, credit.as_ref());
                match &**change {
                    Change::Same(node) => self.whole(node, &Mark { tag: "span", attributes, credits: &[] }),
                    change => {
                        let before = self.around.replace(attributes);
                        self.change(change);
                        self.around = before;
                    }
                }
            }
            Change::Added(_) | Change::Removed(_) | Change::MovedFrom { .. } | Change::MovedTo { .. } => {}
            Change::Words { before, after, words, .. } => self.line(before, after, words),
            Change::Within { before, after, changes, columns, .. } => self.within(before, after, changes, columns),
            Change::Replaced { before, after } => self.replaced(before, after),
        }
    }

    fn same(&mut self, node: &Node) {
        match self.around.clone() {
            Some(attributes) => self.whole(node, &Mark { tag: "span", attributes, credits: &[] }),
            None => write(&mut self.out, node),
        }
    }

    fn line(&mut self, before: &Shape, after: &Shape, words: &[Word]) {
        let shape = if self.version == Some(Version::Before) { before } else { after };
        let Tags { open, close, .. } = tags(&shape.name, &shape.attributes);
        self.out.push_str(&open);
        self.note(&notes::of_shapes(before, after));
        words.iter().for_each(|word| self.word(word));
        self.out.push_str(close);
    }

    fn word(&mut self, word: &Word) {
        let (tag, mut attributes) = match word.kind {
            Kind::Added if self.shows(Version::After) => ("ins", self.credit(word.credit.as_ref())),
            Kind::Removed if self.shows(Version::Before) => ("del", self.credit(word.credit.as_ref())),
            Kind::Added | Kind::Removed => return,
            Kind::Formatted => {
                let before = word.marks_before.as_deref().unwrap_or_default();
                let notes = notes::of_marks(before, &word.marks);
                let said = self.written("title", &notes::in_words(&notes));
                let changed = self.written("data-changed", &notes::encoded(&notes));
                ("span", format!(" class=\"formatted\"{changed}{said}{}", self.credit(None)))
            }
            Kind::Same => ("", String::new()),
        };
        let marks = match (word.kind, self.version) {
            (Kind::Formatted, Some(Version::Before)) => word.marks_before.as_ref().unwrap_or(&word.marks),
            _ => &word.marks,
        };
        let node = match &word.content {
            Inline::Text(text) => Node::Text { text: text.clone(), marks: marks.clone() },
            Inline::Node(node) => node.clone(),
        };
        let mut tag = tag;
        if word.kind == Kind::Same
            && let Some(around) = &self.around
        {
            (tag, attributes) = ("span", around.clone());
        }
        if tag.is_empty() {
            return write(&mut self.out, &node);
        }
        self.out.push_str(&format!("<{tag}{attributes}>"));
        // A break alone is not visible.
        if node.name() == "hardBreak" && word.kind != Kind::Same {
            self.out.push('↵');
        }
        write(&mut self.out, &node);
        self.out.push_str(&format!("</{tag}>"));
    }

    fn within(&mut self, before: &Shape, after: &Shape, changes: &[Change], columns: &[Kind]) {
        let shape = if self.version == Some(Version::Before) { before } else { after };
        let Tags { open, close, .. } = tags(&shape.name, &shape.attributes);
        let is_checked = |shape: &Shape| shape.attributes.get("checked").is_some_and(|checked| checked == true);
        let has_new_box =
            before.name == "taskItem" && after.name == "taskItem" && is_checked(before) != is_checked(after);
        let notes = notes::of_shapes(before, after);
        // Only containers of blocks can contain a note. The note of another node is written before the node.
        let holds_blocks = matches!(
            shape.name.as_str(),
            "listItem" | "taskItem" | "blockquote" | "tableCell" | "tableHeader" | "callout"
        );
        if !holds_blocks && shape.name != "tableRow" {
            self.note(&notes);
        }
        match has_new_box {
            true => {
                let mark = format!("<ins{}><input", self.credit(None));
                self.out.push_str(&open.replace("<input", &mark).replace("</label>", "</ins></label>"));
            }
            false => self.out.push_str(&opened(open)),
        }
        if holds_blocks {
            self.note(&notes);
        }
        for change in changes {
            match change {
                Change::Added(whole) if self.version.is_none() && columns.contains(&Kind::Removed) => {
                    let row = beside_columns(&whole.node, columns, Kind::Removed);
                    self.whole(&row, &Mark { tag: "ins", attributes: String::new(), credits: &whole.credits });
                }
                Change::Removed(whole) if self.version.is_none() && columns.contains(&Kind::Added) => {
                    let row = beside_columns(&whole.node, columns, Kind::Added);
                    self.whole(&row, &Mark { tag: "del", attributes: String::new(), credits: &whole.credits });
                }
                change => self.change(change),
            }
        }
        self.out.push_str(close);
    }

    fn replaced(&mut self, before: &Node, after: &Node) {
        let notes = notes::of_nodes(before, after);
        let is_other = notes.iter().any(|note| note.what == "file");
        let credit = self.credit(None);
        if is_other && self.shows(Version::Before) {
            self.whole(before, &Mark { tag: "del", attributes: credit.clone(), credits: &[] });
        }
        if is_other && self.shows(Version::After) {
            self.note(&notes);
            self.whole(after, &Mark { tag: "ins", attributes: credit, credits: &[] });
        }
        if !is_other {
            self.note(&notes);
            write(&mut self.out, if self.version == Some(Version::Before) { before } else { after });
        }
    }

    /// Writes other changes in words. In two columns, they are beside the later version.
    fn note(&mut self, notes: &[Note]) {
        if notes.is_empty() || !self.shows(Version::After) {
            return;
        }
        let changed = self.written("data-changed", &notes::encoded(notes));
        let credit = self.credit(None);
        self.out.push_str(&format!("<small class=\"change\"{changed}{credit}>"));
        escape(&mut self.out, &notes::in_words(notes));
        self.out.push_str("</small>");
    }

    /// A node with a mark around all text in it, where HTML allows that.
    fn whole(&mut self, node: &Node, mark: &Mark<'_>) {
        let mut place = 0;
        self.whole_at(node, mark, &mut place, &mut false);
    }

    fn whole_at(&mut self, node: &Node, mark: &Mark<'_>, at: &mut u32, has_line: &mut bool) {
        let (name, attributes, children) = match node {
            Node::Element { name, attributes, children } => (name, attributes, &children[..]),
            text => return self.marked(std::slice::from_ref(text), mark, at),
        };
        let Tags { open, close, is_leaf } = tags(name, attributes);
        if is_leaf {
            return self.marked(std::slice::from_ref(node), mark, at);
        }
        self.out.push_str(&opened(open));
        if node.is_line() {
            *at += u32::from(*has_line);
            *has_line = true;
            self.marked(children, mark, at);
        } else {
            children.iter().for_each(|child| self.whole_at(child, mark, at, has_line));
        }
        self.out.push_str(close);
    }

    /// Text and nodes of a line in a mark for each of their authors.
    fn marked(&mut self, nodes: &[Node], mark: &Mark<'_>, at: &mut u32) {
        let mut pieces: Vec<(Option<&Credit>, Vec<Node>)> = Vec::new();
        let mut push = |credit, node| match pieces.last_mut() {
            Some((same, nodes)) if *same == credit => nodes.push(node),
            _ => pieces.push((credit, vec![node])),
        };
        for node in nodes {
            match node {
                Node::Text { text, marks } => {
                    for (text, credit) in divided(text, *at, mark.credits) {
                        push(credit, Node::Text { text, marks: marks.clone() });
                    }
                }
                other => push(
                    mark.credits.iter().find(|one| one.from <= *at && *at < one.to).map(|one| &one.credit),
                    other.clone(),
                ),
            }
            *at += inline_units(node);
        }
        // An empty line is not visible.
        let is_empty = pieces.is_empty();
        if is_empty {
            pieces.push((None, Vec::new()));
        }
        for (credit, nodes) in pieces {
            let credit = if mark.attributes.is_empty() { self.credit(credit) } else { String::new() };
            self.out.push_str(&format!("<{}{}{credit}>", mark.tag, mark.attributes));
            nodes.iter().for_each(|node| write(&mut self.out, node));
            if is_empty {
                self.out.push('¶');
            }
            self.out.push_str(&format!("</{}>", mark.tag));
        }
    }

    fn moved(&self, number: usize, is_here: bool, credit: Option<&Credit>) -> String {
        let class = if is_here { "moved-to" } else { "moved-from" };
        let note = notes::moved(is_here);
        let said = self.written("title", &note.words());
        let changed = self.written("data-changed", &notes::encoded(&[note]));
        format!(" class=\"{class}\" data-move=\"{number}\"{changed}{said}{}", self.credit(credit))
    }

    fn credit(&self, credit: Option<&Credit>) -> String {
        let Some(credit) = credit.or(self.only) else { return String::new() };
        let named = |name: &str, id: &str| match self.people.names.get(id) {
            Some(person) => self.written(name, id) + &self.written(&format!("{name}-name"), person),
            None => String::new(),
        };
        let mut out = named("data-by", &credit.by);
        if let Some(suggested_by) = &credit.suggested_by {
            out.push_str(&named("data-suggested-by", suggested_by));
        }
        if let Some((first, last)) = credit.times {
            out.push_str(&self.written("data-first", &(self.people.time)(first)));
            out.push_str(&self.written("data-last", &(self.people.time)(last)));
        }
        out
    }

    fn written(&self, name: &str, value: &str) -> String {
        let mut out = format!(" {name}=\"");
        escape(&mut out, value);
        out.push('"');
        out
    }
}

/// The opening tag, with `<details>` opened, so that changes in it are visible.
fn opened(open: String) -> String {
    if open == "<details>" { "<details open>".to_owned() } else { open }
}

/// A row with empty cells for columns of the table that the row does not have.
pub(super) fn beside_columns(row: &Node, columns: &[Kind], without: Kind) -> Node {
    let Node::Element { name, attributes, children } = row else { return row.clone() };
    let mut cells = children.iter().cloned();
    let empty = || Node::Element { name: "tableCell".into(), attributes: serde_json::Map::new(), children: Vec::new() };
    let mut all: Vec<Node> =
        columns.iter().filter_map(|kind| if *kind == without { Some(empty()) } else { cells.next() }).collect();
    all.extend(cells);
    Node::Element { name: name.clone(), attributes: attributes.clone(), children: all }
}
