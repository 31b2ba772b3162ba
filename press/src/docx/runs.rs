//! Runs of text: their formatting, fields, symbols and drawings.

use std::io::BufRead;

use super::blocks::Parser;
use super::paragraphs::{Image, Paragraph, Piece};
use super::relations::Target;
use super::styles::is_monospace;
use super::xml::{Element, Token, Xml};
use crate::Unreadable;
use crate::document::Mark;
use crate::palette::{by_name, ground, ink};

/// A pixel in the units of drawings.
const EMU_PER_PIXEL: u64 = 9_525;

/// A field: its instruction is text among the runs, followed by the result that it shows.
#[derive(Debug, Default)]
pub struct Field {
    instruction: String,
    /// Whether its result is being read, and no longer its instruction.
    is_result: bool,
    /// The link that was open when the field began.
    link: Option<String>,
}

/// How a run looks.
#[derive(Debug, Default)]
pub(super) struct Look {
    bold: bool,
    italic: bool,
    underline: bool,
    strike: bool,
    code: bool,
    monospace: bool,
    hidden: bool,
    subscript: bool,
    superscript: bool,
    highlight: Option<&'static str>,
    color: Option<&'static str>,
}

impl Parser<'_> {
    pub(super) fn run<R: BufRead>(&mut self, xml: &mut Xml<R>, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        let (mut look, mut is_formatted) = (Look::default(), false);
        while let Some(element) = xml.child()? {
            match element.name.as_str() {
                "rPr" => look = self.look(xml, &mut is_formatted)?,
                _ => self.in_run(xml, &element, &look, paragraph)?,
            }
        }
        if is_formatted {
            self.changes.end();
        }
        Ok(())
    }

    /// Reads the look of a run. `is_formatted` is set if a tracked change gave the run this look.
    fn look<R: BufRead>(&mut self, xml: &mut Xml<R>, is_formatted: &mut bool) -> Result<Look, Unreadable> {
        let mut look = Look::default();
        while let Some(property) = xml.child()? {
            match property.name.as_str() {
                "rPrChange" => {
                    if !std::mem::replace(is_formatted, true) {
                        self.changes.begin(&property);
                    }
                    let mut had = Look::default();
                    while let Some(before) = xml.child()? {
                        match before.name.as_str() {
                            // A change nested in another change does not count.
                            "rPr" => had = self.look(xml, &mut true)?,
                            _ => xml.skip()?,
                        }
                    }
                    if self.rejects {
                        look = had;
                    }
                    continue;
                }
                // The style comes first, and the properties that follow override it.
                "rStyle" => {
                    let style = self.styles.look(property.val());
                    look.bold |= style.bold;
                    look.italic |= style.italic;
                    look.strike |= style.strike;
                    look.code |= style.code;
                    look.hidden |= style.hidden;
                }
                "b" => look.bold = property.is_on(),
                "i" => look.italic = property.is_on(),
                "strike" | "dstrike" => look.strike = property.is_on(),
                "u" => look.underline = property.is_on(),
                "vanish" => look.hidden = property.is_on(),
                "rFonts" => look.monospace = property.get("ascii").or(property.get("hAnsi")).is_some_and(is_monospace),
                "vertAlign" => {
                    look.subscript = property.val() == "subscript";
                    look.superscript = property.val() == "superscript";
                }
                "highlight" => look.highlight = by_name(property.val()),
                "shd" if look.highlight.is_none() => {
                    look.highlight = ground(property.get("fill").unwrap_or_default());
                }
                "color" => look.color = ink(property.val()),
                _ => {}
            }
            xml.skip()?;
        }
        Ok(look)
    }

    fn in_run<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        element: &Element,
        look: &Look,
        paragraph: &mut Paragraph,
    ) -> Result<(), Unreadable> {
        match element.name.as_str() {
            "t" | "delText" => {
                let text = xml.text()?;
                return self.push(&text, look, paragraph);
            }
            "tab" | "ptab" => self.push("\t", look, paragraph)?,
            "noBreakHyphen" => self.push("\u{2011}", look, paragraph)?,
            "softHyphen" => self.push("\u{ad}", look, paragraph)?,
            "br" if matches!(element.get("type"), None | Some("textWrapping")) => self.line_end(look, paragraph)?,
            "cr" => self.line_end(look, paragraph)?,
            "sym" => {
                let text = self.symbol(element);
                self.push(text, look, paragraph)?;
            }
            "fldChar" => return self.field(xml, element, paragraph),
            "instrText" | "delInstrText" => {
                let text = xml.text()?;
                if let Some(field) =
                    self.fields.last_mut().filter(|field| !field.is_result && field.instruction.len() < 10_000)
                {
                    field.instruction.push_str(&text);
                }
                return Ok(());
            }
            "footnoteReference" | "endnoteReference" => {
                if let Some(note) = self.note(element).filter(|_| self.is_shown() && !look.hidden) {
                    self.note_text(&note)?;
                    self.count()?;
                    paragraph.pieces.push(Piece::Footnote(note));
                }
            }
            "drawing" | "pict" | "object" => return self.drawing(xml, element, paragraph),
            "AlternateContent" => {
                let mut is_done = false;
                while xml.child()?.is_some() {
                    match std::mem::replace(&mut is_done, true) {
                        false => self.all_in_run(xml, look, paragraph)?,
                        true => xml.skip()?,
                    }
                }
                return Ok(());
            }
            "ruby" | "rubyBase" => return self.all_in_run(xml, look, paragraph),
            "r" => return self.run(xml, paragraph),
            _ => {}
        }
        xml.skip()
    }

    fn all_in_run<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        look: &Look,
        paragraph: &mut Paragraph,
    ) -> Result<(), Unreadable> {
        while let Some(element) = xml.child()? {
            self.in_run(xml, &element, look, paragraph)?;
        }
        Ok(())
    }

    /// Whether the text being read is shown: the instructions of fields and tables of contents are not.
    fn is_shown(&self) -> bool {
        self.fields.iter().all(|field| field.is_result && !field.instruction.trim_start().starts_with("TOC"))
    }

    fn line_end(&mut self, look: &Look, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        if self.is_shown() && !look.hidden {
            self.note_text(" ")?;
            self.count()?;
            paragraph.pieces.push(Piece::Break);
        }
        Ok(())
    }

    /// Adds text to a paragraph.
    pub(super) fn push(&mut self, text: &str, look: &Look, paragraph: &mut Paragraph) -> Result<(), Unreadable> {
        if text.is_empty() || !self.is_shown() {
            return Ok(());
        }
        if look.hidden {
            self.lose("Hidden text was left out");
            return Ok(());
        }
        self.note_text(text)?;
        let mut marks = Vec::new();
        let is_code = look.code || look.monospace;
        for (is_on, mark) in [
            (look.bold, Mark::Bold),
            (look.italic, Mark::Italic),
            (look.underline && self.link.is_none(), Mark::Underline),
            (look.strike, Mark::Strike),
            (look.subscript, Mark::Subscript),
            (look.superscript, Mark::Superscript),
            (is_code, Mark::Code),
        ] {
            marks.extend(is_on.then_some(mark));
        }
        marks.extend(look.highlight.map(Mark::Highlight));
        // Links have their own colour.
        marks.extend(look.color.filter(|_| self.link.is_none()).map(Mark::Color));
        marks.extend(self.link.clone().map(Mark::Link));
        if let Some(Piece::Text { text: before, marks: same, is_monospace }) = paragraph.pieces.last_mut()
            && *same == marks
            && *is_monospace == look.monospace
        {
            before.push_str(text);
            return Ok(());
        }
        self.count()?;
        paragraph.pieces.push(Piece::Text { text: text.to_owned(), marks, is_monospace: look.monospace });
        Ok(())
    }

    /// The target of a link, if it is an address.
    pub(super) fn address(&mut self, element: &Element) -> Option<String> {
        match element.get("id").and_then(|id| self.relations.target(id)).cloned() {
            Some(Target::Elsewhere(address)) => self.checked(&address),
            _ => {
                if element.get("anchor").is_some_and(|anchor| !anchor.starts_with('_')) {
                    self.lose("A link within the document became plain text");
                }
                None
            }
        }
    }

    fn checked(&mut self, address: &str) -> Option<String> {
        let lower = address.trim().to_lowercase();
        if ["https://", "http://", "mailto:"].iter().any(|scheme| lower.starts_with(scheme)) && address.len() < 4_000 {
            return Some(address.trim().to_owned());
        }
        self.lose("A link to a file or to another kind of address became plain text");
        None
    }

    /// The address of a field whose instruction is `HYPERLINK "address"`.
    pub(super) fn field_link(&mut self, instruction: &str) -> Option<String> {
        let rest = instruction.trim_start().strip_prefix("HYPERLINK")?.trim_start();
        // `\l` names a place in the document.
        let address = rest.strip_prefix('"')?.split('"').next()?.to_owned();
        self.checked(&address)
    }

    fn field<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        element: &Element,
        paragraph: &mut Paragraph,
    ) -> Result<(), Unreadable> {
        match element.get("fldCharType") {
            // Real fields are nested only a few levels deep. Fields beyond the limit are not treated as fields.
            Some("begin") if self.fields.len() < 50 => {
                self.fields.push(Field { link: self.link.clone(), ..Field::default() })
            }
            Some("separate") => {
                let instruction = self.fields.last().map(|field| field.instruction.clone()).unwrap_or_default();
                if let Some(address) = self.field_link(&instruction) {
                    self.link = Some(address);
                }
                if let Some(field) = self.fields.last_mut() {
                    field.is_result = true;
                }
            }
            Some("end") => {
                if let Some(field) = self.fields.pop() {
                    self.link = field.link;
                }
            }
            _ => {}
        }
        // A check box, as in old (legacy) form fields.
        let mut inside = 1;
        while inside > 0 {
            match xml.next()? {
                Token::Open(element) => {
                    inside += 1;
                    match element.name.as_str() {
                        "checkBox" if paragraph.is_empty() => paragraph.checkbox = Some(false),
                        "checked" | "default" if paragraph.checkbox.is_some() => {
                            paragraph.checkbox = Some(element.is_on())
                        }
                        _ => {}
                    }
                }
                Token::Close => inside -= 1,
                Token::Text(_) => {}
                Token::End => break,
            }
        }
        Ok(())
    }

    /// A character of a symbol font, as Unicode.
    fn symbol(&mut self, element: &Element) -> &'static str {
        let code = element.get("char").and_then(|code| u32::from_str_radix(code, 16).ok()).unwrap_or(0) & 0xff;
        match (element.get("font").unwrap_or_default(), code) {
            ("Symbol", 0xb7) => "•",
            ("Symbol", 0xae) => "→",
            ("Symbol", 0xb3) => "≥",
            ("Symbol", 0xa3) => "≤",
            ("Symbol", 0xb1) => "±",
            ("Symbol", 0xb4) => "×",
            ("Symbol", 0xb9) => "≠",
            ("Symbol", 0xbb) => "≈",
            ("Symbol", 0x44) => "Δ",
            ("Symbol", 0x53) => "Σ",
            ("Symbol", 0x57) => "Ω",
            ("Symbol", 0x61) => "α",
            ("Symbol", 0x62) => "β",
            ("Symbol", 0x6d) => "μ",
            ("Symbol", 0x70) => "π",
            ("Wingdings", 0xfc) => "✓",
            ("Wingdings", 0xfb) => "✗",
            ("Wingdings", 0xe0 | 0xf0) => "→",
            ("Wingdings", 0xdf) => "←",
            ("Wingdings", 0xa7 | 0x6e) => "▪",
            ("Wingdings", 0xa8 | 0x6f) => "☐",
            ("Wingdings", 0xfe) => "☑",
            ("Wingdings", 0xfd) => "☒",
            ("Wingdings", 0x4a) => "☺",
            _ => {
                self.lose("A symbol of a special font became □");
                "□"
            }
        }
    }

    /// Images and text boxes in a drawing; what else it shows is reported.
    fn drawing<R: BufRead>(
        &mut self,
        xml: &mut Xml<R>,
        around: &Element,
        paragraph: &mut Paragraph,
    ) -> Result<(), Unreadable> {
        let (mut image, mut inside, mut found) = (Image::default(), 1, 0);
        let is_shown = self.is_shown();
        while inside > 0 {
            let element = match xml.next()? {
                Token::Open(element) => element,
                Token::Close => {
                    inside -= 1;
                    continue;
                }
                Token::Text(_) => continue,
                Token::End => break,
            };
            inside += 1;
            let pixels =
                |name: &str| element.get(name).and_then(|units| units.parse::<u64>().ok()).unwrap_or(0) / EMU_PER_PIXEL;
            match element.name.as_str() {
                "extent" => (image.width, image.height) = (pixels("cx"), pixels("cy")),
                "docPr" => {
                    image.alt = element.get("descr").unwrap_or_default().to_owned();
                    image.title = element.get("title").unwrap_or_default().to_owned();
                }
                "hlinkClick" => image.href = self.address(&element),
                "blip" | "imagedata" => {
                    let id = element.get("embed").or(element.get("id")).unwrap_or_default();
                    match self.relations.target(id).cloned() {
                        Some(Target::Part(part)) if is_shown => {
                            self.count()?;
                            paragraph.pieces.push(Piece::Image(Image { part, ..std::mem::take(&mut image) }));
                            found += 1;
                        }
                        Some(Target::Part(_)) => {}
                        _ => {
                            self.lose("An image that is only linked was left out");
                            found += 1;
                        }
                    }
                }
                "txbxContent" => {
                    let blocks = self.blocks(xml)?;
                    inside -= 1;
                    found += 1;
                    if !blocks.is_empty() && is_shown {
                        self.lose("A text box became paragraphs after the one that it was beside");
                        paragraph.boxes.extend(blocks);
                    }
                }
                "rect" if element.get("hr").is_some_and(|hr| hr.starts_with('t')) => {
                    paragraph.is_ruled = true;
                    found += 1;
                }
                "chart" => {
                    self.lose("A chart was left out");
                    found += 1;
                }
                "relIds" => {
                    self.lose("A diagram (SmartArt) was left out");
                    found += 1;
                }
                "OLEObject" => self.lose("An embedded object is shown as its picture, if it has one"),
                _ => {}
            }
        }
        if found == 0 {
            self.lose(if around.name == "object" {
                "An embedded object was left out"
            } else {
                "A drawing was left out"
            });
        }
        Ok(())
    }
}
