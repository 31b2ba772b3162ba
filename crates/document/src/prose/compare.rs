//! The differences between two texts: by block, and within a changed line by word.

mod marked;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::differences::differences;
use super::html::{Tags, tags, write};
use super::tree::{Mark, Node, Prose};
use marked::marked;

/// Lines that share a smaller part of their words count as different lines.
const SIMILAR: f64 = 0.3;

/// A changed line is looked for among this many of the following ones, so that comparing two texts without common words
/// takes linear time.
const NEAR: usize = 10;

/// The comparison of two texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub changes: Vec<Change>,
    pub words_added: usize,
    pub words_removed: usize,
}

/// What happened to a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Same(Node),
    Added(Node),
    Removed(Node),
    /// A line with other words or of another kind: the later node, with the words of both versions.
    Words {
        name: String,
        attributes: Map<String, Value>,
        /// The attributes in the earlier text.
        before: Map<String, Value>,
        words: Vec<Word>,
    },
    /// A list, a table or another container in which something changed.
    Within {
        name: String,
        attributes: Map<String, Value>,
        before: Map<String, Value>,
        changes: Vec<Change>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    pub kind: Kind,
    pub text: String,
    /// As in the later text; those of a removed word as in the earlier one.
    pub marks: Vec<Mark>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Same,
    Added,
    Removed,
}

impl Prose {
    /// The changes from this text to `later`.
    pub fn compare(&self, later: &Prose) -> Comparison {
        let changes = siblings(&self.0, &later.0);
        let (mut words_added, mut words_removed) = (0, 0);
        changes.iter().for_each(|change| change.count(&mut words_added, &mut words_removed));
        Comparison { changes, words_added, words_removed }
    }
}

fn siblings(before: &[Node], after: &[Node]) -> Vec<Change> {
    let text = |node: &Node| node.to_json().to_string();
    let (mut changes, mut at) = (Vec::new(), 0);
    for hunk in differences(before.iter().map(text), after.iter().map(text), false) {
        changes.extend(after[at..hunk.after.start].iter().cloned().map(Change::Same));
        pair(&before[hunk.before], &after[hunk.after.clone()], &mut changes);
        at = hunk.after.end;
    }
    changes.extend(after[at..].iter().cloned().map(Change::Same));
    changes
}

/// Adjacent removed and added nodes, some of which may be changed versions of each other.
fn pair(before: &[Node], after: &[Node], changes: &mut Vec<Change>) {
    let mut next = 0;
    let news: Vec<Words> = after.iter().map(Words::of).collect();
    for old in before {
        let words = Words::of(old);
        let is_like = |index: &usize| may_pair(old, &after[*index]) && words.similarity(&news[*index]) >= SIMILAR;
        match (next..after.len().min(next + NEAR)).find(is_like) {
            Some(found) => {
                changes.extend(after[next..found].iter().cloned().map(Change::Added));
                changes.push(changed(old, &after[found]));
                next = found + 1;
            }
            None => changes.push(Change::Removed(old.clone())),
        }
    }
    changes.extend(after[next..].iter().cloned().map(Change::Added));
}

/// Whether one can be a changed version of the other, whatever its words are.
fn may_pair(old: &Node, new: &Node) -> bool {
    match (old, new) {
        (Node::Element { name: old_name, .. }, Node::Element { name: new_name, .. }) => {
            (old.is_line() && new.is_line()) || old_name == new_name
        }
        _ => false,
    }
}

/// The number of occurrences of each word in a node. Comparing two of them takes as long as the shorter is.
struct Words {
    counts: HashMap<String, usize>,
    all: usize,
}

impl Words {
    fn of(node: &Node) -> Words {
        let mut words = Words { counts: HashMap::new(), all: 0 };
        for word in text_of(node).split_whitespace() {
            *words.counts.entry(word.to_owned()).or_default() += 1;
            words.all += 1;
        }
        words
    }

