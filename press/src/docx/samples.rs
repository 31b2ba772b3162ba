//! Word files as other programs write them, and hostile ones.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use document::prose::Prose;
use serde_json::Value;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::read;
use super::tests::{folder, kept, png};
use crate::document::Document;

/// A part of a Word file: the content in its root element, with the namespaces.
fn wrapped(name: &str, content: &str) -> String {
    let root = match name.rsplit('/').next().unwrap_or_default() {
        "core.xml" => "cp:coreProperties".to_owned(),
        name if name.ends_with(".rels") => "Relationships".to_owned(),
        name => format!("w:{}", name.trim_end_matches(".xml")),
    };
    let names = "xmlns:w=\"w\" xmlns:r=\"r\" xmlns:wp=\"wp\" xmlns:a=\"a\" xmlns:pic=\"pic\" xmlns:mc=\"mc\" xmlns:wps=\"wps\" \
                 xmlns:v=\"v\" xmlns:o=\"o\" xmlns:c=\"c\" xmlns:m=\"m\" xmlns:w14=\"w14\" xmlns:cp=\"cp\" xmlns:dc=\"dc\" \
                 xmlns:dcterms=\"dcterms\" xmlns:xsi=\"xsi\"";
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<{root} {names}>{content}</{root}>")
}

/// A file in a temporary folder; dropping this removes both.
struct Package {
    path: PathBuf,
    _folder: TempDir,
}

impl std::ops::Deref for Package {
    type Target = std::path::Path;

    fn deref(&self) -> &std::path::Path {
        &self.path
    }
}

/// A file with these parts.
fn package(parts: &[(&str, Vec<u8>)]) -> Package {
    let folder = folder();
    let path = folder.path().join("file.docx");
    let mut package = ZipWriter::new(File::create(&path).expect("a file"));
    for (name, content) in parts {
        package.start_file(*name, SimpleFileOptions::default()).expect("a part");
        package.write_all(content).expect("written");
    }
    package.finish().expect("written");
    Package { path, _folder: folder }
}

/// A document with this text.
fn with_body(body: &str) -> Package {
    package(&[("word/document.xml", wrapped("word/document.xml", &format!("<w:body>{body}</w:body>")).into_bytes())])
}

fn read_file(file: &std::path::Path) -> Result<Document, String> {
    read(file, file.parent().expect("a folder")).map_err(|crate::Unreadable(reason)| reason)
}

/// [WORD-3] Files as Word, LibreOffice and Google Docs write them; see press/samples/word.
#[test]
fn files_of_other_word_processors() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/word");
    let (mut read, mut wrong) = (0, Vec::new());
    for file in fs::read_dir(samples).expect("samples").flatten().map(|entry| entry.path()) {
        let name = file.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        if file.extension().is_some_and(|ending| ending == "md") {
            continue;
        }
        let sample = fs::read_to_string(&file).expect("text");
        let sections: Vec<(&str, &str)> =
            sample.split("\n=== ").skip(1).map(|section| section.split_once('\n').unwrap_or((section, ""))).collect();
        let parts = sections.iter().filter(|(part, _)| part.contains('/')).map(|(part, content)| {
            match part.ends_with("xml") || part.ends_with("rels") {
                true => (*part, wrapped(part, &content.replace(">\n<", "><")).into_bytes()),
                false => (*part, content.as_bytes().to_vec()),
            }
        });
        let parts: Vec<_> = parts.chain([("word/media/image1.png", png(60, 40))]).collect();
        let document = read_file(&package(&parts)).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        let expected =
            |section: &str| sections.iter().find(|(name, _)| *name == section).map(|(_, content)| content.trim_end());
        let prose = Prose::from_json(&kept(&document.doc)).expect("valid");
        let mut compare = |found: String, wanted: &str| {
            if found != wanted {
                wrong.push(format!("{name}:\n{found}\ninstead of\n{wanted}\n"));
            }
        };
        if let Some(text) = expected("expected.text") {
            compare(prose.to_text().trim_end().to_owned(), text);
        }
        if let Some(json) = expected("expected.json") {
            let json: Value = serde_json::from_str(json).expect("JSON");
            compare(kept(&document.doc).to_string(), &kept(&json).to_string());
        }
        if let Some(markdown) = expected("expected.md") {
            compare(format!("{}{}", about(&document), prose.to_markdown().trim_end()), markdown.trim_start());
        }
        let before =
            document.before.as_ref().map(|before| Prose::from_json(&kept(before)).expect("valid").to_markdown());
        compare(before.unwrap_or_default().trim_end().to_owned(), expected("before.md").unwrap_or_default());
        let changes = document.changes.iter().map(|change| format!("{}: {}", change.author, change.text.trim()));
        compare(changes.collect::<Vec<_>>().join("\n"), expected("changes").unwrap_or_default());
        let losses: Vec<&str> = document.losses.iter().map(|loss| loss.what.as_str()).collect();
        compare(losses.join("\n"), expected("losses").unwrap_or_default());
        read += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(read, 10);
}

