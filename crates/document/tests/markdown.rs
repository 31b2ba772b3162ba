//! Cases of text that Markdown and its parsers treat specially, as they were found.

use document::prose::{Draft, Mark, Node, Prose, View};
use serde_json::{Map, Value, json};

fn markdown(text: &str) -> Prose {
    Prose::from_markdown(text).expect("Markdown")
}

fn doc(content: Value) -> Prose {
    Prose::from_json(&json!({ "type": "doc", "content": content })).expect("content of the editor")
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn paragraph(text: &str) -> Value {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })
}

/// Replaces text in the document's Markdown, as a REST client does, and returns the document.
fn edited(document: &Prose, from: &str, to: &str) -> Prose {
    let mut draft = Draft::empty();
    draft.write(document, View::Exact);
    let before = draft.prose().to_markdown();
    assert_eq!(before.matches(from).count(), 1, "{from} in {before}");
    draft.write(&markdown(&before.replace(from, to)), View::Markdown);
    draft.prose()
}

/// [E1] A pipe in code, in the address of a link or an image, or in a title divides no cell.
#[test]
fn pipes_in_a_table_stay_in_their_cells() {
    let link = json!([{ "type": "link", "attrs": { "href": "https://example.org/a|b", "title": "c|d" } }]);
    let cell = |content: Value| json!({ "type": "tableCell", "content": [content] });
    let row = json!({ "type": "tableRow", "content": [
        cell(json!({ "type": "paragraph", "content": [{ "type": "text", "text": "a|b \\| c", "marks": [{ "type": "code" }] }] })),
        cell(json!({ "type": "paragraph", "content": [{ "type": "text", "text": "linked", "marks": link }] })),
        cell(json!({ "type": "image", "attrs": { "src": "https://example.org/a|b.png", "alt": "e|f" } })),
        cell(paragraph("one \\| two")),
    ] });
    let document = doc(json!([{ "type": "table", "content": [row] }]));
    let written = edited(&document, "two", "three");
    assert_eq!(written.to_json().to_string(), document.to_json().to_string().replace("two", "three"));
}

/// [E2] An exclamation mark before a link does not make it an image.
#[test]
fn an_exclamation_mark_before_a_link_stays_text() {
    let link = json!([{ "type": "link", "attrs": { "href": "https://example.org/" } }]);
    let words = json!({ "type": "text", "text": "words", "marks": link });
    let document = doc(json!([{ "type": "paragraph", "content": [text("Look out!"), words] }]));
    assert_eq!(document.to_markdown(), "Look out\\![words](<https://example.org/>)\n");
    assert_eq!(markdown(&document.to_markdown()), document);
}

/// [E2] A comment is not text, however many lines it has, and the words beside it are kept.
#[test]
fn comments_are_not_text() {
    for (written, read) in [
        ("<!-- a --> words", "words\n"),
        ("<!-- a\nb -->\n\nwords", "words\n"),
        ("<!-- a\n\nb --> words", "words\n"),
        ("some <!-- a --> words <!-- b -->", "some words\n"),
        ("- <!-- a --> words", "- words\n"),
        ("- words <!-- a -->\n- <!-- b -->\n\n  more", "- words\n- <!-- -->\n\n  more\n"),
        ("<!-- never closed", "\\<!-- never closed\n"),
    ] {
        assert_eq!(markdown(written).to_markdown(), read, "{written}");
    }
}

/// [E2] White space at the edge of a line is kept when a word of the line is changed.
#[test]
fn white_space_at_the_edge_of_a_line_is_kept() {
    for line in ["\u{3000}words here", "\u{a0}words here\u{a0}", "  words here\t", "words here\u{2003}"] {
        let document = doc(json!([paragraph(line), { "type": "heading", "content": [text(line)] }]));
        assert_eq!(markdown(&document.to_markdown()), document, "{line:?}");
        let one = doc(json!([paragraph(line)]));
        assert_eq!(edited(&one, "here", "there").to_text(), line.replace("here", "there"));
    }
}

/// [E2] An image with a link keeps the link in both directions.
#[test]
fn a_linked_image_keeps_its_link() {
    let attributes = json!({ "src": "https://example.org/a.png", "alt": "A chart", "href": "https://example.org/" });
    let document = doc(json!([{ "type": "image", "attrs": attributes }]));
    assert_eq!(document.to_markdown(), "[![A chart](<https://example.org/a.png>)](<https://example.org/>)\n");
    assert_eq!(markdown(&document.to_markdown()), document);
    assert_eq!(markdown("[![A chart](https://example.org/a.png)](https://example.org/)"), document);
    assert!(!markdown("[![x](/a.png)](javascript:alert)").to_json().to_string().contains("javascript"));
}

/// [E2] A byte order mark is not part of the first heading.
#[test]
fn a_byte_order_mark_is_ignored() {
    assert_eq!(markdown("\u{feff}# Plan").to_markdown(), "# Plan\n");
}

/// [E2] A code block keeps its language, whatever it is.
#[test]
fn languages_of_code_blocks_survive() {
    for language in ["rust", "c++", "c#", "f*", "a`b", "a&amp;b", "a\\b", "{.r}", "~~~", "日本", "<b>"] {
        let document = doc(json!([{ "type": "codeBlock", "attrs": { "language": language }, "content": [text("x")] }]));
        assert_eq!(markdown(&document.to_markdown()), document, "{language}");
    }
}

/// [E2] A tag that is never closed ends with its line.
#[test]
fn an_unclosed_tag_marks_only_its_line() {
    assert_eq!(markdown("a <u> b\n\nc").to_markdown(), "a  <u>b</u>\n\nc\n");
}

/// [E4] A word that replaces another gets the other word's marks of an app's own kinds, and the attributes of its link.
#[test]
fn replaced_words_keep_marks_that_markdown_does_not_show() {
    let remark = Mark { name: "remark".into(), attributes: json!({ "thread": 7 }) };
    let link = Mark { name: "link".into(), attributes: json!({ "href": "https://example.org/", "rel": "me" }) };
    let line = |first: &str, second: &str, third: &str| {
        let runs = [(first, vec![]), (second, vec![link.clone(), remark.clone()]), (third, vec![remark.clone()])];
        let runs = runs.map(|(text, marks)| Node::Text { text: text.into(), marks });
        Prose(vec![Node::Element { name: "paragraph".into(), attributes: Map::new(), children: runs.into() }])
    };
    let document = line("We grow in ", "the north", " and the south of it.");
    let one = edited(&document, "north", "west");
    assert_eq!(one, line("We grow in ", "the west", " and the south of it."));
    assert_eq!(edited(&one, "south", "deep south"), line("We grow in ", "the west", " and the deep south of it."));
    assert_eq!(edited(&one, " of it", ""), line("We grow in ", "the west", " and the south."));
    // Words before the mark do not get it.
    assert_eq!(edited(&one, "We grow", "Now we grow"), line("Now we grow in ", "the west", " and the south of it."));
}
