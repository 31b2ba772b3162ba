//! `word/numbering.xml`: what each level of a list looks like.

use std::collections::HashMap;
use std::io::BufRead;

use super::xml::Xml;
use crate::Unreadable;

#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// As Word names it: `bullet`, `decimal`, `lowerLetter` …
    pub format: String,
    pub start: u32,
}

impl Default for Level {
    fn default() -> Level {
        Level { format: "decimal".into(), start: 1 }
    }
}

impl Level {
    /// The attribute `type` of an ordered list.
    pub fn list_type(&self) -> Option<&'static str> {
        match self.format.as_str() {
            "lowerLetter" => Some("a"),
            "upperLetter" => Some("A"),
            "lowerRoman" => Some("i"),
            "upperRoman" => Some("I"),
            _ => None,
        }
    }
}

type Levels = HashMap<usize, Level>;

#[derive(Default)]
pub struct Numbering {
    abstracts: HashMap<String, Levels>,
    /// For each numbering, its abstract numbering and the numbers with which its levels begin.
    numberings: HashMap<String, (String, HashMap<usize, u32>)>,
}

const MOST: usize = 50_000;

impl Numbering {
    pub fn read<R: BufRead>(mut xml: Xml<R>) -> Result<Numbering, Unreadable> {
        let mut numbering = Numbering::default();
        xml.child()?;
        while let Some(element) = xml.child()? {
            let id = element.get("abstractNumId").or(element.get("numId")).unwrap_or_default().to_owned();
            match element.name.as_str() {
                "abstractNum" if numbering.abstracts.len() < MOST => {
                    let levels = levels(&mut xml)?;
                    numbering.abstracts.insert(id, levels);
                }
                "num" if numbering.numberings.len() < MOST => {
                    let found = one(&mut xml)?;
                    numbering.numberings.insert(id, found);
                }
                _ => xml.skip()?,
            }
        }
        Ok(numbering)
    }

    /// Whether the second numbering continues the first.
    pub fn continues(&self, first: &str, second: &str, level: usize) -> bool {
        match (self.numberings.get(first), self.numberings.get(second)) {
            (Some((of, _)), Some((same, starts))) => of == same && !starts.contains_key(&level),
            _ => false,
        }
    }

    /// A level of a list; a level with bullets if the file does not describe it.
    pub fn level(&self, numbering: &str, level: usize) -> Level {
        let Some((of, starts)) = self.numberings.get(numbering) else {
            return Level { format: "bullet".into(), start: 1 };
        };
        let mut found = self.abstracts.get(of).and_then(|levels| levels.get(&level)).cloned().unwrap_or_default();
        if let Some(start) = starts.get(&level) {
            found.start = *start;
        }
        found
    }
}

fn levels<R: BufRead>(xml: &mut Xml<R>) -> Result<Levels, Unreadable> {
    let mut levels = Levels::new();
    while let Some(element) = xml.child()? {
        match element.get("ilvl").and_then(|level| level.parse().ok()) {
            Some(number) if element.name == "lvl" => {
                let level = level(xml)?;
                levels.insert(number, level);
            }
            _ => xml.skip()?,
        }
    }
    Ok(levels)
}

fn level<R: BufRead>(xml: &mut Xml<R>) -> Result<Level, Unreadable> {
    let mut level = Level::default();
    while let Some(element) = xml.child()? {
        match element.name.as_str() {
            "numFmt" => level.format = element.val().to_owned(),
            "start" => level.start = element.val().parse().unwrap_or(1),
            _ => {}
        }
        xml.skip()?;
    }
    Ok(level)
}

fn one<R: BufRead>(xml: &mut Xml<R>) -> Result<(String, HashMap<usize, u32>), Unreadable> {
    let (mut of, mut starts) = (String::new(), HashMap::new());
    while let Some(element) = xml.child()? {
        match element.name.as_str() {
            "abstractNumId" => of = element.val().to_owned(),
            "lvlOverride" => {
                let number = element.get("ilvl").and_then(|level| level.parse().ok()).unwrap_or(0);
                while let Some(element) = xml.child()? {
                    if element.name == "startOverride"
                        && let Ok(start) = element.val().parse()
                    {
                        starts.insert(number, start);
                    }
                    xml.skip()?;
                }
                continue;
            }
            _ => {}
        }
        xml.skip()?;
    }
    Ok((of, starts))
}
