//! Makes suggestions from the difference between a text and a suggester's version of it: one for each contiguous
//! change.
//!
//! As soon as an editor shows content that does not fit its schema, it repairs the content. It also adds an empty
//! paragraph at the end. Nobody suggested these changes, so changes to blocks that do not fit, and empty last
//! paragraphs, are left out.

use std::ops::Range;

use super::base::{Base, as_an_editor_has_it};
use super::inline::{joined, reading};
use super::lines::{Derived, edge_words, first_words};
use super::outline::{children_at, node_at, readings, unit_at};
use super::overlap::any_two;
use super::row::{Beside, Change, Place, Shape, Side, Slice};
use super::standing::NO_COINCIDENCE;
use crate::prose::{Node, Prose, Step, block_steps};

/// The error for a change without words by which it could be found, so that a larger part must be replaced.
struct Coarse;

/// A step, with the old and the new blocks that it concerns.
#[derive(Clone, Debug)]
struct Move {
    step: Step,
    old: Range<usize>,
    new: Range<usize>,
}

/// A range of moves, and the suggestions made from them.
type Made = (Range<usize>, Vec<Derived>);

/// Top-level blocks that differ, and the suggestions that change them.
struct Part {
    old: Range<usize>,
    news: Range<usize>,
    rows: Vec<Derived>,
}

impl Base {
    /// The suggestions that turn this text into the suggested one.
    pub fn derive(&self, suggested: &Prose) -> Vec<Derived> {
        let new: Vec<Node> =
            suggested.0.iter().map(|block| as_an_editor_has_it(block).unwrap_or(block.clone())).collect();
        let mut groups = groups(&self.nodes, &new);
        let new = without_end(&mut groups, &new);
        let groups = groups.iter().filter(|group| bounds(group).0.all(|at| self.is_valid[at]));
        let rows: Vec<(&Vec<Move>, Vec<Derived>)> =
            groups.map(|group| (group, self.group(&[], &self.nodes, new, group).unwrap_or_default())).collect();
        let all: Vec<Derived> = rows.iter().flat_map(|(_, rows)| rows.iter().cloned()).collect();
        if self.made_of(&all).as_deref() == Some(new) {
            return all;
        }
        let mut parts: Vec<Part> = Vec::new();
        for (group, rows) in rows {
            let (old, news) = bounds(group);
            let rows = match self.gives(&rows, &old, &new[news.clone()]) {
                true => rows,
                false => self.replaced(&[], &self.nodes, old.clone(), &new[news.clone()]).into_iter().collect(),
            };
            parts.push(Part { old, news, rows });
            // Changes that exclude each other become one change, including the blocks between them.
            while let Some(two) = parts.len().checked_sub(2).and_then(|at| parts.get(at..))
                && self.made_of(&two.iter().flat_map(|part| part.rows.iter().cloned()).collect::<Vec<_>>()).is_none()
                && let Some(last) = parts.pop()
                && let Some(first) = parts.pop()
            {
                let (old, news) = (first.old.start..last.old.end, first.news.start..last.news.end);
                let rows = self.replaced(&[], &self.nodes, old.clone(), &new[news.clone()]).into_iter().collect();
                parts.push(Part { old, news, rows });
            }
        }
        parts.into_iter().flat_map(|part| part.rows).collect()
    }

    /// The text with suggestions that were made from this base. `None` if they overlap.
    fn made_of(&self, rows: &[Derived]) -> Option<Vec<Node>> {
        let locate = |one: &Derived| {
            let places: Vec<_> = one.places.iter().copied().map(Some).collect();
            self.locate(&one.suggestion, &places).ok()
        };
        let located = rows.iter().map(locate).collect::<Option<Vec<_>>>()?;
        if any_two(&located) {
            return None;
        }
        self.edited(&located.iter().collect::<Vec<_>>())
    }

