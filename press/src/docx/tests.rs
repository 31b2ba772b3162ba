//! Documents that are written as Word files and read again.

use std::fs;

use document::prose::{Credit, People, Prose};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::read;
use crate::document::Document;
use crate::print::{self, WORD};

/// A folder with nothing but one for media, removed with the value.
pub(super) fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("consilium-word-").tempdir().expect("a folder");
    fs::create_dir(folder.path().join("media")).expect("a folder");
    folder
}

pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(width, height, image::Rgb([31, 79, 163]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("encoded");
    bytes.into_inner()
}

/// A document through Word and back.
fn through_word(doc: &Value) -> (Document, TempDir) {
    let made = folder();
    let folder = made.path();
    fs::write(folder.join("media/1"), png(300, 200)).expect("written");
    let print = json!({
        "title": "The plan", "workspace": "Firm", "language": "de", "date": "2026-11-29T12:00:00Z", "creator": "Ana",
        "address": "https://docs.example", "media": { "chart": { "file": "media/1" } },
        "chapters": [{ "id": "1", "title": "The plan", "doc": doc, "threads": [
            { "number": 1, "quote": "", "comments": [
                { "author": "Ben", "at": "2026-11-20T10:00:00Z", "text": "Sure?" },
                { "author": "Ana", "at": "2026-11-20T11:00:00Z", "text": "Yes.\nQuite." },
            ] },
            { "number": 2, "is_closed": true, "comments": [{ "author": "Eva", "at": "2026-11-21T10:00:00Z", "text": "Good." }] },
        ] }],
    });
    let file = folder.join("print.json");
    fs::write(&file, print.to_string()).expect("written");
    print::make(WORD, &file, folder).unwrap_or_else(|error| panic!("{error:?}"));
    let read = read(&folder.join("printed"), folder).unwrap_or_else(|error| panic!("{error:?}"));
    (read, made)
}

/// A document as the editor stores it: with the defaults of all attributes, and with the ids that the server gives
/// attachments.
pub(super) fn kept(doc: &Value) -> Value {
    let doc = doc
        .to_string()
        .replace("\"media/1.png\"", "\"00000000-0000-7000-8000-000000000001\"")
        .replace("\"chart\"", "\"00000000-0000-7000-8000-000000000001\"");
    let doc = &serde_json::from_str::<Value>(&doc).expect("JSON");
    Prose::from_json(doc).unwrap_or_else(|error| panic!("{error}: {doc}")).to_json()
}

fn node(kind: &str, attrs: Value, content: Vec<Value>) -> Value {
    json!({ "type": kind, "attrs": attrs, "content": content })
}

fn text(words: &str, marks: &[&str]) -> Value {
    json!({ "type": "text", "text": words, "marks": marks.iter().map(|mark| json!({ "type": mark })).collect::<Vec<_>>() })
}

fn line(words: &str) -> Value {
    node("paragraph", json!({}), vec![text(words, &[])])
}

fn list(kind: &str, attrs: Value, items: Vec<Vec<Value>>) -> Value {
    let item = if kind == "taskList" { "taskItem" } else { "listItem" };
    node(kind, attrs, items.into_iter().map(|blocks| node(item, json!({}), blocks)).collect())
}

/// Every node and mark of the schema, nested as people use them.
fn everything() -> Vec<Value> {
    let link = json!({ "type": "text", "text": "a page", "marks": [{ "type": "bold" }, { "type": "link", "attrs": { "href": "https://x.example/?a=1&b=\"2\"" } }] });
    let cell = |kind: &str, attrs: Value, words: &str| node(kind, attrs, vec![line(words)]);
    let row = |cells: Vec<Value>| node("tableRow", json!({}), cells);
    let task = |checked: bool, blocks: Vec<Value>| node("taskItem", json!({ "checked": checked }), blocks);
    let code = |language: Value, words: &str| {
        node("codeBlock", json!({ "language": language }), vec![json!({ "type": "text", "text": words })])
    };
    let wide = json!({ "colwidth": [120] });
    vec![
        node(
            "paragraph",
            json!({}),
            vec![
                text("Plain & <tags> ", &[]),
                text("bold", &["bold"]),
                text("both", &["bold", "italic"]),
                text("gone", &["strike"]),
                text("under", &["underline"]),
                text("let x = 1;", &["code"]),
                text("\ttab, ", &[]),
                link,
                json!({ "type": "hardBreak" }),
                text("next", &[]),
                json!({ "type": "footnote", "attrs": { "text": "See <https://x.example/a?b&c>, & more." } }),
                text("and", &["bold"]),
                json!({ "type": "footnote" }),
            ],
        ),
        node(
            "paragraph",
            json!({ "textAlign": "right" }),
            vec![
                text("H", &[]),
                text("2", &["subscript"]),
                text("x", &["bold"]),
                text("2", &["superscript", "bold"]),
                text("yellow", &["highlight"]),
                json!({ "type": "text", "text": "purple", "marks": [
                    { "type": "highlight", "attrs": { "color": "purple" } }, { "type": "textColor", "attrs": { "color": "orange" } }] }),
                json!({ "type": "text", "text": "red", "marks": [{ "type": "textColor", "attrs": { "color": "red" } }] }),
            ],
        ),
        node(
            "callout",
            json!({ "kind": "warning" }),
            vec![
                line("mind"),
                list(
                    "bulletList",
                    json!({}),
                    vec![vec![line("in a callout"), node("callout", json!({}), vec![line("in an item")])]],
                ),
                node("blockquote", json!({}), vec![line("a quote in it"), line("twice")]),
                line("the rest"),
            ],
        ),
        node(
            "details",
            json!({}),
            vec![
                node("detailsSummary", json!({}), vec![text("More <of> this", &[])]),
                node(
                    "detailsContent",
                    json!({}),
                    vec![
                        line("inside"),
                        node(
                            "details",
                            json!({}),
                            vec![
                                node("detailsSummary", json!({}), vec![]),
                                node("detailsContent", json!({}), vec![line("within")]),
                            ],
                        ),
                        list("orderedList", json!({}), vec![vec![line("one")]]),
                    ],
                ),
            ],
        ),
        node("heading", json!({ "level": 1, "textAlign": "center" }), vec![text("One", &[])]),
        node("heading", json!({ "level": 6 }), vec![text("Six", &["italic"])]),
        node("blockquote", json!({}), vec![line("quoted"), line("again")]),
        node(
            "blockquote",
            json!({}),
            vec![
                line("another"),
                list("bulletList", json!({}), vec![vec![line("in a quote")]]),
                node("blockquote", json!({}), vec![line("deeper")]),
            ],
        ),
        list(
            "bulletList",
            json!({}),
            vec![
                vec![
                    line("a"),
                    line("more of a"),
                    list(
                        "orderedList",
                        json!({ "start": 3, "type": "a" }),
                        vec![
                            vec![line("a.c")],
                            vec![line("a.d"), list("bulletList", json!({}), vec![vec![line("deep")]])],
                        ],
                    ),
                ],
                vec![
                    line("b"),
                    code(json!("rust"), "fn b() {}\n"),
                    line("after"),
                    node("blockquote", json!({}), vec![line("b's")]),
                ],
                vec![node("paragraph", json!({}), vec![])],
            ],
        ),
        list("bulletList", json!({}), vec![vec![line("another list")]]),
        list(
            "orderedList",
            json!({ "start": 7 }),
            vec![
                vec![line("seven")],
                vec![
                    line("eight"),
                    node("table", json!({}), vec![row(vec![cell("tableCell", json!({}), "in an item")])]),
                ],
            ],
        ),
        node(
            "taskList",
            json!({}),
            vec![
                task(true, vec![line("done"), node("taskList", json!({}), vec![task(false, vec![line("below")])])]),
                task(false, vec![line("open")]),
            ],
        ),
        code(Value::Null, "plain\n\n  indented <x>"),
        code(json!("c++"), "int main;"),
        code(json!("c++"), "int other;"),
        node(
            "table",
            json!({}),
            vec![
                row(vec![
                    cell("tableHeader", wide.clone(), "Country"),
                    cell("tableHeader", json!({ "colspan": 2, "colwidth": [200, 80], "align": "center" }), "Figures"),
                ]),
                row(vec![
                    cell("tableHeader", json!({ "rowspan": 2, "colwidth": [120] }), "North"),
                    cell("tableCell", json!({ "colwidth": [200], "align": "right" }), "1"),
                    cell("tableCell", json!({ "colwidth": [80] }), "2"),
                ]),
                row(vec![
                    cell("tableCell", json!({ "colwidth": [200] }), "3"),
                    node(
                        "tableCell",
                        json!({ "colwidth": [80] }),
                        vec![list("bulletList", json!({}), vec![vec![line("in")], vec![line("a cell")]]), line("end")],
                    ),
                ]),
            ],
        ),
        node("table", json!({}), vec![row(vec![cell("tableCell", json!({}), "directly below")])]),
        json!({ "type": "embed", "attrs": { "href": "https://www.youtube.com/watch?v=a&t=1", "title": "A <talk>" } }),
        json!({ "type": "embed", "attrs": { "href": "https://x.example/" } }),
        json!({ "type": "horizontalRule" }),
        json!({ "type": "image", "attrs": { "attachment": "chart", "alt": "A \"chart\"", "title": "Figure 1", "href": "https://x.example/", "width": 150 } }),
        json!({ "type": "image", "attrs": { "attachment": "chart", "width": 120, "height": 120 } }),
        json!({ "type": "image", "attrs": { "attachment": "chart" } }),
        line("the end"),
    ]
}

/// [WORD-1] Everything that the editor can hold survives Word unchanged, except what docs/export.md lists.
/// [`what_word_cannot_express`] tests those exceptions: files and links to pages.
#[test]
fn every_node_survives_word() {
    let doc = json!({ "type": "doc", "content": everything() });
    const SCHEMA: &str = include_str!("../../../crates/document/src/prose/schema.json");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let names = ["nodes", "marks"].into_iter().filter_map(|kind| schema[kind].as_object()).flat_map(|kind| kind.keys());
    for name in names.filter(|name| !matches!(name.as_str(), "file" | "pageLink")) {
        assert!(doc.to_string().contains(&format!("\"type\":\"{name}\"")), "{name} is not in the test");
    }
    let (read, folder) = through_word(&doc);
    let expected = kept(&doc);
    let found = kept(&read.doc);
    for (index, (found, expected)) in found["content"]
        .as_array()
        .into_iter()
        .flatten()
        .zip(expected["content"].as_array().into_iter().flatten())
        .enumerate()
    {
        assert_eq!(found, expected, "block {index}");
    }
    assert_eq!(found, expected);
    assert!(read.losses.is_empty(), "{:?}", read.losses);
    assert_eq!((read.title.as_deref(), read.authors), (Some("The plan"), vec!["Ana".to_owned()]));
    assert_eq!(fs::read(folder.path().join("media/1.png")).expect("an image"), png(300, 200));
}

/// [WORD-2] What Word cannot represent as the editor does: of files, only the names remain; links to pages become
/// ordinary links; empty paragraphs and the lines of comments are lost.
#[test]
fn what_word_cannot_express() {
    let doc = json!({ "type": "doc", "content": [
        { "type": "paragraph" },
        { "type": "paragraph", "content": [
            { "type": "text", "text": "See ", "marks": [{ "type": "comment", "attrs": { "threads": [1] } }] },
            { "type": "pageLink", "attrs": { "document": "0193", "title": "Market" } },
            { "type": "text", "text": " and ", "marks": [{ "type": "comment", "attrs": { "threads": [1] } }] },
            { "type": "text", "text": "a page", "marks": [{ "type": "link", "attrs": { "href": "/documents/0194" } }] },
            { "type": "text", "text": "bad", "marks": [{ "type": "link", "attrs": { "href": "javascript:alert(1)" } }] },
        ] },
        { "type": "file", "attrs": { "attachment": "f", "name": "model.xlsx" } },
        { "type": "image", "attrs": { "attachment": "gone", "alt": "A map" } },
        { "type": "aside", "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": "of another app" }] }] },
    ] });
    let (read, _) = through_word(&doc);
    let prose = Prose::from_json(&read.doc).expect("valid");
    let expected = "See [Market](<https://docs.example/documents/0193>) and [a page](<https://docs.example/documents/0194>)bad\n\n\
                    \\[File: model.xlsx\\]\n\n*\\[Image: A map\\]*\n\nof another app\n";
    assert_eq!(prose.to_markdown(), expected);
    let comments: Vec<_> = read
        .comments
        .iter()
        .map(|comment| (comment.author.as_str(), comment.text.as_str(), comment.quote.as_str()))
        .collect();
    assert_eq!(
        comments,
        [("Ben", "Sure?", "See Market and"), ("Ana", "Yes.\nQuite.", "See Market and"), ("Eva", "Good.", "")]
    );
}

