//! Matches the nodes of one text with those of the other: equal ones stay, and changed ones are paired with the most
//! similar.

use std::collections::HashMap;

use super::{Change, Shape, Whole, tables, text_of, words};
use crate::prose::differences::differences;
use crate::prose::tree::{Node, attribute, is_picture};

/// Nodes that share a smaller part of their words are different nodes.
pub(super) const SIMILAR: f64 = 0.3;
/// Above this number of comparisons, a changed node is compared only with the next [`NEAR`] ones.
const COMPARISONS: usize = 40_000;
/// Above this number of words in all comparisons together, the same applies.
pub(super) const LOOKUPS: usize = 10_000_000;
/// The number of next nodes that are compared. It is small, so that two texts without common words take linear time.
const NEAR: usize = 10;

/// The changes between the children of a node, or between the blocks of two texts. Equal nodes at both ends stay.
/// Between the ends, nodes are paired so that all pairs together have the most in common. A short block that was moved
/// therefore does not prevent long changed blocks from being paired.
pub(super) fn siblings(before: &[Node], after: &[Node]) -> Vec<Change> {
    let start = before.iter().zip(after).take_while(|(old, new)| old == new).count();
    let end = before[start..].iter().rev().zip(after[start..].iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&before[start..before.len() - end], &after[start..after.len() - end]);
    let mut changes: Vec<Change> = after[..start].iter().cloned().map(Change::Same).collect();
    if !between(old, new, &mut changes) {
        changes.extend(between_equal(old, new));
    }
    changes.extend(after[after.len() - end..].iter().cloned().map(Change::Same));
    changes
}

/// The changes of many nodes: equal nodes stay, and the nodes between them are compared.
fn between_equal(before: &[Node], after: &[Node]) -> Vec<Change> {
    let text = |node: &Node| node.to_json().to_string();
    let (mut changes, mut at) = (Vec::new(), 0);
    for hunk in differences(before.iter().map(text), after.iter().map(text), false) {
        changes.extend(after[at..hunk.after.start].iter().cloned().map(Change::Same));
        let (old, new) = (&before[hunk.before], &after[hunk.after.clone()]);
        if !between(old, new, &mut changes) {
            near(old, new, &mut changes);
        }
        at = hunk.after.end;
    }
    changes.extend(after[at..].iter().cloned().map(Change::Same));
    changes
}

/// Like [`siblings`], for two versions of a cell or an item. If each version has a single line, both are the same line,
/// whatever its words are.
pub(super) fn in_same_place(before: &[Node], after: &[Node]) -> Vec<Change> {
    match (before, after) {
        ([old], [new]) if old.is_line() && new.is_line() && old != new => vec![changed(old, new)],
        _ => siblings(before, after),
    }
}

/// Whether there are few enough nodes, and few enough words in them, to compare each old node with each new one.
pub(super) fn are_few(olds: &[Words], news: &[Words]) -> bool {
    let all = |side: &[Words]| side.iter().map(|words| words.all + 1).sum::<usize>();
    olds.len() * news.len() <= COMPARISONS && all(olds) * news.len() + all(news) * olds.len() <= LOOKUPS
}

/// Pairs the most similar nodes, and prefers long ones; `false` if there are too many nodes to compare each old node
/// with each new one.
fn between(before: &[Node], after: &[Node], changes: &mut Vec<Change>) -> bool {
    if before.len() * after.len() > COMPARISONS {
        return false;
    }
    let olds: Vec<Words> = before.iter().map(Words::of).collect();
    let news: Vec<Words> = after.iter().map(Words::of).collect();
    if !are_few(&olds, &news) {
        return false;
    }
    let likeness = |old: usize, new: usize| {
        let (one, other) = (&before[old], &after[new]);
        let score = match may_pair(one, other) {
            true if one == other => 1.0,
            // Different nodes with the same words are less similar than equal ones.
            true => 0.95 * similarity(one, other, &olds[old], &news[new]),
            false => 0.0,
        };
        if score < 0.95 * SIMILAR { 0.0 } else { score * (1 + olds[old].all.min(news[new].all)) as f64 }
    };
    let pairs = best_pairs(before.len(), after.len(), f64::MIN_POSITIVE, likeness);
    say(before, after, &pairs, changes);
    true
}

/// Pairs each node with one of the next few that is similar enough.
fn near(before: &[Node], after: &[Node], changes: &mut Vec<Change>) {
    let olds: Vec<Words> = before.iter().map(Words::of).collect();
    let news: Vec<Words> = after.iter().map(Words::of).collect();
    let likeness = |old: usize, new: usize| match may_pair(&before[old], &after[new]) {
        true => similarity(&before[old], &after[new], &olds[old], &news[new]),
        false => 0.0,
    };
    let pairs = near_pairs(before.len(), after.len(), SIMILAR, likeness);
    say(before, after, &pairs, changes);
}

fn say(before: &[Node], after: &[Node], pairs: &[(usize, usize)], changes: &mut Vec<Change>) {
    in_order(before.len(), after.len(), pairs, |step| {
        changes.push(match step {
            (Some(old), Some(new)) => changed(&before[old], &after[new]),
            (Some(old), None) => Change::Removed(Whole::of(&before[old])),
            (None, Some(new)) => Change::Added(Whole::of(&after[new])),
            (None, None) => return,
        });
    });
}