    /// The share of common words; 1 for two empty texts.
    fn similarity(&self, other: &Words) -> f64 {
        let all = self.all.max(other.all);
        if all == 0 {
            return 1.0;
        }
        let (few, many) = if self.counts.len() <= other.counts.len() { (self, other) } else { (other, self) };
        let common = few.counts.iter().map(|(word, count)| count.min(many.counts.get(word).unwrap_or(&0)));
        common.sum::<usize>() as f64 / all as f64
    }
}

fn text_of(node: &Node) -> String {
    let mut lines = Vec::new();
    node.lines(&mut lines);
    lines.join("\n")
}

fn changed(old: &Node, new: &Node) -> Change {
    match (old, new) {
        (
            Node::Element { attributes: before, children: then, .. },
            Node::Element { name, attributes, children: now },
        ) => {
            let (name, attributes, before) = (name.clone(), attributes.clone(), before.clone());
            if old.is_line() && new.is_line() {
                let words = marked(diff_words(&old.inline_text(), &new.inline_text()), old, new);
                return Change::Words { name, attributes, before, words };
            }
            Change::Within { name, attributes, before, changes: siblings(then, now) }
        }
        _ => Change::Added(new.clone()),
    }
}

fn diff_words(old: &str, new: &str) -> Vec<Word> {
    let (old_tokens, new_tokens) = (tokens(old), tokens(new));
    let mut words: Vec<Word> = Vec::new();
    let mut say = |kind, tokens: &[&str]| {
        if !tokens.is_empty() {
            words.push(Word { kind, text: tokens.concat(), marks: Vec::new() });
        }
    };
    let mut at = 0;
    for hunk in differences(old_tokens.iter().copied(), new_tokens.iter().copied(), true) {
        say(Kind::Same, &new_tokens[at..hunk.after.start]);
        say(Kind::Removed, &old_tokens[hunk.before]);
        say(Kind::Added, &new_tokens[hunk.after.clone()]);
        at = hunk.after.end;
    }
    say(Kind::Same, &new_tokens[at..]);
    words
}

/// Words, spaces and signs, each a token.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            c if c.is_alphanumeric() => rest.find(|c: char| !c.is_alphanumeric()),
            c if c.is_whitespace() => rest.find(|c: char| !c.is_whitespace()),
            c => Some(c.len_utf8()),
        };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        tokens.push(token);
        rest = after;
    }
    tokens
}

fn count_words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count()
}

impl Change {
    fn count(&self, added: &mut usize, removed: &mut usize) {
        let all = |node: &Node| count_words(&text_of(node));
        match self {
            Change::Same(_) => {}
            Change::Added(node) => *added += all(node),
            Change::Removed(node) => *removed += all(node),
            Change::Within { changes, .. } => changes.iter().for_each(|change| change.count(added, removed)),
            Change::Words { words, .. } => {
                for Word { kind, text, .. } in words {
                    match kind {
                        Kind::Same => {}
                        Kind::Added => *added += count_words(text),
                        Kind::Removed => *removed += count_words(text),
                    }
                }
            }
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Change::Same(node) => json!({ "kind": "same", "node": node.to_json() }),
            Change::Added(node) => json!({ "kind": "added", "node": node.to_json() }),
            Change::Removed(node) => json!({ "kind": "removed", "node": node.to_json() }),
            Change::Words { name, attributes, before, words } => {
                let words: Vec<Value> = words.iter().map(Word::to_json).collect();
                let change = json!({ "kind": "words", "type": name, "attrs": attributes, "words": words });
                with_before(change, before, attributes)
            }
            Change::Within { name, attributes, before, changes } => {
                let changes: Vec<Value> = changes.iter().map(Change::to_json).collect();
                let change = json!({ "kind": "within", "type": name, "attrs": attributes, "changes": changes });
                with_before(change, before, attributes)
            }
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Change::Same(node) => write(out, node),
            Change::Added(node) => write_whole(out, node, "ins"),
            Change::Removed(node) => write_whole(out, node, "del"),
            Change::Words { name, attributes, words, .. } => {
                let Tags { open, close, .. } = tags(name, attributes);
                out.push_str(&open);
                words.iter().for_each(|word| word.write(out, name != "codeBlock"));
                out.push_str(close);
            }
            Change::Within { name, attributes, before, changes } => {
                let Tags { open, close, .. } = tags(name, attributes);
                // A box that was checked, or is no longer.
                let is_box_changed = name == "taskItem" && before.get("checked") != attributes.get("checked");
                match is_box_changed {
                    true => out.push_str(&open.replace("<input", "<ins><input").replace("</label>", "</ins></label>")),
                    false => out.push_str(&opened(open)),
                }
                changes.iter().for_each(|change| change.write(out));
                out.push_str(close);
            }
        }
    }
}

