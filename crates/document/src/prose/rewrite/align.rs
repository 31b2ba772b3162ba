//! Matches current blocks to wanted blocks: equal ones stay, changed ones are paired with the most similar.

use std::collections::HashMap;

use imara_diff::{Algorithm, Diff, InternedInput};

use super::markdown_view::{existing_key, item_key, key, kind};
use super::{Existing, ExistingKind, Hidden, Item, View};
use crate::prose::{Node, Prose};

/// One step from the current to the wanted content, in the order of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Keep(usize),
    Update(usize, usize),
    Delete(usize),
    Insert(usize),
}

pub(super) fn steps(there: &[Existing], wanted: &[Item<'_>], view: View, hidden: Hidden) -> Vec<Step> {
    let mut old: Vec<Option<String>> = there.iter().map(|existing| existing_key(existing, view)).collect();
    if let (Hidden::NotFirst, [first @ None, ..], [Existing { kind: ExistingKind::Element(_, node), .. }, ..]) =
        (hidden, old.as_mut_slice(), there)
    {
        *first = Some(key(std::slice::from_ref(node), view));
    }
    // Content that the wanted format cannot show is not missing from it.
    let shown: Vec<usize> = (0..there.len()).filter(|index| old[*index].is_some()).collect();
    let mut input = InternedInput::default();
    input.update_before(shown.iter().filter_map(|index| old[*index].clone()));
    input.update_after(wanted.iter().map(|item| item_key(item, view)));
    let mut steps = Vec::with_capacity(there.len().max(wanted.len()));
    let mut before = 0;
    let keep = |steps: &mut Vec<Step>, until: usize, before: &mut usize| {
        while *before < until {
            steps.push(Step::Keep(shown[*before]));
            *before += 1;
        }
    };
    for hunk in Diff::compute(Algorithm::Histogram, &input).hunks() {
        keep(&mut steps, hunk.before.start as usize, &mut before);
        before = hunk.before.end as usize;
        let (old, new) = (hunk.before.start as usize..before, hunk.after.start as usize..hunk.after.end as usize);
        pair(there, &shown[old], wanted, new, view, &mut steps);
    }
    keep(&mut steps, shown.len(), &mut before);
    with_hidden(steps, &old)
}

/// Puts content that Markdown does not show back in its place. It is removed only together with the block before it.
fn with_hidden(steps: Vec<Step>, old: &[Option<String>]) -> Vec<Step> {
    let mut all = Vec::with_capacity(steps.len());
    let hidden_after = |index: usize| (index..old.len()).take_while(|index| old[*index].is_none());
    all.extend(hidden_after(0).map(Step::Keep));
    for step in steps {
        all.push(step);
        match step {
            Step::Keep(at) | Step::Update(at, _) => all.extend(hidden_after(at + 1).map(Step::Keep)),
            Step::Delete(at) => all.extend(hidden_after(at + 1).map(Step::Delete)),
            Step::Insert(_) => {}
        }
    }
    all
}

/// Above this number of comparisons, changed blocks are paired in order instead of by similarity.
const COMPARISONS: usize = 40_000;
/// Blocks less similar than this are not paired.
const ALIKE: f32 = 0.35;

/// The most similar order-preserving pairing of changed blocks.
fn pair(
    there: &[Existing],
    old: &[usize],
    wanted: &[Item<'_>],
    new: std::ops::Range<usize>,
    view: View,
    steps: &mut Vec<Step>,
) {
    let (rows, columns) = (old.len(), new.len());
    if rows * columns > COMPARISONS || (rows == 1 && columns == 1) {
        let all = rows.max(columns);
        for at in 0..all {
            match (old.get(at), new.clone().nth(at)) {
                (Some(old), Some(new)) if same_kind(&there[*old].kind, &wanted[new], view) => {
                    steps.push(Step::Update(*old, new));
                }
                (old, new) => {
                    steps.extend(old.map(|old| Step::Delete(*old)));
                    steps.extend(new.map(Step::Insert));
                }
            }
        }
        return;
    }
    let old_words: Vec<Words> = old.iter().map(|old| words_there(&there[*old].kind)).collect();
    let new_words: Vec<Words> = new.clone().map(|new| words_wanted(&wanted[new])).collect();
    let likeness = |row: usize, column: usize| {
        let alike = same_kind(&there[old[row]].kind, &wanted[new.start + column], view);
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
            steps.push(Step::Update(old[row], new.start + column));
            (row, column) = (row + 1, column + 1);
        } else if best[row][column] <= best[row + 1][column] {
            steps.push(Step::Delete(old[row]));
            row += 1;
        } else {
            steps.push(Step::Insert(new.start + column));
            column += 1;
        }
    }
    steps.extend(old[row..].iter().map(|old| Step::Delete(*old)));
    steps.extend((new.start + column..new.end).map(Step::Insert));
}

fn same_kind(there: &ExistingKind, wanted: &Item<'_>, view: View) -> bool {
    match (there, wanted) {
        (ExistingKind::Text(..), Item::Text(_)) => true,
        (ExistingKind::Element(element, _), Item::Element(Node::Element { name, .. })) => match view {
            View::Exact => **element.tag() == **name,
            View::Markdown => kind(element.tag()) == kind(name),
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

fn words_there(kind: &ExistingKind) -> Words {
    match kind {
        ExistingKind::Text(_, runs) => words_of(&runs.iter().map(|run| run.text.as_str()).collect::<String>()),
        ExistingKind::Element(_, node) => words_of(&spaced(node)),
        ExistingKind::Stray => Words::new(),
    }
}

fn words_wanted(item: &Item<'_>) -> Words {
    match item {
        Item::Text(runs) => words_of(&runs.iter().map(|(text, _)| *text).collect::<String>()),
        Item::Element(node) => words_of(&spaced(node)),
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
