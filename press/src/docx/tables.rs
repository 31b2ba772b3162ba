//! Tables of a Word file: which cells continue below, and their content.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::blocks::{Block, Cell, Parser, Table};
use super::build::{Build, Place};
use super::styles::Kind;
use crate::Unreadable;

/// Twips of a pixel.
const TWIPS_PER_PIXEL: usize = 15;

impl Build<'_, '_> {
    pub(super) fn table(&mut self, table: Table, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        // A table without rows is left out: all of them are tracked changes.
        if table.rows.is_empty() {
            return Ok(());
        }
        let spans = spans(&table);
        self.builder.open("table", Value::Null)?;
        let mut is_top = true;
        for (row, spans) in table.rows.into_iter().zip(spans) {
            is_top = is_top && row.is_header;
            // Rows that only continue cells from above do not count as rows.
            if row.cells.iter().all(|cell| cell.continues) {
                continue;
            }
            self.builder.open("tableRow", Value::Null)?;
            let mut column = row.before;
            for (cell, rows) in row.cells.into_iter().zip(spans) {
                let from = column;
                column += cell.columns;
                if cell.continues {
                    continue;
                }
                let widths = if table.is_fixed { table.grid.get(from..column) } else { None };
                self.cell(cell, rows, is_top, widths, parser)?;
            }
            self.builder.close("tableRow")?;
        }
        self.builder.close("table")
    }

    fn cell(
        &mut self,
        cell: Cell,
        rows: usize,
        is_header: bool,
        widths: Option<&[usize]>,
        parser: &mut Parser<'_>,
    ) -> Result<(), Unreadable> {
        let is_header = is_header
            || matches!(cell.blocks.first(), Some(Block::Paragraph(first)) if first.kind == Kind::TableHeading);
        let mut attributes = Map::new();
        if cell.columns > 1 {
            attributes.insert("colspan".into(), json!(cell.columns));
        }
        if rows > 1 {
            attributes.insert("rowspan".into(), json!(rows));
        }
        if let Some(align) = align(&cell.blocks) {
            attributes.insert("align".into(), json!(align));
        }
        if let Some(widths) = widths {
            let pixels: Vec<usize> =
                widths.iter().map(|twips| (twips + TWIPS_PER_PIXEL / 2) / TWIPS_PER_PIXEL).collect();
            attributes.insert("colwidth".into(), json!(pixels));
        }
        let name = if is_header { "tableHeader" } else { "tableCell" };
        self.builder.open(name, Value::Object(attributes))?;
        self.inside(Place::default(), cell.blocks, parser)?;
        self.builder.close(name)
    }
}

/// How many rows each cell takes.
fn spans(table: &Table) -> Vec<Vec<usize>> {
    let mut spans: Vec<Vec<usize>> = table.rows.iter().map(|row| vec![1; row.cells.len()]).collect();
    // The cell that is open in each column.
    let mut open: HashMap<usize, (usize, usize)> = HashMap::new();
    for (index, row) in table.rows.iter().enumerate() {
        let is_row = !row.cells.iter().all(|cell| cell.continues);
        let mut column = row.before;
        for (at, cell) in row.cells.iter().enumerate() {
            match open.get(&column) {
                Some((row, cell)) if table.rows[index].cells[at].continues => spans[*row][*cell] += usize::from(is_row),
                _ => drop(open.insert(column, (index, at))),
            }
            column += cell.columns;
        }
    }
    spans
}

/// The alignment that all paragraphs of a cell have. `left` is what some programs write for none.
fn align(blocks: &[Block]) -> Option<&'static str> {
    let mut aligns = blocks.iter().filter_map(|block| match block {
        Block::Paragraph(paragraph) if !paragraph.is_empty() => Some(paragraph.align.as_str()),
        _ => None,
    });
    let first = aligns.next()?;
    if aligns.any(|align| align != first) {
        return None;
    }
    match first {
        "start" => Some("left"),
        "center" => Some("center"),
        "right" | "end" => Some("right"),
        _ => None,
    }
}