    /// Whether suggestions turn some top-level blocks into these blocks, each of them separately.
    fn gives(&self, rows: &[Derived], old: &Range<usize>, new: &[Node]) -> bool {
        let Some(now) = self.made_of(rows) else { return false };
        let grown = now.len() as isize - self.nodes.len() as isize;
        let end = (old.end as isize + grown).max(0) as usize;
        now.get(old.start..end) == Some(new)
    }

    fn children(&self, path: &[usize], new: &[Node]) -> Result<Vec<Derived>, Coarse> {
        let old = children_at(&self.nodes, path).ok_or(Coarse)?;
        let mut all = Vec::new();
        for group in groups(old, new) {
            all.extend(self.group(path, old, new, &group)?);
        }
        Ok(all)
    }

    /// The changes to adjacent blocks. If one change inserts words that another removes, both become one change,
    /// together with the blocks between them, because either change alone would duplicate or lose the words.
    fn group(&self, path: &[usize], old: &[Node], new: &[Node], moves: &[Move]) -> Result<Vec<Derived>, Coarse> {
        let mut parts = self.changes_of(path, old, new, moves)?;
        loop {
            let moved = moved_between(&parts);
            // Beginning with the last one, so that the others keep their places.
            for one in moved.iter().rev() {
                let range = parts[one.start].0.start..parts[one.end - 1].0.end;
                let (olds, news) = bounds(&moves[range.clone()]);
                let row = self.replaced(path, old, olds, &new[news]).ok_or(Coarse)?;
                parts.splice(one.clone(), [(range, vec![row])]);
            }
            if moved.is_empty() {
                break;
            }
        }
        Ok(parts.into_iter().flat_map(|(_, rows)| rows).collect())
    }

    /// The changes made from some moves, each with the range of its moves.
    fn changes_of(&self, path: &[usize], old: &[Node], new: &[Node], moves: &[Move]) -> Result<Vec<Made>, Coarse> {
        let (olds, news) = bounds(moves);
        if is_break(&olds, &news)
            && let Some(all) = self.broken(path, old, olds, &new[news])
        {
            return Ok(vec![(0..moves.len(), all)]);
        }
        let mut all = Vec::new();
        let mut at = 0;
        while at < moves.len() {
            let one = &moves[at];
            let gone = moves[at + 1..].iter().take_while(|next| matches!(next.step, Step::Delete(_))).count();
            // Blocks that were replaced by others were not joined with the block before them.
            let is_instead = moves.get(at + 1 + gone).is_some_and(|next| matches!(next.step, Step::Insert(_)));
            let run = moves[at..].iter().take_while(|next| !matches!(next.step, Step::Update(..))).count();
            let to = |count: usize| bounds(&moves[at..at + count]);
            // A block that was split, or several blocks that were joined.
            let counts: Vec<usize> = match one.step {
                Step::Update(..) if gone > 0 && is_instead => Vec::new(),
                Step::Update(..) => [2].into_iter().chain((2..=gone + 1).rev()).collect(),
                _ => vec![run + 1],
            };
            let broken = counts.into_iter().filter(|count| at + count <= moves.len()).find_map(|count| {
                let (olds, news) = to(count);
                Some((count, is_break(&olds, &news).then(|| self.broken(path, old, olds, &new[news]))??))
            });
            if let Some((count, derived)) = broken {
                all.push((at..at + count, derived));
                at += count;
                continue;
            }
            if let Step::Update(..) = one.step {
                let mut inner = path.to_vec();
                inner.push(one.old.start);
                let derived = match self.updated(&inner, &old[one.old.start], &new[one.new.start]) {
                    Ok(derived) => derived,
                    Err(Coarse) => {
                        vec![self.replaced(path, old, one.old.clone(), &new[one.new.clone()]).ok_or(Coarse)?]
                    }
                };
                all.push((at..at + 1, derived));
                at += 1;
                continue;
            }
            let (olds, news) = to(run);
            let pairs = olds.clone().zip(news.clone());
            let reshaped = (olds.len() == news.len()).then(|| {
                pairs.map(|(was, is)| self.reshaped(path, was, &old[was], &new[is])).collect::<Option<Vec<_>>>()
            });
            let derived = match reshaped.flatten() {
                Some(derived) => derived.into_iter().flatten().collect(),
                None => vec![self.replaced(path, old, olds, &new[news]).ok_or(Coarse)?],
            };
            all.push((at..at + run, derived));
            at += run;
        }
        Ok(all)
    }

