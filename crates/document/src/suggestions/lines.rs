//! The differences between lines and their new versions: in words and in marks, and where lines are split and joined.

use std::ops::Range;

use super::base::Base;
use super::inline::{Span, Token, cut, joined, reading, spans, splice, tokens_of, width};
use super::outline::{children_at, ends, node_at, unit_at};
use super::row::{Change, Shape, Side, Slice, Suggestion};
use crate::prose::Node;

/// A suggestion, and the places of its passages in the plain text of the base: from, to.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    pub suggestion: Suggestion,
    pub places: Vec<(u32, u32)>,
}

/// A separator between two lines. It is not a node of the schema.
const BREAK: &str = ":break";

/// Several adjacent lines, as one sequence.
struct Row {
    nodes: Vec<Node>,
    tokens: Vec<Token>,
    /// The start of each line, in slots.
    starts: Vec<usize>,
}

impl Row {
    fn of(lines: &[&Node]) -> Row {
        let (mut nodes, mut starts) = (Vec::new(), Vec::new());
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                nodes.push(Shape::named(BREAK).node(Vec::new()));
            }
            starts.push(width(&nodes));
            nodes.extend_from_slice(line.children());
        }
        let tokens = tokens_of(&nodes);
        Row { nodes, tokens, starts }
    }

    fn is_break(&self, token: usize) -> bool {
        self.starts.contains(&self.tokens[token].to) && self.tokens[token].key.contains(BREAK)
    }

    /// The slots of some tokens.
    fn slots(&self, tokens: &Range<usize>) -> (usize, usize) {
        let end = self.tokens.last().map_or(0, |token| token.to);
        let from = self.tokens.get(tokens.start).map_or(end, |token| token.from);
        let to = tokens.end.checked_sub(1).filter(|last| *last >= tokens.start).map(|last| self.tokens[last].to);
        (from, to.unwrap_or(from))
    }

    fn nodes(&self, tokens: &Range<usize>) -> Vec<Node> {
        let (from, to) = self.slots(tokens);
        cut(&self.nodes, from, to)
    }

    fn has_break(&self, tokens: &Range<usize>) -> bool {
        tokens.clone().any(|token| self.is_break(token))
    }

    /// The nearest word before a token, or from it on, in the same line.
    fn word_before(&self, token: usize) -> Option<usize> {
        let mut before = (0..token).rev().take_while(|at| !self.is_break(*at));
        before.find(|at| self.tokens[*at].is_word)
    }

    fn word_from(&self, token: usize) -> Option<usize> {
        let mut after = (token..self.tokens.len()).take_while(|at| !self.is_break(*at));
        after.find(|at| self.tokens[*at].is_word)
    }
}

/// A change of some tokens, with the unchanged tokens by which it is found.
#[derive(Clone, Debug)]
struct Found {
    core: Span,
    /// The range of the core and the words by which it is found.
    with: Range<usize>,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Words,
    Insert(Side, usize),
    /// A split at this break among the new tokens, which may have words on both sides.
    Split(usize),
    Join,
}

impl Found {
    /// The new tokens for `with`.
    fn new_with(&self) -> Range<usize> {
        let before = self.core.old.start - self.with.start;
        let after = self.with.end - self.core.old.end;
        self.core.new.start - before..self.core.new.end + after
    }

    /// Whether this change needs words that another one changes.
    fn needs(&self, other: &Found) -> bool {
        let (core, with) = (&other.core.old, &self.with);
        if core.is_empty() {
            with.start < core.start && core.start < with.end
        } else {
            core.start < with.end && with.start < core.end
        }
    }
}

