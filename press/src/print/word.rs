//! Word files. They use styles that Word knows by name, so that people can change how everything looks at once, and so
//! that `crate::docx` can read the files again. The same document makes the same bytes.

mod body;
mod changes;
mod comments;
mod lists;
mod notes;
mod parts;
mod pictures;
mod runs;
mod tables;
mod xml;

use std::io::{Cursor, Write};
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Unreadable;
use crate::print::description::Print;
use body::Body;

/// # Errors
/// When an image cannot be read from the folder.
pub fn write(print: &Print, folder: &Path) -> Result<Vec<u8>, Unreadable> {
    let mut body = Body::new(print, folder);
    body.chapters();
    let document = body.document();
    let comments = comments::all(print);
    let mut package = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, content: &[u8]| -> Result<(), Unreadable> {
        package.start_file(name, SimpleFileOptions::default())?;
        Ok(package.write_all(content)?)
    };
    part("[Content_Types].xml", parts::content_types(&body).as_bytes())?;
    part("_rels/.rels", parts::PACKAGE.as_bytes())?;
    part("docProps/core.xml", parts::core(print).as_bytes())?;
    part("docProps/app.xml", parts::APP.as_bytes())?;
    part("word/document.xml", document.as_bytes())?;
    part("word/_rels/document.xml.rels", parts::relations(&body).as_bytes())?;
    part("word/styles.xml", parts::styles(print, &body.languages).as_bytes())?;
    part("word/numbering.xml", lists::numbering(&body.lists).as_bytes())?;
    part("word/settings.xml", parts::settings(&body).as_bytes())?;
    part("word/footer1.xml", parts::footer(print).as_bytes())?;
    part("word/comments.xml", comments.parts.as_bytes())?;
    part("word/commentsExtended.xml", comments.extended.as_bytes())?;
    if !body.notes.is_empty() {
        part("word/footnotes.xml", body.notes.part().as_bytes())?;
        part("word/_rels/footnotes.xml.rels", body.notes.relations().as_bytes())?;
    }
    for picture in &body.pictures {
        part(&format!("word/media/{}", picture.name), &std::fs::read(&picture.file)?)?;
    }
    Ok(package.finish()?.into_inner())
}