    /// The first line under a block of the base.
    fn line_of(&self, path: &[usize]) -> usize {
        self.outline.under(path).start
    }

    /// The suggestions for a line or a list item that was split in two, or for lines that were joined.
    fn broken(&self, path: &[usize], old: &[Node], olds: Range<usize>, news: &[Node]) -> Option<Vec<Derived>> {
        let old_nodes: Vec<&Node> = old[olds.clone()].iter().collect();
        if let ([item], [one, two]) = (old_nodes.as_slice(), news)
            && matches!(item.name(), "listItem" | "taskItem")
        {
            let (first, rest) = item.children().split_first()?;
            let ([line], [second, more @ ..]) = (one.children(), two.children()) else { return None };
            let same = Shape::of(item) == Shape::of(one) && Shape::of(item) == Shape::of(two);
            if !same || more != rest || Shape::of(first) != Shape::of(line) {
                return None;
            }
            let inner: Vec<usize> = path.iter().copied().chain([olds.start, 0]).collect();
            let mut all = self.lines_to(&[self.line_of(&inner)], &[first], &[line, second])?;
            for one in &mut all {
                if let Change::Split { item, .. } = &mut one.suggestion.change {
                    *item = true;
                }
            }
            return Some(all);
        }
        let are_lines = old_nodes.iter().copied().chain(news).all(Node::is_line);
        if !are_lines || Shape::of(old_nodes[0]) != Shape::of(&news[0]) {
            return None;
        }
        let lines: Vec<usize> =
            olds.map(|at| self.line_of(&path.iter().copied().chain([at]).collect::<Vec<_>>())).collect();
        // The last word of a line and the first word of the next line may be one word now.
        if let ([one, two], [only]) = (old_nodes.as_slice(), news)
            && joined([one.children(), two.children()].concat()) == only.children()
            && let (Some(last), Some(first)) =
                (edge_words(one.children(), Side::After, 1), edge_words(two.children(), Side::Before, 1))
        {
            let places = vec![self.place(lines[0], last), self.place(lines[1], first)];
            return Some(vec![self.made(Change::Join, places)]);
        }
        let new_nodes: Vec<&Node> = news.iter().collect();
        self.lines_to(&lines, &old_nodes, &new_nodes)
    }

    /// The suggestions for a block that is still the same block.
    fn updated(&self, path: &[usize], old: &Node, new: &Node) -> Result<Vec<Derived>, Coarse> {
        let mut all = Vec::new();
        if Shape::of(old) != Shape::of(new) {
            all.push(self.kind_row(path, old, new).ok_or(Coarse)?);
        }
        if old.is_line() {
            all.extend(self.lines_to(&[self.line_of(path)], &[old], &[new]).ok_or(Coarse)?);
        } else {
            all.extend(self.children(path, new.children())?);
        }
        Ok(all)
    }

    /// The suggestions for a block that became another kind of block; `None` if it is rather a different block.
    fn reshaped(&self, parent: &[usize], index: usize, old: &Node, new: &Node) -> Option<Vec<Derived>> {
        let path: Vec<usize> = parent.iter().copied().chain([index]).collect();
        if old.children() == new.children() && !old.children().is_empty() {
            return Some(vec![self.kind_row(&path, old, new)?]);
        }
        if !old.is_line() || !new.is_line() {
            return None;
        }
        let line = self.line_of(&path);
        let words = self.lines_to(&[line], &[old], &[new])?;
        // The suggestions may touch at most half of the line. Otherwise it is a different block.
        let touched = words.iter().map(|one| one.places.iter().map(|(from, to)| to - from).sum::<u32>()).sum::<u32>();
        if 2 * touched as usize > self.outline.lines[line].len {
            return None;
        }
        if Shape::of(old) == Shape::of(new) {
            return Some(words);
        }
        Some(std::iter::once(self.kind_row(&path, old, new)?).chain(words).collect())
    }

