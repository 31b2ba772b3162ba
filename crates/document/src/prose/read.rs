//! Reads the editor's root of a document.

use yrs::branch::{Branch, BranchPtr};
use yrs::{Map as _, MapRef, Out, ReadTxn, Transact};

use super::tree::{MAX_NODES, Prose, ROOT, children};
use crate::document::Document;

impl Document {
    /// Reads the editor's root.
    pub fn prose(&self) -> Prose {
        let txn = self.doc().transact();
        let Some(root) = txn.get_xml_fragment(ROOT) else { return Prose::default() };
        let mut left = MAX_NODES;
        Prose(children(&txn, &root, 0, &mut left))
    }

    /// The names of other roots that have content, sorted: the text of an app that does not use the editor's root. None
    /// if the editor's root is declared, because then the text is there.
    pub fn other_roots(&self) -> Vec<String> {
        if self.roots().has(ROOT) {
            return Vec::new();
        }
        let txn = self.doc().transact();
        let has_content = |root: &Out| match root {
            Out::YText(root) => filled(root.as_ref(), &txn),
            Out::YArray(root) => filled(root.as_ref(), &txn),
            Out::YMap(root) => filled(root.as_ref(), &txn),
            Out::YXmlFragment(root) => filled(root.as_ref(), &txn),
            Out::YXmlElement(root) => filled(root.as_ref(), &txn),
            Out::YXmlText(root) => filled(root.as_ref(), &txn),
            Out::UndefinedRef(root) => filled(root, &txn),
            _ => false,
        };
        let others = txn.root_refs().filter(|(name, root)| *name != ROOT && has_content(root));
        let mut names: Vec<String> = others.map(|(name, _)| name.to_owned()).collect();
        names.sort();
        names
    }
}

fn filled<T: ReadTxn>(root: &Branch, txn: &T) -> bool {
    root.len() > 0 || MapRef::from(BranchPtr::from(root)).len(txn) > 0
}
