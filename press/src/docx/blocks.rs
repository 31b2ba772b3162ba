//! Blocks of a Word file: paragraphs, tables, and the elements around them.

use std::collections::HashMap;
use std::io::BufRead;

use super::changes::Changes;
use super::paragraphs::{Note, Paragraph};
use super::relations::Relations;
use super::runs::Field;
use super::styles::Styles;
use super::xml::{Element, Xml};
use crate::Unreadable;

/// The maximum number of runs of text and cells in a file. The document that is made of them has at most 50,000 nodes.
const MOST_PIECES: usize = 500_000;
/// The maximum size of the text of a file, in bytes. A long book has 2 MB.
const MOST_TEXT: usize = 16 << 20;
/// The length of the text that shows the place of a loss.
const PLACE_CHARACTERS: usize = 60;
/// The maximum length of a quote of a comment. The passages of longer quotes are found by their beginning.
const MOST_QUOTE: usize = 2_000;

#[derive(Debug)]
pub enum Block {
    Paragraph(Box<Paragraph>),
    Table(Table),
    /// Blocks that belong together, in a content control with this tag. Our own files have these.
    Group {
        tag: String,
        blocks: Vec<Block>,
    },
}

#[derive(Debug, Default)]
pub struct Table {
    pub rows: Vec<Row>,
    pub is_fixed: bool,
    /// Twips of each column.
    pub grid: Vec<usize>,
}

#[derive(Debug, Default)]
pub struct Row {
    pub is_header: bool,
    /// How many columns are left free at the beginning of the row.
    pub before: usize,
    pub cells: Vec<Cell>,
    /// Whether the row is not part of the text that is read.
    is_deleted: bool,
}

#[derive(Debug, Default)]
pub struct Cell {
    pub columns: usize,
    /// Whether the cell belongs to the one above.
    pub continues: bool,
    pub blocks: Vec<Block>,
}

/// A table has at most this many columns in Word.
const MOST_COLUMNS: usize = 63;

pub struct Parser<'a> {
    pub styles: &'a Styles,
    pub relations: Relations,
    /// Foot and end notes by kind and id.
    pub notes: HashMap<(String, String), Note>,
    /// The passage that each comment is about.
    pub quotes: HashMap<String, String>,
    pub(super) open_comments: Vec<String>,
    pub(super) fields: Vec<Field>,
    pub(super) link: Option<String>,
    losses: Vec<(String, usize, String)>,
    /// Whether tracked changes are rejected: text that they delete is kept, and text that they insert is left out.
    pub rejects: bool,
    /// The tracked changes that are read.
    pub changes: Changes,
    /// A paragraph whose end was deleted, so that the next paragraph continues it.
    carried: Option<Box<Paragraph>>,
    last: String,
    pieces: usize,
    text_bytes: usize,
}

type Sink<'s, 'a> = &'s mut dyn FnMut(Block, &mut Parser<'a>) -> Result<(), Unreadable>;

