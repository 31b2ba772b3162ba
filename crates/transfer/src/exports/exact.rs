//! The exact form of a text, as the editor's JSON, where Markdown cannot express it: merged cells, sizes of images,
//! marks. Links and files have the same paths as in the Markdown beside it. An import reads this form.

use std::collections::HashMap;

use document::prose::Prose;
use serde_json::{Value, json};

use crate::paths::relative;

/// The exact form, if Markdown loses something.
pub fn of(
    prose: &Prose,
    path: &str,
    links: &HashMap<String, String>,
    attached: &HashMap<String, String>,
) -> Option<Value> {
    if prose.0.is_empty() || Prose::from_markdown(&prose.to_markdown()).is_ok_and(|read| read == *prose) {
        return None;
    }
    let mut doc = prose.to_json();
    place(&mut doc, path, links, attached);
    Some(doc)
}

/// Replaces the ids of links and files by paths. The recursion is as deep as a document, whose depth is bounded.
pub fn place(node: &mut Value, path: &str, links: &HashMap<String, String>, attached: &HashMap<String, String>) {
    for (attribute, places) in [("attachment", attached), ("document", links)] {
        if let Some(value) = node.get_mut("attrs").and_then(|attributes| attributes.get_mut(attribute))
            && let Some(to) = value.as_str().and_then(|id| places.get(id))
        {
            *value = json!(relative(path, to));
        }
    }
    for child in node.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        place(child, path, links, attached);
    }
}
