//! The text of Word, Excel and PowerPoint files: ZIP files of XML. Only the parts with text are opened, each up to a
//! size, whatever the directory of the ZIP file claims; XML is read event by event, and no entity is expanded.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::{MOST_TEXT, Unreadable};

/// The largest size of one part, unpacked: a book in Word has 20 MB of XML. A bomb has gigabytes.
const MOST_PART: u64 = 128 << 20;
/// The maximum number of sheets or slides.
const MOST_PARTS: usize = 500;

type Archive = ZipArchive<BufReader<File>>;

fn open(file: &Path) -> Result<Archive, Unreadable> {
    Ok(ZipArchive::new(BufReader::new(File::open(file)?))?)
}

/// The text of a Word document: its body, then notes.
pub fn words(file: &Path) -> Result<String, Unreadable> {
    let mut archive = open(file)?;
    let mut text = part(&mut archive, "word/document.xml")?;
    for notes in ["word/footnotes.xml", "word/endnotes.xml", "word/comments.xml"] {
        if archive.index_for_name(notes).is_some() {
            text.push('\n');
            text.push_str(&part(&mut archive, notes)?);
        }
    }
    Ok(text)
}

/// The words of a workbook, then the numbers of its sheets.
pub fn cells(file: &Path) -> Result<String, Unreadable> {
    let mut archive = open(file)?;
    let mut text = String::new();
    if archive.index_for_name("xl/sharedStrings.xml").is_some() {
        text = part(&mut archive, "xl/sharedStrings.xml")?;
    }
    for sheet in numbered(&archive, "xl/worksheets/sheet") {
        text.push('\n');
        text.push_str(&part(&mut archive, &sheet)?);
    }
    Ok(text)
}

/// The text of slides in their order, then of their notes.
pub fn slides(file: &Path) -> Result<String, Unreadable> {
    let mut archive = open(file)?;
    let mut text = String::new();
    for slide in [numbered(&archive, "ppt/slides/slide"), numbered(&archive, "ppt/notesSlides/notesSlide")].concat() {
        text.push_str(&part(&mut archive, &slide)?);
        text.push('\n');
    }
    Ok(text)
}

/// The parts with a number after this prefix, in the order of their numbers.
fn numbered(archive: &Archive, prefix: &str) -> Vec<String> {
    let mut found: Vec<(u32, String)> = archive
        .file_names()
        .filter_map(|name| {
            let number = name.strip_prefix(prefix)?.strip_suffix(".xml")?.parse().ok()?;
            Some((number, name.to_owned()))
        })
        .collect();
    found.sort();
    found.into_iter().take(MOST_PARTS).map(|(_, name)| name).collect()
}

fn part(archive: &mut Archive, name: &str) -> Result<String, Unreadable> {
    let part = archive.by_name(name)?;
    // One byte more than allowed shows that there is more, whatever the header says.
    let mut reader = Reader::from_reader(BufReader::new(part.take(MOST_PART + 1)));
    let (mut text, mut buffer) = (String::new(), Vec::new());
    // How many elements that hold text are open, so that the white space between other elements is left out.
    let (mut inside, mut number) = (0_u32, false);
    loop {
        match reader.read_event_into(&mut buffer)? {
            Event::Start(start) => match start.local_name().as_ref() {
                b"t" => inside += 1,
                // The number of a cell. If it is the index of a shared string, it is left out, because all shared
                // strings are read.
                b"c" => {
                    number = !start.attributes().flatten().any(|one| one.key.as_ref() == b"t" && &*one.value == b"s")
                }
                b"v" if number => inside += 1,
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                b"t" => inside = inside.saturating_sub(1),
                b"v" if number => {
                    inside = inside.saturating_sub(1);
                    text.push('\t');
                }
                b"p" | b"si" | b"row" => text.push('\n'),
                b"tc" => text.push('\t'),
                _ => {}
            },
            Event::Empty(empty) => match empty.local_name().as_ref() {
                b"tab" => text.push('\t'),
                b"br" | b"cr" => text.push('\n'),
                _ => {}
            },
            Event::Text(words) if inside > 0 => text.push_str(&words.decode()?),
            Event::CData(words) if inside > 0 => text.push_str(&words.decode()?),
            // The five entities of XML and numeric ones are read; others may be declared by the file, and are left out.
            Event::GeneralRef(reference) if inside > 0 => match reference.resolve_char_ref() {
                Ok(Some(character)) => text.push(character),
                _ => text.push_str(match &*reference.decode()? {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    _ => "",
                }),
            },
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
        if text.len() > MOST_TEXT {
            break;
        }
        if reader.buffer_position() > MOST_PART {
            return Err(Unreadable(format!("{name} is larger than 128 MiB")));
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A file with these parts.
    fn archive(parts: &[(&str, &str)]) -> tempfile::TempPath {
        let (file, path) = tempfile::NamedTempFile::new().expect("a file").into_parts();
        let mut archive = ZipWriter::new(file);
        for (name, content) in parts {
            archive.start_file(*name, SimpleFileOptions::default()).expect("a part");
            archive.write_all(content.as_bytes()).expect("written");
        }
        archive.finish().expect("written");
        path
    }

    #[test]
    fn the_words_of_office_files_are_found() {
        let body = "<w:document><w:body><w:p><w:r><w:t>Growth</w:t><w:tab/><w:t xml:space=\"preserve\"> &lt;10 %&#8364;</w:t>\
                    </w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>Norway</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>";
        let file = archive(&[("word/document.xml", body), ("word/footnotes.xml", "<w:t>A note</w:t>")]);
        let text = words(&file).expect("readable");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["Growth", "<10", "%€", "Norway", "A", "note"]);
        let sheet = "<row><c t=\"s\"><v>0</v></c><c><v>11.5</v></c></row><row><c t=\"inlineStr\"><is><t>here</t></is></c></row>";
        let parts = [("xl/sharedStrings.xml", "<si><t>Country</t></si>"), ("xl/worksheets/sheet2.xml", sheet)];
        let text = cells(&archive(&parts)).expect("readable");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["Country", "11.5", "here"]);
        let parts =
            [("ppt/slides/slide10.xml", "<a:t>last</a:t>"), ("ppt/slides/slide2.xml", "<a:p><a:t>first</a:t></a:p>")];
        let text = slides(&archive(&parts)).expect("readable");
        assert_eq!(text.split_whitespace().collect::<Vec<_>>(), ["first", "last"]);
    }

    #[test]
    fn entities_of_the_file_are_not_expanded_and_large_parts_are_refused() {
        let secret = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(secret.path(), "a secret").expect("written");
        let body = format!(
            "<!DOCTYPE x [<!ENTITY e SYSTEM \"file://{}\"><!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><w:t>x&e;&b;y</w:t>",
            secret.path().display()
        );
        assert_eq!(words(&archive(&[("word/document.xml", &body)])).expect("readable").trim(), "xy");
        let bomb = format!("<a>{}", " ".repeat(MOST_PART as usize + 10));
        assert!(words(&archive(&[("word/document.xml", &bomb)])).is_err());
        assert!(words(&archive(&[("other.xml", "<a/>")])).is_err());
    }
}
