//! Foot and end notes of a Word file, which become footnotes: plain text in one paragraph.

use std::io::BufRead;

use super::blocks::{Block, Parser};
use super::paragraphs::{Note, Paragraph, Piece};
use super::relations::Relations;
use super::xml::{Element, Xml};
use crate::Unreadable;
use crate::document::Mark;

/// The loss if a note has more than a footnote of the editor can hold.
const PLAIN: &str = "Foot and end notes became plain text: their formatting, images and tables were left out";

impl Parser<'_> {
    /// Reads all notes of a part.
    pub fn notes<R: BufRead>(&mut self, xml: &mut Xml<R>, kind: &str, relations: Relations) -> Result<(), Unreadable> {
        self.relations = relations;
        xml.child()?;
        while let Some(element) = xml.child()? {
            let id = element.get("id").unwrap_or_default().to_owned();
            // Notes of other types are only the lines above the notes.
            match element.get("type") {
                None | Some("normal") => {
                    let blocks = self.blocks(xml)?;
                    let mut note = Note::default();
                    note.blocks(&blocks);
                    self.notes.insert((kind.to_owned(), id), note);
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// The note that the text refers to.
    pub(super) fn note(&mut self, element: &Element) -> Option<String> {
        let kind = if element.name.starts_with('f') { "footnotes" } else { "endnotes" };
        let note = self.notes.get(&(kind.to_owned(), element.get("id").unwrap_or_default().to_owned()))?;
        let (text, has_more) = (note.text.clone(), note.has_more);
        if has_more {
            self.lose(PLAIN);
        }
        Some(text)
    }
}

impl Note {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Paragraph(paragraph) => self.paragraph(paragraph),
                Block::Group { blocks, .. } => self.blocks(blocks),
                Block::Table(table) => {
                    self.has_more = true;
                    table.rows.iter().flat_map(|row| &row.cells).for_each(|cell| self.blocks(&cell.blocks));
                }
            }
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph) {
        let mut line = String::new();
        for (index, piece) in paragraph.pieces.iter().enumerate() {
            match piece {
                Piece::Text { text, marks, .. } => {
                    line.push_str(text);
                    self.has_more |= marks.iter().any(|mark| !matches!(mark, Mark::Link(_)));
                    // The address of a link follows its words.
                    let next = paragraph.pieces.get(index + 1).and_then(address);
                    if let Some(target) =
                        address(piece).filter(|target| next != Some(*target) && !text.contains(target))
                    {
                        line.push_str(&format!(" ({target})"));
                    }
                }
                Piece::Break => line.push(' '),
                Piece::Image(_) => self.has_more = true,
                Piece::Footnote(_) => {}
            }
        }
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.text.is_empty() && !line.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&line);
        self.blocks(&paragraph.boxes);
    }
}

fn address(piece: &Piece) -> Option<&str> {
    let Piece::Text { marks, .. } = piece else { return None };
    marks.iter().find_map(|mark| if let Mark::Link(address) = mark { Some(address.as_str()) } else { None })
}