impl Base {
    /// The suggestions that turn these adjacent lines of the base into the new lines. `None` if it is not clear which
    /// line is which.
    pub(super) fn lines_to(&self, lines: &[usize], olds: &[&Node], news: &[&Node]) -> Option<Vec<Derived>> {
        let (old, new) = (Row::of(olds), Row::of(news));
        let keys = |row: &Row| -> Vec<String> { row.tokens.iter().map(|token| token.key.clone()).collect() };
        let (old_keys, new_keys) = (keys(&old), keys(&new));
        let old_texts: Vec<&str> = old_keys.iter().map(String::as_str).collect();
        let new_texts: Vec<&str> = new_keys.iter().map(String::as_str).collect();
        let found = spans(&old_texts, &new_texts).into_iter().map(|span| found(&old, &new, span));
        let found = merged(found.collect::<Option<Vec<_>>>()?, &old, &new)?;
        let mut derived = Vec::new();
        let (mut at, mut new_at) = (0, 0);
        for one in &found {
            self.formats((lines, &old, &new), at..one.core.old.start, new_at, &mut derived)?;
            (at, new_at) = (one.core.old.end, one.core.new.end);
            derived.push(self.row(lines, (&old, &new), one, news)?);
        }
        self.formats((lines, &old, &new), at..old.tokens.len(), new_at, &mut derived)?;
        Some(derived)
    }

    /// The suggestion that replaces the words of a passage, with its formatting. `from` and `to` are offsets in the
    /// plain text. `None` if the passage is not in one line.
    pub fn instead(&self, (from, to): (u32, u32), words: &str) -> Option<Derived> {
        let (first, last) = ends(&self.outline, &self.nodes, from as usize, to as usize)?;
        let at = &self.outline.lines[first.line].path;
        let (line, (index, parent)) = (node_at(&self.nodes, at)?, at.split_last()?);
        if first.line != last.line {
            return None;
        }
        let row = Row::of(&[line]);
        let touched = |token: &Token| token.from < last.to && first.from < token.to;
        let start = row.tokens.iter().position(touched)?;
        let mut run = start..row.tokens.iter().rposition(touched)? + 1;
        // Extended to a whole word, by which the suggestion is found.
        if !run.clone().any(|at| row.tokens[at].is_word) {
            match (row.word_before(run.start), row.word_from(run.end)) {
                (Some(left), _) => run.start = left,
                (None, Some(right)) => run.end = right + 1,
                (None, None) => {}
            }
        }
        let marks = match cut(&row.nodes, first.from, first.to).pop() {
            Some(Node::Text { marks, .. }) => marks,
            _ => Vec::new(),
        };
        let words = Some(words).filter(|words| !words.is_empty());
        let words: Vec<Node> = words.map(|text| Node::Text { text: text.to_owned(), marks }).into_iter().collect();
        let (begin, end) = row.slots(&run);
        let after = [cut(&row.nodes, begin, first.from), words.clone(), cut(&row.nodes, last.to, end)].concat();
        self.words_row(&[first.line], &row, &run, joined(after)).or_else(|| {
            // A line without words.
            let mut children = row.nodes.clone();
            splice(&mut children, first.from, last.to, &words);
            let block = Shape::of(line).node(children);
            self.replaced(parent, children_at(&self.nodes, parent)?, *index..index + 1, &[block])
        })
    }

    pub(super) fn made(&self, change: Change, places: Vec<(u32, u32)>) -> Derived {
        let text = self.plain();
        let quote = |(from, to): &(u32, u32)| String::from_utf16_lossy(&text[*from as usize..*to as usize]);
        let quotes = places.iter().map(quote).collect();
        Derived { suggestion: Suggestion { change, quotes }, places }
    }

    /// A place in the plain text.
    fn unit_of(&self, lines: &[usize], row: &Row, slot: usize) -> usize {
        let index = row.starts.partition_point(|start| *start <= slot).saturating_sub(1);
        unit_at(&self.outline, &self.nodes, lines[index], slot - row.starts[index])
    }

    fn passage(&self, lines: &[usize], row: &Row, from: usize, to: usize) -> (u32, u32) {
        let last = self.unit_of(lines, row, to - 1);
        (self.unit_of(lines, row, from) as u32, last as u32 + 1)
    }