/// The metadata of a file, as lines before its text.
fn about(document: &Document) -> String {
    let mut lines = Vec::new();
    lines.extend(document.title.as_ref().map(|title| format!("title: {title}")));
    if !document.authors.is_empty() {
        lines.push(format!("authors: {}", document.authors.join(", ")));
    }
    if !document.tags.is_empty() {
        lines.push(format!("tags: {}", document.tags.join(", ")));
    }
    lines.extend(document.created.as_ref().map(|created| format!("created: {created}")));
    for comment in &document.comments {
        let (created, text) = (comment.created.as_deref().unwrap_or_default(), comment.text.replace('\n', "⏎"));
        lines.push(format!("comment: {} | {created} | {} | {text}", comment.author, comment.quote));
    }
    if lines.is_empty() { String::new() } else { lines.join("\n") + "\n\n" }
}

/// [WORD-4] Nothing outside the file is read, and what is too deep or too large is refused with a reason.
#[test]
fn hostile_word_files() {
    let folder = folder();
    let secret = folder.path().join("secret");
    fs::write(&secret, "a secret").expect("written");
    let body = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"file://{}\"><!ENTITY a \"aa\"><!ENTITY b \"&a;&a;&a;\">]>\
         <w:document xmlns:w=\"w\"><w:body><w:p><w:r><w:t>x&e;&b;y</w:t></w:r></w:p></w:body></w:document>",
        secret.display()
    );
    let document = read_file(&package(&[("word/document.xml", body.into_bytes())])).expect("readable");
    assert_eq!(Prose::from_json(&document.doc).expect("valid").to_text(), "xy");
    let depth = 100_000;
    let deep = [
        ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"),
        ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        ("<w:p><w:ins>", "</w:ins></w:p>"),
    ];
    for (open, close) in deep {
        let body = format!("{}<w:p/>{}", open.repeat(depth), close.repeat(depth));
        let reason = read_file(&with_body(&body)).expect_err("too deep");
        assert_eq!(reason, "it is nested deeper than 200 levels");
    }
    let item = "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"8\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>x</w:t></w:r></w:p>";
    let reason = read_file(&with_body(&item.repeat(60_000))).expect_err("too many");
    assert!(reason.contains("50000"), "{reason}");
    let reason = read_file(&with_body(&format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", "a ".repeat(9 << 20))));
    assert_eq!(reason.expect_err("too long"), "its text is longer than 16 MiB: divide it");
    // Empty, not a Word file, cut short, not XML.
    for parts in [
        vec![],
        vec![("other.xml", b"<a/>".to_vec())],
        vec![("word/document.xml", b"<w:document xmlns:w=\"w\"><w:body><w:p>".to_vec())],
        vec![("word/document.xml", vec![0xff, 0xfe, 0x00, 0x3c])],
    ] {
        let _ = read_file(&package(&parts));
    }
    // A path that leaves the folder.
    let image = "<w:p><w:r><w:drawing><a:blip xmlns:a=\"a\" r:embed=\"r\" xmlns:r=\"r\"/></w:drawing></w:r></w:p>";
    let target = format!("<Relationship Id=\"r\" Type=\"x/image\" Target=\"../../..{}\"/>", secret.display());
    let parts = [
        ("word/document.xml", wrapped("word/document.xml", &format!("<w:body>{image}</w:body>")).into_bytes()),
        ("word/_rels/document.xml.rels", wrapped("document.xml.rels", &target).into_bytes()),
    ];
    let document = read_file(&package(&parts)).expect("readable");
    assert_eq!(document.losses[0].what, "An image that the file refers to is missing from it");
}
