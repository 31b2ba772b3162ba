//! Finds nodes that are in another place in the later text, among all removed and added nodes of every container.

use std::collections::HashMap;

use super::Change;
use super::pairing::{LOOKUPS, Words, changed, may_pair};
use super::text_of;
use crate::prose::tree::{Node, attachment, is_picture};

/// A node with fewer words is not reported as moved, because short texts recur by chance.
const FEWEST_WORDS: usize = 3;
/// A moved node with at least this many words may also have been changed, if the share [`SIMILAR`] of its words stayed.
const FEWEST_WORDS_CHANGED: usize = 6;
const SIMILAR: f64 = 0.7;
/// Above this number of comparisons, only nodes that were moved unchanged are found.
const COMPARISONS: usize = 10_000;

/// The changes, with nodes that were removed in one place and added in another reported as moved.
pub(super) fn found(changes: Vec<Change>) -> Vec<Change> {
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    changes.iter().for_each(|change| collect(change, &mut removed, &mut added));
    let pairs = pairs(&removed, &added);
    if pairs.is_empty() {
        return changes;
    }
    // By place in the later text.
    let mut by_added: Vec<(usize, usize)> = pairs.iter().map(|(old, new)| (*new, *old)).collect();
    by_added.sort_unstable();
    let mut moves = Moves { away: HashMap::new(), here: HashMap::new(), removed: 0, added: 0 };
    for (index, (new, old)) in by_added.into_iter().enumerate() {
        moves.away.insert(old, index + 1);
        moves.here.insert(new, (index + 1, removed[old].clone()));
    }
    changes.into_iter().map(|change| moves.apply(change)).collect()
}

fn collect<'a>(change: &'a Change, removed: &mut Vec<&'a Node>, added: &mut Vec<&'a Node>) {
    match change {
        Change::Removed(whole) => removed.push(&whole.node),
        Change::Added(whole) => added.push(&whole.node),
        Change::Within { changes, .. } => changes.iter().for_each(|change| collect(change, removed, added)),
        _ => {}
    }
}

/// Indexes of the removed and of the added nodes.
fn pairs(removed: &[&Node], added: &[&Node]) -> Vec<(usize, usize)> {
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, node) in added.iter().enumerate().rev().filter(|(_, node)| is_distinct(node)) {
        places.entry(node.to_json().to_string()).or_default().push(index);
    }
    let mut pairs = Vec::new();
    let (mut is_left, mut is_new) = (vec![true; removed.len()], vec![true; added.len()]);
    for (old, node) in removed.iter().enumerate().filter(|(_, node)| is_distinct(node)) {
        if let Some(new) = places.get_mut(&node.to_json().to_string()).and_then(Vec::pop) {
            pairs.push((old, new));
            (is_left[old], is_new[new]) = (false, false);
        }
    }
    let candidates = |nodes: &[&Node], is_free: &[bool]| -> Vec<(usize, Words)> {
        let free = nodes.iter().enumerate().filter(|(index, node)| is_free[*index] && !is_cell(node));
        let words = free.map(|(index, node)| (index, Words::of(node)));
        words.filter(|(_, words)| words.all >= FEWEST_WORDS_CHANGED).collect()
    };
    let (olds, news) = (candidates(removed, &is_left), candidates(added, &is_new));
    let words = |side: &[(usize, Words)]| side.iter().map(|(_, words)| words.all + 1).sum::<usize>();
    let lookups = words(&olds) * news.len() + words(&news) * olds.len();
    if olds.len() * news.len() > COMPARISONS || lookups > LOOKUPS {
        return pairs;
    }
    for (old, old_words) in &olds {
        let alike = news.iter().filter(|(new, _)| is_new[*new] && may_pair(removed[*old], added[*new]));
        let scored = alike.map(|(new, words)| (*new, old_words.similarity(words)));
        let best = scored.filter(|(_, score)| *score >= SIMILAR).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((new, _)) = best {
            pairs.push((*old, new));
            is_new[new] = false;
        }
    }
    pairs
}

/// Whether a node is a cell of a table, which moves with its column.
fn is_cell(node: &Node) -> bool {
    matches!(node.name(), "tableCell" | "tableHeader")
}

/// Whether two equal nodes of this kind are most likely the same node.
fn is_distinct(node: &Node) -> bool {
    match node {
        Node::Element { name, attributes, .. } if is_picture(name) => attachment(attributes).is_some(),
        _ => !is_cell(node) && text_of(node).split_whitespace().nth(FEWEST_WORDS - 1).is_some(),
    }
}

/// Counts through the changes in the same order as [`collect`].
struct Moves {
    away: HashMap<usize, usize>,
    here: HashMap<usize, (usize, Node)>,
    removed: usize,
    added: usize,
}

impl Moves {
    fn apply(&mut self, change: Change) -> Change {
        match change {
            Change::Removed(whole) => {
                self.removed += 1;
                match self.away.get(&(self.removed - 1)) {
                    Some(number) => Change::MovedFrom { number: *number, node: whole.node },
                    None => Change::Removed(whole),
                }
            }
            Change::Added(whole) => {
                self.added += 1;
                match self.here.get(&(self.added - 1)) {
                    Some((number, old)) => {
                        let change = Box::new(changed(old, &whole.node));
                        Change::MovedTo { number: *number, change, credit: None }
                    }
                    None => Change::Added(whole),
                }
            }
            Change::Within { before, after, changes, columns, credit } => {
                let changes = changes.into_iter().map(|change| self.apply(change)).collect();
                Change::Within { before, after, changes, columns, credit }
            }
            other => other,
        }
    }
}
