//! A text that suggestions are made to.

use std::cell::OnceCell;

use super::outline::Outline;
use crate::prose::{Node, Prose};

/// A text that suggestions are made to.
pub struct Base {
    pub(super) original: Vec<Node>,
    /// The blocks as an editor shows them, with all attributes. Blocks that no editor would keep are unchanged.
    pub(super) nodes: Vec<Node>,
    pub(super) is_valid: Vec<bool>,
    pub(super) outline: Outline,
    /// The plain text, which is computed when it is first needed.
    text: OnceCell<Vec<u16>>,
}

impl Base {
    pub fn of(prose: Prose) -> Base {
        #[cfg(test)]
        STEPS.set(STEPS.get() + prose.0.len());
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

#[cfg(test)]
thread_local! {
    /// The number of blocks that were read.
    pub(super) static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The block with all attributes; `None` if no editor would keep it.
pub(super) fn as_an_editor_has_it(block: &Node) -> Option<Node> {
    Prose(vec![block.clone()]).checked().ok()?.0.pop()
}

impl Prose {
    /// The text as an editor has it, with all attributes. Blocks that no editor would keep are unchanged.
    #[must_use]
    pub fn as_an_editor_has_it(self) -> Prose {
        Prose(self.0.into_iter().map(|block| as_an_editor_has_it(&block).unwrap_or(block)).collect())
    }

    /// The empty paragraphs at the end, which an editor adds and nobody suggests.
    pub fn blank_end(&self) -> &[Node] {
        let is_blank = |node: &&Node| node.name() == "paragraph" && node.children().is_empty();
        &self.0[self.0.len() - self.0.iter().rev().take_while(is_blank).count()..]
    }

    /// Some top-level blocks, as the editor's JSON.
    pub fn blocks_json(&self, range: std::ops::Range<usize>) -> Vec<serde_json::Value> {
        self.0.get(range).unwrap_or_default().iter().map(Node::to_json).collect()
    }
}
