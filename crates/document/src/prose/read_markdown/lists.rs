//! Lists of Markdown, which may mix tasks and plain items.

use serde_json::{Map, Value, json};

use super::{element, map};
use crate::prose::tree::Node;

/// Divides a list of Markdown, which may mix tasks and plain items, into the lists that the editor needs.
pub(super) fn lists(name: &str, attributes: Map<String, Value>, items: Vec<Node>) -> Vec<Node> {
    let mut lists: Vec<Node> = Vec::new();
    let mut counted = attributes.get("start").and_then(Value::as_u64);
    for item in items {
        let is_task = matches!(&item, Node::Element { name, .. } if name == "taskItem");
        let wanted = if is_task { "taskList" } else { name };
        let start = counted;
        counted = counted.map(|number| number + 1);
        match lists.last_mut() {
            Some(Node::Element { name, children, .. }) if name == wanted => children.push(item),
            _ => {
                let attributes = match start {
                    Some(start) if !is_task => map("start", json!(start)),
                    _ => Map::new(),
                };
                lists.push(element(wanted, attributes, vec![item]));
            }
        }
    }
    lists
}
