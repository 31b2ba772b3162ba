//! A table as a grid: where each cell is, whatever spans its rows declare.

use serde_json::Value;

use super::description::Node;

/// The maximum number of columns. Word refuses tables with more, and on paper nobody can read them.
pub const MOST_COLUMNS: usize = 63;

pub struct Grid<'a> {
    /// The cells of each row from left to right. Rows may have different lengths.
    pub rows: Vec<Vec<Cell<'a>>>,
    pub columns: usize,
    /// The widths of the columns in pixels; 0 for one that has none.
    pub given: Vec<usize>,
    /// The number of header rows at the top, which are repeated on each page.
    pub header_rows: usize,
}

#[derive(Clone)]
pub struct Cell<'a> {
    pub node: &'a Node,
    pub column: usize,
    pub columns: usize,
    /// How many rows the cell takes, from this row on.
    pub rows: usize,
    /// Whether the cell began in a row above.
    pub continues: bool,
}

impl Cell<'_> {
    pub fn is_header(&self) -> bool {
        self.node.kind == "tableHeader"
    }

    /// Whether the cell continues in the row below.
    pub fn goes_on(&self) -> bool {
        self.rows > 1
    }
}

impl<'a> Grid<'a> {
    pub fn of(table: &'a Node) -> Grid<'a> {
        let mut rows: Vec<Vec<Cell<'a>>> = Vec::with_capacity(table.content.len());
        for (index, row) in table.content.iter().enumerate() {
            let below = table.content.len() - index;
            rows.push(place(row, rows.last(), below));
        }
        let end = |cells: &Vec<Cell<'a>>| cells.last().map_or(0, |cell| cell.column + cell.columns);
        let columns = rows.iter().map(end).max().unwrap_or(0).max(1);
        let mut grid = Grid { given: vec![0; columns], rows, columns, header_rows: 0 };
        grid.widths();
        let heads = |cells: &&Vec<Cell<'a>>| !cells.is_empty() && cells.iter().all(Cell::is_header);
        let top = grid.rows.iter().take_while(heads).count();
        // A cell that reaches below the header is not part of it. A table that has only header cells has no header.
        let is_whole = top > 0 && top < grid.rows.len() && !grid.rows[top - 1].iter().any(Cell::goes_on);
        grid.header_rows = if is_whole { top } else { 0 };
        grid
    }

    fn widths(&mut self) {
        for cell in self.rows.iter().flatten() {
            let Some(widths) = cell.node.attrs.get("colwidth").and_then(Value::as_array) else { continue };
            for (offset, width) in widths.iter().take(cell.columns).enumerate() {
                self.given[cell.column + offset] = width.as_u64().unwrap_or(0).min(10_000) as usize;
            }
        }
    }

    /// The shares of the columns in the width of the page, as the text defines them, or computed from the content of
    /// the columns. If typst computed them, it would lay out every cell of a long table twice.
    pub fn shares(&self) -> Vec<f64> {
        if self.given.iter().all(|width| *width > 0) {
            return self.given.iter().map(|width| *width as f64).collect();
        }
        // A column is as wide as its text, up to this many characters, but at least as wide as its longest word.
        const MOST_CHARACTERS: usize = 42;
        let mut shares = vec![3.0_f64; self.columns];
        for cell in self.rows.iter().flatten().filter(|cell| !cell.continues && cell.columns == 1) {
            let words = cell.node.words();
            let longest = words.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0).min(24);
            let wanted = (words.chars().count().min(MOST_CHARACTERS)).max(longest) + 2;
            shares[cell.column] = shares[cell.column].max(wanted as f64);
        }
        shares
    }
}

/// The cells of a row, in the columns that the row above leaves free.
fn place<'a>(row: &'a Node, above: Option<&Vec<Cell<'a>>>, below: usize) -> Vec<Cell<'a>> {
    let reaching = above.into_iter().flatten().filter(|cell| cell.goes_on());
    let mut cells: Vec<Cell<'a>> =
        reaching.map(|cell| Cell { rows: cell.rows - 1, continues: true, ..cell.clone() }).collect();
    let is_taken = |cells: &[Cell<'a>], column: usize| {
        cells.iter().any(|cell| (cell.column..cell.column + cell.columns).contains(&column))
    };
    let mut column = 0;
    for node in &row.content {
        while column < MOST_COLUMNS && is_taken(&cells, column) {
            column += 1;
        }
        if column >= MOST_COLUMNS {
            break;
        }
        let free = (column..MOST_COLUMNS).take_while(|at| !is_taken(&cells, *at)).count();
        let columns = node.span("colspan").min(free);
        cells.push(Cell { node, column, columns, rows: node.span("rowspan").min(below), continues: false });
        column += columns;
    }
    cells.sort_by_key(|cell| cell.column);
    cells
}
