//! Reads the editor's root of a document.

use yrs::{ReadTxn, Transact};

use super::tree::{MAX_NODES, Prose, ROOT, children};
use crate::document::Document;

impl Document {
    /// Reads the editor's root.
    pub fn prose(&self) -> Prose {
        self.prose_under(ROOT)
    }

    /// Reads a root that was written by an editor whose nodes have our names.
    pub(super) fn prose_under(&self, root: &str) -> Prose {
        let txn = self.doc().transact();
        let Some(root) = txn.get_xml_fragment(root) else { return Prose::default() };
        let mut left = MAX_NODES;
        Prose(children(&txn, &root, 0, &mut left))
    }
}