    fn kind_row(&self, path: &[usize], old: &Node, new: &Node) -> Option<Derived> {
        let line = self.outline.lines.get(self.line_of(path))?;
        let (from, to) = first_words(node_at(&self.nodes, &line.path)?.children())?;
        let change = Change::Kind { up: line.path.len() - path.len(), before: Shape::of(old), after: Shape::of(new) };
        Some(self.made(change, vec![self.place(self.line_of(path), (from, to))]))
    }

    fn place(&self, line: usize, (from, to): (usize, usize)) -> (u32, u32) {
        let unit = |slot: usize| unit_at(&self.outline, &self.nodes, line, slot) as u32;
        (unit(from), unit(to - 1) + 1)
    }

    /// The first or last words under a block: their line, and their place.
    fn words_of(&self, path: &[usize], side: Side) -> Option<(usize, (u32, u32))> {
        let words = |line: usize| {
            let nodes = node_at(&self.nodes, &self.outline.lines[line].path)?.children();
            Some((line, self.place(line, edge_words(nodes, side, 3)?)))
        };
        let mut lines = self.outline.under(path);
        match side {
            Side::Before => lines.find_map(words),
            Side::After => lines.rev().find_map(words),
        }
    }

    /// The suggestion for blocks that are replaced by others, added or removed; `None` if there are no words near them.
    pub(super) fn replaced(
        &self,
        path: &[usize],
        old: &[Node],
        mut olds: Range<usize>,
        news: &[Node],
    ) -> Option<Derived> {
        let mut news = news.to_vec();
        let of = |index: usize| -> Vec<usize> { path.iter().copied().chain([index]).collect() };
        let holder = node_at(&self.nodes, path).map(Shape::of);
        let list =
            holder.filter(|shape| matches!(shape.name.as_str(), "bulletList" | "orderedList" | "taskList" | "table"));
        let made = |place: Place, olds: &Range<usize>, news: Vec<Node>, places: Vec<(u32, u32)>| {
            let before = Slice(old[olds.clone()].to_vec());
            self.made(Change::Blocks { place, before, after: Slice(news), list: list.clone() }, places)
        };
        let first = olds.clone().find_map(|at| self.words_of(&of(at), Side::Before));
        let last = olds.clone().rev().find_map(|at| self.words_of(&of(at), Side::After));
        if let (Some((_, first)), Some((_, last))) = (first, last) {
            let places = if first.1 >= last.0 { vec![(first.0, last.1)] } else { vec![first, last] };
            return Some(made(Place::Here, &olds, news, places));
        }
        let beside_of = |at: usize, side: Side, words: Side| {
            let block = of(at);
            let (line, place) = self.words_of(&block, words)?;
            let line = &self.outline.lines[line].path;
            let chain = (block.len()..line.len())
                .filter_map(|depth| Some(node_at(&self.nodes, &line[..depth])?.name().to_owned()));
            Some((Beside { side, chain: chain.collect() }, place))
        };
        loop {
            // The nearest words on both sides. If there are blocks on one side only, also the words at its far end.
            let before = olds.start.checked_sub(1);
            let after = Some(olds.end).filter(|at| *at < old.len());
            let mut beside: Vec<(Beside, (u32, u32))> = Vec::new();
            for (block, side, words) in [
                (before, Side::After, Side::After),
                (after, Side::Before, Side::Before),
                (before, Side::After, Side::Before),
                (after, Side::Before, Side::After),
            ] {
                let found = block.and_then(|at| beside_of(at, side, words));
                beside.extend(found.filter(|(_, place)| beside.iter().all(|(_, other)| place != other)));
            }
            beside.truncate(2);
            if !beside.is_empty() {
                let (of, passages): (Vec<Beside>, Vec<(u32, u32)>) = beside.into_iter().unzip();
                return Some(made(Place::Beside { of }, &olds, news, passages));
            }
            // A neighbouring block without words becomes part of the change.
            if let Some(at) = olds.start.checked_sub(1) {
                news.insert(0, old[at].clone());
                olds.start = at;
            } else if olds.end < old.len() {
                news.push(old[olds.end].clone());
                olds.end += 1;
            } else {
                return path.is_empty().then(|| made(Place::Whole, &olds, news, Vec::new()));
            }
        }
    }
}

