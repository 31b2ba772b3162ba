//! The meaning of a style: found by its name, and by the styles that it is based on. Word writes the names of its
//! styles in English, whatever the language of its window; other programs write them in other languages.

use std::collections::HashMap;
use std::io::BufRead;

use super::xml::Xml;
use crate::Unreadable;

/// The kind of a paragraph.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kind {
    #[default]
    Plain,
    Title,
    /// From 1.
    Heading(u32),
    Quote,
    /// Code, with its language if it is known.
    Code(String),
    /// A further paragraph of an item, with the level if the style has one.
    ListContinue(Option<usize>),
    TableHeading,
    /// The caption below an image.
    Caption,
    Rule,
    /// The link that our own files write for a card.
    Card,
    /// The title that our own files write above a callout. It is left out within a callout, because the editor shows
    /// it.
    CalloutTitle,
    /// A line of a table of contents. It is left out, because tables of contents are made from the headings.
    Contents,
}

#[derive(Clone, Debug, Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    outline: Option<u32>,
    numbering: Option<String>,
    level: Option<usize>,
    bold: Option<bool>,
    italic: Option<bool>,
    strike: Option<bool>,
    hidden: bool,
    font: Option<String>,
}

#[derive(Default)]
pub struct Styles {
    styles: HashMap<String, Style>,
}

/// How a style shows a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    pub bold: bool,
    pub italic: bool,
    pub strike: bool,
    pub code: bool,
    pub hidden: bool,
}

/// The longest chain of styles that are based on each other. This also ends a cycle.
const LONGEST_CHAIN: usize = 10;
const MOST_STYLES: usize = 5_000;

/// `heading` as word processors write it in the languages of most of our readers. Word itself writes it in English.
const HEADING: [&str; 12] = [
    "heading",
    "überschrift",
    "titre",
    "título",
    "titolo",
    "kop",
    "rubrik",
    "overskrift",
    "otsikko",
    "nagłówek",
    "nadpis",
    "заголовок",
];

impl Styles {
    pub fn read<R: BufRead>(mut xml: Xml<R>) -> Result<Styles, Unreadable> {
        let mut styles = HashMap::new();
        // Enters the root element.
        xml.child()?;
        while let Some(element) = xml.child()? {
            match element.get("styleId") {
                Some(id) if element.name == "style" && styles.len() < MOST_STYLES => {
                    styles.insert(id.to_owned(), style(&mut xml)?);
                }
                _ => xml.skip()?,
            }
        }
        Ok(Styles { styles })
    }

    fn chain<'a>(&'a self, id: &str) -> impl Iterator<Item = &'a Style> {
        let first = self.styles.get(id);
        std::iter::successors(first, |style| self.styles.get(style.based_on.as_deref()?)).take(LONGEST_CHAIN)
    }

    pub fn kind(&self, id: &str) -> Kind {
        if id.is_empty() {
            return Kind::Plain;
        }
        // A style that the file does not describe is recognised by its id, such as `Heading1`.
        if !self.styles.contains_key(id) {
            return named(id).unwrap_or_default();
        }
        for style in self.chain(id) {
            if let Some(kind) = named(&style.name) {
                return kind;
            }
            if let Some(level) = style.outline.filter(|level| *level < 9) {
                return Kind::Heading(level + 1);
            }
            if style.font.as_deref().is_some_and(is_monospace) {
                return Kind::Code(String::new());
            }
        }
        Kind::Plain
    }

    /// The numbering of a paragraph's style, with its level.
    pub fn numbering(&self, id: &str) -> Option<(String, usize)> {
        let numbering = self.chain(id).find_map(|style| style.numbering.clone())?;
        Some((numbering, self.chain(id).find_map(|style| style.level).unwrap_or(0)))
    }

    /// How a style of characters shows a run.
    pub fn look(&self, id: &str) -> Look {
        let chain = || self.chain(id);
        let is_code = |style: &Style| is_code_name(&style.name) || style.font.as_deref().is_some_and(is_monospace);
        Look {
            bold: chain().find_map(|style| style.bold).unwrap_or(false),
            italic: chain().find_map(|style| style.italic).unwrap_or(false),
            strike: chain().find_map(|style| style.strike).unwrap_or(false),
            code: chain().any(is_code),
            hidden: chain().any(|style| style.hidden),
        }
    }
}

