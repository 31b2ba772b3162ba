//! Two versions of a table: first its columns are matched, then its rows, then the cells of each.

use serde_json::Value;

use super::pairing::{Words, are_few, best_pairs, changed, in_order, siblings};
use super::{Change, Kind, Shape, Whole, text_of};
use crate::prose::differences::differences;
use crate::prose::tree::{Node, number};

/// Columns or rows that have a smaller part in common are different columns or rows.
const ALIKE: f64 = 0.25;
/// Above this number of cells on both sides together, columns are matched by their places.
const MOST_CELLS: usize = 200_000;
/// Above this number of pairs, rows between equal ones are not paired.
const COMPARISONS: usize = 40_000;

/// The changes of the rows, and the change of each column. There are no columns if a table has merged cells.
pub(super) fn rows(before: &[Node], after: &[Node]) -> (Vec<Change>, Vec<Kind>) {
    match (Grid::of(before), Grid::of(after)) {
        (Some(old), Some(new)) => Tables::of(old, new).compared(),
        _ => (siblings(before, after), Vec::new()),
    }
}

/// A table without merged cells.
struct Grid<'a> {
    rows: &'a [Node],
    columns: usize,
    /// The content of each cell, without the width of its column.
    cells: Vec<Vec<String>>,
    /// The words of each row.
    words: Vec<Words>,
}

impl<'a> Grid<'a> {
    fn of(rows: &'a [Node]) -> Option<Grid<'a>> {
        let is_single = |cell: &Node| match cell {
            Node::Element { name, attributes, .. } => {
                matches!(name.as_str(), "tableCell" | "tableHeader")
                    && number(attributes, "colspan", 1) == 1
                    && number(attributes, "rowspan", 1) == 1
            }
            Node::Text { .. } => false,
        };
        let is_row = |row: &Node| row.name() == "tableRow" && row.children().iter().all(is_single);
        if !rows.iter().all(is_row) {
            return None;
        }
        let cells = rows.iter().map(|row| row.children().iter().map(said).collect()).collect();
        let columns = rows.iter().map(|row| row.children().len()).max().unwrap_or(0);
        Some(Grid { rows, columns, cells, words: rows.iter().map(Words::of).collect() })
    }

    fn said(&self, row: usize, column: usize) -> &str {
        self.cells[row].get(column).map_or("", String::as_str)
    }

    fn text(&self, row: usize, column: usize) -> String {
        self.rows[row].children().get(column).map(text_of).unwrap_or_default()
    }

    /// The words of a column, where each cell counts as one word.
    fn column(&self, column: usize) -> Words {
        let cells: Vec<String> =
            (0..self.rows.len()).map(|row| self.text(row, column).replace(char::is_whitespace, "_")).collect();
        Words::in_text(&cells.join(" "))
    }
}

fn said(cell: &Node) -> String {
    let mut json = cell.to_json();
    if let Some(attributes) = json.get_mut("attrs").and_then(Value::as_object_mut) {
        attributes.remove("colwidth");
    }
    json.to_string()
}

struct Tables<'a> {
    old: Grid<'a>,
    new: Grid<'a>,
    /// Matching columns, left to right.
    columns: Vec<(usize, usize)>,
}

