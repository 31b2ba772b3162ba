//! Matches current blocks to wanted blocks: equal ones stay, changed ones are paired with the most similar.

use std::collections::HashMap;

use super::item::{Item, View, items};
use super::shown::{item_key, kind};
use crate::prose::differences::differences;
use crate::prose::tree::{Node, Prose};

/// One step from the current to the wanted content, in the order of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Keep(usize),
    Update(usize, usize),
    Delete(usize),
    Insert(usize),
}

impl Step {
    /// The current block that the step concerns.
    pub(super) fn old(self) -> Option<usize> {
        match self {
            Step::Keep(old) | Step::Update(old, _) | Step::Delete(old) => Some(old),
            Step::Insert(_) => None,
        }
    }
}

/// The steps from some blocks to others.
pub(crate) fn block_steps(old: &[Node], new: &[Node]) -> Vec<Step> {
    steps(&items(old), &items(new), View::Exact)
}

pub(super) fn steps(old: &[Item<'_>], wanted: &[Item<'_>], view: View) -> Vec<Step> {
    let mut steps = Vec::with_capacity(old.len().max(wanted.len()));
    let mut before = 0;
    let key = |item| item_key(item, view);
    for hunk in differences(old.iter().map(key), wanted.iter().map(key), false) {
        steps.extend((before..hunk.before.start).map(Step::Keep));
        before = hunk.before.end;
        pair(old, hunk.before, wanted, hunk.after, view, &mut steps);
    }
    steps.extend((before..old.len()).map(Step::Keep));
    steps
}

/// Above this number of comparisons, changed blocks are paired in order instead of by similarity.
const COMPARISONS: usize = 40_000;
/// Above this number of words in all comparisons together, the same applies. They take half a second.
const LOOKUPS: usize = 10_000_000;
/// Blocks less similar than this are not paired.
const ALIKE: f32 = 0.35;

/// The most similar order-preserving pairing of changed blocks.
fn pair(
    old: &[Item<'_>],
    there: std::ops::Range<usize>,
    wanted: &[Item<'_>],
    new: std::ops::Range<usize>,
    view: View,
    steps: &mut Vec<Step>,
) {
    let (rows, columns) = (there.len(), new.len());
    let all_words = || -> (Vec<Words>, Vec<Words>) {
        (old[there.clone()].iter().map(words).collect(), wanted[new.clone()].iter().map(words).collect())
    };
    let is_bounded = |(old, new): &(Vec<Words>, Vec<Words>)| {
        let all = |side: &[Words]| side.iter().map(Words::len).sum::<usize>();
        all(old) * columns + all(new) * rows <= LOOKUPS
    };
    let bags = (rows * columns <= COMPARISONS && rows + columns > 2).then(all_words).filter(is_bounded);
    let Some((old_words, new_words)) = bags else {
        let all = rows.max(columns);
        for at in 0..all {
            match (there.clone().nth(at), new.clone().nth(at)) {
                (Some(there), Some(new)) if same_kind(&old[there], &wanted[new], view) => {
                    steps.push(Step::Update(there, new));
                }
                (there, new) => {
                    steps.extend(there.map(Step::Delete));
                    steps.extend(new.map(Step::Insert));
                }
            }
        }
        return;
    };
    let likeness = |row: usize, column: usize| {
        let alike = same_kind(&old[there.start + row], &wanted[new.start + column], view);
        let likeness = if alike { shared(&old_words[row], &new_words[column]) } else { 0.0 };
        if likeness < ALIKE { 0.0 } else { likeness }
    };
    // best[row][column]: the largest total similarity of old[row..] and new[column..].
    let mut best = vec![vec![0.0f32; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            let paired = match likeness(row, column) {
                0.0 => 0.0,
                likeness => likeness + best[row + 1][column + 1],
            };
            best[row][column] = paired.max(best[row + 1][column]).max(best[row][column + 1]);
        }
    }
    let (mut row, mut column) = (0, 0);
    while row < rows && column < columns {
        let likeness = likeness(row, column);
        if likeness > 0.0 && best[row][column] <= likeness + best[row + 1][column + 1] {
            steps.push(Step::Update(there.start + row, new.start + column));
            (row, column) = (row + 1, column + 1);
        } else if best[row][column] <= best[row + 1][column] {
            steps.push(Step::Delete(there.start + row));
            row += 1;
        } else {
            steps.push(Step::Insert(new.start + column));
            column += 1;
        }
    }
    steps.extend((there.start + row..there.end).map(Step::Delete));
    steps.extend((new.start + column..new.end).map(Step::Insert));
}

fn same_kind(old: &Item<'_>, wanted: &Item<'_>, view: View) -> bool {
    match (old, wanted) {
        (Item::Text(_), Item::Text(_)) => true,
        (Item::Element(Node::Element { name: old, .. }), Item::Element(Node::Element { name, .. })) => match view {
            View::Exact => old == name,
            View::Markdown => kind(old) == kind(name),
        },
        _ => false,
    }
}

/// The number of occurrences of each word in a block.
type Words = HashMap<String, u32>;

fn words_of(text: &str) -> Words {
    let mut words = Words::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *words.entry(word.to_lowercase()).or_default() += 1;
    }
    words
}

fn words(item: &Item<'_>) -> Words {
    match item {
        Item::Text(runs) => words_of(&runs.iter().map(|(text, _)| *text).collect::<String>()),
        Item::Element(node) => words_of(&spaced(node)),
        Item::Stray => Words::new(),
    }
}

fn spaced(node: &Node) -> String {
    Prose(vec![node.clone()]).to_text()
}

/// Dice's coefficient of two bags of words; 1 if both are empty.
fn shared(a: &Words, b: &Words) -> f32 {
    let total = a.values().sum::<u32>() + b.values().sum::<u32>();
    if total == 0 {
        return 1.0;
    }
    let common: u32 = a.iter().map(|(word, count)| (*count).min(b.get(word).copied().unwrap_or(0))).sum();
    2.0 * common as f32 / total as f32
}