fn style<R: BufRead>(xml: &mut Xml<R>) -> Result<Style, Unreadable> {
    let mut style = Style::default();
    while let Some(element) = xml.child()? {
        match element.name.as_str() {
            "name" => style.name = element.val().to_owned(),
            "basedOn" => style.based_on = Some(element.val().to_owned()),
            "pPr" | "rPr" => {
                properties(xml, &mut style)?;
                continue;
            }
            _ => {}
        }
        xml.skip()?;
    }
    Ok(style)
}

fn properties<R: BufRead>(xml: &mut Xml<R>, style: &mut Style) -> Result<(), Unreadable> {
    while let Some(element) = xml.child()? {
        match element.name.as_str() {
            "outlineLvl" => style.outline = element.val().parse().ok(),
            "b" => style.bold = Some(element.is_on()),
            "i" => style.italic = Some(element.is_on()),
            "strike" => style.strike = Some(element.is_on()),
            "vanish" => style.hidden = element.is_on(),
            "rFonts" => style.font = element.get("ascii").or(element.get("hAnsi")).map(str::to_owned),
            "numPr" => {
                while let Some(element) = xml.child()? {
                    match element.name.as_str() {
                        "numId" => style.numbering = Some(element.val().to_owned()),
                        "ilvl" => style.level = element.val().parse().ok(),
                        _ => {}
                    }
                    xml.skip()?;
                }
                continue;
            }
            _ => {}
        }
        xml.skip()?;
    }
    Ok(())
}

/// The meaning of a name.
fn named(name: &str) -> Option<Kind> {
    let name = name.trim().to_lowercase();
    let (words, number) = match name
        .rfind(|c: char| !c.is_ascii_digit())
        .map(|at| at + name[at..].chars().next().map_or(1, char::len_utf8))
    {
        Some(end) => (name[..end].trim(), name[end..].parse::<u32>().ok()),
        None => (name.as_str(), None),
    };
    match (words, number) {
        (words, Some(level @ 1..=9)) if HEADING.contains(&words) => Some(Kind::Heading(level)),
        ("title" | "titel" | "título" | "titolo", None) => Some(Kind::Title),
        ("quote" | "intense quote" | "block text" | "quotations" | "zitat" | "citation" | "blockquote", None) => {
            Some(Kind::Quote)
        }
        ("toc" | "contents" | "verzeichnis" | "contents heading" | "toc heading", _) => Some(Kind::Contents),
        ("list continue" | "listcontinue", level) => {
            Some(Kind::ListContinue(Some(level.unwrap_or(1).clamp(1, 9) as usize - 1)))
        }
        ("list paragraph" | "listparagraph" | "listenabsatz", None) => Some(Kind::ListContinue(None)),
        ("table heading" | "tableheading" | "table header", None) => Some(Kind::TableHeading),
        ("caption" | "beschriftung" | "légende", None) => Some(Kind::Caption),
        ("link card", None) => Some(Kind::Card),
        ("horizontal line" | "horizontalline", None) => Some(Kind::Rule),
        _ if name.starts_with("callout title (") => Some(Kind::CalloutTitle),
        _ if is_code_name(&name) => {
            let language = name.strip_prefix("code (").and_then(|rest| rest.strip_suffix(')'));
            Some(Kind::Code(language.unwrap_or_default().to_owned()))
        }
        _ => None,
    }
}

fn is_code_name(name: &str) -> bool {
    let name = name.trim().to_lowercase();
    name.starts_with("code (")
        || matches!(
            name.as_str(),
            "code"
                | "codeblock"
                | "code block"
                | "source code"
                | "sourcecode"
                | "source text"
                | "html preformatted"
                | "html code"
                | "htmlpreformatted"
                | "preformatted text"
                | "macro text"
                | "verbatim"
                | "verbatim char"
                | "code characters"
                | "codecharacters"
                | "inline code"
                | "code char"
                | "html sample"
                | "html keyboard"
                | "html typewriter"
        )
}

pub fn is_monospace(font: &str) -> bool {
    let font = font.to_lowercase();
    font.ends_with(" mono")
        || font.starts_with("courier")
        || matches!(
            font.as_str(),
            "consolas"
                | "menlo"
                | "monaco"
                | "lucida console"
                | "source code pro"
                | "fira code"
                | "cascadia code"
                | "andale mono"
                | "monospace"
        )
}
