//! Texts in texts: Slate stores each node as a text with attributes. Lexical also writes a map before each run, with
//! the formats of the run. Slate's older binding (0.x) has arrays of maps instead.

use serde_json::{Map, Value};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::{Any, Map as _, MapRef, Out, ReadTxn, Text as _, TextRef, Xml};

use super::Form;
use crate::nesting::MAX_NESTING;
use crate::prose::tree::{Mark, Node, attributes_of, joined, marks, plain};

/// The attribute that names the kind of a node of Lexical.
pub(super) const TYPE: &str = "__type";
const SLATES_TYPE: &str = "type";
const CHILDREN: &str = "children";
const TEXT: &str = "text";

/// Whether a map is a node, or the head of a run.
pub(super) fn is_node<T: ReadTxn>(txn: &T, map: &MapRef) -> bool {
    [TYPE, CHILDREN, TEXT].iter().any(|key| map.contains_key(txn, key))
}

/// The form of a root with nested texts: Lexical or Slate.
pub(super) fn form<T: ReadTxn>(txn: &T, root: BranchPtr) -> Form {
    let is_lexicals = TextRef::from(root).diff(txn, YChange::identity).into_iter().any(|chunk| match chunk.insert {
        Out::YXmlText(text) => text.get_attribute(txn, TYPE).is_some(),
        Out::YXmlElement(element) => element.get_attribute(txn, TYPE).is_some(),
        Out::YMap(map) => map.contains_key(txn, TYPE),
        _ => false,
    });
    if is_lexicals { Form::Lexical } else { Form::Slate }
}

/// Reads the nodes under a text, with the names of its app.
pub(super) fn read<T: ReadTxn>(txn: &T, parent: BranchPtr, depth: usize, left: &mut usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    if depth >= MAX_NESTING {
        return nodes;
    }
    // The marks of the next run, according to Lexical's map before it.
    let mut run_marks: Option<Vec<Mark>> = None;
    for chunk in TextRef::from(parent).diff(txn, YChange::identity) {
        if *left == 0 {
            break;
        }
        *left -= 1;
        match chunk.insert {
            Out::YXmlText(text) => {
                let children = read(txn, branch(text.as_ref()), depth + 1, left);
                nodes.push(element(attributes_of(txn, &text), None, children));
            }
            Out::YXmlElement(it) => {
                let children = read(txn, branch(it.as_ref()), depth + 1, left);
                nodes.push(element(attributes_of(txn, &it), Some(it.tag()), children));
            }
            Out::YMap(map) => {
                let mut entries: Map<String, Value> =
                    map.iter(txn).map(|(key, value)| (key.to_owned(), plain(&value))).collect();
                entries.retain(|_, value| !value.is_null());
                match (map.get(txn, CHILDREN), map.get(txn, TEXT)) {
                    (Some(Out::YArray(inside)), _) => {
                        let children = read(txn, branch(inside.as_ref()), depth + 1, left);
                        nodes.push(element(entries, None, children));
                    }
                    (_, Some(Out::YText(text))) => {
                        let run =
                            text.diff(txn, YChange::identity).into_iter().filter_map(|chunk| match chunk.insert {
                                Out::Any(Any::String(run)) => Some(run.to_string()),
                                _ => None,
                            });
                        nodes.push(Node::Text { text: run.collect(), marks: as_marks(&entries) });
                    }
                    (_, Some(Out::Any(Any::String(run)))) => {
                        entries.remove(TEXT);
                        nodes.push(Node::Text { text: run.to_string(), marks: as_marks(&entries) });
                    }
                    _ => match entries.get("__format").and_then(Value::as_u64) {
                        Some(format) => run_marks = Some(super::names::lexical_marks(format)),
                        None => nodes.push(element(entries, None, Vec::new())),
                    },
                }
            }
            Out::Any(Any::String(run)) => {
                let marks =
                    run_marks.take().unwrap_or_else(|| chunk.attributes.as_deref().map(marks).unwrap_or_default());
                nodes.push(Node::Text { text: run.replace('\0', "\u{fffd}"), marks });
            }
            Out::Any(value @ Any::Map(_)) => {
                if let Value::Object(entries) = plain(&Out::Any(value)) {
                    nodes.push(element(entries, None, Vec::new()));
                }
            }
            _ => {}
        }
    }
    joined(nodes)
}

fn branch(shared: &Branch) -> BranchPtr {
    BranchPtr::from(shared)
}

fn element(attributes: Map<String, Value>, tag: Option<&str>, children: Vec<Node>) -> Node {
    let kind = [TYPE, SLATES_TYPE].iter().find_map(|key| attributes.get(*key)?.as_str());
    let name = kind.or(tag).unwrap_or("paragraph").to_owned();
    let attributes = attributes.into_iter().filter(|(key, _)| key != TYPE && key != SLATES_TYPE && key != CHILDREN);
    Node::Element { name, attributes: bare_keys(attributes), children }
}

/// Lexical's attributes begin with two underscores.
fn bare_keys(attributes: impl IntoIterator<Item = (String, Value)>) -> Map<String, Value> {
    let bare = |key: String| key.strip_prefix("__").map(str::to_owned).unwrap_or(key);
    attributes.into_iter().map(|(key, value)| (bare(key), value)).collect()
}

/// The elements of Lexical's second format, with plain names of attributes.
pub(super) fn bare(nodes: Vec<Node>) -> Vec<Node> {
    let bare_node = |node| match node {
        Node::Element { name, attributes, children } => {
            Node::Element { name, attributes: bare_keys(attributes), children: bare(children) }
        }
        text => text,
    };
    nodes.into_iter().map(bare_node).collect()
}

fn as_marks(entries: &Map<String, Value>) -> Vec<Mark> {
    let mark = |(name, value): (&String, &Value)| Mark { name: name.clone(), attributes: value.clone() };
    entries.iter().map(mark).collect()
}
