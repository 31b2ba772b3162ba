//! Prints of unusual and hostile documents.

use serde_json::{Value, json};

use super::write;
use crate::print::description::Print;

fn text(words: &str) -> Value {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": words }] })
}

/// The PDF of a text, and what a reader of PDFs finds in it.
fn printed(content: Vec<Value>) -> (Vec<u8>, String) {
    let print = json!({
        "title": "#panic(\"x\")", "workspace": "*Firm*", "language": "xx-yy-zz", "date": "2026-02-29T25:61:61Z", "creator": "A",
        "chapters": [{ "id": "1", "title": "T", "doc": { "type": "doc", "content": content }, "threads": [
            { "number": 1, "quote": "#x", "comments": [{ "author": "*B*", "at": "", "text": "$y$\n" }] },
        ] }],
    });
    let print: Print = serde_json::from_value(print).expect("a print");
    let bytes = write(&print, std::path::Path::new("/nowhere")).unwrap_or_else(|error| panic!("{error:?}"));
    let text = pdf_extract::extract_text_from_mem(&bytes).expect("readable");
    (bytes, text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// [PDF-2] Text is text, wherever it is; [PDF-4] and passages of threads that are not printed have no number.
#[test]
fn nothing_is_markup() {
    let evil = "#import \"/etc/passwd\" $ x $ *b* _i_ `r` <l> @r // c /* d */ \\ #{1+1} = h - l";
    let marked = |thread: u32| {
        json!({ "type": "paragraph", "content": [
        { "type": "text", "text": evil, "marks": [{ "type": "comment", "attrs": { "threads": [thread] } }] },
    ] })
    };
    let link = json!({ "type": "text", "text": "l", "marks": [{ "type": "link", "attrs": { "href": "#evil" } }, { "type": "code" }] });
    let (_, read) = printed(vec![
        json!({ "type": "heading", "attrs": { "level": 99 }, "content": [{ "type": "text", "text": evil }] }),
        marked(1),
        marked(7),
        json!({ "type": "codeBlock", "attrs": { "language": "#x" }, "content": [{ "type": "text", "text": evil }] }),
        json!({ "type": "paragraph", "content": [link] }),
    ]);
    assert_eq!(read.matches(evil).count(), 4, "{read}");
    for expected in ["#panic(\"x\")", "*Firm*", "Comments", "“#x”", "*B*", "$y$"] {
        assert!(read.contains(expected), "{expected} in {read}");
    }
}

/// [PDF-6] Characters that our fonts lack are set in a font that the operator provides, and only then is that font in
/// the file.
#[test]
fn letters_of_other_fonts_are_found() {
    let fonts = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/fonts");
    let set = |words: &str| {
        let print = json!({ "fonts": fonts, "chapters": [{ "doc": { "type": "doc", "content": [text(words)] } }] });
        let print: Print = serde_json::from_value(print).expect("a print");
        let bytes = write(&print, std::path::Path::new("/nowhere")).unwrap_or_else(|error| panic!("{error:?}"));
        pdf_extract::extract_text_from_mem(&bytes).expect("readable")
    };
    assert!(set("Hello 世界").contains("世界"), "{}", set("Hello 世界"));
    let print = json!({ "chapters": [{ "doc": { "type": "doc", "content": [text("Hello")] } }] });
    let print: Print = serde_json::from_value(print).expect("a print");
    assert!(
        super::fonts::beside(&[], &print.letters(), fonts)
            .iter()
            .all(|font| font.info().family != "Consilium Two Letters")
    );
}

/// [PDF-3] However blocks are nested and tables overlap, the PDF is made and has all words.
#[test]
fn any_tree_is_printed() {
    let kinds = ["blockquote", "bulletList", "taskList", "orderedList", "table"];
    let mut deep = text("innermost");
    for level in 0..60 {
        let kind = kinds[level % kinds.len()];
        let inside = match kind {
            "blockquote" => deep,
            "table" => {
                json!({ "type": "tableRow", "content": [{ "type": "tableCell", "content": [text(&format!("w{level}")), deep] }] })
            }
            _ => json!({ "type": "listItem", "content": [text(&format!("w{level}")), deep] }),
        };
        deep = json!({ "type": kind, "content": [inside] });
    }
    let cell = |kind: &str, colspan: u64, rowspan: u64, words: &str| json!({ "type": kind, "attrs": { "colspan": colspan, "rowspan": rowspan, "align": "justify" }, "content": [text(words)] });
    let row = |cells: Vec<Value>| json!({ "type": "tableRow", "content": cells });
    let overlapping = json!({ "type": "table", "content": [
        row(vec![cell("tableHeader", 1, 99, "h1"), cell("tableHeader", 5_000_000, 2, "h2")]),
        row(vec![]),
        row(vec![cell("tableCell", 2, 0, "c1"), cell("tableCell", 0, 1, "c2"), cell("tableHeader", 1, 1, "c3")]),
    ] });
    let wide = json!({ "type": "table", "content": [row((0..100).map(|n| cell("tableCell", 1, 1, &n.to_string())).collect())] });
    let (_, read) = printed(vec![
        deep,
        overlapping,
        wide,
        json!({ "type": "table" }),
        json!({ "type": "table", "content": [{ "type": "tableRow" }] }),
        json!({ "type": "image", "attrs": { "attachment": "../../etc/passwd", "alt": "gone", "width": -1, "height": "0" } }),
        json!({ "type": "embed", "attrs": { "href": "https://x.example/talk", "title": "A #talk" } }),
        json!({ "type": "embed", "attrs": { "href": "javascript:alert(1)" } }),
        json!({ "type": "orderedList", "attrs": { "start": 0, "type": "I" }, "content": [{ "type": "listItem" }] }),
        json!({ "type": "paragraph" }),
        json!({ "type": "heading" }),
        json!({ "type": "codeBlock" }),
        json!({ "type": "blockquote" }),
        json!({ "type": "text", "text": "loose" }),
        json!({ "type": "aside", "content": [text("unknown")] }),
        text(&"long".repeat(400)),
    ]);
    for words in [
        "innermost",
        "w1",
        "w59",
        "h1",
        "h2",
        "c1",
        "c2",
        "c3",
        "62",
        "[Image: gone]",
        "A #talk",
        "https://x.example/talk",
        "loose",
        "unknown",
    ] {
        assert!(read.contains(words), "{words} in {read}");
    }
    printed(Vec::new());
}

/// [PDF-1] The same document makes the same bytes.
#[test]
fn prints_are_reproducible() {
    let table: Vec<Value> = (0..40)
        .map(|n| json!({ "type": "tableRow", "content": [{ "type": "tableCell", "content": [text(&n.to_string())] }] }))
        .collect();
    let doc = || vec![text("a"), json!({ "type": "table", "content": table.clone() })];
    assert!(printed(doc()).0 == printed(doc()).0);
}

/// [PDF-9] Notes are at the foot of the page, with numbers in the order of the text and with links; also those in tables,
/// headings and toggles.
#[test]
fn footnotes_are_at_the_foot_of_the_page() {
    let note = |text: &str| json!({ "type": "footnote", "attrs": { "text": text } });
    let words = |words: &str| json!({ "type": "text", "text": words });
    let line = |content: Vec<Value>| json!({ "type": "paragraph", "content": content });
    let heading = |content: Vec<Value>| json!({ "type": "heading", "attrs": { "level": 1 }, "content": content });
    let (bytes, read) = printed(vec![
        heading(vec![words("Growth"), note("of the north")]),
        heading(vec![words("Costs")]),
        heading(vec![words("Risks")]),
        line(vec![words("It slowed"), note("#evil See https://x.example/a."), words(" twice.")]),
        json!({ "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableHeader", "content": [line(vec![words("h"), note("in a header")])] },
            { "type": "tableCell", "content": [line(vec![words("c"), note("")])] },
        ] }] }),
    ]);
    for text in ["1 of the north", "2 #evil See https://x.example/a .", "3 in a header"] {
        assert_eq!(read.matches(text).count(), 1, "{text} in {read}");
    }
    assert!(read.find("slowed") < read.find("#evil See"), "{read}");
    let bytes = String::from_utf8_lossy(&bytes);
    assert!(bytes.contains("https://x.example/a)"), "a link");
}
