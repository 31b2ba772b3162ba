//! The checks of changes to lines: words, marks, splits and joins.

use super::base::Base;
use super::edit::Edit;
use super::inline::{cut, dressed, mark_changes, reading, remarked, splice, width};
use super::located::units;
use super::outline::{Spot, node_at, unit_at};
use super::row::{Change, Refused, Side, Slice};
use crate::prose::Node;

fn is_word(letter: Option<char>) -> bool {
    letter.is_some_and(char::is_alphanumeric)
}

fn before_slot(line: &[Node], slot: usize) -> Option<char> {
    reading(&cut(line, slot.saturating_sub(2), slot)).chars().next_back().filter(|_| slot > 0)
}

fn after_slot(line: &[Node], slot: usize) -> Option<char> {
    reading(&cut(line, slot, slot + 2)).chars().next()
}

impl Base {
    pub(super) fn line(&self, line: usize) -> &[Node] {
        node_at(&self.nodes, &self.outline.lines[line].path).map(Node::children).unwrap_or_default()
    }

    pub(super) fn unit(&self, line: usize, slot: usize) -> usize {
        unit_at(&self.outline, &self.nodes, line, slot)
    }

    pub(super) fn words(
        &self,
        (first, last): (Spot, Spot),
        (lead, trail): (usize, usize),
        before: &[Slice],
        after: &[Node],
    ) -> Result<(Edit, (i64, i64)), Refused> {
        let [only] = before else { return self.across((first, last), (lead, trail), before, after) };
        if first.line != last.line {
            return Err(Refused::Changed);
        }
        let line = self.line(first.line);
        let path = self.outline.lines[first.line].path.clone();
        let (was, end) = (&only.0, width(&only.0));
        // Spaces beside the words may be gone, if a line begins or ends here now.
        for (head, tail) in [(lead, trail), (0, trail), (lead, 0), (0, 0)] {
            let (Some(from), to) = (first.from.checked_sub(head), last.to.saturating_add(tail)) else { continue };
            let dropped = [cut(was, 0, lead - head), cut(was, end.saturating_sub(trail - tail), end)];
            let Some(after) = without(after, &dropped) else { continue };
            let wanted = cut(was, lead - head, end.saturating_sub(trail - tail));
            if to > width(line) || reading(&cut(line, from, to)) != reading(&wanted) {
                continue;
            }
            let grown = (is_word(before_slot(line, from)) && is_word(after_slot(line, from)))
                || (is_word(before_slot(line, to)) && is_word(after_slot(line, to)));
            if grown {
                return Err(Refused::Changed);
            }
            let writes = units(self.unit(first.line, from), self.unit(first.line, to));
            if !after.is_empty() && reading(&wanted) == reading(&after) {
                let changes = mark_changes(&wanted, &after);
                let now = cut(line, from, to);
                return match remarked(&now, &changes) == now {
                    true => Err(Refused::Already),
                    false => Ok((Edit::Marks { path, from, changes }, writes)),
                };
            }
            // The words are part of the proposed text, which is already there.
            let (was, new) = (reading(&wanted), reading(&after));
            let begins = new.find(&was).map(|at| new[..at].encode_utf16().count());
            if let Some(start) = begins.and_then(|at| from.checked_sub(at))
                && reading(&cut(line, start, start + width(&after))) == new
            {
                return Err(Refused::Already);
            }
            let after = dressed(&after, &wanted, &cut(line, from, to));
            return Ok((Edit::Inline { path, from, to, after }, writes));
        }
        let proposed = first.from.saturating_sub(lead);
        match !after.is_empty() && reading(&cut(line, proposed, proposed + width(after))) == reading(after) {
            true => Err(Refused::Already),
            false => Err(Refused::Changed),
        }
    }

    fn across(
        &self,
        (first, last): (Spot, Spot),
        (lead, trail): (usize, usize),
        before: &[Slice],
        after: &[Node],
    ) -> Result<(Edit, (i64, i64)), Refused> {
        let lines = &self.outline.lines;
        if last.line < first.line || last.line - first.line + 1 != before.len() {
            return Err(Refused::Changed);
        }
        let parent = lines[first.line].path.split_last().map(|(index, parent)| (*index, parent.to_vec()));
        let (index, parent) = parent.ok_or(Refused::Changed)?;
        let beside = |offset: usize| {
            let path: Vec<usize> = parent.iter().copied().chain([index + offset]).collect();
            lines[first.line + offset].path == path
        };
        let from = first.from.checked_sub(lead).ok_or(Refused::Changed)?;
        let to = last.to.saturating_add(trail);
        let reads = |(offset, was): (usize, &Slice)| {
            let line = self.line(first.line + offset);
            let begin = if offset == 0 { from } else { 0 };
            let end = if offset + 1 == before.len() { to } else { width(line) };
            beside(offset) && reading(&cut(line, begin, end)) == reading(&was.0)
        };
        let ending = self.line(last.line);
        let beginning = self.line(first.line);
        let grown = (is_word(before_slot(beginning, from)) && is_word(after_slot(beginning, from)))
            || (is_word(before_slot(ending, to)) && is_word(after_slot(ending, to)));
        if grown || to > width(ending) || !before.iter().enumerate().all(reads) {
            return Err(Refused::Changed);
        }
        let writes = units(self.unit(first.line, from), self.unit(last.line, to));
        let lines = (index, index + before.len() - 1);
        Ok((Edit::Across { parent, lines, slots: (from, to), after: after.to_vec() }, writes))
    }