/// Adds the attributes in the earlier text if they differ.
fn with_before(mut change: Value, before: &Map<String, Value>, attributes: &Map<String, Value>) -> Value {
    if before != attributes {
        change["attrs_before"] = json!(before);
    }
    change
}

impl Word {
    fn to_json(&self) -> Value {
        let kind = match self.kind {
            Kind::Same => "same",
            Kind::Added => "added",
            Kind::Removed => "removed",
        };
        let mut word = Node::Text { text: self.text.clone(), marks: self.marks.clone() }.to_json();
        word["kind"] = json!(kind);
        if let Some(word) = word.as_object_mut() {
            word.remove("type");
        }
        word
    }

    fn write(&self, out: &mut String, has_breaks: bool) {
        let (open, close) = match self.kind {
            Kind::Same => ("", ""),
            Kind::Added => ("<ins>", "</ins>"),
            Kind::Removed => ("<del>", "</del>"),
        };
        out.push_str(open);
        for (index, line) in self.text.split('\n').enumerate() {
            if index > 0 {
                out.push_str(if has_breaks { "<br>" } else { "\n" });
            }
            if !line.is_empty() {
                write(out, &Node::Text { text: line.to_owned(), marks: self.marks.clone() });
            }
        }
        out.push_str(close);
    }
}

/// A node that was added or removed as a whole: the mark is placed in its lines, where HTML allows it.
fn write_whole(out: &mut String, node: &Node, mark: &str) {
    let Node::Element { name, attributes, children } = node else {
        return write_marked(out, std::slice::from_ref(node), mark);
    };
    let Tags { open, close, is_leaf } = tags(name, attributes);
    if is_leaf {
        return write_marked(out, std::slice::from_ref(node), mark);
    }
    out.push_str(&opened(open));
    if node.is_line() {
        write_marked(out, children, mark);
    } else {
        children.iter().for_each(|child| write_whole(out, child, mark));
    }
    out.push_str(close);
}

/// A change is not hidden in what could be opened.
fn opened(open: String) -> String {
    if open == "<details>" { "<details open>".to_owned() } else { open }
}

fn write_marked(out: &mut String, nodes: &[Node], mark: &str) {
    out.push_str(&format!("<{mark}>"));
    nodes.iter().for_each(|node| write(out, node));
    out.push_str(&format!("</{mark}>"));
}

impl Comparison {
    /// Counts, and a tree of kept, added and removed nodes, as JSON.
    pub fn to_json(&self) -> Value {
        let changes: Vec<Value> = self.changes.iter().map(Change::to_json).collect();
        json!({ "words_added": self.words_added, "words_removed": self.words_removed, "changes": changes })
    }

    /// The later text with `ins` and `del`, safe to embed as [`Prose::to_html`] is.
    pub fn to_html(&self) -> String {
        let mut out = String::new();
        self.changes.iter().for_each(|change| change.write(&mut out));
        out
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.iter().all(|change| matches!(change, Change::Same(_)))
    }
}