impl<'a> Parser<'a> {
    pub fn new(styles: &'a Styles) -> Parser<'a> {
        Parser {
            styles,
            relations: Relations::default(),
            notes: HashMap::new(),
            quotes: HashMap::new(),
            open_comments: Vec::new(),
            fields: Vec::new(),
            link: None,
            losses: Vec::new(),
            rejects: false,
            changes: Changes::default(),
            carried: None,
            last: String::new(),
            pieces: 0,
            text_bytes: 0,
        }
    }

    /// Reads every block of the text.
    pub fn body<R: BufRead>(&mut self, xml: &mut Xml<R>, sink: Sink<'_, 'a>) -> Result<(), Unreadable> {
        xml.child()?;
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "body" => {
                    self.each(xml, sink)?;
                    self.end_carried(sink)?;
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// Reads the blocks in the element that was just opened.
    pub fn blocks<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<Vec<Block>, Unreadable> {
        let mut blocks = Vec::new();
        let sink: Sink<'_, 'a> = &mut |block, _| {
            blocks.push(block);
            Ok(())
        };
        self.each(xml, sink)?;
        self.end_carried(sink)?;
        Ok(blocks)
    }

    fn each<R: BufRead>(&mut self, xml: &mut Xml<R>, sink: Sink<'_, 'a>) -> Result<(), Unreadable> {
        while let Some(element) = xml.child()? {
            self.one(xml, &element, sink)?;
        }
        Ok(())
    }

    fn one<R: BufRead>(&mut self, xml: &mut Xml<R>, element: &Element, sink: Sink<'_, 'a>) -> Result<(), Unreadable> {
        match element.name.as_str() {
            "p" => {
                let before = self.carried.take();
                let mut paragraph = self.paragraph(xml)?;
                if let Some(before) = before {
                    paragraph.continue_from(*before);
                }
                if paragraph.has_no_end {
                    self.carried = Some(Box::new(paragraph));
                    return Ok(());
                }
                sink(Block::Paragraph(Box::new(paragraph)), self)
            }
            "tbl" => {
                self.end_carried(sink)?;
                let mut table = Table::default();
                self.rows(xml, &mut table)?;
                sink(Block::Table(table), self)
            }
            "sdt" => self.control(xml, sink),
            "ins" | "moveTo" if self.rejects => xml.skip(),
            "del" | "moveFrom" if self.rejects => self.each(xml, sink),
            "customXml" | "ins" | "moveTo" | "smartTag" => self.each(xml, sink),
            "AlternateContent" => self.alternate(xml, sink),
            "oMathPara" => {
                let paragraph = self.formula(xml)?;
                sink(Block::Paragraph(Box::new(paragraph)), self)
            }
            "altChunk" => {
                self.lose("Another file that is embedded as text was left out");
                xml.skip()
            }
            _ => xml.skip(),
        }
    }

    /// Ends a paragraph that was to be continued, but is followed by something else.
    fn end_carried(&mut self, sink: Sink<'_, 'a>) -> Result<(), Unreadable> {
        match self.carried.take().filter(|carried| !carried.pieces.is_empty()) {
            Some(carried) => sink(Block::Paragraph(carried), self),
            None => Ok(()),
        }
    }

    /// Reads the first of several alternative forms of the same content.
    fn alternate<R: BufRead>(&mut self, xml: &mut Xml<R>, sink: Sink<'_, 'a>) -> Result<(), Unreadable> {
        let mut is_done = false;
        while xml.child()?.is_some() {
            match std::mem::replace(&mut is_done, true) {
                false => self.each(xml, sink)?,
                true => xml.skip()?,
            }
        }
        Ok(())
    }

    /// Reads a content control.
    fn control<R: BufRead>(&mut self, xml: &mut Xml<R>, sink: Sink<'_, 'a>) -> Result<(), Unreadable> {
        let (mut tag, mut is_contents) = (String::new(), false);
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "sdtPr" => {
                    while let Some(property) = xml.child()? {
                        match property.name.as_str() {
                            "tag" => tag = property.val().to_owned(),
                            "docPartObj" => is_contents = true,
                            _ => {}
                        }
                        if property.name == "docPartObj" {
                            is_contents = self.is_contents(xml)?;
                        } else {
                            xml.skip()?;
                        }
                    }
                }
                "sdtContent" if is_contents => {
                    self.lose("The table of contents was left out: it follows from the headings");
                    xml.skip()?;
                }
                "sdtContent" if tag.starts_with("consilium:") => {
                    self.end_carried(sink)?;
                    let blocks = self.blocks(xml)?;
                    sink(Block::Group { tag: tag.clone(), blocks }, self)?;
                }
                "sdtContent" => self.each(xml, sink)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn is_contents<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<bool, Unreadable> {
        let mut is_contents = false;
        while let Some(property) = xml.child()? {
            is_contents |= property.name == "docPartGallery" && property.val() == "Table of Contents";
            xml.skip()?;
        }
        Ok(is_contents)
    }

    fn rows<R: BufRead>(&mut self, xml: &mut Xml<R>, table: &mut Table) -> Result<(), Unreadable> {
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "tblPr" => {
                    while let Some(property) = xml.child()? {
                        if property.name == "tblLayout" {
                            table.is_fixed = property.get("type") == Some("fixed");
                        }
                        xml.skip()?;
                    }
                }
                "tblGrid" => {
                    while let Some(column) = xml.child()? {
                        if column.name == "gridCol" && table.grid.len() < MOST_COLUMNS {
                            table.grid.push(column.get("w").and_then(|width| width.parse().ok()).unwrap_or(0));
                        }
                        xml.skip()?;
                    }
                }
                "tr" => {
                    self.count()?;
                    let mut row = Row::default();
                    self.cells(xml, &mut row)?;
                    if !row.is_deleted {
                        table.rows.push(row);
                    }
                }
                "ins" | "moveTo" if self.rejects => xml.skip()?,
                "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" => self.rows(xml, table)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn cells<R: BufRead>(&mut self, xml: &mut Xml<R>, row: &mut Row) -> Result<(), Unreadable> {
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "trPr" => {
                    while let Some(property) = xml.child()? {
                        match property.name.as_str() {
                            "tblHeader" => row.is_header = property.is_on(),
                            "gridBefore" => row.before = property.val().parse().unwrap_or(0).min(MOST_COLUMNS),
                            name @ ("del" | "ins") => {
                                self.changes.are_there = true;
                                row.is_deleted |= (name == "ins") == self.rejects;
                            }
                            _ => {}
                        }
                        xml.skip()?;
                    }
                }
                "tc" if row.cells.len() < MOST_COLUMNS => {
                    self.count()?;
                    let cell = self.cell(xml)?;
                    row.cells.push(cell);
                }
                "sdt" | "sdtContent" | "customXml" => self.cells(xml, row)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn cell<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<Cell, Unreadable> {
        let mut cell = Cell { columns: 1, ..Cell::default() };
        let mut blocks = Vec::new();
        while let Some(element) = xml.child()? {
            if element.name != "tcPr" {
                self.one(xml, &element, &mut |block, _| {
                    blocks.push(block);
                    Ok(())
                })?;
                continue;
            }
            while let Some(property) = xml.child()? {
                match property.name.as_str() {
                    "gridSpan" => cell.columns = property.val().parse().unwrap_or(1).clamp(1, MOST_COLUMNS),
                    // `vMerge` without a value continues the cell above.
                    "vMerge" => cell.continues = property.val() != "restart",
                    _ => {}
                }
                xml.skip()?;
            }
        }
        self.end_carried(&mut |block, _| {
            blocks.push(block);
            Ok(())
        })?;
        cell.blocks = blocks;
        Ok(cell)
    }

    /// Counts a run of text, or a cell.
    pub(super) fn count(&mut self) -> Result<(), Unreadable> {
        self.pieces += 1;
        if self.pieces > MOST_PIECES {
            return Err(Unreadable(format!("it has more than {MOST_PIECES} runs of text: divide it")));
        }
        Ok(())
    }

    /// Records text that was read, for the places of losses and the quotes of comments.
    pub(super) fn note_text(&mut self, text: &str) -> Result<(), Unreadable> {
        self.text_bytes += text.len();
        if self.text_bytes > MOST_TEXT {
            return Err(Unreadable("its text is longer than 16 MiB: divide it".into()));
        }
        if text.chars().any(char::is_alphanumeric) {
            self.last = text.chars().take(PLACE_CHARACTERS).collect::<String>().trim().to_owned();
        }
        self.changes.note_text(text);
        for comment in &self.open_comments {
            let quote = self.quotes.entry(comment.clone()).or_default();
            if quote.len() < MOST_QUOTE {
                quote.push_str(text);
            }
        }
        Ok(())
    }

    /// Records something that is not carried over; the report has the count at the end.
    pub fn lose(&mut self, what: &str) {
        match self.losses.iter_mut().find(|(found, ..)| found == what) {
            Some((_, times, _)) => *times += 1,
            None => self.losses.push((what.to_owned(), 1, self.last.clone())),
        }
    }

    /// Returns each loss, how often it happened, and where it happened first.
    pub fn losses(&mut self) -> Vec<(String, usize, String)> {
        std::mem::take(&mut self.losses)
    }
}