    pub(super) fn insert(
        &self,
        spot: Spot,
        side: Side,
        gap: &str,
        after: &[Node],
    ) -> Result<(Edit, (i64, i64)), Refused> {
        let line = self.line(spot.line);
        let between = gap.encode_utf16().count();
        // The word may have become longer since.
        let (mut at, mut gap_at) = match side {
            Side::After => (spot.to, spot.to),
            Side::Before => (spot.from, spot.from),
        };
        while side == Side::After && is_word(after_slot(line, at)) && is_word(before_slot(line, at)) {
            (at, gap_at) = (at + 1, at + 1);
        }
        while side == Side::Before && is_word(before_slot(line, at)) && is_word(after_slot(line, at)) {
            (at, gap_at) = (at - 1, at - 1);
        }
        match side {
            Side::After => at += between,
            Side::Before => {
                gap_at = gap_at.checked_sub(between).ok_or(Refused::Changed)?;
                at = gap_at;
            }
        }
        let len = width(after);
        let there = match side {
            Side::After => reading(&cut(line, at, at + len)),
            Side::Before => reading(&cut(line, at.saturating_sub(len), at)),
        };
        if there == reading(after) {
            return Err(Refused::Already);
        }
        if reading(&cut(line, gap_at, gap_at + between)) != gap {
            return Err(Refused::Changed);
        }
        let new = reading(after);
        let glued = (is_word(before_slot(line, at)) && is_word(new.chars().next()))
            || (is_word(after_slot(line, at)) && is_word(new.chars().next_back()));
        if glued {
            return Err(Refused::Changed);
        }
        let unit = self.unit(spot.line, at);
        let path = self.outline.lines[spot.line].path.clone();
        Ok((Edit::Inline { path, from: at, to: at, after: after.to_vec() }, units(unit, unit)))
    }

    pub(super) fn split(&self, one: Spot, two: Spot, change: &Change) -> Result<(Edit, (i64, i64)), Refused> {
        let Change::Split { gap, at, item, line: shape, left, right } = change else { return Err(Refused::Changed) };
        if two.line == one.line + 1 {
            // Somebody has already split the line here. It is the same split if the words at the break are the same.
            let (end, begin) = (self.line(one.line), self.line(two.line));
            let said = |nodes: &[Node]| reading(nodes).trim().to_owned();
            let has_left = said(&cut(end, one.to, width(end))).ends_with(&said(&left.0));
            let has_right = said(&cut(begin, 0, two.from)).starts_with(&said(&right.0));
            return Err(if has_left && has_right { Refused::Already } else { Refused::Changed });
        }
        let line = self.line(one.line);
        let is_there = *at <= gap.encode_utf16().count()
            && one.line == two.line
            && one.to <= two.from
            && reading(&cut(line, one.to, two.from)) == *gap;
        if !is_there {
            return Err(Refused::Changed);
        }
        let path = self.outline.lines[one.line].path.clone();
        let holder = path.split_last().and_then(|(_, parent)| node_at(&self.nodes, parent)).map(Node::name);
        let begins = path.last() == Some(&0) && matches!(holder, Some("listItem" | "taskItem"));
        let (from, to) = (self.unit(one.line, one.to), self.unit(two.line, two.from));
        let edit = Edit::Split {
            path,
            slot: one.to + at,
            item: *item && begins,
            line: shape.clone(),
            left: left.0.clone(),
            right: right.0.clone(),
        };
        Ok((edit, (2 * from as i64, 2 * to as i64)))
    }

    pub(super) fn join(&self, one: Spot, two: Spot) -> Result<(Edit, (i64, i64)), Refused> {
        if one.line == two.line {
            return Err(Refused::Already);
        }
        let lines = &self.outline.lines;
        let (first, second) = (&lines[one.line], &lines[two.line]);
        let (index, parent) = first.path.split_last().ok_or(Refused::Changed)?;
        let next: Vec<usize> = parent.iter().copied().chain([index + 1]).collect();
        if second.path != next {
            return Err(Refused::Changed);
        }
        let at = 2 * first.end() as i64 + 1;
        Ok((Edit::Join { parent: parent.to_vec(), first: *index }, (at, at)))
    }
}

/// Content without the given beginning and end; `None` if it does not begin and end with these. Empty content stays
/// empty.
fn without(content: &[Node], [head, tail]: &[Vec<Node>; 2]) -> Option<Vec<Node>> {
    let is_space = |nodes: &[Node]| reading(nodes).trim().is_empty();
    if !is_space(head) || !is_space(tail) {
        return None;
    }
    let drops = !head.is_empty() || !tail.is_empty();
    if content.is_empty() || (drops && is_space(content)) {
        return Some(Vec::new());
    }
    let (from, len) = (width(head), width(content));
    let to = len.checked_sub(width(tail)).filter(|to| *to >= from)?;
    let same = reading(&cut(content, 0, from)) == reading(head) && reading(&cut(content, to, len)) == reading(tail);
    let mut rest = content.to_vec();
    splice(&mut rest, to, len, &[]);
    splice(&mut rest, 0, from, &[]);
    same.then_some(rest)
}
