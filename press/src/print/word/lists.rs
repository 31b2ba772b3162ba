//! Lists, and `word/numbering.xml`: every list has its own numbering, so that it does not continue another.

use std::fmt::Write;

use super::body::{Body, LEVEL_TWIPS, MOST_LEVELS, Place, aligned};
use super::xml::{HEADER, NAMESPACES};
use crate::print::description::Node;

pub struct List {
    /// The index in [`FORMATS`].
    format: usize,
    level: usize,
    start: u32,
}

/// Word's names for kinds of numbering. The first two are bullets and tasks; a task's box is a control in the text.
const FORMATS: [&str; 7] = ["bullet", "none", "decimal", "lowerLetter", "upperLetter", "lowerRoman", "upperRoman"];
const BULLETS: [&str; 3] = ["\u{2022}", "\u{25E6}", "\u{25AA}"];

impl Body<'_> {
    pub(super) fn list(&mut self, node: &Node, place: Place<'_>) {
        let (format, style) = match node.kind.as_str() {
            "bulletList" => (0, "ListBullet"),
            "taskList" => (1, "ListTask"),
            _ => (ordered(node.string("type")), "ListNumber"),
        };
        let level = place.level.map_or(0, |level| level + 1).min(MOST_LEVELS - 1);
        let start = node.number("start").unwrap_or(1);
        self.lists.push(List { format, level, start });
        let number = self.lists.len();
        let left = place.indent + LEVEL_TWIPS * if place.level.is_some() { 0 } else { 1 };
        let inside = Place { level: Some(level), depth: place.depth + 1, indent: left, ..place };
        for item in &node.content {
            let mut numbering = format!("<w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"{number}\"/></w:numPr>");
            if place.level.is_none() && place.indent > 0 {
                let _ = write!(numbering, "<w:ind w:left=\"{left}\" w:hanging=\"{LEVEL_TWIPS}\"/>");
            }
            // An item begins with a paragraph.
            let (first, rest) = match item.content.split_first() {
                Some((first, rest)) if first.is_line() && first.kind != "heading" && first.kind != "codeBlock" => {
                    (&first.content[..], rest)
                }
                _ => (&[][..], &item.content[..]),
            };
            let own = Place { align: place.align, ..Place::default() };
            let own = item.content.first().map_or(own, |first| aligned(first, own));
            // The change of the item's first line also covers its number.
            let line = item.content.first().filter(|line| line.is_line()).unwrap_or(item);
            self.tracked(line, |body| {
                body.begin_paragraph(style, &numbering, own);
                if node.kind == "taskList" {
                    body.checkbox(item.attrs.get("checked").is_some_and(|checked| checked == true));
                }
                body.inline(first);
                body.xml.push_str("</w:p>");
            });
            self.blocks(rest, Place { indent: left + LEVEL_TWIPS * usize::from(place.level.is_some()), ..inside });
        }
    }

    /// Writes a box that can be checked in Word, too.
    fn checkbox(&mut self, is_checked: bool) {
        let (value, sign) = if is_checked { (1, '\u{2611}') } else { (0, '\u{2610}') };
        let font = "Segoe UI Symbol";
        let _ = write!(
            self.xml,
            "<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val=\"{value}\"/><w14:checkedState w14:val=\"2611\" \
             w14:font=\"{font}\"/><w14:uncheckedState w14:val=\"2610\" w14:font=\"{font}\"/></w14:checkbox></w:sdtPr>\
             <w:sdtContent><w:r><w:rPr><w:rFonts w:ascii=\"{font}\" w:hAnsi=\"{font}\" w:eastAsia=\"{font}\" \
             w:cs=\"{font}\"/></w:rPr><w:t>{sign}</w:t></w:r></w:sdtContent></w:sdt><w:r><w:tab/></w:r>"
        );
    }
}

fn ordered(kind: &str) -> usize {
    match kind {
        "a" => 3,
        "A" => 4,
        "i" => 5,
        "I" => 6,
        _ => 2,
    }
}

pub fn numbering(lists: &[List]) -> String {
    let mut xml = format!("{HEADER}<w:numbering {NAMESPACES}>");
    for (index, format) in FORMATS.iter().enumerate() {
        let _ =
            write!(xml, "<w:abstractNum w:abstractNumId=\"{index}\"><w:multiLevelType w:val=\"hybridMultilevel\"/>");
        for level in 0..MOST_LEVELS {
            let text = match index {
                0 => BULLETS[level % BULLETS.len()].to_owned(),
                1 => String::new(),
                _ => format!("%{}.", level + 1),
            };
            let suffix = if index == 1 { "<w:suff w:val=\"nothing\"/>" } else { "" };
            let _ = write!(
                xml,
                "<w:lvl w:ilvl=\"{level}\"><w:start w:val=\"1\"/><w:numFmt w:val=\"{format}\"/>{suffix}<w:lvlText \
                 w:val=\"{text}\"/><w:lvlJc w:val=\"left\"/><w:pPr><w:ind w:left=\"{}\" w:hanging=\"{LEVEL_TWIPS}\"/>\
                 </w:pPr></w:lvl>",
                LEVEL_TWIPS * (level + 1)
            );
        }
        xml.push_str("</w:abstractNum>");
    }
    for (index, List { format, level, start }) in lists.iter().enumerate() {
        let _ = write!(xml, "<w:num w:numId=\"{}\"><w:abstractNumId w:val=\"{format}\"/>", index + 1);
        let _ = write!(
            xml,
            "<w:lvlOverride w:ilvl=\"{level}\"><w:startOverride w:val=\"{start}\"/></w:lvlOverride></w:num>"
        );
    }
    xml.push_str("</w:numbering>");
    xml
}
