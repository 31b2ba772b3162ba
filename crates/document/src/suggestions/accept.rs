//! Applies suggestions: several to a tree, for a view, or one to a private copy of the document, as an edit.

use bytes::Bytes;

use super::base::Base;
use super::located::Located;
use super::row::{Refused, Suggestion};
use crate::prose::{Draft, Node, Prose};

impl Base {
    /// The text with suggestions that do not overlap; `None` if they cannot be applied together.
    pub fn with(&self, suggestions: &[&Located]) -> Option<Prose> {
        let nodes = self.edited(suggestions)?;
        let same = |pair: &(&Node, &Node)| pair.0 == pair.1;
        let head = nodes.iter().zip(&self.nodes).take_while(same).count();
        let rest = nodes.len().min(self.nodes.len()) - head;
        let tail = nodes.iter().rev().zip(self.nodes.iter().rev()).take(rest).take_while(same).count();
        // Blocks that stay are not rewritten as an editor would write them.
        let mut all = self.original[..head].to_vec();
        all.extend_from_slice(&nodes[head..nodes.len() - tail]);
        all.extend_from_slice(&self.original[self.original.len() - tail..]);
        Some(Prose(all))
    }

    pub(super) fn edited(&self, suggestions: &[&Located]) -> Option<Vec<Node>> {
        let mut ordered = suggestions.to_vec();
        // From the end, so that the places of the other suggestions stay valid.
        ordered.sort_by_key(|one| one.order());
        let mut nodes = self.nodes.clone();
        for one in ordered {
            one.edit.make(&mut nodes)?;
        }
        Some(nodes)
    }
}

impl Draft {
    /// Applies a suggestion as the smallest edit. `places` are the places of its passages in the plain text of this
    /// draft.
    ///
    /// # Errors
    /// [`Refused`]. After an error, nothing was edited.
    pub fn accept(&mut self, suggestion: &Suggestion, places: &[Option<(u32, u32)>]) -> Result<Bytes, Refused> {
        let (update, mut outcomes) = self.accept_together(&[(suggestion, places)]);
        outcomes.pop().unwrap_or(Err(Refused::Gone))?;
        update.ok_or(Refused::Already)
    }
}
