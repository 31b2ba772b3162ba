//! Foot and end notes of a Word file: a numbered list at the end, and `[1]` in the text.

use std::io::BufRead;

use serde_json::Value;

use super::blocks::{Block, Parser};
use super::build::{Build, Place};
use super::paragraphs::Piece;
use super::relations::Relations;
use super::xml::{Element, Xml};
use crate::Unreadable;

impl Parser<'_> {
    /// Every note of a part.
    pub fn notes<R: BufRead>(&mut self, xml: &mut Xml<R>, kind: &str, relations: Relations) -> Result<(), Unreadable> {
        self.relations = relations;
        xml.child()?;
        while let Some(element) = xml.child()? {
            let id = element.get("id").unwrap_or_default().to_owned();
            // Notes of other types are only the lines above the notes.
            match element.get("type") {
                None | Some("normal") => {
                    let blocks = self.blocks(xml)?;
                    self.notes.insert((kind.to_owned(), id), blocks);
                }
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// What stands in the text for a note, the first time that the text refers to it.
    pub(super) fn number_of_note(&mut self, element: &Element) -> Option<String> {
        let kind = if element.name.starts_with('f') { "footnotes" } else { "endnotes" };
        let key = (kind.to_owned(), element.get("id").unwrap_or_default().to_owned());
        if !self.notes.contains_key(&key) || self.referred.contains(&key) {
            return None;
        }
        self.referred.push(key);
        Some(format!("[{}]", self.referred.len()))
    }
}

impl Build<'_, '_> {
    /// The notes that the text refers to, at its end.
    pub fn notes(&mut self, parser: &mut Parser<'_>) -> Result<(), Unreadable> {
        self.end_all()?;
        if parser.referred.is_empty() {
            return Ok(());
        }
        parser.lose("Foot and end notes became a numbered list at the end");
        self.builder.leaf("horizontalRule", Value::Null)?;
        self.builder.open("orderedList", Value::Null)?;
        for key in parser.referred.clone() {
            let mut blocks = parser.notes.remove(&key).unwrap_or_default();
            // A space follows the number of the note.
            if let Some(Block::Paragraph(first)) = blocks.first_mut()
                && let Some(Piece::Text { text, .. }) = first.pieces.first_mut()
            {
                *text = text.trim_start().to_owned();
            }
            self.builder.open("listItem", Value::Null)?;
            self.inside(Place::default(), blocks, parser)?;
            self.builder.close("listItem")?;
        }
        self.builder.close("orderedList")
    }
}