/// Visits the indexes of both sides in order: pairs together, and removed ones before added ones.
pub(super) fn in_order(
    olds: usize,
    news: usize,
    pairs: &[(usize, usize)],
    mut visit: impl FnMut((Option<usize>, Option<usize>)),
) {
    let (mut old, mut new) = (0, 0);
    for (next_old, next_new) in pairs.iter().copied().chain([(olds, news)]) {
        (old..next_old).for_each(|old| visit((Some(old), None)));
        (new..next_new).for_each(|new| visit((None, Some(new))));
        if next_old < olds {
            visit((Some(next_old), Some(next_new)));
        }
        (old, new) = (next_old + 1, next_new + 1);
    }
}

/// The order-preserving pairs with the greatest total similarity.
pub(super) fn best_pairs(
    olds: usize,
    news: usize,
    least: f64,
    likeness: impl Fn(usize, usize) -> f64,
) -> Vec<(usize, usize)> {
    let mut scores = vec![0.0; olds * news];
    for old in 0..olds {
        for new in 0..news {
            let score = likeness(old, new);
            scores[old * news + new] = if score < least { 0.0 } else { score };
        }
    }
    // best[old][new]: the largest sum of old.. and new...
    let mut best = vec![vec![0.0; news + 1]; olds + 1];
    for old in (0..olds).rev() {
        for new in (0..news).rev() {
            let score = scores[old * news + new];
            let paired: f64 = if score > 0.0 { score + best[old + 1][new + 1] } else { 0.0 };
            best[old][new] = paired.max(best[old + 1][new]).max(best[old][new + 1]);
        }
    }
    let (mut old, mut new, mut pairs) = (0, 0, Vec::new());
    while old < olds && new < news {
        let score = scores[old * news + new];
        if score > 0.0 && best[old][new] <= score + best[old + 1][new + 1] {
            pairs.push((old, new));
            (old, new) = (old + 1, new + 1);
        } else if best[old][new] <= best[old + 1][new] {
            old += 1;
        } else {
            new += 1;
        }
    }
    pairs
}

/// For each old node, the first of the next few new nodes that is similar enough.
fn near_pairs(olds: usize, news: usize, least: f64, likeness: impl Fn(usize, usize) -> f64) -> Vec<(usize, usize)> {
    let (mut next, mut pairs) = (0, Vec::new());
    for old in 0..olds {
        if let Some(found) = (next..news.min(next + NEAR)).find(|new| likeness(old, *new) >= least) {
            pairs.push((old, found));
            next = found + 1;
        }
    }
    pairs
}

/// Whether the new node can be a changed version of the old one, whatever its words are.
pub(super) fn may_pair(old: &Node, new: &Node) -> bool {
    let kind = |node: &Node| match node.name() {
        "bulletList" | "orderedList" | "taskList" => "list".to_owned(),
        "listItem" | "taskItem" => "item".to_owned(),
        "tableCell" | "tableHeader" => "cell".to_owned(),
        name => name.to_owned(),
    };
    match (old, new) {
        (Node::Element { .. }, Node::Element { .. }) => (old.is_line() && new.is_line()) || kind(old) == kind(new),
        _ => false,
    }
}

fn is_leaf(node: &Node) -> bool {
    node.children().is_empty() && !node.is_line()
}

/// The share of common words, or for images and files whether they show the same.
fn similarity(old: &Node, new: &Node, old_words: &Words, new_words: &Words) -> f64 {
    match (old, new) {
        (Node::Element { name, attributes, .. }, Node::Element { attributes: now, .. }) if is_picture(name) => {
            let shows =
                |key| !attribute(attributes, key).is_empty() && attribute(attributes, key) == attribute(now, key);
            if shows("attachment") || shows("src") || shows("href") { 1.0 } else { 0.5 }
        }
        _ => old_words.similarity(new_words),
    }
}

/// The change between two versions of a node.
pub(super) fn changed(old: &Node, new: &Node) -> Change {
    if old == new {
        return Change::Same(new.clone());
    }
    let (before, after) = (Shape::of(old), Shape::of(new));
    match (old.name(), new.name()) {
        _ if old.is_line() && new.is_line() => {
            Change::Words { before, after, words: words::compared(old, new), credit: None }
        }
        _ if is_leaf(old) && is_leaf(new) => Change::Replaced { before: old.clone(), after: new.clone() },
        ("table", "table") => {
            let (changes, columns) = tables::rows(old.children(), new.children());
            Change::Within { before, after, changes, columns, credit: None }
        }
        ("tableCell" | "tableHeader" | "listItem" | "taskItem", _) => {
            let changes = in_same_place(old.children(), new.children());
            Change::Within { before, after, changes, columns: Vec::new(), credit: None }
        }
        _ => {
            let changes = siblings(old.children(), new.children());
            Change::Within { before, after, changes, columns: Vec::new(), credit: None }
        }
    }
}

/// The number of occurrences of each word in a node. The time of a comparison depends on the shorter of the two.
pub(super) struct Words {
    counts: HashMap<String, usize>,
    pub(super) all: usize,
}

impl Words {
    pub(super) fn of(node: &Node) -> Words {
        Words::in_text(&text_of(node))
    }

    pub(super) fn in_text(text: &str) -> Words {
        let mut words = Words { counts: HashMap::new(), all: 0 };
        for word in text.split_whitespace() {
            *words.counts.entry(word.to_owned()).or_default() += 1;
            words.all += 1;
        }
        words
    }

    /// The share of common words; 1 for two empty texts.
    pub(super) fn similarity(&self, other: &Words) -> f64 {
        let all = self.all.max(other.all);
        if all == 0 {
            return 1.0;
        }
        let (few, many) = if self.counts.len() <= other.counts.len() { (self, other) } else { (other, self) };
        let common = few.counts.iter().map(|(word, count)| count.min(many.counts.get(word).unwrap_or(&0)));
        common.sum::<usize>() as f64 / all as f64
    }
}
