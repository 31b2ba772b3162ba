//! A comparison as JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Change, Comparison, Credit, Inline, Kind, People, Shape, Whole, Word};
use crate::prose::tree::{Mark, Node};

impl Comparison {
    /// Counts, and a tree of kept, added, removed, moved and changed nodes.
    pub fn to_json(&self, people: &People<'_>) -> Value {
        let json = Json { people };
        let changes: Vec<Value> = self.changes.iter().map(|change| json.change(change)).collect();
        let mut all =
            json!({ "words_added": self.words_added, "words_removed": self.words_removed, "changes": changes });
        if let Some(only) = &self.only {
            all["only"] = json.credit(only);
        }
        all
    }
}

struct Json<'a> {
    people: &'a People<'a>,
}

impl Json<'_> {
    fn change(&self, change: &Change) -> Value {
        match change {
            Change::Same(node) => json!({ "kind": "same", "node": node.to_json() }),
            Change::Added(whole) => self.whole("added", whole),
            Change::Removed(whole) => self.whole("removed", whole),
            Change::MovedFrom { number, node } => {
                json!({ "kind": "moved_from", "move": number, "node": node.to_json() })
            }
            Change::MovedTo { number, change, credit } => {
                let moved = json!({ "kind": "moved_to", "move": number, "change": self.change(change) });
                self.with_credit(moved, credit.as_ref())
            }
            Change::Words { before, after, words, .. } => {
                let words: Vec<Value> = words.iter().map(|word| self.word(word)).collect();
                shaped(json!({ "kind": "words", "words": words }), before, after)
            }
            Change::Within { before, after, changes, columns, .. } => {
                let changes: Vec<Value> = changes.iter().map(|change| self.change(change)).collect();
                let mut within = json!({ "kind": "within", "changes": changes });
                if !columns.is_empty() {
                    within["columns"] = columns.iter().map(|kind| kind.as_str()).collect();
                }
                shaped(within, before, after)
            }
            Change::Replaced { before, after } => {
                json!({ "kind": "replaced", "before": before.to_json(), "after": after.to_json() })
            }
        }
    }

    fn whole(&self, kind: &str, whole: &Whole) -> Value {
        let mut change = json!({ "kind": kind, "node": whole.node.to_json() });
        if !whole.credits.is_empty() {
            let credits = whole.credits.iter();
            change["credits"] = credits
                .map(|one| self.with_credit(json!({ "from": one.from, "to": one.to }), Some(&one.credit)))
                .collect();
        }
        change
    }

    fn word(&self, word: &Word) -> Value {
        let mut json = match &word.content {
            Inline::Node(node) => json!({ "node": node.to_json() }),
            Inline::Text(text) => {
                let mut json = Node::Text { text: text.clone(), marks: word.marks.clone() }.to_json();
                if let Some(json) = json.as_object_mut() {
                    json.remove("type");
                }
                json
            }
        };
        json["kind"] = json!(word.kind.as_str());
        if let (Kind::Formatted, Some(before)) = (word.kind, &word.marks_before) {
            json["marks_before"] = marks(before);
        }
        self.with_credit(json, word.credit.as_ref())
    }

    fn with_credit(&self, mut json: Value, credit: Option<&Credit>) -> Value {
        if let (Some(credit), Some(all)) = (credit.map(|credit| self.credit(credit)), json.as_object_mut())
            && let Value::Object(credit) = credit
        {
            all.extend(credit);
        }
        json
    }

    fn credit(&self, credit: &Credit) -> Value {
        let person = |id: &Arc<str>| json!({ "id": &**id, "name": self.people.names.get(id) });
        let mut json = json!({ "by": person(&credit.by) });
        if let Some(suggested_by) = &credit.suggested_by {
            json["suggested_by"] = person(suggested_by);
        }
        if let Some((first, last)) = credit.times {
            json["first_at"] = json!((self.people.time)(first));
            json["last_at"] = json!((self.people.time)(last));
        }
        json
    }
}

/// Adds the kind and the attributes of a node, and the earlier kind and attributes if they differ.
fn shaped(mut change: Value, before: &Shape, after: &Shape) -> Value {
    change["type"] = json!(after.name);
    change["attrs"] = json!(after.attributes);
    if before.name != after.name {
        change["type_before"] = json!(before.name);
    }
    if before.attributes != after.attributes {
        change["attrs_before"] = json!(before.attributes);
    }
    change
}

fn marks(marks: &[Mark]) -> Value {
    let text = Node::Text { text: "-".to_owned(), marks: marks.to_vec() }.to_json();
    text.get("marks").cloned().unwrap_or_else(|| json!([]))
}
