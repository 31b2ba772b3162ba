//! Paragraphs: their properties, and the content of their line.

use std::io::BufRead;

use super::blocks::{Block, Parser};
use super::runs::Look;
use super::styles::Kind;
use super::xml::{Element, Xml};
use crate::Unreadable;
use crate::document::Mark;

#[derive(Debug, Default)]
pub struct Paragraph {
    pub style: String,
    pub kind: Kind,
    /// The list of which the paragraph is an item, and the level.
    pub numbering: Option<(String, usize)>,
    pub align: String,
    pub pieces: Vec<Piece>,
    /// Whether the check box at the beginning is checked, if there is one.
    pub checkbox: Option<bool>,
    /// Whether the paragraph has a border below.
    pub is_ruled: bool,
    /// The content of text boxes that are anchored here.
    pub boxes: Vec<Block>,
    /// Whether the next paragraph continues this one, because a tracked change deleted its end, or is rejected and
    /// inserted it.
    pub has_no_end: bool,
    /// Whether a tracked change has changed its kind or its other properties.
    pub is_changed: bool,
}

#[derive(Debug, PartialEq)]
pub enum Piece {
    Text {
        text: String,
        marks: Vec<Mark>,
        /// Whether it is in a font for code, without a style for code.
        is_monospace: bool,
    },
    Break,
    Image(Image),
    /// The text of a note.
    Footnote(String),
}

/// The words of a foot or end note.
#[derive(Debug, Default)]
pub struct Note {
    pub text: String,
    /// Whether the note has something besides words and links.
    pub has_more: bool,
}

#[derive(Debug, Default, PartialEq)]
pub struct Image {
    /// The path of the image in the package.
    pub part: String,
    pub alt: String,
    pub title: String,
    /// The width in pixels.
    pub width: u64,
    pub height: u64,
    pub href: Option<String>,
}

impl Paragraph {
    /// Puts the content of a paragraph without an end before this one.
    pub fn continue_from(&mut self, before: Paragraph) {
        let own = std::mem::replace(&mut self.pieces, before.pieces);
        for piece in own {
            match (self.pieces.last_mut(), piece) {
                (
                    Some(Piece::Text { text, marks, is_monospace }),
                    Piece::Text { text: more, marks: same, is_monospace: is_same },
                ) if *marks == same && *is_monospace == is_same => text.push_str(&more),
                (_, piece) => self.pieces.push(piece),
            }
        }
        self.boxes.splice(0..0, before.boxes);
    }

    pub fn is_empty(&self) -> bool {
        !self.pieces.iter().any(|piece| match piece {
            Piece::Text { text, .. } => !text.trim().is_empty(),
            Piece::Break => false,
            Piece::Image(_) | Piece::Footnote(_) => true,
        })
    }

    pub fn text(&self) -> String {
        let words = |piece: &Piece| match piece {
            Piece::Text { text, .. } => text.clone(),
            Piece::Break => "\n".to_owned(),
            Piece::Image(_) | Piece::Footnote(_) => String::new(),
        };
        self.pieces.iter().map(words).collect()
    }

    /// Whether all of it is in a font for code.
    fn is_monospace(&self) -> bool {
        let is_code = |piece: &Piece| match piece {
            Piece::Text { text, is_monospace, .. } => *is_monospace || text.trim().is_empty(),
            Piece::Break => true,
            Piece::Image(_) | Piece::Footnote(_) => false,
        };
        !self.is_empty() && self.pieces.iter().all(is_code)
    }
}