    fn row(&self, lines: &[usize], (old, new): (&Row, &Row), one: &Found, news: &[&Node]) -> Option<Derived> {
        let word = |token: usize| self.passage(lines, old, old.tokens[token].from, old.tokens[token].to);
        match one.what {
            What::Insert(side, token) => {
                let gap = match side {
                    Side::After => token + 1..one.core.old.start,
                    Side::Before => one.core.old.start..token,
                };
                let gap = reading(&old.nodes(&gap));
                let change = Change::Insert { side, gap, after: Slice(new.nodes(&one.core.new)) };
                Some(self.made(change, vec![word(token)]))
            }
            What::Split(line_break) => {
                let (left, right) = (one.with.start, one.with.end - 1);
                let gap = reading(&old.nodes(&(left + 1..right)));
                let at = old.tokens[one.core.old.start].from - old.tokens[left].to;
                let words = |tokens: Range<usize>| Slice(new.nodes(&tokens));
                let left_words = words(one.core.new.start..line_break);
                let right_words = words(line_break + 1..one.core.new.end);
                let line = Shape::of(news[1]);
                let change = Change::Split { gap, at, item: false, line, left: left_words, right: right_words };
                Some(self.made(change, vec![word(left), word(right)]))
            }
            What::Join => Some(self.made(Change::Join, vec![word(one.with.start), word(one.with.end - 1)])),
            What::Words => self.words_row(lines, old, &one.with, new.nodes(&one.new_with())),
        }
    }

    fn words_row(&self, lines: &[usize], old: &Row, run: &Range<usize>, after: Vec<Node>) -> Option<Derived> {
        let (first, last) =
            (run.clone().find(|at| old.tokens[*at].is_word)?, run.clone().rev().find(|at| old.tokens[*at].is_word)?);
        let (from, to) = old.slots(run);
        let (begin, end) = (old.tokens[first].from, old.tokens[last].to);
        // The part of each line.
        let mut parts = Vec::new();
        let mut start = run.start;
        for at in run.clone().filter(|at| old.is_break(*at)).chain([run.end]) {
            parts.push(Slice(old.nodes(&(start..at))));
            start = at + 1;
        }
        let change = Change::Words { lead: begin - from, trail: to - end, before: parts, after: Slice(after) };
        Some(self.made(change, vec![self.passage(lines, old, begin, end)]))
    }

    /// The suggestions for words that stay, but with other marks.
    fn formats(
        &self,
        (lines, old, new): (&[usize], &Row, &Row),
        kept: Range<usize>,
        new_start: usize,
        derived: &mut Vec<Derived>,
    ) -> Option<()> {
        let (start, mut run): (usize, Option<Range<usize>>) = (kept.start, None);
        for at in kept.clone().chain([kept.end]) {
            let differs = at < kept.end && {
                let there = new_start + at - start;
                !old.is_break(at) && old.nodes(&(at..at + 1)) != new.nodes(&(there..there + 1))
            };
            match (&mut run, differs) {
                (Some(run), true) => run.end = at + 1,
                (None, true) => run = Some(at..at + 1),
                (Some(there), false) => {
                    let mut with = there.clone();
                    if !with.clone().any(|at| old.tokens[at].is_word) {
                        let left = old.word_before(with.start).filter(|left| *left >= kept.start);
                        let right = old.word_from(with.end).filter(|right| *right < kept.end);
                        match (left, right) {
                            (Some(left), _) => with.start = left,
                            (None, Some(right)) => with.end = right + 1,
                            (None, None) => return None,
                        }
                    }
                    let after = new.nodes(&(new_start + with.start - start..new_start + with.end - start));
                    derived.push(self.words_row(lines, old, &with, after)?);
                    run = None;
                }
                (None, false) => {}
            }
        }
        Some(())
    }
}

