//! A comparison as a document for printing: the nodes of both texts, in which the mark and the attribute `change` hold
//! the kind, the author and the time of each change. `consilium-press` reads this document.

use serde_json::{Value, json};

use super::credits::{divided, inline_units};
use super::html::beside_columns;
use super::notes::{self, Note};
use super::{Change, Comparison, Credit, Credited, Inline, Kind, People, Shape, Word};
use crate::prose::tree::{Mark, Node};

impl Comparison {
    /// The editor's JSON, including removed content, with all changes marked.
    pub fn to_printed(&self, people: &People<'_>) -> Value {
        let mut writer = Writer { people, only: self.only.as_ref(), around: None };
        let mut content = Vec::new();
        self.changes.iter().for_each(|change| writer.change(change, &mut content));
        json!({ "type": "doc", "content": content })
    }
}

struct Writer<'a> {
    people: &'a People<'a>,
    only: Option<&'a Credit>,
    /// Within a node that was moved, the facts of the move.
    around: Option<Value>,
}

impl Writer<'_> {
    fn change(&mut self, change: &Change, out: &mut Vec<Value>) {
        match change {
            Change::Same(node) => out.push(match &self.around {
                Some(around) => whole(node, &|_| around.clone(), &[], &mut 0, &mut false),
                None => node.to_json(),
            }),
            Change::Added(added) => out.push(self.whole("inserted", &added.node, &added.credits)),
            Change::Removed(removed) => out.push(self.whole("deleted", &removed.node, &removed.credits)),
            Change::MovedFrom { node, .. } => out.push(self.whole("moved-from", node, &[])),
            Change::MovedTo { change, credit, .. } => {
                let before = self.around.replace(self.facts("moved-to", credit.as_ref()));
                self.change(change, out);
                self.around = before;
            }
            Change::Words { before, after, words, credit } => {
                let content: Vec<Value> = words.iter().map(|word| self.word(word)).collect();
                out.push(self.shaped((before, after), content, credit.as_ref()));
            }
            Change::Within { before, after, changes, columns, credit } => {
                let mut content = Vec::new();
                for change in changes {
                    match change {
                        Change::Added(row) if columns.contains(&Kind::Removed) => {
                            let node = beside_columns(&row.node, columns, Kind::Removed);
                            content.push(self.whole("inserted", &node, &row.credits));
                        }
                        Change::Removed(row) if columns.contains(&Kind::Added) => {
                            let node = beside_columns(&row.node, columns, Kind::Added);
                            content.push(self.whole("deleted", &node, &row.credits));
                        }
                        change => self.change(change, &mut content),
                    }
                }
                out.push(self.shaped((before, after), content, credit.as_ref()));
            }
            Change::Replaced { before, after } => {
                let notes = notes::of_nodes(before, after);
                if notes.iter().any(|note| note.what == "file") {
                    out.push(self.whole("deleted", before, &[]));
                    out.push(self.whole("inserted", after, &[]));
                } else {
                    let mut node = after.to_json();
                    node["attrs"]["note"] = json!(notes::in_words(&notes));
                    out.push(node);
                }
            }
        }
    }

    fn shaped(&self, (before, after): (&Shape, &Shape), content: Vec<Value>, credit: Option<&Credit>) -> Value {
        let mut node = json!({ "type": after.name, "attrs": after.attributes, "content": content });
        let mut notes = notes::of_shapes(before, after);
        let is_checked = |shape: &Shape| shape.attributes.get("checked").cloned().unwrap_or(json!(false));
        if before.name == "taskItem" && after.name == "taskItem" && is_checked(before) != is_checked(after) {
            notes.push(Note { what: "done".to_owned(), before: is_checked(before), after: is_checked(after) });
        }
        if !notes.is_empty() {
            node["attrs"]["note"] = json!(notes::in_words(&notes));
            let mut facts = self.facts("changed", credit);
            facts["before"] = json!({ "type": before.name, "attrs": before.attributes });
            node["attrs"]["change"] = facts;
        }
        if let Some(around) = &self.around {
            node["attrs"]["change"] = around.clone();
        }
        node
    }

    fn word(&self, word: &Word) -> Value {
        let facts = match word.kind {
            Kind::Same => self.around.clone(),
            Kind::Added => Some(self.facts("inserted", word.credit.as_ref())),
            Kind::Removed => Some(self.facts("deleted", word.credit.as_ref())),
            Kind::Formatted => {
                let before = word.marks_before.clone().unwrap_or_default();
                let mut facts = self.facts("formatted", word.credit.as_ref());
                facts["note"] = json!(notes::in_words(&notes::of_marks(&before, &word.marks)));
                facts["before"] =
                    before.iter().map(|mark| json!({ "type": mark.name, "attrs": mark.attributes })).collect();
                Some(facts)
            }
        };
        let node = match &word.content {
            Inline::Text(text) => Node::Text { text: text.clone(), marks: word.marks.clone() },
            Inline::Node(node) => node.clone(),
        };
        marked(&node, facts)
    }

    fn whole(&self, kind: &str, node: &Node, credits: &[Credited]) -> Value {
        whole(node, &|credit| self.facts(kind, credit), credits, &mut 0, &mut false)
    }

    /// The kind of change, its author, and the time at which it was finished.
    fn facts(&self, kind: &str, credit: Option<&Credit>) -> Value {
        let mut facts = json!({ "kind": kind });
        if let Some(credit) = credit.or(self.only) {
            if let Some(name) = self.people.names.get(&credit.by) {
                facts["by"] = json!(name);
            }
            if let Some((_, last)) = credit.times {
                facts["at"] = json!((self.people.time)(last));
            }
        }
        facts
    }
}

/// A node and everything in it with the facts of its authors.
fn whole(
    node: &Node,
    facts: &dyn Fn(Option<&Credit>) -> Value,
    credits: &[Credited],
    at: &mut u32,
    has_line: &mut bool,
) -> Value {
    let (name, attributes, children) = match node {
        Node::Text { .. } => return marked(node, Some(facts(None))),
        Node::Element { name, attributes, children } => (name, attributes, children),
    };
    let is_line = node.is_line();
    if is_line {
        *at += u32::from(*has_line);
        *has_line = true;
    }
    let first = credits.iter().find(|one| one.to > *at).or(credits.last()).map(|one| &one.credit);
    let mut content = Vec::new();
    for child in children {
        match child {
            child if !is_line => content.push(whole(child, facts, credits, at, has_line)),
            Node::Text { text, marks } => {
                for (text, credit) in divided(text, *at, credits) {
                    content.push(marked(&Node::Text { text, marks: marks.clone() }, Some(facts(credit))));
                }
            }
            other => content.push(marked(other, Some(facts(first)))),
        }
        if is_line {
            *at += inline_units(child);
        }
    }
    let mut json = json!({ "type": name, "attrs": attributes, "content": content });
    json["attrs"]["change"] = facts(first);
    json
}

/// A run of text or a node in a line with the mark `change`.
fn marked(node: &Node, facts: Option<Value>) -> Value {
    let mut json = node.to_json();
    if let Some(facts) = facts {
        let mut marks = match node {
            Node::Text { marks, .. } => marks.clone(),
            Node::Element { .. } => Vec::new(),
        };
        marks.push(Mark { name: "change".to_owned(), attributes: facts });
        json["marks"] = marks.iter().map(|mark| json!({ "type": mark.name, "attrs": mark.attributes })).collect();
    }
    json
}
