//! The canonical hash of a document: equal documents have equal hashes, however their content is split into blocks.
//!
//! The hash covers the visible content (the roots by name, their content in order, with attributes and formatting), the
//! state vector and the deleted ranges. The type of a root is not trusted: each root is read both as a sequence and as
//! a map, at most [`MAX_NESTING`] deep.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::{Any, Map, MapRef, Out, ReadTxn, Text, TextRef, Transact};

use crate::{document::Document, nesting::MAX_NESTING};

impl Document {
    /// SHA-256 of the document's canonical description.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut text = self.describe();
        for (client, runs) in self.known().deleted.sorted() {
            let _ = write!(text, "-{client}{runs:?}");
        }
        let mut clocks: Vec<_> = self.known().clocks.iter().filter(|(_, clock)| **clock > 0).collect();
        clocks.sort_unstable();
        let _ = write!(text, "{clocks:?}");
        Sha256::digest(text).into()
    }

    /// Every root by name with its visible content, as one line for reading and comparing.
    pub fn describe(&self) -> String {
        let txn = self.doc().transact();
        let mut roots: Vec<_> = txn.root_refs().map(|(name, root)| (name.to_owned(), root)).collect();
        roots.sort_by(|a, b| a.0.cmp(&b.0));
        let mut text = String::new();
        for (name, root) in roots {
            let mut content = String::new();
            out(&mut content, &txn, &root, 0);
            // An empty root is left out, because it has no visible content.
            if content != "[]{}" {
                let _ = write!(text, "{name:?}:{content};");
            }
        }
        text
    }
}

fn out<T: ReadTxn>(text: &mut String, txn: &T, value: &Out, depth: usize) {
    match value {
        Out::Any(value) => any(text, value),
        Out::YText(shared) => branch(text, txn, shared, depth),
        Out::YArray(shared) => branch(text, txn, shared, depth),
        Out::YMap(shared) => branch(text, txn, shared, depth),
        Out::YXmlElement(shared) => {
            let _ = write!(text, "<{}>", shared.try_tag().map(|tag| tag.as_ref()).unwrap_or_default());
            branch(text, txn, shared, depth);
        }
        Out::YXmlFragment(shared) => branch(text, txn, shared, depth),
        Out::YXmlText(shared) => branch(text, txn, shared, depth),
        Out::UndefinedRef(shared) => branch(text, txn, shared, depth),
        Out::YDoc(_) => text.push_str("doc"),
    }
}

fn branch<T: ReadTxn>(text: &mut String, txn: &T, shared: &impl AsRef<Branch>, depth: usize) {
    if depth > MAX_NESTING {
        return;
    }
    let pointer = BranchPtr::from(shared.as_ref());
    text.push('[');
    let mut last_attributes = None;
    for chunk in TextRef::from(pointer).diff(txn, YChange::identity) {
        let mut attributes = String::new();
        if let Some(found) = &chunk.attributes {
            entries(&mut attributes, found.iter().map(|(key, value)| (key.as_ref(), value)));
        }
        // Redundant formatting marks split text without a visible change; ignore such splits.
        if last_attributes.as_ref() != Some(&attributes) {
            let _ = write!(text, "|{attributes}");
        }
        match &chunk.insert {
            Out::Any(Any::String(run)) => text.push_str(run),
            other => out(text, txn, other, depth + 1),
        }
        last_attributes = Some(attributes);
    }
    text.push_str("]{");
    let mut keys: Vec<_> = MapRef::from(pointer).iter(txn).map(|(key, value)| (key.to_owned(), value)).collect();
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    for (key, value) in keys {
        let _ = write!(text, "{key:?}=");
        out(text, txn, &value, depth + 1);
    }
    text.push('}');
}

fn any(text: &mut String, value: &Any) {
    match value {
        Any::Map(map) => entries(text, map.iter().map(|(key, value)| (key.as_str(), value))),
        Any::Array(values) => {
            text.push('(');
            values.iter().for_each(|value| any(text, value));
            text.push(')');
        }
        scalar => {
            let _ = write!(text, "{scalar:?},");
        }
    }
}

fn entries<'a>(text: &mut String, entries: impl Iterator<Item = (&'a str, &'a Any)>) {
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(key, _)| *key);
    for (key, value) in entries {
        let _ = write!(text, "{key:?}:");
        any(text, value);
    }
}