/// The kind of a difference, and the words by which it is found.
fn found(old: &Row, new: &Row, mut span: Span) -> Option<Found> {
    let (breaks, new_breaks) = (old.has_break(&span.old), new.has_break(&span.new));
    if new_breaks {
        // Words that are typed at the break belong to it.
        let mut all = span.new.clone().filter(|at| new.is_break(*at));
        let (Some(line_break), None, true) = (all.next(), all.next(), span.old.is_empty()) else { return None };
        let (left, right) = (old.word_before(span.old.start)?, old.word_from(span.old.start)?);
        return Some(Found { core: span, with: left..right + 1, what: What::Split(line_break) });
    }
    if breaks && span.old.len() == 1 && span.new.is_empty() {
        let (left, right) = (old.word_before(span.old.start)?, old.word_from(span.old.end)?);
        return Some(Found { core: span, with: left..right + 1, what: What::Join });
    }
    if span.old.is_empty() {
        let left = old.word_before(span.old.start);
        // As close to the word before as possible: ` new` directly after the word, and not `new ` after its space.
        while let Some(left) = left
            && span.old.start > left + 1
            && new.tokens[span.new.end - 1].key == old.tokens[span.old.start - 1].key
        {
            span.old = span.old.start - 1..span.old.start - 1;
            span.new = span.new.start - 1..span.new.end - 1;
        }
        return match (left, old.word_from(span.old.start)) {
            (Some(word), _) => {
                let with = word..span.old.start;
                Some(Found { core: span, with, what: What::Insert(Side::After, word) })
            }
            (None, Some(word)) => {
                let with = span.old.start..word + 1;
                Some(Found { core: span, with, what: What::Insert(Side::Before, word) })
            }
            (None, None) => None,
        };
    }
    let mut with = span.old.clone();
    let word = |mut tokens: Range<usize>| tokens.any(|at| old.tokens[at].is_word);
    if breaks {
        // The passage begins in the first line and ends in the last one.
        let first = span.old.clone().find(|at| old.is_break(*at))?;
        let last = span.old.clone().rev().find(|at| old.is_break(*at))?;
        if !word(span.old.start..first) {
            with.start = old.word_before(span.old.start)?;
        }
        if !word(last + 1..span.old.end) {
            with.end = old.word_from(span.old.end)? + 1;
        }
    } else if !word(span.old.clone()) {
        match (old.word_before(with.start), old.word_from(with.end)) {
            (Some(left), _) => with.start = left,
            (None, Some(right)) => with.end = right + 1,
            (None, None) => return None,
        }
    }
    Some(Found { core: span, with, what: What::Words })
}

/// Merges changes that need each other's words.
fn merged(all: Vec<Found>, old: &Row, new: &Row) -> Option<Vec<Found>> {
    let mut merged: Vec<Found> = Vec::new();
    for one in all {
        let mut one = one;
        while let Some(last) = merged.last()
            && (last.needs(&one) || one.needs(last))
        {
            if [last.what, one.what].iter().any(|what| matches!(what, What::Split(_) | What::Join)) {
                return None;
            }
            let core = Span { old: last.core.old.start..one.core.old.end, new: last.core.new.start..one.core.new.end };
            if old.has_break(&core.old) || new.has_break(&core.new) {
                return None;
            }
            let with = last.with.start.min(one.with.start)..last.with.end.max(one.with.end);
            merged.pop();
            one = Found { core, with, what: What::Words };
        }
        merged.push(one);
    }
    Some(merged)
}

/// The last or the first words of a line, from slot to slot: at least twelve letters, but at most `most` words.
pub(super) fn edge_words(line: &[Node], side: Side, most: usize) -> Option<(usize, usize)> {
    let words: Vec<Token> = tokens_of(line).into_iter().filter(|token| token.is_word).collect();
    let ordered: Vec<&Token> = match side {
        Side::After => words.iter().rev().collect(),
        Side::Before => words.iter().collect(),
    };
    let (mut letters, mut some) = (0, Vec::new());
    for word in ordered.into_iter().take(most) {
        some.push((word.from, word.to));
        letters += word.to - word.from;
        if letters >= 12 {
            break;
        }
    }
    Some((some.iter().map(|one| one.0).min()?, some.iter().map(|one| one.1).max()?))
}

/// The first three words of a line, or fewer if it has fewer.
pub(super) fn first_words(line: &[Node]) -> Option<(usize, usize)> {
    let words: Vec<Token> =
        tokens_of(&joined(line.to_vec())).into_iter().filter(|token| token.is_word).take(3).collect();
    Some((words.first()?.from, words.last()?.to))
}
