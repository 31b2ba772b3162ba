//! A text that suggestions are made to.

use std::cell::OnceCell;

use super::outline::Outline;
use crate::prose::{Node, Prose};

/// A text that suggestions are made to.
pub struct Base {
    pub(super) original: Vec<Node>,
    /// As an editor shows it: with all attributes. Blocks that no editor would keep are as they are.
    pub(super) nodes: Vec<Node>,
    pub(super) is_valid: Vec<bool>,
    pub(super) outline: Outline,
    /// The plain text, once it is needed.
    text: OnceCell<Vec<u16>>,
}

impl Base {
    pub fn of(prose: Prose) -> Base {
        let shown: Vec<Option<Node>> = prose.0.iter().map(as_an_editor_has_it).collect();
        let is_valid = shown.iter().map(Option::is_some).collect();
        let nodes = shown.into_iter().zip(&prose.0).map(|(shown, node)| shown.unwrap_or_else(|| node.clone()));
        let nodes: Vec<Node> = nodes.collect();
        let outline = Outline::of(&nodes);
        Base { original: prose.0, nodes, is_valid, outline, text: OnceCell::new() }
    }

    /// The plain text.
    pub(super) fn plain(&self) -> &[u16] {
        self.text.get_or_init(|| Prose(self.nodes.clone()).to_text().encode_utf16().collect())
    }
}

/// With all attributes. `None` if no editor would keep it.
pub(super) fn as_an_editor_has_it(block: &Node) -> Option<Node> {
    Prose(vec![block.clone()]).checked().ok()?.0.pop()
}
