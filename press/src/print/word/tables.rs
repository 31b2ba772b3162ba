//! Tables: a grid of columns, cells over several of them, and header rows that Word repeats on each page.

use std::fmt::Write;

use super::body::{Body, Place};
use crate::print::description::Node;
use crate::print::grid::{Cell, Grid};

/// A CSS pixel is three quarters of a point.
const TWIPS_PER_PIXEL: usize = 15;
impl Body<'_> {
    pub(super) fn table(&mut self, table: &Node, place: Place<'_>) {
        let grid = Grid::of(table);
        let shares = grid.shares();
        let Grid { rows, columns, given, header_rows } = grid;
        let room = place.width.saturating_sub(place.indent).max(1_440);
        let is_fixed = given.iter().all(|width| *width > 0);
        let total: usize = given.iter().sum::<usize>() * TWIPS_PER_PIXEL;
        let widths: Vec<usize> = match is_fixed {
            true if total <= room => given.iter().map(|width| width * TWIPS_PER_PIXEL).collect(),
            true => given.iter().map(|width| width * TWIPS_PER_PIXEL * room / total).collect(),
            false => {
                let whole: f64 = shares.iter().sum();
                shares.iter().map(|share| (share / whole * room as f64) as usize).collect()
            }
        };
        let layout = if is_fixed { "<w:tblLayout w:type=\"fixed\"/>" } else { "" };
        let _ = write!(
            self.xml,
            "<w:tbl><w:tblPr><w:tblStyle w:val=\"TableGrid\"/><w:tblW w:w=\"{}\" w:type=\"dxa\"/><w:tblInd w:w=\"{}\" \
             w:type=\"dxa\"/>{layout}<w:tblLook w:val=\"0000\"/></w:tblPr><w:tblGrid>",
            widths.iter().sum::<usize>(),
            place.indent
        );
        for width in &widths {
            let _ = write!(self.xml, "<w:gridCol w:w=\"{width}\"/>");
        }
        self.xml.push_str("</w:tblGrid>");
        for (index, cells) in rows.iter().enumerate() {
            self.xml.push_str("<w:tr><w:trPr><w:cantSplit/>");
            if index < header_rows {
                self.xml.push_str("<w:tblHeader/>");
            }
            let row = table.content.get(index).and_then(Node::tracked);
            let element = match row.as_ref().map(|row| row.how) {
                Some(how) if how.is_new() => "<w:ins",
                Some(how) if how.is_gone() => "<w:del",
                _ => "",
            };
            let is_whole = !element.is_empty();
            if let Some(row) = row.filter(|_| is_whole) {
                self.empty_change(element, &row);
            }
            self.xml.push_str("</w:trPr>");
            let mut column = 0;
            for cell in cells {
                self.missing(cell.column - column, &widths[column..cell.column]);
                self.cell(cell, widths[cell.column..cell.column + cell.columns].iter().sum(), is_whole, place);
                column = cell.column + cell.columns;
            }
            self.missing(columns - column, &widths[column..]);
            self.xml.push_str("</w:tr>");
        }
        self.xml.push_str("</w:tbl>");
    }

    /// Writes a cell. `in_changed_row` is set if the row was inserted or deleted with all its cells.
    fn cell(&mut self, cell: &Cell<'_>, width: usize, in_changed_row: bool, place: Place<'_>) {
        let _ = write!(self.xml, "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/>");
        if cell.columns > 1 {
            let _ = write!(self.xml, "<w:gridSpan w:val=\"{}\"/>", cell.columns);
        }
        match (cell.continues, cell.goes_on()) {
            (true, _) => self.xml.push_str("<w:vMerge/>"),
            (false, true) => self.xml.push_str("<w:vMerge w:val=\"restart\"/>"),
            _ => {}
        }
        let is_header = cell.is_header();
        if is_header {
            self.xml.push_str("<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F2F2F0\"/>");
        }
        match cell.node.tracked().filter(|_| !in_changed_row) {
            Some(change) if change.how.is_new() => self.empty_change("<w:cellIns", &change),
            Some(change) if change.how.is_gone() => self.empty_change("<w:cellDel", &change),
            _ => {}
        }
        self.xml.push_str("</w:tcPr>");
        if cell.continues || cell.node.content.is_empty() {
            self.xml.push_str("<w:p/></w:tc>");
            return;
        }
        let align = match cell.node.string("align") {
            // Other programs write `left` for none.
            "left" => "start",
            align @ ("center" | "right") => align,
            _ => "",
        };
        let inside = Place {
            is_header,
            align,
            width: width.saturating_sub(2 * 115),
            depth: place.depth + 1,
            ..Place::default()
        };
        self.blocks(&cell.node.content, inside);
        // Word requires a paragraph at the end of a cell.
        if !self.xml.ends_with("</w:p>") {
            self.xml.push_str("<w:p><w:pPr><w:pStyle w:val=\"Gap\"/></w:pPr></w:p>");
        }
        self.xml.push_str("</w:tc>");
    }

    /// Writes the cells that a short row lacks.
    fn missing(&mut self, columns: usize, widths: &[usize]) {
        if columns > 0 {
            let width: usize = widths.iter().sum();
            let _ = write!(
                self.xml,
                "<w:tc><w:tcPr><w:tcW w:w=\"{width}\" w:type=\"dxa\"/><w:gridSpan w:val=\"{columns}\"/></w:tcPr><w:p/></w:tc>"
            );
        }
    }
}