/// The changing steps from one list of blocks to another, in groups.
fn groups(old: &[Node], new: &[Node]) -> Vec<Vec<Move>> {
    let (mut at, mut new_at) = (0, 0);
    let mut moves = Vec::new();
    for step in block_steps(old, new) {
        let (olds, news) = match step {
            Step::Keep(_) | Step::Update(..) => (1, 1),
            Step::Delete(_) => (1, 0),
            Step::Insert(_) => (0, 1),
        };
        moves.push(Move { step, old: at..at + olds, new: new_at..new_at + news });
        (at, new_at) = (at + olds, new_at + news);
    }
    let parts = moves.split(|one| matches!(one.step, Step::Keep(_)));
    parts.filter(|part| !part.is_empty()).map(<[Move]>::to_vec).collect()
}

/// The ranges of changes in which one change inserts blocks with words that another change removes.
fn moved_between(parts: &[Made]) -> Vec<Range<usize>> {
    let puts = |row: &Derived| match &row.suggestion.change {
        Change::Blocks { after, .. } => readings(&after.0),
        _ => Vec::new(),
    };
    let takes = |row: &Derived| match &row.suggestion.change {
        Change::Blocks { before, .. } => readings(&before.0),
        Change::Words { before, .. } => before.iter().map(|part| reading(&part.0)).collect(),
        _ => Vec::new(),
    };
    let is_part = |part: &str, whole: &str| part.encode_utf16().count() >= NO_COINCIDENCE && whole.contains(part);
    let has_words = |text: &str| text.chars().any(char::is_alphanumeric);
    let same = |new: &str, gone: &str| {
        is_part(new.trim(), gone) || is_part(gone.trim(), new) || (has_words(new) && new.trim() == gone.trim())
    };
    let rows: Vec<(usize, Vec<String>, Vec<String>)> = parts
        .iter()
        .enumerate()
        .flat_map(|(part, (_, rows))| rows.iter().map(move |row| (part, puts(row), takes(row))))
        .collect();
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, (part, new, _)) in rows.iter().enumerate().filter(|(_, (_, new, _))| !new.is_empty()) {
        for (_, (other, _, gone)) in rows.iter().enumerate().filter(|(other, _)| *other != at) {
            if gone.iter().any(|gone| new.iter().any(|new| same(new, gone))) {
                runs.push(*part.min(other)..*part.max(other) + 1);
            }
        }
    }
    runs.sort_by_key(|run| run.start);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last) if run.start < last.end => last.end = last.end.max(run.end),
            _ => joined.push(run),
        }
    }
    joined
}

/// Whether these numbers of blocks fit one block that was split, or several blocks that were joined.
fn is_break(olds: &Range<usize>, news: &Range<usize>) -> bool {
    matches!((olds.len(), news.len()), (2.., 1) | (1, 2))
}

fn bounds(moves: &[Move]) -> (Range<usize>, Range<usize>) {
    let (first, last) = (&moves[0], &moves[moves.len() - 1]);
    (first.old.start..last.old.end, first.new.start..last.new.end)
}

/// Leaves out the empty paragraphs that an editor adds at the end.
fn without_end<'a>(groups: &mut Vec<Vec<Move>>, new: &'a [Node]) -> &'a [Node] {
    let mut end = new.len();
    let is_blank = |node: &Node| node.name() == "paragraph" && node.children().is_empty();
    while let Some(moves) = groups.last_mut()
        && moves.len() < end
        && let Some(last) = moves.last()
        && matches!(last.step, Step::Insert(_))
        && last.new.end == end
        && is_blank(&new[end - 1])
    {
        moves.pop();
        end -= 1;
        if moves.is_empty() {
            groups.pop();
        }
    }
    &new[..end]
}