/// [WORD-5] The same document makes the same bytes.
#[test]
fn word_files_are_reproducible() {
    let doc = json!({ "type": "doc", "content": everything() });
    let bytes = || fs::read(through_word(&doc).1.path().join("printed")).expect("printed");
    assert!(bytes() == bytes());
}

/// [WORD-6] The tracked changes of our own files are read again as they were written: the text with them and without
/// them is the same, with authors, and with the former colours, highlights and positions of words.
#[test]
fn tracked_changes_come_back() {
    let marks = |text: &str, marks: Value| json!({ "type": "text", "text": text, "marks": marks });
    let line = |content: Value| json!({ "type": "paragraph", "content": content });
    let plain = |text: &str| line(json!([{ "type": "text", "text": text }]));
    let item = |text: &str| json!({ "type": "listItem", "content": [plain(text)] });
    let cell = |text: &str| json!({ "type": "tableCell", "content": [plain(text)] });
    let row = |one: &str, two: &str| json!({ "type": "tableRow", "content": [cell(one), cell(two)] });
    let doc = |blocks: Vec<Value>| Prose::from_json(&json!({ "type": "doc", "content": blocks })).expect("valid");
    let red = json!([{ "type": "textColor", "attrs": { "color": "red" } }]);
    let ground = json!([{ "type": "highlight", "attrs": { "color": "green" } }]);
    let (high, low) = (json!([{ "type": "superscript" }]), json!([{ "type": "subscript" }]));
    let words = |bold: bool| {
        let of = |text: &str, had: &Value| marks(text, if bold { json!([{ "type": "bold" }]) } else { had.clone() });
        line(json!([
            of("red", &red), { "type": "text", "text": " and " }, of("green", &ground), { "type": "text", "text": " and " },
            of("high", &high), { "type": "text", "text": " and " }, of("low", &low), { "type": "text", "text": "." }
        ]))
    };
    let before = doc(vec![
        plain("We meet on Monday at noon."),
        plain("This goes."),
        plain("This becomes a heading."),
        words(false),
        json!({ "type": "bulletList", "content": [item("one"), item("two")] }),
        json!({ "type": "table", "content": [row("a", "b"), row("old", "row")] }),
        plain("The end."),
    ]);
    let after = doc(vec![
        plain("We meet on Tuesday at noon."),
        json!({ "type": "heading", "attrs": { "level": 2 }, "content": [{ "type": "text", "text": "This becomes a heading." }] }),
        words(true),
        plain("This is new."),
        json!({ "type": "bulletList", "content": [item("one"), item("between"), item("two")] }),
        json!({ "type": "table", "content": [row("a", "b"), row("new", "line")] }),
        plain("The end."),
    ]);
    let mut comparison = before.compare(&after);
    comparison.only = Some(Credit { by: "1".into(), suggested_by: None, times: Some((0, 0)) });
    let names = std::collections::HashMap::from([("1".into(), "Ana".to_owned())]);
    let people = People { names: &names, time: |_| "2026-05-01T08:00:00Z".to_owned() };
    let (read, _) = through_word(&comparison.to_printed(&people));
    let text = |doc: &Value| Prose::from_json(&kept(doc)).expect("valid").as_an_editor_has_it().to_json();
    assert_eq!(text(&read.doc), after.clone().as_an_editor_has_it().to_json());
    assert_eq!(text(&read.before.expect("it has changes")), before.clone().as_an_editor_has_it().to_json());
    assert!(
        read.changes.iter().all(|one| one.author == "Ana" && one.created.as_deref() == Some("2026-05-01T08:00:00Z"))
    );
}