impl<'a> Tables<'a> {
    fn of(old: Grid<'a>, new: Grid<'a>) -> Tables<'a> {
        let cells = old.rows.len() * old.columns + new.rows.len() * new.columns;
        let columns = match cells <= MOST_CELLS && old.columns * new.columns <= COMPARISONS {
            true => matching_columns(&old, &new),
            false => (0..old.columns.min(new.columns)).map(|column| (column, column)).collect(),
        };
        Tables { old, new, columns }
    }

    fn compared(&self) -> (Vec<Change>, Vec<Kind>) {
        let key = |grid: &Grid<'_>, row: usize, columns: &mut dyn Iterator<Item = usize>| {
            columns.map(|column| grid.said(row, column).to_owned()).collect::<Vec<_>>()
        };
        let olds =
            (0..self.old.rows.len()).map(|row| key(&self.old, row, &mut self.columns.iter().map(|(old, _)| *old)));
        let news =
            (0..self.new.rows.len()).map(|row| key(&self.new, row, &mut self.columns.iter().map(|(_, new)| *new)));
        let (mut changes, mut old_at, mut new_at) = (Vec::new(), 0, 0);
        for hunk in differences(olds, news, false) {
            changes.extend((old_at..hunk.before.start).zip(new_at..).map(|(old, new)| self.row(old, new)));
            let (old_start, new_start) = (hunk.before.start, hunk.after.start);
            let pairs = match are_few(&self.old.words[hunk.before.clone()], &self.new.words[hunk.after.clone()]) {
                true => best_pairs(hunk.before.len(), hunk.after.len(), ALIKE, |old, new| {
                    self.likeness(old_start + old, new_start + new)
                }),
                false => Vec::new(),
            };
            in_order(hunk.before.len(), hunk.after.len(), &pairs, |step| {
                changes.push(match step {
                    (Some(old), Some(new)) => self.row(old_start + old, new_start + new),
                    (Some(old), None) => Change::Removed(Whole::of(&self.old.rows[old_start + old])),
                    (None, Some(new)) => Change::Added(Whole::of(&self.new.rows[new_start + new])),
                    (None, None) => return,
                });
            });
            (old_at, new_at) = (hunk.before.end, hunk.after.end);
        }
        changes.extend((old_at..self.old.rows.len()).zip(new_at..).map(|(old, new)| self.row(old, new)));
        let mut kinds = Vec::new();
        in_order(self.old.columns, self.new.columns, &self.columns, |step| {
            kinds.push(match step {
                (Some(_), Some(_)) => Kind::Same,
                (Some(_), None) => Kind::Removed,
                _ => Kind::Added,
            });
        });
        (changes, kinds)
    }

    /// The share of equal cells or of common words. The first column usually names the row.
    fn likeness(&self, old: usize, new: usize) -> f64 {
        let columns = self.columns.len().max(1) as f64;
        let is_same = |(before, after): &&(usize, usize)| {
            !self.old.text(old, *before).is_empty() && self.old.said(old, *before) == self.new.said(new, *after)
        };
        let equal = self.columns.iter().filter(is_same).count() as f64 / columns;
        let named = self.columns.first().filter(is_same).map_or(0.0, |_| 0.5);
        equal.max(named).max(self.old.words[old].similarity(&self.new.words[new]))
    }

    /// Two versions of a row, cell by cell.
    fn row(&self, old: usize, new: usize) -> Change {
        let (before, after) = (&self.old.rows[old], &self.new.rows[new]);
        if before == after {
            return Change::Same(after.clone());
        }
        let mut changes = Vec::new();
        in_order(self.old.columns, self.new.columns, &self.columns, |(old, new)| {
            let then = old.and_then(|column| before.children().get(column));
            let now = new.and_then(|column| after.children().get(column));
            changes.push(match (then, now) {
                (Some(then), Some(now)) => changed(then, now),
                (Some(then), None) => Change::Removed(Whole::of(then)),
                (None, Some(now)) => Change::Added(Whole::of(now)),
                (None, None) => return,
            });
        });
        Change::Within {
            before: Shape::of(before),
            after: Shape::of(after),
            changes,
            columns: Vec::new(),
            credit: None,
        }
    }
}

/// Matches columns with the same heading or cells. If there are equally many columns on both sides between these, they
/// are the same columns with other content.
fn matching_columns(old: &Grid<'_>, new: &Grid<'_>) -> Vec<(usize, usize)> {
    let words = |grid: &Grid<'_>| (0..grid.columns).map(|column| grid.column(column)).collect::<Vec<_>>();
    let (olds, news) = (words(old), words(new));
    let heading =
        |grid: &Grid<'_>, column: usize| if grid.rows.is_empty() { String::new() } else { grid.text(0, column) };
    let likeness = |before: usize, after: usize| {
        let named = heading(old, before);
        let is_named = !named.trim().is_empty() && named == heading(new, after);
        olds[before].similarity(&news[after]) + if is_named { 0.5 } else { 0.0 }
    };
    let found = best_pairs(old.columns, new.columns, ALIKE, likeness);
    let (mut pairs, mut old_at, mut new_at) = (Vec::new(), 0, 0);
    for (next_old, next_new) in found.into_iter().chain([(old.columns, new.columns)]) {
        if next_old - old_at == next_new - new_at {
            pairs.extend((old_at..next_old).zip(new_at..next_new));
        }
        if next_old < old.columns {
            pairs.push((next_old, next_new));
        }
        (old_at, new_at) = (next_old + 1, next_new + 1);
    }
    pairs
}
