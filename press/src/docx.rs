//! Word files as documents of the editor. Styles decide what a paragraph becomes, as people who use styles expect. What
//! the editor cannot represent is reported. Only the parts that the text needs are read, no entity that the file
//! declares is expanded, and nothing outside the file is read.

mod blocks;
mod build;
mod changes;
mod images;
mod notes;
mod numbering;
mod paragraphs;
mod properties;
mod relations;
mod runs;
#[cfg(test)]
mod samples;
mod styles;
mod tables;
#[cfg(test)]
mod tests;
mod xml;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use crate::Unreadable;
use crate::document::{Document, Media};
use blocks::Parser;
use build::Build;
use changes::Changes;
use images::Images;
use numbering::Numbering;
use relations::Relations;
use styles::Styles;
use xml::Xml;

/// The largest size of one part, unpacked. One byte more is read, which shows that the part is larger, whatever the
/// header says.
const MOST_PART: u64 = (128 << 20) + 1;
/// The maximum number of parts. A book with a thousand images has two thousand.
const MOST_PARTS: usize = 10_000;
/// The size of the stack. Each level of nested tables takes some of it, and more in a debug build. The stack is only
/// address space until it is used.
const STACK_BYTES: usize = 64 << 20;

type Archive = ZipArchive<BufReader<File>>;

/// Opens a part of the package; `None` if it does not exist.
fn part<'a>(archive: &'a mut Archive, name: &str) -> Result<Option<Xml<BufReader<impl Read + 'a>>>, Unreadable> {
    if archive.index_for_name(name).is_none() {
        return Ok(None);
    }
    Ok(Some(Xml::new(BufReader::new(archive.by_name(name)?.take(MOST_PART)))))
}

/// # Errors
/// When the file is not a Word file, or is larger or deeper than a document can be.
pub fn read(file: &Path, folder: &Path) -> Result<Document, Unreadable> {
    let (file, folder) = (file.to_owned(), folder.to_owned());
    let reading = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || read_here(&file, &folder))?;
    reading.join().map_err(|_| Unreadable("reading it failed".into()))?
}

fn read_here(file: &Path, folder: &Path) -> Result<Document, Unreadable> {
    let mut archive = ZipArchive::new(BufReader::new(File::open(file)?))?;
    if archive.len() > MOST_PARTS {
        return Err(Unreadable(format!("it has more than {MOST_PARTS} parts")));
    }
    let package = Relations::of(&mut archive, "")?;
    let main = package.of_kind("officeDocument").unwrap_or_else(|| "word/document.xml".into());
    let relations = Relations::of(&mut archive, &main)?;
    let path = |kind: &str, name: &str| relations.of_kind(kind).unwrap_or_else(|| format!("word/{name}.xml"));
    let styles = part(&mut archive, &path("styles", "styles"))?.map(Styles::read).transpose()?.unwrap_or_default();
    let numbering =
        part(&mut archive, &path("numbering", "numbering"))?.map(Numbering::read).transpose()?.unwrap_or_default();
    let mut document = properties::read(&mut archive, &package)?;
    let archives = ZipArchive::new(BufReader::new(File::open(file)?))?;
    let mut images = Images::new(archives, Media::new(folder));
    let texts = Texts { styles: &styles, numbering: &numbering, main: &main, relations: &relations };
    let mut accepted = texts.read(&mut archive, &mut images, &mut document, false)?;
    if accepted.are_there {
        // The passages of comments are looked up in the text without the changes.
        let mut before = Document::default();
        let rejected = texts.read(&mut archive, &mut images, &mut before, true)?;
        document.before = Some(before.doc);
        document.comments = before.comments;
        document.changes = std::mem::take(&mut accepted).all().chain(rejected.all()).collect();
    }
    Ok(document)
}

/// The state of reading the text of a file.
struct Texts<'a> {
    styles: &'a Styles,
    numbering: &'a Numbering,
    /// The part with the text.
    main: &'a str,
    relations: &'a Relations,
}

impl Texts<'_> {
    /// Reads the text with its tracked changes, or without them. Returns the changes.
    fn read(
        &self,
        archive: &mut Archive,
        images: &mut Images<'_>,
        document: &mut Document,
        rejects: bool,
    ) -> Result<Changes, Unreadable> {
        let path = |kind: &str, name: &str| self.relations.of_kind(kind).unwrap_or_else(|| format!("word/{name}.xml"));
        let mut parser = Parser::new(self.styles);
        parser.rejects = rejects;
        let comments = match part(archive, &path("comments", "comments"))? {
            Some(xml) => properties::comments(xml)?,
            None => Vec::new(),
        };
        for (kind, name) in [("footnotes", "footnotes"), ("endnotes", "endnotes")] {
            let notes = path(kind, name);
            let relations = Relations::of(archive, &notes)?;
            if let Some(mut xml) = part(archive, &notes)? {
                parser.notes(&mut xml, kind, relations)?;
            }
        }
        let mut build = Build::new(self.numbering, images);
        parser.relations = self.relations.clone();
        let Some(mut xml) = part(archive, self.main)? else {
            return Err(Unreadable("it is no Word file: it has no text".into()));
        };
        // The text is read a block at a time, so that a long one takes no more memory than its result.
        parser.body(&mut xml, &mut |block, parser| build.block(block, parser))?;
        drop(xml);
        build.finish(document, &mut parser, comments)?;
        Ok(parser.changes)
    }
}
