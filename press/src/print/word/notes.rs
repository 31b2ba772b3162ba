//! `word/footnotes.xml`: the notes, and the separator lines above them, which Word requires.

use std::fmt::Write;

use super::xml::{HEADER, NAMESPACES, escaped};
use crate::print::notes::parts;

/// The notes of a file, and where their links lead.
#[derive(Default)]
pub struct Notes {
    /// The notes as XML. The first has the id 1, because the separator lines have -1 and 0.
    xml: Vec<String>,
    links: Vec<String>,
}

impl Notes {
    pub fn is_empty(&self) -> bool {
        self.xml.is_empty()
    }

    /// The whole part.
    pub fn part(&self) -> String {
        let line = |kind: &str, id: i32, element: &str| {
            format!(
                "<w:footnote w:type=\"{kind}\" w:id=\"{id}\"><w:p><w:pPr><w:spacing w:after=\"0\" w:line=\"240\" w:lineRule=\"auto\"/></w:pPr>\
                 <w:r><w:{element}/></w:r></w:p></w:footnote>"
            )
        };
        format!(
            "{HEADER}<w:footnotes {NAMESPACES}>{}{}{}</w:footnotes>",
            line("separator", -1, "separator"),
            line("continuationSeparator", 0, "continuationSeparator"),
            self.xml.concat()
        )
    }

    pub fn relations(&self) -> String {
        let mut xml =
            format!("{HEADER}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
        for (index, address) in self.links.iter().enumerate() {
            let _ = write!(
                xml,
                "<Relationship Id=\"link{}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink\" \
                 Target=\"{}\" TargetMode=\"External\"/>",
                index + 1,
                escaped(address)
            );
        }
        xml + "</Relationships>"
    }

    /// Adds a note, and returns the note's id.
    pub fn add(&mut self, text: &str) -> usize {
        let run = |text: &str, style: &str| {
            format!("<w:r>{style}<w:t xml:space=\"preserve\">{}</w:t></w:r>", escaped(&text.replace(['\n', '\t'], " ")))
        };
        let mut runs = String::new();
        for (part, is_address) in parts(text) {
            if !is_address {
                runs.push_str(&run(part, ""));
                continue;
            }
            self.links.push(part.to_owned());
            let _ = write!(
                runs,
                "<w:hyperlink r:id=\"link{}\" w:history=\"1\">{}</w:hyperlink>",
                self.links.len(),
                run(part, "<w:rPr><w:rStyle w:val=\"Hyperlink\"/></w:rPr>")
            );
        }
        let id = self.xml.len() + 1;
        self.xml.push(format!(
            "<w:footnote w:id=\"{id}\"><w:p><w:pPr><w:pStyle w:val=\"FootnoteText\"/></w:pPr><w:r><w:rPr><w:rStyle w:val=\"FootnoteReference\"/>\
             </w:rPr><w:footnoteRef/></w:r><w:r><w:t xml:space=\"preserve\"> </w:t></w:r>{runs}</w:p></w:footnote>"
        ));
        id
    }
}
