//! The checks of changes to blocks: of changes of their kinds, and of blocks that are added, removed or replaced.

use super::base::Base;
use super::edit::Edit;
use super::inline::{cut, reading};
use super::located::units;
use super::outline::{Line, Outline, Spot, children_at, node_at, readings};
use super::row::{Beside, Refused, Shape, Side};
use crate::prose::Node;

impl Base {
    pub(super) fn kind(
        &self,
        spot: Spot,
        up: usize,
        before: &Shape,
        after: &Shape,
    ) -> Result<(Edit, (i64, i64)), Refused> {
        let line = &self.outline.lines[spot.line];
        let begins = !reading(&cut(self.line(spot.line), 0, spot.from)).chars().any(char::is_alphanumeric);
        let path = line.path.get(..line.path.len().saturating_sub(up)).filter(|path| !path.is_empty());
        let path = path.ok_or(Refused::Changed)?.to_vec();
        let now = Shape::of(node_at(&self.nodes, &path).ok_or(Refused::Changed)?);
        if !begins || self.outline.under(&path).start != spot.line {
            return Err(Refused::Changed);
        }
        match () {
            () if now == *after => Err(Refused::Already),
            () if now != *before => Err(Refused::Changed),
            () => Ok((Edit::Kind { path, after: after.clone() }, self.beginning(line, spot))),
        }
    }

    /// The range from the place before a line to the end of its first words, in the numbers of [`Located`].
    fn beginning(&self, line: &Line, spot: Spot) -> (i64, i64) {
        (2 * line.start as i64, units(line.start, self.unit(spot.line, spot.to)).1)
    }

    /// Checks a change to blocks that are found by their own words: by the lines of their first and last words, or by
    /// one of the two.
    pub(super) fn here(
        &self,
        (first, last): (Option<usize>, Option<usize>),
        before: &[Node],
        after: &[Node],
    ) -> Result<(Edit, (i64, i64)), Refused> {
        let wanted = readings(before);
        let lines = Outline::of(before).lines;
        let has_words = |line: &Line| {
            node_at(before, &line.path).is_some_and(|node| reading(node.children()).chars().any(char::is_alphanumeric))
        };
        let leading = lines.iter().position(has_words).ok_or(Refused::Changed)?;
        // The number of blocks without lines before the first line.
        let bare = before.iter().take_while(|block| Outline::of(std::slice::from_ref(*block)).lines.is_empty());
        let bare = bare.count();
        let trailing = lines.iter().rposition(has_words).ok_or(Refused::Changed)?;
        let by_last = || last.map(|line| line.checked_sub(trailing));
        let begin = first.map(|line| line.checked_sub(leading)).or_else(by_last).ok_or(Refused::Gone)?;
        let begin = begin.ok_or(Refused::Changed)?;
        let end = begin + lines.len();
        if end > self.outline.lines.len() || last.is_some_and(|last| last >= end) {
            return Err(Refused::Changed);
        }
        let path = &self.outline.lines[begin].path;
        let mut found = None;
        for depth in (1..=path.len()).rev() {
            let (parent, index) = (&path[..depth - 1], path[depth - 1]);
            if self.outline.under(&path[..depth]).start != begin {
                break;
            }
            let Some(index) = index.checked_sub(bare) else { continue };
            let Some(blocks) = children_at(&self.nodes, parent) else { continue };
            let named = blocks.get(index..index + before.len()).filter(|blocks| {
                blocks.iter().zip(before).all(|(now, was)| now.name() == was.name()) && readings(blocks) == wanted
            });
            let is_equal = |blocks: &&[Node]| !after.is_empty() && *blocks == before;
            let is_read = |_: &&[Node]| after.is_empty();
            if let Some(blocks) = named.filter(|blocks| is_equal(blocks) || is_read(blocks)) {
                found = Some((parent.to_vec(), index, blocks.len()));
                break;
            }
            // For blocks that are removed, the same text is enough.
            let in_cell = node_at(&self.nodes, &path[..depth])
                .is_some_and(|node| matches!(node.name(), "tableCell" | "tableHeader"));
            if after.is_empty() && found.is_none() && !in_cell {
                let run = (1..=blocks.len() - index).find(|count| readings(&blocks[index..index + count]) == wanted);
                found = run.map(|count| (parent.to_vec(), index, count));
            }
        }
        let Some((parent, index, removes)) = found else {
            return Err(Refused::Changed);
        };
        let (from, to) = (self.outline.lines[begin].start, self.outline.lines[end - 1].end());
        let edit = Edit::Blocks { parent, index, removes, after: after.to_vec() };
        Ok((edit, (2 * from as i64, 2 * to as i64)))
    }

    /// Checks a change to blocks that are found by the words of the block beside them.
    pub(super) fn beside(
        &self,
        spot: Spot,
        Beside { side, chain }: &Beside,
        (before, after): (&[Node], &[Node]),
        list: Option<&Shape>,
    ) -> Result<(Edit, (i64, i64)), Refused> {
        let line = &self.outline.lines[spot.line].path;
        let name = |depth: usize| node_at(&self.nodes, &line[..depth]).map(Node::name);
        // The block as far above the line as before, or else the nearest block of the same kind.
        let as_it_was = line.len().checked_sub(chain.len()).filter(|depth| *depth > 0);
        let depth = match chain.first() {
            None => Some(line.len()),
            Some(first) => as_it_was
                .filter(|depth| name(*depth) == Some(first))
                .or_else(|| (1..line.len()).rev().find(|depth| name(*depth) == Some(first))),
        };
        let mut after = after.to_vec();
        let depth = match (depth, list) {
            (Some(depth), _) => depth,
            // The list is gone, and its items are blocks now. The new items become a list of their own.
            (None, Some(list)) if list.name != "table" && before.is_empty() => {
                after = vec![list.node(after)];
                line.len()
            }
            (None, Some(_)) => return Err(Refused::Changed),
            (None, None) => line.len(),
        };
        let (last, parent) = line[..depth].split_last().ok_or(Refused::Changed)?;
        let blocks = children_at(&self.nodes, parent).ok_or(Refused::Changed)?;
        let index = match side {
            Side::After => last + 1,
            Side::Before => last.checked_sub(before.len()).ok_or(Refused::Changed)?,
        };
        let beside = |len: usize| match side {
            Side::After => blocks.get(index..index + len),
            Side::Before => last.checked_sub(len).and_then(|from| blocks.get(from..*last)),
        };
        let has_words = readings(&after).iter().any(|line| line.chars().any(char::is_alphanumeric));
        if has_words && beside(after.len()).is_some_and(|there| readings(there) == readings(&after)) {
            return Err(Refused::Already);
        }
        if beside(before.len()) != Some(before) {
            return Err(Refused::Changed);
        }
        let writes = self.boundary(parent, index);
        let edit = Edit::Blocks { parent: parent.to_vec(), index, removes: before.len(), after };
        Ok((edit, writes))
    }

    /// The place between two lines, in the numbers of [`Located`].
    fn boundary(&self, parent: &[usize], index: usize) -> (i64, i64) {
        let path: Vec<usize> = parent.iter().copied().chain([index]).collect();
        let before = self.outline.lines.partition_point(|line| line.path < path);
        let at = before.checked_sub(1).map_or(-1, |line| 2 * self.outline.lines[line].end() as i64 + 1);
        (at, at)
    }
}
