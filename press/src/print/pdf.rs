//! PDFs, made with typst. The only source is `pdf/template.typ`, which gets the document as values. No text is ever
//! read as markup, and no file or package can be requested. Fonts are embedded in this program; fonts of the machine
//! are used for characters that the embedded ones lack.

mod blocks;
mod fonts;
mod inline;
mod pictures;
#[cfg(test)]
mod tests;

use std::path::Path;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Dict, Duration, IntoValue, Smart, Str, Value};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use crate::Unreadable;
use crate::print::description::{Paper, Print};
use blocks::Blocks;

const TEMPLATE: &str = include_str!("pdf/template.typ");

/// Fonts for Latin, including Vietnamese, Greek and Cyrillic text, all under the SIL Open Font License 1.1, whose text
/// is beside each font in `press/fonts`.
const FONTS: [&[u8]; 7] = [
    include_bytes!("../../fonts/SourceSerif4-Regular.ttf"),
    include_bytes!("../../fonts/SourceSerif4-Italic.ttf"),
    include_bytes!("../../fonts/SourceSerif4-Bold.ttf"),
    include_bytes!("../../fonts/SourceSerif4-BoldItalic.ttf"),
    include_bytes!("../../fonts/Inter-Regular.ttf"),
    include_bytes!("../../fonts/Inter-SemiBold.ttf"),
    include_bytes!("../../fonts/JetBrainsMono-Regular.ttf"),
];

/// The world in which typst sets the template: the template, the fonts, and the document as one value.
struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
}

impl World for Press {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.template.id() { Ok(self.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// # Errors
/// When typst cannot set the document, for example because it is nested too deeply for the layout.
pub fn write(print: &Print, folder: &Path) -> Result<Vec<u8>, Unreadable> {
    let mut library = Library::builder().build();
    library.global.scope_mut().define("print", value(print, folder)?);
    let mut fonts: Vec<Font> = FONTS.iter().filter_map(|font| Font::new(Bytes::new(*font), 0)).collect();
    fonts.extend(fonts::beside(&fonts, &print.letters(), &print.fonts));
    let path = VirtualPath::new("main.typ").map_err(|_| Unreadable("the template has no place".into()))?;
    let main = RootedPath::new(VirtualRoot::Project, path).intern();
    let press = Press {
        library: LazyHash::new(library),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        template: Source::new(main, TEMPLATE.to_owned()),
    };
    let document = typst::compile::<PagedDocument>(&press).output.map_err(|errors| failure(&errors))?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}{}", print.title, print.date)),
        creator: Smart::Custom(Some("Consilium".into())),
        timestamp: time(&print.date).map(Timestamp::new_utc),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| failure(&errors))
}

fn failure(errors: &[SourceDiagnostic]) -> Unreadable {
    Unreadable(
        errors
            .first()
            .map_or_else(|| "it cannot be set".to_owned(), |error| format!("it cannot be set: {}", error.message)),
    )
}

fn value(print: &Print, folder: &Path) -> Result<Dict, Unreadable> {
    let mut blocks = Blocks::new(print, folder);
    let mut chapters = Vec::new();
    for chapter in &print.chapters {
        chapters.push(blocks.chapter(chapter));
    }
    let headings = blocks.headings;
    let mut value = Dict::new();
    let mut set = |name: &str, to: Value| value.insert(Str::from(name), to);
    set("title", text(&print.title));
    set("workspace", text(&print.workspace));
    set("author", text(&print.creator));
    set("note", text(&print.note));
    set("date", text(print.date.get(..10).unwrap_or_default()));
    set("language", text(language(&print.language)));
    set("paper", text(if print.paper == Paper::Letter { "us-letter" } else { "a4" }));
    // A text with fewer headings needs no table of contents.
    set("contents", (headings >= 3).into_value());
    set(
        "comparison",
        match &print.comparison {
            Some(compared) => blocks::dict(
                "comparison",
                [
                    ("from", text(&compared.from)),
                    ("to", text(&compared.to)),
                    ("people", text(&compared.people.join(", "))),
                ],
            ),
            None => Value::None,
        },
    );
    set("chapters", chapters.into_iter().collect::<typst::foundations::Array>().into_value());
    Ok(value)
}

fn text(text: &str) -> Value {
    Value::Str(Str::from(text))
}

/// The language part of a tag, as typst accepts it: two or three letters.
fn language(tag: &str) -> &str {
    let first = tag.split('-').next().unwrap_or_default();
    if (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()) { first } else { "en" }
}

/// Reads a time in RFC 3339 that is in UTC.
fn time(date: &str) -> Option<Datetime> {
    let number = |from: usize, to: usize| date.get(from..to)?.parse::<u8>().ok();
    let year = date.get(..4)?.parse().ok()?;
    Datetime::from_ymd_hms(year, number(5, 7)?, number(8, 10)?, number(11, 13)?, number(14, 16)?, number(17, 19)?)
}