impl Parser<'_> {
    pub(super) fn paragraph<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<Paragraph, Unreadable> {
        self.count()?;
        let mut paragraph = Paragraph::default();
        let mut outline = None;
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "pPr" => outline = self.properties(xml, &mut paragraph)?,
                _ => self.inline(xml, &element, &mut paragraph)?,
            }
        }
        if paragraph.is_changed {
            self.changes.end();
        }
        paragraph.kind = self.styles.kind(&paragraph.style);
        if paragraph.kind == Kind::Plain
            && let Some(level) = outline
        {
            paragraph.kind = Kind::Heading(level + 1);
        }
        if paragraph.numbering.is_none() {
            paragraph.numbering = self.styles.numbering(&paragraph.style);
        }
        // Numbering 0 removes the numbering of the style.
        paragraph.numbering = paragraph.numbering.take().filter(|(number, _)| number != "0");
        if paragraph.kind == Kind::Plain && paragraph.numbering.is_none() && paragraph.is_monospace() {
            paragraph.kind = Kind::Code(String::new());
        }
        Ok(paragraph)
    }

    /// Returns the level of an outline that has no style.
    fn properties<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        paragraph: &mut Paragraph,
    ) -> Result<Option<u32>, Unreadable> {
        let mut outline = None;
        while let Some(property) = xml.child()? {
            match property.name.as_str() {
                "rPr" => {
                    while let Some(mark) = xml.child()? {
                        paragraph.has_no_end |= match mark.name.as_str() {
                            "ins" | "moveTo" => self.rejects,
                            "del" | "moveFrom" => !self.rejects,
                            _ => false,
                        };
                        self.changes.are_there |= matches!(mark.name.as_str(), "ins" | "moveTo" | "del" | "moveFrom");
                        xml.skip()?;
                    }
                    continue;
                }
                "pPrChange" => {
                    // The change is recognised by the words of the paragraph.
                    self.changes.begin(&property);
                    paragraph.is_changed = true;
                    while let Some(before) = xml.child()? {
                        if before.name == "pPr" && self.rejects {
                            let has_no_end = paragraph.has_no_end;
                            let mut was = Paragraph::default();
                            outline = self.properties(xml, &mut was)?;
                            if was.is_changed {
                                self.changes.end();
                            }
                            (paragraph.style, paragraph.numbering, paragraph.align) =
                                (was.style, was.numbering, was.align);
                            paragraph.has_no_end = has_no_end;
                        } else {
                            xml.skip()?;
                        }
                    }
                    continue;
                }
                "pStyle" => paragraph.style = property.val().to_owned(),
                "jc" => paragraph.align = property.val().to_owned(),
                "outlineLvl" => outline = property.val().parse().ok().filter(|level| *level < 9),
                "numPr" => {
                    let (mut number, mut level) = (None, 0);
                    while let Some(property) = xml.child()? {
                        match property.name.as_str() {
                            "numId" => number = Some(property.val().to_owned()),
                            "ilvl" => level = property.val().parse().unwrap_or(0).min(8),
                            _ => {}
                        }
                        xml.skip()?;
                    }
                    paragraph.numbering = number.map(|number| (number, level));
                    continue;
                }
                "pBdr" => {
                    while let Some(side) = xml.child()? {
                        paragraph.is_ruled |= side.name == "bottom" && !matches!(side.val(), "nil" | "none");
                        xml.skip()?;
                    }
                    continue;
                }
                _ => {}
            }
            xml.skip()?;
        }
        Ok(outline)
    }

    /// Reads the content of a line, within the element that was just opened.
    pub(super) fn line<R: BufRead>(&mut self, xml: &mut Xml<R>, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        while let Some(element) = xml.child()? {
            self.inline(xml, &element, paragraph)?;
        }
        Ok(())
    }

    fn inline<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        element: &Element,
        paragraph: &mut Paragraph,
    ) -> Result<(), Unreadable> {
        match element.name.as_str() {
            "r" => return self.run(xml, paragraph),
            "hyperlink" => {
                let before = self.link.clone();
                self.link = self.address(element).or(before.clone());
                self.line(xml, paragraph)?;
                self.link = before;
                return Ok(());
            }
            "ins" | "moveTo" | "del" | "moveFrom" => {
                let inserts = matches!(element.name.as_str(), "ins" | "moveTo");
                self.changes.are_there = true;
                if inserts == self.rejects {
                    return xml.skip();
                }
                self.changes.begin(element);
                self.line(xml, paragraph)?;
                self.changes.end();
                return Ok(());
            }
            "smartTag" | "customXml" | "dir" | "bdo" | "sdtContent" | "Choice" => return self.line(xml, paragraph),
            "sdt" => return self.inline_control(xml, paragraph),
            "fldSimple" => {
                let link = self.link.clone();
                if let Some(address) = self.field_link(element.get("instr").unwrap_or_default()) {
                    self.link = Some(address);
                }
                self.line(xml, paragraph)?;
                self.link = link;
                return Ok(());
            }
            "commentRangeStart" => {
                let id = element.get("id").unwrap_or_default().to_owned();
                // The number is limited, because a file can claim any number of open comments.
                if self.open_comments.len() < 100 {
                    self.open_comments.push(id);
                }
            }
            "commentRangeEnd" => {
                let id = element.get("id").unwrap_or_default();
                self.open_comments.retain(|open| open != id);
            }
            "oMath" | "oMathPara" => return self.math(xml, paragraph),
            "AlternateContent" => return self.first_of(xml, paragraph),
            _ => {}
        }
        xml.skip()
    }

    fn first_of<R: BufRead>(&mut self, xml: &mut Xml<R>, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        let mut is_done = false;
        while xml.child()?.is_some() {
            match std::mem::replace(&mut is_done, true) {
                false => self.line(xml, paragraph)?,
                true => xml.skip()?,
            }
        }
        Ok(())
    }

    /// Reads a content control in a line. A check box at the beginning makes the paragraph a task.
    fn inline_control<R: BufRead>(&mut self, xml: &mut Xml<R>, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        let mut checkbox = None;
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "sdtPr" => {
                    while let Some(property) = xml.child()? {
                        if property.name != "checkbox" {
                            xml.skip()?;
                            continue;
                        }
                        checkbox = Some(false);
                        while let Some(state) = xml.child()? {
                            if state.name == "checked" {
                                checkbox = Some(state.is_on());
                            }
                            xml.skip()?;
                        }
                    }
                }
                "sdtContent" if checkbox.is_some() && paragraph.is_empty() && paragraph.checkbox.is_none() => {
                    paragraph.checkbox = checkbox;
                    xml.skip()?;
                }
                "sdtContent" => self.line(xml, paragraph)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    /// Reads a formula that is a paragraph.
    pub(super) fn formula<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<Paragraph, Unreadable> {
        let mut paragraph = Paragraph::default();
        self.math(xml, &mut paragraph)?;
        Ok(paragraph)
    }

    fn math<R: BufRead>(&mut self, xml: &mut Xml<R>, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        let text = xml.text()?;
        self.lose("A formula became its characters");
        self.push(&text.split_whitespace().collect::<Vec<_>>().join(" "), &Look::default(), paragraph)
    }
}
