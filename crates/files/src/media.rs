//! The type of a file, found in its content. Names and declared types are never trusted, because they could hide
//! content that a browser would run.

use std::io::{self, SeekFrom};
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// The number of bytes at the beginning that determine the type.
const HEAD_BYTES: u64 = 8 << 10;
/// The number of bytes that are read at the end, because the directory of a ZIP file, which names its content, is
/// there.
const TAIL_BYTES: u64 = 64 << 10;

pub const PNG: &str = "image/png";
pub const JPEG: &str = "image/jpeg";
pub const GIF: &str = "image/gif";
pub const WEBP: &str = "image/webp";
pub const SVG: &str = "image/svg+xml";
pub const HTML: &str = "text/html";
pub const TEXT: &str = "text/plain";
pub const PDF: &str = "application/pdf";
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
pub const ZIP: &str = "application/zip";
pub const UNKNOWN: &str = "application/octet-stream";

/// Images that are decoded and shown.
pub const IMAGES: [&str; 4] = [PNG, JPEG, GIF, WEBP];
/// Other files whose text is extracted.
pub const TEXTS: [&str; 6] = [TEXT, HTML, PDF, DOCX, XLSX, PPTX];

/// Whether an image of this type is shown in the page.
pub fn is_image(media_type: &str) -> bool {
    IMAGES.contains(&media_type)
}

/// Whether something is read from a file of this type.
pub fn is_read(media_type: &str) -> bool {
    is_image(media_type) || TEXTS.contains(&media_type)
}

/// The type of a file on the disk.
///
/// # Errors
/// When the file cannot be read.
pub async fn of_file(path: &Path, bytes: u64) -> io::Result<&'static str> {
    let mut file = File::open(path).await?;
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head).await?;
    if head.starts_with(b"PK\x03\x04") {
        file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES))).await?;
        file.take(TAIL_BYTES).read_to_end(&mut tail).await?;
    }
    Ok(of(&head, &tail))
}

/// The type of a file, from its beginning, and from its end if it is a ZIP file.
pub fn of(head: &[u8], tail: &[u8]) -> &'static str {
    let at = |from: usize, mark: &[u8]| head.get(from..).is_some_and(|rest| rest.starts_with(mark));
    match () {
        () if at(0, b"\x89PNG\r\n\x1a\n") => PNG,
        () if at(0, b"\xff\xd8\xff") => JPEG,
        () if at(0, b"GIF87a") || at(0, b"GIF89a") => GIF,
        () if at(0, b"RIFF") && at(8, b"WEBP") => WEBP,
        () if at(0, b"%PDF-") => PDF,
        () if at(0, b"PK\x03\x04") => of_zip(tail),
        () if at(4, b"ftypavif") => "image/avif",
        () if at(4, b"ftypheic") || at(4, b"ftypheix") || at(4, b"ftypmif1") => "image/heic",
        () if at(4, b"ftyp") => "video/mp4",
        () if at(0, b"\x1a\x45\xdf\xa3") => "video/webm",
        () if at(0, b"ID3") || at(0, b"\xff\xfb") => "audio/mpeg",
        () if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        () if at(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => "application/x-ole-storage",
        () if at(0, b"\x1f\x8b") => "application/gzip",
        () => of_text(head),
    }
}

fn of_zip(tail: &[u8]) -> &'static str {
    let names = |name: &[u8]| tail.windows(name.len()).any(|part| part == name);
    match () {
        () if names(b"word/document.xml") => DOCX,
        () if names(b"xl/workbook.xml") => XLSX,
        () if names(b"ppt/presentation.xml") => PPTX,
        () => ZIP,
    }
}

/// The type of a text that a browser would run, of another text, or of a file that is not text.
fn of_text(head: &[u8]) -> &'static str {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The end of the beginning may be within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return UNKNOWN,
    };
    if text.is_empty() || text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) {
        return UNKNOWN;
    }
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with('<') {
        return TEXT;
    }
    let lower = start.to_ascii_lowercase();
    let html = ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<style", "<title"];
    match () {
        () if lower.contains("<svg") && !html.iter().any(|tag| lower.starts_with(tag)) => SVG,
        () if html.iter().any(|tag| lower.contains(tag)) => HTML,
        () if lower.starts_with("<?xml") => "application/xml",
        // A browser that guesses types takes paragraphs and headings without a document around them for HTML.
        () if ["<p", "<h1", "<div", "<a ", "<table", "<ul", "<!--"].iter().any(|tag| lower.starts_with(tag)) => HTML,
        () => TEXT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let cases: [(&[u8], &str); 14] = [
            (b"\x89PNG\r\n\x1a\n....", PNG),
            (b"GIF89a<script>alert(1)</script>", GIF),
            (b"%PDF-1.7", PDF),
            (b"# Plan\n\nWords", TEXT),
            (b"\xef\xbb\xbf<!DOCTYPE html><p>", HTML),
            (b"  <svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", SVG),
            (b"<?xml version='1.0'?><svg/>", SVG),
            (b"<!-- x --><svg/>", SVG),
            (b"<script>alert(1)</script>", HTML),
            (b"<html><svg/></html>", HTML),
            (b"MZ\x90\x00\x03", UNKNOWN),
            (b"", UNKNOWN),
            (b"caf\xc3", TEXT),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        ];
        for (head, expected) in cases {
            assert_eq!(of(head, b""), expected, "{}", String::from_utf8_lossy(head));
        }
        assert_eq!(of(b"PK\x03\x04", b"..word/document.xml.."), DOCX);
        assert_eq!(of(b"PK\x03\x04", b"..anything.."), ZIP);
    }
}
